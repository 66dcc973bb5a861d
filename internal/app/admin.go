package app

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

type adminCommand struct {
	List   listAdminsCommand  `cmd:"" help:"List who administers the platform."`
	Add    addAdminCommand    `cmd:"" help:"Let an account administer the platform."`
	Remove removeAdminCommand `cmd:"" help:"Take that back, at once and in every process."`
}

type (
	listAdminsCommand struct{}
	addAdminCommand   struct {
		Email string `arg:"" help:"Address of the account."`
	}
	removeAdminCommand struct {
		Email string `arg:"" help:"Address of the account."`
	}
)

// Run prints who administers the platform.
func (*listAdminsCommand) Run(ctx context.Context, p *process) error {
	return p.withServices(ctx, func(s services) error {
		list, err := access.ListAdministrators(ctx, s.DB.Pool())
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ADDRESS\tNAME\tSINCE\tSECOND FACTOR\t")
		for _, a := range list {
			factor := "missing: may not act"
			if a.Factor {
				factor = "yes"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t\n", a.Email, a.Name, a.GrantedAt.Format(time.DateTime), factor)
		}
		return table.Flush()
	})
}

// change finds the account and changes what it may do.
func (p *process) changeAdmin(ctx context.Context, email string, change func(tx pgx.Tx, s services, a account.Account) error) error {
	return p.withServices(ctx, func(s services) error {
		return s.DB.Change(ctx, func(tx pgx.Tx) error {
			a, err := account.FindByEmail(ctx, tx, email)
			if errs.KindOf(err) == errs.NotFound {
				return fmt.Errorf("no account has the address %q", email)
			}
			if err != nil {
				return err
			}
			return change(tx, s, a)
		})
	})
}

// noteAdmin writes into the platform's own audit log who administers it.
func noteAdmin(ctx context.Context, tx pgx.Tx, s services, a account.Account, action string) error {
	return audit.Write(ctx, tx, audit.Entry{At: s.Now(), Actor: audit.System(), Action: action, Subject: a.Name + " <" + a.Email + ">"})
}

// Run lets an account administer the platform, once it has a second factor.
func (c *addAdminCommand) Run(ctx context.Context, p *process) error {
	return p.changeAdmin(ctx, c.Email, func(tx pgx.Tx, s services, a account.Account) error {
		if err := access.MakeAdministrator(ctx, tx, a.ID, s.Now()); err != nil {
			return err
		}
		if err := noteAdmin(ctx, tx, s, a, "administrator.added"); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%s administers the platform. Acting as such needs a second factor, which is set up under \"Your account\".\n", a.Email)
		return nil
	})
}

// Run takes it back.
func (c *removeAdminCommand) Run(ctx context.Context, p *process) error {
	return p.changeAdmin(ctx, c.Email, func(tx pgx.Tx, s services, a account.Account) error {
		if err := access.EndAdministrator(ctx, tx, a.ID, s.Now()); errs.KindOf(err) == errs.NotFound {
			return fmt.Errorf("%s does not administer the platform", a.Email)
		} else if err != nil {
			return err
		}
		if err := noteAdmin(ctx, tx, s, a, "administrator.removed"); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%s does not administer the platform any more.\n", a.Email)
		return nil
	})
}
