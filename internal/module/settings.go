package module

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

// settingField is what the one field of a setting's collection is called.
const settingField = "value"

// compileSettings makes of each setting a collection of one field that is
// never stored, so that settings are read and checked as records are, and can
// have names that no field may have.
func compileSettings(m *manifest.Manifest) (map[string]*collection.Collection, error) {
	alone := &manifest.Manifest{Format: m.Format, ID: m.ID, Name: m.Name, Version: m.Version, Type: manifest.App}
	for n, field := range m.Settings {
		// A required setting may be missing until the module is enabled, and
		// a default is not to be written down.
		field.Name, field.Required, field.Default = settingField, false, nil
		field.Secret = false // sealing is the installation's business
		alone.Collections = append(alone.Collections, &manifest.Collection{
			Name: fmt.Sprintf("setting_%d", n), Screens: "none", Fields: []manifest.Field{field},
		})
	}
	compiled, err := collection.Compile(alone, SchemaName("00000000"))
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	settings := make(map[string]*collection.Collection, len(m.Settings))
	for n, c := range compiled.Collections() {
		settings[m.Settings[n].Name] = c
	}
	return settings, nil
}

// given reports whether the JSON text says anything.
func given(raw json.RawMessage) bool {
	text := bytes.TrimSpace(raw)
	return len(text) > 0 && !bytes.Equal(text, []byte("null"))
}

// orEmpty returns the JSON text, an empty object for none.
func orEmpty(raw json.RawMessage) json.RawMessage {
	if given(raw) {
		return raw
	}
	return json.RawMessage(`{}`)
}

// sameJSON compares what two JSON texts say.
func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// checkSettings holds settings against their declarations: everything wrong,
// unknown settings included, is one errs.Invalid. Missing ones are not wrong.
func (r *Release) checkSettings(raw json.RawMessage, currency string) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil || all == nil {
		return errs.BadFields(errs.Field{Path: "settings", Code: "not_object", Message: "Must be an object of settings."})
	}
	var wrong []errs.Field
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if r.settings[name] == nil {
			wrong = append(wrong, errs.Field{
				Path: "settings." + name, Code: "unknown", Message: "This module has no such setting.",
			})
			continue
		}
		if _, back := kept(all[name]); back && r.secret(name) {
			continue
		}
		if _, sealed := sealedText(all[name]); sealed {
			wrong = append(wrong, errs.Field{Path: "settings." + name, Code: "sealed", Message: "Send the value itself."})
			continue
		}
		_, err := r.decodeSetting(name, all[name], currency)
		if e := errs.Of(err); e != nil && len(e.Fields) > 0 {
			for _, f := range e.Fields {
				f.Path = "settings." + name + strings.TrimPrefix(f.Path, settingField)
				wrong = append(wrong, f)
			}
		} else if err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return errs.BadFields(wrong...)
	}
	return nil
}

// fitting returns the settings without those that this version does not know or
// does not take, and the names of these, sorted. What came from another version
// may not fit; what is left can be shown and sent back.
func (r *Release) fitting(raw json.RawMessage, currency string) (json.RawMessage, []string, error) {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(raw, &all)
	var dropped []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if r.settings[name] != nil {
			_, sealed := sealedText(all[name])
			if sealed && r.secret(name) {
				continue
			}
			if _, err := r.decodeSetting(name, all[name], currency); err == nil && !sealed {
				continue
			}
		}
		delete(all, name)
		dropped = append(dropped, name)
	}
	if len(dropped) == 0 {
		return raw, nil, nil
	}
	left, err := json.Marshal(all)
	return left, dropped, err
}

// secret reports whether the setting is declared as one that nobody may read.
func (r *Release) secret(name string) bool {
	return slices.ContainsFunc(r.Manifest.Settings, func(f manifest.Field) bool { return f.Name == name && f.Secret })
}

// decodeSetting reads one value of a declared setting; nil is an empty one.
func (r *Release) decodeSetting(name string, raw json.RawMessage, currency string) (any, error) {
	if !given(raw) {
		return nil, nil
	}
	body, err := json.Marshal(map[string]json.RawMessage{settingField: raw})
	if err != nil {
		return nil, err
	}
	values, err := r.settings[name].DecodeJSON(body, currency)
	if err != nil {
		return nil, err
	}
	return values[settingField], nil
}

// missingSettings returns the required settings that have neither a value nor
// a default, in the manifest's order. An empty text is no value.
func (r *Release) missingSettings(raw json.RawMessage, currency string) []string {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(raw, &all)
	var missing []string
	for _, f := range r.Manifest.Settings {
		if !f.Required || f.Default != nil {
			continue
		}
		if _, sealed := sealedText(all[f.Name]); sealed && f.Secret {
			continue
		}
		if value, err := r.decodeSetting(f.Name, all[f.Name], currency); err != nil || value == nil {
			missing = append(missing, f.Name)
		}
	}
	return missing
}

// Settings returns the value of every declared setting: what the installation
// says, else the default, else nil. What this version does not know or does
// not take any more, because the site came from another one, counts as not
// said. Secret settings are not among them: they are for code, by Secret, and
// never for templates and what records hold. Currency and today (YYYY-MM-DD) are
// the site's.
func (r *Release) Settings(raw json.RawMessage, currency, today string) map[string]any {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(raw, &all)
	values := make(map[string]any, len(r.Manifest.Settings))
	for _, f := range r.Manifest.Settings {
		if f.Secret {
			continue
		}
		value, err := r.decodeSetting(f.Name, all[f.Name], currency)
		if err != nil || value == nil {
			value = defaultOf(f, currency, today)
		}
		values[f.Name] = value
	}
	return values
}

// defaultOf returns a setting's default as the value that decoding would give.
func defaultOf(f manifest.Field, currency, today string) any {
	switch d := f.Default.(type) {
	case manifest.Expression:
		if d == "site.currency" {
			return currency
		}
		return today // the other expression there is
	case manifest.Money:
		m := money.Money{Amount: d.Amount, Currency: d.Currency}
		if m.Currency == "" {
			m.Currency = currency
		}
		return m
	}
	return f.Default
}
