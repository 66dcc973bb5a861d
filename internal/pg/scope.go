package pg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Scope is the handle to one site's records of one module. Everything it runs
// runs as the module's runtime role with the site set for the transaction, so
// row security shows that site's rows and no others. A zero Scope reaches
// nothing. Values are small; pass them by value.
type Scope struct {
	db *DB
	o  ScopeOptions
	in *open // the transaction it works within; nil: it opens its own
}

// ScopeOptions say for whom a scope is.
type ScopeOptions struct {
	// Site is the only site whose rows are visible.
	Site uuid.UUID
	// Role is the module's runtime role.
	Role string
	// Actor is the account or key that acts; not valid for visitors.
	Actor uuid.NullUUID
	// ActorKind says what the actor is: "visitor", "member", "key" or "module".
	// Empty is the platform itself.
	ActorKind string
	// Impersonator is the account that acts as the actor; not valid for none.
	Impersonator uuid.NullUUID
	// Request is the id of the request, as its answer carries it; "" for none.
	Request string
	// Batch is the import or bulk write that this is part of.
	Batch uuid.NullUUID
	// Cause is the event whose handler acts, and Depth how many handlers lie
	// between this and what somebody did; not valid and zero for none.
	Cause uuid.NullUUID
	Depth int
	// Revision is the number under which the caller's rights were looked up.
	Revision int64
}

// Scope returns a handle to the records of one module on one site.
func (db *DB) Scope(o ScopeOptions) Scope { return Scope{db: db, o: o} }

// Site returns the site whose rows the scope reaches.
func (s Scope) Site() uuid.UUID { return s.o.Site }

// Actor returns who acts; not valid for visitors.
func (s Scope) Actor() uuid.NullUUID { return s.o.Actor }

// ActorKind returns what the actor is, as in the options.
func (s Scope) ActorKind() string { return s.o.ActorKind }

// Statement is one SQL text with its arguments. Read receives the rows; nil
// throws them away. Read must consume rows before it returns.
type Statement struct {
	SQL  string
	Args []any
	Read func(pgx.Rows) error
}

// queue adds the statement to a batch.
func (st Statement) queue(batch *pgx.Batch) {
	batch.Queue(st.SQL, st.Args...).Query(func(rows pgx.Rows) error {
		defer rows.Close()
		if st.Read != nil {
			if err := st.Read(rows); err != nil {
				return err
			}
		}
		rows.Close()
		return rows.Err()
	})
}

// enter asserts the revision, says for the change log who acts, and narrows
// the transaction to one site and one role. A division by zero in the first
// part stops the whole batch when the revision has moved on, before any
// statement of the caller runs; the settings after it are local to the
// transaction, so a pooled connection never carries a tenant over. It is one
// value, because each has its price; concatenation keeps the order. The role is
// set last: without rights on set_config a module's role could not set the
// rest. On Citus the site must be set by SET LOCAL instead, as
// docs/architecture.md tells.
const enter = `select (1 / (n = $1)::int)::text
	|| set_config('app.site_id', $2, true)
	|| set_config('app.actor', $3, true)
	|| set_config('app.actor_kind', $4, true)
	|| set_config('app.impersonator', $5, true)
	|| set_config('app.request', $6, true)
	|| set_config('app.batch', $7, true)
	|| set_config('app.cause', $8, true)
	|| set_config('statement_timeout', $9, true)
	|| set_config('idle_in_transaction_session_timeout', $10, true)
	|| set_config('role', $11, true)
	from platform.revision`

// entering are the arguments of enter.
func (s Scope) entering() []any {
	o := s.o
	cause := ""
	if o.Cause.Valid {
		cause = o.Cause.UUID.String() + " " + strconv.Itoa(o.Depth)
	}
	return []any{
		o.Revision, o.Site.String(), text(o.Actor), o.ActorKind, text(o.Impersonator), o.Request, text(o.Batch), cause,
		timeoutMillis, idleMillis, o.Role,
	}
}

// text is an id as a setting holds it; "" for none.
func text(id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return id.UUID.String()
}

// idleTimeout is how long a scope's transaction may wait for its owner.
const idleTimeout = 10 * time.Second

