package gateway

import (
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/notify"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
)

// What those do who administer the platform.

// errFactor is how an administrator without a second factor is refused.
var errFactor = refuse(http.StatusForbidden, "factor_required", "Whoever administers the platform needs a second factor.", "Set one up under your account.")

// permitOnPlatform asks for a permission on the platform itself. It takes an
// account with a second factor.
func (c *call) permitOnPlatform() error {
	switch {
	case !c.actor.Known():
		return errNoCredential
	case !c.actor.CanOnPlatform(c.route.permission):
		return denied()
	case !c.factor:
		return errFactor
	}
	return nil
}

// tenantEntry is a line of the audit log of an agency about what an
// administrator of the platform did to it.
func (c *call) tenantEntry(t tenancy.Tenant, action string) audit.Entry {
	return audit.Entry{Agency: t.ID, At: c.Now(), Actor: c.auditor(), Action: action, Subject: t.Name}
}

// suspendTenant puts the agency that the path names out of service and writes to
// its owners why.
func (c *call) suspendTenant(reason string) (t tenancy.Tenant, err error) {
	id, err := c.named("tenant")
	if err != nil {
		return t, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if t, err = tenancy.Suspend(c.ctx, tx, id, reason, c.Now()); err != nil {
			return err
		}
		e := c.tenantEntry(t, "agency.suspended")
		e.Details = map[string]string{"reason": t.Reason}
		if err := audit.Write(c.ctx, tx, e); err != nil {
			return err
		}
		if err := c.tellOfService(tx, t, notify.AgencySuspended); err != nil {
			return err
		}
		return c.writeOwners(tx, t, "agency_suspended")
	})
	return t, err
}

// resumeTenant puts the agency that the path names back into service.
func (c *call) resumeTenant() (t tenancy.Tenant, err error) {
	id, err := c.named("tenant")
	if err != nil {
		return t, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if t, err = tenancy.Resume(c.ctx, tx, id); err != nil {
			return err
		}
		if err := audit.Write(c.ctx, tx, c.tenantEntry(t, "agency.resumed")); err != nil {
			return err
		}
		if err := c.tellOfService(tx, t, notify.AgencyResumed); err != nil {
			return err
		}
		return c.writeOwners(tx, t, "agency_resumed")
	})
	return t, err
}

// writeOwners writes to the owners of an agency in the platform's own name: what
// is written in the agency's waits while it is suspended.
func (c *call) writeOwners(tx pgx.Tx, t tenancy.Tenant, kind string) error {
	owners, err := access.ListOwners(c.ctx, tx, t.ID)
	if err != nil {
		return err
	}
	words := c.catalogue.Printer(c.catalogue.Match(t.Locale), nil)
	for _, o := range owners {
		err := c.Mail.Send(c.ctx, tx, mail.Message{
			Kind: kind, To: o.Email, Words: words, Data: map[string]any{"agency": t.Name, "reason": t.Reason},
			Link: strings.TrimSuffix(c.BaseURL.String(), "/") + "/app",
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// namedTenant is the agency that the path names.
func (c *call) namedTenant() (tenancy.Tenant, error) {
	id, err := c.named("tenant")
	if err != nil {
		return tenancy.Tenant{}, err
	}
	return tenancy.FindTenant(c.ctx, c.DB.Pool(), id)
}
