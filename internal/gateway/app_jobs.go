package gateway

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/outbox"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// jobsPage is how many lines of each list a page shows.
const jobsPage = 25

// jobStates are the views of the screen, what needs somebody first.
var jobStates = []job.State{job.Dead, job.Failing, job.Running, job.Scheduled}

// siteJobs is GET /app/{site}/jobs: what modules do on the site by themselves.
func siteJobs(c *call) (answer, error) {
	f, err := c.frame(c.words.T("jobs.title"), c.siteCrumb())
	if err != nil {
		return answer{}, err
	}
	base := c.siteBase() + "/jobs"
	state := job.State(c.query().Get("state"))
	if !slices.Contains(jobStates, state) {
		state = job.Dead
	}
	view := screen.Jobs{State: string(state), Submit: base}
	for _, s := range jobStates {
		view.Views = append(view.Views, ui.Tab{Label: c.words.T("jobs.state." + string(s)), URL: base + "?state=" + string(s), Current: s == state})
	}
	if c.query().Has("after") || c.query().Has("event") {
		view.First = base + "?state=" + string(state)
	}
	titles, err := c.moduleTitles()
	if err != nil {
		return answer{}, err
	}
	if err := c.listJobs(&view, state, titles); err != nil {
		return answer{}, err
	}
	if err := c.listEvents(&view, state, titles); err != nil {
		return answer{}, err
	}
	if err := c.listUpcoming(&view, state, titles); err != nil {
		return answer{}, err
	}
	return show(screen.JobsPage(f, view))
}

// moduleTitles are what people call the site's modules, by short id.
func (c *call) moduleTitles() (map[string]string, error) {
	list, err := c.Modules.List(c.ctx, c.site.ID)
	titles := map[string]string{}
	for _, in := range list {
		titles[in.Short] = in.Title
	}
	return titles, err
}

func (c *call) listJobs(view *screen.Jobs, state job.State, titles map[string]string) error {
	after, _ := strconv.ParseInt(c.query().Get("after"), 10, 64)
	list, err := job.List(c.ctx, c.DB.Pool(), c.site.ID, state, after, jobsPage+1)
	if err != nil {
		return err
	}
	if len(list) > jobsPage {
		list = list[:jobsPage]
		view.MoreJobs = view.Submit + "?" + url.Values{"state": {string(state)}, "after": {strconv.FormatInt(list[jobsPage-1].ID, 10)}}.Encode()
	}
	for _, e := range list {
		line := screen.JobLine{
			Name: e.Name, Module: titles[e.Module], At: e.DueAt, Attempts: e.Attempts, Error: firstLine(e.Error), Kind: "job", Key: strconv.FormatInt(e.ID, 10),
		}
		if e.EndedAt != nil {
			line.At = *e.EndedAt
		}
		view.Jobs = append(view.Jobs, line)
	}
	return nil
}

func (c *call) listEvents(view *screen.Jobs, state job.State, titles map[string]string) error {
	var list []outbox.Letter
	var err error
	switch state {
	case job.Dead:
		list, err = outbox.Dead(c.ctx, c.DB.Pool(), c.site.ID, c.query().Get("event"), jobsPage+1)
	case job.Failing:
		list, err = outbox.Failing(c.ctx, c.DB.Pool(), c.site.ID, jobsPage)
	}
	if err != nil {
		return err
	}
	if len(list) > jobsPage {
		list = list[:jobsPage]
		view.MoreEvents = view.Submit + "?" + url.Values{"state": {string(state)}, "event": {list[jobsPage-1].Key()}}.Encode()
	}
	for _, l := range list {
		line := screen.JobLine{
			Name: l.Name, Module: titles[l.Target], At: l.DueAt, Attempts: l.Attempts, Error: firstLine(l.Error), Kind: "event", Key: l.Key(),
		}
		if l.EndedAt != nil {
			line.At = *l.EndedAt
		}
		view.Events = append(view.Events, line)
	}
	return nil
}

// listUpcoming adds when the jobs of manifests run next, in the site's zone.
func (c *call) listUpcoming(view *screen.Jobs, state job.State, titles map[string]string) error {
	if state != job.Scheduled || view.First != "" {
		return nil
	}
	list, err := c.Modules.Upcoming(c.ctx, c.site.ID)
	for _, next := range list {
		view.Upcoming = append(view.Upcoming, screen.JobLine{Name: "job." + next.Name, Module: titles[next.Module], At: next.NextAt})
	}
	return err
}

// firstLine is what of an error is shown in a list, 200 characters at most.
func firstLine(text string) string {
	runes := []rune(text)
	for i, r := range runes {
		if r == '\n' || i == 200 {
			return string(runes[:i]) + "…"
		}
	}
	return text
}

// submitJob is POST /app/{site}/jobs: a dead letter is tried again or given up.
func submitJob(c *call) (answer, error) {
	kind, key, do := c.request.PostFormValue("kind"), c.request.PostFormValue("key"), c.request.PostFormValue("do")
	if do != "again" && do != "drop" {
		do = "gone"
	}
	err := c.DB.Tx(c.ctx, func(tx pgx.Tx) error {
		if do == "gone" {
			return errs.Missing()
		}
		if err := c.changeLetter(tx, kind, key, do == "again"); err != nil {
			return err
		}
		action := "job.retried"
		if do == "drop" {
			action = "job.discarded"
		}
		return audit.Write(c.ctx, tx, audit.Entry{
			Agency: c.site.Agency, Site: uuid.NullUUID{UUID: c.site.ID, Valid: true}, At: c.Now(), Actor: c.auditor(), Action: action,
			Subject: c.words.T("jobs." + kind), Details: map[string]any{"kind": kind, "key": key},
		})
	})
	if errs.KindOf(err) == errs.NotFound {
		do, err = "gone", nil // somebody else was faster, or it is another site's
	}
	if err != nil {
		return answer{}, err
	}
	c.flash("flash.job."+do, "")
	return redirect(c.siteBase() + "/jobs")
}

func (c *call) changeLetter(tx pgx.Tx, kind, key string, again bool) error {
	switch kind {
	case "job":
		id, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return errs.Missing()
		}
		if again {
			return job.TryAgain(c.ctx, tx, c.site.ID, id, c.Now())
		}
		return job.Drop(c.ctx, tx, c.site.ID, id, c.Now())
	case "event":
		if again {
			return outbox.TryAgain(c.ctx, tx, c.site.ID, key, c.Now())
		}
		return outbox.Drop(c.ctx, tx, c.site.ID, key, c.Now())
	}
	return errs.Missing()
}
