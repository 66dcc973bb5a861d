package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

// State is where a message stands.
type State string

// The states. A kept message is not sent, because there is no server; a waiting
// one is sent or tried again; the others have ended.
const (
	Kept    State = "kept"
	Waiting State = "waiting"
	Sent    State = "sent"
	// Refused says that a server did not want it (5xx). That is final.
	Refused State = "refused"
	// Failed says that it was tried as often as messages are.
	Failed State = "failed"
)

// Words are the message catalogue in the language of whoever is written to.
type Words interface {
	T(key string, args ...any) string
	TOr(key, text string, args ...any) string
	Language() string
}

// Message is what to write to whom. Its words stand in the catalogue under
// "mail.<kind>.": subject and text, of which each line is a paragraph, the label of the
// button, and a note in small print; the last two may be missing.
type Message struct {
	// Kind names the sort of message: "reset_password".
	Kind string
	// Agency is in whose name it is written; not valid: the platform's.
	Agency uuid.NullUUID
	Site   uuid.NullUUID
	To     string // one address, without a name
	Words  Words
	// Data are the arguments of the words. They may come from strangers: they stay
	// text wherever they stand.
	Data map[string]any
	// Link is where the button leads; empty: there is none.
	Link string
	// Code is shown large, to be typed in; empty: there is none.
	Code string
}

// Config is what messages are made and sent with.
type Config struct {
	DB *pg.DB
	// Keys seal what is written until it has been sent.
	Keys secret.Sealer
	Now  func() time.Time
	// Server sends; nil: nothing leaves the machine.
	Server *Server
	// Branded reports whether mail of the agency bears its name and colour; nil:
	// that of every agency does.
	Branded func(ctx context.Context, q pg.Querier, agency uuid.UUID, now time.Time) (bool, error)
	// Dead is told that a message did not arrive and is not tried again; nil: nobody is.
	Dead func(ctx context.Context, tx pgx.Tx, m Undelivered) error
}

// Undelivered is a message that did not arrive.
type Undelivered struct {
	Kind      string        `db:"kind"`
	Agency    uuid.NullUUID `db:"agency_id"`
	Site      uuid.NullUUID `db:"site_id"`
	Recipient string        `db:"recipient"`
	Subject   string        `db:"subject"`
}

// Service writes and sends messages. Safe for concurrent use.
type Service struct{ Config }

// New returns the service. It starts nothing.
func New(c Config) *Service { return &Service{c} }

// Leaves reports whether messages leave the machine.
func (s *Service) Leaves() bool { return s.Server != nil }

// content is what is sealed of a message.
type content struct {
	Text string `json:"text"`
	HTML string `json:"html"`
	Link string `json:"link,omitempty"`
}

// Send writes the message in the caller's transaction; if that is committed, it
// is sent soon. An address that is none, and one that could put a header into
// the message, is errs.Invalid. The transaction runs as the login role.
func (s *Service) Send(ctx context.Context, tx pgx.Tx, m Message) error {
	to, err := Address(m.To)
	if err != nil {
		return err
	}
	from, err := s.findBrand(ctx, tx, m.Agency)
	if err != nil {
		return fmt.Errorf("mail %s: %w", m.Kind, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("mail %s: %w", m.Kind, err)
	}
	letter := compose(m, from)
	if letter.Subject == "" || len(letter.Paragraphs) == 0 {
		return fmt.Errorf("mail %s: the catalogue has no words for it, or they need an argument that is not given", m.Kind)
	}
	body := content{Text: letter.text(), Link: m.Link}
	if body.HTML, err = letter.html(ctx); err != nil {
		return fmt.Errorf("mail %s: %w", m.Kind, err)
	}
	plain, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("mail %s: %w", m.Kind, err)
	}
	sealed, err := s.Keys.Seal(plain, secret.MailContext(id))
	if err != nil {
		return fmt.Errorf("mail %s: %w", m.Kind, err)
	}
	state := Kept
	if s.Leaves() {
		state = Waiting
	}
	_, err = tx.Exec(ctx, `
		insert into platform.mail (id, agency_id, site_id, kind, recipient, sender, reply_to, subject, content, state, created_at, due_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)`,
		id, m.Agency, m.Site, m.Kind, to, oneLine(from.Name), from.ReplyTo, letter.Subject, sealed, state, s.Now())
	if err != nil {
		return fmt.Errorf("mail %s: %w", m.Kind, pg.Translate(err))
	}
	return nil
}

// oneLine is a text that can stand in a header: its control characters are
// spaces, and it is not longer than a subject should be.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200])
	}
	return text
}
