package gateway

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/http"
	"net/url"

	"github.com/google/uuid"
	"github.com/pquerna/otp"

	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// mePage is GET /app/me: who I am, what I sign in with, and where I am signed in.
func mePage(c *call) (answer, error) {
	if c.account.Provider.Valid {
		return c.showVouched()
	}
	factor, err := c.Accounts.Factor(c.ctx, c.account.ID)
	if err != nil {
		return answer{}, err
	}
	browsers, err := c.Accounts.Browsers(c.ctx, c.account.ID)
	if err != nil {
		return answer{}, err
	}
	passkeys, err := c.Accounts.Passkeys(c.ctx, c.account.ID)
	if err != nil {
		return answer{}, err
	}
	view := screen.Me{
		Asked: factor.Asked(),
		Name:  c.account.Name, Email: c.account.Email, Factor: factor.Active, FactorSince: factor.Since, Codes: factor.Codes,
		Password: "/app/me/password", NewEmail: "/app/me/email", FactorURL: "/app/me/factor", CodesURL: "/app/me/codes", Sessions: "/app/me/sessions",
	}
	if c.Accounts.TakesPasskeys() {
		view.NewPasskey = "/app/me/passkeys/new"
	}
	for _, p := range passkeys {
		view.Passkeys = append(view.Passkeys, screen.OwnPasskey{
			Name: p.Name, Synced: p.Synced, Since: p.CreatedAt, Used: p.UsedAt, Remove: "/app/me/passkeys/" + p.ID.String() + "/remove",
		})
	}
	for _, b := range browsers {
		view.Browsers = append(view.Browsers, screen.Browser{
			ID: b.ID.String(), Agent: screen.AgentName(b.Agent), Address: b.Address, Since: b.CreatedAt, Seen: b.SeenAt, Current: b.ID == c.account.Session,
		})
	}
	f, err := c.frame(c.words.T("me.title"))
	if err != nil {
		return answer{}, err
	}
	return show(screen.MePage(f, view))
}

// meForm draws a form of the signed-in account.
func (c *call) meForm(status int, view screen.Door) (answer, error) {
	f, err := c.frame(view.Title, screen.Crumb{Label: c.words.T("me.title"), URL: "/app/me"})
	if err != nil {
		return answer{}, err
	}
	view.Links = append(view.Links, screen.Link{Label: c.words.T("me.back"), URL: "/app/me"})
	return answer{status: status, page: screen.MeFormPage(f, view)}, nil
}

// confirmPage is GET /app/me/confirm: prove again who you are.
func confirmPage(c *call) (answer, error) {
	return c.showConfirm(http.StatusOK, safeNext(c.query().Get("next")), "", nil)
}

func (c *call) showConfirm(status int, next, wrong string, refused *errs.Error) (answer, error) {
	if c.account.Provider.Valid {
		return c.showConfirmByProvider(next)
	}
	factor, err := c.Accounts.Factor(c.ctx, c.account.ID)
	if err != nil {
		return answer{}, err
	}
	view := screen.Door{
		Title: c.words.T("confirm.title"), Text: c.words.T("confirm.text"), Error: wrong, Action: "/app/me/confirm", Submit: c.words.T("confirm.submit"),
		Hidden: []screen.Hidden{{Name: "next", Value: next}},
		Fields: []screen.DoorField{{
			Name: "password", Type: "password", Label: c.words.T("login.password"), Autocomplete: "current-password", Error: c.fieldWords(refused, "current"),
		}},
	}
	if view.Passkey, err = c.passkeyWay(c.account.ID, "/app/me/confirm", next, c.words.T("passkey.use")); err != nil {
		return answer{}, err
	}
	if view.Error == "" {
		view.Error = c.fieldWords(refused, "passkey")
	}
	if factor.Asked() {
		view.Fields = append(view.Fields, screen.DoorField{
			Name: "code", Label: c.words.T("confirm.code"), Autocomplete: "one-time-code", Help: c.words.T("confirm.code.help"), Error: c.fieldWords(refused, "code"),
		})
	}
	return c.meForm(status, view)
}

