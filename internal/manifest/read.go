package manifest

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Read reads the manifest of a module from its folder: module.yaml,
// collections/*.yaml and blocks/*. The error is Problems, with everything that
// is wrong at once, or what the file system said. Files and folders whose
// names begin with a dot are passed over. What would bind code is refused, since
// code of packages is not run yet.
func Read(files fs.FS) (*Manifest, error) { return read(files, false) }

// ReadLinked is Read for a module that is linked into the server, which may
// bind code. Go files beside the manifest are passed over.
func ReadLinked(files fs.FS) (*Manifest, error) { return read(files, true) }

func read(files fs.FS, linked bool) (*Manifest, error) {
	contents, found, err := load(files, linked)
	if err != nil {
		return nil, err
	}
	r := &reader{
		linked:       linked,
		m:            &Manifest{},
		found:        found,
		collections:  map[string]*draft{},
		visitorReads: map[string]bool{},
	}
	r.read(contents)
	if len(r.found) == 0 {
		if err := r.m.Check(Standard()); err != nil {
			return nil, err
		}
	}
	if err := r.found.orNil(); err != nil {
		return nil, err
	}
	return r.m, nil
}

// reader holds what is known of a module while it is read.
type reader struct {
	m            *Manifest
	linked       bool // the module may bind code
	found        Problems
	collections  map[string]*draft // every collection that has a file, even a broken one
	visitorReads map[string]bool   // collections that visitors are granted to read, rightly or not
	rolesBroken  bool              // it is not known what visitors are granted

	settingsBroken bool // it is not known which settings there are

	expressions []pending
}

// draft is a collection that is being read.
type draft struct {
	*Collection
	doc    *document
	values map[string]*yaml.Node
	nodes  map[string]*yaml.Node // keys of the fields, by name
	broken bool                  // its fields are not known, so nothing is said about names of fields

	actionsBroken bool // it is not known which states its actions lead to
}

// load reads the files that the format knows, by path. Others become problems.
func load(files fs.FS, linked bool) (map[string][]byte, Problems, error) {
	contents := map[string][]byte{}
	var found Problems
	err := fs.WalkDir(files, ".", func(p string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p == ".":
			return nil
		case strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir(), linked && path.Ext(p) == ".go":
			return nil
		}
		problem := func(message, hint string) {
			found = append(found, Problem{File: p, Line: 1, Column: 1, Message: message, Hint: hint})
		}
		switch {
		case !Known(p):
			message, hint := stray(p)
			problem(message, hint)
		case !entry.Type().IsRegular():
			problem("this is not a regular file", "")
		case slices.Contains(companions, p):
		default:
			content, err := readFile(files, p)
			if err != nil {
				return err
			}
			if len(content) > MaxFile {
				problem(fmt.Sprintf("the file has more than %d bytes", MaxFile), "")
				content = nil
			}
			contents[p] = content
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read module: %w", err)
	}
	return contents, found, nil
}

// readFile reads a file, and no more than shows that it is too large.
func readFile(files fs.FS, p string) ([]byte, error) {
	f, err := files.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxFile+1))
}

// read goes from what others refer to towards what refers: fields before
// actions and reaches, these before grants and blocks.
func (r *reader) read(contents map[string][]byte) {
	module := r.openModule(contents)
	r.rolesBroken, r.settingsBroken = module == nil, module == nil
	if module != nil {
		r.readIdentity(module)
	}
	drafts := r.openCollections(contents)
	for _, d := range drafts {
		r.readFields(d)
	}
	for _, d := range drafts {
		r.checkReferences(d)
		r.readCollection(d)
	}
	if module != nil {
		r.checkTargets(module, module.values(module.root)["settings"], r.m.Settings)
		r.readModuleActions(module)
		r.readOffers(module)
		r.checkRemoved(module)
		r.readRoles(module)
		r.readMenu(module)
	}
	r.readBlocks(contents)
	r.readSeeds(contents)
	r.checkExpressions()
	r.checkCircles(drafts)
	r.checkSettings(drafts)
	r.checkTemplates()
	r.readLocales(contents)
}

// checkCircles refuses fields whose values depend on themselves.
func (r *reader) checkCircles(drafts []*draft) {
	for _, d := range drafts {
		if _, circle := r.m.order(d.Collection); circle != nil {
			first, _, _ := strings.Cut(circle[0], ".")
			d.doc.problem(d.nodes[first], "", "the value of %s depends on itself: %s", circle[0], strings.Join(circle, " reads "))
		}
	}
}

// checkTemplates checks the templates of the blocks. What they name is looked
// up only when everything else is right, so that a slip in a query's name is
// not reported again where the template uses it.
func (r *reader) checkTemplates() {
	sound := len(r.found) == 0
	for _, b := range r.m.Blocks {
		file := "blocks/" + b.Name + ".html"
		if sound {
			r.found = append(r.found, CheckTemplate(file, b.Template, b, r.m)...)
		} else {
			r.found = append(r.found, CheckTemplate(file, b.Template, nil, nil)...)
		}
	}
}

func (r *reader) openModule(contents map[string][]byte) *document {
	content, has := contents[moduleFile]
	switch {
	case !has:
		r.found = append(r.found, Problem{File: moduleFile, Line: 1, Column: 1, Message: "the file is missing", Hint: "Every module has a module.yaml."})
		return nil
	case content == nil:
		return nil
	}
	d := r.open(moduleFile, content, moduleFormat())
	if d.root == nil {
		return nil
	}
	return d
}

// open parses a file and checks it against the keys of its root. The root is
// nil when nothing of the file can be used.
func (r *reader) open(file string, content []byte, format *object) *document {
	d := parse(file, content, &r.found)
	if d.root == nil {
		return d
	}
	shape := keys(format)
	d.check("the file", d.root, &shape)
	if d.bad[d.root] {
		d.root = nil
	}
	return d
}

func (r *reader) openCollections(contents map[string][]byte) []*draft {
	var drafts []*draft
	for _, p := range sortedKeys(contents) {
		name, is := strings.CutPrefix(p, "collections/")
		if !is {
			continue
		}
		name = strings.TrimSuffix(name, path.Ext(name))
		d := &draft{Collection: &Collection{Name: name}, nodes: map[string]*yaml.Node{}, broken: true}
		r.collections[name] = d
		if contents[p] == nil {
			continue // too large, and said so
		}
		d.doc = r.open(p, contents[p], collectionFormat())
		if why := reservedCollection(name); why != "" {
			d.doc.problem(nil, "Choose another name.", "%s", why)
		}
		if !r.allows("collections") {
			d.doc.problem(nil, "", "%s has no collections", r.moduleNoun())
		}
		if d.doc.root != nil {
			d.values = d.doc.values(d.doc.root)
			drafts = append(drafts, d)
		}
		r.m.Collections = append(r.m.Collections, d.Collection)
	}
	return drafts
}

// allows says whether the module's type, as far as it is known, has the part.
func (r *reader) allows(part string) bool { return r.m.Type == "" || r.m.Type.Allows(part) }

func (r *reader) moduleNoun() string {
	if r.m.Type == App || r.m.Type == Integration {
		return "an " + string(r.m.Type) + " module"
	}
	return "a " + string(r.m.Type) + " module"
}
