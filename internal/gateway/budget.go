package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
)

// budgets are the portions of keys' limits that this process holds, and when keys
// were used. A request of a key with a limit needs the database when a portion
// is used up, and else none.
type budgets struct {
	mu   sync.Mutex
	held map[budgetKey]*budget
	uses map[uuid.UUID]access.KeyUse
}

type budgetKey struct {
	key    uuid.UUID
	period access.Period
}

// budget is a portion. Its lock is held while the next one is fetched, so that
// requests that need it wait for one question instead of asking each their own.
type budget struct {
	mu    sync.Mutex
	start time.Time
	left  int
	taken int // of the limit by all processes, as far as this one knows
	used  time.Time
}

func newBudgets() *budgets {
	return &budgets{held: map[budgetKey]*budget{}, uses: map[uuid.UUID]access.KeyUse{}}
}

func (b *budgets) of(key uuid.UUID, period access.Period) *budget {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := budgetKey{key, period}
	found, ok := b.held[of]
	if !ok {
		found = &budget{}
		b.held[of] = found
	}
	return found
}

// idle is after how long a portion that nobody uses goes back to the others.
const idle = 10 * time.Second

// used notes that a key is in use.
func (b *budgets) used(u access.KeyUse) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.uses[u.Key] = u
}

// spendKey counts the request against the limits of its key. What the minute
// refuses does not cost the day.
func (c *call) spendKey(key access.Key) error {
	c.budgets.used(access.KeyUse{Key: key.ID, At: c.Now(), Address: c.address(c.request)})
	for _, limit := range []struct {
		period access.Period
		count  *int
	}{{access.Minute, key.PerMinute}, {access.Day, key.PerDay}} {
		if limit.count == nil {
			continue
		}
		ok, err := c.spend(key.ID, limit.period, *limit.count)
		if err != nil {
			return err
		}
		if !ok {
			return errTooMany()
		}
	}
	return nil
}

// spend takes one request of what the process holds, and says in the answer how
// much is left (draft-ietf-httpapi-ratelimit-headers). What is left is told as
// far as this process knows; it is never used twice.
func (c *call) spend(key uuid.UUID, period access.Period, limit int) (bool, error) {
	now := c.Now()
	b := c.budgets.of(key, period)
	b.mu.Lock()
	defer b.mu.Unlock()
	window := period.Window(now)
	if b.start.Before(window) {
		b.start, b.left, b.taken = window, 0, 0
	}
	b.used = now
	if b.left == 0 {
		portion, err := access.TakePortion(c.ctx, c.DB.Pool(), key, period, b.start, limit)
		if err != nil {
			return false, err
		}
		b.start, b.left, b.taken = portion.Start, portion.Granted, portion.Taken
	}
	ok := b.left > 0
	if ok {
		b.left--
	}
	seconds := max(1, int(b.start.Add(period.Length()).Sub(now).Round(time.Second)/time.Second))
	h := c.writer.Header()
	h.Add("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", string(period), limit, int(period.Length()/time.Second)))
	h.Add("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", string(period), max(0, limit-b.taken)+b.left, seconds))
	if !ok {
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
	return ok, nil
}

// settle writes when keys were used and gives back what lies idle, or all of it.
func (b *budgets) settle(ctx context.Context, s *Server, all bool) error {
	b.mu.Lock()
	uses := slices.Collect(maps.Values(b.uses))
	clear(b.uses)
	held := maps.Clone(b.held)
	b.mu.Unlock()
	failed := []error{access.NoteUses(ctx, s.DB.Pool(), uses)}
	now := s.Now()
	for of, portion := range held {
		portion.mu.Lock()
		over := of.period.Window(now).After(portion.start)
		unused := 0
		if all || now.Sub(portion.used) >= idle {
			unused, portion.left = portion.left, 0 // before it is given, so that it is never used twice
		}
		start := portion.start
		portion.mu.Unlock()
		if over {
			b.mu.Lock()
			delete(b.held, of)
			b.mu.Unlock()
			continue
		}
		if unused > 0 {
			failed = append(failed, access.GivePortionBack(ctx, s.DB.Pool(), of.key, of.period, start, unused))
		}
	}
	return errors.Join(failed...)
}
