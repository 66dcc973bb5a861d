package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/testkit"
)

// received is one message as a server took it.
type received struct {
	from string
	to   []string
	*netmail.Message
	body []byte
}

// inbox is an SMTP server in the process.
type inbox struct {
	mu       sync.Mutex
	messages []received
	// answer is what it says to a recipient; nil takes the message.
	answer func(to string) error
	url    string
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{inbox: in}, nil }))
	server.Domain, server.ReadTimeout, server.WriteTimeout = "localhost", 10*time.Second, 10*time.Second
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	in.url = "smtp://" + listener.Addr().String()
	return in
}

func (in *inbox) take() []received {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := in.messages
	in.messages = nil
	return all
}

type session struct {
	inbox *inbox
	got   received
}

func (s *session) Reset()        { s.got = received{} }
func (s *session) Logout() error { return nil }
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.got.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.inbox.mu.Lock()
	answer := s.inbox.answer
	s.inbox.mu.Unlock()
	if answer != nil {
		if err := answer(to); err != nil {
			return err
		}
	}
	s.got.to = append(s.got.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.got.Message, err = netmail.ReadMessage(bytes.NewReader(text)); err != nil {
		return err
	}
	if s.got.body, err = io.ReadAll(s.got.Body); err != nil {
		return err
	}
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	s.inbox.messages = append(s.inbox.messages, s.got)
	return nil
}

// parts reads the alternatives of a message by their type.
func (m received) parts(t *testing.T) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the message is %s: %v", kind, err)
	}
	all := map[string]string{}
	reader := multipart.NewReader(bytes.NewReader(m.body), params["boundary"])
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := part.Header.Get("Content-Transfer-Encoding"); got != "quoted-printable" {
			t.Errorf("a part is sent as %q", got)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || !strings.EqualFold(params["charset"], "utf-8") {
			t.Errorf("a part is %s %v: %v", kind, params, err)
		}
		all[kind] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

// TestTheOffice walks what a mail service does, on one database.
func TestTheOffice(t *testing.T) {
	db := testkit.NewDatabase(t)
	for name, test := range map[string]func(*testing.T, *office){
		"aMessageArrivesAsItWasWritten":         aMessageArrivesAsItWasWritten,
		"aMessageWithoutWordsIsNotSent":         aMessageWithoutWordsIsNotSent,
		"aMessageOfWhatWasRolledBackIsNotThere": aMessageOfWhatWasRolledBackIsNotThere,
		"whatAServerSaysDecides":                whatAServerSaysDecides,
		"aServerThatIsAwayIsTriedAgain":         aServerThatIsAwayIsTriedAgain,
		"twoProcessesSendEachMessageOnce":       twoProcessesSendEachMessageOnce,
		"mailOfASuspendedAgencyWaits":           mailOfASuspendedAgencyWaits,
		"withoutAServerNothingLeaves":           withoutAServerNothingLeaves,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := db.Pool().Exec(t.Context(), `delete from platform.mail`); err != nil {
				t.Fatal(err)
			}
			test(t, newOffice(t, db))
		})
	}
}

// office is a mail service over a database of the test's own, whose clock the
// test turns.
type office struct {
	*mail.Service
	testing.TB
	db  *pg.DB
	now time.Time
	*inbox
}

func newOffice(t *testing.T, db *pg.DB) *office {
	t.Helper()
	o := &office{TB: t, db: db, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), inbox: newInbox(t)}
	server, err := mail.NewServer(o.inbox.url, "Platform <mail@platform.example>")
	if err != nil {
		t.Fatal(err)
	}
	o.Service = mail.New(mail.Config{DB: o.db, Keys: testkit.Keys(t), Now: func() time.Time { return o.now }, Server: server})
	return o
}

// words are a catalogue with the words of one message.
type words struct{}

func (words) Language() string { return "en" }

func (w words) T(key string, args ...any) string { return w.TOr(key, key, args...) }

