// Package pack reads and writes the .dramac file, which carries one module
// version: a zip of the files that the manifest's format knows, and nothing
// else. It is pure: it works on bytes and on fs.FS, never on the disk.
//
// Writing is deterministic: equal files give equal bytes. Reading trusts
// nothing. It walks the zip's structure itself, so that there is one reading
// of it only: every byte belongs to exactly one entry, the entry's own header
// agrees with the directory, and no entry is anything but a plain file. What
// it refuses is errs.Invalid with one of the codes below, which are stable.
package pack

import (
	"io/fs"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// The codes of the refusals.
const (
	CodeTooLarge         = "package_too_large"          // the package itself is over the limit
	CodeMalformed        = "package_malformed"          // not a zip, or its structure is broken
	CodeStrayBytes       = "package_stray_bytes"        // bytes before, between or after the entries
	CodeEmpty            = "package_empty"              // no entries
	CodeTooManyFiles     = "package_too_many_files"     // more entries than the limit
	CodeFileName         = "package_file_name"          // absolute, climbing, not UTF-8, or not portable
	CodeFileSpecial      = "package_file_special"       // a link, folder, device, or special mode
	CodeFileDuplicate    = "package_file_duplicate"     // two names that some file system takes for one
	CodeFileUnknown      = "package_file_unknown"       // not part of the format
	CodeFileEncrypted    = "package_file_encrypted"     // encrypted
	CodeFileMethod       = "package_file_method"        // neither stored nor deflated, or an unknown zip feature
	CodeFileTooLarge     = "package_file_too_large"     // one file is over its limit
	CodeUnpackedTooLarge = "package_unpacked_too_large" // all files together are over the limit
	CodeRatio            = "package_ratio"              // packed more tightly than honest files are
	CodeHeaderMismatch   = "package_header_mismatch"    // an entry's header disagrees with the directory
	CodeFileDamaged      = "package_file_damaged"       // size or checksum is not as declared
)

// Limits bound what a package may hold. Sizes are in bytes.
type Limits struct {
	Package  int64 // the package itself
	Files    int   // number of files
	TextFile int64 // one file of text: YAML, HTML, CSS, Markdown, SVG, JSON
	File     int64 // one other file
	Unpacked int64 // all files together
	Ratio    int64 // unpacked size of one file over its packed size
}

// DefaultLimits are the format's limits: 10 MB packed and 20 MB unpacked, 500
// files, 256 KB a file of text and 10 MB any other, 100 to one.
func DefaultLimits() Limits {
	return Limits{
		Package:  10 << 20,
		Files:    500,
		TextFile: 256 << 10,
		File:     10 << 20,
		Unpacked: 20 << 20,
		Ratio:    100,
	}
}

// Info describes a package without its content.
type Info struct {
	Hash     string // content hash, 64 hexadecimal digits; see Package.Hash
	Size     int64  // of the package in bytes
	Files    int    // number of files
	Unpacked int64  // size of all files together in bytes
}

// Package is an opened package that passed every check. It is immutable and
// safe for concurrent use.
type Package struct {
	info  Info
	files Files
}

// FS returns the package's files as a read-only file system in memory.
func (p *Package) FS() fs.FS { return p.files }

// Hash returns the content hash: the SHA-256, in lower-case hexadecimal, of
// one line for each file, sorted by path byte by byte:
//
//	<path> <size in bytes, decimal> <SHA-256 of the content, lower-case hexadecimal>\n
//
// It depends on the files only, not on how the zip was made.
func (p *Package) Hash() string { return p.info.Hash }

// Size returns the size of the package itself in bytes.
func (p *Package) Size() int64 { return p.info.Size }

// Info returns hash, sizes and number of files.
func (p *Package) Info() Info { return p.info }

// refuse returns the error of a refusal.
func refuse(code, format string, args ...any) *errs.Error {
	return errs.New(errs.Invalid, code, format, args...)
}
