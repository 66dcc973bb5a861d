package gateway_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/gateway"
	"github.com/dramac-main/dramac-cms/testkit"
)

// outcome is what a request may come to, as far as access is concerned.
type outcome string

const (
	closed  outcome = "closed"  // 401, or sent to sign in
	missing outcome = "missing" // 404
	denied  outcome = "denied"  // 403
	open    outcome = "open"    // anything that only somebody permitted gets
	refused outcome = "refused" // missing or denied: which of them depends on what is asked first
)

// met reports whether the answer is such an outcome.
func (o outcome) met(r testkit.Response) bool {
	toLogin := r.Status == http.StatusSeeOther && strings.HasPrefix(r.Location(), "/app/login")
	switch o {
	case closed:
		return r.Status == http.StatusUnauthorized || toLogin
	case missing:
		return r.Status == http.StatusNotFound
	case denied:
		return r.Status == http.StatusForbidden
	case refused:
		return r.Status == http.StatusNotFound || r.Status == http.StatusForbidden
	}
	return !slices.Contains([]int{401, 403, 404}, r.Status) && r.Status < 500 && !toLogin
}

// everyone stands for whoever reaches the site, or has an agency, at all.
const everyone = "everyone"

// holders says who holds a platform permission where they have anything to do
// with the site. It is written down here on its own, so that a change of the
// roles has to be made twice.
var holders = map[string]string{
	"public":                       everyone,
	"signed_in":                    everyone,
	"own_account":                  "owner, admin, member, viewer, client member, member of another client, member of another site, owner of another agency, platform admin",
	"platform.tenant.read":         "platform admin",
	"platform.tenant.suspend":      "platform admin",
	"platform.tenant.impersonate":  "platform admin",
	"platform.tenant.plan":         "platform admin",
	"platform.flag.manage":         "platform admin",
	"platform.plan.read":           "owner, admin, owner of another agency",
	"platform.site.read":           everyone,
	"platform.site.use":            everyone,
	"platform.installation.manage": "owner, admin, owner of another agency, key of the site, key of another site, key of another agency",
	"platform.site.manage": "owner, admin, owner of another agency, key of the site, key of another site, key of another agency, " +
		"member of another client, member of another site",
	"platform.activity.read": "owner, admin, owner of another agency, key of the site, key of another site, key of another agency, " +
		"member of another client, member of another site",
	"platform.module.read":     "owner, admin, member, viewer, owner of another agency, key of the site, key of another site, key of another agency",
	"platform.mail.read":       "owner, owner of another agency",
	"platform.audit.read":      "owner, admin, owner of another agency",
	"platform.agency.read":     "owner, admin, member, viewer, owner of another agency",
	"platform.member.read":     "owner, admin, member, owner of another agency",
	"platform.member.manage":   "owner, admin, owner of another agency",
	"platform.role.manage":     "owner, owner of another agency",
	"platform.agency.manage":   "owner, admin, owner of another agency",
	"platform.client.manage":   "owner, admin, owner of another agency",
	"platform.site.create":     "owner, admin, owner of another agency",
	"platform.site.archive":    "owner, admin, owner of another agency",
	"platform.module.publish":  "owner, admin, owner of another agency, key of the site, key of another site, key of another agency",
	"platform.provider.manage": "owner, owner of another agency",
	"platform.key.manage":      "owner, admin, owner of another agency",
}

func holds(a testkit.Actor, permission string) bool {
	names := holders[permission]
	if a.Name == impersonator { // who has what the viewer has, and no account
		return permission != "own_account" && (names == everyone || slices.Contains(strings.Split(names, ", "), "viewer"))
	}
	return names == everyone || slices.Contains(strings.Split(names, ", "), a.Name)
}

// impersonator acts as the viewer.
const impersonator = "impersonator"

const counter = clerk + " item.update rental.assign"

// A clerk has the grants of rentals within the reach of the clerk's own.
const clerk = "category.read item.read customer.read customer.create customer.update " +
	"rental.read rental.create rental.update rental.confirm rental.hand_out rental.take_back rental.cancel inquiry.read inquiry.update"

const editor = "entry.read entry.create entry.update entry.sign"