// submitConfirm is POST /app/me/confirm.
func submitConfirm(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	next := safeNext(form.Get("next"))
	gate := c.codeGate(c.account.Email)
	if gate.left() != nil {
		return c.showConfirm(http.StatusTooManyRequests, next, c.words.T("login.exhausted"), nil)
	}
	token, err := c.Accounts.Confirm(c.ctx, c.account, form.Get("password"), proof(form), c.by())
	if e, ok := formError(err); err != nil && ok {
		if e.Kind == errs.Invalid {
			_ = gate.take() // the refusal that follows is the same
		}
		return c.showConfirm(statuses[e.Kind], next, c.refusedWords(e), e)
	}
	if err != nil {
		return answer{}, err
	}
	c.setSession(token, int(account.SessionLife.Seconds()))
	return redirect(next)
}

// passwordPage is GET /app/me/password.
func passwordPage(c *call) (answer, error) { return c.showPassword(http.StatusOK, "", nil) }

func (c *call) showPassword(status int, wrong string, refused *errs.Error) (answer, error) {
	return c.meForm(status, screen.Door{
		Title: c.words.T("newpassword.title"), Text: c.words.T("newpassword.text"), Error: wrong, Action: "/app/me/password", Submit: c.words.T("newpassword.submit"),
		Fields: []screen.DoorField{
			{Name: "current", Type: "password", Label: c.words.T("newpassword.current"), Autocomplete: "current-password", Error: c.fieldWords(refused, "current")},
			c.newPasswordField(c.fieldWords(refused, "password")),
		},
	})
}

// submitPassword is POST /app/me/password.
func submitPassword(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	gate := c.codeGate(c.account.Email)
	if gate.left() != nil {
		return c.showPassword(http.StatusTooManyRequests, c.words.T("login.exhausted"), nil)
	}
	token, err := c.Accounts.ChangePassword(c.ctx, c.account, form.Get("current"), form.Get("password"), c.by())
	if e, ok := formError(err); err != nil && ok {
		if c.fieldWords(e, "current") != "" {
			_ = gate.take() // the refusal that follows is the same
		}
		return c.showPassword(statuses[e.Kind], c.refusedWords(e), e)
	}
	if err != nil {
		return answer{}, err
	}
	c.setSession(token, int(account.SessionLife.Seconds()))
	c.flash("flash.password.changed", "")
	return redirect("/app/me")
}

// newEmailPage is GET /app/me/email.
func newEmailPage(c *call) (answer, error) { return c.showNewEmail(http.StatusOK, "", "") }

func (c *call) showNewEmail(status int, email, wrong string) (answer, error) {
	return c.meForm(status, screen.Door{
		Title: c.words.T("newemail.title"), Text: c.words.T("newemail.text", "address", c.account.Email), Action: "/app/me/email", Submit: c.words.T("newemail.submit"),
		Fields: []screen.DoorField{{
			Name: "email", Type: "email", Label: c.words.T("newemail.email"), Value: email, Autocomplete: "email", Error: wrong,
		}},
	})
}

// submitNewEmail is POST /app/me/email. The answer is the same whether or not
// somebody has the address.
func submitNewEmail(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	email := form.Get("email")
	if err := c.mayWrite(email); err != nil {
		return c.showNewEmail(http.StatusTooManyRequests, email, c.words.T("login.exhausted"))
	}
	err = slowly(c.ctx, func() error { return c.Accounts.AskEmail(c.ctx, c.account, email, c.by()) })
	if e, ok := formError(err); err != nil && ok {
		return c.showNewEmail(statuses[e.Kind], email, c.fieldWords(e, "email"))
	}
	if err != nil {
		return answer{}, err
	}
	c.flash("flash.email.asked", email)
	return redirect("/app/me")
}

// factorPage is GET /app/me/factor: what a phone reads, until a code of it has
// been seen; afterwards the way to remove it.
func factorPage(c *call) (answer, error) { return c.showFactor(http.StatusOK, nil) }

