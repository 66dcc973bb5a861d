package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// ring makes a key file and opens it.
func ring(t *testing.T) *Ring {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := CreateRing(path, noon); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

func open(t *testing.T, path string) *Ring {
	t.Helper()
	r, err := OpenRing(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sealed(t *testing.T, r *Ring, text, context string) string {
	t.Helper()
	s, err := r.Seal([]byte(text), context)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	r := ring(t)
	site, record := uuid.New(), uuid.New()
	here := RecordContext(site, "mod_0a", "person", "iban", record)
	for _, text := range []string{"", "DE02", strings.Repeat("ä", 10_000)} {
		s := sealed(t, r, text, here)
		if text != "" && strings.Contains(s, text) || s == sealed(t, r, text, here) {
			t.Fatalf("%.40q seals to %.80q", text, s)
		}
		if got, err := r.Open(s, here); err != nil || string(got) != text {
			t.Fatalf("got %.40q, %v", got, err)
		}
		for name, elsewhere := range map[string]string{
			"another site":   RecordContext(uuid.New(), "mod_0a", "person", "iban", record),
			"another table":  RecordContext(site, "mod_0b", "person", "iban", record),
			"another field":  RecordContext(site, "mod_0a", "person", "note", record),
			"another record": RecordContext(site, "mod_0a", "person", "iban", uuid.New()),
			"a setting":      SettingContext(site, record, "iban"),
		} {
			if got, err := r.Open(s, elsewhere); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s opens it: %.40q, %v", name, got, err)
			}
		}
	}
}

func TestADamagedTextDoesNotOpen(t *testing.T) {
	t.Parallel()
	r := ring(t)
	good := sealed(t, r, "secret", "here")
	other := ring(t)
	for _, c := range []struct {
		text string
		want error
	}{
		{"", ErrDamaged},
		{"secret", ErrDamaged},
		{"s1.", ErrDamaged},
		{good[:len(good)-1], ErrDamaged},
		{good + "A", ErrDamaged},
		{good[:20] + flip(good[20]) + good[21:], ErrDamaged},
		{"s2" + good[2:], ErrDamaged},
		{"s1.00000000" + good[11:], ErrNoKey},
		{sealed(t, other, "secret", "here"), ErrNoKey},
	} {
		if got, err := r.Open(c.text, "here"); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%q: %q, %v", c.text, got, err)
		}
	}
}

func flip(b byte) string {
	if b == 'A' {
		return "B"
	}
	return "A"
}

func TestRotationReachesOtherProcessesAtOnce(t *testing.T) {
	t.Parallel()
	first := ring(t)
	second := open(t, first.path)
	old := sealed(t, second, "secret", "here")
	id, err := first.Rotate(noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	fresh := sealed(t, second, "secret", "here")
	if by, _ := KeyOf(fresh); by != id {
		t.Errorf("the other process still seals with %s, not %s", by, id)
	}
	for _, r := range []*Ring{first, second, open(t, first.path)} {
		for _, s := range []string{old, fresh} {
			if got, err := r.Open(s, "here"); err != nil || string(got) != "secret" {
				t.Errorf("got %q, %v", got, err)
			}
		}
		keys := r.Keys()
		if len(keys) != 2 || keys[0].Active || !keys[1].Active || keys[1].ID != id || !keys[0].CreatedAt.Equal(noon) {
			t.Errorf("keys %+v", keys)
		}
	}
}

func TestOnlySignaturesOfTheRingAreGood(t *testing.T) {
	t.Parallel()
	r := ring(t)
	signature, err := r.Sign("file 1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Rotate(noon); err != nil {
		t.Fatal(err)
	}
	if !r.Verify("file 1", signature) || !open(t, r.path).Verify("file 1", signature) {
		t.Error("a good signature is refused")
	}
	elsewhere, err := ring(t).Sign("file 1")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", ".", signature[:9], signature[:len(signature)-2], signature + "A", "00000000" + signature[8:], elsewhere, "s1." + signature} {
		if r.Verify("file 1", bad) {
			t.Errorf("%q is taken", bad)
		}
	}
	if r.Verify("file 2", signature) {
		t.Error("it serves for another message")
	}
}

func TestWhatIsNoKeyFileIsRefused(t *testing.T) {
	t.Parallel()
	good := "0123abcd 2026-05-01T12:00:00Z " + strings.Repeat("A", 43) + "="
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "holds no key"},
		{"only words", "# nothing\n\n", "holds no key"},
		{"no id", "2026-05-01T12:00:00Z " + strings.Repeat("A", 43) + "=", "line 1"},
		{"a short key", good + "\n" + "0123abce 2026-05-01T12:00:00Z c2VjcmV0LXRleHQ=", "line 2: the key is not 32 bytes"},
		{"a bad instant", "0123abcd yesterday " + strings.Repeat("A", 43) + "=", "instant"},
		{"twice", good + "\n" + good, "line 2: the key 0123abcd is there twice"},
	} {
		path := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenRing(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := OpenRing(filepath.Join(t.TempDir(), "keys")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	open := ring(t).path
	if err := os.Chmod(open, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRing(open); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by the group: %v", err)
	}
}

func TestMakersOfOneFileAgree(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	var makers sync.WaitGroup
	for range 8 {
		makers.Go(func() {
			if err := CreateRing(path, noon); err != nil {
				t.Error(err)
			}
		})
	}
	makers.Wait()
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 || len(open(t, path).Keys()) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestARingShowsNoKey(t *testing.T) {
	t.Parallel()
	r := ring(t)
	text, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("ring", "keys", r, "told", r.Keys())
	shown := log.String() + fmt.Sprintf("%v %+v %#v %s %v", r, r, r, r, struct{ R *Ring }{r})
	key := strings.Fields(string(text)[strings.LastIndex(string(text), "active."):])[3]
	raw := r.keys[0].raw
	for _, bad := range []string{key, fmt.Sprint(raw)[1:20], fmt.Sprintf("%x", raw)} {
		if strings.Contains(shown, bad) {
			t.Errorf("the key is shown: %s", shown)
		}
	}
}