// granted says what an actor may do with the records of the examples.
var granted = map[string]map[string]string{
	testkit.Rental: {
		"owner": "*", "admin": "*", "owner of another agency": "*",
		"key of the site": "*", "key of another site": "*", "key of another agency": "*",
		"member of another client": "*", "member of another site": "*",
		"member": counter, "client member": clerk, "viewer": "*.read", "narrow key": "item.read",
		"visitor": "item.read inquiry.ask",
	},
	testkit.Guestbook: {
		// It declares no roles for members, so they have those of the format.
		"owner": "*", "admin": "*", "owner of another agency": "*",
		"key of the site": "*", "key of another site": "*", "key of another agency": "*",
		"member of another client": "*", "member of another site": "*",
		"member": editor, "client member": editor, "viewer": "*.read",
		"visitor": "entry.read entry.sign",
	},
}

// may reports whether an actor of that name is granted the verb; "*" asks for
// any grant at all.
func may(name, module, collection, verb string) bool {
	grants := strings.Fields(granted[module][name])
	if verb == "*" {
		return len(grants) > 0
	}
	for _, g := range grants {
		if g == "*" || g == "*."+verb || g == collection+"."+verb {
			return true
		}
	}
	return false
}

// target is what a request is about; what is empty is the site's own.
type target struct {
	says string
	// site is the site that is named, as text; at is that site, nil if there is none.
	site                           string
	at                             *testkit.Site
	module, collection, id, action string
	header                         string // Dramac-Site on a site's own host
	thing                          string // that the agency has
	offered                        bool   // module is the agency's own, but not on the site
	twin                           string // of which target the answer must be the same
}

// targets are the variations for an endpoint: everything of its own first,
// then one thing at a time another tenant's, forged, or malformed.
func targets(p *testkit.Platform, e gateway.Endpoint, on *testkit.Site) []target {
	has := func(name string) bool { return strings.Contains(e.Pattern, "{"+name+"}") }
	forged, site := testkit.NewID().String(), p.Home
	if on != nil {
		site = on
	}
	all := []target{{says: "own", at: site}}
	if strings.HasSuffix(e.Pattern, "/install") {
		all[0].module, all[0].offered = p.Sister.Secret, true
	}
	add := func(t target) {
		if t.at == nil && t.site == "" {
			t.at = site
		}
		all = append(all, t)
	}
	if on == nil && (has("site") || has("module")) {
		add(target{says: "foreign site", site: p.Foreign.ID.String(), at: p.Foreign})
		add(target{says: "forged site", site: forged, twin: "foreign site"})
		add(target{says: "site of another client", site: p.Other.ID.String(), at: p.Other, twin: "forged site"})
		add(target{says: "malformed site", site: "not-a-site"})
		add(target{says: "injected site", site: "1'+or+'1'='1"})
	}
	if on != nil && has("module") {
		add(target{says: "header of a foreign site", header: foreignOf(p, site).ID.String()})
		add(target{says: "header of no site", header: forged, twin: "header of a foreign site"})
		add(target{says: "malformed header", header: "' or 1=1"})
	}
	if has("module") {
		add(target{says: "foreign module", module: foreignOf(p, site).Secret, collection: "note"})
		add(target{says: "forged module", module: "vault" + "000000000000", collection: "note", twin: "foreign module"})
		add(target{says: "module of another client", module: elsewhere(p, site).Secret, collection: "note", offered: site.Agency == p.Other.Agency, twin: "forged module"})
		add(target{says: "malformed module", module: "%27%3B--", collection: "note"})
	}
	if has("collection") {
		add(target{says: "forged collection", collection: "nothing"})
		add(target{says: "collection of the platform", collection: "account"})
	}
	if has("id") {
		add(target{says: "foreign record", id: foreignOf(p, site).Records["equipment-rental.item"].String()})
		add(target{says: "forged record", id: forged, twin: "foreign record"})
		add(target{says: "record of another client", id: p.Other.Records["equipment-rental.item"].String(), twin: "forged record"})
		add(target{says: "record of another collection", id: site.Records["equipment-rental.customer"].String(), twin: "forged record"})
		add(target{says: "malformed record", id: "1%20or%201=1"})
	}
	for _, wildcard := range agencyThings {
		if has(wildcard) {
			at := p.Foreign
			if has("site") { // which stays its own
				at = site
			}
			add(target{says: "foreign " + wildcard, thing: thingOf(p, wildcard, true), at: at})
			add(target{says: "forged " + wildcard, thing: forged, twin: "foreign " + wildcard})
			add(target{says: "malformed " + wildcard, thing: "1%20or%201=1"})
		}
	}
	if has("action") {
		add(target{says: "forged action", action: "destroy"})
	}
	if has("collection") && !has("action") {
		for _, name := range testkit.Collections() {
			module, collection, _ := strings.Cut(name, ".")
			all = append(all, target{says: "own " + name, at: site, module: module, collection: collection, id: site.Records[name].String()})
		}
	}
	return all
}

