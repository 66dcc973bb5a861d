package gateway

import (
	"context"
	"sync"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// memory keeps what requests look up about sites, sessions, keys and
// installations, so that a warm request needs no lookup of its own. Everything
// in it was true at one revision; when the database has a newer one, all of it
// is dropped. It is never the last word: scopes assert the revision in the
// database, and a refusal is checked against it before it is given.
type memory struct {
	db *pg.DB

	mu       sync.RWMutex
	revision int64
	entries  map[any]any
}

// memoryLimit bounds the entries; beyond it all are dropped.
const memoryLimit = 50_000

func newMemory(db *pg.DB) *memory { return &memory{db: db, entries: map[any]any{}} }

// current returns the revision of what is remembered; zero before the first look.
func (m *memory) current() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.revision
}

// refresh asks the database for the revision, drops what is older, and returns it.
func (m *memory) refresh(ctx context.Context) (int64, error) {
	n, err := m.db.Revision(ctx)
	if err != nil {
		return 0, err
	}
	m.advance(n)
	return n, nil
}

func (m *memory) advance(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > m.revision {
		m.revision = n
		clear(m.entries)
	}
}

func (m *memory) find(key any) (value any, revision int64, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	value, ok = m.entries[key]
	return value, m.revision, ok
}

func (m *memory) store(key, value any, revision int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if revision != m.revision {
		return
	}
	if len(m.entries) >= memoryLimit {
		clear(m.entries)
	}
	m.entries[key] = value
}

// recall returns the remembered value of the key or loads it. The value was
// true at the returned revision or later. Failed loads are not remembered.
func recall[V any](ctx context.Context, m *memory, key any, load func(context.Context) (V, error)) (V, int64, error) {
	if value, revision, ok := m.find(key); ok {
		return value.(V), revision, nil
	}
	var zero V
	revision, err := m.refresh(ctx)
	if err != nil {
		return zero, 0, err
	}
	value, err := load(ctx)
	if err != nil {
		return zero, revision, err
	}
	m.store(key, value, revision)
	return value, revision, nil
}
