package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// call is one request on its way through the gateway: who asks, for which
// site, for which module, with which grants. It lives as long as one attempt.
type call struct {
	*Server
	// Modules are the server's, or within the transaction of the call's write.
	Modules *module.Catalogue
	// tx is the transaction of the module's role that the call's write is part
	// of; nil: each write is its own.
	tx        pgx.Tx
	ctx       context.Context
	request   *http.Request
	asked     url.Values          // by the address
	unread    bool                // something of it cannot be read
	writer    http.ResponseWriter // for cookies and limit headers only
	requestID string
	route     *route

	// attempt is shared by all runs of one request, so that it counts against a
	// limit once and a refusal stays one.
	attempt *attempt

	// revision is the oldest one among what the call was decided on.
	revision int64

	actor   access.Actor
	account account.Session // of a person
	token   string          // of a person's session
	members []access.Member // of a person
	factor  bool            // whether an administrator of the platform has a second one
	// impersonation is how an administrator of the platform acts as the actor; nil: nobody does.
	impersonation *access.Impersonation
	// withheld are memberships of a person that the session does not act through.
	withheld []withheld
	demanded string // address of the provider that is to vouch first

	person      account.Person // who is signed in on the site
	personToken string
	expired     bool       // came with a session that is no longer good
	bad         bool       // came with a credential that is not good
	badKey      access.Key // what it was, if it ever was one
	elsewhere   bool       // came from where the key is not let
	foreign     bool       // asked for what is another tenant's

	site    *tenancy.Site // nil on the platform host without a site
	onSite  bool          // came to a site's own host
	content string        // language to read translatable values in; empty: the site's own
	label   string        // of that host below the platform's
	running *running      // nil unless the route names a module
	words   *i18n.Printer
	// brandStyle is the address of the style sheet of the agency that a page
	// shows; empty: the platform's look.
	brandStyle string
}

// running is a module as it runs on a site.
type running struct {
	module.Installation
	release    *module.Release // nil unless the installation is enabled and its package can be read
	broken     error           // why it cannot
	grants     access.Grants
	collection *collection.Collection // nil unless the route names one
	action     *manifest.Action       // nil unless the route names one
	endpoint   *manifest.Endpoint     // nil unless the route is one of the module's own
	wildcards  map[string]string      // of the endpoint's path
	settings   map[string]any         // nil until the call asks for them
}

// note keeps the oldest revision that the call was decided on.
func (c *call) note(revision int64) {
	if c.revision == 0 || revision < c.revision {
		c.revision = revision
	}
}

func (c *call) path(name string) string { return c.request.PathValue(name) }

// place is the call's site in the tenant tree.
func (c *call) place() access.Place {
	if c.site == nil {
		return access.Place{}
	}
	return access.Place{Agency: c.site.Agency, Client: c.site.Client, Site: c.site.ID}
}

// agency is whose things the call is about: the site's, the one that ?agency=
// names, or the first of those that it may be about. uuid.Nil is nobody's.
func (c *call) agency() uuid.UUID {
	if c.site != nil {
		return c.site.Agency
	}
	may := c.agencies()
	if c.query().Has("agency") {
		id, err := uuid.Parse(c.query().Get("agency"))
		if err != nil || !slices.Contains(may, id) {
			return uuid.Nil
		}
		return id
	}
	if len(may) > 0 {
		return may[0]
	}
	return uuid.Nil
}

// agencies are those of the actor in which the route's permission is held.
func (c *call) agencies() []uuid.UUID {
	return slices.DeleteFunc(c.actor.Agencies(), func(agency uuid.UUID) bool {
		return !c.actor.CanInAgency(c.route.permission, agency)
	})
}

// oneAgency refuses a call that may be about several agencies and names none.
func (c *call) oneAgency() error {
	if c.site != nil || c.query().Has("agency") || len(c.agencies()) < 2 {
		return nil
	}
	return refuse(http.StatusBadRequest, "agency_required", "You are in several agencies.", "Add ?agency= with the id of one.")
}

// auditor is the actor as the audit log keeps it.
func (c *call) auditor() audit.Actor {
	by := audit.Actor{
		Kind: string(c.actor.Kind()), ID: c.actor.ID().UUID, Name: c.actor.Name(), RequestID: c.requestID, Address: c.address(c.request),
	}
	if c.impersonation != nil {
		by.Impersonator, by.ImpersonatorName = c.impersonation.Admin, c.impersonation.AdminName
	}
	return by
}

// impersonator is the account that acts as the actor; not valid for nobody.
func (c *call) impersonator() uuid.NullUUID {
	if c.impersonation == nil {
		return uuid.NullUUID{}
	}
	return uuid.NullUUID{UUID: c.impersonation.Admin, Valid: true}
}

