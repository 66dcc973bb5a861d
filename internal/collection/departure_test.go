package collection

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// TestDepartures deletes what others belong to, or point at.
func TestDepartures(t *testing.T) {
	w := worldOf(t, workshop())
	parts, boxes, bins, labels := w.records(w.a, "part"), w.records(w.a, "box"), w.records(w.a, "bin"), w.records(w.a, "label")
	put := func(r Records, name, more string) string {
		t.Helper()
		return w.create(r, fmt.Sprintf(`{"name":%q%s}`, name, more))["id"].(string)
	}
	to := func(key, id string) string { return fmt.Sprintf(`,%q:%q`, key, id) }
	of := func(r Records, id string) map[string]any {
		t.Helper()
		rows, _, err := w.list(r, "id=eq."+id)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%v %v", rows, err)
		}
		return rows[0]
	}
	drop := func(r Records, query string) (Written, error) {
		return r.DeleteWhere(t.Context(), w.parse(r.Collection, query), Removal{})
	}

	// A ring: each goes once. What goes too holds nothing, whatever the order.
	a := put(parts, "a", "")
	b := put(parts, "b", to("of_id", a))
	put(parts, "c", to("of_id", a)+to("with_id", b))
	if _, err := w.tryUpdate(parts, uuid.MustParse(a), fmt.Sprintf(`{"of_id":%q}`, b)); err != nil {
		t.Fatal(err)
	}
	outside := put(parts, "d", to("with_id", b))
	_, err := drop(parts, "name=eq.a")
	wants(t, err, errs.Conflict, "in_use", "")
	if _, err := w.tryUpdate(parts, uuid.MustParse(outside), `{"with_id":null}`); err != nil {
		t.Fatal(err)
	}
	if _, err := drop(parts, "name=in.(a,b)"); err != nil {
		t.Errorf("a ring: %v", err)
	}
	if got := w.names(parts, "order=name", "name"); got != "d" {
		t.Errorf("left: %s", got)
	}
	// It comes back as it went.
	if _, err := parts.Restore(t.Context(), uuid.MustParse(b)); err != nil {
		t.Errorf("a ring comes back: %v", err)
	}
	if got := w.names(parts, "order=name", "name"); got != "a b c d" {
		t.Errorf("back: %s", got)
	}
	if _, err := drop(parts, "name=in.(a,b)"); err != nil {
		t.Error(err)
	}
	m := put(bins, "m", "")
	if _, err := w.tryUpdate(bins, uuid.MustParse(m), fmt.Sprintf(`{"of_id":%q}`, put(bins, "n", to("of_id", m)))); err != nil {
		t.Fatal(err)
	}
	put(parts, "in n", to("bin_id", m))
	if _, err := drop(bins, "name=eq.n"); err != nil || w.names(bins, "", "name") != "" || w.names(parts, "order=name", "name") != "d" {
		t.Errorf("a ring of what goes at once: %v", err)
	}

	// What follows from a reference that becomes empty does follow.
	box := put(boxes, "box", "")
	loose := put(parts, "loose", to("box_id", box))
	label := put(labels, "label", to("box_id", box))
	kept := put(parts, "kept", to("box_id", box))
	_, err = drop(boxes, "name=eq.box")
	if e := wants(t, err, errs.Conflict, "in_use", ""); e.Message != "It is still used by part." {
		t.Errorf("%s", e.Message)
	}
	if _, err := w.tryUpdate(parts, uuid.MustParse(kept), `{"why":"Heirloom"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := drop(boxes, "name=eq.box"); err != nil {
		t.Error(err)
	}
	if got := of(parts, loose); got["loose"] != true || got["box_id"] != nil || got["version"] != 2.0 || w.events(uuid.MustParse(loose)) != "boxed" {
		t.Errorf("%v %s", got, w.events(uuid.MustParse(loose)))
	}
	if got := of(labels, label); got["box_id"] != nil || got["version"] != 2.0 {
		t.Errorf("%v", got)
	}
	// What can never change holds its target.
	written := put(boxes, "written", "")
	w.create(w.records(w.a, "entry"), `{"box_id":"`+written+`"}`)
	_, err = drop(boxes, "name=eq.written")
	wants(t, err, errs.Conflict, "in_use", "")

	// Lines and lists that lose a place are changes of their record.
	tools, jobs := w.records(w.a, "tool"), w.records(w.a, "job")
	axe, bow := put(tools, "axe", ""), put(tools, "bow", "")
	job := put(jobs, "job", fmt.Sprintf(`,"tools_ids":[%q,%q],"steps":[{"text":"1","tool_id":%[1]q,"tools_ids":[%[2]q]},{"text":"2","tools_ids":[%[1]q]}]`, axe, bow))
	if _, err := drop(tools, "name=eq.axe"); err != nil {
		t.Fatal(err)
	}
	got := of(jobs, job)
	if text := fmt.Sprint(got["tools_ids"], got["steps"]); strings.Contains(text, axe) || strings.Count(text, bow) != 2 || got["version"] == 1.0 {
		t.Errorf("%v", got)
	}

	// One call writes so many records, whatever they are.
	whole := put(bins, "whole", "")
	rows := strings.Repeat(fmt.Sprintf(`{"name":"n","of_id":%q},`, whole), MaxWritten)
	if _, err := bins.CreateMany(t.Context(), w.rows(bins.Collection, "["+strings.TrimSuffix(rows, ",")+"]", Reading{})); err != nil {
		t.Fatal(err)
	}
	put(bins, "one more", to("of_id", whole))
	_, err = drop(bins, "name=eq.whole")
	if e := wants(t, err, errs.Conflict, "too_many_records", ""); !strings.Contains(e.Message, "1001") {
		t.Errorf("%s", e.Message)
	}
}
