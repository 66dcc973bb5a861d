package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// program is the PostgreSQL installation of a cluster and how it is started.
type program struct {
	binaries
	account  account
	socket   string
	settings map[string]string
	detach   bool
}

// findProgram chooses the binaries that fit the data folder and puts them
// within the database user's reach.
func findProgram(o Options, f folder) (program, error) {
	major, err := f.version()
	if err != nil {
		return program{}, err
	}
	p := program{account: f.account}
	if o.Bin != "" {
		if p.binaries, err = inspect(o.Bin); err == nil {
			err = p.serves(major)
		}
	} else {
		p.binaries, err = find(o.Env, major)
	}
	if err != nil {
		return program{}, err
	}
	p.dir, err = reachable(p.dir, f)
	return p, err
}

// reachable returns the folder of the binaries, or of a copy of the whole
// installation inside the data folder if the database user cannot enter it:
// root's home, where the cache folder lies, is closed to it.
func reachable(bin string, f folder) (string, error) {
	closed, err := f.account.closedFolder(bin)
	if err != nil {
		return "", fmt.Errorf("PostgreSQL binaries: %w", err)
	}
	if closed == "" {
		return bin, nil
	}
	info, err := os.Stat(filepath.Join(bin, executable("postgres")))
	if err != nil {
		return "", fmt.Errorf("PostgreSQL binaries: %w", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", bin, info.Size(), info.ModTime().UnixNano()))
	copies := filepath.Join(f.data, "postgres-bin")
	target := filepath.Join(copies, hex.EncodeToString(sum[:4]))
	if _, err := os.Stat(target); err == nil {
		return filepath.Join(target, filepath.Base(bin)), nil
	}
	if err := os.RemoveAll(copies); err != nil {
		return "", fmt.Errorf("remove an older copy of the binaries: %w", err)
	}
	if err := copyTree(filepath.Dir(bin), target+".new"); err != nil {
		return "", fmt.Errorf("copy the PostgreSQL binaries out of %s, which is closed to the database user %q: %w", closed, f.account.name, err)
	}
	if err := os.Rename(target+".new", target); err != nil {
		return "", fmt.Errorf("copy the PostgreSQL binaries: %w", err)
	}
	return filepath.Join(target, filepath.Base(bin)), nil
}

// copyTree copies folders, files and links so that everybody may read them.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, inside)
		switch {
		case entry.IsDir():
			return makeOpenFolder(target)
		case entry.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case entry.Type().IsRegular():
			return copyFile(path, target)
		default:
			return nil
		}
	})
}

// makeOpenFolder makes a folder that everybody may read, whatever the umask.
func makeOpenFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}

func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	return target.Chmod(info.Mode().Perm() | 0o444)
}

// command is the postmaster. What the supervisor relies on stands on the
// command line, where no configuration file can change it.
func (p program) command(f folder) *exec.Cmd {
	args := []string{
		"-D", f.cluster, "-k", p.socket, "-p", port,
		"-c", "listen_addresses=", "-c", "unix_socket_permissions=0700",
		"-c", "hba_file=" + filepath.Join(f.cluster, "pg_hba.conf"),
		"-c", "ident_file=" + filepath.Join(f.cluster, "pg_ident.conf"),
	}
	for _, name := range slices.Sorted(maps.Keys(p.settings)) {
		args = append(args, "-c", name+"="+p.settings[name])
	}
	cmd := exec.Command(filepath.Join(p.dir, executable("postgres")), args...)
	p.confine(cmd)
	return cmd
}

// initdb returns the command that makes a cluster in dir.
func (p program) initdb(ctx context.Context, dir, locale string) *exec.Cmd {
	args := []string{
		"-D", dir, "-U", AdminRole, "--auth=peer", "--encoding=UTF8", "--locale=" + locale,
		"--data-checksums", "--no-instructions",
	}
	if p.settings["fsync"] == "off" {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(p.dir, executable("initdb")), args...)
	p.confine(cmd)
	return cmd
}

// confine makes a command run as the database user, in a folder that is open to
// it, without this process's environment: PGPORT and its like would count.
func (p program) confine(cmd *exec.Cmd) {
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	p.restrict(cmd)
}

// detachedLog is where a cluster that outlives this process reports to; empty
// for others, whose reports are passed on.
func (f folder) detachedLog(p program) string {
	if !p.detach {
		return ""
	}
	return filepath.Join(f.data, "postgres.log")
}

// library says whether a server library of the name is installed.
func (p program) library(name string) bool {
	for _, dir := range []string{"../lib", "../lib/postgresql", "../lib64/pgsql", "../lib/postgresql" + strconv.Itoa(p.major)} {
		for _, suffix := range []string{".so", ".dylib"} {
			if _, err := os.Stat(filepath.Join(p.dir, dir, name+suffix)); err == nil {
				return true
			}
		}
	}
	return false
}
