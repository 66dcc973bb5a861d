package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// library is a module whose records are translated.
var bookshop = testkit.Files{
	"module.yaml": `manifest: 1
id: library
name: Library
version: 1.0.0
category: operations
description: Books and their shelves.
roles:
  clerk: {for: [agency_member], grants: ["shelf.*", "book.read:shown", "book.update:shown"]}
  guest: {for: [agency_viewer], grants: ["book.read:shown"]}
`,
	"collections/shelf.yaml": `fields:
  name: {type: text, required: true, translatable: true}
`,
	"collections/book.yaml": `fields:
  name: {type: text, required: true, max: 40, translatable: true}
  blurb: {type: richtext, translatable: true, search: true}
  secretly: {type: text, translatable: true}
  pages: {type: integer}
  shelf: {type: reference, to: shelf, inverse: books}
  shelf_name: {type: text, computed: lower(shelf.name)}
  status: {type: state, options: [open, closed]}
actions:
  close: {from: open, to: closed}
lock: {when: status == "closed", except: [blurb]}
access:
  shown: {when: pages > 5, fields: [name, blurb, pages, shelf_name]}
`,
}

func TestRecordsAreTranslated(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, bookshop.Pack(t))
	p.Install(p.Home, "library")
	s := newScenario(p, "library")
	site := "/api/v1/sites/" + p.Home.ID.String()
	s.run(t, []step{
		{request: "POST shelf", body: `{"name":"Sea"}`, status: 201},
		{request: "POST book", body: `{"name":"Whale","blurb":"<p>Big</p>","secretly":"old","pages":9,"shelf_id":"<Sea>"}`, status: 201},
		{request: "POST book", body: `{"name":"Ant","pages":3}`, status: 201},
		{says: "a site of one language", request: "PATCH book/<Whale>", headers: "Content-Language: de", body: `{"name":"Wal"}`, status: 422, want: `"unknown_language" … Its languages are: en-GB.`},
		{request: "GET book/<Whale>", headers: "Accept-Language: de", status: 200, want: `"Whale"`, tells: "Content-Language: "},

		{request: "GET " + site, status: 200, want: `"language":"en-GB","languages":[]`},
		{as: "member", request: "PATCH " + site, body: `{"languages":["de"]}`, status: 403},
		{request: "PATCH " + site, body: `{"languages":["de","de","nope!","en","EN-gb"]}`, status: 422, want: `languages[1] … languages[2] … languages[3] … languages[4]`},
		{request: "PATCH " + site, body: `{"languages":["DE","pt-br"]}`, status: 200, want: `"languages":["de","pt-BR"]`},

		{request: "PATCH book/<Whale>", headers: "Content-Language: de-AT", body: `{"name":"Wal","blurb":"<p>Groß<script>x</script></p>","secretly":"alt"}`, status: 200, want: `"version":2 … "Wal","blurb":"<p>Groß</p>"`, tells: "Content-Language: de"},
		{request: "PATCH shelf/<Sea>", headers: "Content-Language: de", body: `{"name":"MEER"}`, status: 200},
		{request: "GET book/<Whale>", status: 200, want: `"Whale" … "old" … "sea"`, tells: "Content-Language: en-GB"},
		{request: "GET book/<Whale>", headers: "Accept-Language: fr, de;q=0.9, en;q=0.8", status: 200, want: `"Wal","blurb":"<p>Groß</p>","secretly":"alt","pages":9 … "meer"`},
		{request: "GET shelf/<Sea>", headers: "Accept-Language: de", status: 200, want: `"MEER"`, tells: `ETag: "2-de"`},
		{request: "GET shelf/<Sea>", headers: `Accept-Language: de; If-None-Match: "2-de"`, status: 304},
		{request: "GET shelf/<Sea>", headers: `If-None-Match: "2-de"`, status: 200, want: `"Sea"`, tells: `ETag: "2"`},
		{request: "GET book/<Whale>", headers: "Accept-Language: pt", status: 200, want: `"Whale"`, tells: "Content-Language: pt-BR"},
		{request: "GET book/<Whale>", headers: "Accept-Language: en-US, de", status: 200, want: `"Whale"`, tells: "Vary: Accept-Language"},
		{request: "GET book?name=eq.Wal&select=name,shelf(name,books(name))", headers: "Accept-Language: de", status: 200, want: `[{"name":"Wal","shelf":{"name":"MEER","books":[{"name":"Wal"}]}}]`},
		{request: "GET book?name=eq.Whale", headers: "Accept-Language: de", status: 200, want: `[]`},
		{says: "an index holds one language", request: "GET book?blurb=like.*Groß*&select=name", headers: "Accept-Language: de", status: 200, want: `[{"name":"Wal"}]`},
		{request: "GET book?or=(blurb.match.Groß,blurb.plfts.groß)&select=name", headers: "Accept-Language: de", status: 200, want: `[{"name":"Wal"}]`},
		{request: "GET book?or=(blurb.like.*Big*,blurb.plfts.big)&select=name", headers: "Accept-Language: de", status: 200, want: `[]`},
		{request: "GET book?blurb=like.*Big*&select=name", status: 200, want: `[{"name":"Whale"}]`},
		{request: "GET book?order=name.desc&select=name,n:name", headers: "Accept-Language: de", status: 200, want: `[{"name":"Wal","n":"Wal"}, … {"name":"Ant","n":"Ant"}]`},
		{request: "GET book?select=name,count()&order=name", headers: "Accept-Language: de", status: 200, want: `"Ant" … "Wal"`},
		{request: "GET book?order=name.desc&select=name", headers: "Accept-Language: de; Accept: text/csv", status: 200, want: "name\r\nWal\r\nAnt\r\n"},
		{request: "GET book/<Whale>/translations", status: 200, want: `{ "de" : { "name" : "Wal", "blurb" : "<p>Groß</p>", "secretly" : "alt" } }`},
		{says: "hidden fields", as: "viewer", request: "GET book/<Whale>/translations", status: 200, want: `"name" : "Wal"`, lacks: "alt"},
		{as: "viewer", request: "GET book/<Ant>/translations", status: 404},
		{as: "viewer", request: "PATCH book/<Whale>", headers: "Content-Language: de", body: `{"name":"X"}`, status: 403},
		{as: "member", request: "PATCH book/<Whale>", headers: "Content-Language: de", body: `{"secretly":"neu"}`, status: 422, want: `secretly`},
		{as: "member", request: "PATCH book/<Ant>", headers: "Content-Language: de", body: `{"name":"X"}`, status: 404},
		{as: "member", request: "PATCH book/<Whale>", headers: "Content-Language: pt-BR", body: `{"name":"Baleia"}`, status: 200, want: `Baleia`, lacks: "old"},

		{request: "PATCH book/<Whale>", headers: "Content-Language: de", body: `{"pages":3,"nope":1}`, status: 422, want: `nope`},
		{request: "PATCH book/<Whale>", headers: "Content-Language: de", body: `{"pages":3}`, status: 422, want: `"pages" … "not_translatable"`},
		{request: "PATCH book/<Whale>", headers: "Content-Language: de", body: `{"name":"` + strings.Repeat("x", 41) + `"}`, status: 422, want: `"name" … "too_long"`},
		{request: "PATCH book/<Whale>", headers: `Content-Language: de; If-Match: "1"`, body: `{"name":"X"}`, status: 412},
		{request: "PATCH book/<Whale>", headers: `Content-Language: de`, body: `{"name":"X","version":1}`, status: 409, want: `version_conflict`},
		{request: "POST book", headers: "Content-Language: de", body: `{"name":"X"}`, status: 422, want: `"wrong_language"`},
		{request: "PATCH book?name=eq.Whale", headers: "Content-Language: de", body: `{"name":"X"}`, status: 422, want: `"wrong_language"`},
		{says: "its own language is no translation", request: "PATCH book/<Whale>", headers: "Content-Language: en", body: `{"name":"Whales"}`, status: 200, want: `"Whales"`},
		{request: "PATCH book/<Whale>", headers: "Content-Language: de", body: `{"name":null,"blurb":""}`, status: 200, want: `"Whales","blurb":"<p>Big</p>","secretly":"alt"`},
		{request: "GET book/<Whale>/history?limit=1", status: 200, want: `"before" : { "i18n" : { "de" : { "name" : "Wal", … "after" : { "i18n" : { "de" : { "secretly" : "alt" }`},
		{says: "what it was is for who reads all", as: "viewer", request: "GET book/<Whale>/history", status: 403, lacks: "Wal"},
		{as: "viewer", request: "GET book/<Ant>/history", status: 404},

		{request: "POST book/<Whale>/close", body: `{}`, status: 200},
		{request: "PATCH book/<Whale>", headers: "Content-Language: de", body: `{"name":"X"}`, status: 409, want: `"locked"`},
		{request: "PATCH book/<Whale>", headers: "Content-Language: de", body: `{"blurb":"<p>Frei</p>"}`, status: 200, want: `Frei`},
		{says: "a language that goes is kept", request: "PATCH " + site, body: `{"languages":["pt-BR"]}`, status: 200},
		{request: "GET book/<Whale>", headers: "Accept-Language: de", status: 200, want: `"Whales"`, tells: "Content-Language: en-GB"},
		{request: "PATCH " + site, body: `{"languages":["pt-BR","de"]}`, status: 200},
		{request: "GET book/<Whale>", headers: "Accept-Language: de", status: 200, want: `Frei`},
		{says: "beside a field of the site's own", request: "POST " + site + "/modules/library/fields", body: `{"collection":"book","key":"cover","kind":"text","label":"Cover"}`, status: 201},
		{request: "POST book", body: `{"name":"Bee","x_cover":"red"}`, status: 201},
		{request: "PATCH book/<Bee>", headers: "Content-Language: de", body: `{"name":"Biene"}`, status: 200, want: `"Biene" … "x_cover":"red"`},
		{request: "GET book?x_cover=eq.red&select=name,x_cover", headers: "Accept-Language: de", status: 200, want: `[{"name":"Biene","x_cover":"red"}]`},
	})

	form := p.Home.App("/library/book/" + s.ids["Ant"])
	for _, one := range []struct {
		who      testkit.Actor
		to, want string
		status   int
	}{
		{p.Owner, p.Home.App("/languages"), "Brazilian Portuguese", 200},
		{p.Member, p.Home.App("/languages"), "", 403},
		{p.Owner, form, "/translations", 200},
		{p.Owner, form + "/translations", "British English: Ant", 200},
		{p.Owner, form + "/translations?language=fr", "", 404},
		{p.Owner, p.Home.App("/equipment-rental/category/" + p.Home.Records[testkit.Rental+".category"].String() + "/translations"), "", 303},
	} {
		if r := p.Do(one.who, http.MethodGet, one.to, nil); r.Status != one.status || !strings.Contains(r.Body, one.want) {
			t.Errorf("%s: %d, lacks %q", one.to, r.Status, one.want)
		}
	}
	for _, one := range []struct {
		to   string
		form url.Values
		code int
		want string
	}{
		{form + "/translations?language=de", url.Values{"name": {strings.Repeat("y", 41)}, "version": {"1"}}, 422, strings.Repeat("y", 41)},
		{form + "/translations?language=de", url.Values{"name": {"Ameise"}, "version": {"1"}}, 303, ""},
		{form + "/translations?language=de", url.Values{"name": {"Late"}, "version": {"1"}}, 409, "Ameise"},
		{p.Home.App("/languages"), url.Values{"add": {"xx-nonsense-"}}, 422, "no language"},
		{p.Home.App("/languages"), url.Values{"add": {"fr"}}, 303, ""},
		{p.Home.App("/languages"), url.Values{"remove": {"pt-BR"}}, 303, ""},
	} {
		if r := p.Do(p.Owner, http.MethodPost, one.to, one.form); r.Status != one.code || !strings.Contains(r.Body, one.want) {
			t.Errorf("%s %v: %d, lacks %q", one.to, one.form, r.Status, one.want)
		}
	}
	s.run(t, []step{
		{request: "GET book/<Ant>/translations", status: 200, want: `{ "de" : { "name" : "Ameise" } }`},
		{request: "GET " + site, status: 200, want: `"languages":["de","fr"]`},
	})
}
