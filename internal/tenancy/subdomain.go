package tenancy

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// The rules of new subdomains: 3 to 30 lower-case letters, digits and single
// hyphens, a letter first, none of the reserved words. Those of sites that are
// older than a rule stay.
const (
	minSubdomain = 3
	maxSubdomain = 30
)

var subdomainPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// reserved are labels that people would take for the platform's own.
var reserved = []string{
	"account", "accounts", "admin", "api", "app", "assets", "auth", "billing", "blog", "cdn", "dashboard", "demo", "dev", "docs", "email",
	"files", "ftp", "help", "imap", "localhost", "login", "mail", "media", "mx", "ns", "ns1", "ns2", "pop", "portal", "preview", "root",
	"security", "smtp", "staging", "static", "status", "support", "system", "test", "webmail", "www",
}

// Subdomain makes a label of a name: "Ten & Ten Ltd" becomes "ten-ten-ltd".
// Empty when nothing of the name can be in one.
func Subdomain(name string) string {
	var label strings.Builder
	gap := false
	for _, r := range strings.ToLower(norm.NFD.String(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' && label.Len() > 0:
			if gap && label.Len() > 0 {
				label.WriteByte('-')
			}
			label.WriteRune(r)
			gap = false
		case unicode.Is(unicode.Mn, r): // an accent, which came apart from its letter
		default:
			gap = true
		}
	}
	text := label.String()
	if len(text) > maxSubdomain {
		text = strings.TrimRight(text[:maxSubdomain], "-")
	}
	if len(text) < minSubdomain || slices.Contains(reserved, text) {
		return ""
	}
	return text
}

// subdomain complains about a label that no new site may have.
func (c *complaints) subdomain(label *string) {
	*label = strings.ToLower(strings.TrimSpace(*label))
	switch {
	case len(*label) < minSubdomain || len(*label) > maxSubdomain || !subdomainPattern.MatchString(*label):
		c.add("subdomain", "subdomain", "Use 3 to 30 lower-case letters, digits and single hyphens, a letter first.")
	case slices.Contains(reserved, *label):
		c.add("subdomain", "reserved", "This address is reserved.")
	}
}

// FreeSubdomain returns the label itself if no site has it, else the next that is
// free: "-2", "-3" and so on behind it.
func FreeSubdomain(ctx context.Context, q pg.Querier, label string) (string, error) {
	var taken []string
	stem := strings.TrimRight(label[:min(len(label), maxSubdomain-4)], "-")
	err := q.QueryRow(ctx, `select coalesce(array_agg(subdomain), '{}') from platform.site where subdomain = $1 or subdomain like $2 || '-%'`,
		label, stem).Scan(&taken)
	if err != nil {
		return "", pg.Translate(err)
	}
	free := label
	for n := 2; slices.Contains(taken, free) || slices.Contains(reserved, free); n++ {
		free = stem + "-" + strconv.Itoa(n)
	}
	return free, nil
}

// errTaken says that another site has the label, and which one is free. The
// other site may be anybody's: that a name is taken everybody can see by its
// address.
func errTaken(ctx context.Context, q pg.Querier, label string) error {
	free, err := FreeSubdomain(ctx, q, label)
	if err != nil {
		return err
	}
	return errs.BadFields(errs.Field{
		Path: "subdomain", Code: "taken", Message: "This address is taken. " + free + " is free.", Args: map[string]any{"free": free},
	})
}
