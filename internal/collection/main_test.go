package collection

import (
	"context"
	"log"
	"os"
	"sync"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

// process stands for all tests of this package together, which share one
// database of their own: in the one that packages share, others move the
// revision on while a test runs, and every scope would go stale.
type process struct {
	testing.TB
	cleanups []func()
}

func (*process) Helper()                        {}
func (*process) Context() context.Context       { return context.Background() }
func (*process) Fatal(args ...any)              { log.Panicln(args...) }
func (*process) Fatalf(format string, a ...any) { log.Panicf(format, a...) }
func (*process) Errorf(format string, a ...any) { log.Printf(format, a...) }
func (p *process) Cleanup(fn func())            { p.cleanups = append(p.cleanups, fn) }

func (p *process) end() {
	for i := len(p.cleanups) - 1; i >= 0; i-- {
		p.cleanups[i]()
	}
}

var (
	all      process
	database = sync.OnceValue(func() *pg.DB { return postgres.NewDatabase(&all) })
)

func TestMain(m *testing.M) {
	code := m.Run()
	all.end()
	os.Exit(code)
}
