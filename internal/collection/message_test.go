package collection

import (
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// TestWhatIsSaidAboutValues holds the words about values that are too far out
// or hold characters nobody sees, and that what is refused in one line is not
// always refused in several.
func TestWhatIsSaidAboutValues(t *testing.T) {
	t.Parallel()
	m := rental()
	m.Collections[2].Fields = append(m.Collections[2].Fields, manifest.Field{Name: "stock", Kind: "integer"}, manifest.Field{Name: "cost", Kind: "money"})
	module, err := Compile(m, "mod_00000000")
	if err != nil {
		t.Fatal(err)
	}
	item, _ := module.Collection("item")
	const most, least = "Must be at most 9223372036854775807.", "Must be at least -9223372036854775808."
	for _, c := range []struct{ body, path, want string }{
		{`{"stock":9223372036854775807}`, "stock", ""},
		{`{"stock":9223372036854775808}`, "stock", most},
		{`{"stock":-9223372036854775809}`, "stock", least},
		{`{"stock":1.5}`, "stock", "Must be a whole number."},
		{`{"quantity":9223372036854775808}`, "quantity", "Must be at most 1000000."},
		{`{"quantity":-9223372036854775809}`, "quantity", "Must be at least 0."},
		{`{"cost":{"amount":9223372036854775808}}`, "cost.amount", "Must be at most 92233720368547758.07 EUR."},
		{`{"cost":{"amount":-9223372036854775809,"currency":"JPY"}}`, "cost.amount", "Must be at least -9223372036854775808 JPY."},
		{`{"price":{"amount":-9223372036854775809}}`, "price.amount", "Must be at least 0.00 EUR."},

		{`{"name":"a\u0007b"}`, "name", "Must not contain the control character U+0007."},
		{`{"name":"a\u007fb"}`, "name", "Must not contain the control character U+007F."},
		{`{"name":"a\nb"}`, "name", "Must be one line, without line breaks and tabs."},
		{`{"name":"a\tb"}`, "name", "Must be one line, without line breaks and tabs."},
		{`{"name":"a\u202eb"}`, "name", "Must not contain U+202E, which turns the direction of text."},
		{`{"name":"a\u2066b"}`, "name", "Must not contain U+2066, which turns the direction of text."},
		{`{"name":"a\u200fb א"}`, "name", ""},
		{`{"about":"a\r\n\tb\u202e\u2066"}`, "about", ""},
		{`{"about":"a\u0007b"}`, "about", "Must not contain the control character U+0007."},
		{`{"about":"a\u007fb"}`, "about", "Must not contain the control character U+007F."},
	} {
		_, err := item.DecodeJSON([]byte(c.body), "EUR")
		said(t, c.body, err, c.path, c.want)
	}
	english := Locale{Decimal: ".", Group: ",", Date: "01/02/2006", Currency: "EUR"}
	for _, c := range []struct{ key, text, path, want string }{
		{"stock", "9,223,372,036,854,775,808", "stock", most},
		{"stock", "−99999999999999999999", "stock", least},
		{"stock", "many", "stock", "Must be a whole number."},
		{"cost", "92233720368547758.08", "cost.amount", "Must be at most 92233720368547758.07 EUR."},
		{"cost", "-99999999999999999999", "cost.amount", "Must be at least -92233720368547758.08 EUR."},
		{"about", "a\r\nb", "about", ""},
		{"name", "a\u202eb", "name", "Must not contain U+202E, which turns the direction of text."},
	} {
		_, err := item.DecodeForm(url.Values{c.key: {c.text}}, english)
		said(t, c.text, err, c.path, c.want)
	}
}

func said(t *testing.T, of string, err error, path, want string) {
	t.Helper()
	var all []string
	if e := errs.Of(err); e != nil {
		for _, f := range e.Fields {
			all = append(all, f.Path+": "+f.Message)
		}
	}
	if want != "" {
		want = path + ": " + want
	}
	if got := strings.Join(all, "; "); got != want {
		t.Errorf("%s: got %q, want %q", of, got, want)
	}
}
