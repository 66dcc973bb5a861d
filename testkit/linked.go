package testkit

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/host"
	"github.com/dramac-main/dramac-cms/sdk"
)

// NewLinked makes a platform that holds the modules, on a database of the
// test's own, because linked modules belong to a whole deployment. They are on
// none of the sites yet: see Install.
func NewLinked(t testing.TB, modules ...sdk.Module) *Platform {
	t.Helper()
	p := NewPlatformOn(t, NewDatabase(t))
	p.Link(modules...)
	return p
}

// Link publishes the modules as a server that holds them does at its start.
func (p *Platform) Link(modules ...sdk.Module) {
	p.Helper()
	linked, err := newHost(file.New(p.DB, p.files, func() time.Time { return p.Now() })).Link(modules...)
	if err != nil {
		p.Fatal(err)
	}
	if err := p.Modules.Link(p.Context(), linked...); err != nil {
		p.Fatal(err)
	}
}

// NewHost returns a host that gives handlers more time than a server does,
// because tests run on busy machines. They reach no files.
func NewHost(t testing.TB) *host.Host {
	t.Helper()
	return newHost(nil)
}

func newHost(files *file.Files) *host.Host {
	return host.New(host.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: time.Now, Budget: 10 * time.Second, Files: files})
}