// auditorOf is an account that acts for itself before it is signed in.
func (c *call) auditorOf(a account.Account) audit.Actor {
	by := c.auditor()
	by.Kind, by.ID, by.Name = string(access.Person), a.ID, a.Name
	by.Impersonator, by.ImpersonatorName = uuid.Nil, ""
	return by
}

// scope is the handle to the records of the call's module on its site.
func (c *call) scope() pg.Scope {
	scope := c.DB.Scope(pg.ScopeOptions{
		Site: c.site.ID, Role: c.running.release.Runtime, Actor: c.actor.ID(), ActorKind: string(c.actor.Kind()), Impersonator: c.impersonator(),
		Request: c.requestID, Revision: c.revision,
	})
	if c.tx != nil {
		return scope.Within(c.tx)
	}
	return scope
}

// records is what the actor may do the verb with in the collection.
func (c *call) records(name, verb string) (collection.Records, error) {
	release, err := c.running.release.Reading(c.content)
	if err != nil {
		return collection.Records{}, err
	}
	in, ok := release.Module.Collection(name)
	if !ok {
		return collection.Records{}, errs.Missing()
	}
	reaches, whole := c.running.grants.Reaches(name, verb)
	if !whole && len(reaches) == 0 {
		return collection.Records{}, denied()
	}
	reach, ok := c.within(in, reaches, whole)
	if !ok {
		return collection.Records{}, denied()
	}
	if slices.Contains([]string{"create", "import", "update"}, verb) {
		reach.Stay = reach.When
	}
	reach.When = c.inSight(in, verb, reach.When)
	records := collection.Records{
		Scope: c.scope(), Collection: in, Access: reach, Answer: c.answered(in, verb), Reach: c.readable, Finds: c.running.Finds(),
		Currency: c.site.Currency, Country: c.site.Country(), Language: c.site.Locale, Now: c.localNow,
		Settings: c.settings(), Caller: caller{c},
	}
	if verb != "read" {
		if c.Keys != nil {
			records.Sealer = c.Keys
		}
		records.May = c.mayRun(in)
	}
	return records, nil
}

// mayRun says within which reach the actor may run an action of the collection.
func (c *call) mayRun(in *collection.Collection) func(action string) (collection.Access, bool) {
	return func(action string) (collection.Access, bool) {
		reaches, whole := c.running.grants.Reaches(in.Name, action)
		return c.within(in, reaches, whole)
	}
}

// readable is what the actor may read of a collection; false for nothing.
func (c *call) readable(in *collection.Collection) (collection.Access, bool) {
	reaches, whole := c.running.grants.Reaches(in.Name, "read")
	return c.within(in, reaches, whole)
}

// inSight narrows the rows that a verb may change to those that the actor may
// read, where it may read any: what is not seen is not there.
func (c *call) inSight(in *collection.Collection, verb string, when expr.Node) expr.Node {
	if !changes(verb) {
		return when
	}
	readable, ok := c.readable(in)
	if !ok || readable.When == nil || when != nil && expr.Equal(readable.When, when) {
		return when
	}
	return expr.Canonical(expr.All(readable.When, when))
}

// changes reports whether the verb is about records that exist.
func changes(verb string) bool {
	return !slices.Contains([]string{"read", "create", "import", "export"}, verb)
}

// answered is what of a record a write may answer: what reading shows of it then,
// and nothing but its id and version to who does not read.
func (c *call) answered(in *collection.Collection, verb string) *collection.Access {
	if verb == "read" {
		return nil
	}
	shown, ok := c.readable(in)
	if !ok {
		return &collection.Access{Fields: []string{}}
	}
	return &shown
}

// localNow is the present moment in the site's time zone.
func (c *call) localNow() time.Time { return c.Now().In(c.site.Zone()) }

// Errors that only the gateway knows, since only the protocol has them.
var (
	errNoCredential = errors.New("sign in first")
	errNoSite       = errors.New("the request names no site")
	errInPerson     = refuse(http.StatusForbidden, "in_person", "Only the person itself can do this.", "Stop acting as somebody else first.")
	errUnconfirmed  = refuse(http.StatusForbidden, "confirm_required", "Prove who you are again before this.", "Sign in again, or open /app/me/confirm.")
)

func denied() error {
	return errs.New(errs.Denied, "denied", "You do not have permission to do this.")
}

