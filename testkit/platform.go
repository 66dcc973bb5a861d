package testkit

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/examples"
	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/egress"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/gateway"
	"github.com/dramac-main/dramac-cms/internal/identity"
	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pack"
	"github.com/dramac-main/dramac-cms/internal/page"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

// BaseURL is the address of every platform that tests make.
const BaseURL = "http://localhost:8080"

// Platform is a whole platform over a real database: the gateway with all
// behind it, two agencies that know nothing of each other, their sites with
// both example modules and records in each collection, and everybody who may
// come to its doors. Agencies, addresses and subdomains are the test's own.
type Platform struct {
	testing.TB
	DB      *pg.DB
	Server  *gateway.Server
	Modules *module.Catalogue
	// Mail keeps what is written to people; nothing leaves.
	Mail *mail.Service
	// Names are the TXT records of the domain name system.
	Names Names
	// Now is the platform's clock. Move it before the first request only.
	Now func() time.Time

	// Home and Sister are sites of one client, Other is another client's in the
	// same agency, Foreign another agency's.
	Home, Sister, Other, Foreign *Site

	// Visitor has no credential.
	Visitor Actor
	// Members of Home's agency.
	Owner, Admin, Member, Viewer Actor
	// ClientMember belongs to Home's client, OtherClientMember to the other one,
	// OtherSiteMember to Sister alone, ForeignOwner to the other agency.
	ClientMember, OtherClientMember, OtherSiteMember, ForeignOwner Actor
	// PlatformAdmin administers the platform, with a second factor, and belongs to no agency.
	PlatformAdmin Actor
	// Impersonator administers the platform too, and acts as Viewer.
	Impersonator Actor
	// Keys of Home. NarrowKey may read items of equipment-rental and no more;
	// SiteKey may do everything and publishes.
	SiteKey, NarrowKey Actor
	// OtherSiteKey and ForeignKey may do everything on Other and on Foreign.
	OtherSiteKey, ForeignKey Actor
	// Credentials that are no longer good, or never were.
	ExpiredSession, SignedOut, GarbageSession Actor
	ExpiredKey, RevokedKey, GarbageKey        Actor

	contract *contract // nil: answers are not held against documents
	spoilt   bool      // no other test is to have the modules

	blobs   blob.Store
	keys    *secret.Ring
	files   blob.Store
	address *address
}

// NewPlatform makes a platform on the shared database.
func NewPlatform(t testing.TB) *Platform {
	t.Helper()
	return NewPlatformOn(t, Database(t))
}

