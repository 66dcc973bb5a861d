package account

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

const (
	// minPassword is how many characters a password has at least, maxPassword how
	// many bytes at most.
	minPassword = 8
	maxPassword = 1024
)

// common holds the first bytes of the SHA-256 of the 100,000 most common
// passwords, in order. tools/passwords.mjs makes it.
//
//go:embed common.bin
var common []byte

// commonBytes is how much of a hash is kept. One password in ten million is
// taken for a common one that is none.
const commonBytes = 5

// isCommon reports whether a password is among the most common, in whatever
// capitals.
func isCommon(password string) bool {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(password))))
	n := len(common) / commonBytes
	at := func(i int) []byte { return common[i*commonBytes : (i+1)*commonBytes] }
	i := sort.Search(n, func(i int) bool { return bytes.Compare(at(i), sum[:commonBytes]) >= 0 })
	return i < n && bytes.Equal(at(i), sum[:commonBytes])
}

// CheckPassword refuses a new password that is too short, too long, among the
// most common ones, or hardly more than what is known of the person: the words
// given, such as name and address. Which characters it is made of is nobody's
// business.
func CheckPassword(password string, known ...string) error {
	bad := func(code, message string) error {
		return errs.BadFields(errs.Field{Path: "password", Code: code, Message: message})
	}
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return bad("password_short", "Use at least 8 characters.")
	case len(password) > maxPassword || !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return bad("password_long", "Use at most 1,000 characters.")
	case isCommon(password) || isCommon(strings.TrimRight(password, "0123456789!.?*#")):
		return bad("password_common", "Too many people use this password. Choose another one.")
	}
	rest := strings.ToLower(password)
	for _, word := range append(known, "dramac") {
		for _, part := range strings.FieldsFunc(strings.ToLower(word), func(r rune) bool { return strings.ContainsRune(" @.-_+", r) }) {
			if utf8.RuneCountInString(part) > 3 {
				rest = strings.ReplaceAll(rest, part, "")
			}
		}
	}
	if rest != strings.ToLower(password) && utf8.RuneCountInString(rest) < minPassword {
		return bad("password_known", "This is too easy to guess for somebody who knows you. Choose another one.")
	}
	return nil
}
