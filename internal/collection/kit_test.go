package collection

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func bound(n int64) *int64 { return &n }

// rental is the module that the tests work with: every kind of field, every
// rule, all ways to refer to a record.
func rental() *manifest.Manifest {
	return &manifest.Manifest{
		Format: 1, ID: "rental", Name: "Rental", Version: "1.0.0", Type: manifest.App, Description: "Lends things.",
		Settings: []manifest.Field{
			{Name: "terms", Kind: "longtext"}, {Name: "fee", Kind: "money"}, {Name: "series", Kind: "text"},
		},
		Collections: []*manifest.Collection{
			{
				Name: "booking", Label: "Booking", Plural: "Bookings", Title: "customer",
				Fields: []manifest.Field{
					{Name: "customer", Kind: "text", Required: true, Max: bound(80)},
					{Name: "item", Kind: "reference", To: "item", Required: true, OnDelete: "restrict"},
					{Name: "starts_on", Kind: "date", Default: manifest.Expression("=today()"), MinDate: "2020-01-01"},
					{Name: "status", Kind: "text", Default: "waiting", Readonly: true},
					{Name: "deposit", Kind: "money", Default: int64(5000)},
					{Name: "number", Kind: "text", Immutable: true},
					{Name: "terms", Kind: "longtext", Default: manifest.Expression("setting.terms")},
					{Name: "fee", Kind: "money", Default: manifest.Expression("setting.fee")},
				},
				Access: []manifest.Reach{{Name: "shown", When: `status == "shown" and starts_on <= today()`, Fields: []string{"customer", "item"}}},
				Actions: []manifest.Action{{
					Name: "request", Label: "Request", Set: map[string]any{"status": "asked", "number": manifest.Expression("setting.series")},
					Params: []manifest.Field{{Name: "customer"}, {Name: "item"}, {Name: "starts_on", Required: true}},
				}},
			},
			{
				Name: "category", Label: "Category", Plural: "Categories", Title: "name",
				Fields: []manifest.Field{{Name: "name", Kind: "text", Required: true, Unique: true, Max: bound(200)}},
			},
			{
				Name: "item", Label: "Item", Plural: "Items", Title: "name",
				Fields: []manifest.Field{
					{Name: "name", Kind: "text", Required: true, Max: bound(80), Search: true},
					{Name: "about", Kind: "longtext", Search: true},
					{Name: "quantity", Kind: "integer", Min: bound(0), Max: bound(1_000_000), Index: true},
					{Name: "price", Kind: "money", Min: bound(0)},
					{Name: "bought_on", Kind: "date"},
					{Name: "category", Kind: "reference", To: "category", OnDelete: "clear"},
					{Name: "parent", Kind: "reference", To: "item", OnDelete: "restrict"},
					{Name: "code", Kind: "text", Pattern: "[A-Z]{2}[0-9]+", Message: "Two letters and digits.", Max: bound(20)},
				},
				Unique: []manifest.Unique{{Fields: []string{"code", "category"}, Message: "This category has the code already."}},
				Index:  [][]string{{"bought_on", "price"}},
			},
		},
	}
}

// world is a compiled module with its tables, and sites of the test's own.
type world struct {
	testing.TB
	db      *pg.DB
	module  *Module
	runtime string
	a, b    uuid.UUID // two sites
	now     time.Time
}

// provisioned remembers which modules this process has made, by their schema.
var provisioned struct {
	sync.Mutex
	schemas map[string]bool
}

func newWorld(t testing.TB) world {
	t.Helper()
	return worldOf(t, rental())
}

// worldOf provisions a module once for each state of its statements.
func worldOf(t testing.TB, m *manifest.Manifest) world {
	t.Helper()
	db := database()
	compiled, err := Compile(m, "mod_00000000")
	if err != nil {
		t.Fatal(err)
	}
	short := hash(strings.Join(slices.Concat(compiled.DDL("o", "r"), compiled.finderText()), ";"))
	owner, runtime := "mod_"+short+"_"+db.Deployment()+"_owner", "mod_"+short+"_"+db.Deployment()+"_run"
	if compiled, err = Compile(m, "mod_"+short); err != nil {
		t.Fatal(err)
	}
	provisioned.Lock()
	defer provisioned.Unlock()
	if !provisioned.schemas[short] {
		if err := provision(t.Context(), db, compiled, owner, runtime); err != nil {
			t.Fatal(err)
		}
		if provisioned.schemas == nil {
			provisioned.schemas = map[string]bool{}
		}
		provisioned.schemas[short] = true
	}
	return world{t, db, compiled, runtime, newID(t), newID(t), time.Date(2026, 11, 22, 23, 30, 0, 0, time.FixedZone("site", 3600))}
}

