package pack

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// item is one entry of a package made by hand, honest or not.
type item struct {
	name     string
	content  string
	mode     fs.FileMode
	flags    uint16
	method   uint16
	extra    []byte
	comment  string
	stream   []byte  // the packed bytes; nil: made from content
	unpacked *uint64 // the declared size; nil: that of content
	badCRC   bool
}

// craft zips the items exactly as they say.
func craft(t testing.TB, items ...item) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, it := range items {
		stream := it.stream
		if stream == nil {
			stream = []byte(it.content)
			if it.method == zip.Deflate {
				stream = deflate(t, it.content)
			}
		}
		header := &zip.FileHeader{
			Name: it.name, Flags: it.flags | flagUTF8, Method: it.method, Extra: it.extra, Comment: it.comment,
			CRC32: crc32.ChecksumIEEE([]byte(it.content)), CompressedSize64: uint64(len(stream)), UncompressedSize64: uint64(len(it.content)),
		}
		if it.unpacked != nil {
			header.UncompressedSize64 = *it.unpacked
		}
		if it.badCRC {
			header.CRC32++
		}
		header.SetMode(it.mode | 0o644)
		entry, err := archive.CreateRaw(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(stream); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func deflate(t testing.TB, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	writer, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// module is the entry that every crafted package begins with.
var module = item{name: "module.yaml", content: "manifest: 1\n"}

func size(n uint64) *uint64 { return &n }

// change returns a package of two files after a change of its bytes. The first
// entry's header is at 0, local header + name + content = 30 + 11 + 12 bytes;
// the directory follows the second entry, the end record is the last 22 bytes.
func change(t testing.TB, edit func(data []byte, directory int) []byte) []byte {
	t.Helper()
	data := craft(t, module, item{name: "blocks/a.html", content: "<p></p>"})
	return edit(data, int(binary.LittleEndian.Uint32(data[len(data)-6:])))
}

// refusals are all the ways in which a package is refused.
func refusals(t testing.TB) []struct {
	name string
	data []byte
	code string
} {
	t.Helper()
	one := func(name string) []byte { return craft(t, module, item{name: name}) }
	with := func(it item) []byte {
		it.name = "blocks/a.html"
		return craft(t, module, it)
	}
	many := make([]item, 501)
	for i := range many {
		many[i].name = fmt.Sprintf("blocks/b%d.html", i)
	}
	heavy := []item{module}
	for i := range 81 {
		heavy = append(heavy, item{name: fmt.Sprintf("blocks/b%d.html", i), method: zip.Deflate, stream: make([]byte, 4096), unpacked: size(256 << 10)})
	}
	zeros := string(make([]byte, 200_000))
	return []struct {
		name string
		data []byte
		code string
	}{
		{"nothing at all", nil, CodeMalformed},
		{"not a zip", []byte("manifest: 1\nid: guestbook\nname: Guestbook\n"), CodeMalformed},
		{"no files", craft(t), CodeEmpty},
		{"larger than a package may be", make([]byte, 10<<20+1), CodeTooLarge},

		{"climbing", one("../module.yaml"), CodeFileName},
		{"climbing in the middle", one("blocks/../../a.html"), CodeFileName},
		{"a step that goes nowhere", one("blocks/./a.html"), CodeFileName},
		{"absolute", one("/blocks/a.html"), CodeFileName},
		{"doubled slash", one("blocks//a.html"), CodeFileName},
		{"backslash", one(`blocks\a.html`), CodeFileName},
		{"climbing with backslashes", one(`..\..\a.html`), CodeFileName},
		{"drive letter", one("C:/a.html"), CodeFileName},
		{"no name", one(""), CodeFileName},
		{"the root itself", one("."), CodeFileName},
		{"line break in the name", one("blocks/a\n.html"), CodeFileName},
		{"zero in the name", one("blocks/a.html\x00.txt"), CodeFileName},
		{"name that reads backwards", one("blocks/a\u202elmth.exe"), CodeFileName},
		{"name that is not UTF-8", one("blocks/\xff.html"), CodeFileName},
		{"name that is overlong", one("blocks/" + string(bytes.Repeat([]byte("a"), 200)) + ".html"), CodeFileName},
		{"name in an old code page", bytes.ReplaceAll(
			one("blocks/é.html"), []byte{flagUTF8 & 0xff, flagUTF8 >> 8, 0, 0, 0, 0}, make([]byte, 6),
		), CodeFileName},
		{"folder", one("blocks/"), CodeFileName},

		{"link", with(item{mode: fs.ModeSymlink, content: "/etc/passwd"}), CodeFileSpecial},
		{"folder without a slash", with(item{mode: fs.ModeDir}), CodeFileSpecial},
		{"device", with(item{mode: fs.ModeDevice}), CodeFileSpecial},
		{"pipe", with(item{mode: fs.ModeNamedPipe}), CodeFileSpecial},
		{"socket", with(item{mode: fs.ModeSocket}), CodeFileSpecial},
		{"set-user-id", with(item{mode: fs.ModeSetuid}), CodeFileSpecial},
		{"folder by the attribute of DOS", change(t, func(d []byte, dir int) []byte { d[dir+38] |= attributeFolder; return d }), CodeFileSpecial},
		{"link that claims to come from DOS", change(t, func(d []byte, dir int) []byte {
			d[dir+5] = 0
			binary.LittleEndian.PutUint32(d[dir+38:], 0xA1FF<<16)
			return d
		}), CodeFileSpecial},

		{"same name twice", craft(t, module, module), CodeFileDuplicate},
		{"same name in another case", one("MODULE.yaml"), CodeFileDuplicate},
		{"same name by full case folding", craft(t, module, item{name: "blocks/strasse.html"}, item{name: "blocks/straße.html"}), CodeFileDuplicate},
		{"same name composed otherwise", craft(t, module, item{name: "blocks/\u00e9.html"}, item{name: "blocks/e\u0301.html"}), CodeFileDuplicate},
		{"same name in full width", craft(t, module, item{name: "blocks/a.html"}, item{name: "blocks/\uff41.html"}), CodeFileDuplicate},
		{"file where a folder must be", craft(t, module, item{name: "Blocks"}, item{name: "blocks/a.html"}), CodeFileDuplicate},

		{"unknown file", one("server/main.js"), CodeFileUnknown},
		{"unknown type", one("blocks/a.exe"), CodeFileUnknown},
		{"dotfile", one(".env"), CodeFileUnknown},

		{"encrypted", with(item{flags: flagEncrypted}), CodeFileEncrypted},
		{"strongly encrypted", with(item{flags: flagStrong}), CodeFileEncrypted},
		{"masked header", with(item{flags: flagMaskedHeader}), CodeFileEncrypted},
		{"bzip2", with(item{method: 12}), CodeFileMethod},
		{"zstd", with(item{method: 93}), CodeFileMethod},
		{"patch data", with(item{flags: 1 << 5}), CodeFileMethod},
		{"second name in an extra field", with(item{extra: []byte{0x75, 0x70, 0, 0}}), CodeFileMethod},
		{"extra field cut off", with(item{extra: []byte{0x55, 0x54, 9, 0}}), CodeMalformed},

		{"too many files", craft(t, many...), CodeTooManyFiles},
		{"text over the limit", with(item{method: zip.Deflate, stream: make([]byte, 9000), unpacked: size(256<<10 + 1)}), CodeFileTooLarge},
		{"all files over the limit", craft(t, heavy...), CodeUnpackedTooLarge},
		{"declared bomb", with(item{method: zip.Deflate, content: zeros}), CodeRatio},
		{"undeclared bomb", with(item{method: zip.Deflate, content: zeros, unpacked: size(1000)}), CodeFileDamaged},
		{"less than declared", with(item{method: zip.Deflate, content: "<p></p>", unpacked: size(8)}), CodeFileDamaged},
		{"stored with two sizes", with(item{content: "<p></p>", unpacked: size(8)}), CodeHeaderMismatch},
		{"wrong checksum", with(item{content: "<p></p>", badCRC: true}), CodeFileDamaged},
		{"bytes behind the packed stream", with(item{method: zip.Deflate, content: "<p></p>", stream: append(deflate(t, "<p></p>"), "more"...)}), CodeFileDamaged},
		{"broken stream", with(item{method: zip.Deflate, content: "<p></p>", stream: []byte("\xff\xff\xff\xff")}), CodeFileDamaged},

		{"bytes in front", append([]byte("#!/bin/sh\n"), craft(t, module)...), CodeStrayBytes},
		{"bytes behind", append(craft(t, module), "tail"...), CodeStrayBytes},
		{"two zips", append(craft(t, item{name: "blocks/evil.html"}), craft(t, module)...), CodeStrayBytes},
		{"comment of the zip", change(t, func(d []byte, dir int) []byte { d[len(d)-2] = 2; return append(d, "hi"...) }), CodeStrayBytes},
		{"comment of a file", with(item{comment: "hi"}), CodeStrayBytes},
		{"bytes in front of the directory", change(t, func(d []byte, dir int) []byte {
			d = append(d[:dir:dir], append([]byte("gap"), d[dir:]...)...)
			binary.LittleEndian.PutUint32(d[len(d)-6:], uint32(dir+3))
			return d
		}), CodeStrayBytes},
		{"entry hidden from the directory", change(t, func(d []byte, dir int) []byte {
			second := dir + centralLen + len(module.name)
			d = append(d[:dir:dir], d[second:]...)
			end := d[len(d)-endLen:]
			end[8], end[10] = 1, 1
			binary.LittleEndian.PutUint32(end[12:], uint32(len(d)-endLen-dir))
			return d
		}), CodeStrayBytes},
		{"two entries with one content", change(t, func(d []byte, dir int) []byte {
			binary.LittleEndian.PutUint32(d[dir+centralLen+len(module.name)+42:], 0)
			return d
		}), CodeStrayBytes},
		{"directory with fewer entries than it says", change(t, func(d []byte, dir int) []byte {
			end := d[len(d)-endLen:]
			end[8], end[10] = 3, 3
			return d
		}), CodeMalformed},
		{"directory with more entries than it says", change(t, func(d []byte, dir int) []byte {
			end := d[len(d)-endLen:]
			end[8], end[10] = 1, 1
			return d
		}), CodeStrayBytes},
		{"part of several", change(t, func(d []byte, dir int) []byte { d[len(d)-18] = 1; return d }), CodeMalformed},
		{"entry on another disk", change(t, func(d []byte, dir int) []byte { d[dir+34] = 1; return d }), CodeMalformed},
		{"directory broken", change(t, func(d []byte, dir int) []byte { d[dir] = 'X'; return d }), CodeMalformed},
		{"directory cut off", change(t, func(d []byte, dir int) []byte { d[dir+28] = 0xff; return d }), CodeMalformed},
		{"header broken", change(t, func(d []byte, dir int) []byte { d[0] = 'X'; return d }), CodeMalformed},
		{"content cut off", change(t, func(d []byte, dir int) []byte {
			for _, at := range []int{18, 22, dir + 20, dir + 24} {
				d[at+2] = 0x01
			}
			return d
		}), CodeMalformed},
		{"64-bit sizes", change(t, func(d []byte, dir int) []byte {
			for _, at := range []int{18, 22, dir + 20, dir + 24} {
				binary.LittleEndian.PutUint32(d[at:], 0xFFFFFFFF)
			}
			return d
		}), CodeMalformed},

		{"another name in the header", change(t, func(d []byte, dir int) []byte { d[localLen] = 'M'; return d }), CodeHeaderMismatch},
		{"another size in the header", change(t, func(d []byte, dir int) []byte { d[22]++; return d }), CodeHeaderMismatch},
		{"another packed size in the header", change(t, func(d []byte, dir int) []byte { d[18]--; return d }), CodeHeaderMismatch},
		{"another checksum in the header", change(t, func(d []byte, dir int) []byte { d[14]++; return d }), CodeHeaderMismatch},
		{"another method in the header", change(t, func(d []byte, dir int) []byte { d[8] = 8; return d }), CodeHeaderMismatch},
		{"other flags in the header", change(t, func(d []byte, dir int) []byte { d[6] ^= 2; return d }), CodeHeaderMismatch},
		{"other sizes behind the data", described(t, 1), CodeHeaderMismatch},
	}
}

// described returns a package whose sizes follow the data, as zip tools write
// them that cannot seek; skew is added to the unpacked size there.
func described(t testing.TB, skew byte) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	entry, err := archive.Create(module.name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write([]byte(module.content)); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	data := out.Bytes()
	data[bytes.Index(data, []byte(dataSign))+12] += skew
	return data
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range refusals(t) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opened, err := Open(test.data, DefaultLimits())
			wantCode(t, err, test.code)
			if opened != nil {
				t.Fatal("a refused package was returned")
			}
		})
	}
}

