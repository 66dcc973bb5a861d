package collection

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// The hooks of a collection.
const (
	beforeSave   = "before_save"
	afterSave    = "after_save"
	beforeDelete = "before_delete"
	afterDelete  = "after_delete"
)

// hook runs a hook of the collection, if it declares it, and returns the values
// that it changes; nil when it changes none.
func (w *writing) hook(ctx context.Context, d *draft, name string) (Values, error) {
	c := w.Collection
	if !slices.Contains(c.Hooks, name) {
		return nil, nil
	}
	record, err := d.document()
	if err != nil {
		return nil, err
	}
	input := map[string]json.RawMessage{"record": record}
	if name == beforeSave || name == afterSave {
		input["old"] = json.RawMessage("null")
		if d.old != nil {
			if input["old"], err = d.old.document(); err != nil {
				return nil, err
			}
		}
	}
	body, err := json.Marshal(input)
	if err != nil {
		return nil, fmt.Errorf("write down the record: %w", err)
	}
	out, err := w.code(ctx, c.Name+"."+name, body, true)
	if err != nil || name != beforeSave || len(out) == 0 || bytes.Equal(out, []byte("null")) {
		return nil, err
	}
	changed, err := w.changedBy(record, out)
	if err != nil {
		return nil, fmt.Errorf("what %s.%s changes: %w", c.Name, name, err)
	}
	return changed, nil
}

// changedBy are the values that code gave back other than it got them. What is
// as it was is not given, whether or not it could be: a record may be given back
// whole.
func (w *writing) changedBy(got, out json.RawMessage) (Values, error) {
	sent, err := objectPairs(got)
	if err != nil {
		return nil, err
	}
	pairs, err := objectPairs(out)
	if err != nil {
		return nil, err
	}
	pairs = otherPairs(sent, pairs)
	for i, p := range pairs {
		if f := w.Collection.byName[p.key]; f != nil && f.lines != nil {
			pairs[i].value = f.lines.changedBy(valueOf(sent, p.key), p.value)
		}
	}
	var fields []*Field
	for _, f := range w.Collection.fields {
		if f.virtual || f.Computed != "" {
			continue
		}
		if f.lines != nil {
			own := *f
			own.kind = codeLinesKind{}
			f = &own
		}
		fields = append(fields, f)
	}
	values, err := w.Collection.decodeJSON(joinPairs(pairs), w.Currency, fields, false)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	return values, nil
}

// otherPairs are those that do not say what was sent under their key.
func otherPairs(sent, pairs []pair) []pair {
	return slices.DeleteFunc(pairs, func(p pair) bool {
		was := valueOf(sent, p.key)
		return was != nil && !p.again && sameJSON(was, p.value)
	})
}

func valueOf(pairs []pair, key string) json.RawMessage {
	if at := slices.IndexFunc(pairs, func(p pair) bool { return p.key == key }); at >= 0 {
		return pairs[at].value
	}
	return nil
}

// changedBy leaves out of lines what is as it was in the line of the same id,
// and of new lines what is worked out and not there yet.
func (l *Lines) changedBy(sent, given json.RawMessage) json.RawMessage {
	before := map[string][]pair{}
	for _, line := range arrayPairs(sent) {
		before[string(valueOf(line, "id"))] = line
	}
	lines := arrayPairs(given)
	if lines == nil {
		return given // no list of objects: the field says so
	}
	rows := make([]json.RawMessage, len(lines))
	for i, line := range lines {
		id := valueOf(line, "id")
		was, kept := before[string(id)]
		line = otherPairs(was, line)
		line = slices.DeleteFunc(line, func(p pair) bool {
			f := l.byName[p.key]
			return !kept && f != nil && f.key == p.key && !f.givable() && string(p.value) == "null"
		})
		if kept {
			line = append(line, pair{key: "id", value: id})
		}
		rows[i] = joinPairs(line)
	}
	all, err := json.Marshal(rows)
	if err != nil {
		return given
	}
	return all
}

// arrayPairs are the pairs of the objects of a list; nil if it is none.
func arrayPairs(list json.RawMessage) [][]pair {
	var rows []json.RawMessage
	if json.Unmarshal(list, &rows) != nil {
		return nil
	}
	all := make([][]pair, len(rows))
	for i, row := range rows {
		pairs, err := objectPairs(row)
		if err != nil {
			return nil
		}
		all[i] = pairs
	}
	return all
}

// codeLinesKind are lines as code writes them, which may write what callers
// only read.
type codeLinesKind struct{ linesKind }

func (codeLinesKind) decode(f *Field, raw json.RawMessage, currency string) (any, *problem) {
	return f.lines.decodeAll(raw, currency, (*Field).givable)
}

// document is the whole record as code reads it.
func (d *draft) document() (json.RawMessage, error) {
	whole := *d
	whole.records.Access, whole.records.Answer = Access{}, nil
	return whole.encode()
}

// code runs a handler of the module within the transaction.
func (r Records) code(ctx context.Context, name string, input json.RawMessage, asModule bool) (json.RawMessage, error) {
	code := r.Collection.module.Code()
	if code == nil {
		return nil, errs.New(errs.Conflict, "no_code", "This needs code of the module that is not here.").
			WithHint("%s is declared and has no handler.", name)
	}
	out, err := code.Run(ctx, Run{Name: name, Input: input, For: r.Acting(), AsModule: asModule})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", name, err)
	}
	return out, nil
}
