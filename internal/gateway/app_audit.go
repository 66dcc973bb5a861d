package gateway

import (
	"encoding/csv"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// auditKinds are what entries can be narrowed to: how their actions begin.
var auditKinds = []string{
	"account", "agency", "client", "site", "member", "invitation", "role", "key", "module_version", "installation", "job", "refusal",
}

// auditFilter is what the address asks of a log; zone is where its days begin.
func (c *call) auditFilter(agency uuid.UUID, zone *time.Location) audit.Filter {
	asked := c.query()
	f := audit.Filter{Agency: agency}
	id := func(name string) uuid.NullUUID {
		id, err := uuid.Parse(asked.Get(name))
		return uuid.NullUUID{UUID: id, Valid: err == nil}
	}
	f.Actor, f.Site = id("actor"), id("site")
	if c.site != nil {
		f.Site = just(c.site.ID)
	}
	if action := asked.Get("action"); len(action) <= 100 {
		f.Action = action
	}
	if result := asked.Get("result"); result == "done" || result == "refused" {
		f.Result = result
	}
	f.From, _ = moment(asked.Get("from"), zone, false)
	f.To, _ = moment(asked.Get("to"), zone, true)
	return f
}

// moment reads a day or an instant. The last day is meant as a whole.
func moment(text string, zone *time.Location, last bool) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, true
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, false
	}
	if last {
		day = day.AddDate(0, 0, 1)
	}
	return day, true
}

// auditZone speaks in the time zone of the site or agency, and returns it.
func (c *call) auditZone() (*time.Location, error) {
	if c.site != nil {
		return c.site.Zone(), nil
	}
	a, err := tenancy.FindAgency(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return nil, err
	}
	zone := tenancy.Site{TimeZone: a.TimeZone}.Zone()
	c.words = c.catalogue.Printer(c.words.Language(), zone)
	return zone, nil
}

// auditPage is GET /app/agency/audit: the agency's log.
func auditPage(c *call) (answer, error) {
	return c.showAudit("/app/agency/audit", c.words.T("audit.title"), c.words.T("audit.text"))
}

// siteActivity is GET /app/{site}/activity: the log of the site.
func siteActivity(c *call) (answer, error) {
	return c.showAudit(c.siteBase()+"/activity", c.words.T("activity.title"), c.words.T("activity.text"))
}

func (c *call) showAudit(base, title, text string) (answer, error) {
	zone, err := c.auditZone()
	if err != nil {
		return answer{}, err
	}
	filter := c.auditFilter(c.agency(), zone)
	after := c.query().Get("after")
	lines, err := audit.List(c.ctx, c.DB.Pool(), filter, audit.ParseCursor(after), activityPage+1)
	if err != nil {
		return answer{}, err
	}
	var crumbs []screen.Crumb
	if c.site != nil {
		crumbs = append(crumbs, c.siteCrumb())
	}
	f, err := c.frame(title, crumbs...)
	if err != nil {
		return answer{}, err
	}
	view := screen.Audit{Text: text, Base: base, Places: c.site == nil}
	asked := url.Values{}
	for _, name := range []string{"actor", "action", "site", "result", "from", "to"} {
		if value := c.query().Get(name); value != "" {
			asked.Set(name, value)
			view.Filtered = true
		}
	}
	own := url.Values{} // whose log it is
	if c.site == nil && len(c.actor.Agencies()) > 1 {
		own.Set("agency", c.agency().String())
		view.Hidden = []ui.Hidden{{Name: "agency", Value: c.agency().String()}}
	}
	maps.Copy(asked, own)
	view.Clear = address(base, own)
	if len(lines) > activityPage {
		lines = lines[:activityPage]
		asked.Set("after", lines[len(lines)-1].Cursor())
		view.Next = address(base, asked)
		asked.Del("after")
	}
	if after != "" {
		view.Previous = address(base, asked)
	}
	if c.site == nil {
		view.Export = address(base+"/export", asked)
		if c.actor.CanInAgency(access.AgencyManage, c.agency()) {
			view.Keep = c.agencyURL("/settings") + "#audit_days"
		}
	}
	if view.Filter, err = c.auditFields(filter); err != nil {
		return answer{}, err
	}
	for _, l := range lines {
		view.Lines = append(view.Lines, c.auditLine(l))
	}
	return show(screen.AuditPage(f, view))
}

func address(base string, asked url.Values) string {
	if len(asked) == 0 {
		return base
	}
	return base + "?" + asked.Encode()
}

