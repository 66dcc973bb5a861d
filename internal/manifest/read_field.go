package manifest

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// fields reads a map of fields. A field whose kind is wrong keeps its name and
// has no kind, so that what names it is not wrong too.
func (r *reader) fields(d *document, n *yaml.Node, in scope) []Field {
	var all []Field
	for _, e := range d.entries(n) {
		all = append(all, r.readField(d, e, in))
	}
	return all
}

func (r *reader) readField(d *document, e entry, in scope) Field {
	f := Field{Name: e.key.Value, Label: labelOf(e.key.Value)}
	if d.bad[e.value] {
		return f
	}
	if e.value.Kind == yaml.ScalarNode {
		f.Kind = e.value.Value
		f.derive()
		return f
	}
	v := d.values(e.value)
	f.Kind = value(v["type"])
	f.readWords(v)
	f.Many = isTrue(v["many"])
	f.Unique = isTrue(v["unique"])
	f.Index = isTrue(v["index"])
	f.Search = isTrue(v["search"])
	f.Readonly = isTrue(v["readonly"])
	f.Immutable = isTrue(v["immutable"])
	f.Secret = isTrue(v["secret"])
	f.Translatable = isTrue(v["translatable"])
	f.Track = isTrue(v["track"])
	f.Guard = value(v["guard"])
	f.Sensitive = value(v["personal"]) == "sensitive"
	f.Personal = f.Sensitive || isTrue(v["personal"])
	f.Was = texts(d, v["was"])
	if f.Kind != "" {
		r.readKind(d, e, v, &f, in)
	}
	r.readOrigin(d, v, &f, in)
	return f
}

// derive gives a field what follows from its kind.
func (f *Field) derive() {
	switch f.Kind {
	case KindTags:
		f.Many = true
	case KindSequence:
		f.Readonly = true
	case KindDecimal:
		if f.Scale == 0 {
			f.Scale = defaultScale
		}
	case KindLines:
		if f.Max == nil {
			f.Max = number(defaultLines)
		}
	}
}

// readWords reads the texts for people.
func (f *Field) readWords(v map[string]*yaml.Node) {
	f.Label = or(value(v["label"]), f.Label)
	f.Help = or(value(v["help"]), f.Help)
	f.Placeholder = or(value(v["placeholder"]), f.Placeholder)
	f.Section = or(value(v["section"]), f.Section)
}

// readKind reads what only the field's kind has.
func (r *reader) readKind(d *document, e entry, v map[string]*yaml.Node, f *Field, in scope) {
	f.Message = value(v["message"])
	if code := value(v["currency"]); matches(currencyPattern, code) {
		f.Currency = code
	} else {
		f.CurrencyOf = code
	}
	f.To = value(v["to"])
	f.Inverse = value(v["inverse"])
	f.OnDelete = value(v["on_delete"])
	f.Tree = isTrue(v["tree"])
	f.From = value(v["from"])
	f.Of = value(v["of"])
	f.Accept = texts(d, v["accept"])
	f.Filter = value(v["filter"])
	r.expression(d, v["filter"], `"filter" of `+f.Name, in.target(f), condition)
	if scale := whole(v["scale"]); scale != nil {
		f.Scale = int(*scale)
	}
	f.derive()
	f.Options = readOptions(d, v["options"])
	switch f.Kind {
	case KindLines:
		r.readLines(d, v, f, in)
	case KindSequence:
		readSequence(v, f)
	}
	readBounds(d, v, f)
	readPattern(d, e.value, v, f)
}

// defaultScale is how many digits after the point a decimal has.
const defaultScale = 4

// defaultLines is how many lines a record may have.
const defaultLines = 500

// readOptions reads the values of a choice or state.
func readOptions(d *document, n *yaml.Node) []Option {
	var all []Option
	seen := map[string]bool{}
	for _, item := range d.items(n) {
		v := map[string]*yaml.Node{"value": item}
		if item.Kind == yaml.MappingNode {
			v = d.values(item)
		}
		o := Option{
			Value: value(v["value"]), Label: value(v["label"]), Color: value(v["color"]),
			Was: texts(d, v["was"]), Requires: texts(d, v["requires"]),
		}
		if o.Value == "" {
			continue // wrong, and said so
		}
		if seen[o.Value] {
			d.problem(v["value"], "", "%q is an option twice", o.Value)
			continue
		}
		seen[o.Value] = true
		o.Label = or(o.Label, labelOf(o.Value))
		all = append(all, o)
	}
	return all
}

