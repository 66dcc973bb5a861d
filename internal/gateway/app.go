package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// frame is what every page of the app shows around its content.
func (c *call) frame(title string, crumbs ...screen.Crumb) (screen.Frame, error) {
	f := c.bareFrame(title)
	f.Crumbs = crumbs
	f.User = &screen.User{Name: c.account.Name, Email: c.account.Email, SignOut: "/app/logout", Profile: "/app/me", Role: c.roleWord()}
	if c.impersonation != nil {
		f.User.Profile = "" // whoever acts as somebody has nothing to do with the account
	}
	f.Flash = c.takeFlash()
	var err error
	if f.Bell, err = c.bell(); err != nil {
		return f, err
	}
	sites, err := c.reachable()
	if err != nil {
		return f, err
	}
	for _, s := range sites {
		f.Sites = append(f.Sites, c.siteEntry(s))
	}
	if f.Agencies, err = c.agencyEntries(); err != nil {
		return f, err
	}
	f.Words = c.words
	f.Brand.Style = c.brandStyle
	if c.site == nil {
		for _, a := range f.Agencies {
			if a.Current {
				f.Brand.Name = a.Name
			}
		}
		f.Menu = []screen.MenuGroup{c.agencyMenu(), c.platformMenu()}
		return f, nil
	}
	f.Brand.Name = c.site.AgencyName
	if c.readOnly() {
		f.ReadOnly = c.words.T("error.site_read_only")
	}
	here := c.siteEntry(*c.site)
	f.Site = &here
	f.Menu, err = c.menu()
	return f, err
}

// bareFrame is the frame of somebody who is not signed in.
func (c *call) bareFrame(title string) screen.Frame {
	theme := ""
	if cookie, err := c.request.Cookie("theme"); err == nil {
		theme = cookie.Value
	}
	f := screen.Frame{
		Title: title, Words: c.words, Theme: screen.ParseTheme(theme),
		Assets: screen.Assets{Style: c.assets.URL("app.css"), Script: c.assets.URL("app.js"), Icon: c.assets.URL("favicon.svg")},
		Brand:  screen.Brand{Home: "/app"},
	}
	if c.impersonation != nil {
		f.Acting = &screen.Acting{By: c.impersonation.AdminName, As: c.impersonation.Name, Minutes: minutesLeft(c.impersonation.ExpiresAt.Sub(c.Now())), Stop: "/app/impersonation/stop"}
	}
	return f
}

func (c *call) siteEntry(s tenancy.Site) screen.Site {
	return screen.Site{
		Name: s.Name, Client: s.ClientName, URL: "/app/" + s.ID.String(), Public: c.publicURL(s),
		Current: c.site != nil && c.site.ID == s.ID,
	}
}

// roleWord is the person's widest role where the call is.
func (c *call) roleWord() string {
	order := []access.Role{access.Owner, access.Admin, access.Editor, access.Viewer}
	for _, role := range order {
		for _, m := range c.members {
			if m.Role == role && (c.site == nil || m.Covers(c.place())) {
				return c.words.T("role." + string(role))
			}
		}
	}
	return ""
}

// menu is the site's left menu: its modules in their order, then the platform.
func (c *call) menu() ([]screen.MenuGroup, error) {
	all, err := c.installed()
	if err != nil {
		return nil, err
	}
	base := "/app/" + c.site.ID.String()
	var groups []screen.MenuGroup
	platform := screen.PlatformMenu(c.words, base, base+"/modules", c.ifCan(access.SiteManage, base+"/languages"), c.ifCan(access.InstallationManage, base+"/jobs"),
		c.ifCan(access.ActivityRead, base+"/activity"), c.ifCan(access.SiteManage, base+"/settings"), c.request.URL.Path)
	if to := c.ifCan(access.KeyManage, base+"/keys"); to != "" {
		here := c.request.URL.Path
		platform.Items = append(platform.Items, screen.MenuItem{Label: c.words.T("menu.keys"), Icon: "key-round", URL: to, Current: here == to || strings.HasPrefix(here, to+"/")})
	}
	groups = append(groups, platform)
	for _, one := range all {
		if one.release == nil {
			continue
		}
		grants := c.actor.Grants(one.release.Manifest, c.place())
		group := screen.MenuGroup{Label: one.Title}
		for _, name := range one.release.Manifest.Menu {
			in, ok := one.release.Module.Collection(name)
			if !ok || !grants.Can(name, "read") {
				continue
			}
			to := base + "/" + one.Name + "/" + name
			here := c.request.URL.Path
			group.Items = append(group.Items, screen.MenuItem{
				Label: in.Plural, Icon: in.Icon, URL: to, Current: here == to || strings.HasPrefix(here, to+"/"),
			})
		}
		if len(group.Items) > 0 {
			groups = append(groups, group)
		}
	}
	return groups, nil
}

