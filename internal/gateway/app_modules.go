package gateway

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// cataloguePage is GET /app/modules: the agency's modules and the upload.
func cataloguePage(c *call) (answer, error) { return c.showCatalogue(http.StatusOK, nil) }

func (c *call) showCatalogue(status int, refused *screen.Refusal) (answer, error) {
	found, err := c.Modules.Modules(c.ctx, c.agency())
	if err != nil {
		return answer{}, err
	}
	usage, err := c.Modules.Usage(c.ctx, c.agency())
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("catalogue.title"))
	if err != nil {
		return answer{}, err
	}
	view := screen.Catalogue{Refused: refused, MaxBytes: maxPackage}
	if view.Agencies, err = c.agencyChoice(); err != nil {
		return answer{}, err
	}
	if c.actor.CanInAgency(access.ModulePublish, c.agency()) {
		view.Upload = c.catalogueURL(c.agency())
	}
	for _, m := range found {
		view.Modules = append(view.Modules, c.catalogueModule(m, usage))
	}
	return answer{status: status, page: screen.CataloguePage(f, view)}, nil
}

// agencyChoice are the catalogues that the person may see, if there are several.
func (c *call) agencyChoice() ([]screen.AgencyChoice, error) {
	var may []uuid.UUID
	for _, id := range c.actor.Agencies() {
		if c.actor.CanInAgency(access.ModuleRead, id) {
			may = append(may, id)
		}
	}
	if len(may) < 2 || c.site != nil {
		return nil, nil
	}
	found, err := tenancy.ListAgencies(c.ctx, c.DB.Pool(), may)
	if err != nil {
		return nil, err
	}
	var list []screen.AgencyChoice
	for _, a := range found {
		list = append(list, screen.AgencyChoice{Name: a.Name, URL: c.catalogueURL(a.ID), Current: a.ID == c.agency()})
	}
	return list, nil
}

// catalogueURL is the page of an agency's modules. Only who is in several needs
// to be told which.
func (c *call) catalogueURL(agency uuid.UUID) string {
	if len(c.actor.Agencies()) < 2 {
		return "/app/modules"
	}
	return "/app/modules?agency=" + agency.String()
}

func (c *call) catalogueModule(m module.ModuleInfo, usage module.Usage) screen.CatalogueModule {
	view := screen.CatalogueModule{ID: m.Name, Name: m.Title, Description: m.Description, Sites: usage.OfModule(m.ID)}
	for i, v := range m.Versions {
		if i == 0 {
			if release, err := c.Modules.Release(c.ctx, v.Module, v.Version); err == nil {
				view.Icon, view.Type = release.Manifest.Icon, string(release.Manifest.Type)
			}
		}
		line := screen.CatalogueVersion{Version: v.Version, Hash: v.Hash, Sites: usage.OfVersion(m.ID, v.Version)}
		if v.PublishedAt != nil {
			line.Published = *v.PublishedAt
		}
		view.Versions = append(view.Versions, line)
	}
	return view
}

// uploadPackage is POST /app/modules.
func uploadPackage(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	file, header, err := c.request.FormFile("package")
	if err != nil {
		return c.showCatalogue(http.StatusUnprocessableEntity, &screen.Refusal{Message: c.words.T("catalogue.upload.missing")})
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(file)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "unreadable", "The file could not be read.", "")
	}
	version, created, err := c.publish(data)
	if e, ok := formError(err); err != nil && ok {
		return c.showCatalogue(statuses[e.Kind], c.refusal(header.Filename, e, err))
	}
	if err != nil {
		return answer{}, err
	}
	if created {
		c.flash("flash.module.published", version.Title+" "+version.Version)
	} else {
		c.flash("flash.module.same", version.Title+" "+version.Version)
	}
	return redirect(c.catalogueURL(c.agency()))
}

// refuseUpload answers a file that is larger than a package may be.
func refuseUpload(c *call) (answer, error) {
	return c.showCatalogue(http.StatusRequestEntityTooLarge, &screen.Refusal{
		Message: c.words.T("catalogue.upload.large", "megabytes", c.words.Number(maxPackage>>20)),
	})
}

