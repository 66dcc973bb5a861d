package collection

import (
	"encoding/json"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// everyKind is a collection with a field of each kind that is one value or a
// list of texts.
func everyKind() *manifest.Manifest {
	return &manifest.Manifest{
		Format: 1, ID: "kinds", Name: "Kinds", Version: "1.0.0", Type: manifest.App, Description: "Has every kind.",
		Collections: []*manifest.Collection{{
			Name: "thing", Label: "Thing", Plural: "Things", Title: "name",
			Fields: []manifest.Field{
				{Name: "name", Kind: "text"},
				{Name: "about", Kind: "richtext"},
				{Name: "email", Kind: "email"},
				{Name: "phone", Kind: "phone"},
				{Name: "weight", Kind: "decimal", Scale: 3},
				{Name: "share", Kind: "percent"},
				{Name: "effort", Kind: "duration"},
				{Name: "starts_at", Kind: "datetime"},
				{Name: "opens", Kind: "time"},
				{Name: "open", Kind: "boolean"},
				{Name: "unit", Kind: "currency"},
				{Name: "state", Kind: "state", Options: paint},
				{Name: "colors", Kind: "choice", Many: true, Options: paint},
				{Name: "labels", Kind: "tags"},
				{Name: "place", Kind: "location"},
				{Name: "data", Kind: "json"},
			},
		}},
	}
}

// TestFiltersOfEveryKind stores two records and asks for them by each kind of
// value, in the notation of the data API.
func TestFiltersOfEveryKind(t *testing.T) {
	w := worldOf(t, everyKind())
	r := w.records(w.a, "thing")
	w.create(r, `{"name":"full","about":"<p>x</p>","email":"A@example.com","phone":"+49 30 123456","weight":1.5,"share":16.5,"effort":"PT90M",
		"starts_at":"2026-12-31T18:30:00+01:00","opens":"09:30","open":true,"unit":"chf","colors":["red","blue"],"labels":["vip"],
		"place":{"city":"Bath"},"data":{"a":1}}`)
	w.create(r, `{"name":"bare"}`)
	for _, c := range []struct{ query, want string }{
		{"email=eq.a@example.com", "full"},
		{"phone=like.*123456", "full"},
		{"weight=eq.1.5", "full"},
		{"weight=gt.1.499", "full"},
		{"weight=in.(1.5,2)", "full"},
		{"weight=lt.1.5", ""},
		{"open=is.true", "full"},
		{"open=is.false", "bare"},
		{"open=not.eq.true", "bare"},
		{"unit=eq.CHF", "full"},
		{"starts_at=gte.2026-12-31T17:30:00Z", "full"},
		{"starts_at=gt.2026-12-31T17:30:00Z", ""},
		{"opens=lt.10:00", "full"},
		{"state=eq.red&order=name", "bare full"},
		{"place=is.null", "bare"},
		{"data=not.is.null", "full"},
		{"order=weight.desc.nullslast", "full bare"},
	} {
		if got := w.names(r, c.query, "name"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.query, got, c.want)
		}
	}
	rows, _, err := w.list(r, "select=a:weight.sum(),b:share.avg(),c:effort.sum(),n:count()")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	if want := `[{"a":1.5,"b":16.5,"c":"PT1H30M","n":2}]`; string(got) != want {
		t.Errorf("aggregates: got %s, want %s", got, want)
	}
}
