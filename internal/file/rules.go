package file

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Rules are what a field takes.
type Rules struct {
	Field  string   // for complaints
	Accept []string // media types, "image/*" for all of a kind; empty: all
	Max    int64    // bytes; zero: MaxSize
	Image  bool     // images only, whose size in pixels is known
}

// RulesOf are those that a field declares.
func RulesOf(f manifest.Field) Rules {
	r := Rules{Field: f.Name, Accept: f.Accept, Image: f.Kind == manifest.KindImage}
	if f.Max != nil {
		r.Max = *f.Max
	}
	return r
}

// limit is the most bytes that the field takes.
func (r Rules) limit() int64 {
	if r.Max > 0 && r.Max < MaxSize {
		return r.Max
	}
	return MaxSize
}

// check looks at the content, not at what its sender says it is.
func (r Rules) check(name string, content []byte) (kind, error) {
	switch {
	case len(content) == 0:
		return kind{}, r.refuse("file_empty", "This file is empty.", nil)
	case int64(len(content)) > r.limit():
		return kind{}, r.refuse("file_too_large", "A file may have "+readable(r.limit())+" here.", map[string]any{"max": readable(r.limit())})
	}
	k := sniff(name, content)
	if r.Image && k.width == nil {
		return kind{}, r.refuse("file_not_image", "This is no image: send JPEG, PNG, GIF or WebP.", nil)
	}
	if len(r.Accept) > 0 && !slices.ContainsFunc(r.Accept, func(a string) bool { return accepts(a, k.media) }) {
		wanted := strings.Join(r.Accept, ", ")
		return kind{}, r.refuse("file_type", fmt.Sprintf("This is %s; taken here is %s.", k.media, wanted), map[string]any{"type": k.media, "accept": wanted})
	}
	return k, nil
}

func (r Rules) refuse(code, message string, args map[string]any) error {
	return errs.BadFields(errs.Field{Path: r.Field, Code: code, Message: message, Args: args})
}

func accepts(pattern, media string) bool {
	if whole, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(media, whole+"/")
	}
	return strings.EqualFold(pattern, media)
}

// readable writes a size as people do.
func readable(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.4g MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.4g KB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// maxName is how long a file's name may be, in characters.
const maxName = 120

// cleanName returns the name without folders and without what is no letter on a
// screen. What was given no name is called after its type.
func cleanName(name, media string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name))
	if strings.Trim(name, "./ ") == "" {
		_, sub, _ := strings.Cut(media, "/")
		sub, _, _ = strings.Cut(sub, "+")
		return "file." + sub
	}
	if utf8.RuneCountInString(name) > maxName {
		runes, ext := []rune(name), []rune(path.Ext(name))
		if len(ext) > 12 {
			ext = nil
		}
		name = string(runes[:maxName-len(ext)]) + string(ext)
	}
	return name
}

// slug is the name as it stands in addresses: letters, digits, dots, dashes and
// underscores of ASCII.
func slug(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '.' || r == '_':
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if s := strings.Trim(b.String(), "-."); s != "" {
		return s
	}
	return "file"
}
