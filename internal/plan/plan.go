// Package plan is what agencies may have: plans with their limits, what is used
// of them, and features that are switched on for some. Everything that adds
// something which a plan limits asks Room.
package plan

import (
	"slices"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

// Limit names what a plan limits. It is below "limit." in the message catalogue.
type Limit string

// The limits.
const (
	// Sites of the agency, archived ones included.
	Sites Limit = "sites"
	// Members are the agency's own people, and those it has invited; people of its
	// clients and sites do not count.
	Members Limit = "members"
	// Modules are the agency's own ones that its sites run, each once.
	Modules Limit = "modules"
	// Storage is the files of its sites, in bytes.
	Storage Limit = "storage"
	// Mails are those written in its name in the present month. They are counted
	// and never refused.
	Mails Limit = "mails"
)

// Limits are all of them, in the order in which people see them.
func Limits() []Limit { return []Limit{Sites, Members, Modules, Storage, Mails} }

// Refuses reports whether what goes beyond the limit is refused, and not only
// counted.
func (l Limit) Refuses() bool { return l != Mails }

// Plan is what an agency can have. Its name is below "plan." in the catalogue.
type Plan struct {
	Key         string
	Month, Year money.Money // zero of what has no price
	// Branded is whether the app and mail bear the agency's look in the place of the
	// platform's.
	Branded bool
	// Most is how much of what; what is missing has no limit.
	Most map[Limit]int64
}

const (
	// None is the plan of who has none.
	None = "none"
	// Trial is the plan that new agencies try.
	Trial = "growth"
	// Unlimited has no limits.
	Unlimited = "enterprise"

	gigabyte = 1_000_000_000
)

// Plans are all plans, from the smallest to the widest.
func Plans() []Plan {
	usd := func(amount int64) money.Money { return money.Money{Amount: amount * 100, Currency: "USD"} }
	return []Plan{
		{Key: None, Most: map[Limit]int64{Sites: 1, Members: 1, Modules: 1, Storage: gigabyte / 10, Mails: 100}},
		{Key: "starter", Month: usd(29), Year: usd(290), Most: map[Limit]int64{Sites: 5, Members: 3, Modules: 10, Storage: 5 * gigabyte, Mails: 2_000}},
		{Key: "growth", Month: usd(79), Year: usd(790), Most: map[Limit]int64{Sites: 15, Members: 8, Modules: 30, Storage: 20 * gigabyte, Mails: 10_000}},
		{Key: "agency", Month: usd(149), Year: usd(1_490), Branded: true, Most: map[Limit]int64{Sites: 30, Members: 20, Modules: 100, Storage: 75 * gigabyte, Mails: 40_000}},
		{Key: Unlimited, Branded: true},
	}
}

// Find returns the plan of that key; false for none.
func Find(key string) (Plan, bool) {
	all := Plans()
	at := slices.IndexFunc(all, func(p Plan) bool { return p.Key == key })
	if at < 0 {
		return Plan{}, false
	}
	return all[at], true
}

// Wider returns the next plan that has more of it; false when there is none.
func (p Plan) Wider(l Limit) (Plan, bool) {
	most, limited := p.Most[l]
	if !limited {
		return Plan{}, false
	}
	for _, other := range Plans() {
		if has, bounded := other.Most[l]; other.Key != None && (!bounded || has > most) {
			return other, true
		}
	}
	return Plan{}, false
}
