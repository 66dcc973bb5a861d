package collection

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Tables of comma-separated values (RFC 4180) have the keys of values in the
// first line. A cell is the text of a scalar, the JSON of anything else, and
// nothing for an empty value. What one server writes, another reads as the same
// values.

// guarded are the texts that mean something else than themselves in a table:
// NULL, which is an empty value, and what spreadsheets run as a formula. Before
// either may stand apostrophes.
var guarded = regexp.MustCompile(`^'*(?:NULL$|[\t\r\n]|[\s\x{a0}\x{feff}]*[=+\-@＝＋－＠])`)

// numeric is what begins like a formula and is a number, or of a phone.
var numeric = regexp.MustCompile(`^[+-][0-9]+(?:\.[0-9]+)?$`)

// cellText is a text as it stands in a cell: behind an apostrophe, which
// spreadsheets take for "this is text", if it would mean something else.
func cellText(text string) string {
	if guarded.MatchString(text) && !numeric.MatchString(strings.TrimLeft(text, "'")) {
		return "'" + text
	}
	return text
}

// textOfCell is the text that cellText wrote.
func textOfCell(cell string) string {
	if text, ok := strings.CutPrefix(cell, "'"); ok && cellText(text) == cell {
		return text
	}
	return cell
}

// cellSQL is the text of a value in a row: of a scalar as it stands in JSON, of
// anything else its JSON.
func cellSQL(value string) string {
	return "case when pg_typeof(" + value + ") in ('json'::regtype, 'jsonb'::regtype) then " + value + "::text else to_json(" + value + ") #>> '{}' end"
}

// tableWriter writes a table.
type tableWriter struct {
	out  bytes.Buffer
	rows *csv.Writer
}

func newTableWriter(keys []string) *tableWriter {
	w := &tableWriter{}
	w.rows = csv.NewWriter(&w.out)
	w.rows.UseCRLF = true
	_ = w.rows.Write(keys) // a buffer takes everything
	return w
}

// write adds a line. One that is nothing but an empty value is written in
// quotes, since readers pass over empty lines.
func (w *tableWriter) write(cells []string) {
	if len(cells) == 1 && cells[0] == "" {
		w.rows.Flush()
		w.out.WriteString("\"\"\r\n")
		return
	}
	_ = w.rows.Write(cells)
}

func (w *tableWriter) bytes() []byte {
	w.rows.Flush()
	return w.out.Bytes()
}

// cellsOf are the keys that a table shows: what is secret only if it is asked
// for by name, since nothing of it could be read back.
func (p *plan) cellsOf(s Selection) ([]string, error) {
	keys, err := p.keysAsked(s)
	return slices.DeleteFunc(keys, func(key string) bool {
		f := p.in.byName[key]
		return f != nil && f.key == key && f.sealed() && !slices.ContainsFunc(s, func(one Selected) bool {
			return one.Embed == nil && (one.key() == key || one.key() == f.Name)
		})
	}), err
}

// DecodeTable is DecodeMany of a table. An empty cell, and NULL, are an empty
// value; of a secret they leave it as it is. Keys that records show and nobody
// writes are passed over, so that a table that was read can be sent back; they
// are returned.
func (c *Collection) DecodeTable(body []byte, in Reading) (rows []Row, passed []string, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	keys, err := r.Read()
	if err != nil {
		return nil, nil, badTable(err)
	}
	over := make([]bool, len(keys))
	for i := range keys {
		keys[i] = strings.TrimSpace(keys[i])
		if over[i] = c.passesOver(keys[i], in); over[i] {
			passed = append(passed, keys[i])
		}
	}
	var all bytes.Buffer
	var found complaints
	all.WriteByte('[')
	for n := 0; ; n++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, badTable(err)
		}
		if n >= MaxWritten {
			return nil, nil, tooMany(n + 1)
		}
		var given []pair
		for i, key := range keys {
			if over[i] {
				continue
			}
			value, wrong := c.cell(key, cells[i], in)
			found.add(fmt.Sprintf("%d.%s", n, key), wrong)
			if value != nil {
				given = append(given, pair{key: key, value: value})
			}
		}
		all.WriteString(cutComma(n))
		all.Write(joinPairs(given))
	}
	all.WriteByte(']')
	in.table = true
	rows, err = c.DecodeMany(all.Bytes(), in)
	return rows, passed, found.beside(err)
}

func badTable(cause error) error {
	var at *csv.ParseError
	if errors.As(cause, &at) {
		return errs.New(errs.Invalid, "invalid_csv", "Line %d is not one of a table of comma-separated values: %s.", at.Line, at.Err).WithCause(cause)
	}
	return errs.New(errs.Invalid, "invalid_csv", "The body is not a table of comma-separated values.").WithCause(cause)
}

// passesOver reports whether a key is of a value that the reader of records is
// shown and nobody writes.
func (c *Collection) passesOver(key string, in Reading) bool {
	if key == "id" && in.Identified || in.Columns != nil && !slices.Contains(in.Columns, key) {
		return false
	}
	at := slices.IndexFunc(c.items, func(i item) bool { return i.key == key })
	if at < 0 || !in.Access.sees(c.items[at]) {
		return false
	}
	f := c.items[at].field
	return f == nil || f.key != key || !f.settable()
}

// cell is the JSON that a cell stands for: a string where the field takes one,
// else what is written. Nil leaves the value as it is.
func (c *Collection) cell(key, text string, in Reading) (json.RawMessage, *problem) {
	f, ok := c.byName[key]
	switch {
	case ok && f.sealed() && (text == "" || sameJSON([]byte(text), []byte(setText))):
		return nil, nil
	case text == "" || text == "NULL":
		return json.RawMessage("null"), nil
	}
	text = textOfCell(text)
	quoted, _ := json.Marshal(text) // a text cannot fail
	if !ok {
		return quoted, nil
	}
	valid := json.Valid([]byte(text))
	switch f.kind.(type) {
	case jsonKind:
		if !valid {
			return nil, notJSON()
		}
		return json.RawMessage(text), nil
	case manyKind:
		if !strings.HasPrefix(text, "[") {
			quoted, _ = json.Marshal(splitList(text)) // texts cannot fail
			return quoted, nil
		}
	case linesKind:
		if valid {
			return f.lines.writable([]byte(text), in.Identified), nil
		}
	}
	if !valid {
		return quoted, nil
	}
	if _, wrong := f.kind.decode(f, quoted, in.Currency); wrong == nil {
		return quoted, nil
	}
	return json.RawMessage(text), nil
}

// writable leaves out of the lines that records show what nobody writes, and the
// ids too, unless the lines that have them are meant.
func (l *Lines) writable(raw []byte, identified bool) []byte {
	var rows []json.RawMessage
	if json.Unmarshal(raw, &rows) != nil {
		return raw
	}
	var out bytes.Buffer
	for i, row := range rows {
		out.WriteString(cutComma(i))
		pairs, err := objectPairs(row)
		if err != nil {
			out.Write(row)
			continue
		}
		pairs = slices.DeleteFunc(pairs, func(p pair) bool {
			if p.key == "id" {
				return !identified
			}
			f := l.byName[p.key]
			return f != nil && (f.key != p.key || !f.settable())
		})
		out.Write(joinPairs(pairs))
	}
	return slices.Concat([]byte("["), out.Bytes(), []byte("]"))
}