// agencyThings are the wildcards for what an agency has.
var agencyThings = []string{"client", "member", "role", "invitation", "key", "tenant"}

// thingOf is one of them, of the agency of Home or of the foreign one.
func thingOf(p *testkit.Platform, wildcard string, foreign bool) string {
	site := p.Home
	if foreign {
		site = p.Foreign
	}
	return map[string]string{"client": site.Client.String(), "member": site.Member.String(), "role": site.Role.String(), "invitation": site.Invitation.String(), "key": site.Key.ID.String(), "tenant": site.Agency.String()}[wildcard]
}

// wantedOfAgency is the rule for what an agency has: whoever may asks for its
// own, and nothing else is there.
func wantedOfAgency(pattern string, a testkit.Actor, t target) outcome {
	if a.Name == "platform admin" { // to whom all agencies are the same
		if t.says == "own" || strings.HasPrefix(t.says, "foreign ") {
			return open
		}
		return missing
	}
	if t.says != "own" && strings.Contains(pattern, "{site}") {
		return missing // the site has no other
	}
	own := t.says == "own" && a.Name != "owner of another agency" || strings.HasPrefix(t.says, "foreign ") && a.Name == "owner of another agency"
	if own {
		return open
	}
	return missing
}

// elsewhere is a site of another client.
func elsewhere(p *testkit.Platform, s *testkit.Site) *testkit.Site {
	if s == p.Other {
		return p.Home
	}
	return p.Other
}

// foreignOf is a site of another agency.
func foreignOf(p *testkit.Platform, s *testkit.Site) *testkit.Site {
	if s == p.Foreign {
		return p.Home
	}
	return p.Foreign
}

// walker makes every request and holds the answers against the rules.
type walker struct {
	*testkit.Platform
	requests int
	opened   map[string]bool // endpoints that somebody got through
}

// untried are the endpoints that the walk does not call as somebody who may:
// they would take away what it walks on. Other tests do.
var untried = map[string]bool{
	// The examples have no code: see the tests of modules that have.
	"GET /api/modules/{module}/rpc/{action}":       true,
	"POST /api/modules/{module}/rpc/{action}":      true,
	"GET /api/modules/{module}/x/{rest...}":        true,
	"POST /api/modules/{module}/x/{rest...}":       true,
	"PUT /api/modules/{module}/x/{rest...}":        true,
	"PATCH /api/modules/{module}/x/{rest...}":      true,
	"DELETE /api/modules/{module}/x/{rest...}":     true,
	"POST /app/{site}/modules/{module}/install":    true,
	"POST /app/{site}/modules/{module}/disable":    true,
	"DELETE /api/v1/sites/{site}/modules/{module}": true,
	// See the tests of keys.
	"POST /app/{site}/keys/{key}/rotate":          true,
	"POST /app/{site}/keys/{key}/revoke":          true,
	"POST /api/v1/sites/{site}/keys/{key}/rotate": true,
	"POST /api/v1/sites/{site}/keys/{key}/revoke": true,
	// See the tests of the tree.
	"POST /app/agency/roles/{role}/delete": true,
	"DELETE /api/v1/members/{member}":      true,
	// It would be over after the first; see the tests of invitations.
	"POST /app/agency/invitations/{invitation}/resend": true,
	"POST /app/agency/invitations/{invitation}/revoke": true,
	"POST /api/v1/invitations/{invitation}/resend":     true,
	"POST /api/v1/invitations/{invitation}/revoke":     true,
	"POST /app/agency/team/{member}/remove":            true,
	"DELETE /api/v1/roles/{role}":                      true,
	"POST /app/{site}/archive":                         true,
	"POST /api/v1/sites/{site}/archive":                true,
	// No example has files.
	"POST /api/modules/{module}/{collection}/{field}/files": true,
	"POST /api/modules/{module}/rpc/{action}/{field}/files": true,
	"GET /files/{id}/{name}":                                true,
	"POST /api/files/{id}/link":                             true,
	// No example has customers: see TestPeopleOfASite.
	"GET /account":           true,
	"POST /account":          true,
	"GET /account/code":      true,
	"POST /account/code":     true,
	"GET /account/link":      true,
	"POST /account/link":     true,
	"POST /account/sign-out": true,
}

