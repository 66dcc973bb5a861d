package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/pack"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
)

// site is a site with a key that may do everything there.
type site struct {
	ID  uuid.UUID
	Key string
}

// createSites makes an agency with so many sites; its keys may publish.
func createSites(tb testing.TB, db *pg.DB, count int) []site {
	tb.Helper()
	ctx := context.Background()
	agency := tenancy.Agency{ID: newID(tb), Name: "Benchmark"}
	client := tenancy.Client{ID: newID(tb), Agency: agency.ID, Name: "Client"}
	sites := make([]site, count)
	err := db.Change(ctx, func(tx pgx.Tx) error {
		if err := tenancy.CreateAgency(ctx, tx, agency); err != nil {
			return err
		}
		if err := tenancy.CreateClient(ctx, tx, client); err != nil {
			return err
		}
		for i := range sites {
			sites[i] = site{ID: newID(tb), Key: access.NewKeyToken()}
			err := tenancy.CreateSite(ctx, tx, tenancy.Site{
				ID: sites[i].ID, Agency: agency.ID, Client: client.ID, Name: fmt.Sprintf("Shop %d", i),
				Subdomain: "s" + sites[i].ID.String()[9:], Locale: "en", TimeZone: "Europe/Berlin", Currency: "EUR",
			})
			if err != nil {
				return err
			}
			err = access.CreateKey(ctx, tx, access.Key{
				ID: newID(tb), Agency: agency.ID, Site: sites[i].ID, Name: "Benchmark", Grants: []string{"*"}, Publishes: true,
			}, sites[i].Key, time.Now())
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return sites
}

// stockPackage builds the package of the module that is measured.
func stockPackage(tb testing.TB) []byte {
	tb.Helper()
	var data bytes.Buffer
	if _, err := pack.Build(os.DirFS("testdata/stock"), &data); err != nil {
		tb.Fatal(err)
	}
	return data.Bytes()
}

func newID(tb testing.TB) uuid.UUID {
	tb.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

// What products are made of.
var (
	categories = []string{"bearings", "belts", "chains", "pumps", "seals", "valves", "gaskets", "filters"}
	adjectives = []string{"Heavy", "Light", "Stainless", "Brass", "Sealed", "Miniature", "Double", "Self-aligning"}
)

// product is one made-up record.
type product struct {
	Name, Category string
	Quantity       int64
	Amount         int64 // euro cents
	OfferedOn      time.Time
}

// productOf makes the product of a number, always the same.
func productOf(n int) product {
	h := uint32(n) * 2654435761 // a fixed shuffle
	category := categories[h>>8%uint32(len(categories))]
	return product{
		Name:      fmt.Sprintf("%s %s, type %d", adjectives[h>>16%uint32(len(adjectives))], category, n),
		Category:  category,
		Quantity:  int64(h >> 12 % 500),
		Amount:    int64(h >> 4 % 50_000),
		OfferedOn: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(h>>20%900)),
	}
}

// json is the body that creates the product.
func (p product) json() string {
	return fmt.Sprintf(`{"name":%q,"category":%q,"quantity":%d,"price":{"amount":%d,"currency":"EUR"},"offered_on":%q}`,
		p.Name, p.Category, p.Quantity, p.Amount, p.OfferedOn.Format(time.DateOnly))
}

// stockPath is the address of the products.
const stockPath = "/api/modules/stock/product"

// listQuery is the list that is measured: two filters, an order, fifty rows.
func listQuery(category string) string {
	return "?category=eq." + category + "&quantity=gte.100&order=price->amount.desc&limit=50"
}
