package proof

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// The widths of a small phone, a phone, a desk and a large desk.
var widths = []int64{360, 390, 1440, 1920}

var schemes = []string{"light", "dark"}

// TestEveryScreenIsAccessibleAndFitsItsWindow lets axe look at every screen, in
// light and dark, narrow and wide, and wants no screen to be wider than its window.
func TestEveryScreenIsAccessibleAndFitsItsWindow(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(repository, "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is missing; run tools/frontend.sh: %v", err)
	}
	eachView(t, func(t *testing.T, _ view, b *tab) {
		b.do(chromedp.Evaluate[chromedp.Void](string(source)))
		for _, width := range widths {
			b.appearance(width, "light")
			if wide := b.standingOut(); len(wide) > 0 {
				t.Errorf("at %d px these stand out: %s", width, strings.Join(wide, ", "))
			}
		}
		// In dark only colours are others, and they are the same at every width.
		for _, at := range []struct {
			width  int64
			scheme string
		}{{1440, "light"}, {390, "light"}, {1440, "dark"}} {
			b.appearance(at.width, at.scheme)
			for _, v := range b.violations(at.scheme) {
				t.Errorf("%s at %d px: %s", at.scheme, at.width, v)
			}
		}
	})
}

// standingOut returns what makes the page wider than the window; nothing if it
// is not.
func (b *tab) standingOut() []string {
	b.t.Helper()
	wide, err := look[[]string](b, `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
		['the page', ...[...document.querySelectorAll('body *')].filter((e) => shown(e) && e.getBoundingClientRect().right > innerWidth + 1)
			.slice(0, 5).map((e) => e.tagName + '.' + e.className)]`)
	if err != nil {
		b.fail("%v", err)
	}
	return wide
}

// violation is what axe says of one rule.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML, Summary string }
}

func (v violation) String() string {
	text := v.ID + ": " + v.Help
	for _, n := range v.Nodes {
		text += fmt.Sprintf("\n  %s\n    %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n    "))
	}
	return text
}

// violations runs all rules of axe that are not experimental on the page; in
// dark only those that look at colours, for nothing else is another.
func (b *tab) violations(scheme string) []violation {
	b.t.Helper()
	rules := "rules: {'target-size': {enabled: true}}"
	if scheme == "dark" {
		rules = "runOnly: ['color-contrast', 'link-in-text-block']"
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](`axe.run(document, {resultTypes: ['violations'], `+rules+`}).then((r) => r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(
		(n) => ({html: n.html.slice(0, 200), summary: n.failureSummary}))})))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.fail("axe: %v", err)
	}
	return found
}

// emulateScheme sets what the system prefers.
func emulateScheme(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	})
}
