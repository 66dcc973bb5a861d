package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Member is an account in an agency, in one of its clients, or on one site. It
// has one of the fixed roles or one that the agency made.
type Member struct {
	ID      uuid.UUID     `db:"id"`
	Agency  uuid.UUID     `db:"agency_id"`
	Client  uuid.NullUUID `db:"client_id"` // valid: only this client's sites
	Site    uuid.NullUUID `db:"site_id"`   // valid: only this site
	Account uuid.UUID     `db:"account_id"`
	Role    Role          `db:"role"`
	// Custom is the agency's own role; not valid: Role holds.
	Custom      uuid.NullUUID `db:"role_id"`
	CustomName  string        `db:"role_name"`
	Permissions []string      `db:"permissions"` // of the agency's own role
	// Allow and Deny are the member's own additions and exceptions, keys as in
	// Permissions; what is denied is not allowed by anything.
	Allow []string `db:"allow"`
	Deny  []string `db:"deny"`
	// Limited narrows the membership to the sites that are assigned to it.
	Limited bool        `db:"limited"`
	Sites   []uuid.UUID `db:"sites"`
	// Rules are those of the client whose people it is about; see Ruled.
	Rules  []ClientRule `db:"rules"`
	ruling ruling
	// Suspended is whether the agency is: then the membership gives nothing.
	Suspended bool `db:"suspended"`
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
	case m.Limited && !slices.Contains(m.Sites, p.Site):
		return false
	case m.Site.Valid:
		return m.Site.UUID == p.Site
	case m.Client.Valid:
		return m.Client.UUID == p.Client
	}
	return true
}

// staff reports whether the membership is of the agency itself.
func (m Member) staff() bool { return !m.Client.Valid && !m.Site.Valid }

// Leads reports whether the member is an owner of the agency itself.
func (m Member) Leads() bool { return m.staff() && m.Role == Owner && !m.Custom.Valid }

// Staff reports whether the membership is of the agency itself, not of a client
// or a site.
func (m Member) Staff() bool { return m.staff() }

// wholeAgency reports whether the membership is of all that the agency has.
func (m Member) wholeAgency() bool { return m.staff() && !m.Limited }

// Reason says why somebody may do something, or may not.
type Reason string

// The reasons, for people below "reason." in the message catalogue.
const (
	// Nothing gives it.
	Nothing Reason = "nothing"
	// ByRole is a fixed role.
	ByRole Reason = "role"
	// ByCustomRole is a role that the agency made.
	ByCustomRole Reason = "custom_role"
	// ByExtra was given to this member beside its role.
	ByExtra Reason = "allowed"
	// ByException was taken from this member, whatever its role says.
	ByException Reason = "denied"
	// ByRule is what the client's rules allow its people.
	ByRule Reason = "rule"
	// ByRuleDenied is what the client's rules allow none of its people.
	ByRuleDenied Reason = "rule_denied"
	// BySuspension: the agency is suspended.
	BySuspension Reason = "suspended"
	// ByKey is a grant of an API key.
	ByKey Reason = "key"
	// Elsewhere: the membership does not reach the place.
	Elsewhere Reason = "elsewhere"
)

// Grants reports whether the reason is one to let somebody do it.
func (r Reason) Grants() bool {
	return r == ByRole || r == ByCustomRole || r == ByExtra || r == ByRule || r == ByKey
}

// Why says why the membership gives the permission where it reaches, or why not.
func (m Member) Why(p Permission) Reason {
	d, known := declaration(p)
	if !known || d.Staff && !m.staff() {
		return Nothing
	}
	key := string(p)
	switch {
	case m.Suspended:
		return BySuspension
	case anyMatches(m.Deny, key):
		return ByException
	case anyMatches(m.ruling.deny, key):
		return ByRuleDenied
	case anyMatches(m.Allow, key):
		return ByExtra
	case m.Custom.Valid && anyMatches(m.Permissions, key):
		return ByCustomRole
	case !m.Custom.Valid && slices.Contains(d.Roles, m.Role):
		return ByRole
	case anyMatches(m.ruling.allow, key):
		return ByRule
	}
	return Nothing
}

// may reports whether the membership gives the permission where it reaches.
func (m Member) may(p Permission) bool { return m.Why(p).Grants() }

