package module

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/clock"
	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

const (
	// late is how much a run may be behind its time and still be that run; it is
	// missed only beyond that.
	late = 5 * time.Minute
	// most is how many missed runs of one job are made up for.
	most = 500
)

// scheduled is a job of a manifest on a site, with the next moment it runs.
type scheduled struct {
	Site     uuid.UUID
	Module   string // short id
	Name     string
	Cron     string
	TimeZone string
	NextAt   time.Time
}

// Upcoming is the next run of a job of a manifest on a site.
type Upcoming struct {
	Module string // short id
	Name   string
	NextAt time.Time
}

// Upcoming returns the next run of each job that runs on the site by schedule,
// the soonest first. A job that the worker has not planned yet is not among them.
func (c *Catalogue) Upcoming(ctx context.Context, site uuid.UUID) ([]Upcoming, error) {
	return pg.All[Upcoming](ctx, c.db.Pool(), `
		select module::text, name, next_at from platform.schedule where site_id = $1 order by next_at, module, name`, site)
}

// wanted is an enabled installation, as schedules need it.
type wanted struct {
	Site     uuid.UUID
	ID       uuid.UUID // the module's
	Module   string    // short id
	Version  string
	TimeZone string
}

// Plan makes schedules what the enabled installations of served sites want: those of versions
// that sites run now, in the zones that sites are in now. A schedule that is new
// or another runs from now on. Those of a module whose package cannot be read for
// the moment stay as they are.
func (w *Work) Plan(ctx context.Context) error {
	list, err := pg.All[wanted](ctx, w.db.Pool(), `
		select i.site_id as site, i.module_id as id, m.short_id as module, i.version, s.time_zone
		from platform.installation i join platform.module m on m.id = i.module_id join platform.site s on s.id = i.site_id
		where i.state = 'enabled' and s.archived_at is null`)
	if err != nil {
		return err
	}
	have, err := pg.All[scheduled](ctx, w.db.Pool(), `
		select site_id as site, module::text, name, cron, time_zone, next_at from platform.schedule`)
	if err != nil {
		return err
	}
	type key struct {
		site         uuid.UUID
		module, name string
	}
	known := make(map[key]scheduled, len(have))
	for _, s := range have {
		known[key{s.Site, s.Module, s.Name}] = s
	}
	var batch pgx.Batch
	for _, in := range list {
		r, err := w.declaring(ctx, Installation{Module: in.ID, Version: in.Version})
		if err != nil {
			maps.DeleteFunc(known, func(k key, _ scheduled) bool { return k.site == in.Site && k.module == in.Module })
			continue
		}
		for _, j := range r.Manifest.Jobs {
			k := key{in.Site, in.Module, j.Name}
			old, ok := known[k]
			delete(known, k)
			if ok && old.Cron == j.Schedule && old.TimeZone == in.TimeZone {
				continue
			}
			cron, err := clock.ParseCron(j.Schedule)
			if err != nil {
				return fmt.Errorf("job %s of %s: %w", j.Name, r.Manifest.ID, err)
			}
			next := cron.Next(w.now().In(zoneOf(in.TimeZone)))
			if next.IsZero() {
				continue
			}
			batch.Queue(`insert into platform.schedule (site_id, module, name, cron, time_zone, next_at) values ($1, $2, $3, $4, $5, $6)
				on conflict (site_id, module, name) do update set cron = $4, time_zone = $5, next_at = $6`,
				in.Site, in.Module, j.Name, j.Schedule, in.TimeZone, next)
		}
	}
	for k := range known {
		batch.Queue(`delete from platform.schedule where site_id = $1 and module = $2 and name = $3`, k.site, k.module, k.name)
	}
	if batch.Len() == 0 {
		return nil
	}
	return pg.Translate(w.db.Pool().SendBatch(ctx, &batch).Close())
}

