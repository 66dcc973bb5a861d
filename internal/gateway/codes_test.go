package gateway_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// codeSpellings are the ways in which the source says an error code: of a whole
// answer, and of one value in it.
var codeSpellings = []*regexp.Regexp{
	regexp.MustCompile(`errs\.New\(errs\.\w+, "(\w+)"`),
	regexp.MustCompile(`\brefuse\(http\.Status\w+, "(\w+)"`),
	regexp.MustCompile(`\bcode: +"(\w+)"`),
	regexp.MustCompile(`\bp\.fill\(http\.Status\w+, "(\w+)"`),
	regexp.MustCompile(`\bwrong\("(\w+)"`),
	regexp.MustCompile(`\bfail\([^"\n]*, "(\w+)", "`),
	regexp.MustCompile(`\bCode: +"(\w+)"`),
}

// TestEveryErrorCodeIsInTheDocument holds chapter 6 of docs/api.md against the
// codes in the source.
func TestEveryErrorCodeIsInTheDocument(t *testing.T) {
	document, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, _ := strings.Cut(string(document), "\n## 6. ")
	chapter, _, _ = strings.Cut(chapter, "\n## 7. ")
	var missing []string
	err = fs.WalkDir(os.DirFS("../.."), "internal", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		source, err := os.ReadFile("../../" + path)
		for _, spelling := range codeSpellings {
			for _, found := range spelling.FindAllStringSubmatch(string(source), -1) {
				code := "`" + strings.TrimPrefix(found[1], "package") + "`"
				if !strings.Contains(chapter, code) && !slices.Contains(missing, code) {
					missing = append(missing, code+" of "+path)
				}
			}
		}
		return err
	})
	if err != nil || missing != nil {
		t.Errorf("docs/api.md does not tell of %v %v", missing, err)
	}
}
