package gateway

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
)

// What screens and the API do alike with API keys.

func (c *call) addKey(wish access.Key) (key access.Key, token string, err error) {
	wish.ID, wish.Agency, wish.Site = uuid.Must(uuid.NewV7()), c.site.Agency, c.site.ID
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if key, token, err = access.NewKey(c.ctx, tx, c.actor, wish, c.Now()); err != nil {
			return err
		}
		e := c.entry("key.created", key.Name)
		e.After = key
		return audit.Write(c.ctx, tx, e)
	})
	return key, token, err
}

func (c *call) rotateKey(overlap time.Duration) (key access.Key, token string, err error) {
	id, err := c.named("key")
	if err != nil {
		return key, "", err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if key, token, err = access.RotateKey(c.ctx, tx, c.actor, c.site.ID, id, overlap, c.Now()); err != nil {
			return err
		}
		e := c.entry("key.rotated", key.Name)
		e.Details = map[string]any{"prefix": key.Prefix, "overlap": overlap.String()}
		return audit.Write(c.ctx, tx, e)
	})
	return key, token, err
}

func (c *call) revokeKey() (key access.Key, err error) {
	id, err := c.named("key")
	if err != nil {
		return key, err
	}
	err = c.DB.Change(c.ctx, func(tx pgx.Tx) error {
		if key, err = access.RevokeKey(c.ctx, tx, c.actor, c.site.ID, id, c.Now()); err != nil {
			return err
		}
		e := c.entry("key.revoked", key.Name)
		e.Before = key
		return audit.Write(c.ctx, tx, e)
	})
	return key, err
}
