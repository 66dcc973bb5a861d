package collection

import (
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// identityKind points at something of the platform by its id: a member, a file,
// an image. The value is a uuid.UUID; column, JSON and filters call it
// <field>_id. Whether the site has it is asked when the record is written.
type identityKind struct {
	referenceKind
	noun string
}

func (k identityKind) schema(f *Field) map[string]any {
	s := map[string]any{"type": "string", "format": "uuid", "description": "The id of a " + k.noun + "."}
	if f.Kind == manifest.KindImage || f.Kind == manifest.KindFile {
		s["description"] = "The id of an uploaded " + k.noun + "."
	}
	return s
}
