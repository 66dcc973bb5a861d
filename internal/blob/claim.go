package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// claims is the file in which those who keep content in a folder sign, each
// with one line.
const claims = "owners"

// Claim implements Claimer. Two databases may have been used with one data
// folder. Only the process that owns the folder may call it.
func (f *Folder) Claim(_ context.Context, owner string) (alone bool, err error) {
	file := filepath.Join(f.root, claims)
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read the owners of the blob folder: %w", err)
	}
	owners := strings.Fields(string(text))
	if !slices.Contains(owners, owner) {
		owners = append(owners, owner)
		if err := WriteFile(file, []byte(strings.Join(owners, "\n")+"\n")); err != nil {
			return false, fmt.Errorf("claim the blob folder: %w", err)
		}
	}
	return len(owners) == 1, nil
}
