package access

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// KeyPrefix begins every API key, so that scanners recognise a leaked one.
const KeyPrefix = "dmc_live_"

// shownPrefix is how much of a token is kept to tell keys apart: 48 of its 256
// random bits.
const shownPrefix = len(KeyPrefix) + 8

// Key is a credential of a program. It is bound to one site.
type Key struct {
	ID        uuid.UUID  `db:"id" json:"-"`
	Agency    uuid.UUID  `db:"agency_id" json:"-"`
	Site      uuid.UUID  `db:"site_id" json:"-"`
	Name      string     `db:"name" json:"name"`
	Grants    []string   `db:"grants" json:"grants"`       // permission keys; "*" is all on its site
	Publishes bool       `db:"publishes" json:"publishes"` // may upload packages for its agency
	ExpiresAt *time.Time `db:"expires_at" json:"expires_at"`
	RevokedAt *time.Time `db:"revoked_at" json:"-"`
	// Addresses are from where it may be used; none: from everywhere.
	Addresses []netip.Prefix `db:"addresses" json:"addresses"`
	// PerMinute and PerDay are how many requests it may make; nil: as many as it likes.
	PerMinute *int `db:"per_minute" json:"per_minute"`
	PerDay    *int `db:"per_day" json:"per_day"`
	// Prefix is how its token begins.
	Prefix string `db:"prefix" json:"prefix"`
}

// KeyLine is a key as it is listed.
type KeyLine struct {
	Key
	CreatedAt     time.Time  `db:"created_at"`
	CreatedBy     string     `db:"created_by_name"` // empty: nobody who still has an account
	RotatedAt     *time.Time `db:"rotated_at"`
	PreviousUntil *time.Time `db:"previous_until"` // until when the token before is good
	LastUsedAt    *time.Time `db:"last_used_at"`
	LastAddress   string     `db:"last_address"`
}

// Live reports whether the key may still be used.
func (k Key) Live(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || now.Before(*k.ExpiresAt))
}

// Admits reports whether the key may be used from the network address.
func (k Key) Admits(address string) bool {
	if len(k.Addresses) == 0 {
		return true
	}
	from, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	from = from.Unmap().WithZone("")
	return slices.ContainsFunc(k.Addresses, func(p netip.Prefix) bool { return p.Contains(from) })
}

// NewKeyToken returns a fresh secret: 256 random bits behind KeyPrefix.
func NewKeyToken() string { return KeyPrefix + secret.NewToken() }

const keyColumns = `k.id, k.agency_id, k.site_id, k.name, k.grants, k.publishes, k.revoked_at, k.addresses, k.per_minute, k.per_day, k.prefix`

// FindKey returns the key of a token, live or not. A token that was replaced
// expires when its time is over.
func FindKey(ctx context.Context, q pg.Querier, token string) (Key, error) {
	return pg.One[Key](ctx, q, `
		select `+keyColumns+`, k.expires_at from platform.api_key k where k.token_hash = $1
		union all
		select `+keyColumns+`, least(k.expires_at, k.previous_until) from platform.api_key k where k.previous_hash = $1`, secret.Hash(token))
}

const keyLines = `select ` + keyColumns + `, k.expires_at, k.created_at, coalesce(a.name, '') created_by_name, k.rotated_at, k.previous_until,
	k.last_used_at, k.last_address from platform.api_key k left join platform.account a on a.id = k.created_by`

// ListKeys returns the keys of a site, the good ones first, the newest of them first.
func ListKeys(ctx context.Context, q pg.Querier, site uuid.UUID) ([]KeyLine, error) {
	return pg.All[KeyLine](ctx, q, keyLines+` where k.site_id = $1 order by k.revoked_at is not null, k.created_at desc, k.id limit 500`, site)
}

