package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// addField adds a field to a collection of the equipment rental on a site.
func addField(p *testkit.Platform, key testkit.Actor, site *testkit.Site, body string) testkit.Response {
	p.Helper()
	return p.Do(key, http.MethodPost, fieldsOf(site), testkit.JSON(body))
}

func fieldsOf(site *testkit.Site) string {
	return "/api/v1/sites/" + site.ID.String() + "/modules/equipment-rental/fields"
}

// ownFields are one field of each sort of value, with one that fits and one that does not.
var ownFields = []struct{ key, kind, more, value, wrong, filter, none string }{
	{"note", "text", "", `"farm, big"`, `5`, `eq.farm, big`, `eq.farm`},
	{"story", "longtext", "", `"once\nupon"`, `[]`, `like.once*`, `like.twice*`},
	{"seats", "integer", "", `12`, `"x"`, `gt.5`, `gt.50`},
	{"size", "decimal", "", `1.5`, `"x"`, `gt.1.4`, `gt.1.5`},
	{"share", "percent", "", `16.5`, `"x"`, `gte.16.5%`, `gt.17%`},
	{"fee", "money", "", `{"amount":1999,"currency":"EUR"}`, `{"amount":1.5}`, ``, ``},
	{"sturdy", "boolean", "", `true`, `"x"`, `is.true`, `is.false`},
	{"built_on", "date", "", `"2024-02-29"`, `"2023-02-29"`, `lt.2025-01-01`, `lt.2024-02-29`},
	{"seen_at", "datetime", "", `"2026-01-02T03:04:05Z"`, `"soon"`, `gte.2026-01-02`, `gte.2026-01-03`},
	{"opens", "time", "", `"07:30:00"`, `"25:00"`, ``, ``},
	{"lasts", "duration", "", `"PT1H30M"`, `"x"`, ``, ``},
	{"branch", "choice", `,"options":[{"value":"farm","label":"Farm"},{"value":"shop","label":"Shop"}]`, `"farm"`, `"sea"`, `in.(farm,shop)`, `eq.shop`},
	{"mail", "email", "", `"a@example.com"`, `"a"`, `eq.a@example.com`, `eq.b@example.com`},
	{"country", "country", "", `"AT"`, `"XX"`, `eq.AT`, `eq.DE`},
}

