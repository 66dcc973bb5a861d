package manifest

import "slices"

// ownColumns is how many of a site's own fields a list shows beside its columns.
const ownColumns = 3

// OwnKinds are the kinds that a site's own fields may have: of one value, which
// stands in the record itself.
func OwnKinds() []string {
	return []string{
		KindText, KindLongtext, KindInteger, KindDecimal, KindPercent, KindMoney, KindBoolean, KindDate, KindDatetime, KindTime,
		KindDuration, KindChoice, KindEmail, KindPhone, KindURL, KindColor, KindCountry, KindLanguage, KindTimezone,
	}
}

// WithOwn returns the manifest with fields that a site has added to its
// collections, by their names. In forms they stand in a section of their own
// under the heading, in lists behind the other columns. Collections that do
// not take own fields are left as they are.
func (m *Manifest) WithOwn(fields map[string][]Field, heading string) *Manifest {
	out := *m
	out.Collections = slices.Clone(m.Collections)
	for i, c := range out.Collections {
		if own := fields[c.Name]; c.Custom && len(own) > 0 {
			out.Collections[i] = c.withOwn(own, heading)
		}
	}
	return &out
}

func (c *Collection) withOwn(own []Field, heading string) *Collection {
	out := *c
	out.Fields = slices.Clone(c.Fields)
	var names []string
	for _, f := range own {
		f.Own = true
		out.Fields, names = append(out.Fields, f), append(names, f.Name)
	}
	out.List.Columns = append(slices.Clone(c.List.Columns), names[:min(len(names), ownColumns)]...)
	if len(c.Form.Sections) == 0 {
		var declared []string
		for _, f := range c.Fields {
			declared = append(declared, f.Name)
		}
		out.Form.Sections = []Section{{Fields: declared}}
	}
	out.Form.Sections = append(slices.Clone(out.Form.Sections), Section{Label: heading, Fields: names})
	return &out
}
