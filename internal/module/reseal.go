package module

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

// resealBatch is how many values one transaction seals anew.
const resealBatch = 500

// SealedUse says what is sealed in the database.
type SealedUse struct {
	// ByKey counts the sealed values by the id of their key.
	ByKey map[string]int64
	// Unreadable names the places of values that the key ring does not open, at
	// most 100 of them.
	Unreadable []string
}

const maxUnreadable = 100

// Sealed looks at every sealed value of the database and tries to open it.
func (c *Catalogue) Sealed(ctx context.Context) (SealedUse, error) {
	use := SealedUse{ByKey: map[string]int64{}}
	err := c.eachSealed(ctx, "", func(v sealedValue) (string, error) {
		id, _ := secret.KeyOf(v.text)
		use.ByKey[id]++
		if _, err := c.keys.Open(v.text, v.context); err != nil && len(use.Unreadable) < maxUnreadable {
			use.Unreadable = append(use.Unreadable, fmt.Sprintf("%s: %v", v.context, err))
		}
		return v.text, nil
	})
	if err != nil {
		return SealedUse{}, fmt.Errorf("look at sealed values: %w", err)
	}
	return use, nil
}

// Reseal seals anew with the active key what is sealed with another one, and
// returns how many values that were. It works in small transactions: stopped
// anywhere, the next run goes on with what is left. When nothing is left, the
// other keys are retired. What does not open stays as it is and is an error at
// the end, after all else is done; its key is not retired.
func (c *Catalogue) Reseal(ctx context.Context) (int, error) {
	active, err := c.keys.Active()
	if err != nil {
		return 0, err
	}
	count := 0
	keep := map[string]bool{active: true}
	var failed []error
	err = c.eachSealed(ctx, active, func(v sealedValue) (string, error) {
		plain, err := c.keys.Open(v.text, v.context)
		if err != nil {
			id, _ := secret.KeyOf(v.text)
			keep[id] = true
			if len(failed) < maxUnreadable {
				failed = append(failed, fmt.Errorf("%s: %w", v.context, err))
			}
			return v.text, nil
		}
		count++
		return c.keys.Seal(plain, v.context)
	})
	if err != nil {
		return count, fmt.Errorf("seal anew: %w", err)
	}
	ids := make([]string, 0, len(keep))
	for id := range keep {
		ids = append(ids, id)
	}
	if err := c.keys.Retire(ctx, c.db, ids, c.now()); err != nil {
		return count, fmt.Errorf("retire keys: %w", err)
	}
	if len(failed) > 0 {
		return count, fmt.Errorf("seal anew: %w", errors.Join(failed...))
	}
	return count, nil
}

// sealedValue is one sealed value and its place.
type sealedValue struct{ text, context string }

// eachSealed calls fn for every sealed value that is not sealed with the key
// except, and stores what it returns if that is another text.
func (c *Catalogue) eachSealed(ctx context.Context, except string, fn func(sealedValue) (string, error)) error {
	if err := c.eachSealedSetting(ctx, except, fn); err != nil {
		return err
	}
	for _, s := range platformSealed {
		if err := c.eachSealedOfPlatform(ctx, s, except, fn); err != nil {
			return fmt.Errorf("%s: %w", s.table, err)
		}
	}
	modules, err := pg.All[struct{ ID uuid.UUID }](ctx, c.db.Pool(), `select id from platform.module order by id`)
	if err != nil {
		return err
	}
	for _, m := range modules {
		if err := c.eachSealedRecord(ctx, m.ID, except, fn); err != nil {
			return err
		}
	}
	return nil
}

// sealedWith is the beginning of texts that are sealed with the key; of none
// for an empty id.
func sealedWith(id string) string {
	if id == "" {
		return ""
	}
	return "s1." + id + "."
}

// platformColumn is a column of a platform table that holds sealed values.
type platformColumn struct {
	table, id, column string
	place             func(id uuid.UUID) string
}

// platformSealed are all of them.
var platformSealed = []platformColumn{
	{"platform.authenticator", "account_id", "secret", secret.AuthenticatorContext},
	{"platform.mail", "id", "content", secret.MailContext},
	{"platform.identity_provider", "id", "client_secret", secret.ProviderContext},
}

