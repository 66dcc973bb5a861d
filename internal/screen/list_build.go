package screen

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// defaultColumns is how many fields a table shows when the manifest names none.
const defaultColumns = 6

// NewList makes the table of a collection from the JSON array that PostgreSQL
// made of its rows. Rows hold id and the fields; references as "<field>_id"
// with "<field>_title" beside it. An error means that the array is malformed.
func NewList(p *i18n.Printer, c *manifest.Collection, rows []byte, o ListOptions) (List, error) {
	records, err := decodeRecords(rows)
	if err != nil {
		return List{}, err
	}
	c = viewed(c, o.View)
	fields := listFields(c, o)
	l := emptyList(p, c, o)
	l.choose(c, fields, o)
	l.chosen = strings.Join(o.Chosen, ",")
	l.Columns = columns(c, fields, o)
	if l.titled = c.TitleExpr != "" && o.Titled || len(fields) == 0; l.titled {
		l.Columns = append([]Column{{Label: firstOf(c.Label, c.Name), Order: Unsorted}}, l.Columns...)
	}
	group, grouped := fieldOf(c, c.List.Group)
	grouped = grouped && (o.Visible == nil || o.Visible(group.Name))
	last := ""
	for _, r := range records {
		r.introduce(p, c.Fields, o.People)
		maps.Copy(r, o.Values[r.text("id")])
		row := l.row(p, c, fields, r, o)
		if value := string(r[key(group)]); grouped && (value != last || len(l.Rows) == 0) {
			row.Group, last = firstOf(oneLine(r.shown(p, group)), p.T("list.group.none", "label", lowerFirst(p, group.Label))), value
		}
		l.Rows = append(l.Rows, row)
	}
	if l.Totals, err = totals(p, c, o.Totals); err != nil {
		return List{}, err
	}
	l.First = int64(o.Offset) + 1
	l.page(o)
	return l, nil
}

// totals writes the sums; what nothing was summed up of is left out.
func totals(p *i18n.Printer, c *manifest.Collection, all []collection.Total) ([]ListTotal, error) {
	var list []ListTotal
	for _, t := range all {
		rows, err := decodeRecords(t.JSON)
		if err != nil {
			return nil, err
		}
		f, _ := fieldOf(c, t.Field)
		total := ListTotal{Label: f.Label}
		for _, r := range rows {
			if text := r.shown(p, f); text != "" {
				total.Sums = append(total.Sums, text)
			}
		}
		slices.Sort(total.Sums) // the database has them in no order
		if len(total.Sums) > 0 {
			list = append(list, total)
		}
	}
	return list, nil
}

// FailedList makes the table's screen when the records could not be read; it
// names the request so that somebody can look it up.
func FailedList(p *i18n.Printer, c *manifest.Collection, o ListOptions, request string) List {
	l := emptyList(p, c, o)
	l.Failed = request
	return l
}

// emptyList fills in what does not depend on the rows.
func emptyList(p *i18n.Printer, c *manifest.Collection, o ListOptions) List {
	l := List{
		Collection: c, Module: o.Module, Base: o.Base, Total: o.Total, Capped: o.Capped,
		Filter: Filter{Value: o.Filter, Order: o.Order}, View: o.View,
	}
	if len(c.Lists) > 0 {
		l.Views = []ui.Tab{{Label: p.T("list.view.all"), URL: o.Base, Current: o.View == ""}}
		for _, view := range c.Lists {
			l.Views = append(l.Views, ui.Tab{Label: view.Label, URL: o.Base + "?view=" + view.Name, Current: o.View == view.Name})
		}
	}
	if c.TitleExpr != "" && o.Titled {
		l.Filter.Field = p.T("list.title")
	} else if f, ok := fieldOf(c, c.Title); ok && manifest.Typed(f.Kind) && (o.Visible == nil || o.Visible(f.Name)) {
		l.Filter.Field = f.Label
	}
	if o.CanCreate {
		l.New = o.Base + "/new"
	}
	l.Chips, l.Refused = chips(p, c, o), o.Refused
	bare := o
	bare.WhereName, bare.Where = "", ""
	l.All = listURL(bare, o.Order, 0)
	if slices.ContainsFunc(c.Fields, func(f manifest.Field) bool { return len(operators(f)) > 0 && (o.Visible == nil || o.Visible(f.Name)) }) {
		l.Narrow = o.Base + "/filter" + strings.TrimPrefix(listURL(o, o.Order, 0), o.Base)
	}
	return l
}

// viewed is the collection with one of its further lists in the place of its own.
func viewed(c *manifest.Collection, view string) *manifest.Collection {
	for _, list := range c.Lists {
		if list.Name == view {
			shown := *c
			shown.List = list
			return &shown
		}
	}
	return c
}

// page sets the ways to the pages around.
func (l *List) page(o ListOptions) {
	end := o.Offset + len(l.Rows)
	if o.Offset > 0 {
		l.Previous = listURL(o, o.Order, max(0, o.Offset-o.Limit))
	}
	full := o.Limit > 0 && len(l.Rows) >= o.Limit
	if full && (o.Total < 0 || o.Capped || int64(end) < o.Total) {
		l.Next = listURL(o, o.Order, end)
	}
}

// Last is the number of the last row shown.
func (l List) Last() int64 { return l.First + int64(len(l.Rows)) - 1 }

// Filtered says that the rows were narrowed down by what was typed.
func (l List) Filtered() bool { return l.Filter.Value != "" || len(l.Chips) > 0 }

