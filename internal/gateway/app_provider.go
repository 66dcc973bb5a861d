package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/identity"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// providerAsked is how often an agency may have its provider or the domain name
// system asked.
var providerAsked = rate{30, time.Hour}

// providerPage is GET /app/agency/provider.
func providerPage(c *call) (answer, error) {
	f, sheet, err := c.providerForm(nil)
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

// providerForm is the form of the agency's provider, with what was typed; nil:
// as it is stored.
func (c *call) providerForm(typed *identity.Wish) (screen.Frame, screen.Sheet, error) {
	sheet := screen.Sheet{Text: c.words.T("provider.text"), Action: c.agencyURL("/provider"), Submit: c.words.T("form.save")}
	f, err := c.frame(c.words.T("provider.title"), c.teamCrumb())
	if err != nil {
		return f, sheet, err
	}
	p, err := identity.Find(c.ctx, c.DB.Pool(), c.agency())
	there := err == nil
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return f, sheet, err
	}
	w := identity.Wish{Address: p.Address, Issuer: p.Issuer, Client: p.Client, Label: p.Label, Domains: p.Domains, Enabled: p.Enabled, Enforced: p.Enforced}
	if !there {
		agency, err := tenancy.FindAgency(c.ctx, c.DB.Pool(), c.agency())
		if err != nil {
			return f, sheet, err
		}
		w.Address, w.Enabled = tenancy.Subdomain(agency.Name), true
	}
	if typed != nil {
		w = *typed
	}
	sheet.Sections = c.providerSections(w, there)
	if there {
		if sheet.Badge = c.words.T("provider.off"); p.Enabled {
			sheet.Badge = c.words.T("provider.on")
		}
		if err := c.providerExtras(&sheet, p); err != nil {
			return f, sheet, err
		}
	}
	return f, sheet, nil
}

func (c *call) providerSections(w identity.Wish, there bool) []screen.SheetSection {
	help := c.words.T("provider.secret.help")
	if there {
		help = c.words.T("provider.secret.kept")
	}
	sections := []screen.SheetSection{
		{Title: c.words.T("provider.there"), Text: c.words.T("provider.there.text"), Fields: []screen.SheetField{
			{Name: "callback", Kind: "copy", Label: c.words.T("provider.callback"), Help: c.words.T("provider.callback.help"), Value: c.Providers.CallbackURL(c.agency())},
			{Name: "issuer", Label: c.words.T("provider.issuer"), Help: c.words.T("provider.issuer.help"), Value: w.Issuer, Required: true},
			{Name: "client", Label: c.words.T("provider.client"), Value: w.Client, Required: true},
			{Name: "secret", Kind: "secret", Label: c.words.T("provider.secret"), Help: help, Required: !there},
		}},
		{Title: c.words.T("provider.here"), Fields: []screen.SheetField{
			{Name: "domains", Kind: "area", Label: c.words.T("provider.domains"), Help: c.words.T("provider.domains.help"), Value: strings.Join(w.Domains, "\n"), Required: true},
			{Name: "address", Label: c.words.T("provider.address"), Help: c.words.T("provider.address.help", "host", c.BaseURL.Host), Value: w.Address, Required: true},
			{Name: "label", Label: c.words.T("provider.label"), Help: c.words.T("provider.label.help"), Value: w.Label},
			{Name: "enabled", Kind: "check", Label: c.words.T("provider.enabled"), Help: c.words.T("provider.enabled.help"), Value: boolText(w.Enabled)},
			{Name: "enforced", Kind: "check", Label: c.words.T("provider.enforced"), Help: c.words.T("provider.enforced.help"), Value: boolText(w.Enforced)},
		}},
	}
	return sections
}

