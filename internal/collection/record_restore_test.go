package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// ledger has every rule that a change meets, most of which read the record's
// period.
func ledger() *manifest.Manifest {
	period := manifest.Field{Name: "period", Kind: "reference", To: "period", Required: true, OnDelete: "cascade"}
	tags := manifest.Field{Name: "tags", Kind: "reference", To: "tag", Many: true}
	return &manifest.Manifest{
		Format: 1, ID: "ledger", Name: "Ledger", Version: "1.0.0", Type: manifest.App,
		Collections: []*manifest.Collection{
			{Name: "period", Title: "name", Fields: []manifest.Field{{Name: "name", Kind: "text"}, {Name: "state", Kind: "text"}}},
			{Name: "tag", Title: "name", Delete: manifest.Deletion{Mode: "hard"}, Fields: []manifest.Field{{Name: "name", Kind: "text"}}},
			{
				Name: "entry", Title: "name",
				Fields: []manifest.Field{
					{Name: "name", Kind: "text"},
					period,
					{Name: "note", Kind: "text", RequiredWhen: `period.state == "audited"`},
					{Name: "grade", Kind: "choice", Options: []manifest.Option{{Value: "low"}, {Value: "high"}}},
					{Name: "extra", Kind: "text", When: `period.state != "plain"`},
					tags,
					{Name: "rows", Kind: "lines", Fields: []manifest.Field{{Name: "tag", Kind: "reference", To: "tag", OnDelete: "clear"}, tags}},
				},
				Lock:    &manifest.Lock{When: `period.state == "closed"`},
				BuiltIn: map[string]manifest.BuiltIn{"update": {When: `period.state != "frozen"`, Message: "The period is frozen."}},
				Checks:  []manifest.Check{{Rule: `period.state != "checked" or name != "bad"`, Message: "It is bad."}},
				Hooks:   []string{"before_save", "after_save"},
			},
		},
	}
}

// clerk is the code of the ledger: it refuses what the period says, and marks
// what comes by.
type clerk struct{ seen []string }

func (c *clerk) Run(_ context.Context, run Run) (json.RawMessage, error) {
	var in struct{ Record, Old map[string]any }
	if err := json.Unmarshal(run.Input, &in); err != nil {
		return nil, err
	}
	c.seen = append(c.seen, fmt.Sprint(run.Name, " ", in.Record["name"], " ", in.Old != nil))
	switch {
	case in.Record["name"] == "refused" && in.Old != nil:
		return nil, errs.New(errs.Conflict, "not_again", "It does not come back.")
	case in.Record["name"] == "marked" && in.Old != nil && run.Name == "entry.before_save":
		return json.RawMessage(`{"note":"was back"}`), nil
	}
	return nil, nil
}