func (c *call) showFactor(status int, refused *errs.Error) (answer, error) {
	factor, err := c.Accounts.Factor(c.ctx, c.account.ID)
	if err != nil {
		return answer{}, err
	}
	if factor.Active {
		return c.meForm(status, screen.Door{
			Title: c.words.T("factor.title"), Text: c.words.T("factor.remove.text"), Action: "/app/me/factor", Submit: c.words.T("factor.remove"), Danger: true,
			Hidden: []screen.Hidden{{Name: "do", Value: "remove"}},
		})
	}
	secret, address, err := c.Accounts.BeginFactor(c.ctx, c.account.Account, c.words.T("app.name"))
	if err != nil {
		return answer{}, err
	}
	picture, err := qrCode(address)
	if err != nil {
		return answer{}, err
	}
	return c.meForm(status, screen.Door{
		Title: c.words.T("factor.title"), Text: c.words.T("factor.text"), Action: "/app/me/factor", Submit: c.words.T("factor.enable"),
		Picture: picture, PictureText: c.words.T("factor.picture"), Secret: secret, SecretLabel: c.words.T("factor.secret"),
		Hidden: []screen.Hidden{{Name: "do", Value: "enable"}},
		Fields: []screen.DoorField{{Name: "code", Label: c.words.T("code.code"), Autocomplete: "one-time-code", Error: c.fieldWords(refused, "code")}},
	})
}

// qrCode draws an address as a picture that stands in the page itself.
func qrCode(address string) (string, error) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return "", err
	}
	image, err := key.Image(220, 220)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// submitFactor is POST /app/me/factor.
func submitFactor(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	if form.Get("do") == "remove" {
		token, err := c.Accounts.RemoveFactor(c.ctx, c.account, c.by())
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return answer{}, err
		}
		if err == nil {
			c.setSession(token, int(account.SessionLife.Seconds()))
			c.flash("flash.factor.removed", "")
		}
		return redirect("/app/me")
	}
	gate := c.codeGate(c.account.Email)
	if gate.left() != nil {
		return c.showFactor(http.StatusTooManyRequests, c.tooManyCodes())
	}
	codes, token, err := c.Accounts.EnableFactor(c.ctx, c.account, form.Get("code"), c.by())
	if e, ok := formError(err); err != nil && ok {
		_ = gate.take() // the refusal that follows is the same
		return c.showFactor(statuses[e.Kind], e)
	}
	if err != nil {
		return answer{}, err
	}
	c.setSession(token, int(account.SessionLife.Seconds()))
	if len(codes) == 0 { // a passkey brought them already
		c.flash("flash.factor.enabled", "")
		return redirect("/app/me")
	}
	return c.showCodes(codes)
}

// showCodes shows the recovery codes, once.
func (c *call) showCodes(codes []string) (answer, error) {
	return c.meForm(http.StatusOK, screen.Door{Title: c.words.T("codes.title"), Text: c.words.T("codes.text"), Codes: codes})
}

// submitCodes is POST /app/me/codes: new recovery codes instead of the old.
func submitCodes(c *call) (answer, error) {
	codes, err := c.Accounts.RenewCodes(c.ctx, c.account, c.by())
	if errs.KindOf(err) == errs.NotFound {
		return redirect("/app/me")
	}
	if err != nil {
		return answer{}, err
	}
	return c.showCodes(codes)
}

// submitSessions is POST /app/me/sessions: one session ends, or all others do.
func submitSessions(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	if form.Get("end") == "others" {
		if err := c.Accounts.EndOtherSessions(c.ctx, c.account, c.by()); err != nil {
			return answer{}, err
		}
		c.flash("flash.sessions.ended", "")
		return redirect("/app/me")
	}
	id, err := uuid.Parse(form.Get("end"))
	if err != nil {
		return redirect("/app/me")
	}
	err = c.Accounts.EndSession(c.ctx, c.account.Account, id, c.by())
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return answer{}, err
	}
	if id == c.account.Session {
		c.setSession("", -1)
		return redirect("/app/login?" + url.Values{"next": {"/app/me"}}.Encode())
	}
	c.flash("flash.session.ended", "")
	return redirect("/app/me")
}
