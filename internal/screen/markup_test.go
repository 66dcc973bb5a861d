package screen

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// element is one element of a parsed page.
type element struct {
	tag   string
	attrs map[string]string
}

// elements parses a page; the parser mends nothing that the tests look at.
func elements(t *testing.T, page string) []element {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []element
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		e := element{tag: n.Data, attrs: map[string]string{}}
		for _, a := range n.Attr {
			e.attrs[a.Key] = a.Val
		}
		all = append(all, e)
	}
	return all
}

// TestEveryScreenIsSound checks what holds for each screen in each state.
func TestEveryScreenIsSound(t *testing.T) {
	pages := screens(t)
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		t.Run(name, func(t *testing.T) {
			page := render(t, pages[name])
			all := elements(t, page)
			checkHeadings(t, all)
			checkReferences(t, all)
			checkInline(t, all)
			if strings.Contains(page, "%!") || strings.Contains(page, "&lt;no value&gt;") {
				t.Error("a format was not filled")
			}
		})
	}
}

func checkHeadings(t *testing.T, all []element) {
	t.Helper()
	count := map[string]int{}
	for _, e := range all {
		count[e.tag]++
	}
	for _, tag := range []string{"h1", "title", "main"} {
		if count[tag] != 1 {
			t.Errorf("the page has %d <%s>", count[tag], tag)
		}
	}
}

// checkReferences sees that ids are there once and that what points at an id
// finds it; every input that is seen has a label.
func checkReferences(t *testing.T, all []element) {
	t.Helper()
	ids, labelled := map[string]int{}, map[string]bool{}
	for _, e := range all {
		if id := e.attrs["id"]; id != "" {
			ids[id]++
		}
		if e.tag == "label" {
			labelled[e.attrs["for"]] = true
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %q is there %d times", id, n)
		}
	}
	for _, e := range all {
		for _, key := range []string{"for", "aria-describedby", "aria-labelledby", "popovertarget", "form"} {
			for _, id := range strings.Fields(e.attrs[key]) {
				if ids[id] == 0 {
					t.Errorf("<%s %s=%q> points at nothing", e.tag, key, id)
				}
			}
		}
		if href := e.attrs["href"]; len(href) > 1 && href[0] == '#' && ids[href[1:]] == 0 {
			t.Errorf("link to %q points at nothing", href)
		}
		seen := (e.tag == "input" && e.attrs["type"] != "hidden" && e.attrs["type"] != "file") || e.tag == "select" || e.tag == "textarea"
		if seen && !labelled[e.attrs["id"]] && e.attrs["aria-label"] == "" {
			t.Errorf("<%s name=%q> has no label", e.tag, e.attrs["name"])
		}
	}
}

// checkInline sees that nothing needs a looser content security policy, and
// that nothing is fetched from elsewhere.
func checkInline(t *testing.T, all []element) {
	t.Helper()
	for _, e := range all {
		for key := range e.attrs {
			if key == "style" || strings.HasPrefix(key, "on") || strings.HasPrefix(key, "hx-on") {
				t.Errorf("<%s> has the attribute %s", e.tag, key)
			}
		}
		if e.tag == "style" || (e.tag == "script" && e.attrs["src"] == "") {
			t.Errorf("the page has an inline <%s>", e.tag)
		}
		if strings.HasPrefix(e.attrs["src"], "http") {
			t.Errorf("<%s> loads %s", e.tag, e.attrs["src"])
		}
	}
}

// hostile breaks out of markup when somebody forgets to escape.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&{{.}}`

