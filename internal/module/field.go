package module

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// OwnField is a field that a site added to a collection of a module. Its key
// and kind never change; it may be retired, which hides it and keeps its values.
type OwnField struct {
	Module     uuid.UUID  `db:"module_id"`
	Collection string     `db:"collection"`
	Key        string     `db:"key"` // addressed as "x_" + Key
	Kind       string     `db:"kind"`
	Label      string     `db:"label"`
	Help       string     `db:"help"`
	Options    []Option   `db:"options"` // of a choice
	Required   bool       `db:"required"`
	Position   int        `db:"position"` // among the collection's, from 1
	RetiredAt  *time.Time `db:"retired_at"`
}

// Option is one value of a choice that a site defined.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Name is how the field is addressed.
func (f OwnField) Name() string { return "x_" + f.Key }

// declared is the field as a manifest would declare it.
func (f OwnField) declared() manifest.Field {
	out := manifest.Field{
		Name: f.Name(), Kind: f.Kind, Label: f.Label, Help: f.Help, Required: f.Required, OnDelete: "restrict",
	}
	if f.Kind == manifest.KindDecimal {
		out.Scale = ownScale
	}
	for _, o := range f.Options {
		out.Options = append(out.Options, manifest.Option{Value: o.Value, Label: cmp.Or(o.Label, o.Value)})
	}
	return out
}

// declaredFields are the fields by their collections.
func declaredFields(own []OwnField) map[string][]manifest.Field {
	fields := map[string][]manifest.Field{}
	for _, f := range own {
		fields[f.Collection] = append(fields[f.Collection], f.declared())
	}
	return fields
}

const (
	// ownScale is how many digits an own decimal has after the point.
	ownScale = 4
	// mostOwn is how many fields a site may add to a collection, retired ones included.
	mostOwn = 100
	// mostOptions is how many options an own choice may have.
	mostOptions = 200
)

var (
	ownKeyRE    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,37}$`)
	ownOptionRE = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,40}$`)
)

const ownColumns = `module_id, collection, key, kind, label, help, options, required, position, retired_at`

func ownFields(ctx context.Context, q pg.Querier, site uuid.UUID, of *uuid.UUID) ([]OwnField, error) {
	return pg.All[OwnField](ctx, q, `
		select `+ownColumns+` from platform.custom_field
		where site_id = $1 and ($2::uuid is null or module_id = $2)
		order by module_id, collection, position, key`, site, of)
}

// SiteFields returns the fields in use that a site added to all its modules, in
// their order.
func (c *Catalogue) SiteFields(ctx context.Context, site uuid.UUID) ([]OwnField, error) {
	all, err := ownFields(ctx, c.db.Pool(), site, nil)
	return slices.DeleteFunc(all, func(f OwnField) bool { return f.RetiredAt != nil }), err
}

// Fields returns all fields that a site added to an installed module, retired
// ones included.
func (c *Catalogue) Fields(ctx context.Context, site uuid.UUID, name string) ([]OwnField, error) {
	i, err := c.Find(ctx, site, name)
	if err != nil {
		return nil, err
	}
	return ownFields(ctx, c.db.Pool(), site, &i.Module)
}

// AddField adds a field to a collection of an installed module, behind the
// others. A key that was ever used is Conflict.
func (c *Catalogue) AddField(ctx context.Context, by audit.Actor, site SiteRef, name string, f OwnField) (OwnField, error) {
	err := c.changeFields(ctx, by, site, name, func(tx pgx.Tx, i Installation, all []OwnField) (OwnField, string, error) {
		f.Module, f.Position, f.RetiredAt = i.Module, 1, nil
		for _, other := range all {
			if other.Collection != f.Collection {
				continue
			}
			if other.Key == f.Key {
				return f, "", errs.New(errs.Conflict, "field_exists", "The collection already has the field %s.", f.Name())
			}
			f.Position = max(f.Position, other.Position+1)
		}
		if f.Position > mostOwn {
			return f, "", errs.New(errs.Invalid, "too_many_fields", "A collection has at most %d fields of the site's own.", mostOwn)
		}
		return f, "field_added", c.checkField(ctx, tx, i, f, append(all, f))
	}, &f)
	return f, err
}

// FieldChange is what to change of a site's own field; nil leaves it as it is.
type FieldChange struct {
	Label, Help *string
	Options     []Option // nil: as they are. An option that records have may go; they keep it.
	Required    *bool
	Position    *int // from 1
	Retired     *bool
}

// ChangeField changes a field that a site added.
func (c *Catalogue) ChangeField(ctx context.Context, by audit.Actor, site SiteRef, name, collection, key string, change FieldChange) (OwnField, error) {
	var f OwnField
	err := c.changeFields(ctx, by, site, name, func(tx pgx.Tx, i Installation, all []OwnField) (OwnField, string, error) {
		at := slices.IndexFunc(all, func(f OwnField) bool { return f.Collection == collection && f.Key == key })
		if at < 0 {
			return f, "", errs.Missing()
		}
		f, did := change.apply(all[at], c.now())
		if did == "" {
			return f, "", errUnchanged
		}
		if f.Position != all[at].Position {
			if err := shift(ctx, tx, site.ID, all[at], f.Position); err != nil {
				return f, "", err
			}
		}
		all[at] = f
		return f, did, c.checkField(ctx, tx, i, f, all)
	}, &f)
	return f, err
}

