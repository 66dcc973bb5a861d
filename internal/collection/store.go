package collection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// store returns the statements that write a draft, as the action does if there is
// one: the record, its lines and its lists, with what changed only.
func (d *draft) store(run *runnable) ([]pg.Statement, error) {
	if d.back && !slices.ContainsFunc(d.records.Collection.fields, func(f *Field) bool { return d.changed(f.Name) }) {
		return nil, nil // it is there again, as it was
	}
	statements := []pg.Statement{d.storeRecord(run)}
	for _, f := range d.records.Collection.fields {
		var more []pg.Statement
		var err error
		switch {
		case f.lines != nil && d.changed(f.Name):
			more, err = d.storeLines(f)
		case f.list != nil && d.changed(f.Name):
			ids, _ := d.values[f.Name].([]uuid.UUID)
			more, err = d.storeList(f.list, d.id, ids, d.old == nil)
		}
		if err != nil {
			return nil, err
		}
		statements = append(statements, more...)
	}
	return statements, nil
}

func (d *draft) storeRecord(run *runnable) pg.Statement {
	if d.old == nil {
		return d.insertWithin(run)
	}
	r := d.records
	args := r.newArgs()
	sets := []string{
		"version = t.version + 1",
		"updated_at = " + args.Add(r.stamp()) + "::timestamptz",
		"updated_by = " + args.Add(r.actor()) + "::uuid",
	}
	for _, f := range stored(r.Collection.fields) {
		if len(f.columns) > 0 && !equalValues(d.old.values[f.Name], d.values[f.Name]) {
			for i, arg := range fieldArgs(f, d.values[f.Name]) {
				sets = append(sets, quote(f.columns[i].Name)+" = "+f.valueSQL(args.Add(arg), f.columns[i]))
			}
		}
		if f.stamp != "" && !equalValues(d.old.stamps[f.Name], d.stamps[f.Name]) {
			sets = append(sets, quote(f.stamp)+" = "+args.Add(d.stamps[f.Name])+"::timestamptz")
		}
	}
	if own := r.Collection.ownValues(d.values, func(f *Field) bool { return d.changed(f.Name) }); own != "" {
		sets = append(sets, ownUpdate(args.Add(own)))
	}
	place := d.position
	if within := r.Collection.within; within != nil && d.changed(within.Name) {
		place = lastPosition(r.stamp())
	}
	if place != "" {
		sets = append(sets, positionColumn+" = "+args.Add(place)+"::text")
	}
	return pg.Statement{
		SQL: "update " + r.Collection.table + " as t set " + strings.Join(sets, ", ") + " where t.site_id = $1::uuid and t.id = " +
			args.Add(d.id.String()) + "::uuid",
		Args: args.Values,
	}
}

// insertRecord is the statement that stores a new record, and what it returns
// of it. Numbers that are due are drawn by it.
func (d *draft) insertRecord(run *runnable, returning string) pg.Statement {
	due := d.due(run)
	if len(due) == 0 {
		return pg.Statement{SQL: d.records.Collection.insert + returning, Args: d.insertArgs(nil)}
	}
	sql, args := d.insertNumbered(due)
	return pg.Statement{SQL: sql + returning, Args: args}
}

// insertAndLook are insertRecord and the look at what it became, in one statement
// where what may be answered of the record does not hang on it.
func (d *draft) insertAndLook(run *runnable, into *[]byte) ([]pg.Statement, error) {
	r := d.records
	if r.answer().When != nil {
		look, err := d.look(into)
		return []pg.Statement{d.insertRecord(run, "1"), look}, err
	}
	projection, err := r.Collection.projection(nil, r.answer(), nil)
	insert := d.insertRecord(run, asJSON(projection))
	insert.Read = pg.JSON(into)
	return []pg.Statement{insert}, err
}

// insertWithin is insertRecord for a transaction that goes on with the record:
// the draft takes its numbers from it.
func (d *draft) insertWithin(run *runnable) pg.Statement {
	due := d.due(run)
	if len(due) == 0 {
		return d.insertRecord(run, "1")
	}
	returning := make([]string, len(due))
	for i, f := range due {
		returning[i] = column(f.columns[0].Name)
	}
	insert := d.insertRecord(run, strings.Join(returning, ", "))
	insert.Read = func(rows pgx.Rows) error {
		if !rows.Next() {
			return rows.Err()
		}
		numbers, err := rows.Values()
		if err != nil {
			return err
		}
		for i, f := range due {
			d.values[f.Name] = numbers[i]
		}
		return nil
	}
	return insert
}

// insertArgs are the parameters of the collection's insert, but for those of
// fields whose numbers it draws.
func (d *draft) insertArgs(due []*Field) []any {
	r := d.records
	args := []any{r.Scope.Site().String(), d.id.String(), r.stamp(), r.actor()}
	if r.Collection.Ordered != "" {
		args = append(args, lastPosition(r.stamp()))
	}
	for _, f := range stored(r.Collection.fields) {
		if slices.Contains(due, f) {
			continue
		}
		args = append(args, fieldArgs(f, d.values[f.Name])...)
		if f.stamp != "" {
			args = append(args, d.stamps[f.Name])
		}
	}
	return r.Collection.addOwn(args, d.values)
}

