package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/identity"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/notify"
	"github.com/dramac-main/dramac-cms/internal/page"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/web"
)

// Config is what the gateway needs to answer. All of it is required.
type Config struct {
	DB       *pg.DB
	Accounts *account.Accounts
	Modules  *module.Catalogue
	// Files are the files of records, Keys sign their addresses.
	Files *file.Files
	Keys  *secret.Ring
	// Mail writes to people.
	Mail *mail.Service
	// Providers are asked who somebody is.
	Providers *identity.Providers
	Log       *slog.Logger
	Now       func() time.Time
	// BaseURL is the platform's own address: "http://localhost:8080". Sites
	// answer on the subdomains of its host.
	BaseURL *url.URL
	// Proxies are the networks of proxies whose X-Forwarded-For is believed; may
	// be empty.
	Proxies []netip.Prefix
	// ClosedSignUp leaves it to invitations who gets an account.
	ClosedSignUp bool
	// Blocks bound what one block of a page may take; zero values are the usual.
	Blocks page.Limits
}

// Server answers every request of the platform and its sites.
type Server struct {
	Config
	memory    *memory
	catalogue *i18n.Catalogue
	assets    *web.Files
	limits    *limits
	refusals  *refusals
	budgets   *budgets
	metrics   *metrics
	onSite    *http.ServeMux
	platform  *http.ServeMux
	// endpoints have patterns that would overlap those of records.
	endpoints *http.ServeMux
	origin    *http.CrossOriginProtection
	templates templates
	room      *room
	notices   *notify.Service
}

// New wires the gateway. It starts nothing.
func New(config Config) (*Server, error) {
	catalogue, err := i18n.New()
	if err != nil {
		return nil, err
	}
	assets, err := web.Load()
	if err != nil {
		return nil, err
	}
	s := &Server{
		Config:    config,
		memory:    newMemory(config.DB),
		catalogue: catalogue,
		assets:    assets,
		limits:    newLimits(),
		refusals:  newRefusals(),
		budgets:   newBudgets(),
		metrics:   newMetrics(config.DB.Pool()),
		onSite:    http.NewServeMux(),
		platform:  http.NewServeMux(),
		endpoints: http.NewServeMux(),
		origin:    http.NewCrossOriginProtection(),
		room:      newRoom(),
	}
	s.notices = notify.New(notify.Config{Mail: s.Mail, Words: catalogue, Now: s.Now, BaseURL: s.BaseURL.String()})
	s.Modules.Admits, s.Files.Admits = s.admitModule, s.admitFile
	for _, rt := range s.routes() {
		if !access.Known(rt.permission) {
			return nil, fmt.Errorf("the route %s asks for no permission that there is: %q", rt.pattern, rt.permission)
		}
		handler := s.serve(rt)
		if rt.verb == endpointVerb {
			s.endpoints.Handle(rt.pattern, handler)
			continue
		}
		if rt.host&onPlatform != 0 {
			s.platform.Handle(rt.pattern, handler)
		}
		if rt.host&onSite != 0 {
			s.onSite.Handle(rt.pattern, handler)
		}
	}
	return s, nil
}

type contextKey string

const keyArrival contextKey = "arrival"

// arrival is what is known of a request before its route is.
type arrival struct {
	id     string // of the request
	label  string // of a site's own host, below the platform's
	onSite bool
}

// ServeHTTP takes the steps that every request shares: an id, the log line,
// the security headers, the host, and the refusal of posts from other origins.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := s.Now()
	id := uuid.Must(uuid.NewV7()).String()
	label, onSite, known := s.host(r)
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), keyArrival, arrival{id, label, onSite}), requestTimeout)
	defer cancel()
	r = r.WithContext(ctx)
	out := &recorder{ResponseWriter: w}
	defer func() {
		v := recover()
		if v != nil && v != http.ErrAbortHandler {
			s.Log.Error("panic", "request", id, "value", v, "stack", string(debug.Stack()))
			if out.status == 0 {
				s.fail(out, r, errors.New("panic"))
			}
		}
		s.finish(r, out, id, s.Now().Sub(started))
		if v == http.ErrAbortHandler {
			panic(v) // net/http breaks the connection off
		}
	}()
	secure(out.Header(), id)
	if !known {
		s.fail(out, r, refuse(http.StatusMisdirectedRequest, "unknown_host", "Nothing is known of this host here.",
			"The platform answers at "+s.BaseURL.String()+", and at the address of the machine."))
		return
	}
	mux := s.platform
	switch {
	case isEndpoint(r.URL.Path):
		mux = s.endpoints
	case onSite:
		mux = s.onSite
	}
	if !utf8.ValidString(r.URL.Path) || strings.ContainsRune(r.URL.Path, 0) {
		s.fail(out, r, errs.Missing()) // no address here is other than text
		return
	}
	if err := s.origin.Check(r); err != nil {
		s.noteOrigin(r, id)
		s.fail(out, r, refuse(http.StatusForbidden, "cross_origin", "This was sent from another website.", ""))
		return
	}
	s.dispatch(mux, out, r)
}

