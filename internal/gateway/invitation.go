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
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// invitationMail is how many invitations an agency may send in an hour.
var invitationMail = rate{60, time.Hour}

// sendInvitation writes the mail of an invitation in its transaction.
func (c *call) sendInvitation(tx pgx.Tx, i access.Invitation, token string) error {
	return c.Mail.Send(c.ctx, tx, mail.Message{
		Kind: "invitation", Agency: uuid.NullUUID{UUID: i.Agency, Valid: true}, Site: i.Site, To: i.Email, Words: c.words,
		Data: map[string]any{"agency": i.AgencyName, "name": c.actor.Name()},
		Link: strings.TrimSuffix(c.BaseURL.String(), "/") + invitationPath(token),
	})
}

func invitationPath(token string) string { return "/app/invitation?token=" + url.QueryEscape(token) }

func (c *call) invite(wish access.Invitation) (i access.Invitation, err error) {
	wish.Agency = c.agency()
	if err := c.limits.take(c.writer, c.request, invitationMail, wish.Agency.String()); err != nil {
		return i, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if !wish.Client.Valid && !wish.Site.Valid {
			if err := c.makeRoom(c.ctx, tx, wish.Agency, plan.Members, 1); err != nil {
				return err
			}
		}
		var token string
		if i, token, err = access.Invite(c.ctx, tx, c.actor, wish, c.Now()); err != nil {
			return err
		}
		e := c.entry("invitation.created", i.Email)
		e.Client, e.Site, e.After = i.Client, i.Site, i
		if err := audit.Write(c.ctx, tx, e); err != nil {
			return err
		}
		return c.sendInvitation(tx, i, token)
	})
	return i, err
}

func (c *call) resendInvitation() (i access.Invitation, err error) {
	id, err := c.named("invitation")
	if err != nil {
		return i, err
	}
	if err := c.limits.take(c.writer, c.request, invitationMail, c.agency().String()); err != nil {
		return i, err
	}
	err = c.DB.Tx(c.ctx, func(tx pgx.Tx) error {
		var token string
		if i, token, err = access.Resend(c.ctx, tx, c.actor, c.agency(), id, c.Now()); err != nil {
			return err
		}
		if err := audit.Write(c.ctx, tx, c.entry("invitation.resent", i.Email)); err != nil {
			return err
		}
		return c.sendInvitation(tx, i, token)
	})
	return i, err
}

func (c *call) revokeInvitation() (i access.Invitation, err error) {
	id, err := c.named("invitation")
	if err != nil {
		return i, err
	}
	err = c.DB.Tx(c.ctx, func(tx pgx.Tx) error {
		if i, err = access.Revoke(c.ctx, tx, c.agency(), id, c.Now()); err != nil {
			return err
		}
		return audit.Write(c.ctx, tx, c.entry("invitation.revoked", i.Email))
	})
	return i, err
}

// invitationsPage is GET /app/agency/invitations.
func invitationsPage(c *call) (answer, error) {
	f, view, err := invitations(c)
	if err != nil {
		return answer{}, err
	}
	return show(screen.RegisterListPage(f, view))
}

func invitations(c *call) (f screen.Frame, view screen.RegisterPage, err error) {
	list, err := access.ListInvitations(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return f, view, err
	}
	if f, err = c.frame(c.words.T("invitations.title"), c.teamCrumb()); err != nil {
		return f, view, err
	}
	view = screen.RegisterPage{Text: c.words.T("invitations.text"), Icon: "mail", Empty: c.words.T("invitations.empty")}
	view.Register = screen.Register{
		Title: f.Title, Empty: c.words.T("invitations.empty.text"), New: c.agencyURL("/invitations/new"), Label: c.words.T("invitations.new"),
		Heads: []string{c.words.T("team.email"), c.words.T("team.role"), c.words.T("team.about"), c.words.T("invitations.state"), c.words.T("invitations.until")},
	}
	for _, i := range list {
		state := i.State(c.Now())
		about := i.About
		if about == "" {
			about = c.words.T("team.whole")
		}
		tone := ui.Neutral
		if state == "accepted" {
			tone = ui.Success
		}
		row := screen.RegisterRow{Cells: []screen.RegisterCell{
			{Text: i.Email},
			{Text: c.roleName(access.Member{Role: i.Role, Custom: i.Custom, CustomName: i.CustomName, Client: i.Client, Site: i.Site})},
			{Text: about},
			{Badge: c.words.T("invitations.state." + state), Tone: tone},
			{At: i.ExpiresAt},
		}}
		if i.AcceptedAt == nil && i.RevokedAt == nil {
			here := "/invitations/" + i.ID.String()
			row.Acts = []screen.SheetAct{
				{Label: c.words.T("invitations.resend"), Action: c.agencyURL(here + "/resend")},
				{Label: c.words.T("invitations.revoke"), Action: c.agencyURL(here + "/revoke")},
			}
		}
		view.Register.Rows = append(view.Register.Rows, row)
	}
	return f, view, nil
}