var idleMillis = fmt.Sprint(idleTimeout.Milliseconds())

var timeoutMillis = fmt.Sprint(StatementTimeout.Milliseconds())

const codeDivisionByZero = "22012"

// enterAlone is enter for one implicit transaction of somebody who acts in their
// own name, outside of a bulk write and of no event's making, as most requests
// do. What is not set is empty on a connection of the pool, since all else is
// local to a transaction. Nobody waits inside such a transaction.
const enterAlone = `select (1 / (n = $1)::int)::text
	|| set_config('app.site_id', $2, true)
	|| set_config('app.actor', $3, true)
	|| set_config('app.actor_kind', $4, true)
	|| set_config('app.request', $5, true)
	|| set_config('statement_timeout', $6, true)
	|| set_config('role', $7, true)
	from platform.revision`

// enterToRead is enter for a transaction that writes nothing, which PostgreSQL
// sees to: nobody asks who acts where nothing changes.
const enterToRead = `select (1 / (n = $1)::int)::text
	|| set_config('app.site_id', $2, true)
	|| set_config('transaction_read_only', 'on', true)
	|| set_config('statement_timeout', $3, true)
	|| set_config('role', $4, true)
	from platform.revision`

func (s Scope) enteringToRead() []any {
	return []any{s.o.Revision, s.o.Site.String(), timeoutMillis, s.o.Role}
}

// Read is Batch for statements that write and lock nothing; one that does is
// refused. Within an open transaction it is the same as Batch.
func (s Scope) Read(ctx context.Context, statements ...Statement) error {
	return s.batch(ctx, enterToRead, s.enteringToRead(), statements)
}

// Batch runs the statements in one implicit transaction and one round trip.
// If one fails none has happened. ErrStale means that nothing ran because the
// caller's rights may have changed; other errors come translated.
func (s Scope) Batch(ctx context.Context, statements ...Statement) error {
	if o := s.o; !o.Impersonator.Valid && !o.Batch.Valid && !o.Cause.Valid {
		alone := []any{o.Revision, o.Site.String(), text(o.Actor), o.ActorKind, o.Request, timeoutMillis, o.Role}
		return s.batch(ctx, enterAlone, alone, statements)
	}
	return s.batch(ctx, enter, s.entering(), statements)
}

func (s Scope) batch(ctx context.Context, enter string, entering []any, statements []Statement) error {
	if s.db == nil || s.o.Role == "" || s.o.Site == uuid.Nil {
		return errNowhere
	}
	if s.in != nil {
		return s.batchWithin(ctx, statements)
	}
	if !s.db.shapes.preparesAll(statements) {
		return Translate(s.unprepared(ctx, append([]Statement{{SQL: enter, Args: entering}}, statements...)))
	}
	var batch pgx.Batch
	stale := false
	batch.Queue(enter, entering...).Query(func(rows pgx.Rows) error {
		rows.Close()
		var pe *pgconn.PgError
		if errors.As(rows.Err(), &pe) && pe.Code == codeDivisionByZero {
			stale = true
		}
		return rows.Err()
	})
	for _, st := range statements {
		st.queue(&batch)
	}
	err := s.db.pool.SendBatch(ctx, &batch).Close()
	if stale {
		return ErrStale
	}
	return Translate(err)
}

// Tx runs fn inside an explicit transaction that is narrowed like Batch's. It
// is for writes whose later statements depend on earlier answers; what one
// batch can say should be a batch.
func (s Scope) Tx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	if s.db == nil || s.o.Role == "" || s.o.Site == uuid.Nil {
		return errNowhere
	}
	if s.in != nil {
		return s.txWithin(ctx, fn)
	}
	return s.db.Tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, enter, s.entering()...)
		var pe *pgconn.PgError
		if errors.As(err, &pe) && pe.Code == codeDivisionByZero {
			return ErrStale
		}
		if err != nil {
			return err
		}
		return fn(tx)
	})
}

// JSON returns a Read that stores a copy of the single json column of the
// first row, untouched, in into; no row leaves it nil.
func JSON(into *[]byte) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		if rows.Next() {
			if raw := rows.RawValues()[0]; raw != nil {
				*into = append([]byte(nil), raw...)
			}
		}
		return nil
	}
}