// Schedule enters a job for each run that is due, and returns how many. The run
// is entered in the transaction that moves its schedule on, so it is entered
// once however many processes look. A module whose package cannot be read for the
// moment keeps its schedules, due as they are, and holds up no other.
func (w *Work) Schedule(ctx context.Context) (int, error) {
	entered := 0
	var unread []error
	sites, modules := []uuid.UUID{}, []string{} // of those
	for {
		found := 0
		err := w.db.Tx(ctx, func(tx pgx.Tx) error {
			due, err := pg.All[scheduled](ctx, tx, `
				select site_id as site, module::text, name, cron, time_zone, next_at from platform.schedule
				where next_at <= $1 and not exists (select from platform.resting_site r where r.site_id = schedule.site_id)
					and (site_id, module::text) not in (select * from unnest($2::uuid[], $3::text[]))
				order by next_at limit 100 for update skip locked`, w.now(), sites, modules)
			if err != nil {
				return err
			}
			found = len(due)
			for _, s := range due {
				n, err := w.enter(ctx, tx, s)
				if errors.Is(err, errUnread) {
					unread, sites, modules = append(unread, err), append(sites, s.Site), append(modules, s.Module)
					continue
				}
				if err != nil {
					return err
				}
				entered += n
			}
			return nil
		})
		if err != nil || found == 0 {
			return entered, errors.Join(append(unread, err)...)
		}
	}
}

// errUnread says that what a module declares cannot be read for the moment.
var errUnread = errors.New("the module's package cannot be read")

// enter puts in the runs of one schedule that are due and moves it on.
func (w *Work) enter(ctx context.Context, tx pgx.Tx, s scheduled) (int, error) {
	cron, err := clock.ParseCron(s.Cron)
	if err != nil {
		return 0, err
	}
	declared, err := w.declared(ctx, tx, s)
	if err != nil {
		return 0, err
	}
	now := w.now()
	runs, next := dueRuns(cron, s.NextAt.In(zoneOf(s.TimeZone)), now, declared.Missed)
	for _, at := range runs {
		err := w.Enter(ctx, tx, job.Job{
			Site: s.Site, Module: s.Module, Name: "job." + s.Name, DueAt: at, Timeout: time.Duration(declared.Timeout) * time.Second,
		})
		if err != nil {
			return 0, err
		}
	}
	if next.IsZero() {
		_, err = tx.Exec(ctx, `delete from platform.schedule where site_id = $1 and module = $2 and name = $3`, s.Site, s.Module, s.Name)
	} else {
		_, err = tx.Exec(ctx, `update platform.schedule set next_at = $4 where site_id = $1 and module = $2 and name = $3`, s.Site, s.Module, s.Name, next)
	}
	return len(runs), err
}

// dueRuns returns the runs that are to be made from the moment next on, and the
// first one after now. Of several that were missed, "once" makes the last,
// "all" each, and "skip" none but one that is hardly late.
func dueRuns(cron clock.Cron, next, now time.Time, missed string) (runs []time.Time, after time.Time) {
	for !next.IsZero() && !next.After(now) {
		runs = append(runs, next)
		if missed != "all" || len(runs) > most {
			runs = runs[len(runs)-1:]
		}
		if len(runs) == most && missed == "all" || now.Sub(next) > 400*24*time.Hour {
			next = cron.Next(now.In(next.Location()))
			break
		}
		next = cron.Next(next)
	}
	if missed == "skip" && len(runs) > 0 && now.Sub(runs[0]) > late {
		runs = nil
	}
	return runs, next
}

// declared is what the version that the site runs says of the job. A module
// that is not enabled any more runs no jobs, but Plan takes them away.
func (w *Work) declared(ctx context.Context, tx pgx.Tx, s scheduled) (manifest.Job, error) {
	var id uuid.UUID
	var version string
	err := tx.QueryRow(ctx, `select i.module_id, i.version from platform.installation i join platform.module m on m.id = i.module_id
		join platform.site s on s.id = i.site_id
		where i.site_id = $1 and m.short_id = $2 and i.state = 'enabled' and s.archived_at is null`, s.Site, s.Module).Scan(&id, &version)
	if errors.Is(err, pgx.ErrNoRows) {
		return manifest.Job{Missed: "skip"}, nil
	}
	if err != nil {
		return manifest.Job{}, err
	}
	v, err := versionOf(ctx, tx, id, version)
	if err != nil {
		return manifest.Job{}, err
	}
	r, err := w.release(ctx, v)
	if err != nil {
		return manifest.Job{}, fmt.Errorf("%w: %w", errUnread, err)
	}
	for _, j := range r.Manifest.Jobs {
		if j.Name == s.Name {
			return j, nil
		}
	}
	return manifest.Job{Missed: "skip"}, nil
}
