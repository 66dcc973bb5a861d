package screen

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// FormLines are the lines of a record as a table of inputs. The input of a line
// is called <lines>.<number>.<field>.
type FormLines struct {
	Heads []LineHead
	Rows  []FormLine
	Blank FormLine // what the script copies; its number is blankLine
	Add   string   // value of the button that adds a line
}

// LineHead is the heading of a column.
type LineHead struct {
	Label    string
	Required bool
	Number   bool // right aligned
}

// FormLine is one row of inputs.
type FormLine struct {
	Number int    // as people count, from 1; 0: the blank one
	ID     string // of the kept line
	IDName string // name of the hidden input that posts it
	Cells  []FormField
	Remove string // value of the button that removes the line
	Errors []string
}

// LinesButton is the name of the buttons that add and remove lines without a
// script. A form that comes with it is drawn again and not saved.
const LinesButton = "_lines"

// blankLine stands for the number of a line that the script adds.
const blankLine = "new"

// lines makes the table of a record's lines.
func (m fieldMaker) lines(of FormField) *FormLines {
	l := &FormLines{Add: of.Name + ".add"}
	for _, f := range of.declared.Fields {
		if !m.drawsLine(f) {
			continue
		}
		l.Heads = append(l.Heads, LineHead{Label: firstOf(f.Label, f.Name), Required: f.Required && settable(f) && !follows(f), Number: number(f)})
	}
	stored := m.stored.rows(of.declared.Name)
	byID := map[string]record{}
	for _, r := range stored {
		byID[r.text("id")] = r
	}
	numbers, posted := LineNumbers(m.typed, of.Name)
	switch {
	case posted:
		for _, n := range numbers {
			id := ""
			if texts := m.typed[of.Name+"."+n+".id"]; len(texts) > 0 {
				id = texts[0]
			}
			l.Rows = append(l.Rows, m.line(of, n, byID[id], id))
		}
	default:
		for i, r := range stored {
			l.Rows = append(l.Rows, m.line(of, strconv.Itoa(i), r, r.text("id")))
		}
		if len(stored) == 0 && !of.ReadOnly && of.declared.Min != nil && *of.declared.Min > 0 {
			l.Rows = append(l.Rows, m.line(of, "0", nil, ""))
		}
	}
	for i := range l.Rows {
		l.Rows[i].Number = i + 1
	}
	l.Blank = m.line(of, blankLine, nil, "")
	return l
}

// offer says what the references in the lines may be set to.
func (l *FormLines) offer(o FormOptions) {
	for _, row := range append(l.Rows, l.Blank) {
		for i := range row.Cells {
			row.Cells[i].offer(o)
		}
	}
}

// drawsLine says that a field of a line has a column: what the engine fills in
// has one once there is a record.
func (m fieldMaker) drawsLine(f manifest.Field) bool {
	return f.Kind != manifest.KindLines && !secret(f) && (settable(f) || !m.fresh)
}

func (m fieldMaker) line(of FormField, number string, stored record, id string) FormLine {
	row := FormLine{ID: id, IDName: of.Name + "." + number + ".id", Remove: of.Name + "." + number + ".remove"}
	inner := m
	inner.prefix, inner.stored, inner.fresh = of.Name+"."+number+".", stored, stored == nil
	inner.locked = of.ReadOnly
	for _, f := range of.declared.Fields {
		if !m.drawsLine(f) {
			continue
		}
		cell := inner.field(f)
		cell.Label = firstOf(f.Label, f.Name)
		if cell.Kind == manifest.KindBoolean && number == blankLine {
			cell.Value = ""
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// LineNumbers lists the numbers of the lines that were posted, in order; false
// when the form had none of the lines' inputs.
func LineNumbers(typed map[string][]string, name string) ([]string, bool) {
	seen := map[string]bool{}
	_, posted := typed[name]
	for key := range typed {
		rest, ok := strings.CutPrefix(key, name+".")
		if !ok {
			continue
		}
		number, _, inside := strings.Cut(rest, ".")
		if _, err := strconv.Atoi(number); err == nil && inside {
			seen[number] = true
		}
	}
	numbers := slices.SortedFunc(maps.Keys(seen), byNumber)
	return numbers, posted || len(numbers) > 0
}

func byNumber(a, b string) int {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return x - y
}

// EditLines does what a button of LinesButton asks for: it adds an empty line to
// the form, or takes one out. False: the form has no such button pressed.
func EditLines(form url.Values) (url.Values, bool) {
	name, verb, ok := cutLast(form.Get(LinesButton))
	if !ok {
		return form, false
	}
	edited := maps.Clone(form)
	edited.Del(LinesButton)
	switch verb {
	case "add":
		next := 0
		if numbers, _ := LineNumbers(form, name); len(numbers) > 0 {
			next, _ = strconv.Atoi(numbers[len(numbers)-1])
			next++
		}
		edited.Set(name+"."+strconv.Itoa(next)+".id", "")
	case "remove":
		for key := range edited {
			if strings.HasPrefix(key, name+".") {
				edited.Del(key)
			}
		}
		if lines, _, ok := cutLast(name); ok {
			edited.Set(lines, "") // so that no line left is none, not the stored ones
		}
	}
	return edited, true
}

// cutLast takes the text behind the last point off.
func cutLast(text string) (rest, last string, ok bool) {
	at := strings.LastIndexByte(text, '.')
	if at < 0 {
		return "", "", false
	}
	return text[:at], text[at+1:], true
}
