package collection

import "github.com/dramac-main/dramac-cms/internal/manifest"

// Variant compiles the module over the same tables and code from a manifest
// that differs in nothing that tables follow from, as in its texts.
func (m *Module) Variant(declared *manifest.Manifest) (*Module, error) {
	out, err := CompileAs(declared, m.Schema, m.Physical)
	if err != nil {
		return nil, err
	}
	out.code = m.code
	return out, nil
}
