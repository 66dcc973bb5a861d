package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// fields compares the fields of a collection, or of the lines of one of its fields.
func (d *differ) fields(was, is *Collection, lines string, before, after []Field) {
	taken := map[string]bool{}
	for i := range after {
		f := &after[i]
		old := fieldNamed(before, f.Name)
		if old == nil {
			old = d.renamedField(is, lines, f, before, after, taken)
		}
		if old == nil {
			d.addedField(was, is, lines, f)
			continue
		}
		taken[old.Name] = true
		if old.Name == f.Name && d.swapped(is, lines, old, f, before) {
			continue
		}
		d.field(was, is, lines, old, f)
		if old.Kind == KindLines && f.Kind == KindLines {
			d.fields(was, is, f.Name, old.Fields, f.Fields)
		}
	}
	for _, f := range before {
		if !taken[f.Name] {
			d.goneField(is, lines, f.Name, before, after)
		}
	}
}

// change begins a change of the field.
func (d *differ) change(t Treatment, c *Collection, lines, field string) Change {
	return Change{Treatment: t, Part: "field", Collection: c.Name, Field: within(lines, field)}
}

func within(lines, field string) string {
	if lines == "" {
		return field
	}
	return lines + "." + field
}

// renamedField returns the field that had one of the names of before.
func (d *differ) renamedField(is *Collection, lines string, f *Field, before, after []Field, taken map[string]bool) *Field {
	for _, name := range f.Was {
		if old := fieldNamed(before, name); old != nil && fieldNamed(after, name) == nil && !taken[name] {
			c := d.change(Renamed, is, lines, f.Name)
			c.Old = name
			d.add(c, "Field %q of %q is called %q now.", within(lines, name), is.Name, f.Name)
			return old
		}
	}
	return nil
}

// swapped refuses a field that says it was another one before, although it is
// there before as well: its values would not come from there.
func (d *differ) swapped(is *Collection, lines string, old, f *Field, before []Field) bool {
	for _, name := range f.Was {
		if slices.Contains(old.Was, name) || fieldNamed(before, name) == nil {
			continue
		}
		c := d.change(Refused, is, lines, f.Name)
		c.Hint = "Give the field that takes the values over a name that is new."
		d.add(c, "Field %q of %q was %q before, and %s has both.", c.Field, is.Name, name, d.old.Version)
		return true
	}
	return false
}

func (d *differ) addedField(was, is *Collection, lines string, f *Field) {
	c := d.change(Automatic, is, lines, f.Name)
	fill := f.Fill
	if fill == nil {
		fill = f.Default
	}
	_, changing := fill.(Expression)
	switch {
	case slices.Contains(d.old.Removed, was.Name+"."+within(lines, f.Name)):
		c.Treatment, c.Hint = Refused, "Choose another name."
		d.add(c, "Field %q of %q was removed, and its data is not dropped yet.", c.Field, is.Name)
	case f.Convert != "":
		c.Treatment, c.Hint = Refused, "Name the field that it is made of in \"was\", or begin with a value by \"fill\"."
		d.add(c, "Field %q of %q is new, and there is nothing to convert.", c.Field, is.Name)
	case f.Computed != "" && !d.next.Live(is, c.Field), f.Kind == KindState:
		c.Treatment = Filled
		if f.Kind == KindState && len(f.Options) > 0 {
			c.Fill = f.Options[0].Value
		}
		d.add(c, "Field %q of %q is new, and records get its value.", c.Field, is.Name)
	case f.Unique && fill != nil && !changing:
		c.Treatment, c.Hint = Refused, "Fill it with an expression that differs, or leave its records empty."
		d.add(c, "Field %q of %q is new, unique, and the same in all records.", c.Field, is.Name)
	case (f.Required || f.Fill != nil) && fill != nil:
		c.Treatment, c.Fill = Filled, fill
		d.add(c, "Field %q of %q is new, and records get a value.", c.Field, is.Name)
	case f.Required && f.Computed == "" && f.Set == "" && lines == "":
		c.Treatment, c.Hint = Refused, "Give it a \"default\" or \"fill\"."
		d.add(c, "Field %q of %q is new and required, and records have no value for it.", c.Field, is.Name)
	default:
		d.add(c, "Field %q of %q is new.", c.Field, is.Name)
	}
}

