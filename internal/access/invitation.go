package access

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// InvitationLife is how long an invitation can be accepted.
const InvitationLife = 7 * 24 * time.Hour

// maxInvitations is how many invitations of an agency may be open at once.
const maxInvitations = 200

// Invitation asks whoever reads mail at an address to become a member.
type Invitation struct {
	ID         uuid.UUID     `db:"id" json:"-"`
	Agency     uuid.UUID     `db:"agency_id" json:"-"`
	AgencyName string        `db:"agency_name" json:"-"`
	Client     uuid.NullUUID `db:"client_id" json:"client"`
	Site       uuid.NullUUID `db:"site_id" json:"site"`
	About      string        `db:"about" json:"-"`     // name of the client or site; empty: the agency
	Email      string        `db:"email" json:"email"` // lower case
	Role       Role          `db:"role" json:"role"`
	Custom     uuid.NullUUID `db:"role_id" json:"role_id"`
	CustomName string        `db:"role_name" json:"-"`
	InvitedBy  uuid.UUID     `db:"invited_by" json:"-"`
	CreatedAt  time.Time     `db:"created_at" json:"-"`
	ExpiresAt  time.Time     `db:"expires_at" json:"-"`
	AcceptedAt *time.Time    `db:"accepted_at" json:"-"`
	RevokedAt  *time.Time    `db:"revoked_at" json:"-"`
}

// State is "pending", "accepted", "revoked" or "expired".
func (i Invitation) State(now time.Time) string {
	switch {
	case i.AcceptedAt != nil:
		return "accepted"
	case i.RevokedAt != nil:
		return "revoked"
	case !now.Before(i.ExpiresAt):
		return "expired"
	}
	return "pending"
}

// member is the membership that the invitation offers.
func (i Invitation) member() Member {
	return Member{Agency: i.Agency, Client: i.Client, Site: i.Site, Role: i.Role, Custom: i.Custom}
}

const invitationQuery = `select i.id, i.agency_id, a.name agency_name, i.client_id, i.site_id, coalesce(c.name, s.name, '') about, i.email, i.role, i.role_id,
	coalesce(r.name, '') role_name, i.invited_by, i.created_at, i.expires_at, i.accepted_at, i.revoked_at
	from platform.invitation i join platform.agency a on a.id = i.agency_id
	left join platform.client c on c.id = i.client_id left join platform.site s on s.id = i.site_id left join platform.role r on r.id = i.role_id`

// ListInvitations returns the agency's invitations, the newest first, at most 500.
func ListInvitations(ctx context.Context, q pg.Querier, agency uuid.UUID) ([]Invitation, error) {
	return pg.All[Invitation](ctx, q, invitationQuery+` where i.agency_id = $1 order by i.created_at desc, i.id limit 500`, agency)
}

// FindInvitation returns the invitation of a token, in whatever state.
func FindInvitation(ctx context.Context, q pg.Querier, token string) (Invitation, error) {
	return pg.One[Invitation](ctx, q, invitationQuery+` where i.token_hash = $1`, secret.Hash(token))
}

func lockInvitation(ctx context.Context, tx pgx.Tx, agency, id uuid.UUID) (Invitation, error) {
	return pg.One[Invitation](ctx, tx, invitationQuery+` where i.agency_id = $1 and i.id = $2 for update of i`, agency, id)
}

