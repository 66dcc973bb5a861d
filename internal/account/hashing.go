package account

import (
	"context"
	"sync/atomic"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

const (
	// hashesAtOnce bounds how much memory and time passwords may take.
	hashesAtOnce = 2
	// hashesWaiting is how many may wait for that, so that a flood of sign-ins is
	// turned away instead of making everybody wait.
	hashesWaiting = 64
)

// hashing lets few passwords be computed at a time.
type hashing struct {
	slots   chan struct{}
	waiting *atomic.Int32
}

func newHashing() hashing {
	return hashing{slots: make(chan struct{}, hashesAtOnce), waiting: new(atomic.Int32)}
}

// do runs the work in a slot. Too many who wait is errs.Exhausted.
func (h hashing) do(ctx context.Context, work func()) error {
	if h.waiting.Add(1) > hashesWaiting {
		h.waiting.Add(-1)
		return errs.New(errs.Exhausted, "too_many", "Too many people are signing in at the moment. Try again in a moment.")
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	work()
	return nil
}

// hash is HashPassword in a slot.
func (s *Accounts) hash(ctx context.Context, password string) (hash string, err error) {
	if e := s.hashing.do(ctx, func() { hash, err = HashPassword(password) }); e != nil {
		return "", e
	}
	return hash, err
}

// matches is passwordMatches in a slot. What is too long to be a password is
// computed all the same, so that it takes as long.
func (s *Accounts) matches(ctx context.Context, hash, password string) (ok bool, err error) {
	if len(password) > maxPassword {
		password, hash = "", s.decoy
	}
	err = s.hashing.do(ctx, func() { ok = passwordMatches(hash, password) })
	return ok, err
}
