package module

import (
	"container/list"
	"context"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"
)

// remembered is how many releases a process keeps in memory, the least lately
// used going first. One takes some hundred kilobytes at most.
const remembered = 512

// releaseKey names one version of one module. Its content never changes while
// the server runs.
type releaseKey struct {
	module  uuid.UUID
	version string
}

// releases remembers what was loaded. Content is immutable, so nothing in it
// ever goes stale. Many who ask for one release at once wait for one load.
type releases struct {
	mu     sync.Mutex
	byKey  map[releaseKey]*list.Element
	recent *list.List // of *Release, the latest in front
	flight singleflight.Group
}

func newReleases() *releases {
	return &releases{byKey: map[releaseKey]*list.Element{}, recent: list.New()}
}

// find returns a release that is in memory.
func (r *releases) find(key releaseKey) (*Release, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.byKey[key]
	if !ok {
		return nil, false
	}
	r.recent.MoveToFront(e)
	return e.Value.(*Release), true
}

// forget drops a release of which there is other content now, as of a linked
// version that is worked on.
func (r *releases) forget(key releaseKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.byKey[key]; ok {
		r.recent.Remove(e)
		delete(r.byKey, key)
	}
}

// load returns the release, from memory or through fn. fn runs to its end even
// if the caller who started it goes away, for the others who wait.
func (r *releases) load(ctx context.Context, key releaseKey, fn func(context.Context) (*Release, error)) (*Release, error) {
	if found, ok := r.find(key); ok {
		return found, nil
	}
	done := r.flight.DoChan(key.module.String()+"@"+key.version, func() (any, error) {
		loaded, err := fn(context.WithoutCancel(ctx))
		if err == nil {
			r.keep(key, loaded)
		}
		return loaded, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-done:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*Release), nil
	}
}

func (r *releases) keep(key releaseKey, loaded *Release) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.byKey[key]; ok {
		return
	}
	r.byKey[key] = r.recent.PushFront(loaded)
	for r.recent.Len() > remembered {
		oldest := r.recent.Back()
		old := r.recent.Remove(oldest).(*Release)
		delete(r.byKey, releaseKey{old.ID, old.Manifest.Version})
	}
}
