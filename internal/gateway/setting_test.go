package gateway_test

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

const newRental = "/equipment-rental/rental/new"

// set replaces the settings of a module on Home.
func set(p *testkit.Platform, module, settings string) {
	p.Helper()
	to := "/api/v1/sites/" + p.Home.ID.String() + "/modules/" + module
	if r := p.Do(p.SiteKey, http.MethodPatch, to, testkit.JSON(`{"settings":`+settings+`}`)); r.Status != http.StatusOK {
		p.Fatalf("%d %s", r.Status, r.Body)
	}
}

// newRentalWith makes a rental with more values and returns it.
func newRentalWith(p *testkit.Platform, more string) map[string]any {
	p.Helper()
	body := string(p.Home.Body(testkit.Rental+".rental", "", "noted"))
	r := p.Do(p.SiteKey, http.MethodPost, testkit.API(testkit.Rental+".rental"), testkit.JSON(strings.TrimSuffix(body, "}")+more+"}"))
	if r.Status != http.StatusCreated {
		p.Fatalf("%d %s", r.Status, r.Body)
	}
	return r.Object()
}

func TestEverySettingOfTheExampleHasItsEffect(t *testing.T) {
	p := testkit.NewPlatform(t)
	const declared = "gets it back when the equipment returns clean and complete."
	if got, _ := newRentalWith(p, "")["terms"].(string); !strings.Contains(got, declared) {
		t.Errorf("the declared default is not in a new rental: %q", got)
	}
	set(p, testkit.Rental, `{"greeting":"Ahoy <script>alert(1)</script>","terms":"Bring it back <dry>.","opening_note":"Never on Sundays"}`)

	if got := newRentalWith(p, "")["terms"]; got != "Bring it back <dry>." {
		t.Errorf("terms of a new rental: %v", got)
	}
	if got := newRentalWith(p, `,"terms":"As we said"`)["terms"]; got != "As we said" {
		t.Errorf("terms that were given: %v", got)
	}
	if r := p.Do(p.Owner, http.MethodGet, p.Home.App(newRental), nil); !strings.Contains(r.Body, html.EscapeString("Bring it back <dry>.")) {
		t.Errorf("the new form does not begin with the terms: %d", r.Status)
	}
	page := p.Do(p.Visitor, http.MethodGet, p.Home.URL("/"), nil).Body
	for _, want := range []string{"Ahoy &lt;script&gt;alert(1)&lt;/script&gt;", "Never on Sundays"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "<script") {
		t.Error("a setting came alive")
	}
	// Each site has its own.
	if r := p.Do(p.Visitor, http.MethodGet, p.Sister.URL("/"), nil); strings.Contains(r.Body, "Ahoy") || !strings.Contains(r.Body, "Rent it today") {
		t.Error("the greeting of one site is on another")
	}
}

// TestActionsSetWhatSettingsSay is a visitor's record that takes values from
// settings, one of them empty at first.
func TestActionsSetWhatSettingsSay(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, testkit.Files{
		"module.yaml": `{manifest: 1, id: tickets, name: Tickets, version: 1.0.0, category: other, description: Tickets.,
roles: {visitor: {grants: [ticket.draw]}}, settings: {series: {type: text, max: 20}, fee: {type: money, min: 0, default: 500}}}`,
		"collections/ticket.yaml": `fields: {name: text, series: {type: text, max: 20, default: A}, fee: {type: money, min: 0, default: =setting.fee}}
actions: {draw: {scope: collection, params: {name: {}}, set: {series: =setting.series}}}`,
	}.Pack(p))
	p.Install(p.Home, "tickets")
	draw := func(name string) map[string]any {
		if r := p.Do(p.Visitor, http.MethodPost, p.Home.URL("/api/modules/tickets/ticket/draw"), testkit.JSON(`{"name":"`+name+`"}`)); r.Status != http.StatusCreated {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		return p.Do(p.SiteKey, http.MethodGet, "/api/modules/tickets/ticket?name=eq."+name, nil).Rows()[0]
	}
	fee := func(row map[string]any) float64 { return row["fee"].(map[string]any)["amount"].(float64) }
	if row := draw("one"); row["series"] != "A" || fee(row) != 500 {
		t.Errorf("before anything was set: %v", row)
	}
	set(p, "tickets", `{"series":"B-2","fee":{"amount":700}}`)
	if row := draw("two"); row["series"] != "B-2" || fee(row) != 700 {
		t.Errorf("after it was set: %v", row)
	}
}
