package collection

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Shape is which fields of a form are shown while it is filled in.
type Shape struct {
	Hidden map[string]bool // by name: fields and sections' fields whose condition does not hold
	Asked  map[string]bool // by name: fields on whose values that depends
}

// Shape works out what the form of a record shows when the values are written
// into it: of a new record when the id is zero. Nothing is asked for collections
// without conditions.
func (r Records) Shape(ctx context.Context, id uuid.UUID, v Values) (Shape, error) {
	asked, conditional := r.Collection.asked()
	if !conditional {
		return Shape{}, nil
	}
	d := r.newDraft(uuid.New())
	if id != uuid.Nil {
		old, err := r.loadLocked(ctx, id, "")
		if err != nil {
			return Shape{}, err
		}
		if old == nil {
			return Shape{}, errs.Missing()
		}
		d = old.next()
	}
	if err := d.give(v); err != nil && errs.Of(err) == nil {
		return Shape{}, err
	}
	if _, err := d.reckon(ctx, r.Collection.scheme); err != nil {
		return Shape{}, fmt.Errorf("work out a form: %w", err)
	}
	shape := Shape{Hidden: map[string]bool{}, Asked: asked}
	for _, f := range r.Collection.fields {
		if d.absent[f.key] {
			shape.Hidden[f.Name] = true
		}
	}
	for _, s := range r.Collection.sections {
		holds, err := d.admits(ctx, s.when)
		if err != nil {
			return Shape{}, fmt.Errorf("section %q: %w", s.Label, err)
		}
		for _, name := range s.Fields {
			shape.Hidden[name] = shape.Hidden[name] || !holds
		}
	}
	return shape, nil
}

// section is a group of the form that is shown under a condition.
type section struct {
	manifest.Section
	when rule
}

// compileSections parses the conditions of the form's sections.
func (m *Module) compileSections(c *Collection) error {
	for _, declared := range c.Form.Sections {
		if declared.When == "" {
			continue
		}
		when, err := c.newRule(declared.When, "", m.roots())
		if err != nil {
			return fmt.Errorf("section %q: %w", declared.Label, err)
		}
		c.sections = append(c.sections, section{declared, when})
	}
	return nil
}

// asked are the fields that conditions of fields and sections read, through
// what is worked out of others; false when there is no condition.
func (c *Collection) asked() (map[string]bool, bool) {
	asked := map[string]bool{}
	conditional := false
	var follow func(names []string)
	follow = func(names []string) {
		for _, name := range names {
			name = fieldIn(name)
			if asked[name] {
				continue
			}
			asked[name] = true
			if one := c.scheme.byName[name]; one != nil {
				follow(one.reads)
			}
		}
	}
	for _, f := range c.fields {
		if f.rules == nil || f.rules.when == nil {
			continue
		}
		conditional = true
		for _, path := range expr.Paths(f.rules.when) {
			follow(c.reading(nil, path).steps)
		}
	}
	for _, s := range c.sections {
		conditional = true
		follow(slices.Clone(s.when.reads))
	}
	return asked, conditional
}
