// Package notify tells people what has happened: by a bell in the app and by
// mail, as each wants it. Whoever has something to tell names the accounts; who
// may know of it is asked before.
package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// Kind is what sort of thing somebody is told of. Its words are below "notify."
// in the message catalogue.
type Kind string

// The kinds.
const (
	JobDead            Kind = "job_dead"
	MailFailed         Kind = "mail_failed"
	InvitationAccepted Kind = "invitation_accepted"
	UpgradeAvailable   Kind = "upgrade_available"
	UpgradeDone        Kind = "upgrade_done"
	AgencySuspended    Kind = "agency_suspended"
	AgencyResumed      Kind = "agency_resumed"
	PlanNear           Kind = "plan_near"
)

// Kinds are all of them, in the order in which people see them.
func Kinds() []Kind {
	return []Kind{JobDead, MailFailed, UpgradeAvailable, UpgradeDone, InvitationAccepted, PlanNear, AgencySuspended, AgencyResumed}
}

const (
	// window is how long what happens again is counted and not told anew.
	window = 24 * time.Hour
	// kept is how long notifications are kept.
	kept = 90 * 24 * time.Hour
	// MailKind is the kind of the mail that notifications are sent with.
	MailKind = "notification"
)

// Notice is something to tell.
type Notice struct {
	Kind   Kind
	Agency uuid.UUID
	Site   uuid.NullUUID // not valid: it is about the agency
	// Key tells it from others of its kind: what has the same one is the same thing.
	Key string
	// Data are the arguments of its words: text and numbers.
	Data map[string]any
	URL  string // where it leads, a path of the app
	To   []uuid.UUID
	// Quiet sends no mail, because another one tells of it.
	Quiet bool
}

// Config is what notices are told with. All of it is required.
type Config struct {
	Mail *mail.Service
	// Words are the words of all languages.
	Words *i18n.Catalogue
	Now   func() time.Time
	// BaseURL is the platform's own address, for links in mail.
	BaseURL string
}

// Service tells people of things. Safe for concurrent use.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// recipient is somebody to tell, as that one wants it.
type recipient struct {
	Account uuid.UUID `db:"id"`
	Email   string    `db:"email"`
	Bell    bool      `db:"bell"`
	Mail    bool      `db:"mail"`
}

// Send tells the accounts of the notice, in the transaction of what it tells of,
// which runs as the login role. Nobody is told twice of the same thing within a
// day.
func (s *Service) Send(ctx context.Context, tx pgx.Tx, n Notice) error {
	if len(n.To) == 0 {
		return nil
	}
	data, err := json.Marshal(n.Data)
	if err != nil {
		return fmt.Errorf("notify %s: %w", n.Kind, err)
	}
	list, err := pg.All[recipient](ctx, tx, `
		select a.id, a.email, coalesce(p.bell, true) as bell, coalesce(p.email, true) as mail
		from platform.account a left join lateral (
			select p.bell, p.email from platform.notification_preference p
			where p.account_id = a.id and p.kind = $2 and (p.site_id is null or p.site_id = $3)
			order by p.site_id is null limit 1
		) p on true
		where a.id = any($1) order by a.id`, n.To, n.Kind, n.Site)
	if err != nil {
		return fmt.Errorf("notify %s: %w", n.Kind, err)
	}
	var locale string
	if err := tx.QueryRow(ctx, `select coalesce((select locale from platform.site where id = $2), locale) from platform.agency where id = $1`, n.Agency, n.Site).Scan(&locale); err != nil {
		return fmt.Errorf("notify %s: %w", n.Kind, pg.Translate(err))
	}
	for _, r := range list {
		if !r.Bell && !r.Mail {
			continue
		}
		fresh, err := s.enter(ctx, tx, n, r, data)
		if err != nil {
			return fmt.Errorf("notify %s: %w", n.Kind, err)
		}
		if !fresh || !r.Mail || n.Quiet {
			continue
		}
		words := s.Words.Printer(s.Words.Match(locale), nil)
		err = s.Mail.Send(ctx, tx, mail.Message{
			Kind: MailKind, Agency: uuid.NullUUID{UUID: n.Agency, Valid: true}, Site: n.Site, To: r.Email, Words: words,
			Data: map[string]any{"text": Text(words, n.Kind, n.Data)}, Link: strings.TrimSuffix(s.BaseURL, "/") + n.URL,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// enter writes one notification, and reports whether it is a new one. Who wants
// no bell has one that is read, so that mail is not sent twice either.
func (s *Service) enter(ctx context.Context, tx pgx.Tx, n Notice, r recipient, data []byte) (fresh bool, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return false, err
	}
	now := s.Now()
	err = tx.QueryRow(ctx, `
		insert into platform.notification as o (id, account_id, agency_id, site_id, kind, key, data, url, created_at, last_at, read_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, case when $10 then null else $9::timestamptz end)
		on conflict (account_id, kind, key) do update set
			data = excluded.data, url = excluded.url, last_at = excluded.last_at,
			times = case when o.last_at > $11 then o.times + 1 else 1 end,
			created_at = case when o.last_at > $11 then o.created_at else excluded.created_at end,
			read_at = case when o.last_at > $11 then o.read_at else excluded.read_at end
		returning times = 1`,
		id, r.Account, n.Agency, n.Site, n.Kind, n.Key, data, n.URL, now, r.Bell, now.Add(-window)).Scan(&fresh)
	return fresh, pg.Translate(err)
}

// Printer writes words of the catalogue.
type Printer interface {
	T(key string, args ...any) string
}

// Text is what somebody is told, as one sentence.
func Text(words Printer, kind Kind, data map[string]any) string {
	args := make([]any, 0, 2*len(data))
	for name, value := range data {
		if limit, ok := value.(string); ok && name == "limit" {
			value = words.T("limit." + limit)
		}
		args = append(args, name, value)
	}
	return words.T("notify."+string(kind), args...)
}
