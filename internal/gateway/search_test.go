package gateway_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit"
)

// library searches its books in each way that a finder answers. Later versions
// rename and search more.
func library(version, title, fields string) testkit.Files {
	return testkit.Files{
		"module.yaml": `manifest: 1
id: library
name: Library
version: ` + version + `
category: content
description: Books to be found.
roles:
  clerk: {grants: [book.read], for: [agency_member]}
`,
		"collections/book.yaml": "fields:\n" + fields + `  labels: {type: tags}
  open: {type: boolean}
  memo: {type: text, search: true, guard: memos}
  shelf: {type: reference, to: shelf}
guards: {memos: See memos}
access:
  open: {when: open, fields: [` + title + `, labels, open]}
`,
		"collections/shelf.yaml": "fields:\n  name: {type: text, required: true, search: true}\n",
	}
}

const (
	firstBooks  = "  title: {type: text, required: true, search: true}\n  about: {type: longtext}\n"
	secondBooks = "  heading: {type: text, required: true, search: true, was: [title]}\n  about: {type: longtext, search: true}\n"
)

// question is what somebody asks on a site, with the titles or the complaint
// that are answered.
type question struct {
	as          testkit.Actor
	site        *testkit.Site
	query, want string
}

// finding asks for books and returns the titles that came, in order.
func finding(p *testkit.Platform, as testkit.Actor, site *testkit.Site, title, query string) string {
	p.Helper()
	path := "/api/modules/library/book?select=" + title + "&order=" + title + "&" + strings.ReplaceAll(query, " ", "%20")
	r := p.Do(as, http.MethodGet, path, nil, site.On())
	if r.Status != http.StatusOK {
		var problem struct{ Errors []struct{ Code string } }
		r.Decode(&problem)
		if len(problem.Errors) == 0 {
			return r.Code()
		}
		return problem.Errors[0].Code
	}
	var titles []string
	for _, row := range r.Rows() {
		titles = append(titles, row[title].(string))
	}
	return strings.Join(titles, ", ")
}

