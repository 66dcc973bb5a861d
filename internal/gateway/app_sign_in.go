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
	view.Action = "/app/login"
	return answer{status: status, page: screen.LoginPage(c.bareFrame(c.words.T("login.title")), view)}, nil
}

// submitLogin is POST /app/login. Failed attempts are counted per address and
// account, so that guessing is slow and nobody can be locked out by others.
func submitLogin(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	view := screen.Login{Next: safeNext(form.Get("next")), Email: form.Get("email")}
	from := c.subnet()
	who := from + " " + account.Normalize(view.Email)
	if c.limits.left(c.writer, c.request, failedSignIns, who) != nil || c.limits.left(c.writer, c.request, failedSignInsFrom, from) != nil {
		return c.refuseLogin(http.StatusTooManyRequests, view, screen.LoginExhausted)
	}
	token, err := c.Accounts.SignIn(c.ctx, view.Email, form.Get("password"), c.address(c.request), printable(c.request.UserAgent()))
	if e := errs.Of(err); e != nil && e.Kind == errs.Invalid {
		spread := c.limits.take(c.writer, c.request, failedSignInsFrom, from)
		if spread != nil || c.limits.take(c.writer, c.request, failedSignIns, who) != nil {
			return c.refuseLogin(http.StatusTooManyRequests, view, screen.LoginExhausted)
		}
		return c.refuseLogin(http.StatusUnprocessableEntity, view, screen.LoginWrong)
	}
	if err != nil {
		return answer{}, err
	}
	// Guesses that are sent all at once pass the first question together.
	if c.limits.left(c.writer, c.request, failedSignIns, who) != nil {
		if err := c.Accounts.SignOut(c.ctx, token); err != nil {
			return answer{}, err
		}
		return c.refuseLogin(http.StatusTooManyRequests, view, screen.LoginExhausted)
	}
	c.setSession(token, int(account.SessionLife.Seconds()))
	return redirect(view.Next)
}

// submitLogout is POST /app/logout: the session ends at once, everywhere.
func submitLogout(c *call) (answer, error) {
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
