package i18n

import "golang.org/x/text/language"

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
