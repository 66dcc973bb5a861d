package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// Treatment is how a difference between two versions reaches a site.
type Treatment string

// The treatments.
const (
	// Automatic needs nothing of the site's records.
	Automatic Treatment = "automatic"
	// Renamed keeps the data under the name of the version before; permissions,
	// saved views and webhooks follow.
	Renamed Treatment = "renamed"
	// Filled gives records a value when the site is upgraded.
	Filled Treatment = "filled"
	// Converted makes new values of the old ones when the site is upgraded.
	Converted Treatment = "converted"
	// Tested is a rule that the site's records may break: the site stays on its
	// version while they do.
	Tested Treatment = "tested"
	// Removed is hidden at once and dropped when no site uses it.
	Removed Treatment = "removed"
	// Versioned is told or offered in both versions while the old one has users.
	Versioned Treatment = "versioned"
	// Refused cannot be published.
	Refused Treatment = "refused"
)

// Change is one difference between two versions of a module.
type Change struct {
	Treatment  Treatment
	Part       string // "module", "collection", "field", "option", "rule", "index", "action", "event", "contract" or "setting"
	Collection string // in the new version; of what is gone, in the old one
	Field      string // of the collection, or the setting; "lines.net" for a field of lines
	Name       string // of the option, action, event or contract; of a rule, its fields or text
	Old        string // Renamed, and options whose records another takes: the name before
	Convert    string // Converted: expression over old.x; "old.<field>" widens the value as it is
	Back       string // Converted: the way back, "" when there is none
	Fill       any    // Filled: Literal or Expression; nil: computed
	Reason     string // what has changed, a sentence
	Hint       string // Refused: what to do about it, a sentence
	Return     Return // what becomes of it when a site goes back; "" for nothing
	Undone     string // the same as a sentence
}

// String returns the change as a sentence, with its hint.
func (c Change) String() string {
	if c.Hint == "" {
		return c.Reason
	}
	return c.Reason + " " + c.Hint
}

// Diff is all that differs between two versions, collections by name and
// fields in order.
type Diff []Change

// Of returns the changes with the treatment.
func (d Diff) Of(t Treatment) Diff {
	var some Diff
	for _, c := range d {
		if c.Treatment == t {
			some = append(some, c)
		}
	}
	return some
}

// differ collects the differences between two versions.
type differ struct {
	old, next *Manifest
	renamed   map[string]string // the new names of the old version's collections that are called otherwise
	found     Diff
}

func (d *differ) add(c Change, reason string, args ...any) {
	c.Reason = fmt.Sprintf(reason, args...)
	d.found = append(d.found, c)
}

// Difference lists how the next version differs from the old one in what touches
// records, permissions, events and contracts, and how each reaches a site.
func Difference(old, next *Manifest) Diff {
	d := &differ{old: old, next: next, renamed: map[string]string{}}
	if old.ID != next.ID {
		d.add(Change{Treatment: Refused, Part: "module"}, "The id changes from %q to %q.", old.ID, next.ID)
		return d.found
	}
	for _, is := range next.Collections {
		if old.collection(is.Name) == nil {
			d.renamedFrom(is)
		}
	}
	for _, is := range next.Collections {
		if was := d.before(is); was != nil {
			d.collection(was, is)
		} else {
			d.added(is)
		}
	}
	for _, was := range old.Collections {
		if next.collection(was.Name) == nil && d.renamed[was.Name] == "" {
			d.goneCollection(was)
		}
	}
	d.settings()
	d.actions("", old.Actions, next.Actions)
	d.events()
	d.contracts()
	d.found.undo()
	return d.found
}

// renamedFrom notes the collection that had one of the names of before.
func (d *differ) renamedFrom(is *Collection) {
	for _, name := range is.Was {
		if d.old.collection(name) != nil && d.next.collection(name) == nil && d.renamed[name] == "" {
			d.renamed[name] = is.Name
			return
		}
	}
}

