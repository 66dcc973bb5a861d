// Package architecture_test holds the house rules that the compiler cannot
// know: who may import whom, and what nobody does.
package architecture_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/dramac-main/dramac-cms"

// A rule says what the packages of some folders may import of this repository,
// and what of others they may not.
type rule struct {
	// folders are the packages that the rule is for: "internal/pg" with all
	// below it. The rule with the longest matching folder holds.
	folders []string
	// imports are the folders of this repository they may import; a folder may
	// always import what lies below itself.
	imports []string
	// never are import paths, with all below, that they may not use directly.
	never []string
	why   string
}

var (
	// pure packages work on values alone and build on every system.
	pure = []string{"internal/manifest", "internal/pack", "internal/expr", "internal/money", "internal/clock", "internal/i18n"}
	// machinery is what every noun may stand on.
	machinery = []string{
		"internal/pg", "internal/job", "internal/outbox", "internal/change", "internal/mail", "internal/blob", "internal/realtime",
		"internal/secret", "internal/replay", "internal/sequence", "internal/document", "internal/egress",
	}
	// outside is the world that pure packages do not touch.
	outside = []string{"os", "os/exec", "net", "net/http", "github.com/jackc/pgx/v5"}
)

func all(lists ...[]string) []string { return slices.Concat(lists...) }

var rules = []rule{
	{[]string{"cmd/dramac"}, []string{"internal/app"}, nil, "a program is one line; what it does is internal/app"},
	{
		[]string{"cmd/dramac-cli"},
		[]string{"internal/manifest", "internal/pack", "internal/scaffold", "internal/lsp", "internal/client", "sdk"},
		[]string{"github.com/jackc/pgx/v5"},
		"the tool for authors has no database and no server inside",
	},
	{[]string{"internal/app"}, []string{"internal", "sdk", "web", "modules"}, nil, "the process wires everything, but no program"},
	{[]string{"internal/gateway"}, []string{"internal", "sdk", "web"}, []string{"os"}, "HTTP in and out, above every noun; it reads no environment"},
	{
		[]string{"internal/screen"},
		[]string{"internal/collection", "internal/manifest", "internal/expr", "internal/i18n", "sdk", "web"},
		[]string{"github.com/jackc/pgx/v5", "os"},
		"screens are made of manifests and values; they ask no database",
	},
	{
		[]string{"internal/page"},
		[]string{"internal/collection", "internal/manifest", "internal/expr", "internal/blob", "internal/i18n", "sdk", "web"},
		[]string{"github.com/jackc/pgx/v5", "os"},
		"pages are made of blocks and values; they ask no database",
	},
	{
		[]string{"internal/module"},
		all(pure, machinery, []string{"internal/collection", "internal/sandbox", "internal/audit", "sdk"}),
		[]string{"net/http", "os"},
		"a module's life knows packages and tables, no HTTP",
	},
	{
		[]string{"internal/collection"},
		[]string{"internal/manifest", "internal/expr", "internal/pg", "internal/secret", "internal/i18n", "sdk"},
		[]string{"net/http", "os"},
		"the data engine serves HTTP, jobs and imports alike",
	},
	{
		[]string{"internal/host"},
		[]string{"internal/manifest", "internal/expr", "internal/collection", "internal/module", "internal/file", "internal/tenancy", "internal/pg", "internal/outbox", "internal/job", "sdk"},
		[]string{"net", "net/http", "os"},
		"what runs the code of modules knows records, their files and installations, no HTTP",
	},
	{[]string{"internal/sandbox"}, []string{"internal/manifest", "internal/egress", "sdk"}, []string{"github.com/jackc/pgx/v5"}, "guests reach no database"},
	{pure, all(pure, []string{"sdk"}), outside, "pure: no database, no network, no files, and nothing that has them"},
	{
		[]string{"internal/tenancy", "internal/account", "internal/access", "internal/audit", "internal/plan", "internal/notify", "internal/market", "internal/billing", "internal/analytics", "internal/domain", "internal/automation", "internal/ai"},
		all(pure, machinery, []string{"sdk"}),
		[]string{"net/http", "os"},
		"a noun of the platform stands on the machinery; one another only through an interface that the consumer declares",
	},
	{[]string{"internal/identity"}, all(pure, machinery, []string{"sdk"}), []string{"os"}, "a noun as above, which asks the servers of others by internal/egress"},
	{[]string{"internal/file"}, all(pure, machinery, []string{"sdk"}), []string{"os"}, "a noun as above; of net/http it takes the sniffing of types only"},
	{machinery, all(machinery, []string{"sdk"}), nil, "machinery knows no noun"},
	{[]string{"modules"}, []string{"sdk", "contracts"}, []string{"net", "os", "github.com/jackc/pgx/v5"}, "linked modules reach the world through their call only"},
	{[]string{"contracts"}, []string{"sdk"}, outside, "contracts are types"},
	{[]string{"sdk"}, []string{"sdk"}, outside, "authors build against it, for WebAssembly too"},
	{[]string{"sdk/ui"}, []string{"sdk"}, outside, "the design system"},
	{[]string{"web"}, []string{"sdk"}, []string{"github.com/jackc/pgx/v5"}, "bundled styles and scripts, and the code that serves them"},
	{[]string{"testkit", "internal/demo", "internal/bench", "internal/proof"}, []string{"internal", "sdk", "web", "testkit", "modules", "contracts", "examples"}, nil, "what shows and tests the whole may use the whole"},
	{[]string{"examples"}, nil, nil, "examples hold packages for upload; Go in them only embeds"},
}

