package page_test

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/page"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func refused(values url.Values, message string, fields ...errs.Field) *page.FormState {
	return &page.FormState{Module: "shop", Collection: "item", Action: "order", Values: values, Message: message, Errors: fields}
}

func TestForm(t *testing.T) {
	w := words(t, "en-GB")
	kinds := func(context.Context, manifest.Field) ([]page.Choice, error) {
		return []page.Choice{{ID: "k1", Title: "Hand tool"}, {ID: "k2", Title: "<Power> tool"}}, nil
	}
	for _, row := range []struct {
		name    string
		state   *page.FormState
		choices func(context.Context, manifest.Field) ([]page.Choice, error)
		shows   []string
		hides   []string
	}{
		{
			name: "every kind has its input",
			shows: []string{
				`<form class="form" id="b1-item-order" method="post" action="/api/modules/shop/item/order" aria-label="Order it">`,
				`<label for="b1-item-order-name">Name </label>`,
				`<p class="field-help" id="b1-item-order-name-help">As on your card</p>`,
				`<input type="text" value="" id="b1-item-order-name" name="name" required="" placeholder="Ada" maxlength="80" autocomplete="name" aria-describedby="b1-item-order-name-help"/>`,
				`<span class="field-optional">optional</span>`,
				`name="code" pattern="(?:[A-Z]{2,2})(?:\u{2d})(?:[0-9]+)" title="Two letters, a hyphen, digits."`,
				`<textarea id="b1-item-order-note" name="note" rows="5"></textarea>`,
				`<input type="number" inputmode="numeric" step="1" value="1" id="b1-item-order-count" name="count" min="1" max="9"/>`,
				`<input type="text" inputmode="decimal" value="1,299.50" id="b1-item-order-price" name="price" aria-describedby="b1-item-order-price-currency"/>`,
				`<span class="field-affix" id="b1-item-order-price-currency">EUR</span>`,
				// It is the 15th in Berlin when it is the 14th in Greenwich.
				`<input type="date" value="2026-03-15" id="b1-item-order-day" name="day" min="2026-01-01"/>`,
				`<button class="button" type="submit">Order it</button>`,
				`name="homepage-url" tabindex="-1" autocomplete="off"`,
			},
			hides: []string{"kind_id", "<select", `type="hidden"`, "notice", "aria-invalid"},
		},
		{
			name: "a reference offers what the visitor may read", choices: kinds,
			shows: []string{
				`<select id="b1-item-order-kind" name="kind_id"><option value="">` + w.T("page.form.choose") + `</option>`,
				`<option value="k1">Hand tool</option>`, `&lt;Power&gt; tool`,
			},
		},
		{
			name: "a refused form keeps what was typed", choices: kinds,
			state: refused(
				url.Values{"name": {`"Ada"`}, "note": {"\n<b>"}, "price": {"1 000 bucks"}, "count": {"77"}, "kind_id": {"k2"}, "stray": {"x"}}, "",
				errs.Field{Path: "price.amount", Code: "unheard_of", Message: "Write an amount."},
				errs.Field{Path: "kind_id", Code: "unheard_of", Message: "It is gone."},
				errs.Field{Path: "elsewhere", Code: "unheard_of", Message: "Something else."},
			),
			shows: []string{
				`<title>` + w.T("page.title.refused", "site", "Harbour Tools") + `</title>`,
				`<div class="notice notice-danger" role="alert" tabindex="-1" autofocus="">`,
				`<a href="#b1-item-order-price">Price</a>: Write an amount.`, `<a href="#b1-item-order-kind">Kind</a>: It is gone.`,
				`<li>Something else.</li>`,
				`value="&#34;Ada&#34;"`, "&lt;b&gt;</textarea>", `value="1 000 bucks"`, `value="77"`,
				`<option value="k2" selected="">`, `aria-invalid="true" aria-describedby="b1-item-order-price-error b1-item-order-price-currency"`,
				`<div class="field-error" id="b1-item-order-price-error"><p>Write an amount.</p></div>`,
			},
			hides: []string{"stray", "<b>"},
		},
		{
			name: "too often", state: refused(url.Values{"name": {"Ada"}}, "Too many of them. Try again in an hour."),
			shows: []string{`<strong>Too many of them. Try again in an hour.</strong>`, `value="Ada"`},
			hides: []string{"aria-invalid", w.T("page.form.refused")},
		},
		{
			name:  "a sent form gives way to a thank-you",
			state: &page.FormState{Module: "shop", Collection: "item", Action: "order", Sent: true},
			shows: []string{`<div class="notice notice-success" id="b1-item-order" role="status" tabindex="-1" autofocus="">`, w.T("page.form.sent"), `<a href="/">`},
			hides: []string{"<form"},
		},
		{
			name:  "another form's fate changes nothing",
			state: &page.FormState{Module: "shop", Collection: "item", Action: "return", Sent: true, Values: url.Values{"name": {"Ada"}}},
			shows: []string{"<form"}, hides: []string{"notice", `value="Ada"`},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := block(t, `{{ form "item.order" }}`)
			b.Choices = row.choices
			in := input(t, b)
			in.Form = row.state
			out := render(t, in)
			html := string(out.HTML)
			for _, want := range row.shows {
				if !strings.Contains(html, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
			for _, barred := range row.hides {
				if strings.Contains(html, barred) {
					t.Errorf("the page contains %s", barred)
				}
			}
			if t.Failed() {
				t.Logf("%v\n%s", out.Problems, html)
			}
		})
	}
}

func TestFormsOfOnePageHaveTheirOwnIDs(t *testing.T) {
	b := block(t, `{{ form "item.order" }}{{ form "item.order" }}`)
	html := string(render(t, input(t, b, b)).HTML)
	seen := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="[^"]*"`).FindAllString(html, -1) {
		if seen[id] {
			t.Errorf("%s is there twice", id)
		}
		seen[id] = true
	}
}