// walk calls one endpoint as one actor with every target.
func (w *walker) walk(e gateway.Endpoint, a testkit.Actor, on *testkit.Site) {
	w.Helper()
	name := e.Method + " " + e.Pattern
	switch {
	case (name == "POST /app/logout" || name == "POST /app/impersonation/stop" && a.Name == impersonator) && a.Known && !a.IsProgram():
		return // it would end the session that the walk needs
	case name == "POST /app/login" && a.Token() != "":
		return // hashing takes its time, and who asks makes no difference
	}
	answers := map[string]string{}
	for _, t := range targets(w.Platform, e, on) {
		want := wanted(e, a, on, t)
		if want == open && untried[name] {
			continue
		}
		q := request(w.Platform, e, on, t, want != open)
		r := w.Send(a, q)
		w.requests++
		where := fmt.Sprintf("%s: %s %s (%s)", a.Name, q.Method, q.URL, t.says)
		if !want.met(r) && name != "POST /app/logout" { // which sends everybody to sign in

			w.Errorf("%s: %d %s, want %s\n%.300s", where, r.Status, r.Location(), want, r.Body)
		}
		w.opened[name] = w.opened[name] || want == open
		w.leaks(where, a, on, q, r)
		answers[t.says] = neutral(w.Platform, r, t)
		if t.twin == "" || want == open || wanted(e, a, on, find(w.Platform, e, on, t.twin)) == open {
			continue
		}
		if a.ReachesSite(w.Other) && strings.Contains(t.says, "another client") || a.ReachesSite(w.Foreign) && t.twin == "foreign site" {
			continue // what the actor may see is different, and may be
		}
		if answers[t.says] != answers[t.twin] {
			w.Errorf("%s tells it from %s:\n%s\n--- and ---\n%s", where, t.twin, answers[t.says], answers[t.twin])
		}
	}
}

func find(p *testkit.Platform, e gateway.Endpoint, on *testkit.Site, says string) target {
	for _, t := range targets(p, e, on) {
		if t.says == says {
			return t
		}
	}
	return target{}
}

// neutral is an answer without the names that the request brought.
func neutral(p *testkit.Platform, r testkit.Response, t target) string {
	text := r.Text()
	for _, s := range p.Sites() {
		for _, id := range s.Records {
			text = strings.ReplaceAll(text, id.String(), "<named>")
		}
	}
	for _, name := range []string{t.site, t.module, t.id, t.header, t.thing} {
		if name != "" {
			text = strings.ReplaceAll(text, name, "<named>")
		}
	}
	return text
}

// leaks looks for words of other tenants in the answer, its headers included.
// What the request itself brought does not count.
func (w *walker) leaks(where string, a testkit.Actor, on *testkit.Site, q testkit.Request, r testkit.Response) {
	w.Helper()
	who := a
	if on != nil && !(a.IsProgram() && a.Known) {
		who = testkit.Actor{Reaches: []*testkit.Site{on}}
	}
	words := w.CanariesFor(who)
	if a.Name == "platform admin" && strings.HasPrefix(q.URL, "/app/platform/agencies") {
		words = nil // it sees who and what there is; records are elsewhere
		for _, s := range w.Sites() {
			words = append(words, s.Hidden...)
		}
	}
	if on != nil && !a.Known {
		words = append(words, on.Hidden...)
	}
	text, sent := strings.ToLower(r.Text()), strings.ToLower(fmt.Sprintf("%s %s %v", q.URL, q.Body, q.Headers))
	for _, word := range words {
		word = strings.ToLower(word)
		if strings.Contains(text, word) && !strings.Contains(sent, word) {
			w.Errorf("%s: the answer has %q\n%.2000s", where, word, r.Text())
		}
	}
}

