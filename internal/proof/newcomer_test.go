package proof

import (
	"crypto/rand"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestANewcomerGetsToAFirstRecord signs up by mail and goes through the first
// steps, by what is offered on each screen and nothing else.
func TestANewcomerGetsToAFirstRecord(t *testing.T) {
	t.Parallel()
	c := withContent(t)
	b := newPerson(t, c.server)
	b.open(c.url + "/app/login")
	b.press("Create an account")
	b.signUp("ines@lumen.example", "Ines Lumen", "Lumen Studio")

	b.sees("Where is your agency?", "Step 1 of 4")
	b.press("Continue")
	b.sees("One value needs attention")
	b.elect("Country", "Zambia")
	b.press("Continue")
	b.sees("Your first client")
	b.write("Name", "Kafue Lodge")
	b.press("Continue")
	b.sees("The first site")
	b.write("Name", "Kafue Lodge Guests")
	b.press("Continue")
	b.sees("The first module", "Step 4 of 4")
	b.elect("Module", "Helpdesk")
	b.press("Install and finish")
	b.sees("Kafue Lodge Guests", "Helpdesk")
	b.press("Tickets")
	b.press("New ticket")
	b.write("Title", "The gate does not open")
	b.write("Question", "It asks for a code.")
	b.write("Sender", "guest@example.com")
	b.press("Create ticket")
	b.sees("Ticket created")
	b.row("The gate does not open")
}

// signUp makes an account and an agency, beginning at the page that asks for an
// address.
func (b *tab) signUp(email, name, agency string) {
	b.t.Helper()
	b.write("E-mail address", email)
	b.press("Send the link")
	b.sees("Look at your mail")
	b.followLetter(email)
	b.write("Your name", name)
	b.write("Name of your agency", agency)
	b.write("New password", "a few words in a row")
	b.press("Create the account")
}

// elect chooses one of the options of the field with the label.
func (b *tab) elect(label, option string) {
	b.t.Helper()
	await[bool](b, option+" in "+label, `(() => {
		const field = labelled(%s), option = [...field?.options ?? []].find((o) => clean(o.text) === %s);
		if (!option) return null;
		field.value = option.value;
		field.dispatchEvent(new Event('change', {bubbles: true}));
		return true;
	})()`, label, option)
}

// administer makes the newcomer one who administers the platform, which asks for
// a second factor.
func (b *tab) administer(s *server, email string) {
	b.t.Helper()
	b.carryPhone()
	b.open(s.url + "/app/me/passkeys/new")
	b.write("Name", "My phone")
	b.press("Make a passkey")
	b.sees("Your recovery codes")
	command := exec.Command(filepath.Join(shared.programs, "dramac"), "admin", "add", email)
	command.Env = environment("DRAMAC_DATA="+s.data, "DRAMAC_ADDR="+s.address)
	if out, err := command.CombinedOutput(); err != nil {
		b.fail("dramac admin add: %v\n%s", err, out)
	}
}

// people are those in front of the screens of one test. Who is seldom needed
// comes when first needed.
type people struct {
	content        *content
	owner, visitor *tab
	newcomer       *tab
	address        string // of the newcomer
	administers    bool
}

// front is whoever sees a screen.
func (p *people) front(t *testing.T, by seer) *tab {
	t.Helper()
	switch by {
	case visitor:
		return p.visitor
	case newcomer, administrator:
		if p.newcomer == nil {
			p.newcomer = newPerson(p.owner.t, p.content.server)
			p.address = strings.ToLower(rand.Text()) + "@lumen.example"
			p.newcomer.open(p.content.url + "/app/signup")
			p.newcomer.signUp(p.address, "Ines Lumen", "Lumen Studio")
		}
		if by == administrator && !p.administers {
			p.newcomer.administer(p.content.server, p.address)
			p.administers = true
		}
		return p.newcomer
	}
	return p.owner
}
