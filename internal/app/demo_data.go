package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// demoLock is the advisory lock under which the demo is loaded once.
const demoLock = 7_248_301_003

// demoAgency is one agency of the demo as it is written down here.
type demoAgency struct {
	name    string
	domain  string // of its people's addresses
	clients []demoClient
	people  []demoPerson
}

type demoClient struct {
	name  string
	sites []tenancy.Site // names, subdomains and locale; the rest is filled in
}

// demoPerson signs in as name@domain. A client or site narrows the membership.
type demoPerson struct {
	address, name string
	role          access.Role
	client, site  string
}

// demoTree is two agencies that know nothing of each other.
func demoTree() []demoAgency {
	return []demoAgency{
		{
			name: "Northwind Studio", domain: "northwind.example",
			clients: []demoClient{
				{name: "Blue Door Café", sites: []tenancy.Site{
					{Name: "Blue Door Café", Subdomain: "bluedoor", Locale: "en-GB", TimeZone: "Europe/Berlin", Currency: "EUR"},
					{Name: "Blue Door Events", Subdomain: "bluedoor-events", Locale: "en-GB", TimeZone: "Europe/Berlin", Currency: "EUR"},
				}},
				{name: "Summit Gear", sites: []tenancy.Site{
					{Name: "Summit Gear Rental", Subdomain: "summit", Locale: "en-US", TimeZone: "America/Denver", Currency: "USD"},
				}},
			},
			people: []demoPerson{
				{address: "owner", name: "Nora Winter", role: access.Owner},
				{address: "admin", name: "Adam Reyes", role: access.Admin},
				{address: "member", name: "Mia Okafor", role: access.Editor},
				{address: "viewer", name: "Vik Larsen", role: access.Viewer},
				{address: "bluedoor", name: "Clara Blume", role: access.Editor, client: "Blue Door Café"},
				{address: "summit", name: "Sam Ortiz", role: access.Editor, site: "summit"},
			},
		},
		{
			name: "Harbour & Pine", domain: "harbourpine.example",
			clients: []demoClient{
				{name: "Old Mill Bakery", sites: []tenancy.Site{
					{Name: "Old Mill Bakery", Subdomain: "oldmill", Locale: "en-GB", TimeZone: "Europe/London", Currency: "GBP"},
				}},
			},
			people: []demoPerson{
				{address: "owner", name: "Harriet Pine", role: access.Owner},
				{address: "viewer", name: "Vera Stone", role: access.Viewer},
			},
		},
	}
}

// loadDemo loads the demo once and returns its log-ins; a platform that has
// agencies of its own is an errs.Conflict unless force is set. What it makes up
// (passwords, keys) is kept in demo.json in the data folder, for its owner only.
func loadDemo(ctx context.Context, s services, force bool) (Demo, error) {
	var loaded Demo
	// Not DB.Change: printing the log-ins again changes nothing.
	err := s.DB.Tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, demoLock); err != nil {
			return err
		}
		file := filepath.Join(s.Data, "demo.json")
		known, err := readDemo(file)
		if err != nil {
			return err
		}
		if known != nil && known.present(ctx, tx) {
			loaded = *known
			return nil
		}
		if n, err := tenancy.CountAgencies(ctx, tx); err != nil {
			return err
		} else if n > 0 && !force {
			return errs.New(errs.Conflict, "not_empty", "This platform has agencies of its own.").
				WithHint("Use --force to add the demo to them.")
		}
		for _, a := range demoTree() {
			if err := a.create(ctx, tx, s, &loaded); err != nil {
				return err
			}
		}
		if err := writeDemo(file, loaded); err != nil {
			return err
		}
		return pg.Bump(ctx, tx)
	})
	loaded.URL = s.BaseURL.String()
	return loaded, err
}

// present reports whether the database holds the demo that the file tells of.
func (d Demo) present(ctx context.Context, q pg.Querier) bool {
	for _, site := range d.Sites {
		id, err := uuid.Parse(site.ID)
		if err != nil {
			return false
		}
		if _, err := tenancy.FindSite(ctx, q, id); err != nil {
			return false
		}
	}
	return len(d.Sites) > 0
}

// readDemo returns what was kept of an earlier load, nil if nothing was.
func readDemo(file string) (*Demo, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the demo's log-ins: %w", err)
	}
	var d Demo
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("%s is not readable; move it away and load the demo again: %w", file, err)
	}
	return &d, nil
}

func writeDemo(file string, d Demo) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("keep the demo's log-ins: %w", err)
	}
	if err := blob.WriteFile(file, append(text, '\n')); err != nil {
		return fmt.Errorf("keep the demo's log-ins: %w", err)
	}
	return nil
}

// create makes the agency with everything below it and adds the log-ins.
func (a demoAgency) create(ctx context.Context, tx pgx.Tx, s services, d *Demo) error {
	agency := tenancy.Agency{ID: newID(), Name: a.name}
	if err := tenancy.CreateAgency(ctx, tx, agency); err != nil {
		return err
	}
	if _, _, err := plan.Give(ctx, tx, agency.ID, plan.Unlimited, s.Now()); err != nil {
		return err
	}
	clients, sites := map[string]uuid.UUID{}, map[string]uuid.UUID{}
	for _, c := range a.clients {
		client := tenancy.Client{ID: newID(), Agency: agency.ID, Name: c.name}
		if err := tenancy.CreateClient(ctx, tx, client); err != nil {
			return err
		}
		clients[c.name] = client.ID
		for _, site := range c.sites {
			site.ID, site.Agency, site.Client = newID(), agency.ID, client.ID
			if err := tenancy.CreateSite(ctx, tx, site); err != nil {
				return err
			}
			sites[site.Subdomain] = site.ID
			d.Sites = append(d.Sites, DemoSite{ID: site.ID.String(), Subdomain: site.Subdomain, Agency: a.name})
			if err := createDemoKey(ctx, tx, s, site, d); err != nil {
				return err
			}
		}
	}
	for _, p := range a.people {
		m := access.Member{ID: newID(), Agency: agency.ID, Role: p.role}
		if p.client != "" {
			m.Client = uuid.NullUUID{UUID: clients[p.client], Valid: true}
		}
		if p.site != "" {
			m.Site = uuid.NullUUID{UUID: sites[p.site], Valid: true}
		}
		if err := p.create(ctx, tx, a, m, d); err != nil {
			return err
		}
	}
	return nil
}

func createDemoKey(ctx context.Context, tx pgx.Tx, s services, site tenancy.Site, d *Demo) error {
	token := access.NewKeyToken()
	key := access.Key{
		ID: newID(), Agency: site.Agency, Site: site.ID, Name: "Demo key of " + site.Name,
		Grants: []string{"*"}, Publishes: true,
	}
	if err := access.CreateKey(ctx, tx, key, token, s.Now()); err != nil {
		return err
	}
	d.Keys = append(d.Keys, DemoKey{Site: site.ID.String(), Key: token})
	return nil
}

func (p demoPerson) create(ctx context.Context, tx pgx.Tx, a demoAgency, m access.Member, d *Demo) error {
	password := strings.ToLower(rand.Text()[:16])
	login := account.Account{ID: newID(), Email: p.address + "@" + a.domain, Name: p.name}
	if err := account.Create(ctx, tx, login, password); err != nil {
		return err
	}
	m.Account = login.ID
	if err := access.CreateMember(ctx, tx, m); err != nil {
		return err
	}
	d.Users = append(d.Users, DemoUser{Email: login.Email, Password: password, Role: string(p.role), Agency: a.name})
	return nil
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
