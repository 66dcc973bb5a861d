//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dramac-main/dramac-cms/internal/pack"
	"github.com/dramac-main/dramac-cms/testkit"
)

const (
	// A platform with so many modules and sites is compared with a small one.
	manyModules, manySites = 1_000, 10_000
	fewModules, fewSites   = 10, 10
	// manyBudget is what the same request may take there, as a ratio.
	manyBudget = 1.2
	// manyRounds of manyRequests each alternate between the two.
	manyRounds, manyRequests = 15, 300
)

// town is a platform with modules that are alike and installed on sites in turn.
type town struct {
	platform
	sites  []site
	record string // of the first module on the first site
}

// newTown makes a platform of its own database. The modules have one collection
// each, as it takes time to make the tables of a thousand.
func newTown(b *testing.B, modules, sites int) town {
	b.Helper()
	t := town{platform: newPlatform(b, testkit.EmptyDatabase(b), 4)}
	t.sites = createSites(b, t.db, sites)
	for n := range modules {
		s := t.sites[n%sites]
		t.send(s, http.MethodPost, "/api/v1/packages", namedPackage(b, fmt.Sprintf("stock%d", n)), http.StatusCreated)
		t.send(s, http.MethodPost, "/api/v1/sites/"+s.ID.String()+"/modules", fmt.Appendf(nil, `{"module":"stock%d"}`, n), http.StatusCreated)
	}
	var made string
	for n := range 100 {
		made = t.send(t.sites[0], http.MethodPost, "/api/modules/stock0/product", []byte(productOf(n).json()), http.StatusCreated)
	}
	_, id, _ := strings.Cut(made, `"id":"`)
	t.record = "/api/modules/stock0/product/" + id[:36]
	return t
}

// namedPackage is the measured module under another id.
func namedPackage(b *testing.B, id string) []byte {
	b.Helper()
	folder := fstest.MapFS{
		"module.yaml": {Data: fmt.Appendf(nil, "manifest: 1\nid: %s\nname: Stock\nversion: 1.0.0\ntype: app\ncategory: operations\ndescription: One of many.\n", id)},
		"collections/product.yaml": {Data: []byte("fields:\n  name: {type: text, required: true}\n  category: {type: text, index: true}\n" +
			"  quantity: {type: integer, index: true}\n  price: {type: money, index: true}\n  offered_on: date\n")},
	}
	var data bytes.Buffer
	if _, err := pack.Build(folder, &data); err != nil {
		b.Fatal(err)
	}
	return data.Bytes()
}

// take asks for the record so many times and returns how long one took.
func (t town) take(path string) time.Duration {
	started := time.Now()
	for range manyRequests {
		t.send(t.sites[0], http.MethodGet, path, nil, http.StatusOK)
	}
	return time.Since(started) / manyRequests
}

// BenchmarkAmongMany compares one request on a platform of many modules and
// sites with the same on one of few.
func BenchmarkAmongMany(b *testing.B) {
	few := newTown(b, fewModules, fewSites)
	began := time.Now()
	many := newTown(b, manyModules, manySites)
	fmt.Printf("%d modules on %d sites were made in %.0f s\n", manyModules, manySites, time.Since(began).Seconds())
	list := "/api/modules/stock0/product" + listQuery("bearings")
	for _, ask := range []struct{ says, few, many string }{{"get by id", few.record, many.record}, {"list", list, list}} {
		few.take(ask.few) // both are warm
		many.take(ask.many)
		var ratios []float64
		for range manyRounds {
			a, z := few.take(ask.few), many.take(ask.many)
			ratios = append(ratios, float64(z)/float64(a))
		}
		slices.Sort(ratios)
		ratio := ratios[len(ratios)/2]
		fmt.Printf("%s among %d modules and %d sites: %.2f times of %d and %d, budget %.1f: %s\n",
			ask.says, manyModules, manySites, ratio, fewModules, fewSites, manyBudget, verdict(ratio <= manyBudget))
		if ratio > manyBudget {
			b.Errorf("%s takes %.2f times as long among many, the budget is %.1f", ask.says, ratio, manyBudget)
		}
	}
	b.ReportMetric(0, "ns/op")
}
