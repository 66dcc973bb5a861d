package gateway

import (
	"net/http"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// versionPlanPage is GET /app/{site}/modules/{module}/version?version=…: what
// bringing the site to that version changes.
func versionPlanPage(c *call) (answer, error) {
	return c.showPlan(http.StatusOK, c.query().Get("version"), nil)
}

func (c *call) showPlan(status int, version string, refused *errs.Error) (answer, error) {
	in, err := c.liveInstallation()
	if err != nil {
		return answer{}, err
	}
	base := c.siteBase() + "/modules/" + in.Name
	if version == in.Version {
		return redirect(base)
	}
	plan, err := c.Modules.Plan(c.ctx, c.siteRef(), in.Name, version)
	if err != nil {
		return answer{}, err
	}
	view := screen.VersionPlan{
		Name: in.Title, From: plan.From, To: plan.To, Back: plan.Back, Groups: planGroups(plan),
		Action: base + "/version", Cancel: base,
	}
	if refused != nil {
		view.Error, view.Hint = c.words.TOr("error."+refused.Code, refused.Message), refused.Hint
		view.Records = c.planRecords(in.Name, refused.Fields)
	}
	f, err := c.frame(c.words.T("version.title", "name", in.Title), c.siteCrumb(),
		screen.Crumb{Label: c.words.T("modules.title"), URL: c.siteBase() + "/modules"}, screen.Crumb{Label: in.Title, URL: base})
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: screen.VersionPlanPage(f, view)}, nil
}

// planGroups orders the changes by what they mean for the records.
func planGroups(p module.Plan) []screen.PlanGroup {
	var groups []screen.PlanGroup
	add := func(key string, changes []string) {
		if changes != nil {
			groups = append(groups, screen.PlanGroup{Title: key, Text: key + ".text", Changes: changes})
		}
	}
	if p.Back {
		for _, r := range []manifest.Return{
			manifest.Strict, manifest.Lost, manifest.Unturned, manifest.Turned, manifest.Hidden, manifest.Shown, manifest.Called, manifest.Loose, manifest.Told,
		} {
			add("version.back."+string(r), p.Changes.Undone(r))
		}
		return groups
	}
	for _, t := range []manifest.Treatment{
		manifest.Tested, manifest.Converted, manifest.Filled, manifest.Removed, manifest.Renamed, manifest.Versioned, manifest.Automatic,
	} {
		var changes []string
		for _, change := range p.Changes.Of(t) {
			changes = append(changes, change.Reason)
		}
		add("version."+string(t), changes)
	}
	return groups
}

// planRecords are the records of a refusal, whose paths are
// "collection/id/field".
func (c *call) planRecords(name string, fields []errs.Field) []screen.PlanRecord {
	var records []screen.PlanRecord
	for _, f := range fields {
		r := screen.PlanRecord{Label: f.Path, Reason: f.Message}
		if parts := strings.SplitN(f.Path, "/", 3); len(parts) > 1 {
			r.Label = parts[0] + " " + parts[1]
			r.URL = c.siteBase() + "/" + name + "/" + parts[0] + "/" + parts[1]
		}
		records = append(records, r)
	}
	return records
}

// submitVersion is POST /app/{site}/modules/{module}/version. What does not fit
// shows the plan again, with the records that stand in the way.
func submitVersion(c *call) (answer, error) {
	name, version := c.path("module"), c.request.PostFormValue("version")
	done, err := c.Modules.Update(c.ctx, c.auditor(), c.siteRef(), name, module.Change{Version: &version})
	if e := errs.Of(err); e != nil && (e.Code == "upgrade_blocked" || e.Code == "rollback_blocked" || e.Code == "version_contracted") {
		a, drawn := c.showPlan(statuses[e.Kind], version, e)
		if drawn != nil {
			return answer{}, err
		}
		return a, err
	}
	if e, ok := formError(err); err != nil && ok {
		return c.showInstallation(statuses[e.Kind], nil, e, "")
	}
	if err != nil {
		return answer{}, err
	}
	if err := c.tellOfChange(done); err != nil {
		return answer{}, err
	}
	c.flash("flash.module.switched", done.Title)
	return redirect(c.siteBase() + "/modules/" + name)
}
