package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Member is an account in an agency, in one of its clients, or on one site.
type Member struct {
	ID      uuid.UUID     `db:"id"`
	Agency  uuid.UUID     `db:"agency_id"`
	Client  uuid.NullUUID `db:"client_id"` // valid: only this client's sites
	Site    uuid.NullUUID `db:"site_id"`   // valid: only this site
	Account uuid.UUID     `db:"account_id"`
	Role    Role          `db:"role"`
}

// Place is a site in the tenant tree, as far as memberships ask.
type Place struct {
	Agency, Client, Site uuid.UUID
}

// Covers reports whether the membership reaches the site.
func (m Member) Covers(p Place) bool {
	switch {
	case m.Agency != p.Agency:
		return false
	case m.Site.Valid:
		return m.Site.UUID == p.Site
	case m.Client.Valid:
		return m.Client.UUID == p.Client
	}
	return true
}

// wholeAgency reports whether the membership is of the agency itself.
func (m Member) wholeAgency() bool { return !m.Client.Valid && !m.Site.Valid }

// may reports whether the membership gives the permission where it reaches.
func (m Member) may(p Permission) bool {
	if agencyOnly[p] && !m.wholeAgency() {
		return false
	}
	return slices.Contains(rolePermissions[m.Role], p)
}

// audience is how manifests name who holds a module's role. Owners and admins
// of the agency hold every grant and have no audience of their own.
func (m Member) audience() string {
	if m.wholeAgency() {
		switch m.Role {
		case Owner, Admin:
			return "agency_admin"
		case Editor:
			return "agency_member"
		}
		return "agency_viewer"
	}
	switch m.Role {
	case Owner, Admin:
		return "client_owner"
	case Editor:
		return "client_staff"
	}
	return "agency_viewer"
}

// ListMembers returns every membership of an account.
func ListMembers(ctx context.Context, q pg.Querier, account uuid.UUID) ([]Member, error) {
	return pg.All[Member](ctx, q, `
		select id, agency_id, client_id, site_id, account_id, role from platform.member
		where account_id = $1 order by id`, account)
}

// CreateMember adds an account to an agency, client or site.
func CreateMember(ctx context.Context, tx pgx.Tx, m Member) error {
	_, err := tx.Exec(ctx, `
		insert into platform.member (id, agency_id, client_id, site_id, account_id, role)
		values ($1, $2, $3, $4, $5, $6)`, m.ID, m.Agency, m.Client, m.Site, m.Account, m.Role)
	if err != nil {
		return fmt.Errorf("create member: %w", pg.Translate(err))
	}
	return nil
}

// Colleague is somebody who works on a site.
type Colleague struct {
	Account uuid.UUID `db:"account_id"`
	Name    string    `db:"name"`
}

// maxColleagues bounds whom a choice of members offers.
const maxColleagues = 500

// ListColleagues returns who has anything to do with the site, by name.
func ListColleagues(ctx context.Context, q pg.Querier, p Place) ([]Colleague, error) {
	return pg.All[Colleague](ctx, q, `
		select a.id as account_id, a.name from platform.account a
		where exists (select from platform.member m where m.account_id = a.id and m.agency_id = $1
			and (m.client_id is null or m.client_id = $2) and (m.site_id is null or m.site_id = $3))
		order by a.name, a.id limit $4`, p.Agency, p.Client, p.Site, maxColleagues)
}
