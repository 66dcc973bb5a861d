package tenancy

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Client is a customer of an agency; it owns sites.
type Client struct {
	ID     uuid.UUID `db:"id" json:"-"`
	Agency uuid.UUID `db:"agency_id" json:"-"`
	Name   string    `db:"name" json:"name"`
	Email  string    `db:"email" json:"email"`
	Phone  string    `db:"phone" json:"phone"`
	Notes  string    `db:"notes" json:"notes"` // for the agency only
	// ArchivedAt is when it was put away; nil: it is served.
	ArchivedAt *time.Time `db:"archived_at" json:"archived_at"`
}

// ClientLine is a client in a list.
type ClientLine struct {
	Client
	Sites int `db:"sites" json:"-"` // that are not archived
}

const clientColumns = `c.id, c.agency_id, c.name, c.email, c.phone, c.notes, c.archived_at`

// ListClients returns the agency's clients by name, at most 1,000, archived ones last.
func ListClients(ctx context.Context, q pg.Querier, agency uuid.UUID) ([]ClientLine, error) {
	return pg.All[ClientLine](ctx, q, `
		select `+clientColumns+`, (select count(*) from platform.site s where s.agency_id = c.agency_id and s.client_id = c.id and s.archived_at is null) sites
		from platform.client c where c.agency_id = $1
		order by c.archived_at is not null, c.name, c.id limit 1000`, agency)
}

// FindClient returns a client of the agency; errs.NotFound if it has none of that id.
func FindClient(ctx context.Context, q pg.Querier, agency, id uuid.UUID) (Client, error) {
	return pg.One[Client](ctx, q, `select `+clientColumns+` from platform.client c where c.agency_id = $1 and c.id = $2`, agency, id)
}

func (c *Client) check() error {
	var found complaints
	found.name(&c.Name)
	found.email("email", &c.Email)
	found.text("phone", &c.Phone, 40)
	found.text("notes", &c.Notes, 500)
	return found.err()
}

// CreateClient adds a client to its agency.
func CreateClient(ctx context.Context, tx pgx.Tx, c Client) error {
	if err := c.check(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into platform.client (id, agency_id, name, email, phone, notes) values ($1, $2, $3, $4, $5, $6)`,
		c.ID, c.Agency, c.Name, c.Email, c.Phone, c.Notes)
	if err != nil {
		return fmt.Errorf("create client %s: %w", c.Name, pg.Translate(err))
	}
	return nil
}

// lockClient is FindClient for whoever is about to change it or what it owns.
func lockClient(ctx context.Context, tx pgx.Tx, agency, id uuid.UUID) (Client, error) {
	return pg.One[Client](ctx, tx, `select `+clientColumns+` from platform.client c where c.agency_id = $1 and c.id = $2 for no key update`, agency, id)
}

// UpdateClient changes a client of the agency and returns it as it was and is.
func UpdateClient(ctx context.Context, tx pgx.Tx, agency, id uuid.UUID, change func(*Client)) (before, after Client, err error) {
	if before, err = lockClient(ctx, tx, agency, id); err != nil {
		return before, after, err
	}
	after = before
	change(&after)
	after.ID, after.Agency, after.ArchivedAt = before.ID, before.Agency, before.ArchivedAt
	if err := after.check(); err != nil {
		return before, after, err
	}
	_, err = tx.Exec(ctx, `update platform.client set name = $3, email = $4, phone = $5, notes = $6 where agency_id = $1 and id = $2`,
		agency, id, after.Name, after.Email, after.Phone, after.Notes)
	if err != nil {
		return before, after, fmt.Errorf("update client %s: %w", after.Name, pg.Translate(err))
	}
	return before, after, nil
}

// ArchiveClient puts a client away, which has no site that is still served.
func ArchiveClient(ctx context.Context, tx pgx.Tx, agency, id uuid.UUID, now time.Time) (Client, error) {
	c, err := lockClient(ctx, tx, agency, id)
	if err != nil {
		return c, err
	}
	if c.ArchivedAt != nil {
		return c, errs.New(errs.Conflict, "archived", "This client is archived already.")
	}
	var sites int
	err = tx.QueryRow(ctx, `select count(*) from platform.site where agency_id = $1 and client_id = $2 and archived_at is null`, agency, id).Scan(&sites)
	if err != nil {
		return c, pg.Translate(err)
	}
	if sites > 0 {
		return c, errs.New(errs.Conflict, "client_has_sites", "This client still has sites.").WithHint("Archive its sites first, or move them to another client.")
	}
	c.ArchivedAt = &now
	_, err = tx.Exec(ctx, `update platform.client set archived_at = $3 where agency_id = $1 and id = $2`, agency, id, now)
	return c, pg.Translate(err)
}

// RestoreClient takes a client back. Its archived sites stay archived.
func RestoreClient(ctx context.Context, tx pgx.Tx, agency, id uuid.UUID) (Client, error) {
	c, err := lockClient(ctx, tx, agency, id)
	if err != nil {
		return c, err
	}
	if c.ArchivedAt == nil {
		return c, errs.New(errs.Conflict, "not_archived", "This client is not archived.")
	}
	c.ArchivedAt = nil
	_, err = tx.Exec(ctx, `update platform.client set archived_at = null where agency_id = $1 and id = $2`, agency, id)
	return c, pg.Translate(err)
}

// servedClient locks a client that gets a site, and refuses an archived one.
// What the agency has none of is a mistake in the field client.
func servedClient(ctx context.Context, tx pgx.Tx, agency, id uuid.UUID) error {
	c, err := lockClient(ctx, tx, agency, id)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return errs.BadFields(errs.Field{Path: "client", Code: "reference_missing", Message: "Choose a client of the agency."})
	case err != nil:
		return err
	case c.ArchivedAt != nil:
		return errs.New(errs.Conflict, "client_archived", "This client is archived.").WithHint("Restore the client first.")
	}
	return nil
}
