package gateway

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/plan"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

const flagsURL = "/app/platform/flags"

// amount writes how much of a limit there is.
func (c *call) amount(l plan.Limit, n int64) string {
	if l != plan.Storage {
		return c.words.Number(n)
	}
	for _, unit := range []struct {
		name string
		size int64
	}{{"GB", 1_000_000_000}, {"MB", 1_000_000}} {
		if n >= unit.size {
			return strings.TrimSuffix(strconv.FormatFloat(float64(n)/float64(unit.size), 'f', 1, 64), ".0") + " " + unit.name
		}
	}
	return c.words.Number((n+999)/1000) + " kB"
}

// planPage is GET /app/agency/plan: what the agency has, uses, and could have.
func planPage(c *call) (answer, error) {
	agency := c.agency()
	standing, err := plan.StandingOf(c.ctx, c.DB.Pool(), agency)
	if err != nil {
		return answer{}, err
	}
	uses, err := c.usesRegister(agency, standing)
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("planpage.title"))
	if err != nil {
		return answer{}, err
	}
	sheet := screen.Sheet{Wide: true, Text: c.words.T("planpage.text"), Badge: c.planName(standing.Plan(c.Now()).Key), Tables: []screen.Register{uses, c.plansRegister(standing)}}
	if standing.OnTrial(c.Now()) {
		sheet.Text = c.words.T("planpage.trial", "until", c.words.Day(*standing.TrialEndsAt))
	}
	return show(screen.SheetPage(f, sheet))
}

// usesRegister shows what is used of each limit.
func (c *call) usesRegister(agency uuid.UUID, standing plan.Standing) (screen.Register, error) {
	r := screen.Register{
		Title: c.words.T("planpage.uses"), Text: c.words.T("planpage.uses.text"),
		Heads: []string{c.words.T("planpage.what"), c.words.T("planpage.used")},
	}
	uses, err := plan.Uses(c.ctx, c.DB.Pool(), agency, standing.Plan(c.Now()), c.Now())
	for _, u := range uses {
		cell := c.useCell(u)
		if from, over := standing.ReadOnlyFrom(u.Used, c.Now()); over && u.Limit == plan.Sites {
			cell.Help = c.words.T("planpage.readonly", "from", c.words.Day(from))
		}
		r.Rows = append(r.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{{Text: c.words.T("limit." + string(u.Limit))}, cell}})
	}
	return r, err
}

// useCell is how much of a limit is used.
func (c *call) useCell(u plan.Use) screen.RegisterCell {
	used := c.amount(u.Limit, u.Used)
	if !u.Bounded {
		return screen.RegisterCell{Text: c.words.T("planpage.unbounded", "used", used)}
	}
	cell := screen.RegisterCell{Share: &screen.Share{
		Percent: u.Percent(), Text: c.words.T("planpage.share", "used", used, "most", c.amount(u.Limit, u.Most), "percent", u.Percent()),
	}}
	switch {
	case u.Percent() >= 100:
		cell.Tone = ui.Bad
	case u.Percent() >= 80:
		cell.Tone = ui.Warning
	}
	return cell
}

// plansRegister shows what plans there are.
func (c *call) plansRegister(standing plan.Standing) screen.Register {
	r := screen.Register{
		Title: c.words.T("planpage.plans"), Text: c.words.T("planpage.plans.text"),
		Heads: []string{c.words.T("planpage.plan"), c.words.T("planpage.price"), c.words.T("limit.sites"), c.words.T("limit.members"), c.words.T("limit.modules"), c.words.T("limit.storage"), c.words.T("limit.mails"), c.words.T("planpage.look")},
	}
	for _, p := range plan.Plans() {
		if p.Key == plan.None {
			continue
		}
		name := screen.RegisterCell{Text: c.planName(p.Key)}
		if p.Key == standing.Plan(c.Now()).Key {
			name.Badge = c.words.T("planpage.present")
		}
		price := screen.RegisterCell{Text: c.words.T("planpage.ask")}
		if p.Month.Amount > 0 {
			price = screen.RegisterCell{Text: c.words.T("planpage.month", "price", c.words.Money(p.Month)), Help: c.words.T("planpage.year", "price", c.words.Money(p.Year))}
		}
		row := screen.RegisterRow{Cells: []screen.RegisterCell{name, price}}
		for _, l := range plan.Limits() {
			text := c.words.T("planpage.nolimit")
			if most, bounded := p.Most[l]; bounded {
				text = c.amount(l, most)
			}
			row.Cells = append(row.Cells, screen.RegisterCell{Text: text})
		}
		look := c.words.T("planpage.look.platform")
		if p.Branded {
			look = c.words.T("planpage.look.agency")
		}
		row.Cells = append(row.Cells, screen.RegisterCell{Text: look})
		r.Rows = append(r.Rows, row)
	}
	return r
}

// standingOf is which plan an agency has.
func standingOf(t tenancy.Tenant) plan.Standing {
	return plan.Standing{Key: t.Plan, TrialEndsAt: t.TrialEndsAt, NarrowedAt: t.NarrowedAt}
}

