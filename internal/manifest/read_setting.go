package manifest

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// checkSettings checks what the collections read from settings: the defaults of
// their fields and what their actions set. Rules are compared only when
// everything else is right, so that a slip in one is not reported twice.
func (r *reader) checkSettings(drafts []*draft) {
	sound := len(r.found) == 0
	for _, d := range drafts {
		if !r.settingsBroken && !d.broken {
			r.checkSettingsOf(d, sound)
		}
	}
}

func (r *reader) checkSettingsOf(d *draft, sound bool) {
	for i := range d.Fields {
		f := &d.Fields[i]
		at := d.fieldValues(f.Name)["default"]
		r.checkSetting(d, at, f, f.Default, strconv.Quote("default")+" of "+f.Name, sound)
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
			r.checkSetting(d, set[name], &needed, a.Set[name], "the value that action "+a.Name+" sets for "+name, sound)
		}
	}
}

// checkSetting holds the setting that the value reads, if it reads one, against
// the field: whatever a site may write there has to fit, since a rule that it
// breaks would be broken by somebody who cannot mend it.
func (r *reader) checkSetting(d *draft, at *yaml.Node, f *Field, value any, what string, sound bool) {
	e, _ := value.(Expression)
	name, reads := e.Setting()
	if !reads || at == nil {
		return
	}
	names := make([]string, len(r.m.Settings))
	for i, s := range r.m.Settings {
		names[i] = s.Name
	}
	i := slices.Index(names, name)
	if i < 0 {
		d.doc.problem(at, suggest(name, names), "%s: there is no setting %q", what, name)
		return
	}
	s := &r.m.Settings[i]
	if s.Kind == "" {
		return // the setting itself is wrong
	}
	if s.Kind != f.Kind && !(isText(s.Kind) && isText(f.Kind)) {
		d.doc.problem(at, "", "%s: setting %q is of kind %s, and %s of kind %s", what, name, s.Kind, f.Name, f.Kind)
		return
	}
	if !sound {
		return
	}
	if f.Required && !s.Required && s.Default == nil {
		d.doc.problem(at, "Give the setting a \"default\", or make it required.",
			"%s: setting %q may be empty, and %s is required", what, name, f.Name)
		return
	}
	if why, hint := f.looser(s); why != "" {
		d.doc.problem(at, hint, "%s: setting %q may %s", what, name, why)
	}
}

func isText(kind string) bool { return kind == KindText || kind == KindLongtext }

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
	declare := func(key, value string) string { return "Give the setting \"" + key + ": " + value + "\"." }
	switch {
	case f.Kind == KindText && s.Kind == KindLongtext:
		return "have several lines, and " + f.Name + " has one", "Give both the same kind."
	case fieldMax != nil && (settingMax == nil || *settingMax > *fieldMax):
		return "be above the \"max\" of " + f.Name, declare("max", strconv.FormatInt(*fieldMax, 10))
	case fieldMin != nil && (s.Min == nil || *s.Min < *fieldMin):
		return "be below the \"min\" of " + f.Name, declare("min", strconv.FormatInt(*fieldMin, 10))
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

// most is how many characters a text of the field may have.
func (f *Field) most() *int64 {
	if f.Max != nil {
		return f.Max
	}
	return number(maxText(f.Kind))
}