// listFields returns the fields that the table shows, in order: those that were
// chosen, else those of the manifest.
func listFields(c *manifest.Collection, o ListOptions) []manifest.Field {
	var fields []manifest.Field
	add := func(f manifest.Field) {
		if o.Visible == nil || o.Visible(f.Name) {
			fields = append(fields, f)
		}
	}
	for _, name := range o.Chosen {
		if f, ok := o.Reached[name]; ok {
			fields = append(fields, f)
		} else if f, ok := fieldOf(c, name); ok && telling(f) {
			add(f)
		}
	}
	if len(fields) > 0 {
		return fields
	}
	for _, name := range c.List.Columns {
		if f, ok := o.Reached[name]; ok {
			fields = append(fields, f)
		} else if f, ok := fieldOf(c, name); ok {
			add(f)
		}
	}
	if len(fields) > 0 {
		return fields // else all that were declared are hidden
	}
	for _, f := range c.Fields {
		if len(fields) < defaultColumns && telling(f) {
			add(f)
		}
	}
	return fields
}

// choose offers all columns that there could be, those of the table first.
func (l *List) choose(c *manifest.Collection, shown []manifest.Field, o ListOptions) {
	for _, f := range shown {
		l.Choose = append(l.Choose, ui.Choice{Value: f.Name, Label: f.Label, Selected: true})
	}
	for path, f := range o.Reached {
		if !slices.ContainsFunc(shown, func(other manifest.Field) bool { return other.Name == path }) {
			l.Choose = append(l.Choose, ui.Choice{Value: path, Label: f.Label})
		}
	}
	for _, f := range c.Fields {
		among := slices.ContainsFunc(shown, func(other manifest.Field) bool { return other.Name == f.Name })
		if !among && telling(f) && (o.Visible == nil || o.Visible(f.Name)) {
			l.Choose = append(l.Choose, ui.Choice{Value: f.Name, Label: f.Label})
		}
	}
	for _, h := range []ui.Hidden{{Name: "view", Value: o.View}, {Name: "q", Value: o.Filter}, {Name: "order", Value: o.Order}, {Name: o.WhereName, Value: o.Where}} {
		if h.Value != "" {
			l.State = append(l.State, h)
		}
	}
}

// columns makes the heads, each with the link that sorts by it.
func columns(c *manifest.Collection, fields []manifest.Field, o ListOptions) []Column {
	current := orders(c, o.Order)
	all := make([]Column, 0, len(fields))
	for _, f := range fields {
		column := Column{Field: f.Name, Label: f.Label, Number: number(f), Order: Unsorted}
		if key := sortKey(f); key != "" {
			column.Order = current[key]
			if column.Order == "" {
				column.Order = Unsorted
			}
			direction := ".asc"
			if column.Order == Ascending {
				direction = ".desc"
			}
			column.Sort = listURL(o, key+direction, 0)
		}
		all = append(all, column)
	}
	return all
}

// orders reads "name.desc,price->amount" into the order of each key; without
// it the manifest's order.
func orders(c *manifest.Collection, text string) map[string]Order {
	all := map[string]Order{}
	if text == "" {
		for _, s := range c.List.Sort {
			f, _ := fieldOf(c, s.Field)
			all[sortKey(f)] = direction(s.Descending)
		}
		return all
	}
	for _, term := range strings.Split(text, ",") {
		key, rest, _ := strings.Cut(term, ".")
		all[key] = direction(strings.HasPrefix(rest, "desc"))
	}
	return all
}

func direction(descending bool) Order {
	if descending {
		return Descending
	}
	return Ascending
}

// URL is the address of the list with all that it is asked for, at its start.
func (o ListOptions) URL() string { return listURL(o, o.Order, 0) }

// RefusedList makes the table's screen when its conditions cannot be applied.
func RefusedList(p *i18n.Printer, c *manifest.Collection, o ListOptions) List {
	return emptyList(p, c, o)
}

// listURL writes the table's state into its address; defaults are left out.
func listURL(o ListOptions, order string, offset int) string {
	q := url.Values{}
	if o.View != "" {
		q.Set("view", o.View)
	}
	if o.Filter != "" {
		q.Set("q", o.Filter)
	}
	if o.Where != "" {
		q.Set(o.WhereName, o.Where)
	}
	if len(o.Chosen) > 0 {
		q.Set("columns", strings.Join(o.Chosen, ","))
	}
	if order != "" {
		q.Set("order", order)
	}
	if offset > 0 {
		q.Set("offset", strconv.Itoa(offset))
	}
	if len(q) == 0 {
		return o.Base
	}
	return o.Base + "?" + q.Encode()
}

// row writes a record into cells.
func (l List) row(p *i18n.Printer, c *manifest.Collection, fields []manifest.Field, r record, o ListOptions) Row {
	row := Row{ID: r.text("id"), Title: r.title(p, c)}
	row.URL = o.Base + "/" + url.PathEscape(row.ID)
	titled := l.titled
	if titled {
		row.Cells = []Cell{{Title: true, Text: row.Title}}
	}
	for _, f := range fields {
		cell := newCell(p, f, r, o.ModuleBase)
		cell.Title = f.Name == c.Title
		titled = titled || cell.Title
		row.Cells = append(row.Cells, cell)
	}
	if !titled && len(row.Cells) > 0 {
		// Somebody has to carry the row's link; a reference there gives up its own.
		row.Cells[0].Title, row.Cells[0].URL = true, ""
	}
	for i := range row.Cells {
		if row.Cells[i].Title && row.Cells[i].Text == "" {
			row.Cells[i].Text = row.Title
		}
	}
	return row
}
