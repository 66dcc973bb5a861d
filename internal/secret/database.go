package secret

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// registered is a key that values of the database may be sealed with.
type registered struct {
	ID    string
	Check string
}

// OpenFor opens the key file of a database, and makes it at the very first
// start. It fails when the file lacks a key that the database's values are
// sealed with, because it is missing or another database's: a new key would
// leave those values closed for ever. Keys that the database does not know yet
// are noted in it.
func OpenFor(ctx context.Context, db *pg.DB, path string, now time.Time) (*Ring, error) {
	ring, err := OpenRing(path)
	if errors.Is(err, fs.ErrNotExist) {
		ring, err = begin(ctx, db, path, now)
	}
	if err != nil {
		return nil, err
	}
	if err := ring.register(ctx, db); err != nil {
		return nil, err
	}
	return ring, nil
}

// begin makes the key file of a database that has sealed nothing yet.
func begin(ctx context.Context, db *pg.DB, path string, now time.Time) (*Ring, error) {
	known, err := known(ctx, db.Pool())
	if err != nil {
		return nil, err
	}
	if len(known) > 0 {
		return nil, fmt.Errorf("the key file %s is missing, and values of this database are sealed with its keys (%s): put it back, or name it in DRAMAC_KEY_FILE",
			path, names(known))
	}
	if err := CreateRing(path, now); err != nil {
		return nil, err
	}
	return OpenRing(path)
}

// register compares the keys with those the database knows and notes new ones.
func (r *Ring) register(ctx context.Context, db *pg.DB) error {
	return db.Tx(ctx, func(tx pgx.Tx) error {
		// One process after the other, so that of two files that are both new
		// only one becomes the database's.
		if _, err := tx.Exec(ctx, `lock table platform.sealing_key in share row exclusive mode`); err != nil {
			return err
		}
		known, err := known(ctx, tx)
		if err != nil {
			return err
		}
		if missing := r.lacks(known); len(missing) > 0 {
			return fmt.Errorf("the key file %s is not this database's: it lacks the keys %s, with which values are sealed; put the right file back, or name it in DRAMAC_KEY_FILE",
				r.path, names(missing))
		}
		for _, k := range r.Keys() {
			_, err := tx.Exec(ctx, `insert into platform.sealing_key (id, "check", created_at) values ($1, $2, $3) on conflict do nothing`,
				k.ID, k.Check, k.CreatedAt)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Note makes the keys that were added to the file known to the database.
func (r *Ring) Note(ctx context.Context, db *pg.DB) error { return r.register(ctx, db) }

// lacks returns those of the keys that the ring does not hold.
func (r *Ring) lacks(keys []registered) []registered {
	var missing []registered
	for _, k := range keys {
		if held, ok := r.find(k.ID); !ok || held.check != k.Check {
			missing = append(missing, k)
		}
	}
	return missing
}

// Rotated reports whether values may still be sealed with another key than the
// active one.
func (r *Ring) Rotated(ctx context.Context, db *pg.DB) (bool, error) {
	active, err := r.Active()
	if err != nil {
		return false, err
	}
	var rotated bool
	err = db.Pool().QueryRow(ctx, `select exists (select from platform.sealing_key where retired_at is null and id <> $1)`, active).Scan(&rotated)
	return rotated, pg.Translate(err)
}

// Retire says that nothing in the database is sealed with any key but the kept
// ones, so that the others need not be in the file any more. Backups from
// before may still need them.
func (r *Ring) Retire(ctx context.Context, db *pg.DB, keep []string, now time.Time) error {
	_, err := db.Pool().Exec(ctx, `
		update platform.sealing_key set retired_at = case when id = any($1) then null else coalesce(retired_at, $2) end
		where (retired_at is null) <> (id = any($1))`, keep, now)
	return pg.Translate(err)
}

// known returns the keys that values of the database may be sealed with.
func known(ctx context.Context, q pg.Querier) ([]registered, error) {
	return pg.All[registered](ctx, q, `select id, "check" from platform.sealing_key where retired_at is null order by created_at, id`)
}

func names(keys []registered) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.ID
	}
	return strings.Join(list, ", ")
}
