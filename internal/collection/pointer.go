package collection

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// pointer is a parameter of an action, or a field of one's lines, that points at
// records.
type pointer struct {
	param *Field
	line  *Field // nil: the parameter itself
	aimed *Field // which of the two points, as a copy that knows where
}

// pointers are those of the parameters. What points where is known of fields
// only, and most parameters that point at something are none.
func (m *Module) pointers(params []*Field) ([]pointer, error) {
	var found []pointer
	add := func(p pointer, f *Field) error {
		aimed := *f
		if f.list != nil {
			list := *f.list
			aimed.list = &list
		}
		if err := m.aim(nil, &aimed); err != nil {
			return fmt.Errorf("parameter %s: %w", p.param.Name, err)
		}
		if of, _ := aimed.pointsInto(); of != nil {
			p.aimed = &aimed
			found = append(found, p)
		}
		return nil
	}
	for _, f := range params {
		if f.lines == nil {
			if err := add(pointer{param: f}, f); err != nil {
				return nil, err
			}
			continue
		}
		for _, line := range f.lines.fields {
			if err := add(pointer{param: f, line: line}, line); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// pointed are the ids in the values of a pointer, each with its path.
func (p pointer) pointed(params Values, each func(path string, id uuid.UUID)) {
	take := func(path string, value any) {
		switch v := value.(type) {
		case uuid.UUID:
			each(path, v)
		case []uuid.UUID:
			for _, id := range v {
				each(path, id)
			}
		}
	}
	if p.line == nil {
		take(p.param.key, params[p.param.Name])
		return
	}
	lines, _ := params[p.param.Name].([]Line)
	for i, l := range lines {
		take(fmt.Sprintf("%s[%d].%s", p.param.key, i, p.line.key), l.Values[p.line.Name])
	}
}

// astray complains about parameters that point at what is not there, or what the
// caller may not read, which is the same to it. Those that are fields are looked
// at when the record is worked out; code that makes none has them as they come.
func (r Records) astray(ctx context.Context, run *runnable, params Values, atLarge bool) (complaints, error) {
	var all []sighting
	var paths []string
	for _, p := range run.pointers {
		if r.Collection.byName[p.param.Name] != nil && !(run.Code && atLarge) {
			continue
		}
		of, in := p.aimed.pointsInto()
		p.pointed(params, func(path string, id uuid.UUID) {
			all, paths = append(all, sighting{sighted: sighted{of, in, id}}), append(paths, path)
		})
	}
	unseen, err := r.unseen(ctx, all)
	if err != nil {
		return nil, err
	}
	var found complaints
	for i, s := range all {
		if unseen[s.sighted] {
			found.add(paths[i], wrong("reference_missing", "Does not exist."))
		}
	}
	return found, nil
}
