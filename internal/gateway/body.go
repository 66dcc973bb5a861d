package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
)

// maxLargeBodies is how many bodies above maxBody are in memory at once; more
// wait.
const maxLargeBodies = 4

var errTooLarge = refuse(http.StatusRequestEntityTooLarge, "too_large", "This is larger than what is taken here.", "")

// incoming is a request's body. It is read once, when the caller has been let
// in, and kept for the case that the request has to be begun again.
type incoming struct {
	ctx     context.Context
	writer  http.ResponseWriter
	from    io.ReadCloser
	limit   int64
	large   chan struct{} // nil for routes with ordinary bodies
	holding bool
	done    bool
	content []byte
	failure error
}

func (s *Server) incoming(w http.ResponseWriter, r *http.Request, limit int64) *incoming {
	b := &incoming{ctx: r.Context(), writer: w, from: r.Body, limit: limit}
	if limit > maxBody {
		b.large = s.large
	}
	return b
}

// read returns the whole body.
func (b *incoming) read() ([]byte, error) {
	if b.done || b.from == nil || b.from == http.NoBody {
		return b.content, b.failure
	}
	b.done = true
	var all bytes.Buffer
	from := http.MaxBytesReader(b.writer, b.from, b.limit)
	_, err := io.CopyN(&all, from, min(maxBody, b.limit))
	if err == nil && b.large != nil {
		// There is more, perhaps: from here on it takes a place.
		select {
		case b.large <- struct{}{}:
			b.holding = true
		case <-b.ctx.Done():
			b.failure = errTooMany()
			return nil, b.failure
		}
	}
	if err == nil {
		_, err = all.ReadFrom(from)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		b.failure = errTooLarge
	case err != nil:
		b.failure = refuse(http.StatusBadRequest, "unreadable", "The request could not be read to its end.", "")
	default:
		b.content = all.Bytes()
	}
	return b.content, b.failure
}

// release gives the place of a large body back.
func (b *incoming) release() {
	if b.holding {
		<-b.large
	}
}
