package access

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Period is what a limit of a key counts in.
type Period string

// The periods of limits.
const (
	Minute Period = "minute"
	Day    Period = "day"
)

// Length is how long a window of the period is.
func (p Period) Length() time.Duration {
	if p == Day {
		return 24 * time.Hour
	}
	return time.Minute
}

// Window is when the window begins that the moment is in, in UTC.
func (p Period) Window(at time.Time) time.Time { return at.UTC().Truncate(p.Length()) }

// Portion is a part of a key's limit that one process may use up by itself.
type Portion struct {
	// Start is the window that it is of. It may be a later one than was asked for,
	// where another process's clock is ahead.
	Start time.Time `db:"start"`
	// Granted is how many requests it is; zero: the limit is used up.
	Granted int `db:"granted"`
	// Taken is how much of the limit all processes have taken.
	Taken int `db:"taken"`
}

// TakePortion takes a tenth of the limit, or what is left of it; of fewer than
// ten that are left, one. What all processes take in one window is never more
// than the limit, because one row counts it.
func TakePortion(ctx context.Context, q pg.Querier, key uuid.UUID, p Period, window time.Time, limit int) (Portion, error) {
	return pg.One[Portion](ctx, q, `
		insert into platform.key_budget as b (key_id, period, start, taken, granted)
		select $1, $2, $3, n, n from (select case when $4 < 10 then 1 else $4 / 10 end) first (n)
		on conflict (key_id, period) do update set
			start = greatest(b.start, excluded.start),
			granted = case when b.start < excluded.start then excluded.granted
				when $4 - b.taken < 10 then least(1, greatest($4 - b.taken, 0))
				else least($4 / 10, $4 - b.taken) end,
			taken = case when b.start < excluded.start then excluded.taken
				when $4 - b.taken < 10 then b.taken + least(1, greatest($4 - b.taken, 0))
				else b.taken + least($4 / 10, $4 - b.taken) end
		returning start, granted, taken`, key, p, window, limit)
}

// GivePortionBack returns what a process did not use, if the window still is the
// newest.
func GivePortionBack(ctx context.Context, q pg.Querier, key uuid.UUID, p Period, window time.Time, unused int) error {
	_, err := q.Exec(ctx, `update platform.key_budget set taken = taken - $4 where key_id = $1 and period = $2 and start = $3 and taken >= $4`,
		key, p, window, unused)
	return pg.Translate(err)
}
