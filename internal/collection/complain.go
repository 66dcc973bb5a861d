package collection

import (
	"context"
	"fmt"
	"slices"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// complaints looks at every value that was given or that changed: the rules of
// its kind, and whether it is required. Values that the writer gave were
// checked when they were read. Of a record that comes back every value is looked
// at: another version may have kept it.
func (d *draft) complaints(ctx context.Context, s *scheme) (complaints, error) {
	var found complaints
	k := &reckoning{draft: d, scheme: s}
	for _, one := range s.steps {
		for _, p := range k.places(one) {
			value := k.get(p)
			switch {
			case value != nil && !k.gave(p) && (k.changedAt(p) || k.back):
				found.add(k.path(p), p.field.kind.check(p.field, value))
			case p.field.lines != nil && d.lines[p.field.Name] != nil && d.renewed(p.field.Name):
				found.add(k.path(p), p.field.kind.check(p.field, make([]Line, len(d.lines[p.field.Name]))))
			}
			missing, err := k.missing(ctx, p)
			if err != nil {
				return nil, err
			}
			if missing {
				found.add(k.path(p), required())
			}
		}
	}
	for _, f := range d.records.Collection.fields {
		if f.lines != nil && d.renewed(f.Name) {
			more, err := d.lineComplaints(f)
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
	}
	return append(found, d.unready(found)...), nil
}

func (k *reckoning) changedAt(p place) bool {
	if k.fresh(p) {
		return true
	}
	if p.line != nil {
		return !equalValues(p.line.old[p.field.Name], p.line.values[p.field.Name])
	}
	return k.changed(p.field.Name)
}

// missing reports whether a value is required and not there. A record that
// another version left without it is not held up until the value, or what
// requires it, is written.
func (k *reckoning) missing(ctx context.Context, p place) (bool, error) {
	f := p.field
	if k.get(p) != nil || k.absent[k.path(p)] || f.lines != nil && len(k.lines[f.Name]) > 0 {
		return false, nil
	}
	if _, never := f.kind.(beginner); never && k.fresh(p) {
		return p.computed == nil, nil
	}
	asked := k.fresh(p) || k.gave(p) || k.changedAt(p) || k.back
	if f.Required || f.Kind == manifest.KindState {
		return asked && f.Kind != manifest.KindSequence, nil
	}
	if f.rules.required == nil {
		return false, nil
	}
	own := p.line == nil
	var on rule
	if own {
		k.records.Collection.follow(f.rules.required, &on)
	}
	if !asked && !slices.ContainsFunc(on.reads, k.changed) || k.back && !on.related && expr.ReadsClock(f.rules.required) {
		return false, nil
	}
	if own {
		on.node = f.rules.required
		return k.admits(ctx, on)
	}
	return expr.Admits(f.rules.required, p.line, k.records.Now())
}

// unready looks whether a record has what its state requires.
func (d *draft) unready(already complaints) complaints {
	var found complaints
	for _, f := range d.records.Collection.fields {
		if f.Kind != manifest.KindState {
			continue
		}
		_, to := d.state(f)
		at := slices.IndexFunc(f.Options, func(o manifest.Option) bool { return o.Value == to })
		if at < 0 {
			continue
		}
		for _, name := range f.Options[at].Requires {
			needed, ok := d.records.Collection.byName[name]
			if !ok || d.values[needed.Name] != nil || len(d.lines[needed.Name]) > 0 || !d.renewed(f.Name) && !d.renewed(needed.Name) {
				continue
			}
			if !slices.ContainsFunc(already, func(e errs.Field) bool { return e.Path == needed.key }) {
				found.add(needed.key, wrong("required", "Must be filled in before it can be %s.", optionTitle(f, to)))
			}
		}
	}
	return found
}

// lineComplaints are the rules of lines: unique within the record, and the
// checks of each.
func (d *draft) lineComplaints(f *Field) (complaints, error) {
	var found complaints
	lines := d.lines[f.Name]
	for _, u := range f.LineRules {
		seen := map[string]bool{}
		for i, l := range lines {
			key, empty := "", false
			for _, name := range u.Fields {
				inner, _ := lowered(name)
				if line, ok := f.lines.byName[inner]; ok {
					value := l.values[line.Name]
					empty = empty || value == nil
					key += fmt.Sprintf("%v\x00", value)
				}
			}
			if seen[key] && !empty {
				message := u.Message
				if message == "" {
					message = "Another line has this already."
				}
				found.add(f.key, wrong("unique", "%s", message).within(fmt.Sprintf("[%d]", i)))
			}
			seen[key] = true
		}
	}
	for _, check := range f.lines.checks {
		for i, l := range lines {
			value, err := expr.Eval(check.node, l, d.records.Now())
			if err != nil {
				return nil, fmt.Errorf("check of %s: %w", f.Name, err)
			}
			if value == false {
				found.add(f.key, wrong("rule_broken", "%s", check.says()).within(fmt.Sprintf("[%d]", i)))
			}
		}
	}
	return found, nil
}

// says is what people read of a broken rule.
func (on rule) says() string {
	if on.message != "" {
		return on.message
	}
	return "A rule of this record is broken."
}
