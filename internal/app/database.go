package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/pg/cluster"
)

const (
	// closeLimit bounds the wait for connections that are still in use.
	closeLimit = time.Second
	// stopLimit is how long the cluster gets for a clean stop.
	stopLimit = 3500 * time.Millisecond
	// busyLimit is how long a command waits for a server that is starting.
	busyLimit = 30 * time.Second
)

// database is the open database, with the cluster behind it and the folder's
// lock if this process holds them.
type database struct {
	*pg.DB
	cluster *cluster.Cluster
	lock    *cluster.Lock
	log     *slog.Logger
}

// openOwn opens the database for a server: it locks the data folder, starts the
// embedded cluster unless DATABASE_URL is set, and brings the schema up to date.
func (p *process) openOwn(ctx context.Context, log *slog.Logger) (*database, error) {
	lock, err := cluster.TakeLock(p.config.Data)
	if err != nil {
		return nil, err
	}
	d := &database{lock: lock, log: log}
	dsn := p.config.DatabaseURL
	if dsn == "" {
		d.cluster, err = cluster.Start(ctx, cluster.Options{Data: p.config.Data, Env: p.environ, Log: log, Lock: lock})
		if err != nil {
			lock.Release()
			return nil, err
		}
		dsn = d.cluster.DSN(cluster.Database)
	}
	if d.DB, err = pg.Open(ctx, pg.Options{DSN: dsn}); err != nil {
		return nil, errors.Join(err, d.close(ctx))
	}
	return d, nil
}

// restricted refuses to work as a role to whom row security does not apply,
// because keeping tenants apart rests on it, unless that was asked for.
func (p *process) restricted(ctx context.Context, db *database) error {
	unrestricted, err := db.Unrestricted(ctx)
	if err != nil || !unrestricted {
		return err
	}
	if p.config.AllowSuperuser {
		db.log.Warn("the database role is a superuser or bypasses row security, as was allowed", "role", db.Login())
		return nil
	}
	return fmt.Errorf("the database role %s is a superuser or bypasses row security, so tenants would not be kept apart: "+
		"use an ordinary role with CREATEROLE, or allow it by DRAMAC_ALLOW_SUPERUSER=true", db.Login())
}

// openAny opens the database for a command that works beside a running server
// or without one: the server's cluster if it runs, else an own one.
func (p *process) openAny(ctx context.Context, log *slog.Logger) (*database, error) {
	if p.config.DatabaseURL != "" {
		return openDSN(ctx, p.config.DatabaseURL, nil, log)
	}
	ctx, cancel := context.WithTimeout(ctx, busyLimit)
	defer cancel()
	for {
		if running, ok := cluster.Attach(p.config.Data); ok {
			return openDSN(ctx, running.DSN(cluster.Database), running, log)
		}
		d, err := p.openOwn(ctx, log)
		if err == nil || !errors.Is(err, cluster.ErrInUse) {
			return d, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w, and its database does not answer", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func openDSN(ctx context.Context, dsn string, c *cluster.Cluster, log *slog.Logger) (*database, error) {
	db, err := pg.Open(ctx, pg.Options{DSN: dsn})
	if err != nil {
		return nil, err
	}
	return &database{DB: db, cluster: c, log: log}, nil
}

// gone is closed when the embedded cluster has ended for good; nil, which never
// answers, for a database of somebody else's.
func (d *database) gone() <-chan struct{} {
	if d.cluster == nil {
		return nil
	}
	return d.cluster.Done()
}

// close ends the connections, stops a cluster of our own and gives the folder
// back. It works although ctx is cancelled already, and takes at most 6.5 s.
func (d *database) close(ctx context.Context) error {
	defer d.lock.Release()
	ctx = context.WithoutCancel(ctx)
	if d.DB != nil {
		closed := make(chan struct{})
		go func() { d.Close(); close(closed) }()
		select {
		case <-closed:
		case <-time.After(closeLimit):
			d.log.Warn("connections to the database are still in use; leaving them")
		}
	}
	if d.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	return d.cluster.Stop(ctx)
}
