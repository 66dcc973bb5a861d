package proof

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestEverythingWorksWithoutScript signs in, adds a record with a reference, is
// refused, deletes, uploads, and sends a visitor's form, all as plain HTML.
func TestEverythingWorksWithoutScript(t *testing.T) {
	c := withContent(t)
	owner := newPerson(t, c.server)
	owner.forgoScript()
	owner.signIn(c.server, firstOwner)
	if ran, err := look[bool](owner, "'htmx' in window || document.body.classList.contains('busy')"); err != nil || ran {
		t.Fatalf("scripts run all the same (%v)", err)
	}
	owner.press("Blue Door Events")
	owner.press("Categories")
	owner.press("New category")
	owner.press("Create category")
	owner.sees("One value needs attention")
	owner.write("Name", "Tables and chairs")
	owner.press("Create category")
	owner.press("Customers")
	owner.press("New customer")
	owner.write("Name", "Paul Ferris")
	owner.write("E-mail", "paul@ferris.example")
	owner.press("Create customer")
	owner.sees("Customer created")
	owner.press("Paul Ferris")
	owner.click("Delete")
	owner.sees("Delete Paul Ferris?")
	owner.click("Keep")
	owner.write("Company", "Ferris & Daughters")
	owner.press("Save changes")
	owner.sees("Changes saved")
	owner.row("Ferris & Daughters")

	owner.open(c.url + "/app/modules")
	owner.attach("package", built(t, "guestbook"))
	owner.press("Upload package")
	owner.sees("Guestbook 1.0.0 was already here")
	owner.signOut()

	visitor := newPerson(t, c.server)
	visitor.forgoScript()
	visitor.open(c.page("bluedoor"))
	visitor.write("Name", "Theo")
	visitor.write("Message", "Lovely garden.")
	visitor.press("Sign the guestbook")
	visitor.sees("Thank you. It has been received.", "Lovely garden.")
}

// forgoScript switches scripts off, as some people do.
func (b *tab) forgoScript() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// TestEverythingWorksByKeyboard signs in and adds a record with a reference
// without a pointer: Tab to get around, Enter to go.
func TestEverythingWorksByKeyboard(t *testing.T) {
	c := withContent(t)
	owner := newPerson(t, c.server)
	owner.open(c.url + "/app/login")
	owner.focused("E-mail address")
	owner.insert(firstOwner)
	owner.hit(kb.Tab)
	owner.focused("Password")
	owner.insert(c.password(t, firstOwner))
	owner.strike(kb.Enter)
	owner.sees("Choose the site you want to work on.")

	owner.tabTo("Blue Door Events")
	owner.strike(kb.Enter)
	owner.hit(kb.Tab)
	owner.focused("Skip to content")
	owner.hit(kb.Enter)
	owner.tabTo("Categories")
	owner.strike(kb.Enter)
	owner.tabTo("New category")
	owner.strike(kb.Enter)
	owner.focused("Name")
	owner.insert("Marquees")
	owner.strike(kb.Enter)
	owner.sees("Category created")

	owner.tabTo("Items")
	owner.strike(kb.Enter)
	owner.tabTo("New item")
	owner.strike(kb.Enter)
	owner.focused("Name")
	owner.insert("Garden marquee")
	owner.hit(kb.Tab)
	owner.focused("Category")
	owner.insert("marq")
	owner.offers("Marquees")
	owner.hit(kb.Enter)
	owner.holds("Category", "Marquees")
	owner.tabTo("Daily rate")
	owner.insert("120")
	owner.tabTo("Create item")
	owner.strike(kb.Enter)
	if row := owner.row("Garden marquee"); row["Category"] != "Marquees" || row["Daily rate"] != "€120.00" {
		t.Errorf("the item is listed as %v", row)
	}

	// What is open is left by Esc, and the focus goes back to where it was.
	owner.tabTo("Garden marquee")
	owner.strike(kb.Enter)
	owner.tabTo("Delete")
	owner.hit(kb.Enter)
	owner.sees("Delete Garden marquee?")
	owner.hit(kb.Escape)
	owner.focused("Delete")
	owner.hit(kb.Enter)
	owner.tabTo("Delete")
	owner.strike(kb.Enter)
	owner.sees("Item deleted", "No items yet")
}

// focusName is the name of what has the focus, as it is read out.
const focusName = `(() => {
	const e = document.activeElement;
	const label = e?.labels?.[0];
	return label ? clean(label.innerText).replace(/ ?(\*|optional)$/, '') : nameOf(e);
})()`

// focused wants the focus to be on what carries the name, and to be seen.
func (b *tab) focused(name string) {
	b.t.Helper()
	await[bool](b, "the focus on "+name, focusName+" === %s || null", name)
}

// strike presses a key and waits for the page that it leads to.
func (b *tab) strike(key string) {
	b.t.Helper()
	b.leave("a key", func() { b.hit(key) })
}

// tabTo presses Tab until the focus is on what carries the name. What has the
// focus must be seen to have it.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	var passed []string
	for range 60 {
		b.hit(kb.Tab)
		at, err := look[string](b, focusName)
		if err != nil {
			b.fail("%v", err)
		}
		if at == name {
			b.focusShows(name)
			return
		}
		passed = append(passed, at)
	}
	b.fail("Tab does not lead to %s, but to %q", name, passed)
}

// focusShows wants an outline or a ring around what has the focus, on itself or
// on what surrounds it.
func (b *tab) focusShows(name string) {
	b.t.Helper()
	seen, err := look[bool](b, `(() => {
		for (let e = document.activeElement, n = 0; e && n < 3; e = e.parentElement, n++) {
			for (const part of [null, '::after', '::before']) {
				const style = getComputedStyle(e, part);
				if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none') return true;
			}
		}
		return false;
	})()`)
	if err != nil || !seen {
		b.fail("nothing shows that %s has the focus (%v)", name, err)
	}
}
