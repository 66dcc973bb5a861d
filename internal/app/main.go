// Package app is the process: it reads the configuration, opens the database,
// wires the parts together, serves until it is told to stop, and is the only
// place besides cmd that knows the environment, the wall clock and signals.
//
// What is served is wired in wiring.go.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line. Every flag can be given in the environment too.
type commands struct {
	Config

	Serve   serveCommand   `cmd:"" help:"Run the server until it is told to stop."`
	Worker  workerCommand  `cmd:"" help:"Work off jobs and events beside a server, until told to stop."`
	Demo    demoCommand    `cmd:"" help:"Load the demo and print its log-ins; works with the server running or not."`
	Doctor  doctorCommand  `cmd:"" help:"Look for faults in the configuration, the database and the modules' tables."`
	Admin   adminCommand   `cmd:"" help:"Say who administers the platform."`
	Keys    keysCommand    `cmd:"" help:"List the keys that seal values of the database, or add a new one."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// process is what a command may use of the process it runs in.
type process struct {
	config Config
	env    func(string) string
	stdout io.Writer
	stderr io.Writer
}

// Main runs the command line and returns the exit code: 0 for success, 1 for a
// failure, which is printed, 2 for a command line that makes no sense.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	return run(ctx, args, process{env: os.Getenv, stdout: os.Stdout, stderr: os.Stderr})
}

// run is Main with everything that a test replaces.
func run(ctx context.Context, args []string, p process) int {
	var line commands
	exit := -1
	parser, err := kong.New(&line, kong.Name("dramac"),
		kong.Description("A content management system for agencies, with modules as packages."),
		kong.Writers(p.stdout, p.stderr), kong.Exit(func(code int) { exit = code }))
	if err != nil {
		fmt.Fprintln(p.stderr, "dramac:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "dramac: %v\nTry \"dramac --help\".\n", err)
		return 2
	}
	p.config = line.Config.complete()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(&p); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(p.stderr, "dramac:", err)
		}
		return 1
	}
	return 0
}

// errReported is a failure whose words are printed already.
var errReported = errors.New("reported")
