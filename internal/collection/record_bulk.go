package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Written says what a write of many records did.
type Written struct {
	IDs     []uuid.UUID // of the records that were written, in order
	Created int         // how many of them are new
	LeftOut int         // records that were meant and that the actor may see, but not write
}

// Within runs fn with these records in one transaction, so that all it writes
// is written or nothing.
func (r Records) Within(ctx context.Context, fn func(Records) error) error {
	return r.Scope.Tx(ctx, func(tx pgx.Tx) error {
		within := r
		within.Scope = r.Scope.Within(tx)
		return fn(within)
	})
}

// CreateMany is Create of many records in one transaction: all are created, or
// none. Complaints come at once, each below its record's place.
func (r Records) CreateMany(ctx context.Context, rows []Row) (Written, error) {
	rows, err := identify(rows)
	if err != nil {
		return Written{}, err
	}
	out := Written{Created: len(rows)}
	for _, row := range rows {
		out.IDs = append(out.IDs, row.ID)
	}
	if len(rows) == 0 {
		return out, nil
	}
	if r.Collection.plain() {
		return out, r.insertMany(ctx, rows)
	}
	return out, r.Within(ctx, func(r Records) error {
		return each(rows, func(row Row) error {
			_, err := r.createAs(ctx, row.ID, row.Values)
			return err
		})
	})
}

// identify gives every row an id.
func identify(rows []Row) ([]Row, error) {
	if len(rows) > MaxWritten {
		return nil, tooMany(len(rows))
	}
	rows = slices.Clone(rows)
	for i := range rows {
		if rows[i].ID != uuid.Nil {
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, fmt.Errorf("make an id: %w", err)
		}
		rows[i].ID = id
	}
	return rows, nil
}

// each writes row by row. What is wrong with values is collected; anything else
// ends it, since the database may take no more statements.
func each(rows []Row, write func(Row) error) error {
	var found complaints
	for i, row := range rows {
		if err := found.within(fmt.Sprint(i), write(row)); err != nil {
			return err
		}
	}
	return found.err()
}

// insertMany stores rows of a collection that asks for nothing beyond values,
// rules and defaults, in one statement.
func (r Records) insertMany(ctx context.Context, rows []Row) error {
	var found complaints
	var mentions []mention
	fields, at := stored(r.Collection.fields), r.moment()
	body := []byte{'['}
	for i, row := range rows {
		complaints := r.Collection.check(row.Values, r.Access)
		for _, f := range fields {
			mentions = append(mentions, r.mentioned(f, fmt.Sprintf("%d.%s", i, f.key), row.Values[f.Name])...)
		}
		v := maps.Clone(row.Values)
		if v == nil {
			v = Values{}
		}
		now := at
		if own, ok := v[currencyField].(string); ok {
			now.currency = own
		}
		complaints = append(complaints, fill(r.Collection.fields, v, now)...)
		r.denominateAlone(v)
		_ = found.within(strconv.Itoa(i), complaints.err()) // nothing but complaints
		if i > 0 {
			body = append(body, ',')
		}
		body = r.appendRow(body, row.ID, fields, v)
	}
	body = append(body, ']')
	if err := found.err(); err != nil {
		return err
	}
	insert := pg.Statement{
		SQL: r.Collection.insertManyStatement(), Args: []any{r.Scope.Site().String(), r.stamp(), r.actor(), string(body)},
	}
	var err error
	if mentions == nil {
		err = r.Scope.Batch(ctx, insert)
	} else {
		err = r.Within(ctx, func(r Records) error {
			if err := r.lookUp(ctx, mentions); err != nil {
				return err
			}
			return r.Scope.Batch(ctx, insert)
		})
	}
	if err != nil {
		return fmt.Errorf("create %s: %w", r.Collection.Name, r.Collection.explain(err))
	}
	return nil
}

