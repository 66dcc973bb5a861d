package collection

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// readForm takes the inputs of a table of lines: <lines>.<number>.<field>, in
// the order of their numbers, and the id of a line that is kept. A line without
// an id in which nothing is filled in is none.
func (linesKind) readForm(f *Field, inputs formInputs, loc Locale) (any, *problem) {
	lines := []Line{}
	var found *problem
	for at, number := range inputs.numbers() {
		row := formInputs{inputs.form, inputs.key + "." + number}
		if row.blank() {
			continue
		}
		line, p := f.lines.readForm(row, loc)
		lines = append(lines, line)
		found = found.and(p.within("[" + strconv.Itoa(at) + "]"))
	}
	if found != nil {
		return nil, found
	}
	return lines, nil
}

func (l *Lines) readForm(row formInputs, loc Locale) (Line, *problem) {
	line := Line{Values: Values{}}
	var found *problem
	if text := row.one(".id"); text != "" {
		id, p := recordID(text)
		line.ID, _ = id.(uuid.UUID)
		found = found.and(p.within("id"))
	}
	for _, f := range l.fields {
		in := formInputs{row.form, row.key + "." + f.key}
		if !f.settable() || !in.given() || line.ID == uuid.Nil && f.yields(in) {
			continue
		}
		found = found.and(readForm(line.Values, f, in, loc).within(f.key))
	}
	return line, found
}

// numbers are the numbers that stand behind the field's key, in order.
func (in formInputs) numbers() []string {
	seen := map[string]bool{}
	for name := range in.form {
		rest, ok := strings.CutPrefix(name, in.key+".")
		if number, _, inside := strings.Cut(rest, "."); ok && inside {
			if _, err := strconv.Atoi(number); err == nil {
				seen[number] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
}

// blank says that nothing is filled in: a box that is not ticked says nothing.
func (in formInputs) blank() bool {
	for name, texts := range in.form {
		if !strings.HasPrefix(name, in.key+".") {
			continue
		}
		for _, text := range texts {
			if text = strings.TrimSpace(text); text != "" && text != "false" {
				return false
			}
		}
	}
	return true
}
