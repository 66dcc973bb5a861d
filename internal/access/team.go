package access

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Teammate is a member with the account and the place that it is about.
type Teammate struct {
	Member
	Name       string `db:"name"`
	Email      string `db:"email"`
	ClientName string `db:"client_name"` // of a client's people
	SiteName   string `db:"site_name"`   // of a site's people
}

const teamQuery = `select ` + memberColumns + `, a.name, a.email, coalesce(c.name, '') client_name, coalesce(s.name, '') site_name
	from ` + memberTables + `
	join platform.account a on a.id = m.account_id
	left join platform.client c on c.id = m.client_id
	left join platform.site s on s.id = m.site_id
	where m.agency_id = $1`

// ListTeam returns everybody who belongs to the agency, its clients or its
// sites, the agency's own people first, at most 1,000.
func ListTeam(ctx context.Context, q pg.Querier, agency uuid.UUID) ([]Teammate, error) {
	return pg.All[Teammate](ctx, q, teamQuery+` order by m.client_id is not null or m.site_id is not null, c.name, s.name, a.name, m.id limit 1000`, agency)
}

// ListOwners returns the owners of an agency, by name.
func ListOwners(ctx context.Context, q pg.Querier, agency uuid.UUID) ([]Teammate, error) {
	return pg.All[Teammate](ctx, q, teamQuery+` and m.role = 'owner' and m.client_id is null and m.site_id is null order by a.name, m.id limit 100`, agency)
}

// FindTeammate returns one of them.
func FindTeammate(ctx context.Context, q pg.Querier, agency, id uuid.UUID) (Teammate, error) {
	return pg.One[Teammate](ctx, q, teamQuery+` and m.id = $2`, agency, id)
}

// Assignment is what a member is: a fixed role or one of the agency's own, with
// additions, exceptions, and the sites it is limited to.
type Assignment struct {
	Role    Role          `json:"role"`
	Custom  uuid.NullUUID `json:"role_id"`
	Allow   []string      `json:"allow"`
	Deny    []string      `json:"deny"`
	Limited bool          `json:"limited"`
	Sites   []uuid.UUID   `json:"sites"`
}

// Assignment is what the member is now.
func (m Member) Assignment() Assignment {
	return Assignment{Role: m.Role, Custom: m.Custom, Allow: m.Allow, Deny: m.Deny, Limited: m.Limited, Sites: m.Sites}
}

func oneField(path, code, message string) error {
	return errs.BadFields(errs.Field{Path: path, Code: code, Message: message})
}

// Appoint returns the membership as it is with the assignment, checked against
// the rules and the roles of its agency.
func Appoint(ctx context.Context, q pg.Querier, m Member, to Assignment) (Member, error) {
	var err error
	m.Role, m.Custom, m.CustomName, m.Permissions = to.Role, to.Custom, "", nil
	if to.Custom.Valid {
		role, err := FindRole(ctx, q, m.Agency, to.Custom.UUID)
		if errs.KindOf(err) == errs.NotFound {
			return m, oneField("role", "option", "Choose one of the roles.")
		}
		if err != nil {
			return m, err
		}
		m.Role, m.CustomName, m.Permissions = "custom", role.Name, role.Permissions
	} else if !slices.Contains(Roles(), to.Role) {
		return m, oneField("role", "option", "Choose one of the roles.")
	}
	if !m.staff() && to.Role != Owner && to.Role != Editor && !to.Custom.Valid {
		return m, oneField("role", "option", "People of a client are its owner or its staff.")
	}
	if m.Allow, err = CheckKeys("allow", to.Allow); err != nil {
		return m, err
	}
	if m.Deny, err = CheckKeys("deny", to.Deny); err != nil {
		return m, err
	}
	m.Limited, m.Sites = to.Limited, []uuid.UUID{}
	if !m.Limited {
		return m, nil
	}
	if !m.staff() || !to.Custom.Valid && to.Role != Editor && to.Role != Viewer {
		return m, oneField("sites", "not_limited", "Only members and viewers of the agency can be limited to sites.")
	}
	m.Sites = slices.Compact(slices.SortedFunc(slices.Values(to.Sites), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }))
	var known int
	if err := q.QueryRow(ctx, `select count(*) from platform.site where agency_id = $1 and id = any($2)`, m.Agency, m.Sites).Scan(&known); err != nil {
		return m, pg.Translate(err)
	}
	if known != len(m.Sites) {
		return m, oneField("sites", "reference_missing", "Choose sites of the agency.")
	}
	return m, nil
}

