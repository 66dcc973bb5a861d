package page_test

import (
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/page"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// withSettings compiles a template of the shop, which has a setting of each
// kind and takes the defaults of its form from them.
func withSettings(t *testing.T, template string, settings map[string]any) page.BlockInput {
	t.Helper()
	b, m := shop(template)
	action := &m.Collections[0].Actions[0]
	action.Params = append([]manifest.Field{}, action.Params...)
	for i, f := range action.Params {
		if f.Kind != manifest.KindReference {
			m.Settings = append(m.Settings, manifest.Field{Name: f.Name, Kind: f.Kind})
			action.Params[i].Default = manifest.Expression("setting." + f.Name)
		}
	}
	compiled, err := page.Compile(b, m)
	if err != nil {
		t.Fatal(err)
	}
	return page.BlockInput{Template: compiled, Settings: settings}
}

func TestSettingsInTemplates(t *testing.T) {
	all := map[string]any{"name": "Ada & Co", "count": int64(3), "price": money.Money{Amount: 129950, Currency: "USD"}, "day": "2026-12-31"}
	for _, row := range []struct {
		template string
		settings map[string]any
		want     string
	}{
		{`{{ .setting.name }} {{ .setting.count }} {{ money .setting.price }} {{ date .setting.day }}`, all, "Ada &amp; Co 3 $1,299.50 31 Dec 2026"},
		{`{{ .setting.price.currency }}{{ .setting.price.amount }}`, all, "USD129950"},
		{`{{ with .setting.name }}{{ . }}{{ else }}none{{ end }}`, all, "Ada &amp; Co"},
		{`{{ with .setting.name }}{{ . }}{{ else }}none{{ end }}{{ money .setting.price }}{{ date .setting.day }}`, map[string]any{"name": nil}, "none"},
		{`{{ .setting.note }}`, nil, ""},
	} {
		out := render(t, input(t, withSettings(t, `<p>`+row.template+`</p>`, row.settings)))
		if want := "<p>" + row.want + "</p></section>"; len(out.Problems) > 0 || !strings.Contains(string(out.HTML), want) {
			t.Errorf("%s: the page lacks %s: %v\n%s", row.template, want, out.Problems, out.HTML)
		}
	}
}

func TestSettingsInForms(t *testing.T) {
	form := func(settings map[string]any) string {
		out := render(t, input(t, withSettings(t, `{{ form "item.order" }}`, settings)))
		if len(out.Problems) > 0 {
			t.Fatal(out.Problems)
		}
		return string(out.HTML)
	}
	got := form(map[string]any{"name": "Ada", "note": "As agreed", "count": int64(3), "price": money.Money{Amount: 5000, Currency: "EUR"}, "day": "2026-12-31"})
	for _, want := range []string{`value="Ada" `, `>As agreed</textarea>`, `value="3" `, `value="50.00" `, `value="2026-12-31" `} {
		if !strings.Contains(got, want) {
			t.Errorf("the form lacks %s:\n%s", want, got)
		}
	}
	for name, settings := range map[string]map[string]any{"empty settings": nil, "another currency": {"price": money.Money{Amount: 5000, Currency: "USD"}}} {
		got := form(settings)
		for _, not := range []string{"2026-03-15", "50.00", "setting."} {
			if strings.Contains(got, not) {
				t.Errorf("%s: the form has %s", name, not)
			}
		}
	}
}

func TestHostileSettingsAreInert(t *testing.T) {
	for name, template := range map[string]string{
		"text":      `<p>{{ .setting.name }}</p>`,
		"attribute": `<p title="{{ .setting.name }}">x</p>`,
		"address":   `<a href="{{ .setting.name }}">x</a>`,
		"link":      `{{ link .setting.name .setting.name }}`,
		"form":      `{{ form "item.order" }}`,
	} {
		for _, value := range hostile {
			out := render(t, input(t, withSettings(t, template, map[string]any{"name": value, "note": value, "code": value})))
			if len(out.Problems) > 0 {
				t.Errorf("%s: %q: %v", name, value, out.Problems)
			}
			if bad := harm(string(out.HTML)); bad != "" {
				t.Errorf("%s: %q became %s:\n%s", name, value, bad, out.HTML)
			}
		}
	}
}
