package collection

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// slugWord is a name for addresses: lower-case letters and digits of ASCII,
// with single hyphens between them.
type slugWord struct{}

const longestSlug = 100

var slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (slugWord) clean(_ *Field, text string) (string, *problem) {
	if text = strings.ToLower(text); len(text) > longestSlug || !slugPattern.MatchString(text) {
		return "", wrong("not_slug", "Must be letters and digits of ASCII with single hyphens between them, like spring-sale.")
	}
	return text, nil
}

func (slugWord) typed(f *Field, text string, _ Locale) (string, *problem) {
	if slug := Slug(text); slug != "" {
		return slug, nil
	}
	return text, nil
}

func (slugWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "pattern": slugPattern.String(), "maxLength": longestSlug}
}

// Slug makes a slug of any text: letters of other scripts are written in Latin
// ones where there is a usual way, accents are dropped, everything else becomes
// a hyphen. It is empty when nothing is left. Whether another record has it
// already is the caller's question.
func Slug(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(norm.NFKD.String(latinise(strings.ToLower(norm.NFC.String(text))))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’' || r == '\u00ad':
			// Accents and apostrophes vanish without a gap.
		default:
			gap = true
		}
		if b.Len() >= longestSlug {
			break
		}
	}
	return strings.Trim(b.String()[:min(b.Len(), longestSlug)], "-")
}

// latin says how letters are written that do not come apart into a Latin letter
// and an accent, or whose language writes them otherwise.
var latin = map[rune]string{
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'å': "a", 'đ': "d", 'ð': "d", 'þ': "th",
	'ł': "l", 'ħ': "h", 'ı': "i", 'ŋ': "n", 'ŧ': "t", 'ĸ': "k", '&': " and ", '@': " at ", '%': " percent ", '€': " euro ", '£': " pound ", '$': " dollar ",

	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'ґ': "g", 'д': "d", 'е': "e", 'ё': "yo", 'є': "ye", 'ж': "zh", 'з': "z", 'и': "i", 'і': "i", 'ї': "yi",
	'й': "y", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts",
	'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya", 'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz",

	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x",
	'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",
	'ά': "a", 'έ': "e", 'ή': "i", 'ί': "i", 'ό': "o", 'ύ': "y", 'ώ': "o",
}

func latinise(text string) string {
	var b strings.Builder
	for _, r := range text {
		if as, ok := latin[r]; ok {
			b.WriteString(as)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
