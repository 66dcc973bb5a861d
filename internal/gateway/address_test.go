package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestTheClientsAddressIsTheLastThatNobodyMadeUp(t *testing.T) {
	t.Parallel()
	s := &Server{Config: Config{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}}
	for _, want := range []struct {
		name, peer string
		forwarded  []string
		address    string
		subnet     string
	}{
		{"no proxy", "192.0.2.7:99", nil, "192.0.2.7", "192.0.2.7"},
		{"a client that claims to be a proxy's client", "192.0.2.7:99", []string{"203.0.113.1"}, "192.0.2.7", "192.0.2.7"},
		{"behind a proxy", "10.1.2.3:99", []string{"203.0.113.1"}, "203.0.113.1", "203.0.113.1"},
		{"behind two proxies", "10.1.2.3:99", []string{"203.0.113.1, 10.9.9.9"}, "203.0.113.1", "203.0.113.1"},
		{"what the client put in front does not count", "10.1.2.3:99", []string{"198.51.100.1", "203.0.113.1"}, "203.0.113.1", "203.0.113.1"},
		{"nonsense stops at the proxy", "10.1.2.3:99", []string{"unknown"}, "10.1.2.3", "10.1.2.3"},
		{"a proxy without the header", "10.1.2.3:99", nil, "10.1.2.3", "10.1.2.3"},
		{"one customer's IPv6 network is one client", "[2001:db8:1:2:3:4:5:6]:99", nil, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = want.peer
		for _, line := range want.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		if got := s.address(r); got != want.address {
			t.Errorf("%s: address %s, want %s", want.name, got, want.address)
		}
		if got := (&call{Server: s, request: r}).subnet(); got != want.subnet {
			t.Errorf("%s: subnet %s, want %s", want.name, got, want.subnet)
		}
	}
}