// wanted is the rule: what the actor's request to the endpoint must come to.
func wanted(e gateway.Endpoint, a testkit.Actor, on *testkit.Site, t target) outcome {
	if a.IsProgram() && !a.Known {
		return closed // a bearer token that is not good ends every request
	}
	known := a.Known && (on == nil || a.IsProgram()) // sites do not look at the app's cookie
	name, site := a.Name, t.at
	if name == impersonator {
		name = "viewer"
	}
	if !known {
		name = "visitor"
	}
	switch {
	case on != nil:
		site = on
		if known && !a.ReachesSite(on) {
			return missing
		}
		if t.says == "malformed header" && !known {
			return closed
		}
		if t.header != "" {
			return missing
		}
	case strings.Contains(e.Pattern, "{site}") || strings.Contains(e.Pattern, "{module}"):
		if !known {
			return closed
		}
		if site == nil || !a.ReachesSite(site) {
			return missing
		}
	}
	switch {
	case strings.Contains(e.Pattern, "/files/"):
		return missing // no file has the id
	case strings.HasPrefix(e.Pattern, "/account"):
		return missing // none of the modules has customers
	case a.Name == impersonator && e.Method+" "+e.Pattern == "POST /app/invitation":
		return denied
	case e.Permission == "public":
		return open
	case !known && (on == nil || e.Permission != "platform.site.use"):
		return closed
	case known && !holds(a, e.Permission):
		return denied
	}
	for _, wildcard := range agencyThings {
		if strings.Contains(e.Pattern, "{"+wildcard+"}") {
			return wantedOfAgency(e.Pattern, a, t)
		}
	}
	return wantedOfModule(e, t, name, known, site)
}

// wantedOfModule is the rest of the rule, when the site may be used.
func wantedOfModule(e gateway.Endpoint, t target, name string, known bool, site *testkit.Site) outcome {
	if !strings.Contains(e.Pattern, "{module}") {
		return open
	}
	module, collection, verb := or(t.module, testkit.Rental), collectionOf(e, t), e.Verb
	if strings.HasSuffix(e.Pattern, "/install") {
		if installable(site, t) {
			return open
		}
		return missing
	}
	installed := module == testkit.Rental || module == testkit.Guestbook
	if verb == "{endpoint}" || verb == "{rpc}" { // neither of them has one
		if permitted := verb == "{endpoint}" || may(name, module, "", "*"); known && !permitted && installed {
			return denied
		}
		if !known {
			return closed
		}
		return missing
	}
	if verb == "{action}" {
		verb = actionOf(e, t)
	}
	switch {
	case verb == "" && !installed:
		return missing
	case verb == "":
		return open
	}
	there := site.Records[module+"."+collection] != uuid.Nil || !strings.Contains(e.Pattern, "{collection}")
	if t.action != "" {
		there = false
	}
	permitted := installed && may(name, module, collection, verb)
	if strings.HasSuffix(e.Pattern, "/{field}/files") {
		there = false // the field holds no file
	}
	if !known && strings.HasSuffix(e.Pattern, "/history") {
		permitted = false // what was before is nobody's who is not known
	}
	switch {
	case !known && (!there || !permitted):
		return closed // to a visitor, absent and forbidden are the same
	case !installed:
		return missing
	case !permitted && !there:
		return refused
	case !permitted:
		return denied
	case !there:
		return missing
	}
	// The site's rental is in nobody's charge.
	if name == "client member" && module == testkit.Rental && collection == "rental" && strings.Contains(e.Pattern, "{id}") {
		return missing
	}
	own := t.id == "" || t.id == site.Records[module+"."+collection].String()
	if !own && strings.Contains(e.Pattern, "{id}") {
		return missing
	}
	return open
}

// installable reports whether the target's module can be put on the site: the
// agency has published it, and the site has it not.
func installable(site *testkit.Site, t target) bool {
	return t.offered && t.at == site && t.module != site.Secret
}

func collectionOf(e gateway.Endpoint, t target) string {
	switch {
	case strings.Contains(e.Pattern, "{id}/{action}"):
		return or(t.collection, "rental")
	case strings.Contains(e.Pattern, "{action}"):
		return or(t.collection, "inquiry")
	}
	return or(t.collection, "item")
}

// actionOf is one that visitors run, or one on a record.
func actionOf(e gateway.Endpoint, t target) string {
	if strings.Contains(e.Pattern, "{id}") {
		return or(t.action, "cancel")
	}
	return or(t.action, "ask")
}

func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
