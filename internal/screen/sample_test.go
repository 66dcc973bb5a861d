package screen

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// words is a printer of the catalogue.
func words(t *testing.T, tag string) *i18n.Printer {
	t.Helper()
	c, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	return c.Printer(tag, time.FixedZone("CET", 60*60))
}

// item is a collection with a field of each kind.
func item() *manifest.Collection {
	low, high := int64(0), int64(500)
	return &manifest.Collection{
		Name: "item", Label: "Rental item", Plural: "Rental items", Icon: "drill", Title: "name",
		Description: "Everything that can be rented out, with its price per day.",
		Fields: []manifest.Field{
			{Name: "name", Kind: "text", Label: "Name", Required: true},
			{Name: "category", Kind: "reference", Label: "Category", To: "category", Required: true, OnDelete: "restrict"},
			{Name: "daily_rate", Kind: "money", Label: "Daily rate", Required: true, Min: &low},
			{Name: "stock", Kind: "integer", Label: "Pieces in stock", Min: &low, Max: &high, Default: int64(1)},
			{Name: "bought_on", Kind: "date", Label: "Bought on", Default: manifest.Expression("today()")},
			{Name: "serial", Kind: "text", Label: "Serial number", Placeholder: "e.g. DR-2041", Immutable: true, Help: "Printed on the plate. It cannot be changed later."},
			{Name: "notes", Kind: "longtext", Label: "Notes", Help: "For your people only; customers never see it."},
		},
		List: manifest.ListView{
			Columns: []string{"name", "category", "daily_rate", "stock", "bought_on", "notes"},
			Sort:    []manifest.Sort{{Field: "name"}},
		},
		Form: manifest.FormView{Sections: []manifest.Section{
			{Label: "Item", Fields: []string{"name", "category", "serial"}},
			{Label: "Price and stock", Fields: []string{"daily_rate", "stock", "bought_on"}},
			{Label: "Internal", Fields: []string{"notes"}},
		}},
	}
}

// names of sample rows.
var names = []string{
	"Angle grinder 230 mm", "Bench saw, portable", "Cherry picker 12 m", "Concrete mixer 150 l", "Cordless drill 18 V",
	"Demolition hammer", "Diesel generator 6 kVA", "Floor sander", "Garden shredder", "Heat gun 2000 W", "Jackhammer, electric",
	"Laser level, rotating", "Mini excavator 1.8 t with three buckets, trailer and a very long name that has to be cut somewhere", "Pressure washer 200 bar", "Scaffold tower 6 m", "Tile cutter 1200 mm",
	"Trench rammer", "Vibrating plate 90 kg", "Wallpaper steamer", "Wet vacuum cleaner 60 l",
}

// rows makes the JSON array that the database would.
func rows(t *testing.T) []byte {
	t.Helper()
	var all []map[string]any
	for i, name := range names {
		row := map[string]any{
			"id": fmt.Sprintf("01930000-0000-7000-8000-%012d", i), "version": 1, "name": name,
			"category_id": fmt.Sprintf("01930000-0000-7000-8000-1%011d", i%3), "category_title": []string{"Power tools", "Building site", "Garden"}[i%3],
			"daily_rate": map[string]any{"amount": 1200 + i*i*777, "currency": "EUR"}, "stock": 1 + i*i*7,
			"bought_on": fmt.Sprintf("2025-%02d-%02d", 1+i%12, 1+i), "notes": nil,
		}
		if i%4 == 0 {
			row["notes"] = "Check the cable before it leaves.\nThe spare blades are in the second drawer of the workshop, next to the keys."
		}
		if i%7 == 3 {
			row["bought_on"] = nil
		}
		all = append(all, row)
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// oneRow is the JSON of a record as the form gets it.
const oneRow = `{"id":"01930000-0000-7000-8000-000000000004","version":3,"name":"Cordless drill 18 V",
"category_id":"01930000-0000-7000-8000-100000000001","category_title":"Power tools",
"daily_rate":{"amount":129950,"currency":"EUR"},"stock":12,"bought_on":"2025-05-05","serial":"DR-2041",
"notes":"Check the cable before it leaves.","updated_at":"2026-03-02T13:02:11.123+00:00"}`

// listOptions is a page in the middle of a larger table.
func listOptions() ListOptions {
	return ListOptions{
		Module: "Equipment rental", Base: "/app/s/rental/item", ModuleBase: "/app/s/rental",
		Limit: 20, Offset: 40, Total: 1204, CanCreate: true,
	}
}

func formOptions() FormOptions {
	return FormOptions{
		Base: "/app/s/rental/item", ModuleBase: "/app/s/rental", Currency: "EUR", Today: "2026-11-22",
		CanUpdate: true, CanDelete: true,
		Options: map[string][]Option{"category": {
			{ID: "01930000-0000-7000-8000-100000000000", Title: "Power tools"},
			{ID: "01930000-0000-7000-8000-100000000001", Title: "Building site"},
			{ID: "01930000-0000-7000-8000-100000000002", Title: "Garden"},
		}},
	}
}

// refused is what the engine says about a bad form.
func refused() *errs.Error {
	return errs.BadFields(
		errs.Field{Path: "name", Code: "required", Message: "A value is required."},
		errs.Field{Path: "daily_rate", Code: "not_money", Message: "Must be an amount in EUR, like 1,234.50."},
		errs.Field{Path: "category_id", Code: "required", Message: "A value is required."},
		errs.Field{Path: "stock", Code: "too_large", Message: "Must be at most 500.", Args: map[string]any{"max": int64(500)}},
	)
}
