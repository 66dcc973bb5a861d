package screen

import (
	"fmt"
	"math"
	"strconv"
)

// BrandStyle makes the style sheet that gives the app an agency's colour, for
// the address in Brand.Style. The colour is "#rrggbb"; anything else is false.
// What is written on the colour, and the colour where it is written with, are
// chosen so that each is readable: at least 4.5 to 1, as WCAG 2.2 AA asks.
func BrandStyle(colour string) (css []byte, ok bool) {
	accent, ok := parseColour(colour)
	if !ok {
		return nil, false
	}
	on := white
	if contrast(accent, white) < readable {
		on = ink
	}
	return fmt.Appendf(nil, ":root{--accent:%s;--accent-on:%s;--accent-ink:light-dark(%s,%s)}\n",
		accent, on, towards(accent, ink, lightest), towards(accent, white, darkest)), true
}

// rgb is a colour, each part from 0 to 255.
type rgb [3]float64

// The grounds of the app: text in the accent's colour has to be readable on the
// least favourable ground of each scheme, the accent's own tint included.
var (
	white    = rgb{255, 255, 255}
	ink      = rgb{13, 14, 18}
	lightest = rgb{232, 236, 248}
	darkest  = rgb{34, 36, 45}
)

// readable is the contrast of text that WCAG 2.2 AA asks for.
const readable = 4.5

func parseColour(text string) (rgb, bool) {
	if len(text) != 7 || text[0] != '#' {
		return rgb{}, false
	}
	n, err := strconv.ParseUint(text[1:], 16, 32)
	if err != nil {
		return rgb{}, false
	}
	return rgb{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}, true
}

// String writes the colour as "#rrggbb".
func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2])))
}

// luminance is the relative luminance of WCAG, from 0 to 1.
func (c rgb) luminance() float64 {
	weights := rgb{0.2126, 0.7152, 0.0722}
	sum := 0.0
	for i, part := range c {
		part /= 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		sum += weights[i] * part
	}
	return sum
}

// contrast is the ratio of WCAG, from 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// towards mixes a colour with the goal, as little as makes it readable on the ground.
func towards(c, goal, ground rgb) rgb {
	for step := range 21 {
		share := float64(step) / 20
		mixed := rgb{}
		for i := range c {
			mixed[i] = math.Round(c[i] + (goal[i]-c[i])*share)
		}
		if contrast(mixed, ground) >= readable {
			return mixed
		}
	}
	return goal
}
