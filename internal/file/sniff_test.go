package file

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func drawn(t *testing.T, encode func(io.Writer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewPaletted(image.Rect(0, 0, 6, 4), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTypesComeFromTheContent(t *testing.T) {
	t.Parallel()
	asPNG := drawn(t, png.Encode)
	asJPEG := drawn(t, func(w io.Writer, i image.Image) error { return jpeg.Encode(w, i, nil) })
	asGIF := drawn(t, func(w io.Writer, i image.Image) error { return gif.Encode(w, i, nil) })
	webp := "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x05\xc0\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	for _, c := range []struct {
		says, name, content, media string
		width, height              int
	}{
		{"PNG", "a.txt", string(asPNG), "image/png", 6, 4},
		{"JPEG", "a.png", string(asJPEG), "image/jpeg", 6, 4},
		{"GIF", "", string(asGIF), "image/gif", 6, 4},
		{"WebP", "a.webp", webp, "image/webp", 6, 4},
		{"PNG cut off", "a.png", string(asPNG[:10]), "application/octet-stream", 0, 0},
		{"PDF", "a.html", "%PDF-1.7 <html>", "application/pdf", 0, 0},
		{"a text", "a", "hello", "text/plain", 0, 0},
		{"a table", "a.CSV", "a,b", "text/csv", 0, 0},
		{"a text that wants to be HTML", "a.html", "hello", "text/plain", 0, 0},
		{"HTML", "a.csv", "<!DOCTYPE html><p>", "text/html", 0, 0},
		{"HTML behind a text", "a.txt", "hello\n<ScRipt>alert(1)</script>", "text/html", 0, 0},
		{"SVG", "a.png", `<?xml version="1.0"?><SVG/>`, "image/svg+xml", 0, 0},
		{"SVG behind a text", "a.txt", "hello <svg onload=alert(1)>", "image/svg+xml", 0, 0},
		{"a document", "a.docx", "PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 0, 0},
		{"an archive", "a.png", "PK\x03\x04", "application/zip", 0, 0},
		{"a program", "a.jpg", "\x7fELF\x02\x01", "application/octet-stream", 0, 0},
	} {
		k := sniff(c.name, []byte(c.content))
		width, height := 0, 0
		if k.width != nil {
			width, height = *k.width, *k.height
		}
		if k.media != c.media || width != c.width || height != c.height {
			t.Errorf("%s: %s %d × %d", c.says, k.media, width, height)
		}
		f := File{MediaType: k.media}
		if served := f.ServedType(); strings.Contains(served, "html") || strings.Contains(served, "svg") || strings.Contains(served, "xml;") {
			t.Errorf("%s is served as %s", c.says, served)
		}
	}
}

func TestFieldsTakeWhatTheySay(t *testing.T) {
	t.Parallel()
	picture := drawn(t, png.Encode)
	for _, c := range []struct {
		says    string
		rules   Rules
		content []byte
		code    string
	}{
		{"anything", Rules{}, []byte("x"), ""},
		{"nothing", Rules{}, nil, "file_empty"},
		{"the most", Rules{Max: 3}, []byte("xxx"), ""},
		{"more", Rules{Max: 3}, []byte("xxxx"), "file_too_large"},
		{"more than the platform takes", Rules{Max: 1 << 40}, make([]byte, MaxSize+1), "file_too_large"},
		{"a picture", Rules{Image: true, Accept: []string{"image/*"}}, picture, ""},
		{"a picture of another sort", Rules{Image: true, Accept: []string{"image/jpeg"}}, picture, "file_type"},
		{"no picture", Rules{Image: true}, []byte("x"), "file_not_image"},
		{"another type", Rules{Accept: []string{"application/pdf", "image/*"}}, []byte("x"), "file_type"},
	} {
		_, err := c.rules.check("x", c.content)
		code := ""
		if e := errs.Of(err); e != nil {
			code = e.Fields[0].Code
		}
		if code != c.code {
			t.Errorf("%s: %v", c.says, err)
		}
	}
}

func TestNamesAreTidied(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, name, slug string }{
		{"cat.png", "cat.png", "cat.png"},
		{`C:\pictures\cat.png`, "cat.png", "cat.png"},
		{"../../etc/passwd", "passwd", "passwd"},
		{"Über Straße 1.pdf", "Über Straße 1.pdf", "ber-Stra-e-1.pdf"},
		{"ねこ.png", "ねこ.png", "png"},
		{"", "file.png", "file.png"},
		{"..", "file.png", "file.png"},
		{"a\x00b\u202egnp.exe\n", "abgnp.exe", "abgnp.exe"},
		{`"; filename=x`, `"; filename=x`, "filename-x"},
		{strings.Repeat("a", 200) + ".png", strings.Repeat("a", 116) + ".png", strings.Repeat("a", 116) + ".png"},
	} {
		name := cleanName(c.given, "image/png")
		if name != c.name || slug(name) != c.slug {
			t.Errorf("%q: %q, %q", c.given, name, slug(name))
		}
	}
}