// standardOnly are the packages that import nothing but the standard library
// and one another, because they compile to wasip1 for module authors.
var standardOnly = []string{"sdk", "contracts"}

// A ban is a call that only some folders may make.
type ban struct {
	name    string
	allowed []string
	why     string
}

var bans = []ban{
	{"time.Now", []string{"cmd", "internal/app", "internal/bench", "testkit"}, "the clock is passed in, so that tests can turn it"},
	{"os.Getenv", []string{"cmd", "internal/app", "testkit"}, "one Config is read and checked at the start"},
	{"os.LookupEnv", []string{"cmd", "internal/app", "testkit"}, "one Config is read and checked at the start"},
	{"http.DefaultClient", nil, "it has no timeout"},
	{"context.Background", []string{"cmd", "internal/app", "internal/bench", "testkit"}, "work that nobody can cancel"},
	{"context.TODO", nil, "work that nobody can cancel"},
}

// source is one Go file.
type source struct {
	folder string // slash separated, relative to the repository
	name   string
	file   *ast.File
}

func (s source) isTest() bool      { return strings.HasSuffix(s.name, "_test.go") }
func (s source) isGenerated() bool { return ast.IsGenerated(s.file) }

// sources reads every Go file of the repository.
func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	files := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); name != "." && (base == "node_modules" || base == "testdata" || base == "dist" || base == "bin" || strings.HasPrefix(base, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		found = append(found, source{path.Dir(filepath.ToSlash(name)), path.Base(filepath.ToSlash(name)), file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Fatalf("only %d Go files found", len(found))
	}
	return found
}

// below says whether name is the folder or lies below it.
func below(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// ruleFor returns the rule with the longest folder that name lies in.
func ruleFor(name string) (rule, string, bool) {
	var best rule
	longest := ""
	for _, r := range rules {
		for _, folder := range r.folders {
			if below(name, folder) && len(folder) > len(longest) {
				best, longest = r, folder
			}
		}
	}
	return best, longest, longest != ""
}

func TestEveryPackageImportsOnlyWhatItMay(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.isTest() || s.folder == "." || s.folder == "tools" {
			continue
		}
		r, folder, ok := ruleFor(s.folder)
		if !ok {
			t.Errorf("%s has no rule: say in arch_test.go what it may import, and why", s.folder)
			continue
		}
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := r.refuses(folder, imported); why != "" {
				t.Errorf("%s/%s imports %s: %s (%s)", s.folder, s.name, imported, why, r.why)
			}
		}
	}
}

// refuses returns why a package under folder may not import a path; empty if it may.
func (r rule) refuses(folder, imported string) string {
	inside, ours := strings.CutPrefix(imported, module+"/")
	if ours {
		if below(inside, folder) || slices.ContainsFunc(r.imports, func(f string) bool { return below(inside, f) }) {
			if below(inside, "internal/app") || below(inside, "cmd") {
				if !below(folder, "cmd") {
					return "nothing imports the process"
				}
			}
			return ""
		}
		return "not in its list"
	}
	if slices.ContainsFunc(r.never, func(n string) bool { return imported == n || strings.Contains(n, ".") && below(imported, n) }) {
		return "banned here"
	}
	first, _, _ := strings.Cut(imported, "/")
	if strings.Contains(first, ".") && slices.Contains(standardOnly, folder) {
		return "the standard library only"
	}
	return ""
}

func TestNobodyCallsWhatIsBanned(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		for _, b := range bans {
			if slices.ContainsFunc(b.allowed, func(f string) bool { return below(s.folder, f) }) {
				continue
			}
			for range uses(s.file, b.name) {
				t.Errorf("%s/%s uses %s: %s", s.folder, s.name, b.name, b.why)
			}
		}
	}
}

