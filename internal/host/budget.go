package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/dramac-main/dramac-cms/sdk"
)

// errSlow ends a run that has used up its time.
var errSlow = errors.New("the handler used up its time")

// errEnded answers whoever keeps a call beyond its run.
var errEnded = errors.New("the call has ended")

// watch is the clock of one run: it counts the time in which the handler itself
// works, and stands still while the platform works for it. It is also what lets
// nothing through once the run has ended, so that a handler that was given up
// does not touch the transaction of others.
type watch struct {
	clock  func() time.Time
	mu     sync.Mutex
	ended  bool
	left   time.Duration // zero: unlimited
	since  time.Time
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func newWatch(clock func() time.Time, budget time.Duration, cancel context.CancelCauseFunc) *watch {
	w := &watch{clock: clock, left: budget, cancel: cancel}
	w.resume()
	return w
}

// resume lets the clock run.
func (w *watch) resume() {
	if w.left <= 0 || w.ended {
		return
	}
	w.since = w.clock()
	w.timer = time.AfterFunc(w.left, func() { w.cancel(errSlow) })
}

// pause stops the clock.
func (w *watch) pause() {
	if w.timer == nil {
		return
	}
	w.timer.Stop()
	w.left = max(w.left-w.clock().Sub(w.since), time.Nanosecond)
	w.timer = nil
}

// during runs what the platform does for the handler.
func (w *watch) during(ctx context.Context, fn func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return errEnded
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w.pause()
	defer w.resume()
	return fn()
}

// yield lets the handler work in the middle of what the platform does for it.
func (w *watch) yield(fn func() error) error {
	w.resume()
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.pause()
	}()
	return fn()
}

// end closes the door, having waited for what the platform is doing.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pause()
	w.ended = true
}

// answer is what a handler comes to.
type answer struct {
	out json.RawMessage
	err error
}

// limited runs a handler within its budget, zero for none. A handler that does
// not come back in time is given up: its run is an error, and whatever it still
// asks for is refused. One that panics is an error too.
func (s *session) limited(ctx context.Context, budget time.Duration, handler sdk.Handler, in json.RawMessage) (json.RawMessage, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(errEnded)
	s.watch = newWatch(s.host.clock, budget, cancel)
	call := s.call(ctx)
	done := make(chan answer, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- answer{err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
			}
		}()
		out, err := handler.Run(call, in)
		done <- answer{out, err}
	}()
	var got answer
	select {
	case got = <-done:
	case <-ctx.Done():
		got.err = context.Cause(ctx)
	}
	s.watch.end()
	if got.err != nil && errors.Is(context.Cause(ctx), errSlow) {
		// Whatever the handler made of its end, this is why.
		got.err = fmt.Errorf("%w of %s", errSlow, budget)
	}
	return got.out, got.err
}
