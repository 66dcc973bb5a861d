package pack

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// Signatures and fixed lengths of the three structures of a zip (APPNOTE 4.3).
const (
	localSign   = "PK\x03\x04"
	centralSign = "PK\x01\x02"
	endSign     = "PK\x05\x06"
	dataSign    = "PK\x07\x08"

	localLen   = 30
	centralLen = 46
	endLen     = 22
)

// Methods and flags that a package may use; any other feature is refused.
const (
	methodStore   = 0
	methodDeflate = 8

	flagEncrypted      = 1 << 0
	flagLevel          = 3 << 1 // how hard the packer tried; without effect
	flagDescriptor     = 1 << 3 // sizes follow the data
	flagStrong         = 1 << 6
	flagUTF8           = 1 << 11
	flagMaskedHeader   = 1 << 13
	flagsOfEncryption  = flagEncrypted | flagStrong | flagMaskedHeader
	flagsAllowed       = flagLevel | flagDescriptor | flagUTF8
	attributeFolder    = 0x10
	attributeVolume    = 0x08
	unixTypeMask       = 0xF000
	unixRegular        = 0x8000
	unixSpecialBits    = 0x0E00 // set-user-id, set-group-id, sticky
	extraTimes         = 0x5455 // times, which say nothing about the content
	extraOwner         = 0x7875 // Unix owner, ignored
	largestPlainNumber = 0xFFFFFFFE
)

// record is one entry of the central directory with the place of its data.
type record struct {
	name     string
	flags    uint16
	method   uint16
	crc      uint32
	packed   uint32
	unpacked uint32
	mode     uint32 // external attributes
	offset   uint32 // of the entry's own header
	data     []byte // the packed bytes; set by locate
}

// readDirectory returns the entries in directory order. It accepts one layout
// only: entries, directory, end record, with nothing before, between or after.
func readDirectory(data []byte, limits Limits) ([]record, error) {
	end, err := readEnd(data, limits)
	if err != nil {
		return nil, err
	}
	records := make([]record, 0, end.count)
	rest := data[end.offset : len(data)-endLen]
	for len(rest) > 0 {
		if len(records) == end.count {
			return nil, refuse(CodeStrayBytes, "There are bytes after the zip's directory.")
		}
		entry, length, err := readCentral(rest)
		if err != nil {
			return nil, err
		}
		records = append(records, entry)
		rest = rest[length:]
	}
	if len(records) != end.count {
		return nil, refuse(CodeMalformed, "The zip's directory has %d entries and says that it has %d.", len(records), end.count)
	}
	return records, locateAll(data[:end.offset], records)
}

type endRecord struct {
	count  int
	offset int
}

func readEnd(data []byte, limits Limits) (endRecord, error) {
	if len(data) < endLen || !bytes.HasPrefix(data[len(data)-endLen:], []byte(endSign)) {
		if bytes.Contains(data, []byte(endSign)) {
			return endRecord{}, refuse(CodeStrayBytes, "There are bytes after the end of the zip, or it has a comment.")
		}
		return endRecord{}, refuse(CodeMalformed, "This is not a package: it is not a zip file.").
			WithHint("Make it with: dramac-cli build")
	}
	tail := data[len(data)-endLen:]
	disk, directoryDisk := le16(tail[4:]), le16(tail[6:])
	here, count := le16(tail[8:]), le16(tail[10:])
	size, offset := int64(le32(tail[12:])), int64(le32(tail[16:]))
	switch {
	case le16(tail[20:]) != 0:
		return endRecord{}, refuse(CodeStrayBytes, "The zip has a comment; a package has none.")
	case disk != 0 || directoryDisk != 0 || here != count:
		return endRecord{}, refuse(CodeMalformed, "The zip is one part of several.")
	case count == 0:
		return endRecord{}, refuse(CodeEmpty, "The package has no files.")
	case int(count) > limits.Files:
		return endRecord{}, tooMany(int(count), limits)
	case offset+size != int64(len(data)-endLen):
		return endRecord{}, refuse(CodeStrayBytes, "The zip's directory does not end where its end record begins.")
	}
	return endRecord{count: int(count), offset: int(offset)}, nil
}

