package plan

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Flag is a feature that can be switched for the whole platform, for some
// agencies, or for a share of them. It is below "flag." in the message catalogue.
type Flag string

// The flags. Each is on unless somebody has said otherwise.
const (
	// PackageUpload is that agencies publish modules of their own.
	PackageUpload Flag = "package_upload"
	// Onboarding is that new agencies are led through their first steps.
	Onboarding Flag = "onboarding"
)

// Flags are all of them.
func Flags() []Flag { return []Flag{PackageUpload, Onboarding} }

// Switch is for whom a feature is on.
type Switch struct {
	Key Flag `db:"key" json:"-"`
	// Percentage of agencies for which it is on, always the same ones.
	Percentage int `db:"percentage" json:"percentage"`
	// On and Off are agencies for which it is on or off whatever the percentage.
	On  []uuid.UUID `db:"agencies_on" json:"agencies_on"`
	Off []uuid.UUID `db:"agencies_off" json:"agencies_off"`
}

// For reports whether the feature is on for the agency.
func (s Switch) For(agency uuid.UUID) bool {
	switch {
	case slices.Contains(s.Off, agency):
		return false
	case slices.Contains(s.On, agency):
		return true
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(s.Key))
	_, _ = sum.Write(agency[:])
	return int(sum.Sum32()%100) < s.Percentage
}

// Switches returns how all features are switched.
func Switches(ctx context.Context, q pg.Querier) ([]Switch, error) {
	set, err := pg.All[Switch](ctx, q, `select key, percentage, agencies_on, agencies_off from platform.flag`)
	if err != nil {
		return nil, err
	}
	var all []Switch
	for _, key := range Flags() {
		s := Switch{Key: key, Percentage: 100}
		if at := slices.IndexFunc(set, func(x Switch) bool { return x.Key == key }); at >= 0 {
			s = set[at]
		}
		all = append(all, s)
	}
	return all, nil
}

// maxNamed is how many agencies may be named.
const maxNamed = 1000

// Throw switches a feature, and returns how it was.
func Throw(ctx context.Context, tx pgx.Tx, to Switch) (before Switch, err error) {
	all, err := Switches(ctx, tx)
	if err != nil {
		return before, err
	}
	at := slices.IndexFunc(all, func(x Switch) bool { return x.Key == to.Key })
	if at < 0 {
		return before, errs.Missing()
	}
	if to.Percentage < 0 || to.Percentage > 100 {
		return before, errs.BadFields(errs.Field{Path: "percentage", Code: "not_percent", Message: "Enter a percentage between 0 and 100.", Args: map[string]any{"example": "25"}})
	}
	for path, list := range map[string][]uuid.UUID{"on": to.On, "off": to.Off} {
		var known int
		if err := tx.QueryRow(ctx, `select count(*) from platform.agency where id = any($1)`, list).Scan(&known); err != nil {
			return before, pg.Translate(err)
		}
		if known != len(list) || len(list) > maxNamed {
			return before, errs.BadFields(errs.Field{Path: path, Code: "unknown", Message: "Choose one that exists."})
		}
	}
	_, err = tx.Exec(ctx, `insert into platform.flag (key, percentage, agencies_on, agencies_off) values ($1, $2, $3, $4)
		on conflict (key) do update set percentage = excluded.percentage, agencies_on = excluded.agencies_on, agencies_off = excluded.agencies_off`,
		to.Key, to.Percentage, to.On, to.Off)
	if err != nil {
		return before, fmt.Errorf("switch %s: %w", to.Key, pg.Translate(err))
	}
	return all[at], nil
}
