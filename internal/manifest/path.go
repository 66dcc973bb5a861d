package manifest

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// moduleFile is the one file that every module has.
const moduleFile = "module.yaml"

// companions are files that a module may carry for people. They are not read.
var companions = []string{"README.md", "LICENSE", "CHANGELOG.md", "icon.svg"}

// laterFolders are folders of the format that this version does not read.
var laterFolders = []string{"ui", "server"}

var (
	localeFileRE = regexp.MustCompile(`^locales/([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)\.yaml$`)
	seedFileRE   = regexp.MustCompile(`^(?:(seed|demo)|seed/([A-Z]{2}))/([a-z][a-z0-9_]{0,40})\.yaml$`)
)

// Known says whether a file of that path may be part of a module. Paths are
// relative to the module's folder and written with slashes.
func Known(p string) bool {
	if p == moduleFile || slices.Contains(companions, p) {
		return true
	}
	if localeFileRE.MatchString(p) || seedFileRE.MatchString(p) {
		return true
	}
	folder, file := path.Split(p)
	ext := path.Ext(file)
	if !nameRE.MatchString(strings.TrimSuffix(file, ext)) {
		return false
	}
	switch folder {
	case "collections/":
		return ext == ".yaml"
	case "blocks/":
		return ext == ".yaml" || ext == ".html"
	}
	return false
}

// stray explains why a path that is not Known is refused, with a hint.
func stray(p string) (message, hint string) {
	folder, _, deep := strings.Cut(p, "/")
	switch {
	case deep && slices.Contains(laterFolders, folder):
		return later(folder + "/"), ""
	case folder == "collections" || folder == "blocks":
		return "this is not the name of a file here", "Write collections/<name>.yaml, blocks/<name>.yaml and blocks/<name>.html. " + nameHint
	case folder == "locales":
		return "this is not the name of a file here", "Write locales/<language>.yaml, like locales/de.yaml."
	case folder == "seed" || folder == "demo":
		return "this is not the name of a file here", "Write seed/<collection>.yaml, seed/<COUNTRY>/<collection>.yaml or demo/<collection>.yaml."
	case folder == "migrations":
		return "a module has no migrations", "The platform makes the tables from the collections."
	}
	files := append([]string{moduleFile}, companions...)
	if i := slices.IndexFunc(files, func(name string) bool { return strings.EqualFold(name, p) }); i >= 0 {
		return "this file is not part of the format", fmt.Sprintf("Did you mean %q?", files[i])
	}
	return "this file is not part of the format", suggest(p, files)
}