// ifCan returns the URL when the actor has the permission on the call's site.
func (c *call) ifCan(p access.Permission, to string) string {
	if c.site != nil && c.actor.Can(p, c.place()) {
		return to
	}
	return ""
}

// flashCookie carries a short message over a redirect.
const flashCookie = "dramac_flash"

// flash leaves a message of the catalogue for the next page.
func (c *call) flash(key, subject string) { c.flashUndo(key, subject, "") }

// flashUndo is flash with an address that takes back what was done.
func (c *call) flashUndo(key, subject, undo string) {
	http.SetCookie(c.writer, &http.Cookie{
		Name: flashCookie, Value: url.QueryEscape(key + "|" + undo + "|" + subject), Path: "/app", MaxAge: 60,
		HttpOnly: true, Secure: c.secure(), SameSite: http.SameSiteLaxMode,
	})
}

func (c *call) takeFlash() *screen.Flash {
	cookie, err := c.request.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(c.writer, &http.Cookie{
		Name: flashCookie, Path: "/app", MaxAge: -1, HttpOnly: true, Secure: c.secure(), SameSite: http.SameSiteLaxMode,
	})
	text, err := url.QueryUnescape(cookie.Value)
	parts := strings.SplitN(text, "|", 3)
	if err != nil || len(parts) != 3 || !strings.HasPrefix(parts[0], "flash.") {
		return nil
	}
	key, undo, subject := parts[0], parts[1], parts[2]
	if !strings.HasPrefix(undo, "/app/") || !strings.HasSuffix(undo, "/restore") {
		undo = "" // whoever can plant a cookie must not choose what a click does
	}
	words := c.words.TOr(key, "", "name", subject)
	if words == "" {
		return nil
	}
	return &screen.Flash{Kind: "success", Text: words, Undo: undo}
}

// failurePage draws an error as a page. Somebody who is not signed in is sent
// to sign in first, if the address is of the app.
func (c *call) failurePage(p problem) answer {
	if p.Status == http.StatusUnauthorized && !c.onSite {
		to := "/app/login"
		switch {
		case c.request.Method == http.MethodGet && c.request.URL.Path != "/app":
			to += "?next=" + url.QueryEscape(c.request.URL.RequestURI())
		case c.request.Method != http.MethodGet:
			// The form that was posted is where the person wants to be again.
			if from := c.referer(); from != "" {
				to += "?next=" + url.QueryEscape(safeNext(from))
			}
		}
		if c.expired {
			c.setSession("", -1)
		}
		return answer{location: to}
	}
	if (p.Code == "confirm_required" || p.Code == "provider_required") && !c.onSite {
		next := c.request.URL.RequestURI()
		if c.request.Method != http.MethodGet {
			next = c.referer()
		}
		to := "/app/me/confirm"
		if p.Code == "provider_required" {
			to = "/app/login/org/" + c.demanded
		}
		return answer{location: to + "?next=" + url.QueryEscape(safeNext(next))}
	}
	if c.site != nil && c.onSite {
		if a, ok := c.siteNotice(p); ok {
			return a
		}
	}
	home := c.BaseURL.String() + "/app"
	if c.onSite {
		home = "/"
	}
	f := c.bareFrame(c.words.TOr("problem."+p.Code, p.Message))
	a := answer{status: p.Status}
	if said := c.words.TOr("error."+p.Code, ""); said != "" && p.Status == http.StatusForbidden {
		a.page = screen.RefusedPage(f, said, screen.Dead{Home: home, Public: c.onSite})
		return a
	}
	switch p.Status {
	case http.StatusNotFound, http.StatusUnauthorized:
		a.page = screen.NotFoundPage(f, screen.Dead{Home: home, Public: c.onSite})
	case http.StatusForbidden:
		if p.Code == "own_sign_in_required" {
			a.page = screen.RefusedPage(f, c.words.T("error."+p.Code), screen.Dead{Home: home})
			break
		}
		a.page = screen.DeniedPage(f, screen.Dead{Home: home, Public: c.onSite})
	case http.StatusInternalServerError:
		a.page = screen.FailurePage(f, screen.Failure{Request: c.requestID, Home: home, Public: c.onSite})
	default:
		a.page = screen.RefusedPage(f, c.words.TOr("error."+p.Code, p.Message), screen.Dead{Home: home, Public: c.onSite})
	}
	return a
}

