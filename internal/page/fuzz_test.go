package page_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/page"
)

// FuzzTemplate draws pages from templates that pass the check at publish. Such a
// page ends in time, holds nothing that could run, and keeps the block after it.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		`<p>{{ .properties.heading }}</p>`,
		`{{ range .items }}<p title={{ .name }}>{{ money .price }} {{ date .day }}</p>{{ else }}none{{ end }}`,
		`{{ range $i, $a := .items }}{{ range $.items }}{{ if eq $a.name .name }}x{{ break }}{{ end }}{{ end }}{{ end }}`,
		`{{ with index .items 0 }}{{ link .link "x" }}{{ image .link }}{{ end }}{{ form "item.order" }}`,
		`<table><tr><td>{{ t "x" }}<script>var a = {{ len .items }}</script><style>a{b:{{ .properties.heading }}}</style>`,
		`<svg><foreignObject><math><mtext><style><img src=x onerror=alert(1)>`,
		`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
		`<a href="{{ .properties.heading }}" onclick="{{ .properties.heading }}">`,
		`{{/* nothing */}}`, ``, `</section><!--`, `<textarea><p>`, `<select><option><form><form>`, `<plaintext>`,
		`<form id=a><div></form><form id=b>`, `<b><p></b><i></p>`, `<math><annotation-xml encoding="text/html"><p><svg>`,
	} {
		f.Add(seed, `"><script>alert(1)</script>`)
	}
	w := words(f, "de-DE")
	f.Fuzz(func(t *testing.T, template, value string) {
		b, m := shop(template)
		compiled, err := page.Compile(b, m)
		if err != nil {
			return
		}
		row := map[string]any{
			"name": value, "link": value, "day": "2026-01-31", "count": float64(3),
			"price": map[string]any{"amount": float64(100), "currency": "EUR"},
		}
		last, err := page.Compile(shop(`<p>Last</p>`))
		if err != nil {
			t.Fatal(err)
		}
		in := page.Input{
			Site: page.Site{Name: "Site", Locale: "de-DE", Currency: "EUR", TimeZone: "UTC"},
			CSS:  "/site.css", Words: w, Now: func() time.Time { return time.Unix(1_800_000_000, 0) },
			Limits: page.Limits{Time: 2 * time.Second, Bytes: 64 << 10},
			Blocks: []page.BlockInput{{
				Template: compiled, Properties: map[string]any{"heading": value},
				Load: func(context.Context, manifest.Query, map[string]any) ([]map[string]any, error) {
					return []map[string]any{row, row, row}, nil
				},
			}, {Template: last}},
		}
		started := time.Now()
		out, err := page.Render(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if spent := time.Since(started); spent > 10*time.Second {
			t.Fatalf("it took %s", spent)
		}
		text := string(out.HTML)
		if !strings.Contains(text, `</section><section class="block block-shop-goods"><p>Last</p></section></main>`) {
			t.Fatalf("the next block is lost:\n%s", text)
		}
		if bad := harmInBlocks(text); bad != "" {
			t.Fatalf("the page holds %s:\n%s", bad, text)
		}
	})
}
