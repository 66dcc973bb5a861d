package gateway

import (
	"sync"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/page"
)

// templateKey is a block of a version in a language, whose forms have labels.
// Versions are immutable, so a block is compiled once.
type templateKey struct {
	module   uuid.UUID
	version  string
	language string // of the release; empty: the manifest's own
	block    string
}

// templatesLimit bounds how many compiled blocks are kept; beyond it all go.
const templatesLimit = 2_000

// templates keeps compiled blocks, and of those that do not compile why.
type templates struct {
	mu  sync.Mutex
	all map[templateKey]compiled
}

type compiled struct {
	template *page.Template
	err      error
}

func (t *templates) find(key templateKey, compile func() (*page.Template, error)) (*page.Template, error) {
	t.mu.Lock()
	found, ok := t.all[key]
	t.mu.Unlock()
	if ok {
		return found.template, found.err
	}
	template, err := compile()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil || len(t.all) >= templatesLimit {
		t.all = map[templateKey]compiled{}
	}
	t.all[key] = compiled{template, err}
	return template, err
}
