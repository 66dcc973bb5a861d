package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The steps of a person: what they see, press and type. Things are found by the
// words that people read or hear, never by how the page is made.

// finders is the script that the steps share. A control is found by its name:
// what it is labelled or what stands on it.
const finders = `
const clean = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const shown = (e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && e.getClientRects().length > 0;
const nameOf = (e) => {
  if (e.ariaLabel) return clean(e.ariaLabel);
  const spoken = e.cloneNode(true);
  for (const part of spoken.querySelectorAll('[aria-hidden="true"]')) part.remove();
  return clean(spoken.textContent);
};
const controls = () => [...document.querySelectorAll('a, button, summary, [role="option"]')].filter((e) => shown(e) && !e.closest('[aria-hidden="true"]'));
const control = (name) => controls().find((e) => nameOf(e) === name);
const labelled = (name) => [...document.querySelectorAll('label')]
  .find((l) => clean(l.innerText).replace(/ ?(\*|optional)$/, '') === name)?.control;
const place = (e) => {
  if (!e) return null;
  e.scrollIntoView({block: 'center', behavior: 'instant'});
  const box = e.getClientRects()[0];
  if (!box) return null;
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  const hit = document.elementFromPoint(x, y);
  return hit && (e.contains(hit) || hit.contains(e)) ? {x, y} : null;
};
`

// point is where the mouse goes.
type point struct{ X, Y float64 }

// look evaluates an expression over the finders in the page.
func look[T any](b *tab, expression string, args ...string) (T, error) {
	quoted := make([]any, len(args))
	for i, a := range args {
		text, _ := json.Marshal(a)
		quoted[i] = string(text)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T]("(() => {"+finders+"return "+fmt.Sprintf(expression, quoted...)+";})()"))
}

// await repeats an expression until it is true or something, and fails with
// what was waited for. A page on its way may answer with an error meanwhile.
func await[T any](b *tab, what, expression string, args ...string) T {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(15 * time.Millisecond) {
		found, err := look[*T](b, expression, args...)
		if err == nil && found != nil {
			return *found
		}
		if time.Now().After(deadline) {
			b.fail("waited in vain for %s (%v)", what, err)
		}
	}
}

// settled awaits the place of something and that it stays there: a page whose
// window has just changed may still move.
func (b *tab) settled(what, expression, name string) point {
	b.t.Helper()
	for at := await[point](b, what, expression, name); ; {
		time.Sleep(15 * time.Millisecond)
		again := await[point](b, what, expression, name)
		if again == at {
			return at
		}
		at = again
	}
}

// open goes to an address as if it were typed.
func (b *tab) open(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

// click presses what carries the name with the mouse.
func (b *tab) click(name string) {
	b.t.Helper()
	at := b.settled("something named "+name+" that can be clicked", "place(control(%s))", name)
	b.do(chromedp.MouseClickXY(at.X, at.Y))
}

// press clicks what carries the name and waits for the page that it leads to.
func (b *tab) press(name string) {
	b.t.Helper()
	b.leave("pressing "+name, func() { b.click(name) })
}

// confirm clicks what carries the name in the question that is open, and waits
// for the page that it leads to.
func (b *tab) confirm(name string) {
	b.t.Helper()
	b.leave("confirming "+name, func() {
		at := b.settled(name+" in the question", "place(controls().findLast((e) => nameOf(e) === %s && e.closest('.dialog')))", name)
		b.do(chromedp.MouseClickXY(at.X, at.Y))
	})
}

// leave does something and waits until it has led to another page.
func (b *tab) leave(what string, act func()) {
	b.t.Helper()
	type stamp struct{ Origin float64 }
	before, err := look[stamp](b, "({origin: performance.timeOrigin})")
	if err != nil {
		b.fail("%v", err)
	}
	act()
	await[bool](b, "another page after "+what,
		"performance.timeOrigin !== "+fmt.Sprintf("%f", before.Origin)+" && document.readyState === 'complete' || null")
}

// enter clicks into the field with the label.
func (b *tab) enter(label string) {
	b.t.Helper()
	at := b.settled("a field labelled "+label, "place(labelled(%s))", label)
	b.do(chromedp.MouseClickXY(at.X, at.Y))
	await[bool](b, "the focus in "+label, "document.activeElement === labelled(%s) || null", label)
}

// write puts a text into the field with the label, in place of what is there.
func (b *tab) write(label, text string) {
	b.t.Helper()
	b.enter(label)
	if _, err := look[bool](b, "(document.activeElement.select?.(), true)"); err != nil {
		b.fail("%v", err)
	}
	b.insert(text)
}

// insert types a text where the focus is, all at once; an empty text deletes
// what is selected.
func (b *tab) insert(text string) {
	b.t.Helper()
	if text == "" {
		b.do(chromedp.KeyEvent(kb.Delete))
		return
	}
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// pick chooses a record in a field that offers records.
func (b *tab) pick(label, title string) {
	b.t.Helper()
	b.write(label, title)
	b.click(title)
	b.holds(label, title)
}

// choose picks a day in a field of days.
func (b *tab) choose(label, day string) {
	b.t.Helper()
	await[bool](b, "a day in "+label, "(() => { const e = labelled(%s); if (!e) return null; e.value = %s; e.dispatchEvent(new Event('input', {bubbles: true})); return true; })()", label, day)
	b.holds(label, day)
}

// tick ticks the box with the label.
func (b *tab) tick(label string) {
	b.t.Helper()
	await[bool](b, "a box labelled "+label, "(() => { const box = labelled(%s); box?.click(); return box?.checked || null; })()", label)
}

// unfold opens the first line that has more to say.
func (b *tab) unfold() {
	b.t.Helper()
	await[bool](b, "something to unfold", "(() => { const more = document.querySelector('main details'); if (more) more.open = true; return more?.open || null; })()")
}

// attach puts a file into the file field with the id; its label is an area to
// drop files on.
func (b *tab) attach(id, file string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.ID(id), []string{file}))
}

