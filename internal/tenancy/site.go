package tenancy

import (
	"context"
	"fmt"
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

// Site is one website with its modules.
type Site struct {
	ID         uuid.UUID `db:"id" json:"-"`
	Agency     uuid.UUID `db:"agency_id" json:"-"`
	AgencyName string    `db:"agency_name" json:"-"`
	Client     uuid.UUID `db:"client_id" json:"-"`
	ClientName string    `db:"client_name" json:"client"`
	Name       string    `db:"name" json:"name"`
	// Subdomain is the site's label below the platform's base domain.
	Subdomain string `db:"subdomain" json:"subdomain"`
	Locale    string `db:"locale" json:"locale"`       // BCP 47
	TimeZone  string `db:"time_zone" json:"time_zone"` // IANA name
	Currency  string `db:"currency" json:"currency"`   // ISO 4217
	// Languages are those of the content beside the locale's, BCP 47.
	Languages []string `db:"languages" json:"-"`
	// TaxRate is in millionths; TaxIncluded is whether prices have the tax in them.
	TaxRate     int64  `db:"tax_rate" json:"tax_rate"`
	TaxIncluded bool   `db:"tax_included" json:"tax_included"`
	Units       string `db:"units" json:"units"` // "metric" or "imperial"; empty: metric
	// ArchivedAt is when the site was put away; nil: it is served.
	ArchivedAt *time.Time `db:"archived_at" json:"archived_at"`
	// SuspendedAt is since when the agency is suspended; nil: it is not.
	SuspendedAt *time.Time `db:"suspended_at" json:"-"`
	// Plan is the agency's after a trial, NarrowedAt when it last got one for fewer sites.
	Plan        string     `db:"plan" json:"-"`
	TrialEndsAt *time.Time `db:"trial_ends_at" json:"-"`
	NarrowedAt  *time.Time `db:"narrowed_at" json:"-"`
	// Older is how many sites of the agency came before; lists leave it zero.
	Older int64 `db:"older" json:"-"`
}

// Settings are the site's own.
func (s Site) Settings() Settings {
	return Settings{Locale: s.Locale, TimeZone: s.TimeZone, Currency: s.Currency, TaxRate: s.TaxRate, TaxIncluded: s.TaxIncluded, Units: s.Units}
}

// Set gives the site the settings.
func (s *Site) Set(to Settings) {
	s.Locale, s.TimeZone, s.Currency, s.TaxRate, s.TaxIncluded, s.Units = to.Locale, to.TimeZone, to.Currency, to.TaxRate, to.TaxIncluded, to.Units
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
	s.name, s.subdomain, s.locale, s.time_zone, s.currency::text, s.languages, s.tax_rate, s.tax_included, s.units, s.archived_at, a.suspended_at, a.plan, a.trial_ends_at, a.narrowed_at`

const (
	foundColumns  = siteColumns + `, (select count(*) from platform.site o where o.agency_id = s.agency_id and o.id < s.id) older`
	listedColumns = siteColumns + `, 0::bigint older`
)

const siteTables = `platform.site s
	join platform.agency a on a.id = s.agency_id
	join platform.client c on c.id = s.client_id`

// FindSite returns a site by its id, archived or not; errs.NotFound if there is none.
func FindSite(ctx context.Context, q pg.Querier, id uuid.UUID) (Site, error) {
	return pg.One[Site](ctx, q, `select `+foundColumns+` from `+siteTables+` where s.id = $1`, id)
}

// FindSiteBySubdomain returns the site that answers below the base domain
// under that label; errs.NotFound if there is none that is served.
func FindSiteBySubdomain(ctx context.Context, q pg.Querier, subdomain string) (Site, error) {
	return pg.One[Site](ctx, q, `select `+foundColumns+` from `+siteTables+` where s.subdomain = $1 and s.archived_at is null`, subdomain)
}

// ListSites returns the sites of an agency that are served, by client and name,
// at most 1,000.
func ListSites(ctx context.Context, q pg.Querier, agency uuid.UUID) ([]Site, error) {
	return pg.All[Site](ctx, q, `select `+listedColumns+` from `+siteTables+`
		where s.agency_id = $1 and s.archived_at is null order by c.name, s.name, s.id limit 1000`, agency)
}

// ListClientSites returns all sites of a client, archived ones last, at most 1,000.
func ListClientSites(ctx context.Context, q pg.Querier, agency, client uuid.UUID) ([]Site, error) {
	return pg.All[Site](ctx, q, `select `+listedColumns+` from `+siteTables+`
		where s.agency_id = $1 and s.client_id = $2 order by s.archived_at is not null, s.name, s.id limit 1000`, agency, client)
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

// check tidies the site. The label is held against the rules if it is new.
func (s *Site) check(label bool) error {
	var c complaints
	c.name(&s.Name)
	if label {
		c.subdomain(&s.Subdomain)
	}
	settings := s.Settings()
	c.settings(&settings)
	s.Set(settings)
	return c.err()
}

// CreateSite adds a site to a client of its agency that is served. Settings that
// are empty get their defaults.
func CreateSite(ctx context.Context, tx pgx.Tx, s Site) error {
	if err := s.check(true); err != nil {
		return err
	}
	if err := servedClient(ctx, tx, s.Agency, s.Client); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `
		insert into platform.site (id, agency_id, client_id, name, subdomain, locale, time_zone, currency, tax_rate, tax_included, units)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (subdomain) do nothing`,
		s.ID, s.Agency, s.Client, s.Name, s.Subdomain, s.Locale, s.TimeZone, s.Currency, s.TaxRate, s.TaxIncluded, s.Units)
	if err != nil {
		return fmt.Errorf("create site %s: %w", s.Name, pg.Translate(err))
	}
	if tag.RowsAffected() == 0 {
		return errTaken(ctx, tx, s.Subdomain)
	}
	return nil
}

// lockSite is FindSite for whoever is about to change it.
func lockSite(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Site, error) {
	return pg.One[Site](ctx, tx, `select `+listedColumns+` from `+siteTables+` where s.id = $1 for no key update of s`, id)
}

// UpdateSite changes name, subdomain and settings of a site and returns it as it
// was and is.
func UpdateSite(ctx context.Context, tx pgx.Tx, id uuid.UUID, change func(*Site)) (before, after Site, err error) {
	if before, err = lockSite(ctx, tx, id); err != nil {
		return before, after, err
	}
	after = before
	change(&after)
	if err := after.check(after.Subdomain != before.Subdomain); err != nil {
		return before, after, err
	}
	if after.Subdomain != before.Subdomain {
		var taken bool
		if err := tx.QueryRow(ctx, `select exists (select from platform.site where subdomain = $1)`, after.Subdomain).Scan(&taken); err != nil {
			return before, after, pg.Translate(err)
		}
		if taken {
			return before, after, errTaken(ctx, tx, after.Subdomain)
		}
	}
	// The site's own language is none beside itself.
	after.Languages = slices.DeleteFunc(slices.Clone(after.Languages), func(tag string) bool {
		return strings.EqualFold(tag, after.Locale) || tag == i18n.Base(after.Locale)
	})
	_, err = tx.Exec(ctx, `
		update platform.site set name = $2, subdomain = $3, locale = $4, time_zone = $5, currency = $6, tax_rate = $7, tax_included = $8, units = $9,
			languages = $10
		where id = $1`,
		id, after.Name, after.Subdomain, after.Locale, after.TimeZone, after.Currency, after.TaxRate, after.TaxIncluded, after.Units, after.Languages)
	if err != nil {
		return before, after, fmt.Errorf("update site %s: %w", after.Name, pg.Translate(err))
	}
	return before, after, nil
}

// ArchiveSite puts a site away: its pages, its API and its jobs stop; what it
// holds is kept.
func ArchiveSite(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time) (Site, error) {
	s, err := lockSite(ctx, tx, id)
	if err != nil {
		return s, err
	}
	if s.ArchivedAt != nil {
		return s, errs.New(errs.Conflict, "archived", "This site is archived already.")
	}
	s.ArchivedAt = &now
	_, err = tx.Exec(ctx, `update platform.site set archived_at = $2 where id = $1`, id, now)
	return s, pg.Translate(err)
}

// RestoreSite takes a site back, whose client is served.
func RestoreSite(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Site, error) {
	s, err := lockSite(ctx, tx, id)
	if err != nil {
		return s, err
	}
	if s.ArchivedAt == nil {
		return s, errs.New(errs.Conflict, "not_archived", "This site is not archived.")
	}
	if err := servedClient(ctx, tx, s.Agency, s.Client); err != nil {
		return s, err
	}
	s.ArchivedAt = nil
	_, err = tx.Exec(ctx, `update platform.site set archived_at = null where id = $1`, id)
	return s, pg.Translate(err)
}

// TransferSite gives a site to another client of its agency and returns it as it
// was and is. Members of the clients lose and gain it with that.
func TransferSite(ctx context.Context, tx pgx.Tx, id, client uuid.UUID) (before, after Site, err error) {
	if before, err = lockSite(ctx, tx, id); err != nil {
		return before, after, err
	}
	if err = servedClient(ctx, tx, before.Agency, client); err != nil {
		return before, after, err
	}
	if before.Client == client {
		return before, after, errs.New(errs.Conflict, "same_client", "The site is this client's already.")
	}
	if _, err = tx.Exec(ctx, `update platform.site set client_id = $2 where id = $1`, id, client); err != nil {
		return before, after, pg.Translate(err)
	}
	// What people of the one client might do here says nothing of the other's.
	if _, err = tx.Exec(ctx, `delete from platform.client_rule where site_id = $1`, id); err != nil {
		return before, after, pg.Translate(err)
	}
	after, err = FindSite(ctx, tx, id)
	return before, after, err
}
