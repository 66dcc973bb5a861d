package job

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// poll is how often jobs that are due are looked for.
const poll = 500 * time.Millisecond

// shareLock is the advisory lock under which jobs are let through.
const shareLock = 7_248_301_003

// Admit lets jobs that are due through to the workers, by turns of the sites
// that do not rest, and no more than there are workers for. No site gets more than half of them:
// what it has running and ready counts. It returns how many it let through.
func (r *Runner) Admit(ctx context.Context) (int, error) {
	n := 0
	err := r.db.Tx(ctx, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock($1)`, shareLock).Scan(&mine); err != nil || !mine {
			return err
		}
		all, err := pg.Workers(ctx, tx)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, admitSQL, r.now(), pg.Share(all), all)
		if err != nil {
			return err
		}
		if n = int(tag.RowsAffected()); n > 0 {
			_, err = tx.Exec(ctx, `select pg_notify('river.river_insert', '{"queue": "`+siteQueue+`"}')`)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("let jobs through: %w", err)
	}
	return n, nil
}

// admitSQL finds the sites that have jobs waiting by leaps over the index, so
// that one with very many costs no more than one with few.
const admitSQL = `
	with recursive sites as (
		(select args ->> 'site' as site from river.river_job
		 where kind = 'site' and state = 'pending' order by args ->> 'site' limit 1)
		union all
		select (select n.args ->> 'site' from river.river_job n
		        where n.kind = 'site' and n.state = 'pending' and n.args ->> 'site' > s.site order by n.args ->> 'site' limit 1)
		from sites s where s.site is not null
	), busy as (
		select count(*) as n from river.river_job where kind = 'site' and state in ('available', 'running')
	), due as (
		select x.id, row_number() over (partition by s.site order by x.scheduled_at, x.id) as turn, x.scheduled_at
		from sites s
		cross join lateral (select count(*) as n from river.river_job h
			where h.kind = 'site' and h.args ->> 'site' = s.site and h.state in ('available', 'running')) held
		cross join lateral (select w.id, w.scheduled_at from river.river_job w
			where w.kind = 'site' and w.state = 'pending' and w.args ->> 'site' = s.site and w.scheduled_at <= $1
			order by w.scheduled_at, w.id limit greatest($2 - held.n, 0)) x
		where s.site is not null and not exists (select from platform.resting_site r where r.site_id = s.site::uuid)
		order by turn, x.scheduled_at, x.id limit greatest($3 - (select n from busy), 0)
	)
	update river.river_job w set state = 'available', scheduled_at = least(w.scheduled_at, now())
	from due where w.id = due.id and w.state = 'pending'`

// rescue gives to others what dead processes held: a job whose last attempt
// nobody will end.
func (r *Runner) rescue(ctx context.Context) error {
	_, err := r.db.Pool().Exec(ctx, `
		update river.river_job w set
			state = (case when attempt >= max_attempts then 'discarded' else 'pending' end)::river.river_job_state,
			finalized_at = case when attempt >= max_attempts then now() end,
			errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt, 'error', 'The process died.', 'trace', ''))
		where kind = 'site' and state = 'running' and not exists (
			select from platform.process p where p.id::text = w.attempted_by[array_upper(w.attempted_by, 1)]
			and p.seen_at > now() - make_interval(secs => $1))`, pg.Seen.Seconds())
	if err != nil {
		return fmt.Errorf("take what dead processes held: %w", pg.Translate(err))
	}
	return pg.ForgetDead(ctx, r.db.Pool())
}

// shareAlways lets jobs through as they become due and workers free.
func (r *Runner) shareAlways(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := r.Admit(ctx); err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "jobs are not let through", "error", err)
		}
		rest(ctx, poll, r.wake)
	}
}

// beatAlways shows that the process works, and looks after those that do not.
func (r *Runner) beatAlways(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.process.Beat(ctx); err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "the process cannot show itself", "error", err)
		}
		if err := r.rescue(ctx); err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "jobs of dead processes wait", "error", err)
		}
		rest(ctx, pg.Seen/4, nil)
	}
}

// rouse lets jobs be looked for at once.
func (r *Runner) rouse() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// rest waits for the time, the end or a signal.
func rest(ctx context.Context, wait time.Duration, signal <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-signal:
	}
}