func TestSearchFindsWhatTheActorMayRead(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, library("1.0.0", "title", firstBooks).Pack(t))
	p.Install(p.Home, "library")
	p.Install(p.Sister, "library")
	create := func(site *testkit.Site, collection, body string) string {
		t.Helper()
		r := p.Do(p.Owner, http.MethodPost, "/api/modules/library/"+collection, testkit.JSON(body), site.On())
		if r.Status != http.StatusCreated {
			t.Fatalf("%s: %d %s", body, r.Status, r.Body)
		}
		return r.Object()["id"].(string)
	}
	shelf := create(p.Home, "shelf", `{"name":"Under the window"}`)
	create(p.Home, "book", `{"title":"Rivers of the north","about":"Cold water","labels":["water","maps"],"open":true,"memo":"stolen once","shelf_id":"`+shelf+`"}`)
	create(p.Home, "book", `{"title":"Bridges over rivers","about":"Stone and steel","labels":["maps"],"open":false,"memo":"borrowed"}`)
	gone := create(p.Home, "book", `{"title":"Rivers of yesterday","labels":["water"],"open":true}`)
	create(p.Sister, "shelf", `{"name":"Under the stairs"}`)
	create(p.Sister, "book", `{"title":"Rivers of the sister","about":"Cold water","labels":["water"],"open":true,"memo":"stolen twice"}`)
	if r := p.Do(p.Owner, http.MethodDelete, "/api/modules/library/book/"+gone, nil, p.Home.On()); r.Status != http.StatusNoContent {
		t.Fatalf("delete: %d %s", r.Status, r.Body)
	}
	if r := p.Do(p.SiteKey, http.MethodPost, "/api/v1/sites/"+p.Home.ID.String()+"/modules/library/fields", testkit.JSON(`{"collection":"book","key":"origin","kind":"text","label":"Origin"}`)); r.Status != http.StatusCreated {
		t.Fatalf("own field: %d %s", r.Status, r.Body)
	}
	create(p.Home, "book", `{"title":"River boats","labels":[],"open":true,"x_origin":"Riverside print"}`)
	open := p.NewKey(p.Home, "library.book.read:open")

	const north, bridges, boats, sisters = "Rivers of the north", "Bridges over rivers", "River boats", "Rivers of the sister"
	questions := []question{
		{p.Owner, p.Home, "title=ilike.*RIVERS*", bridges + ", " + north},
		{p.Owner, p.Home, "title=like.Rivers*", north},
		{p.Owner, p.Home, "title=ilike.*ri*", bridges + ", " + boats + ", " + north}, // too short for the index
		{p.Owner, p.Home, "title=wfts.rivers -bridges", north},
		{p.Owner, p.Home, "labels=cs.{water}", north},
		{p.Owner, p.Home, "labels=ov.{maps,water}", bridges + ", " + north},
		{p.Owner, p.Home, "memo=ilike.*stolen*", north},
		{p.Owner, p.Home, "or=(memo.ilike.*stolen*,title.fts.bridges)", bridges + ", " + north},
		{p.Owner, p.Home, "title=not.ilike.*rivers*", boats},
		{p.Owner, p.Home, "about=ilike.*water*", north}, // not searched in this version
		{p.Owner, p.Home, "title=ilike.*river*&x_origin=ilike.*side*", boats},
		{p.Owner, p.Home, "title=ilike.*rivers*&open=is.true", north},
		{p.Owner, p.Sister, "title=ilike.*rivers*", sisters},
		{p.Owner, p.Sister, "title=ilike.*boats*&x_origin=is.null", "unknown_field"}, // the other site's own field
		// A guarded field can be asked for by nobody who may not see it.
		{p.Member, p.Home, "title=ilike.*rivers*", bridges + ", " + north},
		{p.Member, p.Home, "memo=ilike.*stolen*", "unknown_field"},
		{p.Member, p.Home, "memo=fts.stolen", "unknown_field"},
		{p.Member, p.Home, "or=(title.ilike.*bridges*,memo.fts.stolen)", "unknown_field"},
		{p.Member, p.Home, "memo=not.ilike.*stolen*", "unknown_field"},
		// A reach keeps its rows and fields whatever the finder returns.
		{open, p.Home, "title=ilike.*rivers*", north},
		{open, p.Home, "labels=cs.{maps}", north},
		{open, p.Home, "memo=ilike.*stolen*", "unknown_field"},
		{open, p.Home, "about=ilike.*water*", "unknown_field"},
		{p.ForeignOwner, p.Home, "title=ilike.*rivers*", "not_found"},
	}
	hold := func(says string) {
		t.Helper()
		for _, q := range questions {
			for range 2 { // the second time the statement is prepared
				if got := finding(p, q.as, q.site, "title", q.query); got != q.want {
					t.Errorf("%s: %s on %s asks %s: got %q, want %q", says, q.as.Name, q.site.Name, q.query, got, q.want)
				}
			}
		}
	}
	hold("with finders")
	embedded := p.Do(p.Owner, http.MethodGet, "/api/modules/library/book?select=title,shelf!inner(name)&shelf.name=ilike.*window*", nil, p.Home.On())
	if len(embedded.Rows()) != 1 || !strings.Contains(embedded.Body, north) {
		t.Errorf("what is embedded is searched: %d %s", embedded.Status, embedded.Body)
	}
	r := p.Release(p.Home, "library")
	leaks, err := testkit.Leaks(t.Context(), p.DB, r, p.Home.ID, p.Sister.ID)
	if err != nil || len(leaks) > 0 {
		t.Errorf("%v %v", leaks, err)
	}

	// As an older server made the tables: it knew no finders.
	unfind(t, p, r)
	hold("without finders")
	if n, err := p.Modules.Renew(t.Context()); err != nil || n < 1 {
		t.Fatalf("renewed %d versions: %v", n, err)
	}
	hold("made anew")

	// One site goes on to a version that renames and searches more.
	p.Publish(p.Home, library("1.1.0", "heading", secondBooks).Pack(t))
	to := "1.1.0"
	p.Update(p.Home, "library", module.Change{Version: &to})
	for query, want := range map[string]string{
		"heading=ilike.*rivers*": bridges + ", " + north, "about=fts.water": north, "memo=ilike.*stolen*": north, "title=ilike.*rivers*": "unknown_field",
	} {
		if got := finding(p, p.Owner, p.Home, "heading", query); got != want {
			t.Errorf("in 1.1 %s: got %q, want %q", query, got, want)
		}
	}
	questions = slices.DeleteFunc(questions, func(q question) bool { return q.site != p.Sister })
	hold("beside 1.1")
	for _, pair := range [][2]*testkit.Site{{p.Home, p.Sister}, {p.Sister, p.Home}} {
		leaks, err := testkit.Leaks(t.Context(), p.DB, p.Release(pair[0], "library"), pair[0].ID, pair[1].ID)
		if err != nil || len(leaks) > 0 {
			t.Errorf("%s: %v %v", pair[0].Name, leaks, err)
		}
	}
}