// enter finds out who calls, for which site and module, and whether the
// route's permission is given. It asks in the order of docs/architecture.md.
func (c *call) enter() error {
	if !c.route.fast {
		if _, err := c.memory.refresh(c.ctx); err != nil {
			return err
		}
	}
	c.note(c.memory.current())
	if err := c.findHost(); err != nil {
		return err
	}
	if err := c.authenticate(); err != nil {
		return err
	}
	c.speak()
	if err := c.findSite(); err != nil {
		return err
	}
	c.speak()
	if c.site != nil && c.site.SuspendedAt != nil && !c.route.suspended {
		return c.suspended(c.site.Agency)
	}
	if err := c.permit(); err != nil {
		return err
	}
	if c.impersonation != nil && (c.route.inPerson || c.route.permission == access.OwnAccount) {
		return errInPerson
	}
	if c.route.fresh && c.token != "" && !c.account.Confirmed(c.Now()) {
		return errUnconfirmed
	}
	if err := c.writable(); err != nil {
		return err
	}
	if c.site != nil && c.site.ArchivedAt != nil && !c.route.archived {
		return errs.New(errs.Conflict, "site_archived", "This site is archived.").WithHint("Restore it to work on it.")
	}
	return c.findModule()
}

// findHost finds the site of a site's own host.
func (c *call) findHost() error {
	if !c.onSite {
		return nil
	}
	site, revision, err := recall(c.ctx, c.memory, hostKey(c.label), func(ctx context.Context) (tenancy.Site, error) {
		return tenancy.FindSiteBySubdomain(ctx, c.DB.Pool(), c.label)
	})
	c.note(revision)
	if err != nil {
		return err
	}
	c.site = &site
	return nil
}

// findSite takes the site from the host, the path, the header or the key. Two
// that disagree, and a site the actor has nothing to do with, do not exist.
func (c *call) findSite() error {
	id, named, err := c.namedSite()
	if err != nil {
		return err
	}
	if bound, ok := c.actor.KeySite(); ok {
		if named && id != bound || c.site != nil && c.site.ID != bound {
			c.site, c.foreign = nil, true // its name is not for the page that says so
			return errs.Missing()
		}
		id, named = bound, true
	}
	if c.site != nil {
		if named && c.site.ID != id {
			c.site = nil
			return errs.Missing()
		}
	} else if named {
		if !c.actor.Known() {
			return errNoCredential
		}
		site, revision, err := recall(c.ctx, c.memory, siteKey(id), func(ctx context.Context) (tenancy.Site, error) {
			return tenancy.FindSite(ctx, c.DB.Pool(), id)
		})
		c.note(revision)
		if err != nil {
			return err
		}
		c.site = &site
	}
	if c.site != nil && c.actor.Known() && !c.actor.Reaches(c.place()) {
		missing := c.orWithheld(errs.Missing(), func(m access.Member) bool { return m.Covers(c.place()) })
		c.site, c.foreign = nil, c.demanded == ""
		return missing
	}
	return nil
}

type siteKey uuid.UUID

// namedSite returns the site that the path or the header names.
func (c *call) namedSite() (uuid.UUID, bool, error) {
	text := c.path("site")
	if header := c.request.Header.Get("Dramac-Site"); header != "" {
		if text != "" && !strings.EqualFold(text, header) {
			return uuid.Nil, false, errs.Missing()
		}
		text = header
	}
	if text == "" {
		return uuid.Nil, false, nil
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		if !c.actor.Known() {
			return uuid.Nil, false, errNoCredential
		}
		return uuid.Nil, false, errs.Missing()
	}
	return id, true, nil
}

// permit asks for the route's permission.
func (c *call) permit() error {
	switch c.route.permission {
	case access.Public:
		return nil
	case access.SignedIn:
		if !c.actor.Known() {
			return errNoCredential
		}
		if len(c.members) == 0 {
			return c.orWithheld(nil, func(access.Member) bool { return true })
		}
		return nil
	case access.OwnAccount:
		if !c.actor.Known() {
			return errNoCredential
		}
		if c.token == "" {
			return denied()
		}
		if c.account.Provider.Valid && !c.route.vouched {
			return errVouched
		}
		return nil
	}
	if access.OfPlatform(c.route.permission) {
		return c.permitOnPlatform()
	}
	if !c.actor.Known() {
		// The module's own grants decide what a visitor of a site may do.
		if c.onSite && c.route.permission == access.SiteUse {
			return nil
		}
		return errNoCredential
	}
	if c.needsSite() {
		if c.site == nil {
			return errNoSite
		}
		if !c.actor.Can(c.route.permission, c.place()) {
			return denied()
		}
		return nil
	}
	if agency := c.shownAgency(); c.site == nil && c.actor.SuspendedIn(agency) && (c.query().Has("agency") || c.agency() == uuid.Nil) {
		return c.suspended(agency)
	}
	if c.site == nil && c.agency() == uuid.Nil && c.query().Has("agency") {
		missing := c.orWithheld(errs.Missing(), func(m access.Member) bool { return m.Agency.String() == c.query().Get("agency") })
		c.foreign = c.demanded == ""
		return missing
	}
	if !c.actor.CanInAgency(c.route.permission, c.agency()) {
		return c.orWithheld(denied(), func(access.Member) bool { return len(c.members) == 0 })
	}
	return nil
}

