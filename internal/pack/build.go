package pack

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"slices"
)

const (
	// packedDate is 1 January 1980, the first day that a zip can name.
	packedDate = 1<<5 | 1
	// packedMode is a plain file that everybody may read.
	packedMode = 0o644
)

// Build writes the package of the files to w and describes it. Equal files
// give equal bytes: paths are sorted, and times, modes and compression are
// fixed. It refuses what Open would refuse with the default limits: files that
// the format does not know, special files, and whatever is too large.
func Build(files fs.FS, w io.Writer) (Info, error) {
	limits := DefaultLimits()
	contents, err := collect(files, limits)
	if err != nil {
		return Info{}, err
	}
	var packed bytes.Buffer
	if err := writeArchive(&packed, contents, limits); err != nil {
		return Info{}, fmt.Errorf("pack: %w", err)
	}
	if int64(packed.Len()) > limits.Package {
		return Info{}, tooLarge(limits)
	}
	info := Info{
		Hash:     contentHash(contents),
		Size:     int64(packed.Len()),
		Files:    len(contents),
		Unpacked: unpackedSize(contents),
	}
	if _, err := packed.WriteTo(w); err != nil {
		return Info{}, fmt.Errorf("write package: %w", err)
	}
	return info, nil
}

func writeArchive(w io.Writer, contents map[string][]byte, limits Limits) error {
	deflater, err := flate.NewWriter(io.Discard, flate.BestCompression)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		if err := add(archive, deflater, name, contents[name], limits); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return archive.Close()
}

// collect reads every file below the root and checks names and sizes.
func collect(files fs.FS, limits Limits) (map[string][]byte, error) {
	var names []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return refuse(CodeFileSpecial, "%q is a link or a special file.", name)
		}
		names = append(names, name)
		return checkName(name)
	})
	if err != nil {
		return nil, fmt.Errorf("walk module: %w", err)
	}
	switch {
	case len(names) == 0:
		return nil, refuse(CodeEmpty, "There are no files to pack.")
	case len(names) > limits.Files:
		return nil, tooMany(len(names), limits)
	}
	if err := checkNames(names); err != nil {
		return nil, err
	}
	return readAll(files, names, limits)
}

func readAll(files fs.FS, names []string, limits Limits) (map[string][]byte, error) {
	contents := make(map[string][]byte, len(names))
	var total int64
	for _, name := range names {
		content, err := readAtMost(files, name, limits.sizeLimit(name)+1)
		if err != nil {
			return nil, fmt.Errorf("read module: %w", err)
		}
		total += int64(len(content))
		if err := checkSize(name, int64(len(content)), total, limits); err != nil {
			return nil, err
		}
		contents[name] = content
	}
	return contents, nil
}

func readAtMost(files fs.FS, name string, limit int64) ([]byte, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit))
}

// checkSize refuses a file, or all files so far together, that are too large.
func checkSize(name string, size, total int64, limits Limits) error {
	switch {
	case size > limits.sizeLimit(name):
		return refuse(CodeFileTooLarge, "%q is larger than %d KB.", name, limits.sizeLimit(name)>>10)
	case total > limits.Unpacked:
		return refuse(CodeUnpackedTooLarge, "The files are larger than %d MB together.", limits.Unpacked>>20)
	}
	return nil
}

func tooLarge(limits Limits) error {
	return refuse(CodeTooLarge, "The package is larger than %d MB.", limits.Package>>20)
}

func tooMany(count int, limits Limits) error {
	return refuse(CodeTooManyFiles, "The package has %d files; %d are allowed.", count, limits.Files)
}

// add writes one entry. It writes the header whole and up front, without a
// data descriptor, so that reading has nothing to reconcile.
func add(archive *zip.Writer, deflater *flate.Writer, name string, content []byte, limits Limits) error {
	method, data, err := compress(deflater, content, limits)
	if err != nil {
		return err
	}
	header := &zip.FileHeader{
		Name:               name,
		Flags:              flagUTF8,
		Method:             method,
		CRC32:              crc32.ChecksumIEEE(content),
		CompressedSize64:   uint64(len(data)),
		UncompressedSize64: uint64(len(content)),
		//lint:ignore SA1019 The successor, Modified, adds an extra field to each entry; the package has none.
		ModifiedDate: packedDate,
	}
	header.SetMode(packedMode)
	entry, err := archive.CreateRaw(header)
	if err != nil {
		return err
	}
	_, err = entry.Write(data)
	return err
}

// compress deflates the content, unless that saves nothing or packs it so
// tightly that Open would take it for a bomb. The deflater is used again for
// each file, because a new one costs a megabyte.
func compress(deflater *flate.Writer, content []byte, limits Limits) (method uint16, data []byte, err error) {
	var deflated bytes.Buffer
	deflater.Reset(&deflated)
	if _, err := deflater.Write(content); err != nil {
		return 0, nil, err
	}
	if err := deflater.Close(); err != nil {
		return 0, nil, err
	}
	packed, unpacked := int64(deflated.Len()), int64(len(content))
	if packed >= unpacked || unpacked > packed*limits.Ratio {
		return zip.Store, content, nil
	}
	return zip.Deflate, deflated.Bytes(), nil
}