// dispatch runs the route; unknown paths and methods get our own words.
func (s *Server) dispatch(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	door := &door{client: w}
	mux.ServeHTTP(door, r)
	switch {
	case door.open:
	case door.status == http.StatusMethodNotAllowed:
		w.Header().Set("Allow", door.Header().Get("Allow"))
		s.fail(w, r, refuse(http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take that method.", ""))
	case door.status >= 300 && door.status < 400:
		http.Redirect(w, r, door.Header().Get("Location"), door.status)
	default:
		s.fail(w, r, errs.Missing())
	}
}

// door stands between net/http's routing and the client. A route opens it; what
// routing itself answers, when no route fits, does not get through.
type door struct {
	client http.ResponseWriter
	open   bool
	status int
	header http.Header
}

// enter opens the door and returns the client behind it.
func enter(w http.ResponseWriter) http.ResponseWriter {
	door, ok := w.(*door)
	if !ok {
		return w
	}
	door.open = true
	return door.client
}

// Header implements http.ResponseWriter.
func (d *door) Header() http.Header {
	if d.header == nil {
		d.header = http.Header{}
	}
	return d.header
}

// Write implements http.ResponseWriter.
func (d *door) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (d *door) WriteHeader(status int) { d.status = status }

// secured are the headers that every answer carries, in the canonical spelling
// and as lists that all answers share.
var secured = http.Header{
	"X-Content-Type-Options":       {"nosniff"},
	"Referrer-Policy":              {"same-origin"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Permissions-Policy":           {"camera=(), geolocation=(), microphone=()"},
}

// secure sets the headers that every answer carries.
func secure(h http.Header, id string) {
	h["X-Request-Id"] = []string{id}
	for name, values := range secured {
		h[name] = values[:1:1]
	}
}

// host finds out whether the request is for the platform or for a site. Which
// site, and whether there is one, is asked with everything else that has to be
// true at one revision: see call.findHost. Names of others are refused, because
// their pages would count as ours in a browser that was led here by them.
func (s *Server) host(r *http.Request) (label string, onSite, known bool) {
	name := r.Host
	if h, _, err := net.SplitHostPort(name); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	own := strings.ToLower(s.BaseURL.Hostname())
	if name == own || name == "" || name == "localhost" || net.ParseIP(strings.Trim(name, "[]")) != nil {
		return "", false, true
	}
	label, onSite = strings.CutSuffix(name, "."+own)
	if !onSite {
		return "", false, false
	}
	return label, true, true
}

type hostKey string

// requestTimeout is how long one request may take, waiting for a connection
// to the database included.
const requestTimeout = time.Minute

// attempts is how often a request is begun again when the revision moves on
// under it.
const attempts = 8

// serve makes the handler of a route.
func (s *Server) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w = enter(w)
		body := s.incoming(w, r, rt.limit(r))
		defer body.release()
		var c *call
		var a answer
		var err error
		var counted attempt
		for range attempts {
			c = s.begin(&rt, w, r)
			c.attempt = &counted
			a, err = c.run(body)
			if !s.again(c, err) {
				break
			}
		}
		c.noteRefusal(a, err)
		if err == nil {
			err = c.write(a)
		}
		if err != nil {
			c.fail(err)
		}
	})
}

// begin makes the call of one attempt.
func (s *Server) begin(rt *route, w http.ResponseWriter, r *http.Request) *call {
	again := *r
	again.Form, again.PostForm, again.MultipartForm = nil, nil, nil
	come, _ := r.Context().Value(keyArrival).(arrival)
	c := &call{
		Server: s, Modules: s.Modules, ctx: r.Context(), request: &again, writer: w, route: rt,
		requestID: come.id, label: come.label, onSite: come.onSite, words: s.catalogue.Printer("en", nil),
	}
	asked, ok := parseQuery(r.URL.RawQuery)
	c.asked, c.unread = asked, !ok
	return c
}

// run lets the caller in and only then reads what it sends.
func (c *call) run(body *incoming) (answer, error) {
	if err := c.enter(); err != nil {
		return answer{}, err
	}
	if err := c.checkQuery(); err != nil {
		return answer{}, err
	}
	content, err := body.read(c.sender())
	if errors.Is(err, errTooLarge) && c.route.tooLarge != nil {
		return c.route.tooLarge(c)
	}
	if err != nil {
		return answer{}, err
	}
	c.request.Body = io.NopCloser(bytes.NewReader(content))
	return c.handle(content)
}

// sender is whose share of the room for large bodies the call takes.
func (c *call) sender() string {
	if c.actor.Trusted() {
		return c.agency().String()
	}
	return c.subnet()
}

// again reports whether the attempt was decided on what is no longer true: the
// scope said so, or it was refused on memory that is older than the database.
func (s *Server) again(c *call, err error) bool {
	if err == nil {
		return false
	}
	// A fast route has not asked for the revision, so whatever it refuses may be
	// refused to somebody who may no longer even ask. What failed for another
	// reason may have been written, and is not repeated.
	if !stale(err) && !refusal(err) && !(c.route.fast && told(err)) {
		return false
	}
	now, failed := s.memory.refresh(c.ctx)
	return failed == nil && (stale(err) || now != c.revision)
}

// told reports whether err is an answer to the caller rather than a failure.
func told(err error) bool {
	var pe *protocolError
	return errors.As(err, &pe) || errs.KindOf(err) != errs.Internal
}

// stale reports whether a scope found out that the revision moved on.
func stale(err error) bool { return errors.Is(err, pg.ErrStale) }

// refusal reports whether err may come from memory alone.
func refusal(err error) bool {
	if errors.Is(err, errNoCredential) {
		return true
	}
	kind := errs.KindOf(err)
	return kind == errs.NotFound || kind == errs.Denied
}

// readAll returns the body, which was read when the caller was let in.
func readAll(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "unreadable", "The request could not be read to its end.", "")
	}
	return body, nil
}
