package gateway

import (
	"net/http"
	"net/url"
	"time"

	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/identity"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// journeyCookie tells the browser that a sign-in by a provider began in.
const journeyCookie = "dramac_journey"

// journeys is how many sign-ins by a provider may begin from one network address.
var journeys = rate{120, time.Minute}

// organisationPage is GET /app/login/org: sign in by the provider of one's
// agency, which the domain of the e-mail address tells.
func organisationPage(c *call) (answer, error) {
	return c.showOrganisation(http.StatusOK, safeNext(c.query().Get("next")), "", "")
}

func (c *call) showOrganisation(status int, next, email, wrong string) (answer, error) {
	return c.door(status, screen.Door{
		Title: c.words.T("org.title"), Text: c.words.T("org.text"), Action: "/app/login/org", Submit: c.words.T("org.submit"),
		Hidden: []screen.Hidden{{Name: "next", Value: next}}, Fields: []screen.DoorField{c.emailField(email, wrong)},
		Links: []screen.Link{{Label: c.words.T("org.password"), URL: "/app/login?next=" + url.QueryEscape(next)}},
	})
}

// submitOrganisation is POST /app/login/org. All addresses of a domain get the
// same answer.
func submitOrganisation(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	next, email := safeNext(form.Get("next")), form.Get("email")
	found, err := identity.ListByEmail(c.ctx, c.DB.Pool(), email)
	if err != nil {
		return answer{}, err
	}
	switch len(found) {
	case 0:
		return c.showOrganisation(http.StatusUnprocessableEntity, next, email, c.words.T("org.unknown"))
	case 1:
		return c.showGate(found[0], next)
	}
	door := screen.Door{Title: c.words.T("org.choose.title"), Text: c.words.T("org.choose.text"), Links: c.otherWays(next)}
	for _, p := range found {
		door.Ways = append(door.Ways, screen.Link{Label: p.AgencyName, URL: gateURL(p, next)})
	}
	return c.door(http.StatusOK, door)
}

func (c *call) otherWays(next string) []screen.Link {
	return []screen.Link{{Label: c.words.T("org.password"), URL: "/app/login?next=" + url.QueryEscape(next)}}
}

// gateURL is the address that an agency hands to its people.
func gateURL(p identity.Provider, next string) string {
	to := "/app/login/org/" + p.Address
	if next != "" && next != "/app" {
		to += "?next=" + url.QueryEscape(next)
	}
	return to
}

// gatePage is GET /app/login/org/{address}: where it goes on to, before anybody
// goes there. Whoever is signed in otherwise may come here too.
func gatePage(c *call) (answer, error) {
	p, err := identity.FindByAddress(c.ctx, c.DB.Pool(), c.path("address"))
	if errs.KindOf(err) == errs.NotFound {
		return c.orgFailed(http.StatusUnprocessableEntity, "unknown", "")
	}
	if err != nil {
		return answer{}, err
	}
	return c.showGate(p, safeNext(c.query().Get("next")))
}

func (c *call) showGate(p identity.Provider, next string) (answer, error) {
	host := p.Issuer
	if u, err := url.Parse(p.Issuer); err == nil {
		host = u.Host
	}
	text := c.words.T("org.gate.text", "agency", p.AgencyName, "host", host)
	for _, w := range c.withheld {
		if w.by.ID == p.ID {
			text = c.words.T("org.gate.demanded", "agency", p.AgencyName, "host", host)
		}
	}
	return c.door(http.StatusOK, screen.Door{
		Title: c.words.T("org.gate.title", "agency", p.AgencyName), Text: text, Links: c.otherWays(next),
		Ways: []screen.Link{{Label: c.words.T("org.gate.go", "name", p.Name()), URL: "/app/login/org/" + p.Address + "/start?next=" + url.QueryEscape(next)}},
	})
}

// startJourney is GET /app/login/org/{address}/start. A link of somebody else's
// leads to the gate, which says where it goes.
func startJourney(c *call) (answer, error) {
	p, err := identity.FindByAddress(c.ctx, c.DB.Pool(), c.path("address"))
	if errs.KindOf(err) == errs.NotFound {
		return c.orgFailed(http.StatusUnprocessableEntity, "unknown", "")
	}
	if err != nil {
		return answer{}, err
	}
	next := safeNext(c.query().Get("next"))
	if from := c.request.Header.Get("Sec-Fetch-Site"); from != "" && from != "same-origin" {
		return c.showGate(p, next)
	}
	return c.depart(p, account.Journey{Next: next})
}

// depart sends the browser to the provider.
func (c *call) depart(p identity.Provider, j account.Journey) (answer, error) {
	if c.limits.take(c.writer, c.request, journeys, c.subnet()) != nil {
		return c.orgFailed(http.StatusTooManyRequests, "exhausted", p.Address)
	}
	q := identity.NewQuestion()
	q.Again = j.Session.Valid
	j.Provider, j.Nonce, j.Verifier = p.ID, q.Nonce, q.Verifier
	// Asked first, because it may fail.
	if _, err := c.Providers.Ask(c.ctx, p, q); err != nil {
		return c.orgRefused(p, identity.Claim{}, err)
	}
	state, browser, err := c.Accounts.BeginJourney(c.ctx, j)
	if err != nil {
		return answer{}, err
	}
	q.State = state
	to, err := c.Providers.Ask(c.ctx, p, q)
	if err != nil {
		return c.orgRefused(p, identity.Claim{}, err)
	}
	c.setCookie(journeyCookie, browser, int(account.PendingLife.Seconds()))
	return redirect(to)
}

// providerCallback is GET /app/login/callback/{agency}: the browser comes back
// from the provider of the agency. Each agency has an address of its own, so
// that the answer of one provider is never taken for another's.
func providerCallback(c *call) (answer, error) {
	browser := c.cookie(journeyCookie)
	c.setCookie(journeyCookie, "", -1)
	j, err := c.Accounts.EndJourney(c.ctx, c.query().Get("state"), browser)
	if errs.KindOf(err) == errs.Invalid {
		return c.orgFailed(http.StatusUnprocessableEntity, "over", "")
	}
	if err != nil {
		return answer{}, err
	}
	p, err := c.providerOf(j)
	if errs.KindOf(err) == errs.NotFound {
		return c.orgFailed(http.StatusUnprocessableEntity, "over", "")
	}
	if err != nil {
		return answer{}, err
	}
	if code := c.query().Get("error"); code != "" {
		c.Log.Warn("a provider refused", "request", c.requestID, "agency", p.Agency, "error", printable(code))
		return c.orgFailed(http.StatusUnprocessableEntity, "cancelled", p.Address)
	}
	question := identity.Question{Nonce: j.Nonce, Verifier: j.Verifier}
	claim, err := c.Providers.Answer(c.ctx, p, question, c.query().Get("code"), c.query().Get("iss"))
	if err != nil {
		return c.orgRefused(p, claim, err)
	}
	return c.arrive(p, j, claim)
}

// providerOf is the provider that the journey went to, if it is the one that the
// callback is for and is in use still.
func (c *call) providerOf(j account.Journey) (identity.Provider, error) {
	agency, err := c.named("agency")
	if err != nil {
		return identity.Provider{}, err
	}
	p, err := identity.Find(c.ctx, c.DB.Pool(), agency)
	if err == nil && (p.ID != j.Provider || !p.Enabled) {
		return p, errs.Missing()
	}
	return p, err
}

// arrive ends the journey of whom the provider vouches for.
func (c *call) arrive(p identity.Provider, j account.Journey, claim identity.Claim) (answer, error) {
	var token string
	var err error
	switch {
	case !j.Session.Valid:
		token, err = c.welcome(p, claim)
	case c.token == "" || c.account.Session != j.Session.UUID || c.account.Provider.UUID != p.ID:
		return c.orgFailed(http.StatusUnprocessableEntity, "over", p.Address)
	case !claim.Since(j.BeganAt):
		err = errs.New(errs.Invalid, "not_recent", "The provider has not asked again.")
	default:
		token, err = c.confirmBy(p, claim)
	}
	if err != nil {
		return c.orgRefused(p, claim, err)
	}
	c.setSession(token, int(account.SessionLife.Seconds()))
	return redirect(safeNext(j.Next))
}

// orgRefused says in a page that a sign-in came to nothing, and notes why for
// whoever runs the agency and the server. What the page says does not tell who
// has an account.
func (c *call) orgRefused(p identity.Provider, claim identity.Claim, err error) (answer, error) {
	code := ""
	switch e := errs.Of(err); {
	case e == nil || e.Kind == errs.Internal:
		return answer{}, err
	case e.Kind == errs.NotFound:
		code = "not_member"
	default:
		code = e.Code
	}
	c.Log.Warn("a sign-in by a provider came to nothing", "request", c.requestID, "agency", p.Agency, "reason", code, "error", err.Error())
	c.noteProviderRefusal(p, claim, code)
	return c.orgFailed(http.StatusUnprocessableEntity, code, p.Address)
}

// orgFailed is the page of a sign-in that came to nothing.
func (c *call) orgFailed(status int, code, address string) (answer, error) {
	again := "/app/login/org"
	if address != "" {
		again += "/" + address
	}
	return c.door(status, screen.Door{
		Title: c.words.T("org.failed.title"), Text: c.words.TOr("org.failed."+code, c.words.T("org.failed.provider_refused")),
		Links: []screen.Link{{Label: c.words.T("org.again"), URL: again}, {Label: c.words.T("door.signin"), URL: "/app/login"}},
	})
}

// confirmByProvider is GET /app/me/confirm/provider: whoever is signed in by a
// provider proves to it again who they are.
func confirmByProvider(c *call) (answer, error) {
	if !c.account.Provider.Valid {
		return redirect("/app/me/confirm?next=" + url.QueryEscape(safeNext(c.query().Get("next"))))
	}
	p, err := identity.Find(c.ctx, c.DB.Pool(), c.account.Agency.UUID)
	if err != nil {
		return answer{}, err
	}
	j := account.Journey{Next: safeNext(c.query().Get("next"))}
	j.Session.UUID, j.Session.Valid = c.account.Session, true
	return c.depart(p, j)
}

// showConfirmByProvider says that the provider is asked again.
func (c *call) showConfirmByProvider(next string) (answer, error) {
	p, err := identity.Find(c.ctx, c.DB.Pool(), c.account.Agency.UUID)
	if err != nil {
		return answer{}, err
	}
	return c.meForm(http.StatusOK, screen.Door{
		Title: c.words.T("confirm.title"), Text: c.words.T("confirm.provider", "name", p.Name()),
		Ways: []screen.Link{{Label: c.words.T("org.gate.go", "name", p.Name()), URL: "/app/me/confirm/provider?next=" + url.QueryEscape(next)}},
	})
}

// showVouched is all that there is to see of an account for somebody whom a
// provider vouches for: not where its owner is signed in, nor with what.
func (c *call) showVouched() (answer, error) {
	p, err := identity.Find(c.ctx, c.DB.Pool(), c.account.Agency.UUID)
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("me.title"))
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, screen.Sheet{
		Text: c.words.T("me.vouched", "agency", p.AgencyName),
		Sections: []screen.SheetSection{{Fields: []screen.SheetField{
			{Name: "name", Kind: "static", Label: c.words.T("me.name"), Value: c.account.Name},
			{Name: "email", Kind: "static", Label: c.words.T("login.email"), Value: c.account.Email},
			{Name: "provider", Kind: "static", Label: c.words.T("me.provider"), Value: p.Name()},
		}}},
	}))
}