// uses returns the places where a file says "package.Name".
func uses(file *ast.File, name string) []token.Pos {
	pkg, member, _ := strings.Cut(name, ".")
	var found []token.Pos
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == member {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == pkg {
				found = append(found, sel.Pos())
			}
		}
		return true
	})
	return found
}

// TestAddressesAreReadInOnePlace guards internal/gateway/query.go: the standard
// library drops what it cannot read of an address, and a dropped filter finds
// more records than were asked for.
func TestAddressesAreReadInOnePlace(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.isTest() || !below(s.folder, "internal/gateway") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			of, _ := sel.X.(*ast.SelectorExpr)
			if sel.Sel.Name == "FormValue" || sel.Sel.Name == "Query" && of != nil && of.Sel.Name == "URL" {
				t.Errorf("%s/%s reads an address by the standard library: ask the call's query()", s.folder, s.name)
			}
			return true
		})
		for range uses(s.file, "url.ParseQuery") {
			t.Errorf("%s/%s reads an address by the standard library: ask parseQuery", s.folder, s.name)
		}
	}
}

func TestNothingActsOnImport(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" && !s.isGenerated() {
				t.Errorf("%s/%s has an init function: importing a package must do nothing", s.folder, s.name)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		said[s.folder] = said[s.folder] || s.file.Doc != nil && strings.TrimSpace(s.file.Doc.Text()) != "" && !s.isGenerated()
	}
	for folder, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment", folder)
		}
	}
}

// TestTheRulesThemselves guards the guards: each line is an import that must be
// refused or allowed.
func TestTheRulesThemselves(t *testing.T) {
	t.Parallel()
	for _, want := range []struct {
		from, imported string
		refused        bool
	}{
		{"internal/expr", "github.com/jackc/pgx/v5", true},
		{"internal/expr", "os", true},
		{"internal/manifest", "net/http", true},
		{"internal/manifest", "net/url", false},
		{"internal/manifest", "os/signal", false},
		{"internal/screen", "github.com/jackc/pgx/v5/pgxpool", true},
		{"internal/screen", module + "/internal/pg", true},
		{"internal/account", module + "/internal/tenancy", true},
		{"internal/account", module + "/internal/pg", false},
		{"internal/pg/cluster", module + "/internal/account", true},
		{"internal/gateway", module + "/internal/app", true},
		{"cmd/dramac", module + "/internal/pg", true},
		{"cmd/dramac", module + "/internal/app", false},
		{"cmd/dramac-cli", module + "/internal/pg", true},
		{"sdk/errs", "github.com/google/uuid", true},
		{"sdk/ui", "github.com/a-h/templ", false},
		{"sdk/errs", module + "/sdk/money", false},
		{"internal/collection", module + "/internal/pg", false},
	} {
		r, folder, ok := ruleFor(want.from)
		if !ok {
			t.Errorf("no rule for %s", want.from)
			continue
		}
		if refused := r.refuses(folder, want.imported) != ""; refused != want.refused {
			t.Errorf("%s importing %s: refused = %v", want.from, want.imported, refused)
		}
	}
	text := "package p\nimport \"time\"\nvar now = time.Now"
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(uses(file, "time.Now")) != 1 || len(uses(file, "time.Since")) != 0 {
		t.Error("uses of time.Now are not seen")
	}
}