// before returns what the old version has in the place of the collection; nil
// when it is new. It says so where the name differs.
func (d *differ) before(is *Collection) *Collection {
	for _, was := range d.old.Collections {
		if d.renamed[was.Name] == is.Name {
			d.add(Change{Treatment: Renamed, Part: "collection", Collection: is.Name, Old: was.Name}, "Collection %q is called %q now.", was.Name, is.Name)
			return was
		}
	}
	return d.old.collection(is.Name)
}

// sameTarget says whether two references point at the same collection, whatever
// it is called.
func (d *differ) sameTarget(was, is *Field) bool {
	return was.To == is.To || is.To != "" && d.renamed[was.To] == is.To
}

func (d *differ) added(is *Collection) {
	if slices.Contains(d.old.Removed, is.Name) {
		d.add(Change{
			Treatment: Refused, Part: "collection", Collection: is.Name,
			Hint: "Choose another name.",
		}, "Collection %q was removed, and its data is not dropped yet.", is.Name)
		return
	}
	d.add(Change{Treatment: Automatic, Part: "collection", Collection: is.Name}, "Collection %q is new.", is.Name)
}

func (d *differ) goneCollection(was *Collection) {
	c := Change{Treatment: Removed, Part: "collection", Collection: was.Name}
	if slices.Contains(d.next.Removed, was.Name) {
		d.add(c, "Collection %q is removed.", was.Name)
		return
	}
	c.Treatment = Refused
	c.Hint = fmt.Sprintf("If it has a new name, add \"was: [%s]\" to it; to drop its data add %q to \"removed\".", was.Name, was.Name)
	d.add(c, "Collection %q of %s is gone.", was.Name, d.old.Version)
}

// collection compares the two versions of one collection.
func (d *differ) collection(was, is *Collection) {
	d.fields(was, is, "", was.Fields, is.Fields)
	d.rules(was, is)
	d.actions(is.Name, was.Actions, is.Actions)
	financial := slices.ContainsFunc(is.Fields, func(f Field) bool { return f.Kind == KindMoney })
	if was.AppendOnly && !is.AppendOnly {
		d.loosened(is, financial, "append_only", "Records of %q may be changed now.")
	}
	if !was.AppendOnly && is.AppendOnly {
		c := Change{Treatment: Automatic, Part: "collection", Collection: is.Name}
		c.undone(Loose, "Records of %q may be changed again.", is.Name)
		d.add(c, "Records of %q are not changed any more.", is.Name)
	}
	switch {
	case was.Lock == nil && is.Lock != nil:
		d.add(Change{Treatment: Automatic, Part: "rule", Collection: is.Name, Name: "lock"}, "Records of %q are locked now.", is.Name)
	case was.Lock != nil && (is.Lock == nil || grows(is.nowAllCalled(was.Lock.Except), is.Lock.Except)):
		d.loosened(is, financial, "lock", "The lock of %q holds less than before.")
	case was.Lock != nil && was.Lock.When != is.Lock.When:
		d.loosened(is, financial, "lock", "The lock of %q has another condition.")
	}
}

// loosened is a protection that holds less: what stood fixed in books stays so.
func (d *differ) loosened(is *Collection, financial bool, name, reason string) {
	c := Change{Treatment: Automatic, Part: "rule", Collection: is.Name, Name: name}
	if financial {
		c.Treatment, c.Hint = Refused, "Records with amounts keep the protection under which they were made."
	}
	d.add(c, reason, is.Name)
}

// grows says whether the new list has an entry that the old one has not.
func grows(was, is []string) bool {
	return slices.ContainsFunc(is, func(name string) bool { return !slices.Contains(was, name) })
}

