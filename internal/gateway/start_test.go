package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/testkit"
)

// TestFirstSteps leads the owner of a new agency to its first module, once with
// a pause and once not at all.
func TestFirstSteps(t *testing.T) {
	p := testkit.NewPlatform(t)
	found := func() testkit.Actor {
		agency := testkit.NewID()
		p.Change(`insert into platform.agency (id, name, plan, starting) values ($1, 'New', 'none', true)`, agency)
		if _, _, err := p.Modules.Publish(t.Context(), testkit.System, agency, walkedPackage(p)); err != nil {
			t.Fatal(err)
		}
		return p.NewPerson("newcomer", access.Member{Agency: agency, Role: access.Owner})
	}
	owner := found()
	name := "x" + testkit.NewID().String()[24:]
	for _, step := range []struct {
		says string
		form url.Values // nil: GET
		want string     // on the page that follows, or where it leads
		code int
	}{
		{"the sites lead to the first step", nil, "Step 1 of 4", 200},
		{"no country", url.Values{"step": {"agency"}}, "Choose a country", 422},
		{"a country", url.Values{"step": {"agency"}, "country": {"ZM"}}, "", 303},
		{"it goes on where it was", nil, "Step 2 of 4", 200},
		{"a step that is done is not done again", url.Values{"step": {"agency"}, "country": {"DE"}}, "", 303},
		{"a client", url.Values{"step": {"client"}, "name": {"First client"}}, "", 303},
		{"the site", nil, "Step 3 of 4", 200},
		{"a name is missing", url.Values{"step": {"site"}}, "Enter a value", 422},
		{"a site", url.Values{"step": {"site"}, "name": {name}}, "", 303},
		{"the module", nil, "Walked", 200},
		{"no such module", url.Values{"step": {"module"}, "module": {"nothing"}}, "Choose one of the options", 422},
		{"a module", url.Values{"step": {"module"}, "module": {"walked"}}, "", 303},
	} {
		var r testkit.Response
		if step.form == nil {
			if to := p.Do(owner, "GET", "/app", nil).Location(); !strings.HasPrefix(to, "/app/start") {
				t.Fatalf("%s: the sites lead to %q", step.says, to)
			}
			r = p.Do(owner, "GET", "/app/start", nil)
		} else {
			r = p.Do(owner, "POST", "/app/start", step.form)
		}
		if r.Status != step.code || !strings.Contains(r.Text(), step.want) {
			t.Fatalf("%s: %d, want %d with %q\n%.2000s", step.says, r.Status, step.code, step.want, r.Body)
		}
	}
	end := p.Do(owner, "GET", "/app/start", nil).Location()
	site := p.Do(owner, "GET", end, nil)
	if site.Status != http.StatusOK || !strings.Contains(site.Body, name) || !strings.Contains(site.Body, "Steps") {
		t.Errorf("at the end: %s %d", end, site.Status)
	}
	if r := p.Do(owner, "GET", "/app", nil); r.Status != http.StatusOK {
		t.Errorf("the sites afterwards: %d", r.Status)
	}
	// Who has done everything elsewhere is led nowhere, and looking writes nothing.
	p.Change(`update platform.agency set starting = true where name = 'New' and country = 'ZM'`)
	if r := p.Do(owner, "GET", "/app/start", nil); r.Location() != end {
		t.Errorf("nothing is left, which leads to %q", r.Location())
	}
	if r := p.Do(owner, "GET", "/app", nil); r.Status != http.StatusOK {
		t.Errorf("nothing is left, and the sites lead to %q", r.Location())
	}
	var starting bool
	if err := p.DB.Pool().QueryRow(t.Context(), `select starting from platform.agency where name = 'New' and country = 'ZM'`).Scan(&starting); err != nil || !starting {
		t.Errorf("looking at the steps has written (%v)", err)
	}
	hurried := found()
	p.Do(hurried, "POST", "/app/start", url.Values{"do": {"skip"}})
	if r := p.Do(hurried, "GET", "/app", nil); r.Status != http.StatusOK {
		t.Errorf("who skips is led on: %d %s", r.Status, r.Location())
	}
}
