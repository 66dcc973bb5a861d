// Package identity is the identity providers of agencies, which vouch for their
// members by OpenID Connect, and whom of their users we know as which account.
//
// Whoever controls a provider can act as any member of its agency, so it is the
// agency's owners who name it, and what it opens reaches that agency only: see
// internal/account and internal/gateway.
package identity

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/egress"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Provider is the identity provider of an agency.
type Provider struct {
	// ID is another one when the issuer or the client is another.
	ID         uuid.UUID `db:"id" json:"-"`
	Agency     uuid.UUID `db:"agency_id" json:"-"`
	AgencyName string    `db:"agency_name" json:"-"`
	// Address ends the address that the agency hands to its people.
	Address string `db:"address" json:"address"`
	// Issuer is the provider's own address, Client how it knows us.
	Issuer string `db:"issuer" json:"issuer"`
	Client string `db:"client" json:"client"`
	// Sealed is the client's secret, sealed by the key ring.
	Sealed string `db:"client_secret" json:"-"`
	// Label is how its button is called; empty: as the agency.
	Label string `db:"label" json:"label"`
	// Domains are those of the e-mail addresses that are believed from it, Proven
	// those of them that the agency has shown to be its own.
	Domains []string `db:"domains" json:"domains"`
	Proven  []string `db:"proven" json:"proven"`
	// Proof is what the agency shows that with.
	Proof    string `db:"proof" json:"-"`
	Enabled  bool   `db:"enabled" json:"enabled"`
	Enforced bool   `db:"enforced" json:"enforced"`
}

// Name is what the provider's button is called.
func (p Provider) Name() string {
	if p.Label != "" {
		return p.Label
	}
	return p.AgencyName
}

// Resolver asks the domain name system.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Config is what providers work with. All of it is required.
type Config struct {
	DB     *pg.DB
	Keys   secret.Sealer
	Egress *egress.Egress
	Names  Resolver
	Now    func() time.Time
	// BaseURL is the platform's own address: "http://localhost:8080".
	BaseURL string
}

// Providers asks providers who somebody is.
type Providers struct {
	Config
	mu    sync.Mutex
	known map[string]discovered // by issuer
}

// New returns the providers of the database. They are asked only when somebody
// signs in.
func New(c Config) *Providers {
	if c.Names == nil {
		c.Names = net.DefaultResolver
	}
	return &Providers{Config: c, known: map[string]discovered{}}
}

// CallbackURL is where an agency's provider sends browsers back to.
func (s *Providers) CallbackURL(agency uuid.UUID) string {
	return strings.TrimSuffix(s.BaseURL, "/") + "/app/login/callback/" + agency.String()
}

const providerQuery = `select p.id, p.agency_id, a.name agency_name, p.address, p.issuer, p.client, p.client_secret, p.label, p.domains, p.proven, p.proof,
	p.enabled, p.enforced from platform.identity_provider p join platform.agency a on a.id = p.agency_id`

// Find returns the agency's provider; errs.NotFound if it has none.
func Find(ctx context.Context, q pg.Querier, agency uuid.UUID) (Provider, error) {
	return pg.One[Provider](ctx, q, providerQuery+` where p.agency_id = $1`, agency)
}

// FindByAddress returns the provider that is in use at an address.
func FindByAddress(ctx context.Context, q pg.Querier, address string) (Provider, error) {
	return pg.One[Provider](ctx, q, providerQuery+` where p.address = $1 and p.enabled`, address)
}

// maxOfDomain bounds the providers that one domain leads to.
const maxOfDomain = 20

// ListByEmail returns the providers that an e-mail address leads to: those of
// agencies that have shown its domain to be theirs. Whether anybody has the
// address makes no difference.
func ListByEmail(ctx context.Context, q pg.Querier, email string) ([]Provider, error) {
	return pg.All[Provider](ctx, q, providerQuery+` where p.enabled and p.proven @> array[$1] order by a.name, p.id limit $2`, Domain(email), maxOfDomain)
}