func TestWhatComesBackMeetsTheRulesOfAChange(t *testing.T) {
	w := worldOf(t, ledger())
	code := &clerk{}
	w.module.Bind(code)
	periods, entries, tags := w.records(w.a, "period"), w.records(w.a, "entry"), w.records(w.a, "tag")
	state := func(period uuid.UUID, name string) {
		t.Helper()
		if _, err := w.tryUpdate(periods, period, fmt.Sprintf(`{"state":%q}`, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, state string
		kind        errs.Kind
		code, path  string
		back        string // what comes back, if it does
	}{
		{name: "fine", state: "open", back: `note:<nil>`},
		{name: "closed", state: "closed", kind: errs.Conflict, code: "locked"},
		{name: "frozen", state: "frozen", kind: errs.Conflict, code: "refused"},
		{name: "audited", state: "audited", kind: errs.Invalid, code: "required", path: "note"},
		{name: "bad", state: "checked", kind: errs.Invalid, code: "rule_broken"},
		{name: "refused", state: "open", kind: errs.Conflict, code: "not_again"},
		{name: "marked", state: "open", back: `note:was back`},
		{name: "hidden", state: "plain", back: `extra:<nil>`},
	} {
		period := idOf(t, w.create(periods, `{"name":"p"}`))
		entry := idOf(t, w.create(entries, fmt.Sprintf(`{"name":%q,"period_id":%q,"extra":"more"}`, c.name, period)))
		alone := idOf(t, w.create(entries, fmt.Sprintf(`{"name":%q,"period_id":%q,"extra":"more"}`, c.name, period)))
		if err := entries.Delete(t.Context(), alone, nil); err != nil {
			t.Fatal(err)
		}
		state(period, c.state)
		code.seen = nil
		raw, err := entries.Restore(t.Context(), alone)
		if c.code != "" {
			wants(t, err, c.kind, c.code, c.path)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := w.decode(raw)
		if text := fmt.Sprintf("note:%v extra:%v", got["note"], got["extra"]); !strings.Contains(text, c.back) {
			t.Errorf("%s comes back with %s", c.name, text)
		}
		if seen := fmt.Sprint(code.seen); seen != fmt.Sprintf("[entry.before_save %[1]s true entry.after_save %[1]s true]", c.name) {
			t.Errorf("%s: hooks ran: %s", c.name, seen)
		}
		// What went along comes back by the same rules.
		if c.name == "fine" {
			if err := periods.Delete(t.Context(), period, nil); err != nil {
				t.Fatal(err)
			}
			code.seen = nil
			if _, err := periods.Restore(t.Context(), period); err != nil || len(code.seen) != 4 {
				t.Errorf("with its period: %v %v", err, code.seen)
			}
			if got := w.names(entries, "id=eq."+entry.String(), "extra"); got != "more" {
				t.Errorf("what is shown because of a period that comes back too: %q", got)
			}
		}
	}

	// What another version kept is held against the rules of this one.
	kept := idOf(t, w.create(entries, fmt.Sprintf(`{"name":"kept","period_id":%q,"grade":"low"}`, w.create(periods, `{"name":"p"}`)["id"])))
	if err := entries.Delete(t.Context(), kept, nil); err != nil {
		t.Fatal(err)
	}
	for _, grade := range []string{"archived", "high"} {
		if err := w.db.Tx(t.Context(), func(tx pgx.Tx) error {
			return pg.As(t.Context(), tx, w.runtime, w.a, func() error {
				_, err := tx.Exec(t.Context(), "update "+entries.Collection.table+" set grade = $2 where id = $1 and deleted_at is not null", kept, grade)
				return err
			})
		}); err != nil {
			t.Fatal(err)
		}
		_, err := entries.Restore(t.Context(), kept)
		if grade == "archived" {
			wants(t, err, errs.Invalid, "option", "grade")
		} else if err != nil {
			t.Error(err)
		}
	}

	// Lists and lines of what is in the trash lose what goes for good.
	period := idOf(t, w.create(periods, `{"name":"p"}`))
	axe, bow := idOf(t, w.create(tags, `{"name":"axe"}`)), idOf(t, w.create(tags, `{"name":"bow"}`))
	full := idOf(t, w.create(entries, fmt.Sprintf(`{"name":"full","period_id":%q,"tags_ids":[%q,%q],"rows":[{"tag_id":%[2]q,"tags_ids":[%[2]q]},{"tag_id":%[3]q}]}`, period, axe, bow)))
	if err := entries.Delete(t.Context(), full, nil); err != nil {
		t.Fatal(err)
	}
	if err := tags.Delete(t.Context(), axe, nil); err != nil {
		t.Errorf("a record in the trash holds one that goes for good: %v", err)
	}
	raw, err := entries.Restore(t.Context(), full)
	if err != nil {
		t.Fatal(err)
	}
	got := w.decode(raw)
	if text := fmt.Sprint(got["tags_ids"], got["rows"]); strings.Contains(text, axe.String()) || !strings.Contains(text, bow.String()) {
		t.Errorf("back comes %s", text)
	}
}

// TestRecordsThatGoTogetherDoNotHoldOneAnother names records in one call that
// point at one another.
func TestRecordsThatGoTogetherDoNotHoldOneAnother(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	above := idOf(t, w.create(items, `{"name":"above"}`))
	below := idOf(t, w.create(items, fmt.Sprintf(`{"name":"below","parent_id":%q}`, above)))
	drop := func(query string) error {
		_, err := items.DeleteWhere(t.Context(), w.parse(items.Collection, query), Removal{})
		return err
	}
	wants(t, drop("name=eq.above"), errs.Conflict, "in_use", "")
	if err := drop("name=in.(above,below)&order=name"); err != nil {
		t.Errorf("both: %v", err)
	}
	if _, err := items.Restore(t.Context(), below); errs.KindOf(err) != errs.Invalid {
		t.Errorf("what it points at is still deleted: %v", err)
	}
	for _, id := range []uuid.UUID{above, below} {
		if _, err := items.Restore(t.Context(), id); err != nil {
			t.Errorf("back: %v", err)
		}
	}
	if got := w.names(items, "parent_id=eq."+above.String(), "name"); got != "below" {
		t.Errorf("below it comes %q", got)
	}
}
