package collection

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// urlWord is an address of the web: http or https with a host. Other schemes
// would run scripts, or open what is on the reader's own machine.
type urlWord struct{}

const longestURL = 2048 // characters, as browsers and servers take them

func (urlWord) clean(_ *Field, text string) (string, *problem) {
	u, err := url.Parse(text)
	if err != nil || utf8.RuneCountInString(text) > longestURL || strings.ContainsAny(text, " \"<>\\^`{|}") {
		return "", notURL()
	}
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "", notURL()
	}
	// Only the parts that mean the same in any case become lower case.
	rest := text[len(u.Scheme)+len("://"):]
	if !strings.HasPrefix(rest, u.Host) {
		return "", notURL()
	}
	return scheme + "://" + strings.ToLower(u.Host) + rest[len(u.Host):], nil
}

func notURL() *problem {
	return wrong("not_url", "Must be a web address, like https://example.com.")
}

// typed adds the scheme that people leave out.
func (urlWord) typed(_ *Field, text string, _ Locale) (string, *problem) {
	if !strings.Contains(text, "://") {
		host, _, _ := strings.Cut(text, "/")
		host, _, _ = strings.Cut(host, ":")
		if !hostName(host) {
			return "", notURL()
		}
		return "https://" + text, nil
	}
	return text, nil
}

func (urlWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "format": "uri", "maxLength": longestURL, "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}
}
