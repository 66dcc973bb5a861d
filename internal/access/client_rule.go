package access

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// ClientRule is what an agency lets all people of a client do beside their roles,
// and what it lets none of them do: on all sites of the client, or on one. What
// is said of one site holds there in the place of the same thing said of all.
// What is denied to a member stays denied.
type ClientRule struct {
	Site  uuid.NullUUID `db:"site_id" json:"site"` // not valid: all
	Allow []string      `db:"allow" json:"allow"`
	Deny  []string      `db:"deny" json:"deny"`
}

// ListClientRules returns the client's rules, that of all sites first.
func ListClientRules(ctx context.Context, q pg.Querier, agency, client uuid.UUID) ([]ClientRule, error) {
	return pg.All[ClientRule](ctx, q, `
		select site_id, allow, deny from platform.client_rule
		where agency_id = $1 and client_id = $2 order by site_id nulls first limit 1000`, agency, client)
}

// FindClientRule returns the client's rule of one site, or of all; an empty one
// where there is none.
func FindClientRule(ctx context.Context, q pg.Querier, agency, client uuid.UUID, site uuid.NullUUID) (ClientRule, error) {
	rule, err := pg.One[ClientRule](ctx, q, `
		select site_id, allow, deny from platform.client_rule
		where agency_id = $1 and client_id = $2 and site_id is not distinct from $3`, agency, client, site)
	if errs.KindOf(err) == errs.NotFound {
		return ClientRule{Site: site, Allow: []string{}, Deny: []string{}}, nil
	}
	return rule, err
}

// SetClientRule replaces the rule of one site of the client, or of all. The actor
// holds all that it gives, and all that it no longer denies.
func SetClientRule(ctx context.Context, tx pgx.Tx, by Actor, agency, client uuid.UUID, to ClientRule) (before, after ClientRule, err error) {
	if err = lockRoles(ctx, tx, agency); err != nil {
		return before, to, err
	}
	if before, err = FindClientRule(ctx, tx, agency, client, to.Site); err != nil {
		return before, to, err
	}
	if to.Allow, err = clientKeys("allow", to.Allow); err != nil {
		return before, to, err
	}
	if to.Deny, err = clientKeys("deny", to.Deny); err != nil {
		return before, to, err
	}
	if to.Site.Valid {
		var its bool
		err = tx.QueryRow(ctx, `select exists (select from platform.site where id = $1 and agency_id = $2 and client_id = $3)`, to.Site, agency, client).Scan(&its)
		if err != nil {
			return before, to, pg.Translate(err)
		}
		if !its {
			return before, to, oneField("site", "reference_missing", "Choose a site of the client.")
		}
	}
	given := slices.DeleteFunc(slices.Concat(to.Allow, before.Deny), func(key string) bool {
		return slices.Contains(before.Allow, key) || slices.Contains(to.Deny, key)
	})
	if err = by.may(agency, "allow", given); err != nil {
		return before, to, err
	}
	if len(to.Allow)+len(to.Deny) == 0 {
		_, err = tx.Exec(ctx, `delete from platform.client_rule where agency_id = $1 and client_id = $2 and site_id is not distinct from $3`, agency, client, to.Site)
	} else {
		_, err = tx.Exec(ctx, `
			insert into platform.client_rule (agency_id, client_id, site_id, allow, deny) values ($1, $2, $3, $4, $5)
			on conflict (client_id, site_id) do update set allow = excluded.allow, deny = excluded.deny`, agency, client, to.Site, to.Allow, to.Deny)
	}
	return before, to, pg.Translate(err)
}

// clientKeys are keys that people of a client may hold.
func clientKeys(path string, keys []string) ([]string, error) {
	keys, err := CheckKeys(path, keys)
	if err != nil {
		return keys, err
	}
	for _, key := range keys {
		if d, known := declaration(Permission(key)); known && d.Staff {
			return keys, errs.BadFields(errs.Field{Path: path, Code: "staff_permission", Message: key + " is for the agency's own people.", Args: map[string]any{"key": key}})
		}
	}
	return keys, nil
}

// ruling is what the rules of a client come to in one place.
type ruling struct{ allow, deny []string }

// Ruled is the membership as the rules of its client make it on a site; with
// uuid.Nil as those of all sites do.
func (m Member) Ruled(site uuid.UUID) Member {
	var all, one ClientRule
	for _, r := range m.Rules {
		switch {
		case !r.Site.Valid:
			all = r
		case r.Site.UUID == site:
			one = r
		}
	}
	m.ruling = ruling{allow: overruled(all.Allow, one.Deny, one.Allow), deny: overruled(all.Deny, one.Allow, one.Deny)}
	return m
}

// overruled are the keys said of all sites but those of which one site says
// otherwise, and what it says itself.
func overruled(all, otherwise, one []string) []string {
	if len(all) == 0 {
		return one
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(key string) bool {
		return slices.ContainsFunc(otherwise, func(o string) bool {
			return strings.HasPrefix(key, "platform.") && anyMatches([]string{o}, key) || covers(o, key)
		})
	})
	return append(kept, one...)
}
