package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

const (
	// tries is how often a message is handed over before it is given up: for more
	// than a day.
	tries = 10
	// lease is how long a process has a message to itself. One that dies on the
	// way leaves it to others, which may then send it twice, under one id.
	lease = 10 * time.Minute
	// batch is how many messages a process takes at a time.
	batch = 20
	// contentKept is how long one can look at what was not sent, rowKept how long
	// it is known that a message was there at all.
	contentKept = 7 * 24 * time.Hour
	rowKept     = 90 * 24 * time.Hour
	// maxError is how much of a server's answer is kept, in bytes.
	maxError = 500
)

// due is a message whose time has come.
type due struct {
	ID        uuid.UUID `db:"id"`
	Recipient string    `db:"recipient"`
	Sender    string    `db:"sender"`
	ReplyTo   string    `db:"reply_to"`
	Subject   string    `db:"subject"`
	Content   string    `db:"content"`
	Attempts  int       `db:"attempts"`
	CreatedAt time.Time `db:"created_at"`
}

// Deliver sends what is due and returns how much was sent. Any number of
// processes may call it. What is written in the name of an agency that is
// suspended waits. What a server says against a message is written beside
// it and is no error.
func (s *Service) Deliver(ctx context.Context) (sent int, err error) {
	if !s.Leaves() {
		return 0, nil
	}
	for {
		now := s.Now()
		list, err := pg.All[due](ctx, s.DB.Pool(), `
			update platform.mail set attempts = attempts + 1, due_at = $2
			where id in (select id from platform.mail where state = 'waiting' and due_at <= $1
				and not exists (select from platform.agency a where a.id = mail.agency_id and a.suspended_at is not null) order by due_at limit $3 for update skip locked)
			returning id, recipient, sender, reply_to, subject, coalesce(content, '') as content, attempts, created_at`,
			now, now.Add(lease), batch)
		if err != nil {
			return sent, fmt.Errorf("take mail: %w", err)
		}
		var faults []error
		for _, m := range list {
			ok, err := s.deliver(ctx, m)
			faults = append(faults, err)
			if ok {
				sent++
			}
		}
		if err := errors.Join(faults...); err != nil || len(list) < batch {
			return sent, err
		}
	}
}

// deliver sends one message and writes down how that ended.
func (s *Service) deliver(ctx context.Context, m due) (bool, error) {
	refused, err := s.attempt(ctx, m)
	if err != nil && ctx.Err() != nil {
		return false, ctx.Err() // we stop; another process has it when the lease ends
	}
	now, state, next, said := s.Now(), Sent, s.Now(), ""
	if err != nil {
		said = strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), "")
		said = strings.ToValidUTF8(said[:min(len(said), maxError)], "")
		switch {
		case refused:
			state = Refused
		case m.Attempts >= tries:
			state = Failed
		default:
			state, next = Waiting, now.Add(pause(m.Attempts))
		}
	}
	_, dbErr := s.DB.Pool().Exec(context.WithoutCancel(ctx), `
		update platform.mail set state = $2, due_at = $3, error = $4,
			ended_at = case when $2 = 'waiting' then null else $5::timestamptz end,
			content = case when $2 = 'waiting' then content end
		where id = $1 and state = 'waiting' and attempts = $6`, m.ID, state, next, said, now, m.Attempts)
	if dbErr == nil && (state == Refused || state == Failed) {
		dbErr = s.tellDead(context.WithoutCancel(ctx), m.ID)
	}
	return err == nil, pg.Translate(dbErr)
}

// tellDead says that a message did not arrive and is not tried again.
func (s *Service) tellDead(ctx context.Context, id uuid.UUID) error {
	if s.Dead == nil {
		return nil
	}
	m, err := pg.One[Undelivered](ctx, s.DB.Pool(), `select kind, agency_id, site_id, recipient, subject from platform.mail where id = $1`, id)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx pgx.Tx) error { return s.Dead(ctx, tx, m) })
}

func (s *Service) attempt(ctx context.Context, m due) (refused bool, err error) {
	body, err := s.open(m.ID, m.Content)
	if err != nil {
		return true, err
	}
	return s.Server.send(ctx, m, body)
}

func (s *Service) open(id uuid.UUID, sealed string) (content, error) {
	var body content
	plain, err := s.Keys.Open(sealed, secret.MailContext(id))
	if err != nil {
		return body, err
	}
	return body, json.Unmarshal(plain, &body)
}

// pause is how long to wait after an attempt that failed: a minute, three times
// as long each time, six hours at most.
func pause(attempt int) time.Duration {
	wait := time.Minute
	for range min(attempt, 10) - 1 {
		wait *= 3
	}
	return min(wait, 6*time.Hour)
}

// Forget drops the content of old messages that were not sent, and old messages.
func (s *Service) Forget(ctx context.Context) error {
	now := s.Now()
	_, err := s.DB.Pool().Exec(ctx, `update platform.mail set content = null where content is not null and state <> 'waiting' and created_at < $1`, now.Add(-contentKept))
	if err != nil {
		return fmt.Errorf("forget mail: %w", pg.Translate(err))
	}
	_, err = s.DB.Pool().Exec(ctx, `delete from platform.mail where state <> 'waiting' and created_at < $1`, now.Add(-rowKept))
	if err != nil {
		return fmt.Errorf("forget mail: %w", pg.Translate(err))
	}
	return nil
}
