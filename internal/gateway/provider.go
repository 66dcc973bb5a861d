package gateway

import (
	"context"
	"net/http"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/identity"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// What the identity provider of an agency means for the rest: whom a session
// that it vouches for is, and whom one is that it does not.

// withheld is a membership that a session does not act through, because its
// agency wants its provider to vouch for its people.
type withheld struct {
	access.Member
	by identity.Provider
}

// errVouched refuses to let somebody change an account whom an agency's provider
// vouches for: its owner may be anybody's.
var errVouched = refuse(http.StatusForbidden, "own_sign_in_required", "You are signed in by an organisation, which cannot change what belongs to your account.",
	"Sign out, and sign in as the account itself.")

// through returns the memberships that a session acts through: of one that a
// provider vouches for those in its agency; of another those that no agency
// withholds from it.
func (c *call) through(ctx context.Context, s account.Session) (members []access.Member, kept []withheld, err error) {
	all, err := access.ListMembers(ctx, c.DB.Pool(), s.ID)
	if err != nil {
		return nil, nil, err
	}
	if s.Provider.Valid {
		return slices.DeleteFunc(all, func(m access.Member) bool { return !s.Agency.Valid || m.Agency != s.Agency.UUID }), nil, nil
	}
	var asked []uuid.UUID
	for _, m := range all {
		if bound(m) && !slices.Contains(asked, m.Agency) {
			asked = append(asked, m.Agency)
		}
	}
	enforced, err := identity.ListEnforced(ctx, c.DB.Pool(), asked)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range all {
		at := slices.IndexFunc(enforced, func(p identity.Provider) bool { return p.Agency == m.Agency })
		if at < 0 || !bound(m) {
			members = append(members, m)
			continue
		}
		kept = append(kept, withheld{m, enforced[at]})
	}
	return members, kept, nil
}

// bound reports whether an agency may bind the membership to its provider: those
// of its own people, but for owners, who could else be locked out for ever by a
// provider that fails, and not those of its clients' people, whom it does not
// know.
func bound(m access.Member) bool { return m.Staff() && !m.Leads() }

// orWithheld is err, unless it is because of a membership that is withheld: then
// its provider is demanded.
func (c *call) orWithheld(err error, which func(access.Member) bool) error {
	at := slices.IndexFunc(c.withheld, func(w withheld) bool { return which(w.Member) })
	if at < 0 {
		return err
	}
	c.demanded = c.withheld[at].by.Address
	return refuse(http.StatusForbidden, "provider_required", "This agency asks its people to sign in by its provider.",
		"Sign in at /app/login/org/"+c.demanded+".")
}

// withheldProviders are those that are to vouch first, each once.
func (c *call) withheldProviders() []identity.Provider {
	var all []identity.Provider
	for _, w := range c.withheld {
		if !slices.ContainsFunc(all, func(p identity.Provider) bool { return p.ID == w.by.ID }) {
			all = append(all, w.by)
		}
	}
	return all
}

// noteIn writes into one agency's audit log what happened to an account.
func (c *call) noteIn(agency uuid.UUID) func(context.Context, pgx.Tx, account.Account, string) error {
	return func(ctx context.Context, tx pgx.Tx, a account.Account, action string) error {
		return audit.Write(ctx, tx, audit.Entry{Agency: agency, At: c.Now(), Actor: c.auditorOf(a), Action: action, Subject: a.Name + " <" + a.Email + ">"})
	}
}

// providerEntry is one line of the audit log about the agency's provider.
func (c *call) providerEntry(action string, p identity.Provider) audit.Entry {
	return c.entry(action, p.Issuer)
}

func (c *call) saveProvider(w identity.Wish) (change identity.Change, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if change, err = c.Providers.Save(c.ctx, tx, c.agency(), w); err != nil {
			return err
		}
		if change.Closes && change.Before.ID == change.After.ID {
			if err := account.EndProviderSessions(c.ctx, tx, change.After.ID, uuid.NullUUID{}); err != nil {
				return err
			}
		}
		e := c.providerEntry("provider.created", change.After)
		if change.Before != nil {
			e.Action, e.Before = "provider.updated", change.Before
		}
		e.After = change.After
		if change.Secret {
			e.Details = map[string]any{"secret": "changed"}
		}
		return audit.Write(c.ctx, tx, e)
	})
	return change, err
}

func (c *call) removeProvider() (p identity.Provider, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if p, err = identity.Remove(c.ctx, tx, c.agency()); err != nil {
			return err
		}
		e := c.providerEntry("provider.removed", p)
		e.Before = p
		return audit.Write(c.ctx, tx, e)
	})
	return p, err
}

