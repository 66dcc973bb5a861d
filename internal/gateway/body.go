package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// Limits of bodies on their way in. Each body has maxBody bytes for nothing.
const (
	// largeBodies is how many bytes beyond those are in memory at once.
	largeBodies = 64 << 20
	// largeShare is how many of them are one agency's, or one visitor's.
	largeShare = 24 << 20
	// largeWait is how long a body waits for the bytes of others.
	largeWait = 10 * time.Second
	// bodyStep is how much of a body has to come within bodyPatience.
	bodyStep     = 256 << 10
	bodyPatience = 10 * time.Second
)

var (
	errTooLarge   = refuse(http.StatusRequestEntityTooLarge, "too_large", "This is larger than what is taken here.", "")
	errUnreadable = refuse(http.StatusBadRequest, "unreadable", "The request could not be read to its end.", "")
)

// incoming is a request's body. It is read once, when the caller has been let
// in, and kept for the case that the request has to be begun again.
type incoming struct {
	ctx      context.Context
	writer   http.ResponseWriter
	from     io.ReadCloser
	limit    int64
	room     *room
	patience time.Duration
	who      string // whose share of the room it takes
	taken    int64
	done     bool
	content  []byte
	failure  error
}

func (s *Server) incoming(w http.ResponseWriter, r *http.Request, limit int64) *incoming {
	return &incoming{ctx: r.Context(), writer: w, from: r.Body, limit: limit, room: s.room, patience: bodyPatience}
}

// read returns the whole body, which takes its room as it comes: who sends
// slowly, or says much and sends little, keeps nobody else waiting.
func (b *incoming) read(who string) ([]byte, error) {
	if b.done || b.from == nil || b.from == http.NoBody {
		return b.content, b.failure
	}
	b.done, b.who = true, who
	connection := http.NewResponseController(b.writer)
	slow := time.AfterFunc(b.patience, func() { _ = connection.SetReadDeadline(time.Unix(1, 0)) })
	b.content, b.failure = b.steps(slow)
	if !slow.Stop() && b.failure == nil {
		_ = connection.SetReadDeadline(time.Time{}) // it was in time after all
	}
	return b.content, b.failure
}

func (b *incoming) steps(slow *time.Timer) ([]byte, error) {
	var all bytes.Buffer
	from := http.MaxBytesReader(b.writer, b.from, b.limit)
	for {
		if int64(all.Len())+bodyStep > maxBody && b.limit > maxBody {
			slow.Stop() // waiting for others is not the sender's fault
			if err := b.room.take(b.ctx, b.who, bodyStep); err != nil {
				return nil, err
			}
			b.taken += bodyStep
		}
		slow.Reset(b.patience)
		_, err := io.CopyN(&all, from, bodyStep)
		var tooLarge *http.MaxBytesError
		switch {
		case errors.Is(err, io.EOF):
			return all.Bytes(), nil
		case errors.As(err, &tooLarge):
			return nil, errTooLarge
		case err != nil:
			return nil, errUnreadable
		}
	}
}

// release gives the room of a large body back.
func (b *incoming) release() {
	b.room.give(b.who, b.taken)
	b.taken = 0
}

// room is the memory that large bodies share, in bytes.
type room struct {
	mu    sync.Mutex
	free  int64
	share int64 // of one sender at most
	wait  time.Duration
	held  map[string]int64
	given chan struct{} // closed when room is given back
}

func newRoom() *room {
	return &room{free: largeBodies, share: largeShare, wait: largeWait, held: map[string]int64{}, given: make(chan struct{})}
}

// take waits for n bytes, but not for long: bodies that wait for one another
// would wait for ever.
func (r *room) take(ctx context.Context, who string, n int64) error {
	ctx, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	for {
		r.mu.Lock()
		if r.free >= n && r.held[who]+n <= r.share {
			r.free -= n
			r.held[who] += n
			r.mu.Unlock()
			return nil
		}
		given := r.given
		r.mu.Unlock()
		select {
		case <-given:
		case <-ctx.Done():
			return errUnavailable
		}
	}
}

func (r *room) give(who string, n int64) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += n
	if r.held[who] -= n; r.held[who] == 0 {
		delete(r.held, who)
	}
	close(r.given)
	r.given = make(chan struct{})
}
