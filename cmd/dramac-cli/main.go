// Command dramac-cli is the tool of module authors. It checks the folder of a
// module exactly as the server does, and makes the package to upload. It needs
// neither a server nor a network.
//
// It ends with 0 when all is well, 1 when the module has mistakes, and 2 when
// the command line is wrong or a file cannot be read or written.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitOK      = 0
	exitInvalid = 1 // the module has mistakes, which have been printed
	exitFailed  = 2 // wrong use, or reading or writing failed
)

// errInvalid says that the module has mistakes and that they were printed.
var errInvalid = errors.New("the module has mistakes")

// commands are the command line.
type commands struct {
	Validate validateCommand `cmd:"" help:"Check the folder of a module and print every mistake."`
	Build    buildCommand    `cmd:"" help:"Check a module and make its .dramac package."`
	Names    namesCommand    `cmd:"" help:"List the permissions, events, addresses and tools that follow from a module."`
	Schema   schemaCommand   `cmd:"" help:"Print the JSON Schema of the manifest's files, for editors."`
	Version  versionCommand  `cmd:"" help:"Print the version of this tool and of the format."`
}

// output is where commands print: results to out, remarks to remarks.
type output struct {
	out     io.Writer
	remarks io.Writer
}

func main() {
	os.Exit(run(os.Args[1:], output{out: os.Stdout, remarks: os.Stderr}))
}

// stop carries an exit code out of the parser, which prints its help and
// expects not to be returned to.
type stop int

// run runs one command line and returns the exit code.
func run(args []string, to output) (code int) {
	defer func() {
		if caught := recover(); caught != nil {
			stopped, ok := caught.(stop)
			if !ok {
				panic(caught)
			}
			code = int(stopped)
		}
	}()
	parser, err := kong.New(&commands{},
		kong.Name("dramac-cli"),
		kong.Description("The tool of DRAMAC module authors: check a module's folder and make its package."),
		kong.Writers(to.out, to.remarks),
		kong.Exit(func(code int) { panic(stop(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Bind(to),
	)
	if err != nil {
		fmt.Fprintln(to.remarks, "dramac-cli:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(to.remarks, "dramac-cli: %v\nSee: dramac-cli --help\n", err)
		return exitFailed
	}
	switch err := command.Run(); {
	case errors.Is(err, errInvalid):
		return exitInvalid
	case err != nil:
		fmt.Fprintln(to.remarks, "dramac-cli:", err)
		return exitFailed
	}
	return exitOK
}

// writeJSON prints the value as one indented JSON document.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
