package screen

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// referenceSuffix is what a reference adds to its name in JSON and in forms.
const referenceSuffix = "_id"

// record is one row as PostgreSQL wrote it, its values still undecoded.
type record map[string]json.RawMessage

// decodeRecords reads a JSON array of rows.
func decodeRecords(rows []byte) ([]record, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	var records []record
	if err := json.Unmarshal(rows, &records); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	return records, nil
}

// decodeRecord reads one row, given as an object or as an array that holds it.
func decodeRecord(row []byte) (record, error) {
	if len(row) == 0 {
		return nil, nil
	}
	if strings.HasPrefix(strings.TrimSpace(string(row)), "[") {
		all, err := decodeRecords(row)
		if err != nil || len(all) == 0 {
			return nil, err
		}
		return all[0], nil
	}
	var one record
	if err := json.Unmarshal(row, &one); err != nil {
		return nil, fmt.Errorf("read row: %w", err)
	}
	return one, nil
}

// text returns a string as it is, a number in its digits, null and absence as "".
func (r record) text(key string) string {
	raw := r[key]
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// money returns an amount in minor units; false when there is none.
func (r record) money(key string) (money.Money, bool) {
	var m *struct {
		Amount   *int64 `json:"amount"`
		Currency string `json:"currency"`
	}
	if json.Unmarshal(r[key], &m) != nil || m == nil || m.Amount == nil {
		return money.Money{}, false
	}
	return money.Money{Amount: *m.Amount, Currency: m.Currency}, true
}

// texts returns a list of strings; nil when there is none.
func (r record) texts(key string) []string {
	var all []string
	if json.Unmarshal(r[key], &all) != nil {
		return nil
	}
	return all
}

// introduce names the members of the record's fields. Who works on the site no
// longer is told as such.
func (r record) introduce(p *i18n.Printer, fields []manifest.Field, people map[string]string) {
	for _, f := range fields {
		if f.Kind != manifest.KindMember || f.Many || people == nil || !r.has(key(f)) {
			continue
		}
		name, err := json.Marshal(firstOf(people[r.text(key(f))], p.T("record.gone")))
		if err == nil {
			r[f.Name+"_title"] = name
		}
	}
}

// file returns what an answer tells of a file; empty where there is none.
func (r record) file(key string) (name, address string) {
	var of struct{ Name, URL string }
	_ = json.Unmarshal(r[key], &of) // what it is not stays empty
	return of.Name, of.URL
}

// rows returns the lines of a record.
func (r record) rows(key string) []record {
	var all []record
	if json.Unmarshal(r[key], &all) != nil {
		return nil
	}
	return all
}

// has says that the record has a value.
func (r record) has(key string) bool { return len(r[key]) > 0 && string(r[key]) != "null" }

// instant returns a timestamp; the zero time when there is none.
func (r record) instant(key string) time.Time {
	text := r.text(key)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999-07"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

// RecordTitle is how the record of a JSON row is called; a stand-in when its
// title field is empty or the row cannot be read.
func RecordTitle(p *i18n.Printer, c *manifest.Collection, row []byte) string {
	r, err := decodeRecord(row)
	if err != nil {
		r = record{}
	}
	return r.title(p, c)
}

// title is how the record is called; a stand-in when its title field is empty.
func (r record) title(p *i18n.Printer, c *manifest.Collection) string {
	if text := oneLine(r.text(collection.TitleKey)); c.TitleExpr != "" && text != "" {
		return text
	}
	f, ok := fieldOf(c, c.Title)
	if ok {
		if text := oneLine(r.shown(p, f)); text != "" {
			return text
		}
	}
	if ok && f.Kind == manifest.KindSequence {
		return p.T("record.unnumbered")
	}
	return p.T("record.untitled")
}

// fieldOf finds a collection's field by name.
func fieldOf(c *manifest.Collection, name string) (manifest.Field, bool) {
	for _, f := range c.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return manifest.Field{}, false
}

// breaks says that a character is space at which a line may end; the space
// between an amount and its currency is not.
func breaks(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' }

// longest is how many characters of a text a table shows.
const longest = 140

// oneLine puts a text on one line and cuts it where a table would.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(text, breaks), " ")
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return strings.TrimRight(string(runes[:longest]), " ,.;:") + "…"
}
