package gateway

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/notify"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
)

// What people are told of, and who.

// ofAgencyURL is a page of an agency in a notification, whose reader may be in several.
func ofAgencyURL(page string, agency uuid.UUID) string { return page + "?agency=" + agency.String() }

// others are the accounts without whoever acts.
func (c *call) others(accounts []uuid.UUID) []uuid.UUID {
	return slices.DeleteFunc(accounts, func(id uuid.UUID) bool { return id == c.actor.ID().UUID })
}

// tellOfJoining tells whoever invited somebody that the invitation was accepted.
func (c *call) tellOfJoining(ctx context.Context, tx pgx.Tx, i access.Invitation, name string) error {
	return c.notices.Send(ctx, tx, notify.Notice{
		Kind: notify.InvitationAccepted, Agency: i.Agency, Site: i.Site, Key: i.ID.String(), To: []uuid.UUID{i.InvitedBy},
		Data: map[string]any{"name": name, "agency": i.AgencyName}, URL: ofAgencyURL("/app/agency/team", i.Agency),
	})
}

// tellOfUpgrade tells those who manage modules on sites that run another version
// of a module that there is a new one.
func (c *call) tellOfUpgrade(v module.Version) error {
	return c.DB.Tx(c.ctx, func(tx pgx.Tx) error {
		agency := c.agency()
		places, err := pg.All[access.Place](c.ctx, tx, `select s.agency_id as agency, s.client_id as client, s.id as site
			from platform.installation i join platform.site s on s.id = i.site_id
			where s.agency_id = $1 and i.module_id = $2 and i.version <> $3 and i.state in ('installed', 'enabled', 'disabled') and s.archived_at is null
			limit 1000`, agency, v.Module, v.Version)
		if err != nil || len(places) == 0 {
			return err
		}
		to, err := access.Holders(c.ctx, tx, agency, access.InstallationManage, places...)
		if err != nil {
			return err
		}
		url := ofAgencyURL("/app/modules", agency)
		return c.notices.Send(c.ctx, tx, notify.Notice{
			Kind: notify.UpgradeAvailable, Agency: agency, Key: v.Module.String() + " " + v.Version, To: c.others(to),
			Data: map[string]any{"module": v.Title, "version": v.Version, "sites": len(places)}, URL: url,
		})
	})
}

// tellOfChange tells those who manage modules on the call's site that one runs
// another version.
func (c *call) tellOfChange(i module.Installation) error {
	return c.DB.Tx(c.ctx, func(tx pgx.Tx) error {
		to, err := access.Holders(c.ctx, tx, c.site.Agency, access.InstallationManage, c.place())
		if err != nil {
			return err
		}
		return c.notices.Send(c.ctx, tx, notify.Notice{
			Kind: notify.UpgradeDone, Agency: c.site.Agency, Site: uuid.NullUUID{UUID: c.site.ID, Valid: true},
			Key: c.site.ID.String() + " " + i.Name + " " + i.Version, To: c.others(to), Quiet: true,
			Data: map[string]any{"module": i.Title, "version": i.Version, "site": c.site.Name}, URL: "/app/" + c.site.ID.String() + "/modules/" + i.Name,
		})
	})
}

// tellOfService tells the owners of an agency that it is suspended, or goes on.
func (c *call) tellOfService(tx pgx.Tx, t tenancy.Tenant, kind notify.Kind) error {
	owners, err := access.ListOwners(c.ctx, tx, t.ID)
	if err != nil {
		return err
	}
	n := notify.Notice{Kind: kind, Agency: t.ID, Key: string(kind), Data: map[string]any{"agency": t.Name, "reason": t.Reason}, URL: "/app", Quiet: true}
	for _, o := range owners {
		n.To = append(n.To, o.Account)
	}
	return c.notices.Send(c.ctx, tx, n)
}

// shares are the parts of a limit, in percent, at which people are told.
var shares = []int64{100, 95, 80}

// tellOfUse tells who may see the plan that little or nothing is left of it.
func (s *Server) tellOfUse(ctx context.Context, tx pgx.Tx, agency uuid.UUID, u plan.Use, more int64) error {
	before := u
	before.Used -= more
	at := slices.IndexFunc(shares, func(share int64) bool { return u.Percent() >= share })
	if !u.Bounded || more == 0 || at < 0 || before.Percent() >= shares[at] {
		return nil
	}
	to, err := access.HoldersInAgency(ctx, tx, agency, access.PlanRead)
	if err != nil {
		return err
	}
	return s.notices.Send(ctx, tx, notify.Notice{
		Kind: notify.PlanNear, Agency: agency, Key: fmt.Sprint(u.Limit, " ", shares[at]), To: to,
		Data: map[string]any{"limit": string(u.Limit), "percent": u.Percent()}, URL: ofAgencyURL("/app/agency/plan", agency),
	})
}

// TellOfDeadJob tells those who manage a site's modules that a job was given up.
func TellOfDeadJob(ctx context.Context, tx pgx.Tx, notices *notify.Service, run *job.Run) error {
	site, err := tenancy.FindSite(ctx, tx, run.Site)
	if err != nil {
		return err
	}
	var name string
	if err := tx.QueryRow(ctx, `select coalesce((select name from platform.module where short_id = $1), $1)`, run.Module).Scan(&name); err != nil {
		return pg.Translate(err)
	}
	to, err := access.Holders(ctx, tx, site.Agency, access.InstallationManage, access.Place{Agency: site.Agency, Client: site.Client, Site: site.ID})
	if err != nil {
		return err
	}
	return notices.Send(ctx, tx, notify.Notice{
		Kind: notify.JobDead, Agency: site.Agency, Site: uuid.NullUUID{UUID: site.ID, Valid: true}, Key: site.ID.String() + " " + name + " " + run.Name, To: to,
		Data: map[string]any{"job": run.Name, "module": name, "site": site.Name}, URL: "/app/" + site.ID.String() + "/jobs",
	})
}

// TellOfFailedMail tells who sees an agency's mail that a message did not arrive.
func TellOfFailedMail(ctx context.Context, tx pgx.Tx, notices *notify.Service, m mail.Undelivered) error {
	if !m.Agency.Valid || m.Kind == notify.MailKind {
		return nil // a notification that cannot be sent is no reason for another
	}
	to, err := access.HoldersInAgency(ctx, tx, m.Agency.UUID, access.MailRead)
	if err != nil {
		return err
	}
	return notices.Send(ctx, tx, notify.Notice{
		Kind: notify.MailFailed, Agency: m.Agency.UUID, Site: m.Site, Key: m.Recipient, To: to,
		Data: map[string]any{"to": m.Recipient, "subject": m.Subject}, URL: ofAgencyURL("/app/platform/mail", m.Agency.UUID),
	})
}