// readLines reads what a line of the field holds.
func (r *reader) readLines(d *document, v map[string]*yaml.Node, f *Field, in scope) {
	line := in.line(f.Name)
	f.Fields = r.fields(d, v["fields"], line)
	if v["fields"] != nil {
		d.checkLineColumns(v["fields"], f.Fields)
	}
	for _, item := range d.items(v["unique"]) {
		rule, _ := r.readUniqueRule(d, item, line)
		for _, name := range rule.Fields {
			if fieldNamed(f.Fields, columnOf(name)) == nil {
				d.problem(item, suggest(name, namesOf(f.Fields)), "a line of %s has no field %q", f.Name, name)
			}
		}
		f.LineRules = append(f.LineRules, rule)
	}
	for _, item := range d.items(v["checks"]) {
		f.Checks = append(f.Checks, r.readCheck(d, item, line))
	}
}

func readSequence(v map[string]*yaml.Node, f *Field) {
	f.Sequence = Sequence{
		Format:  value(v["format"]),
		Per:     value(v["per"]),
		Reset:   or(value(v["reset"]), "never"),
		Draw:    or(value(v["draw"]), "create"),
		Gapless: isTrue(v["gapless"]),
	}
}

// readOrigin reads who writes the field, when, and what it holds otherwise.
func (r *reader) readOrigin(d *document, v map[string]*yaml.Node, f *Field, in scope) {
	of := func(key string) string { return `"` + key + `" of ` + f.Name }
	if n := v["required"]; n != nil && n.Tag == "!!bool" {
		f.Required = isTrue(n)
	} else if n != nil {
		f.RequiredWhen = n.Value
		r.expression(d, n, of("required"), in, condition)
	}
	f.When = value(v["when"])
	r.expression(d, v["when"], of("when"), in, condition)
	f.Set, f.Computed = value(v["set"]), value(v["computed"])
	r.expression(d, v["set"], of("set"), in, valueOf(f))
	r.expression(d, v["computed"], of("computed"), in, valueOf(f))
	f.Convert, f.Back = value(v["convert"]), value(v["back"])
	r.expression(d, v["convert"], of("convert"), in, wording)
	r.expression(d, v["back"], of("back"), in, wording)
	if v["back"] != nil && f.Convert == "" {
		d.problem(v["back"], "", "%s has a way back and no \"convert\"", f.Name)
	}
	if f.Kind != "" {
		f.Default = r.readDefault(d, v["default"], "default", f, in)
		f.Fill = r.readDefault(d, v["fill"], "fill", f, in)
	}
	first := ""
	for _, key := range []string{"default", "set", "computed"} {
		switch {
		case v[key] == nil:
		case first == "":
			first = key
		default:
			d.problem(v[key], "Keep one of them.", "%s has both %q and %q", f.Name, first, key)
		}
	}
	f.checkComputed(d, v)
	f.checkSealed(d, v)
}

// checkComputed refuses what is said of values that people write, where nobody
// writes them.
func (f *Field) checkComputed(d *document, v map[string]*yaml.Node) {
	if f.Computed == "" {
		return
	}
	for _, key := range []string{"required", "readonly", "immutable", "when", "fill", "convert", "back"} {
		if v[key] != nil {
			d.problem(v[key], "", "%s is computed, so that %q says nothing about it", f.Name, key)
		}
	}
}

// checkSealed refuses what the database would have to read the text for.
func (f *Field) checkSealed(d *document, v map[string]*yaml.Node) {
	if !f.Secret && !f.Sensitive {
		return
	}
	for _, key := range []string{"unique", "index", "search", "many", "computed", "translatable"} {
		if v[key] != nil && !(v[key].Tag == "!!bool" && !isTrue(v[key])) {
			d.problem(v[key], "", "%s is encrypted, which leaves no room for %q", f.Name, key)
		}
	}
}

