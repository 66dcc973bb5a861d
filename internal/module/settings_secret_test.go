package module

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// sealing is a catalogue that can do nothing but seal, and a release with a
// secret and an open setting.
func sealing(t *testing.T) (*Catalogue, *Release) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := secret.CreateRing(path, time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	keys, err := secret.OpenRing(path)
	if err != nil {
		t.Fatal(err)
	}
	m := &manifest.Manifest{ID: "demo", Settings: []manifest.Field{
		{Name: "token", Kind: manifest.KindText, Secret: true, Required: true},
		{Name: "title", Kind: manifest.KindText},
	}}
	settings, err := compileSettings(m)
	if err != nil {
		t.Fatal(err)
	}
	return &Catalogue{keys: keys}, &Release{Manifest: m, settings: settings}
}

// TestASecretSettingIsReplacedKeptAndCleared: what is stored before, what is
// given, and the value afterwards; empty for none.
func TestASecretSettingIsReplacedKeptAndCleared(t *testing.T) {
	t.Parallel()
	c, r := sealing(t)
	for _, row := range []struct{ before, given, want string }{
		{``, `{"token":"hunter2"}`, `"hunter2"`},
		{``, `{}`, ``},
		{``, `{"token":{"set":true}}`, ``},
		{`"hunter2"`, `{}`, `"hunter2"`},
		{`"hunter2"`, `{"title":"x"}`, `"hunter2"`},
		{`"hunter2"`, `{"token":{"set":true}}`, `"hunter2"`},
		{`"hunter2"`, `{"token":"hunter3"}`, `"hunter3"`},
		{`"hunter2"`, `{"token":null}`, ``},
		{`"hunter2"`, `{"token":{"set":false}}`, ``},
	} {
		i := Installation{Site: uuid.New(), Module: uuid.New(), Settings: json.RawMessage(`{}`)}
		var err error
		if row.before != "" {
			if i.Settings, err = c.seal(r, i, json.RawMessage(`{"token":`+row.before+`}`)); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.checkSettings(json.RawMessage(row.given), "EUR"); err != nil {
			t.Errorf("%s: %v", row.given, err)
		}
		if i.Settings, err = c.seal(r, i, json.RawMessage(row.given)); err != nil {
			t.Fatal(err)
		}
		got, err := c.Secret(i, "token")
		if string(got) != row.want || row.want == "" && errs.KindOf(err) != errs.NotFound || row.want != "" && err != nil {
			t.Errorf("%s then %s: %s, %v", row.before, row.given, got, err)
		}
		if strings.Contains(string(i.Settings), "hunter") {
			t.Errorf("stored in the open: %s", i.Settings)
		}
		shown := string(i.ShownSettings())
		if strings.Contains(shown, "s1.") || strings.Contains(shown, `"set":true`) != (row.want != "") {
			t.Errorf("shown as %s", shown)
		}
		if _, told := r.Settings(i.Settings, "EUR", "2026-05-01")["token"]; told {
			t.Error("templates are told of it")
		}
		if missing := r.missingSettings(i.Settings, "EUR"); (len(missing) == 0) != (row.want != "") {
			t.Errorf("missing %v", missing)
		}
	}
}

func TestAStoredSecretIsNotTakenFromOutsideNorElsewhere(t *testing.T) {
	t.Parallel()
	c, r := sealing(t)
	i := Installation{Site: uuid.New(), Module: uuid.New()}
	stored, err := c.seal(r, i, json.RawMessage(`{"token":"hunter2"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.checkSettings(stored, "EUR"); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a sealed value is taken: %v", err)
	}
	moved := Installation{Site: uuid.New(), Module: i.Module, Settings: stored}
	if got, err := c.Secret(moved, "token"); err == nil {
		t.Errorf("another site's opens: %s", got)
	}
}

func TestASecretChangesItsVersionWithoutBecomingOpen(t *testing.T) {
	t.Parallel()
	c, hidden := sealing(t)
	_, open := sealing(t)
	open.Manifest.Settings[0].Secret = false
	i := Installation{Site: uuid.New(), Module: uuid.New()}
	stored, err := c.seal(hidden, i, json.RawMessage(`{"token":"hunter2","title":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	left, dropped, err := open.fitting(stored, "EUR")
	if err != nil || len(dropped) != 1 || dropped[0] != "token" || string(left) != `{"title":"x"}` {
		t.Errorf("to an open one: %s, dropped %v, %v", left, dropped, err)
	}
	left, dropped, err = hidden.fitting(json.RawMessage(`{"token":"hunter2"}`), "EUR")
	if err != nil || len(dropped) != 0 {
		t.Fatalf("to a secret one: %s, dropped %v, %v", left, dropped, err)
	}
	if left, err = c.seal(hidden, i, left); err != nil || strings.Contains(string(left), "hunter") {
		t.Errorf("to a secret one: %s, %v", left, err)
	}
}
