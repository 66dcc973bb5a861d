package collection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// The ways in which records go, besides the trash.
const (
	deleteHard  = "hard"
	deleteNever = "never"
)

// Removal says how a record is to be deleted.
type Removal struct {
	Version *int64 // the record must still have it; nil: any
	// Substitute takes the record's place in references that ask for one.
	Substitute uuid.NullUUID

	with *departure // what goes in the same call; nil: nothing yet
}

// Delete hides a record from everything; it can be restored until it is purged,
// unless the collection says that records go at once. References that say so
// become empty, or go along; other live records that still point at it are
// Conflict "in_use". More than MaxWritten records that would go along, or would
// be changed one by one, are Conflict "too_many_records". A version is treated
// as Update treats it.
func (r Records) Delete(ctx context.Context, id uuid.UUID, version *int64) error {
	return r.Remove(ctx, id, Removal{Version: version})
}

// Remove is Delete with what a deletion may ask for: where references ask for a
// substitute and there is none, it is Invalid "required" at "substitute".
func (r Records) Remove(ctx context.Context, id uuid.UUID, how Removal) error {
	c := r.Collection
	switch {
	case c.AppendOnly:
		return errs.New(errs.Conflict, "append_only", "Records of this kind are never deleted.")
	case c.Delete.Mode == deleteNever:
		return errs.New(errs.Conflict, "never_deleted", "Records of this kind are never deleted.")
	}
	var err error
	if c.deletesAtOnce() && !how.Substitute.Valid && (how.with == nil || !c.refersToItself()) {
		err = r.deleteAtOnce(ctx, id, how.Version)
	} else {
		now := r.Now()
		r := r
		r.Now = func() time.Time { return now } // what goes along is known by the moment
		err = r.transact(ctx, func(r Records) error {
			how := how
			if how.with == nil {
				how.with = newDeparture()
			}
			if how.with.begun[departing{c.Name, id}] { // it went along with another one
				return nil
			}
			d, err := r.present(ctx, id, how.Version)
			if err != nil {
				return err
			}
			how.with.begin(c, id)
			if err := how.with.gather(ctx, r, id, nil); err != nil {
				return err
			}
			return r.remove(ctx, d, how)
		})
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", c.Name, err)
	}
	return nil
}

// AsksSubstitute reports whether deleting a record may ask for another one that
// takes its place in references.
func (c *Collection) AsksSubstitute() bool {
	return slices.ContainsFunc(c.referrers, func(by referrer) bool { return by.field.OnDelete == "replace" }) ||
		slices.ContainsFunc(c.holders, func(by holder) bool { return by.line != nil && by.line.OnDelete == "replace" })
}

// refersToItself reports whether records of the collection may point at one
// another.
func (c *Collection) refersToItself() bool {
	return slices.ContainsFunc(c.referrers, func(by referrer) bool { return by.from == c })
}

// deletesAtOnce reports whether a deletion is one round trip.
func (c *Collection) deletesAtOnce() bool {
	return c.Delete.Mode != deleteHard && c.leaves.node == nil && c.closed.node == nil && len(c.watches) == 0 && len(c.holders) == 0 &&
		c.builtIn["delete"].node == nil && !slices.Contains(c.Hooks, beforeDelete) && !slices.Contains(c.Hooks, afterDelete) &&
		!slices.ContainsFunc(c.referrers, func(by referrer) bool {
			return by.field.OnDelete == "cascade" || by.field.OnDelete == "replace" || by.cleared() && !by.clearsAtOnce()
		})
}

// clearsAtOnce reports whether nothing follows for the records whose reference
// becomes empty.
func (by referrer) clearsAtOnce() bool { return by.from.updatesAtOnce(Values{by.field.Name: nil}) }