// TestASiteAddsFields defines a field of each kind on one site and uses it as
// any other: written, refused, read, selected, filtered, ordered, described,
// on forms and in lists; and not at all on the sister site.
func TestASiteAddsFields(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	items := testkit.API(testkit.Rental + ".item")
	values := `{"name":"Own","daily_rate":{"amount":1,"currency":"EUR"}`
	for _, f := range ownFields {
		body := `{"collection":"item","key":"` + f.key + `","kind":"` + f.kind + `","label":"Own ` + f.key + `"` + f.more + `}`
		if r := addField(p, p.SiteKey, p.Home, body); r.Status != http.StatusCreated {
			t.Fatalf("%s: %d %s", f.key, r.Status, r.Body)
		}
		values += `,"x_` + f.key + `":` + f.value
	}
	made := p.Do(p.SiteKey, http.MethodPost, items, testkit.JSON(values+"}"))
	if made.Status != http.StatusCreated {
		t.Fatalf("create: %d %s", made.Status, made.Body)
	}
	one := items + "/" + made.Object()["id"].(string)
	read := p.Do(p.SiteKey, http.MethodGet, one, nil)
	shown := strings.NewReplacer(`" : `, `":`, `, "currency`, `,"currency`, "+00:00", "Z").Replace(read.Body)
	for _, f := range ownFields {
		if want := `"x_` + f.key + `":` + f.value; !strings.Contains(shown, want) {
			t.Errorf("read: lacks %s in %s", want, read.Body)
		}
		if r := p.Do(p.SiteKey, http.MethodPatch, one, testkit.JSON(`{"x_`+f.key+`":`+f.wrong+`}`)); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "x_"+f.key) {
			t.Errorf("%s: %s was taken: %d %s", f.key, f.wrong, r.Status, r.Body)
		}
		if f.filter == "" {
			continue
		}
		for filter, want := range map[string]int{f.filter: 1, f.none: 0} {
			to := items + "?select=id,x_" + f.key + "&order=x_" + f.key + ".desc&x_" + f.key + "=" + url.QueryEscape(filter)
			if r := p.Do(p.SiteKey, http.MethodGet, to, nil); r.Status != http.StatusOK || strings.Count(r.Body, made.Object()["id"].(string)) != want {
				t.Errorf("%s: %d %s, want %d", to, r.Status, r.Body, want)
			}
		}
	}
	if r := p.Do(p.SiteKey, http.MethodGet, items+"?select=x_seats.sum()", nil); r.Body != `[{"sum":12}]` {
		t.Errorf("sum: %d %s", r.Status, r.Body)
	}
	// One value changes, one is emptied, the others stay.
	r := p.Do(p.SiteKey, http.MethodPatch, one, testkit.JSON(`{"x_seats":13,"x_note":null}`))
	if o := r.Object(); o["x_seats"] != float64(13) || o["x_note"] != nil || o["x_mail"] != "a@example.com" || o["version"] != float64(2) {
		t.Errorf("change: %d %s", r.Status, r.Body)
	}
	if r := p.Do(p.SiteKey, http.MethodGet, one+"/history", nil); !strings.Contains(r.Body, "x_seats") || strings.Count(r.Body, "x_mail") != 1 {
		t.Errorf("history: %d %s", r.Status, r.Body)
	}
	if r := p.Do(p.SiteKey, http.MethodPost, items, testkit.JSON(`[{"name":"B1","daily_rate":{"amount":1,"currency":"EUR"},"x_seats":1},{"name":"B2","daily_rate":{"amount":1,"currency":"EUR"},"x_seats":2}]`)); r.Status != http.StatusCreated {
		t.Errorf("many: %d %s", r.Status, r.Body)
	}
	if r := p.Do(p.SiteKey, http.MethodGet, items+"?x_seats=lte.2&select=x_seats&order=x_seats", nil); strings.Join(strings.Fields(r.Body), "") != `[{"x_seats":1},{"x_seats":2}]` {
		t.Errorf("read of many: %d %s", r.Status, r.Body)
	}
	if r := p.Do(p.SiteKey, http.MethodGet, "/api/modules/equipment-rental/openapi.json", nil); !strings.Contains(r.Body, "x_branch") {
		t.Error("the description lacks the fields")
	}
	if r := p.Do(p.Owner, http.MethodGet, p.Home.App("/equipment-rental/item/new"), nil); !strings.Contains(r.Body, "Own seats") || !strings.Contains(r.Body, "Own fields") {
		t.Errorf("the form lacks the fields: %d", r.Status)
	}
	if r := p.Do(p.Owner, http.MethodGet, p.Home.App("/equipment-rental/item"), nil); !strings.Contains(r.Body, "Own note") {
		t.Errorf("the list lacks the fields: %d", r.Status)
	}
	// Nobody else has them: the sister site, and visitors, whose reach lists its fields.
	if r := p.Do(p.OtherSiteKey, http.MethodGet, items+"?select=x_seats", nil); r.Status != http.StatusUnprocessableEntity && r.Status != http.StatusBadRequest {
		t.Errorf("the other site has them too: %d %s", r.Status, r.Body)
	}
	for _, query := range []string{"?select=x_seats", "?x_seats=gt.1", "?order=x_seats"} {
		if r := p.Do(p.Visitor, http.MethodGet, p.Home.URL("/api/modules/equipment-rental/item"+query), nil); r.Status == http.StatusOK {
			t.Errorf("a visitor got %s: %s", query, r.Body)
		}
	}
}

