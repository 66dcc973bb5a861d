package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pack"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// validateCommand is "dramac-cli validate".
type validateCommand struct {
	Folder string `arg:"" optional:"" default:"." type:"path" help:"Folder with module.yaml."`
	Linked bool   `help:"The module is linked into the server: it binds code and may have Go files."`
	JSON   bool   `help:"Print the result as JSON."`
}

// Help is shown by "dramac-cli validate --help".
func (validateCommand) Help() string {
	return `Every mistake is printed on a line of its own, as file:line:column: message,
and the command ends with 1. Names that begin with a dot and leftovers of
editors (*~, *.bak, *.orig, *.rej, *.swp, *.swo, *.tmp, #*#), *.dramac,
Thumbs.db and desktop.ini are passed over. Links are refused.`
}

// Run checks the folder and prints what it found.
func (c validateCommand) Run(to output) error {
	m, err := readModule(c.Folder, c.Linked)
	var problems manifest.Problems
	switch {
	case errors.As(err, &problems):
		return printProblems(to, problems, c.JSON)
	case err != nil:
		return err
	case c.JSON:
		return writeJSON(to.out, newVerdict(m))
	}
	_, err = fmt.Fprintf(to.out, "%s %s is valid: %s\n", m.ID, m.Version, contents(m))
	return err
}

// readModule reads and checks the folder of a module that is linked into the server,
// or one that is uploaded, of which everything is checked that the server checks.
func readModule(folder string, linked bool) (*manifest.Manifest, error) {
	if !linked {
		m, _, _, err := load(folder)
		return m, err
	}
	files, err := readFolder(folder)
	if err != nil {
		return nil, err
	}
	return manifest.ReadLinked(files)
}

// load reads and checks the folder, and packs it. It checks all that the
// server checks, the package's limits included. The error is
// manifest.Problems when the module has mistakes.
func load(folder string) (*manifest.Manifest, []byte, pack.Info, error) {
	files, err := readFolder(folder)
	if err != nil {
		return nil, nil, pack.Info{}, err
	}
	m, err := manifest.Read(files)
	if err != nil {
		return nil, nil, pack.Info{}, err
	}
	if err := m.Check(manifest.Strangers()); err != nil {
		return nil, nil, pack.Info{}, err
	}
	var packed bytes.Buffer
	info, err := pack.Build(files, &packed)
	if refusal := errs.Of(err); refusal != nil {
		return nil, nil, pack.Info{}, manifest.Problems{{
			File: "module.yaml", Line: 1, Column: 1, Message: refusal.Message, Hint: refusal.Hint,
		}}
	}
	return m, packed.Bytes(), info, err
}

// verdict is the result of validate as JSON.
type verdict struct {
	OK          bool      `json:"ok"`
	Module      string    `json:"module,omitempty"`
	Version     string    `json:"version,omitempty"`
	Collections int       `json:"collections"`
	Fields      int       `json:"fields"`
	Actions     int       `json:"actions"`
	Blocks      int       `json:"blocks"`
	Problems    []problem `json:"problems"`
}

// problem is one mistake as JSON.
type problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func newVerdict(m *manifest.Manifest) verdict {
	v := verdict{
		OK: true, Module: m.ID, Version: m.Version,
		Collections: len(m.Collections), Blocks: len(m.Blocks), Problems: []problem{},
	}
	for _, c := range m.Collections {
		v.Fields += len(c.Fields)
		v.Actions += len(c.Actions)
	}
	return v
}

// contents says how much the module declares.
func contents(m *manifest.Manifest) string {
	v := newVerdict(m)
	return fmt.Sprintf("%s, %s, %s, %s",
		count(v.Collections, "collection"), count(v.Fields, "field"), count(v.Actions, "action"), count(v.Blocks, "block"))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// printProblems prints the mistakes and returns errInvalid.
func printProblems(to output, problems manifest.Problems, asJSON bool) error {
	if asJSON {
		v := verdict{}
		for _, p := range problems {
			v.Problems = append(v.Problems, problem{File: p.File, Line: p.Line, Column: p.Column, Message: p.Message, Hint: p.Hint})
		}
		return errors.Join(writeJSON(to.out, v), errInvalid)
	}
	_, err := io.WriteString(to.out, problems.Error()+"\n")
	fmt.Fprintf(to.remarks, "%s\n", count(len(problems), "mistake"))
	return errors.Join(err, errInvalid)
}
