package screen

import (
	"testing"
)

func TestListPages(t *testing.T) {
	p := words(t, "en")
	for _, row := range []struct {
		name                    string
		change                  func(*ListOptions)
		previous, next, summary string
	}{
		{"in the middle", func(*ListOptions) {}, "/app/s/rental/item?offset=20", "/app/s/rental/item?offset=60", "41–60 of 1,204"},
		{"at the start", func(o *ListOptions) { o.Offset = 0 }, "", "/app/s/rental/item?offset=20", "1–20 of 1,204"},
		{"at the end", func(o *ListOptions) { o.Total = 60 }, "/app/s/rental/item?offset=20", "", "41–60 of 60"},
		{"all on one page", func(o *ListOptions) { o.Offset, o.Total = 0, 20 }, "", "", "20 records"},
		{"an offset that is no multiple", func(o *ListOptions) { o.Offset = 7 }, "/app/s/rental/item", "/app/s/rental/item?offset=27", "8–27 of 1,204"},
		{"an unknown total", func(o *ListOptions) { o.Total = -1 }, "/app/s/rental/item?offset=20", "/app/s/rental/item?offset=60", "41–60"},
		{"a capped total", func(o *ListOptions) { o.Total, o.Capped = 10000, true }, "/app/s/rental/item?offset=20", "/app/s/rental/item?offset=60", "41–60 of more than 10,000"},
		{"a page that is not full", func(o *ListOptions) { o.Limit, o.Total = 50, -1 }, "/app/s/rental/item", "", "41–60"},
		{
			"filter and order stay", func(o *ListOptions) { o.Filter, o.Order = "a&b", "name.desc" },
			"/app/s/rental/item?offset=20&order=name.desc&q=a%26b", "/app/s/rental/item?offset=60&order=name.desc&q=a%26b", "41–60 of 1,204",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := listOptions()
			row.change(&o)
			l, err := NewList(p, item(), rows(t), o)
			if err != nil {
				t.Fatal(err)
			}
			if l.Previous != row.previous || l.Next != row.next || l.summary(p) != row.summary {
				t.Errorf("previous %q, next %q, summary %q", l.Previous, l.Next, l.summary(p))
			}
		})
	}
}

func TestListSorting(t *testing.T) {
	p := words(t, "en")
	for _, row := range []struct{ order, field, sort, now string }{
		{"", "name", "/app/s/rental/item?order=name.desc", "ascending"},
		{"", "daily_rate", "/app/s/rental/item?order=daily_rate-%3Eamount.asc", "none"},
		{"daily_rate->amount.asc", "daily_rate", "/app/s/rental/item?order=daily_rate-%3Eamount.desc", "ascending"},
		{"daily_rate->amount.desc.nullslast", "daily_rate", "/app/s/rental/item?order=daily_rate-%3Eamount.asc", "descending"},
		{"stock.desc", "name", "/app/s/rental/item?order=name.asc", "none"},
		{"", "category", "", "none"},
		{"", "notes", "", "none"},
	} {
		o := listOptions()
		o.Offset, o.Order = 0, row.order
		l, err := NewList(p, item(), rows(t), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range l.Columns {
			if c.Field == row.field && (c.Sort != row.sort || string(c.Order) != row.now) {
				t.Errorf("order %q, column %s: %q, %s", row.order, row.field, c.Sort, c.Order)
			}
		}
	}
}

func TestListCells(t *testing.T) {
	p := words(t, "en")
	o := listOptions()
	o.Visible = func(field string) bool { return field != "name" && field != "notes" }
	l, err := NewList(p, item(), rows(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Columns) != 4 || l.Filter.Field != "" {
		t.Fatalf("%d columns, filter %q", len(l.Columns), l.Filter.Field)
	}
	// The title is hidden, so the first cell leads to the record, not to the category.
	if c := l.Rows[0].Cells[0]; !c.Title || c.URL != "" || c.Text != "Power tools" {
		t.Errorf("the first cell is %+v", c)
	}
	l, err = NewList(p, item(), []byte(`[{"id":"1","name":null,"category_id":null,"daily_rate":null,"stock":9007199254740993}]`), listOptions())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Untitled", "", "", "9,007,199,254,740,993", "", ""}
	for i, c := range l.Rows[0].Cells {
		if c.Text != want[i] || c.URL != "" {
			t.Errorf("cell %d is %+v, want %q", i, c, want[i])
		}
	}
	if _, err := NewList(p, item(), []byte(`{"no":"array"}`), listOptions()); err == nil {
		t.Error("malformed rows are no error")
	}
}
