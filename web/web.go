// Package web holds the built styles and scripts of the screens, embedded in
// the binary, and gives each an address that carries its content's hash. It
// does no HTTP.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// Prefix is where the addresses of all files begin.
const Prefix = "/_assets/"

// File is one built file.
type File struct {
	Name  string // "app.css"
	URL   string // "/_assets/app.1a2b3c4d5e6f.css"
	Type  string // media type, with the charset of texts
	Hash  string // of the content: twelve hex digits of its SHA-256
	Bytes []byte
	// Gzip is the content compressed, nil where that does not make it smaller.
	Gzip []byte
}

// Files are all built files. It never changes and is safe for concurrent use.
type Files struct {
	byName    map[string]*File
	byAddress map[string]*File // the address without Prefix
}

// required are the files without which no screen can be drawn.
var required = []string{"app.css", "app.js", "site.css", "favicon.svg"}

// Load reads the embedded files. An error says that the front end was not built
// before the binary.
func Load() (*Files, error) { return loaded() }

// loaded reads and compresses the files once for the whole process.
var loaded = sync.OnceValues(func() (*Files, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open web/dist: %w", err)
	}
	return load(sub)
})

func load(from fs.FS) (*Files, error) {
	all := &Files{byName: map[string]*File{}, byAddress: map[string]*File{}}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		return all.add(name, content)
	})
	if err != nil {
		return nil, fmt.Errorf("read web/dist: %w", err)
	}
	var missing []string
	for _, name := range required {
		if all.byName[name] == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, errors.New("web/dist lacks " + strings.Join(missing, ", ") +
			": build the front end first (make generate, or npm ci && npm run build in web/), then build this binary again")
	}
	return all, nil
}

func (f *Files) add(name string, content []byte) error {
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	address := strings.TrimSuffix(name, ext) + "." + hash + ext
	file := &File{Name: name, URL: Prefix + address, Type: mediaType(ext), Hash: hash, Bytes: content}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if packed.Len() < len(content) {
		file.Gzip = packed.Bytes()
	}
	f.byName[name] = file
	f.byAddress[address] = file
	return nil
}

// mediaType does not ask the machine's own tables for what the front end is
// made of, so that every machine answers the same.
func mediaType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if known := mime.TypeByExtension(ext); known != "" {
		return known
	}
	return "application/octet-stream"
}

// URL returns the address of a file by its name: "app.css" becomes
// "/_assets/app.1a2b3c4d5e6f.css". A name that was not built is empty.
func (f *Files) URL(name string) string {
	if file := f.byName[name]; file != nil {
		return file.URL
	}
	return ""
}

// Find returns a file by what follows Prefix in its address:
// "app.1a2b3c4d5e6f.css". An address with an older hash is not found.
func (f *Files) Find(address string) (File, bool) {
	file := f.byAddress[strings.TrimPrefix(address, Prefix)]
	if file == nil {
		return File{}, false
	}
	return *file, true
}

// Named returns a file by its name, for tests and for inlining.
func (f *Files) Named(name string) (File, bool) {
	file := f.byName[name]
	if file == nil {
		return File{}, false
	}
	return *file, true
}