// TestOwnFieldsKeepTheirRules holds definitions against the rules, and retires
// a field and brings it back with its values.
func TestOwnFieldsKeepTheirRules(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	items := testkit.API(testkit.Rental + ".item")
	for body, want := range map[string]int{
		`{"collection":"item","key":"Size","kind":"text","label":"Size"}`:           http.StatusUnprocessableEntity,
		`{"collection":"item","key":"size","kind":"lines","label":"Size"}`:          http.StatusUnprocessableEntity,
		`{"collection":"item","key":"size","kind":"choice","label":"Size"}`:         http.StatusUnprocessableEntity,
		`{"collection":"item","key":"size","kind":"text","label":" "}`:              http.StatusUnprocessableEntity,
		`{"collection":"nothing","key":"size","kind":"text","label":"Size"}`:        http.StatusUnprocessableEntity,
		`{"collection":"item","key":"fee","kind":"money","label":"Fee"}`:            http.StatusCreated,
		`{"collection":"category","key":"fee","kind":"text","label":"Another one"}`: http.StatusCreated,
	} {
		if r := addField(p, p.SiteKey, p.Home, body); r.Status != want {
			t.Errorf("%s: %d %s", body, r.Status, r.Body)
		}
	}
	if r := addField(p, p.SiteKey, p.Home, `{"collection":"item","key":"fee_amount","kind":"integer","label":"Part"}`); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a part of another field: %d %s", r.Status, r.Body)
	}
	if r := addField(p, p.SiteKey, p.Home, `{"collection":"item","key":"fee","kind":"text","label":"Fee"}`); r.Status != http.StatusConflict {
		t.Errorf("a used key: %d %s", r.Status, r.Body)
	}
	// By the screen, with an error first.
	page := p.Home.App("/modules/equipment-rental/fields")
	form := url.Values{"collection": {"item"}, "key": {"grade"}, "kind": {"choice"}, "label": {"Grade"}, "options": {"A!"}}
	if r := p.Do(p.Owner, http.MethodPost, page, form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "A!") {
		t.Errorf("a wrong form: %d", r.Status)
	}
	form.Set("options", "a: First\nb")
	if r := p.Do(p.Owner, http.MethodPost, page, form); r.Status != http.StatusSeeOther {
		t.Errorf("a form: %d %s", r.Status, r.Body)
	}
	if r := p.Do(p.Owner, http.MethodPost, page, url.Values{"field": {"item.grade"}, "do": {"up"}}); r.Status != http.StatusSeeOther {
		t.Errorf("moving: %d %s", r.Status, r.Body)
	}
	listed := p.Do(p.SiteKey, http.MethodGet, fieldsOf(p.Home), nil).Body
	if grade, fee := strings.Index(listed, `"x_grade"`), strings.Index(listed, `"collection":"item","key":"fee"`); grade < 0 || fee < grade {
		t.Errorf("after moving: %s", listed)
	}
	body := `{"name":"Kept","daily_rate":{"amount":1,"currency":"EUR"},"x_grade":"a"}`
	made := p.Do(p.SiteKey, http.MethodPost, items, testkit.JSON(body))
	if made.Status != http.StatusCreated {
		t.Fatalf("create: %d %s", made.Status, made.Body)
	}
	one := items + "/" + made.Object()["id"].(string)
	for _, step := range []struct {
		change, value string
		status        int
	}{
		{`{"retired":true}`, "x_grade", http.StatusUnprocessableEntity},
		{`{"retired":false}`, "x_grade", http.StatusOK},
	} {
		if r := p.Do(p.SiteKey, http.MethodPatch, fieldsOf(p.Home)+"/item.grade", testkit.JSON(step.change)); r.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", step.change, r.Status, r.Body)
		}
		read := p.Do(p.SiteKey, http.MethodGet, one, nil)
		if has := strings.Contains(read.Body, `"x_grade"`); has != (step.status == http.StatusOK) {
			t.Errorf("%s: %s", step.change, read.Body)
		}
		if r := p.Do(p.SiteKey, http.MethodPatch, one, testkit.JSON(`{"x_grade":"b","notes":"x"}`)); r.Status != step.status {
			t.Errorf("%s: writing it: %d %s", step.change, r.Status, r.Body)
		}
	}
	// A field that becomes required is asked of new records.
	p.Do(p.SiteKey, http.MethodPatch, fieldsOf(p.Home)+"/item.grade", testkit.JSON(`{"required":true}`))
	if r := p.Do(p.SiteKey, http.MethodPost, items, testkit.JSON(`{"name":"Without","daily_rate":{"amount":1,"currency":"EUR"}}`)); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a required field: %d %s", r.Status, r.Body)
	}
	if r := p.Do(p.Owner, http.MethodGet, p.Home.App("/activity"), nil); !strings.Contains(r.Body, "retired a field of") {
		t.Error("the activity lacks the retirement")
	}
	if r := p.Do(p.Member, http.MethodGet, page, nil); r.Status != http.StatusForbidden {
		t.Errorf("a member saw the page: %d", r.Status)
	}
}
