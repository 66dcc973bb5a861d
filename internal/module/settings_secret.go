package module

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// A secret setting is stored as {"sealed": "s1.…"} and shown as {"set": true}.
// Objects, because no text that somebody may give as the value looks like one.
type (
	sealedSetting struct {
		Sealed string `json:"sealed"`
	}
	shownSetting struct {
		Set *bool `json:"set"`
	}
)

// sealedText returns what a stored setting holds if it is a sealed one.
func sealedText(raw json.RawMessage) (string, bool) {
	var s sealedSetting
	if !given(raw) || raw[0] != '{' || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	_, ok := secret.KeyOf(s.Sealed)
	return s.Sealed, ok
}

// kept reports whether the given setting only says that there is a value, as it
// was shown, and whether there is to be one.
func kept(raw json.RawMessage) (set, ok bool) {
	var s shownSetting
	if !given(raw) || raw[0] != '{' || json.Unmarshal(raw, &s) != nil || s.Set == nil {
		return false, false
	}
	return *s.Set, true
}

// ShownSettings returns the settings that were given, as they may be shown: of
// a secret one only that it is set.
func (i Installation) ShownSettings() json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(i.Settings, &all) != nil {
		return json.RawMessage(`{}`)
	}
	hidden := false
	for name, raw := range all {
		if _, ok := sealedText(raw); ok {
			all[name], hidden = json.RawMessage(`{"set":true}`), true
		}
	}
	if !hidden {
		return i.Settings
	}
	text, err := json.Marshal(all)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return text
}

// secretSettings are the names of the module's secret settings.
func secretSettings(m *manifest.Manifest) []string {
	var names []string
	for _, f := range m.Settings {
		if f.Secret {
			names = append(names, f.Name)
		}
	}
	return names
}

// seal returns the settings as they are stored in place of the old ones. A
// secret that is not mentioned, or given back as it was shown, stays; null and
// {"set": false} clear it; any other value replaces it.
func (c *Catalogue) seal(r *Release, i Installation, wanted json.RawMessage) (json.RawMessage, error) {
	secrets := secretSettings(r.Manifest)
	if len(secrets) == 0 {
		return wanted, nil
	}
	var all, old map[string]json.RawMessage
	if err := json.Unmarshal(wanted, &all); err != nil {
		return nil, fmt.Errorf("seal settings: %w", err)
	}
	_ = json.Unmarshal(i.Settings, &old)
	all = maps.Clone(all)
	for _, name := range secrets {
		raw, mentioned := all[name]
		set, back := kept(raw)
		_, sealed := sealedText(raw)
		switch {
		case sealed:
		case !mentioned, back && set:
			delete(all, name)
			if _, ok := sealedText(old[name]); ok {
				all[name] = old[name]
			}
		case back, !given(raw):
			delete(all, name)
		default:
			text, err := c.keys.Seal(raw, secret.SettingContext(i.Site, i.Module, name))
			if err != nil {
				return nil, err
			}
			if all[name], err = json.Marshal(sealedSetting{text}); err != nil {
				return nil, fmt.Errorf("seal settings: %w", err)
			}
		}
	}
	return json.Marshal(all)
}

// Secret returns the value of a secret setting of the installation as JSON, for
// code of the module and nobody else. One that is not set is errs.NotFound.
func (c *Catalogue) Secret(i Installation, name string) (json.RawMessage, error) {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(i.Settings, &all)
	text, ok := sealedText(all[name])
	if !ok {
		return nil, errs.Missing()
	}
	plain, err := c.keys.Open(text, secret.SettingContext(i.Site, i.Module, name))
	if err != nil {
		return nil, fmt.Errorf("read the secret setting %s of %s: %w", name, i.Name, err)
	}
	return plain, nil
}
