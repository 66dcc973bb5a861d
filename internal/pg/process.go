package pg

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Seen is how long a process that does not show itself counts as alive. It
// shows itself at least three times in that time.
const Seen = 15 * time.Second

// Process is this process among those of the deployment that work in the
// background. What it holds (a job, a delivery) carries its id and is given to
// others when it was not seen for a while, by the database's clock.
type Process struct {
	ID uuid.UUID

	db      *DB
	workers int
}

// NewProcess returns a process with so many workers, which others do not know
// before its first Beat.
func (db *DB) NewProcess(workers int) (*Process, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	return &Process{ID: id, db: db, workers: workers}, nil
}

// Beat shows that the process works.
func (p *Process) Beat(ctx context.Context) error {
	_, err := p.db.pool.Exec(ctx, `insert into platform.process (id, workers) values ($1, $2)
		on conflict (id) do update set seen_at = now(), workers = $2`, p.ID, p.workers)
	return Translate(err)
}

// Leave gives everything up that the process holds, at its end.
func (p *Process) Leave(ctx context.Context) error {
	return p.db.Tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `delete from platform.process where id = $1`, p.ID)
		return err
	})
}

// Workers returns how many workers all living processes have together, one at
// least.
func Workers(ctx context.Context, q Querier) (int, error) {
	var n int
	err := q.QueryRow(ctx, `select coalesce(sum(workers), 0)::int from platform.process where seen_at > now() - make_interval(secs => $1)`,
		Seen.Seconds()).Scan(&n)
	return max(n, 1), Translate(err)
}

// Share is how many of so many workers one site may hold: half, and one at least.
func Share(workers int) int { return max(workers/2, 1) }

// ForgetDead removes processes that died without leaving. The caller has given
// to others what they held.
func ForgetDead(ctx context.Context, q Querier) error {
	_, err := q.Exec(ctx, `delete from platform.process where seen_at < now() - interval '1 hour'`)
	return Translate(err)
}
