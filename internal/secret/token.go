package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// NewToken returns 256 random bits as 64 hex characters.
func NewToken() string {
	bits := make([]byte, 32)
	_, _ = rand.Read(bits) // never fails, as crypto/rand documents
	return hex.EncodeToString(bits)
}

// Hash is what is stored of a token. Tokens have at least 128 random bits, so a
// plain SHA-256 of them is safe to store.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
