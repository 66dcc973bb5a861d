package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

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
