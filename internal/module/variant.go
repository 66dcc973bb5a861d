package module

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// variants are what one version looks like in other languages and with the
// fields that sites added. Equal sites share one.
type variants struct {
	plain *Release // the version as its author made it

	mu    sync.Mutex
	byKey map[string]*Release
}

// mostVariants is how many variants of one version are kept; beyond it all go.
const mostVariants = 64

// In returns the release with the module's texts in the translation that fits
// a BCP 47 tag best. Without such a translation they are the manifest's own.
func (r *Release) In(tag string) (*Release, error) {
	return r.variants.find(tag, r.own, r.heading, "")
}

// Reading returns the release to read records with in a language of the site's
// content, BCP 47; empty is the site's own. It must not write, see
// collection.Module.Variant.
func (r *Release) Reading(language string) (*Release, error) {
	if language == "" || !r.Module.Translates() {
		return r, nil
	}
	return r.variants.find(r.Language, r.own, r.heading, language)
}

// With returns the version in a language, as In, for a site that added fields
// to the module: they stand under the heading in forms. Retired ones are left
// out.
func (r *Release) With(tag string, own []OwnField, heading string) (*Release, error) {
	var used []OwnField
	for _, f := range own {
		if f.Module == r.ID && f.RetiredAt == nil {
			used = append(used, f)
		}
	}
	return r.variants.find(tag, used, heading, "")
}

// find returns a variant, from memory when it was asked for before.
func (v *variants) find(tag string, own []OwnField, heading, content string) (*Release, error) {
	language := v.plain.Manifest.Speaks(tag)
	if language == "" && len(own) == 0 && content == "" {
		return v.plain, nil
	}
	if len(own) == 0 {
		heading = ""
	}
	written, err := json.Marshal([]any{language, heading, own, content})
	if err != nil {
		return nil, fmt.Errorf("name a variant: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	key := string(written)
	if found := v.byKey[key]; found != nil {
		return found, nil
	}
	out := *v.plain
	out.Language, out.own, out.heading = language, own, heading
	if err := out.compile(v.plain.Manifest.In(language).WithOwn(declaredFields(own), heading), content); err != nil {
		return nil, fmt.Errorf("%s %s for a site: %w", out.Manifest.ID, out.Manifest.Version, err)
	}
	if v.byKey == nil || len(v.byKey) >= mostVariants {
		v.byKey = map[string]*Release{}
	}
	v.byKey[key] = &out
	return &out, nil
}

// compile gives the release a manifest over its own tables, read in a language
// of the content.
func (r *Release) compile(m *manifest.Manifest, content string) error {
	compiled, err := r.Module.Variant(m, content)
	if err != nil {
		return err
	}
	settings, err := compileSettings(m)
	if err != nil {
		return err
	}
	r.Manifest, r.Module, r.settings = m, compiled, settings
	return nil
}
