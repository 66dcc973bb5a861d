package app

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

// keysLock is the advisory lock under which one process rotates at a time.
const keysLock = 7_248_301_005

type keysCommand struct {
	List   listKeysCommand   `cmd:"" help:"List the keys and how many values are sealed with each."`
	Rotate rotateKeysCommand `cmd:"" help:"Add a new key and seal everything anew with it."`
}

type (
	listKeysCommand   struct{}
	rotateKeysCommand struct{}
)

// withServices opens what a command works on beside a running server or without
// one, and closes it afterwards.
func (p *process) withServices(ctx context.Context, work func(services) error) (err error) {
	if err := p.config.Check(); err != nil {
		return fmt.Errorf("the configuration is not usable:\n%w", err)
	}
	log := p.logger()
	db, err := p.openAny(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	with, err := p.services(ctx, db, log, nil)
	if err != nil {
		return err
	}
	return work(with)
}

// catalogue is the modules for a command that serves nobody.
func (s services) catalogue(ctx context.Context) (*module.Catalogue, error) {
	packages, err := s.store(ctx, "blobs")
	if err != nil {
		return nil, err
	}
	return module.New(s.DB, packages, s.Keys, s.Now, s.Log), nil
}

// Run prints the keys, never what they are.
func (*listKeysCommand) Run(ctx context.Context, p *process) error {
	return p.withServices(ctx, func(s services) error {
		modules, err := s.catalogue(ctx)
		if err != nil {
			return err
		}
		use, err := modules.Sealed(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "KEY\tMADE\tVALUES\t")
		for _, k := range s.Keys.Keys() {
			note := ""
			if k.Active {
				note = "active"
			}
			fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", k.ID, k.CreatedAt.Format(time.DateTime), use.ByKey[k.ID], note)
		}
		return table.Flush()
	})
}

// Run adds a key, which every process takes notice of, and seals anew with it.
// Stopped on the way, the server's own job goes on where it was.
func (*rotateKeysCommand) Run(ctx context.Context, p *process) error {
	return p.withServices(ctx, func(s services) error {
		modules, err := s.catalogue(ctx)
		if err != nil {
			return err
		}
		var id string
		err = s.DB.Tx(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, keysLock); err != nil {
				return err
			}
			id, err = s.Keys.Rotate(s.Now())
			return err
		})
		if err != nil {
			return err
		}
		if err := s.Keys.Note(ctx, s.DB); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "New values are sealed with the key %s from now on. Keep a copy of %s apart from the database's backups.\n", id, p.config.KeyFile)
		count, err := modules.Reseal(ctx)
		if err != nil {
			return fmt.Errorf("values sealed with older keys are still readable, and the server goes on sealing them anew: %w", err)
		}
		fmt.Fprintf(p.stdout, "Sealed anew: %d values.\n", count)
		return nil
	})
}

// examineKeys says which keys are in use and what they do not open.
func examineKeys(keys []secret.Key, sealed module.SealedUse) []finding {
	var all []finding
	for _, k := range keys {
		word := "older"
		if k.Active {
			word = "active"
		}
		all = append(all, finding{
			what: "key " + k.ID, detail: fmt.Sprintf("%s, seals %d values", word, sealed.ByKey[k.ID]), note: !k.Active && sealed.ByKey[k.ID] > 0,
		})
	}
	for _, place := range sealed.Unreadable {
		all = append(all, finding{what: "sealed value", detail: place, fault: true})
	}
	return all
}
