package gateway

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// neutral is how long a question takes that must not tell by its time whether
// an address is known.
const neutral = 250 * time.Millisecond

// by is the caller as accounts write it down.
func (c *call) by() account.By {
	return account.By{
		Address: c.address(c.request), Agent: printable(c.request.UserAgent()), Words: c.words, Note: c.noteAccount,
	}
}

// noteAccount writes into the audit log of each agency of an account what
// happened to it.
func (c *call) noteAccount(ctx context.Context, tx pgx.Tx, a account.Account, action string) error {
	members, err := access.ListMembers(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	actor := c.auditor()
	if !c.actor.Known() { // who signs in, or follows a link
		actor = c.auditorOf(a)
	}
	noted := map[uuid.UUID]bool{}
	for _, m := range members {
		if noted[m.Agency] || c.account.Provider.Valid && m.Agency != c.account.Agency.UUID {
			continue
		}
		noted[m.Agency] = true
		err := audit.Write(ctx, tx, audit.Entry{Agency: m.Agency, At: c.Now(), Actor: actor, Action: action, Subject: a.Name + " <" + a.Email + ">"})
		if err != nil {
			return err
		}
	}
	return nil
}

// door draws a page for somebody who is not in yet.
func (c *call) door(status int, view screen.Door) (answer, error) {
	return answer{status: status, page: screen.DoorPage(c.bareFrame(view.Title), view)}, nil
}

// fieldWords are what is wrong with a field of a refused form, in words; empty:
// nothing.
func (c *call) fieldWords(refused *errs.Error, path string) string {
	if refused == nil {
		return ""
	}
	for _, f := range refused.Fields {
		if f.Path == path {
			return c.words.TOr("error."+f.Code, f.Message)
		}
	}
	return ""
}

// refusedWords are what is wrong with a form as a whole.
func (c *call) refusedWords(refused *errs.Error) string {
	if refused == nil || len(refused.Fields) > 0 {
		return ""
	}
	return c.words.TOr("error."+refused.Code, refused.Message)
}

// slowly lets the work take as long as all work of its kind.
func slowly(ctx context.Context, work func() error) error {
	end := time.NewTimer(neutral)
	defer end.Stop()
	err := work()
	select {
	case <-end.C:
	case <-ctx.Done():
	}
	return err
}

// mayWrite counts a letter that a stranger lets us send to an address.
func (c *call) mayWrite(email string) error {
	if err := c.limits.take(c.writer, c.request, lettersFrom, c.subnet()); err != nil {
		return err
	}
	return c.limits.take(c.writer, c.request, letters, account.Normalize(email))
}

// onItsWay says that a letter is on its way, whether or not one is.
func (c *call) onItsWay(title, text string) (answer, error) {
	return c.door(http.StatusOK, screen.Door{Title: title, Text: text, Links: []screen.Link{{Label: c.words.T("door.signin"), URL: "/app/login"}}})
}

// gone is the page of a link that does not work.
func (c *call) gone(refused *errs.Error, label, again string) (answer, error) {
	return c.door(http.StatusUnprocessableEntity, screen.Door{
		Title: c.words.T("door.gone.title"), Text: c.refusedWords(refused),
		Links: []screen.Link{{Label: label, URL: again}, {Label: c.words.T("door.signin"), URL: "/app/login"}},
	})
}

func (c *call) emailField(value, wrong string) screen.DoorField {
	return screen.DoorField{Name: "email", Type: "email", Label: c.words.T("login.email"), Value: value, Autocomplete: "username", Error: wrong}
}

func (c *call) newPasswordField(wrong string) screen.DoorField {
	return screen.DoorField{
		Name: "password", Type: "password", Label: c.words.T("door.password"), Autocomplete: "new-password", Help: c.words.T("door.password.help"), Error: wrong,
	}
}

// forgotPage is GET /app/forgot.
func forgotPage(c *call) (answer, error) { return c.showForgot(http.StatusOK, "", "") }

func (c *call) showForgot(status int, email, wrong string) (answer, error) {
	return c.door(status, screen.Door{
		Title: c.words.T("forgot.title"), Text: c.words.T("forgot.text"), Action: "/app/forgot", Submit: c.words.T("forgot.submit"),
		Fields: []screen.DoorField{c.emailField(email, wrong)}, Links: []screen.Link{{Label: c.words.T("door.signin"), URL: "/app/login"}},
	})
}

// submitForgot is POST /app/forgot. The answer is the same for every address,
// and takes as long.
func submitForgot(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	email := form.Get("email")
	if err := c.mayWrite(email); err != nil {
		return c.showForgot(http.StatusTooManyRequests, email, c.words.T("login.exhausted"))
	}
	if _, err := mail.Address(email); err != nil {
		return c.showForgot(http.StatusUnprocessableEntity, email, c.words.T("error.not_email"))
	}
	err = slowly(c.ctx, func() error { return c.Accounts.Forget(c.ctx, email, c.by()) })
	if err != nil {
		return answer{}, err
	}
	return c.onItsWay(c.words.T("forgot.sent.title"), c.words.T("forgot.sent.text"))
}

// resetPage is GET /app/reset.
func resetPage(c *call) (answer, error) {
	if err := c.Accounts.CheckReset(c.ctx, c.query().Get("token")); err != nil {
		return c.orGone(err, c.words.T("forgot.again"), "/app/forgot")
	}
	return c.showReset(http.StatusOK, c.query().Get("token"), nil)
}

// orGone draws the page of a link that does not work, or returns the failure.
func (c *call) orGone(err error, label, again string) (answer, error) {
	if e := errs.Of(err); e != nil && e.Kind == errs.Invalid {
		return c.gone(e, label, again)
	}
	return answer{}, err
}

func (c *call) showReset(status int, token string, refused *errs.Error) (answer, error) {
	return c.door(status, screen.Door{
		Title: c.words.T("reset.title"), Text: c.words.T("reset.text"), Action: "/app/reset", Submit: c.words.T("reset.submit"),
		Hidden: []screen.Hidden{{Name: "token", Value: token}}, Fields: []screen.DoorField{c.newPasswordField(c.fieldWords(refused, "password"))},
	})
}

// submitReset is POST /app/reset.
func submitReset(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	token := form.Get("token")
	whose, err := c.Accounts.Reset(c.ctx, token, form.Get("password"), c.by())
	if e := errs.Of(err); e != nil && e.Kind == errs.Invalid && len(e.Fields) > 0 {
		return c.showReset(http.StatusUnprocessableEntity, token, e)
	}
	if err != nil {
		return c.orGone(err, c.words.T("forgot.again"), "/app/forgot")
	}
	// Whoever reads the account's mail is no stranger to it.
	if err := c.knowDevice(whose.Email); err != nil {
		return answer{}, err
	}
	c.setSession("", -1)
	return c.door(http.StatusOK, screen.Door{
		Title: c.words.T("reset.done.title"), Text: c.words.T("reset.done.text"), Links: []screen.Link{{Label: c.words.T("door.signin"), URL: "/app/login"}},
	})
}

// emailPage is GET /app/email: the link that confirms a new address.
func emailPage(c *call) (answer, error) {
	address, err := c.Accounts.CheckEmail(c.ctx, c.query().Get("token"))
	if err != nil {
		return c.orGone(err, c.words.T("newemail.again"), "/app/me/email")
	}
	return c.door(http.StatusOK, screen.Door{
		Title: c.words.T("email.title"), Text: c.words.T("email.text", "address", address), Action: "/app/email", Submit: c.words.T("email.submit"),
		Hidden: []screen.Hidden{{Name: "token", Value: c.query().Get("token")}},
	})
}

// submitEmail is POST /app/email.
func submitEmail(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	if err := c.Accounts.ChangeEmail(c.ctx, form.Get("token"), c.by()); err != nil {
		return c.orGone(err, c.words.T("newemail.again"), "/app/me/email")
	}
	return c.door(http.StatusOK, screen.Door{
		Title: c.words.T("email.done.title"), Text: c.words.T("email.done.text"), Links: []screen.Link{{Label: c.words.T("door.signin"), URL: "/app/login"}},
	})
}

// signUpOpen refuses what is left to invitations.
func (c *call) signUpOpen() error {
	if c.ClosedSignUp {
		return errs.Missing()
	}
	return nil
}

// signUpPage is GET /app/signup.
func signUpPage(c *call) (answer, error) {
	if err := c.signUpOpen(); err != nil {
		return answer{}, err
	}
	return c.showSignUp(http.StatusOK, "", "")
}

func (c *call) showSignUp(status int, email, wrong string) (answer, error) {
	return c.door(status, screen.Door{
		Title: c.words.T("signup.title"), Text: c.words.T("signup.text"), Action: "/app/signup", Submit: c.words.T("signup.submit"),
		Fields: []screen.DoorField{c.emailField(email, wrong)}, Links: []screen.Link{{Label: c.words.T("signup.known"), URL: "/app/login"}},
	})
}

// submitSignUp is POST /app/signup. Nothing is made before the address has been
// proven, and the answer is the same for every address.
func submitSignUp(c *call) (answer, error) {
	if err := c.signUpOpen(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	email := form.Get("email")
	if err := c.mayWrite(email); err != nil {
		return c.showSignUp(http.StatusTooManyRequests, email, c.words.T("login.exhausted"))
	}
	if _, err := mail.Address(email); err != nil {
		return c.showSignUp(http.StatusUnprocessableEntity, email, c.words.T("error.not_email"))
	}
	err = slowly(c.ctx, func() error { return c.Accounts.AskSignUp(c.ctx, email, c.by()) })
	if err != nil {
		return answer{}, err
	}
	return c.onItsWay(c.words.T("signup.sent.title"), c.words.T("signup.sent.text"))
}

// finishPage is GET /app/signup/finish: the link of a sign-up.
func finishPage(c *call) (answer, error) {
	if err := c.signUpOpen(); err != nil {
		return answer{}, err
	}
	address, err := c.Accounts.CheckSignUp(c.ctx, c.query().Get("token"))
	if err != nil {
		return c.orGone(err, c.words.T("signup.again"), "/app/signup")
	}
	return c.showFinish(http.StatusOK, address, url.Values{"token": {c.query().Get("token")}}, nil)
}

func (c *call) showFinish(status int, address string, form url.Values, refused *errs.Error) (answer, error) {
	return c.door(status, screen.Door{
		Title: c.words.T("finish.title"), Text: c.words.T("finish.text", "address", address), Action: "/app/signup/finish", Submit: c.words.T("finish.submit"),
		Hidden: []screen.Hidden{{Name: "token", Value: form.Get("token")}},
		Fields: []screen.DoorField{
			{Name: "name", Label: c.words.T("finish.name"), Value: form.Get("name"), Autocomplete: "name", Error: c.fieldWords(refused, "name")},
			{Name: "agency", Label: c.words.T("finish.agency"), Value: form.Get("agency"), Autocomplete: "organization", Error: c.fieldWords(refused, "agency")},
			c.newPasswordField(c.fieldWords(refused, "password")),
		},
	})
}

// submitFinish is POST /app/signup/finish: the account, its agency, and the
// account as its owner, in one transaction.
func submitFinish(c *call) (answer, error) {
	if err := c.signUpOpen(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	name, agency := strings.TrimSpace(form.Get("name")), strings.TrimSpace(form.Get("agency"))
	err = bothNames(name, agency)
	session := ""
	if err == nil {
		session, err = c.Accounts.SignUp(c.ctx, form.Get("token"), name, form.Get("password"), c.by(), func(ctx context.Context, tx pgx.Tx, a account.Account) error {
			return c.foundAgency(ctx, tx, a, agency)
		})
	}
	if e := errs.Of(err); e != nil && e.Kind == errs.Invalid && len(e.Fields) > 0 {
		address, err := c.Accounts.CheckSignUp(c.ctx, form.Get("token"))
		if err != nil {
			return c.orGone(err, c.words.T("signup.again"), "/app/signup")
		}
		return c.showFinish(http.StatusUnprocessableEntity, address, form, e)
	}
	if err != nil {
		return c.orGone(err, c.words.T("signup.again"), "/app/signup")
	}
	c.setSession(session, int(account.SessionLife.Seconds()))
	return redirect("/app")
}

// foundAgency makes an agency with the account as its owner.
func (c *call) foundAgency(ctx context.Context, tx pgx.Tx, a account.Account, name string) error {
	agency, err := uuid.NewV7()
	if err != nil {
		return err
	}
	member, err := uuid.NewV7()
	if err != nil {
		return err
	}
	if err := tenancy.CreateAgency(ctx, tx, tenancy.Agency{ID: agency, Name: name}); err != nil {
		return err
	}
	if err := plan.Try(ctx, tx, agency, c.Now()); err != nil {
		return err
	}
	if err := tenancy.Start(ctx, tx, agency); err != nil {
		return err
	}
	return access.CreateMember(ctx, tx, access.Member{ID: member, Agency: agency, Account: a.ID, Role: access.Owner})
}

// bothNames refuses what cannot be the name of a person or of an agency.
func bothNames(person, agency string) error {
	var wrong []errs.Field
	for _, f := range []struct{ path, name string }{{"name", person}, {"agency", agency}} {
		if f.name == "" || utf8.RuneCountInString(f.name) > 120 || printable(f.name) != f.name {
			wrong = append(wrong, errs.Field{Path: f.path, Code: "name_length", Message: "Use 1 to 120 characters."})
		}
	}
	if len(wrong) > 0 {
		return errs.BadFields(wrong...)
	}
	return nil
}
