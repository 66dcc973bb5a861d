package gateway

import (
	"slices"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/screen"
)

// How many lines of the audit log a page shows.
const (
	recentActivity = 8
	activityPage   = 50
)

// siteBase is the address of the call's site in the app.
func (c *call) siteBase() string { return "/app/" + c.site.ID.String() }

func (c *call) siteCrumb() screen.Crumb {
	return screen.Crumb{Label: c.site.Name, URL: c.siteBase()}
}

// siteStart is GET /app/{site}: what runs on the site and what was done lately.
func siteStart(c *call) (answer, error) {
	f, err := c.frame(c.site.Name)
	if err != nil {
		return answer{}, err
	}
	view := screen.SiteHome{
		Name: c.site.Name, Public: c.publicURL(*c.site), Host: c.site.Subdomain + "." + c.BaseURL.Host,
		Install: c.ifCan(access.InstallationManage, c.siteBase()+"/modules"),
	}
	if view.Modules, err = c.homeModules(); err != nil {
		return answer{}, err
	}
	if view.More = c.ifCan(access.ActivityRead, c.siteBase()+"/activity"); view.More != "" {
		lines, err := audit.List(c.ctx, c.DB.Pool(), c.siteLog(), audit.Cursor{}, recentActivity)
		if err != nil {
			return answer{}, err
		}
		view.Activity = entries(lines)
	}
	return show(screen.SiteHomePage(f, view))
}

func (c *call) homeModules() ([]screen.HomeModule, error) {
	all, err := c.installed()
	if err != nil {
		return nil, err
	}
	var list []screen.HomeModule
	for _, one := range all {
		view := screen.HomeModule{Name: one.Title, Version: one.Version, Enabled: one.release != nil}
		if view.Enabled {
			view.Icon = one.release.Manifest.Icon
			view.Links = c.collectionLinks(one)
			if len(view.Links) > 0 {
				view.URL = view.Links[0].URL
			}
		}
		list = append(list, view)
	}
	return list, nil
}

// collectionLinks are the ways into a module that the actor may take: what is in
// the menu, then the collections of its set-up, which are not.
func (c *call) collectionLinks(one running) []screen.HomeLink {
	grants := c.actor.Grants(one.release.Manifest, c.place())
	names := slices.Clone(one.release.Manifest.Menu)
	for _, in := range one.release.Manifest.Collections {
		if in.Screens == "simple" && !slices.Contains(names, in.Name) {
			names = append(names, in.Name)
		}
	}
	var links []screen.HomeLink
	for _, name := range names {
		in, ok := one.release.Module.Collection(name)
		if !ok || !grants.Can(name, "read") {
			continue
		}
		link := screen.HomeLink{Label: in.Plural, Icon: in.Icon, URL: c.siteBase() + "/" + one.Name + "/" + name}
		if grants.Can(name, "create") {
			link.New = link.URL + "/new"
		}
		links = append(links, link)
	}
	return links
}

// siteLog is what was done on the call's site.
func (c *call) siteLog() audit.Filter {
	return audit.Filter{Agency: c.site.Agency, Site: just(c.site.ID), Result: "done"}
}

func entries(lines []audit.Line) []screen.Entry {
	list := make([]screen.Entry, len(lines))
	for i, l := range lines {
		list[i] = screen.Entry{At: l.At, Action: l.Action, Actor: l.ActorName, Subject: l.Subject}
	}
	return list
}
