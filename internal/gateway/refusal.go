package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

// What was refused, as the audit log calls it.
const (
	refusedCredential = "refusal.credential" // a key or session that is not good
	refusedSignIn     = "refusal.sign_in"    // a wrong password or code
	refusedPermission = "refusal.permission" // not permitted
	refusedTenant     = "refusal.tenant"     // another tenant's
	refusedOrigin     = "refusal.origin"     // sent from another website
	refusedProvider   = "refusal.provider"   // by what an identity provider says, or does not
)

// How many lines of refusals one process begins within one window. What comes
// beyond is counted in one line for each agency and action, so that nobody fills
// the disk by being refused.
const (
	refusalsOfAgency    = 100
	refusalsOfAll       = 2_000
	refusalsOfStrangers = 500
	guesses             = 2_000
)

// refusals collects what was not let happen until Server.Settle writes it, so
// that no request waits for it.
type refusals struct {
	mu      sync.Mutex
	window  time.Time
	pending map[[32]byte]*pending
	// Of the window: the lines that were begun, and how many of whom.
	begun     map[[32]byte]bool
	agencies  map[uuid.UUID]int
	strangers int
	guesses   int // at accounts; those at none become one line
}

// pending is a refusal that is not written yet. A thing that it is about is
// looked up first: whether it exists at all, or which agencies it belongs to.
type pending struct {
	audit.Refusal
	kind, thing string // "client" and its id, "account" and its address; or empty
}

func newRefusals() *refusals {
	return &refusals{pending: map[[32]byte]*pending{}}
}

// note counts a refusal. Whoever is known has a share that strangers cannot use up.
func (s *refusals) note(r pending, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if window := r.At.UTC().Truncate(audit.Window); !window.Equal(s.window) {
		s.window, s.begun, s.agencies, s.strangers, s.guesses = window, map[[32]byte]bool{}, map[uuid.UUID]int{}, 0, 0
	}
	key := r.key()
	if !s.begun[key] {
		if !s.room(r, known) {
			r = pending{Refusal: audit.Refusal{
				Agency: r.Agency, Action: r.Action, At: r.At, LastAt: r.LastAt, Times: r.Times, Actor: audit.Actor{Kind: string(access.Visitor)},
			}}
			if !known {
				r.Agency = uuid.Nil
			}
			key = r.key()
		}
		s.begun[key] = true
	}
	if line, ok := s.pending[key]; ok {
		line.Times += r.Times
		line.LastAt = r.LastAt
		return
	}
	s.pending[key] = &r
}

// room takes one of the lines that may be begun.
func (s *refusals) room(r pending, known bool) bool {
	switch {
	case r.kind == "account":
		s.guesses++
		return s.guesses <= guesses
	case !known:
		s.strangers++
		return s.strangers <= refusalsOfStrangers
	}
	s.agencies[r.Agency]++
	return s.agencies[r.Agency] <= refusalsOfAgency && len(s.begun) < refusalsOfAll
}

func (r pending) key() [32]byte {
	if r.thing != "" {
		r.Subject += "\n" + r.kind + "\n" + r.thing
	}
	return r.Key()
}

// take returns what is not written yet, as if it were.
func (s *refusals) take() []pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]pending, 0, len(s.pending))
	for _, r := range s.pending {
		list = append(list, *r)
	}
	clear(s.pending)
	return list
}

// putBack is take undone, for what could not be written.
func (s *refusals) putBack(list []pending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range list {
		key := r.key()
		if line, ok := s.pending[key]; ok {
			line.Times, line.At = line.Times+r.Times, r.At
		} else if len(s.pending) < refusalsOfAll {
			s.pending[key] = &r
		}
	}
}

// noteRefusal notes what the call came to, if it was refused for who came or
// for what they asked.
func (c *call) noteRefusal(a answer, err error) {
	status, code := a.status, ""
	if err != nil {
		p := problemOf(err, "")
		status, code = p.Status, p.Code
	}
	r := pending{Refusal: audit.Refusal{Actor: c.auditor(), Subject: c.route.pattern}}
	known := c.actor.Trusted()
	switch {
	case c.attempt.failed:
		r.Action, r.kind, r.thing = refusedSignIn, "account", c.attempt.guessed
	case status == http.StatusUnauthorized && c.bad:
		r.Action = refusedCredential
		if k := c.badKey; k.ID != uuid.Nil {
			known = true
			r.Agency, r.Site = k.Agency, just(k.Site)
			r.Actor.Kind, r.Actor.ID, r.Actor.Name = string(access.Program), k.ID, k.Name
		}
	case status == http.StatusForbidden && c.actor.Known() && code != "confirm_required":
		r.Action = refusedPermission
	case status == http.StatusNotFound && known && c.foreign:
		r.Action = refusedTenant
	case status == http.StatusNotFound && known:
		if r.kind, r.thing = c.askedFor(); r.kind == "" {
			return
		}
		r.Action = refusedTenant
	default:
		return
	}
	if r.Agency == uuid.Nil {
		r.Agency = c.refusedIn()
	}
	if c.site != nil {
		r.Client, r.Site = just(c.site.Client), just(c.site.ID)
	}
	r.Times, r.At = 1, c.Now()
	r.LastAt = r.At
	r.Details = map[string]string{"path": clip(c.request.URL.Path)}
	if code != "" {
		r.Details["code"] = code
	}
	if c.elsewhere {
		r.Details["why"] = "address"
	}
	c.refusals.note(r, known)
}