// eachSealedOfPlatform goes through one column, a transaction for each batch.
func (c *Catalogue) eachSealedOfPlatform(ctx context.Context, s platformColumn, except string, fn func(sealedValue) (string, error)) error {
	type row struct {
		ID   uuid.UUID
		Text string
	}
	after := uuid.Nil
	for {
		var rows []row
		err := c.db.Tx(ctx, func(tx pgx.Tx) (err error) {
			rows, err = pg.All[row](ctx, tx, fmt.Sprintf(`
				select %[2]s as id, %[3]s as text from %[1]s
				where %[2]s > $1 and %[3]s like 's1.%%' and ($2 = '' or not starts_with(%[3]s, $2))
				order by %[2]s limit %[4]d for update`, s.table, s.id, s.column, resealBatch), after, sealedWith(except))
			if err != nil {
				return err
			}
			for _, r := range rows {
				after = r.ID
				fresh, err := fn(sealedValue{r.Text, s.place(r.ID)})
				if err != nil {
					return err
				}
				if fresh == r.Text {
					continue
				}
				if _, err := tx.Exec(ctx, fmt.Sprintf(`update %s set %s = $2 where %s = $1`, s.table, s.column, s.id), r.ID, fresh); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(rows) < resealBatch {
			return err
		}
	}
}

// eachSealedSetting goes through the settings of all installations, in all
// states: those uninstalled may come back.
func (c *Catalogue) eachSealedSetting(ctx context.Context, except string, fn func(sealedValue) (string, error)) error {
	type row struct{ Site, Module uuid.UUID }
	rows, err := pg.All[row](ctx, c.db.Pool(), `
		select i.site_id as site, i.module_id as module from platform.installation i
		where exists (select from jsonb_each(i.settings) s
			where jsonb_typeof(s.value) = 'object' and s.value ->> 'sealed' like 's1.%'
			  and ($1 = '' or not starts_with(s.value ->> 'sealed', $1)))
		order by i.site_id, i.module_id`, sealedWith(except))
	if err != nil {
		return err
	}
	for _, r := range rows {
		err := c.db.Tx(ctx, func(tx pgx.Tx) error { return resealSettings(ctx, tx, r.Site, r.Module, except, fn) })
		if err != nil {
			return err
		}
	}
	return nil
}

// resealSettings treats one installation. Nothing about who may do what
// changes: what processes remember of the settings still opens.
func resealSettings(ctx context.Context, tx pgx.Tx, site, module uuid.UUID, except string, fn func(sealedValue) (string, error)) error {
	var stored json.RawMessage
	err := tx.QueryRow(ctx, `select settings from platform.installation where site_id = $1 and module_id = $2 for update`, site, module).Scan(&stored)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(stored, &all); err != nil {
		return err
	}
	changed := false
	for name, raw := range all {
		text, ok := sealedText(raw)
		if id, _ := secret.KeyOf(text); !ok || id == except {
			continue
		}
		fresh, err := fn(sealedValue{text, secret.SettingContext(site, module, name)})
		if err != nil {
			return err
		}
		if fresh == text {
			continue
		}
		if all[name], err = json.Marshal(sealedSetting{fresh}); err != nil {
			return err
		}
		changed = true
	}
	if !changed {
		return nil
	}
	if stored, err = json.Marshal(all); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update platform.installation set settings = $3 where site_id = $1 and module_id = $2`, site, module, stored)
	return err
}

// eachSealedRecord goes through the records of a module on all sites, deleted
// ones too: they may be restored.
func (c *Catalogue) eachSealedRecord(ctx context.Context, module uuid.UUID, except string, fn func(sealedValue) (string, error)) error {
	releases, err := c.provisioned(ctx, c.db.Pool(), module)
	if err != nil {
		return err
	}
	columns := map[collection.SealedColumn]bool{}
	for _, r := range releases {
		for _, column := range r.Module.Sealed() {
			columns[column] = true
		}
	}
	if len(columns) == 0 {
		return nil
	}
	sites, err := pg.All[struct{ Site uuid.UUID }](ctx, c.db.Pool(),
		`select site_id as site from platform.installation where module_id = $1 and state <> 'purged' order by site_id`, module)
	if err != nil {
		return err
	}
	newest := releases[len(releases)-1]
	for _, s := range sites {
		for column := range columns {
			if err := c.eachSealedIn(ctx, newest, s.Site, column, except, fn); err != nil {
				return fmt.Errorf("%s on site %s: %w", column.Table, s.Site, err)
			}
		}
	}
	return nil
}

// eachSealedIn goes through one column on one site by the records' ids, a
// transaction for each batch.
func (c *Catalogue) eachSealedIn(ctx context.Context, r *Release, site uuid.UUID, column collection.SealedColumn, except string, fn func(sealedValue) (string, error)) error {
	after := uuid.Nil
	for {
		var last uuid.UUID
		var n int
		err := c.db.Tx(ctx, func(tx pgx.Tx) error {
			return pg.As(ctx, tx, r.Owner, site, func() error {
				var err error
				last, n, err = resealRecords(ctx, tx, r.Schema(), site, column, except, after, fn)
				return err
			})
		})
		if err != nil || n < resealBatch {
			return err
		}
		after = last
	}
}

func resealRecords(ctx context.Context, tx pgx.Tx, schema string, site uuid.UUID, column collection.SealedColumn, except string, after uuid.UUID, fn func(sealedValue) (string, error)) (uuid.UUID, int, error) {
	type row struct {
		ID   uuid.UUID
		Text string
	}
	rows, err := pg.All[row](ctx, tx, fmt.Sprintf(`
		select id, %[1]s as text from %[2]s
		where site_id = $1 and id > $2 and %[1]s like 's1.%%' and ($3 = '' or not starts_with(%[1]s, $3))
		order by id limit %[3]d for update`, column.Column, column.Table, resealBatch), site, after, sealedWith(except))
	if err != nil || len(rows) == 0 {
		return after, 0, err
	}
	var ids []uuid.UUID
	var texts []string
	for _, r := range rows {
		fresh, err := fn(sealedValue{r.Text, secret.RecordContext(site, schema, column.Collection, column.Field, r.ID)})
		if err != nil {
			return after, 0, err
		}
		if fresh != r.Text {
			ids, texts = append(ids, r.ID), append(texts, fresh)
		}
	}
	if len(ids) > 0 {
		_, err = tx.Exec(ctx, fmt.Sprintf(`
			update %[2]s t set %[1]s = n.text from unnest($2::uuid[], $3::text[]) n (id, text)
			where t.site_id = $1 and t.id = n.id`, column.Column, column.Table), site, ids, texts)
	}
	return rows[len(rows)-1].ID, len(rows), err
}
