package manifest

import (
	"slices"
	"strings"
	"testing"
)

// TestKindsAreGuessedByMeaning writes kinds as other systems call them. What is
// said about a kind depends on whether this version runs it.
func TestKindsAreGuessedByMeaning(t *testing.T) {
	t.Parallel()
	for word, kind := range map[string]string{
		"int": KindInteger, "number": KindInteger, "string": KindText, "String": KindText, "textarea": KindLongtext,
		"float": "decimal", "bool": "boolean", "select": "choice", "enum": "choice", "timestamp": "datetime",
		"foreign_key": KindReference, "relation": KindReference, "price": KindMoney, "object": "json",
	} {
		hint := kindHint(word, recordPlace)
		if !strings.HasPrefix(hint, `Did you mean "`+kind+`"? `) || !strings.HasSuffix(hint, "A field is of kind "+words(Kinds())+".") {
			t.Errorf("%s: %s", word, hint)
		}
		if later := strings.Contains(hint, "does not run it yet"); later == slices.Contains(Kinds(), kind) {
			t.Errorf("%s: %s", word, hint)
		}
	}
	if got := kindHint("zoo", settingPlace); got != "A setting is of kind "+words(settingPlace.kinds())+"." {
		t.Error(got)
	}
	if got := kindHint("relation", settingPlace); !strings.HasPrefix(got, `A setting of kind "reference" is part of the format but`) {
		t.Error(got)
	}
}

func TestEveryWordMeansOneKind(t *testing.T) {
	t.Parallel()
	meant := map[string]string{}
	for kind, others := range kindsMeant {
		if !slices.Contains(append(Kinds(), laterKinds()...), kind) {
			t.Errorf("there is no kind %q", kind)
		}
		for _, word := range others {
			if meant[word] != "" || slices.Contains(append(Kinds(), laterKinds()...), word) {
				t.Errorf("%q means %q and another kind", word, kind)
			}
			meant[word] = kind
		}
	}
}
