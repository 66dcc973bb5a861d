package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/pg/cluster"
)

// TestMain keeps the configuration of whoever runs the tests out of them.
func TestMain(m *testing.M) {
	for _, name := range []string{"DATABASE_URL", "DRAMAC_ADDR", "DRAMAC_BLOB", "DRAMAC_DATA", "DRAMAC_KEY_FILE", "DRAMAC_LOG", "DRAMAC_ALLOW_SUPERUSER", "DRAMAC_URL", "DRAMAC_PROXIES"} {
		_ = os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

// output collects what a command prints; safe for concurrent use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// dramac runs a command line as the program would, in an empty environment but
// for what finds PostgreSQL.
func dramac(ctx context.Context, args ...string) (int, *output, *output) {
	stdout, stderr := &output{}, &output{}
	return run(ctx, args, process{env: os.Getenv, stdout: stdout, stderr: stderr}), stdout, stderr
}

// dataFolder makes a folder that the database user can reach, which a test's
// own temporary folder is not.
func dataFolder(t *testing.T) string {
	t.Helper()
	data, err := os.MkdirTemp("/tmp", "dramac-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(data); err != nil {
			t.Error(err)
		}
	})
	return data
}

// begin runs the server until the test ends and returns its address.
func begin(t *testing.T, data string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	stdout, stderr := &output{}, &output{}
	ended := make(chan int)
	go func() {
		ended <- run(ctx, []string{"serve", "--data", data, "--addr", "127.0.0.1:0"}, process{env: os.Getenv, stdout: stdout, stderr: stderr})
	}()
	t.Cleanup(func() {
		begun := time.Now()
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("the server ended with %d:\n%s", code, stderr)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("stopping took %s", took)
		}
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, after, ok := strings.Cut(stdout.String(), "http://localhost:"); ok {
			port, _, _ := strings.Cut(after, "\n")
			return "http://127.0.0.1:" + port
		}
	}
	t.Fatalf("the server is not ready:\n%s", stderr)
	return ""
}

