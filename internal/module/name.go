package module

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
)

// SchemaName returns the schema of the module with that short id.
func SchemaName(short string) string { return "mod_" + short }

// RoleNames returns the roles of the module with that short id: owner owns the
// schema and its tables, runtime may read and write rows and nothing else.
// Roles belong to the whole cluster, so their names carry the deployment.
func RoleNames(short, deployment string) (owner, runtime string) {
	prefix := "mod_" + short + "_" + deployment
	return prefix + "_owner", prefix + "_run"
}

// FinderName returns the role that owns the module's finder functions and sees
// the rows of all sites within them. Nobody is it but for making them.
func FinderName(short, deployment string) string { return "mod_" + short + "_" + deployment + "_find" }

// shortID derives the short id of a new module: eight hexadecimal digits. The
// attempt is above zero when the id before it was taken. The result is stored
// and never derived again.
func shortID(id uuid.UUID, attempt int) string {
	text := id.String()
	if attempt > 0 {
		text = fmt.Sprintf("%s/%d", text, attempt)
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

// lockKey derives the key of the advisory lock under which a module is provisioned.
func lockKey(id uuid.UUID) int64 {
	sum := sha256.Sum256(append([]byte("provision "), id[:]...))
	var key int64
	for _, b := range sum[:8] {
		key = key<<8 | int64(b)
	}
	return key
}
