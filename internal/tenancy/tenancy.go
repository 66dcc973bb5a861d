// Package tenancy is the tree of tenants: agency → client → site. Every record
// of a business belongs to exactly one site.
package tenancy

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Agency serves clients; it is who the platform deals with.
type Agency struct {
	ID   uuid.UUID `db:"id"`
	Name string    `db:"name"`
}

// Client is a customer of an agency; it owns sites.
type Client struct {
	ID     uuid.UUID `db:"id"`
	Agency uuid.UUID `db:"agency_id"`
	Name   string    `db:"name"`
}

// Site is one website with its modules.
type Site struct {
	ID         uuid.UUID `db:"id"`
	Agency     uuid.UUID `db:"agency_id"`
	AgencyName string    `db:"agency_name"`
	Client     uuid.UUID `db:"client_id"`
	ClientName string    `db:"client_name"`
	Name       string    `db:"name"`
	// Subdomain is the site's label below the platform's base domain.
	Subdomain string `db:"subdomain"`
	Locale    string `db:"locale"`    // BCP 47
	TimeZone  string `db:"time_zone"` // IANA name
	Currency  string `db:"currency"`  // ISO 4217
	// Languages are those of the content beside the locale's, BCP 47.
	Languages []string `db:"languages"`
}

// zones remembers the time zones that were asked for, by name: time reads and
// parses a file each time. Only zones that exist are in it.
var zones sync.Map

// Zone returns the site's time zone; UTC when its name is unknown.
func (s Site) Zone() *time.Location {
	if zone, ok := zones.Load(s.TimeZone); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(s.TimeZone, zone)
	return zone
}

// countries remembers the countries of sites by locale and time zone: reading a
// locale costs more than the rest of what a request is decided on.
var countries sync.Map

// Country returns the ISO 3166 code of the country that the site is in; empty
// if neither locale nor time zone tells.
func (s Site) Country() string {
	place := [2]string{s.Locale, s.TimeZone}
	if country, ok := countries.Load(place); ok {
		return country.(string)
	}
	country := i18n.Country(s.Locale, s.TimeZone)
	countries.Store(place, country)
	return country
}

const siteColumns = `s.id, s.agency_id, a.name agency_name, s.client_id, c.name client_name,
	s.name, s.subdomain, s.locale, s.time_zone, s.currency, s.languages`

const siteTables = `platform.site s
	join platform.agency a on a.id = s.agency_id
	join platform.client c on c.id = s.client_id`

// FindSite returns a site by its id; errs.NotFound if there is none.
func FindSite(ctx context.Context, q pg.Querier, id uuid.UUID) (Site, error) {
	return pg.One[Site](ctx, q, `select `+siteColumns+` from `+siteTables+` where s.id = $1`, id)
}

// FindSiteBySubdomain returns the site that answers below the base domain
// under that label; errs.NotFound if there is none.
func FindSiteBySubdomain(ctx context.Context, q pg.Querier, subdomain string) (Site, error) {
	return pg.One[Site](ctx, q, `select `+siteColumns+` from `+siteTables+` where s.subdomain = $1`, subdomain)
}

// ListSites returns the sites of an agency by client and name, at most 1,000.
func ListSites(ctx context.Context, q pg.Querier, agency uuid.UUID) ([]Site, error) {
	return pg.All[Site](ctx, q, `select `+siteColumns+` from `+siteTables+`
		where s.agency_id = $1 order by c.name, s.name, s.id limit 1000`, agency)
}

// ListAgencies returns the agencies with the ids, by name.
func ListAgencies(ctx context.Context, q pg.Querier, ids []uuid.UUID) ([]Agency, error) {
	return pg.All[Agency](ctx, q, `select id, name from platform.agency where id = any($1) order by name, id`, ids)
}

// CountAgencies returns how many agencies the platform has.
func CountAgencies(ctx context.Context, q pg.Querier) (int, error) {
	var n int
	err := q.QueryRow(ctx, `select count(*) from platform.agency`).Scan(&n)
	return n, pg.Translate(err)
}

// CreateAgency adds an agency and its publisher.
func CreateAgency(ctx context.Context, tx pgx.Tx, a Agency) error {
	if _, err := tx.Exec(ctx, `insert into platform.agency (id, name) values ($1, $2)`, a.ID, a.Name); err != nil {
		return fmt.Errorf("create agency %s: %w", a.Name, pg.Translate(err))
	}
	return nil
}

// CreateClient adds a client to its agency.
func CreateClient(ctx context.Context, tx pgx.Tx, c Client) error {
	_, err := tx.Exec(ctx, `insert into platform.client (id, agency_id, name) values ($1, $2, $3)`, c.ID, c.Agency, c.Name)
	if err != nil {
		return fmt.Errorf("create client %s: %w", c.Name, pg.Translate(err))
	}
	return nil
}

// MaxLanguages is how many languages a site's content may have beside its own.
const MaxLanguages = 20

// SetLanguages replaces the languages in which the site keeps its content beside
// its own, in the order in which people see them, and returns them as BCP 47
// writes them. What is written in one that goes is kept, and shows again when it
// comes back.
func SetLanguages(ctx context.Context, tx pgx.Tx, s Site, tags []string) ([]string, error) {
	languages := []string{}
	var found []errs.Field
	wrong := func(at int, code, message string) {
		found = append(found, errs.Field{Path: fmt.Sprintf("languages[%d]", at), Code: code, Message: message})
	}
	for at, text := range tags {
		tag, ok := i18n.Tag(text)
		switch {
		case !ok:
			wrong(at, "unknown_language", "This is no language. Write it as in BCP 47, de or pt-BR.")
		case strings.EqualFold(tag, s.Locale) || tag == i18n.Base(s.Locale):
			wrong(at, "own_language", "This is the site's own language.")
		case slices.Contains(languages, tag):
			wrong(at, "repeated", "This language is there already.")
		}
		languages = append(languages, tag)
	}
	if len(languages) > MaxLanguages {
		found = append(found, errs.Field{Path: "languages", Code: "too_many", Message: fmt.Sprintf("A site has at most %d languages beside its own.", MaxLanguages)})
	}
	if found != nil {
		return nil, errs.BadFields(found...)
	}
	if _, err := tx.Exec(ctx, `update platform.site set languages = $2 where id = $1`, s.ID, languages); err != nil {
		return nil, fmt.Errorf("set the languages of site %s: %w", s.Name, pg.Translate(err))
	}
	return languages, nil
}

var subdomainPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CreateSite adds a site to its client. The subdomain must be a DNS label and
// free; a zone or currency that is empty gets the default.
func CreateSite(ctx context.Context, tx pgx.Tx, s Site) error {
	if !subdomainPattern.MatchString(s.Subdomain) {
		return errs.BadFields(errs.Field{Path: "subdomain", Code: "pattern", Message: "Use lower-case letters, digits and hyphens."})
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil {
		return errs.BadFields(errs.Field{Path: "time_zone", Code: "unknown", Message: "This time zone is not known."})
	}
	_, err := tx.Exec(ctx, `
		insert into platform.site (id, agency_id, client_id, name, subdomain, locale, time_zone, currency)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		s.ID, s.Agency, s.Client, s.Name, s.Subdomain, s.Locale, s.TimeZone, s.Currency)
	if err != nil {
		return fmt.Errorf("create site %s: %w", s.Name, pg.Translate(err))
	}
	return nil
}