// rules compares what records keep together.
func (d *differ) rules(was, is *Collection) {
	rule := func(t Treatment, name, reason string) {
		d.add(Change{Treatment: t, Part: "rule", Collection: is.Name, Name: name}, "%s %s.", reason, name)
	}
	before, after := was.uniqueKeys(is), is.uniqueKeys(is)
	for _, key := range after {
		if !slices.Contains(before, key) {
			rule(Tested, key, fmt.Sprintf("Records of %q have to be unique in", is.Name))
		}
	}
	for _, key := range before {
		if !slices.Contains(after, key) {
			rule(Automatic, key, fmt.Sprintf("Records of %q need not be unique any more in", is.Name))
		}
	}
	for _, check := range is.Checks {
		if !slices.Contains(was.Checks, check) && !slices.ContainsFunc(was.Checks, func(c Check) bool { return c.Rule == check.Rule && c.Each == check.Each }) {
			rule(Tested, check.Rule, fmt.Sprintf("Records of %q have to keep the check", is.Name))
		}
	}
	for _, x := range is.Exclude {
		if !slices.ContainsFunc(was.Exclude, func(o Exclude) bool {
			return slices.Equal(o.Fields, x.Fields) && o.From == x.From && o.To == x.To && o.When == x.When
		}) {
			rule(Tested, x.From+" to "+x.To, fmt.Sprintf("Ranges of %q may not overlap:", is.Name))
		}
	}
	for _, index := range is.Index {
		if !slices.ContainsFunc(was.Index, func(o []string) bool { return slices.Equal(o, index) }) {
			d.add(Change{Treatment: Automatic, Part: "index", Collection: is.Name, Name: strings.Join(index, ", ")}, "%q has an index over %s.", is.Name, strings.Join(index, ", "))
		}
	}
}

// uniqueKeys writes the unique rules of the collection and its fields, by the
// names that the fields have in the next version.
func (c *Collection) uniqueKeys(next *Collection) []string {
	var keys []string
	for _, rule := range c.uniqueRules() {
		names := make([]string, len(rule.Fields))
		for i, name := range rule.Fields {
			names[i] = strings.Replace(name, columnOf(name), next.nowCalled(columnOf(name)), 1)
		}
		key := strings.Join(names, ", ")
		if rule.When != "" {
			key += " when " + rule.When
		}
		keys = append(keys, key)
	}
	return keys
}

// nowCalled returns the name that a field of the version before has.
func (c *Collection) nowCalled(name string) string {
	if c.field(name) != nil {
		return name
	}
	for _, f := range c.Fields {
		if slices.Contains(f.Was, name) {
			return f.Name
		}
	}
	return name
}

// nowAllCalled is nowCalled for several fields.
func (c *Collection) nowAllCalled(names []string) []string {
	now := make([]string, len(names))
	for i, name := range names {
		now[i] = c.nowCalled(name)
	}
	return now
}

// actions compares the actions of a collection, or of the module.
func (d *differ) actions(collection string, was, is []Action) {
	named := func(actions []Action, name string) bool {
		return slices.ContainsFunc(actions, func(a Action) bool { return a.Name == name })
	}
	renamed := map[string]bool{}
	for _, a := range is {
		if named(was, a.Name) {
			continue
		}
		c := Change{Treatment: Automatic, Part: "action", Collection: collection, Name: a.Name}
		for _, name := range a.Was {
			if named(was, name) && !named(is, name) {
				c.Treatment, c.Old = Renamed, name
				renamed[name] = true
			}
		}
		if c.Old != "" {
			d.add(c, "Action %q is called %q now.", c.Old, a.Name)
		} else {
			d.add(c, "Action %q is new.", a.Name)
		}
	}
	for _, a := range was {
		if !named(is, a.Name) && !renamed[a.Name] {
			d.add(Change{Treatment: Removed, Part: "action", Collection: collection, Name: a.Name}, "Action %q is gone, with its permission and address.", a.Name)
		}
	}
}