// newInvitationPage is GET /app/agency/invitations/new.
func newInvitationPage(c *call) (answer, error) {
	f, sheet, err := c.invitationForm(url.Values{"role": {string(access.Editor)}})
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) invitationForm(typed url.Values) (screen.Frame, screen.Sheet, error) {
	sheet := screen.Sheet{
		Text: c.words.T("invitations.new.text"), Action: c.agencyURL("/invitations"), Submit: c.words.T("invitations.send"), Cancel: c.agencyURL("/invitations"),
	}
	f, err := c.frame(c.words.T("invitations.new"), c.teamCrumb(), screen.Crumb{Label: c.words.T("invitations.title"), URL: c.agencyURL("/invitations")})
	if err != nil {
		return f, sheet, err
	}
	custom, parsed := uuid.Parse(typed.Get("role"))
	roles, err := c.roleChoices(true, access.Role(typed.Get("role")), uuid.NullUUID{UUID: custom, Valid: parsed == nil})
	if err != nil {
		return f, sheet, err
	}
	clients, err := tenancy.ListClients(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return f, sheet, err
	}
	about := []ui.Choice{{Label: c.words.T("team.whole")}}
	for _, line := range clients {
		if line.ArchivedAt == nil {
			value := "client:" + line.ID.String()
			about = append(about, ui.Choice{Value: value, Label: line.Name, Selected: value == typed.Get("about")})
		}
	}
	sites, err := tenancy.ListSites(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return f, sheet, err
	}
	for _, s := range sites {
		value := "site:" + s.ID.String()
		about = append(about, ui.Choice{Value: value, Label: s.ClientName + " · " + s.Name, Selected: value == typed.Get("about")})
	}
	sheet.Sections = []screen.SheetSection{{Fields: []screen.SheetField{
		{Name: "email", Kind: "email", Label: c.words.T("team.email"), Value: typed.Get("email"), Required: true},
		{Name: "about", Kind: "select", Label: c.words.T("team.about"), Help: c.words.T("invitations.about.help"), Choices: about},
		{Name: "role", Kind: "select", Label: c.words.T("team.role"), Help: c.words.T("invitations.role.help"), Choices: roles},
	}}}
	return f, sheet, nil
}

// typedInvitation reads who is invited for what.
func typedInvitation(email, role, about string) access.Invitation {
	i := access.Invitation{Email: email, Role: access.Role(role)}
	if id, err := uuid.Parse(role); err == nil {
		i.Role, i.Custom = "custom", uuid.NullUUID{UUID: id, Valid: true}
	}
	of, text, _ := strings.Cut(about, ":")
	id := uuid.NullUUID{Valid: about != ""}
	id.UUID, _ = uuid.Parse(text) // what is none, no agency has
	if of == "site" {
		i.Site = id
	} else {
		i.Client = id
	}
	return i
}

// submitNewInvitation is POST /app/agency/invitations.
func submitNewInvitation(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	i, err := c.invite(typedInvitation(form.Get("email"), form.Get("role"), form.Get("about")))
	if err != nil {
		f, sheet, failed := c.invitationForm(form)
		if failed != nil {
			return answer{}, failed
		}
		return c.refusedBeyond(f, sheet, err)
	}
	c.flash("flash.invited", i.Email)
	return redirect(c.agencyURL("/invitations"))
}

// submitResend is POST /app/agency/invitations/{invitation}/resend.
func submitResend(c *call) (answer, error) {
	i, err := c.resendInvitation()
	if err != nil {
		return c.refusedRegister(invitations, err)
	}
	c.flash("flash.invited", i.Email)
	return redirect(c.agencyURL("/invitations"))
}

// submitRevoke is POST /app/agency/invitations/{invitation}/revoke.
func submitRevoke(c *call) (answer, error) {
	i, err := c.revokeInvitation()
	if err != nil {
		return c.refusedRegister(invitations, err)
	}
	c.flash("flash.invitation.revoked", i.Email)
	return redirect(c.agencyURL("/invitations"))
}

// invitationPage is GET /app/invitation: the link that was sent.
func invitationPage(c *call) (answer, error) {
	token := c.query().Get("token")
	i, a, err := c.openInvitation(token)
	if err != nil || a.status != 0 {
		return a, err
	}
	return c.showInvitation(http.StatusOK, i, url.Values{"token": {token}}, nil)
}

// openInvitation returns the invitation of a token, or the page that says why
// it cannot be accepted: 410 for one that is over, 403 for another's address.
func (c *call) openInvitation(token string) (access.Invitation, answer, error) {
	i, err := access.FindInvitation(c.ctx, c.DB.Pool(), token)
	if errs.KindOf(err) == errs.NotFound || err == nil && i.State(c.Now()) != "pending" {
		a, err := c.invitationOver()
		return i, a, err
	}
	if err == nil && c.account.Provider.Valid && c.account.Agency.UUID != i.Agency {
		a, err := c.door(http.StatusForbidden, screen.Door{
			Title: c.words.T("invitation.vouched.title"), Text: c.words.T("invitation.vouched.text"), Links: []screen.Link{{Label: c.words.T("me.back"), URL: "/app/me"}},
		})
		return i, a, err
	}
	if err == nil && c.token != "" && !strings.EqualFold(c.account.Email, i.Email) {
		a, err := c.notInvited()
		return i, a, err
	}
	return i, answer{}, err
}

