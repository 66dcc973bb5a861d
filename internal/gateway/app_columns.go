package gateway

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/screen"
)

// reachColumns reads what a list shows of the records that its own point at
// ("company.name"), in one query for the page. What the actor may not read there
// is no column.
func (c *call) reachColumns(records collection.Records, o *screen.ListOptions, rows []byte) error {
	in := records.Collection
	list := in.List
	for _, view := range in.Lists {
		if view.Name == o.View {
			list = view
		}
	}
	parts := []string{"id"}
	var paths []string
	o.Reached = map[string]manifest.Field{}
	for _, path := range list.Columns {
		steps := strings.Split(path, ".")
		f, ok := c.reached(in, steps)
		if len(steps) == 1 || !ok {
			continue
		}
		first, _ := fieldOf(in, steps[0])
		f.Name, f.Label = path, first.Label+": "+f.Label
		o.Reached[path] = f
		way := steps[len(steps)-1]
		for _, step := range slices.Backward(steps[:len(steps)-1]) {
			way = step + "(" + way + ")"
		}
		parts = append(parts, columnKey(len(paths))+":"+way)
		paths = append(paths, path)
	}
	var ids []struct{ ID uuid.UUID }
	if err := json.Unmarshal(rows, &ids); err != nil {
		return fmt.Errorf("read the rows of a list: %w", err)
	}
	if len(paths) == 0 || len(ids) == 0 {
		return nil
	}
	query, err := in.ParseQuery(url.Values{"select": {strings.Join(parts, ",")}})
	if err != nil {
		return err
	}
	for _, row := range ids {
		query.IDs = append(query.IDs, row.ID)
	}
	query.Limit = len(ids)
	found, err := records.List(c.ctx, query)
	if err != nil {
		return err
	}
	var values []map[string]json.RawMessage
	if err := json.Unmarshal(found.JSON, &values); err != nil {
		return fmt.Errorf("read the columns of a list: %w", err)
	}
	o.Values = map[string]map[string]json.RawMessage{}
	for _, row := range values {
		var id string
		_ = json.Unmarshal(row["id"], &id)
		o.Values[id] = map[string]json.RawMessage{}
		for i, path := range paths {
			value := row[columnKey(i)]
			for _, step := range strings.Split(path, ".")[1:] {
				var at map[string]json.RawMessage
				_ = json.Unmarshal(value, &at) // null where nothing is pointed at
				value = at[step]
			}
			o.Values[id][path] = value
		}
	}
	return nil
}

// columnKey is the name under which a column over references is answered.
func columnKey(n int) string { return "c" + strconv.Itoa(n) }

// fieldOf is a field of the collection by its name.
func fieldOf(in *collection.Collection, name string) (manifest.Field, bool) {
	at := slices.IndexFunc(in.Fields, func(f manifest.Field) bool { return f.Name == name })
	if at < 0 {
		return manifest.Field{}, false
	}
	return in.Fields[at], true
}

// reached is the field at the end of a path over references, if the actor may
// read it and all on the way.
func (c *call) reached(in *collection.Collection, steps []string) (manifest.Field, bool) {
	access, may := c.readable(in)
	f, ok := fieldOf(in, steps[0])
	if !ok || !may || !access.Visible(steps[0]) {
		return manifest.Field{}, false
	}
	if len(steps) == 1 {
		return f, screen.Plain(f)
	}
	target, ok := in.Module().Collection(f.To)
	if f.Kind != manifest.KindReference || f.Many || !ok {
		return manifest.Field{}, false
	}
	return c.reached(target, steps[1:])
}