// readCentral reads the first directory entry of data and returns its length.
func readCentral(data []byte) (record, int, error) {
	if len(data) < centralLen || !bytes.HasPrefix(data, []byte(centralSign)) {
		return record{}, 0, refuse(CodeMalformed, "The zip's directory is broken.")
	}
	nameLen, extraLen, commentLen := int(le16(data[28:])), int(le16(data[30:])), int(le16(data[32:]))
	length := centralLen + nameLen + extraLen + commentLen
	if len(data) < length {
		return record{}, 0, refuse(CodeMalformed, "The zip's directory is cut off.")
	}
	entry := record{
		name:     string(data[centralLen : centralLen+nameLen]),
		flags:    le16(data[8:]),
		method:   le16(data[10:]),
		crc:      le32(data[16:]),
		packed:   le32(data[20:]),
		unpacked: le32(data[24:]),
		mode:     le32(data[38:]),
		offset:   le32(data[42:]),
	}
	switch {
	case le16(data[34:]) != 0:
		return record{}, 0, refuse(CodeMalformed, "The zip is one part of several.")
	case commentLen > 0:
		return record{}, 0, refuse(CodeStrayBytes, "%q has a comment; a package has none.", entry.name)
	}
	return entry, length, checkExtra(entry.name, data[centralLen+nameLen:length])
}

// checkExtra admits times and owners, which change nothing. Other extra fields
// can give an entry a second name or size that some readers believe.
func checkExtra(name string, extra []byte) error {
	for len(extra) > 0 {
		if len(extra) < 4 || len(extra) < 4+int(le16(extra[2:])) {
			return refuse(CodeMalformed, "The extra field of %q is cut off.", name)
		}
		if tag := le16(extra); tag != extraTimes && tag != extraOwner {
			return refuse(CodeFileMethod, "%q uses the zip extension 0x%04x, which packages do not have.", name, tag)
		}
		extra = extra[4+int(le16(extra[2:])):]
	}
	return nil
}

// locateAll finds the data of every entry. The entries must fill the area in
// front of the directory without gap or overlap.
func locateAll(area []byte, records []record) error {
	order := make([]*record, len(records))
	for i := range records {
		order[i] = &records[i]
	}
	slices.SortStableFunc(order, func(a, b *record) int { return cmp.Compare(a.offset, b.offset) })
	at := 0
	for _, entry := range order {
		if int64(entry.offset) != int64(at) {
			return refuse(CodeStrayBytes, "The entry %q overlaps another, or there are bytes in front of it.", entry.name)
		}
		length, err := entry.locate(area[at:])
		if err != nil {
			return err
		}
		at += length
	}
	if at != len(area) {
		return refuse(CodeStrayBytes, "There are bytes between the files and the zip's directory.")
	}
	return nil
}

// locate sets the entry's data and returns the length of header, data and
// descriptor. The header must say the same as the directory.
func (r *record) locate(area []byte) (int, error) {
	if len(area) < localLen || !bytes.HasPrefix(area, []byte(localSign)) {
		return 0, refuse(CodeMalformed, "The header of %q is broken.", r.name)
	}
	nameLen, extraLen := int(le16(area[26:])), int(le16(area[28:]))
	start := localLen + nameLen + extraLen
	if r.packed > largestPlainNumber || r.unpacked > largestPlainNumber || int64(len(area)) < int64(start)+int64(r.packed) {
		return 0, refuse(CodeMalformed, "%q is cut off.", r.name)
	}
	sizes := [3]uint32{le32(area[14:]), le32(area[18:]), le32(area[22:])}
	declared := [3]uint32{r.crc, r.packed, r.unpacked}
	sizesAgree := sizes == declared || (r.flags&flagDescriptor != 0 && sizes == [3]uint32{})
	if le16(area[6:]) != r.flags || le16(area[8:]) != r.method || !sizesAgree ||
		string(area[localLen:localLen+nameLen]) != r.name {
		return 0, mismatch(r.name)
	}
	if err := checkExtra(r.name, area[localLen+nameLen:start]); err != nil {
		return 0, err
	}
	length := start + int(r.packed)
	r.data = area[start:length]
	if r.flags&flagDescriptor == 0 {
		return length, nil
	}
	tail, err := r.descriptor(area[length:])
	return length + tail, err
}

// descriptor checks the sizes behind the data and returns their length; the
// signature in front of them is optional.
func (r *record) descriptor(area []byte) (int, error) {
	length := 12
	if bytes.HasPrefix(area, []byte(dataSign)) {
		length = 16
	}
	if len(area) < length {
		return 0, refuse(CodeMalformed, "%q is cut off.", r.name)
	}
	sizes := area[length-12:]
	if le32(sizes) != r.crc || le32(sizes[4:]) != r.packed || le32(sizes[8:]) != r.unpacked {
		return 0, mismatch(r.name)
	}
	return length, nil
}

func mismatch(name string) error {
	return refuse(CodeHeaderMismatch, "The header of %q disagrees with the zip's directory.", name)
}

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
