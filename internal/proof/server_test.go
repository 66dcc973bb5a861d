package proof

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is a running dramac with the demo loaded.
type server struct {
	url     string // "http://localhost:4711"
	address string // "127.0.0.1:4711"
	data    string // its data folder
	demo    demo
	command *exec.Cmd
	log     *lockedBuffer
	client  *http.Client
}

// demo is what "dramac demo --json" prints.
type demo struct {
	URL   string
	Users []struct{ Email, Password, Role, Agency string }
	Sites []struct{ ID, Subdomain, Agency string }
	Keys  []struct{ Site, Key string }
}

// servers are those that were started, to be stopped in the end.
type servers struct {
	folder string
	mu     sync.Mutex
	all    []*server
}

// start runs a server on an empty data folder and loads the demo beside it.
func (s *servers) start() (*server, error) {
	data, err := os.MkdirTemp(s.folder, "data-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(data, 0o755); err != nil {
		return nil, err
	}
	one := &server{data: data, log: &lockedBuffer{}}
	one.command = exec.Command(filepath.Join(shared.programs, "dramac"), "serve")
	one.command.Env = environment("DRAMAC_DATA="+data, "DRAMAC_ADDR=127.0.0.1:0", "DRAMAC_SMTP="+shared.mail.url, "DRAMAC_MAIL_FROM=mail@dramac.example")
	one.command.Stderr = one.log
	stdout, err := one.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := one.command.Start(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.all = append(s.all, one)
	s.mu.Unlock()
	if err := one.awaitAddress(stdout); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, one.log)
	}
	return one, one.loadDemo(data)
}

// environment is the caller's, without what configures a server, and more.
func environment(more ...string) []string {
	var all []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if name == "DATABASE_URL" || strings.HasPrefix(name, "DRAMAC_") && name != "DRAMAC_PG_BIN" {
			continue
		}
		all = append(all, pair)
	}
	return append(all, more...)
}

// awaitAddress reads the line by which the server says that it answers.
func (s *server) awaitAddress(stdout io.Reader) error {
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the server ended before it answered: %w", err)
	}
	_, found, ok := strings.Cut(strings.TrimSpace(line), "answers at ")
	if !ok {
		return fmt.Errorf("the server says %q", line)
	}
	base, err := url.Parse(found)
	if err != nil {
		return err
	}
	s.url, s.address = found, net.JoinHostPort("127.0.0.1", base.Port())
	dial := &net.Dialer{}
	s.client = &http.Client{
		Timeout: time.Minute,
		// Names below localhost do not resolve everywhere.
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dial.DialContext(ctx, network, s.address)
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

func (s *server) loadDemo(data string) error {
	command := exec.Command(filepath.Join(shared.programs, "dramac"), "demo", "--json")
	command.Env = environment("DRAMAC_DATA="+data, "DRAMAC_ADDR="+s.address)
	var failed bytes.Buffer
	command.Stderr = &failed
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("dramac demo: %w\n%s", err, &failed)
	}
	if err := json.Unmarshal(out, &s.demo); err != nil {
		return fmt.Errorf("dramac demo --json: %w", err)
	}
	if s.demo.URL != s.url {
		return fmt.Errorf("the demo says %s, the server %s", s.demo.URL, s.url)
	}
	return nil
}

// stop ends all servers as an operator does and complains of those that do not
// end cleanly within ten seconds.
func (s *servers) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []error
	for _, one := range s.all {
		if one.command.ProcessState == nil {
			all = append(all, one.command.Process.Signal(syscall.SIGTERM))
		}
	}
	for _, one := range s.all {
		late := time.AfterFunc(10*time.Second, func() { _ = one.command.Process.Kill() })
		if err := one.command.Wait(); err != nil {
			all = append(all, fmt.Errorf("stop the server: %w\n%s", err, one.log))
		}
		late.Stop()
	}
	return errors.Join(all...)
}

// password is that of somebody of the demo.
func (s *server) password(t testing.TB, email string) string {
	t.Helper()
	for _, u := range s.demo.Users {
		if u.Email == email {
			return u.Password
		}
	}
	t.Fatalf("the demo has no %s", email)
	return ""
}

// site returns the id of a site of the demo.
func (s *server) site(subdomain string) string {
	for _, one := range s.demo.Sites {
		if one.Subdomain == subdomain {
			return one.ID
		}
	}
	return "no site " + subdomain
}

// key returns the API key of a site of the demo.
func (s *server) key(subdomain string) string {
	for _, one := range s.demo.Keys {
		if one.Site == s.site(subdomain) {
			return one.Key
		}
	}
	return "no key"
}

// page is the address of a site's home page, as visitors type it.
func (s *server) page(subdomain string) string {
	return strings.Replace(s.url, "://", "://"+subdomain+".", 1) + "/"
}

// app is an address of the app below a site.
func (s *server) app(subdomain, path string) string {
	return s.url + "/app/" + s.site(subdomain) + path
}

// reply is an answer of the server to a program.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// call sends a request as a program does. A body that is not bytes goes as JSON;
// an empty key sends none.
func (s *server) call(ctx context.Context, method, address, key string, body any) (reply, error) {
	kind := "application/json"
	content, ok := body.([]byte)
	if ok {
		kind = "application/octet-stream"
	} else if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return reply{}, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(content))
	if err != nil {
		return reply{}, err
	}
	if body != nil {
		request.Header.Set("Content-Type", kind)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	read, err := io.ReadAll(answer.Body)
	return reply{answer.StatusCode, answer.Header, read}, err
}

// ask is call for tests: it wants the status and decodes the answer as JSON
// into one unless that is nil.
func (s *server) ask(t testing.TB, method, address, key string, body any, status int, into any) {
	t.Helper()
	got, err := s.call(t.Context(), method, address, key, body)
	if err != nil {
		t.Fatal(err)
	}
	if got.status != status {
		t.Fatalf("%s %s answers %d, want %d:\n%s", method, address, got.status, status, got.body)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(got.body, into); err != nil {
		t.Fatalf("%s %s: %v:\n%s", method, address, err, got.body)
	}
}

// lockedBuffer collects what a process prints.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
