package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// packageMode lets everybody read the package, which holds no secrets.
const packageMode = 0o644

// buildCommand is "dramac-cli build".
type buildCommand struct {
	Folder string `arg:"" optional:"" default:"." type:"path" help:"Folder with module.yaml."`
	Out    string `short:"o" type:"path" placeholder:"FILE" help:"Package to write. Default: <id>-<version>.dramac in the current folder."`
	JSON   bool   `help:"Print the result as JSON."`
}

// Help is shown by "dramac-cli build --help".
func (buildCommand) Help() string {
	return `The module is checked first, and nothing is written if it has mistakes.
Equal files give a package of equal bytes. A file that is there already is
replaced at once, never in part. The hash is that of the content: the server
takes a version a second time only if it is the same.`
}

// built is the result of build as JSON.
type built struct {
	File    string `json:"file"`
	Module  string `json:"module"`
	Version string `json:"version"`
	Hash    string `json:"hash"`
	Size    int64  `json:"size"`
	Files   int    `json:"files"`
}

// Run checks the folder, writes the package and prints what it is.
func (c buildCommand) Run(to output) error {
	m, data, info, err := load(c.Folder)
	var problems manifest.Problems
	switch {
	case errors.As(err, &problems):
		return printProblems(to, problems, c.JSON)
	case err != nil:
		return err
	}
	if c.Out == "" {
		c.Out = m.ID + "-" + m.Version + ".dramac"
	}
	if err := replaceFile(c.Out, data); err != nil {
		return fmt.Errorf("write the package: %w", err)
	}
	b := built{File: c.Out, Module: m.ID, Version: m.Version, Hash: info.Hash, Size: info.Size, Files: info.Files}
	if c.JSON {
		return writeJSON(to.out, b)
	}
	_, err = fmt.Fprintf(to.out, "module   %s\nversion  %s\nhash     %s\nsize     %d bytes, %s\nfile     %s\n",
		b.Module, b.Version, b.Hash, b.Size, count(b.Files, "file"), b.File)
	return err
}

// replaceFile puts the content in the file's place in one step, so that nobody
// sees a part of it and a failure leaves the old file as it was.
func replaceFile(name string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(name), ".dramac-*.tmp")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(packageMode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