// remove deletes a loaded record with all that goes along.
func (r Records) remove(ctx context.Context, d *draft, how Removal) error {
	c := r.Collection
	if err := r.permits(ctx, "delete", d); err != nil {
		return err
	}
	for _, on := range []struct {
		rule    rule
		want    bool
		message string
	}{{c.closed, false, "This record is closed and cannot be deleted."}, {c.leaves, true, "This record cannot be deleted as it is."}} {
		if on.rule.node == nil {
			continue
		}
		holds, err := d.admits(ctx, on.rule)
		if err != nil {
			return err
		}
		if holds != on.want {
			return errs.New(errs.Conflict, "locked", "%s", on.message)
		}
	}
	w := &writing{Records: r}
	if _, err := w.hook(ctx, d, beforeDelete); err != nil {
		return err
	}
	if locks := d.holds(); len(locks) > 0 {
		if err := r.Scope.Batch(ctx, locks...); err != nil {
			return err
		}
	}
	if err := r.settleReferrers(ctx, d, how); err != nil {
		return err
	}
	statements := []pg.Statement{d.removal()}
	more, err := d.verifyWatched()
	if err != nil {
		return err
	}
	if err := r.Scope.Batch(ctx, append(statements, more...)...); err != nil {
		return r.stillUsed(err)
	}
	_, err = w.hook(ctx, d, afterDelete)
	return err
}

// removal is the statement that deletes the record.
func (d *draft) removal() pg.Statement {
	r := d.records
	args := r.newArgs()
	if r.Collection.Delete.Mode == deleteHard {
		return pg.Statement{
			SQL:  "delete from " + r.Collection.table + " t where t.site_id = $1::uuid and t.id = " + args.Add(d.id.String()) + "::uuid",
			Args: args.Values,
		}
	}
	return pg.Statement{SQL: r.toTrash(args) + "t.site_id = $1::uuid and t.id = " + args.Add(d.id.String()) + "::uuid", Args: args.Values}
}

// toTrash is the statement that deletes records t for a while, up to its
// condition.
func (r Records) toTrash(args *expr.Args) string {
	now, actor := args.Add(r.stamp())+"::timestamptz", args.Add(r.actor())+"::uuid"
	return "update " + r.Collection.table + " as t set version = t.version + 1, updated_at = " + now + ", updated_by = " + actor +
		", deleted_at = " + now + ", deleted_by = " + actor + " where "
}

// stillUsed explains a foreign key that held a record which was to go at once.
func (r Records) stillUsed(err error) error {
	var broken *pgconn.PgError
	if errors.As(err, &broken) && broken.Code == codeForeignKey {
		return inUse("other records").WithCause(err)
	}
	return err
}

func inUse(users ...string) *errs.Error {
	return errs.New(errs.Conflict, "in_use", "It is still used by %s.", strings.Join(users, ", ")).
		WithHint("Change or delete those records first.")
}

// settleReferrers deals with what points at the record, by what each reference
// says: it goes along, becomes empty, gets the substitute, or holds the record.
func (r Records) settleReferrers(ctx context.Context, d *draft, how Removal) error {
	var users []string
	for _, by := range r.Collection.referrers {
		held, err := r.settleReferrer(ctx, by, d, how)
		if err != nil {
			return err
		}
		if held {
			users = append(users, by.from.plural())
		}
	}
	for _, by := range r.Collection.holders {
		held, err := r.settleHolder(ctx, by, d, how)
		if err != nil {
			return err
		}
		if held {
			users = append(users, by.from.plural())
		}
	}
	if len(users) > 0 {
		slices.Sort(users)
		return inUse(slices.Compact(users)...)
	}
	if r.Collection.Delete.Mode == deleteHard {
		return r.forget(ctx, d, how.with)
	}
	return nil
}

// settleReferrer deals with the records of one reference, but for those that go
// themselves, and reports whether they hold the record.
func (r Records) settleReferrer(ctx context.Context, by referrer, d *draft, how Removal) (bool, error) {
	if by.cleared() && by.clearsAtOnce() {
		return false, r.Scope.Batch(ctx, r.clearStatement(by, d.id, how.with))
	}
	way := holder{from: by.from, field: by.field}
	there := r.beside(by.from)
	if by.field.OnDelete == "cascade" {
		ids, err := r.pointing(ctx, way, d.id, nil)
		for _, id := range ids {
			if err == nil {
				err = there.along(ctx, id, how)
			}
		}
		return false, err
	}
	ids, err := r.pointing(ctx, way, d.id, how.with.going[by.from.Name])
	if err != nil || len(ids) == 0 {
		return false, err
	}
	if by.field.OnDelete != "replace" && !by.cleared() {
		return true, nil
	}
	value, err := how.instead(by.field, by.from, d.id)
	if err != nil {
		return false, err
	}
	if err := how.with.count(len(ids)); err != nil {
		return false, err
	}
	for _, id := range ids {
		if err := there.repoint(ctx, id, way, d.id, value); err != nil {
			return false, err
		}
	}
	return false, nil
}

