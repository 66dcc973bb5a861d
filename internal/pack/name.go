package pack

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// maxName is the longest path in bytes that unpacks on every system.
const maxName = 200

// textTypes are the file types that hold text for people to read and that a
// parser reads whole, so they have the smaller size limit.
var textTypes = []string{".css", ".html", ".json", ".md", ".svg", ".txt", ".yaml", ".yml"}

// sizeLimit returns how many bytes the file may have.
func (l Limits) sizeLimit(name string) int64 {
	if slices.Contains(textTypes, strings.ToLower(path.Ext(name))) || path.Ext(name) == "" {
		return l.TextFile
	}
	return l.File
}

// checkName refuses a path that is not a plain relative path on every system:
// climbing, absolute, with a drive letter or backslash, or unprintable.
func checkName(name string) error {
	switch {
	case strings.HasSuffix(name, "/") && fs.ValidPath(strings.TrimSuffix(name, "/")):
		return refuse(CodeFileName, "%q is a folder; a package has files only.", name).
			WithHint("Make the package with dramac-cli build, or zip without entries for folders (zip -D).")
	case !utf8.ValidString(name):
		return refuse(CodeFileName, "The name %q is not UTF-8.", name)
	case len(name) > maxName:
		return refuse(CodeFileName, "The name %.40q… is longer than %d bytes.", name, maxName)
	case !fs.ValidPath(name) || name == ".":
		return refuse(CodeFileName, "%q is not a relative path inside the package.", name)
	case strings.ContainsAny(name, "\\:"):
		return refuse(CodeFileName, "%q has a backslash or colon in it. Use plain names and forward slashes.", name)
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return refuse(CodeFileName, "%q has an invisible character in it.", name)
	}
	return nil
}

func isASCII(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII })
}

// folded returns the form in which file systems that ignore case and the way
// accents are composed would compare the path.
func folded(name string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
}

// checkNames refuses names that collide on some file system, and then names
// that the format does not know. The caller has passed each to checkName.
func checkNames(names []string) error {
	seen := make(map[string]string, len(names))
	for _, name := range names {
		if other, ok := seen[folded(name)]; ok {
			if other == name {
				return refuse(CodeFileDuplicate, "%q stands in the package twice.", name)
			}
			return refuse(CodeFileDuplicate, "%q and %q are the same file on some systems.", other, name)
		}
		seen[folded(name)] = name
	}
	for _, name := range names {
		for folder := path.Dir(folded(name)); folder != "."; folder = path.Dir(folder) {
			if other, ok := seen[folder]; ok {
				return refuse(CodeFileDuplicate, "%q is a file, and %q needs a folder of that name.", other, name)
			}
		}
	}
	for _, name := range names {
		if !manifest.Known(name) {
			return refuse(CodeFileUnknown, "%q is not a file of a module.", name).
				WithHint("A module has module.yaml, collections/*.yaml, blocks/*.yaml with blocks/*.html, locales/*.yaml, seed/*.yaml and demo/*.yaml; README.md, LICENSE, CHANGELOG.md and icon.svg may stand beside them.")
		}
	}
	return nil
}

// isZippedFolder says whether the names are those of a module whose folder was
// zipped instead of the folder's content: all of them lie below one folder.
func isZippedFolder(names []string) bool {
	if len(names) == 0 {
		return false
	}
	folder, _, below := strings.Cut(names[0], "/")
	return below && slices.Contains(names, folder+"/module.yaml") &&
		!slices.ContainsFunc(names, func(name string) bool { return !strings.HasPrefix(name, folder+"/") })
}
