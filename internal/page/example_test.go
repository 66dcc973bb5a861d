package page_test

import (
	"context"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/page"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	sample = flag.String("sample", "", "write sample pages to this folder, to be looked at")
)

// rows are records as the database gives them to the blocks of the examples.
var rows = map[string]string{
	"entry": `[
		{"id": "1", "name": "Marta Okafor", "message": "We rented the big marquee for our wedding. It stood like a rock in the storm on Saturday, and you collected it on Sunday at noon as promised. Thank you!"},
		{"id": "2", "name": "J. <b>Lind</b>", "message": "Good coffee, good ladders."},
		{"id": "3", "name": "Familie Brückner-Donaudampfschifffahrtsgesellschaft", "message": "Alles bestens, gerne wieder."},
		{"id": "4", "name": "Sam", "message": "The floor sander saved our weekend. One tip for others: take two more sheets of the fine paper than you think you need."}]`,
	"item": `[
		{"id": "1", "name": "Rotary hammer SDS-max", "summary": "For concrete up to 45 mm, with case.", "daily_rate": {"amount": 4500, "currency": "EUR"}, "deposit": {"amount": 20000, "currency": "EUR"}, "quantity": 4},
		{"id": "2", "name": "Scaffold tower, 6 m", "summary": "Aluminium, on wheels; two people set it up in an hour.", "daily_rate": {"amount": 8900, "currency": "EUR"}, "deposit": {"amount": 50000, "currency": "EUR"}, "quantity": 2},
		{"id": "3", "name": "Floor sander", "summary": null, "daily_rate": {"amount": 6250, "currency": "EUR"}, "deposit": null, "quantity": 1},
		{"id": "4", "name": "Mini excavator 1.8 t", "summary": "With three buckets. Delivered to the site on request.", "daily_rate": {"amount": 129950, "currency": "EUR"}, "deposit": {"amount": 150000, "currency": "EUR"}, "quantity": 1},
		{"id": "5", "name": "Wet vacuum", "summary": "80 litres.", "daily_rate": {"amount": 1900, "currency": "EUR"}, "deposit": {"amount": 5000, "currency": "EUR"}, "quantity": 6}]`,
}

// example returns the blocks of an example module, with records or without.
func example(t *testing.T, name string, full bool) []page.BlockInput {
	t.Helper()
	m, err := manifest.Read(os.DirFS(filepath.Join("..", "..", "examples", name)))
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]any{}
	for _, s := range m.Settings {
		settings[s.Name] = s.Default // all of them are texts
	}
	var blocks []page.BlockInput
	for _, b := range m.Blocks {
		compiled, err := page.Compile(b, m)
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, page.BlockInput{
			Template: compiled, Settings: settings,
			Load: func(_ context.Context, q manifest.Query, _ map[string]any) ([]map[string]any, error) {
				var found []map[string]any
				if !full {
					return nil, nil
				}
				return found, json.Unmarshal([]byte(rows[q.Collection]), &found)
			},
		})
	}
	return blocks
}