func TestHostileValuesStayText(t *testing.T) {
	p := words(t, "en")
	c := item()
	c.Label, c.Plural, c.Description, c.Icon = hostile, hostile, hostile, hostile
	for i := range c.Fields {
		c.Fields[i].Label, c.Fields[i].Help, c.Fields[i].Placeholder = hostile, hostile, hostile
	}
	row := map[string]any{
		"id": hostile, "version": hostile, "name": hostile, "category_id": hostile, "category_title": hostile, "serial": hostile,
		"daily_rate": map[string]any{"amount": 1, "currency": hostile}, "stock": hostile, "bought_on": hostile, "notes": hostile,
	}
	one, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	many, err := json.Marshal([]any{row})
	if err != nil {
		t.Fatal(err)
	}
	lo := listOptions()
	lo.Filter, lo.Order = hostile, hostile
	list, err := NewList(p, c, many, lo)
	if err != nil {
		t.Fatal(err)
	}
	fo := formOptions()
	fo.ID, fo.Record = hostile, one
	fo.Err = errs.BadFields(errs.Field{Path: "name", Code: "x", Message: hostile}, errs.Field{Path: hostile, Code: "x", Message: hostile})
	form, err := NewForm(p, c, fo)
	if err != nil {
		t.Fatal(err)
	}
	f := sampleFrame(p, hostile)
	f.Brand.Name, f.User.Name, f.Site.Name, f.Menu[0].Label = hostile, hostile, hostile, hostile
	f.Site.Public = "javascript:alert(1)"
	for name, page := range map[string]string{
		"list":    render(t, ListPage(f, list)),
		"form":    render(t, FormPage(f, form)),
		"login":   render(t, LoginPage(f, Login{Next: hostile, Email: hostile, Error: LoginError(hostile)})),
		"failure": render(t, FailurePage(f, Failure{Request: hostile})),
		"outbox": render(t, OutboxPage(f, Outbox{Lines: []OutboxLine{
			{ID: hostile, To: hostile, Subject: hostile, State: "kept", Error: hostile, Text: hostile, Link: "javascript:alert(1)"},
		}})),
		"door": render(t, DoorPage(f, Door{
			Title: hostile, Text: hostile, Error: hostile, Action: "javascript:alert(1)", Submit: hostile, Hidden: []Hidden{{hostile, hostile}}, Secret: hostile, Codes: []string{hostile},
			Fields: []DoorField{{Name: "name", Label: hostile, Value: hostile, Help: hostile, Error: hostile}}, Links: []Link{{hostile, "javascript:alert(1)"}},
		})),
		"me":    render(t, MePage(f, Me{Name: hostile, Email: hostile, Browsers: []Browser{{ID: hostile, Agent: hostile, Address: hostile}}})),
		"jobs":  render(t, JobsPage(f, Jobs{State: "dead", Jobs: []JobLine{{Name: hostile, Module: hostile, Error: hostile, Kind: "job", Key: hostile}}})),
		"token": render(t, TokenPage(f, Token{Text: hostile, Token: hostile, Back: "javascript:alert(1)"})),
		"activity": render(t, AuditPage(f, Audit{Text: hostile, Base: "javascript:alert(1)", Export: "javascript:alert(1)", Lines: []AuditLine{{
			Action: hostile, Actor: hostile, Through: hostile, Subject: hostile, Where: hostile, Changes: []AuditChange{{hostile, hostile, hostile}}, Facts: []AuditFact{{hostile, hostile}},
		}}})),
		"refusal": render(t, CataloguePage(f, Catalogue{Refused: &Refusal{File: hostile, Problems: []Problem{{File: hostile, Message: hostile, Hint: hostile}}}})),
	} {
		t.Run(name, func(t *testing.T) {
			all := elements(t, page)
			checkInline(t, all)
			for _, e := range all {
				if e.attrs["src"] == "x" {
					t.Error("a value became an image")
				}
			}
			if regexp.MustCompile(`href="javascript:`).MatchString(page) {
				t.Error("a link runs a script")
			}
		})
	}
}

func TestLoginNeverTellsWhetherAnAddressIsKnown(t *testing.T) {
	f := sampleFrame(words(t, "en"), "Sign in")
	page := render(t, LoginPage(f, Login{Email: "ada@example.com", Error: LoginWrong}))
	for _, telling := range []string{"unknown", "no account", "not registered", "wrong password"} {
		if strings.Contains(strings.ToLower(page), telling) {
			t.Errorf("the page says %q", telling)
		}
	}
}

func TestValuesAreWrittenInTheLocale(t *testing.T) {
	for tag, want := range map[string][]string{
		"en": {"€1,130.88", "1,009", "13 Jan 2025", "41–60 of 1,204"},
		"de": {"1.130,88\u00a0€", "1.009", "13.01.2025", "41–60 of 1.204"},
	} {
		p := words(t, tag)
		l, err := NewList(p, item(), rows(t), listOptions())
		if err != nil {
			t.Fatal(err)
		}
		page := render(t, ListPage(sampleFrame(p, "Rental items"), l))
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: %q is not on the page", tag, text)
			}
		}
	}
}

func TestEmptyManifestStillDraws(t *testing.T) {
	p := words(t, "en")
	c := &manifest.Collection{Name: "note", Label: "Note", Plural: "Notes"}
	l, err := NewList(p, c, []byte(`[{"id":"1"}]`), ListOptions{Base: "/n", Total: 1})
	if err != nil {
		t.Fatal(err)
	}
	render(t, ListPage(sampleFrame(p, "Notes"), l))
	form, err := NewForm(p, c, FormOptions{Base: "/n"})
	if err != nil {
		t.Fatal(err)
	}
	render(t, FormPage(sampleFrame(p, "Notes"), form))
}
