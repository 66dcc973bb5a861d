package module

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Work does what modules do on sites without a request: jobs, timers and what
// they do when something happens.
type Work struct {
	*Catalogue
	// Enter puts in a job in an open transaction, as job.Runner.Enter does.
	Enter func(ctx context.Context, tx pgx.Tx, j job.Job) error

	mu       sync.Mutex
	revision int64 // of what is known
	known    map[uuid.UUID][]Installation
}

// errIdle says that the module does not run on the site any more, so that there
// is nothing to do.
var errIdle = errors.New("the module does not run on the site")

// acting is a module at work on a site.
type acting struct {
	Installation
	release *Release
	zone    *time.Location
	site    uuid.UUID
	collection.Acting
}

// place is what work needs to know of a site.
type place struct {
	Currency, TimeZone, Locale string
	Resting                    bool // nothing is done for it now
}

// zone is where the site reckons days.
func (p place) zone() *time.Location { return zoneOf(p.TimeZone) }

func (p place) country() string { return i18n.Country(p.Locale, p.TimeZone) }

// sitePlace reads it.
func sitePlace(ctx context.Context, q pg.Querier, site uuid.UUID) (place, error) {
	return pg.One[place](ctx, q, `
		select s.currency::text, s.time_zone, s.locale, exists (select from platform.resting_site r where r.site_id = s.id) as resting
		from platform.site s where s.id = $1`, site)
}

// acting opens a module on a site for work that follows from cause: with the
// module's own rights, in the version that the site runs. A module that is not
// enabled is errIdle, every module of a site that rests pg.ErrResting.
func (w *Work) acting(ctx context.Context, site uuid.UUID, short string, cause uuid.NullUUID, depth int) (*acting, error) {
	revision, err := w.db.Revision(ctx)
	if err != nil {
		return nil, err
	}
	list, err := pg.All[Installation](ctx, w.db.Pool(), `select `+installationColumns+` from `+installationTables+`
		where i.site_id = $1 and m.short_id = $2 and i.state = 'enabled'`, site, short)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errIdle
	}
	p, err := sitePlace(ctx, w.db.Pool(), site)
	if err != nil {
		return nil, err
	}
	if p.Resting {
		return nil, pg.ErrResting
	}
	a := &acting{Installation: list[0], site: site, zone: p.zone()}
	if a.release, err = w.Release(ctx, a.Module, a.Version); err != nil {
		return nil, err
	}
	now := func() time.Time { return w.now().In(a.zone) }
	a.Acting = collection.Acting{
		Scope: w.db.Scope(pg.ScopeOptions{
			Site: site, Role: a.release.Runtime, ActorKind: "module", Cause: cause, Depth: depth + 1, Revision: revision,
		}),
		Finds: a.Installation.Finds(), Currency: p.Currency, Country: p.country(), Language: p.Locale, Now: now,
		Settings: a.release.Settings(a.Installation.Settings, p.Currency, now().Format(time.DateOnly)),
	}
	a.Acting = w.Alone(a.Acting)
	return a, nil
}

func zoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}

// retries is how often work begins again when rights or installations change
// while it begins.
const retries = 8

// do opens the module and runs fn, again when the revision moved on meanwhile.
// A module that does not run there any more has nothing to do.
func (w *Work) do(ctx context.Context, site uuid.UUID, short string, cause uuid.NullUUID, depth int, fn func(a *acting) error) error {
	var err error
	for range retries {
		var a *acting
		if a, err = w.acting(ctx, site, short, cause, depth); err == nil {
			err = fn(a)
		}
		if !errors.Is(err, pg.ErrStale) {
			break
		}
	}
	if errors.Is(err, errIdle) {
		return nil
	}
	return err
}

// run calls a handler of the module's code, outside of a transaction: it may
// reach other systems, and events wait for transactions that stay open.
func (a *acting) run(ctx context.Context, name string, input any) error {
	code := a.release.Module.Code()
	if code == nil {
		return fmt.Errorf("run %s: the module %s holds no code", name, a.Name)
	}
	raw, err := json.Marshal(input)
	if err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	_, err = code.Run(ctx, collection.Run{Name: name, Input: raw, For: a.Acting, AsModule: true})
	return err
}

// within runs fn in one transaction with settle.
func (a *acting) within(ctx context.Context, fn func(inside collection.Acting) error, settle func(ctx context.Context, tx pgx.Tx) error) error {
	return a.Scope.Tx(ctx, func(tx pgx.Tx) error {
		inside := a.Acting
		inside.Scope = a.Scope.Within(tx)
		if err := fn(inside); err != nil {
			return err
		}
		return inside.Scope.Outside(ctx, func(tx pgx.Tx) error { return settle(ctx, tx) })
	})
}

// RunJob does a job of a site: one of the manifest, or a timer's.
func (w *Work) RunJob(ctx context.Context, r *job.Run) error {
	if strings.HasPrefix(r.Name, timerJob) {
		return w.runTimer(ctx, r)
	}
	return w.do(ctx, r.Site, r.Module, r.Cause, r.Depth, func(a *acting) error {
		return a.run(ctx, r.Name, map[string]any{"id": r.ID, "due_at": r.DueAt.UTC(), "attempt": r.Attempt})
	})
}