func newID(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// provision runs the statements twice, because they have to be repeatable.
func provision(ctx context.Context, db *pg.DB, m *Module, owner, runtime string) error {
	return db.Tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext($1))`, m.Schema); err != nil {
			return err
		}
		var exists bool
		if err := tx.QueryRow(ctx, `select to_regnamespace($1) is not null`, m.Schema).Scan(&exists); err != nil {
			return err
		}
		if !exists {
			_, err := tx.Exec(ctx, `create role `+quote(owner)+` nologin noinherit; create role `+quote(runtime)+` nologin noinherit;
				create role `+quote(finderOf(runtime))+` nologin noinherit;
				grant `+quote(owner)+`, `+quote(runtime)+`, `+quote(finderOf(runtime))+` to `+quote(db.Login())+`;
				create schema `+quote(m.Schema)+` authorization `+quote(owner)+`;`)
			if err != nil {
				return err
			}
		}
		finder := finderOf(runtime)
		before, functions, after := m.FinderDDL(finder, runtime)
		tables := slices.Concat([]string{`grant usage on schema ` + quote(m.Schema) + ` to ` + quote(db.Login())}, m.DDL(owner, runtime), before)
		for range 2 {
			for _, step := range []struct {
				role       string
				statements []string
			}{{owner, tables}, {finder, functions}, {owner, after}} {
				if err := runAs(ctx, tx, step.role, step.statements); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// finderText is what the module's finders say.
func (m *Module) finderText() []string {
	before, functions, after := m.FinderDDL("f", "r")
	return slices.Concat(before, functions, after)
}

// finderOf is the finder role beside a runtime role.
func finderOf(runtime string) string { return strings.TrimSuffix(runtime, "_run") + "_find" }

func runAs(ctx context.Context, tx pgx.Tx, role string, statements []string) error {
	return pg.As(ctx, tx, role, uuid.Nil, func() error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return errors.Join(err, errors.New(statement))
			}
		}
		return nil
	})
}

func (w world) revision() int64 {
	w.Helper()
	n, err := w.db.Revision(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// records opens a collection on a site.
func (w world) records(site uuid.UUID, name string) Records {
	w.Helper()
	c, ok := w.module.Collection(name)
	if !ok {
		w.Fatalf("no collection %s", name)
	}
	return Records{
		Scope:      w.db.Scope(pg.ScopeOptions{Site: site, Role: w.runtime, Revision: w.revision()}),
		Collection: c, Finds: true, Currency: "EUR", Now: func() time.Time { return w.now },
	}
}

func (w world) as(site uuid.UUID, name string, a Access) Records {
	r := w.records(site, name)
	r.Access = a
	return r
}

// create stores a record given as JSON.
func (w world) create(r Records, body string) map[string]any {
	w.Helper()
	record, err := w.tryCreate(r, body)
	if err != nil {
		w.Fatalf("create %s: %v", body, err)
	}
	return record
}

func (w world) tryCreate(r Records, body string) (map[string]any, error) {
	w.Helper()
	values, err := r.Collection.DecodeJSON([]byte(body), r.Currency)
	if err != nil {
		return nil, err
	}
	raw, err := r.Create(w.Context(), values)
	if err != nil {
		return nil, err
	}
	return w.decode(raw), nil
}

func (w world) tryUpdate(r Records, id uuid.UUID, body string) (map[string]any, error) {
	w.Helper()
	values, err := r.Collection.DecodeJSON([]byte(body), r.Currency)
	if err != nil {
		return nil, err
	}
	var version *int64
	if n, ok := values.Version(); ok {
		version = &n
	}
	raw, err := r.Update(w.Context(), id, values, version)
	if err != nil {
		return nil, err
	}
	return w.decode(raw), nil
}

func (w world) decode(raw []byte) map[string]any {
	w.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		w.Fatalf("%s: %v", raw, err)
	}
	return m
}

// parse reads a query string.
func (w world) parse(c *Collection, query string) Query {
	w.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		w.Fatal(err)
	}
	q, err := c.ParseQuery(values)
	if err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	return q
}

// statementOf is a list's SQL, without the database.
func statementOf(c *Collection, q Query, a Access) (string, error) {
	r := Records{Collection: c, Access: a, Now: time.Now, Reach: func(*Collection) (Access, bool) { return a, true }}
	p, err := r.plan(q)
	if err != nil {
		return "", err
	}
	b := builder{records: r, args: r.newArgs()}
	where, err := b.live(p)
	if err != nil {
		return "", err
	}
	return b.list(p, c.from(), where)
}

func idOf(t testing.TB, record map[string]any) uuid.UUID {
	t.Helper()
	text, _ := record["id"].(string)
	id, err := uuid.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// list runs a query string.
func (w world) list(r Records, query string) ([]map[string]any, Page, error) {
	w.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		w.Fatal(err)
	}
	parsed, err := r.Collection.ParseQuery(q)
	if err != nil {
		return nil, Page{}, err
	}
	parsed.Count = CountCapped
	page, err := r.List(w.Context(), parsed)
	if err != nil {
		return nil, Page{}, err
	}
	var rows []map[string]any
	if err := json.Unmarshal(page.JSON, &rows); err != nil {
		w.Fatalf("%s: %v", page.JSON, err)
	}
	return rows, page, nil
}

// names lists one text value of the rows that a query finds.
func (w world) names(r Records, query, key string) string {
	w.Helper()
	rows, _, err := w.list(r, query)
	if err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	var names []string
	for _, row := range rows {
		text, _ := row[key].(string)
		names = append(names, text)
	}
	return strings.Join(names, " ")
}

// wants fails unless the error is of the kind and code and names the path.
func wants(t testing.TB, err error, kind errs.Kind, code, path string) *errs.Error {
	t.Helper()
	e := errs.Of(err)
	if e == nil || e.Kind != kind {
		t.Errorf("got %v, want %v", err, kind)
		return &errs.Error{}
	}
	if path == "" {
		if e.Code != code {
			t.Errorf("got code %s (%v), want %s", e.Code, err, code)
		}
		return e
	}
	for _, f := range e.Fields {
		if f.Path == path && f.Code == code {
			return e
		}
	}
	t.Errorf("got %v %+v, want %s at %s", err, e.Fields, code, path)
	return e
}

// codeOf is the SQLSTATE of an error.
func codeOf(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}
