package audit_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit"
)

// agency makes one that keeps its log for so many days.
func agency(t *testing.T, db *pg.DB, days int) uuid.UUID {
	t.Helper()
	id := testkit.NewID()
	if _, err := db.Pool().Exec(t.Context(), `insert into platform.agency (id, name, audit_days) values ($1, 'Audited', $2)`, id, days); err != nil {
		t.Fatal(err)
	}
	return id
}

func write(t *testing.T, db *pg.DB, e audit.Entry) {
	t.Helper()
	if err := db.Tx(t.Context(), func(tx pgx.Tx) error { return audit.Write(t.Context(), tx, e) }); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *pg.DB, of uuid.UUID) (n int) {
	t.Helper()
	if err := db.Pool().QueryRow(t.Context(), `select count(*) from platform.audit where agency_id = $1`, of).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTheLogIsOnlyAddedTo tries to change and delete entries with the rights that
// the server has.
func TestTheLogIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t)
	of := agency(t, db, 730)
	write(t, db, audit.Entry{Agency: of, At: time.Now(), Actor: audit.System(), Action: "site.created", Subject: "One"})
	for _, sql := range []string{
		`update platform.audit set subject = 'Another' where agency_id = $1`,
		`update platform.audit set times = times where agency_id = $1`,
		`delete from platform.audit where agency_id = $1`,
		`merge into platform.audit a using (select $1::uuid as of) o on a.agency_id = o.of when matched then delete`,
		`insert into platform.audit (id, agency_id, at, actor_kind, actor_name, action, subject) select id, $1, at, 'system', '', 'x', 'x' from platform.audit where agency_id = $1
			on conflict (id) do update set subject = 'Another'`,
	} {
		if _, err := db.Pool().Exec(t.Context(), sql, of); err == nil {
			t.Errorf("%s is let", sql)
		}
	}
	for _, sql := range []string{`truncate platform.audit`, `alter table platform.audit owner to current_user`} {
		if _, err := db.Pool().Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is let", sql)
		}
	}
	if n := count(t, db, of); n != 1 {
		t.Errorf("%d entries are left", n)
	}
}

// TestTheLogForgetsNoEarlierThanItsAgencyWants ages entries by a made-up time.
func TestTheLogForgetsNoEarlierThanItsAgencyWants(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t)
	short, long := agency(t, db, 90), agency(t, db, 365)
	for _, days := range []int{1, 89, 91, 120, 364, 366} {
		for _, of := range []uuid.UUID{short, long} {
			write(t, db, audit.Entry{Agency: of, At: time.Now().AddDate(0, 0, -days), Actor: audit.System(), Action: "site.created", Subject: "One"})
		}
	}
	if _, err := db.Pool().Exec(t.Context(), `update platform.agency set audit_days = 1 where id = $1`, short); err == nil {
		t.Error("an agency may keep nothing at all")
	}
	if _, err := audit.Forget(t.Context(), db.Pool()); err != nil {
		t.Fatal(err)
	}
	if a, b := count(t, db, short), count(t, db, long); a != 2 || b != 5 {
		t.Errorf("%d and %d entries are left, want 2 and 5", a, b)
	}
}

// TestRefusalsAreCountedInOneLine notes the same refusals again and again.
func TestRefusalsAreCountedInOneLine(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t)
	of := agency(t, db, 730)
	start := time.Now().Add(-time.Hour).Truncate(time.Hour)
	refusal := audit.Refusal{
		Agency: of, Actor: audit.Actor{Kind: "member", ID: testkit.NewID(), Name: "Mallory", Address: "192.0.2.1"},
		Action: "refusal.permission", Subject: "GET /app/agency/team", At: start, Times: 3, LastAt: start.Add(time.Minute),
	}
	later, nextHour := refusal, refusal
	later.At, later.LastAt, later.Times = start.Add(time.Minute), start.Add(2*time.Minute), 4
	nextHour.At, nextHour.LastAt, nextHour.Times = start.Add(time.Hour), start.Add(time.Hour), 1
	for _, list := range [][]audit.Refusal{{refusal}, {later, nextHour}} {
		if err := audit.Note(t.Context(), db.Pool(), list); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := audit.List(t.Context(), db.Pool(), audit.Filter{Agency: of}, audit.Cursor{}, 10)
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if l := lines[1]; l.Times != 7 || !l.At.Equal(start) || !l.LastAt.Equal(later.LastAt) || !l.Refused() {
		t.Errorf("the line is %+v", l)
	}
	// What was done cannot be counted as refused, nor a count made smaller.
	forged, _ := json.Marshal([]map[string]any{{"agency_id": of, "id": lines[1].ID, "at": start, "last_at": start, "times": -7, "actor_kind": "system", "actor_name": "", "action": "x", "subject": "", "details": map[string]any{}, "request_id": "", "address": "", "impersonator_name": "", "fingerprint": "00"}})
	if _, err := db.Pool().Exec(context.Background(), `select platform.note_refusals($1)`, forged); err != nil {
		t.Errorf("a negative count is an error: %v", err)
	}
	if n := count(t, db, of); n != 2 {
		t.Errorf("%d lines after a negative count", n)
	}
}
