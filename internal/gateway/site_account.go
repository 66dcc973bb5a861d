package gateway

import (
	"net/http"

	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// personPending holds what makes a code worth something: only the browser that
// asked for it can use it.
const personPending = "dramac_person_pending"

// hasPersons refuses a site on which nobody has a reason to sign in: none of its
// modules has customers.
func (c *call) hasPersons() error {
	all, err := c.installed()
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.release != nil && one.release.Manifest.HasCustomers() {
			return nil
		}
	}
	return errs.Missing()
}

// siteDoor draws a page of signing in on the site.
func (c *call) siteDoor(status int, view screen.Door) (answer, error) {
	f := c.bareFrame(view.Title)
	f.Brand = screen.Brand{Name: c.site.Name, Home: "/"}
	return answer{status: status, page: screen.DoorPage(f, view)}, nil
}

// personPage is GET /account on a site: who is signed in, or how to.
func personPage(c *call) (answer, error) {
	if err := c.hasPersons(); err != nil {
		return answer{}, err
	}
	if c.personToken == "" {
		return c.showPerson(http.StatusOK, "", "")
	}
	return c.siteDoor(http.StatusOK, screen.Door{
		Title: c.words.T("person.in.title"), Text: c.words.T("person.in.text", "address", c.person.Email), Action: "/account/sign-out", Submit: c.words.T("person.out"),
		Links: []screen.Link{{Label: c.words.T("dead.front"), URL: "/"}},
	})
}

func (c *call) showPerson(status int, email, wrong string) (answer, error) {
	return c.siteDoor(status, screen.Door{
		Title: c.words.T("person.title"), Text: c.words.T("person.text"), Action: "/account", Submit: c.words.T("person.submit"),
		Fields: []screen.DoorField{c.emailField(email, wrong)}, Links: []screen.Link{{Label: c.words.T("dead.front"), URL: "/"}},
	})
}

// submitPerson is POST /account: a code and a link go to the address. Whether it
// has signed in before makes no difference, not in what is written either.
func submitPerson(c *call) (answer, error) {
	if err := c.hasPersons(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	email := form.Get("email")
	if err := c.mayWrite(email); err != nil {
		return c.showPerson(http.StatusTooManyRequests, email, c.words.T("login.exhausted"))
	}
	if _, err := mail.Address(email); err != nil {
		return c.showPerson(http.StatusUnprocessableEntity, email, c.words.T("error.not_email"))
	}
	at := account.PersonSite{ID: c.site.ID, Agency: c.site.Agency, Link: c.publicURL(*c.site) + "/account/link"}
	browser, err := c.Accounts.AskPerson(c.ctx, at, email, c.by())
	if err != nil {
		return answer{}, err
	}
	c.setCookie(personPending, browser, int(account.PersonWait.Seconds()))
	return redirect("/account/code")
}

// personCodePage is GET /account/code.
func personCodePage(c *call) (answer, error) {
	if err := c.hasPersons(); err != nil {
		return answer{}, err
	}
	return c.showPersonCode(http.StatusOK, "")
}

func (c *call) showPersonCode(status int, wrong string) (answer, error) {
	return c.siteDoor(status, screen.Door{
		Title: c.words.T("person.sent.title"), Text: c.words.T("person.sent.text"), Action: "/account/code", Submit: c.words.T("login.submit"),
		Fields: []screen.DoorField{{Name: "code", Label: c.words.T("person.code"), Autocomplete: "one-time-code", Error: wrong}},
		Links:  []screen.Link{{Label: c.words.T("person.again"), URL: "/account"}},
	})
}

// submitPersonCode is POST /account/code.
func submitPersonCode(c *call) (answer, error) {
	if err := c.hasPersons(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	session, err := c.Accounts.PersonByCode(c.ctx, c.site.ID, c.cookie(personPending), form.Get("code"), c.by())
	if e := errs.Of(err); e != nil && e.Kind == errs.Invalid && len(e.Fields) > 0 {
		return c.showPersonCode(http.StatusUnprocessableEntity, c.fieldWords(e, "code"))
	}
	return c.personIn(session, err)
}

// personLinkPage is GET /account/link. It changes nothing, because programs that
// read mail follow links.
func personLinkPage(c *call) (answer, error) {
	if err := c.hasPersons(); err != nil {
		return answer{}, err
	}
	token := c.query().Get("token")
	if err := c.Accounts.CheckPersonLink(c.ctx, c.site.ID, token); err != nil {
		return c.personIn("", err)
	}
	return c.siteDoor(http.StatusOK, screen.Door{
		Title: c.words.T("person.link.title"), Text: c.words.T("person.link.text"), Action: "/account/link", Submit: c.words.T("person.link.submit"),
		Hidden: []screen.Hidden{{Name: "token", Value: token}},
	})
}

// submitPersonLink is POST /account/link.
func submitPersonLink(c *call) (answer, error) {
	if err := c.hasPersons(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	return c.personIn(c.Accounts.PersonByLink(c.ctx, c.site.ID, form.Get("token"), c.by()))
}

// personIn gives the browser the session of a person, or says that it came to
// nothing. A session that was there before ends.
func (c *call) personIn(session string, err error) (answer, error) {
	if e := errs.Of(err); e != nil && e.Kind == errs.Invalid {
		return c.siteDoor(http.StatusUnprocessableEntity, screen.Door{
			Title: c.words.T("door.gone.title"), Text: c.refusedWords(e), Links: []screen.Link{{Label: c.words.T("person.again"), URL: "/account"}},
		})
	}
	if err != nil {
		return answer{}, err
	}
	if c.personToken != "" {
		if err := c.Accounts.SignPersonOut(c.ctx, c.personToken); err != nil {
			return answer{}, err
		}
	}
	c.setCookie(personPending, "", -1)
	c.setCookie(personCookie, session, int(account.PersonLife.Seconds()))
	return redirect("/account")
}

// submitPersonOut is POST /account/sign-out.
func submitPersonOut(c *call) (answer, error) {
	if err := c.hasPersons(); err != nil {
		return answer{}, err
	}
	if c.personToken != "" {
		if err := c.Accounts.SignPersonOut(c.ctx, c.personToken); err != nil {
			return answer{}, err
		}
	}
	c.setCookie(personCookie, "", -1)
	return redirect("/")
}
