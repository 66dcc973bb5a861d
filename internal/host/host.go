package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/sdk"
)

const (
	// Budget is how long a hook, an action or the inside of a Tx may work on its
	// own account while a transaction is open. What the platform does for it does
	// not count; that has the limits of every statement.
	Budget = 250 * time.Millisecond
	// lifeBudget is the same for a step in the life of an installation, which
	// nobody but the one who takes it waits for.
	lifeBudget = 5 * time.Second
	// deepest is how many runs may lie within one another: a hook writes a record
	// whose hook writes a record, and so on.
	deepest = 8
)

// Options say what a host works with.
type Options struct {
	Log *slog.Logger
	// Clock measures how long handlers work. It is never turned.
	Clock func() time.Time
	// Budget is for tests on busy machines; zero is Budget.
	Budget time.Duration
	// Files are those of records; nil: handlers reach none.
	Files *file.Files
}

// Host runs handlers. Safe for concurrent use.
type Host struct {
	log    *slog.Logger
	clock  func() time.Time
	budget time.Duration
	files  *file.Files
}

// New returns a host.
func New(o Options) *Host {
	if o.Budget == 0 {
		o.Budget = Budget
	}
	return &Host{log: o.Log, clock: o.Clock, budget: o.Budget, files: o.Files}
}

// Link reads the manifests of the modules and holds the handlers against them.
// Everything that is wrong comes as one error, which must stop the start.
func (h *Host) Link(modules ...sdk.Module) ([]module.Linked, error) {
	var all []module.Linked
	var wrong []error
	byID := map[string]bool{}
	for _, m := range modules {
		read, err := manifest.ReadLinked(m.Files)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("a linked module: %w", err))
			continue
		}
		if byID[read.ID] {
			wrong = append(wrong, fmt.Errorf("there are two linked modules %s", read.ID))
		}
		byID[read.ID] = true
		if err := checkNames(read, m.Handlers); err != nil {
			wrong = append(wrong, err)
		}
		all = append(all, module.Linked{Files: m.Files, Manifest: read, Code: func(compiled *collection.Module) collection.Code {
			return &code{host: h, handlers: m.Handlers, module: compiled, log: h.log.With("module", read.ID)}
		}})
	}
	return all, errors.Join(wrong...)
}

// code is the handlers of one release.
type code struct {
	host     *Host
	handlers map[string]sdk.Handler
	module   *collection.Module
	log      *slog.Logger

	texts sync.Map // of sdk/sql, with the tables' names in place
}

// Run runs a handler. A step of a life cycle without a handler is no step.
func (c *code) Run(ctx context.Context, run collection.Run) (json.RawMessage, error) {
	handler, ok := c.handlers[run.Name]
	if !ok {
		return nil, nil
	}
	depth := depthOf(ctx) + 1
	if depth > deepest {
		return nil, fmt.Errorf("%s.%s: handlers call one another more than %d deep", c.module.Manifest.ID, run.Name, deepest)
	}
	s := &session{code: c, host: c.host, acting: run.For, name: run.Name, own: run.AsModule || handler.Sort() != sdk.SortAction}
	out, err := s.limited(context.WithValue(ctx, depthKey{}, depth), c.host.budgetOf(handler.Sort()), handler, run.Input)
	if err != nil {
		return nil, fmt.Errorf("%s.%s: %w", c.module.Manifest.ID, run.Name, err)
	}
	return out, nil
}

// budgetOf is how long a handler may work; zero is as long as its context.
func (h *Host) budgetOf(sort sdk.Sort) time.Duration {
	switch sort {
	case sdk.SortHook, sdk.SortAction:
		return h.budget
	case sdk.SortLife:
		return max(lifeBudget, h.budget)
	}
	return 0
}

type depthKey struct{}

// depthOf is how many runs the context lies within.
func depthOf(ctx context.Context) int {
	depth, _ := ctx.Value(depthKey{}).(int)
	return depth
}
