package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// MaxHistory is how many changes one page of a history holds at most.
const MaxHistory = 100

// History returns a record's changes, newest first, as a JSON array: at most
// that many, before the change of that number; zero begins with the newest.
// Each has the values of the fields that changed, before and after, as the data
// API writes them, but only of those that the actor may read. A record that the
// actor cannot see is NotFound.
func (r Records) History(ctx context.Context, id uuid.UUID, before int64, most int) ([]byte, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	look := r.newArgs()
	visible, err := r.one(id, look)
	if err != nil {
		return nil, err
	}
	args := r.newArgs()
	values := r.Collection.historyValues(r.answer())
	shown, most := "", min(max(most, 1), MaxHistory)
	limit := args.Add(most) + "::bigint"
	asked := limit
	if a := r.answer(); a.Fields != nil { // that other lines were written is not told either
		shown = " and (h.part is null or split_part(h.part, '.', 1) = any(" + args.Add(r.Collection.partsSeen(a)) + "::text[]))"
		asked = "null" // all: which of them are told is not known before
	}
	sql := `select coalesce(json_agg(json_build_object('seq', h.seq, 'at', h.at, 'op', h.op, 'version', h.version,
		'part', h.part, 'part_id', h.part_id, 'actor', h.actor, 'actor_kind', h.actor_kind, 'impersonator', h.impersonator,
		'request', h.request, 'batch', h.batch, 'before', ` + fmt.Sprintf(values, "before") + `, 'after', ` + fmt.Sprintf(values, "after") + `) order by h.seq desc), '[]')
		from (select h.* from platform.history(` + args.Add(r.Collection.stored) + `::text, ` + args.Add(id.String()) + `::uuid, ` + args.Add(before) + `::bigint, ` + asked + `::integer) h
			where $1::uuid is not null` + shown + ` order by h.seq desc limit ` + limit + `) h`
	var found bool
	var list []byte
	err = r.Scope.Batch(ctx,
		pg.Statement{
			SQL: "select 1 from " + r.Collection.table + " t where " + visible, Args: look.Values,
			Read: func(rows pgx.Rows) error {
				found = rows.Next()
				return nil
			},
		},
		pg.Statement{SQL: sql, Args: args.Values, Read: pg.JSON(&list)},
	)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", r.Collection.Name, err)
	}
	if !found {
		return nil, errs.Missing()
	}
	return list, nil
}

// partsSeen are the parts of records, lines and lists, that the access shows, as
// the change log calls them.
func (c *Collection) partsSeen(a Access) []string {
	parts := []string{}
	for _, i := range c.items {
		if i.field != nil && (i.field.lines != nil || i.field.list != nil) && a.sees(i) {
			parts = append(parts, i.field.stored.Name)
		}
	}
	return parts
}

// Told writes what the change log has of a change as the data API writes it,
// before and after, with the fields that the access shows: amounts with their
// currencies, references by their keys. Secret values are in neither.
func (r Records) Told(ctx context.Context, before, after map[string]json.RawMessage) (was, is map[string]json.RawMessage, err error) {
	sides := make([]any, 2)
	for i, side := range []map[string]json.RawMessage{before, after} {
		if side == nil {
			continue
		}
		text, err := json.Marshal(side)
		if err != nil {
			return nil, nil, fmt.Errorf("write a change down: %w", err)
		}
		sides[i] = string(text)
	}
	values := r.Collection.historyValues(r.Access)
	read := func(rows pgx.Rows) error {
		if !rows.Next() {
			return rows.Err()
		}
		for i, into := range []*map[string]json.RawMessage{&was, &is} {
			if raw := rows.RawValues()[i]; raw != nil {
				if err := json.Unmarshal(raw, into); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL: "select (" + fmt.Sprintf(values, "before") + ")::text, (" + fmt.Sprintf(values, "after") +
			")::text from (select null::text as part, $1::jsonb as before, $2::jsonb as after) h",
		Args: sides, Read: read,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("tell of %s: %w", r.Collection.Name, err)
	}
	return was, is, nil
}

// historyValues is SQL for an object of one side of a change h, "before" or
// "after" for %[1]s: of the record's values, or of those of one of its lines.
func (c *Collection) historyValues(a Access) string {
	var fields []historyField
	var moments []string
	parts := ""
	for _, i := range c.items {
		if !a.sees(i) {
			continue
		}
		if f := c.stamped(i.key); i.field == nil && f != nil {
			moments = append(moments, "('"+i.key+"', to_json("+i.sql+"), h.%[1]s ? '"+f.stamp+"')")
		}
		if i.field == nil {
			continue
		}
		fields = append(fields, historyField{i.field, i.key, i.sql})
		if i.field.lines == nil {
			continue
		}
		var line []historyField
		for _, f := range i.field.lines.fields {
			line = append(line, historyField{f, f.key, f.selection()})
		}
		parts += " when h.part = '" + i.field.stored.Name + "' then " + historyObject(i.field.lines.table, historyList(line))
	}
	list := append(historyList(fields), moments...)
	if c.Translatable() != nil {
		list = append(list, "('i18n', "+c.translationsSQL(a, `t."i18n"`)+", coalesce(h.before -> 'i18n', '{}') <> coalesce(h.after -> 'i18n', '{}'))")
	}
	return "case when h.%[1]s is null then null when h.part is null then " + historyObject(c.table, list) + parts + " end"
}

// historyField is a value of a change, with its SQL over the row t.
type historyField struct {
	*Field
	key, sql string
}

// historyList has each value's key, the value, and whether the change has it.
// One that was erased is told as such; what is kept secret is not told.
func historyList(fields []historyField) []string {
	var list []string
	for _, f := range fields {
		if len(f.columns) == 0 || f.sealed() {
			continue
		}
		var columns, erased []string
		there := ""
		for _, column := range f.columns {
			if f.Own {
				held := " -> 'custom' -> '" + ownKey(column) + "'"
				erased = append(erased, "h.%[1]s"+held+` = '{"erased": true}'`)
				columns = append(columns, "h.before"+held+" is distinct from h.after"+held)
				there = strings.Join(columns, " or ")
				continue
			}
			columns = append(columns, "'"+column.Name+"'")
			erased = append(erased, "h.%[1]s -> '"+column.Name+`' = '{"erased": true}'`)
		}
		if there == "" {
			there = "h.%[1]s ?| array[" + strings.Join(columns, ", ") + "]"
		}
		list = append(list, fmt.Sprintf("('%s', case when %s then '{\"erased\": true}'::json else to_json(%s) end, %s)",
			f.key, strings.Join(erased, " or "), strings.ReplaceAll(f.sql, "%", "%%"), there))
	}
	return list
}

// historyObject makes the columns of a change a row of the table again, so that
// each kind writes its value as it always does.
func historyObject(table string, list []string) string {
	if len(list) == 0 {
		return "'{}'::json"
	}
	return `(select coalesce(json_object_agg(x.key, x.value) filter (where x.there), '{}')
		from jsonb_populate_record(null::` + table + `, (select coalesce(jsonb_object_agg(d.key, d.value), '{}')
			from jsonb_each(h.%[1]s) d where d.value <> '{"erased": true}')) t,
		lateral (values ` + strings.Join(list, ", ") + `) x (key, value, there))`
}