// refusal lists what is wrong with a package, file by file.
func (c *call) refusal(file string, e *errs.Error, err error) *screen.Refusal {
	view := &screen.Refusal{File: file, Message: c.words.TOr("error."+e.Code, e.Message), Hint: e.Hint}
	var problems manifest.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			view.Problems = append(view.Problems, screen.Problem{File: p.File, Line: p.Line, Column: p.Column, Message: p.Message, Hint: p.Hint})
		}
		return view
	}
	for _, f := range e.Fields {
		view.Problems = append(view.Problems, screen.Problem{File: f.Path, Message: f.Message})
	}
	return view
}

// siteModules is GET /app/{site}/modules: what is installed, what could be.
func siteModules(c *call) (answer, error) {
	f, err := c.frame(c.words.T("modules.title"), c.siteCrumb())
	if err != nil {
		return answer{}, err
	}
	view := screen.SiteModules{Manage: c.actor.Can(access.InstallationManage, c.place())}
	if c.actor.CanInAgency(access.ModuleRead, c.site.Agency) {
		view.Catalogue = c.catalogueURL(c.site.Agency)
	}
	all, err := c.installed()
	if err != nil {
		return answer{}, err
	}
	newest := map[string]string{}
	if view.Manage {
		infos, err := c.Modules.Modules(c.ctx, c.site.Agency)
		if err != nil {
			return answer{}, err
		}
		for _, m := range infos {
			newest[m.Name] = m.Versions[0].Version
		}
		if view.Available, err = c.available(); err != nil {
			return answer{}, err
		}
	}
	for _, one := range all {
		view.Installed = append(view.Installed, c.installationCard(one, newest[one.Name], view.Manage))
	}
	return show(screen.SiteModulesPage(f, view))
}

func (c *call) installationCard(one running, newest string, manage bool) screen.Installation {
	card := screen.Installation{
		ID: one.Name, Name: one.Title, Version: one.Version, State: string(one.State), Since: one.InstalledAt,
	}
	if release, err := c.releaseOf(c.ctx, one.Installation); err == nil {
		card.Name, card.Icon, card.Description = release.Manifest.Name, release.Manifest.Icon, release.Manifest.Description
	}
	if newest != one.Version {
		card.Newest = newest
	}
	if one.release != nil {
		if links := c.collectionLinks(one); len(links) > 0 {
			card.URL = links[0].URL
		}
	}
	if manage {
		card.Manage = c.siteBase() + "/modules/" + one.Name
	}
	return card
}

func (c *call) available() ([]screen.Available, error) {
	offers, err := c.Modules.Available(c.ctx, c.siteRef())
	if err != nil {
		return nil, err
	}
	var list []screen.Available
	for _, o := range offers {
		card := screen.Available{
			ID: o.Name, Name: o.Title, Description: o.Description, Version: o.Version.Version,
			Kept: o.KeptUntil != nil, URL: c.siteBase() + "/modules/" + o.Name + "/install",
		}
		if release, err := c.spokenRelease(c.ctx, o.Module, o.Version.Version); err == nil {
			card.Name, card.Description, card.Icon = release.Manifest.Name, release.Manifest.Description, release.Manifest.Icon
		}
		list = append(list, card)
	}
	return list, nil
}

// installPage is GET /app/{site}/modules/{module}/install.
func installPage(c *call) (answer, error) {
	return c.showInstall(http.StatusOK, c.query().Get("version"), nil, nil)
}

// showInstall draws the install form, with what was typed when it was refused.
func (c *call) showInstall(status int, version string, typed url.Values, refused *errs.Error) (answer, error) {
	offers, err := c.Modules.Available(c.ctx, c.siteRef())
	if err != nil {
		return answer{}, err
	}
	name := c.path("module")
	for _, o := range offers {
		if o.Name != name {
			continue
		}
		versions, err := c.publishedVersions(name)
		if err != nil {
			return answer{}, err
		}
		if version == "" {
			version = versions[0]
		}
		release, err := c.spokenRelease(c.ctx, o.Module, version)
		if err != nil {
			return answer{}, err
		}
		return c.drawInstall(status, o, release, versions, version, typed, refused)
	}
	return answer{}, errs.Missing()
}

