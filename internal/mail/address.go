package mail

import (
	"net/mail"
	"strings"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// maxAddress is how long an address may be (RFC 5321 §4.5.3.1.3).
const maxAddress = 254

// Address returns an e-mail address as it is stored and compared: in small
// letters and without space around it. What is none is errs.Invalid.
func Address(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	parsed, err := mail.ParseAddress(text)
	at := strings.LastIndexByte(text, '@')
	// The parser takes names, comments and quoted parts, which nobody types and
	// which would make two texts of one address.
	if err != nil || parsed.Address != text || len(text) > maxAddress || at < 1 || at > 64 || strings.ContainsAny(text, "\"\\<>()[],;: \r\n\t\x00") {
		return "", errs.New(errs.Invalid, "not_email", "This is not an e-mail address.")
	}
	return text, nil
}
