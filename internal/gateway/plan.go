package gateway

import (
	"context"
	"net/http"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// makeRoom is the one place where it is asked whether an agency's plan has room for
// more. It is asked first in the transaction that adds.
func (s *Server) makeRoom(ctx context.Context, tx pgx.Tx, agency uuid.UUID, l plan.Limit, more int64) error {
	u, err := plan.Room(ctx, tx, agency, l, more, s.Now())
	if err != nil {
		return err
	}
	return s.tellOfUse(ctx, tx, agency, u, more)
}

// errReadOnly is how changes are refused to a site that the plan has no room for.
var errReadOnly = refuse(http.StatusForbidden, "site_read_only", "This site takes no changes, because the agency's plan has no room for it.", "A wider plan lets it go on.")

// readOnly reports whether nothing can be changed on the call's site.
func (c *call) readOnly() bool {
	if c.site == nil {
		return false
	}
	standing := plan.Standing{Key: c.site.Plan, TrialEndsAt: c.site.TrialEndsAt, NarrowedAt: c.site.NarrowedAt}
	return standing.ReadOnly(c.site.Older, c.Now())
}

// writable refuses what changes a site that is read-only. A site can always be put
// away, and people can always sign out of it.
func (c *call) writable() error {
	switch c.request.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if c.route.permission == access.SiteArchive || c.route.readOnly || !c.readOnly() {
		return nil
	}
	return errReadOnly
}

// admitModule asks for room for a module that comes to a site, where it is the
// agency's own and runs on none of its sites yet.
func (s *Server) admitModule(ctx context.Context, tx pgx.Tx, site module.SiteRef, id uuid.UUID) error {
	var counts bool
	err := tx.QueryRow(ctx, `select exists (select from platform.module m join platform.publisher p on p.id = m.publisher_id where m.id = $2 and p.agency_id = $1)
		and not exists (select from platform.installation i join platform.site s on s.id = i.site_id
			where i.module_id = $2 and s.agency_id = $1 and i.state in ('installed', 'enabled', 'disabled'))`, site.Agency, id).Scan(&counts)
	if err != nil || !counts {
		return pg.Translate(err)
	}
	return s.makeRoom(ctx, tx, site.Agency, plan.Modules, 1)
}

// admitFile asks for room for a file of a site.
func (s *Server) admitFile(ctx context.Context, tx pgx.Tx, site uuid.UUID, size int64) error {
	var agency uuid.UUID
	if err := tx.QueryRow(ctx, `select agency_id from platform.site where id = $1`, site).Scan(&agency); err != nil {
		return pg.Translate(err)
	}
	return s.makeRoom(ctx, tx, agency, plan.Storage, size)
}

// givePlan gives the agency that the path names another plan.
func (c *call) givePlan(key string) (t tenancy.Tenant, err error) {
	if t, err = c.namedTenant(); err != nil {
		return t, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		e := c.tenantEntry(t, "agency.plan_changed")
		if e.Before, e.After, err = plan.Give(c.ctx, tx, t.ID, key, c.Now()); err != nil {
			return err
		}
		return audit.Write(c.ctx, tx, e)
	})
	return t, err
}

type switchesKey struct{}

// feature reports whether a feature is on for an agency. It is the one place
// where that is asked.
func (c *call) feature(f plan.Flag, agency uuid.UUID) (bool, error) {
	all, revision, err := recall(c.ctx, c.memory, switchesKey{}, func(ctx context.Context) ([]plan.Switch, error) { return plan.Switches(ctx, c.DB.Pool()) })
	c.note(revision)
	for _, s := range all {
		if s.Key == f {
			return s.For(agency), err
		}
	}
	return false, err
}

// errOff is how a feature is refused that is off for the agency.
var errOff = refuse(http.StatusForbidden, "feature_off", "This is switched off for your agency.", "Ask the people who run the platform.")

// publish takes a package, unless that is off for the agency, and tells those
// who run an older version.
func (c *call) publish(data []byte) (v module.Version, created bool, err error) {
	on, err := c.feature(plan.PackageUpload, c.agency())
	if err == nil && !on {
		err = errOff
	}
	if err != nil {
		return v, false, err
	}
	if v, created, err = c.Modules.Publish(c.ctx, c.auditor(), c.agency(), data); err == nil && created {
		err = c.tellOfUpgrade(v)
	}
	return v, created, err
}

func (c *call) throwSwitch(to plan.Switch) error {
	return c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		before, err := plan.Throw(c.ctx, tx, to)
		if err != nil {
			return err
		}
		return audit.Write(c.ctx, tx, audit.Entry{At: c.Now(), Actor: c.auditor(), Action: "flag.updated", Subject: string(to.Key), Before: before, After: to})
	})
}

// limitProblem is what a problem says of a plan without room.
type limitProblem struct {
	Of   plan.Limit `json:"of"`
	Plan string     `json:"plan"`
	Used int64      `json:"used"`
	Max  int64      `json:"max"`
}

// typeOver is the type of that problem.
const typeOver = "urn:dramac:problem:plan-limit"

// overWords are why a plan has no room, and what to do about it; false if the
// error is about something else.
func (c *call) overWords(err error) (text, hint string, ok bool) {
	over, ok := plan.OverOf(err)
	if !ok {
		return "", "", false
	}
	text = c.words.T("plan.over", "plan", c.planName(over.Plan), "what", c.words.T("limit."+string(over.Limit)), "max", c.amount(over.Limit, over.Most))
	switch {
	case over.Wider == "":
	case over.WiderMost == 0:
		hint = c.words.T("plan.wider.all", "plan", c.planName(over.Wider))
	default:
		hint = c.words.T("plan.wider", "plan", c.planName(over.Wider), "max", c.amount(over.Limit, over.WiderMost))
	}
	return text, hint, true
}

// inWords is the error with the words of a plan without room in the reader's language.
func (c *call) inWords(e *errs.Error) *errs.Error {
	text, hint, ok := c.overWords(e)
	if !ok {
		return e
	}
	said := *e
	said.Code, said.Message, said.Hint = "", text, hint
	return &said
}

func (c *call) planName(key string) string { return c.words.T("plan." + key) }
