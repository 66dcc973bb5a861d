package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childFolder makes the test binary act as a server that can be killed.
const childFolder = "DRAMAC_TEST_CLUSTER_FOLDER"

func TestMain(m *testing.M) {
	if data := os.Getenv(childFolder); data != "" {
		beServer(data)
	}
	os.Exit(m.Run())
}

// beServer starts a cluster, says where, and waits to be killed.
func beServer(data string) {
	c, err := Start(context.Background(), options(data))
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println(c.DSN(Database))
	select {}
}

// fast is for tests that kill processes but never the machine.
var fast = map[string]string{"fsync": "off"}

func options(data string) Options {
	return Options{Data: data, Env: os.Getenv, Settings: fast, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
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

func mustStart(t *testing.T, data string) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), options(data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mustStop(t, c) })
	return c
}

func mustStop(t *testing.T, c *Cluster) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 9*time.Second)
	defer cancel()
	begun := time.Now()
	if err := c.Stop(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("stopping took %s", took)
	}
}

func mustConnect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func mustExec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestClusterKeepsItsDataAndStartsFastAgain(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	c, err := Start(t.Context(), options(data))
	if err != nil {
		t.Fatal(err)
	}
	conn := mustConnect(t, c.DSN(Database))
	mustExec(t, conn, `create table kept as select 42 as answer`)
	mustStop(t, c)
	if _, err := os.Stat(c.socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket folder %s is still there: %v", c.socket, err)
	}

	// The fastest of three counts: other tests run at the same time.
	fastest := time.Hour
	for range 3 {
		if took := answerAgain(t, data); took < fastest {
			fastest = took
		}
	}
	if fastest > 2*time.Second {
		t.Errorf("a second start took %s", fastest)
	}
}

// answerAgain starts the cluster, expects its data, stops it and returns the
// time to the first answer.
func answerAgain(t *testing.T, data string) time.Duration {
	t.Helper()
	begun := time.Now()
	c, err := Start(t.Context(), options(data))
	if err != nil {
		t.Fatal(err)
	}
	defer mustStop(t, c)
	var answer int
	if err := mustConnect(t, c.DSN(Database)).QueryRow(t.Context(), `select answer from kept`).Scan(&answer); err != nil || answer != 42 {
		t.Errorf("answer = %d, %v", answer, err)
	}
	return time.Since(begun)
}

func TestClusterIsConfinedAndHardened(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	c := mustStart(t, data)
	admin := mustConnect(t, c.AdminDSN(Database))
	mustExec(t, admin, `create role mod_test_run nologin; grant mod_test_run to dramac`)

	for _, want := range []struct{ fact, sql, value string }{
		{"pages carry checksums", `show data_checksums`, "on"},
		{"nothing listens on TCP", `show listen_addresses`, ""},
		{"no just-in-time compiler", `show jit`, "off"},
		{"recovery is bounded", `show max_wal_size`, "1GB"},
		{"text is UTF-8", `show server_encoding`, "UTF8"},
		{"plpgsql is loaded at start", `select (current_setting('shared_preload_libraries') like '%plpgsql%')::text`, "true"},
		{"the login role owns the database", `select pg_get_userbyid(datdba) from pg_database where datname = 'dramac'`, "dramac"},
		{
			"the login role has no more rights than it needs",
			`select concat_ws(' ', rolcanlogin, rolcreaterole, rolinherit, rolsuper, rolbypassrls, rolcreatedb) from pg_roles where rolname = 'dramac'`,
			"t t f f f f",
		},
		{"a module's role may not name another site", `select has_function_privilege('mod_test_run', 'set_config(text,text,boolean)', 'execute')::text`, "false"},
		{"the login role may", `select has_function_privilege('dramac', 'set_config(text,text,boolean)', 'execute')::text`, "true"},
		{"a module's role has no plpgsql", `select has_language_privilege('mod_test_run', 'plpgsql', 'usage')::text`, "false"},
		{"a module's role makes no tables", `select has_schema_privilege('mod_test_run', 'public', 'create')::text`, "false"},
	} {
		var value string
		if err := admin.QueryRow(t.Context(), want.sql).Scan(&value); err != nil || value != want.value {
			t.Errorf("%s: got %q, want %q, %v", want.fact, value, want.value, err)
		}
	}
	if _, err := pgx.Connect(t.Context(), c.dsn("mod_test_run", Database)); err == nil {
		t.Error("a module's role can log in")
	}
	info, err := os.Stat(c.socket)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the socket folder is %v, %v", info.Mode(), err)
	}
	if err := c.EnsureDatabase(t.Context(), "other"); err != nil {
		t.Error(err)
	}
	if err := c.prepare(t.Context()); err != nil {
		t.Errorf("preparing twice: %v", err)
	}
}

