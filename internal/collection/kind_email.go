package collection

import (
	"net/mail"
	"strings"
)

// emailWord is an e-mail address without a name, in lower case: addresses are
// compared, and nobody's mail server tells "Ada@" from "ada@".
type emailWord struct{ asTyped }

// longestEmail is what a path of SMTP has room for.
const longestEmail = 254

func (emailWord) clean(_ *Field, text string) (string, *problem) {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Name != "" || address.Address != text || len(text) > longestEmail {
		return "", notEmail()
	}
	local, domain, _ := strings.Cut(text, "@")
	if strings.Contains(domain, "@") || strings.ContainsAny(local, `"\`) || !hostName(domain) {
		return "", notEmail()
	}
	return strings.ToLower(text), nil
}

func notEmail() *problem {
	return wrong("not_email", "Must be an e-mail address, like ada@example.com.")
}

// hostName says whether a text may be a host's name on the Internet: labels
// with at least one point between them, in any script.
func hostName(text string) bool {
	labels := strings.Split(text, ".")
	if len(labels) < 2 || len(text) > 253 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		for _, r := range label {
			if r < 0x80 && r != '-' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') {
				return false
			}
		}
	}
	return true
}

func (emailWord) describe(*Field) map[string]any {
	return map[string]any{"type": "string", "format": "email", "maxLength": longestEmail}
}
