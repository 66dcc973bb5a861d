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

	"github.com/dramac-main/dramac-cms/internal/pg"
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
	var found complaints
	for i, row := range rows {
		if row.ID == uuid.Nil {
			_ = found.within(fmt.Sprint(i), r.Collection.newLines(row.Values).err()) // which has nothing but fields
		}
	}
	if err := found.err(); err != nil {
		return Written{}, err
	}
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
	if r.Collection.plain() && r.Access.Stay == nil && !slices.ContainsFunc(rows, func(row Row) bool { return r.pointsOut(row.Values) }) {
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

// Shown are the records with these ids, with what a write may answer of them: if
// the writer may not read all of what they are now, that they were written.
func (r Records) Shown(ctx context.Context, ids []uuid.UUID, q Query, list func(Records, Query) (Page, error)) (Page, error) {
	shown := r
	shown.Access = r.answer()
	q.Limit, q.Offset, q.Where = max(len(ids), 1), 0, nil
	if q.IDs = ids; ids == nil {
		q.IDs = []uuid.UUID{}
	}
	page, err := list(shown, q)
	if err != nil || shown.Access.When == nil || page.Rows == distinct(ids) {
		return page, err
	}
	shown.Access = Access{Fields: []string{}}
	return list(shown, Query{Stripped: q.Stripped, IDs: q.IDs, Limit: q.Limit})
}

// distinct counts the ids; a record that one call wrote twice is one.
func distinct(ids []uuid.UUID) int {
	seen := map[uuid.UUID]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	return len(seen)
}