func TestTheServerAnswersOnceItSaysSoAndRefusesASecondOne(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	unfinished := unfinishedUpload(t, data)
	address := begin(t, data)
	if _, err := os.Stat(unfinished); !os.IsNotExist(err) {
		t.Errorf("the server left what an interrupted upload wrote: %v", err)
	}
	unfinished = unfinishedUpload(t, data)
	for _, path := range []string{"/healthz", "/readyz"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	code, _, stderr := dramac(t.Context(), "serve", "--data", data, "--addr", "127.0.0.1:0")
	if code != 1 || !strings.Contains(stderr.String(), "in use") {
		t.Errorf("a second server: %d, %s", code, stderr)
	}
	fresh := dataFolder(t)
	code, _, stderr = dramac(t.Context(), "serve", "--data", fresh, "--addr", "127.0.0.1"+address[strings.LastIndex(address, ":"):])
	if _, err := os.Stat(fresh + "/postgres"); code != 1 || !strings.Contains(stderr.String(), "listen on") || !os.IsNotExist(err) {
		t.Errorf("a server on a busy address: %d, %s, a cluster: %v", code, stderr, err)
	}
	code, stdout, stderr := dramac(t.Context(), "doctor", "--data", data)
	if code != 0 || !strings.Contains(stdout.String(), "embedded, running") || strings.Contains(stdout.String(), "FAULT") {
		t.Errorf("doctor beside the server: %d, %s %s", code, stdout, stderr)
	}
	if _, err := os.Stat(unfinished); err != nil {
		t.Errorf("a command beside the server took away what that may be writing: %v", err)
	}
}

// unfinishedUpload puts a file in the store of packages as it is while a
// package is written.
func unfinishedUpload(t *testing.T, data string) string {
	t.Helper()
	file := filepath.Join(data, "blobs", "ab", ".new-1")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("part"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDoctorWorksWithoutAServer(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	code, stdout, stderr := dramac(t.Context(), "doctor", "--data", data)
	if code != 0 || !strings.Contains(stdout.String(), "set_config is closed") {
		t.Errorf("doctor: %d, %s %s", code, stdout, stderr)
	}
	// The folder is free again.
	code, _, stderr = dramac(t.Context(), "doctor", "--data", data)
	if code != 0 {
		t.Errorf("doctor again: %d, %s", code, stderr)
	}
}

func TestCommandLineFaults(t *testing.T) {
	t.Parallel()
	for _, want := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"no command", nil, 2, []string{"serve", "--help"}},
		{"an unknown flag", []string{"serve", "--port", "1"}, 2, []string{"--port"}},
		{"help is no fault", []string{"--help"}, 0, nil},
		{
			"every fault of the configuration at once",
			[]string{"serve", "--addr", "nowhere", "--url", "ftp://x", "--data", "/dev/null", "--log", "xml", "--blob", "ftp://x", "--pg-bin", "/nowhere", "--proxies", "10.0.0.0/99"},
			1,
			[]string{"DRAMAC_ADDR", "DRAMAC_BLOB", "DRAMAC_URL", "DRAMAC_DATA", "DRAMAC_LOG", "DRAMAC_PG_BIN", "DRAMAC_PROXIES"},
		},
		{
			"a database address whose password stays secret",
			[]string{"serve", "--data", "/tmp/unused", "--database-url", "postgres://me:hunter2@host:port/x"},
			1,
			[]string{"DATABASE_URL"},
		},
	} {
		code, _, stderr := dramac(t.Context(), want.args...)
		if code != want.code {
			t.Errorf("%s: exit code %d", want.name, code)
		}
		for _, text := range want.says {
			if !strings.Contains(stderr.String(), text) {
				t.Errorf("%s: %q is not in %s", want.name, text, stderr)
			}
		}
		if strings.Contains(stderr.String(), "hunter2") {
			t.Errorf("%s: the password is printed", want.name)
		}
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	free := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}
	for _, want := range []struct {
		config Config
		addr   net.Addr
		url    string
	}{
		{Config{Addr: "127.0.0.1:8080"}, nil, "http://localhost:8080"},
		{Config{Addr: "127.0.0.1:0"}, free, "http://localhost:4711"},
		{Config{Addr: ":80"}, nil, "http://localhost:80"},
		{Config{Addr: "[::]:80"}, nil, "http://localhost:80"},
		{Config{Addr: "192.0.2.7:80"}, nil, "http://192.0.2.7:80"},
		{Config{Addr: ":80", URL: "https://cms.example.com/"}, free, "https://cms.example.com"},
	} {
		if got := want.config.baseURL(want.addr).String(); got != want.url {
			t.Errorf("%+v: got %s, want %s", want.config, got, want.url)
		}
	}
}

func TestRequestsInFlightAreAnsweredWhenStopping(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	arrived, release := make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-release
		if r.Context().Err() != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, "whole")
	})
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- serveUntilDone(ctx, l, mux, slog.New(slog.DiscardHandler), nil, func() error { close(ready); return nil })
	}()
	<-ready
	said := make(chan string, 1)
	go func() {
		request, err := http.NewRequest(http.MethodGet, "http://"+l.Addr().String()+"/slow", nil)
		if err != nil {
			said <- err.Error()
			return
		}
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			said <- err.Error()
			return
		}
		defer func() { _ = answer.Body.Close() }()
		body, _ := io.ReadAll(answer.Body)
		said <- answer.Status + " " + string(body)
	}()
	<-arrived
	stop()
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	if got := <-said; got != "200 OK whole" {
		t.Errorf("the request in flight got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAnExistingDatabaseIsUsedWithoutACluster(t *testing.T) {
	t.Parallel()
	server, err := cluster.Start(t.Context(), cluster.Options{
		Data: dataFolder(t), Env: os.Getenv, Settings: map[string]string{"fsync": "off"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	data := dataFolder(t)
	code, stdout, stderr := dramac(t.Context(), "doctor", "--data", data, "--database-url", server.DSN(cluster.Database))
	if code != 0 || !strings.Contains(stdout.String(), "DATABASE_URL is set") {
		t.Errorf("doctor: %d, %s %s", code, stdout, stderr)
	}
	if _, err := os.Stat(data + "/postgres"); !os.IsNotExist(err) {
		t.Errorf("a cluster was made: %v", err)
	}
	code, _, stderr = dramac(t.Context(), "serve", "--addr", "127.0.0.1:0", "--data", data, "--database-url", server.AdminDSN(cluster.Database))
	if code != 1 || !strings.Contains(stderr.String(), "DRAMAC_ALLOW_SUPERUSER") {
		t.Errorf("serving as a superuser: %d, %s", code, stderr)
	}
}
