package manifest

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// fields reads a map of fields. A field whose kind is wrong keeps its name and
// has no kind, so that what names it is not wrong too.
func (r *reader) fields(d *document, n *yaml.Node, where place) []Field {
	var all []Field
	for _, e := range d.entries(n) {
		all = append(all, readField(d, e))
	}
	return all
}

func readField(d *document, e entry) Field {
	f := Field{Name: e.key.Value, Label: labelOf(e.key.Value)}
	if d.bad[e.value] {
		return f
	}
	if e.value.Kind == yaml.ScalarNode {
		f.Kind = e.value.Value
		return f
	}
	v := d.values(e.value)
	f.Kind = value(v["type"])
	if label := value(v["label"]); label != "" {
		f.Label = label
	}
	f.Help = value(v["help"])
	f.Placeholder = value(v["placeholder"])
	f.Section = value(v["section"])
	f.Required = isTrue(v["required"])
	f.Unique = isTrue(v["unique"])
	f.Index = isTrue(v["index"])
	f.Search = isTrue(v["search"])
	f.Readonly = isTrue(v["readonly"])
	f.Immutable = isTrue(v["immutable"])
	f.Personal = isTrue(v["personal"])
	f.Message = value(v["message"])
	f.Currency = value(v["currency"])
	f.To = value(v["to"])
	f.Inverse = value(v["inverse"])
	f.OnDelete = value(v["on_delete"])
	readBounds(d, v, &f)
	readPattern(d, e.value, v, &f)
	if f.Kind != "" {
		f.Default = readDefault(d, v["default"], &f)
	}
	return f
}

// readBounds reads min and max, which are days for dates and numbers else.
func readBounds(d *document, v map[string]*yaml.Node, f *Field) {
	if f.Kind == KindDate {
		f.MinDate, f.MaxDate = readDay(d, v["min"]), readDay(d, v["max"])
		if f.MinDate != "" && f.MaxDate != "" && f.MinDate > f.MaxDate {
			d.refuse(v["max"], "", "\"max\" of %s is before \"min\"", f.Name)
		}
		return
	}
	f.Min, f.Max = whole(v["min"]), whole(v["max"])
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		d.refuse(v["max"], "", "\"max\" of %s is less than \"min\"", f.Name)
		f.Max = nil
	}
}

// readDay reads a date and refuses days that no calendar has.
func readDay(d *document, n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if !isDay(n.Value) {
		d.refuse(n, "", "%s is not a day of the calendar", n.Value)
		return ""
	}
	return n.Value
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil && !strings.HasPrefix(text, "0000")
}

func readPattern(d *document, at *yaml.Node, v map[string]*yaml.Node, f *Field) {
	n := v["pattern"]
	if n == nil {
		if m := v["message"]; m != nil && !d.has(at, "pattern") {
			d.problem(m, "", "\"message\" of %s is shown when a pattern does not match, and there is no \"pattern\"", f.Name)
		}
		return
	}
	if _, err := regexp.Compile(n.Value); err != nil {
		d.refuse(n, "Write a regular expression of RE2.", "\"pattern\" of %s: %s", f.Name, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return
	}
	f.Pattern = n.Value
}

// readDefault reads a default, which has the form of the kind already, and
// holds it against the field's own rules.
func readDefault(d *document, n *yaml.Node, f *Field) any {
	if n == nil {
		return nil
	}
	val := readLiteral(d, n, f)
	if val == nil {
		return nil
	}
	if why := f.refuses(val); why != "" {
		d.problem(n, "", "\"default\" of %s %s", f.Name, why)
		return nil
	}
	return val
}

// readLiteral reads a value of the field's kind, nil after a complaint. Where
// the place lets no setting be read, the text of one has been refused before.
func readLiteral(d *document, n *yaml.Node, f *Field) any {
	if matches(computedDefault, n.Value) {
		return Expression(n.Value[1:])
	}
	switch f.Kind {
	case KindInteger:
		if i := whole(n); i != nil {
			return *i
		}
	case KindMoney:
		return readMoney(d, n, f)
	case KindDate:
		if n.Value == today {
			return Expression("today()")
		}
		if day := readDay(d, n); day != "" {
			return day
		}
	case KindText, KindLongtext:
		return n.Value
	}
	return nil
}

// today is the day on which a record is made.
const today = "=today()"

func readMoney(d *document, n *yaml.Node, f *Field) any {
	if n.Kind == yaml.ScalarNode {
		if amount := whole(n); amount != nil {
			return Money{Amount: *amount, Currency: f.Currency}
		}
		return nil
	}
	v := d.values(n)
	amount, code := whole(v["amount"]), value(v["currency"])
	if amount == nil {
		return nil
	}
	if f.Currency != "" && code != "" && code != f.Currency {
		d.refuse(v["currency"], "", "%s is in %s, not in %s", f.Name, f.Currency, code)
		return nil
	}
	if code == "" {
		code = f.Currency
	}
	return Money{Amount: *amount, Currency: code}
}

// refuses says which rule of the field the value breaks, "" for none.
func (f *Field) refuses(val any) string {
	switch v := val.(type) {
	case string:
		if f.Kind == KindDate {
			return outside(f.MinDate != "" && v < f.MinDate, f.MaxDate != "" && v > f.MaxDate)
		}
		if f.Kind == KindText && strings.ContainsAny(v, oneLineRefuses) {
			return "holds a line break, a tab or a mark that turns the direction of text, which a text of one line does not take"
		}
		length := int64(utf8.RuneCountInString(v))
		if why := outside(f.Min != nil && length < *f.Min, f.Max != nil && length > *f.Max); why != "" {
			return why
		}
		if f.Pattern != "" && !regexp.MustCompile(`\A(?:`+f.Pattern+`)\z`).MatchString(v) {
			return "does not match its pattern"
		}
	case int64:
		return outside(f.Min != nil && v < *f.Min, f.Max != nil && v > *f.Max)
	case Money:
		return outside(f.Min != nil && v.Amount < *f.Min, f.Max != nil && v.Amount > *f.Max)
	}
	return ""
}

// oneLineRefuses are the characters, besides those that no text has, that
// records refuse in a text of one line.
const oneLineRefuses = "\n\t\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

func outside(low, high bool) string {
	switch {
	case low:
		return `is below its "min"`
	case high:
		return `is above its "max"`
	}
	return ""
}
