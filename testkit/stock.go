package testkit

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/blob"
)

// stock are publishers of platforms whose tests are over, with the example
// modules and secret modules: by how many secret modules there are. Making the
// tables anew would be most of what a test does.
var stock = struct {
	sync.Mutex
	by map[int][]publisher
}{by: map[int][]publisher{}}

// publisher is one whose modules have tables already.
type publisher struct {
	id      uuid.UUID
	secrets []string
}

// adopt gives the agency of the sites a publisher of the stock, if there is
// one. What else it published stays with the agency that it had.
func (s *settler) adopt(sites ...*Site) {
	if s.DB != Database(s) {
		return
	}
	stock.Lock()
	defer stock.Unlock()
	shelf := stock.by[len(sites)]
	if len(shelf) == 0 {
		return
	}
	found := shelf[len(shelf)-1]
	stock.by[len(sites)] = shelf[:len(shelf)-1]
	left := NewID()
	var before uuid.UUID
	s.keep(s.tx.QueryRow(s.ctx, `select agency_id from platform.publisher where id = $1`, found.id).Scan(&before))
	s.keep(s.exec(`update platform.publisher set agency_id = $2, name = $3 where id = $1`, found.id, sites[0].Agency, sites[0].AgencyName))
	s.keep(s.exec(`insert into platform.publisher (id, agency_id, name) values ($1, $2, 'Earlier')`, left, before))
	s.keep(s.exec(`update platform.module set publisher_id = $2 where publisher_id = $1 and name <> all($3)`,
		found.id, left, append(slices.Clone(found.secrets), Guestbook, Rental)))
	for i, site := range sites {
		site.Canaries[slices.Index(site.Canaries, site.Secret)] = found.secrets[i]
		site.Secret = found.secrets[i]
	}
}

// Spoil says that the test breaks the tables of the modules, so that no other
// test is to have them.
func (p *Platform) Spoil() { p.spoilt = true }

// shelve puts the publisher of the sites' agency into the stock when its
// modules are as they were published first.
func (p *Platform) shelve(sites ...*Site) {
	if p.spoilt || p.Failed() || slices.Contains(sites, nil) || p.DB != Database(p) {
		return
	}
	found := publisher{}
	names := []string{Guestbook, Rental}
	packages := [][]byte{Example(p, Guestbook), Example(p, Rental)}
	for _, s := range sites {
		found.secrets = append(found.secrets, s.Secret)
		packages = append(packages, p.secretModule(s.Secret))
	}
	names = append(names, found.secrets...)
	var blobs []string
	for _, data := range packages {
		blobs = append(blobs, string(blob.HashOf(data)))
	}
	err := p.DB.Pool().QueryRow(context.Background(), `
		select p.id from platform.publisher p join platform.module m on m.publisher_id = p.id and m.name = any($2)
		join platform.module_version v on v.module_id = m.id
		where p.agency_id = $1 and not exists (select from platform.contract c where c.publisher_id = p.id)
		group by p.id
		having count(*) = $3 and count(distinct m.id) = $3
			and bool_and(v.provisioned_at is not null and v.contracted_at is null and v.state = 'published'
			and encode(v.blob, 'hex') = any($4))`,
		sites[0].Agency, names, len(names), blobs).Scan(&found.id)
	if errors.Is(err, pgx.ErrNoRows) {
		return
	}
	if err != nil {
		p.Errorf("put modules aside: %v", err)
		return
	}
	stock.Lock()
	defer stock.Unlock()
	stock.by[len(sites)] = append(stock.by[len(sites)], found)
}
