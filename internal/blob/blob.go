// Package blob keeps bytes by the SHA-256 of their content: packages and files,
// in a local folder or in a bucket. Content never changes under its hash, so a store has no versions, no
// clock and no locks, and equal content is kept once.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
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
	// Write is Put for content that is read as it is needed; from must be at its
	// beginning and is read twice.
	Write(ctx context.Context, hash Hash, from io.ReadSeeker, size int64) error
	// Read opens the content to be read from any place, without comparing it with
	// the hash. The caller closes it.
	Read(ctx context.Context, hash Hash) (io.ReadSeekCloser, error)
	// Exists says whether the content is kept. It does not read it.
	Exists(ctx context.Context, hash Hash) (bool, error)
	// List returns the hashes of all content that was written before the
	// instant, in no order that means anything. It does not read the content.
	List(ctx context.Context, before time.Time) ([]Hash, error)
	// Delete forgets the content; an absent hash is not an error.
	Delete(ctx context.Context, hash Hash) error
}

// Claimer tells whether a store is one database's alone.
type Claimer interface {
	// Claim signs that the owner, a word, keeps content in the store, and reports
	// whether nobody else ever did. Only who is alone can tell which content
	// nobody refers to.
	Claim(ctx context.Context, owner string) (alone bool, err error)
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

// compare refuses content whose hash or size is another one, and goes back to
// its beginning.
func compare(ctx context.Context, hash Hash, from io.ReadSeeker, size int64) error {
	sum := sha256.New()
	n, err := io.Copy(sum, from)
	if err == nil {
		_, err = from.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("put blob %s: %w", hash, err)
	}
	if got := Hash(hex.EncodeToString(sum.Sum(nil))); got != hash || n != size {
		return errs.New(errs.Internal, "blob_damaged", "Content of %d bytes has the hash %s, not %d and %s.", n, got, size, hash)
	}
	return nil
}