func (c *call) needsSite() bool {
	return strings.Contains(c.route.pattern, "{site}") || strings.Contains(c.route.pattern, "{module}")
}

// findModule resolves {module} and {collection} and asks the module's grants.
// To a visitor a module that is absent and one that is closed look the same.
func (c *call) findModule() error {
	if c.route.verb == "" {
		return nil
	}
	if err := c.runModule(c.path("module")); err != nil {
		return c.hide(err)
	}
	if c.route.verb == endpointVerb {
		return c.hide(c.findEndpoint())
	}
	if !c.running.grants.Any() {
		return c.hide(denied())
	}
	if c.route.verb == rpcVerb {
		return c.hide(c.findRPC())
	}
	name := c.path("collection")
	if name == "" {
		return nil
	}
	in, ok := c.running.release.Module.Collection(name)
	if !ok {
		return c.hide(errs.Missing())
	}
	c.running.collection = in
	verb := c.route.verb
	if verb == "*" {
		return nil // any grant of the module opens the route; the handler asks for more
	}
	if verb == "{action}" {
		action, ok := findAction(in, c.path("action"))
		if !ok || action.Internal { // which timers and code run
			return c.hide(errs.Missing())
		}
		verb, c.running.action = action.Name, action
	}
	if !c.running.grants.Can(name, verb) {
		return c.hide(denied())
	}
	return nil
}

// hide turns every refusal of a visitor into the same one, and every one of a
// customer into another.
func (c *call) hide(err error) error {
	kind := errs.KindOf(err)
	if !c.actor.Known() && (kind == errs.NotFound || kind == errs.Denied) {
		return errNoCredential
	}
	if !c.actor.Trusted() && kind == errs.Denied {
		return errs.Missing() // everybody can become a customer
	}
	return err
}

// installedKey is the site whose installations are remembered.
type installedKey uuid.UUID

// installed returns the site's live installations in the order of the menu,
// the enabled ones with the release they run.
func (c *call) installed() ([]running, error) {
	found, revision, err := recall(c.ctx, c.memory, installedKey(c.site.ID), c.findInstalled)
	c.note(revision)
	return found, err
}

func (c *call) findInstalled(ctx context.Context) ([]running, error) {
	list, err := c.Modules.List(ctx, c.site.ID)
	if err != nil {
		return nil, err
	}
	own, err := c.Modules.SiteFields(ctx, c.site.ID)
	if err != nil {
		return nil, err
	}
	var all []running
	for _, in := range list {
		one := running{Installation: in}
		if in.State == module.Enabled {
			// A package that cannot be read takes down its own module only.
			if one.release, err = c.ownRelease(ctx, in, own); err != nil {
				c.Log.Error("a module does not run", "request", c.requestID, "module", in.Name, "version", in.Version, "error", err.Error())
				one.broken = err
			} else {
				one.Title = one.release.Manifest.Name
			}
		}
		if in.State.Live() {
			all = append(all, one)
		}
	}
	return all, nil
}

// ownRelease is releaseOf with the fields that the site added.
func (c *call) ownRelease(ctx context.Context, in module.Installation, own []module.OwnField) (*module.Release, error) {
	release, err := c.Modules.Release(ctx, in.Module, in.Version)
	if err != nil {
		return nil, err
	}
	return release.With(c.site.Locale, own, c.words.T("fields.section"))
}

// releaseOf returns the release that an installation of the call's site runs,
// in the words of the site's language.
func (c *call) releaseOf(ctx context.Context, in module.Installation) (*module.Release, error) {
	return c.spokenRelease(ctx, in.Module, in.Version)
}

// spokenRelease returns a version in the words of the site's language.
func (c *call) spokenRelease(ctx context.Context, id uuid.UUID, version string) (*module.Release, error) {
	release, err := c.Modules.Release(ctx, id, version)
	if err != nil {
		return nil, err
	}
	return release.In(c.site.Locale)
}

// runModule finds the enabled installation of the module and the release it
// runs, with the actor's grants.
func (c *call) runModule(name string) error {
	all, err := c.installed()
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.Name == name && one.broken != nil {
			return one.broken
		}
		if one.Name == name && one.release != nil {
			one.grants = c.actor.Grants(one.release.Manifest, c.place())
			c.running = &one
			return nil
		}
	}
	return errs.Missing()
}
