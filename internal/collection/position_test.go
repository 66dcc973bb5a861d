package collection

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// TestThereIsAlwaysRoom puts records at random places, also again and again
// at one, and finds the list in the order of its positions.
func TestThereIsAlwaysRoom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for _, place := range []func(n int) int{
		func(n int) int { return r.IntN(n + 1) },
		func(int) int { return 0 },
		func(n int) int { return n },
		func(n int) int { return n / 2 },
		func(n int) int { return min(n, 1) },
	} {
		list := []string{lastPosition(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))}
		for range 300 {
			at := place(len(list))
			var before, after string
			if at > 0 {
				before = list[at-1]
			}
			if at < len(list) {
				after = list[at]
			}
			made, err := between(before, after)
			if err != nil {
				t.Fatal(err)
			}
			list = slices.Insert(list, at, made)
		}
		if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Errorf("out of order: %q", list)
		}
	}
	if _, err := between("b", "a"); err == nil {
		t.Error("there is something between b and a")
	}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	if lastPosition(now) >= lastPosition(now.Add(time.Microsecond)) {
		t.Error("a later record is not behind an earlier one")
	}
}

// TestPlaceIsAChange puts records next to others that were made in the same
// microsecond, or by a clock that is ahead, and obeys the rules of changes.
func TestPlaceIsAChange(t *testing.T) {
	w := worldOf(t, workshop())
	stops := w.records(w.a, "stop")
	ids := map[string]uuid.UUID{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		ids[name] = idOf(t, w.create(stops, `{"name":"`+name+`"}`))
	}
	w.now = w.now.Add(time.Hour)
	ids["ahead"] = idOf(t, w.create(w.records(w.a, "stop"), `{"name":"ahead"}`))
	w.now = w.now.Add(-time.Hour)
	for _, one := range []struct {
		name, beside string
		after        bool
		want         string
	}{
		{"e", "b", true, "a b e c d ahead"},
		{"a", "d", false, "b e c a d ahead"},
		{"c", "b", false, "c b e a d ahead"},
		{"b", "ahead", true, "c e a d ahead b"},
		{"d", "b", true, "c e a ahead b d"},
	} {
		_, err := stops.Place(t.Context(), ids[one.name], Beside{ID: ids[one.beside], After: one.after}, nil)
		if got := w.names(stops, "order=position", "name"); err != nil || got != one.want {
			t.Errorf("%s beside %s: %s, not %s: %v", one.name, one.beside, got, one.want, err)
		}
	}
	if rows, _, err := w.list(stops, "version=eq.1&order=name"); err != nil || len(rows) != 1 {
		t.Errorf("what was not placed was changed: %v %v", rows, err)
	}
	if _, err := w.tryUpdate(stops, ids["a"], `{"name":"fixed"}`); err != nil {
		t.Fatal(err)
	}
	_, err := stops.Place(t.Context(), ids["a"], Beside{ID: ids["c"]}, nil)
	wants(t, err, errs.Conflict, "locked", "")
	past := w.records(w.a, "past")
	x, y := idOf(t, w.create(past, `{"name":"x"}`)), idOf(t, w.create(past, `{"name":"y"}`))
	_, err = past.Place(t.Context(), y, Beside{ID: x}, nil)
	wants(t, err, errs.Conflict, "append_only", "")
}
