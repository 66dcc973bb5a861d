package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Entry is something that somebody was told of.
type Entry struct {
	ID         uuid.UUID      `db:"id"`
	Kind       Kind           `db:"kind"`
	AgencyName string         `db:"agency_name"`
	SiteName   string         `db:"site_name"` // empty: it is about the agency
	Data       map[string]any `db:"data"`
	URL        string         `db:"url"`
	Times      int            `db:"times"`
	LastAt     time.Time      `db:"last_at"`
	ReadAt     *time.Time     `db:"read_at"`
}

// Reader is an account with the agencies that it has to do with now: of others
// it is told nothing any more.
type Reader struct {
	Account  uuid.UUID
	Agencies []uuid.UUID
}

// Unread returns how many the reader has not read.
func Unread(ctx context.Context, q pg.Querier, r Reader) (n int, err error) {
	err = q.QueryRow(ctx, `select count(*) from platform.notification where account_id = $1 and read_at is null and agency_id = any($2)`, r.Account, r.Agencies).Scan(&n)
	return n, pg.Translate(err)
}

// List returns what the reader was told of, the newest first, from below an
// entry on; not valid begins at the newest.
func List(ctx context.Context, q pg.Querier, r Reader, before uuid.NullUUID, limit int) ([]Entry, error) {
	return pg.All[Entry](ctx, q, `
		select n.id, n.kind, g.name as agency_name, coalesce(s.name, '') as site_name, n.data, n.url, n.times, n.last_at, n.read_at
		from platform.notification n join platform.agency g on g.id = n.agency_id left join platform.site s on s.id = n.site_id
		where n.account_id = $1 and n.agency_id = any($4)
			and ($2::uuid is null or (n.last_at, n.id) < (select b.last_at, b.id from platform.notification b where b.id = $2 and b.account_id = $1))
		order by n.last_at desc, n.id desc limit $3`, r.Account, before, limit, r.Agencies)
}

// Read marks one of the reader's as read and returns where it leads.
func Read(ctx context.Context, tx pgx.Tx, r Reader, id uuid.UUID, now time.Time) (url string, err error) {
	err = tx.QueryRow(ctx, `update platform.notification set read_at = coalesce(read_at, $3) where id = $2 and account_id = $1 and agency_id = any($4) returning url`,
		r.Account, id, now, r.Agencies).Scan(&url)
	return url, pg.Translate(err)
}

// ReadAll marks all of the reader's as read.
func ReadAll(ctx context.Context, tx pgx.Tx, r Reader, now time.Time) error {
	_, err := tx.Exec(ctx, `update platform.notification set read_at = $2 where account_id = $1 and read_at is null and agency_id = any($3)`, r.Account, now, r.Agencies)
	return pg.Translate(err)
}

// Forget drops old notifications, at most 10,000 a call.
func Forget(ctx context.Context, q pg.Querier, now time.Time) error {
	_, err := q.Exec(ctx, `delete from platform.notification where id in (select id from platform.notification where last_at < $1 limit 10000)`, now.Add(-kept))
	if err != nil {
		return fmt.Errorf("forget notifications: %w", pg.Translate(err))
	}
	return nil
}

// Preference is how somebody wants to be told of a kind.
type Preference struct {
	Kind Kind `db:"kind"`
	Bell bool `db:"bell"`
	Mail bool `db:"email"`
	// Own is whether it was said for the site, and is not what holds everywhere.
	Own bool `db:"own"`
}

// Preferences returns how the account wants to be told, of all kinds: on the
// site, or everywhere.
func Preferences(ctx context.Context, q pg.Querier, account uuid.UUID, site uuid.NullUUID) ([]Preference, error) {
	said, err := pg.All[Preference](ctx, q, `
		select distinct on (kind) kind, bell, email, site_id is not null as own from platform.notification_preference
		where account_id = $1 and (site_id is null or site_id = $2) order by kind, site_id is null`, account, site)
	if err != nil {
		return nil, err
	}
	var all []Preference
	for _, kind := range Kinds() {
		p := Preference{Kind: kind, Bell: true, Mail: true}
		for _, x := range said {
			if x.Kind == kind {
				p = x
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// Prefer says how the account wants to be told of each kind, on the site or
// everywhere.
func Prefer(ctx context.Context, tx pgx.Tx, account uuid.UUID, site uuid.NullUUID, all []Preference) error {
	for _, p := range all {
		if !known(p.Kind) {
			return errs.BadFields(errs.Field{Path: "bell", Code: "option", Message: "Choose one of the options."})
		}
		_, err := tx.Exec(ctx, `insert into platform.notification_preference (account_id, site_id, kind, bell, email) values ($1, $2, $3, $4, $5)
			on conflict (account_id, site_id, kind) do update set bell = excluded.bell, email = excluded.email`, account, site, p.Kind, p.Bell, p.Mail)
		if err != nil {
			return fmt.Errorf("keep preferences: %w", pg.Translate(err))
		}
	}
	return nil
}

// Unprefer makes what holds everywhere hold on the site again.
func Unprefer(ctx context.Context, tx pgx.Tx, account, site uuid.UUID) error {
	_, err := tx.Exec(ctx, `delete from platform.notification_preference where account_id = $1 and site_id = $2`, account, site)
	return pg.Translate(err)
}

func known(kind Kind) bool {
	for _, k := range Kinds() {
		if k == kind {
			return true
		}
	}
	return false
}
