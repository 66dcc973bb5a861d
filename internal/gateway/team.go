package gateway

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
)

// What screens and the API do alike with members and roles.

// teammate is the agency's member that the path names.
func (c *call) teammate() (access.Teammate, error) {
	id, err := c.named("member")
	if err != nil {
		return access.Teammate{}, err
	}
	return access.FindTeammate(c.ctx, c.DB.Pool(), c.agency(), id)
}

func (c *call) appoint(to access.Assignment) (after access.Teammate, err error) {
	id, err := c.named("member")
	if err != nil {
		return after, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		var before access.Teammate
		if before, after, err = access.UpdateMember(c.ctx, tx, c.actor, c.agency(), id, to); err != nil {
			return err
		}
		e := c.entry("member.updated", after.Name)
		e.Client, e.Site, e.Before, e.After = after.Client, after.Site, before.Assignment(), after.Assignment()
		return audit.Write(c.ctx, tx, e)
	})
	return after, err
}

func (c *call) removeMember() (m access.Teammate, err error) {
	id, err := c.named("member")
	if err != nil {
		return m, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if m, err = access.RemoveMember(c.ctx, tx, c.actor, c.agency(), id); err != nil {
			return err
		}
		e := c.entry("member.removed", m.Name)
		e.Client, e.Site, e.Before = m.Client, m.Site, m.Assignment()
		return audit.Write(c.ctx, tx, e)
	})
	return m, err
}

// role is the agency's own role that the path names.
func (c *call) role() (access.CustomRole, error) {
	id, err := c.named("role")
	if err != nil {
		return access.CustomRole{}, err
	}
	return access.FindRole(c.ctx, c.DB.Pool(), c.agency(), id)
}

func (c *call) addRole(role access.CustomRole) (access.CustomRole, error) {
	role.ID, role.Agency = uuid.Must(uuid.NewV7()), c.agency()
	err := c.DB.Change(c.ctx, func(tx pgx.Tx) (err error) {
		if role, err = access.CreateRole(c.ctx, tx, c.actor, role, c.Now()); err != nil {
			return err
		}
		e := c.entry("role.created", role.Name)
		e.After = role
		return audit.Write(c.ctx, tx, e)
	})
	return role, err
}

func (c *call) updateRole(change func(*access.CustomRole)) (after access.CustomRole, err error) {
	id, err := c.named("role")
	if err != nil {
		return after, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		var before access.CustomRole
		if before, after, err = access.UpdateRole(c.ctx, tx, c.actor, c.agency(), id, change); err != nil {
			return err
		}
		e := c.entry("role.updated", after.Name)
		e.Before, e.After = before, after
		return audit.Write(c.ctx, tx, e)
	})
	return after, err
}

func (c *call) deleteRole() (role access.CustomRole, err error) {
	id, err := c.named("role")
	if err != nil {
		return role, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if role, err = access.DeleteRole(c.ctx, tx, c.actor, c.agency(), id); err != nil {
			return err
		}
		e := c.entry("role.deleted", role.Name)
		e.Before = role
		return audit.Write(c.ctx, tx, e)
	})
	return role, err
}
