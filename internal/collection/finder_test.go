package collection

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// TestFinderAnswersAsPlainConditions asks everything twice: through the finder
// and without it.
func TestFinderAnswersAsPlainConditions(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	for _, row := range []string{
		`{"name":"Rotary hammer","about":"Drills into concrete, 100% of it"}`, `{"name":"Hand_saw","about":"Cuts wood"}`,
		`{"name":"hammer","about":null}`, `{"name":"O'Neil \\ \"tent\"","about":"A tent, for rain"}`,
	} {
		w.create(items, row)
	}
	w.create(w.records(w.b, "item"), `{"name":"foreign hammer"}`)
	gone := w.create(items, `{"name":"deleted hammer"}`)
	if err := items.Delete(t.Context(), idOf(t, gone), nil); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ query, want string }{
		{"name=ilike.*HAMMER*", "Rotary hammer hammer"},
		{"name=like.*hammer", "Rotary hammer hammer"},
		{"name=like.hand*", ""},
		{"name=ilike.hand\\_*", "Hand_saw"},
		{"name=match.^h", "hammer"},
		{"name=imatch.^h", "Hand_saw hammer"},
		{"name=not.ilike.*hammer*", `Hand_saw O'Neil \ "tent"`},
		{"about=fts.tent", `O'Neil \ "tent"`},
		{"about=fts.concrete|wood", "Hand_saw Rotary hammer"},
		{"about=plfts.tent rain", `O'Neil \ "tent"`},
		{"about=phfts.rain tent", ""},
		{"about=wfts.rain -concrete", `O'Neil \ "tent"`},
		{"about=fts(english).cut", "Hand_saw"},
		{"or=(name.ilike.*saw*,about.fts.rain)", `Hand_saw O'Neil \ "tent"`},
		{"and=(name.ilike.*hammer*,about.fts.concrete)", "Rotary hammer"},
		{"name=ilike.*hammer*&quantity=is.null&about=not.is.null", "Rotary hammer"},
		{"name=like(any).{*saw,*tent*}", `Hand_saw O'Neil \ "tent"`},
		{"name=ilike.*'%22*", ""},
	} {
		for _, finds := range []bool{true, false} {
			items.Finds = finds
			if got := w.names(items, row.query+"&order=name", "name"); got != row.want {
				t.Errorf("%s (finder %v): got %q, want %q", row.query, finds, got, row.want)
			}
		}
	}
}

// TestFinderKeepsToTheSite calls the function as a module's role could.
func TestFinderKeepsToTheSite(t *testing.T) {
	w := newWorld(t)
	w.create(w.records(w.a, "item"), `{"name":"findable"}`)
	c := w.records(w.b, "item").Collection
	count := func(site string) (n int) {
		t.Helper()
		err := w.db.Tx(t.Context(), func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), "select set_config('app.site_id', $1, true)", site); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), "set local role "+quote(w.runtime)); err != nil {
				return err
			}
			return tx.QueryRow(t.Context(), "select count(*) from "+quote(w.module.Schema)+"."+quote(c.finder.Name)+"('name', 'ilike', 'findable')").Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(w.a.String()); n != 1 {
		t.Errorf("its own site: %d", n)
	}
	for _, site := range []string{w.b.String(), ""} {
		if n := count(site); n != 0 {
			t.Errorf("the site %q finds %d of another", site, n)
		}
	}
}

// TestFinderUsesItsIndexes looks at the plans within the function on many rows.
func TestFinderUsesItsIndexes(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	for from := range 4 {
		err := items.Scope.Batch(t.Context(), pg.Statement{
			SQL: `insert into ` + items.Collection.table + ` (site_id, id, created_at, updated_at, name, about)
				select $1::uuid, gen_random_uuid(), now(), now(), 'thing ' || md5(n::text), 'words ' || md5((n / 3)::text)
				from generate_series($2::bigint, $2::bigint + 2499) n`,
			Args: []any{w.a.String(), from*2500 + 1},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := w.db.Tx(t.Context(), func(tx pgx.Tx) error {
		finder := finderOf(w.runtime)
		if _, err := tx.Exec(t.Context(), "set local role "+quote(strings.TrimSuffix(w.runtime, "_run")+"_owner")+"; analyze "+items.Collection.table+
			"; select gin_clean_pending_list(indexrelid) from pg_index join pg_class c on c.oid = indexrelid join pg_am m on m.oid = relam"+
			" where indrelid = '"+items.Collection.table+"'::regclass and amname = 'gin'; reset role"); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), "set local app.site_id = '"+w.a.String()+"'; set local role "+quote(finder)); err != nil {
			return err
		}
		for _, row := range []struct{ field, op, value, index string }{
			{"name", "ilike", "%c4ca4238%", "item_like_name"},
			{"name", "match", "c4ca4238", "item_like_name"},
			{"about", "fts", "c4ca4238a0b923820dcc509a6f75849b", "item_words_about"},
		} {
			body := strings.NewReplacer("$1", "'"+row.field+"'", "$2", "'"+row.op+"'", "$3", "'"+row.value+"'").Replace(items.Collection.finder.Body)
			rows, err := tx.Query(t.Context(), "explain "+body)
			if err != nil {
				return err
			}
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return err
			}
			if text := strings.Join(lines, "\n"); !strings.Contains(text, row.index) || strings.Contains(text, "Seq Scan") {
				t.Errorf("%s %s:\n%s", row.field, row.op, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	if got := w.names(items, "select=name&name=ilike.*"+"a87ff679*", "name"); strings.Count(got, "thing") != 1 {
		t.Errorf("found %q", got)
	}
	t.Logf("one of 10,000 in %v", time.Since(started))
}

// TestFinderShapes keeps the statement from depending on what is searched for.
func TestFinderShapes(t *testing.T) {
	c := fuzzItem(t)
	text := func(query string) string {
		t.Helper()
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q, err := c.ParseQuery(values)
		if err != nil {
			t.Fatal(err)
		}
		r := Records{Collection: c, Now: time.Now, Finds: true}
		args := &expr.Args{Now: time.Now()}
		sql, err := r.searching(c, q.Where, args)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(sql, len(args.Values))
	}
	if a, b := text("name=ilike.*a*&about=fts.b&quantity=gt.1"), text("quantity=gt.5&about=fts.x&name=ilike.y"); a != b || !strings.Contains(a, "item_find_") {
		t.Errorf("%s\n%s", a, b)
	}
}
