package collection

import (
	"net/url"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// TestLinesOfAForm reads a table of inputs: lines in the order of their numbers,
// without those in which nothing is filled in, and complaints by their places.
func TestLinesOfAForm(t *testing.T) {
	t.Parallel()
	m := &manifest.Manifest{ID: "x", Collections: []*manifest.Collection{{Name: "order", Label: "Order", Plural: "Orders", Fields: []manifest.Field{
		{Name: "items", Kind: "lines", Fields: []manifest.Field{
			{Name: "what", Kind: "text"}, {Name: "quantity", Kind: "decimal", Scale: 1}, {Name: "extra", Kind: "boolean"}, {Name: "net", Kind: "integer", Computed: "1"},
		}},
	}}}}
	module, err := Compile(m, "mod_00000000")
	if err != nil {
		t.Fatal(err)
	}
	order, _ := module.Collection("order")
	read := func(query string) ([]Line, error) {
		form, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		v, err := order.DecodeForm(form, german(t))
		lines, _ := v["items"].([]Line)
		return lines, err
	}
	const id = "0193ad2f-1d2c-7c55-b8d3-2f6a8b0c9d1e"
	lines, err := read("items=&items.10.what=b&items.10.extra=false&items.10.extra=true&items.2.what=a&items.2.quantity=1,5&items.2.id=" + id + "&items.3.what=&items.3.extra=false&items.2.net=5")
	if err != nil || len(lines) != 2 || lines[0].ID.String() != id || lines[0].Values["what"] != "a" || lines[0].Values["quantity"] != int64(15) || lines[1].Values["extra"] != true {
		t.Errorf("got %+v (%v)", lines, err)
	}
	if _, given := lines[0].Values["net"]; given {
		t.Error("a computed value was read")
	}
	if lines, err = read("items="); err != nil || lines == nil || len(lines) != 0 {
		t.Errorf("no lines are %v (%v)", lines, err)
	}
	_, err = read("items=&items.0.what=a&items.7.quantity=many")
	said(t, "a bad line", err, "items[1].quantity", "Must be a number.")
}
