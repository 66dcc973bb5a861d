package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dramac-main/dramac-cms/internal/expr"
)

// checkSettings holds the settings that collections read, as defaults of their
// fields and in what their actions set, against the fields. It does so only when
// everything else is right, so that a slip in one is not reported twice.
func (r *reader) checkSettings(drafts []*draft) {
	if len(r.found) > 0 {
		return
	}
	for _, d := range drafts {
		r.checkSettingsOf(d)
	}
}

func (r *reader) checkSettingsOf(d *draft) {
	for i := range d.Fields {
		f := &d.Fields[i]
		at := d.fieldValues(f.Name)["default"]
		r.checkSetting(d, at, f, f.Default, strconv.Quote("default")+" of "+f.Name)
	}
	for _, e := range d.doc.entries(d.values["actions"]) {
		a := d.action(e.key.Value)
		set := d.doc.values(d.doc.values(e.value)["set"])
		for _, name := range sortedKeys(set) {
			f := d.field(name)
			if f == nil {
				continue
			}
			needed := *f
			// What the caller fills in, or the field's default, stands in for
			// an empty setting.
			needed.Required = f.Required && f.Default == nil && !slices.ContainsFunc(a.Params, func(p Field) bool { return p.Name == name })
			r.checkSetting(d, set[name], &needed, a.Set[name], "the value that action "+a.Name+" sets for "+name)
		}
	}
}

// checkSetting holds the setting that the value reads, if it is just that,
// against the field: whatever a site may write there has to fit, since a rule
// that it breaks would be broken by somebody who cannot mend it.
func (r *reader) checkSetting(d *draft, at *yaml.Node, f *Field, value any, what string) {
	e, _ := value.(Expression)
	name, reads := e.Setting()
	s := fieldNamed(r.m.Settings, name)
	if !reads || at == nil || s == nil {
		return
	}
	if f.Required && !s.Required && s.Default == nil && has(s.Kind, hasLiteral) {
		d.doc.problem(at, "Give the setting a \"default\", or make it required.",
			"%s: setting %q may be empty, and %s is required", what, name, f.Name)
		return
	}
	if why, hint := f.looser(s); why != "" {
		d.doc.problem(at, hint, "%s: setting %q may %s", what, name, why)
	}
}

func isText(kind string) bool {
	return kind == KindText || kind == KindLongtext || kind == KindRichtext
}

// looser says what the setting takes that the field does not, and how the
// setting has to be declared; "" if all its values fit.
func (f *Field) looser(s *Field) (why, hint string) {
	fieldMin, fieldMax, settingMax := f.Min, f.Max, s.Max
	if isText(f.Kind) {
		fieldMax, settingMax = f.most(), s.most()
		if fieldMin != nil && *fieldMin <= 1 {
			fieldMin = nil // an empty text is no value
		}
	}
	if f.Kind != s.Kind && f.Type().Kind == expr.Text && !isText(f.Kind) {
		return "be something else than " + article(f.Kind), "Give both the same kind."
	}
	for _, o := range s.Options {
		if len(f.Options) > 0 && f.Option(o.Value) == nil {
			return "be " + strconv.Quote(o.Value) + ", which is not an option of " + f.Name, "Give both the same options."
		}
	}
	declare := func(key, value string) string { return "Give the setting \"" + key + ": " + value + "\"." }
	switch {
	case f.Kind == KindText && s.Kind == KindLongtext:
		return "have several lines, and " + f.Name + " has one", "Give both the same kind."
	case fieldMax != nil && (settingMax == nil || *settingMax > *fieldMax):
		return "be above the \"max\" of " + f.Name, declare("max", f.written(*fieldMax))
	case fieldMin != nil && (s.Min == nil || *s.Min < *fieldMin):
		return "be below the \"min\" of " + f.Name, declare("min", f.written(*fieldMin))
	case f.MaxDate != "" && (s.MaxDate == "" || s.MaxDate > f.MaxDate):
		return "be above the \"max\" of " + f.Name, declare("max", f.MaxDate)
	case f.MinDate != "" && s.MinDate < f.MinDate:
		return "be below the \"min\" of " + f.Name, declare("min", f.MinDate)
	case f.Currency != "" && s.Currency != f.Currency:
		return "be in another currency than " + f.Name, declare("currency", f.Currency)
	case f.Pattern != "" && s.Pattern != f.Pattern:
		return "not match the \"pattern\" of " + f.Name, "Give the setting the same \"pattern\"."
	}
	return "", ""
}

// written is how a manifest writes the bound of the field.
func (f *Field) written(bound int64) string {
	switch f.Kind {
	case KindPercent:
		return decimalText(bound, percentScale) + "%"
	case KindDecimal:
		return decimalText(bound, f.Scale)
	case KindDuration:
		return strconv.FormatInt(bound/1000, 10) + "s"
	}
	return strconv.FormatInt(bound, 10)
}

// decimalText writes the number divided by 10^scale.
func decimalText(number int64, scale int) string {
	sign := ""
	if number < 0 {
		sign, number = "-", -number
	}
	digits := fmt.Sprintf("%0*d", scale+1, number)
	text := digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	return sign + strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// most is how many characters a text of the field may have.
func (f *Field) most() *int64 {
	if f.Max != nil {
		return f.Max
	}
	return number(maxText(f.Kind))
}
