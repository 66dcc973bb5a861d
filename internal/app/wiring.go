package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"sync"
	"time"

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
	"github.com/dramac-main/dramac-cms/internal/notify"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/replay"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

// This file is the one place where the parts of the program meet. The rest of
// the package starts and stops processes and knows none of them.

// services are what the parts are made of.
type services struct {
	// Data is the data folder: packages lie in "blobs" and files in "files",
	// unless they are in a bucket; the demo in "demo.json".
	Data string
	// Bucket is where packages and files lie; nil: in the data folder.
	Bucket *blob.S3Options
	DB     *pg.DB
	// Keys seal what must not be readable in the database.
	Keys *secret.Ring
	// Mail writes to people and sends what was written.
	Mail *mail.Service
	Log  *slog.Logger
	Now  func() time.Time
	// BaseURL is the platform's own address; sites answer on its subdomains.
	BaseURL *url.URL
	// Proxies are whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// ClosedSignUp leaves it to invitations who gets an account.
	ClosedSignUp bool
	// NoWorkers leaves jobs and events to other processes.
	NoWorkers bool
}

// parts are what runs: the handler and whatever must be closed after the last
// request.
type parts struct {
	Handler http.Handler
	closers []func(context.Context) error
}

// close ends the parts in the reverse order of their start. It is called with
// an ended context too.
func (p *parts) close(ctx context.Context) error {
	var all []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		all = append(all, p.closers[i](context.WithoutCancel(ctx)))
	}
	return errors.Join(all...)
}

// assemble builds the handler and starts background work. This process owns the
// data folder.
func assemble(ctx context.Context, s services) (*parts, error) {
	packages, alone, err := s.own(ctx, "blobs")
	if err != nil {
		return nil, err
	}
	uploads, uploadsAlone, err := s.own(ctx, "files")
	if err != nil {
		return nil, err
	}
	files := file.New(s.DB, uploads, s.Now)
	modules := module.New(s.DB, packages, s.Keys, s.Now, s.Log)
	if err := s.link(ctx, modules, files); err != nil {
		return nil, err
	}
	accounts, err := account.New(account.Config{DB: s.DB, Keys: s.Keys, Mail: s.Mail, Now: s.Now, BaseURL: s.BaseURL.String()})
	if err != nil {
		return nil, err
	}
	providers := identity.New(identity.Config{
		DB: s.DB, Keys: s.Keys, Egress: egress.New(egress.Options{Loopback: local(s.BaseURL)}), Now: s.Now, BaseURL: s.BaseURL.String(),
	})
	handler, err := gateway.New(gateway.Config{
		DB: s.DB, Accounts: accounts, Providers: providers, Modules: modules, Files: files, Keys: s.Keys, Mail: s.Mail,
		Log: s.Log, Now: s.Now, BaseURL: s.BaseURL, Proxies: s.Proxies, ClosedSignUp: s.ClosedSignUp,
	})
	if err != nil {
		return nil, err
	}
	work, err := s.background(ctx, modules, alone, files, uploadsAlone)
	if err != nil {
		return nil, err
	}
	built := &parts{Handler: handler}
	built.closers = append(built.closers, s.settle(ctx, handler))
	if s.NoWorkers {
		return built, nil
	}
	if err := work.start(ctx); err != nil {
		return nil, err
	}
	built.closers = append(built.closers, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, workLimit)
		defer cancel()
		return work.stop(ctx)
	})
	return built, nil
}

// settling is how often what requests left behind is written, and so how long a
// process that dies at once keeps it to itself.
const settling = 2 * time.Second

// settle writes what requests left behind until it is closed, and then once more.
func (s services) settle(ctx context.Context, server *gateway.Server) func(context.Context) error {
	looping, end := context.WithCancel(context.WithoutCancel(ctx))
	var loop sync.WaitGroup
	loop.Go(func() { s.every(looping, settling, "what requests left behind is not written", server.Settle) })
	return func(ctx context.Context) error {
		end()
		loop.Wait()
		ctx, cancel := context.WithTimeout(ctx, workLimit)
		defer cancel()
		return server.Close(ctx)
	}
}

