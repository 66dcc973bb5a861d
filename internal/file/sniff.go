package file

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"path"
	"strings"
)

// kind is what a content is.
type kind struct {
	media         string
	width, height *int
}

// sniff tells a content's type from the content. Where a container or a plain
// text does not say more, the name's ending does, among harmless types only.
func sniff(name string, content []byte) kind {
	if k, ok := picture(content); ok {
		return k
	}
	media := detect(content)
	ending := strings.ToLower(path.Ext(name))
	switch media {
	case "application/zip":
		if better, ok := zipped[ending]; ok {
			media = better
		}
	case "text/plain":
		if better, ok := plain[ending]; ok {
			media = better
		}
	}
	return kind{media: media}
}

// zipped are formats that are archives inside.
var zipped = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
	".odp":  "application/vnd.oasis.opendocument.presentation",
	".epub": "application/epub+zip",
}

// plain are formats that are text and that no browser runs.
var plain = map[string]string{
	".csv": "text/csv", ".ics": "text/calendar", ".json": "application/json", ".md": "text/markdown", ".vcf": "text/vcard",
}

// maxSide is the longest side of an image in pixels that is believed.
const maxSide = 1 << 16

// picture reads the size of an image of the formats that browsers show safely.
// Only the header is read, never the pixels.
func picture(content []byte) (kind, bool) {
	for _, f := range formats {
		if !bytes.HasPrefix(content, []byte(f.magic)) {
			continue
		}
		if c, err := f.size(bytes.NewReader(content)); err == nil {
			return measured(f.media, c.Width, c.Height)
		}
	}
	width, height := webpSize(content)
	return measured("image/webp", width, height)
}

// formats are the pictures that the standard library reads.
var formats = []struct {
	magic, media string
	size         func(io.Reader) (image.Config, error)
}{
	{"\xff\xd8\xff", "image/jpeg", jpeg.DecodeConfig},
	{"\x89PNG\r\n\x1a\n", "image/png", png.DecodeConfig},
	{"GIF8", "image/gif", gif.DecodeConfig},
}

func measured(media string, width, height int) (kind, bool) {
	if width < 1 || height < 1 || width > maxSide || height > maxSide {
		return kind{}, false
	}
	return kind{media: media, width: &width, height: &height}, true
}

// webpSize reads the size from the first chunk of a WebP file (RFC 9649); zero
// for what is none.
func webpSize(b []byte) (width, height int) {
	if len(b) < 30 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WEBP" {
		return 0, 0
	}
	switch string(b[12:16]) {
	case "VP8 ":
		if b[23] != 0x9d || b[24] != 0x01 || b[25] != 0x2a {
			return 0, 0
		}
		return int(binary.LittleEndian.Uint16(b[26:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[28:]) & 0x3fff)
	case "VP8L":
		if b[20] != 0x2f {
			return 0, 0
		}
		bits := binary.LittleEndian.Uint32(b[21:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1
	case "VP8X":
		at := func(i int) int { return int(b[i]) | int(b[i+1])<<8 | int(b[i+2])<<16 }
		return at(24) + 1, at(27) + 1
	}
	return 0, 0
}
