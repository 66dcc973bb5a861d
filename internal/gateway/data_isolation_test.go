package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/testkit"
)

const items = testkit.Rental + ".item"

// escape writes a filter as it stands in a URL.
func escape(name, value string) string { return url.Values{name: {value}}.Encode() }

func TestABodyCannotNameAnotherSite(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	before := p.State()
	foreign := p.Foreign.ID.String()
	for _, row := range []struct{ says, key, value string }{
		{"another site", "site_id", `"` + foreign + `"`},
		{"its own site", "site_id", `"` + p.Home.ID.String() + `"`},
		{"no site", "site_id", "null"},
		{"the id", "id", `"` + testkit.NewID().String() + `"`},
		{"the author", "created_by", `"` + p.ForeignOwner.ID.String() + `"`},
		{"the day of deletion", "deleted_at", "null"},
		{"custom values", "custom", `{"a":1}`},
		{"translations", "i18n", `{"de":{}}`},
		{"a column of a reference", "category", `"` + foreign + `"`},
		{"a column of money", "daily_rate_amount", "1"},
	} {
		for _, a := range []testkit.Actor{p.SiteKey, p.Owner} {
			body := testkit.JSON(fmt.Sprintf(`{"name":"x","daily_rate":{"amount":1,"currency":"EUR"},%q:%s}`, row.key, row.value))
			own := p.Home.Records[items].String()
			for _, r := range []testkit.Response{
				p.Do(a, http.MethodPost, testkit.API(items), body, p.Home.On()),
				p.Do(a, http.MethodPatch, testkit.API(items)+"/"+own, testkit.JSON(fmt.Sprintf(`{%q:%s}`, row.key, row.value)), p.Home.On()),
			} {
				if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, row.key) {
					t.Errorf("%s sets %s: %d %s", a.Name, row.says, r.Status, r.Body)
				}
			}
		}
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

// TestSystemColumnsCannotBeAskedFor tries the columns that carry tenancy and
// what is hidden in every part of a query.
func TestSystemColumnsCannotBeAskedFor(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	for _, name := range []string{"site_id", "custom", "i18n", "deleted_at", "deleted_by", "custom->>a", "i18n->de->>name"} {
		for says, query := range map[string]string{
			"filter":     escape(name, "eq."+p.Foreign.ID.String()),
			"not":        escape(name, "not.is.null"),
			"select":     escape("select", "id,"+name),
			"order":      escape("order", name+".desc"),
			"and":        escape("and", "("+name+".not.is.null)"),
			"or in and":  escape("and", "(name.eq.x,or("+name+".is.null,name.eq.y))"),
			"not or":     escape("not.or", "("+name+".is.null)"),
			"json path":  escape(name+"->x", "eq.1"),
			"upper case": escape(strings.ToUpper(name), "is.null"),
			"quoted":     escape(`"`+name+`"`, "is.null"),
			"qualified":  escape("t."+name, "is.null"),
		} {
			r := p.Do(p.SiteKey, http.MethodGet, testkit.API(items)+"?"+query, nil)
			if r.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s of %s (%s): %d %s", says, name, query, r.Status, r.Body)
			}
		}
	}
}

