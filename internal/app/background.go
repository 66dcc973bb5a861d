package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/change"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/gateway"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/notify"
	"github.com/dramac-main/dramac-cms/internal/outbox"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

const (
	// tick is how often schedules and timers are looked at, and so how late they
	// are at most.
	tick = 5 * time.Second
	// plans is how often it is looked which schedules there are.
	plans = 30 * time.Second
	// post is how often it is looked for mail to send, and so how late it leaves
	// at most.
	post = 2 * time.Second
)

// background is what a process does without a request. Any number of processes
// of a deployment may have one.
type background struct {
	services
	work       *module.Work
	jobs       *job.Runner
	dispatcher *outbox.Dispatcher

	end   context.CancelFunc
	loops sync.WaitGroup
}

// background prepares the work, which does not begin yet.
func (s services) background(ctx context.Context, modules *module.Catalogue, alone bool, files *file.Files, filesAlone bool) (*background, error) {
	process, err := s.DB.NewProcess(job.Workers)
	if err != nil {
		return nil, err
	}
	b := &background{services: s, work: &module.Work{Catalogue: modules}}
	words, err := i18n.New()
	if err != nil {
		return nil, err
	}
	notices := notify.New(notify.Config{Mail: s.Mail, Words: words, Now: s.Now, BaseURL: s.BaseURL.String()})
	s.Mail.Dead = func(ctx context.Context, tx pgx.Tx, m mail.Undelivered) error {
		return gateway.TellOfFailedMail(ctx, tx, notices, m)
	}
	b.jobs, err = job.New(ctx, job.Config{
		DB: s.DB, Log: s.Log, Now: s.Now, Process: process, Periodic: s.jobs(modules, alone, files, filesAlone), Handle: b.work.RunJob,
		Dead: func(ctx context.Context, tx pgx.Tx, r *job.Run) error {
			return gateway.TellOfDeadJob(ctx, tx, notices, r)
		},
	})
	if err != nil {
		return nil, err
	}
	b.work.Enter = b.jobs.Enter
	b.dispatcher, err = outbox.New(outbox.Config{
		DB: s.DB, Log: s.Log, Now: s.Now, Process: process, Subscriptions: b.work.Subscriptions(),
	})
	return b, err
}

// start begins to work and returns at once. It does not end with ctx.
func (b *background) start(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := b.jobs.Start(ctx); err != nil {
		return err
	}
	if err := b.dispatcher.Start(ctx); err != nil {
		return errors.Join(err, b.jobs.Stop(ctx))
	}
	looping, end := context.WithCancel(ctx)
	b.end = end
	b.loops.Go(func() { b.every(looping, plans, "schedules are not planned", b.work.Plan) })
	b.loops.Go(func() {
		b.every(looping, post, "mail is not sent", func(ctx context.Context) error {
			_, err := b.Mail.Deliver(ctx)
			return err
		})
	})
	b.loops.Go(func() {
		b.every(looping, tick, "what is due is not looked at", func(ctx context.Context) error {
			_, err := b.work.Schedule(ctx)
			_, timerErr := b.work.RingTimers(ctx)
			return errors.Join(err, timerErr)
		})
	})
	return nil
}

// stop takes nothing more and waits for what runs; when ctx is done first, that
// is put back for others.
func (b *background) stop(ctx context.Context) error {
	if b.end == nil {
		return nil
	}
	b.end()
	b.loops.Wait()
	return errors.Join(b.dispatcher.Stop(ctx), b.jobs.Stop(ctx))
}

// every does the work at once and then again and again.
func (s services) every(ctx context.Context, wait time.Duration, failed string, work func(context.Context) error) {
	ticker := time.NewTicker(wait)
	defer ticker.Stop()
	for {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, failed, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tidy keeps the change log and what was delivered within bounds.
func (s services) tidy(ctx context.Context) error {
	dropped, err := change.Keep(ctx, s.DB, s.Now())
	if dropped > 0 {
		s.Log.Info("dropped old parts of the change log", "parts", dropped)
	}
	return errors.Join(err, outbox.Forget(ctx, s.DB.Pool(), s.Now()), pg.ForgetDead(ctx, s.DB.Pool()))
}
