package module

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/change"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// EraseValues takes the values of fields of records out of the change log and
// the events of a site, as change.Erase does, and returns how many lines that
// changed. Fields are called as in the data API, "lines.note" for one of lines;
// what they were called and stored as in other versions of the module is found
// too. A field that the running version does not have is Invalid "unknown_field".
func (c *Catalogue) EraseValues(ctx context.Context, site uuid.UUID, name, of string, records []uuid.UUID, fields []string) (int64, error) {
	i, err := c.Find(ctx, site, name)
	if err != nil {
		return 0, err
	}
	running, err := c.withAllFields(ctx, i)
	if err != nil {
		return 0, err
	}
	in, ok := running.Module.Collection(of)
	if !ok {
		return 0, errs.Missing()
	}
	places, unknown := in.Places(fields...)
	if len(unknown) > 0 {
		return 0, errs.BadFields(errs.Field{Path: unknown[0], Code: "unknown_field", Message: "There is no such field."})
	}
	var names []string
	for _, f := range fields {
		names = append(names, in.Formerly(f)...)
	}
	all, err := c.provisioned(ctx, c.db.Pool(), i.Module)
	if err != nil {
		return 0, err
	}
	for _, r := range all {
		at := slices.IndexFunc(r.Module.Collections(), in.Shares)
		if at >= 0 {
			there, _ := r.Module.Collections()[at].Places(names...)
			places.Add(there)
		}
	}
	return change.Erase(ctx, c.db, subject(i, places, records))
}

// withAllFields is what the site runs with all fields that it ever added.
func (c *Catalogue) withAllFields(ctx context.Context, i Installation) (*Release, error) {
	own, err := ownFields(ctx, c.db.Pool(), i.Site, &i.Module)
	if err != nil {
		return nil, err
	}
	r, err := c.Release(ctx, i.Module, i.Version)
	if err != nil {
		return nil, err
	}
	return r.variants.find("", own, "", "")
}

func subject(i Installation, p collection.Places, records []uuid.UUID) change.Subject {
	return change.Subject{
		Site: i.Site, Module: i.Short, Collections: p.Collections, Records: records,
		Columns: p.Columns, Own: p.Own, Parts: p.Parts, Keys: p.Keys,
	}
}
