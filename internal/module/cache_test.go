package module

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

func releaseOf(key releaseKey) *Release {
	return &Release{ID: key.module, Manifest: &manifest.Manifest{Version: key.version}}
}

func TestManyWhoAskAtOnceWaitForOneLoad(t *testing.T) {
	t.Parallel()
	r, key := newReleases(), releaseKey{uuid.New(), "1.0.0"}
	var loads atomic.Int32
	gate := make(chan struct{})
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := r.load(t.Context(), key, func(context.Context) (*Release, error) {
				loads.Add(1)
				<-gate
				return releaseOf(key), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	close(gate)
	group.Wait()
	if _, ok := r.find(key); !ok || loads.Load() != 1 {
		t.Errorf("loaded %d times, in memory: %v", loads.Load(), ok)
	}
}

func TestAFailedLoadIsNotRemembered(t *testing.T) {
	t.Parallel()
	r, key := newReleases(), releaseKey{uuid.New(), "1.0.0"}
	broken := errors.New("no disk")
	if _, err := r.load(t.Context(), key, func(context.Context) (*Release, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := r.load(t.Context(), key, func(context.Context) (*Release, error) { return releaseOf(key), nil }); err != nil {
		t.Errorf("the second try: %v", err)
	}
}

func TestWhoGoesAwayDoesNotEndTheLoadOfOthers(t *testing.T) {
	t.Parallel()
	r, key := newReleases(), releaseKey{uuid.New(), "1.0.0"}
	ctx, cancel := context.WithCancel(t.Context())
	gate, done := make(chan struct{}), make(chan error, 1)
	_, err := r.load(ctx, key, func(inner context.Context) (*Release, error) {
		cancel()
		go func() {
			<-gate
			done <- inner.Err()
		}()
		<-gate
		return releaseOf(key), nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("who went away got %v", err)
	}
	close(gate)
	if err := <-done; err != nil {
		t.Errorf("the load was ended too: %v", err)
	}
}

func TestTheLeastUsedReleaseIsForgotten(t *testing.T) {
	t.Parallel()
	r := newReleases()
	keys := make([]releaseKey, remembered+1)
	for n := range keys {
		keys[n] = releaseKey{uuid.New(), "1.0.0"}
		r.keep(keys[n], releaseOf(keys[n]))
		r.find(keys[0]) // stays in use
	}
	_, first := r.find(keys[0])
	_, second := r.find(keys[1])
	if !first || second || r.recent.Len() != remembered || len(r.byKey) != remembered {
		t.Errorf("first kept %v, second kept %v, %d in memory", first, second, r.recent.Len())
	}
}