func (c *call) proveDomains() (before, after identity.Provider, err error) {
	if before, err = identity.Find(c.ctx, c.DB.Pool(), c.agency()); err != nil {
		return before, after, err
	}
	proven := c.Providers.Prove(c.ctx, before)
	err = c.DB.Tx(c.ctx, func(tx pgx.Tx) error {
		if before, after, err = identity.SetProven(c.ctx, tx, c.agency(), proven); err != nil {
			return err
		}
		e := c.providerEntry("provider.proven", after)
		e.Before, e.After = before, after
		return audit.Write(c.ctx, tx, e)
	})
	return before, after, err
}

func (c *call) unlink(whom uuid.UUID) (link identity.Link, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		p, err := identity.Find(c.ctx, tx, c.agency())
		if err != nil {
			return err
		}
		if link, err = identity.Unlink(c.ctx, tx, p.ID, whom); err != nil {
			return err
		}
		if err := account.EndProviderSessions(c.ctx, tx, p.ID, uuid.NullUUID{UUID: whom, Valid: true}); err != nil {
			return err
		}
		return audit.Write(c.ctx, tx, c.entry("provider.unlinked", link.Name+" <"+link.Email+">"))
	})
	return link, err
}

// welcome opens the session of whom a provider vouches for. Nobody becomes an
// account or a member by it: somebody who is neither is errs.NotFound.
func (c *call) welcome(p identity.Provider, claim identity.Claim) (token string, err error) {
	old := c.cookie(sessionCookie)
	// As with passwords: nobody remembers a session that is new.
	write := c.DB.Tx
	if old != "" {
		write = c.DB.Change
	}
	err = write(c.ctx, func(tx pgx.Tx) error {
		if err := identity.Hold(c.ctx, tx, p, claim); err != nil {
			return err
		}
		a, known, err := c.whom(tx, p, claim)
		if err != nil {
			return err
		}
		if err := c.isMember(tx, a, p.Agency); err != nil {
			return err
		}
		if err := c.linkTo(tx, p, claim, a, known); err != nil {
			return err
		}
		by := c.by()
		by.Note = c.noteIn(p.Agency)
		token, err = c.Accounts.EnterByProvider(c.ctx, tx, a, p.ID, old, claim.ProvenAt, by)
		return err
	})
	return token, err
}

// whom is the account that the provider means: the one that it is linked to, or
// that has the address.
func (c *call) whom(tx pgx.Tx, p identity.Provider, claim identity.Claim) (a account.Account, known bool, err error) {
	id, err := identity.FindLinked(c.ctx, tx, p.ID, claim.Subject)
	if err == nil {
		a, err = account.Find(c.ctx, tx, id)
		return a, true, err
	}
	if errs.KindOf(err) != errs.NotFound {
		return a, false, err
	}
	a, err = account.FindByEmail(c.ctx, tx, claim.Email)
	return a, false, err
}

func (c *call) isMember(tx pgx.Tx, a account.Account, agency uuid.UUID) error {
	members, err := access.ListMembers(c.ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(members, func(m access.Member) bool { return m.Agency == agency }) {
		return errs.Missing()
	}
	return nil
}

// linkTo remembers whom the provider means by the subject, at the first time.
func (c *call) linkTo(tx pgx.Tx, p identity.Provider, claim identity.Claim, a account.Account, known bool) error {
	if known {
		return identity.Seen(c.ctx, tx, p.ID, claim.Subject, c.Now())
	}
	if err := identity.Join(c.ctx, tx, p.ID, claim.Subject, a.ID, c.Now()); err != nil {
		return err
	}
	return c.noteIn(p.Agency)(c.ctx, tx, a, "provider.linked")
}

// confirmBy marks the call's session as that of somebody who has just proven to
// the provider who they are.
func (c *call) confirmBy(p identity.Provider, claim identity.Claim) (token string, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if err := identity.Hold(c.ctx, tx, p, claim); err != nil {
			return err
		}
		whom, err := identity.FindLinked(c.ctx, tx, p.ID, claim.Subject)
		if err != nil {
			return err
		}
		if whom != c.account.ID {
			return errs.Missing()
		}
		by := c.by()
		by.Note = c.noteIn(p.Agency)
		token, err = c.Accounts.ConfirmByProvider(c.ctx, tx, c.account, by)
		return err
	})
	return token, err
}

// noteProviderRefusal notes in the agency's log that its provider's answer came
// to nothing, for its owner to see why.
func (c *call) noteProviderRefusal(p identity.Provider, claim identity.Claim, code string) {
	c.refusals.note(pending{Refusal: audit.Refusal{
		Agency: p.Agency, Actor: c.auditor(), Action: refusedProvider, Subject: clip(claim.Email), Details: map[string]string{"code": code}, At: c.Now(), LastAt: c.Now(), Times: 1,
	}}, claim.Subject != "")
}
