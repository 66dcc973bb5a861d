package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// keySize is the length of a key in bytes: AES-256.
const keySize = 32

// keyID is what a key may be called: it stands in sealed values and signatures.
var keyID = regexp.MustCompile(`^[0-9a-f]{8}$`)

// Key is what may be told of a key of the ring.
type Key struct {
	// ID is eight hexadecimal digits, random.
	ID        string
	CreatedAt time.Time
	// Check tells keys of one id apart without telling anything of the key.
	Check string
	// Active says that new values are sealed with it.
	Active bool
}

// key is one line of the key file and what is derived from it. The raw bytes
// are never used themselves: sealing, signing and the check have a key of their
// own each.
type key struct {
	id      string
	created time.Time
	raw     []byte
	seal    cipher.AEAD
	sign    []byte
	check   string
}

func newKey(now time.Time) (key, error) {
	random := make([]byte, keySize+4)
	_, _ = rand.Read(random) // never fails, as crypto/rand documents
	return deriveKey(hex.EncodeToString(random[keySize:]), now.UTC().Truncate(time.Second), random[:keySize])
}

func deriveKey(id string, created time.Time, raw []byte) (key, error) {
	k := key{id: id, created: created, raw: raw}
	derive := func(purpose string) ([]byte, error) {
		return hkdf.Key(sha256.New, raw, nil, "dramac "+purpose, keySize)
	}
	seal, err := derive("seal")
	if err != nil {
		return key{}, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return key{}, fmt.Errorf("derive key: %w", err)
	}
	if k.seal, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return key{}, fmt.Errorf("derive key: %w", err)
	}
	if k.sign, err = derive("sign"); err != nil {
		return key{}, fmt.Errorf("derive key: %w", err)
	}
	check, err := derive("check")
	if err != nil {
		return key{}, fmt.Errorf("derive key: %w", err)
	}
	k.check = hex.EncodeToString(check[:8])
	return k, nil
}

// line is the key as the file has it.
func (k key) line() string {
	return k.id + " " + k.created.Format(time.RFC3339) + " " + base64.StdEncoding.EncodeToString(k.raw) + "\n"
}

func (k key) mac(message string) []byte {
	sum := hmac.New(sha256.New, k.sign)
	sum.Write([]byte(message))
	return sum.Sum(nil)
}

// readKeys reads the text of a key file: a line for each key, the oldest first.
// Errors name lines, never what stands in them.
func readKeys(text string) ([]key, error) {
	var keys []key
	seen := map[string]bool{}
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, err := readKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		if seen[k.id] {
			return nil, fmt.Errorf("line %d: the key %s is there twice", n+1, k.id)
		}
		seen[k.id] = true
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("it holds no key")
	}
	return keys, nil
}

func readKey(line string) (key, error) {
	parts := strings.Fields(line)
	if len(parts) != 3 || !keyID.MatchString(parts[0]) {
		return key{}, errors.New("must be an id of eight hexadecimal digits, an instant and a key")
	}
	created, err := time.Parse(time.RFC3339, parts[1])
	if err != nil {
		return key{}, errors.New("the instant is not like 2006-01-02T15:04:05Z")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != keySize {
		return key{}, fmt.Errorf("the key is not %d bytes in base64", keySize)
	}
	return deriveKey(parts[0], created, raw)
}
