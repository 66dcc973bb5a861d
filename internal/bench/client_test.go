//go:build linux

package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load is what the client is asked to send.
type load struct {
	Connections int
	Requests    int // in total; the shots are taken in turn
	Shots       []shot
}

// shot is one request that can be sent again and again.
type shot struct {
	Method, URL, Key, Body string
	Status                 int // what the answer must be
}

// outcome is what the client has seen.
type outcome struct {
	Took     time.Duration
	P50, P95 time.Duration
	Bytes    int64  // of all bodies
	Fault    string // of the first answer that was not as it must be
}

// runClient sends the loads that come on standard input, one JSON document
// each, and answers with their outcomes. It is a process of its own so that
// its work does not count as the server's.
func runClient() error {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var l load
		if err := in.Decode(&l); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := out.Encode(l.send()); err != nil {
			return err
		}
	}
}

// send sends the load over connections that stay open.
func (l load) send() outcome {
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		MaxIdleConns: l.Connections, MaxIdleConnsPerHost: l.Connections, DisableCompression: true,
	}}
	defer client.CloseIdleConnections()
	var (
		next, size atomic.Int64
		fault      atomic.Pointer[string]
		wait       sync.WaitGroup
		took       = make([]time.Duration, l.Requests)
		began      = time.Now()
	)
	for range l.Connections {
		wait.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= l.Requests || fault.Load() != nil {
					return
				}
				sent := time.Now()
				n, err := l.Shots[i%len(l.Shots)].fire(client)
				took[i] = time.Since(sent)
				size.Add(n)
				if err != nil {
					text := err.Error()
					fault.CompareAndSwap(nil, &text)
				}
			}
		})
	}
	wait.Wait()
	o := outcome{Took: time.Since(began), Bytes: size.Load()}
	slices.Sort(took)
	o.P50, o.P95 = took[len(took)/2], took[len(took)*95/100]
	if text := fault.Load(); text != nil {
		o.Fault = *text
	}
	return o
}

// fire sends the request and returns the size of the answer's body.
func (s shot) fire(client *http.Client) (int64, error) {
	body, err := s.answer(client)
	return int64(len(body)), err
}

// answer sends the request and returns the answer's body.
func (s shot) answer(client *http.Client) ([]byte, error) {
	var content io.Reader
	if s.Body != "" {
		content = bytes.NewReader([]byte(s.Body))
	}
	request, err := http.NewRequest(s.Method, s.URL, content)
	if err != nil {
		return nil, err
	}
	if s.Key != "" {
		request.Header.Set("Authorization", "Bearer "+s.Key)
	}
	switch {
	case strings.HasPrefix(s.Body, "PK"): // a package
		request.Header.Set("Content-Type", "application/octet-stream")
	case s.Body != "":
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != s.Status {
		err = fmt.Errorf("%s %s: %s: %.300s", s.Method, s.URL, answer.Status, body)
	}
	return body, err
}