// appendRow appends the object that insertManyStatement reads a record from.
func (r Records) appendRow(to []byte, id uuid.UUID, fields []*Field, v Values) []byte {
	to = appendText(append(to, `{"id":`...), id.String())
	if r.Collection.own() != nil {
		to = append(append(to, `,"custom":`...), r.Collection.ownOf(v)...)
	}
	for _, f := range fields {
		for n, arg := range fieldArgs(f, v[f.Name]) {
			if arg == nil {
				continue // what is not there is null
			}
			to = append(appendText(append(to, ','), f.columns[n].Name), ':')
			to = appendArg(to, arg, f.columns[n])
		}
	}
	return append(to, '}')
}

// appendArg appends a parameter as jsonArg gives it. There are many in one call,
// and most are of four types.
func appendArg(to []byte, arg any, c Column) []byte {
	switch a := arg.(type) {
	case int64:
		return strconv.AppendInt(to, a, 10)
	case bool:
		return strconv.AppendBool(to, a)
	case string:
		if c.Type != "jsonb" {
			return appendText(to, a)
		}
	case time.Time:
		return append(a.AppendFormat(append(to, '"'), time.RFC3339Nano), '"')
	}
	text, err := json.Marshal(jsonArg(arg, c))
	if err != nil { // what a kind makes of a value always has a JSON
		panic(fmt.Sprintf("a parameter for %s: %v", c.Name, err))
	}
	return append(to, text...)
}

