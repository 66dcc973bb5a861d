package i18n

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Wanted returns the BCP 47 tags of an Accept-Language header, the most wanted
// first; none when it is empty or malformed.
func Wanted(accept string) []string {
	tags, weights, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return nil
	}
	var wanted []string
	for i, tag := range tags {
		if weights[i] > 0 && tag != language.Und {
			wanted = append(wanted, tag.String())
		}
	}
	return wanted
}

// Tag returns a BCP 47 tag as it is written; false when the text is none.
func Tag(text string) (string, bool) {
	tag, err := language.Parse(text)
	if err != nil || tag == language.Und {
		return "", false
	}
	return tag.String(), true
}

// Pick returns which of the offered languages serves best whoever wants those
// of the list, the most wanted first: for each of them the same tag, then a
// wider one (de for de-AT), then another of the same language (de-CH for de).
// The first offer also serves whom no other does.
func Pick(wanted []string, offered ...string) string {
	for _, tag := range wanted {
		for wider := tag; wider != ""; wider = wider[:max(0, strings.LastIndexByte(wider, '-'))] {
			if at := slices.IndexFunc(offered, func(o string) bool { return strings.EqualFold(o, wider) }); at >= 0 {
				return offered[at]
			}
		}
		base := Base(tag)
		if at := slices.IndexFunc(offered, func(o string) bool { return Base(o) == base }); at >= 0 {
			return offered[at]
		}
	}
	return offered[0]
}

// Base is the language of a BCP 47 tag without script, region and what else
// follows, in small letters.
func Base(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(base)
}
