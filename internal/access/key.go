package access

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

// KeyPrefix begins every API key, so that scanners recognise a leaked one.
const KeyPrefix = "dmc_live_"

// Key is a credential of a program. It is bound to one site.
type Key struct {
	ID        uuid.UUID  `db:"id"`
	Agency    uuid.UUID  `db:"agency_id"`
	Site      uuid.UUID  `db:"site_id"`
	Name      string     `db:"name"`
	Grants    []string   `db:"grants"`    // permission keys; "*" is all on its site
	Publishes bool       `db:"publishes"` // may upload packages for its agency
	ExpiresAt *time.Time `db:"expires_at"`
	RevokedAt *time.Time `db:"revoked_at"`
}

// Live reports whether the key may still be used.
func (k Key) Live(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || now.Before(*k.ExpiresAt))
}

// NewKeyToken returns a fresh secret: 256 random bits behind KeyPrefix.
func NewKeyToken() string { return KeyPrefix + secret.NewToken() }

// FindKey returns the key of a token, live or not.
func FindKey(ctx context.Context, q pg.Querier, token string) (Key, error) {
	return pg.One[Key](ctx, q, `
		select id, agency_id, site_id, name, grants, publishes, expires_at, revoked_at
		from platform.api_key where token_hash = $1`, secret.Hash(token))
}

// CreateKey stores a key; of the token only its hash.
func CreateKey(ctx context.Context, tx pgx.Tx, k Key, token string, now time.Time) error {
	_, err := tx.Exec(ctx, `
		insert into platform.api_key (id, agency_id, site_id, name, token_hash, grants, publishes, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		k.ID, k.Agency, k.Site, k.Name, secret.Hash(token), k.Grants, k.Publishes, now, k.ExpiresAt)
	if err != nil {
		return fmt.Errorf("create key: %w", pg.Translate(err))
	}
	return nil
}

// why says why the key gives a platform permission on its own site, or why not.
func (k Key) why(p Permission) Reason {
	d, known := declaration(p)
	granted := false
	switch {
	case !known || !d.Program:
	case p == ModulePublish || p == ModuleRead:
		granted = k.Publishes
	case p == SiteUse || p == SiteRead:
		granted = true
	default:
		granted = anyMatches(k.Grants, string(p))
	}
	if granted {
		return ByKey
	}
	return Nothing
}

// anyMatches reports whether one of the patterns names the key: "*", the key
// itself, or what it begins with, as "platform.site.*".
func anyMatches(patterns []string, key string) bool {
	for _, g := range patterns {
		if g == "*" || g == key || strings.HasSuffix(g, ".*") && strings.HasPrefix(key, strings.TrimSuffix(g, "*")) {
			return true
		}
	}
	return false
}
