package gateway

import (
	"maps"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/page"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// runAction is POST /api/modules/{module}/{collection}/{action}: the door by
// which visitors write. Programs send JSON and get the id of what was made;
// browsers send the form that a block drew and get a page.
func runAction(c *call) (answer, error) {
	in := c.running.collection
	action := c.running.action
	if action.Scope == "record" && action.Bulk {
		return c.runOnMany(in, action)
	}
	if isForm(c.request) {
		if _, err := c.postedForm(); err != nil {
			return answer{}, err
		}
	}
	return c.limited(in, action, func() (answer, error) {
		if isForm(c.request) {
			return c.submitForm(in, action)
		}
		record, err := c.performJSON(in, action)
		if err != nil {
			return answer{}, err
		}
		return jsonBody(http.StatusCreated, record), nil
	})
}

// runRecordAction is POST /api/modules/{module}/{collection}/{id}/{action}: an
// action on one record, of those within the reach in which it is granted. It
// answers what the action returns, or the record as the caller may read it.
func runRecordAction(c *call) (answer, error) {
	in, action := c.running.collection, c.running.action
	if action.Scope == "collection" {
		return answer{}, errs.Missing()
	}
	if isForm(c.request) {
		return answer{}, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON.", "Content-Type: application/json")
	}
	return c.limited(in, action, func() (answer, error) {
		id, records, err := c.record(action.Name)
		if err != nil {
			return answer{}, err
		}
		values, err := c.parameters(in, action)
		if err != nil {
			return answer{}, err
		}
		expected, err := c.expectation(nil)
		if err != nil {
			return answer{}, err
		}
		if err := c.takesOnly(); err != nil {
			return answer{}, err
		}
		var out []byte
		err = expected.hold(func(version *int64) (err error) {
			out, err = records.Run(c.ctx, action, id, values.Seen(version))
			return err
		})
		return jsonBody(http.StatusOK, out), err
	})
}

func (c *call) performJSON(in *collection.Collection, action *manifest.Action) ([]byte, error) {
	expected, err := c.expectation(nil)
	if err != nil {
		return nil, err
	}
	if err := expected.ofOne(c); err != nil {
		return nil, err
	}
	if err := c.takesOnly(); err != nil {
		return nil, err
	}
	values, err := c.parameters(in, action)
	if err != nil {
		return nil, err
	}
	return c.perform(in, action, values)
}

// parameters reads what an action is given as JSON; no body is no parameters.
func (c *call) parameters(in *collection.Collection, action *manifest.Action) (collection.Values, error) {
	body, err := c.readText()
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		body = []byte(`{}`)
	}
	return in.DecodeAction(action, body, c.site.Currency)
}

// submitForm takes a form from a site's page: thanks by redirect, so that
// reloading does not send twice; what is refused comes back as it was typed.
func (c *call) submitForm(in *collection.Collection, action *manifest.Action) (answer, error) {
	form := c.request.PostForm
	if !c.onSite {
		return answer{}, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON.", "Content-Type: application/json")
	}
	thanks := "/?sent=" + url.QueryEscape(c.running.Name+"."+in.Name+"."+action.Name)
	if form.Get(page.Honeypot) != "" {
		return redirect(thanks) // a robot filled in what people do not see
	}
	form.Del(page.Honeypot)
	values, err := c.filledForm(form, func(form url.Values, loc collection.Locale) (collection.Values, error) {
		return in.DecodeActionForm(action, form, loc)
	})
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
	// but the id. It points at what it may read.
	records := c.acting().Own(in)
	records.Reach = c.readable
	return records.Run(c.ctx, action, uuid.Nil, values)
}

// limited runs an action within its limit, which is of one actor or address.
// What is refused costs nothing of what the manifest allows, so that a slip in
// a form is free; how often one address may try at all is limited apart. One
// caller's uses come one after another, so that none slips through between the
// question and the count.
func (c *call) limited(in *collection.Collection, action *manifest.Action, run func() (answer, error)) (answer, error) {
	at, declared := declaredRate(action.Limit)
	if !declared && c.actor.Trusted() {
		return run()
	}
	if !declared {
		at = visitorAction
	}
	who := c.subnet()
	if c.actor.Trusted() {
		who = c.actor.ID().UUID.String()
	}
	key := c.site.ID.String() + " " + c.running.Name + " " + in.Name + " " + action.Name + " " + who
	defer c.limits.hold(key)()
	if err := c.countAttempt(key); err != nil {
		return c.refusedForm(in, action, c.request.PostForm, err)
	}
	if err := c.limits.left(c.writer, c.request, at, key); err != nil {
		return c.refusedForm(in, action, c.request.PostForm, err)
	}
	a, err := run()
	if err == nil && a.status < http.StatusBadRequest {
		_ = c.limits.take(c.writer, c.request, at, key) // it was asked above
	}
	return a, err
}

// countAttempt counts what a visitor tries, once for all attempts of a request.
func (c *call) countAttempt(key string) error {
	if c.actor.Trusted() {
		return nil
	}
	return c.attempt.use.once(func() error {
		// The headers are for the limit of the action, unless this one refuses.
		header := http.Header{}
		err := c.limits.take(discard{header}, c.request, visitorAttempt, key+" attempt")
		if err != nil {
			maps.Copy(c.writer.Header(), header)
		}
		return err
	})
}

// attempt is what all attempts of a request share: what is counted or kept once.
type attempt struct {
	use, upload count
	key         count                // against the limits of the key
	files       map[string]file.File // kept of its form, by the name of the input
	failed      bool                 // a password, code or passkey was wrong
	guessed     string               // address of the account that it was for; empty: it named none
}

// count says whether a use has been counted and with which verdict.
type count struct {
	counted bool
	refused error
}

func (n *count) once(take func() error) error {
	if !n.counted {
		n.counted, n.refused = true, take()
	}
	return n.refused
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
	if state.Files, err = c.waiting(form); err != nil {
		return answer{}, err
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
