//go:build unix

package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the operating system's user that PostgreSQL runs as.
type account struct {
	name string
	uid  uint32
	gid  uint32
	// groups are the supplementary groups; none when privileges are dropped.
	groups []uint32
	// drop says that this process is root and the database runs as another user.
	drop bool
	// server is the name of the user that this process runs as.
	server string
}

// databaseAccount returns the user to run PostgreSQL as: this process's own, or
// as root, which PostgreSQL refuses, the owner of an existing cluster,
// "postgres" or "nobody".
func databaseAccount(cluster string) (account, error) {
	own, err := user.LookupId(strconv.Itoa(os.Getuid()))
	if err != nil {
		return account{}, fmt.Errorf("the user id %d has no entry in the password file, which PostgreSQL needs: "+
			"run as a named user, or set DATABASE_URL to an existing server", os.Getuid())
	}
	info, err := os.Stat(cluster)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return account{}, fmt.Errorf("data folder: %w", err)
	}
	if os.Getuid() != 0 {
		if info != nil && owner(info) != uint32(os.Getuid()) {
			return account{}, fmt.Errorf("the cluster in %s belongs to the user id %d, not to %s: "+
				"start as the user that made it, or choose another folder with DRAMAC_DATA", cluster, owner(info), own.Username)
		}
		return newAccount(own, own.Username)
	}
	if info != nil && owner(info) != 0 {
		found, err := user.LookupId(strconv.Itoa(int(owner(info))))
		if err != nil {
			return account{}, fmt.Errorf("the cluster in %s belongs to the user id %d, which has no entry in the password file", cluster, owner(info))
		}
		return newAccount(found, own.Username)
	}
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			return newAccount(found, own.Username)
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody: " +
		"make one (useradd --system postgres), start as another user, or set DATABASE_URL")
}

func newAccount(u *user.User, server string) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user id of %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("group id of %s: %w", u.Username, err)
	}
	a := account{name: u.Username, uid: uint32(uid), gid: uint32(gid), server: server, drop: os.Getuid() != int(uid)}
	if a.drop {
		return a, nil
	}
	own, err := os.Getgroups()
	if err != nil {
		return account{}, fmt.Errorf("groups of %s: %w", u.Username, err)
	}
	for _, g := range own {
		a.groups = append(a.groups, uint32(g))
	}
	return a, nil
}

// owner returns the user id that a file belongs to.
func owner(info fs.FileInfo) uint32 { return info.Sys().(*syscall.Stat_t).Uid }

// admitTo makes the data folder and lets the database user pass through it,
// without letting it list what is inside.
func (a account) admitTo(data string) error {
	mode := fs.FileMode(0o700)
	if a.drop {
		mode = 0o711
	}
	if err := os.MkdirAll(data, mode); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if !a.drop {
		return nil
	}
	info, err := os.Stat(data)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if open := info.Mode().Perm() | 0o011; open != info.Mode().Perm() {
		if err := os.Chmod(data, open); err != nil {
			return fmt.Errorf("let the database user into the data folder: %w", err)
		}
	}
	return nil
}

// closedFolder returns the topmost folder on the way to path, path included,
// that the database user may not enter; empty if all are open.
func (a account) closedFolder(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	for _, folder := range ancestors(path) {
		info, err := os.Stat(folder)
		if err != nil {
			return "", err
		}
		if !a.mayEnter(info) {
			return folder, nil
		}
	}
	return "", nil
}

// mayEnter applies the permission bits; access lists beyond them are not read.
func (a account) mayEnter(info fs.FileInfo) bool {
	stat, mode := info.Sys().(*syscall.Stat_t), info.Mode().Perm()
	if a.uid == 0 {
		return true
	}
	if stat.Uid == a.uid {
		return mode&0o100 != 0
	}
	if stat.Gid == a.gid {
		return mode&0o010 != 0
	}
	for _, g := range a.groups {
		if stat.Gid == g {
			return mode&0o010 != 0
		}
	}
	return mode&0o001 != 0
}

// ancestors lists the folders from the root down to path.
func ancestors(path string) []string {
	if parent := filepath.Dir(path); parent != path {
		return append(ancestors(parent), path)
	}
	return []string{path}
}

// ownFolder makes a folder that only the database user (and root) may enter. A
// folder of that name which belongs to somebody else is refused: whoever made
// it could listen on the socket.
func (a account) ownFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err == nil {
		return a.give(path)
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() || (owner(info) != a.uid && owner(info) != uint32(os.Getuid())) {
		return fmt.Errorf("%s is not a folder of the user %s", path, a.name)
	}
	if err := a.give(path); err != nil {
		return err
	}
	return os.Chmod(path, 0o700)
}

// give hands a file or folder to the database user.
func (a account) give(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}