// instead is what a reference gets that loses its target: nothing, or the
// substitute where it asks for one.
func (how Removal) instead(f *Field, in *Collection, gone uuid.UUID) (any, error) {
	switch {
	case f.OnDelete != "replace":
		return nil, nil
	case !how.Substitute.Valid:
		return nil, errs.BadFields(wrong("required", "Name the record that takes its place in %s.", in.plural()).at("substitute"))
	case how.Substitute.UUID == gone:
		return nil, errs.BadFields(wrong("substitute", "Must be another record.").at("substitute"))
	}
	return how.Substitute.UUID, nil
}

// settleHolder deals with lines and lists that point at the record: a place in
// a list goes, a reference in a line becomes empty or gets the substitute where
// it says so; others hold the record. Each is a change of the record that has
// the lines or the list.
func (r Records) settleHolder(ctx context.Context, by holder, d *draft, how Removal) (bool, error) {
	ids, err := r.pointing(ctx, by, d.id, how.with.going[by.from.Name])
	if err != nil || len(ids) == 0 {
		return false, err
	}
	var value any
	switch {
	case by.from.AppendOnly:
		return true, nil
	case by.line == nil, by.line.list != nil:
	case by.line.OnDelete == "clear", by.line.OnDelete == "replace":
		if value, err = how.instead(by.line, by.from, d.id); err != nil {
			return false, err
		}
	default:
		return true, nil
	}
	if err := how.with.count(len(ids)); err != nil {
		return false, err
	}
	there := r.beside(by.from)
	for _, id := range ids {
		if err := there.repoint(ctx, id, by, d.id, value); err != nil {
			return false, err
		}
	}
	return false, nil
}

// beside opens another collection of the module with the module's own rights:
// what a deletion does to others is its rule, not the actor's wish.
func (r Records) beside(c *Collection) Records {
	r.Collection, r.Access, r.Answer, r.May = c, Access{}, nil, nil
	return r
}

// pointing returns the live records that point at the id that way, without
// those that are known to go.
func (r Records) pointing(ctx context.Context, way holder, id uuid.UUID, going []uuid.UUID) ([]uuid.UUID, error) {
	args := r.newArgs()
	target := args.Add(id.String()) + "::uuid"
	var ids []uuid.UUID
	err := r.Scope.Batch(ctx, pg.Statement{
		SQL:  "select x.id " + way.pointing(target) + " and x.id <> " + target + " and x.id <> all (" + args.Add(idTexts(going)) + "::uuid[]) order by x.id",
		Args: args.Values,
		Read: func(rows pgx.Rows) (err error) {
			ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
			return err
		},
	})
	return ids, err
}

// pointing is the FROM and WHERE of the live records x that point that way at
// an id. $1 is the site.
func (way holder) pointing(id string) string {
	inside := func(table, column string) string {
		return "exists (select 1 from " + table + " l where l.site_id = $1::uuid and l.record_id = x.id and l." + column + " = " + id + ")"
	}
	var points string
	switch {
	case way.line == nil && way.field.list == nil:
		points = "x." + quote(way.field.columns[0].Name) + " = " + id
	case way.line == nil:
		points = inside(way.field.list.table, "target_id")
	case way.line.list != nil:
		points = inside(way.line.list.table, "target_id")
	default:
		points = inside(way.field.lines.table, quote(way.line.columns[0].Name))
	}
	return "from " + way.from.table + " x where x.site_id = $1::uuid and " + points + " and x.deleted_at is null"
}

// along deletes a record with the one that it belongs to.
func (r Records) along(ctx context.Context, id uuid.UUID, how Removal) error {
	known := slices.Contains(how.with.going[r.Collection.Name], id)
	if !how.with.begin(r.Collection, id) {
		return nil
	}
	if !known { // it has come since
		if err := how.with.count(1); err != nil {
			return err
		}
	}
	d, err := r.load(ctx, id)
	if err != nil || d == nil {
		return err
	}
	if r.Collection.AppendOnly || r.Collection.Delete.Mode == deleteNever {
		return inUse(r.Collection.plural())
	}
	return r.remove(ctx, d, Removal{Substitute: how.Substitute, with: how.with})
}