// Invite stores an invitation by the actor, who holds all that it offers, and
// returns it with the token for the mail; of that only the hash is stored.
func Invite(ctx context.Context, tx pgx.Tx, by Actor, i Invitation, now time.Time) (Invitation, string, error) {
	i.Email = strings.ToLower(strings.TrimSpace(i.Email))
	if parsed, err := mail.ParseAddress(i.Email); err != nil || parsed.Address != i.Email || len(i.Email) > 254 {
		return i, "", oneField("email", "not_email", "Enter an e-mail address, like ada@example.com.")
	}
	if err := lockRoles(ctx, tx, i.Agency); err != nil {
		return i, "", err
	}
	offered, err := Appoint(ctx, tx, i.member(), Assignment{Role: i.Role, Custom: i.Custom})
	if err != nil {
		return i, "", err
	}
	if err := by.May(offered); err != nil {
		return i, "", err
	}
	var member bool
	var open int
	err = tx.QueryRow(ctx, `select
		exists (select from platform.member m join platform.account a on a.id = m.account_id
			where a.email = $2 and m.agency_id = $1 and m.client_id is not distinct from $3 and m.site_id is not distinct from $4),
		(select count(*) from platform.invitation where agency_id = $1 and accepted_at is null and revoked_at is null and expires_at > $5)`,
		i.Agency, i.Email, i.Client, i.Site, now).Scan(&member, &open)
	switch {
	case err != nil:
		return i, "", pg.Translate(err)
	case member:
		return i, "", oneField("email", "already_member", "Somebody with this address is a member already.")
	case open >= maxInvitations:
		return i, "", errs.New(errs.Exhausted, "too_many_invitations", "Too many invitations are open.").WithHint("Revoke some that nobody accepts.")
	}
	// One that is over makes room for the next to the same address.
	_, err = tx.Exec(ctx, `update platform.invitation set revoked_at = $5 where agency_id = $1 and client_id is not distinct from $2 and site_id is not distinct from $3
		and email = $4 and accepted_at is null and revoked_at is null and expires_at <= $5`, i.Agency, i.Client, i.Site, i.Email, now)
	if err != nil {
		return i, "", pg.Translate(err)
	}
	token := secret.NewToken()
	i.ID, i.InvitedBy, i.Role, i.CreatedAt, i.ExpiresAt = uuid.Must(uuid.NewV7()), by.id, offered.Role, now, now.Add(InvitationLife)
	tag, err := tx.Exec(ctx, `
		insert into platform.invitation (id, agency_id, client_id, site_id, email, role, role_id, token_hash, invited_by, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
		i.ID, i.Agency, i.Client, i.Site, i.Email, i.Role, i.Custom, secret.Hash(token), i.InvitedBy, i.CreatedAt, i.ExpiresAt)
	if err = pg.Translate(err); errs.KindOf(err) == errs.Invalid {
		return i, "", oneField("about", "reference_missing", "Choose a client or site of the agency.")
	}
	if err == nil && tag.RowsAffected() == 0 {
		return i, "", oneField("email", "already_invited", "Somebody has invited this address already.")
	}
	if err != nil {
		return i, "", err
	}
	i, err = lockInvitation(ctx, tx, i.Agency, i.ID)
	return i, token, err
}

// Resend gives an open invitation a new token and seven more days; the old token
// opens nothing any more. One that was accepted or revoked stays what it is.
func Resend(ctx context.Context, tx pgx.Tx, by Actor, agency, id uuid.UUID, now time.Time) (Invitation, string, error) {
	i, err := lockInvitation(ctx, tx, agency, id)
	if err != nil {
		return i, "", err
	}
	if i.AcceptedAt != nil || i.RevokedAt != nil {
		return i, "", errs.New(errs.Conflict, "invitation_over", "This invitation was accepted or revoked.").WithHint("Invite the address again.")
	}
	offered, err := Appoint(ctx, tx, i.member(), Assignment{Role: i.Role, Custom: i.Custom})
	if err != nil {
		return i, "", err
	}
	if err := by.May(offered); err != nil {
		return i, "", err
	}
	token := secret.NewToken()
	i.ExpiresAt = now.Add(InvitationLife)
	_, err = tx.Exec(ctx, `update platform.invitation set token_hash = $3, expires_at = $4 where agency_id = $1 and id = $2`, agency, id, secret.Hash(token), i.ExpiresAt)
	return i, token, pg.Translate(err)
}

// Revoke ends an open invitation.
func Revoke(ctx context.Context, tx pgx.Tx, agency, id uuid.UUID, now time.Time) (Invitation, error) {
	i, err := lockInvitation(ctx, tx, agency, id)
	if err != nil {
		return i, err
	}
	if i.AcceptedAt != nil || i.RevokedAt != nil {
		return i, errs.New(errs.Conflict, "invitation_over", "This invitation was accepted or revoked.")
	}
	i.RevokedAt = &now
	_, err = tx.Exec(ctx, `update platform.invitation set revoked_at = $3 where agency_id = $1 and id = $2`, agency, id, now)
	return i, pg.Translate(err)
}

// ErrOver says that an invitation can no longer be accepted, or never could.
func ErrOver() error {
	return errs.New(errs.Conflict, "invitation_over", "This invitation was used, taken back, or is too old.").WithHint("Ask for another one.")
}

// Accept makes the account a member, as the invitation of the token offers. It
// is only for the account of the invited address, and works once: two at once
// make one membership, because one statement takes the invitation.
func Accept(ctx context.Context, tx pgx.Tx, token string, account uuid.UUID, email string, now time.Time) (Invitation, error) {
	i, err := FindInvitation(ctx, tx, token)
	if errs.KindOf(err) == errs.NotFound {
		return i, ErrOver()
	}
	if err != nil {
		return i, err
	}
	if i.State(now) != "pending" {
		return i, ErrOver()
	}
	if !strings.EqualFold(email, i.Email) {
		return i, errs.New(errs.Denied, "other_address", "This invitation is for another address.")
	}
	tag, err := tx.Exec(ctx, `update platform.invitation set accepted_at = $2
		where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2`, secret.Hash(token), now)
	if err != nil {
		return i, pg.Translate(err)
	}
	if tag.RowsAffected() == 0 {
		return i, ErrOver()
	}
	m := i.member()
	m.ID, m.Account = uuid.Must(uuid.NewV7()), account
	if err = CreateMember(ctx, tx, m); errs.KindOf(err) == errs.Conflict {
		return i, errs.New(errs.Conflict, "already_member", "You are a member already.")
	}
	return i, err
}