// errAbove is how one who is above stays out of reach.
func errAbove() error {
	return errs.New(errs.Denied, "beyond_own", "This member has more than you have.").WithHint("Somebody who has at least as much can do it.")
}

// May refuses to let the actor give the membership to somebody.
func (a Actor) May(m Member) error {
	if a.Above(m) {
		return errs.New(errs.Denied, "beyond_own", "You cannot give to others what you do not have.")
	}
	return nil
}

// UpdateMember gives a member another assignment. The actor holds all that the
// member had and gets; the agency keeps an owner.
func UpdateMember(ctx context.Context, tx pgx.Tx, by Actor, agency, id uuid.UUID, to Assignment) (before, after Teammate, err error) {
	if err = lockRoles(ctx, tx, agency); err != nil {
		return before, after, err
	}
	if before, err = FindTeammate(ctx, tx, agency, id); err != nil {
		return before, after, err
	}
	after = before
	if after.Member, err = Appoint(ctx, tx, before.Member, to); err != nil {
		return before, after, err
	}
	if by.Above(before.Member) {
		return before, after, errAbove()
	}
	if err = by.May(after.Member); err != nil {
		return before, after, err
	}
	m := after.Member
	_, err = tx.Exec(ctx, `update platform.member set role = $3, role_id = $4, allow = $5, deny = $6, limited = $7 where agency_id = $1 and id = $2`,
		agency, id, m.Role, m.Custom, m.Allow, m.Deny, m.Limited)
	if err != nil {
		return before, after, pg.Translate(err)
	}
	if err = assign(ctx, tx, agency, id, m.Sites); err != nil {
		return before, after, err
	}
	return before, after, keepOwner(ctx, tx, before.Member)
}

// RemoveMember ends a membership. Nobody removes who has more, and the agency
// keeps an owner.
func RemoveMember(ctx context.Context, tx pgx.Tx, by Actor, agency, id uuid.UUID) (Teammate, error) {
	if err := lockRoles(ctx, tx, agency); err != nil {
		return Teammate{}, err
	}
	m, err := FindTeammate(ctx, tx, agency, id)
	if err != nil {
		return m, err
	}
	if by.Above(m.Member) {
		return m, errAbove()
	}
	if _, err := tx.Exec(ctx, `delete from platform.member where agency_id = $1 and id = $2`, agency, id); err != nil {
		return m, pg.Translate(err)
	}
	return m, keepOwner(ctx, tx, m.Member)
}

// keepOwner refuses, after the change of one who was an owner of the agency, to
// leave it without any: the transaction is then rolled back. The agency is
// locked, so two at once do not both believe in the other's.
func keepOwner(ctx context.Context, tx pgx.Tx, was Member) error {
	if !was.staff() || was.Role != Owner {
		return nil
	}
	var left bool
	err := tx.QueryRow(ctx, `select exists (select from platform.member
		where agency_id = $1 and role = 'owner' and client_id is null and site_id is null and deny = '{}')`, was.Agency).Scan(&left)
	if err != nil {
		return pg.Translate(err)
	}
	if !left {
		return errs.New(errs.Conflict, "last_owner", "An agency keeps at least one owner.").WithHint("Make somebody else an owner first.")
	}
	return nil
}
