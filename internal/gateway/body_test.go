package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http/httptest"
	"testing"
	"time"
)

// stalled gives what it has and then waits for the deadline.
type stalled struct {
	*bytes.Reader
	*httptest.ResponseRecorder
	late chan struct{}
}

func (s stalled) Read(into []byte) (int, error) {
	if s.Len() > 0 {
		return s.Reader.Read(into)
	}
	<-s.late
	return 0, errors.New("deadline exceeded")
}

func (s stalled) Close() error { return nil }

func (s stalled) SetReadDeadline(at time.Time) error {
	if !at.IsZero() {
		close(s.late)
	}
	return nil
}

func (s stalled) Write(b []byte) (int, error) { return s.ResponseRecorder.Write(b) }

// TestSlowBodiesKeepNobodyWaiting has senders who begin large bodies and stop.
func TestSlowBodiesKeepNobodyWaiting(t *testing.T) {
	shared := newRoom()
	body := func(from io.ReadCloser, out stalled, patience time.Duration) *incoming {
		return &incoming{ctx: t.Context(), writer: out, from: from, limit: maxPackage, room: shared, patience: patience}
	}
	began := func(bytesSent int) stalled {
		return stalled{bytes.NewReader(make([]byte, bytesSent)), httptest.NewRecorder(), make(chan struct{})}
	}
	var slow []stalled
	ended := make(chan error)
	for range 20 {
		s := began(3 << 19) // 1.5 MB of 10
		slow = append(slow, s)
		go func() {
			b := body(s, s, time.Hour)
			_, err := b.read("the same")
			b.release()
			ended <- err
		}()
	}
	// A whole package goes through beside them.
	whole := body(io.NopCloser(bytes.NewReader(make([]byte, maxPackage))), began(0), time.Hour)
	if content, err := whole.read("another"); err != nil || len(content) != maxPackage {
		t.Errorf("a whole body beside slow ones: %d bytes, %v", len(content), err)
	}
	whole.release()
	for _, s := range slow {
		close(s.late)
	}
	for range slow {
		if err := <-ended; !errors.Is(err, errUnreadable) {
			t.Errorf("a slow body: %v", err)
		}
	}
	if shared.free != largeBodies || len(shared.held) != 0 {
		t.Errorf("%d bytes are free, %v are held", shared.free, shared.held)
	}
	// One that stops is given up.
	s := began(100)
	if _, err := body(s, s, 10*time.Millisecond).read("x"); !errors.Is(err, errUnreadable) {
		t.Errorf("a body that stops: %v", err)
	}
	// Nobody takes more than a share, nor waits for ever.
	shared.wait = 10 * time.Millisecond
	if err := shared.take(t.Context(), "greedy", largeShare); err != nil {
		t.Error(err)
	}
	if err := shared.take(t.Context(), "greedy", 1); !errors.Is(err, errUnavailable) {
		t.Errorf("beyond the share: %v", err)
	}
	if err := shared.take(t.Context(), "modest", 1); err != nil {
		t.Error(err)
	}
}