// ListEnforced returns those of the agencies whose people sign in by their
// provider only.
func ListEnforced(ctx context.Context, q pg.Querier, agencies []uuid.UUID) ([]Provider, error) {
	if len(agencies) == 0 {
		return nil, nil
	}
	return pg.All[Provider](ctx, q, providerQuery+` where p.enabled and p.enforced and p.agency_id = any($1) order by a.name, p.id`, agencies)
}

// Domain is the part of an e-mail address behind the last @, in lower case.
func Domain(email string) string {
	return strings.ToLower(strings.TrimSpace(email[strings.LastIndex(email, "@")+1:]))
}

// Wish is what an agency wants its provider to be.
type Wish struct {
	Address, Issuer, Client, Secret, Label string
	Domains                                []string
	Enabled, Enforced                      bool
}

var (
	domainShape  = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)
	addressShape = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,62}$`)
)

const maxDomains = 20

// check tidies the wish and refuses what cannot be.
func (s *Providers) check(w *Wish) []errs.Field {
	var wrong []errs.Field
	complain := func(path, code, message string) {
		wrong = append(wrong, errs.Field{Path: path, Code: code, Message: message})
	}
	w.Address = strings.ToLower(strings.TrimSpace(w.Address))
	if !addressShape.MatchString(w.Address) {
		complain("address", "provider_address", "Use 2 to 63 small letters, digits and hyphens.")
	}
	// The issuer is compared letter by letter, so nothing of it is tidied but this.
	w.Issuer = strings.TrimSpace(w.Issuer)
	u, err := url.Parse(w.Issuer)
	if err != nil || len(w.Issuer) > 500 || u.RawQuery != "" || u.Fragment != "" || s.Egress.Allows(u) != nil {
		complain("issuer", "provider_issuer", "Enter the provider's address, which begins with https://.")
	}
	for _, f := range []struct {
		path, text string
		least, max int
	}{{"client", w.Client, 1, 500}, {"secret", w.Secret, 0, 500}, {"label", w.Label, 0, 60}} {
		if n := utf8.RuneCountInString(f.text); n < f.least || n > f.max || strings.ContainsFunc(f.text, unicode.IsControl) {
			complain(f.path, "provider_text", "Enter this as the provider shows it.")
		}
	}
	var domains []string
	for _, d := range w.Domains {
		d = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(d), "@")))
		switch {
		case d == "":
		case !domainShape.MatchString(d) || len(d) > 253:
			complain("domains", "provider_domains", "Enter domains as example.com, a line for each.")
			return wrong
		default:
			domains = append(domains, d)
		}
	}
	slices.Sort(domains)
	w.Domains = slices.Compact(domains)
	if len(w.Domains) == 0 || len(w.Domains) > maxDomains {
		complain("domains", "provider_domains", "Enter 1 to 20 domains, a line for each.")
	}
	return wrong
}

// Change is a provider as it was and is.
type Change struct {
	Before *Provider // nil: there was none
	After  Provider
	// Closes says that what the provider opened before does not go on.
	Closes bool
	// Secret says that the secret is another one.
	Secret bool
}

// Save makes the agency's provider what is wished. Another issuer or client is
// another provider: nobody is known by it yet, and it needs its own secret, so
// that the old one is never sent to a server of somebody else's choice.
func (s *Providers) Save(ctx context.Context, tx pgx.Tx, agency uuid.UUID, w Wish) (Change, error) {
	if err := lock(ctx, tx, agency); err != nil {
		return Change{}, err
	}
	var change Change
	before, err := Find(ctx, tx, agency)
	switch {
	case err == nil:
		change.Before = &before
	case errs.KindOf(err) != errs.NotFound:
		return Change{}, err
	}
	wrong := s.check(&w)
	other := change.Before == nil || before.Issuer != w.Issuer || before.Client != w.Client
	if other && w.Secret == "" && len(wrong) == 0 {
		wrong = append(wrong, errs.Field{Path: "secret", Code: "provider_secret", Message: "Enter the secret that belongs to this issuer and client."})
	}
	if len(wrong) > 0 {
		return Change{}, errs.BadFields(wrong...)
	}
	p := before
	p.Agency, p.Address, p.Issuer, p.Client, p.Label, p.Domains, p.Enabled, p.Enforced = agency, w.Address, w.Issuer, w.Client, strings.TrimSpace(w.Label), w.Domains, w.Enabled, w.Enforced
	p.Proven = slices.DeleteFunc(slices.Clone(before.Proven), func(d string) bool { return !slices.Contains(w.Domains, d) })
	if p.Proven == nil {
		p.Proven = []string{}
	}
	if p.Proof == "" {
		p.Proof = "dramac-domain=" + secret.NewToken()[:32]
	}
	if other {
		p.ID = uuid.Must(uuid.NewV7())
	}
	if w.Secret != "" {
		if p.Sealed, err = s.Keys.Seal([]byte(w.Secret), secret.ProviderContext(p.ID)); err != nil {
			return Change{}, err
		}
	}
	change.Secret = w.Secret != ""
	change.Closes = change.Before != nil && (other || change.Secret || before.Enabled && !p.Enabled || !slices.Equal(before.Domains, p.Domains))
	if err := s.store(ctx, tx, p, before.ID); err != nil {
		return Change{}, err
	}
	change.After, err = Find(ctx, tx, agency)
	return change, err
}

// lock makes changes of an agency's provider wait for each other.
func lock(ctx context.Context, tx pgx.Tx, agency uuid.UUID) error {
	_, err := tx.Exec(ctx, `select from platform.agency where id = $1 for no key update`, agency)
	return pg.Translate(err)
}

// store writes the provider. The old one goes first if it is another, with all
// that hangs on it.
func (s *Providers) store(ctx context.Context, tx pgx.Tx, p Provider, old uuid.UUID) error {
	if old != uuid.Nil && old != p.ID {
		if _, err := tx.Exec(ctx, `delete from platform.identity_provider where id = $1`, old); err != nil {
			return pg.Translate(err)
		}
	}
	tag, err := tx.Exec(ctx, `
		insert into platform.identity_provider as p (id, agency_id, address, issuer, client, client_secret, label, domains, proven, proof, enabled, enforced, created_at)
		select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
		where not exists (select from platform.identity_provider where address = $3 and agency_id <> $2)
		on conflict (agency_id) do update set address = $3, issuer = $4, client = $5, client_secret = $6, label = $7, domains = $8, proven = $9, enabled = $11, enforced = $12`,
		p.ID, p.Agency, p.Address, p.Issuer, p.Client, p.Sealed, p.Label, p.Domains, p.Proven, p.Proof, p.Enabled, p.Enforced, s.Now())
	if err = pg.Translate(err); errs.KindOf(err) == errs.Conflict || err == nil && tag.RowsAffected() == 0 {
		return errs.BadFields(errs.Field{Path: "address", Code: "provider_address_taken", Message: "Another agency has this address. Choose another one."})
	}
	if err != nil {
		return fmt.Errorf("store identity provider: %w", err)
	}
	return nil
}

// Remove ends the agency's provider, with all that hangs on it.
func Remove(ctx context.Context, tx pgx.Tx, agency uuid.UUID) (Provider, error) {
	if err := lock(ctx, tx, agency); err != nil {
		return Provider{}, err
	}
	p, err := Find(ctx, tx, agency)
	if err != nil {
		return p, err
	}
	_, err = tx.Exec(ctx, `delete from platform.identity_provider where id = $1`, p.ID)
	return p, pg.Translate(err)
}

// Hold makes changes of the provider wait for the transaction, and refuses a
// claim that it no longer holds good for.
func Hold(ctx context.Context, tx pgx.Tx, p Provider, c Claim) error {
	var domains []string
	err := tx.QueryRow(ctx, `select domains from platform.identity_provider where id = $1 and enabled for share`, p.ID).Scan(&domains)
	if err = pg.Translate(err); errs.KindOf(err) == errs.NotFound {
		return errRefused("the provider is not in use any more")
	}
	if err == nil && !slices.Contains(domains, Domain(c.Email)) {
		return errForeign()
	}
	return err
}