// goneField is a field that the next version lacks, dropped if it says so.
func (d *differ) goneField(is *Collection, lines, name string, before, after []Field) {
	c := d.change(Removed, is, lines, name)
	if slices.Contains(d.next.Removed, is.Name+"."+c.Field) {
		d.add(c, "Field %q of %q is removed.", c.Field, is.Name)
		return
	}
	c.Treatment = Refused
	c.Hint = fmt.Sprintf("To drop its data add %q to \"removed\".", is.Name+"."+c.Field)
	for _, f := range after {
		if len(f.Was) == 0 && fieldNamed(before, f.Name) == nil {
			c.Hint = fmt.Sprintf("If %q is its new name, add \"was: [%s]\" to it; to drop its data add %q to \"removed\".", f.Name, name, is.Name+"."+c.Field)
			break
		}
	}
	d.add(c, "Field %q of %s is gone.", c.Field, d.old.Version)
}

// field compares the two versions of one field.
func (d *differ) field(before, is *Collection, lines string, was, f *Field) {
	c := d.change(Automatic, is, lines, f.Name)
	computed := false
	switch {
	case (was.Kind == KindLines) != (f.Kind == KindLines), was.Kind == KindSequence && f.Kind != KindSequence:
		c.Treatment, c.Hint = Refused, "Give the new field another name."
		d.add(c, "Field %q of %q changes from %s to %s.", c.Field, is.Name, was.Kind, f.Kind)
		return
	case f.Kind == KindSequence && was.Kind == KindSequence:
		if was.Sequence != f.Sequence {
			c.Treatment, c.Hint = Refused, "Numbers that were drawn keep their rules: add a new sequence."
			d.add(c, "The numbers of %q of %q are drawn by other rules.", c.Field, is.Name)
		}
		return
	case f.Convert != "" && f.referencesMany():
		c.Treatment, c.Hint = Refused, "Give the new field another name."
		d.add(c, "Field %q of %q refers to many, which are not converted.", c.Field, is.Name)
		return
	case f.Convert != "" && !(was.Convert == f.Convert && d.widens(was, f) && !reshaped(was, f)):
		// One that the version before has too was done when a site came to that.
		c.Treatment, c.Convert, c.Back = Converted, f.Convert, f.Back
		d.add(c, "Field %q of %q is converted.", c.Field, is.Name)
	case !d.widens(was, f):
		c.Treatment, c.Hint = Refused, "Say in \"convert\" how its values come to be."
		d.add(c, "Field %q of %q changes from %s to %s.", c.Field, is.Name, describe(was), describe(f))
		return
	case reshaped(was, f):
		c.Treatment, c.Convert, c.Back = Converted, "old."+was.Name, narrowed(was, f)
		c.undone(Turned, "Field %q of %q changes back to %s.", c.Field, is.Name, describe(was))
		if was.Scale != f.Scale || was.Kind != f.Kind {
			c.Undone = strings.TrimSuffix(c.Undone, ".") + "; what it cannot hold is rounded."
		}
		d.add(c, "Field %q of %q changes from %s to %s, which holds all its values.", c.Field, is.Name, describe(was), describe(f))
	case d.originates(before, is, lines, was, f) != "":
		c.Treatment, c.Convert, c.Back = Converted, "old."+was.Name, "old."+f.Name
		c.undone(Turned, "Field %q of %q comes to its values as before.", c.Field, is.Name)
		d.add(c, "Field %q of %q %s.", c.Field, is.Name, d.originates(before, is, lines, was, f))
		computed = true
	case was.Kind != f.Kind:
		c.undone(Strict, "Field %q of %q is %s again.", c.Field, is.Name, describe(was))
		d.add(c, "Field %q of %q changes from %s to %s.", c.Field, is.Name, was.Kind, f.Kind)
	}
	d.options(is, lines, was, f)
	d.required(is, lines, was, f)
	for _, reason := range tightened(was, f) {
		d.add(d.change(Tested, is, lines, f.Name), "Field %q of %q %s.", c.Field, is.Name, reason)
	}
	for _, reason := range tightened(f, was) {
		c := d.change(Automatic, is, lines, f.Name)
		c.undone(Strict, "Field %q of %q %s.", c.Field, is.Name, reason)
		d.add(c, "Field %q of %q takes more than before.", c.Field, is.Name)
	}
	if !computed && was.Computed != f.Computed && f.Computed != "" && !d.next.Live(is, c.Field) {
		c := d.change(Filled, is, lines, f.Name)
		c.undone(Turned, "Field %q of %q is computed as before.", c.Field, is.Name)
		d.add(c, "Field %q of %q is computed anew.", c.Field, is.Name)
	}
}