// auditFields are the inputs that narrow a log.
func (c *call) auditFields(filter audit.Filter) ([]screen.SheetField, error) {
	everything := []ui.Choice{{Label: c.words.T("audit.any")}}
	people := slices.Clone(everything)
	actors, err := audit.Actors(c.ctx, c.DB.Pool(), filter)
	if err != nil {
		return nil, err
	}
	for _, a := range actors {
		people = append(people, ui.Choice{Value: a.ID.String(), Label: a.Name, Selected: filter.Actor.Valid && filter.Actor.UUID == a.ID})
	}
	kinds := slices.Clone(everything)
	known := filter.Action == ""
	for _, kind := range auditKinds {
		kinds = append(kinds, ui.Choice{Value: kind + ".", Label: c.words.T("audit.kind." + kind), Selected: filter.Action == kind+"."})
		known = known || filter.Action == kind+"."
	}
	if !known { // one action, from elsewhere
		kinds = append(kinds, ui.Choice{Value: filter.Action, Label: c.words.TOr("activity.action."+filter.Action, filter.Action), Selected: true})
	}
	results := append(slices.Clone(everything),
		ui.Choice{Value: "done", Label: c.words.T("audit.result.done"), Selected: filter.Result == "done"},
		ui.Choice{Value: "refused", Label: c.words.T("audit.result.refused"), Selected: filter.Result == "refused"})
	fields := []screen.SheetField{
		{Name: "actor", Kind: "select", Label: c.words.T("audit.who"), Choices: people},
		{Name: "action", Kind: "select", Label: c.words.T("audit.what"), Choices: kinds},
	}
	if c.site == nil {
		places := slices.Clone(everything)
		sites, err := tenancy.ListSites(c.ctx, c.DB.Pool(), c.agency())
		if err != nil {
			return nil, err
		}
		for _, s := range sites {
			places = append(places, ui.Choice{Value: s.ID.String(), Label: s.Name, Selected: filter.Site.Valid && filter.Site.UUID == s.ID})
		}
		fields = append(fields, screen.SheetField{Name: "site", Kind: "select", Label: c.words.T("audit.site"), Choices: places})
	}
	return append(fields,
		screen.SheetField{Name: "result", Kind: "select", Label: c.words.T("audit.result"), Choices: results},
		screen.SheetField{Name: "from", Kind: "date", Label: c.words.T("audit.from"), Value: c.query().Get("from")},
		screen.SheetField{Name: "to", Kind: "date", Label: c.words.T("audit.to"), Value: c.query().Get("to")},
	), nil
}

// auditLine is an entry as the screen shows it. From where somebody came is for
// the agency itself.
func (c *call) auditLine(l audit.Line) screen.AuditLine {
	line := screen.AuditLine{
		ID: l.ID.String(), At: l.At, Times: l.Times, Action: l.Action, Actor: c.auditActor(l), Through: l.ImpersonatorName,
		Subject: l.Subject, Refused: l.Refused(), Where: l.SiteName,
	}
	if line.Where == "" {
		line.Where = l.ClientName
	}
	changes := l.Changes()
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		line.Changes = append(line.Changes, screen.AuditChange{Name: name, Before: plainJSON(changes[name].Before), After: plainJSON(changes[name].After)})
	}
	fact := func(label, value string) {
		if value != "" {
			line.Facts = append(line.Facts, screen.AuditFact{Label: label, Value: value})
		}
	}
	if l.LastAt != nil && l.Times > 1 {
		fact(c.words.T("audit.last"), c.words.DateTime(*l.LastAt))
	}
	if c.actor.CanInAgency(access.AuditRead, c.agency()) {
		fact(c.words.T("audit.address"), l.Address)
	}
	fact(c.words.T("audit.path"), l.Detail("path"))
	fact(c.words.T("audit.request"), l.RequestID)
	return line
}

// auditActor is who acted, for people; of nobody known it says so.
func (c *call) auditActor(l audit.Line) string {
	if l.ActorName == "" && l.ActorKind == string(access.Visitor) {
		return c.words.T("audit.somebody")
	}
	return l.ActorName
}

// plainJSON is a value of JSON without its notation where it has none: a text
// without quotes, nothing for null.
func plainJSON(raw []byte) string {
	text := string(raw)
	if plain, err := strconv.Unquote(text); err == nil && strings.HasPrefix(text, `"`) {
		return plain
	}
	if text == "null" {
		return ""
	}
	return text
}

// auditExports is how often an agency may have its log written out.
var auditExports = rate{30, time.Hour}

// exportRows is how many entries are read at once.
const exportRows = 1_000

// exportAudit is GET /app/agency/audit/export: all that the filter finds, as CSV.
func exportAudit(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	zone, err := c.auditZone()
	if err != nil {
		return answer{}, err
	}
	filter := c.auditFilter(c.agency(), zone)
	if err := c.limits.take(c.writer, c.request, auditExports, "audit "+filter.Agency.String()); err != nil {
		return answer{}, err
	}
	name := "audit-" + c.Now().In(zone).Format(time.DateOnly) + ".csv"
	return answer{
		header: http.Header{"Content-Type": {"text/csv; charset=utf-8"}, "Content-Disposition": {`attachment; filename="` + name + `"`}},
		stream: func(to io.Writer) error { return c.writeAudit(to, filter) },
	}, nil
}

func (c *call) writeAudit(to io.Writer, filter audit.Filter) error {
	out := csv.NewWriter(to)
	_ = out.Write([]string{
		"id", "at", "last_at", "times", "result", "actor_kind", "actor_id", "actor", "impersonator_id", "impersonator",
		"action", "subject", "client", "site", "site_id", "address", "request_id", "details",
	})
	for after := (audit.Cursor{}); ; {
		lines, err := audit.List(c.ctx, c.DB.Pool(), filter, after, exportRows)
		if err != nil {
			return err
		}
		for _, l := range lines {
			last := ""
			if l.LastAt != nil {
				last = l.LastAt.UTC().Format(time.RFC3339)
			}
			row := []string{
				l.ID.String(), l.At.UTC().Format(time.RFC3339), last, strconv.FormatInt(l.Times, 10), l.Result,
				l.ActorKind, idText(l.ActorID), l.ActorName, idText(l.Impersonator), l.ImpersonatorName, l.Action, l.Subject,
				l.ClientName, l.SiteName, idText(l.Site), l.Address, l.RequestID, string(l.Details),
			}
			for i := range row {
				row[i] = unformula(row[i])
			}
			_ = out.Write(row) // Error tells
			after = audit.Cursor{At: l.At, ID: l.ID}
		}
		out.Flush()
		if err := out.Error(); err != nil || len(lines) < exportRows {
			return err
		}
	}
}

func idText(id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return id.UUID.String()
}

// unformula keeps programs for tables from running what somebody called
// themselves.
func unformula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
