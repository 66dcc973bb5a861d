//go:build !race

package gateway_test

import (
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// TestNobodyPassesWhoMayNot walks every route as everybody, on the platform and
// on the hosts of two sites, with everything their own, another tenant's,
// forged and malformed. What the data API answers is held against the document
// that the caller is given of it. It makes one request after another, in which
// the race detector finds nothing and takes minutes; so tools/test.sh runs it
// beside the rest, without.
func TestNobodyPassesWhoMayNot(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	w := &walker{Platform: p, opened: map[string]bool{}}
	for _, a := range p.Everybody() {
		before := p.State()
		for _, e := range p.Server.Surface() {
			if e.OnPlatform() {
				w.walk(e, a, nil)
			}
			if e.OnSite() {
				w.walk(e, a, p.Home)
				w.walk(e, a, p.Foreign)
			}
		}
		if changed := p.State().Changed(before); changed != "" {
			t.Errorf("%s changed %s", a.Name, changed)
		}
	}
	for _, e := range p.Server.Surface() {
		if name := e.Method + " " + e.Pattern; !w.opened[name] && !untried[name] {
			t.Errorf("%s: nobody at all got through, so the walk proves nothing about it", name)
		}
	}
	t.Logf("%d requests", w.requests)
}
