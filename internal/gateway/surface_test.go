package gateway_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

const surfaceFile = "testdata/surface.txt"

// TestTheSurfaceIsWhatItWas holds the routes against the list that people have
// looked at: a route that turns public, or asks for less, shows as a difference.
func TestTheSurfaceIsWhatItWas(t *testing.T) {
	p := testkit.NewPlatform(t)
	var text strings.Builder
	for _, e := range p.Server.Surface() {
		verb := e.Verb
		if verb == "" {
			verb = "-"
		}
		fmt.Fprintf(&text, "%-6s %-60s %-8s %-30s %s\n", e.Method, e.Pattern, e.Host, e.Permission, verb)
	}
	if *update {
		if err := os.WriteFile(surfaceFile, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(surfaceFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(golden) != text.String() {
		t.Errorf("the surface is no longer that of %s; look at the difference and run with -update:\n%s", surfaceFile, differs(string(golden), text.String()))
	}
}

// differs lists the lines that only one of the texts has.
func differs(before, after string) string {
	var all []string
	for _, line := range strings.Split(before, "\n") {
		if !strings.Contains(after, line) {
			all = append(all, "- "+line)
		}
	}
	for _, line := range strings.Split(after, "\n") {
		if !strings.Contains(before, line) {
			all = append(all, "+ "+line)
		}
	}
	return strings.Join(all, "\n")
}

// TestEveryRouteDeclaresAKnownPermission keeps a misspelt permission, which
// nobody would hold, and an empty one out.
func TestEveryRouteDeclaresAKnownPermission(t *testing.T) {
	p := testkit.NewPlatform(t)
	for _, e := range p.Server.Surface() {
		if _, ok := holders[e.Permission]; !ok {
			t.Errorf("%s %s asks for %q, of which this test does not know who holds it", e.Method, e.Pattern, e.Permission)
		}
		if strings.Contains(e.Pattern, "{module}/{collection}") && e.Verb == "" {
			t.Errorf("%s %s reaches records without asking the module's grants", e.Method, e.Pattern)
		}
	}
}

// TestOtherMethodsAreNotAnswered tries every method on every address.
func TestOtherMethodsAreNotAnswered(t *testing.T) {
	p := testkit.NewPlatform(t)
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"}
	before := p.State()
	for _, on := range []string{"", p.Home.URL("")} {
		routed := map[string]bool{}
		for _, e := range p.Server.Surface() {
			if on == "" && e.OnPlatform() || on != "" && e.OnSite() {
				routed[e.Method+" "+shape(e.Pattern)] = true
			}
		}
		for _, e := range p.Server.Surface() {
			for _, method := range methods {
				as := method
				if as == http.MethodHead {
					as = http.MethodGet // answered without its body
				}
				if routed[as+" "+shape(e.Pattern)] || overlaps(routed, as, e.Pattern) {
					continue
				}
				to := on + fill(p, p.Home, e, target{}).URL
				for _, a := range []testkit.Actor{p.Visitor, p.Owner, p.SiteKey} {
					r := p.Do(a, method, to, nil)
					if r.Status != http.StatusMethodNotAllowed && r.Status != http.StatusNotFound {
						t.Errorf("%s: %s %s: %d", a.Name, method, to, r.Status)
					}
				}
			}
		}
	}
	if changed := p.State().Changed(before); changed != "" {
		t.Errorf("something was written: %s", changed)
	}
}

// shape is a pattern with its wildcards made equal.
func shape(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") && part != "{$}" {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// overlaps reports whether a routed pattern with wildcards takes the path.
func overlaps(routed map[string]bool, method, pattern string) bool {
	for line := range routed {
		m, other, _ := strings.Cut(line, " ")
		if m == method && takes(strings.Split(other, "/"), strings.Split(shape(pattern), "/")) {
			return true
		}
	}
	return false
}

func takes(pattern, path []string) bool {
	if len(pattern) != len(path) {
		return false
	}
	for i := range pattern {
		if pattern[i] != "*" && pattern[i] != path[i] {
			return false
		}
	}
	return true
}
