package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// german makes Home a site of German people.
func german(p *testkit.Platform) {
	p.Helper()
	p.Change(`update platform.site set locale = 'de-AT' where id = $1`, p.Home.ID)
}

// TestASiteSpeaksItsLanguage reads the example's translation on every kind of
// screen, on the site's page and in its API, while its sister stays English.
func TestASiteSpeaksItsLanguage(t *testing.T) {
	p := testkit.NewPlatform(t)
	german(p)
	item := testkit.API(testkit.Rental + ".item")
	for _, row := range []struct {
		name string
		who  testkit.Actor
		to   string
		want []string
	}{
		{"menu and list", p.Owner, p.Home.App("/equipment-rental/item"), []string{"Geräteverleih", "Vermietungen", "Seriennummer", "Tagespreis"}},
		{"form", p.Owner, p.Home.App("/equipment-rental/item/new"), []string{"Verfügbarkeit", "Ein Satz für die Website.", "Bohrhammer SDS-max"}},
		{"settings", p.Owner, p.Home.App("/modules/equipment-rental"), []string{"Begrüßung", "Auf der Website"}},
		{"modules", p.Owner, p.Home.App("/modules"), []string{"Geräteverleih"}},
		{"page", p.Visitor, p.Home.URL("/"), []string{"Geräte zum Mieten", "am Tag", "Mietanfrage senden", "Ihre Frage", "Montag bis Samstag"}},
		{"description", p.SiteKey, "/api/modules/equipment-rental/openapi.json", []string{"Seriennummer"}},
	} {
		r := p.Do(row.who, http.MethodGet, row.to, nil)
		for _, want := range row.want {
			if !strings.Contains(r.Body, want) {
				t.Errorf("%s: %d, lacks %q", row.name, r.Status, want)
			}
		}
	}
	if r := p.Do(p.Owner, http.MethodGet, p.Sister.App("/equipment-rental/item"), nil); strings.Contains(r.Body, "Tagespreis") {
		t.Error("the sister's list is German too")
	}
	r := p.Do(p.SiteKey, http.MethodPost, item, testkit.JSON(`{"name":"Säge","serial_number":"klein","daily_rate":{"amount":1,"currency":"EUR"}}`))
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "Nur Großbuchstaben") {
		t.Errorf("a rule's message: %d %s", r.Status, r.Body)
	}
	english := p.Do(p.SiteKey, http.MethodGet, "/api/modules/equipment-rental/openapi.json", nil, testkit.Header{Name: "Accept-Language", Value: "fr, en;q=0.8, de;q=0.5"})
	if !strings.Contains(english.Body, "Serial number") || english.Header.Get("Vary") != "Accept-Language" {
		t.Errorf("the description in English: Vary %q", english.Header.Get("Vary"))
	}
}
