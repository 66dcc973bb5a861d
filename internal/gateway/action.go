package gateway

import (
	"net/http"
	"net/url"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/page"
)

// runAction is POST /api/modules/{module}/{collection}/{action}: the door by
// which visitors write. Programs send JSON and get the id of what was made;
// browsers send the form that a block drew and get a page.
func runAction(c *call) (answer, error) {
	in := c.running.collection
	action := c.running.action
	if isForm(c.request) {
		if _, err := c.postedForm(); err != nil {
			return answer{}, err
		}
	}
	undo, err := c.limitAction(action)
	if err != nil {
		return c.refusedForm(in, action, c.request.PostForm, err)
	}
	if isForm(c.request) {
		return c.submitForm(in, action, undo)
	}
	record, err := c.performJSON(in, action)
	if err != nil {
		if !stale(err) {
			undo()
		}
		return answer{}, err
	}
	return jsonBody(http.StatusCreated, record), nil
}

func (c *call) performJSON(in *collection.Collection, action *manifest.Action) ([]byte, error) {
	body, err := readAll(c.request)
	if err != nil {
		return nil, err
	}
	values, err := in.DecodeAction(action, body, c.site.Currency)
	if err != nil {
		return nil, err
	}
	return c.perform(in, action, values)
}

// submitForm takes a form from a site's page: thanks by redirect, so that
// reloading does not send twice; what is refused comes back as it was typed.
func (c *call) submitForm(in *collection.Collection, action *manifest.Action, undo func()) (answer, error) {
	form := c.request.PostForm
	if !c.onSite {
		return answer{}, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON.", "Content-Type: application/json")
	}
	thanks := "/?sent=" + url.QueryEscape(c.running.Name+"."+in.Name+"."+action.Name)
	if form.Get(page.Honeypot) != "" {
		return redirect(thanks) // a robot filled in what people do not see
	}
	form.Del(page.Honeypot)
	values, err := in.DecodeActionForm(action, form, c.formLocale())
	if err == nil {
		_, err = c.perform(in, action, values)
	}
	if stale(err) {
		return answer{}, err
	}
	if err != nil {
		undo()
		return c.refusedForm(in, action, form, err)
	}
	return redirect(thanks)
}

func (c *call) perform(in *collection.Collection, action *manifest.Action, values collection.Values) ([]byte, error) {
	// Whoever may run an action writes what it declares and reads nothing back
	// but the id.
	records := collection.Records{Scope: c.scope(), Collection: in, Currency: c.site.Currency, Now: c.localNow, Settings: c.settings()}
	return records.Run(c.ctx, action, values)
}

// use is what a request counted for against the limits: nothing yet, or once,
// with the verdict and the way to take it back.
type use struct {
	counted bool
	refused error
	undo    func()
}

// limitAction counts the use of an action by one actor or address. It counts
// once, even if the request has to be begun again. What is refused afterwards
// is given back with undo, so that a slip in a form costs nothing of what the
// manifest allows; how often one address may try at all is limited apart.
func (c *call) limitAction(action *manifest.Action) (undo func(), err error) {
	if !c.use.counted {
		c.use.counted = true
		c.use.undo, c.use.refused = c.countAction(action)
	}
	return c.use.undo, c.use.refused
}

func (c *call) countAction(action *manifest.Action) (undo func(), err error) {
	at, limited := declaredRate(action.Limit)
	if !limited && c.actor.Known() {
		return func() {}, nil
	}
	if !limited {
		at = visitorAction
	}
	who := c.subnet()
	if c.actor.Known() {
		who = c.actor.ID().UUID.String()
	}
	key := c.site.ID.String() + " " + c.running.Name + " " + c.path("collection") + " " + action.Name + " " + who
	if !c.actor.Known() {
		if err := c.limits.take(c.writer, c.request, visitorAttempt, key+" attempt"); err != nil {
			return nil, err
		}
	}
	return func() { c.limits.giveBack(at, key) }, c.limits.take(c.writer, c.request, at, key)
}

// refusedForm shows the page again with what was typed and what is wrong with
// it; programs and errors that are not about the input go the usual way.
func (c *call) refusedForm(in *collection.Collection, action *manifest.Action, form url.Values, err error) (answer, error) {
	e, ok := formError(err)
	if !ok || !c.onSite || !isForm(c.request) {
		return answer{}, err
	}
	state := &page.FormState{
		Module: c.running.Name, Collection: in.Name, Action: action.Name, Values: form, Errors: e.Fields,
	}
	if len(e.Fields) == 0 {
		state.Message = c.words.TOr("error."+e.Code, e.Message)
	}
	a, err := c.home(state)
	a.status = statuses[e.Kind]
	return a, err
}

func findAction(in *collection.Collection, name string) (*manifest.Action, bool) {
	for i := range in.Actions {
		if in.Actions[i].Name == name {
			return &in.Actions[i], true
		}
	}
	return nil, false
}
