package page_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/page"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// words returns the English words of the catalogue, in the locale.
func words(t testing.TB, locale string) page.Words {
	t.Helper()
	catalogue, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	return catalogue.Printer(locale, time.UTC)
}

// shop is a module with one collection of every kind and one block.
func shop(template string) (*manifest.Block, *manifest.Manifest) {
	most := int64(80)
	least, many := int64(1), int64(9)
	b := &manifest.Block{
		Name:       "goods",
		Properties: []manifest.Field{{Name: "heading", Kind: manifest.KindText, Default: "Goods"}},
		Queries:    []manifest.Query{{Name: "items", Collection: "item"}},
		Template:   template,
	}
	params := []manifest.Field{
		{Name: "name", Kind: manifest.KindText, Label: "Name", Required: true, Max: &most, Help: "As on your card", Placeholder: "Ada"},
		{Name: "code", Kind: manifest.KindText, Label: "Code", Pattern: "[A-Z]{2}-[0-9]+", Message: "Two letters, a hyphen, digits."},
		{Name: "note", Kind: manifest.KindLongtext, Label: "Note"},
		{Name: "count", Kind: manifest.KindInteger, Label: "Count", Min: &least, Max: &many, Default: int64(1)},
		{Name: "price", Kind: manifest.KindMoney, Label: "Price", Default: manifest.Money{Amount: 129950}},
		{Name: "day", Kind: manifest.KindDate, Label: "Day", MinDate: "2026-01-01", Default: manifest.Expression("today()")},
		{Name: "kind", Kind: manifest.KindReference, Label: "Kind", To: "kind"},
	}
	fields := append([]manifest.Field{{Name: "link", Kind: manifest.KindText}}, params...)
	return b, &manifest.Manifest{
		ID:    "shop",
		Roles: []manifest.Role{{Name: "visitor", Grants: []manifest.Grant{{Collection: "item", Verb: "order"}}}},
		Collections: []*manifest.Collection{{
			Name: "item", Fields: fields,
			Actions: []manifest.Action{{Name: "order", Label: "Order it", Params: params}},
		}},
		Blocks: []*manifest.Block{b},
	}
}

// block compiles a template of the shop whose query gives the rows.
func block(t testing.TB, template string, rows ...map[string]any) page.BlockInput {
	t.Helper()
	compiled, err := page.Compile(shop(template))
	if err != nil {
		t.Fatalf("compile %q: %v", template, err)
	}
	return page.BlockInput{
		Template: compiled,
		Load: func(context.Context, manifest.Query, map[string]any) ([]map[string]any, error) {
			return rows, nil
		},
	}
}

func input(t testing.TB, blocks ...page.BlockInput) page.Input {
	t.Helper()
	return page.Input{
		Site: page.Site{
			Name: "Harbour Tools", Locale: "en-GB", Currency: "EUR", TimeZone: "Europe/Berlin",
			URL: "https://harbour.example/",
		},
		CSS: "/assets/site.css", Blocks: blocks, Words: words(t, "en-GB"),
		Now: func() time.Time { return time.Date(2026, 3, 14, 23, 30, 0, 0, time.UTC) },
		// Generous, so that only tests about time depend on it.
		Limits: page.Limits{Time: 20 * time.Second},
	}
}