// hit presses a key.
func (b *tab) hit(key string) {
	b.t.Helper()
	if key != kb.Enter {
		b.do(chromedp.KeyEvent(key))
		return
	}
	// KeyEvent would type the line's end even if the page took the key for itself.
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		press := input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r",
			WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13,
		}
		if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, press); err != nil {
			return err
		}
		press.Type, press.Text = input.DispatchKeyEventTypeKeyUp, ""
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, press)
		return err
	}))
}

// sees wants every text on the page, as it is shown.
func (b *tab) sees(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		await[bool](b, "the text "+text, "document.readyState === 'complete' && clean(document.body.innerText).includes(%s) || null", text)
	}
}

// missing wants none of the texts anywhere on the page, shown or not.
func (b *tab) missing(texts ...string) {
	b.t.Helper()
	whole, err := look[string](b, "clean(document.documentElement.outerHTML)")
	if err != nil {
		b.fail("%v", err)
	}
	for _, text := range texts {
		if strings.Contains(whole, text) {
			b.fail("%q is on the page", text)
		}
	}
}

// holds wants the value in the field with the label.
func (b *tab) holds(label, value string) {
	b.t.Helper()
	await[bool](b, label+" to hold "+value, "labelled(%s)?.value === %s || null", label, value)
}

// offers wants links or buttons of these names.
func (b *tab) offers(names ...string) {
	b.t.Helper()
	for _, name := range names {
		await[bool](b, "something named "+name, "!!control(%s) || null", name)
	}
}

// menu returns the groups of the menu with their entries.
func (b *tab) menu() map[string][]string {
	b.t.Helper()
	groups, err := look[map[string][]string](b, `Object.fromEntries([...document.querySelectorAll('.nav-group')].map(
		(g) => [clean(g.querySelector('.nav-label')?.innerText), [...g.querySelectorAll('a')].map((a) => clean(a.innerText))]))`)
	if err != nil {
		b.fail("%v", err)
	}
	return groups
}

// row returns the cells of the table row that shows the text, by heading.
func (b *tab) row(text string) map[string]string {
	b.t.Helper()
	return await[map[string]string](b, "a row with "+text, `(() => {
		const row = [...document.querySelectorAll('tbody tr')].find((r) => clean(r.innerText).includes(%s));
		return row && Object.fromEntries([...row.cells].map((c) => [c.dataset.label, clean(c.innerText)]));
	})()`, text)
}

// address returns where the tab is.
func (b *tab) address() string {
	b.t.Helper()
	here, err := look[string](b, "location.href")
	if err != nil {
		b.fail("%v", err)
	}
	return here
}

// findsNothingAt wants the address to answer "not found" and to show nothing else.
func (b *tab) findsNothingAt(address string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.NavigateResponse(address))
	if err != nil {
		b.fail("%v", err)
	}
	if answer.Status != 404 {
		b.fail("%s answers %d", address, answer.Status)
	}
	b.sees("This page is not here")
}

// signIn signs somebody in through the login screen.
func (b *tab) signIn(s *server, email string) {
	b.t.Helper()
	b.open(s.url + "/")
	b.sees("Sign in")
	b.write("E-mail address", email)
	b.write("Password", s.password(b.t, email))
	b.press("Sign in")
	b.sees("Choose the site you want to work on.")
}

// signOut leaves through the account menu.
func (b *tab) signOut() {
	b.t.Helper()
	b.click("Account")
	b.press("Sign out")
	b.sees("Use your e-mail address and password.")
}

// picture takes what the window shows, in its size or a part of that.
func (b *tab) picture(scale float64) []byte {
	b.t.Helper()
	type size struct{ Width, Height float64 }
	window, err := look[size](b, "({width: innerWidth, height: innerHeight})")
	if err != nil {
		b.fail("%v", err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng,
		Clip:   &page.Viewport{Width: window.Width, Height: window.Height, Scale: scale},
	})
	if err != nil {
		b.fail("%v", err)
	}
	return got.Data
}
