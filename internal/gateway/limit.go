package gateway

import (
	"hash/fnv"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/httprate"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// limits counts how often one caller does one thing. Each rate has a counter
// of its own, made when it is first asked for; counting is per process.
type limits struct {
	mu    sync.Mutex
	rates map[rate]*httprate.RateLimiter
	held  [256]sync.Mutex // by a hash of the key
}

// rate is how many times in which window.
type rate struct {
	count  int
	window time.Duration
}

func newLimits() *limits { return &limits{rates: map[rate]*httprate.RateLimiter{}} }

// take counts one use under the key and refuses it when the rate is used up.
// The answer's headers tell the caller how much is left and when to return.
func (l *limits) take(w http.ResponseWriter, r *http.Request, at rate, key string) error {
	if l.limiter(at).OnLimit(w, r, key) {
		return errTooMany()
	}
	return nil
}

// left refuses when the rate is used up, without counting. Only a refusal
// speaks in the answer's headers.
func (l *limits) left(w http.ResponseWriter, r *http.Request, at rate, key string) error {
	// The limiter's own verdict asks whether the rate was passed, which never
	// happens, because it does not count what it refuses.
	_, used, err := l.limiter(at).Status(key)
	if err != nil || int(math.Round(used)) < at.count {
		return nil
	}
	l.limiter(at).OnLimit(w, r, key) // counts nothing then, and knows the headers
	return errTooMany()
}

// hold makes the holders of one key wait for each other; it returns the release.
func (l *limits) hold(key string) func() {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(key))
	mu := &l.held[sum.Sum32()%uint32(len(l.held))]
	mu.Lock()
	return mu.Unlock
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
	// failedSignInsOn is per account, from wherever they come, except from
	// browsers that the account has been signed in with.
	failedSignInsOn = rate{30, 15 * time.Minute}
	// failedCodes is per account, for wrong codes of a second factor.
	failedCodes = rate{10, 15 * time.Minute}
	// askedPasskeys is per address, for questions that passkeys are asked.
	askedPasskeys = rate{30, time.Minute}
	// letters is per e-mail address that a stranger lets us write to, lettersFrom
	// per address of the stranger.
	letters     = rate{5, time.Hour}
	lettersFrom = rate{30, time.Hour}
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