func (words) TOr(key, text string, args ...any) string {
	said, ok := map[string]string{
		"mail.hello.subject": "A message to NAME", "mail.hello.text": "Good day, NAME\nThis is a message.", "mail.hello.button": "Open it",
		"mail.link": "Or open this", "mail.foot": "Sent by a machine.",
	}[key]
	if !ok {
		return text
	}
	if len(args) == 1 {
		if data, ok := args[0].(map[string]any); ok {
			said = strings.ReplaceAll(said, "NAME", fmt.Sprint(data["name"]))
		}
	}
	return said
}

func (o *office) agency(name string) uuid.NullUUID {
	o.Helper()
	id := testkit.NewID()
	if _, err := o.db.Pool().Exec(o.Context(), `insert into platform.agency (id, name) values ($1, $2)`, id, name); err != nil {
		o.Fatal(err)
	}
	return uuid.NullUUID{UUID: id, Valid: true}
}

func (o *office) write(m mail.Message) error {
	o.Helper()
	return o.db.Tx(o.Context(), func(tx pgx.Tx) error { return o.Send(o.Context(), tx, m) })
}

func (o *office) state() (state string, attempts int, said string, kept bool) {
	o.Helper()
	err := o.db.Pool().QueryRow(o.Context(), `select state, attempts, error, content is not null from platform.mail order by id desc limit 1`).
		Scan(&state, &attempts, &said, &kept)
	if err != nil {
		o.Fatal(err)
	}
	return state, attempts, said, kept
}

func (o *office) deliver(want int) {
	o.Helper()
	if n, err := o.Deliver(o.Context()); err != nil || n != want {
		o.Fatalf("sent %d, want %d: %v", n, want, err)
	}
}

