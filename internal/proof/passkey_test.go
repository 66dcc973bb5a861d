package proof

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// TestSigningInWithAPasskey adds a passkey and signs in with it, first without
// the password and then after it.
func TestSigningInWithAPasskey(t *testing.T) {
	c := withContent(t)
	owner := newPerson(t, c.server)
	owner.carryPhone()
	owner.signIn(c.server, firstOwner)
	owner.open(c.url + "/app/me")
	owner.press("Add a passkey")
	owner.write("Name", "My phone")
	owner.press("Make a passkey")
	owner.sees("Your recovery codes")
	owner.open(c.url + "/app/me")
	owner.row("My phone")
	owner.signOut()

	owner.press("Sign in with a passkey")
	owner.sees("Choose the site you want to work on.")
	owner.signOut()

	owner.write("E-mail address", firstOwner)
	owner.write("Password", c.password(t, firstOwner))
	owner.press("Sign in")
	owner.sees("One more step")
	owner.press("Use a passkey")
	owner.sees("Choose the site you want to work on.")
	owner.open(c.url + "/app/me")
	owner.press("Remove")
	owner.sees("The passkey has been removed.")
}

// carryPhone gives the browser a phone that its owner unlocks whenever asked.
func (b *tab) carryPhone() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
				HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
			},
		})
		return err
	}))
}
