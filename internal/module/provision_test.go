package module_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit"
)

func TestAFailedProvisioningLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(1)
	v := w.publish(agency, rental("1.0.0"))
	schema := module.SchemaName(v.Short)
	owner, runtime := module.RoleNames(v.Short, w.db.Deployment())
	logged, revision := len(w.actions(agency)), w.revision()

	// Somebody made a schema of that name by hand.
	w.asSuperuser(`create schema ` + schema)
	if _, err := w.Install(t.Context(), alice, sites[0], "rental", "", nil); err == nil || !strings.Contains(err.Error(), schema) {
		t.Fatalf("installed over a foreign schema: %v", err)
	}
	// The schema is the owner's, and a view stands where a table should.
	w.asSuperuser(fmt.Sprintf(`create role %s; alter schema %s owner to %[1]s; create view %[2]s.place as select 1 as x`, owner, schema))
	w.asSuperuser(fmt.Sprintf(`grant %s to dramac`, owner))
	if _, err := w.Install(t.Context(), alice, sites[0], "rental", "", nil); err == nil {
		t.Fatal("installed over a foreign view")
	}
	var relations, roles int
	err := w.db.Pool().QueryRow(t.Context(), `
		select (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1),
		       (select count(*) from pg_roles where rolname = $2)`, schema, runtime).Scan(&relations, &roles)
	if err != nil || relations != 1 || roles != 0 {
		t.Errorf("%d relations and %d runtime roles are left, want the view only: %v", relations, roles, err)
	}
	if list, err := w.List(t.Context(), sites[0].ID); err != nil || len(list) > 0 {
		t.Errorf("installations %+v, %v", list, err)
	}
	if len(w.actions(agency)) != logged || w.revision() != revision {
		t.Errorf("the log or the revision moved on: %v", w.actions(agency))
	}

	w.asSuperuser(fmt.Sprintf(`drop view %s.place`, schema))
	w.install(sites[0], "rental")
	if findings := w.driftOf(v); len(findings) > 0 {
		t.Errorf("after the obstacle is gone: %v", findings)
	}
}

// TestProvisioningMayTakeLongerThanOtherStatements makes a statement of it wait
// for longer than the connection lets statements take.
func TestProvisioningMayTakeLongerThanOtherStatements(t *testing.T) {
	t.Parallel()
	db, err := pg.Open(t.Context(), pg.Options{DSN: testkit.EmptyDatabase(t) + "&statement_timeout=2s", MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	w := newWorld(t, db)
	agency, sites := w.agency(1)
	i := w.publish(agency, rental("1.0.0"))
	w.install(sites[0], "rental")
	w.publish(agency, rental("1.1.0").with(files{
		"collections/item.yaml": "fields:\n  name: {type: text, required: true, max: 80, index: true}\n  price: {type: money}\n  colour: {type: text}\n",
	}))
	conn, err := pgx.Connect(t.Context(), testkit.AdminDSN(t, db.Pool().Config().ConnConfig.Database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), "begin; lock table "+module.SchemaName(i.Short)+".item in share mode"); err != nil {
		t.Fatal(err)
	}
	freed := make(chan error, 1)
	time.AfterFunc(3*time.Second, func() {
		_, err := conn.Exec(context.WithoutCancel(t.Context()), "commit")
		freed <- err
	})
	defer func() {
		if err := <-freed; err != nil {
			t.Error(err)
		}
	}()
	if i := w.update(sites[0], module.Change{Version: ptr("1.1.0")}); i.Version != "1.1.0" {
		t.Errorf("updated %+v", i)
	}
}

// twenty is a module of twenty collections with six fields each.
func twenty() files {
	f := files{"module.yaml": moduleFile("1.0.0", "")}
	for n := range 20 {
		reference := ""
		if n > 0 {
			reference = fmt.Sprintf("  owner: {type: reference, to: thing_%02d}\n", n-1)
		}
		f[fmt.Sprintf("collections/thing_%02d.yaml", n)] = "fields:\n  name: {type: text, required: true, max: 80, unique: true}\n" +
			"  notes: {type: longtext}\n  amount: {type: integer, index: true}\n  price: {type: money}\n  due_on: {type: date, index: true}\n" + reference
	}
	return f
}

func TestProvisioningTwentyCollectionsIsQuick(t *testing.T) {
	w := shared(t)
	agency, sites := w.agency(2)
	w.publish(agency, twenty())
	for n, what := range []string{"first site, with tables", "second site, without"} {
		began := time.Now()
		w.install(sites[n], "rental")
		took := time.Since(began)
		t.Logf("install of 20 collections, %s: %v", what, took)
		// The budget is 500 ms alone; this catches a change of its order only.
		if took > 5*time.Second {
			t.Errorf("%s: %v", what, took)
		}
	}
}

func BenchmarkProvisionTwentyCollections(b *testing.B) {
	w := shared(b)
	data := twenty().pack(b)
	for b.Loop() {
		b.StopTimer()
		agency, sites := w.agency(1)
		if _, _, err := w.Publish(b.Context(), alice, agency, data); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		w.install(sites[0], "rental")
	}
}