func aMessageArrivesAsItWasWritten(t *testing.T, o *office) {
	m := mail.Message{
		Kind: "hello", Agency: o.agency("Sørensen & Søn <b>\r\nBcc: all@example.com"), To: "  Nora@Example.org ", Words: words{},
		Data: map[string]any{"name": "<script>\r\nBcc: x@example.com"}, Link: "https://cms.example.com/app/verify?token=abc&x=1", Code: "123 456",
	}
	if err := o.write(m); err != nil {
		t.Fatal(err)
	}
	var stored string
	if err := o.db.Pool().QueryRow(t.Context(), `select content from platform.mail`).Scan(&stored); err != nil || strings.Contains(stored, "token") {
		t.Errorf("what it says is stored in clear: %q %v", stored, err)
	}
	o.deliver(1)
	all := o.take()
	if len(all) != 1 || len(all[0].to) != 1 || all[0].to[0] != "nora@example.org" || all[0].from != "mail@platform.example" {
		t.Fatalf("arrived: %+v", all)
	}
	got := all[0]
	from, err := got.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "Sørensen & Søn <b> Bcc: all@example.com" || from[0].Address != "mail@platform.example" {
		t.Errorf("from %v: %v", from, err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != "A message to <script> Bcc: x@example.com" {
		t.Errorf("subject %q: %v", subject, err)
	}
	for name, want := range map[string]string{"Bcc": "", "Cc": "", "Auto-Submitted": "auto-generated", "To": "<nora@example.org>", "User-Agent": "", "X-Mailer": ""} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	if at, err := got.Header.Date(); err != nil || !at.Equal(o.now) {
		t.Errorf("date %v: %v", at, err)
	}
	parts := got.parts(t)
	for kind, wants := range map[string][]string{
		"text/plain": {"Good day, <script>", "    123 456\n", "Open it:\nhttps://cms.example.com/app/verify?token=abc&x=1\n"},
		"text/html":  {"Good day, &lt;script&gt;", "<strong>123 456</strong>", `href="https://cms.example.com/app/verify?token=abc&amp;x=1"`, `lang="en"`},
	} {
		for _, want := range wants {
			if !strings.Contains(parts[kind], want) {
				t.Errorf("%s lacks %q:\n%s", kind, want, parts[kind])
			}
		}
	}
	if strings.Contains(parts["text/html"], "<script>") {
		t.Error("a name became markup")
	}
	if state, attempts, _, kept := o.state(); state != "sent" || attempts != 1 || kept {
		t.Errorf("%s after %d, content kept: %v", state, attempts, kept)
	}
	o.now = o.now.Add(time.Hour)
	o.deliver(0)
}

func aMessageWithoutWordsIsNotSent(t *testing.T, o *office) {
	if err := o.write(mail.Message{Kind: "unheard_of", To: "a@example.org", Words: words{}}); err == nil {
		t.Error("a message without words is written")
	}
}

func aMessageOfWhatWasRolledBackIsNotThere(t *testing.T, o *office) {
	broken := errors.New("broken")
	err := o.db.Tx(t.Context(), func(tx pgx.Tx) error {
		return errors.Join(o.Send(t.Context(), tx, mail.Message{Kind: "hello", To: "a@example.org", Words: words{}, Data: map[string]any{"name": "N"}}), broken)
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	o.deliver(0)
}

// whatAServerSaysDecides walks the answers of a server and what follows.
func whatAServerSaysDecides(t *testing.T, o *office) {
	say := func(code int) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.answer = func(string) error { return &smtp.SMTPError{Code: code, Message: "because"} }
		if code == 0 {
			o.answer = nil
		}
	}
	hello := mail.Message{Kind: "hello", To: "a@example.org", Words: words{}, Data: map[string]any{"name": "N"}}
	say(550)
	if err := o.write(hello); err != nil {
		t.Fatal(err)
	}
	o.deliver(0)
	if state, attempts, said, kept := o.state(); state != "refused" || attempts != 1 || !strings.Contains(said, "because") || kept {
		t.Errorf("refused: %s after %d, %q, kept %v", state, attempts, said, kept)
	}
	o.now = o.now.Add(24 * time.Hour)
	o.deliver(0)
	if _, attempts, _, _ := o.state(); attempts != 1 {
		t.Error("what was refused is tried again")
	}
	say(451)
	if err := o.write(hello); err != nil {
		t.Fatal(err)
	}
	o.deliver(0)
	if state, attempts, said, kept := o.state(); state != "waiting" || attempts != 1 || !strings.Contains(said, "because") || !kept {
		t.Errorf("put off: %s after %d, %q, kept %v", state, attempts, said, kept)
	}
	o.now = o.now.Add(59 * time.Second)
	o.deliver(0)
	if _, attempts, _, _ := o.state(); attempts != 1 {
		t.Error("tried again at once")
	}
	for range 8 {
		o.now = o.now.Add(6 * time.Hour)
		o.deliver(0)
	}
	say(0)
	o.now = o.now.Add(6 * time.Hour)
	o.deliver(1)
	if state, attempts, said, _ := o.state(); state != "sent" || attempts != 10 || said != "" {
		t.Errorf("at last: %s after %d, %q", state, attempts, said)
	}
	say(451)
	if err := o.write(hello); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		o.deliver(0)
		o.now = o.now.Add(6 * time.Hour)
	}
	if state, attempts, _, kept := o.state(); state != "failed" || attempts != 10 || kept {
		t.Errorf("given up: %s after %d, kept %v", state, attempts, kept)
	}
	if err := o.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(100 * 24 * time.Hour)
	if err := o.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := o.db.Pool().QueryRow(t.Context(), `select count(*) from platform.mail`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d messages are kept for ever: %v", left, err)
	}
}

func aServerThatIsAwayIsTriedAgain(t *testing.T, o *office) {
	gone, err := mail.NewServer("smtp://127.0.0.1:1", "mail@platform.example")
	if err != nil {
		t.Fatal(err)
	}
	there := o.Server
	o.Server = gone
	if err := o.write(mail.Message{Kind: "hello", To: "a@example.org", Words: words{}, Data: map[string]any{"name": "N"}}); err != nil {
		t.Fatal(err)
	}
	o.deliver(0)
	if state, _, _, _ := o.state(); state != "waiting" {
		t.Errorf("it is %s", state)
	}
	o.Server, o.now = there, o.now.Add(time.Minute)
	o.deliver(1)
}

// twoProcessesSendEachMessageOnce lets two take from one table.
func twoProcessesSendEachMessageOnce(t *testing.T, o *office) {
	for range 30 {
		if err := o.write(mail.Message{Kind: "hello", To: "a@example.org", Words: words{}, Data: map[string]any{"name": "N"}}); err != nil {
			t.Fatal(err)
		}
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := o.Deliver(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	seen := map[string]int{}
	for _, m := range o.take() {
		seen[m.Header.Get("Message-Id")]++
	}
	if len(seen) != 30 {
		t.Errorf("%d of 30 arrived", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s arrived %d times", id, n)
		}
	}
}

func mailOfASuspendedAgencyWaits(t *testing.T, o *office) {
	suspend := func(id uuid.NullUUID, yes bool) {
		t.Helper()
		if _, err := o.db.Pool().Exec(t.Context(), `update platform.agency set suspended_at = case when $2 then now() end where id = $1`, id, yes); err != nil {
			t.Fatal(err)
		}
	}
	agency, other := o.agency("Waits"), o.agency("Writes")
	suspend(agency, true)
	for _, by := range []uuid.NullUUID{agency, other, {}} {
		if err := o.write(mail.Message{Kind: "hello", Agency: by, To: "a@example.org", Words: words{}, Data: map[string]any{"name": "N"}}); err != nil {
			t.Fatal(err)
		}
	}
	o.deliver(2)
	suspend(agency, false)
	o.deliver(1)
}

func withoutAServerNothingLeaves(t *testing.T, o *office) {
	o.Server = nil
	agency := o.agency("Kept")
	if err := o.write(mail.Message{Kind: "hello", Agency: agency, To: "a@example.org", Words: words{}, Data: map[string]any{"name": "N"}, Link: "https://x.example/1"}); err != nil {
		t.Fatal(err)
	}
	o.deliver(0)
	for open, link := range map[bool]string{true: "https://x.example/1", false: ""} {
		list, err := o.List(t.Context(), agency, uuid.NullUUID{}, 10, open)
		if err != nil || len(list) != 1 || list[0].State != mail.Kept || list[0].Link != link || (list[0].Text != "") != open {
			t.Errorf("the outbox has %+v: %v", list, err)
		}
	}
	other, err := o.List(t.Context(), o.agency("Other"), uuid.NullUUID{}, 10, true)
	if err != nil || len(other) != 0 {
		t.Errorf("another agency sees %+v: %v", other, err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" Nora@Example.ORG\n": "nora@example.org", "a+b@example.org": "a+b@example.org", "o'neil@example.org": "o'neil@example.org", "büro@example.org": "büro@example.org",
	} {
		if got, err := mail.Address(text); err != nil || got != want {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "nora", "@example.org", "nora@", "Nora <nora@example.org>", "a@b@c", "nora@example.org\r\nBcc: x@example.org", "nora@example.org, x@example.org",
		`"nora\r\n"@example.org`, "nora@example.org\x00", "nora@[127.0.0.1]", strings.Repeat("x", 65) + "@example.org", "a@" + strings.Repeat("x", 255), "a b@example.org", "(c)a@example.org",
	} {
		if got, err := mail.Address(text); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q is an address: %q %v", text, got, err)
		}
	}
}

func TestServers(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"smtp://localhost", "smtps://user:p%40ss@mail.example.com:465", "smtp://mail.example.com:587"} {
		if _, err := mail.NewServer(address, "mail@example.com"); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://secret:secret@host:port", "smtp://h/path", "smtp://h?x=1"} {
		if _, err := mail.NewServer(address, "mail@example.com"); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := mail.NewServer("smtp://localhost", "nobody"); err == nil {
		t.Error("a sender that is none is taken")
	}
}
