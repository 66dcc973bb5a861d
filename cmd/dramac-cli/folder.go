package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pack"
)

// leftovers are the endings of files that editors, patch and this tool itself
// leave in a folder and that are never part of a module.
var leftovers = []string{"~", ".bak", ".orig", ".rej", ".swp", ".swo", ".tmp", ".dramac"}

// systemFiles are files that file managers put into any folder.
var systemFiles = []string{"Thumbs.db", "desktop.ini"}

// ignored says whether the file or folder of that path is passed over: names
// that begin with a dot, and leftovers. Everything else is either part of the
// format or a mistake, so that no file is left out of a package silently.
func ignored(name string) bool {
	base := path.Base(name)
	if strings.HasPrefix(base, ".") || slices.Contains(systemFiles, base) {
		return true
	}
	if len(base) > 2 && strings.HasPrefix(base, "#") && strings.HasSuffix(base, "#") {
		return true
	}
	return slices.ContainsFunc(leftovers, func(ending string) bool { return strings.HasSuffix(base, ending) })
}

// readFolder reads the files of a module once, so that what is checked is what
// is packed. Links are refused, not followed: a package holds no links, and a
// link may lead out of the folder. The error is manifest.Problems or that of
// the file system.
func readFolder(folder string) (pack.Files, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the module's folder: %w", err)
	}
	defer root.Close()
	files := pack.Files{}
	var found manifest.Problems
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && ignored(name) && d.IsDir():
			return fs.SkipDir
		case d.IsDir() || ignored(name):
			return nil
		case !d.Type().IsRegular():
			found = append(found, notPlain(name, d.Type()))
			return nil
		case len(files) > pack.DefaultLimits().Files:
			// Enough to be refused; a whole disk is not read for it.
			return fs.SkipAll
		}
		files[name], err = readFile(root, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the module's folder: %w", err)
	}
	if len(found) > 0 {
		return nil, found
	}
	return files, nil
}

func notPlain(name string, mode fs.FileMode) manifest.Problem {
	problem := manifest.Problem{File: name, Line: 1, Column: 1, Message: "this is not a plain file"}
	if mode&fs.ModeSymlink != 0 {
		problem.Message = "this is a link, and a package has none"
		problem.Hint = "Put the file itself here."
	}
	return problem
}

// readFile reads a file, and one byte more than a package may have at most, so
// that what is too large is refused by its size later.
func readFile(root *os.Root, name string) ([]byte, error) {
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, pack.DefaultLimits().File+1))
}