// appendText appends a text as JSON.
func appendText(to []byte, text string) []byte {
	for i := range len(text) {
		if b := text[i]; b < ' ' || b == '"' || b == '\\' || b >= 0x80 {
			quoted, _ := json.Marshal(text) // a text cannot fail
			return append(to, quoted...)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}

// jsonArg is a parameter as it stands in JSON.
func jsonArg(arg any, c Column) any {
	switch a := arg.(type) {
	case time.Time:
		return a.Format(time.RFC3339Nano)
	case []byte:
		return json.RawMessage(a)
	case string:
		if c.Type == "jsonb" {
			return json.RawMessage(a)
		}
	}
	return arg
}

// insertManyStatement is insertStatement over rows that come as JSON: $1 site,
// $2 now, $3 actor, $4 the array.
func (c *Collection) insertManyStatement() string {
	columns := []string{"site_id", "id", "created_at", "created_by", "updated_at", "updated_by"}
	values := []string{"$1::uuid", "n.id", "$2::timestamptz", "$3::uuid", "$2::timestamptz", "$3::uuid"}
	shape := []string{"id uuid"}
	if c.own() != nil {
		columns, values, shape = append(columns, quote("custom")), append(values, ownInsert("n.custom")), append(shape, "custom jsonb")
	}
	for _, f := range stored(c.fields) {
		for _, column := range f.columns {
			columns = append(columns, quote(column.Name))
			values = append(values, f.valueSQL("n."+quote(column.Name), column))
			shape = append(shape, quote(column.Name)+" "+column.Type)
		}
	}
	if c.physical.Epoch > 1 {
		columns, values = append(columns, quote(epochColumn)), append(values, strconv.Itoa(c.physical.Epoch))
	}
	return "insert into " + c.table + " as t (" + strings.Join(columns, ", ") + ") select " + strings.Join(values, ", ") +
		" from jsonb_to_recordset($4::jsonb) as n(" + strings.Join(shape, ", ") + ")"
}

// UpdateWhere changes the given values of every record that the query finds,
// in one transaction, as Update changes one. The query is answered within what
// the actor may read; what it may read and not write is left out and counted.
// A query without a condition is Invalid "unfiltered_write".
func (r Records) UpdateWhere(ctx context.Context, q Query, v Values) (out Written, err error) {
	err = r.forEach(ctx, q, &out, func(r Records, id uuid.UUID) error {
		_, err := r.Update(ctx, id, v, seen(v))
		return err
	})
	return out, err
}

// DeleteWhere is Remove of every record that the query finds, as UpdateWhere.
// None of them is held by another one that goes as well.
func (r Records) DeleteWhere(ctx context.Context, q Query, how Removal) (out Written, err error) {
	how.with = newDeparture()
	now := r.Now()
	r.Now = func() time.Time { return now } // what goes together is known by the moment
	err = r.forAll(ctx, q, &out, func(r Records, ids []uuid.UUID) error {
		how.with.going[r.Collection.Name] = slices.Clone(ids)
		for _, id := range ids {
			if err := r.Remove(ctx, id, how); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// Each runs fn on every record that the query finds and the actor's reach
// admits, as UpdateWhere does.
func (r Records) Each(ctx context.Context, q Query, fn func(Records, uuid.UUID) error) (out Written, err error) {
	err = r.forEach(ctx, q, &out, fn)
	return out, err
}

func (r Records) forEach(ctx context.Context, q Query, out *Written, fn func(Records, uuid.UUID) error) error {
	return r.forAll(ctx, q, out, func(r Records, ids []uuid.UUID) error {
		for _, id := range ids {
			if err := fn(r, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// forAll runs fn on all records that the query finds at once.
func (r Records) forAll(ctx context.Context, q Query, out *Written, fn func(Records, []uuid.UUID) error) error {
	if !q.filtered() {
		return errs.New(errs.Invalid, "unfiltered_write", "Name the records to write: a condition is missing.").
			WithHint("Add a filter to the address, like id=eq.<id> or id=in.(<id>,<id>).")
	}
	if r.Collection.AppendOnly { // such records never change, and nobody may lock them
		return appendOnly()
	}
	return r.Within(ctx, func(r Records) error {
		ids, err := r.matching(ctx, q, out)
		if err != nil {
			return err
		}
		out.IDs = ids
		return fn(r, ids)
	})
}

// filtered reports whether anything narrows the records down.
func (q Query) filtered() bool {
	if q.Where != nil {
		return true
	}
	return slices.ContainsFunc(q.Select.embeds(), func(e *Embed) bool { return e.Inner || e.None })
}

// matching finds and locks the records of a query that the actor may write.
func (r Records) matching(ctx context.Context, q Query, out *Written) ([]uuid.UUID, error) {
	reading := r
	if r.Reach != nil {
		if readable, ok := r.Reach(r.Collection); ok {
			reading.Access = readable
		}
	}
	asked := q
	asked.Select = Selection{}
	for _, s := range q.Select {
		if s.Embed != nil { // the values that are answered are another question
			asked.Select = append(asked.Select, s)
		}
	}
	p, err := reading.plan(asked)
	if err != nil {
		return nil, err
	}
	args := r.newArgs()
	b := builder{records: reading, args: args}
	where, err := b.live(p)
	if err != nil {
		return nil, err
	}
	admitted := "true"
	if r.Access.When != nil {
		if admitted, err = r.condition(r.Collection, r.Access.When, args); err != nil {
			return nil, err
		}
	}
	most := MaxWritten + 1
	if q.Limit != 0 {
		most = min(p.limit, most)
	}
	p.limit = most
	page, err := b.page(p)
	if err != nil {
		return nil, err
	}
	from, err := b.from(p, r.Collection.from())
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	found := 0
	read := func(rows pgx.Rows) error {
		for rows.Next() {
			var id uuid.UUID
			var may bool
			if err := rows.Scan(&id, &may); err != nil {
				return err
			}
			if found++; may {
				ids = append(ids, id)
			}
		}
		return rows.Err()
	}
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL:  "select t.id, coalesce(" + admitted + ", false) from " + from + " where " + where + page + " for no key update",
		Args: args.Values, Read: read,
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("find %s: %w", r.Collection.Name, err)
	case found > MaxWritten:
		return nil, errs.New(errs.Invalid, "too_many_records", "More than %d records match.", MaxWritten).
			WithHint("Narrow the filter down, or add a limit.")
	}
	out.LeftOut = found - len(ids)
	return ids, nil
}

// Shown are the records with these ids, with what a write may answer of them.
// Where that is not known before, as of what was created by somebody who reads
// within a reach, it is what they read now that the records are there, if they
// read all of them.
func (r Records) Shown(ctx context.Context, ids []uuid.UUID, q Query, list func(Records, Query) (Page, error)) (Page, error) {
	shown := r
	if readable, ok := r.readsAfter(); ok && len(ids) > 0 {
		shown.Access = readable
		q.IDs, q.Limit, q.Offset, q.Where = ids, len(ids), 0, nil
		page, err := list(shown, q)
		if err != nil || page.Rows == len(ids) {
			return page, err
		}
		q = Query{Stripped: q.Stripped}
	}
	shown.Access = r.answer()
	shown.Access.When = nil // whoever wrote a record is told what it became
	q.IDs, q.Limit, q.Offset, q.Where = ids, max(len(ids), 1), 0, nil
	if ids == nil {
		q.IDs = []uuid.UUID{}
	}
	return list(shown, q)
}

// readsAfter is what the actor reads of records whose answer is open until they
// are there.
func (r Records) readsAfter() (Access, bool) {
	if r.Answer == nil || r.Answer.Fields == nil || len(r.Answer.Fields) > 0 || r.Reach == nil {
		return Access{}, false
	}
	return r.Reach(r.Collection)
}

// replacing adds to the values an empty one for every field that the actor
// could have given and did not. A secret stays: whoever gives back what was read
// cannot give it.
func (r Records) replacing(v Values) Values {
	all := maps.Clone(v)
	for _, i := range r.Collection.items {
		f := i.field
		if f == nil || !f.settable() || f.Immutable || f.sealed() || !r.Access.sees(i) {
			continue
		}
		if _, given := all[f.Name]; given {
			continue
		}
		all[f.Name] = nil
		if never, ok := f.kind.(beginner); ok {
			all[f.Name] = never.initial(f)
		}
	}
	return all
}

// Conflict says what makes two records the same for Upsert.
type Conflict struct {
	// On are the keys of a unique rule; nil: the id.
	On []string
	// Keep leaves a record that exists as it is; otherwise the given values are
	// changed.
	Keep bool
}

// Upsert creates the records that do not exist and changes those that do, in
// one transaction. It needs the reach of both: r's Access is that of creation,
// update is what may be changed. A record that exists and may not be changed is
// Denied. Keys that r's Access hides are of no rule. A record that the rule does
// not speak of is like no other, and is created. What somebody else creates in
// the meantime exists. Of records in rows that are the same, Keep takes the
// first; otherwise the second is refused as the rule refuses it.
func (r Records) Upsert(ctx context.Context, rows []Row, on Conflict, update Access) (out Written, err error) {
	unique, err := r.Collection.uniqueOn(on.On, r.Access)
	if err != nil {
		return Written{}, err
	}
	if rows, err = identify(rows); err != nil {
		return Written{}, err
	}
	if on.Keep { // whether a record exists decides nothing about what may be given
		var found complaints
		for i, row := range rows {
			_ = found.within(fmt.Sprint(i), r.Collection.check(row.Values, r.Access).err()) // nothing but complaints
		}
		if err := found.err(); err != nil {
			return Written{}, err
		}
	}
	err = r.transact(ctx, func(r Records) (err error) {
		changing := r
		changing.Access = update
		out, err = r.upsert(ctx, rows, unique, on.Keep, func(id uuid.UUID, row Row) error {
			_, err := changing.Update(ctx, id, row.Values, nil)
			if errs.KindOf(err) == errs.NotFound {
				return mayNot()
			}
			return err
		})
		return err
	})
	return out, err
}

// upsert creates the rows that do not exist. If one turns out to exist, because
// somebody else has created it meanwhile, it looks again.
func (r Records) upsert(ctx context.Context, rows []Row, on *unique, keep bool, change func(uuid.UUID, Row) error) (Written, error) {
	written := make([]uuid.UUID, len(rows))
	left := make([]int, len(rows)) // places of rows that are to be created
	for i := range rows {
		left[i] = i
	}
	var taken error
	for {
		there, err := r.existing(ctx, rows, left, on, keep)
		if err != nil {
			return Written{}, err
		}
		if taken != nil && len(there) == 0 { // it is not about what exists
			return Written{}, taken
		}
		var found complaints
		var fresh []Row
		var still []int
		for _, i := range left {
			id, exists := there[i]
			switch {
			case !exists:
				fresh, still = append(fresh, rows[i]), append(still, i)
			case !keep:
				written[i] = id
				if err := found.within(fmt.Sprint(i), change(id, rows[i])); err != nil {
					return Written{}, err
				}
			}
		}
		if err := found.err(); err != nil {
			return Written{}, err
		}
		left = still
		err = r.Within(ctx, func(r Records) error { // what it refuses takes nothing else back
			_, err := r.CreateMany(ctx, fresh)
			return placed(err, left)
		})
		if taken = err; violates(err, codeUnique) {
			continue
		}
		if err != nil {
			return Written{}, err
		}
		for n, i := range left {
			written[i] = fresh[n].ID
		}
		written = slices.DeleteFunc(written, func(id uuid.UUID) bool { return id == uuid.Nil })
		return Written{IDs: written, Created: len(fresh)}, nil
	}
}

// placed names the rows of complaints by where they stand among all.
func placed(err error, places []int) error {
	e := errs.Of(err)
	if e == nil || e.Kind != errs.Invalid {
		return err
	}
	for i, f := range e.Fields {
		row, rest, _ := strings.Cut(f.Path, ".")
		if n, err := strconv.Atoi(row); err == nil && n < len(places) {
			e.Fields[i].Path = strconv.Itoa(places[n]) + "." + rest
		}
	}
	return err
}

// Put creates the record with its id, or replaces the one that has it: what is
// not given becomes empty. The reaches are as Upsert has them.
func (r Records) Put(ctx context.Context, row Row, update Access) (out Written, err error) {
	err = r.transact(ctx, func(r Records) (err error) {
		changing := r
		changing.Access = update
		out, err = r.upsert(ctx, []Row{row}, nil, false, func(id uuid.UUID, row Row) error {
			_, err := changing.Update(ctx, id, changing.replacing(row.Values), nil)
			if errs.KindOf(err) == errs.NotFound {
				return mayNot()
			}
			return err
		})
		return err
	})
	return out, err
}

func mayNot() error {
	return errs.New(errs.Denied, "denied", "There is such a record already, and you may not change it.")
}

// uniqueOn is the unique rule over these keys; nil for the id. Of two the one
// that speaks of all records is meant. A rule over what the actor does not see
// is none.
func (c *Collection) uniqueOn(keys []string, a Access) (*unique, error) {
	if len(keys) == 0 || len(keys) == 1 && keys[0] == "id" {
		return nil, nil
	}
	var rules []string
	var meant *unique
	for n := range c.uniques {
		u := &c.uniques[n]
		if slices.ContainsFunc(u.fields, func(f *Field) bool { return !c.seesField(a, f) }) {
			continue
		}
		names := make([]string, len(u.fields))
		for i, f := range u.fields {
			names[i] = f.key
		}
		rules = append(rules, strings.Join(names, ","))
		if len(u.fields) == len(keys) && (meant == nil || meant.when != nil) &&
			!slices.ContainsFunc(u.fields, func(f *Field) bool { return !slices.Contains(keys, f.key) && !slices.Contains(keys, f.Name) }) {
			meant = u
		}
	}
	if meant != nil {
		return meant, nil
	}
	p := wrong("no_unique_rule", "No unique rule is over these fields.")
	if len(rules) > 0 {
		p.message += " There is id, or " + strings.Join(slices.Compact(rules), ", or ") + "."
	}
	return nil, complaints{p.at("on_conflict")}.err()
}

// seesField reports whether the field's key in the record's JSON is visible.
func (c *Collection) seesField(a Access, f *Field) bool {
	return slices.ContainsFunc(c.items, func(i item) bool { return i.field == f && a.sees(i) })
}

// existing finds which of the rows at these places exist, by the rule that
// keeps records apart or, without one, by the id: the record's id by the row's
// place. With keep a row that repeats an earlier one exists too, as no record,
// and nothing is locked.
func (r Records) existing(ctx context.Context, rows []Row, places []int, on *unique, keep bool) (map[int]uuid.UUID, error) {
	key := r.Collection.keysOf(on)
	given := make([]map[string]any, 0, len(places))
	for _, i := range places {
		values, applies, err := r.applying(ctx, rows[i], on)
		if err != nil {
			return nil, err
		}
		if !applies {
			continue
		}
		one := map[string]any{"_n": i, "_id": rows[i].ID.String()}
		for _, f := range key.fields {
			for n, arg := range fieldArgs(f, values[f.Name]) {
				one[givenKey(f.columns[n].Name)] = jsonArg(arg, f.columns[n])
			}
		}
		given = append(given, one)
	}
	there := map[int]uuid.UUID{}
	if len(given) == 0 {
		return there, nil
	}
	body, err := json.Marshal(given)
	if err != nil {
		return nil, fmt.Errorf("write keys down: %w", err)
	}
	lock := " for no key update of t"
	if keep || r.Collection.AppendOnly { // such records never change, and nobody may lock them
		lock = ""
	}
	statements := []pg.Statement{{
		SQL: "select n._n, t.id from " + key.given("$2") + " join " + r.Collection.table + " t on " + key.same +
			" where t.site_id = $1::uuid and " + key.where + lock,
		Args: []any{r.Scope.Site().String(), string(body)},
		Read: func(rows pgx.Rows) error {
			for rows.Next() {
				var place int
				var record uuid.UUID
				if err := rows.Scan(&place, &record); err != nil {
					return err
				}
				there[place] = record
			}
			return rows.Err()
		},
	}}
	if keep {
		statements = append(statements, pg.Statement{
			SQL: "select n._n from (select n._n, row_number() over (partition by " + key.values + " order by n._n) as nth from " + key.given("$1") +
				" where (" + key.values + ") is not null) n where n.nth > 1",
			Args: []any{string(body)},
			Read: func(rows pgx.Rows) error {
				repeated, err := pgx.CollectRows(rows, pgx.RowTo[int])
				for _, place := range repeated {
					if _, exists := there[place]; !exists {
						there[place] = uuid.Nil
					}
				}
				return err
			},
		})
	}
	if err := r.Scope.Batch(ctx, statements...); err != nil {
		return nil, fmt.Errorf("look for %s: %w", r.Collection.Name, err)
	}
	return there, nil
}

// keys are the SQL of what makes a given row n and a record t the same.
type keys struct {
	fields              []*Field
	shape               []string
	same, values, where string // where is a condition over the record alone
}

// given are the rows, from a parameter.
func (k keys) given(placeholder string) string {
	return "jsonb_to_recordset(" + placeholder + "::jsonb) as n(" + strings.Join(k.shape, ", ") + ")"
}

// keysOf are the keys of a rule, as its index has them; of none the id is the key.
func (c *Collection) keysOf(on *unique) keys {
	k := keys{shape: []string{"_n integer", "_id uuid"}, same: "t.id = n._id", values: "n._id", where: Live}
	if on == nil {
		return k
	}
	k.fields = on.fields
	for _, f := range on.fields {
		for _, in := range f.columns {
			k.shape = append(k.shape, quote(givenKey(in.Name))+" "+in.Type)
		}
	}
	index := c.indexNamed(on.index)
	var same, values []string
	for _, name := range index.Columns[1:] {
		inner, lower := lowered(name)
		value, have := "n."+quote(givenKey(inner)), "t."+quote(inner)
		if lower {
			value, have = "lower("+value+")", "lower("+have+")"
		}
		same, values = append(same, have+" = "+value), append(values, value)
	}
	k.same, k.values, k.where = strings.Join(same, " and "), strings.Join(values, ", "), index.Where
	return k
}

// givenKey is what a given value is called beside the record's columns, none of
// which has a point in its name.
func givenKey(column string) string { return "n." + column }

// applying returns the values by which the rule tells the row apart, and
// whether it speaks of such a record at all: both are those that the record
// would be created with.
func (r Records) applying(ctx context.Context, row Row, on *unique) (Values, bool, error) {
	if on == nil {
		return nil, true, nil
	}
	asGiven := on.when == nil && !slices.ContainsFunc(on.fields, func(f *Field) bool {
		_, given := row.Values[f.Name]
		return !given || f.rules.when != nil || f.rules.set != nil || f.rules.computed != nil
	})
	if asGiven {
		return row.Values, true, nil
	}
	d, err := r.creation(row.ID, row.Values, nil, nil).begin()
	if err != nil {
		return nil, false, err
	}
	d.denominate(nil)
	if _, err := d.reckon(ctx, r.Collection.scheme); err != nil {
		return nil, false, err
	}
	applies, err := expr.Admits(on.when, d, r.Now())
	return d.values, applies, err
}
