package gateway

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// What screens and the API do alike with the rules of clients.

// ruledSite reads which site of a client a rule is about; empty is all.
func ruledSite(text string) (uuid.NullUUID, error) {
	if text == "" {
		return uuid.NullUUID{}, nil
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.NullUUID{}, errs.BadFields(errs.Field{Path: "site", Code: "reference_missing", Message: "Choose a site of the client."})
	}
	return just(id), nil
}

func (c *call) setClientRule(client tenancy.Client, to access.ClientRule) (after access.ClientRule, err error) {
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		var before access.ClientRule
		if before, after, err = access.SetClientRule(c.ctx, tx, c.actor, c.agency(), client.ID, to); err != nil {
			return err
		}
		e := c.entry("client.rule_changed", client.Name)
		e.Client, e.Site, e.Before, e.After = just(client.ID), to.Site, before, after
		return audit.Write(c.ctx, tx, e)
	})
	return after, err
}
