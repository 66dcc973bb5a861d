package egress

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestOnlyPublicAddressesAreAsked(t *testing.T) {
	t.Parallel()
	closed, open := New(Options{}), New(Options{Loopback: true})
	for address, want := range map[string]bool{
		"93.184.216.34:443": true, "[2606:2800:220:1:248:1893:25c8:1946]:443": true,
		"10.0.0.1:443": false, "172.16.9.9:443": false, "192.168.1.1:443": false, "169.254.169.254:80": false, "100.100.100.200:80": false,
		"0.0.0.0:80": false, "255.255.255.255:80": false, "224.0.0.1:80": false, "198.18.0.1:80": false,
		"[::]:80": false, "[fe80::1%eth0]:80": false, "[fd00::1]:80": false, "[ff02::1]:80": false, "[::ffff:10.0.0.1]:80": false,
		"[::ffff:169.254.169.254]:80": false, "[64:ff9b::a9fe:a9fe]:80": false, "[2002:a9fe:a9fe::1]:80": false, "[::a9fe:a9fe]:80": false,
		"no address": false,
	} {
		for name, e := range map[string]*Egress{"closed": closed, "open": open} {
			if err := e.control(t.Context(), "tcp", address, nil); (err == nil) != want {
				t.Errorf("%s, %s: %v", address, name, err)
			}
		}
	}
	for _, address := range []string{"127.0.0.1:80", "127.9.9.9:80", "[::1]:80", "[::ffff:127.0.0.1]:80"} {
		if closed.control(t.Context(), "tcp", address, nil) == nil || open.control(t.Context(), "tcp", address, nil) != nil {
			t.Errorf("%s is asked other than in development", address)
		}
	}
	if !public(netip.MustParseAddr("1.1.1.1")) {
		t.Error("a public address is not")
	}
}

func TestOnlyHTTPSIsAsked(t *testing.T) {
	t.Parallel()
	closed, open := New(Options{}), New(Options{Loopback: true})
	for text, want := range map[string][2]bool{
		"https://idp.example.com/x":    {true, true},
		"http://idp.example.com":       {false, false},
		"http://localhost:4000":        {false, true},
		"http://127.0.0.1:4000":        {false, true},
		"http://localhost.example.com": {false, false},
		"https://a:b@example.com":      {false, false},
		"file:///etc/passwd":           {false, false},
		"javascript:alert(1)":          {false, false},
		"https:///x":                   {false, false},
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{closed.Allows(u) == nil, open.Allows(u) == nil}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			_, _ = w.Write([]byte(strings.Repeat("x", 2000)))
		case "/slow":
			time.Sleep(300 * time.Millisecond)
		case "/elsewhere":
			http.Redirect(w, r, "/", http.StatusFound)
		}
	}))
	t.Cleanup(s.Close)
	get := func(e *Egress, path string) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := e.HTTP.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		_, err = io.ReadAll(answer.Body)
		return err
	}
	open := New(Options{Loopback: true, Size: 1000, Time: 100 * time.Millisecond})
	if err := get(open, "/"); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"/long", "/slow", "/elsewhere"} {
		if get(open, path) == nil {
			t.Errorf("%s is read", path)
		}
	}
	if get(New(Options{}), "/") == nil {
		t.Error("this machine is asked")
	}
}
