package bench

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/gateway"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit"
)

// turns stands between the platform and PostgreSQL and counts how often the
// platform speaks after PostgreSQL has spoken: the round trips of a
// conversation, whatever the protocol's messages are.
type turns struct {
	count  atomic.Int64
	mu     sync.Mutex
	answer bool // the last to speak was PostgreSQL
}

// heard notes who speaks.
func (t *turns) heard(postgres bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !postgres && t.answer {
		t.count.Add(1)
	}
	t.answer = postgres
}

// between returns the address of the database that leads through t.
func (t *turns) between(tb testing.TB, dsn string) string {
	tb.Helper()
	address, err := url.Parse(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	q := address.Query()
	name := ".s.PGSQL." + q.Get("port")
	target := filepath.Join(q.Get("host"), name)
	folder, err := os.MkdirTemp("", "turns-") // short, as socket paths must be
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "unix", filepath.Join(folder, name))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = listener.Close()
		_ = os.RemoveAll(folder)
	})
	go func() {
		for {
			platform, err := listener.Accept()
			if err != nil {
				return
			}
			postgres, err := (&net.Dialer{}).Dial("unix", target)
			if err != nil {
				_ = platform.Close()
				continue
			}
			go t.pass(postgres, platform, false)
			go t.pass(platform, postgres, true)
		}
	}()
	q.Set("host", folder)
	address.RawQuery = q.Encode()
	return address.String()
}

// pass hands on what one side says until it hangs up.
func (t *turns) pass(to, from net.Conn, postgres bool) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			t.heard(postgres)
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// platform is the gateway over a database, without a network.
type platform struct {
	testing.TB
	http.Handler
	db *pg.DB
}

// newPlatform builds the gateway over the database.
func newPlatform(tb testing.TB, dsn string, conns int32) platform {
	tb.Helper()
	db, err := pg.Open(tb.Context(), pg.Options{DSN: dsn, MaxConns: conns})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(db.Close)
	packages, err := blob.NewFolder(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	log, keys := slog.New(slog.DiscardHandler), testkit.Keys(tb)
	post := mail.New(mail.Config{DB: db, Keys: keys, Now: time.Now})
	accounts, err := account.New(account.Config{DB: db, Keys: keys, Mail: post, Now: time.Now, BaseURL: "http://localhost:8080"})
	if err != nil {
		tb.Fatal(err)
	}
	handler, err := gateway.New(gateway.Config{
		DB: db, Accounts: accounts, Modules: module.New(db, packages, keys, time.Now, log),
		Files: file.New(db, packages, time.Now), Keys: keys, Log: log, Now: time.Now, Mail: post,
		BaseURL: &url.URL{Scheme: "http", Host: "localhost:8080"},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return platform{TB: tb, Handler: handler, db: db}
}

// send sends a request with the site's key and returns the answer's body.
func (p platform) send(s site, method, path string, body []byte, want int) string {
	p.Helper()
	request := httptest.NewRequest(method, "http://localhost:8080"+path, bytes.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+s.Key)
	answer := httptest.NewRecorder()
	p.ServeHTTP(answer, request)
	if answer.Code != want {
		p.Fatalf("%s %s: %d: %s", method, path, answer.Code, answer.Body)
	}
	text, _ := io.ReadAll(answer.Body)
	return string(text)
}

// stock publishes the module and installs it on the site.
func (p platform) stock(s site) {
	p.Helper()
	p.send(s, "POST", "/api/v1/packages", stockPackage(p), http.StatusCreated)
	p.send(s, "POST", "/api/v1/sites/"+s.ID.String()+"/modules", []byte(`{"module":"stock"}`), http.StatusCreated)
}

// TestWarmRequestsTakeOneRoundTrip holds the whole way of a request, from its
// key to the records, to one round trip. Whatever is looked up beside has to
// come from memory.
func TestWarmRequestsTakeOneRoundTrip(t *testing.T) {
	t.Parallel()
	var spoken turns
	p := newPlatform(t, spoken.between(t, testkit.EmptyDatabase(t)), 2)
	shop := createSites(t, p.db, 1)[0]
	p.stock(shop)
	record := p.send(shop, "POST", stockPath, []byte(productOf(1).json()), http.StatusCreated)
	_, id, _ := strings.Cut(record, `"id":"`)
	one := stockPath + "/" + id[:36]
	body := []byte(productOf(2).json())
	for _, want := range []struct {
		name, method, path string
		body               []byte
		status             int
	}{
		{"a list with filters and an order", "GET", stockPath + listQuery("bearings"), nil, 200},
		{"a list of one field", "GET", stockPath + "?select=name", nil, 200},
		{"one record", "GET", one, nil, 200},
		{"a creation", "POST", stockPath, body, 201},
		{"a change", "PATCH", one, []byte(`{"quantity":7}`), 200},
	} {
		// The first requests prepare the statement on their connection. The best
		// of the others counts: a connection that was idle for more than a second,
		// as on a machine with much else to do, is asked first whether it lives.
		best := int64(-1)
		for range 8 {
			before := spoken.count.Load()
			p.send(shop, want.method, want.path, want.body, want.status)
			if took := spoken.count.Load() - before; best < 0 || took < best {
				best = took
			}
		}
		if best != 1 {
			t.Errorf("%s took %d round trips", want.name, best)
		}
	}
}
