package testkit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// State is what the platform's tenants have in the database: a digest of the
// rows by table and site.
type State map[string]string

// platformState are the platform's tables with a condition on the agencies ($1).
var platformState = map[string]string{
	"agency":         "id = any($1)",
	"client":         "agency_id = any($1)",
	"site":           "agency_id = any($1)",
	"member":         "agency_id = any($1)",
	"role":           "agency_id = any($1)",
	"invitation":     "agency_id = any($1)",
	"member_site":    "agency_id = any($1)",
	"impersonation":  "agency_id = any($1)",
	"api_key":        "agency_id = any($1)",
	"audit":          "agency_id = any($1) and result = 'done'",
	"account":        "id in (select account_id from platform.member where agency_id = any($1))",
	"session":        "account_id in (select account_id from platform.member where agency_id = any($1))",
	"installation":   "site_id in (select id from platform.site where agency_id = any($1))",
	"module":         "publisher_id in (select id from platform.publisher where agency_id = any($1))",
	"module_version": "module_id in (select m.id from platform.module m join platform.publisher p on p.id = m.publisher_id where p.agency_id = any($1))",
}

// State reads the present state of the platform's agencies: their structure,
// and every record of every module on every site, deleted ones too.
func (p *Platform) State() State {
	p.Helper()
	all := State{}
	agencies := []uuid.UUID{p.Home.Agency, p.Foreign.Agency}
	err := p.DB.Tx(p.Context(), func(tx pgx.Tx) error {
		for table, where := range platformState {
			sql := digest("platform."+table, "where "+where)
			if err := all.read(p.Context(), tx, table, sql, agencies); err != nil {
				return err
			}
		}
		for _, s := range p.Sites() {
			for _, name := range []string{Guestbook, Rental, s.Secret} {
				if err := p.readModule(tx, all, s, p.Release(s, name)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		p.Fatal(err)
	}
	return all
}

func digest(table, where string) string {
	return "select count(*) || ' rows ' || md5(coalesce(string_agg(t::text, ';' order by t::text), '')) from " + table + " t " + where
}

func (p *Platform) readModule(tx pgx.Tx, into State, s *Site, r *module.Release) error {
	return pg.As(p.Context(), tx, r.Owner, s.ID, func() error {
		for _, table := range r.Module.Tables() {
			qualified := pgx.Identifier{r.Schema(), table.Name}.Sanitize()
			label := r.Manifest.ID + "." + table.Name + " of " + s.Name
			if err := into.read(p.Context(), tx, label, digest(qualified, "")); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s State) read(ctx context.Context, tx pgx.Tx, label, sql string, args ...any) error {
	var text string
	if err := tx.QueryRow(ctx, sql, args...).Scan(&text); err != nil {
		return fmt.Errorf("%s: %w", label, err)
	}
	s[label] = text
	return nil
}

// Changed names the tables that differ between the two states; empty when
// nothing was written in between.
func (s State) Changed(since State) string {
	var names []string
	for _, label := range slices.Sorted(maps.Keys(s)) {
		if s[label] != since[label] {
			names = append(names, fmt.Sprintf("%s (%s, was %s)", label, s[label], since[label]))
		}
	}
	return strings.Join(names, "; ")
}
