package mail

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Entry is a message as the outbox shows it.
type Entry struct {
	ID        uuid.UUID  `db:"id"`
	Kind      string     `db:"kind"`
	Recipient string     `db:"recipient"`
	Subject   string     `db:"subject"`
	State     State      `db:"state"`
	Attempts  int        `db:"attempts"`
	Error     string     `db:"error"`
	CreatedAt time.Time  `db:"created_at"`
	EndedAt   *time.Time `db:"ended_at"`
	Content   *string    `db:"content"`
	// Text and Link are what it says and where it leads; empty unless asked for,
	// and when it is no longer known.
	Text string `db:"-"`
	Link string `db:"-"`
}

// List returns the messages in an agency's name, or with none in the platform's,
// the newest first, from below an id on; an empty id begins at the newest. open also reads what they say, which may be
// what signs somebody in.
func (s *Service) List(ctx context.Context, agency, before uuid.NullUUID, limit int, open bool) ([]Entry, error) {
	list, err := pg.All[Entry](ctx, s.DB.Pool(), `
		select id, kind, recipient, subject, state, attempts, error, created_at, ended_at, content
		from platform.mail where (agency_id = $1 or $1::uuid is null and agency_id is null) and ($2::uuid is null or id < $2) order by id desc limit $3`, agency, before, limit)
	if err != nil || !open {
		return list, err
	}
	for i, e := range list {
		if e.Content == nil {
			continue
		}
		// What a lost key sealed is shown without its text.
		if body, err := s.open(e.ID, *e.Content); err == nil {
			list[i].Text, list[i].Link = body.Text, body.Link
		}
	}
	return list, nil
}