func TestOpenTakesWhatOtherToolsWrite(t *testing.T) {
	t.Parallel()
	times := []byte{0x55, 0x54, 5, 0, 1, 0, 0, 0, 0}
	for name, data := range map[string][]byte{
		"stored":               craft(t, module),
		"deflated":             craft(t, item{name: "module.yaml", content: "manifest: 1\n", method: zip.Deflate}),
		"with times":           craft(t, item{name: "module.yaml", content: "manifest: 1\n", extra: times}),
		"sizes after the data": described(t, 0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, info := build(t, open(t, data).FS())
			if got := open(t, data).Hash(); got != info.Hash {
				t.Fatalf("the hash depends on the zip: %s and %s", got, info.Hash)
			}
		})
	}
}

func TestOpenKeepsNoPartOfTheBytes(t *testing.T) {
	t.Parallel()
	data := craft(t, module)
	opened := open(t, data)
	clear(data)
	if content, err := fs.ReadFile(opened.FS(), "module.yaml"); err != nil || string(content) != module.content {
		t.Fatalf("got %q, %v", content, err)
	}
}

// TestRefusalsSayWhatToDo holds the words of refusals that honest authors meet.
func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	const wrapped = "Zip the folder's content, not the folder, or use dramac-cli build."
	for _, test := range []struct {
		name          string
		data          []byte
		message, hint string
	}{
		{"one name twice", craft(t, module, module), `"module.yaml" stands in the package twice.`, ""},
		{"one name in two cases", craft(t, module, item{name: "Module.yaml"}), `"module.yaml" and "Module.yaml" are the same file on some systems.`, ""},
		{"a folder zipped", craft(t, item{name: "shop/blocks/a.html"}, item{name: "shop/module.yaml"}), `"shop/blocks/a.html" is not a file of a module.`, wrapped},
		{"a folder zipped with its own entry", craft(t, item{name: "shop/"}, item{name: "shop/module.yaml"}), `"shop/" is a folder; a package has files only.`, wrapped},
		{"content zipped with folders", craft(t, module, item{name: "blocks/"}), `"blocks/" is a folder; a package has files only.`, "Make the package with dramac-cli build, or zip without entries for folders (zip -D)."},
		{"a file too many", craft(t, module, item{name: "shop/module.yaml"}), `"shop/module.yaml" is not a file of a module.`, "A module has module.yaml, collections/*.yaml, blocks/*.yaml with blocks/*.html, locales/*.yaml, seed/*.yaml and demo/*.yaml; README.md, LICENSE, CHANGELOG.md and icon.svg may stand beside them."},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(test.data, DefaultLimits())
			if e := errs.Of(err); e == nil || e.Message != test.message || e.Hint != test.hint {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// TestFilesForPeopleMayBeThere holds what docs/manifest.md says: four files
// beside the module's own are packed and opened again.
func TestFilesForPeopleMayBeThere(t *testing.T) {
	t.Parallel()
	files := guestbook()
	for _, name := range []string{"README.md", "LICENSE", "CHANGELOG.md", "icon.svg"} {
		files[name] = &fstest.MapFile{Data: []byte("for " + name)}
	}
	data, _ := build(t, files)
	sameFiles(t, files, open(t, data).FS())
	open(t, craft(t, module, item{name: "README.md", content: "# Shop\n", method: zip.Deflate}, item{name: "LICENSE"}))
}
