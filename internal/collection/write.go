package collection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// writing is one write of one record: what the writer gave, and the action that
// it is, if it is one.
type writing struct {
	Records
	begin  func() (*draft, error) // the record as the writer left it
	action *runnable              // nil: a plain write
	moved  bool                   // the action is what a plain write turned out to be
	params Values
	// currencies are those that the record turned out to have, when amounts came
	// without one and others had been assumed.
	currencies Values
	numbers    Values // that have been drawn, since other values are worked out of them
}

// settle works a change out: its values, which action a changed state makes of
// it, and whether all rules of the record's own are kept. Where a number that it
// draws is read by any of that, it is drawn on the way.
func (w *writing) settle(ctx context.Context) (*draft, error) {
	d, err := w.begin()
	if err != nil {
		return nil, err
	}
	s := w.Collection.scheme
	if w.action != nil {
		s, d.params = w.action.scheme, w.params
	}
	for _, f := range w.Collection.fields {
		if number, ok := w.numbers[f.Name]; ok {
			d.keep(f, number)
		}
	}
	d.denominate(w.currencies)
	found, err := d.reckon(ctx, s)
	if err != nil {
		return nil, err
	}
	if other := d.redenominated(); other != nil && w.currencies == nil {
		w.currencies = other
		return w.settle(ctx)
	}
	moved, err := w.movement(ctx, d)
	if err != nil {
		return nil, err
	}
	if moved != nil {
		w.action, w.params, w.moved = moved, Values{}, true
		return w.settle(ctx)
	}
	again, err := w.drawFirst(ctx, d, s)
	if err != nil {
		return nil, err
	}
	if again {
		return w.settle(ctx)
	}
	if err := d.locked(ctx); err != nil {
		return nil, err
	}
	more, err := d.complaints(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := append(found, more...).err(); err != nil {
		return nil, err
	}
	return d, d.keeps()
}

// movement looks at the states that the change moves. It returns the action
// that a plain write turns out to be; nil when there is nothing more to find.
func (w *writing) movement(ctx context.Context, d *draft) (*runnable, error) {
	for _, f := range w.Collection.fields {
		if f.Kind != manifest.KindState {
			continue
		}
		from, to := d.state(f)
		mine := w.action != nil && w.action.state == f
		switch {
		case mine && to != w.action.To:
			return nil, d.illegal(f, from, to)
		case from == to || mine:
			continue
		}
		if w.action != nil && w.action.To != "" {
			return nil, d.illegal(f, from, to)
		}
		return w.move(ctx, d, f, from, to)
	}
	return nil, nil
}

// state is where a state is before and after; a new record comes from the first
// option.
func (d *draft) state(f *Field) (from, to string) {
	to, _ = d.values[f.Name].(string)
	if d.old != nil {
		from, _ = d.old.values[f.Name].(string)
		return from, to
	}
	if len(f.Options) > 0 {
		from = f.Options[0].Value
	}
	return from, to
}

// move finds the action that leads there, and asks all that it asks.
func (w *writing) move(ctx context.Context, d *draft, f *Field, from, to string) (*runnable, error) {
	ways := w.Collection.movesTo(f, from, to)
	if len(ways) == 0 {
		return nil, d.illegal(f, from, to)
	}
	before := d
	if d.old != nil {
		before = d.old
	}
	var run *runnable
	for _, way := range ways {
		may, err := before.mayRun(ctx, way)
		if err != nil {
			return nil, err
		}
		if may {
			run = way
			break
		}
	}
	if run == nil {
		return nil, errs.New(errs.Denied, "denied", "You may not do this.").
			WithHint("Going from %s to %s needs the permission %s.", from, to, ways[0].Name)
	}
	if err := before.allows(ctx, run, Values{}); err != nil {
		return nil, err
	}
	var missing complaints
	for _, p := range run.params {
		own := w.Collection.byName[p.Name]
		if p.Required && (own == nil || d.values[own.Name] == nil) {
			missing.add(p.key, wrong("required", "Is needed to move from %s to %s.", from, to))
		}
	}
	if err := missing.err(); err != nil {
		errs.Of(err).Hint = "Run the action " + run.Name + " instead."
		return nil, err
	}
	return run, nil
}

// mayRun reports whether the actor may run the action on the record.
func (d *draft) mayRun(ctx context.Context, run *runnable) (bool, error) {
	if d.records.May == nil {
		return true, nil
	}
	reach, ok := d.records.May(run.Name)
	if !ok || reach.When == nil {
		return ok, nil
	}
	on := rule{node: reach.When}
	d.records.Collection.follow(reach.When, &on)
	return d.admits(ctx, on)
}

// allows asks whether an action may run on the record as it is.
func (d *draft) allows(ctx context.Context, run *runnable, params Values) error {
	if run.state != nil {
		if from, _ := d.values[run.state.Name].(string); d.old == nil && !run.leaves(from) {
			return d.illegal(run.state, from, run.To)
		}
	}
	asking := *d
	asking.params = params
	holds, err := asking.admits(ctx, run.when)
	if err != nil {
		return fmt.Errorf("action %s: when: %w", run.Name, err)
	}
	if !holds {
		return refused(run.Message, run.Name)
	}
	return nil
}

// refused is the answer of a rule that forbids what is asked at present.
func refused(message, what string) error {
	if message == "" {
		message = "This cannot be done now."
	}
	return errs.New(errs.Conflict, "refused", "%s", message).WithHint("The rule of %s does not hold for the record as it is.", what)
}

// illegal is the answer to a move that no action makes; it has the record as
// it is.
func (d *draft) illegal(f *Field, from, to string) error {
	e := errs.New(errs.Conflict, "illegal_move", "%s cannot go from %s to %s.", title(f), optionTitle(f, from), optionTitle(f, to)).
		WithHint("The record is %s now.", from)
	switch {
	case d.old != nil:
		d = d.old
	case d.records.answer().When != nil: // whether it could be read is not known
		return e
	}
	if current, err := d.encode(); err == nil {
		e.Current = current
	}
	return e
}

// optionTitle is how people call a value of a state.
func optionTitle(f *Field, value string) string {
	for _, o := range f.Options {
		if o.Value == value && o.Label != "" {
			return o.Label
		}
	}
	return value
}

func title(f *Field) string {
	if f.Label != "" {
		return f.Label
	}
	return strings.ToUpper(f.Name[:1]) + strings.ReplaceAll(f.Name[1:], "_", " ")
}

// encode writes the draft as the data API would, without what only the
// database knows.
func (d *draft) encode() (json.RawMessage, error) {
	values := cloneValues(d.values)
	for name, lines := range d.lines {
		rows := make([]Line, len(lines))
		for i, l := range lines {
			rows[i] = Line{l.id, l.values}
		}
		values[name] = rows
	}
	var fields []*Field
	for _, f := range d.records.Collection.fields {
		if !f.virtual && d.records.answer().Visible(f.Name) {
			fields = append(fields, f)
		}
	}
	body, err := encodeFields(fields, values)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf(`{"id":%q,"version":%d,`, d.id, d.version)
	return append([]byte(head), body[1:]...), nil
}

// write carries a settled change out within the open transaction and returns
// the record as JSON.
func (w *writing) write(ctx context.Context, d *draft) ([]byte, error) {
	if err := w.leaves(ctx); err != nil {
		return nil, err
	}
	changed, err := w.hook(ctx, d, beforeSave)
	if err != nil {
		return nil, err
	}
	if changed != nil {
		begin := w.begin
		w.begin = func() (*draft, error) {
			again, err := begin()
			if err != nil {
				return nil, err
			}
			return again, again.give(changed)
		}
		if d, err = w.settle(ctx); err != nil {
			return nil, err
		}
	}
	mentions := d.newlyMentioned()
	for _, f := range w.action.ownParams(w.Collection) {
		mentions = append(mentions, w.mentioned(f, f.key, w.params[f.Name])...)
	}
	if err := w.lookUp(ctx, mentions); err != nil {
		return nil, err
	}
	if err := d.seal(); err != nil {
		return nil, err
	}
	if locks := d.holds(); len(locks) > 0 {
		if err := w.Scope.Batch(ctx, locks...); err != nil {
			return nil, err
		}
	}
	statements, err := d.store(w.action)
	if err != nil {
		return nil, err
	}
	statements = append(statements, d.draws(w.action, false)...)
	if w.later == nil {
		more, err := d.verify()
		if err != nil {
			return nil, err
		}
		statements = append(statements, more...)
	} else {
		*w.later = append(*w.later, d)
	}
	stays, err := w.stays(d)
	if err != nil {
		return nil, err
	}
	statements = append(statements, stays...)
	events, err := w.events(d)
	if err != nil {
		return nil, err
	}
	statements = append(statements, events...)
	statements = append(statements, d.draws(w.action, true)...)
	var record []byte
	look, err := d.look(&record)
	if err != nil {
		return nil, err
	}
	if err := d.yielding(ctx, append(statements, look)...); err != nil {
		return nil, err
	}
	_, err = w.hook(ctx, d, afterSave)
	return record, err
}

// look reads the written record as the actor may see it.
func (d *draft) look(into *[]byte) (pg.Statement, error) {
	r := d.records
	args := r.newArgs()
	sql, err := r.told("t.site_id = $1::uuid and t.id = "+args.Add(d.id.String())+"::uuid", args)
	return pg.Statement{SQL: sql, Args: args.Values, Read: pg.JSON(into)}, err
}

// seal encrypts what is kept secret.
func (d *draft) seal() error {
	for _, f := range d.records.Collection.fields {
		if !f.sealed() {
			continue
		}
		value, err := f.seal(d.values[f.Name], d.records.Sealer, d.records.sealedAt(f, d.id))
		if err != nil {
			return err
		}
		d.values[f.Name] = value
	}
	return nil
}

// transact runs a write in a transaction of its own, or within the open one.
// Two writes that wait for each other are no fault of either: the one that the
// database gives up begins again.
func (r Records) transact(ctx context.Context, fn func(Records) error) error {
	const attempts = 3
	for n := 1; ; n++ {
		err := r.Scope.Tx(ctx, func(tx pgx.Tx) error {
			within := r
			within.Scope = r.Scope.Within(tx)
			return fn(within)
		})
		var broken *pgconn.PgError
		if r.Scope.Inside() || n == attempts || !errors.As(err, &broken) || broken.Code != codeDeadlock {
			return err
		}
	}
}

// newRecordID makes the id of a record.
func newRecordID() (uuid.UUID, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil, fmt.Errorf("make an id: %w", err)
	}
	return id, nil
}
