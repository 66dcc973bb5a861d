package collection

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// mention is something that a written value names and no foreign key keeps: a
// member of the site, or a record of any of its modules.
type mention struct {
	path   string
	member uuid.UUID
	record RecordRef // where member is the nil id
}

// mentions reports whether values of the field are looked up when they are written.
func (f *Field) mentions() bool {
	return f.Kind == manifest.KindMember || f.Kind == manifest.KindRecord
}

// mentioned is what a value of the field names, but for the actor, who is there.
func (r Records) mentioned(f *Field, path string, value any) []mention {
	var all []mention
	add := func(path string, member uuid.UUID) {
		if actor := r.Scope.Actor(); !actor.Valid || actor.UUID != member || r.Scope.ActorKind() == actorKey || r.Scope.ActorKind() == actorPerson {
			all = append(all, mention{path: path, member: member})
		}
	}
	if !f.mentions() {
		return nil
	}
	switch v := value.(type) {
	case uuid.UUID:
		add(path, v)
	case []uuid.UUID:
		for i, id := range v {
			add(fmt.Sprintf("%s[%d]", path, i), id)
		}
	case RecordRef:
		all = append(all, mention{path: path, record: v})
	}
	return all
}

// mentionsIn reports whether the values name what has to be looked up.
func (r Records) mentionsIn(fields []*Field, v Values) bool {
	return slices.ContainsFunc(fields, func(f *Field) bool { return r.mentioned(f, "", v[f.Name]) != nil })
}

// ownParams are the parameters that are no fields of the collection; none of no
// action.
func (run *runnable) ownParams(c *Collection) []*Field {
	if run == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(run.params), func(f *Field) bool { return c.byName[f.Name] != nil })
}

// newlyMentioned is what the writer has given to name, and the record did not before:
// who has left since may stay where they are.
func (d *draft) newlyMentioned() []mention {
	var all []mention
	for _, f := range d.records.Collection.fields {
		switch {
		case f.lines != nil && slices.ContainsFunc(f.lines.fields, (*Field).mentions):
			for i, l := range d.lines[f.Name] {
				for _, line := range f.lines.fields {
					if l.given[line.Name] && !equalValues(l.old[line.Name], l.values[line.Name]) {
						all = append(all, d.records.mentioned(line, fmt.Sprintf("%s[%d].%s", f.key, i, line.key), l.values[line.Name])...)
					}
				}
			}
		case d.given[f.Name] && (d.old == nil || !equalValues(d.old.values[f.Name], d.values[f.Name])):
			all = append(all, d.records.mentioned(f, f.key, d.values[f.Name])...)
		}
	}
	return all
}

// lookUp complains about what is not there, within the open transaction: a member
// of another site as about one who never was.
func (r Records) lookUp(ctx context.Context, all []mention) error {
	if len(all) == 0 {
		return nil
	}
	members, err := r.membersAmong(ctx, all)
	if err != nil {
		return fmt.Errorf("look up members: %w", err)
	}
	records, err := r.recordsAmong(ctx, all)
	if err != nil {
		return fmt.Errorf("look up records: %w", err)
	}
	var found complaints
	for _, n := range all {
		if n.member != uuid.Nil && !slices.Contains(members, n.member) || n.member == uuid.Nil && !slices.Contains(records, n.record) {
			found.add(n.path, wrong("reference_missing", "Does not exist."))
		}
	}
	return found.err()
}

// membersAmong are those of the named members who have anything to do with the
// site.
func (r Records) membersAmong(ctx context.Context, all []mention) (there []uuid.UUID, err error) {
	var ids []uuid.UUID
	for _, n := range all {
		if n.member != uuid.Nil {
			ids = append(ids, n.member)
		}
	}
	if ids == nil {
		return nil, nil
	}
	err = r.Scope.Outside(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select distinct m.account_id from platform.site s join platform.member m on m.agency_id = s.agency_id
			where s.id = $1 and m.account_id = any($2) and (m.client_id is null or m.client_id = s.client_id) and (m.site_id is null or m.site_id = s.id)
				and (not m.limited or exists (select from platform.member_site x where x.member_id = m.id and x.site_id = s.id))`, r.Scope.Site(), ids)
		if err == nil {
			there, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		}
		return err
	})
	return there, err
}

// recordsAmong are those of the named records that the site has, in this module
// as far as the writer may point at them, or in another one.
func (r Records) recordsAmong(ctx context.Context, all []mention) (there []RecordRef, err error) {
	byCollection := map[string][]uuid.UUID{}
	for _, n := range all {
		if n.member == uuid.Nil {
			byCollection[n.record.Collection] = append(byCollection[n.record.Collection], n.record.ID)
		}
	}
	for name, ids := range byCollection {
		module, collection, _ := strings.Cut(name, ".")
		in, err := r.anywhere(ctx, module, collection)
		if err == nil && in.Collection.module == r.Collection.module {
			in.Access = r.mayPointAt(in.Collection)
		}
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		args := in.newArgs()
		where, err := in.live(args)
		if err != nil {
			return nil, err
		}
		err = in.Scope.Batch(ctx, pg.Statement{
			SQL:  "select t.id from " + in.Collection.from() + " where " + where + " and t.id = any(" + args.Add(texts(ids)) + "::uuid[])",
			Args: args.Values,
			Read: func(rows pgx.Rows) error {
				found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
				for _, id := range found {
					there = append(there, RecordRef{Collection: name, ID: id})
				}
				return err
			},
		})
		if err != nil {
			return nil, err
		}
	}
	return there, nil
}

// anywhere opens a collection of the site within the open transaction, whatever
// the actor may do there.
func (r Records) anywhere(ctx context.Context, module, name string) (Records, error) {
	if own := r.Collection.module; own.Manifest.ID == module {
		in, ok := own.Collection(name)
		if !ok {
			return Records{}, errs.Missing()
		}
		return r.beside(in), nil
	}
	if r.Caller == nil {
		return Records{}, errs.Missing()
	}
	in, err := r.Caller.Whole(ctx, module, name)
	in.Scope = in.Scope.Beside(r.Scope)
	return in, err
}

// checkGiven is checkValue of what a writer gives: of a filter, its names have to
// exist now. Later its collection may have others, and the filter stays.
func checkGiven(f *Field, value any) *problem {
	if p := checkValue(f, value); p != nil || f.filters == nil || value == nil {
		return p
	}
	address, err := url.ParseQuery(value.(string))
	if err != nil {
		return notFilter("")
	}
	q, err := f.filters.ParseQuery(address)
	if err != nil {
		return notFilter(firstMessage(errs.Of(err)))
	}
	kinds, known := f.filters.visible(Access{})
	_, err = expr.CheckCondition(q.Where, schema{kinds, known, f.filters})
	var broken *expr.Error
	if errors.As(err, &broken) {
		return notFilter(firstMessage(errs.Of(complaints{filterProblem(broken, "")}.err())))
	}
	return nil
}
