package screen

import (
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// Login is the sign-in page.
type Login struct {
	Action string // where the form posts "email", "password" and "next"
	Next   string // where to go afterwards; posted back as it is
	Email  string // kept after an error
	Error  LoginError
	Forgot string // the way to a new password
	// Passkey is the way in without a password; nil: there is none.
	Passkey *Passkey
	// Organisation is the way to sign in by the provider of an agency.
	Organisation string
	SignUp       string // the way to an account; empty: there is none
}

// LoginError says why signing in failed, in a way that never tells whether an
// address is known.
type LoginError string

// The reasons that may be shown.
const (
	LoginOK        LoginError = ""          // no error
	LoginWrong     LoginError = "wrong"     // address or password
	LoginExhausted LoginError = "exhausted" // too many attempts
	LoginExpired   LoginError = "expired"   // the session has ended
	LoginPasskey   LoginError = "passkey"   // the passkey was not accepted
)

// sentence is the reason in words.
func (v Login) sentence(p *i18n.Printer) string {
	switch v.Error {
	case LoginExhausted:
		return p.T("login.exhausted")
	case LoginExpired:
		return p.T("login.expired")
	case LoginPasskey:
		return p.T("error.passkey_wrong")
	}
	return p.T("login.wrong")
}

// tone colours the reason: an ended session is nobody's mistake.
func (v Login) tone() ui.Tone {
	if v.Error == LoginExpired {
		return ui.Info
	}
	return ui.Bad
}