// storeLines writes the lines that changed, and deletes those that are gone.
func (d *draft) storeLines(f *Field) ([]pg.Statement, error) {
	r, l := d.records, f.lines
	var statements []pg.Statement
	if d.old != nil && len(d.old.lines[f.Name]) > 0 {
		args := r.newArgs()
		kept := make([]string, len(d.lines[f.Name]))
		for i, line := range d.lines[f.Name] {
			kept[i] = line.id.String()
		}
		statements = append(statements, pg.Statement{
			SQL: "delete from " + l.table + " t where t.site_id = $1::uuid and t.record_id = " + args.Add(d.id.String()) +
				"::uuid and t.id <> all (" + args.Add(kept) + "::uuid[])",
			Args: args.Values,
		})
	}
	for i, line := range d.lines[f.Name] {
		statements = append(statements, line.store(i+1))
		for _, one := range l.fields {
			if one.list == nil || line.old != nil && equalValues(line.old[one.Name], line.values[one.Name]) {
				continue
			}
			ids, _ := line.values[one.Name].([]uuid.UUID)
			more, err := d.storeList(one.list, line.id, ids, line.old == nil)
			if err != nil {
				return nil, err
			}
			statements = append(statements, more...)
		}
	}
	return statements, nil
}

func (l *draftLine) store(position int) pg.Statement {
	r := l.record.records
	args := r.newArgs()
	if l.old == nil {
		columns := []string{"site_id", "id", "record_id", positionColumn}
		values := []string{"$1::uuid", args.Add(l.id.String()) + "::uuid", args.Add(l.record.id.String()) + "::uuid", args.Add(position) + "::bigint"}
		for _, f := range l.of.fields {
			for i, arg := range fieldArgs(f, l.values[f.Name]) {
				columns = append(columns, quote(f.columns[i].Name))
				values = append(values, f.valueSQL(args.Add(arg), f.columns[i]))
			}
		}
		return pg.Statement{
			SQL:  "insert into " + l.of.table + " (" + strings.Join(columns, ", ") + ") values (" + strings.Join(values, ", ") + ")",
			Args: args.Values,
		}
	}
	sets := []string{positionColumn + " = " + args.Add(position) + "::bigint"}
	for _, f := range l.of.fields {
		if equalValues(l.old[f.Name], l.values[f.Name]) {
			continue
		}
		for i, arg := range fieldArgs(f, l.values[f.Name]) {
			sets = append(sets, quote(f.columns[i].Name)+" = "+f.valueSQL(args.Add(arg), f.columns[i]))
		}
	}
	return pg.Statement{
		SQL: "update " + l.of.table + " as t set " + strings.Join(sets, ", ") + " where t.site_id = $1::uuid and t.record_id = " +
			args.Add(l.record.id.String()) + "::uuid and t.id = " + args.Add(l.id.String()) + "::uuid",
		Args: args.Values,
	}
}

// storeList replaces a list of references. Each is looked up among the live
// records and locked, as a reference is.
func (d *draft) storeList(l *List, owner uuid.UUID, ids []uuid.UUID, fresh bool) ([]pg.Statement, error) {
	r := d.records
	var statements []pg.Statement
	if !fresh {
		args := r.newArgs()
		statements = append(statements, pg.Statement{
			SQL:  "delete from " + l.table + " t where t.site_id = $1::uuid and t." + l.tied() + " = " + args.Add(owner.String()) + "::uuid",
			Args: args.Values,
		})
	}
	for i, id := range ids {
		row, err := uuid.NewV7()
		if err != nil {
			return nil, fmt.Errorf("make an id: %w", err)
		}
		args := r.newArgs()
		columns := []string{"site_id", "id", "record_id", positionColumn, "target_id"}
		values := []string{
			"$1::uuid", args.Add(row.String()) + "::uuid", args.Add(d.id.String()) + "::uuid", args.Add(i+1) + "::bigint",
			liveID(l.target, args.Add(id.String())+"::uuid"),
		}
		if l.of != nil {
			columns, values = append(columns, lineColumn), append(values, args.Add(owner.String())+"::uuid")
		}
		statements = append(statements, pg.Statement{
			SQL:  "insert into " + l.table + " (" + strings.Join(columns, ", ") + ") values (" + strings.Join(values, ", ") + ")",
			Args: args.Values,
		})
	}
	return statements, nil
}

// liveID looks an id up among the live records of the site ($1) and locks it
// against deletion until the end of the transaction. When it is not there the
// nil id is written instead, which no record has: the foreign key then refuses
// the write, in the words that a record of another site or one that never was
// also gets.
func liveID(target *Collection, value string) string {
	if target == nil {
		return value
	}
	lock := " for share"
	if target.AppendOnly { // nobody may change or lock it
		lock = ""
	}
	return "case when " + value + " is not null then coalesce((select x.id from " + target.table +
		" x where x.site_id = $1::uuid and x.id = " + value + " and x.deleted_at is null" + lock + "), '" + uuid.Nil.String() + "'::uuid) end"
}
