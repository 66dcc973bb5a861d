package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// MaxWritten is how many records one call writes at most.
const MaxWritten = 1000

// Row is one of many records to be written.
type Row struct {
	ID     uuid.UUID // Nil: a new one is made
	Values Values
}

// Reading says how the body of a write of many records is read.
type Reading struct {
	Currency string // of the site
	// Columns are the only keys that count; nil: all, and unknown ones are refused.
	Columns []string
	// Absent makes what is listed in Columns and missing in a record empty, where
	// otherwise it gets its default.
	Absent bool
	// Identified lets records bring their ids.
	Identified bool
	// Access is what the writer sees of records; of a table, the rest is unknown.
	Access Access

	table bool
}

// DecodeMany reads an array of records, or one record, as JSON. All complaints
// come at once; the path begins with the record's place: "3.name". A name among
// the columns that the writer sees nothing of is a complaint itself.
func (c *Collection) DecodeMany(body []byte, in Reading) ([]Row, error) {
	if err := c.checkColumns(in); err != nil {
		return nil, err
	}
	raws := []json.RawMessage{body}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		if err := json.Unmarshal(trimmed, &raws); err != nil {
			return nil, badJSON(err)
		}
	}
	if len(raws) > MaxWritten {
		return nil, tooMany(len(raws))
	}
	rows := make([]Row, len(raws))
	var found complaints
	for i, raw := range raws {
		row, err := c.decodeRow(raw, in)
		if err := found.within(fmt.Sprint(i), err); err != nil {
			return nil, err
		}
		rows[i] = row
	}
	return rows, found.err()
}

func (c *Collection) checkColumns(in Reading) error {
	var found complaints
	for _, name := range in.Columns {
		known := slices.ContainsFunc(c.items, func(i item) bool { return i.key == name && in.Access.sees(i) })
		if _, writable := c.byName[name]; known || writable && in.Access.Visible(name) && find(c.inputs(), name) != nil {
			continue
		}
		var keys []string
		for _, i := range c.items {
			if in.Access.sees(i) {
				keys = append(keys, i.key)
			}
		}
		p := unknownField(name, keys)
		p.Path = "columns"
		found = append(found, p)
	}
	return found.err()
}

func tooMany(n int) error {
	return errs.New(errs.Invalid, "too_many_records", "At most %d records are written in one call; these are %d.", MaxWritten, n).
		WithHint("Send them in several calls.")
}

// within adds the complaints of an error below a path; another error comes back.
func (c *complaints) within(path string, err error) error {
	e := errs.Of(err)
	switch {
	case err == nil:
		return nil
	case e == nil || e.Kind != errs.Invalid || len(e.Fields) == 0:
		return err
	}
	for _, f := range e.Fields {
		f.Path = path + "." + f.Path
		*c = append(*c, f)
	}
	return nil
}

func (c *Collection) decodeRow(raw json.RawMessage, in Reading) (Row, error) {
	if in.Columns == nil && !in.Identified {
		v, err := c.DecodeJSON(raw, in.Currency)
		return Row{Values: v}, err
	}
	pairs, err := objectPairs(raw)
	if err != nil {
		return Row{}, err
	}
	var row Row
	var found complaints
	var kept []pair
	for _, p := range pairs {
		switch {
		case in.Columns != nil && !slices.Contains(in.Columns, p.key):
			continue
		case p.key == "id" && in.Identified && !p.again:
			value, wrong := referenceKind{}.decode(nil, p.value, in.Currency)
			found.add("id", wrong)
			row.ID, _ = value.(uuid.UUID)
			continue
		}
		kept = append(kept, p)
	}
	row.Values, err = c.DecodeJSON(joinPairs(kept), in.Currency)
	if err := found.beside(err); err != nil {
		return Row{}, err
	}
	if in.Absent {
		for _, name := range in.Columns {
			if f, ok := c.byName[name]; ok && f.key == name && !(in.table && f.sealed()) {
				if _, given := row.Values[f.Name]; !given {
					row.Values[f.Name] = nil
				}
			}
		}
	}
	return row, nil
}

// beside adds the complaints of an error.
func (c complaints) beside(err error) error {
	if e := errs.Of(err); e != nil && e.Kind == errs.Invalid && len(e.Fields) > 0 {
		return append(c, e.Fields...).err()
	}
	if err != nil {
		return err
	}
	return c.err()
}
