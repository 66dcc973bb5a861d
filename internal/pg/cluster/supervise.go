package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

const (
	// launchLimit bounds one start, the replay of the log after a crash
	// included: a full max_wal_size of 1 GB took under 20 s where measured.
	launchLimit = 2 * time.Minute
	// leftoverLimit bounds the wait for processes of an earlier server.
	leftoverLimit = 30 * time.Second
	// maxRestarts is how often a crashed server is restarted within a minute.
	maxRestarts = 5
)

// launch starts the postmaster and waits until it accepts connections. Backends
// of a killed postmaster may still hold its shared memory for some
// milliseconds; PostgreSQL refuses to start meanwhile, so launch tries again.
func launch(ctx context.Context, f folder, p program, log *slog.Logger) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, launchLimit)
	defer cancel()
	leftovers := time.NewTimer(leftoverLimit)
	defer leftovers.Stop()
	for {
		child, err := spawn(p.command(f), log, f.detachedLog(p))
		if err != nil {
			return nil, fmt.Errorf("start PostgreSQL: %w", err)
		}
		err = f.awaitReady(ctx, child)
		if err == nil {
			return child, nil
		}
		if !child.heldUp() {
			child.interrupt()
			return nil, err
		}
		select {
		case <-leftovers.C:
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// awaitReady polls the postmaster's own status file: a connection attempt forks
// a backend each time and slows recovery down.
func (f folder) awaitReady(ctx context.Context, child *process) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if m, ok := f.postmaster(); ok && m.ready && m.pid == child.pid {
			return nil
		}
		select {
		case <-child.exited:
			return fmt.Errorf("PostgreSQL ended while starting (%w):\n%s", child.failure(), child.said())
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL is not ready (%w):\n%s", ctx.Err(), child.said())
		case <-tick.C:
		}
	}
}

// heldUp says whether the postmaster ended because processes of an earlier one
// are still there, which passes.
func (p *process) heldUp() bool {
	select {
	case <-p.exited:
	default:
		return false
	}
	said := p.said()
	return strings.Contains(said, "pre-existing shared memory block") ||
		strings.Contains(said, `lock file "postmaster.pid" already exists`)
}

// supervise restarts the postmaster whenever it ends without being asked to.
func (c *Cluster) supervise(ctx context.Context) {
	defer close(c.done)
	window := time.NewTicker(time.Minute)
	defer window.Stop()
	for restarts := 0; ; restarts++ {
		child := c.current()
		<-child.exited
		if c.isStopping() {
			return
		}
		select {
		case <-window.C:
			restarts = 0
		default:
		}
		if restarts == maxRestarts {
			c.fail(fmt.Errorf("PostgreSQL crashed %d times within a minute:\n%s", restarts, child.said()))
			return
		}
		c.log.Error("PostgreSQL ended unexpectedly; restarting it", "reason", child.failure())
		if err := c.relaunch(ctx); err != nil {
			c.fail(fmt.Errorf("restart PostgreSQL: %w", err))
			return
		}
	}
}

// relaunch starts a new postmaster in place of one that ended.
func (c *Cluster) relaunch(ctx context.Context) error {
	child, err := launch(ctx, c.folder, c.program, c.log)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.child = child
	stopping := c.stopping
	c.mu.Unlock()
	if stopping {
		child.interrupt()
		return nil
	}
	c.log.Info("PostgreSQL runs again", "process", child.pid)
	return nil
}

func (c *Cluster) isStopping() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopping
}

func (c *Cluster) fail(err error) {
	c.log.Error("PostgreSQL is gone", "reason", err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}
