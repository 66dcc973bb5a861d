package gateway

import (
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/notify"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

const (
	noticesURL = "/app/me/notifications"
	preferURL  = noticesURL + "/settings"
	// noticeLines is how many notifications a page shows.
	noticeLines = 50
)

// reader is the person as one who is told of things.
func (c *call) reader() notify.Reader {
	return notify.Reader{Account: c.account.ID, Agencies: c.actor.Agencies()}
}

// bell is what the frame shows of notifications; nil for who acts as somebody.
func (c *call) bell() (*screen.Bell, error) {
	if c.impersonation != nil || c.token == "" {
		return nil, nil
	}
	n, err := notify.Unread(c.ctx, c.DB.Pool(), c.reader())
	return &screen.Bell{URL: noticesURL, Unread: n}, err
}

// noticesPage is GET /app/me/notifications: what I was told of, the newest first.
func noticesPage(c *call) (answer, error) {
	var before uuid.NullUUID
	if id, err := uuid.Parse(c.query().Get("before")); err == nil {
		before = uuid.NullUUID{UUID: id, Valid: true}
	}
	list, err := notify.List(c.ctx, c.DB.Pool(), c.reader(), before, noticeLines+1)
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(c.words.T("notices.title"))
	if err != nil {
		return answer{}, err
	}
	view := screen.Notices{Settings: preferURL, Action: noticesURL}
	if before.Valid {
		view.First = noticesURL
	}
	if len(list) > noticeLines {
		list = list[:noticeLines]
		view.More = noticesURL + "?" + url.Values{"before": {list[noticeLines-1].ID.String()}}.Encode()
	}
	for _, e := range list {
		view.Unread = view.Unread || e.ReadAt == nil
		place := e.AgencyName
		if e.SiteName != "" {
			place = e.SiteName + " · " + e.AgencyName
		}
		view.Lines = append(view.Lines, screen.NoticeLine{
			ID: e.ID.String(), Text: notify.Text(c.words, e.Kind, e.Data), Place: place, Times: e.Times, At: e.LastAt, Unread: e.ReadAt == nil,
		})
	}
	return show(screen.NoticesPage(f, view))
}

// submitNotices is POST /app/me/notifications: reads one, and leads where it is
// about, or all.
func submitNotices(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	to := noticesURL
	err = c.DB.Tx(c.ctx, func(tx pgx.Tx) error {
		if form.Get("do") == "all" {
			return notify.ReadAll(c.ctx, tx, c.reader(), c.Now())
		}
		id, err := uuid.Parse(form.Get("id"))
		if err != nil {
			return errs.New(errs.Invalid, "unknown", "Choose one that exists.")
		}
		url, err := notify.Read(c.ctx, tx, c.reader(), id, c.Now())
		if url != "" {
			to = url
		}
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return redirect(to)
}

// preferredSite is the site that ?site= names, of those the person reaches; not
// valid for none.
func (c *call) preferredSite() (id uuid.NullUUID, name string, err error) {
	text := c.query().Get("site")
	if text == "" {
		return id, "", nil
	}
	sites, err := c.reachable()
	for _, s := range sites {
		if s.ID.String() == text {
			return uuid.NullUUID{UUID: s.ID, Valid: true}, s.Name, nil
		}
	}
	if err == nil {
		err = errs.Missing()
	}
	return id, "", err
}

// preferencesPage is GET /app/me/notifications/settings.
func preferencesPage(c *call) (answer, error) {
	site, name, err := c.preferredSite()
	if err != nil {
		return answer{}, err
	}
	f, sheet, err := c.preferenceForm(site, name)
	if err != nil {
		return answer{}, err
	}
	return show(screen.SheetPage(f, sheet))
}

func (c *call) preferenceForm(site uuid.NullUUID, name string) (screen.Frame, screen.Sheet, error) {
	title, action := c.words.T("notices.settings.title"), preferURL
	if site.Valid {
		title, action = name, preferURL+"?site="+site.UUID.String()
	}
	sheet := screen.Sheet{Text: c.words.T("notices.settings.text"), Action: action, Submit: c.words.T("form.save"), Cancel: noticesURL}
	f, err := c.frame(title, screen.Crumb{Label: c.words.T("notices.title"), URL: noticesURL})
	if err != nil {
		return f, sheet, err
	}
	all, err := notify.Preferences(c.ctx, c.DB.Pool(), c.account.ID, site)
	if err != nil {
		return f, sheet, err
	}
	var bell, email []ui.Choice
	own := false
	for _, p := range all {
		label := c.words.T("notices.kind." + string(p.Kind))
		bell = append(bell, ui.Choice{Value: string(p.Kind), Label: label, Selected: p.Bell})
		email = append(email, ui.Choice{Value: string(p.Kind), Label: label, Selected: p.Mail})
		own = own || p.Own
	}
	sheet.Sections = []screen.SheetSection{{Fields: []screen.SheetField{
		{Name: "bell", Kind: "checks", Label: c.words.T("notices.bell"), Choices: bell},
		{Name: "email", Kind: "checks", Label: c.words.T("notices.email"), Choices: email},
	}}}
	if site.Valid {
		sheet.Text = c.words.T("notices.settings.site")
		if own {
			sheet.Acts = []screen.SheetAct{{
				Title: c.words.T("notices.same.title"), Text: c.words.T("notices.same.text"), Label: c.words.T("notices.same"), Action: action,
				Hidden: []ui.Hidden{{Name: "do", Value: "same"}},
			}}
		}
		return f, sheet, nil
	}
	sites := screen.Register{Title: c.words.T("notices.sites.title"), Text: c.words.T("notices.sites.text"), Empty: c.words.T("notices.sites.none"), Heads: []string{c.words.T("sites.name"), c.words.T("sites.client")}}
	for _, s := range f.Sites {
		id := s.URL[len("/app/"):]
		sites.Rows = append(sites.Rows, screen.RegisterRow{Cells: []screen.RegisterCell{{Text: s.Name, URL: preferURL + "?site=" + id}, {Text: s.Client}}})
	}
	sheet.Tables = []screen.Register{sites}
	return f, sheet, nil
}

// submitPreferences is POST /app/me/notifications/settings.
func submitPreferences(c *call) (answer, error) {
	site, _, err := c.preferredSite()
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	err = c.DB.Tx(c.ctx, func(tx pgx.Tx) error {
		if form.Get("do") == "same" && site.Valid {
			return notify.Unprefer(c.ctx, tx, c.account.ID, site.UUID)
		}
		var all []notify.Preference
		for _, kind := range notify.Kinds() {
			all = append(all, notify.Preference{Kind: kind, Bell: slices.Contains(form["bell"], string(kind)), Mail: slices.Contains(form["email"], string(kind))})
		}
		return notify.Prefer(c.ctx, tx, c.account.ID, site, all)
	})
	if err != nil {
		return answer{}, err
	}
	c.flash("flash.settings.saved", "")
	return redirect(noticesURL)
}