func (c *call) invitationOver() (answer, error) {
	return c.door(http.StatusGone, screen.Door{
		Title: c.words.T("invitation.over.title"), Text: c.words.T("invitation.over.text"), Links: []screen.Link{{Label: c.words.T("door.signin"), URL: "/app"}},
	})
}

func (c *call) notInvited() (answer, error) {
	return c.door(http.StatusForbidden, screen.Door{
		Title: c.words.T("invitation.other.title"), Text: c.words.T("invitation.other.text", "address", c.account.Email),
		Links: []screen.Link{{Label: c.words.T("me.back"), URL: "/app/me"}},
	})
}

// showInvitation asks whoever is signed in to accept, whoever has an account to
// sign in, and others for a name and a password.
func (c *call) showInvitation(status int, i access.Invitation, form url.Values, refused *errs.Error) (answer, error) {
	token := form.Get("token")
	door := screen.Door{
		Title: c.words.T("invitation.title", "agency", i.AgencyName), Text: c.words.T("invitation.text", "address", i.Email), Error: c.refusedWords(refused),
		Action: "/app/invitation", Submit: c.words.T("invitation.accept"), Hidden: []screen.Hidden{{Name: "token", Value: token}},
	}
	if c.token != "" {
		return c.door(status, door)
	}
	_, err := account.FindByEmail(c.ctx, c.DB.Pool(), i.Email)
	switch {
	case err == nil:
		door.Text, door.Action = c.words.T("invitation.signin", "address", i.Email), ""
		door.Links = []screen.Link{{Label: c.words.T("door.signin"), URL: "/app/login?next=" + url.QueryEscape(invitationPath(token))}}
	case errs.KindOf(err) == errs.NotFound:
		door.Fields = []screen.DoorField{
			{Name: "name", Label: c.words.T("finish.name"), Value: form.Get("name"), Autocomplete: "name", Error: c.fieldWords(refused, "name")},
			c.newPasswordField(c.fieldWords(refused, "password")),
		}
	default:
		return answer{}, err
	}
	return c.door(status, door)
}

// submitInvitation is POST /app/invitation.
func submitInvitation(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	token := form.Get("token")
	i, a, err := c.openInvitation(token)
	if err != nil || a.status != 0 {
		return a, err
	}
	session := ""
	if c.token != "" {
		err = c.DB.Change(c.ctx, func(tx pgx.Tx) error { return c.accept(c.ctx, tx, token, c.account.Account) })
	} else {
		session, err = c.joinBy(i, token, form)
	}
	switch e := errs.Of(err); {
	case err == nil:
	case e != nil && e.Code == "invitation_over":
		return c.invitationOver()
	case e != nil && e.Code == "other_address":
		return c.notInvited()
	case e != nil && (e.Kind == errs.Invalid || e.Kind == errs.Conflict):
		return c.showInvitation(statuses[e.Kind], i, form, e)
	default:
		return answer{}, err
	}
	if session != "" {
		c.setSession(session, int(account.SessionLife.Seconds()))
	}
	return redirect("/app")
}

// joinBy makes the account of the invited address, and with it the membership.
// Whoever holds the token reads the mail of the address.
func (c *call) joinBy(i access.Invitation, token string, form url.Values) (string, error) {
	name := strings.TrimSpace(form.Get("name"))
	if name == "" || utf8.RuneCountInString(name) > 120 || printable(name) != name {
		return "", errs.BadFields(errs.Field{Path: "name", Code: "name_length", Message: "Use 1 to 120 characters."})
	}
	return c.Accounts.Join(c.ctx, i.Email, name, form.Get("password"), c.by(), func(ctx context.Context, tx pgx.Tx, a account.Account) error {
		return c.accept(ctx, tx, token, a)
	})
}

// accept makes the account a member, and notes it in the agency's log.
func (c *call) accept(ctx context.Context, tx pgx.Tx, token string, a account.Account) error {
	offered, err := access.FindInvitation(ctx, tx, token)
	if err == nil && !offered.Client.Valid && !offered.Site.Valid {
		// It was counted while it was open, so it takes no more room than it has.
		err = c.makeRoom(ctx, tx, offered.Agency, plan.Members, 0)
	}
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	i, err := access.Accept(ctx, tx, token, a.ID, a.Email, c.Now())
	if err != nil {
		return err
	}
	if err := c.tellOfJoining(ctx, tx, i, a.Name); err != nil {
		return err
	}
	return audit.Write(ctx, tx, audit.Entry{
		Agency: i.Agency, Client: i.Client, Site: i.Site, At: c.Now(), Actor: c.auditorOf(a),
		Action: "invitation.accepted", Subject: i.Email, Details: map[string]any{"role": i.Role},
	})
}
