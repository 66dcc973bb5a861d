package collection

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
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