// TestAForeignReferenceIsLikeNone points at records of other sites: the answer
// has the words that an id which nobody has gets.
func TestAForeignReferenceIsLikeNone(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	before := p.State()
	ids := map[string]string{
		"no record":                  testkit.NewID().String(),
		"the nil id":                 "00000000-0000-0000-0000-000000000000",
		"another agency's":           p.Foreign.Records[testkit.Rental+".category"].String(),
		"another client's":           p.Other.Records[testkit.Rental+".category"].String(),
		"a sister site's":            p.Sister.Records[testkit.Rental+".category"].String(),
		"of another collection":      p.Home.Records[testkit.Rental+".customer"].String(),
		"of another module's record": p.Home.Records[testkit.Guestbook+".entry"].String(),
		"another site":               p.Foreign.ID.String(),
	}
	answers := map[string]string{}
	for says, id := range ids {
		create := p.Do(p.SiteKey, http.MethodPost, testkit.API(items),
			testkit.JSON(fmt.Sprintf(`{"name":"x","daily_rate":{"amount":1,"currency":"EUR"},"category_id":%q}`, id)))
		change := p.Do(p.SiteKey, http.MethodPatch, testkit.API(items)+"/"+p.Home.Records[items].String(),
			testkit.JSON(fmt.Sprintf(`{"category_id":%q}`, id)))
		screen := p.Do(p.Owner, http.MethodPost, p.Home.App("/equipment-rental/item"),
			url.Values{"name": {"x"}, "daily_rate": {"1"}, "quantity": {"1"}, "category_id": {id}})
		for i, r := range []testkit.Response{create, change, screen} {
			if r.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", says, r.Status, r.Body)
			}
			key := fmt.Sprint(i)
			text := strings.ReplaceAll(r.Text(), id, "<named>")
			if answers[key] == "" {
				answers[key] = text
			} else if answers[key] != text {
				t.Errorf("%s is told apart:\n%s\n--- and ---\n%s", says, text, answers[key])
			}
		}
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

// TestTwoNamesOfTheSiteMustAgree names the site twice, once wrongly.
func TestTwoNamesOfTheSiteMustAgree(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	api, list := testkit.API(items), "/equipment-rental/item"
	for _, row := range []struct {
		says   string
		actor  testkit.Actor
		url    string
		header testkit.Header
		status int
	}{
		{"key and its site", p.SiteKey, api, p.Home.On(), 200},
		{"key and sister site", p.SiteKey, api, p.Sister.On(), 404},
		{"key and foreign site", p.SiteKey, api, p.Foreign.On(), 404},
		{"key and its host", p.SiteKey, p.Home.URL(api), testkit.Header{}, 200},
		{"key and sister host", p.SiteKey, p.Sister.URL(api), testkit.Header{}, 404},
		{"key and foreign host", p.SiteKey, p.Foreign.URL(api), testkit.Header{}, 404},
		{"key, host and another header", p.SiteKey, p.Home.URL(api), p.Sister.On(), 404},
		{"host and another header", p.Visitor, p.Home.URL(api), p.Sister.On(), 404},
		{"path and its header", p.Owner, p.Home.App(list), p.Home.On(), 200},
		{"path and another header, both reached", p.Owner, p.Home.App(list), p.Sister.On(), 404},
		{"path and foreign header", p.Owner, p.Home.App(list), p.Foreign.On(), 404},
		{"key and path of its site", p.SiteKey, "/api/v1/sites/" + p.Home.ID.String() + "/modules", testkit.Header{}, 200},
		{"key and path of a sister site", p.SiteKey, "/api/v1/sites/" + p.Sister.ID.String() + "/modules", testkit.Header{}, 404},
		{"a person without a word about the site", p.Owner, api, testkit.Header{}, 400},
		{"a header on a route without site", p.Owner, "/app/modules", p.Foreign.On(), 404},
		{"key and header on a route without site", p.SiteKey, "/api/v1/modules", p.Foreign.On(), 404},
		{"an upper-case header", p.Owner, api, testkit.Header{Name: "Dramac-Site", Value: strings.ToUpper(p.Home.ID.String())}, 200},
		{"a header in braces", p.Owner, api, testkit.Header{Name: "Dramac-Site", Value: "{" + p.Home.ID.String() + "}"}, 404},
		{"a host with a port and a dot", p.Visitor, "http://" + p.Home.Subdomain + ".localhost.:8080" + api, testkit.Header{}, 200},
		{"a host in capitals", p.Visitor, "http://" + strings.ToUpper(p.Home.Subdomain) + ".LOCALHOST:8080" + api, testkit.Header{}, 200},
		{"a host that nobody has", p.Visitor, "http://nobody.localhost:8080" + api, testkit.Header{}, 404},
		{"a host below a site", p.Visitor, "http://x." + p.Home.Host() + api, testkit.Header{}, 404},
		{"a cookie of the app on the site's host", p.Owner, p.Home.URL(testkit.API(testkit.Rental + ".customer")), testkit.Header{}, 401},
	} {
		if r := p.Do(row.actor, http.MethodGet, row.url, nil, row.header); r.Status != row.status {
			t.Errorf("%s: %d %s, want %d", row.says, r.Status, r.Body, row.status)
		}
	}
}

// TestForeignRecordsAreLikeNone reads, changes and deletes them with and
// without a version.
func TestForeignRecordsAreLikeNone(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	before := p.State()
	forged := testkit.NewID().String()
	for _, name := range testkit.Collections() {
		for _, s := range []*testkit.Site{p.Foreign, p.Other, p.Sister} {
			id := s.Records[name].String()
			for _, row := range []struct {
				method string
				body   any
				header testkit.Header
			}{
				{http.MethodGet, nil, testkit.Header{}},
				{http.MethodPatch, testkit.JSON(`{}`), testkit.Header{}},
				{http.MethodPatch, testkit.JSON(`{"version":1}`), testkit.Header{}},
				{http.MethodPatch, testkit.JSON(`{"version":99}`), testkit.Header{}},
				{http.MethodPatch, testkit.JSON(fmt.Sprintf(`{%q:"47110815"}`, changeable(name))), testkit.Header{Name: "If-Match", Value: `"1"`}},
				{http.MethodPatch, testkit.JSON(fmt.Sprintf(`{%q:"47110815"}`, changeable(name))), testkit.Header{Name: "If-Match", Value: `"99"`}},
				{http.MethodDelete, nil, testkit.Header{}},
				{http.MethodDelete, nil, testkit.Header{Name: "If-Match", Value: `"1"`}},
				{http.MethodDelete, nil, testkit.Header{Name: "If-Match", Value: `"99"`}},
			} {
				foreign := p.Do(p.SiteKey, row.method, testkit.API(name)+"/"+id, row.body, row.header)
				absent := p.Do(p.SiteKey, row.method, testkit.API(name)+"/"+forged, row.body, row.header)
				if foreign.Status != http.StatusNotFound || foreign.Text() != absent.Text() {
					t.Errorf("%s %s %v %v:\n%s\n--- and ---\n%s", row.method, name, row.body, row.header, foreign.Text(), absent.Text())
				}
			}
			for _, q := range []string{escape("id", "eq."+id), escape("id", "in.("+id+")"), escape("or", "(id.eq."+id+",id.eq."+forged+")")} {
				r := p.Do(p.SiteKey, http.MethodGet, testkit.API(name)+"?"+q, nil, testkit.Header{Name: "Prefer", Value: "count=exact"})
				if r.Body != "[]" || r.Header.Get("Content-Range") != "*/0" {
					t.Errorf("%s?%s: %s %s", name, q, r.Body, r.Header.Get("Content-Range"))
				}
			}
		}
	}
	for _, s := range []*testkit.Site{p.Foreign, p.Other, p.Sister} {
		for _, row := range []struct {
			actor testkit.Actor
			to    string
		}{{p.SiteKey, testkit.API("guestbook.entry")}, {p.Owner, p.Home.App("/guestbook/entry")}, {p.ClientMember, p.Home.App("/guestbook/entry")}} {
			foreign := p.Do(row.actor, http.MethodPost, row.to+"/"+s.Records["deleted"].String()+"/restore", nil)
			absent := p.Do(row.actor, http.MethodPost, row.to+"/"+forged+"/restore", nil)
			if foreign.Status < 400 || foreign.Text() != absent.Text() {
				t.Errorf("%s restores a deleted record of %s:\n%s\n--- and ---\n%s", row.actor.Name, s.Name, foreign.Text(), absent.Text())
			}
		}
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

// TestUniqueHoldsWithinASite writes values that another site has already.
func TestUniqueHoldsWithinASite(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	for _, row := range []struct{ collection, body string }{
		{testkit.Rental + ".category", `{"name":"Ladders"}`},
		{testkit.Rental + ".customer", `{"name":"Ann","email":"ann@example.com"}`},
		{items, `{"name":"Saw","serial_number":"SN-1","daily_rate":{"amount":1,"currency":"EUR"}}`},
	} {
		for _, s := range p.Sites() {
			body := testkit.JSON(strings.ReplaceAll(row.body, "EUR", s.Currency))
			if r := p.Do(s.Key, http.MethodPost, testkit.API(row.collection), body); r.Status != http.StatusCreated {
				t.Errorf("%s on %s: %d %s", row.collection, s.Name, r.Status, r.Body)
			}
			r := p.Do(s.Key, http.MethodPost, testkit.API(row.collection), body)
			if r.Status != http.StatusConflict {
				t.Errorf("%s twice on %s: %d %s", row.collection, s.Name, r.Status, r.Body)
			}
		}
	}
}

// TestVisitorsCannotGuessHiddenFields tries what a field is that visitors may
// not see, in every part of a query: the answer is that of a field which does
// not exist.
func TestVisitorsCannotGuessHiddenFields(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	// As long as the hidden ones, and like nothing else.
	for _, row := range []struct{ collection, hidden, unknown string }{
		{items, "notes", "qzqzq"},
		{items, "serial_number", "qzqzqz_qzqzqz"},
		{items, "purchase_price", "qzqzqzqz_qzqzq"},
		{items, "purchase_price->amount", "qzqzqzqz_qzqzq->amount"},
		{items, "category_id", "qzqzqzqz_qz"},
		{items, "category", "qzqzqzqz"},
		{items, "offered_from", "qzqzqzq_qzqz"},
		{items, "created_by", "created_bz"},
		{items, "updated_at", "updated_bt"},
		{testkit.Guestbook + ".entry", "hidden_on", "qzqzqz_qz"},
	} {
		for says, query := range map[string]string{
			"select":     "select=id,%s",
			"is null":    "%s=is.null",
			"not null":   "%s=not.is.null",
			"order":      "order=%s",
			"order back": "order=name,%s.desc.nullsfirst",
			"and":        "and=(%s.is.null)",
			"or":         "or=(name.eq.x,%s.is.null)",
			"deep":       "and=(name.neq.x,or(name.eq.y,and(%s.is.null,name.eq.z)))",
			"not":        "not.and=(%s.is.null)",
		} {
			ask := func(name string) string {
				q := strings.ReplaceAll(fmt.Sprintf(query, name), "->", "-%3E")
				r := p.Do(p.Visitor, http.MethodGet, p.Home.URL(testkit.API(row.collection)+"?"+q), nil)
				if r.Status != http.StatusUnprocessableEntity {
					t.Errorf("%s of %s: %d %s", says, name, r.Status, r.Body)
				}
				bare, _, _ := strings.Cut(name, "->")
				return strings.ReplaceAll(strings.ReplaceAll(r.Text(), strings.ReplaceAll(name, "->", `-\u003e`), "<name>"), bare, "<name>")
			}
			if hidden, unknown := ask(row.hidden), ask(row.unknown); hidden != unknown {
				t.Errorf("%s tells %s from no field:\n%s\n--- and ---\n%s", says, row.hidden, hidden, unknown)
			}
		}
	}
	for _, embedded := range []string{"category(name)", "name,category(*)", "category:category_id(name)", "rentals(*)", "category_title", "name,category_title"} {
		r := p.Do(p.Visitor, http.MethodGet, p.Home.URL(testkit.API(items)+"?"+escape("select", embedded)), nil)
		if r.Status != http.StatusUnprocessableEntity {
			t.Errorf("select=%s: %d %s", embedded, r.Status, r.Body)
		}
	}
}

// TestVisitorsAreToldOfNothingHidden reads all that is public.
func TestVisitorsAreToldOfNothingHidden(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	api := "/api/modules/"
	for _, to := range []string{
		"/", "/?sent=guestbook.entry.sign", testkit.API(items), testkit.API(items) + "?select=*", testkit.API(testkit.Guestbook + ".entry"),
		testkit.API(items) + "/" + p.Home.Records[items].String(),
		api + testkit.Guestbook + "/openapi.json", api + testkit.Rental + "/openapi.json",
	} {
		r := p.Do(p.Visitor, http.MethodGet, p.Home.URL(to), nil)
		if r.Status != http.StatusOK {
			t.Errorf("%s: %d %s", to, r.Status, r.Body)
		}
		for _, word := range append(p.Home.Hidden, "hidden_on", "serial_number", "purchase_price", p.Home.AgencyName, p.Home.ClientName, p.Owner.Email) {
			if strings.Contains(r.Text(), word) {
				t.Errorf("%s tells %q", to, word)
			}
		}
	}
	hidden := p.Home.Records["hidden"].String()
	r := p.Do(p.Visitor, http.MethodGet, p.Home.URL(testkit.API(testkit.Guestbook+".entry")+"/"+hidden), nil)
	none := p.Do(p.Visitor, http.MethodGet, p.Home.URL(testkit.API(testkit.Guestbook+".entry")+"/"+testkit.NewID().String()), nil)
	if r.Status != http.StatusNotFound || r.Text() != none.Text() {
		t.Errorf("a hidden entry: %s", r.Text())
	}
}

// TestInjectionNeverReachesTheDatabase puts what breaks naive SQL everywhere a
// client can put text. Nothing of it may be a fault of the server, find
// anything, or change anything.
func TestInjectionNeverReachesTheDatabase(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	before := p.State()
	queries := 0
	for _, text := range injections {
		for _, q := range []string{
			escape(text, "eq.x"), escape("name", text), escape("name", "eq."+text), escape("name", "like."+text), escape("name", "in.("+text+")"),
			escape("name", "not.ilike."+text), escape("quantity", "eq."+text), escape("offered_from", "gt."+text), escape("category_id", "eq."+text),
			escape("daily_rate->amount", "eq."+text), escape("daily_rate->>"+text, "eq.x"), escape("id", "eq."+text), escape("created_at", "lt."+text),
			escape("select", text), escape("select", "id,"+text), escape("order", text), escape("order", "name."+text), escape("limit", text),
			escape("offset", text), escape("and", text), escape("and", "("+text+")"), escape("or", "(name.eq."+text+")"), escape("or", `(name.eq."`+text+`")`),
			escape("not.and", "(name."+text+".x)"), escape("columns", text), escape("on_conflict", text),
		} {
			for _, a := range []struct {
				actor testkit.Actor
				to    string
			}{{p.SiteKey, testkit.API(items)}, {p.Visitor, p.Home.URL(testkit.API(items))}} {
				r := p.Do(a.actor, http.MethodGet, a.to+"?"+q, nil)
				queries++
				if r.Status >= http.StatusInternalServerError {
					t.Errorf("%s ?%s: %d %s", a.actor.Name, q, r.Status, r.Body)
				}
				if strings.Contains(r.Body, "SQLSTATE") || strings.Contains(r.Body, "mod_") {
					t.Errorf("?%s tells of the database: %s", q, r.Body)
				}
			}
		}
		for _, q := range []string{escape("q", text), escape("order", text), escape("offset", text)} {
			for _, to := range []string{p.Home.App("/equipment-rental/item?" + q), p.Home.App("/equipment-rental/item/options?" + q), p.Home.App("/activity?" + strings.Replace(q, "q=", "before=", 1))} {
				if r := p.Do(p.Owner, http.MethodGet, to, nil); r.Status != http.StatusOK {
					t.Errorf("%s: %d", to, r.Status)
				}
			}
		}
		path := url.PathEscape(text)
		for _, to := range []string{
			"/api/modules/" + path + "/item", "/api/modules/equipment-rental/" + path, testkit.API(items) + "/" + path,
			"/app/" + path, p.Home.App("/" + path + "/item"), p.Home.App("/modules/" + path), "/api/v1/sites/" + path + "/modules", "/_assets/" + path,
		} {
			if r := p.Do(p.Owner, http.MethodGet, to, nil, p.Home.On()); r.Status >= http.StatusInternalServerError || r.Status == http.StatusOK {
				t.Errorf("%s: %d %s", to, r.Status, r.Body)
			}
		}
		for _, header := range []testkit.Header{
			{Name: "Dramac-Site", Value: header(text)},
			{Name: "Authorization", Value: "Bearer " + access.KeyPrefix + header(text)},
			{Name: "If-Match", Value: header(text)},
			{Name: "Prefer", Value: header(text)},
			{Name: "Accept-Language", Value: header(text)},
		} {
			r := p.Do(p.Owner, http.MethodPatch, testkit.API(items)+"/"+testkit.NewID().String(), testkit.JSON(`{}`), p.Home.On(), header)
			if r.Status >= http.StatusInternalServerError || r.Status < 400 {
				t.Errorf("%s: %s: %d %s", header.Name, header.Value, r.Status, r.Body)
			}
		}
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
	t.Logf("%d queries", queries)
}

// header makes a text fit for a header's line.
func header(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

var injections = []string{
	`'`, `"`, `\`, `;`, `--`, `/*`, `$1`, `$$`, `%`, `%00`, "\x00", "\xff", "a\nb", `{`, `}`, `(`, `)`, `((((`, `,`, `.`, `..`, `->`, `->>`, `*`,
	`' or '1'='1`, `x'; drop table item; --`, `x"; select pg_sleep(9); --`, `1) or (1=1`, `name) from platform.account --`,
	`(select password_hash from platform.account limit 1)`, `eq.x&site_id=eq.1`, `'; set role none; --`, `'; reset role; --`,
	`set_config('app.site_id','x',false)`, `current_setting('app.site_id')`, `name::int`, `name->>'x'`, `"name" desc, (select 1)`,
	`99999999999999999999999999`, `-1`, `NaN`, `Infinity`, `infinity`, `-infinity`, `epoch`, `2026-02-31`, `0001-01-01 BC`, `{1,2}`, `null`, `true`,
	`eq.`, `is.`, `is.x`, `in.()`, `in.(`, `in.(,)`, `like.`, `not.`, `not.not.eq.1`, `fts.x`, `cs.{1}`, `٣`, `ǅ`, strings.Repeat("(", 2000), strings.Repeat("x", 5000),
	`and(and(and(name.eq.x)))`, strings.Repeat("a.eq.1,", 60) + "a.eq.1",
}

// TestNoTextIsAFault writes what a database cannot hold, or holds only when it
// is passed as a value, everywhere that text is stored.
func TestNoTextIsAFault(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	v1 := "/api/v1/sites/" + p.Home.ID.String() + "/modules"
	for _, text := range append([]string{"a\x00b", "\u2028", "\U0001F468\u200D\U0001F469", "\uFFFE", `\u0000`, "\\ud800"}, injections...) {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		in := func(format string) testkit.JSON { return testkit.JSON(fmt.Sprintf(format, quoted)) }
		for _, q := range []testkit.Request{
			{Method: http.MethodPost, URL: testkit.API("guestbook.entry"), Body: in(`{"name":%s,"message":"x"}`)},
			{Method: http.MethodPost, URL: testkit.API("guestbook.entry"), Body: in(`{%s:"x"}`)},
			{Method: http.MethodPost, URL: testkit.API(items), Body: in(`{"name":"x","daily_rate":{"amount":1,"currency":%s}}`)},
			{Method: http.MethodPost, URL: testkit.API(items), Body: in(`{"name":"x","category_id":%s,"daily_rate":{"amount":1,"currency":"EUR"}}`)},
			{Method: http.MethodPost, URL: testkit.API(items), Body: in(`{"name":"x","quantity":%s,"offered_from":%[1]s,"daily_rate":{"amount":1,"currency":"EUR"}}`)},
			{Method: http.MethodPost, URL: testkit.API("guestbook.entry") + "/sign", Body: in(`{"name":%s,"message":"x"}`)},
			{Method: http.MethodPost, URL: v1, Body: in(`{"module":%s}`)},
			{Method: http.MethodPost, URL: v1, Body: in(`{"module":"` + p.Sister.Secret + `","version":%s}`)},
			{Method: http.MethodPatch, URL: v1 + "/equipment-rental", Body: in(`{"settings":{"greeting":%s}}`)},
			{Method: http.MethodPatch, URL: v1 + "/equipment-rental", Body: in(`{"settings":{%s:1}}`)},
			{Method: http.MethodPatch, URL: v1 + "/equipment-rental", Body: in(`{"version":%s}`)},
			{Method: http.MethodPost, URL: p.Home.App("/guestbook/entry"), Body: url.Values{"name": {text}, "message": {"x"}}},
			{Method: http.MethodPost, URL: p.Home.App("/equipment-rental/item"), Body: url.Values{"name": {"x"}, "daily_rate": {text}, "quantity": {text}, "category_id": {text}}},
			{Method: http.MethodPost, URL: p.Home.App("/modules/equipment-rental/settings"), Body: url.Values{"settings.greeting": {text}}},
			{Method: http.MethodPost, URL: p.Home.App("/modules/equipment-rental/version"), Body: url.Values{"version": {text}}},
			{Method: http.MethodPost, URL: p.Home.App("/modules/equipment-rental/uninstall"), Body: url.Values{"confirm": {text}}},
			{Method: http.MethodGet, URL: p.Home.App("/modules/" + p.Sister.Secret + "/install?" + escape("version", text))},
			{Method: http.MethodPost, URL: p.Home.URL(sign), Body: url.Values{"name": {text}, "message": {text}}},
			{Method: http.MethodGet, URL: p.Home.URL("/?" + escape("sent", text+".b.c"))},
		} {
			actor := p.Owner
			q.Headers = []testkit.Header{{Name: "User-Agent", Value: header(text)}}
			if strings.HasPrefix(q.URL, "/api/") {
				actor = p.SiteKey
			}
			if r := p.Send(actor, q); r.Status >= http.StatusInternalServerError {
				t.Errorf("%s %s %v: %d %.300s", q.Method, q.URL, q.Body, r.Status, r.Body)
			}
		}
	}
}
