package screen

import (
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

func makeForm(t *testing.T, tag string, change func(*FormOptions)) Form {
	t.Helper()
	o := formOptions()
	change(&o)
	f, err := NewForm(words(t, tag), item(), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func existing(o *FormOptions) { o.ID, o.Record = "7", []byte(oneRow) }

func (f Form) input(name string) FormField {
	for _, s := range f.Sections {
		for _, field := range s.Fields {
			if field.Name == name {
				return field
			}
		}
	}
	return FormField{}
}

func TestFormValues(t *testing.T) {
	for _, row := range []struct {
		name, tag, field, want string
		change                 func(*FormOptions)
	}{
		{"a default", "en", "stock", "1", func(*FormOptions) {}},
		{"today", "en", "bought_on", "2026-11-22", func(*FormOptions) {}},
		{"a stored amount", "en", "daily_rate", "1,299.50", existing},
		{"a stored amount in German", "de", "daily_rate", "1.299,50", existing},
		{"a stored reference", "en", "category_id", "01930000-0000-7000-8000-100000000001", existing},
		{"an empty stored value is not the default", "en", "stock", "", func(o *FormOptions) { o.ID, o.Record = "7", []byte(`{"id":"7","stock":null}`) }},
		{"what was typed", "en", "daily_rate", "twelve", func(o *FormOptions) { existing(o); o.Typed = url.Values{"daily_rate": {"twelve"}} }},
		{"what was emptied", "en", "name", "", func(o *FormOptions) { existing(o); o.Typed = url.Values{"name": {""}} }},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := makeForm(t, row.tag, row.change).input(row.field).Value; got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestDefaultsFromSettings(t *testing.T) {
	c := item()
	for i, f := range c.Fields {
		if f.Kind != manifest.KindReference {
			c.Fields[i].Default = manifest.Expression("setting." + f.Name)
		}
	}
	for _, row := range []struct {
		field string
		value any
		want  string
	}{
		{"name", "Drill", "Drill"},
		{"name", nil, ""},
		{"notes", "Check it.", "Check it."},
		{"stock", int64(4), "4"},
		{"bought_on", "2026-01-31", "2026-01-31"},
		{"daily_rate", money.Money{Amount: 129950, Currency: "EUR"}, "1,299.50"},
		{"daily_rate", money.Money{Amount: 5}, "0.05"},
		{"daily_rate", money.Money{Amount: 5, Currency: "USD"}, ""}, // it would be taken for euros
	} {
		o := formOptions()
		o.Settings = map[string]any{row.field: row.value}
		f, err := NewForm(words(t, "en"), c, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.input(row.field).Value; got != row.want {
			t.Errorf("%s of %v: %q, want %q", row.field, row.value, got, row.want)
		}
	}
}

func TestFormErrors(t *testing.T) {
	f := makeForm(t, "en", func(o *FormOptions) {
		o.Typed = url.Values{"stock": {"9000"}}
		o.Err = refused()
		o.Err.Fields = append(o.Err.Fields, errs.Field{Path: "lines.0", Code: "odd", Message: "Something else."},
			errs.Field{Path: "daily_rate.amount", Code: "too_small", Message: "Must be at least 100.", Args: map[string]any{"min": int64(100)}})
	})
	for name, want := range map[string]string{
		"name": "Enter a value.", "category_id": "Enter a value.", "stock": "Enter 500 or less.",
		"daily_rate": "Must be an amount in EUR, like 1,234.50. Enter €1.00 or more.",
	} {
		if got := strings.Join(f.input(name).Errors, " "); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if len(f.Errors) != 6 || f.Errors[5] != (FormError{Text: "Something else."}) || f.Errors[0].ID != "f-name" {
		t.Errorf("the summary is %+v", f.Errors)
	}
	for _, s := range f.Sections {
		for _, field := range s.Fields {
			if field.Focus {
				t.Errorf("%s takes the focus from the summary", field.Name)
			}
		}
	}
}

func TestFormConflict(t *testing.T) {
	f := makeForm(t, "en", func(o *FormOptions) {
		existing(o)
		o.Typed = url.Values{"version": {"2"}, "name": {"Mine"}, "daily_rate": {"1,299.50"}, "stock": {"12"}, "bought_on": {"2025-05-05"}, "category_id": {"01930000-0000-7000-8000-100000000001"}, "notes": {"Check the cable before it leaves."}}
		o.Err = errs.New(errs.Conflict, "version_conflict", "Changed.")
		o.Err.Current = []byte(oneRow)
	})
	if f.Version != "3" || f.input("name").Value != "Mine" {
		t.Errorf("version %s, name %q", f.Version, f.input("name").Value)
	}
	if len(f.Conflict.Changes) != 1 || f.Conflict.Changes[0] != (FormChange{Label: "Name", Typed: "Mine", Stored: "Cordless drill 18 V"}) {
		t.Errorf("changes %+v", f.Conflict.Changes)
	}
}

func TestFormAccess(t *testing.T) {
	f := makeForm(t, "en", func(o *FormOptions) { existing(o); o.CanUpdate, o.CanDelete = false, false })
	page := render(t, FormPage(sampleFrame(words(t, "en"), ""), f))
	if strings.Contains(page, "Save changes") || strings.Contains(page, "confirm-delete") || !f.input("name").ReadOnly {
		t.Error("a form that may not be changed offers to")
	}
	f = makeForm(t, "en", func(o *FormOptions) { existing(o); o.Visible = func(name string) bool { return name == "name" } })
	if len(f.Sections) != 1 || len(f.Sections[0].Fields) != 1 {
		t.Errorf("hidden fields are drawn: %+v", f.Sections)
	}
	if !makeForm(t, "en", existing).input("serial").ReadOnly || makeForm(t, "en", func(*FormOptions) {}).input("serial").ReadOnly {
		t.Error("an immutable field is written at creation only")
	}
}

func TestFormShowsForgottenRequiredFields(t *testing.T) {
	c := item()
	c.Form.Sections = []manifest.Section{{Label: "Only", Fields: []string{"notes", "nothing"}}}
	f, err := NewForm(words(t, "en"), c, formOptions())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"notes", "name", "category_id", "daily_rate"} {
		if f.input(name).Name == "" {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestSettings(t *testing.T) {
	p := words(t, "en")
	s := Settings{Currency: "EUR", Fields: []manifest.Field{
		{Name: "deposit", Kind: "money", Label: "Deposit", Default: manifest.Money{Amount: 5000}},
		{Name: "limit", Kind: "integer", Label: "Limit", Default: int64(20)},
	}}
	made, err := NewSettings(p, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if made.Fields[0].Name != "settings.deposit" || made.Fields[0].Value != "50.00" || made.Fields[1].Value != "20" {
		t.Errorf("defaults: %+v", made.Fields)
	}
	s.Values = []byte(`{"deposit":{"amount":700,"currency":"EUR"},"limit":null}`)
	s.Typed = url.Values{"limit": {"many"}}
	made, err = NewSettings(p, s, errs.BadFields(errs.Field{Path: "settings.limit", Code: "not_integer", Message: "x"}, errs.Field{Path: "other", Code: "odd", Message: "Odd."}))
	if err != nil {
		t.Fatal(err)
	}
	if made.Fields[0].Value != "7.00" || made.Fields[1].Value != "many" || len(made.Fields[1].Errors) != 1 || len(made.Errors) != 2 {
		t.Errorf("after an error: %+v, %+v", made.Fields, made.Errors)
	}
}

func TestSettingsStandBelowTheirSections(t *testing.T) {
	p := words(t, "en")
	made := sampleSettings(t, p, url.Values{"notice": {"some"}}, errs.BadFields(
		errs.Field{Path: "sender", Code: "odd", Message: "Odd."}, errs.Field{Path: "notice", Code: "not_integer", Message: "x"}))
	var got []string
	for _, s := range made.sections() {
		for _, f := range s.Fields {
			got = append(got, s.Label+"/"+strings.TrimPrefix(f.Name, settingPrefix))
		}
	}
	if want := "/company /deposit Contracts/terms Contracts/notice Letters/sender"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(made.Errors) != 2 || made.Errors[0].Label != "Days of notice" || len(made.Fields[3].Errors) != 1 {
		t.Errorf("complaints are not in the order of the inputs: %+v", made.Errors)
	}
	frame := sampleFrame(p, "Equipment rental")
	for name, page := range map[string]string{
		"install": render(t, ModuleInstallPage(frame, ModuleInstall{Settings: made})),
		"manage":  render(t, ModuleSettingsPage(frame, ModuleSettings{Settings: made, Save: "/save"})),
	} {
		contracts, letters := strings.Index(page, "<legend>Contracts</legend>"), strings.Index(page, "<legend>Letters</legend>")
		notice, sender := strings.Index(page, `name="settings.notice"`), strings.Index(page, `name="settings.sender"`)
		if contracts < 0 || notice < contracts || letters < notice || sender < letters {
			t.Errorf("%s: headings at %d and %d, inputs at %d and %d", name, contracts, letters, notice, sender)
		}
	}
}

// TestLinesWithoutAScript presses the buttons that add and remove lines.
func TestLinesWithoutAScript(t *testing.T) {
	form := url.Values{"name": {"x"}, "items": {""}, "items.0.id": {"a"}, "items.0.what": {"Planks"}, "items.4.id": {""}, "items.4.what": {"Rails"}}
	for _, c := range []struct{ button, want string }{
		{"items.add", "Planks Rails "},
		{"items.0.remove", "Rails"},
		{"items.4.remove", "Planks"},
	} {
		form.Set(LinesButton, c.button)
		edited, pressed := EditLines(form)
		o := everyOptions()
		o.Typed = edited
		f, err := NewForm(words(t, "en"), every(), o)
		if err != nil {
			t.Fatal(err)
		}
		var whats []string
		for _, row := range f.input("items").Lines.Rows {
			whats = append(whats, row.Cells[0].Value)
		}
		if got := strings.Join(whats, " "); !pressed || got != c.want {
			t.Errorf("%s: got %q, want %q", c.button, got, c.want)
		}
	}
	form.Set(LinesButton, "items.0.remove")
	edited, _ := EditLines(form)
	edited.Set(LinesButton, "items.4.remove")
	if edited, _ = EditLines(edited); !edited.Has("items") || edited.Has("items.4.what") {
		t.Errorf("without lines the form has %v", edited)
	}
	form.Del(LinesButton)
	if _, pressed := EditLines(form); pressed {
		t.Error("a form without a button is drawn again")
	}
}

// TestEveryKindIsDrawnAndComplainedAbout holds what the gallery draws: stored
// values as people type them in two locales, and complaints at their inputs.
func TestEveryKindIsDrawnAndComplainedAbout(t *testing.T) {
	o := everyOptions()
	o.ID, o.Record = "1", []byte(everyRow)
	for _, row := range []struct{ tag, field, want string }{
		{"de", "weight", "1234,5"},
		{"en", "weight", "1234.5"},
		{"de", "discount", "12,5"},
		{"en", "effort", "26h 30m"},
		{"en", "opens", "09:30"},
		{"en", "meets_at", "2026-11-23T14:30"},
		{"en", "phone", "+49 30 123456"},
		{"en", "tags", "refit, harbour, 2026, long term"},
		{"en", "token", ""},
	} {
		f, err := NewForm(words(t, row.tag), every(), o)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.input(row.field).Value; got != row.want {
			t.Errorf("%s in %s: got %q, want %q", row.field, row.tag, got, row.want)
		}
	}
	o.Err = errs.BadFields(errs.Field{Path: "items[1].quantity", Code: "not_number"}, errs.Field{Path: "address.lat", Code: "not_number"}, errs.Field{Path: "tags[2]", Code: "too_long", Args: map[string]any{"max": 60}})
	f, err := NewForm(words(t, "en"), every(), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range f.Errors {
		got = append(got, e.Label+" "+e.ID)
	}
	if want := "Tags f-tags; Address: Latitude f-address-lat; Quantity, line 2 f-items-1-quantity"; strings.Join(got, "; ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "; "), want)
	}
	o.Err = nil
	html := render(t, FormPage(sampleFrame(words(t, "en"), ""), mustForm(t, o)))
	if strings.Contains(html, "s3cret") || strings.Contains(html, "style=") {
		t.Error("the form shows a secret, or a style that the policy refuses")
	}
}

func mustForm(t *testing.T, o FormOptions) Form {
	t.Helper()
	f, err := NewForm(words(t, "en"), every(), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestAFileIsKept holds that a form which is saved as it is drawn keeps its
// files: the id is posted beside the empty input for another one.
func TestAFileIsKept(t *testing.T) {
	o := everyOptions()
	o.ID, o.Record = "1", []byte(everyRow)
	html := render(t, FormPage(sampleFrame(words(t, "en"), ""), mustForm(t, o)))
	for _, want := range []string{
		`enctype="multipart/form-data"`,
		`<input type="hidden" name="contract_id" value="01930000-0000-7000-8000-100000000007">`,
		`<input type="checkbox" name="contract_id" value="">`, `name="contract_id.file"`, `name="photo_id.file"`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the form lacks %s", want)
		}
	}
}
