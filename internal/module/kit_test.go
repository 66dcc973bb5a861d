package module_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pack"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/testkit"
)

var alice = audit.Actor{Kind: "member", ID: uuid.MustParse("00000000-0000-7000-8000-00000000a11c"), Name: "Alice"}

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a catalogue over a real database, with agencies of the test's own.
type world struct {
	testing.TB
	*module.Catalogue
	db    *pg.DB
	blobs blob.Store
	keys  collection.Sealer
	clock *clock
}

func newWorld(t testing.TB, db *pg.DB) world {
	t.Helper()
	blobs, err := blob.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	// A day on which the jobs of no other test delete anything.
	c := &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	keys := testkit.Keys(t)
	return world{t, module.New(db, blobs, keys, c.Now, slog.New(slog.DiscardHandler)), db, blobs, keys, c}
}

func shared(t testing.TB) world {
	t.Helper()
	return newWorld(t, testkit.Database(t))
}

func newID(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w world) exec(sql string, args ...any) {
	w.Helper()
	if _, err := w.db.Pool().Exec(w.Context(), sql, args...); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
}

// agency makes an agency with one client and so many sites.
func (w world) agency(sites int) (uuid.UUID, []module.SiteRef) {
	w.Helper()
	agency, client := newID(w), newID(w)
	w.exec(`insert into platform.agency (id, name) values ($1, 'Agency')`, agency)
	w.exec(`insert into platform.client (id, agency_id, name) values ($1, $2, 'Client')`, client, agency)
	var refs []module.SiteRef
	for range sites {
		id := newID(w)
		w.exec(`insert into platform.site (id, agency_id, client_id, name, subdomain) values ($1, $2, $3, 'Site', $4)`,
			id, agency, client, "s"+uuid.NewString())
		refs = append(refs, module.SiteRef{ID: id, Agency: agency, Currency: "EUR"})
	}
	return agency, refs
}

// files is a module's folder.
type files map[string]string

// with returns a copy in which some files are different.
func (f files) with(changes files) files {
	all := files{}
	for _, part := range []files{f, changes} {
		for name, text := range part {
			all[name] = text
		}
	}
	return all
}

func (f files) pack(t testing.TB) []byte {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range f {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	var data bytes.Buffer
	if _, err := pack.Build(folder, &data); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

// moduleFile is a module.yaml of that version.
func moduleFile(version, more string) string {
	return "manifest: 1\nid: rental\nname: Rental\nversion: " + version +
		"\ntype: app\ncategory: content\ndescription: Things to rent.\n" + more
}

// rental has a collection that refers to another, and one that refers to itself.
func rental(version string) files {
	return files{
		"module.yaml": moduleFile(version, ""),
		"collections/item.yaml": `fields:
  name: {type: text, required: true, max: 80, index: true}
  price: {type: money}
`,
		"collections/booking.yaml": `fields:
  guest: {type: text, required: true}
  starts_on: {type: date}
  item: {type: reference, to: item}
`,
		"collections/place.yaml": `fields:
  name: {type: text}
  within: {type: reference, to: place, inverse: parts, on_delete: restrict}
`,
	}
}

func (w world) publish(agency uuid.UUID, f files) module.Version {
	w.Helper()
	v, created, err := w.Publish(w.Context(), alice, agency, f.pack(w))
	if err != nil || !created {
		w.Fatalf("publish: created %v, %v", created, err)
	}
	return v
}

func (w world) install(site module.SiteRef, name string) module.Installation {
	w.Helper()
	i, err := w.Install(w.Context(), alice, site, name, "", nil)
	if err != nil {
		w.Fatalf("install: %v", err)
	}
	return i
}

func (w world) update(site module.SiteRef, change module.Change) module.Installation {
	w.Helper()
	i, err := w.Update(w.Context(), alice, site, "rental", change)
	if err != nil {
		w.Fatalf("update: %v", err)
	}
	return i
}

// scope is the way of requests to a site's records.
func (w world) scope(i module.Installation) pg.Scope {
	w.Helper()
	revision, err := w.db.Revision(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	_, runtime := module.RoleNames(i.Short, w.db.Deployment())
	return w.db.Scope(pg.ScopeOptions{Site: i.Site, Role: runtime, Revision: revision})
}

// add writes a record with what its columns need.
func (w world) add(i module.Installation, table string, columns string, values ...any) uuid.UUID {
	w.Helper()
	id := newID(w)
	args := []any{i.Site, id}
	text := ""
	for n, v := range values {
		args = append(args, v)
		text += ", $" + string(rune('3'+n))
	}
	w.run(i, `insert into `+module.SchemaName(i.Short)+`.`+table+`
		(site_id, id, version, created_at, updated_at`+columns+`) values ($1, $2, 1, now(), now()`+text+`)`, args...)
	return id
}

// run runs one statement in the site's scope; other tests move the revision on
// all the time, so a stale scope is built again.
func (w world) run(i module.Installation, sql string, args ...any) {
	w.Helper()
	for {
		err := w.scope(i).Batch(w.Context(), pg.Statement{SQL: sql, Args: args})
		if errors.Is(err, pg.ErrStale) {
			continue
		}
		if err != nil {
			w.Fatalf("%s: %v", sql, err)
		}
		return
	}
}

// count counts a table's rows of the installation's site.
func (w world) count(i module.Installation, table string) int {
	w.Helper()
	for {
		var n int
		err := w.scope(i).Batch(w.Context(), pg.Statement{
			SQL: `select count(*) from ` + module.SchemaName(i.Short) + `.` + table,
			Read: func(rows pgx.Rows) error {
				rows.Next()
				return rows.Scan(&n)
			},
		})
		if errors.Is(err, pg.ErrStale) {
			continue
		}
		if err != nil {
			w.Fatal(err)
		}
		return n
	}
}

// actions returns what the audit log of the agency tells, oldest first.
func (w world) actions(agency uuid.UUID) []string {
	w.Helper()
	rows, err := w.db.Pool().Query(w.Context(), `select action from platform.audit where agency_id = $1 order by id`, agency)
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var action string
		if err := rows.Scan(&action); err != nil {
			w.Fatal(err)
		}
		list = append(list, action)
	}
	return list
}

// wantCode fails the test unless err is of the kind and has the code.
func wantCode(t testing.TB, err error, kind errs.Kind, code string) *errs.Error {
	t.Helper()
	e := errs.Of(err)
	if e == nil || e.Kind != kind || e.Code != code {
		t.Fatalf("got %v, want %s %s", err, kind, code)
	}
	return e
}

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func ptr[T any](v T) *T { return &v }