// CreateKey stores a key; of the token only its hash and how it begins.
func CreateKey(ctx context.Context, tx pgx.Tx, k Key, token string, now time.Time) error {
	if k.Addresses == nil {
		k.Addresses = []netip.Prefix{}
	}
	_, err := tx.Exec(ctx, `
		insert into platform.api_key (id, agency_id, site_id, name, token_hash, prefix, grants, publishes, addresses, per_minute, per_day, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		k.ID, k.Agency, k.Site, k.Name, secret.Hash(token), token[:min(len(token), shownPrefix)], k.Grants, k.Publishes, k.Addresses, k.PerMinute, k.PerDay, now, k.ExpiresAt)
	if err != nil {
		return fmt.Errorf("create key: %w", pg.Translate(err))
	}
	return nil
}

const (
	maxSiteKeys  = 100 // that are not revoked, of a site
	maxAddresses = 20
	maxPerMinute = 1_000_000
	maxPerDay    = 1_000_000_000
)

// check tidies what somebody wants a key to be.
func (k *Key) check(now time.Time) error {
	var fields []errs.Field
	add := func(path, code, message string) {
		fields = append(fields, errs.Field{Path: path, Code: code, Message: message})
	}
	if k.Name = strings.Join(strings.Fields(k.Name), " "); k.Name == "" || len([]rune(k.Name)) > 60 {
		add("name", "role_name", "Use 1 to 60 characters.")
	}
	if k.ExpiresAt != nil && !k.ExpiresAt.After(now) {
		add("expires_at", "too_early", "Choose a time to come.")
	}
	if len(k.Addresses) > maxAddresses {
		add("addresses", "too_many", "There are at most 20.")
	}
	for i, p := range k.Addresses {
		k.Addresses[i] = p.Masked()
	}
	if k.PerMinute != nil && (*k.PerMinute < 1 || *k.PerMinute > maxPerMinute) {
		add("per_minute", "key_limit", "Enter a number between 1 and 1,000,000, or nothing.")
	}
	if k.PerDay != nil && (*k.PerDay < 1 || *k.PerDay > maxPerDay) {
		add("per_day", "key_limit", "Enter a number between 1 and 1,000,000,000, or nothing.")
	}
	if len(fields) > 0 {
		return errs.BadFields(fields...)
	}
	if slices.Contains(k.Grants, everyGrant) {
		k.Grants = []string{everyGrant}
		return nil
	}
	var err error
	if k.Grants, err = CheckKeys("grants", k.Grants); err != nil {
		return err
	}
	for _, key := range k.Grants {
		if d, known := declaration(Permission(key)); known && (!d.Program || d.Level != OnSite) {
			return errs.BadFields(errs.Field{Path: "grants", Code: "not_for_keys", Message: key + " is not for keys.", Args: map[string]any{"key": key}})
		}
	}
	return nil
}

// ParseAddresses reads networks and single addresses, v4 and v6.
func ParseAddresses(texts []string) ([]netip.Prefix, error) {
	all := []netip.Prefix{}
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			var one netip.Addr
			if one, err = netip.ParseAddr(text); err == nil {
				one = one.Unmap().WithZone("")
				p = netip.PrefixFrom(one, one.BitLen())
			}
		}
		if err != nil || p.Addr().Is4In6() {
			return nil, errs.BadFields(errs.Field{Path: "addresses", Code: "not_network", Message: "Enter networks like 192.0.2.0/24 or 2001:db8::/32."})
		}
		if p = p.Masked(); !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all, nil
}

// needs lists what the key gives, as keys of the catalogue and grants in modules.
func (k Key) needs() []string {
	keys := append([]string{string(SiteRead), string(SiteUse)}, k.Grants...)
	if k.Publishes {
		keys = append(keys, string(ModuleRead), string(ModulePublish))
	}
	if slices.Contains(k.Grants, everyGrant) {
		for _, d := range catalogue {
			if d.Program && d.Level == OnSite {
				keys = append(keys, string(d.Key))
			}
		}
	}
	return keys
}

// NewKey makes a key that gives nothing that the actor lacks, and returns its
// token, which is not kept.
func NewKey(ctx context.Context, tx pgx.Tx, by Actor, k Key, now time.Time) (Key, string, error) {
	if err := k.check(now); err != nil {
		return k, "", err
	}
	if err := by.may(k.Agency, "grants", k.needs()); err != nil {
		return k, "", err
	}
	// The site is locked, so that two at once do not pass the limit together.
	var live int
	err := tx.QueryRow(ctx, `
		with site as (select id from platform.site where agency_id = $1 and id = $2 for no key update)
		select count(*) from platform.api_key k join site s on s.id = k.site_id where k.revoked_at is null`, k.Agency, k.Site).Scan(&live)
	if err != nil {
		return k, "", pg.Translate(err)
	}
	if live >= maxSiteKeys {
		return k, "", errs.New(errs.Conflict, "too_many_keys", "A site has at most %d keys.", maxSiteKeys).WithHint("Revoke those that nobody uses.")
	}
	token := NewKeyToken()
	k.Prefix = token[:shownPrefix]
	if err := CreateKey(ctx, tx, k, token, now); err != nil {
		return k, "", err
	}
	if id := by.ID(); by.Kind() == Person && id.Valid {
		_, err = tx.Exec(ctx, `update platform.api_key set created_by = $2 where id = $1`, k.ID, id)
	}
	return k, token, pg.Translate(err)
}

// lockKey returns a key of the site that is not revoked. Whoever lacks what it
// gives does not change it.
func lockKey(ctx context.Context, tx pgx.Tx, by Actor, site, id uuid.UUID) (Key, error) {
	k, err := pg.One[Key](ctx, tx, `select `+keyColumns+`, k.expires_at from platform.api_key k where k.site_id = $1 and k.id = $2 for update`, site, id)
	if err != nil {
		return k, err
	}
	if k.RevokedAt != nil {
		return k, errs.New(errs.Conflict, "key_revoked", "This key is revoked.")
	}
	return k, by.may(k.Agency, "grants", k.needs())
}

// MaxOverlap is how long a token that was replaced may stay good.
const MaxOverlap = 30 * 24 * time.Hour

// RotateKey gives the key another token and returns it. The one before stays
// good for the overlap; one before that ends at once.
func RotateKey(ctx context.Context, tx pgx.Tx, by Actor, site, id uuid.UUID, overlap time.Duration, now time.Time) (Key, string, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return Key{}, "", errs.BadFields(errs.Field{Path: "overlap_hours", Code: "key_overlap", Message: "Choose between 0 and 720 hours."})
	}
	k, err := lockKey(ctx, tx, by, site, id)
	if err != nil {
		return k, "", err
	}
	if !k.Live(now) {
		return k, "", errs.New(errs.Conflict, "key_expired", "This key has expired.").WithHint("Make another one.")
	}
	token := NewKeyToken()
	k.Prefix = token[:shownPrefix]
	_, err = tx.Exec(ctx, `
		update platform.api_key set token_hash = $3, prefix = $4, rotated_at = $5,
			previous_hash = case when $6 then token_hash end, previous_until = case when $6 then $7::timestamptz end
		where site_id = $1 and id = $2`, site, id, secret.Hash(token), k.Prefix, now, overlap > 0, now.Add(overlap))
	return k, token, pg.Translate(err)
}

// RevokeKey ends a key, with all its tokens.
func RevokeKey(ctx context.Context, tx pgx.Tx, by Actor, site, id uuid.UUID, now time.Time) (Key, error) {
	k, err := lockKey(ctx, tx, by, site, id)
	if errs.Of(err) != nil && errs.Of(err).Code == "beyond_own" {
		err = nil // taking away is no giving
	}
	if err != nil {
		return k, err
	}
	_, err = tx.Exec(ctx, `update platform.api_key set revoked_at = $3, previous_hash = null, previous_until = null where site_id = $1 and id = $2`, site, id, now)
	return k, pg.Translate(err)
}

// KeyUse is when and from where a key was used last.
type KeyUse struct {
	Key     uuid.UUID
	At      time.Time
	Address string
}

// NoteUses writes down when keys were used, each once a minute at most.
func NoteUses(ctx context.Context, q pg.Querier, uses []KeyUse) error {
	if len(uses) == 0 {
		return nil
	}
	ids, ats, addresses := make([]uuid.UUID, len(uses)), make([]time.Time, len(uses)), make([]string, len(uses))
	for i, u := range uses {
		ids[i], ats[i], addresses[i] = u.Key, u.At, u.Address
	}
	_, err := q.Exec(ctx, `
		update platform.api_key k set last_used_at = u.at, last_address = u.address
		from (select * from unnest($1::uuid[], $2::timestamptz[], $3::text[]) u (id, at, address) order by id) u
		where k.id = u.id and (k.last_used_at is null or k.last_used_at < u.at - interval '1 minute')`, ids, ats, addresses)
	return pg.Translate(err)
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