// providerExtras are what there is to a provider beside its form: its address
// for people, its domains, whom it knows, and what can be done with it.
func (c *call) providerExtras(sheet *screen.Sheet, p identity.Provider) error {
	sheet.Sections = slices.Insert(sheet.Sections, 0, screen.SheetSection{Fields: []screen.SheetField{{
		Name: "gate", Kind: "copy", Label: c.words.T("provider.gate"), Help: c.words.T("provider.gate.help"), Value: strings.TrimSuffix(c.BaseURL.String(), "/") + gateURL(p, ""),
	}, {
		Name: "proof", Kind: "copy", Label: c.words.T("provider.value"), Help: c.words.T("provider.value.help"), Value: p.Proof,
	}}})
	domains := screen.Register{
		Title: c.words.T("provider.proof"), Text: c.words.T("provider.proof.text"),
		Heads: []string{c.words.T("provider.domain"), c.words.T("provider.record")},
	}
	for _, d := range p.Domains {
		name := screen.RegisterCell{Text: d, Badge: c.words.T("provider.unproven"), Tone: ui.Neutral}
		if slices.Contains(p.Proven, d) {
			name.Badge, name.Tone = c.words.T("provider.proven"), ui.Success
		}
		domains.Rows = append(domains.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{name, {Text: identity.ProofName(d)}}})
	}
	links, err := identity.ListLinks(c.ctx, c.DB.Pool(), p.ID)
	if err != nil {
		return err
	}
	known := screen.Register{
		Title: c.words.T("provider.known"), Text: c.words.T("provider.known.text"), Empty: c.words.T("provider.known.empty"),
		Heads: []string{c.words.T("team.name"), c.words.T("team.email"), c.words.T("provider.seen")},
	}
	for _, l := range links {
		known.Rows = append(known.Rows, screen.RegisterRow{
			Cells: []screen.RegisterCell{{Text: l.Name}, {Text: l.Email}, {At: l.SeenAt}},
			Acts: []screen.SheetAct{{
				ID: "unlink-" + l.Account.String(), Title: c.words.T("provider.unlink.title", "name", l.Name), Text: c.words.T("provider.unlink.text"),
				Label: c.words.T("provider.unlink"), Action: c.agencyURL("/provider/do"), Hidden: []ui.Hidden{{Name: "do", Value: "unlink"}, {Name: "account", Value: l.Account.String()}},
			}},
		})
	}
	sheet.Tables = []screen.Register{domains, known}
	does := func(what string) []ui.Hidden { return []ui.Hidden{{Name: "do", Value: what}} }
	to := c.agencyURL("/provider/do")
	sheet.Acts = []screen.SheetAct{
		{Title: c.words.T("provider.prove.title"), Text: c.words.T("provider.prove.text"), Label: c.words.T("provider.prove"), Action: to, Hidden: does("prove")},
		{Title: c.words.T("provider.test.title"), Text: c.words.T("provider.test.text"), Label: c.words.T("provider.test"), Action: to, Hidden: does("test")},
		{
			ID: "remove", Title: c.words.T("provider.remove.title"), Text: c.words.T("provider.remove.text"),
			Label: c.words.T("provider.remove"), Action: to, Hidden: does("remove"), Danger: true,
		},
	}
	return nil
}

func typedProvider(form url.Values) identity.Wish {
	return identity.Wish{
		Address: form.Get("address"), Issuer: form.Get("issuer"), Client: strings.TrimSpace(form.Get("client")), Secret: strings.TrimSpace(form.Get("secret")), Label: form.Get("label"),
		Domains: strings.FieldsFunc(form.Get("domains"), func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ' ' || r == ';' }),
		Enabled: ticked(form, "enabled"), Enforced: ticked(form, "enforced"),
	}
}

// submitProvider is POST /app/agency/provider.
func submitProvider(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	wish := typedProvider(form)
	if _, err := c.saveProvider(wish); err != nil {
		return c.refusedProvider(&wish, err)
	}
	c.flash("flash.settings.saved", "")
	return redirect(c.agencyURL("/provider"))
}

func (c *call) refusedProvider(typed *identity.Wish, err error) (answer, error) {
	f, sheet, failed := c.providerForm(typed)
	if failed != nil {
		return answer{}, failed
	}
	return c.refused(f, sheet, err)
}

// submitProviderAct is POST /app/agency/provider/do: "test" it, "prove" its
// domains, "unlink" an account, or "remove" it.
func submitProviderAct(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	switch form.Get("do") {
	case "test":
		return c.testProvider()
	case "prove":
		return c.showProof()
	case "unlink":
		whom, err := uuid.Parse(form.Get("account"))
		if err != nil {
			return answer{}, errs.Missing()
		}
		link, err := c.unlink(whom)
		if err != nil {
			return answer{}, err
		}
		c.flash("flash.provider.unlinked", link.Name)
	case "remove":
		if _, err := c.removeProvider(); err != nil {
			return answer{}, err
		}
		c.flash("flash.provider.removed", "")
	default:
		return c.refusedProvider(nil, errs.New(errs.Invalid, "invalid", "Some values need attention."))
	}
	return redirect(c.agencyURL("/provider"))
}

func (c *call) testProvider() (answer, error) {
	if err := c.limits.take(c.writer, c.request, providerAsked, c.agency().String()); err != nil {
		return c.refusedProvider(nil, err)
	}
	p, err := identity.Find(c.ctx, c.DB.Pool(), c.agency())
	if err != nil {
		return answer{}, err
	}
	if wrong := c.Providers.Test(c.ctx, p); wrong != "" {
		f, sheet, err := c.providerForm(nil)
		if err != nil {
			return answer{}, err
		}
		sheet.Message, sheet.Hint = c.words.T("provider.test.failed"), wrong
		return answer{status: http.StatusUnprocessableEntity, page: screen.SheetPage(f, sheet)}, nil
	}
	c.flash("flash.provider.works", "")
	return redirect(c.agencyURL("/provider"))
}

func (c *call) showProof() (answer, error) {
	if err := c.limits.take(c.writer, c.request, providerAsked, c.agency().String()); err != nil {
		return c.refusedProvider(nil, err)
	}
	_, after, err := c.proveDomains()
	if err != nil {
		return answer{}, err
	}
	if len(after.Proven) < len(after.Domains) {
		return c.refusedProvider(nil, errs.New(errs.Invalid, "domain_unproven", "Not every domain holds the proof.").WithHint("%s", c.words.T("provider.prove.wait")))
	}
	c.flash("flash.provider.proven", "")
	return redirect(c.agencyURL("/provider"))
}
