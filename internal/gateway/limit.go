package gateway

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/httprate"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// limits counts how often one caller does one thing. Each rate has a counter
// of its own, made when it is first asked for; counting is per process.
type limits struct {
	now   func() time.Time
	mu    sync.Mutex
	rates map[rate]*httprate.RateLimiter
}

// rate is how many times in which window.
type rate struct {
	count  int
	window time.Duration
}

func newLimits(now func() time.Time) *limits {
	return &limits{now: now, rates: map[rate]*httprate.RateLimiter{}}
}

// take counts one use under the key and refuses it when the rate is used up.
// The answer's headers tell the caller how much is left and when to return.
func (l *limits) take(w http.ResponseWriter, r *http.Request, at rate, key string) error {
	if l.limiter(at).OnLimit(w, r, key) {
		return errTooMany()
	}
	return nil
}

// left refuses when the rate is used up, without counting.
func (l *limits) left(w http.ResponseWriter, at rate, key string) error {
	// The limiter's own verdict asks whether the rate was passed, which never
	// happens, because it does not count what it refuses.
	_, used, err := l.limiter(at).Status(key)
	if err != nil || int(math.Round(used)) < at.count {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(at.window.Seconds())))
	return errTooMany()
}

// giveBack takes back one use that was counted under the key.
func (l *limits) giveBack(at rate, key string) {
	// The counter's window is the one that httprate computes for the same moment.
	_ = l.limiter(at).Counter().IncrementBy(key, l.now().UTC().Truncate(at.window), -1)
}

func (l *limits) limiter(at rate) *httprate.RateLimiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, ok := l.rates[at]
	if !ok {
		limiter = httprate.NewRateLimiter(at.count, at.window)
		l.rates[at] = limiter
	}
	return limiter
}

func errTooMany() error {
	return errs.New(errs.Exhausted, "too_many", "This was done too often. Try again later.")
}

// Rates that hold where nothing else is declared.
var (
	// failedSignIns is per address and account; good ones do not count.
	failedSignIns = rate{10, time.Minute}
	// visitorAction is per address for a module's action without a limit.
	visitorAction = rate{30, time.Hour}
	// visitorAttempt is per address and action, refused ones included.
	visitorAttempt = rate{120, time.Hour}
	// failedSignInsFrom is per address, whatever the account.
	failedSignInsFrom = rate{60, time.Minute}
)

// declaredRate is the limit that a manifest declares; false for none.
func declaredRate(l manifest.Limit) (rate, bool) {
	windows := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	window, ok := windows[l.Period]
	if !ok || l.Count <= 0 {
		return rate{}, false
	}
	return rate{l.Count, window}, true
}