// repoint points a reference elsewhere, as any change of the record would. A
// record whose rules do not let it go holds what it points at.
func (r Records) repoint(ctx context.Context, id uuid.UUID, way holder, from uuid.UUID, to any) error {
	old, err := r.load(ctx, id)
	if err != nil || old == nil {
		return err
	}
	_, err = r.changeFrom(ctx, old, Values{way.field.Name: way.pointed(old, from, to)}, nil, nil)
	e := errs.Of(err)
	switch {
	case e == nil || e.Kind != errs.Invalid && e.Code != "locked":
		return err
	case to != nil:
		return errs.BadFields(wrong("substitute", "Does not fit in %s: %s", r.Collection.plural(), e.Message).at("substitute"))
	}
	return inUse(r.Collection.plural()).WithHint("They cannot do without it: %s", e.Message).WithCause(err)
}

// pointed is the value of the field with another target, or without one.
func (way holder) pointed(old *draft, from uuid.UUID, to any) any {
	switch {
	case way.field.list != nil:
		return without(old.values[way.field.Name], from)
	case way.line == nil:
		return to
	}
	lines := make([]Line, len(old.lines[way.field.Name]))
	for i, l := range old.lines[way.field.Name] {
		lines[i] = Line{ID: l.id, Values: Values{}}
		switch {
		case way.line.list != nil:
			lines[i].Values[way.line.Name] = without(l.values[way.line.Name], from)
		case l.values[way.line.Name] == from:
			lines[i].Values[way.line.Name] = to
		}
	}
	return lines
}

// without is a list of references that leaves one out.
func without(list any, id uuid.UUID) any {
	ids, _ := list.([]uuid.UUID)
	ids = slices.DeleteFunc(slices.Clone(ids), func(one uuid.UUID) bool { return one == id })
	if len(ids) == 0 {
		return nil
	}
	return ids
}

// forget empties what records in the trash, and those that go too, still say of
// one that goes at once.
func (r Records) forget(ctx context.Context, d *draft, with *departure) error {
	var statements []pg.Statement
	for _, by := range r.Collection.referrers {
		if by.from.AppendOnly {
			continue
		}
		args := r.newArgs()
		key := quote(by.field.columns[0].Name)
		statements = append(statements, pg.Statement{
			SQL: "update " + by.from.table + " as t set " + key + " = null where t.site_id = $1::uuid and t." + key + " = " + args.Add(d.id.String()) +
				"::uuid and (t.deleted_at is not null or t.id = any (" + args.Add(idTexts(with.going[by.from.Name])) + "::uuid[])) and t.id <> $2::uuid",
			Args: args.Values,
		})
	}
	for _, by := range r.Collection.holders {
		if !by.from.AppendOnly {
			statements = append(statements, r.forgetIn(by, d.id, with))
		}
	}
	if len(statements) == 0 {
		return nil
	}
	return r.Scope.Batch(ctx, statements...)
}

// forgetIn is forget of one list, or of one reference in lines.
func (r Records) forgetIn(by holder, id uuid.UUID, with *departure) pg.Statement {
	args := r.newArgs()
	there := func(column string) string {
		return " where l.site_id = $1::uuid and l." + column + " = " + args.Add(id.String()) + "::uuid and exists (select 1 from " + by.from.table +
			" x where x.site_id = $1::uuid and x.id = l.record_id and (x.deleted_at is not null or x.id = any (" +
			args.Add(idTexts(with.going[by.from.Name])) + "::uuid[])))"
	}
	var sql string
	switch {
	case by.line == nil:
		sql = "delete from " + by.field.list.table + " l" + there("target_id")
	case by.line.list != nil:
		sql = "delete from " + by.line.list.table + " l" + there("target_id")
	default:
		key := quote(by.line.columns[0].Name)
		sql = "update " + by.field.lines.table + " as l set " + key + " = null" + there(key)
	}
	return pg.Statement{SQL: sql, Args: args.Values}
}