// audience is how manifests name who holds a module's role. Owners and admins
// of the agency hold every grant and have no audience of their own; holders of
// an agency's own role hold what it names.
func (m Member) audience() string {
	if m.Custom.Valid {
		return ""
	}
	if m.staff() {
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

// grants is what the membership gives with a module's records where it reaches.
func (m Member) grants(of *manifest.Manifest) Grants {
	var g Grants
	if m.Suspended {
		return g
	}
	switch audience := m.audience(); {
	case m.Custom.Valid:
		g = keyGrants(of, m.Permissions)
	case audience == "agency_admin":
		g = Everything()
	default:
		g = roleGrants(of, func(r manifest.Role) bool { return slices.Contains(r.For, audience) })
	}
	if len(m.Allow)+len(m.ruling.allow) > 0 {
		g = g.with(keyGrants(of, slices.Concat(m.Allow, m.ruling.allow)))
	}
	if len(m.Deny)+len(m.ruling.deny) > 0 {
		g = g.without(keyGrants(of, slices.Concat(m.Deny, m.ruling.deny)))
	}
	return g
}

const memberColumns = `m.id, m.agency_id, m.client_id, m.site_id, m.account_id, m.role, m.role_id, coalesce(r.name, '') role_name,
	coalesce(r.permissions, '{}') permissions, m.allow, m.deny, m.limited,
	array(select s.site_id from platform.member_site s where s.member_id = m.id order by s.site_id) sites,
	case when m.client_id is not null or m.site_id is not null then coalesce((
		select jsonb_agg(jsonb_build_object('site', x.site_id, 'allow', x.allow, 'deny', x.deny)) from platform.client_rule x
		where x.client_id = coalesce(m.client_id, (select s.client_id from platform.site s where s.id = m.site_id))
	), '[]') else '[]' end rules, g.suspended_at is not null suspended`

const memberTables = `platform.member m join platform.agency g on g.id = m.agency_id left join platform.role r on r.id = m.role_id`

// ListMembers returns every membership of an account.
func ListMembers(ctx context.Context, q pg.Querier, account uuid.UUID) ([]Member, error) {
	return pg.All[Member](ctx, q, `select `+memberColumns+` from `+memberTables+` where m.account_id = $1 order by m.id`, account)
}

// CreateMember adds an account to an agency, client or site.
func CreateMember(ctx context.Context, tx pgx.Tx, m Member) error {
	_, err := tx.Exec(ctx, `
		insert into platform.member (id, agency_id, client_id, site_id, account_id, role, role_id, limited)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, m.ID, m.Agency, m.Client, m.Site, m.Account, m.Role, m.Custom, m.Limited)
	if err != nil {
		return fmt.Errorf("create member: %w", pg.Translate(err))
	}
	return assign(ctx, tx, m.Agency, m.ID, m.Sites)
}

// assign replaces the sites that are assigned to a member; sites of others than
// its agency are left out by the foreign key.
func assign(ctx context.Context, tx pgx.Tx, agency, member uuid.UUID, sites []uuid.UUID) error {
	if _, err := tx.Exec(ctx, `delete from platform.member_site where member_id = $1`, member); err != nil {
		return fmt.Errorf("assign sites: %w", pg.Translate(err))
	}
	if len(sites) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into platform.member_site (agency_id, member_id, site_id) select $1, $2, unnest($3::uuid[])`, agency, member, sites)
	if err != nil {
		return fmt.Errorf("assign sites: %w", pg.Translate(err))
	}
	return nil
}

// Holders returns the accounts that hold a permission on any of the sites of an agency.
func Holders(ctx context.Context, q pg.Querier, agency uuid.UUID, p Permission, places ...Place) ([]uuid.UUID, error) {
	return holders(ctx, q, agency, func(m Member) bool {
		return m.may(p) && slices.ContainsFunc(places, m.Covers)
	})
}

// HoldersInAgency returns the accounts that hold a permission on the agency itself.
func HoldersInAgency(ctx context.Context, q pg.Querier, agency uuid.UUID, p Permission) ([]uuid.UUID, error) {
	return holders(ctx, q, agency, func(m Member) bool { return m.may(p) && m.wholeAgency() })
}

func holders(ctx context.Context, q pg.Querier, agency uuid.UUID, holds func(Member) bool) ([]uuid.UUID, error) {
	members, err := pg.All[Member](ctx, q, `select `+memberColumns+` from `+memberTables+` where m.agency_id = $1 order by m.id limit 5000`, agency)
	var accounts []uuid.UUID
	for _, m := range members {
		if holds(m) && !slices.Contains(accounts, m.Account) {
			accounts = append(accounts, m.Account)
		}
	}
	return accounts, err
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
			and (m.client_id is null or m.client_id = $2) and (m.site_id is null or m.site_id = $3)
			and (not m.limited or exists (select from platform.member_site s where s.member_id = m.id and s.site_id = $3)))
		order by a.name, a.id limit $4`, p.Agency, p.Client, p.Site, maxColleagues)
}
