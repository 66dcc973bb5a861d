// Package blob keeps bytes by the SHA-256 of their content: packages now, files
// later. Content never changes under its hash, so a store has no versions, no
// clock and no locks, and equal content is kept once.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Hash is the SHA-256 of the content as 64 lower-case hexadecimal digits.
type Hash string

// Store keeps content by hash. An absent hash is errs.NotFound, a text that is
// no hash errs.Invalid, and content that does not match its hash errs.Internal.
// Implementations are safe for concurrent use.
type Store interface {
	// Put keeps the content, durably once it returns; again is not an error.
	// It refuses content whose hash is another one.
	Put(ctx context.Context, hash Hash, content []byte) error
	// Open returns the content after comparing it with the hash.
	Open(ctx context.Context, hash Hash) ([]byte, error)
	// Exists says whether the content is kept. It does not read it.
	Exists(ctx context.Context, hash Hash) (bool, error)
	// List returns the hashes of all content that was written before the
	// instant, in no order that means anything. It does not read the content.
	List(ctx context.Context, before time.Time) ([]Hash, error)
	// Delete forgets the content; an absent hash is not an error.
	Delete(ctx context.Context, hash Hash) error
}

// HashOf returns the hash under which the content is kept.
func HashOf(content []byte) Hash {
	sum := sha256.Sum256(content)
	return Hash(hex.EncodeToString(sum[:]))
}

// check refuses texts that are no hash; only a checked hash becomes a path.
func (h Hash) check() error {
	if len(h) != 2*sha256.Size {
		return badHash(h)
	}
	for _, c := range h {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return badHash(h)
		}
	}
	return nil
}

func badHash(h Hash) error {
	return errs.New(errs.Invalid, "blob_hash", "%.80q is not a SHA-256 in lower-case hexadecimal.", string(h))
}

func mismatch(want Hash, content []byte) error {
	return errs.New(errs.Internal, "blob_damaged", "Content of %d bytes has the hash %s, not %s.", len(content), HashOf(content), want)
}
