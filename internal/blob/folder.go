package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// unfinished begins the names of files that are being written. A crash may
// leave one behind; it is never read, and Sweep removes it.
const unfinished = ".new-"

// Folder is a Store in a local folder, for one process only. Content lies
// under the first two digits of its hash: "3b/3b123e9a…".
type Folder struct {
	root string
}

var _ Store = (*Folder)(nil)

// NewFolder opens the store in the folder and makes the folder, closed to
// other users of the machine, if it is absent. It changes nothing else, so it
// may be called beside the process that writes.
func NewFolder(root string) (*Folder, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("make blob folder: %w", err)
	}
	return &Folder{root: root}, nil
}

// Sweep clears away what an interrupted Put left. Only the process that owns
// the folder may call it, before its first Put: it would take away what
// another one is writing.
func (f *Folder) Sweep() error {
	left, err := fs.Glob(os.DirFS(f.root), "*/"+unfinished+"*")
	if err != nil {
		return fmt.Errorf("list blob folder: %w", err)
	}
	for _, name := range left {
		if err := os.Remove(filepath.Join(f.root, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear blob folder: %w", err)
		}
	}
	return nil
}

// Put implements Store. The content is written beside its place, synced and
// renamed, so that no reader and no crash ever sees a part of it.
func (f *Folder) Put(ctx context.Context, hash Hash, content []byte) error {
	if err := hash.check(); err != nil {
		return err
	}
	if HashOf(content) != hash {
		return mismatch(hash, content)
	}
	if _, err := f.Open(ctx, hash); err == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("put blob %s: %w", hash, err)
	}
	return f.keep(hash, bytes.NewReader(content))
}

// Write implements Store.
func (f *Folder) Write(ctx context.Context, hash Hash, from io.ReadSeeker, size int64) error {
	if err := hash.check(); err != nil {
		return err
	}
	if err := compare(ctx, hash, from, size); err != nil {
		return err
	}
	return f.keep(hash, from)
}

func (f *Folder) keep(hash Hash, from io.Reader) error {
	if err := f.write(hash, from); err != nil {
		return fmt.Errorf("put blob %s: %w", hash, err)
	}
	return nil
}

func (f *Folder) write(hash Hash, from io.Reader) error {
	folder := filepath.Dir(f.path(hash))
	if err := os.Mkdir(folder, 0o700); err == nil {
		// The new folder's own name must survive a crash too.
		if err := syncFolder(f.root); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	return replace(f.path(hash), from)
}

// WriteFile gives the file that content, readable by its owner only. A crash
// leaves it as it was or as it is to be, and after WriteFile has returned always
// as it is to be. The file's folder must be there. It serves whoever keeps a
// file that must not be lost, with a Store or without.
func WriteFile(path string, content []byte) error {
	return replace(path, bytes.NewReader(content))
}

func replace(path string, from io.Reader) error {
	folder := filepath.Dir(path)
	temporary, err := writeSynced(folder, from)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncFolder(folder)
}

// writeSynced writes the content to a new file in the folder and returns its
// path. It leaves nothing behind when it fails.
func writeSynced(folder string, from io.Reader) (string, error) {
	file, err := os.CreateTemp(folder, unfinished+"*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, from)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// syncFolder makes the names in the folder durable.
func syncFolder(folder string) error {
	open, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(open.Sync(), open.Close())
}

// Open implements Store. The hash is compared at each load, so a damaged disk
// or a hand in the folder never becomes a module.
func (f *Folder) Open(ctx context.Context, hash Hash) ([]byte, error) {
	if err := hash.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open blob %s: %w", hash, err)
	}
	content, err := os.ReadFile(f.path(hash))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errs.Missing().WithCause(err)
	case err != nil:
		return nil, fmt.Errorf("open blob %s: %w", hash, err)
	case HashOf(content) != hash:
		return nil, mismatch(hash, content)
	}
	return content, nil
}

// Read implements Store.
func (f *Folder) Read(ctx context.Context, hash Hash) (io.ReadSeekCloser, error) {
	if err := hash.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open blob %s: %w", hash, err)
	}
	file, err := os.Open(f.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.Missing().WithCause(err)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", hash, err)
	}
	return file, nil
}

// Exists implements Store.
func (f *Folder) Exists(ctx context.Context, hash Hash) (bool, error) {
	if err := hash.check(); err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("look for blob %s: %w", hash, err)
	}
	_, err := os.Stat(f.path(hash))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for blob %s: %w", hash, err)
	}
	return true, nil
}

// Delete implements Store.
func (f *Folder) Delete(ctx context.Context, hash Hash) error {
	if err := hash.check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("delete blob %s: %w", hash, err)
	}
	if err := os.Remove(f.path(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete blob %s: %w", hash, err)
	}
	return nil
}

// List implements Store. The age is that of the file.
func (f *Folder) List(ctx context.Context, before time.Time) ([]Hash, error) {
	var found []Hash
	err := fs.WalkDir(os.DirFS(f.root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		hash := Hash(path.Base(name))
		if entry.IsDir() || hash.check() != nil || name != path.Join(string(hash[:2]), string(hash)) {
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && info.ModTime().Before(before) {
			found = append(found, hash)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list blob folder: %w", err)
	}
	return found, nil
}

// path returns where content lies. The hash has been checked.
func (f *Folder) path(hash Hash) string {
	return filepath.Join(f.root, string(hash[:2]), string(hash))
}
