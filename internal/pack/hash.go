package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// contentHash computes the hash that Package.Hash documents.
func contentHash(files map[string][]byte) string {
	sum := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		content := files[path]
		fmt.Fprintf(sum, "%s %d %x\n", path, len(content), sha256.Sum256(content))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// unpackedSize returns the size of all files together in bytes.
func unpackedSize(files map[string][]byte) int64 {
	var total int64
	for _, content := range files {
		total += int64(len(content))
	}
	return total
}
