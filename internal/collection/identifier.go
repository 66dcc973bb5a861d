package collection

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// maxIdentifier is PostgreSQL's limit; longer names would be cut silently, and
// two could become one.
const maxIdentifier = 63

var identifierPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// checkIdentifier refuses what must not become part of a statement. Manifests
// are checked before they come here; this is the last line.
func checkIdentifier(name string) error {
	if !identifierPattern.MatchString(name) {
		return fmt.Errorf("%q cannot be a name in the database", name)
	}
	return nil
}

// quote writes an identifier for a statement.
func quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// physical joins the parts to a name of at most 63 bytes; a longer one is cut
// and ends with a hash of the whole.
func physical(parts ...string) string {
	name := strings.Join(parts, "_")
	if len(name) <= maxIdentifier {
		return name
	}
	return name[:maxIdentifier-9] + "_" + hash(name)
}

// over names an index by its columns. With several columns a hash tells a_b, c
// from a, b_c.
func over(table, word string, columns []string) string {
	if len(columns) == 1 {
		return physical(table, word, columns[0])
	}
	return physical(table, word, strings.Join(columns, "_"), hash(strings.Join(columns, " ")))
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}
