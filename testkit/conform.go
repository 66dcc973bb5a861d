package testkit

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/modules"
	"github.com/dramac-main/dramac-cms/sdk"
)

// surfaceFile is where a module keeps the list of what it opens.
const surfaceFile = "testdata/surface.txt"

// Conforms holds a linked module against what every module must keep, whatever
// it is for: its handlers fit its manifest; its tables are as declared, with the
// one policy and with unique rules that begin with the site; every address that
// follows from the manifest is closed to visitors without a grant, to keys
// without a grant and to other tenants; a database that is gone is told in one
// sentence; and what it opens is what testdata/surface.txt says, which
// "go test -update" writes.
func Conforms(t *testing.T, m sdk.Module) {
	t.Helper()
	read, err := manifest.ReadLinked(m.Files)
	if err != nil {
		t.Fatal(err)
	}
	p := NewLinked(t, together(m, read.ID)...)
	p.Install(p.Home, read.ID)
	c := &conformity{Platform: p, manifest: read}
	t.Run("surface", func(t *testing.T) { c.surface(t) })
	t.Run("tables", func(t *testing.T) { c.tables(t) })
	t.Run("access", func(t *testing.T) { c.access(t) })
	t.Run("failure", func(t *testing.T) { c.failure(t) })
}

// together is the module with the others that are linked, some of which it may use.
func together(m sdk.Module, id string) []sdk.Module {
	all := []sdk.Module{}
	for _, other := range modules.All() {
		if read, err := manifest.ReadLinked(other.Files); err == nil && read.ID != id {
			all = append(all, other)
		}
	}
	return append(all, m)
}

type conformity struct {
	*Platform
	manifest *manifest.Manifest
}

// door is one address that follows from the manifest.
type door struct {
	method, path string
	grant        string // what opens it: "ticket.read", "escalate_overdue", "auth none"
	collection   string
	verb         string
}

// doors lists every address of the module's API in the order of the manifest.
func (c *conformity) doors() []door {
	id := NewID().String()
	base := "/api/modules/" + c.manifest.ID
	var all []door
	for _, in := range c.manifest.Collections {
		one, many := base+"/"+in.Name+"/"+id, base+"/"+in.Name
		add := func(method, path, verb string) {
			all = append(all, door{method, path, in.Name + "." + verb, in.Name, verb})
		}
		add(http.MethodGet, many, "read")
		add(http.MethodGet, one, "read")
		add(http.MethodPost, many, "create")
		add(http.MethodPatch, one, "update")
		add(http.MethodDelete, one, "delete")
		add(http.MethodPost, one+"/restore", "delete")
		for _, f := range in.Fields {
			if takesFile(f) && !f.Readonly {
				add(http.MethodPost, many+"/"+f.Name+"/files", "create")
			}
		}
		for _, a := range in.Actions {
			switch {
			case a.Internal:
			case a.Scope == "collection":
				add(http.MethodPost, many+"/"+a.Name, a.Name)
			default:
				add(http.MethodPost, one+"/"+a.Name, a.Name)
			}
		}
	}
	for _, a := range c.manifest.Actions {
		if a.Internal {
			continue
		}
		all = append(all, door{http.MethodPost, base + "/rpc/" + a.Name, a.Name, "", a.Name})
		for _, f := range a.Params {
			if takesFile(f) {
				all = append(all, door{http.MethodPost, base + "/rpc/" + a.Name + "/" + f.Name + "/files", a.Name, "", a.Name})
			}
		}
	}
	for _, e := range c.manifest.Endpoints {
		path := strings.NewReplacer("{", "", "}", "").Replace(e.Path)
		all = append(all, door{e.Method, base + "/x" + path, "auth " + e.Auth, "", ""})
	}
	return all
}

func takesFile(f manifest.Field) bool {
	return f.Kind == manifest.KindFile || f.Kind == manifest.KindImage
}

// surface is what the module opens, as text that people have looked at.
func (c *conformity) surface(t *testing.T) {
	var text strings.Builder
	for _, d := range c.doors() {
		path := d.path
		for part := range strings.SplitSeq(path, "/") {
			if len(part) == 36 && strings.Count(part, "-") == 4 {
				path = strings.ReplaceAll(path, part, "{id}")
			}
		}
		fmt.Fprintf(&text, "%-6s %-60s %-28s %s\n", d.method, path, d.grant, strings.Join(c.holders(d), " "))
	}
	for _, h := range c.manifest.Handlers() {
		fmt.Fprintf(&text, "code   %-60s %s\n", h.Name, h.Sort)
	}
	for _, u := range c.manifest.Uses {
		fmt.Fprintf(&text, "uses   %s\n", u.Contract)
	}
	for _, o := range c.manifest.Offers {
		for _, record := range slices.Sorted(maps.Keys(o.Records)) {
			fmt.Fprintf(&text, "offers %s: %s (%s)\n", o.Contract, record, strings.Join(o.Records[record], ", "))
		}
		fmt.Fprintf(&text, "offers %s: actions %v, events %v\n", o.Contract, o.Actions, o.Events)
	}
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" || os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(surfaceFile, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(surfaceFile)
	if err != nil {
		t.Fatalf("%v; write it with UPDATE=1 and look at it", err)
	}
	if string(golden) != text.String() {
		t.Errorf("the surface is no longer that of %s; look at the difference and run with UPDATE=1:\n%s", surfaceFile, text.String())
	}
}

