package gateway

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"

	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// loginPage is GET /app/login.
func loginPage(c *call) (answer, error) {
	next := safeNext(c.query().Get("next"))
	if c.actor.Known() {
		return redirect(next)
	}
	return c.showLogin(http.StatusOK, screen.Login{Next: next})
}

func (c *call) showLogin(status int, view screen.Login) (answer, error) {
	view.Action, view.Forgot = "/app/login", "/app/forgot"
	if c.Accounts.TakesPasskeys() {
		view.Passkey = &screen.Passkey{
			Action: "/app/login/passkey", Ask: "/app/login/passkey/ask", Submit: c.words.T("login.passkey"),
			Hidden: []screen.Hidden{{Name: "next", Value: view.Next}},
		}
	}
	view.Organisation = "/app/login/org?next=" + url.QueryEscape(safeNext(view.Next))
	if !c.ClosedSignUp {
		view.SignUp = "/app/signup"
	}
	return answer{status: status, page: screen.LoginPage(c.bareFrame(c.words.T("login.title")), view)}, nil
}

// submitLogin is POST /app/login. Failed attempts are counted; see signInGate.
func submitLogin(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	view := screen.Login{Next: safeNext(form.Get("next")), Email: form.Get("email")}
	gate := c.signInGate(view.Email)
	if gate.left() != nil {
		return c.refuseLogin(http.StatusTooManyRequests, view, screen.LoginExhausted)
	}
	entry, err := c.Accounts.SignIn(c.ctx, view.Email, form.Get("password"), c.cookie(sessionCookie), c.by())
	switch e := errs.Of(err); {
	case e != nil && e.Kind == errs.Invalid:
		if gate.take() != nil {
			return c.refuseLogin(http.StatusTooManyRequests, view, screen.LoginExhausted)
		}
		return c.refuseLogin(http.StatusUnprocessableEntity, view, screen.LoginWrong)
	case e != nil && e.Kind == errs.Exhausted:
		return c.refuseLogin(http.StatusTooManyRequests, view, screen.LoginExhausted)
	case err != nil:
		return answer{}, err
	}
	// Guesses that are sent all at once pass the first question together.
	if gate.left() != nil {
		if err := c.Accounts.Withdraw(c.ctx, entry); err != nil {
			return answer{}, err
		}
		return c.refuseLogin(http.StatusTooManyRequests, view, screen.LoginExhausted)
	}
	if entry.Pending != "" {
		c.setCookie(pendingCookie, entry.Pending, int(account.PendingLife.Seconds()))
		return redirect("/app/login/code?next=" + url.QueryEscape(view.Next))
	}
	return c.signedIn(entry, view.Next)
}

// signedIn gives the browser the session of a finished sign-in, and remembers
// that it is one of the account's.
func (c *call) signedIn(entry account.Entry, next string) (answer, error) {
	c.setSession(entry.Token, int(account.SessionLife.Seconds()))
	if err := c.knowDevice(entry.Account.Email); err != nil {
		return answer{}, err
	}
	return redirect(next)
}

// codePage is GET /app/login/code: the second step of a sign-in.
func codePage(c *call) (answer, error) {
	holder, err := c.Accounts.Pending(c.ctx, c.cookie(pendingCookie))
	if err != nil {
		return c.orEnded(err)
	}
	return c.showCode(http.StatusOK, holder, safeNext(c.query().Get("next")), nil)
}

// orEnded says that a sign-in has ended before its second step, or returns the
// failure.
func (c *call) orEnded(err error) (answer, error) {
	if errs.KindOf(err) != errs.Invalid {
		return answer{}, err
	}
	return c.door(http.StatusUnprocessableEntity, screen.Door{
		Title: c.words.T("code.ended.title"), Text: c.words.T("code.ended.text"), Links: []screen.Link{{Label: c.words.T("door.signin"), URL: "/app/login"}},
	})
}

