package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// drainLimit is how long requests in flight may go on after a stop was asked
// for. With closing the database a stop takes less than 10 s.
const drainLimit = 3 * time.Second

// answerLimit is how long a server that has just started may take to answer.
const answerLimit = 15 * time.Second

type serveCommand struct {
	Demo      bool `help:"Load the demo first and print its log-ins."`
	NoWorkers bool `help:"Leave jobs and events to other processes, such as dramac worker."`
}

// Run serves until ctx ends, the embedded database is lost or the listener fails.
func (s *serveCommand) Run(ctx context.Context, p *process) (err error) {
	if err := p.config.Check(); err != nil {
		return fmt.Errorf("the configuration is not usable:\n%w", err)
	}
	log := p.logger()
	p.collectLess()
	// A busy address is told before the database has taken its time to start.
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", p.config.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", p.config.Addr, err)
	}
	defer func() { _ = listener.Close() }()
	db, err := p.openOwn(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	if err := p.restricted(ctx, db); err != nil {
		return err
	}
	with, err := p.services(ctx, db, log, listener.Addr())
	if err != nil {
		return err
	}
	built, err := assemble(ctx, with)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, built.close(ctx)) }()
	ready := func() error {
		fmt.Fprintf(p.stdout, "DRAMAC answers at %s\n", with.BaseURL)
		log.Info("ready", "address", with.BaseURL.String(), "listening", listener.Addr().String())
		if !s.Demo {
			return nil
		}
		return s.loadDemo(ctx, p, with)
	}
	if err := serveUntilDone(ctx, listener, built.Handler, log, db.gone(), ready); err != nil {
		return err
	}
	if db.cluster != nil {
		return db.cluster.Err()
	}
	return nil
}

// garbage is how much may be allocated, in percent of what is in use, before the
// collector runs. What the server keeps is small beside what requests leave
// behind, and collecting at the usual 100 takes a tenth of a request's time.
const garbage = 300

// collectLess sets garbage unless the environment says otherwise.
func (p *process) collectLess() {
	if p.env("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}

// loadDemo prints the demo's log-ins. A platform with agencies of its own does
// without the demo and is served all the same.
func (s *serveCommand) loadDemo(ctx context.Context, p *process, with services) error {
	loaded, err := loadDemo(ctx, with, false)
	if errs.KindOf(err) == errs.Conflict {
		with.Log.Warn("the demo is not loaded", "reason", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("load the demo: %w", err)
	}
	return loaded.print(p.stdout)
}

// serveUntilDone answers requests, calls ready once the server answers itself,
// and drains when ctx ends or gone is closed.
func serveUntilDone(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger, gone <-chan struct{}, ready func() error) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	announced := make(chan error, 1)
	go func() {
		err := awaitAnswer(ctx, l.Addr())
		if err == nil {
			err = ready()
		}
		announced <- err
	}()
	for {
		select {
		case err := <-announced:
			if err != nil && ctx.Err() == nil {
				return errors.Join(err, drain(ctx, server, log))
			}
		case err := <-failed:
			return fmt.Errorf("serve: %w", err)
		case <-gone:
			return drain(ctx, server, log)
		case <-ctx.Done():
			log.Info("stopping")
			return drain(ctx, server, log)
		}
	}
}

// drain lets requests in flight end and cuts off those that take too long.
func drain(ctx context.Context, server *http.Server, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("requests are still in flight; cutting them off")
		return server.Close()
	}
	return err
}

// awaitAnswer asks the server itself until it says that it is ready.
func awaitAnswer(ctx context.Context, addr net.Addr) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	// Proxies of the environment are not for this.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	address := "http://" + reachableAddr(addr) + "/readyz"
	for {
		said, err := ask(ctx, client, address)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer at %s: %w %s", address, err, said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func ask(ctx context.Context, client *http.Client, address string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	answer, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return answer.Status, errors.New("not ready")
	}
	return answer.Status, nil
}

// reachableAddr turns an address that means every network into the machine's own.
func reachableAddr(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Port}).String()
	}
	return addr.String()
}