// originates says how a field comes to its values otherwise than before; empty
// when it does not. Its new values get columns of their own, so that a site that
// goes back finds what people had written.
func (d *differ) originates(before, is *Collection, lines string, was, f *Field) string {
	live, lived := d.next.Live(is, within(lines, f.Name)), d.old.Live(before, within(lines, was.Name))
	switch {
	case f.referencesMany():
		return ""
	case was.Computed != "" && f.Computed == "":
		return "is not computed any more"
	case f.Computed == "":
		return ""
	case live && !lived:
		return "is computed when it is read now"
	case was.Computed == "" || lived && !live:
		return "is computed now, and kept"
	}
	return ""
}

// referencesMany says whether the field's values are rows of their own.
func (f *Field) referencesMany() bool {
	return f.Many && (f.Kind == KindReference || f.Kind == KindMember || f.Kind == KindPerson)
}

// required compares whether the field may be empty.
func (d *differ) required(is *Collection, lines string, was, f *Field) {
	if was.Required && !f.Required && f.RequiredWhen == "" {
		c := d.change(Automatic, is, lines, f.Name)
		c.undone(Strict, "Field %q of %q is required again.", c.Field, is.Name)
		d.add(c, "Field %q of %q may be empty now.", c.Field, is.Name)
	}
	if !f.Required || was.Required {
		return
	}
	c := d.change(Filled, is, lines, f.Name)
	if c.Fill = f.Fill; c.Fill == nil {
		c.Fill = f.Default
	}
	if c.Fill == nil {
		c.Treatment, c.Hint = Refused, "Give it a \"default\" or \"fill\"."
	}
	c.undone(Loose, "Field %q of %q may be empty again.", c.Field, is.Name)
	d.add(c, "Field %q of %q is required now.", c.Field, is.Name)
}

// options compares what may be chosen: an option that is gone is taken over by
// the one that names it in "was", or its records are in the way.
func (d *differ) options(is *Collection, lines string, was, f *Field) {
	if len(was.Options) == 0 || len(f.Options) == 0 {
		return
	}
	for _, o := range was.Options {
		if f.Option(o.Value) != nil {
			continue
		}
		c := d.change(Tested, is, lines, f.Name)
		c.Part, c.Name = "option", o.Value
		if i := slices.IndexFunc(f.Options, func(n Option) bool { return slices.Contains(n.Was, o.Value) }); i >= 0 {
			c.Treatment, c.Name, c.Old = Renamed, f.Options[i].Value, o.Value
			d.add(c, "Records of %q with %q in %q get %q.", is.Name, o.Value, c.Field, c.Name)
			continue
		}
		d.add(c, "Option %q of %q is gone from %q.", o.Value, c.Field, is.Name)
	}
	for _, o := range f.Options {
		if was.Option(o.Value) == nil && !slices.ContainsFunc(o.Was, func(name string) bool { return was.Option(name) != nil }) {
			c := d.change(Automatic, is, lines, f.Name)
			c.Part, c.Name = "option", o.Value
			d.add(c, "Option %q of %q is new in %q.", o.Value, c.Field, is.Name)
		}
	}
}