// holders are the roles that open a door.
func (c *conformity) holders(d door) []string {
	if d.verb == "" {
		return nil
	}
	var names []string
	for _, role := range c.manifest.Roles {
		for _, g := range role.Grants {
			if (g.Collection == "*" || g.Collection == d.collection) && (g.Verb == "*" || g.Verb == d.verb) {
				names = append(names, role.Name)
				break
			}
		}
	}
	return names
}

// tables holds the database against the manifest: what doctor finds, unique
// keys that begin with the site, and the one policy.
func (c *conformity) tables(t *testing.T) {
	drift, err := c.Modules.Drift(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range drift {
		if strings.HasPrefix(f.Module, c.manifest.ID+" ") {
			t.Error(f)
		}
	}
	release := c.Release(c.Home, c.manifest.ID)
	schema := release.Schema()
	type index struct{ Name, First string }
	unique, err := pg.All[index](t.Context(), c.DB.Pool(), `
		select i.relname::text as name, a.attname::text as first
		from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class r on r.oid = x.indrelid
		join pg_namespace n on n.oid = r.relnamespace join pg_attribute a on a.attrelid = r.oid and a.attnum = x.indkey[0]
		where n.nspname = $1 and x.indisunique`, schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range unique {
		if i.First != "site_id" {
			t.Errorf("the unique key %s begins with %s: what one site has another could tell", i.Name, i.First)
		}
	}
	// The finder looks into every site's rows, within a function that names one.
	type table struct{ Name, Policies string }
	policies, err := pg.All[table](t.Context(), c.DB.Pool(), `
		select c.relname::text as name, coalesce((select string_agg(p.qual, ' ; ') from pg_policies p
			where p.schemaname = n.nspname and p.tablename = c.relname and (p.roles <> array[$2::name] or p.cmd <> 'SELECT')), '') as policies
		from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r'`, schema, release.Finder)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range policies {
		if p.Policies != policy {
			t.Errorf("%s has the policies %q", p.Name, p.Policies)
		}
	}
}

// access knocks at every door as everybody whom it must not open to.
func (c *conformity) access(t *testing.T) {
	nothing := c.NewKey(c.Home, "equipment-rental.item.read")
	visitor := c.Visitor
	for _, d := range c.doors() {
		open := d.grant == "auth none"
		public := slices.Contains(c.holders(d), "visitor")
		knock := func(says string, who Actor, to string, headers []Header, want ...int) {
			t.Helper()
			var body any
			if d.method != http.MethodGet {
				body = JSON(`{}`)
			}
			r := c.Do(who, d.method, to, body, headers...)
			if !slices.Contains(want, r.Status) {
				t.Errorf("%s: %s %s: %d, want %v\n%.300s", says, d.method, d.path, r.Status, want, r.Body)
			}
		}
		knock("a visitor of the platform", visitor, d.path, []Header{c.Home.On()}, http.StatusUnauthorized)
		if !open && !public {
			knock("a visitor of the site", visitor, c.Home.URL(d.path), nil, http.StatusUnauthorized)
		}
		if !open {
			knock("a key without a grant", nothing, d.path, nil, http.StatusForbidden)
		}
		knock("a key of another tenant", c.ForeignKey, d.path, []Header{c.Home.On()}, http.StatusNotFound)
		knock("a key of a site without the module", c.ForeignKey, d.path, nil, http.StatusNotFound)
		knock("an owner elsewhere", c.ForeignOwner, d.path, []Header{c.Home.On()}, http.StatusNotFound)
	}
}

// failure closes the database and asks again: the cause stays inside.
func (c *conformity) failure(t *testing.T) {
	doors := c.doors()
	c.DB.Close()
	for _, d := range doors {
		r := c.Do(c.SiteKey, d.method, d.path, JSON(`{}`))
		if r.Status != http.StatusInternalServerError || r.Code() != "internal" {
			t.Errorf("%s %s without a database: %d %s", d.method, d.path, r.Status, r.Body)
		}
		for _, word := range []string{"pool", "closed", "SQL", "postgres"} {
			if strings.Contains(r.Body, word) {
				t.Errorf("%s %s tells %q: %s", d.method, d.path, word, r.Body)
			}
		}
	}
}
