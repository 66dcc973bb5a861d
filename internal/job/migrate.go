package job

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// schema holds River's tables and nothing else.
const schema = "river"

// migrationLock is the advisory lock under which servers that start together
// bring River's schema up to date one after another.
const migrationLock = 7_248_301_002

// Migrate brings the schema of jobs up to date, for programs that look at jobs
// and run none. New does the same.
func Migrate(ctx context.Context, db *pg.DB, log *slog.Logger) error {
	return migrate(ctx, db, quiet(log))
}

// migrate brings River's schema up to date. When it is already, that costs
// two short queries and no lock.
func migrate(ctx context.Context, db *pg.DB, log *slog.Logger) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(db.Pool()), &rivermigrate.Config{Schema: schema, Logger: log})
	if err != nil {
		return fmt.Errorf("prepare the migrations of jobs: %w", err)
	}
	current, err := upToDate(ctx, migrator.AllVersions(), migrator.ExistingVersions)
	if err != nil {
		return err
	}
	if current {
		err := db.Pool().QueryRow(ctx, `select to_regclass('`+schema+`.site_job_listed') is not null`).Scan(&current)
		if err != nil || current {
			return pg.Translate(err)
		}
	}
	// A migration may take longer than statements of the pool may.
	pool, err := db.Patient(ctx)
	if err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	defer pool.Close()
	if migrator, err = rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: schema, Logger: log}); err != nil {
		return fmt.Errorf("prepare the migrations of jobs: %w", err)
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, migrationLock); err != nil {
		return fmt.Errorf("wait for other servers that migrate: %w", err)
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, migrationLock)
	}()
	if _, err := conn.Exec(ctx, `create schema if not exists `+schema); err != nil {
		return fmt.Errorf("create the schema %s: %w", schema, err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	if _, err := conn.Exec(ctx, indexes); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	return nil
}

// indexes are ours on River's table: for the next job of each site, for what a
// site has running, and for its lists.
const indexes = `
	create index if not exists site_job_waiting on river.river_job ((args ->> 'site'), scheduled_at, id) where kind = 'site' and state = 'pending';
	create index if not exists site_job_held on river.river_job ((args ->> 'site')) where kind = 'site' and state in ('available', 'running');
	create index if not exists site_job_listed on river.river_job ((args ->> 'site'), state, id) where kind = 'site'`

// upToDate compares what the database has with what this program knows. A
// database that is ahead is refused.
func upToDate(ctx context.Context, known []rivermigrate.Migration, existing func(context.Context) ([]rivermigrate.Migration, error)) (bool, error) {
	have, err := existing(ctx)
	if err != nil {
		return false, fmt.Errorf("read the version of the schema %s: %w", schema, err)
	}
	if len(have) == 0 {
		return false, nil
	}
	newest, present := known[len(known)-1].Version, have[len(have)-1].Version
	if present > newest {
		return false, fmt.Errorf("the schema %s has version %d, this program knows %d: start a newer release", schema, present, newest)
	}
	return present == newest, nil
}
