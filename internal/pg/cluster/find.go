package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// OldestVersion is the oldest major version of PostgreSQL that DRAMAC works with.
const OldestVersion = 15

// ErrNoBinaries means that no usable PostgreSQL binaries were found.
var ErrNoBinaries = errors.New("no PostgreSQL binaries found")

// binaries is a folder with postgres and initdb of one version.
type binaries struct {
	dir   string
	major int
}

// Find returns the folder of the PostgreSQL binaries to use: DRAMAC_PG_BIN if
// it is set, else the first in PATH, the packages' usual folders (newest first)
// and the cache folder that tools/postgres.sh fills. env reads the environment.
// Nothing found is ErrNoBinaries, with what to do about it.
func Find(env func(string) string) (string, error) {
	found, err := find(env, 0)
	return found.dir, err
}

// FindFor is Find for a data folder: a cluster in it needs binaries of the major
// version that made it.
func FindFor(data string, env func(string) string) (string, error) {
	major, err := folder{data: data, cluster: filepath.Join(data, "postgres")}.version()
	if err != nil {
		return "", err
	}
	found, err := find(env, major)
	return found.dir, err
}

// find is Find for a major version that existing data needs; 0 takes any.
func find(env func(string) string, major int) (binaries, error) {
	if chosen := env("DRAMAC_PG_BIN"); chosen != "" {
		b, err := inspect(chosen)
		if err != nil {
			return b, fmt.Errorf("DRAMAC_PG_BIN: %w", err)
		}
		return b, b.serves(major)
	}
	var others []string
	for _, b := range candidates(env) {
		if b.serves(major) == nil {
			return b, nil
		}
		if other := fmt.Sprintf("%d in %s", b.major, b.dir); !slices.Contains(others, other) {
			others = append(others, other)
		}
	}
	if len(others) > 0 {
		return binaries{}, fmt.Errorf("%w for version %s; found: %s", ErrNoBinaries, wanted(major), strings.Join(others, ", "))
	}
	return binaries{}, fmt.Errorf("%w: run \"make run\" once, which brings them, or install PostgreSQL %d or newer "+
		"(Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17), "+
		"or name their folder with DRAMAC_PG_BIN, or set DATABASE_URL to an existing server", ErrNoBinaries, OldestVersion)
}

// serves returns why the version will not do, nil if it will.
func (b binaries) serves(major int) error {
	if b.major < OldestVersion {
		return fmt.Errorf("PostgreSQL %d in %s is too old: %d is the oldest that works", b.major, b.dir, OldestVersion)
	}
	if major != 0 && b.major != major {
		return fmt.Errorf("the data folder was made by PostgreSQL %d and %s holds %d: data is not moved between major "+
			"versions by itself; name the folder of version %d with DRAMAC_PG_BIN, or move the data with pg_upgrade", major, b.dir, b.major, major)
	}
	return nil
}

func wanted(major int) string {
	if major == 0 {
		return strconv.Itoa(OldestVersion) + " or newer"
	}
	return fmt.Sprintf("%d, which made the data folder", major)
}

// candidates lists what is installed, in the order of preference.
func candidates(env func(string) string) []binaries {
	var found []binaries
	for _, dir := range filepath.SplitList(env("PATH")) {
		if b, err := inspect(dir); err == nil {
			found = append(found, b)
		}
	}
	var installed []binaries
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/usr/local/pgsql/bin",
	} {
		// The patterns are constants, so they are well formed.
		dirs, _ := filepath.Glob(pattern)
		for _, dir := range dirs {
			if b, err := inspect(dir); err == nil {
				installed = append(installed, b)
			}
		}
	}
	slices.SortStableFunc(installed, func(a, b binaries) int { return cmp.Compare(b.major, a.major) })
	found = append(found, installed...)
	if cache, err := os.UserCacheDir(); err == nil {
		if b, err := inspect(filepath.Join(cache, "dramac", "postgres", "native", "bin")); err == nil {
			found = append(found, b)
		}
	}
	return found
}

// inspect resolves links, because PostgreSQL finds its libraries beside the
// real binary, and asks that binary for its version.
func inspect(dir string) (binaries, error) {
	server := filepath.Join(dir, executable("postgres"))
	if _, err := os.Stat(server); err != nil {
		return binaries{}, fmt.Errorf("%s holds no postgres", dir)
	}
	real, err := filepath.EvalSymlinks(server)
	if err != nil {
		return binaries{}, err
	}
	dir = filepath.Dir(real)
	if _, err := os.Stat(filepath.Join(dir, executable("initdb"))); err != nil {
		return binaries{}, fmt.Errorf("%s holds no initdb", dir)
	}
	out, err := exec.Command(real, "--version").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("%s does not run: %w", real, err)
	}
	major, err := majorOf(string(out))
	return binaries{dir: dir, major: major}, err
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// majorOf reads "postgres (PostgreSQL) 15.20 (Debian …)".
func majorOf(text string) (int, error) {
	match := versionText.FindStringSubmatch(text)
	if match == nil {
		return 0, fmt.Errorf("no PostgreSQL version in %q", strings.TrimSpace(text))
	}
	return strconv.Atoi(match[1])
}