func (c *call) showCode(status int, holder account.Account, next string, refused *errs.Error) (answer, error) {
	factor, err := c.Accounts.Factor(c.ctx, holder.ID)
	if err != nil {
		return answer{}, err
	}
	view := screen.Door{
		Title: c.words.T("code.title"), Text: c.words.T("code.text"), Error: c.fieldWords(refused, "passkey"), Action: "/app/login/code", Submit: c.words.T("login.submit"),
		Hidden: []screen.Hidden{{Name: "next", Value: next}},
		Fields: []screen.DoorField{{Name: "code", Label: c.words.T("code.code"), Autocomplete: "one-time-code", Help: c.words.T("code.help"), Error: c.fieldWords(refused, "code")}},
		Links:  []screen.Link{{Label: c.words.T("code.back"), URL: "/app/login"}},
	}
	if factor.Passkeys > 0 {
		if view.Passkey, err = c.passkeyWay(holder.ID, "/app/login/code", next, c.words.T("passkey.use")); err != nil {
			return answer{}, err
		}
		view.Text = c.words.T("code.passkey.text")
		if !factor.Active {
			view.Fields[0].Label, view.Fields[0].Help = c.words.T("code.recovery"), c.words.T("code.recovery.help")
		}
	}
	return c.door(status, view)
}

// tooManyCodes is what whoever has given too many wrong codes is told.
func (c *call) tooManyCodes() *errs.Error {
	return errs.Of(errs.BadFields(errs.Field{Path: "code", Code: "too_many", Message: c.words.T("login.exhausted")}))
}

// submitCode is POST /app/login/code.
func submitCode(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	next := safeNext(form.Get("next"))
	pending := c.cookie(pendingCookie)
	holder, err := c.Accounts.Pending(c.ctx, pending)
	if err != nil {
		return c.orEnded(err)
	}
	gate := c.codeGate(holder.Email)
	if gate.left() != nil {
		return c.showCode(http.StatusTooManyRequests, holder, next, c.tooManyCodes())
	}
	entry, err := c.Accounts.SecondStep(c.ctx, pending, proof(form), c.cookie(sessionCookie), c.by())
	if e := errs.Of(err); e != nil && e.Kind == errs.Invalid {
		if len(e.Fields) == 0 { // too many tries: from the beginning
			c.setCookie(pendingCookie, "", -1)
			return c.orEnded(err)
		}
		if gate.take() != nil {
			return c.showCode(http.StatusTooManyRequests, holder, next, c.tooManyCodes())
		}
		return c.showCode(http.StatusUnprocessableEntity, holder, next, e)
	}
	if err != nil {
		return answer{}, err
	}
	c.setCookie(pendingCookie, "", -1)
	return c.signedIn(entry, next)
}

// submitLogout is POST /app/logout: the session ends at once, everywhere.
func submitLogout(c *call) (answer, error) {
	if err := c.endImpersonation(); err != nil {
		return answer{}, err
	}
	if c.token != "" {
		if err := c.Accounts.SignOut(c.ctx, c.token); err != nil {
			return answer{}, err
		}
	}
	c.setSession("", -1)
	return redirect("/app/login")
}

func (c *call) refuseLogin(status int, view screen.Login, why screen.LoginError) (answer, error) {
	view.Error = why
	return c.showLogin(status, view)
}

// printable is a text from the client without what the database cannot hold.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, ""))
}

// safeNext keeps redirects after signing in on our own app.
func safeNext(next string) string {
	u, err := url.Parse(next) // refuses control characters
	if err != nil || !strings.HasPrefix(next, "/app/") || strings.HasPrefix(next, "/app/log") {
		return "/app"
	}
	// What is looked at here and what the browser makes of it must be the same,
	// so nothing is tidied: an address that is not tidy is none of ours.
	if path.Clean(u.Path) != u.Path || strings.Contains(next, "\\") || u.EscapedPath() != u.Path {
		return "/app"
	}
	return next
}
