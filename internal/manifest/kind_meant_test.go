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
		"foreign_key": KindReference, "relation": KindReference, "price": KindMoney, "object": "json", "rrule": KindRecurrence, "autonumber": KindSequence,
	} {
		if hint := kindHint(word, recordPlace); hint != `Did you mean "`+kind+`"?` {
			t.Errorf("%s: %s", word, hint)
		}
	}
	if got := kindHint("persona", recordPlace); !strings.Contains(got, "does not run it yet") {
		t.Error(got)
	}
	if got := kindHint("quux", settingPlace); got != "A setting is of kind "+words(settingPlace.kinds())+"." {
		t.Error(got)
	}
	if got := kindHint("relation", propertyPlace); !strings.HasPrefix(got, `A property of kind "reference" is part of the format but`) {
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