// planFields is the form in which an administrator of the platform gives an
// agency a plan.
func (c *call) planFields(t tenancy.Tenant) []screen.SheetField {
	var choices []ui.Choice
	standing := standingOf(t)
	for _, p := range plan.Plans() {
		choices = append(choices, ui.Choice{Value: p.Key, Label: c.planName(p.Key), Selected: p.Key == standing.Key})
	}
	field := screen.SheetField{Name: "plan", Kind: "select", Label: c.words.T("planpage.plan"), Help: c.words.T("tenants.plan.help"), Choices: choices}
	if standing.OnTrial(c.Now()) {
		field.Help = c.words.T("planpage.trial", "until", c.words.Day(*standing.TrialEndsAt))
	}
	return []screen.SheetField{field}
}

// submitPlan is POST /app/platform/agencies/{tenant}/plan.
func submitPlan(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	t, err := c.givePlan(form.Get("plan"))
	if err != nil {
		return c.refusedTenant("", err)
	}
	c.flash("flash.record.saved", "")
	return redirect(tenantsURL + "/" + t.ID.String())
}

// flagsPage is GET /app/platform/flags: for whom features are on.
func flagsPage(c *call) (answer, error) {
	all, err := plan.Switches(c.ctx, c.DB.Pool())
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("flags.title"))
	if err != nil {
		return answer{}, err
	}
	view := screen.RegisterPage{Text: c.words.T("flags.text"), Register: screen.Register{
		Title: f.Title, Heads: []string{c.words.T("flags.name"), c.words.T("flags.percentage"), c.words.T("flags.on"), c.words.T("flags.off")},
	}}
	for _, s := range all {
		view.Register.Rows = append(view.Register.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{
			{Text: c.words.T("flag." + string(s.Key)), URL: flagsURL + "/" + string(s.Key)},
			{Text: strconv.Itoa(s.Percentage) + " %"},
			{Text: c.words.Number(int64(len(s.On)))},
			{Text: c.words.Number(int64(len(s.Off)))},
		}})
	}
	return show(screen.RegisterListPage(f, view))
}

// namedSwitch is the feature that the path names.
func (c *call) namedSwitch() (plan.Switch, error) {
	all, err := plan.Switches(c.ctx, c.DB.Pool())
	for _, s := range all {
		if string(s.Key) == c.path("flag") {
			return s, nil
		}
	}
	if err == nil {
		err = errs.Missing()
	}
	return plan.Switch{}, err
}

// flagPage is GET /app/platform/flags/{flag}.
func flagPage(c *call) (answer, error) {
	s, err := c.namedSwitch()
	if err != nil {
		return answer{}, err
	}
	f, sheet, err := c.flagForm(s, strconv.Itoa(s.Percentage), idLines(s.On), idLines(s.Off))
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func idLines(ids []uuid.UUID) string {
	lines := make([]string, len(ids))
	for i, id := range ids {
		lines[i] = id.String()
	}
	return strings.Join(lines, "\n")
}

func (c *call) flagForm(s plan.Switch, percentage, on, off string) (screen.Frame, screen.Sheet, error) {
	f, err := c.frame(c.words.T("flag."+string(s.Key)), screen.Crumb{Label: c.words.T("flags.title"), URL: flagsURL})
	return f, screen.Sheet{
		Text: c.words.T("flags.form"), Action: flagsURL + "/" + string(s.Key), Submit: c.words.T("form.save"), Cancel: flagsURL,
		Sections: []screen.SheetSection{{Fields: []screen.SheetField{
			{Name: "percentage", Kind: "number", Label: c.words.T("flags.percentage"), Help: c.words.T("flags.percentage.help"), Value: percentage},
			{Name: "on", Kind: "area", Label: c.words.T("flags.on"), Help: c.words.T("flags.ids"), Value: on},
			{Name: "off", Kind: "area", Label: c.words.T("flags.off"), Help: c.words.T("flags.ids"), Value: off},
		}}},
	}, err
}

// submitFlag is POST /app/platform/flags/{flag}.
func submitFlag(c *call) (answer, error) {
	s, err := c.namedSwitch()
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	to := plan.Switch{Key: s.Key}
	to.Percentage, err = strconv.Atoi(strings.TrimSpace(form.Get("percentage")))
	if err != nil {
		to.Percentage = -1
	}
	if to.On, err = typedIDs("on", form.Get("on")); err == nil {
		to.Off, err = typedIDs("off", form.Get("off"))
	}
	if err == nil {
		err = c.throwSwitch(to)
	}
	if err != nil {
		f, sheet, failed := c.flagForm(s, form.Get("percentage"), form.Get("on"), form.Get("off"))
		if failed != nil {
			return answer{}, failed
		}
		return c.refused(f, sheet, err)
	}
	c.flash("flash.record.saved", "")
	return redirect(flagsURL)
}

// typedIDs reads ids, one to a line.
func typedIDs(path, text string) ([]uuid.UUID, error) {
	ids := []uuid.UUID{}
	for _, word := range strings.Fields(text) {
		id, err := uuid.Parse(word)
		if err != nil {
			return nil, errs.BadFields(errs.Field{Path: path, Code: "unknown", Message: "Choose one that exists."})
		}
		ids = append(ids, id)
	}
	return ids, nil
}
