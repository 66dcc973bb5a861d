package proof

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestScreenshots makes sure that there is something to be seen on every screen.
// With -screenshots it writes pictures into that folder: wide and narrow, light
// and dark.
func TestScreenshots(t *testing.T) {
	if *screenshots != "" {
		if err := os.MkdirAll(*screenshots, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	eachView(t, func(t *testing.T, v view, b *tab) {
		if *screenshots == "" {
			if blank(t, b.picture(0.25)) {
				t.Error("nothing is to be seen")
			}
			return
		}
		for _, width := range []int64{1440, 390} {
			for _, scheme := range schemes {
				b.appearance(width, scheme)
				b.showWhole(width)
				picture := b.picture(1)
				if blank(t, picture) {
					t.Errorf("%s at %d px: nothing is to be seen", scheme, width)
				}
				writePicture(t, fmt.Sprintf("%s-%d-%s.png", v.name, width, scheme), picture)
			}
		}
	})
}

// showWhole makes the window as high as the page.
func (b *tab) showWhole(width int64) {
	b.t.Helper()
	height, err := look[int64](b, "document.documentElement.scrollHeight")
	if err != nil {
		b.fail("%v", err)
	}
	b.do(chromedp.EmulateViewport(width, max(height, heightFor(width))))
}

func decode(t *testing.T, picture []byte) image.Image {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// blank reports whether fewer than one dot in a thousand differs from the first
// one, looked at on a grid.
func blank(t *testing.T, picture []byte) bool {
	t.Helper()
	all := decode(t, picture)
	first, seen, other := all.At(0, 0), 0, 0
	for y := all.Bounds().Min.Y; y < all.Bounds().Max.Y; y += 2 {
		for x := all.Bounds().Min.X; x < all.Bounds().Max.X; x += 2 {
			seen++
			if all.At(x, y) != first {
				other++
			}
		}
	}
	return other*1000 < seen
}

// writePicture writes a picture as small as it gets without loss.
func writePicture(t *testing.T, name string, picture []byte) {
	t.Helper()
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, decode(t, picture)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name), small.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
