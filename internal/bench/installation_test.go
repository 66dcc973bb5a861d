//go:build linux

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/pg/cluster"
)

// The amount of data.
const (
	siteCount      = 100
	recordsPerSite = 1000
)

// installation is a running server whose sites hold the records, and the bare
// handler over a copy of the same records on the same cluster.
type installation struct {
	server, bare       process
	serverURL, bareURL string
	postmaster         int
	sites              []site
	ids                [][]uuid.UUID // of each site's records
	settings           string        // of PostgreSQL, for people
}

// install fills a server that has just started: it publishes and installs the
// module through the API and writes the records beside it.
func install(b *testing.B, folder, data string, server process, url string) installation {
	b.Helper()
	ctx := context.Background()
	running, ok := cluster.Attach(data)
	if !ok {
		b.Fatal("the server's cluster does not run")
	}
	db, err := pg.Open(ctx, pg.Options{DSN: running.DSN(cluster.Database), MaxConns: 2})
	if err != nil {
		b.Fatal(err)
	}
	in := installation{server: server, serverURL: url, sites: createSites(b, db, siteCount)}
	db.Close()
	in.publish(b)
	admin, err := pgx.Connect(ctx, running.AdminDSN(cluster.Database))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = admin.Close(ctx) }()
	in.fill(b, admin)
	in.describe(b, admin)
	in.bare = startPart(b, folder, partBare, dsnVariable+"="+running.DSN(cluster.Database))
	in.bareURL = in.bare.line(b)
	return in
}

// publish uploads the module and installs it on every site.
func (in *installation) publish(b *testing.B) {
	b.Helper()
	client := &http.Client{Timeout: time.Minute}
	post := func(s site, path, body string) {
		call := shot{Method: http.MethodPost, URL: in.serverURL + path, Key: s.Key, Body: body, Status: http.StatusCreated}
		if _, err := call.answer(client); err != nil {
			b.Fatal(err)
		}
	}
	post(in.sites[0], "/api/v1/packages", string(stockPackage(b)))
	for _, s := range in.sites {
		post(s, "/api/v1/sites/"+s.ID.String()+"/modules", `{"module":"stock"}`)
	}
}

// fill writes the records into the module's table, and copies the table with
// its indexes to one without row security, which the login role owns.
func (in *installation) fill(b *testing.B, admin *pgx.Conn) {
	b.Helper()
	ctx := context.Background()
	var schema string
	if err := admin.QueryRow(ctx, `select 'mod_' || short_id from platform.module where name = 'stock'`).Scan(&schema); err != nil {
		b.Fatal(err)
	}
	in.ids = make([][]uuid.UUID, len(in.sites))
	n := 0
	// Site by site in turns, as records come in over time.
	rows := pgx.CopyFromFunc(func() ([]any, error) {
		if n == siteCount*recordsPerSite {
			return nil, nil
		}
		s, p := n%siteCount, productOf(n)
		id, err := uuid.NewV7()
		in.ids[s] = append(in.ids[s], id)
		n++
		at := time.Now()
		return []any{in.sites[s].ID, id, at, at, p.Name, p.Category, p.Quantity, p.Amount, "EUR", p.OfferedOn}, err
	})
	// That the records came is no news: events of a hundred thousand of them would
	// be handed out while something else is measured.
	if _, err := admin.Exec(ctx, `set session_replication_role = replica`); err != nil {
		b.Fatal(err)
	}
	columns := []string{"site_id", "id", "created_at", "updated_at", "name", "category", "quantity", "price_amount", "price_currency", "offered_on"}
	if _, err := admin.CopyFrom(ctx, pgx.Identifier{schema, "product"}, columns, rows); err != nil {
		b.Fatal(err)
	}
	table := pgx.Identifier{schema, "product"}.Sanitize()
	for _, sql := range []string{
		`reset session_replication_role`,
		`create schema bare authorization ` + cluster.LoginRole,
		`create table bare.product (like ` + table + ` including all)`,
		`alter table bare.product owner to ` + cluster.LoginRole,
		`insert into bare.product select * from ` + table + ` order by id`,
		`vacuum analyze bare.product`, `vacuum analyze ` + table,
		`checkpoint`,
	} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
}

// describe notes which PostgreSQL this is, with the settings that matter here.
func (in *installation) describe(b *testing.B, admin *pgx.Conn) {
	b.Helper()
	err := admin.QueryRow(context.Background(), `
		select 'PostgreSQL ' || (select setting from pg_settings where name = 'server_version') || ', ' ||
			string_agg(name || '=' || current_setting(name), ', ' order by name)
		from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'jit', 'autovacuum')`).
		Scan(&in.settings)
	if err != nil {
		b.Fatal(err)
	}
	s, err := readStat(int(admin.PgConn().PID()))
	if err != nil {
		b.Fatal(err)
	}
	in.postmaster = s.parent
}

// operation is one question, as the platform and as the bare handler hear it.
type operation struct {
	name       string
	budget     float64 // the largest ratio of CPU times; zero: none
	requests   int     // in one round
	ours, bare []shot
}

// operations are what is measured, spread over all sites.
func (in *installation) operations() []operation {
	list := operation{name: "list of 50, two filters, sorted", budget: 1.2, requests: 1200}
	get := operation{name: "get by id", budget: 1.4, requests: 3000}
	create := operation{name: "create, with its change logged", budget: 1.6, requests: 2000}
	for i := range 2000 {
		s := in.sites[i%siteCount]
		ours, bare := in.serverURL+stockPath, in.bareURL+"/"+s.ID.String()+"/product"
		category := categories[i/siteCount%len(categories)]
		list.add(shot{"GET", ours + listQuery(category), s.Key, "", 200},
			shot{"GET", bare + "?category=" + category + "&quantity=100&limit=50", "", "", 200})
		id := "/" + in.ids[i%siteCount][i*7919%recordsPerSite].String()
		get.add(shot{"GET", ours + id, s.Key, "", 200}, shot{"GET", bare + id, "", "", 200})
		body := productOf(1_000_000 + i).json()
		create.add(shot{"POST", ours, s.Key, body, 201}, shot{"POST", bare, "", body, 201})
	}
	return []operation{list, get, create}
}

func (o *operation) add(ours, bare shot) {
	o.ours, o.bare = append(o.ours, ours), append(o.bare, bare)
}

// agree makes sure that both give the same answer, so that the same work is
// compared. What is created differs in its id and moments only.
func (o *operation) agree() error {
	client := &http.Client{Timeout: time.Minute}
	ours, err := o.ours[0].answer(client)
	if err != nil {
		return err
	}
	bare, err := o.bare[0].answer(client)
	if err != nil {
		return err
	}
	if o.ours[0].Method == http.MethodGet {
		if string(ours) != string(bare) {
			return fmt.Errorf("%s: the answers differ:\n%.600s\n%.600s", o.name, ours, bare)
		}
		return nil
	}
	var a, z map[string]any
	if err := json.Unmarshal(ours, &a); err != nil {
		return err
	}
	if err := json.Unmarshal(bare, &z); err != nil {
		return err
	}
	for _, name := range []string{"id", "created_at", "created_by", "updated_at", "updated_by"} {
		delete(a, name)
		delete(z, name)
	}
	if fmt.Sprint(a) != fmt.Sprint(z) {
		return fmt.Errorf("%s: the records differ:\n%v\n%v", o.name, a, z)
	}
	return nil
}