func (c *call) drawInstall(status int, o module.Offer, release *module.Release, versions []string, version string, typed url.Values, refused *errs.Error) (answer, error) {
	m := release.Manifest
	settings, err := screen.NewSettings(c.words, screen.Settings{Fields: m.Settings, Typed: typed, Currency: c.site.Currency}, refused)
	if err != nil {
		return answer{}, err
	}
	view := screen.ModuleInstall{
		ID: m.ID, Name: m.Name, Description: m.Description, Icon: m.Icon, Versions: versions, Version: version,
		Kept: o.KeptUntil != nil, Action: c.siteBase() + "/modules/" + m.ID + "/install", Cancel: c.siteBase() + "/modules",
		Settings: settings,
	}
	for _, in := range m.Collections {
		view.Collections = append(view.Collections, in.Plural)
	}
	for _, b := range m.Blocks {
		view.Blocks = append(view.Blocks, b.Label)
	}
	if refused != nil && len(refused.Fields) == 0 {
		view.Error, view.Hint = c.words.TOr("error."+refused.Code, refused.Message), refused.Hint
	}
	f, err := c.frame(c.words.T("install.title", "name", m.Name), c.siteCrumb(),
		screen.Crumb{Label: c.words.T("modules.title"), URL: c.siteBase() + "/modules"})
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: screen.ModuleInstallPage(f, view)}, nil
}

func (c *call) publishedVersions(name string) ([]string, error) {
	infos, err := c.Modules.Modules(c.ctx, c.site.Agency)
	if err != nil {
		return nil, err
	}
	for _, m := range infos {
		if m.Name == name {
			var list []string
			for _, v := range m.Versions {
				list = append(list, v.Version)
			}
			return list, nil
		}
	}
	return nil, errs.Missing()
}

// submitInstall is POST /app/{site}/modules/{module}/install.
func submitInstall(c *call) (answer, error) {
	name, version := c.path("module"), c.request.PostFormValue("version")
	release, err := c.offered(name, version)
	if err != nil {
		return answer{}, err
	}
	settings, err := c.settingsForm(release)
	if err == nil {
		var done module.Installation
		if done, err = c.Modules.Install(c.ctx, c.auditor(), c.siteRef(), name, version, settings); err == nil {
			c.flash("flash.module.installed", done.Title)
			return redirect(c.siteBase() + "/modules")
		}
	}
	if e, ok := formError(err); ok {
		return c.showInstall(statuses[e.Kind], version, typedSettings(c.request.PostForm), e)
	}
	return answer{}, err
}

// offered returns a version of a module that the site's agency owns.
func (c *call) offered(name, version string) (*module.Release, error) {
	infos, err := c.Modules.Modules(c.ctx, c.site.Agency)
	if err != nil {
		return nil, err
	}
	for _, m := range infos {
		if m.Name != name {
			continue
		}
		if version == "" {
			version = m.Versions[0].Version
		}
		return c.spokenRelease(c.ctx, m.ID, version)
	}
	return nil, errs.Missing()
}

// settingsForm reads the posted settings into the JSON that is stored.
func (c *call) settingsForm(release *module.Release) (json.RawMessage, error) {
	form := url.Values{}
	for name, values := range c.request.PostForm {
		if key, ok := strings.CutPrefix(name, "settings."); ok {
			form[key] = values
		}
	}
	return collection.FormSettings(release.Manifest.Settings, form, c.formLocale())
}

func typedSettings(form url.Values) url.Values {
	typed := url.Values{}
	for name := range form {
		if key, ok := strings.CutPrefix(name, "settings."); ok {
			typed[key] = form[name]
		}
	}
	return typed
}

// installationPage is GET /app/{site}/modules/{module}.
func installationPage(c *call) (answer, error) {
	return c.showInstallation(http.StatusOK, nil, nil, "")
}