// NewPlatformOn makes a platform on a database of the test's choice.
func NewPlatformOn(t testing.TB, db *pg.DB) *Platform {
	t.Helper()
	blobs, err := blob.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files, err := blob.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &Platform{TB: t, DB: db, Now: time.Now, Names: Names{}, blobs: blobs, keys: Keys(t), files: files, address: new(address)}
	if err := job.Migrate(t.Context(), db, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	p.Cleanup(func() {
		p.shelve(p.Home, p.Sister, p.Other)
		p.shelve(p.Foreign)
	})
	p.serve()
	p.settle()
	p.equip()
	p.furnish()
	return p
}

// Keys makes a key ring of the test's own.
func Keys(t testing.TB) *secret.Ring {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := secret.CreateRing(path, time.Now()); err != nil {
		t.Fatal(err)
	}
	ring, err := secret.OpenRing(path)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// Twin returns the platform as a second process of the same deployment serves
// it: the same database and packages, a memory of its own.
func (p *Platform) Twin() *Platform {
	p.Helper()
	twin := *p
	twin.serve()
	return &twin
}

// serve builds the server.
func (p *Platform) serve() {
	p.Helper()
	base, err := url.Parse(BaseURL)
	if err != nil {
		p.Fatal(err)
	}
	now := func() time.Time { return p.Now() }
	log := slog.New(slog.NewTextHandler(failures{p.TB}, &slog.HandlerOptions{Level: slog.LevelError}))
	p.Mail = mail.New(mail.Config{DB: p.DB, Keys: p.keys, Now: now, Branded: plan.Branded})
	accounts, err := account.New(account.Config{DB: p.DB, Keys: p.keys, Mail: p.Mail, Now: now, BaseURL: BaseURL})
	if err != nil {
		p.Fatal(err)
	}
	p.Modules = module.New(p.DB, p.blobs, p.keys, now, log)
	providers := identity.New(identity.Config{
		DB: p.DB, Keys: p.keys, Egress: egress.New(egress.Options{Loopback: true}), Names: p.Names, Now: now, BaseURL: BaseURL,
	})
	p.Server, err = gateway.New(gateway.Config{
		DB: p.DB, Accounts: accounts, Providers: providers, Modules: p.Modules, Files: file.New(p.DB, p.files, now), Keys: p.keys, Mail: p.Mail, Log: log, Now: now, BaseURL: base,
		// With the race detector on a busy machine the usual limit leaves blocks out.
		Blocks: page.Limits{Time: 30 * time.Second},
	})
	if err != nil {
		p.Fatal(err)
	}
}

// failures shows what the server logs as an error beside the test's output.
type failures struct{ testing.TB }

func (f failures) Write(line []byte) (int, error) {
	f.Logf("%s", bytes.TrimSpace(line))
	return len(line), nil
}

// Names are TXT records by their name.
type Names map[string][]string

// LookupTXT implements identity.Resolver.
func (n Names) LookupTXT(_ context.Context, name string) ([]string, error) {
	if found, ok := n[name]; ok {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// System is who publishes and installs in preparation.
var System = audit.System()

// Example returns the package of an example module: "guestbook" or
// "equipment-rental".
func Example(t testing.TB, name string) []byte {
	t.Helper()
	if data, ok := packed.Load(name); ok {
		return slices.Clone(data.([]byte))
	}
	folder, err := fs.Sub(examples.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	data := Pack(t, folder)
	packed.Store(name, slices.Clone(data))
	return data
}

// packed are the packages of the examples by name, made once.
var packed sync.Map

// Pack builds the package of a module's folder.
func Pack(t testing.TB, folder fs.FS) []byte {
	t.Helper()
	var data bytes.Buffer
	if _, err := pack.Build(folder, &data); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

// Files is a module's folder: text by path.
type Files map[string]string

// Pack builds the folder's package.
func (f Files) Pack(t testing.TB) []byte {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range f {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Pack(t, folder)
}

// Publish uploads a package for the site's agency.
func (p *Platform) Publish(site *Site, data []byte) module.Version {
	p.Helper()
	v, _, err := p.Modules.Publish(p.Context(), System, site.Agency, data)
	if err != nil {
		p.Fatal(err)
	}
	return v
}

// Install puts the newest version of a module on the site and enables it.
func (p *Platform) Install(site *Site, name string) module.Installation {
	p.Helper()
	in, err := p.Modules.Install(p.Context(), System, site.Ref(), name, "", nil)
	if err != nil {
		p.Fatal(err)
	}
	return in
}

// Update changes an installation.
func (p *Platform) Update(site *Site, name string, change module.Change) {
	p.Helper()
	if _, err := p.Modules.Update(p.Context(), System, site.Ref(), name, change); err != nil {
		p.Fatal(err)
	}
}

// Release returns what the site runs of a module.
func (p *Platform) Release(site *Site, name string) *module.Release {
	p.Helper()
	in, err := p.Modules.Find(p.Context(), site.ID, name)
	if err != nil {
		p.Fatal(err)
	}
	r, err := p.Modules.Release(p.Context(), in.Module, in.Version)
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// Change runs a statement on the platform's own tables and moves the revision
// on, as whatever changes rights does.
func (p *Platform) Change(sql string, args ...any) {
	p.Helper()
	err := p.DB.Change(p.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(p.Context(), sql, args...)
		return err
	})
	if err != nil {
		p.Fatalf("%s: %v", sql, err)
	}
}

// Scope opens a module's records on a site, as a request does.
func (p *Platform) Scope(site *Site, name string) pg.Scope {
	p.Helper()
	revision, err := p.DB.Revision(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	return p.DB.Scope(pg.ScopeOptions{Site: site.ID, Role: p.Release(site, name).Runtime, Revision: revision})
}

// NewID returns a fresh id.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// word returns a random lower-case word of twelve letters and digits that
// begins with the text: good for names, subdomains and canaries.
func word(begin string) string {
	random := make([]byte, 6)
	_, _ = rand.Read(random)
	return begin + hex.EncodeToString(random)
}

// inTx runs fn on the platform's tables as one change of rights.
func (p *Platform) inTx(fn func(ctx context.Context, tx pgx.Tx) error) {
	p.Helper()
	ctx := p.Context()
	if err := p.DB.Change(ctx, func(tx pgx.Tx) error { return fn(ctx, tx) }); err != nil {
		p.Fatal(err)
	}
}
