package pack

import (
	"bytes"
	"cmp"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Files is a read-only file system in memory: content by path. Folders are
// implied. Nobody may change the map while it is read.
type Files map[string][]byte

// Open implements fs.FS.
func (m Files) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if content, ok := m[name]; ok {
		return &memoryFile{entry: fileEntry(name, content), Reader: bytes.NewReader(content)}, nil
	}
	list := m.list(name)
	if len(list) == 0 && name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memoryFolder{entry: entry{name: path.Base(name), mode: fs.ModeDir | 0o555}, left: list}, nil
}

// ReadFile implements fs.ReadFileFS; the caller may keep and change the bytes.
func (m Files) ReadFile(name string) ([]byte, error) {
	content, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return bytes.Clone(content), nil
}

// list returns what lies directly in the folder, sorted by name.
func (m Files) list(folder string) []fs.DirEntry {
	prefix := folder + "/"
	if folder == "." {
		prefix = ""
	}
	var list []fs.DirEntry
	seen := map[string]bool{}
	for name, content := range m {
		rest, inside := strings.CutPrefix(name, prefix)
		if !inside {
			continue
		}
		child, _, deeper := strings.Cut(rest, "/")
		switch {
		case !deeper:
			list = append(list, fs.FileInfoToDirEntry(fileEntry(name, content)))
		case !seen[child]:
			seen[child] = true
			list = append(list, fs.FileInfoToDirEntry(entry{name: child, mode: fs.ModeDir | 0o555}))
		}
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return list
}

// entry is the fs.FileInfo of a file or folder. It has no modification time.
type entry struct {
	name string
	size int64
	mode fs.FileMode
}

func fileEntry(name string, content []byte) entry {
	return entry{name: path.Base(name), size: int64(len(content)), mode: 0o444}
}

func (e entry) Name() string       { return e.name }
func (e entry) Size() int64        { return e.size }
func (e entry) Mode() fs.FileMode  { return e.mode }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) IsDir() bool        { return e.mode.IsDir() }
func (e entry) Sys() any           { return nil }

// memoryFile is an open file.
type memoryFile struct {
	entry
	*bytes.Reader
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *memoryFile) Size() int64                { return f.size }
func (f *memoryFile) Close() error               { return nil }

// memoryFolder is an open folder with the entries that were not yet read.
type memoryFolder struct {
	entry
	left []fs.DirEntry
}

func (f *memoryFolder) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *memoryFolder) Close() error               { return nil }

func (f *memoryFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (f *memoryFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.left) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.left) {
		n = len(f.left)
	}
	list := f.left[:n]
	f.left = f.left[n:]
	return list, nil
}
