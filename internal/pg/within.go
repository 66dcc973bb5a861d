package pg

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

var errNowhere = errors.New("a scope without site and role reaches nothing")

// open is a transaction that some scope has entered, and the role that it works
// as at this moment. It is used by one goroutine at a time, as a pgx.Tx is.
type open struct {
	tx   pgx.Tx
	role string
}

// Within returns the handle to the same site and role inside the transaction
// that Tx has opened for this scope: what it runs is part of the transaction
// and is undone with it. Batch and Tx then open nothing of their own.
func (s Scope) Within(tx pgx.Tx) Scope {
	s.in = &open{tx: tx, role: s.o.Role}
	return s
}

// Beside returns the handle inside the transaction that other works in. Its
// role may be another one: for each call the transaction becomes that role and
// then the one before it again, which needs no more than that the login role is
// a member of both. The site must be the same; another reaches nothing.
func (s Scope) Beside(other Scope) Scope {
	if s.o.Site != other.o.Site {
		return Scope{}
	}
	s.in = other.in
	return s
}

// Enter runs fn in the middle of a transaction on the platform's tables, with a
// scope that works within it, and then gives the transaction back as it was. It
// is for what a module's code does while the platform changes an installation.
// What fails in it is undone alone, and the transaction goes on.
func (s Scope) Enter(ctx context.Context, tx pgx.Tx, fn func(inner Scope) error) error {
	if s.db == nil || s.o.Role == "" || s.o.Site == uuid.Nil {
		return errNowhere
	}
	part, err := tx.Begin(ctx)
	if err != nil {
		return Translate(err)
	}
	defer func() { _ = part.Rollback(context.WithoutCancel(ctx)) }()
	// The transaction may have moved the revision on itself.
	if err := part.QueryRow(ctx, `select n from platform.revision`).Scan(&s.o.Revision); err != nil {
		return Translate(err)
	}
	if _, err := part.Exec(ctx, enter, s.entering()...); err != nil {
		return Translate(err)
	}
	if err := fn(s.Within(part)); err != nil {
		return Translate(err)
	}
	if _, err := part.Exec(ctx, leave); err != nil {
		return Translate(err)
	}
	return Translate(part.Commit(ctx))
}

// leave undoes what enter sets.
const leave = `set local role none; set local app.site_id = ''; set local app.actor = ''; set local app.actor_kind = '';
	set local app.impersonator = ''; set local app.request = ''; set local app.batch = ''; set local app.cause = '';
	set local statement_timeout to default; set local idle_in_transaction_session_timeout to default`

// As returns the handle to the same site as another role, for the same actor.
func (s Scope) As(role string) Scope {
	s.o.Role, s.in = role, nil
	return s
}

// Inside reports whether the scope works within an open transaction.
func (s Scope) Inside() bool { return s.in != nil }

// batchWithin runs the statements in the open transaction. One that fails
// leaves the transaction unusable, unless a savepoint was set before.
func (s Scope) batchWithin(ctx context.Context, statements []Statement) error {
	return s.in.as(ctx, s.o.Role, func() error {
		var batch pgx.Batch
		for _, st := range statements {
			st.queue(&batch)
		}
		return Translate(s.in.tx.SendBatch(ctx, &batch).Close())
	})
}

// txWithin runs fn behind a savepoint of the open transaction, so that what fails
// in it is undone alone. The role is part of what is undone.
func (s Scope) txWithin(ctx context.Context, fn func(tx pgx.Tx) error) error {
	inner, err := s.in.tx.Begin(ctx)
	if err != nil {
		return Translate(err)
	}
	defer func() { _ = inner.Rollback(context.WithoutCancel(ctx)) }()
	nested := &open{tx: inner, role: s.in.role}
	if err := nested.as(ctx, s.o.Role, func() error { return fn(inner) }); err != nil {
		return Translate(err)
	}
	return Translate(inner.Commit(ctx))
}

// AsLogin runs fn as the login role inside the transaction that Tx has opened
// for this scope, for rows of the platform that belong to what the module does,
// and then works as the scope's role again.
func (s Scope) AsLogin(ctx context.Context, tx pgx.Tx, fn func() error) error {
	if _, err := tx.Exec(ctx, "set local role none"); err != nil {
		return Translate(err)
	}
	if err := fn(); err != nil {
		return err // rolls back
	}
	_, err := tx.Exec(ctx, "set local role "+pgx.Identifier{s.o.Role}.Sanitize())
	return Translate(err)
}

// as runs fn as the role. When it fails the role is left to the rollback.
func (o *open) as(ctx context.Context, role string, fn func() error) error {
	if o.role == role {
		return fn()
	}
	before := o.role
	if err := o.become(ctx, role); err != nil {
		return Translate(err)
	}
	if err := fn(); err != nil {
		// A refusal that is no error of the database leaves the transaction
		// usable, and then it must not go on in another's role.
		_ = o.become(ctx, before)
		return err
	}
	return Translate(o.become(ctx, before))
}

// become switches the role for the rest of the transaction. Membership is asked
// of the login role, so one module's role may become another's here, and
// nowhere else: no module sends this statement.
func (o *open) become(ctx context.Context, role string) error {
	_, err := o.tx.Exec(ctx, "set local role "+pgx.Identifier{role}.Sanitize())
	if err == nil {
		o.role = role
	}
	return err
}
