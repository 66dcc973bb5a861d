package gateway

import (
	"net/http"
	"strings"

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
	if err := c.request.ParseForm(); err != nil {
		return answer{}, refuse(http.StatusBadRequest, "unreadable", "The form could not be read.", "")
	}
	form := c.request.PostForm
	view := screen.Login{Next: safeNext(form.Get("next")), Email: form.Get("email")}
	who := bySubnet(c.request) + " " + account.Normalize(view.Email)
	if err := c.limits.left(failedSignIns, who); err != nil {
		view.Error = screen.LoginExhausted
		return c.showLogin(http.StatusTooManyRequests, view)
	}
	token, err := c.Accounts.SignIn(c.ctx, view.Email, form.Get("password"), address(c.request), c.request.UserAgent())
	if e := errs.Of(err); e != nil && e.Kind == errs.Invalid {
		if c.limits.take(c.writer, c.request, failedSignIns, who) != nil {
			view.Error = screen.LoginExhausted
			return c.showLogin(http.StatusTooManyRequests, view)
		}
		view.Error = screen.LoginWrong
		return c.showLogin(http.StatusUnprocessableEntity, view)
	}
	if err != nil {
		return answer{}, err
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

// safeNext keeps redirects after signing in on our own app.
func safeNext(next string) string {
	if next == "/app" || strings.HasPrefix(next, "/app/") && !strings.Contains(next, "\\") && !strings.HasPrefix(next, "/app/log") {
		return next
	}
	return "/app"
}
