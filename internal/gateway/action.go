package gateway

import (
	"net/http"
	"net/url"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/page"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// runAction is POST /api/modules/{module}/{collection}/{action}: the door by
// which visitors write. Programs send JSON and get the id of what was made;
// browsers send the form that a block drew and get a page.
func runAction(c *call) (answer, error) {
	in := c.running.collection
	action, ok := findAction(in, c.path("action"))
	if !ok {
		return answer{}, errs.Missing()
	}
	if err := c.limitAction(action); err != nil {
		return c.refusedForm(in, action, nil, err)
	}
	if isForm(c.request) {
		return c.submitForm(in, action)
	}
	body, err := readAll(c.request)
	if err != nil {
		return answer{}, err
	}
	values, err := in.DecodeAction(action, body, c.site.Currency)
	if err != nil {
		return answer{}, err
	}
	record, err := c.perform(in, action, values)
	if err != nil {
		return answer{}, err
	}
	return jsonBody(http.StatusCreated, record), nil
}

// submitForm takes a form from a site's page: thanks by redirect, so that
// reloading does not send twice; what is refused comes back as it was typed.
func (c *call) submitForm(in *collection.Collection, action *manifest.Action) (answer, error) {
	if err := c.request.ParseForm(); err != nil {
		return answer{}, refuse(http.StatusBadRequest, "unreadable", "The form could not be read.", "")
	}
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
	if err != nil {
		return c.refusedForm(in, action, form, err)
	}
	return redirect(thanks)
}

func (c *call) perform(in *collection.Collection, action *manifest.Action, values collection.Values) ([]byte, error) {
	// Whoever may run an action writes what it declares and reads nothing back
	// but the id.
	records := collection.Records{Scope: c.scope(), Collection: in, Currency: c.site.Currency, Now: c.localNow}
	return records.Run(c.ctx, action, values)
}

// limitAction counts the use of an action by one actor or address. It counts
// once, even if the request has to be begun again.
func (c *call) limitAction(action *manifest.Action) error {
	if c.counted == nil || *c.counted {
		return nil
	}
	*c.counted = true
	at, limited := declaredRate(action.Limit)
	if !limited {
		if c.actor.Known() {
			return nil
		}
		at = visitorAction
	}
	who := bySubnet(c.request)
	if c.actor.Known() {
		who = c.actor.ID().UUID.String()
	}
	return c.limits.take(c.writer, c.request, at, c.site.ID.String()+" "+c.running.Name+" "+c.path("collection")+" "+action.Name+" "+who)
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
