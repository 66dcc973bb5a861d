package gateway

import (
	"io"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/dramac-main/dramac-cms/internal/access"
)

// host says where a route answers.
type host int

const (
	// onPlatform routes answer on the platform's own host.
	onPlatform host = 1 << iota
	// onSite routes answer on the host of a site.
	onSite
)

// route is one line of the site map. Everything that decides whether a caller
// gets through stands here, so that a test can walk it.
type route struct {
	// pattern is "METHOD /path/{wildcards}" as net/http spells it. {site},
	// {module} and {collection} are resolved before the handler runs.
	pattern string
	host    host
	// permission is asked of the actor on the site of the request, or in its
	// agency when the route has no site. Public must be typed out.
	permission access.Permission
	// verb is asked of the module's grants on {collection}: "read", "create",
	// ... "{action}" takes the name from the path; empty asks nothing.
	verb string
	// maxBody is the largest body in bytes; zero is maxBody.
	maxBody int64
	// maxForm is the same for a form in parts, which may bring files; zero is
	// maxBody.
	maxForm int64
	// fast routes rely on the scope's own assertion of the revision, so that
	// they need one round trip to the database. Others ask for it first.
	fast bool
	// fresh asks people who have not proven who they are for ten minutes to do so
	// again, before what is dangerous. It asks nothing of keys.
	fresh bool
	// inPerson routes refuse whoever acts as somebody else, as all do that are
	// about one's own account.
	inPerson bool
	// vouched routes about one's own account answer also who is signed in by an
	// agency's identity provider; all others are refused to them.
	vouched bool
	// archived routes answer for archived sites too.
	archived bool
	// suspended routes answer for sites of suspended agencies too.
	suspended bool
	// readOnly routes change nothing of a site, whatever their method.
	readOnly bool

	handle func(*call) (answer, error)
	// tooLarge answers a body above maxBody; nil answers in the usual way.
	tooLarge func(*call) (answer, error)
}

// maxBody is the largest request body that a route takes unless it says more.
const maxBody = 1 << 20

// limit is how many bytes the body of a request may have.
func (rt *route) limit(r *http.Request) int64 {
	switch {
	case rt.maxForm > 0 && inParts(r):
		return rt.maxForm
	case rt.maxBody > 0:
		return rt.maxBody
	}
	return maxBody
}

// answer is what a handler returns: a page, bytes, or a redirect. Nothing is
// written to the client before the handler has returned, so that a request can
// be repeated from the start when the revision moved on under it.
type answer struct {
	status int // zero: 200, or 303 with location
	header http.Header
	// changed is when the content was made; zero: not known.
	changed time.Time
	// exactly one of the following, or none
	content  io.ReadSeekCloser // sent in parts as the client asks, and closed
	page     templ.Component
	body     []byte
	stream   func(to io.Writer) error // writes as it goes; an error of it breaks the connection off
	location string
}

func redirect(to string) (answer, error) { return answer{location: to}, nil }

func show(c templ.Component) (answer, error) { return answer{page: c}, nil }

func jsonBody(status int, body []byte) answer {
	return answer{status: status, body: body, header: http.Header{"Content-Type": {"application/json"}}}
}