// describe names the kind of the field with what changes its column.
func describe(f *Field) string {
	text := f.Kind
	switch {
	case f.Many && f.Kind != KindTags:
		text = "many of kind " + f.Kind
	case f.Kind == KindReference:
		text = fmt.Sprintf("a reference to %q", f.To)
	case f.Kind == KindDecimal:
		text = fmt.Sprintf("decimal with %d digits", f.Scale)
	}
	if f.Secret || f.Sensitive {
		text += ", encrypted"
	}
	return text
}

// wider lists the kinds that hold every value of a kind as it is written.
var wider = map[string][]string{
	KindText:     {KindLongtext},
	KindEmail:    {KindText, KindLongtext},
	KindPhone:    {KindText, KindLongtext},
	KindURL:      {KindText, KindLongtext},
	KindSlug:     {KindText, KindLongtext},
	KindColor:    {KindText, KindLongtext},
	KindChoice:   {KindText, KindLongtext},
	KindCountry:  {KindText, KindLongtext},
	KindLanguage: {KindText, KindLongtext},
	KindTimezone: {KindText, KindLongtext},
	KindInteger:  {KindDecimal},
}

// widens says whether every value of the old field is one of the new field.
func (d *differ) widens(was, is *Field) bool {
	switch {
	case was.Many != is.Many, was.Kind == KindReference && is.Kind == KindReference && !d.sameTarget(was, is):
		return false
	case was.Kind == KindDecimal && is.Kind == KindDecimal:
		return is.Scale >= was.Scale
	}
	return was.Kind == is.Kind || slices.Contains(wider[was.Kind], is.Kind)
}

// reshaped says whether the same value is stored otherwise.
func reshaped(was, is *Field) bool {
	sealed := was.Secret || was.Sensitive
	return was.Kind == KindInteger && is.Kind == KindDecimal || was.Scale != is.Scale && was.Kind == KindDecimal ||
		sealed != (is.Secret || is.Sensitive)
}

// narrowed is the way back of a value that was widened: the nearest that the
// old field can hold, numbers half away from zero.
func narrowed(was, is *Field) string {
	if was.Kind == KindInteger && is.Kind == KindDecimal {
		return "round(old." + is.Name + ")"
	}
	return "old." + is.Name
}

// tightened says how values of the old field may break rules of the new one.
func tightened(was, is *Field) []string {
	var found []string
	say := func(broken bool, reason string) {
		if broken {
			found = append(found, reason)
		}
	}
	bound := func(b *int64) *int64 {
		if b == nil || was.Kind == is.Kind && was.Scale == is.Scale {
			return b
		}
		return nil // counted otherwise: tested as a new bound
	}
	oldMin, oldMax := bound(was.Min), bound(was.Max)
	say(is.Currency != "" && was.Currency != is.Currency, "is always in "+is.Currency+" now")
	say(is.Min != nil && (oldMin == nil || *is.Min > *oldMin), "has a higher minimum")
	say(is.Max != nil && (oldMax == nil || *is.Max < *oldMax), "has a lower maximum")
	say(is.MinDate > was.MinDate, "has a later beginning")
	say(is.MaxDate != "" && (was.MaxDate == "" || is.MaxDate < was.MaxDate), "has an earlier end")
	say(is.Pattern != "" && is.Pattern != was.Pattern, "has another pattern")
	say(is.Filter != "" && is.Filter != was.Filter, "refers only to what its filter admits")
	say(is.Tree && !was.Tree, "is a tree now")
	say(is.RequiredWhen != "" && is.RequiredWhen != was.RequiredWhen && !was.Required, "is required under a condition")
	return found
}
