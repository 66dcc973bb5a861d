// Package cluster runs the PostgreSQL server that DRAMAC brings along: it finds
// the binaries, makes the data folder, starts the server as an unprivileged
// user, restarts it after a crash and stops it cleanly.
//
// The cluster listens on a Unix socket in a private folder only. Who may log in
// is decided by the operating system's user (peer authentication), so there is
// no password anywhere. The server never outlives the process that started it:
// on Linux the kernel interrupts it when its parent dies, elsewhere the next
// Start does.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The roles of an embedded cluster.
const (
	// AdminRole is the cluster's superuser. Only Start and tests use it.
	AdminRole = "dramac_admin"
	// LoginRole is what the server works as: LOGIN, NOINHERIT, CREATEROLE.
	LoginRole = "dramac"
	// Database is the one database that the server uses; LoginRole owns it.
	Database = "dramac"
)

// port is part of the socket's file name; nothing listens on TCP.
const port = "5432"

// Options say where a cluster lives and how it runs.
type Options struct {
	// Data is the server's data folder; the cluster is its subfolder
	// "postgres". Both are made when missing.
	Data string
	// Bin is the folder of postgres and initdb; empty searches as Find does,
	// for the version that the data folder was made by.
	Bin string
	// Env reads the environment for the search; nil reads nothing.
	Env func(string) string
	// Log receives what PostgreSQL reports; nil drops it.
	Log *slog.Logger
	// Settings are PostgreSQL settings beside the built-in ones. Tests switch
	// fsync off with them.
	Settings map[string]string
	// Lock is the data folder's lock if the caller holds it already; nil makes
	// Start take it and Stop release it.
	Lock *Lock
	// Detach leaves the cluster running when this process ends, and hands back
	// one that runs already. It is for test runs that share one cluster.
	Detach bool
}

// Cluster is a running PostgreSQL server. It is safe for concurrent use.
type Cluster struct {
	folder  folder
	socket  string
	port    string
	log     *slog.Logger
	program program
	lock    *Lock
	owned   bool

	mu       sync.Mutex
	child    *process
	stopping bool
	err      error
	done     chan struct{}
}

// Start makes the cluster if there is none yet, starts it and waits until it
// accepts connections. It takes the folder's lock before it touches anything; a
// folder in use is ErrInUse. ctx bounds the start only, not the cluster's life.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	data, err := filepath.Abs(o.Data)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	o.Data = data
	lock := o.Lock
	if lock == nil {
		if lock, err = TakeLock(o.Data); err != nil {
			return nil, err
		}
	}
	c, err := start(ctx, o)
	if err != nil || !c.owned {
		if o.Lock == nil {
			lock.Release()
		}
		return c, err
	}
	if o.Lock == nil {
		c.lock = lock
	}
	return c, nil
}

// start does the work of Start under the folder's lock.
func start(ctx context.Context, o Options) (*Cluster, error) {
	if o.Detach {
		if running, ok := Attach(o.Data); ok {
			return running, running.prepare(ctx)
		}
	}
	f, err := openFolder(o.Data)
	if err != nil {
		return nil, err
	}
	if err := f.settle(ctx, o.Log); err != nil {
		return nil, err
	}
	p, err := findProgram(o, f)
	if err != nil {
		return nil, err
	}
	if err := f.create(ctx, p, o); err != nil {
		return nil, err
	}
	socket, err := f.openSocketFolder()
	if err != nil {
		return nil, err
	}
	if err := f.writeConfig(p); err != nil {
		return nil, err
	}
	p.settings, p.socket, p.detach = o.Settings, socket, o.Detach
	c := &Cluster{folder: f, socket: socket, port: port, log: o.Log, program: p, owned: true, done: make(chan struct{})}
	if c.child, err = launch(ctx, f, p, o.Log); err != nil {
		return nil, err
	}
	if o.Detach {
		c.owned = false
		return c, c.prepare(ctx)
	}
	// Restarts belong to the cluster's life, not to the start that ctx bounds.
	go c.supervise(context.WithoutCancel(ctx))
	if err := c.prepare(ctx); err != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Second)
		defer cancel()
		return nil, errors.Join(err, c.Stop(stop))
	}
	return c, nil
}

// DSN returns the connection string of the login role for a database, which
// tests may choose; the server's own is Database.
func (c *Cluster) DSN(database string) string { return c.dsn(LoginRole, database) }

// AdminDSN returns the superuser's connection string for a database.
func (c *Cluster) AdminDSN(database string) string { return c.dsn(AdminRole, database) }

func (c *Cluster) dsn(role, database string) string {
	query := url.Values{"host": {c.socket}, "port": {c.port}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: query.Encode()}
	return u.String()
}

// Done is closed when the cluster has ended for good: after Stop, or when it
// crashed and could not be restarted; Err tells which.
func (c *Cluster) Done() <-chan struct{} { return c.done }

// Err returns why the cluster ended, nil while it runs and after a clean stop.
func (c *Cluster) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Stop ends the cluster: open transactions are rolled back, everything
// committed is written. After 6 s it stops immediately instead, which the next
// start repairs; nothing committed is lost either way. Stopping a cluster
// that Attach found, or one twice, does nothing.
func (c *Cluster) Stop(ctx context.Context) error {
	if !c.owned {
		return nil
	}
	c.mu.Lock()
	c.stopping = true
	child := c.child
	c.mu.Unlock()
	defer c.lock.Release()
	child.interrupt()
	select {
	case <-c.done:
	case <-time.After(6 * time.Second):
		c.log.Warn("PostgreSQL does not stop; stopping it at once")
		c.current().quit()
		<-c.waitAtMost(2 * time.Second)
	case <-ctx.Done():
		c.current().quit()
		<-c.waitAtMost(2 * time.Second)
	}
	select {
	case <-c.done:
		_ = os.Remove(c.socket)
		return nil
	default:
		c.current().kill()
		return errors.New("PostgreSQL did not stop and was killed; the next start recovers")
	}
}

// waitAtMost returns a channel that is closed when the cluster has ended or d
// has passed.
func (c *Cluster) waitAtMost(d time.Duration) <-chan struct{} {
	over := make(chan struct{})
	go func() {
		defer close(over)
		select {
		case <-c.done:
		case <-time.After(d):
		}
	}()
	return over
}

func (c *Cluster) current() *process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.child
}

// Attach returns the cluster that already runs on the data folder, started by
// another process; false if none accepts connections there.
func Attach(data string) (*Cluster, bool) {
	data, err := filepath.Abs(data)
	if err != nil {
		return nil, false
	}
	f := folder{data: data, cluster: filepath.Join(data, "postgres")}
	m, ok := f.postmaster()
	if !ok || !m.ready || !runsOn(m.pid, f.cluster) {
		return nil, false
	}
	c := &Cluster{folder: f, socket: m.socket, port: m.port, log: slog.New(slog.DiscardHandler), done: make(chan struct{})}
	return c, true
}