// noteOrigin notes a request that another website sent. In whose name is not
// asked any more.
func (s *Server) noteOrigin(r *http.Request, id string) {
	now := s.Now()
	s.refusals.note(pending{Refusal: audit.Refusal{
		Actor:  audit.Actor{Kind: string(access.Visitor), RequestID: id, Address: s.address(r)},
		Action: refusedOrigin, At: now, LastAt: now, Times: 1, Details: map[string]string{"path": clip(r.URL.Path)},
	}}, false)
}

// clip is a text from outside as the log keeps it.
func clip(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	for text = text[:most]; !utf8.ValidString(text); {
		text = text[:len(text)-1]
	}
	return text + "…"
}

// refusedIn is in whose log a refusal stands: of the agency that it is about as
// far as the actor belongs to it, else of the actor's own.
func (c *call) refusedIn() uuid.UUID {
	if c.site != nil {
		return c.site.Agency
	}
	all := c.actor.Agencies()
	if id, err := uuid.Parse(c.query().Get("agency")); err == nil {
		for _, agency := range all {
			if agency == id {
				return id
			}
		}
	}
	if id := c.agency(); id != uuid.Nil {
		return id
	}
	if len(all) > 0 {
		return all[0]
	}
	return uuid.Nil
}

// ofAgencies are the wildcards of paths for what an agency has, and the tables of it.
var ofAgencies = []string{"client", "member", "role", "invitation", "api_key"}

// askedFor is the thing of an agency that the path names; empty for none.
func (c *call) askedFor() (kind, id string) {
	for _, kind := range ofAgencies {
		if text := c.path(strings.TrimPrefix(kind, "api_")); text != "" {
			if id, err := uuid.Parse(text); err == nil {
				return kind, id.String()
			}
		}
	}
	return "", ""
}

// Settle writes what requests left to be written, and is called every few
// seconds and before the end of the process.
func (s *Server) Settle(ctx context.Context) error {
	list := s.refusals.take()
	found, err := s.lookUp(ctx, list)
	if err == nil {
		err = audit.Note(ctx, s.DB.Pool(), found)
	}
	if err != nil {
		s.refusals.putBack(list)
	}
	return errors.Join(err, s.budgets.settle(ctx, s, false))
}

// Close writes what is left and gives back what this process holds, so that
// others have it.
func (s *Server) Close(ctx context.Context) error {
	return errors.Join(s.Settle(ctx), s.budgets.settle(ctx, s, true))
}

// owner is a thing that refusals are about: it exists, in an agency or not.
type owner struct {
	Kind   string        `db:"kind"`
	Thing  string        `db:"thing"`
	Agency uuid.NullUUID `db:"agency_id"`
	Name   string        `db:"name"`
}

// lookUp returns the refusals as they are written: what is not there at all is
// nobody's, and what somebody guessed at is told each of the account's agencies.
func (s *Server) lookUp(ctx context.Context, list []pending) ([]audit.Refusal, error) {
	things := map[string][]string{}
	for _, r := range list {
		if r.thing != "" {
			things[r.kind] = append(things[r.kind], r.thing)
		}
	}
	owners := map[string][]owner{}
	if len(things) > 0 {
		query := `select 'account' kind, o.email thing, m.agency_id, o.name from platform.account o
			left join platform.member m on m.account_id = o.id where o.email = any($1)`
		args := []any{things["account"]}
		for _, kind := range ofAgencies {
			args = append(args, things[kind])
			query += fmt.Sprintf(` union select '%[1]s', id::text, agency_id, '' from platform.%[1]s where id = any($%[2]d)`, kind, len(args))
		}
		found, err := pg.All[owner](ctx, s.DB.Pool(), query, args...)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			owners[o.Kind+" "+o.Thing] = append(owners[o.Kind+" "+o.Thing], o)
		}
	}
	all := make([]audit.Refusal, 0, len(list))
	for _, r := range list {
		of := owners[r.kind+" "+r.thing]
		switch {
		case r.kind == "account" && len(of) > 0:
			for _, o := range of {
				one := r.Refusal
				one.Agency, one.Subject = o.Agency.UUID, o.Name+" <"+o.Thing+">"
				all = append(all, one)
			}
		case r.kind == "account":
			r.Subject = "" // what was typed may be anything, a password too
			all = append(all, r.Refusal)
		case r.kind == "" || len(of) > 0:
			all = append(all, r.Refusal)
		}
	}
	return merged(all), nil
}

// merged adds up refusals that are one line.
func merged(list []audit.Refusal) []audit.Refusal {
	at := map[[32]byte]int{}
	var all []audit.Refusal
	for _, r := range list {
		i, ok := at[r.Key()]
		if !ok {
			at[r.Key()] = len(all)
			all = append(all, r)
			continue
		}
		all[i].Times += r.Times
		if r.At.Before(all[i].At) {
			all[i].At = r.At
		}
		if r.LastAt.After(all[i].LastAt) {
			all[i].LastAt = r.LastAt
		}
	}
	return all
}

// guessed notes a wrong password, code or passkey, for the account of the
// address if one was named.
func (c *call) guessed(email string) {
	if email = strings.TrimSpace(email); c.attempt != nil && len(email) <= 254 {
		c.attempt.failed, c.attempt.guessed = true, email
	}
}