// readDefault reads a default, which has the form of the kind already, and
// holds it against the field's own rules.
func (r *reader) readDefault(d *document, n *yaml.Node, key string, f *Field, in scope) Literal {
	if n == nil {
		return nil
	}
	if e, is := computedValue(n); is {
		r.expression(d, n, `"`+key+`" of `+f.Name, in, valueOf(f))
		return e
	}
	val := readLiteral(d, n, f)
	if val == nil {
		return nil
	}
	if why := f.refuses(val); why != "" {
		d.problem(n, f.optionHint(val), "%q of %s %s", key, f.Name, why)
		return nil
	}
	return val
}

// computedValue returns the expression of a text that begins with "=".
func computedValue(n *yaml.Node) (Expression, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" || len(n.Value) < 2 || n.Value[0] != '=' {
		return "", false
	}
	return Expression(n.Value[1:]), true
}

// readBounds reads min and max in the unit of the kind.
func readBounds(d *document, v map[string]*yaml.Node, f *Field) {
	switch f.Kind {
	case KindDate, KindDatetime, KindTime:
		f.MinDate, _ = readScalar(d, v["min"], f).(string)
		f.MaxDate, _ = readScalar(d, v["max"], f).(string)
		if f.MinDate != "" && f.MaxDate != "" && f.MinDate > f.MaxDate {
			d.refuse(v["max"], "", "\"max\" of %s is before \"min\"", f.Name)
		}
		return
	case KindDecimal, KindPercent, KindDuration:
		f.Min, f.Max = readCount(d, v["min"], f), readCount(d, v["max"], f)
	case KindFile, KindImage:
		f.Max = readSize(v["max"])
	default:
		f.Min, f.Max = whole(v["min"]), whole(v["max"])
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		d.refuse(v["max"], "", "\"max\" of %s is less than \"min\"", f.Name)
		f.Max = nil
	}
}

func readCount(d *document, n *yaml.Node, f *Field) *int64 {
	if count, ok := readScalar(d, n, f).(int64); ok {
		return &count
	}
	return nil
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

// refuses says which rule of the field the value breaks, "" for none.
func (f *Field) refuses(val Literal) string {
	switch v := val.(type) {
	case []string:
		for _, one := range v {
			if why := f.refuses(one); why != "" {
				return why
			}
		}
	case string:
		return f.refusesText(v)
	case int64:
		return outside(f.Min != nil && v < *f.Min, f.Max != nil && v > *f.Max)
	case Money:
		return outside(f.Min != nil && v.Amount < *f.Min, f.Max != nil && v.Amount > *f.Max)
	}
	return ""
}

func (f *Field) refusesText(v string) string {
	switch f.Kind {
	case KindDate, KindDatetime, KindTime:
		return outside(f.MinDate != "" && v < f.MinDate, f.MaxDate != "" && v > f.MaxDate)
	case KindChoice, KindState:
		if f.Option(v) == nil && len(f.Options) > 0 {
			return "is \"" + v + "\", which is not one of its options"
		}
		return ""
	case KindText:
		if strings.ContainsAny(v, oneLineRefuses) {
			return "holds a line break, a tab or a mark that turns the direction of text, which a text of one line does not take"
		}
	}
	length := int64(utf8.RuneCountInString(v))
	if why := outside(f.Min != nil && length < *f.Min, f.Max != nil && length > *f.Max); why != "" {
		return why
	}
	if f.Pattern != "" && !regexp.MustCompile(`\A(?:`+f.Pattern+`)\z`).MatchString(v) {
		return "does not match its pattern"
	}
	return ""
}

// optionHint names the option that was probably meant.
func (f *Field) optionHint(val Literal) string {
	word, _ := val.(string)
	if len(f.Options) == 0 {
		return ""
	}
	return suggest(word, f.optionValues())
}

// Option returns the option of that value, nil when there is none.
func (f *Field) Option(value string) *Option {
	for i := range f.Options {
		if f.Options[i].Value == value {
			return &f.Options[i]
		}
	}
	return nil
}

func (f *Field) optionValues() []string {
	values := make([]string, len(f.Options))
	for i, o := range f.Options {
		values[i] = o.Value
	}
	return values
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