func (c *call) showInstallation(status int, typed url.Values, refused *errs.Error, confirm string) (answer, error) {
	in, err := c.liveInstallation()
	if err != nil {
		return answer{}, err
	}
	m := &manifest.Manifest{ID: in.Name, Name: in.Title}
	release, broken := c.releaseOf(c.ctx, in)
	if broken == nil {
		m = release.Manifest
	}
	settings, err := screen.NewSettings(c.words, screen.Settings{
		Fields: m.Settings, Values: in.ShownSettings(), Typed: typed, Currency: c.site.Currency,
	}, refused)
	if err != nil {
		return answer{}, err
	}
	versions, err := c.publishedVersions(in.Name)
	if err != nil {
		return answer{}, err
	}
	base := c.siteBase() + "/modules/" + in.Name
	view := screen.ModuleSettings{
		ID: m.ID, Name: m.Name, Description: m.Description, Icon: m.Icon, Version: in.Version, Versions: versions,
		State: string(in.State), Settings: settings, Save: base + "/settings", Switch: base + "/version",
		Enable: base + "/enable", Disable: base + "/disable", Uninstall: base + "/uninstall", Confirm: confirm,
	}
	if slices.ContainsFunc(m.Collections, takesOwnFields) {
		view.OwnFields = base + "/fields"
	}
	if broken != nil {
		view.Error, view.Hint = c.words.T("settings.broken"), c.words.T("settings.broken.hint")
	} else if in.State == module.Enabled {
		if links := c.collectionLinks(running{Installation: in, release: release}); len(links) > 0 {
			view.URL = links[0].URL
		}
	}
	if refused != nil && len(refused.Fields) == 0 {
		view.Error, view.Hint = c.words.TOr("error."+refused.Code, refused.Message), refused.Hint
	}
	f, err := c.frame(m.Name, c.siteCrumb(), screen.Crumb{Label: c.words.T("modules.title"), URL: c.siteBase() + "/modules"})
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: screen.ModuleSettingsPage(f, view)}, nil
}

func (c *call) liveInstallation() (module.Installation, error) {
	in, err := c.Modules.Find(c.ctx, c.site.ID, c.path("module"))
	if err != nil {
		return in, err
	}
	if !in.State.Live() {
		return in, errs.Missing()
	}
	return in, nil
}

// change applies a change of the installation and tells so; a refusal shows
// the page again.
func (c *call) change(change module.Change, said string, typed url.Values) (answer, error) {
	name := c.path("module")
	done, err := c.Modules.Update(c.ctx, c.auditor(), c.siteRef(), name, change)
	if e, ok := formError(err); err != nil && ok {
		return c.showInstallation(statuses[e.Kind], typed, e, "")
	}
	if err != nil {
		return answer{}, err
	}
	c.flash(said, done.Title)
	return redirect(c.siteBase() + "/modules/" + name)
}

// submitEnable is POST /app/{site}/modules/{module}/enable.
func submitEnable(c *call) (answer, error) {
	on := true
	return c.change(module.Change{Enabled: &on}, "flash.module.enabled", nil)
}

// submitDisable is POST /app/{site}/modules/{module}/disable.
func submitDisable(c *call) (answer, error) {
	off := false
	return c.change(module.Change{Enabled: &off}, "flash.module.disabled", nil)
}

// submitSettings is POST /app/{site}/modules/{module}/settings.
func submitSettings(c *call) (answer, error) {
	in, err := c.liveInstallation()
	if err != nil {
		return answer{}, err
	}
	release, err := c.releaseOf(c.ctx, in)
	if err != nil {
		return answer{}, err
	}
	if _, err := c.postedForm(); err != nil {
		return answer{}, err
	}
	typed := typedSettings(c.request.PostForm)
	settings, err := c.settingsForm(release)
	if e, ok := formError(err); err != nil && ok {
		return c.showInstallation(statuses[e.Kind], typed, e, "")
	}
	if err != nil {
		return answer{}, err
	}
	return c.change(module.Change{Settings: settings}, "flash.settings.saved", typed)
}

// submitUninstall is POST /app/{site}/modules/{module}/uninstall. The module's
// id has to be typed, since its screens and blocks are gone at once.
func submitUninstall(c *call) (answer, error) {
	name, typed := c.path("module"), strings.TrimSpace(c.request.PostFormValue("confirm"))
	if typed != name {
		return c.showInstallation(http.StatusUnprocessableEntity, nil,
			errs.New(errs.Invalid, "confirm_name", "Type %s to confirm.", name), typed)
	}
	if err := c.Modules.Uninstall(c.ctx, c.auditor(), c.siteRef(), name); err != nil {
		return answer{}, err
	}
	c.flash("flash.module.uninstalled", name)
	return redirect(c.siteBase() + "/modules")
}
