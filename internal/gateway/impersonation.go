package gateway

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// impersonationEntry is the line of the audit log that an impersonation begins
// or ends with. Like all between them it names both persons.
func impersonationEntry(i access.Impersonation, action, request, address string) audit.Entry {
	return audit.Entry{
		Agency: i.Agency, Action: action, Subject: i.Name + " <" + i.Email + ">",
		Details: map[string]any{"impersonation": i.ID, "reason": i.Reason, "until": i.ExpiresAt},
		Actor: audit.Actor{
			Kind: string(access.Person), ID: i.Account, Name: i.Name, Impersonator: i.Admin, ImpersonatorName: i.AdminName,
			RequestID: request, Address: address,
		},
	}
}

// impersonate lets the call's session act as a member of the agency that the
// path names.
func (c *call) impersonate(member uuid.UUID, reason string) (i access.Impersonation, err error) {
	agency, err := c.named("tenant")
	if err != nil {
		return i, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if i, err = access.Impersonate(c.ctx, tx, c.actor, c.account.Session, agency, member, reason, c.Now()); err != nil {
			return err
		}
		e := impersonationEntry(i, "impersonation.begun", c.requestID, c.address(c.request))
		e.At = c.Now()
		return audit.Write(c.ctx, tx, e)
	})
	return i, err
}

// endImpersonation makes the call's session act in person again, if it does not.
func (c *call) endImpersonation() error {
	if c.impersonation == nil {
		return nil
	}
	err := c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if err := access.EndImpersonation(c.ctx, tx, c.impersonation.ID, c.Now()); err != nil {
			return err
		}
		e := impersonationEntry(*c.impersonation, "impersonation.ended", c.requestID, c.address(c.request))
		e.At = c.Now()
		return audit.Write(c.ctx, tx, e)
	})
	if errs.KindOf(err) == errs.NotFound {
		return nil // another window was faster
	}
	return err
}

// EndOverdueImpersonations ends those whose time is over or whose session has
// ended, and returns how many.
func EndOverdueImpersonations(ctx context.Context, db *pg.DB, now time.Time) (int, error) {
	list, err := access.OverdueImpersonations(ctx, db.Pool(), now)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	ended := 0
	err = db.Change(ctx, func(tx pgx.Tx) error {
		for _, i := range list {
			if err := access.EndImpersonation(ctx, tx, i.ID, now); errs.KindOf(err) == errs.NotFound {
				continue // by itself meanwhile
			} else if err != nil {
				return err
			}
			e := impersonationEntry(i, "impersonation.ended", "", "")
			e.At = now
			if err := audit.Write(ctx, tx, e); err != nil {
				return err
			}
			ended++
		}
		return nil
	})
	return ended, err
}

// minutesLeft is a time in whole minutes, the begun one counted.
func minutesLeft(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }

// impersonatePage is GET /app/platform/agencies/{tenant}/impersonate: asks for
// the reason.
func impersonatePage(c *call) (answer, error) {
	t, err := c.namedTenant()
	if err != nil {
		return answer{}, err
	}
	m, ok, err := c.askedMember(t)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return redirect(tenantsURL + "/" + t.ID.String())
	}
	f, sheet, err := c.impersonationForm(t, m, "")
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

// askedMember is the member that ?member= names; false for none.
func (c *call) askedMember(t tenancy.Tenant) (access.Teammate, bool, error) {
	id, err := uuid.Parse(c.query().Get("member"))
	if err != nil {
		return access.Teammate{}, false, nil
	}
	m, err := access.FindTeammate(c.ctx, c.DB.Pool(), t.ID, id)
	return m, err == nil, err
}

func (c *call) impersonationForm(t tenancy.Tenant, m access.Teammate, typed string) (screen.Frame, screen.Sheet, error) {
	here := tenantsURL + "/" + t.ID.String()
	f, err := c.frame(c.words.T("impersonate.title", "name", m.Name),
		screen.Crumb{Label: c.words.T("tenants.title"), URL: tenantsURL}, screen.Crumb{Label: t.Name, URL: here})
	return f, screen.Sheet{
		Text:   c.words.T("impersonate.text", "minutes", int(access.ImpersonationLife.Minutes())),
		Action: here + "/impersonate?member=" + m.ID.String(), Submit: c.words.T("impersonate.begin"), Cancel: here,
		Sections: []screen.SheetSection{{Fields: []screen.SheetField{
			{Name: "reason", Kind: "area", Label: c.words.T("tenants.reason"), Help: c.words.T("impersonate.reason.help"), Value: typed, Required: true},
		}}},
	}, err
}

// submitImpersonation is POST /app/platform/agencies/{tenant}/impersonate.
func submitImpersonation(c *call) (answer, error) {
	t, err := c.namedTenant()
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	m, ok, err := c.askedMember(t)
	if err == nil && !ok {
		err = errs.New(errs.Invalid, "unknown", "Choose one that exists.")
	}
	if err != nil {
		return answer{}, err
	}
	if _, err := c.impersonate(m.ID, form.Get("reason")); err != nil {
		f, sheet, failed := c.impersonationForm(t, m, form.Get("reason"))
		if failed != nil {
			return answer{}, failed
		}
		return c.refused(f, sheet, err)
	}
	return redirect("/app")
}

// submitImpersonationEnd is POST /app/impersonation/stop.
func submitImpersonationEnd(c *call) (answer, error) {
	if c.impersonation == nil {
		return redirect("/app")
	}
	to := tenantsURL + "/" + c.impersonation.Agency.String()
	if err := c.endImpersonation(); err != nil {
		return answer{}, err
	}
	return redirect(to)
}
