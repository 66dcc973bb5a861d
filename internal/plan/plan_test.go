package plan

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestTrialsEndAndPlansGetWider(t *testing.T) {
	begun := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	ends := begun.Add(TrialLife)
	for _, c := range []struct {
		says string
		s    Standing
		at   time.Time
		want string
	}{
		{"no plan", Standing{Key: None}, begun, None},
		{"the first moment of a trial", Standing{Key: None, TrialEndsAt: &ends}, begun, "growth"},
		{"its last", Standing{Key: None, TrialEndsAt: &ends}, time.Date(2026, 3, 15, 9, 59, 59, 0, time.UTC), "growth"},
		{"its end", Standing{Key: None, TrialEndsAt: &ends}, time.Date(2026, 3, 15, 10, 0, 0, 0, time.UTC), None},
		{"a plan goes before it", Standing{Key: "starter", TrialEndsAt: &ends}, begun, "starter"},
		{"a plan that is no more", Standing{Key: "gold"}, begun, None},
	} {
		if got := c.s.Plan(c.at).Key; got != c.want {
			t.Errorf("%s: %s, want %s", c.says, got, c.want)
		}
	}
	for _, l := range Limits() {
		var last int64 = -1
		for _, p := range Plans() {
			most, bounded := p.Most[l]
			if bounded != (p.Key != Unlimited) || bounded && most <= last {
				t.Errorf("%s: %s has %d after %d", l, p.Key, most, last)
			}
			last = most
			if wider, ok := p.Wider(l); ok != bounded || ok && wider.Key == p.Key {
				t.Errorf("%s: wider than %s is %s, %v", l, p.Key, wider.Key, ok)
			}
		}
	}
}

func TestASwitchIsOnForASteadyShare(t *testing.T) {
	a, b := uuid.New(), uuid.New()
	s := Switch{Key: Onboarding, Percentage: 30}
	on := 0
	for range 2000 {
		id := uuid.New()
		if s.For(id) {
			on++
		}
		if wider := (Switch{Key: Onboarding, Percentage: 60}); s.For(id) && !wider.For(id) {
			t.Fatal("a wider share leaves somebody out")
		}
	}
	if on < 450 || on > 750 {
		t.Errorf("on for %d of 2,000", on)
	}
	s = Switch{Key: Onboarding, Percentage: 0, On: []uuid.UUID{a, b}, Off: []uuid.UUID{b}}
	if !s.For(a) || s.For(b) || s.For(uuid.New()) {
		t.Error("the lists do not hold")
	}
}
