package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Sow writes the records of seeds, which are of one country at most, in an order
// in which each is there before others refer to it. They meet every rule that a
// new record meets; checks that read other records are tested when all are there.
// It runs within one transaction, and what is wrong is Invalid "seed_refused"
// with file, key and field as its paths.
func (a Acting) Sow(ctx context.Context, m *Module, seeds []manifest.Seed) error {
	b := seedbed{acting: a, module: m, ids: map[string]uuid.UUID{}}
	var left []seedling
	for _, s := range seeds {
		in, ok := m.Collection(s.Collection)
		if !ok {
			return fmt.Errorf("seeds: there is no collection %q", s.Collection)
		}
		file := "seed/"
		if s.Country != "" {
			file += s.Country + "/"
		}
		for _, record := range s.Records {
			id, err := newRecordID()
			if err != nil {
				return err
			}
			b.ids[seedName(in, record.Key)] = id
			left = append(left, seedling{in: in, id: id, path: file + s.Collection + ".yaml:" + record.Key, SeedRecord: record})
		}
	}
	done := map[string]bool{}
	for len(left) > 0 {
		var waiting []seedling
		for _, s := range left {
			if slices.ContainsFunc(s.needs(), func(name string) bool { return b.ids[name] != uuid.Nil && b.ids[name] != s.id && !done[name] }) {
				waiting = append(waiting, s)
				continue
			}
			if err := b.plant(ctx, s); err != nil {
				return s.refused(err)
			}
			done[seedName(s.in, s.Key)] = true
		}
		if len(waiting) == len(left) {
			return left[0].refused(errs.BadFields(wrong("reference_missing", "Refers to a record that refers back to it.").at("")))
		}
		left = waiting
	}
	return b.verify(ctx)
}

// seedbed is where seeds become records.
type seedbed struct {
	acting Acting
	module *Module
	ids    map[string]uuid.UUID // of the records, by seedName
	later  []*draft
	rows   []seedling // of later
}

// seedling is a record that is not written yet.
type seedling struct {
	manifest.SeedRecord
	in   *Collection
	id   uuid.UUID
	path string
}

// seedName tells the keys of collections apart.
func seedName(in *Collection, key string) string { return in.Name + " " + key }

// needs are the names of the seeds that the record refers to.
func (s seedling) needs() []string {
	var names []string
	add := func(f *Field, declared any) {
		target := f.target
		if target == nil {
			target = f.listed()
		}
		if target == nil {
			return
		}
		switch v := declared.(type) {
		case string:
			names = append(names, seedName(target, v))
		case []string:
			for _, key := range v {
				names = append(names, seedName(target, key))
			}
		}
	}
	for name, declared := range s.Values {
		f := s.in.byName[name]
		lines, _ := declared.([]map[string]any)
		for _, line := range lines {
			for name, declared := range line {
				add(f.lines.byName[name], declared)
			}
		}
		add(f, declared)
	}
	return names
}

// refused is the error of a record, with its file and key.
func (s seedling) refused(err error) error {
	e := errs.Of(err)
	if e == nil || e.Kind == errs.Internal {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	refused := errs.New(errs.Invalid, "seed_refused", "The records that the module begins with cannot be written on this site.").WithCause(err)
	for _, f := range e.Fields {
		f.Path = joinPath(s.path, f.Path)
		refused.Fields = append(refused.Fields, f)
	}
	if refused.Fields == nil {
		refused.Fields = []errs.Field{{Path: s.path, Code: e.Code, Message: e.Message}}
	}
	return refused
}

// plant writes one record.
func (b *seedbed) plant(ctx context.Context, s seedling) error {
	r := b.acting.Own(s.in)
	before := len(b.later)
	r.later = &b.later
	values, as := Values{}, &manifest.Action{Name: "seed", Scope: "collection", Set: map[string]any{}}
	var found complaints
	for name, declared := range s.Values {
		f := s.in.byName[name]
		if _, computed := declared.(manifest.Expression); computed {
			as.Set[name] = declared
			continue
		}
		if f.Kind == manifest.KindState {
			state, _ := declared.(string)
			if state == (stateKind{}).initial(f) {
				continue
			}
			if as.To != "" {
				found.add(f.key, wrong("readonly", "Only one state can be given."))
			}
			as.To, as.Field = state, f.Name
			continue
		}
		value, p := b.value(r, f, declared)
		found.add(f.key, p)
		values[f.Name] = value
	}
	var run *runnable
	if len(as.Set) > 0 || as.To != "" {
		var err error
		if run, err = b.module.compileAction(s.in, as); err != nil {
			return err
		}
	}
	_, err := r.create(ctx, s.id, append(found, s.in.check(values, Access{})...), values, run, nil)
	for range b.later[before:] {
		b.rows = append(b.rows, s)
	}
	return err
}

// value reads what a manifest says of a field.
func (b *seedbed) value(r Records, f *Field, declared any) (any, *problem) {
	at := r.moment()
	at.currency = r.Collection.assumed(f, r.Currency)
	switch v := declared.(type) {
	case nil:
		return nil, nil
	case manifest.Expression:
		return f.computed(v, at)
	case []map[string]any:
		lines := make([]Line, len(v))
		var found *problem
		for i, given := range v {
			lines[i].Values = Values{}
			for name, declared := range given {
				line := f.lines.byName[name]
				value, p := b.value(r, line, declared)
				if p == nil {
					p = checkValue(line, value)
				}
				found = found.and(p.within(line.key).within(fmt.Sprintf("[%d]", i)))
				lines[i].Values[line.Name] = value
			}
		}
		return lines, found
	case string:
		if f.target != nil {
			return b.id(f.target, v)
		}
	case []string:
		if target := f.listed(); target != nil {
			ids := make([]uuid.UUID, len(v))
			for i, key := range v {
				id, p := b.id(target, key)
				if p != nil {
					return nil, p
				}
				ids[i], _ = id.(uuid.UUID)
			}
			return ids, nil
		}
	}
	switch f.Kind {
	case manifest.KindLocation, manifest.KindJSON:
		raw, err := json.Marshal(declared)
		if err != nil {
			return nil, notJSON()
		}
		return f.kind.decode(f, raw, at.currency)
	}
	return f.kind.literal(f, declared, at)
}

// id is the record that a key stands for.
func (b *seedbed) id(target *Collection, key string) (any, *problem) {
	id, ok := b.ids[seedName(target, key)]
	if !ok {
		return nil, wrong("reference_missing", "There is no seed %q of %s here.", key, target.Name)
	}
	return id, nil
}

// verify tests what reads other records, now that all are there.
func (b *seedbed) verify(ctx context.Context) error {
	for i, d := range b.later {
		d.records.Scope = b.acting.Scope
		statements, err := d.verify()
		if err == nil && len(statements) > 0 {
			err = d.records.Collection.explainFor(d.records.Scope.Batch(ctx, statements...), d)
		}
		if err != nil {
			return b.rows[i].refused(err)
		}
	}
	return nil
}
