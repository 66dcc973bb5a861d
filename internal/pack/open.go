package pack

import (
	"bytes"
	"compress/flate"
	"hash/crc32"
	"io"
	"slices"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Open reads a package and checks all of it: structure, names, sizes and
// checksums. A package that breaks a rule is errs.Invalid with the code of
// that rule. It keeps no part of data.
func Open(data []byte, limits Limits) (*Package, error) {
	if int64(len(data)) > limits.Package {
		return nil, tooLarge(limits)
	}
	records, err := readDirectory(data, limits)
	if err != nil {
		return nil, err
	}
	if err := checkRecords(records, limits); err != nil {
		return nil, err
	}
	files := make(Files, len(records))
	for _, entry := range records {
		content, err := entry.unpack()
		if err != nil {
			return nil, err
		}
		files[entry.name] = content
	}
	info := Info{
		Hash:     contentHash(files),
		Size:     int64(len(data)),
		Files:    len(files),
		Unpacked: unpackedSize(files),
	}
	return &Package{info: info, files: files}, nil
}

// checkRecords refuses entries by what the directory declares, before one
// byte is unpacked.
func checkRecords(records []record, limits Limits) error {
	err := checkEach(records, limits)
	if e := errs.Of(err); e != nil && slices.Contains([]string{CodeFileName, CodeFileUnknown}, e.Code) {
		names := make([]string, len(records))
		for i, entry := range records {
			names[i] = entry.name
		}
		if isZippedFolder(names) {
			return e.WithHint("Zip the folder's content, not the folder, or use dramac-cli build.")
		}
	}
	return err
}

func checkEach(records []record, limits Limits) error {
	names := make([]string, 0, len(records))
	var total int64
	for _, entry := range records {
		if err := checkName(entry.name); err != nil {
			return err
		}
		if err := entry.checkForm(); err != nil {
			return err
		}
		total += int64(entry.unpacked)
		if err := checkSize(entry.name, int64(entry.unpacked), total, limits); err != nil {
			return err
		}
		if int64(entry.unpacked) > int64(entry.packed)*limits.Ratio {
			return refuse(CodeRatio, "%q is packed more tightly than %d to one.", entry.name, limits.Ratio)
		}
		names = append(names, entry.name)
	}
	return checkNames(names)
}

// checkForm refuses what is not a plain, unencrypted file. Links and folders
// are looked for in the attributes of every system, whichever system the entry
// claims to come from.
func (r *record) checkForm() error {
	unix := r.mode >> 16
	kind := unix & unixTypeMask
	switch {
	case kind != 0 && kind != unixRegular, unix&unixSpecialBits != 0, r.mode&(attributeFolder|attributeVolume) != 0:
		return refuse(CodeFileSpecial, "%q is a link, a folder or a special file.", r.name)
	case r.flags&flagUTF8 == 0 && !isASCII(r.name):
		return refuse(CodeFileName, "The name %q does not say that it is UTF-8.", r.name)
	case r.flags&flagsOfEncryption != 0:
		return refuse(CodeFileEncrypted, "%q is encrypted.", r.name)
	case r.flags&^flagsAllowed != 0:
		return refuse(CodeFileMethod, "%q uses a zip feature that packages do not have.", r.name)
	case r.method != methodStore && r.method != methodDeflate:
		return refuse(CodeFileMethod, "%q is packed with method %d; packages are stored or deflated.", r.name, r.method)
	case r.method == methodStore && r.packed != r.unpacked:
		return refuse(CodeHeaderMismatch, "%q is stored, and its two sizes differ.", r.name)
	}
	return nil
}

// unpack returns the content, having checked that it is as long as declared,
// that it uses up the packed bytes exactly, and that the checksum is right.
func (r *record) unpack() ([]byte, error) {
	content := bytes.Clone(r.data)
	if r.method == methodDeflate {
		packed := bytes.NewReader(r.data)
		var err error
		// One byte more than declared is asked for, so that a longer stream shows.
		content, err = io.ReadAll(io.LimitReader(flate.NewReader(packed), int64(r.unpacked)+1))
		if err != nil || packed.Len() != 0 {
			return nil, damaged(r.name)
		}
	}
	if int64(len(content)) != int64(r.unpacked) || crc32.ChecksumIEEE(content) != r.crc {
		return nil, damaged(r.name)
	}
	return content, nil
}

func damaged(name string) error {
	return refuse(CodeFileDamaged, "The content of %q is not what the package declares.", name)
}
