// Package egress is how the platform asks servers whose addresses others chose.
// They are asked at public addresses only, so that nobody reaches through us
// what stands behind the firewall; each answer is limited in size and time.
package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Options bound what may be asked; zero values are the usual.
type Options struct {
	// Time is how long one request may take, with its answer: 10 seconds.
	Time time.Duration
	// Size is how many bytes an answer may have, unpacked: 1 MB.
	Size int64
	// Loopback lets this machine itself be asked, without TLS too. It is for
	// development.
	Loopback bool
}

// Egress asks other servers. It follows no redirects, because they lead where
// nobody looked, and uses no proxy of the environment.
type Egress struct {
	HTTP     *http.Client
	loopback bool
}

// Errors of addresses that are not asked.
var (
	errScheme  = errors.New("only https is asked")
	errPrivate = errors.New("the address is not a public one")
)

// New returns a way out.
func New(o Options) *Egress {
	if o.Time == 0 {
		o.Time = 10 * time.Second
	}
	if o.Size == 0 {
		o.Size = 1 << 20
	}
	e := &Egress{loopback: o.Loopback}
	dialer := &net.Dialer{Timeout: o.Time, ControlContext: e.control}
	transport := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: o.Time, ResponseHeaderTimeout: o.Time, MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2: true, MaxIdleConns: 20, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
	}
	e.HTTP = &http.Client{
		Timeout:   o.Time,
		Transport: guarded{e, transport, o.Size},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("the server sends us elsewhere, and we do not follow")
		},
	}
	return e
}

// Allows refuses addresses of a scheme that is not asked. Where a name leads is
// only known when it is asked, so that is looked at then.
func (e *Egress) Allows(u *url.URL) error {
	if u.Hostname() == "" || u.User != nil {
		return errScheme
	}
	if u.Scheme == "https" || u.Scheme == "http" && e.loopback && isLocal(u.Hostname()) {
		return nil
	}
	return errScheme
}

func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// control looks at the address that is really connected to, after its name was
// resolved, so that a name cannot lead elsewhere than it did when it was checked.
func (e *Egress) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	ip := at.Addr().Unmap().WithZone("")
	if e.loopback && ip.IsLoopback() {
		return nil
	}
	if !public(ip) {
		return errPrivate
	}
	return nil
}

// special are the networks that are not the public internet's though they are
// neither private nor local (RFC 6890), and those that wrap an IPv4 address.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

func public(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// guarded looks at each request, and bounds its answer.
type guarded struct {
	egress *Egress
	next   http.RoundTripper
	size   int64
}

// RoundTrip implements http.RoundTripper.
func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.egress.Allows(r.URL); err != nil {
		return nil, err
	}
	answer, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, g.size)
	return answer, nil
}