// deleteAtOnce is a deletion that asks for nothing on the way: one round trip.
func (r Records) deleteAtOnce(ctx context.Context, id uuid.UUID, version *int64) error {
	var deleted, current []byte
	var users []string
	statements, err := r.deleteStatements(id, version, &deleted)
	if err != nil {
		return err
	}
	look, err := r.lookStatement(id)
	if err != nil {
		return err
	}
	look.Read = pg.JSON(&current)
	statements = append(statements, look)
	if users := r.usersStatement(id, &users); users.SQL != "" {
		statements = append(statements, users)
	}
	if err := r.Scope.Batch(ctx, statements...); err != nil {
		return err
	}
	switch {
	case deleted != nil:
		return nil
	case current == nil:
		return r.absent(ctx, id)
	case len(users) > 0 && (version == nil || versionOf(current) == *version):
		return inUse(users...)
	}
	return conflict(current)
}

// versionOf reads the version out of a record's JSON.
func versionOf(record []byte) int64 {
	var r struct{ Version int64 }
	if json.Unmarshal(record, &r) != nil {
		return 0
	}
	return r.Version
}

// deleteStatements lock the record, delete it, and empty the references that
// are to be emptied. The lock comes in a statement of its own: whoever is just
// pointing a record at this one holds a lock that it waits for, and only the
// next statement sees that record.
func (r Records) deleteStatements(id uuid.UUID, version *int64, deleted *[]byte) ([]pg.Statement, error) {
	lockArgs, args := r.newArgs(), r.newArgs()
	locked, err := r.one(id, lockArgs)
	if err != nil {
		return nil, err
	}
	update := r.toTrash(args)
	where, err := r.one(id, args)
	if err != nil {
		return nil, err
	}
	where += versionIs(version, args)
	for _, by := range r.Collection.referrers {
		if !by.cleared() {
			where += " and not " + by.exists("t.id")
		}
	}
	statements := []pg.Statement{
		{SQL: "select 1 from " + r.Collection.table + " t where " + locked + " for no key update", Args: lockArgs.Values},
		{
			SQL:  update + where + " returning '{}'::json",
			Args: args.Values,
			Read: pg.JSON(deleted),
		},
	}
	for _, by := range r.Collection.referrers {
		if by.cleared() {
			statements = append(statements, r.clearStatement(by, id, nil))
		}
	}
	return statements, nil
}

// cleared reports whether the reference becomes empty when its target goes. One
// that can never change holds its target.
func (by referrer) cleared() bool { return by.field.OnDelete == "clear" && !by.from.AppendOnly }

// exists is SQL for "a live record points at this id". $1 is the site.
func (by referrer) exists(id string) string {
	return "exists (select 1 " + holder{from: by.from, field: by.field}.pointing(id) + ")"
}

// clearStatement empties the references to a record: in the course of a
// departure those of all records that stay, else those of all if the record is
// deleted already.
func (r Records) clearStatement(by referrer, id uuid.UUID, with *departure) pg.Statement {
	args := r.newArgs()
	key := quote(by.field.columns[0].Name)
	sql := "update " + by.from.table + " as x set " + key + " = null, version = x.version + 1, updated_at = " +
		args.Add(r.stamp()) + "::timestamptz, updated_by = " + args.Add(r.actor()) + "::uuid where x.site_id = $1::uuid and x." +
		key + " = " + args.Add(id.String()) + "::uuid and x.deleted_at is null and "
	if with != nil {
		sql += "x.id <> all (" + args.Add(idTexts(with.going[by.from.Name])) + "::uuid[])"
	} else {
		sql += "exists (select 1 from " + r.Collection.table + " t where t.site_id = $1::uuid and t.id = x." + key + " and t.deleted_at is not null)"
	}
	return pg.Statement{SQL: sql, Args: args.Values}
}

// usersStatement finds the labels of the collections that keep the record from
// being deleted; an empty statement when there are none that could.
func (r Records) usersStatement(id uuid.UUID, into *[]string) pg.Statement {
	args := r.newArgs()
	var parts []string
	target := args.Add(id.String()) + "::uuid"
	for _, by := range r.Collection.referrers {
		if !by.cleared() {
			parts = append(parts, "select "+args.Add(by.from.plural())+"::text where "+by.exists(target))
		}
	}
	if len(parts) == 0 {
		return pg.Statement{}
	}
	return pg.Statement{SQL: strings.Join(parts, " union "), Args: args.Values, Read: func(rows pgx.Rows) error {
		for rows.Next() {
			*into = append(*into, string(rows.RawValues()[0]))
		}
		return nil
	}}
}

// plural is how people call the records.
func (c *Collection) plural() string {
	if c.Plural != "" {
		return c.Plural
	}
	return c.Name
}