// events compares what comes with the events of the two versions.
func (d *differ) events() {
	next := d.next.Events()
	for _, was := range d.old.Events() {
		i := slices.IndexFunc(next, func(e EventType) bool { return e.Name == was.Name })
		if i < 0 {
			d.add(Change{Treatment: Removed, Part: "event", Collection: was.Collection, Name: was.Event}, "Event %q is gone.", was.Name)
			continue
		}
		is := next[i]
		c := Change{Treatment: Versioned, Part: "event", Collection: is.Collection, Name: is.Event}
		switch {
		case is.Version < was.Version:
			c.Treatment = Refused
			d.add(c, "Event %q goes back from version %d to %d.", is.Name, was.Version, is.Version)
		case is.Version > was.Version:
			d.add(c, "Event %q has version %d.", is.Name, is.Version)
		case lacks(is.Data, was.Data):
			c.Treatment, c.Hint = Refused, fmt.Sprintf("Describe it under \"events\" with \"version: %d\".", was.Version+1)
			d.add(c, "Event %q tells less than before under the same version.", is.Name)
		}
	}
}

// lacks says whether the new data has not all that the old data has.
func lacks(is, was []Field) bool {
	return slices.ContainsFunc(was, func(f Field) bool {
		now := fieldNamed(is, f.Name)
		return now == nil || now.Kind != f.Kind || now.Many != f.Many
	})
}

// contracts compares what the versions offer to others.
func (d *differ) contracts() {
	for _, was := range d.old.Offers {
		i := slices.IndexFunc(d.next.Offers, func(o Offer) bool { return o.Contract == was.Contract })
		c := Change{Treatment: Refused, Part: "contract", Name: was.Contract}
		if i < 0 {
			c.Hint = "Offer it until no module uses it."
			d.add(c, "Contract %q is not offered any more.", was.Contract)
			continue
		}
		is := d.next.Offers[i]
		switch {
		case is.Version > was.Version:
			c.Treatment = Versioned
			d.add(c, "Contract %q has version %d.", is.Contract, is.Version)
		case is.Version < was.Version, offersLess(was, is):
			c.Hint = "Give it a new version."
			d.add(c, "Contract %q offers less than before.", is.Contract)
		}
	}
}

func offersLess(was, is Offer) bool {
	for collection, fields := range was.Records {
		if grows(is.Records[collection], fields) {
			return true
		}
	}
	return grows(is.Actions, was.Actions) || grows(is.Events, was.Events)
}

// settings compares the settings, of which each site keeps its values.
func (d *differ) settings() {
	for i := range d.next.Settings {
		is := &d.next.Settings[i]
		was := fieldNamed(d.old.Settings, is.Name)
		c := Change{Treatment: Automatic, Part: "setting", Field: is.Name}
		switch {
		case was == nil:
			d.add(c, "Setting %q is new.", is.Name)
		case !d.widens(was, is):
			c.Treatment, c.Hint = Refused, "Give the new setting another name."
			d.add(c, "Setting %q changes from %s to %s.", is.Name, was.Kind, is.Kind)
		case is.Required && !was.Required && is.Default == nil:
			c.Treatment = Tested
			d.add(c, "Setting %q is required now.", is.Name)
		default:
			for _, reason := range tightened(was, is) {
				c.Treatment = Tested
				d.add(c, "Setting %q %s.", is.Name, reason)
			}
		}
	}
	for _, was := range d.old.Settings {
		if fieldNamed(d.next.Settings, was.Name) == nil {
			d.add(Change{Treatment: Removed, Part: "setting", Field: was.Name}, "Setting %q is gone.", was.Name)
		}
	}
}

// uniqueRules returns the rules of the collection and of its fields alike.
func (c *Collection) uniqueRules() []Unique {
	var rules []Unique
	for _, f := range c.Fields {
		if f.Unique {
			rules = append(rules, Unique{Fields: []string{f.Name}})
		}
	}
	return append(rules, c.Unique...)
}

func (m *Manifest) collection(name string) *Collection {
	i := slices.IndexFunc(m.Collections, func(c *Collection) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return m.Collections[i]
}
