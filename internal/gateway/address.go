package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// address is the client's network address without the port. Behind proxies
// that the configuration trusts it is the last address in X-Forwarded-For that
// is not one of theirs: what stands before it may be made up.
func (s *Server) address(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if !s.trusts(peer) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		peer = hop
		if !s.trusts(hop) {
			break
		}
	}
	return peer
}

// trusts reports whether the address is a proxy's of ours.
func (s *Server) trusts(text string) bool {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	for _, proxy := range s.Proxies {
		if proxy.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// subnet is the key of a client's limits: the address, or for IPv6 the /64
// that one customer usually holds.
func (c *call) subnet() string {
	text := c.address(c.request)
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Unmap().Is4() {
		return text
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return text
	}
	return prefix.String()
}
