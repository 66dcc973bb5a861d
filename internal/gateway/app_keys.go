package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// overlaps are what rotating offers, in hours.
var overlaps = []int{0, 1, 24, 168}

func (c *call) keysURL() string { return c.siteBase() + "/keys" }

func (c *call) keysCrumb() screen.Crumb {
	return screen.Crumb{Label: c.words.T("keys.title"), URL: c.keysURL()}
}

// keysPage is GET /app/{site}/keys.
func keysPage(c *call) (answer, error) {
	f, view, err := keys(c)
	if err != nil {
		return answer{}, err
	}
	return show(screen.RegisterListPage(f, view))
}

func keys(c *call) (f screen.Frame, view screen.RegisterPage, err error) {
	found, err := access.ListKeys(c.ctx, c.DB.Pool(), c.site.ID)
	if err != nil {
		return f, view, err
	}
	if f, err = c.frame(c.words.T("keys.title"), c.siteCrumb()); err != nil {
		return f, view, err
	}
	view = screen.RegisterPage{Text: c.words.T("keys.text"), Icon: "key-round", Empty: c.words.T("keys.empty")}
	view.Register = screen.Register{
		Title: f.Title, Empty: c.words.T("keys.empty.text"), New: c.keysURL() + "/new", Label: c.words.T("keys.new"),
		Heads: []string{c.words.T("keys.name"), c.words.T("keys.may"), c.words.T("keys.limits"), c.words.T("keys.used"), c.words.T("keys.state")},
	}
	for _, l := range found {
		view.Register.Rows = append(view.Register.Rows, c.keyRow(l))
	}
	return f, view, nil
}

func (c *call) keyRow(l access.KeyLine) screen.RegisterRow {
	now := c.Now()
	state := keyState(l.Key, now)
	standing := screen.RegisterCell{Badge: c.words.T("keys.state." + state)}
	switch {
	case state == "good":
		standing.Tone = ui.Success
		if l.PreviousUntil != nil && now.Before(*l.PreviousUntil) {
			standing.Help = c.words.T("keys.previous", "until", c.words.DateTime(*l.PreviousUntil))
		} else if l.ExpiresAt != nil {
			standing.Help = c.words.T("keys.until", "until", c.words.DateTime(*l.ExpiresAt))
		}
	case l.RevokedAt != nil:
		standing.Help = c.words.DateTime(*l.RevokedAt)
	default:
		standing.Help = c.words.DateTime(*l.ExpiresAt)
	}
	may := l.Grants
	if slices.Contains(may, "*") {
		may = []string{c.words.T("keys.everything")}
	}
	if l.Publishes {
		may = append(slices.Clone(may), c.words.T("permission."+string(access.ModulePublish)))
	}
	used := screen.RegisterCell{Text: c.words.T("keys.never")}
	if l.LastUsedAt != nil {
		used = screen.RegisterCell{At: *l.LastUsedAt, Help: l.LastAddress}
	}
	row := screen.RegisterRow{Cells: []screen.RegisterCell{
		{Text: l.Name, Help: l.Prefix + "…"}, {Text: strings.Join(may, ", ")}, c.keyLimits(l.Key), used, standing,
	}}
	if state == "good" {
		row.Acts = append(row.Acts, screen.SheetAct{
			ID: "rotate-" + l.ID.String(), Title: c.words.T("keys.rotate.title", "name", l.Name), Text: c.words.T("keys.rotate.text"), Label: c.words.T("keys.rotate"),
			Action: c.keysURL() + "/" + l.ID.String() + "/rotate", Field: c.overlapField(),
		})
	}
	if l.RevokedAt == nil {
		row.Acts = append(row.Acts, screen.SheetAct{
			ID: "revoke-" + l.ID.String(), Title: c.words.T("keys.revoke.title", "name", l.Name), Text: c.words.T("keys.revoke.text"), Label: c.words.T("keys.revoke"),
			Action: c.keysURL() + "/" + l.ID.String() + "/revoke", Danger: true,
		})
	}
	return row
}

func (c *call) keyLimits(k access.Key) screen.RegisterCell {
	var limits, from []string
	if k.PerMinute != nil {
		limits = append(limits, c.words.T("keys.minute", "times", c.words.Number(int64(*k.PerMinute))))
	}
	if k.PerDay != nil {
		limits = append(limits, c.words.T("keys.day", "times", c.words.Number(int64(*k.PerDay))))
	}
	for _, p := range k.Addresses {
		from = append(from, p.String())
	}
	return screen.RegisterCell{Text: strings.Join(limits, ", "), Help: strings.Join(from, ", ")}
}

func (c *call) overlapField() *screen.SheetField {
	field := screen.SheetField{Name: "overlap_hours", Kind: "select", Label: c.words.T("keys.overlap"), Help: c.words.T("keys.overlap.help")}
	for _, hours := range overlaps {
		label := c.words.T("keys.overlap.none")
		if hours > 0 {
			label = c.words.Duration(time.Duration(hours) * time.Hour)
		}
		field.Choices = append(field.Choices, ui.Choice{Value: strconv.Itoa(hours), Label: label, Selected: hours == 24})
	}
	return &field
}

