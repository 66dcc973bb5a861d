package collection

import (
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// projection returns the select list of the record's JSON over the table t, in
// canonical order whatever order was asked for, so that equal questions are
// equal statements. A name that is unknown or hidden is an error.
func (c *Collection) projection(names []string, a Access, titles []string) (string, error) {
	key := "*"
	if a.Fields != nil {
		key = "f:" + strings.Join(a.Fields, ",")
	}
	key += ";t:" + strings.Join(titles, ",") + ";" + strings.Join(names, ",")
	return c.projections.remember(key, func() (string, error) {
		items, err := c.selected(names, a)
		if err != nil {
			return "", err
		}
		var parts []string
		if slices.Contains(titles, TitleKey) {
			parts = append(parts, column(TitleKey)+" as "+quote(TitleKey))
		}
		for _, i := range items {
			parts = append(parts, i.sql+" as "+quote(i.key))
			if i.field != nil && i.field.target != nil && slices.Contains(titles, i.field.Name) {
				parts = append(parts, i.field.titleSQL()+" as "+quote(i.field.Name+"_title"))
			}
		}
		return strings.Join(parts, ", "), nil
	})
}

// selected returns the items asked for; all visible ones when none is named.
func (c *Collection) selected(names []string, a Access) ([]item, error) {
	var found complaints
	_, known := c.visible(a)
	wanted := map[string]bool{}
	for _, n := range names {
		at := slices.IndexFunc(c.items, func(i item) bool {
			return i.key == n || i.field != nil && i.field.Name == n
		})
		if at < 0 || !a.sees(c.items[at]) {
			found = append(found, unknownIn("select", n, known))
			continue
		}
		wanted[c.items[at].key] = true
	}
	var items []item
	for _, i := range c.items {
		if a.sees(i) && (len(names) == 0 || wanted[i.key]) {
			items = append(items, i)
		}
	}
	return items, found.err()
}

// titleSQL reads the title of the live record that a reference points at: one
// look into the primary key a row, within the same statement.
func (f *Field) titleSQL() string {
	if f.target.titled != nil {
		return column(titleOf(f))
	}
	title, ok := f.target.byName[f.target.Title]
	expression := "x." + quote("id") + "::text"
	if ok && len(title.columns) > 0 {
		expression = "x." + quote(title.columns[0].Name)
		if title.Kind != manifest.KindText && title.Kind != manifest.KindLongtext {
			expression += "::text"
		}
	}
	return "(select " + expression + " from " + f.target.view + " x where x.site_id = t.site_id and x.id = " +
		column(f.columns[0].Name) + " and x.deleted_at is null)"
}
