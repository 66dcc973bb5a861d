package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// create makes the cluster unless there is one. It is made beside its place and
// moved there, so an interrupted start leaves nothing half made behind.
func (f folder) create(ctx context.Context, p program, o Options) error {
	major, err := f.version()
	if err != nil || major != 0 {
		return err
	}
	if entries, err := os.ReadDir(f.cluster); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty and holds no PostgreSQL cluster: move it away or choose another folder with DRAMAC_DATA", f.cluster)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("data folder: %w", err)
	}
	o.Log.Info("making a PostgreSQL cluster", "folder", f.cluster, "version", p.major)
	p.settings = o.Settings
	fresh := f.cluster + ".new"
	// macOS has no locale C.UTF-8; plain C sorts and compares the same.
	for _, locale := range []string{"C.UTF-8", "C"} {
		if err = f.initdb(ctx, p, fresh, locale); err == nil || !strings.Contains(err.Error(), "invalid locale") {
			break
		}
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(fresh))
	}
	if err := os.Remove(f.cluster); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := os.Rename(fresh, f.cluster); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

func (f folder) initdb(ctx context.Context, p program, dir, locale string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove an unfinished cluster: %w", err)
	}
	if err := f.account.ownFolder(dir); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	// The child is interrupted when the thread that forked it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if out, err := p.initdb(ctx, dir, locale).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb failed (%w):\n%s", err, out)
	}
	return nil
}

// settingsText is postgresql.conf. It is small on purpose: an idle server of a
// single agency should not cost a machine.
const settingsText = `# Written by DRAMAC at every start. Put settings of your own into
# postgresql.local.conf beside this file: it is read last and never touched.
shared_buffers = 128MB
max_connections = 60
max_wal_size = 1GB
wal_compression = on
jit = off
max_logical_replication_workers = 0
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = ''
log_checkpoints = off
shared_preload_libraries = '%s'
include_if_exists = 'postgresql.local.conf'
`

// writeConfig writes the settings and who may log in as whom. Libraries are
// loaded at start, so that an upgrade of the package under a running server
// cannot mix versions.
func (f folder) writeConfig(p program) error {
	var libraries []string
	for _, name := range []string{"plpgsql", "pg_stat_statements"} {
		if p.library(name) {
			libraries = append(libraries, name)
		}
	}
	for name, text := range map[string]string{
		"postgresql.conf": fmt.Sprintf(settingsText, strings.Join(libraries, ",")),
		"pg_hba.conf":     fmt.Sprintf("local all %s,%s peer map=dramac\n", AdminRole, LoginRole),
		"pg_ident.conf":   f.account.identities(),
	} {
		if err := f.write(name, text); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// identities maps the users of the operating system that may log in to both
// roles, one line each: PostgreSQL 15 knows no "all" here.
func (a account) identities() string {
	var text strings.Builder
	seen := map[string]bool{}
	for _, name := range []string{"root", a.server, a.name} {
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, role := range []string{AdminRole, LoginRole} {
			fmt.Fprintf(&text, "dramac %q %s\n", name, role)
		}
	}
	return text.String()
}

// write replaces a file of the cluster in one step.
func (f folder) write(name, text string) error {
	path := filepath.Join(f.cluster, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return err
	}
	if err := f.account.give(path + ".new"); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