func render(t testing.TB, in page.Input) page.Output {
	t.Helper()
	out, err := page.Render(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFunctionsAreThoseOfTheCheck(t *testing.T) {
	got := strings.Join(page.FunctionNames(), " ")
	want := strings.Join(manifest.TemplateFunctions(), " ")
	if got != want {
		t.Errorf("functions: got %s, want %s", got, want)
	}
}

func TestPageIsAWholeDocument(t *testing.T) {
	out := render(t, input(t, block(t, `<h1>{{ .properties.heading }}</h1>`), block(t, `<p>Second</p>`)))
	html := string(out.HTML)
	for _, want := range []string{
		`<!doctype html>`, `<html lang="en-GB">`, `<title>Harbour Tools</title>`, `<meta name="viewport"`,
		`<link rel="canonical" href="https://harbour.example/">`, `<link rel="stylesheet" href="/assets/site.css">`,
		`<a class="skip" href="#content">`, `<main class="content" id="content"`, `© 2026 Harbour Tools`,
		`<section class="block block-shop-goods"><h2>Goods</h2></section>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(html, "<h1"); n != 1 {
		t.Errorf("got %d first headings, want 1", n)
	}
	if strings.Index(html, "Goods") > strings.Index(html, "Second") {
		t.Error("the blocks are not in order")
	}
	for _, barred := range []string{"<script", "<style", " style=", "<!--"} {
		if strings.Contains(html, barred) {
			t.Errorf("the page contains %s", barred)
		}
	}
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	in := input(t, block(t, `{{ form "item.order" }}`), block(t, `{{ range .items }}{{ .name }}{{ end }}`, map[string]any{"name": "Saw"}))
	one := render(t, in)
	for range 20 {
		two := render(t, in)
		if string(one.HTML) != string(two.HTML) || one.ETag != two.ETag {
			t.Fatal("two pages of the same input differ")
		}
	}
	in.Site.Name = "Another"
	if render(t, in).ETag == one.ETag {
		t.Error("another page has the same ETag")
	}
}

func TestPageWithoutBlocksSaysSo(t *testing.T) {
	if html := string(render(t, input(t)).HTML); !strings.Contains(html, words(t, "en-GB").T("page.empty.title")) {
		t.Error("the empty page says nothing")
	}
}

func TestSiteNameIsEscaped(t *testing.T) {
	in := input(t)
	in.Site.Name = `"><script>alert(1)</script>`
	in.Site.URL = "javascript:alert(1)"
	html := string(render(t, in).HTML)
	if strings.Contains(html, "<script") || strings.Contains(html, "javascript:") {
		t.Errorf("the site's name or address is markup:\n%s", html)
	}
}

func TestFailingBlockLeavesTheOthers(t *testing.T) {
	failing := func(load func(ctx context.Context) ([]map[string]any, error)) page.BlockInput {
		b := block(t, `secret-template {{ range .items }}{{ .name }}{{ end }}`)
		b.Load = func(ctx context.Context, _ manifest.Query, _ map[string]any) ([]map[string]any, error) {
			return load(ctx)
		}
		return b
	}
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	loops := `{{ range $a := .items }}{{ range $b := $.items }}{{ range $c := $.items }}{{ end }}{{ end }}{{ end }}`
	row := map[string]any{"name": "x"}
	rows := make([]map[string]any, 3000)
	for i := range rows {
		rows[i] = row
	}
	big := map[string]any{"name": strings.Repeat("x", 1<<20)}
	for name, bad := range map[string]page.BlockInput{
		"its query fails":           failing(func(context.Context) ([]map[string]any, error) { return nil, errors.New("secret-reason") }),
		"its query panics":          failing(func(context.Context) ([]map[string]any, error) { panic("secret-reason") }),
		"its query never ends":      failing(func(context.Context) ([]map[string]any, error) { <-never; return nil, nil }),
		"its query waits for ever":  failing(func(ctx context.Context) ([]map[string]any, error) { <-ctx.Done(); return nil, ctx.Err() }),
		"it loops without output":   block(t, loops, rows...),
		"it writes too much":        block(t, `{{ range .items }}{{ .name }}{{ end }}`, big),
		"its value is no amount":    block(t, `{{ range .items }}{{ money .price }}{{ end }}`, map[string]any{"price": "1,00"}),
		"its value cannot be shown": block(t, `{{ range .items }}{{ .name }}{{ end }}`, map[string]any{"name": func() {}}),
		"it is nested too deep":     block(t, strings.Repeat("<div>", 3000)),
	} {
		t.Run(name, func(t *testing.T) {
			in := input(t, block(t, `<p>First</p>`), bad, block(t, `<p>Last</p>`))
			in.Limits.Time = 250 * time.Millisecond
			started := time.Now()
			out := render(t, in)
			if spent := time.Since(started); spent > 5*time.Second {
				t.Errorf("the page took %s", spent)
			}
			html := string(out.HTML)
			if !strings.Contains(html, "First") || !strings.Contains(html, "Last") || !strings.Contains(html, "</html>") {
				t.Errorf("the other blocks are gone:\n%s", html)
			}
			if strings.Contains(html, "secret") || !strings.Contains(html, `<section class="block block-shop-goods" hidden></section>`) {
				t.Errorf("the block's place is not empty:\n%s", html)
			}
			if len(out.Problems) != 1 || out.Problems[0].Index != 1 || out.Problems[0].Err == nil {
				t.Errorf("problems: got %v", out.Problems)
			}
		})
	}
}

func TestLoopWithoutOutputEndsWithItsTime(t *testing.T) {
	compiled, err := page.Compile(shop(`{{ range .items }}{{ range $.items }}{{ range $.items }}{{ end }}{{ end }}{{ end }}`))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- page.Execute(ctx, compiled, map[string]any{"items": make([]any, 5000)}) }()
	select {
	case err := <-ended:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the template still runs long after its time")
	}
}

func TestRequestThatIsOverGetsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := page.Render(ctx, input(t, block(t, `<p>x</p>`))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestUnfinishedMarkupEndsWithItsBlock(t *testing.T) {
	for name, template := range map[string]string{
		"open element":     `<div><ul><li>open`,
		"stray end tags":   `</section></main></body></html><p>stray</p>`,
		"comment":          `<p>x</p><!-- hidden `,
		"script":           `<p>x</p><script>document.title = "x"</script>`,
		"style":            `<p style="color:red">x</p><style>body { display: none }</style>`,
		"handler":          `<p onclick="x()">x</p>`,
		"refresh and base": `<meta http-equiv="refresh" content="0;url=//evil.example"><base href="//evil.example">x`,
		"frame":            `<iframe src="https://evil.example"></iframe>x`,
		"foreign address":  `<a href="javascript:alert(1)">x</a><form action="data:text/html,x"></form>`,
		"vector":           `<svg><a href="javascript:alert(1)"><text>x</text></a><set attributeName="href"/></svg>`,
	} {
		t.Run(name, func(t *testing.T) {
			compiled, err := page.Compile(shop(template))
			if err != nil {
				return // refused at publish: even better
			}
			in := input(t, page.BlockInput{Template: compiled}, block(t, `<p>Last</p>`))
			html := string(render(t, in).HTML)
			if !strings.Contains(html, `</section><section class="block block-shop-goods"><p>Last</p></section></main>`) {
				t.Errorf("the block reaches beyond its end:\n%s", html)
			}
			for _, barred := range []string{"<script", "<style", "style=", "onclick", "<meta http", "<base", "<iframe", "javascript:", "data:text", "<set", "<!--"} {
				if strings.Contains(html, barred) {
					t.Errorf("the page contains %s:\n%s", barred, html)
				}
			}
		})
	}
}

func TestRefusedTemplates(t *testing.T) {
	for template, want := range map[string]string{
		`{{ printf "%999999d" 1 }}`:                  "printf",
		`{{ define "x" }}{{ end }}`:                  "define",
		`{{ template "goods" }}`:                     "template",
		`{{ form "item.steal" }}`:                    "item.steal",
		`{{ _step }}`:                                "_step",
		`{{ range .items }}`:                         "not closed",
		`{{ range 30000000 }}{{ end }}`:              "range",
		`{{ .properties.heading.Method }}`:           "Method",
		`<a href="{{ .properties.heading }}`:         "",
		`<a {{ if .items }}href="{{ end }}>x</a>`:    "",
		`<script>{{ if .items }}"{{ end }}</script>`: "",
	} {
		_, err := page.Compile(shop(template))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want a word about %q", template, err, want)
		}
	}
}

// hostile are values that would do harm if they were taken for anything but text.
var hostile = []string{
	`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`,
	`javascript:alert(1)`, "java\tscript:alert(1)", ` javascript:alert(1)`, `data:text/html,<script>alert(1)</script>`,
	`vbscript:x`, `javascript://x.example/%0aalert(1)`, `http:opaque`, `//evil.example`, `</textarea><script>alert(1)</script>`, `</title><script>`, `<!--`, `]]>`, "`${alert(1)}`",
	`https://x.example/"onload="alert(1)`, `\\evil.example`, `{{ . }}`, `<svg/onload=alert(1)>`, `<p style="x:y">`,
}

func TestHostileValuesAreInert(t *testing.T) {
	for name, template := range map[string]string{
		"text":            `<p>{{ range .items }}{{ .name }}{{ end }}</p>`,
		"attribute":       `{{ range .items }}<p title="{{ .name }}">x</p>{{ end }}`,
		"single quotes":   `{{ range .items }}<p title='{{ .name }}'>x</p>{{ end }}`,
		"no quotes":       `{{ range .items }}<p title={{ .name }}>x</p>{{ end }}`,
		"address":         `{{ range .items }}<a href="{{ .name }}">x</a>{{ end }}`,
		"part of address": `{{ range .items }}<a href="/x?q={{ .name }}">x</a>{{ end }}`,
		"picture":         `{{ range .items }}<img src="{{ .name }}" alt="{{ .name }}">{{ end }}`,
		"link":            `{{ range .items }}{{ link .name .name }}{{ link .name }}{{ end }}`,
		"image":           `{{ range .items }}{{ image .name .name }}{{ end }}`,
		"textarea":        `{{ range .items }}<textarea>{{ .name }}</textarea>{{ end }}`,
		"translated":      `{{ range .items }}{{ t .name }}{{ end }}`,
		"form":            `{{ form "item.order" }}`,
	} {
		for _, value := range hostile {
			b := block(t, template, map[string]any{"name": value})
			in := input(t, b)
			in.Form = &page.FormState{
				Module: "shop", Collection: "item", Action: "order", Message: value,
				Values: url.Values{"name": {value}, "note": {value}, "price": {value}, "day": {value}},
				Errors: []errs.Field{{Path: "name", Code: "x", Message: value}, {Path: value, Code: "x", Message: value}},
			}
			out := render(t, in)
			if len(out.Problems) > 0 {
				t.Errorf("%s: %q: %v", name, value, out.Problems)
			}
			if bad := harm(string(out.HTML)); bad != "" {
				t.Errorf("%s: %q became %s:\n%s", name, value, bad, out.HTML)
			}
		}
	}
}

func TestFunctions(t *testing.T) {
	for _, row := range []struct {
		template string
		value    any
		want     string
	}{
		{`{{ money .price }}`, map[string]any{"amount": float64(129950), "currency": "EUR"}, "€1,299.50"},
		{`{{ money .price }}`, map[string]any{"amount": int64(5), "currency": ""}, "€0.05"},
		{`{{ money .price }}`, nil, ""},
		{`{{ date .day }}`, "2026-12-31", "31 Dec 2026"},
		{`{{ date .day }}`, nil, ""},
		{`{{ t .name }}`, "Tools & more", "Tools &amp; more"},
		{`{{ .count }}`, float64(12), "12"},
		{`{{ .name }}`, nil, ""},
		{`{{ link .link "Visit" }}`, "https://x.example/?a=1&b=2", `<a href="https://x.example/?a=1&amp;b=2">Visit</a>`},
		{`{{ link .link }}`, "/about", `<a href="/about">/about</a>`},
		{`{{ link .link "Visit" }}`, "ftp://x.example", "Visit"},
		{`{{ link .link "Visit" }}`, nil, "Visit"},
		{`{{ image .link "A saw" }}`, "/saw.jpg", `<img src="/saw.jpg" alt="A saw" loading="lazy" decoding="async"/>`},
		{`{{ image .link "A saw" }}`, "data:image/png,x", ""},
	} {
		field := strings.Fields(strings.Trim(row.template, "{} "))
		name := ""
		for _, word := range field {
			if strings.HasPrefix(word, ".") {
				name = word[1:]
			}
		}
		out := render(t, input(t, block(t, `<p>{{ range .items }}`+row.template+`{{ end }}</p>`, map[string]any{name: row.value})))
		if want := "<p>" + row.want + "</p></section>"; !strings.Contains(string(out.HTML), want) {
			t.Errorf("%s of %v: the page lacks %s: %v\n%s", row.template, row.value, want, out.Problems, out.HTML)
		}
	}
}

func TestPolicyAllowsNoScript(t *testing.T) {
	want := "default-src 'none'; style-src 'self'; img-src 'self' https: data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if page.CSP() != want {
		t.Errorf("got %s", page.CSP())
	}
}
