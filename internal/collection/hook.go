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
	var fields []*Field
	for _, f := range c.fields {
		if !f.virtual {
			fields = append(fields, f)
		}
	}
	changed, err := c.decodeJSON(out, w.Currency, fields, false)
	if err != nil {
		return nil, fmt.Errorf("what %s.%s changes: %w", c.Name, name, err)
	}
	return changed, nil
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
