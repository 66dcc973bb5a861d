package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// folder is a data folder with the cluster inside it, and the user of the
// operating system that the database runs as.
type folder struct {
	data    string
	cluster string
	account account
}

// openFolder makes the data folder if needed and checks that the database user
// can enter it.
func openFolder(data string) (folder, error) {
	f := folder{data: data, cluster: filepath.Join(data, "postgres")}
	var err error
	if f.account, err = databaseAccount(f.cluster); err != nil {
		return f, err
	}
	if err := f.account.admitTo(data); err != nil {
		return f, err
	}
	closed, err := f.account.closedFolder(data)
	if err != nil {
		return f, fmt.Errorf("data folder: %w", err)
	}
	if closed != "" {
		return f, fmt.Errorf("the folder %s is closed to the database user %q, so PostgreSQL cannot reach %s: "+
			"either open it (chmod o+x %s) or choose another data folder with DRAMAC_DATA, for instance /var/lib/dramac",
			closed, f.account.name, data, closed)
	}
	return f, nil
}

// version returns the major version that made the cluster, 0 if there is none.
func (f folder) version() (int, error) {
	text, err := os.ReadFile(filepath.Join(f.cluster, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s holds no version number: the folder %s is no PostgreSQL cluster", "PG_VERSION", f.cluster)
	}
	return major, nil
}

// postmaster is what a running server writes about itself into postmaster.pid.
type postmaster struct {
	pid    int
	socket string
	port   string
	ready  bool
}

// postmaster reads the status file; false if there is none or it is half written.
func (f folder) postmaster() (postmaster, bool) {
	text, err := os.ReadFile(filepath.Join(f.cluster, "postmaster.pid"))
	if err != nil {
		return postmaster{}, false
	}
	return parsePostmaster(string(text))
}

// parsePostmaster reads the lines: process, data folder, start time, port,
// socket folder, address, shared memory, state.
func parsePostmaster(text string) (postmaster, bool) {
	lines := strings.Split(text, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 {
		return postmaster{}, false
	}
	m := postmaster{pid: pid}
	if len(lines) > 4 {
		m.port, m.socket = strings.TrimSpace(lines[3]), strings.TrimSpace(lines[4])
	}
	m.ready = len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready"
	return m, true
}

// settle ends a server that an earlier process left behind and waits until it
// is gone. The caller holds the lock, so no living server owns it.
func (f folder) settle(ctx context.Context, log *slog.Logger) error {
	m, ok := f.postmaster()
	if !ok || !runsOn(m.pid, f.cluster) {
		return nil
	}
	log.Warn("an earlier PostgreSQL still runs on this folder; waiting for it to end", "process", m.pid)
	if err := interruptPID(m.pid); err != nil {
		return fmt.Errorf("PostgreSQL (process %d) still runs on %s and cannot be stopped: %w", m.pid, f.cluster, err)
	}
	limit := time.NewTimer(leftoverLimit)
	defer limit.Stop()
	for runsOn(m.pid, f.cluster) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return fmt.Errorf("PostgreSQL (process %d) still runs on %s and does not stop: end it by hand", m.pid, f.cluster)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// maxSocketFolder leaves room for the socket's name in the 103 bytes that the
// strictest system admits.
const maxSocketFolder = 80

// openSocketFolder makes the private folder of the socket. Its name carries a
// hash of the data folder, because socket paths over 107 bytes are refused.
func (f folder) openSocketFolder() (string, error) {
	sum := sha256.Sum256([]byte(f.data))
	name := "dramac-" + hex.EncodeToString(sum[:4])
	var all []error
	for _, base := range []string{"/run", os.TempDir(), "/tmp"} {
		path := filepath.Join(base, name)
		closed, err := f.account.closedFolder(base)
		switch {
		case err != nil:
			all = append(all, err)
		case closed != "" || len(path) > maxSocketFolder:
			all = append(all, fmt.Errorf("%s is closed to the user %s or too long", base, f.account.name))
		default:
			if err := f.account.ownFolder(path); err != nil {
				all = append(all, err)
				continue
			}
			return path, nil
		}
	}
	return "", fmt.Errorf("no folder for the database's socket: %w", errors.Join(all...))
}
