package gateway

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// What screens and the API do alike with the tree of tenants.

// entry is one line of the audit log about the call's agency, and its site if
// there is one.
func (c *call) entry(action, subject string) audit.Entry {
	e := audit.Entry{Agency: c.agency(), At: c.Now(), Actor: c.auditor(), Action: action, Subject: subject}
	if c.site != nil {
		e.Site = just(c.site.ID)
	}
	return e
}

// just is the id where there may be none.
func just(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

// named is the id that a wildcard of the path gives; what is none is nobody's.
func (c *call) named(wildcard string) (uuid.UUID, error) {
	text := c.path(wildcard)
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, errs.Missing()
	}
	return id, nil
}

func (c *call) updateAgency(change func(*tenancy.Agency)) (after tenancy.Agency, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		e := c.entry("agency.updated", "")
		var before tenancy.Agency
		if before, after, err = tenancy.UpdateAgency(c.ctx, tx, c.agency(), change); err != nil {
			return err
		}
		e.Subject, e.Before, e.After = after.Name, before, after
		return audit.Write(c.ctx, tx, e)
	})
	return after, err
}

// client is the agency's client that the path names.
func (c *call) client() (tenancy.Client, error) {
	id, err := c.named("client")
	if err != nil {
		return tenancy.Client{}, err
	}
	return tenancy.FindClient(c.ctx, c.DB.Pool(), c.agency(), id)
}

func (c *call) addClient(client tenancy.Client) (tenancy.Client, error) {
	client.ID, client.Agency = uuid.Must(uuid.NewV7()), c.agency()
	err := c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if err := tenancy.CreateClient(c.ctx, tx, client); err != nil {
			return err
		}
		var err error
		if client, err = tenancy.FindClient(c.ctx, tx, client.Agency, client.ID); err != nil {
			return err
		}
		e := c.entry("client.created", client.Name)
		e.Client, e.After = just(client.ID), client
		return audit.Write(c.ctx, tx, e)
	})
	return client, err
}

func (c *call) updateClient(change func(*tenancy.Client)) (after tenancy.Client, err error) {
	id, err := c.named("client")
	if err != nil {
		return after, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		var before tenancy.Client
		if before, after, err = tenancy.UpdateClient(c.ctx, tx, c.agency(), id, change); err != nil {
			return err
		}
		e := c.entry("client.updated", after.Name)
		e.Client, e.Before, e.After = just(id), before, after
		return audit.Write(c.ctx, tx, e)
	})
	return after, err
}

func (c *call) archiveClient() (client tenancy.Client, err error) {
	id, err := c.named("client")
	if err != nil {
		return client, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if client, err = tenancy.ArchiveClient(c.ctx, tx, c.agency(), id, c.Now()); err != nil {
			return err
		}
		e := c.entry("client.archived", client.Name)
		e.Client = just(id)
		return audit.Write(c.ctx, tx, e)
	})
	return client, err
}

func (c *call) restoreClient() (client tenancy.Client, err error) {
	id, err := c.named("client")
	if err != nil {
		return client, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if client, err = tenancy.RestoreClient(c.ctx, tx, c.agency(), id); err != nil {
			return err
		}
		e := c.entry("client.restored", client.Name)
		e.Client = just(id)
		return audit.Write(c.ctx, tx, e)
	})
	return client, err
}

// newSite is what somebody wants a site to be.
type newSite struct {
	client                   uuid.UUID
	name, subdomain, country string
	change                   func(*tenancy.Settings) // may be nil
}

// addSite adds a site with the agency's settings, or those of the country.
func (c *call) addSite(wish newSite) (site tenancy.Site, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if err := c.makeRoom(c.ctx, tx, c.agency(), plan.Sites, 1); err != nil {
			return err
		}
		agency, err := tenancy.FindAgency(c.ctx, tx, c.agency())
		if err != nil {
			return err
		}
		settings := agency.Settings
		if wish.country != "" {
			preset, ok := tenancy.FindPreset(wish.country)
			if !ok {
				return errs.BadFields(errs.Field{Path: "country", Code: "option", Message: "Choose one of the prepared countries."})
			}
			settings = preset.Settings
		}
		if wish.change != nil {
			wish.change(&settings)
		}
		site = tenancy.Site{ID: uuid.Must(uuid.NewV7()), Agency: agency.ID, Client: wish.client, Name: wish.name, Subdomain: wish.subdomain}
		site.Set(settings)
		if site.Subdomain == "" {
			if site.Subdomain = tenancy.Subdomain(site.Name); site.Subdomain == "" {
				site.Subdomain = "site"
			}
			if site.Subdomain, err = tenancy.FreeSubdomain(c.ctx, tx, site.Subdomain); err != nil {
				return err
			}
		}
		if err := tenancy.CreateSite(c.ctx, tx, site); err != nil {
			return err
		}
		if site, err = tenancy.FindSite(c.ctx, tx, site.ID); err != nil {
			return err
		}
		e := c.entry("site.created", site.Name)
		e.Site, e.After = just(site.ID), site
		return audit.Write(c.ctx, tx, e)
	})
	return site, err
}

func (c *call) updateSite(change func(*tenancy.Site)) (after tenancy.Site, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		var before tenancy.Site
		if before, after, err = tenancy.UpdateSite(c.ctx, tx, c.site.ID, change); err != nil {
			return err
		}
		e := c.entry("site.updated", after.Name)
		e.Before, e.After = before, after
		return audit.Write(c.ctx, tx, e)
	})
	return after, err
}

func (c *call) archiveSite() (site tenancy.Site, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if site, err = tenancy.ArchiveSite(c.ctx, tx, c.site.ID, c.Now()); err != nil {
			return err
		}
		return audit.Write(c.ctx, tx, c.entry("site.archived", site.Name))
	})
	return site, err
}

func (c *call) restoreSite() (site tenancy.Site, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if site, err = tenancy.RestoreSite(c.ctx, tx, c.site.ID); err != nil {
			return err
		}
		return audit.Write(c.ctx, tx, c.entry("site.restored", site.Name))
	})
	return site, err
}

func (c *call) transferSite(client uuid.UUID) (after tenancy.Site, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		var before tenancy.Site
		if before, after, err = tenancy.TransferSite(c.ctx, tx, c.site.ID, client); err != nil {
			return err
		}
		e := c.entry("site.transferred", after.Name)
		e.Before, e.After = before, after
		return audit.Write(c.ctx, tx, e)
	})
	return after, err
}
