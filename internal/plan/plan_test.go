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

func TestSitesBeyondANarrowerPlanBecomeReadOnly(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	tried := at.Add(-time.Hour)
	for _, c := range []struct {
		says  string
		s     Standing
		older int64
		after time.Duration
		want  bool
	}{
		{"never narrowed", Standing{Key: "starter"}, 9, 2 * Grace, false},
		{"in the grace", Standing{Key: "starter", NarrowedAt: &at}, 8, Grace - time.Second, false},
		{"after it", Standing{Key: "starter", NarrowedAt: &at}, 8, Grace, true},
		{"the first beyond", Standing{Key: "starter", NarrowedAt: &at}, 5, Grace, true},
		{"the last within", Standing{Key: "starter", NarrowedAt: &at}, 4, Grace, false},
		{"wide again", Standing{Key: "agency", NarrowedAt: &at}, 8, Grace, false},
		{"no limit again", Standing{Key: Unlimited, NarrowedAt: &at}, 500, Grace, false},
		{"after a trial", Standing{Key: None, TrialEndsAt: &tried}, 1, Grace, true},
		{"a trial later than the plan", Standing{Key: None, NarrowedAt: &tried, TrialEndsAt: &at}, 1, Grace - time.Second, false},
		{"a trial that a plan followed", Standing{Key: "starter", TrialEndsAt: &tried}, 8, Grace, false},
	} {
		if got := c.s.ReadOnly(c.older, at.Add(c.after)); got != c.want {
			t.Errorf("%s: %v", c.says, got)
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