func TestAFolderInUseIsRefusedAndCanBeAttachedTo(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	if _, ok := Attach(data); ok {
		t.Fatal("attached to a folder without a cluster")
	}
	c := mustStart(t, data)
	_, err := Start(t.Context(), options(data))
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("second start: %v", err)
	}
	attached, ok := Attach(data)
	if !ok || attached.DSN(Database) != c.DSN(Database) {
		t.Fatalf("attach: %v, %v", attached, ok)
	}
	if err := attached.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	mustExec(t, mustConnect(t, attached.DSN(Database)), `select 1`)
}

// insert writes numbers until the connection breaks and returns the last one
// that PostgreSQL acknowledged.
func insert(dsn string, acknowledged *atomic.Int64) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for {
		next := acknowledged.Load() + 1
		if _, err := conn.Exec(ctx, `insert into entry values ($1)`, next); err != nil {
			return nil
		}
		acknowledged.Store(next)
	}
}

// killAmid inserts on several connections at once and kills the process.
func killAmid(t *testing.T, dsn string, pid int) int64 {
	t.Helper()
	setup := mustConnect(t, dsn)
	mustExec(t, setup, `create table entry (n bigint)`)
	// An open transaction keeps a backend busy while the rest goes down.
	mustExec(t, setup, `begin`)
	mustExec(t, setup, `lock table entry in access share mode`)
	var acknowledged atomic.Int64
	ended := make(chan error)
	go func() { ended <- insert(dsn, &acknowledged) }()
	for acknowledged.Load() < 300 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return acknowledged.Load()
}

func expectEntries(t *testing.T, dsn string, acknowledged int64) {
	t.Helper()
	var n, last int64
	err := mustConnect(t, dsn).QueryRow(t.Context(), `select count(*), max(n) from entry`).Scan(&n, &last)
	if err != nil || n < acknowledged || last < acknowledged || last > acknowledged+1 {
		t.Errorf("%d entries up to %d of %d acknowledged, %v", n, last, acknowledged, err)
	}
}

func TestAKilledPostmasterIsRestartedAndLosesNothing(t *testing.T) {
	t.Parallel()
	c := mustStart(t, dataFolder(t))
	first := c.current()
	acknowledged := killAmid(t, c.DSN(Database), first.pid)
	deadline := time.Now().Add(20 * time.Second)
	for {
		conn, err := pgx.Connect(t.Context(), c.DSN(Database))
		if err == nil {
			_ = conn.Close(t.Context())
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no restart: %v, %v", err, c.Err())
		}
		time.Sleep(20 * time.Millisecond)
	}
	expectEntries(t, c.DSN(Database), acknowledged)
}

func TestAKilledServerTakesPostgreSQLAlongAndLosesNothing(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	server := exec.Command(os.Args[0], "-test.run=^$")
	server.Env = append(os.Environ(), childFolder+"="+data)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill() })
	dsn, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(dsn, "postgres://") {
		t.Fatalf("%q, %v", dsn, err)
	}
	if _, err := Start(t.Context(), options(data)); !errors.Is(err, ErrInUse) {
		t.Errorf("a second server on the folder: %v", err)
	}
	acknowledged := killAmid(t, strings.TrimSpace(dsn), server.Process.Pid)
	_ = server.Wait()
	c := mustStart(t, data)
	expectEntries(t, c.DSN(Database), acknowledged)
}

func TestAClusterOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	bin, err := Find(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"14", "99"} {
		data := dataFolder(t)
		f, err := openFolder(data)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.account.ownFolder(f.cluster); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(f.cluster, "PG_VERSION"), []byte(version+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{Data: data, Bin: bin}, {Data: data, Env: os.Getenv}} {
			if _, err := Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), version) {
				t.Errorf("version %s with binaries %q: %v", version, o.Bin, err)
			}
		}
	}
}

func TestAFolderWithOtherThingsInItIsRefused(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	mine := filepath.Join(data, "postgres", "letter.txt")
	if err := os.MkdirAll(filepath.Dir(mine), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mine, []byte("dear"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), options(data)); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("start: %v", err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

func TestAnUnfinishedClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	if err := os.MkdirAll(filepath.Join(data, "postgres.new", "base"), 0o755); err != nil {
		t.Fatal(err)
	}
	mustExec(t, mustConnect(t, mustStart(t, data).DSN(Database)), `select 1`)
}
