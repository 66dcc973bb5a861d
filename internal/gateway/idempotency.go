package gateway

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/replay"
)

// maxIdempotencyKey is how long a key may be, in characters.
const maxIdempotencyKey = 255

// answerHeaders are the headers that are stored with an answer.
var answerHeaders = []string{"Content-Range", "Content-Type", "Etag", "Location", "Preference-Applied"}

// handle runs the route's handler, once for all requests with the same
// Idempotency-Key if there is one. Without it nothing is added.
func (c *call) handle(body []byte) (answer, error) {
	key, err := c.idempotencyKey()
	if err != nil {
		return answer{}, err
	}
	if key == "" {
		return c.route.handle(c)
	}
	return c.once(replay.Request{Tenant: c.tenant(), Actor: c.caller(), Key: key, Fingerprint: c.fingerprint(body)})
}

// idempotencyKey is the key that a write of the API came with; empty for none.
// The standard to come writes it in quotes, as a string of a structured field;
// most clients write it without.
func (c *call) idempotencyKey() (string, error) {
	given := c.request.Header.Values("Idempotency-Key")
	if len(given) == 0 || !strings.HasPrefix(c.request.URL.Path, "/api/") {
		return "", nil
	}
	switch c.request.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return "", nil
	}
	key := strings.TrimSpace(given[0])
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	printable := strings.IndexFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) < 0
	if len(given) > 1 || key == "" || len(key) > maxIdempotencyKey || !printable {
		return "", refuse(http.StatusBadRequest, "bad_idempotency_key", "Idempotency-Key must be one key of 1 to 255 printable ASCII characters.", "A random UUID for each new request is good.")
	}
	return key, nil
}

// tenant is whose things the write is about: the site's, else the agency's.
func (c *call) tenant() uuid.UUID {
	if c.site != nil {
		return c.site.ID
	}
	return c.agency()
}

// caller tells those who send keys apart. Visitors have nothing but their
// network address.
func (c *call) caller() string {
	if id := c.actor.ID(); id.Valid {
		return string(c.actor.Kind()) + " " + id.UUID.String()
	}
	return "visitor " + c.subnet()
}

// meaningful are the headers that say what is to be written, beside the kind
// of the body.
var meaningful = []string{"Content-Language", "If-Match", "Prefer"}

// fingerprint is the same for requests that ask for the same.
func (c *call) fingerprint(body []byte) [sha256.Size]byte {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n", c.request.Method, c.request.URL.EscapedPath(), c.request.URL.RawQuery)
	fmt.Fprintf(sum, "%q\n", c.sent()) // without the boundary of a form, which is new each time
	for _, name := range meaningful {
		fmt.Fprintf(sum, "%q\n", c.request.Header.Values(name))
	}
	sum.Write(body)
	return [sha256.Size]byte(sum.Sum(nil))
}

// once runs the handler in the transaction in which the key is claimed and the
// answer is stored. What is refused is rolled back with its claim: it had no
// effect, so the key stays free and the same request may try again.
func (c *call) once(r replay.Request) (answer, error) {
	var a answer
	err := c.inTx(func(tx pgx.Tx, platform func(func() error) error) error {
		var earlier replay.Answer
		var again bool
		err := platform(func() (err error) {
			earlier, again, err = replay.Claim(c.ctx, tx, r, c.Now())
			return err
		})
		if err != nil {
			return err
		}
		if again {
			a = answer{status: earlier.Status, header: earlier.Header, body: earlier.Body}
			if a.header == nil {
				a.header = http.Header{}
			}
			a.header.Set("Idempotent-Replayed", "true")
			return nil
		}
		if a, err = c.route.handle(c); err != nil {
			return err
		}
		if a.page != nil || a.status >= http.StatusBadRequest {
			return errRefused
		}
		return platform(func() error { return replay.Store(c.ctx, tx, r, a.kept()) })
	})
	if err != nil && !errors.Is(err, errRefused) {
		return answer{}, err
	}
	return a, nil
}

// errRefused rolls back what a handler refused by an answer of its own.
var errRefused = errors.New("refused by its answer")

// inTx opens the transaction that all the call writes is part of: narrowed to
// the site and the module's role where the route names a module, else on the
// platform's own tables. What platform runs is run as the login role.
func (c *call) inTx(fn func(tx pgx.Tx, platform func(func() error) error) error) error {
	if c.running == nil {
		modules := c.Modules
		defer func() { c.Modules = modules }()
		return c.DB.Tx(c.ctx, func(tx pgx.Tx) error {
			c.Modules = modules.Within(tx)
			return fn(tx, func(do func() error) error { return do() })
		})
	}
	scope := c.scope()
	defer func() { c.tx = nil }()
	return scope.Tx(c.ctx, func(tx pgx.Tx) error {
		c.tx = tx
		return fn(tx, func(do func() error) error { return scope.AsLogin(c.ctx, tx, do) })
	})
}

// kept is what is stored of an answer.
func (a answer) kept() replay.Answer {
	kept := replay.Answer{Status: a.status, Header: map[string][]string{}, Body: a.body}
	for _, name := range answerHeaders {
		if values := a.header[name]; len(values) > 0 {
			kept.Header[name] = values
		}
	}
	if a.location != "" {
		kept.Header["Location"] = []string{a.location}
	}
	switch {
	case kept.Status != 0:
	case a.location != "":
		kept.Status = http.StatusSeeOther
	default:
		kept.Status = http.StatusOK
	}
	return kept
}