func TestExamples(t *testing.T) {
	for _, row := range []struct {
		file, module string
		full         bool
		form         *page.FormState
	}{
		{file: "guestbook", module: "guestbook", full: true},
		{file: "guestbook_empty", module: "guestbook"},
		{file: "guestbook_refused", module: "guestbook", full: true, form: &page.FormState{
			Module: "guestbook", Collection: "entry", Action: "sign", Values: url.Values{"message": {"Hello\nthere"}},
			Errors: []errs.Field{{Path: "name", Code: "required", Message: "This is required."}},
		}},
		{file: "guestbook_sent", module: "guestbook", full: true, form: &page.FormState{
			Module: "guestbook", Collection: "entry", Action: "sign", Sent: true,
		}},
		{file: "rental", module: "equipment-rental", full: true},
		{file: "rental_empty", module: "equipment-rental"},
		{file: "rental_refused", module: "equipment-rental", full: true, form: &page.FormState{
			Module: "equipment-rental", Collection: "inquiry", Action: "ask",
			Values: url.Values{"name": {"Ada Quist"}, "email": {"ada(at)example"}, "wanted_from": {"2026-03-20"}},
			Errors: []errs.Field{
				{Path: "email", Code: "pattern", Message: "Write an e-mail address, like name@example.com."},
				{Path: "message", Code: "required", Message: "This is required."},
			},
		}},
	} {
		t.Run(row.file, func(t *testing.T) {
			in := input(t, example(t, row.module, row.full)...)
			in.Form = row.form
			out := render(t, in)
			if len(out.Problems) > 0 {
				t.Fatal(out.Problems)
			}
			if bad := harm(string(out.HTML)); bad != "" {
				t.Errorf("the page holds %s", bad)
			}
			golden(t, row.file, out.HTML)
			show(t, row.file, in)
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; run the test with -update and look at the difference. Got:\n%s", file, got)
	}
}

// show writes the page with a style sheet beside it, if asked to.
func show(t *testing.T, name string, in page.Input) {
	t.Helper()
	if *sample == "" {
		return
	}
	in.CSS = "site.css"
	if err := os.WriteFile(filepath.Join(*sample, name+".html"), render(t, in).HTML, 0o644); err != nil {
		t.Fatal(err)
	}
}

// elements uses what a template may use without any class.
const elements = `<h2>{{ .properties.heading }}</h2>
<p class="lead">Plain elements look good by themselves. This is the lead of a block, a little larger and softer than the text below it.</p>
<p>A paragraph with a <a href="/x">link</a>, <strong>strong words</strong>, <em>emphasis</em>, <code>code</code> and <small>small print</small>. Lines are as long as they are pleasant to read, also when there is a lot to say about a subject.</p>
<ul><li>One thing</li><li>Another thing that takes a little more room than the first one did</li></ul>
<ol><li>First</li><li>Second</li></ol>
<blockquote>Measure twice, cut once.</blockquote>
<h3>Opening hours</h3>
<table><caption>From April to October</caption><thead><tr><th>Day</th><th>Open</th><th>Counter</th></tr></thead>
<tbody><tr><th>Monday</th><td>7:00–18:00</td><td>Ilse</td></tr><tr><th>Saturday</th><td>8:00–13:00</td><td>Ravi</td></tr></tbody></table>
<h3>Address</h3><dl><dt>Street</dt><dd>Quay 14</dd><dt>Telephone</dt><dd>+49 40 123456</dd></dl>
<p><a class="button" href="/ask">Ask us</a></p>`

func TestSamplesOfElements(t *testing.T) {
	articles := `<h2>{{ .properties.heading }}</h2>{{ range .items }}<article><h3>{{ .name }}</h3><p>{{ .note }}</p>
<dl><dt>A day</dt><dd>{{ money .price }}</dd><dt>From</dt><dd>{{ date .day }}</dd></dl></article>{{ end }}`
	row := map[string]any{
		"name": "Rotary hammer", "note": "For concrete up to 45 mm.", "day": "2026-03-01",
		"price": map[string]any{"amount": 4500, "currency": "EUR"},
	}
	form := block(t, `<h2>Order</h2>{{ form "item.order" }}`)
	form.Choices = func(context.Context, manifest.Field) ([]page.Choice, error) {
		return []page.Choice{{ID: "k1", Title: "Hand tool"}, {ID: "k2", Title: "Power tool"}}, nil
	}
	in := input(t, block(t, elements), block(t, articles, row, row, row, row), form)
	if out := render(t, in); len(out.Problems) > 0 {
		t.Error(out.Problems)
	}
	show(t, "elements", in)
	show(t, "empty", input(t))
}

func BenchmarkRender(b *testing.B) {
	row := map[string]any{"name": "Rotary hammer", "price": map[string]any{"amount": 4500, "currency": "EUR"}}
	all := make([]map[string]any, 50)
	for i := range all {
		all[i] = row
	}
	in := input(b, block(b, `{{ range .items }}<article><h3>{{ .name }}</h3><p>{{ money .price }}</p></article>{{ end }}`, all...),
		block(b, `{{ form "item.order" }}`))
	for b.Loop() {
		render(b, in)
	}
}