// referer is the page of ours that a form was sent from; empty when the browser
// does not tell.
func (c *call) referer() string {
	from, err := url.Parse(c.request.Header.Get("Referer"))
	if err != nil || from.Host != c.request.Host || from.Host == "" {
		return ""
	}
	return from.RequestURI()
}

// toApp is GET / on the platform's host.
func toApp(*call) (answer, error) { return redirect("/app") }

// sitePicker is GET /app: the sites of the person, by client, or the first steps
// of a new agency.
func sitePicker(c *call) (answer, error) {
	if to, err := c.toStart(); err != nil || to != "" {
		return answer{location: to}, err
	}
	sites, err := c.reachable()
	if err != nil {
		return answer{}, err
	}
	counts, err := c.Modules.Counts(c.ctx, siteIDs(sites))
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("sites.title"))
	if err != nil {
		return answer{}, err
	}
	view := screen.SitePicker{}
	if view.Notices, err = c.suspensions(); err != nil {
		return answer{}, err
	}
	if c.actor.CanInAgency(access.ModuleRead, c.shownAgency()) {
		view.Catalogue = c.catalogueURL(c.shownAgency())
	}
	if c.actor.CanInAgency(access.SiteCreate, c.shownAgency()) {
		view.New = c.agencyURL("/sites/new")
	}
	for _, w := range c.withheldProviders() {
		view.Withheld = append(view.Withheld, screen.WithheldAgency{
			Text: c.words.T("sites.withheld", "agency", w.AgencyName), Label: c.words.T("sites.withheld.go", "agency", w.AgencyName), URL: gateURL(w, ""),
		})
	}
	if c.query().Has("agency") {
		sites = slices.DeleteFunc(slices.Clone(sites), func(s tenancy.Site) bool { return s.Agency != c.shownAgency() })
	}
	for _, s := range sites {
		if n := len(view.Clients); n == 0 || view.Clients[n-1].Name != s.ClientName {
			view.Clients = append(view.Clients, screen.ClientSites{Name: s.ClientName})
		}
		last := &view.Clients[len(view.Clients)-1]
		last.Sites = append(last.Sites, screen.SiteCard{
			Name: s.Name, URL: "/app/" + s.ID.String(), Public: c.publicURL(s),
			Host: s.Subdomain + "." + c.BaseURL.Host, Modules: counts[s.ID],
		})
	}
	return show(screen.SitePickerPage(f, view))
}

func siteIDs(sites []tenancy.Site) []uuid.UUID {
	ids := make([]uuid.UUID, len(sites))
	for i, s := range sites {
		ids[i] = s.ID
	}
	return ids
}

// brandSheet is the address of the style sheet that gives the app an agency's
// colour; brandColour is the colour of such an address.
func brandSheet(colour string) string {
	return "/_assets/brand-" + strings.TrimPrefix(colour, "#") + ".css"
}

func brandColour(file string) (string, bool) {
	name, ok := strings.CutPrefix(file, "brand-")
	name, css := strings.CutSuffix(name, ".css")
	return "#" + name, ok && css
}

func colourSheet(colour string) (answer, error) {
	css, ok := screen.BrandStyle(colour)
	if !ok {
		return answer{}, errs.Missing()
	}
	return answer{body: css, header: http.Header{"Content-Type": {"text/css; charset=utf-8"}, "Cache-Control": {"public, max-age=31536000, immutable"}}}, nil
}

// asset answers a built file. Its address carries its content's hash, so it
// may be kept for ever.
func asset(c *call) (answer, error) {
	if colour, ok := brandColour(c.path("file")); ok {
		return colourSheet(colour)
	}
	file, ok := c.assets.Find(c.path("file"))
	if !ok {
		return answer{}, errs.Missing()
	}
	a := answer{body: file.Bytes, header: http.Header{
		"Content-Type":  {file.Type},
		"Cache-Control": {"public, max-age=31536000, immutable"},
		"Vary":          {"Accept-Encoding"},
	}}
	if file.Gzip != nil && strings.Contains(c.request.Header.Get("Accept-Encoding"), "gzip") {
		a.body = file.Gzip
		a.header.Set("Content-Encoding", "gzip")
	}
	return a, nil
}