// apply returns the changed field, and what was done; empty for nothing.
func (change FieldChange) apply(f OwnField, now time.Time) (OwnField, string) {
	before, did := f, ""
	if change.Label != nil {
		f.Label = *change.Label
	}
	if change.Help != nil {
		f.Help = *change.Help
	}
	if change.Required != nil {
		f.Required = *change.Required
	}
	if change.Position != nil {
		f.Position = min(max(*change.Position, 1), mostOwn)
	}
	if f.Label != before.Label || f.Help != before.Help || f.Required != before.Required || f.Position != before.Position {
		did = "field_changed"
	}
	if change.Options != nil && !slices.Equal(change.Options, f.Options) {
		f.Options, did = change.Options, "field_changed"
	}
	switch {
	case change.Retired == nil:
	case *change.Retired && f.RetiredAt == nil:
		f.RetiredAt, did = &now, "field_retired"
	case !*change.Retired && f.RetiredAt != nil:
		f.RetiredAt, did = nil, "field_restored"
	}
	return f, did
}

// shift makes room for a field at another position of its collection.
func shift(ctx context.Context, tx pgx.Tx, site uuid.UUID, f OwnField, to int) error {
	_, err := tx.Exec(ctx, `
		update platform.custom_field
		set position = position + case when $4::int < $5::int then 1 else -1 end
		where site_id = $1 and module_id = $2 and collection = $3 and key <> $6
			and position between least($4, $5 + 1) and greatest($4, $5 - 1)`,
		site, f.Module, f.Collection, to, f.Position, f.Key)
	return err
}

// changeFields runs one change of a site's own fields of a module: it stores
// the field that fn returns and writes down what was done.
func (c *Catalogue) changeFields(ctx context.Context, by audit.Actor, site SiteRef, name string,
	fn func(pgx.Tx, Installation, []OwnField) (OwnField, string, error), into *OwnField,
) error {
	err := c.db.Change(ctx, func(tx pgx.Tx) error {
		i, err := present(ctx, tx, site, name)
		if err != nil {
			return err
		}
		if !i.State.Live() {
			return errs.Missing()
		}
		all, err := ownFields(ctx, tx, site.ID, &i.Module)
		if err != nil {
			return err
		}
		f, did, err := fn(tx, i, all)
		*into = f
		if err != nil {
			return err
		}
		if err := saveField(ctx, tx, site.ID, by, f, c.now()); err != nil {
			return err
		}
		return c.logStep(ctx, tx, by, site.Agency, i, did, map[string]any{"field": f.Collection + "." + f.Name(), "kind": f.Kind})
	})
	if err := settle(err); err != nil {
		return fmt.Errorf("fields of %s: %w", name, err)
	}
	return nil
}

func saveField(ctx context.Context, tx pgx.Tx, site uuid.UUID, by audit.Actor, f OwnField, now time.Time) error {
	if f.Options == nil {
		f.Options = []Option{}
	}
	creator := uuid.NullUUID{UUID: by.ID, Valid: by.ID != uuid.Nil}
	_, err := tx.Exec(ctx, `
		insert into platform.custom_field (site_id, `+ownColumns+`, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		on conflict (site_id, module_id, collection, key) do update
		set label = excluded.label, help = excluded.help, options = excluded.options, required = excluded.required,
			position = excluded.position, retired_at = excluded.retired_at`,
		site, f.Module, f.Collection, f.Key, f.Kind, f.Label, f.Help, f.Options, f.Required, f.Position, f.RetiredAt, now, creator)
	return err
}

// checkField holds a field against the rules, with all fields of its module.
func (c *Catalogue) checkField(ctx context.Context, tx pgx.Tx, i Installation, f OwnField, all []OwnField) error {
	release, err := c.releaseOf(ctx, tx, i)
	if err != nil {
		return err
	}
	wrong := f.complaints()
	in, ok := release.Module.Collection(f.Collection)
	if !ok || !in.Custom {
		wrong = append(wrong, errs.Field{Path: "collection", Code: "unknown", Message: "This collection takes no fields of a site's own."})
	}
	if len(wrong) > 0 {
		return errs.BadFields(wrong...)
	}
	// What two fields would keep under one name does not compile.
	if _, err := release.Module.Variant(release.Manifest.WithOwn(declaredFields(all), ""), ""); err != nil {
		return errs.BadFields(errs.Field{Path: "key", Code: "taken", Message: "This key is taken by a field or a part of one."})
	}
	return nil
}

// complaints are what is wrong with the field by itself.
func (f OwnField) complaints() []errs.Field {
	var wrong []errs.Field
	complain := func(path, code, message string) {
		wrong = append(wrong, errs.Field{Path: path, Code: code, Message: message})
	}
	if !ownKeyRE.MatchString(f.Key) {
		complain("key", "pattern", "Use up to 38 small letters, digits and underscores, a letter first.")
	}
	if !slices.Contains(manifest.OwnKinds(), f.Kind) {
		complain("kind", "unknown", "Must be one of "+strings.Join(manifest.OwnKinds(), ", ")+".")
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(f.Label)); n == 0 || n > 80 {
		complain("label", "length", "Write a label of up to 80 characters.")
	}
	if utf8.RuneCountInString(f.Help) > 300 {
		complain("help", "length", "Write at most 300 characters.")
	}
	if (f.Kind == manifest.KindChoice) != (len(f.Options) > 0) {
		complain("options", "options", "A choice has options, and no other kind has.")
	}
	if len(f.Options) > mostOptions {
		complain("options", "too_many", fmt.Sprintf("Give at most %d options.", mostOptions))
	}
	seen := map[string]bool{}
	for _, o := range f.Options {
		if !ownOptionRE.MatchString(o.Value) || seen[o.Value] || utf8.RuneCountInString(o.Label) > 80 {
			complain("options", "pattern", "Options have different values of small letters, digits, hyphens and underscores, and labels of up to 80 characters.")
			break
		}
		seen[o.Value] = true
	}
	return wrong
}
