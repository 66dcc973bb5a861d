//go:build linux

package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit"
)

const (
	// searchedRecords of one site are searched, searchedBy times in each way.
	searchedRecords = 1_000_000
	searchedBy      = 41
	// searchBudget is the middle time of one search, from request to answer.
	searchBudget = 25 * time.Millisecond

	// writtenRecords are created in calls of writtenAtOnce, within bulkBudget.
	writtenRecords = 20_000
	writtenAtOnce  = 1_000
	bulkBudget     = time.Second
)

// shelf is a module with a search index.
func shelf(b *testing.B) (*testkit.Platform, *module.Release) {
	p := testkit.NewPlatform(b)
	p.Publish(p.Home, testkit.Files{
		"module.yaml":           "manifest: 1\nid: shelf\nname: Shelf\nversion: 1.0.0\ntype: app\ncategory: content\ndescription: Many books.\n",
		"collections/book.yaml": "fields:\n  title: {type: text, required: true, search: true}\n  pages: {type: integer, index: true}\n",
		"collections/leaf.yaml": "fields:\n  name: {type: text, required: true}\n  number: {type: integer, index: true}\n  price: money\n  on_day: date\n",
	}.Pack(b))
	p.Install(p.Home, "shelf")
	return p, p.Release(p.Home, "shelf")
}

// BenchmarkSearch measures patterns and full text over one site's records.
func BenchmarkSearch(b *testing.B) {
	p, release := shelf(b)
	stock(b, p, release)
	for _, search := range []struct{ says, query string }{
		{"ilike", "title=ilike.*%s*"},
		{"full text", "title=fts.%s"},
		{"ilike, sorted", "title=ilike.*%s*&order=pages.desc"},
	} {
		var took []time.Duration
		for n := range searchedBy {
			word := words(n*7919 + 11)
			started := time.Now()
			r := p.Do(p.SiteKey, http.MethodGet, "/api/modules/shelf/book?select=title&"+fmt.Sprintf(search.query, url.QueryEscape(word)), nil)
			took = append(took, time.Since(started))
			if r.Status != http.StatusOK || !strings.Contains(r.Body, word) {
				b.Fatalf("%s: %d %.200s", search.says, r.Status, r.Body)
			}
		}
		slices.Sort(took)
		median := took[len(took)/2]
		fmt.Printf("search by %s in %d records: %.1f ms (p95 %.1f), budget %.0f: %s\n", search.says, searchedRecords, ms(median), ms(took[len(took)*95/100]), ms(searchBudget), verdict(median <= searchBudget))
		if median > searchBudget {
			b.Errorf("a search by %s takes %v, the budget is %v", search.says, median, searchBudget)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// words is the rare word of the record of that number.
func words(n int) string { return fmt.Sprintf("w%xq", n*2654435761%(1<<32)) }

// stock fills the site's books. The log of changes is left out, and the search
// indexes are made afterwards, because neither is what is measured.
func stock(b *testing.B, p *testkit.Platform, r *module.Release) {
	b.Helper()
	ctx := context.Background()
	err := p.DB.Tx(ctx, func(tx pgx.Tx) error {
		return pg.As(ctx, tx, r.Owner, uuid.Nil, func() error {
			book := `"` + r.Module.Schema + `".book`
			statements := []string{
				"set local statement_timeout = 0", "set local app.site_id = '" + p.Home.ID.String() + "'",
				"alter table " + book + " disable trigger user",
			}
			for _, t := range r.Module.Tables() {
				for _, i := range t.Indexes {
					if t.Name == "book" && i.Using != "" {
						statements = append(statements, `drop index "`+r.Module.Schema+`"."`+i.Name+`"`)
					}
				}
			}
			statements = append(statements, fmt.Sprintf(`insert into %s (site_id, id, created_at, updated_at, title, pages)
				select '%s', gen_random_uuid(), now() - n * interval '1 second', now(),
				       'The book of w' || to_hex(n::bigint * 2654435761 %% 4294967296) || 'q and ' || (array['rivers','hills','trains','cities'])[n %% 4 + 1], n %% 900
				from generate_series(1, %d) n`, book, p.Home.ID, searchedRecords))
			statements = append(statements, r.Module.DDL(r.Owner, r.Runtime)...)
			statements = append(statements, "alter table "+book+" enable trigger user", "analyze "+book)
			for _, sql := range statements {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return fmt.Errorf("%w: %s", err, sql)
				}
			}
			return nil
		})
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBulk measures creation of many records in few calls, with the log of
// their changes.
func BenchmarkBulk(b *testing.B) {
	p, _ := shelf(b)
	var body strings.Builder
	body.WriteByte('[')
	for n := range writtenAtOnce {
		if n > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"name":"page %d","number":%d,"price":{"amount":%d,"currency":"EUR"},"on_day":"2026-01-02"}`, n, n, n)
	}
	body.WriteByte(']')
	write := func() {
		r := p.Do(p.SiteKey, http.MethodPost, "/api/modules/shelf/leaf", testkit.JSON(body.String()))
		if r.Status != http.StatusCreated {
			b.Fatalf("%d %.300s", r.Status, r.Body)
		}
	}
	write() // the connection prepares its statements
	started := time.Now()
	for range writtenRecords / writtenAtOnce {
		write()
	}
	took := time.Since(started)
	fmt.Printf("%d records in calls of %d: %.2f s, budget %.0f s: %s\n", writtenRecords, writtenAtOnce, took.Seconds(), bulkBudget.Seconds(), verdict(took <= bulkBudget))
	if took > bulkBudget {
		b.Errorf("%d records take %v, the budget is %v", writtenRecords, took, bulkBudget)
	}
	b.ReportMetric(0, "ns/op")
}
