package proof

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var screenshots = flag.String("screenshots", "", "folder into which TestScreenshots writes its pictures")

// shared is what all tests of the package use: the programs, built once, one
// browser, and a server with content, started by the first test that wants it.
var shared struct {
	programs string // folder of dramac and dramac-cli
	packages string // folder of the examples' packages
	browser  context.Context
	content  func() (*content, error)
	servers  servers
	mail     *mailbox
}

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := prepareAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err)
		code = 1
	}
	os.Exit(code)
}

func prepareAndRun(m *testing.M) (code int, err error) {
	// Not the test's own folder: the database's account must be able to pass.
	folder, err := os.MkdirTemp("/tmp", "dramac-proof-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := os.Chmod(folder, 0o755); err != nil {
		return 1, err
	}
	shared.servers.folder = folder
	shared.programs, shared.packages = filepath.Join(folder, "bin"), folder
	if err := buildPrograms(shared.programs); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, shared.servers.stop()) }()
	box, closeBox, err := openMailbox(context.Background())
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, closeBox()) }()
	shared.mail = box
	shared.content = sync.OnceValues(startWithContent)
	browser, stop, err := startBrowser()
	if err != nil {
		return 1, err
	}
	defer stop()
	shared.browser = browser
	return m.Run(), nil
}

func buildPrograms(to string) error {
	build := exec.Command("go", "build", "-o", to+string(filepath.Separator), "./cmd/dramac", "./cmd/dramac-cli")
	build.Dir = repository
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return nil
}

// repository is the root of the repository, seen from this package.
const repository = "../.."

// cli runs dramac-cli and returns what it printed and its exit code.
func cli(t testing.TB, args ...string) (string, int) {
	t.Helper()
	command := cliCommand(args...)
	out, err := command.CombinedOutput()
	if err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}

func cliCommand(args ...string) *exec.Cmd {
	return exec.Command(filepath.Join(shared.programs, "dramac-cli"), args...)
}

// built makes the package of an example by the CLI and returns its file.
func built(t testing.TB, example string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), example+".dramac")
	if out, code := cli(t, "build", filepath.Join(repository, "examples", example), "--out", file); code != 0 {
		t.Fatalf("dramac-cli build %s ended with %d:\n%s", example, code, out)
	}
	return file
}