// newKeyPage is GET /app/{site}/keys/new.
func newKeyPage(c *call) (answer, error) {
	f, sheet, err := c.keyForm(url.Values{})
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) keyForm(typed url.Values) (screen.Frame, screen.Sheet, error) {
	f, err := c.frame(c.words.T("keys.new"), c.siteCrumb(), c.keysCrumb())
	if err != nil {
		return f, screen.Sheet{}, err
	}
	offered, err := c.keyGrants(typed["grants"])
	if err != nil {
		return f, screen.Sheet{}, err
	}
	sheet := screen.Sheet{Text: c.words.T("keys.new.text"), Action: c.keysURL(), Submit: c.words.T("keys.create"), Cancel: c.keysURL(), Sections: []screen.SheetSection{
		{Fields: []screen.SheetField{{Name: "name", Label: c.words.T("keys.name"), Help: c.words.T("keys.name.help"), Value: typed.Get("name"), Required: true}}},
		{Title: c.words.T("keys.may"), Text: c.words.T("keys.may.text"), Fields: []screen.SheetField{
			{Name: "grants", Kind: "checks", Label: c.words.T("keys.grants"), Choices: offered},
			{Name: "grants_modules", Kind: "area", Label: c.words.T("roles.modules"), Help: c.words.T("roles.modules.help"), Value: typed.Get("grants_modules")},
		}},
		{Title: c.words.T("keys.bounds"), Text: c.words.T("keys.bounds.text"), Fields: []screen.SheetField{
			{Name: "expires_at", Kind: "date", Label: c.words.T("keys.expires"), Help: c.words.T("keys.expires.help"), Value: typed.Get("expires_at")},
			{Name: "addresses", Kind: "area", Label: c.words.T("keys.addresses"), Help: c.words.T("keys.addresses.help"), Value: typed.Get("addresses")},
			{Name: "per_minute", Kind: "number", Label: c.words.T("keys.perminute"), Value: typed.Get("per_minute")},
			{Name: "per_day", Kind: "number", Label: c.words.T("keys.perday"), Value: typed.Get("per_day")},
		}},
	}}
	if c.actor.CanInAgency(access.ModulePublish, c.site.Agency) {
		may := &sheet.Sections[1].Fields
		*may = append(*may, screen.SheetField{Name: "publishes", Kind: "check", Label: c.words.T("permission." + string(access.ModulePublish)), Value: boolText(ticked(typed, "publishes"))})
	}
	return f, sheet, nil
}

// keyGrants are what the form offers to tick: what the person may give of
// everything, of the platform, and of the site's modules.
func (c *call) keyGrants(chosen []string) ([]ui.Choice, error) {
	var offered []ui.Choice
	offer := func(key, label string) {
		if len(c.actor.Lacks(c.site.Agency, []string{key})) == 0 {
			offered = append(offered, ui.Choice{Value: key, Label: label, Selected: slices.Contains(chosen, key)})
		}
	}
	offer("*", c.words.T("keys.everything"))
	for _, d := range access.Catalogue() {
		if d.Program && d.Level == access.OnSite && d.Key != access.SiteRead && d.Key != access.SiteUse {
			offer(string(d.Key), c.words.T("permission."+string(d.Key)))
		}
	}
	all, err := c.installed()
	for _, one := range all {
		offer(one.Name+".*", c.words.T("keys.module", "module", one.Title))
		offer(one.Name+".*.read", c.words.T("keys.module.read", "module", one.Title))
	}
	return offered, err
}

// typedKey reads the form. What is no number or day is said beside it.
func (c *call) typedKey(form url.Values) (access.Key, error) {
	key := access.Key{Name: form.Get("name"), Grants: typedKeys(form, "grants"), Publishes: ticked(form, "publishes")}
	var bad []errs.Field
	number := func(name string) *int {
		text := strings.TrimSpace(form.Get(name))
		if text == "" {
			return nil
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			bad = append(bad, errs.Field{Path: name, Code: "key_limit", Message: "Enter a number, or nothing."})
		}
		return &n
	}
	key.PerMinute, key.PerDay = number("per_minute"), number("per_day")
	if text := form.Get("expires_at"); text != "" {
		if at, ok := moment(text, c.site.Zone(), true); ok {
			key.ExpiresAt = &at
		} else {
			bad = append(bad, errs.Field{Path: "expires_at", Code: "not_date", Message: "Enter a date."})
		}
	}
	if len(bad) > 0 {
		return key, errs.BadFields(bad...)
	}
	var err error
	key.Addresses, err = access.ParseAddresses(strings.Fields(form.Get("addresses")))
	return key, err
}

// submitNewKey is POST /app/{site}/keys. Its answer shows the key, this once.
func submitNewKey(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	key, err := c.typedKey(form)
	token := ""
	if err == nil {
		key, token, err = c.addKey(key)
	}
	if err != nil {
		f, sheet, failed := c.keyForm(form)
		if failed != nil {
			return answer{}, failed
		}
		return c.refusedBeyond(f, sheet, err)
	}
	return c.showToken(key, token, c.words.T("keys.made"))
}

// submitKeyRotation is POST /app/{site}/keys/{key}/rotate.
func submitKeyRotation(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	hours, err := strconv.Atoi(form.Get("overlap_hours"))
	if err != nil {
		hours = -1 // is refused
	}
	key, token, err := c.rotateKey(time.Duration(hours) * time.Hour)
	if err != nil {
		return c.refusedRegister(keys, err)
	}
	return c.showToken(key, token, c.words.T("keys.rotated"))
}

func (c *call) showToken(key access.Key, token, text string) (answer, error) {
	f, err := c.frame(key.Name, c.siteCrumb(), c.keysCrumb())
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, page: screen.TokenPage(f, screen.Token{Text: text, Token: token, Back: c.keysURL()})}, nil
}

// submitKeyRevocation is POST /app/{site}/keys/{key}/revoke.
func submitKeyRevocation(c *call) (answer, error) {
	key, err := c.revokeKey()
	if err != nil {
		return c.refusedRegister(keys, err)
	}
	c.flash("flash.key.revoked", key.Name)
	return redirect(c.keysURL())
}
