package screen

import (
	"net/url"
	"testing"

	"github.com/a-h/templ"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// every is a collection with a field of every kind.
func every() *manifest.Collection {
	stages := []manifest.Option{{Value: "open", Label: "Open", Color: "blue"}, {Value: "won", Label: "Won", Color: "green"}, {Value: "lost", Label: "Lost", Color: "red"}}
	sizes := []manifest.Option{{Value: "s", Label: "Small"}, {Value: "m", Label: "Medium"}, {Value: "l", Label: "Large"}}
	days := []manifest.Option{{Value: "mo", Label: "Monday"}, {Value: "tu", Label: "Tuesday"}, {Value: "we", Label: "Wednesday"}, {Value: "th", Label: "Thursday"}, {Value: "fr", Label: "Friday"}}
	sources := []manifest.Option{{Value: "web", Label: "Website", Color: "teal"}, {Value: "fair", Label: "Trade fair", Color: "orange"}, {Value: "call", Label: "Phone call", Color: "purple"}, {Value: "old", Label: "Existing customer"}, {Value: "ref", Label: "Recommended"}}
	return &manifest.Collection{
		Name: "deal", Label: "Deal", Plural: "Deals", Icon: "handshake", Title: "name", Description: "Every kind of field at once.",
		Fields: []manifest.Field{
			{Name: "number", Kind: "sequence", Label: "Number"},
			{Name: "stage", Kind: "state", Label: "Stage", Options: stages},
			{Name: "name", Kind: "text", Label: "Name", Required: true},
			{Name: "source", Kind: "choice", Label: "Source", Options: sources},
			{Name: "size", Kind: "choice", Label: "Size", Options: sizes, Required: true},
			{Name: "days", Kind: "choice", Label: "Days", Options: days, Many: true},
			{Name: "vip", Kind: "boolean", Label: "Important customer", Help: "Is called back on the same day."},
			{Name: "tags", Kind: "tags", Label: "Tags"},
			{Name: "amount", Kind: "money", Label: "Amount"},
			{Name: "weight", Kind: "decimal", Scale: 3, Label: "Weight in kg"},
			{Name: "discount", Kind: "percent", Label: "Discount", Default: int64(160000)},
			{Name: "seats", Kind: "integer", Label: "Seats"},
			{Name: "margin", Kind: "percent", Label: "Margin", Computed: "1 - cost / amount"},
			{Name: "closes_on", Kind: "date", Label: "Closes on"},
			{Name: "meets_at", Kind: "datetime", Label: "Next meeting", Help: "In the time of the site."},
			{Name: "opens", Kind: "time", Label: "Opens"},
			{Name: "effort", Kind: "duration", Label: "Effort", Placeholder: "1h 30m"},
			{Name: "repeats", Kind: "recurrence", Label: "Repeats", Placeholder: "FREQ=WEEKLY;BYDAY=MO"},
			{Name: "email", Kind: "email", Label: "E-mail"},
			{Name: "phone", Kind: "phone", Label: "Phone"},
			{Name: "website", Kind: "url", Label: "Website"},
			{Name: "slug", Kind: "slug", Label: "Address on the website", From: "name"},
			{Name: "color", Kind: "color", Label: "Colour"},
			{Name: "country", Kind: "country", Label: "Country"},
			{Name: "language", Kind: "language", Label: "Language"},
			{Name: "zone", Kind: "timezone", Label: "Time zone"},
			{Name: "currency", Kind: "currency", Label: "Currency"},
			{Name: "company", Kind: "reference", To: "company", Label: "Company"},
			{Name: "owner", Kind: "member", Label: "Owner"},
			{Name: "contact", Kind: "person", Label: "Contact"},
			{Name: "partners", Kind: "reference", To: "company", Many: true, Label: "Partners"},
			{Name: "address", Kind: "location", Label: "Address"},
			{Name: "contract", Kind: "file", Label: "Contract", Accept: []string{"application/pdf"}},
			{Name: "photo", Kind: "image", Label: "Photo"},
			{Name: "token", Kind: "text", Secret: true, Label: "Access token"},
			{Name: "items", Kind: "lines", Label: "Items", Fields: []manifest.Field{
				{Name: "what", Kind: "text", Label: "What", Required: true},
				{Name: "quantity", Kind: "decimal", Scale: 2, Label: "Quantity", Default: int64(100)},
				{Name: "price", Kind: "money", Label: "Price"},
				{Name: "tax", Kind: "choice", Label: "Tax", Options: []manifest.Option{{Value: "full", Label: "20 %"}, {Value: "less", Label: "10 %"}}},
				{Name: "extra", Kind: "boolean", Label: "Optional"},
				{Name: "scan", Kind: "image", Label: "Scan"},
				{Name: "net", Kind: "money", Label: "Net", Computed: "quantity * price"},
			}},
			{Name: "about", Kind: "richtext", Label: "Description"},
			{Name: "extra", Kind: "json", Label: "Other data"},
			{Name: "related", Kind: "record", Label: "Related to", Readonly: true},
			{Name: "segment", Kind: "filter", Of: "company", Label: "Segment"},
		},
	}
}

// everyRow is a record with all values.
const everyRow = `{"id":"01930000-0000-7000-8000-000000000001","version":1,"number":"D-2026-0042","stage":"won","name":"Harbour refit","source":"fair","size":"m",
"days":["mo","we","th","fr"],"vip":true,"tags":["refit","harbour","2026","long term"],"amount":{"amount":12345678,"currency":"EUR"},"weight":1234.5,"discount":12.5,"seats":1200,"margin":38.25,
"closes_on":"2026-12-31","meets_at":"2026-11-23T13:30:00+00:00","opens":"09:30:00","effort":"PT26H30M","repeats":"FREQ=WEEKLY;BYDAY=MO,WE","email":"ada@harbour.example","phone":"+4930123456",
"website":"https://harbour.example/refit","slug":"harbour-refit","color":"#1e90ff","country":"DE","language":"pt-BR","zone":"Europe/Berlin","currency":"EUR",
"company_id":"01930000-0000-7000-8000-100000000001","company_title":"Harbour Group","owner_id":"01930000-0000-7000-8000-100000000009","owner_title":"Ada Lindqvist",
"contact_id":"01930000-0000-7000-8000-100000000008","contact_title":"Tom Birch","partners_ids":["01930000-0000-7000-8000-100000000001"],
"address":{"line1":"1 Harbour Road","postal_code":"20457","city":"Hamburg","country":"DE","lat":53.5,"lng":9.9},
"contract_id":"01930000-0000-7000-8000-100000000007","contract_title":"contract-signed.pdf","photo_id":null,"token":{"set":true},
"items":[{"id":"01930000-0000-7000-8000-200000000001","what":"Oak planks","quantity":12.5,"price":{"amount":4550,"currency":"EUR"},"tax":"full","extra":false,"net":{"amount":56875,"currency":"EUR"}},
{"id":"01930000-0000-7000-8000-200000000002","what":"Varnish","quantity":3,"price":{"amount":1299,"currency":"EUR"},"tax":"less","extra":true,"net":{"amount":3897,"currency":"EUR"}}],
"about":"<p>Refit of the <b>north quay</b>.</p><ul><li>Planks</li><li>Rails</li></ul>","extra":{"erp":{"id":77}},"related":{"collection":"booking.appointment","id":"01930000-0000-7000-8000-300000000001"},
"segment":"status=eq.open","updated_at":"2026-03-02T13:02:11.123+00:00"}`

func everyOptions() FormOptions {
	o := formOptions()
	o.Base, o.ModuleBase = "/app/s/crm/deal", "/app/s/crm"
	companies := []Option{{ID: "01930000-0000-7000-8000-100000000001", Title: "Harbour Group"}, {ID: "01930000-0000-7000-8000-100000000002", Title: "Birch & Sons"}}
	o.Options = map[string][]Option{"company": companies, "partners": companies, "owner": {{ID: "01930000-0000-7000-8000-100000000009", Title: "Ada Lindqvist"}}}
	return o
}

// everyScreens draws the form and the table of all kinds in each state.
func everyScreens(t *testing.T, all map[string]templ.Component) {
	t.Helper()
	for _, tag := range []string{"en", "de"} {
		p := words(t, tag)
		f := sampleFrame(p, "Harbour refit")
		draw := func(name string, f Frame, change func(*FormOptions)) {
			o := everyOptions()
			change(&o)
			form, err := NewForm(p, every(), o)
			if err != nil {
				t.Fatal(err)
			}
			all["every-"+name+"-"+tag] = FormPage(f, form)
		}
		edit := func(o *FormOptions) { o.ID, o.Record = "01930000-0000-7000-8000-000000000001", []byte(everyRow) }
		draw("new", f, func(*FormOptions) {})
		draw("edit", f, edit)
		draw("readonly", f, func(o *FormOptions) { edit(o); o.CanUpdate, o.CanDelete = false, false })
		draw("refused", f, func(o *FormOptions) {
			o.Typed = url.Values{
				"name": {""}, "days": {"", "mo", "we"}, "vip": {"false", "true"}, "email": {"nobody"}, "discount": {"lots"}, "meets_at": {"2026-03-29T02:30"},
				"address.line1": {"Kai 1"}, "address.country": {"DE"}, "address.lat": {"91"}, "address.lng": {"9"}, "effort": {"long"}, "color": {"bluish"},
				"contact_id.name": {"Tom"}, "contact_id.email": {"tom"}, "items": {""}, "items.0.what": {"Planks"}, "items.0.quantity": {"many"}, "items.3.what": {""}, "items.3.extra": {"false"},
			}
			o.Err = errs.BadFields(
				errs.Field{Path: "name", Code: "required"}, errs.Field{Path: "size", Code: "required"}, errs.Field{Path: "days[1]", Code: "option"},
				errs.Field{Path: "email", Code: "not_email"}, errs.Field{Path: "discount", Code: "not_percent", Args: map[string]any{"example": "16.5"}},
				errs.Field{Path: "meets_at", Code: "no_such_time"}, errs.Field{Path: "address.lat", Code: "not_degrees", Args: map[string]any{"min": -90, "max": 90}},
				errs.Field{Path: "effort", Code: "not_typed_duration"}, errs.Field{Path: "color", Code: "not_color"}, errs.Field{Path: "contact_id.email", Code: "not_email"},
				errs.Field{Path: "items[0].quantity", Code: "not_number"}, errs.Field{Path: "items.1.what", Code: "required"},
			)
		})
		f.Theme = Dark
		draw("dark", f, edit)
		everyLists(t, p, tag, all)
	}
}

func everyLists(t *testing.T, p *i18n.Printer, tag string, all map[string]templ.Component) {
	t.Helper()
	c := every()
	for name, columns := range map[string][]string{
		"a": {"name", "number", "stage", "source", "days", "tags", "vip", "amount", "weight", "discount", "margin", "effort"},
		"b": {"name", "closes_on", "meets_at", "opens", "email", "phone", "website", "color", "country", "language"},
		"c": {"name", "zone", "currency", "company", "owner", "contact", "partners", "address", "contract", "token", "items", "about", "extra", "related"},
	} {
		c.List.Columns = columns
		f := sampleFrame(p, "Deals")
		l, err := NewList(p, c, []byte("["+everyRow+`,{"id":"2","name":"Empty","vip":false,"days":[],"tags":[]}]`), ListOptions{Base: "/app/s/crm/deal", ModuleBase: "/app/s/crm", Limit: 20, Total: 2, CanCreate: true})
		if err != nil {
			t.Fatal(err)
		}
		all["every-list-"+name+"-"+tag] = ListPage(f, l)
		f.Theme = Dark
		all["every-list-"+name+"-dark-"+tag] = ListPage(f, l)
	}
}
