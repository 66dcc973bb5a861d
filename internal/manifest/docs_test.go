package manifest

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"
)

// page returns the reference of the format.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/manifest.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReferenceNamesEveryKey holds the reference against the tables.
func TestReferenceNamesEveryKey(t *testing.T) {
	t.Parallel()
	written := regexp.MustCompile(`[a-z_]+`).FindAllString(page(t), -1)
	named := slices.Concat(Categories(), MemberKinds(), Kinds(), laterKinds(), laterFolders, reservedIDs, reservedCollections, reservedActions)
	objects := []*object{
		moduleFormat(), linksFormat(), roleFormat(), useFormat(), offerFormat(), jobFormat(), endpointFormat(), moduleActionFormat(),
		collectionFormat(), excludeFormat(), checkFormat(true), lockFormat(), actionFormat(), parameterFormat(), timerFormat(), eventFormat(),
		listFormat(), formFormat(), blockFormat(), queryFormat(),
	}
	for _, where := range allPlaces() {
		for _, kind := range where.kinds() {
			objects = append(objects, fieldFormat(kind, where))
		}
	}
	named = slices.Concat(named, Colors(), Capabilities(), Hooks(), laterViews)
	for _, o := range objects {
		named = append(append(named, o.names()...), o.later...)
	}
	for _, name := range named {
		for _, part := range regexp.MustCompile(`[a-z_]+`).FindAllString(name, -1) {
			if !slices.Contains(written, part) {
				t.Errorf("docs/manifest.md does not mention %q", name)
			}
		}
	}
}

// TestReferenceExampleIsValid reads the worked example of the page.
func TestReferenceExampleIsValid(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for _, match := range regexp.MustCompile("(?s)```(?:yaml|html)\n(?:# |<!-- )([a-z]+[a-z/.]*)[^\n]*\n(.*?)```").FindAllStringSubmatch(page(t), -1) {
		files[match[1]] = &fstest.MapFile{Data: []byte(match[2])}
	}
	if len(files) != 4 {
		t.Fatalf("found %d files in the page", len(files))
	}
	if _, err := Read(files); err != nil {
		t.Error(err)
	}
}
