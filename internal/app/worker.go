package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dramac-main/dramac-cms/internal/file"
)

// workLimit is how long what runs may go on after a stop was asked for.
const workLimit = 3 * time.Second

type workerCommand struct{}

// Run works off jobs and events until ctx ends, and answers no requests. It
// works beside a server on the same database.
func (*workerCommand) Run(ctx context.Context, p *process) (err error) {
	if err := p.config.Check(); err != nil {
		return fmt.Errorf("the configuration is not usable:\n%w", err)
	}
	log := p.logger()
	p.collectLess()
	db, err := p.openAny(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	if err := p.restricted(ctx, db); err != nil {
		return err
	}
	with, err := p.services(ctx, db, log, nil)
	if err != nil {
		return err
	}
	modules, err := with.catalogue(ctx)
	if err != nil {
		return err
	}
	uploads, alone, err := with.claimed(ctx, "files")
	if err != nil {
		return err
	}
	files := file.New(with.DB, uploads, with.Now)
	if err := with.link(ctx, modules, files); err != nil {
		return err
	}
	work, err := with.background(ctx, modules, false, files, alone)
	if err != nil {
		return err
	}
	if err := work.start(ctx); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, "DRAMAC works")
	log.Info("working")
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case <-db.gone():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), workLimit)
	defer cancel()
	return work.stop(stopping)
}
