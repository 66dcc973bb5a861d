package collection

import "github.com/dramac-main/dramac-cms/internal/manifest"

// Variant compiles the module over the same tables and code from a manifest
// that differs in nothing that tables follow from, as in its texts. With a
// language, records are read with their translations into it; such a variant
// must not write, because it takes a translation for the value itself.
func (m *Module) Variant(declared *manifest.Manifest, language string) (*Module, error) {
	out, err := compile(declared, m.Schema, m.Physical, language)
	if err != nil {
		return nil, err
	}
	out.code = m.code
	return out, nil
}