// local reports whether the platform is reached on this machine only, so that a
// provider beside it may be asked: for development.
func local(base *url.URL) bool {
	ip, err := netip.ParseAddr(base.Hostname())
	return base.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// services opens the key ring and puts together what the parts are made of.
// The address is where the server listens, nil if this process does not.
func (p *process) services(ctx context.Context, db *database, log *slog.Logger, addr net.Addr) (services, error) {
	keys, err := secret.OpenFor(ctx, db.DB, p.config.KeyFile, time.Now())
	if err != nil {
		return services{}, err
	}
	return services{
		Data: p.config.Data, Bucket: p.config.bucket(p.env), DB: db.DB, Keys: keys, Log: log, Now: time.Now,
		Mail:    mail.New(mail.Config{DB: db.DB, Keys: keys, Now: time.Now, Branded: plan.Branded, Server: p.config.mailServer()}),
		BaseURL: p.config.baseURL(addr), Proxies: p.config.proxies(), ClosedSignUp: p.config.ClosedSignUp,
	}, nil
}

// kept is a store that knows who uses it.
type kept interface {
	blob.Store
	blob.Claimer
}

// store opens the store of that name: a folder of the data folder, or what lies
// below that name in the bucket.
func (s services) store(ctx context.Context, name string) (kept, error) {
	if s.Bucket == nil {
		return blob.NewFolder(filepath.Join(s.Data, name))
	}
	bucket, err := blob.NewS3(ctx, *s.Bucket)
	if err != nil {
		return nil, fmt.Errorf("DRAMAC_BLOB: %w", err)
	}
	return bucket.Below(name), nil
}

// own opens the store for the process that serves, and says whether no other
// database ever kept anything in it.
func (s services) own(ctx context.Context, name string) (store kept, alone bool, err error) {
	if store, alone, err = s.claimed(ctx, name); err != nil {
		return nil, false, err
	}
	if folder, local := store.(*blob.Folder); local {
		err = folder.Sweep()
	}
	return store, alone, err
}

// claimed is own for a process that works beside the one that serves.
func (s services) claimed(ctx context.Context, name string) (store kept, alone bool, err error) {
	if store, err = s.store(ctx, name); err != nil {
		return nil, false, err
	}
	alone, err = store.Claim(ctx, s.DB.Deployment())
	return store, alone, err
}

// jobs is what runs by itself, in one process of all. Bytes are deleted only if
// alone says that no other database has its own among them.
func (s services) jobs(modules *module.Catalogue, alone bool, files *file.Files, filesAlone bool) []job.Periodic {
	return []job.Periodic{
		{Name: "renew_modules", Every: 10 * time.Minute, Run: func(ctx context.Context) error {
			renewed, err := modules.Renew(ctx)
			if renewed > 0 {
				s.Log.Info("added to the tables of versions what an older server made them without", "versions", renewed)
			}
			return err
		}},
		{Name: "contract_modules", Every: time.Hour, Run: func(ctx context.Context) error {
			contracted, err := modules.Contract(ctx, s.Now())
			if contracted > 0 {
				s.Log.Info("dropped what versions without sites kept", "versions", contracted)
			}
			return err
		}},
		{Name: "purge_modules", Every: time.Hour, Run: func(ctx context.Context) error {
			purged, err := modules.Purge(ctx, s.Now())
			if purged > 0 {
				s.Log.Info("purged uninstalled modules", "installations", purged)
			}
			if !alone {
				return err
			}
			dropped, dropErr := modules.DropOrphans(ctx, s.Now())
			if dropped > 0 {
				s.Log.Info("deleted packages that no version names", "packages", dropped)
			}
			return errors.Join(err, dropErr)
		}},
		{Name: "reseal_values", Every: 10 * time.Minute, Run: func(ctx context.Context) error {
			due, err := s.Keys.Rotated(ctx, s.DB)
			if err != nil || !due {
				return err
			}
			count, err := modules.Reseal(ctx)
			if count > 0 {
				s.Log.Info("sealed values anew with the active key", "values", count)
			}
			return err
		}},
		{Name: "drop_files", Every: time.Hour, Run: func(ctx context.Context) error {
			dropped, err := files.DropOrphans(ctx, filesAlone)
			if dropped > 0 {
				s.Log.Info("dropped files that no record names", "files", dropped)
			}
			return err
		}},
		{Name: "forget_answers", Every: time.Hour, Run: func(ctx context.Context) error {
			_, err := replay.DropExpired(ctx, s.DB.Pool(), s.Now())
			return err
		}},
		{Name: "purge_trash", Every: time.Hour, Run: func(ctx context.Context) error {
			purged, err := modules.PurgeTrash(ctx, s.Now())
			if purged > 0 {
				s.Log.Info("purged deleted records", "records", purged)
			}
			return err
		}},
		{Name: "tidy_log", Every: 6 * time.Hour, Run: s.tidy},
		{Name: "end_impersonations", Every: time.Minute, Run: func(ctx context.Context) error {
			_, err := gateway.EndOverdueImpersonations(ctx, s.DB, s.Now())
			return err
		}},
		{Name: "forget_notifications", Every: 6 * time.Hour, Run: func(ctx context.Context) error { return notify.Forget(ctx, s.DB.Pool(), s.Now()) }},
		{Name: "forget_audit", Every: 6 * time.Hour, Run: func(ctx context.Context) error {
			gone, err := audit.Forget(ctx, s.DB.Pool())
			if gone > 0 {
				s.Log.Info("forgot what agencies keep no longer of their audit log", "entries", gone)
			}
			return err
		}},
		{Name: "forget_mail", Every: 6 * time.Hour, Run: s.Mail.Forget},
		{Name: "expire_sessions", Every: time.Hour, Run: func(ctx context.Context) error {
			_, err := account.DropExpired(ctx, s.DB.Pool(), s.Now())
			return err
		}},
	}
}

// examineModules compares every module's tables with its manifest, and looks at
// the rights that tenants are kept apart by and at what is sealed.
func examineModules(ctx context.Context, s services) ([]finding, error) {
	modules, err := s.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	drift, err := modules.Drift(ctx)
	if err != nil {
		return nil, err
	}
	var all []finding
	notes := 0
	for _, d := range drift {
		what := "module " + d.Module
		if d.Module == "" {
			what = "database"
		}
		if d.Severity == module.Note {
			notes++
		}
		all = append(all, finding{
			what: what, detail: d.Text,
			note:  d.Severity == module.Note || d.Severity == module.Warning,
			fault: d.Severity == module.Fault || d.Severity == module.Danger,
		})
	}
	if notes == 0 {
		all = append(all, finding{what: "hardening", detail: "set_config is closed to other roles, and so is PL/pgSQL"})
	}
	if len(drift) == notes {
		all = append(all, finding{what: "modules", detail: "every table is as its manifest declares"})
	}
	sealed, err := modules.Sealed(ctx)
	if err != nil {
		return all, err
	}
	return append(all, examineKeys(s.Keys.Keys(), sealed)...), nil
}
