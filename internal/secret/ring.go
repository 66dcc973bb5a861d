package secret

import (
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/dramac-main/dramac-cms/internal/blob"
)

// Sealer seals values at rest. Ring is the one there is; who needs no more than
// sealing takes this.
type Sealer interface {
	// Seal returns the text to store for a value. The context says where it is
	// stored (see RecordContext): a sealed value that is moved elsewhere does not
	// open there.
	Seal(plain []byte, context string) (string, error)
	// Open returns the value of a sealed text. It fails with ErrNoKey or
	// ErrDamaged.
	Open(sealed, context string) ([]byte, error)
}

var (
	// ErrNoKey says that a value is sealed with a key that the ring does not hold.
	ErrNoKey = errors.New("the value is sealed with a key that the key file does not hold")
	// ErrDamaged says that a text is not what was sealed for its place.
	ErrDamaged = errors.New("the sealed value is damaged or was sealed for another place")
)

// version begins every sealed text and every signature; another way to seal
// gets another word.
const version = "s1"

var encoding = base64.RawURLEncoding

// Ring is the keys of a deployment. New values are sealed with the newest key;
// what older keys sealed still opens. Processes share one key file, and each
// takes notice when it changes. Safe for concurrent use. A Ring never shows its
// keys, whatever prints it.
type Ring struct {
	path string

	mu   sync.RWMutex
	seen stamp
	keys []key // oldest first
}

var _ Sealer = (*Ring)(nil)

// stamp tells whether a file is still the one that was read.
type stamp struct {
	changed time.Time
	size    int64
}

// CreateRing makes a key file with one key, closed to other users. A file that
// is there already, because another process was faster, stays as it is.
func CreateRing(path string, now time.Time) error {
	k, err := newKey(now)
	if err != nil {
		return err
	}
	// Made under another name and linked, so that nobody reads half a file.
	unfinished := path + "." + k.id
	if err := blob.WriteFile(unfinished, []byte(head+k.line())); err != nil {
		return fmt.Errorf("make the key file: %w", err)
	}
	defer func() { _ = os.Remove(unfinished) }()
	if err := os.Link(unfinished, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the key file: %w", err)
	}
	return nil
}

const head = "# Keys that seal values of the database. Keep this file, apart from backups of\n" +
	"# the database: what it sealed cannot be read without it. The last key is active.\n"

// OpenRing reads a key file. Absence is fs.ErrNotExist; a file that others may
// read, and one that holds anything but keys, are refused.
func OpenRing(path string) (*Ring, error) {
	r := &Ring{path: path}
	if err := r.refresh(); err != nil {
		return nil, err
	}
	return r, nil
}

// refresh reads the file again if it is another one than before.
func (r *Ring) refresh() error {
	info, err := os.Stat(r.path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	now := stamp{info.ModTime(), info.Size()}
	r.mu.RLock()
	same := r.seen == now
	r.mu.RUnlock()
	if same {
		return nil
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("key file %s may be read by other users: chmod 600 it", r.path)
	}
	text, err := os.ReadFile(r.path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	keys, err := readKeys(string(text))
	if err != nil {
		return fmt.Errorf("key file %s: %w", r.path, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen, r.keys = now, keys
	return nil
}

// Rotate adds a new key, which is active from now on in every process that uses
// the file, and returns its id. Only one process may rotate at a time.
func (r *Ring) Rotate(now time.Time) (string, error) {
	if err := r.refresh(); err != nil {
		return "", err
	}
	text, err := os.ReadFile(r.path)
	if err != nil {
		return "", fmt.Errorf("key file: %w", err)
	}
	k, err := newKey(now)
	if err != nil {
		return "", err
	}
	grown := strings.TrimRight(string(text), "\n") + "\n" + k.line()
	if err := blob.WriteFile(r.path, []byte(grown)); err != nil {
		return "", fmt.Errorf("write the key file: %w", err)
	}
	return k.id, r.refresh()
}

// Keys tells of the keys, the oldest first.
func (r *Ring) Keys() []Key {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]Key, len(r.keys))
	for i, k := range r.keys {
		list[i] = Key{ID: k.id, CreatedAt: k.created, Check: k.check, Active: i == len(r.keys)-1}
	}
	return list
}

// Active returns the id of the key that seals from now on.
func (r *Ring) Active() (string, error) {
	k, err := r.active()
	return k.id, err
}

// active is the newest key of the file as it is now: a process that missed a
// rotation would go on sealing with a key that is to be retired.
func (r *Ring) active() (key, error) {
	if err := r.refresh(); err != nil {
		return key{}, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys[len(r.keys)-1], nil
}

// find returns the key of the id, reading the file again when another process
// may have added it.
func (r *Ring) find(id string) (key, bool) {
	if k, ok := r.held(id); ok {
		return k, true
	}
	if r.refresh() != nil {
		return key{}, false
	}
	return r.held(id)
}

func (r *Ring) held(id string) (key, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.keys {
		if k.id == id {
			return k, true
		}
	}
	return key{}, false
}

// Seal implements Sealer. The text is "s1.", the key's id, "." and the nonce
// and the ciphertext in base64; equal values get different texts.
func (r *Ring) Seal(plain []byte, context string) (string, error) {
	k, err := r.active()
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	sealed := k.seal.Seal(nil, nil, plain, bound(k.id, context))
	return version + "." + k.id + "." + encoding.EncodeToString(sealed), nil
}

// Open implements Sealer.
func (r *Ring) Open(sealed, context string) ([]byte, error) {
	id, ok := KeyOf(sealed)
	if !ok {
		return nil, ErrDamaged
	}
	k, ok := r.find(id)
	if !ok {
		return nil, fmt.Errorf("%w (%s)", ErrNoKey, id)
	}
	raw, err := encoding.DecodeString(sealed[len(version)+len(id)+2:])
	if err != nil {
		return nil, ErrDamaged
	}
	plain, err := k.seal.Open(nil, nil, raw, bound(id, context))
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}

// bound is what a sealed value is bound to besides its key.
func bound(id, context string) []byte { return []byte(version + "." + id + "." + context) }

// KeyOf returns the id of the key that a text says it was sealed with; false
// for what is no sealed text.
func KeyOf(sealed string) (string, bool) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 || parts[0] != version || !keyID.MatchString(parts[1]) {
		return "", false
	}
	return parts[1], true
}

// Sign returns a signature of the message by the active key, for addresses.
// The message must say what it is for, so that no signature serves elsewhere.
func (r *Ring) Sign(message string) (string, error) {
	k, err := r.active()
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return k.id + "." + encoding.EncodeToString(k.mac(message)), nil
}

// Verify reports whether the signature is one of the message by a key of the
// ring. It takes as long for every wrong signature of a key.
func (r *Ring) Verify(message, signature string) bool {
	id, text, _ := strings.Cut(signature, ".")
	k, ok := r.held(id)
	if !ok && keyID.MatchString(id) {
		k, ok = r.find(id)
	}
	given, err := encoding.DecodeString(text)
	return ok && err == nil && hmac.Equal(given, k.mac(message))
}

// String implements fmt.Stringer.
func (*Ring) String() string { return "key ring" }

// GoString implements fmt.GoStringer.
func (*Ring) GoString() string { return "key ring" }

// LogValue implements slog.LogValuer.
func (*Ring) LogValue() slog.Value { return slog.StringValue("key ring") }
