package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// languageTag is what a language of content may be called in SQL and in keys of
// the column i18n: BCP 47, as the site has it.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// checkLanguage refuses what is no language tag; the empty one is the site's
// own language.
func checkLanguage(tag string) error {
	if tag != "" && !languageTag.MatchString(tag) {
		return fmt.Errorf("%q is no language", tag)
	}
	return nil
}

// Translates reports whether any collection keeps values in several languages.
func (m *Module) Translates() bool {
	return slices.ContainsFunc(m.collections, func(c *Collection) bool { return c.Translatable() != nil })
}

// Translated returns the columns that have values in several languages, by the
// qualified and quoted table: what the column i18n of its records calls them.
func (m *Module) Translated() map[string][]string {
	columns := map[string][]string{}
	for _, c := range m.collections {
		for _, f := range c.Translatable() {
			columns[c.table] = append(columns[c.table], f.columns[0].Name)
		}
	}
	return columns
}

// Translatable returns the fields that have a value in each language of the site.
func (c *Collection) Translatable() []*Field {
	var all []*Field
	for _, f := range c.fields {
		if f.Translatable {
			all = append(all, f)
		}
	}
	return all
}

// translatedSQL reads a translatable field from a row under the alias s: in the
// language, and without a translation in the site's own.
func translatedSQL(f *Field, language string) string {
	name := f.columns[0].Name
	return "coalesce(s." + quote("i18n") + "->'" + language + "'->>'" + name + "', s." + quote(name) + ")"
}

// Translations returns the record's values in the other languages as a JSON
// object of language and field, of those fields only that the actor may read:
// {"de": {"name": "Zelt"}}. A record that the actor cannot see is NotFound.
func (r Records) Translations(ctx context.Context, id uuid.UUID) ([]byte, error) {
	args := r.newArgs()
	where, err := r.one(id, args)
	if err != nil {
		return nil, err
	}
	var found []byte
	err = r.Scope.Batch(ctx, pg.Statement{
		SQL:  "select " + r.Collection.translationsSQL(r.Access, "t."+quote("i18n")) + " from " + r.Collection.from() + " where " + where,
		Args: args.Values, Read: pg.JSON(&found),
	})
	if err != nil {
		return nil, fmt.Errorf("translations of %s: %w", r.Collection.Name, err)
	}
	if found == nil {
		return nil, errs.Missing()
	}
	return found, nil
}

// translationsSQL is the JSON of translated values, in the SQL of a column i18n,
// by the fields' names and without the hidden ones.
func (c *Collection) translationsSQL(a Access, i18n string) string {
	var names []string
	for _, f := range c.Translatable() {
		if a.Visible(f.Name) {
			names = append(names, "('"+f.key+"', '"+f.columns[0].Name+"')")
		}
	}
	if names == nil {
		return "'{}'::json"
	}
	return `(select coalesce(json_object_agg(l.key, v.texts order by l.key) filter (where v.texts is not null), '{}')
		from jsonb_each(` + i18n + `) l, lateral (
			select json_object_agg(n.field, l.value -> n.kept) texts
			from (values ` + strings.Join(names, ", ") + `) n (field, kept) where l.value ->> n.kept is not null) v)`
}

// Translate sets the record's values in another language of the site; an empty
// one takes the translation away, so that the value in the site's own language
// shows again. Only translatable fields are taken. Versions, rows that may not
// be changed and locks are as with Update; rules of values are kept, but none is
// required.
func (r Records) Translate(ctx context.Context, id uuid.UUID, language string, v Values, version *int64) error {
	if err := checkLanguage(language); err != nil || language == "" {
		return errs.New(errs.Invalid, "unknown_language", "%q is no language.", language)
	}
	texts, fields, err := r.translated(v)
	if err != nil {
		return err
	}
	if r.Collection.AppendOnly {
		return appendOnly()
	}
	return r.transact(ctx, func(r Records) error {
		old, err := r.present(ctx, id, version)
		if err != nil {
			return err
		}
		if err := r.permits(ctx, "update", old); err != nil {
			return err
		}
		if err := old.closedFor(ctx, fields); err != nil {
			return err
		}
		args := r.newArgs()
		column := quote("i18n")
		sql := "update " + r.Collection.table + " as t set version = t.version + 1, updated_at = " + args.Add(r.stamp()) +
			"::timestamptz, updated_by = " + args.Add(r.actor()) + "::uuid, " + column + " = t." + column + " || jsonb_build_object('" +
			language + "', jsonb_strip_nulls(coalesce(t." + column + "->'" + language + "', '{}') || " + args.Add(texts) +
			"::jsonb)) where t.site_id = $1::uuid and t.id = " + args.Add(id.String()) + "::uuid"
		if err := r.Scope.Batch(ctx, pg.Statement{SQL: sql, Args: args.Values}); err != nil {
			return fmt.Errorf("translate %s: %w", r.Collection.Name, err)
		}
		return nil
	})
}

// translated checks values in another language, and returns them as the column
// i18n keeps them: null for what is taken away.
func (r Records) translated(v Values) (texts string, fields []*Field, err error) {
	var found complaints
	values := map[string]any{}
	for name, value := range v {
		f, ok := r.Collection.byName[name]
		switch {
		case name == versionKey:
		case !ok || !r.Access.Visible(name):
			found = append(found, unknownField(name, nil))
		case !f.Translatable:
			found.add(f.key, wrong("not_translatable", "Has one value for all languages."))
		case value == nil:
			values[f.columns[0].Name] = nil
			fields = append(fields, f)
		default:
			found.add(f.key, f.kind.check(f, value))
			values[f.columns[0].Name] = value
			fields = append(fields, f)
		}
	}
	slices.SortStableFunc(found, func(x, y errs.Field) int { return strings.Compare(x.Path, y.Path) })
	if err := found.err(); err != nil {
		return "", nil, err
	}
	body, err := json.Marshal(values)
	if err != nil {
		return "", nil, fmt.Errorf("write translations: %w", err)
	}
	return string(body), fields, nil
}

// DecodeTranslation reads a record's values in another language as JSON, as
// DecodeJSON but that none is required.
func (c *Collection) DecodeTranslation(body []byte, currency string) (Values, error) {
	return c.decodeJSON(body, currency, c.optional(), true)
}

// DecodeTranslationForm reads them from a form.
func (c *Collection) DecodeTranslationForm(form url.Values, loc Locale) (Values, error) {
	return c.decodeForm(form, loc, c.optional())
}

// optional are the fields that callers may write, none of which is required.
func (c *Collection) optional() []*Field {
	fields := c.inputs()
	for i, f := range fields {
		declared, relaxed := *f.Field, *f
		declared.Required = false
		relaxed.Field = &declared
		fields[i] = &relaxed
	}
	return fields
}