// unfind takes from a release's tables what servers before finders did not make.
func unfind(t *testing.T, p *testkit.Platform, r *module.Release) {
	t.Helper()
	err := p.DB.Change(t.Context(), func(tx pgx.Tx) error {
		run := func(role, sql string) error {
			return pg.As(t.Context(), tx, role, uuid.Nil, func() error {
				_, err := tx.Exec(t.Context(), sql)
				return err
			})
		}
		for _, f := range r.Module.Finders() {
			if err := run(r.Finder, "drop function "+pgx.Identifier{r.Schema(), f.Name}.Sanitize()); err != nil {
				return err
			}
			table := pgx.Identifier{r.Schema(), f.Table}.Sanitize()
			if err := run(r.Owner, "drop policy find on "+table+"; revoke all on "+table+" from "+r.Finder); err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), `update platform.module_version set layout = 0 where module_id = $1`, r.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestABrokenFinderIsFound holds the attack itself to what it is for.
func TestABrokenFinderIsFound(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Spoil()
	r := p.Release(p.Home, testkit.Guestbook)
	f := r.Module.Finders()[0]
	function := pgx.Identifier{r.Schema(), f.Name}.Sanitize()
	for _, row := range []struct{ says, breaks, found string }{
		{"a finder that forgets the site", "create or replace function " + function + "(text, text, text) returns setof uuid language sql stable security definer rows 200 set search_path = pg_catalog as $$" +
			"select id from " + pgx.Identifier{r.Schema(), f.Table}.Sanitize() + " where deleted_at is null$$", "finding without a site"},
		{"a finder for everybody", "grant execute on function " + function + " to public", "finding as nobody is not refused"},
	} {
		err := p.DB.Tx(t.Context(), func(tx pgx.Tx) error {
			return pg.As(t.Context(), tx, r.Owner, uuid.Nil, func() error {
				_, err := tx.Exec(t.Context(), "grant create on schema "+pgx.Identifier{r.Schema()}.Sanitize()+" to "+r.Finder)
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = p.DB.Tx(t.Context(), func(tx pgx.Tx) error {
			return pg.As(t.Context(), tx, r.Finder, uuid.Nil, func() error {
				_, err := tx.Exec(t.Context(), row.breaks)
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		leaks, err := testkit.Leaks(t.Context(), p.DB, r, p.Home.ID, p.Sister.ID)
		if err != nil || !strings.Contains(strings.Join(leaks, "\n"), row.found) {
			t.Errorf("%s: the attack did not find %q: %v %q", row.says, row.found, err, leaks)
		}
	}
}