func TestFailingChoicesFailTheBlock(t *testing.T) {
	b := block(t, `{{ form "item.order" }}`)
	b.Choices = func(context.Context, manifest.Field) ([]page.Choice, error) { return nil, errors.New("no") }
	if out := render(t, input(t, b)); len(out.Problems) != 1 {
		t.Errorf("got %v", out.Problems)
	}
}

func TestInputPattern(t *testing.T) {
	for pattern, want := range map[string]string{
		`[A-Z0-9][A-Z0-9./-]*`: `[0-9A-Z](?:[\u{2d}-9A-Z]*)`,
		`^a$`:                  `^(?:a)$`,
		`(?i)ab`:               `[Aa][Bb]`,
		`a|bc{2,}`:             `(?:a)|(?:(?:b)(?:(?:c){2,}))`,
		`\d{3}`:                `[0-9]{3,3}`,
		`[^@ ]+@.`:             "",
		`\bword`:               "",
		`(`:                    "",
		`(?:x?)*`:              `(?:(?:x)?)*`,
	} {
		got := page.InputPattern(pattern)
		if pattern == `[^@ ]+@.` {
			if !strings.HasSuffix(got, `(?:\u{40})[^\n]`) {
				t.Errorf("%s: got %s", pattern, got)
			}
			continue
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", pattern, got, want)
		}
	}
}

// TestFormOfEveryKind draws the kinds that visitors can fill in, and keeps what
// was typed and chosen when the form is refused.
func TestFormOfEveryKind(t *testing.T) {
	b, m := shop(`{{ form "item.order" }}`)
	sizes := []manifest.Option{{Value: "s", Label: "Small"}, {Value: "l"}}
	m.Collections[0].Actions[0].Params = []manifest.Field{
		{Name: "email", Kind: "email", Label: "E-mail", Required: true},
		{Name: "tel", Kind: "phone", Label: "Phone"},
		{Name: "site", Kind: "url", Label: "Website"},
		{Name: "weight", Kind: "decimal", Scale: 2, Label: "Weight", Default: int64(150)},
		{Name: "share", Kind: "percent", Label: "Share", Default: int64(165000)},
		{Name: "effort", Kind: "duration", Label: "Effort", Default: int64(5_400_000)},
		{Name: "agreed", Kind: "boolean", Label: "I agree", Required: true},
		{Name: "at", Kind: "datetime", Label: "When"},
		{Name: "opens", Kind: "time", Label: "Opens"},
		{Name: "size", Kind: "choice", Label: "Size", Required: true, Options: sizes},
		{Name: "extras", Kind: "choice", Label: "Extras", Many: true, Options: sizes},
		{Name: "country", Kind: "country", Label: "Country"},
		{Name: "address", Kind: "location", Label: "Address"},
		{Name: "guest", Kind: "person", Label: "Guest"},
		{Name: "secret", Kind: "text", Secret: true},
		{Name: "file", Kind: "file"},
	}
	compiled, err := page.Compile(b, m)
	if err != nil {
		t.Fatal(err)
	}
	in := input(t, page.BlockInput{Template: compiled})
	html := string(render(t, in).HTML)
	for _, want := range []string{
		`<input type="email" value="" id="b1-item-order-email" name="email" required=""`, `autocomplete="email" inputmode="email"`,
		`<input type="tel" value="" id="b1-item-order-tel"`, `<input type="text" value="" id="b1-item-order-site"`,
		`value="1.5" id="b1-item-order-weight"`, `value="16.5" id="b1-item-order-share"`, `value="1h 30m" id="b1-item-order-effort"`,
		`<input type="hidden" name="agreed" value="false"/> <input type="checkbox" value="true" id="b1-item-order-agreed"`,
		`<input type="datetime-local"`, `<input type="time"`,
		`<input type="radio" name="size" value="s" required=""/>`, `<input type="checkbox" name="extras" value="l"/>`,
		`<option value="DE">Germany</option>`, `name="address.postal_code" autocomplete="postal-code"`, `name="guest_id.email"`,
		`enctype="multipart/form-data"`, `<input type="file" id="b1-item-order-file" name="file_id.file"`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	in.Form = refused(url.Values{"agreed": {"false", "true"}, "size": {"l"}, "extras": {"", "s", "l"}, "address.city": {"Bath"}, "country": {"GB"}}, "",
		errs.Field{Path: "address.country", Code: "x", Message: "Where is that?"}, errs.Field{Path: "extras[1]", Code: "x", Message: "Not that one."})
	html = string(render(t, in).HTML)
	for _, want := range []string{
		`type="checkbox" value="true" checked=""`, `value="l" checked="" required=""`, `name="extras" value="s" checked=""`, `value="Bath"`, `<option value="GB" selected="">`,
		`<a href="#b1-item-order-address-country">`, `id="b1-item-order-extras-error"><p>Not that one.</p>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the refused page lacks %s", want)
		}
	}
	if strings.Contains(html, `name="secret"`) {
		t.Error("visitors are asked for what they cannot give")
	}
}
