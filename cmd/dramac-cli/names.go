package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// namesCommand is "dramac-cli names".
type namesCommand struct {
	Folder string `arg:"" optional:"" default:"." type:"path" help:"Folder with module.yaml."`
	Linked bool   `help:"The module is linked into the server: it binds code and may have Go files."`
	JSON   bool   `help:"Print the result as JSON."`
}

// Help is shown by "dramac-cli names --help".
func (namesCommand) Help() string {
	return `Names are derived, never declared twice: this lists the permissions, events,
addresses and tools that follow from the module's files, and the names under
which code is bound.`
}

// names are what follows from a manifest.
type names struct {
	Permissions []string `json:"permissions"`
	Events      []string `json:"events"`
	Addresses   []string `json:"addresses"`
	Tools       []string `json:"tools"`
	Code        []string `json:"code"`
}

// Run prints the names.
func (c namesCommand) Run(to output) error {
	m, err := readModule(c.Folder, c.Linked)
	var problems manifest.Problems
	switch {
	case errors.As(err, &problems):
		return printProblems(to, problems, c.JSON)
	case err != nil:
		return err
	}
	n := names{Addresses: m.Addresses(), Tools: m.Tools(), Code: m.Bindings()}
	for _, p := range m.Permissions() {
		n.Permissions = append(n.Permissions, p.Key)
	}
	for _, e := range m.Events() {
		n.Events = append(n.Events, e.Name)
	}
	if c.JSON {
		return writeJSON(to.out, n)
	}
	return n.print(to.out)
}

func (n names) print(w io.Writer) error {
	var err error
	for _, part := range []struct {
		heading string
		list    []string
	}{{"Permissions", n.Permissions}, {"Events", n.Events}, {"Addresses", n.Addresses}, {"Tools", n.Tools}, {"Code", n.Code}} {
		if len(part.list) == 0 {
			continue
		}
		_, failed := fmt.Fprintln(w, part.heading)
		err = errors.Join(err, failed)
		for _, name := range part.list {
			_, failed := fmt.Fprintln(w, "  "+name)
			err = errors.Join(err, failed)
		}
	}
	return err
}
