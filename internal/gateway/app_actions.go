package gateway

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// actionForm is GET /app/{site}/{module}/{collection}/{id}/{action}: what an
// action on a record asks before it runs.
func actionForm(c *call) (answer, error) {
	id, err := c.recordID()
	if err != nil {
		return answer{}, err
	}
	return c.showAction(http.StatusOK, id, nil, nil)
}

// submitAction is POST /app/{site}/{module}/{collection}/{id}/{action}.
func submitAction(c *call) (answer, error) {
	in, action := c.running.collection, c.running.action
	if action.Scope == "collection" {
		return answer{}, errs.Missing()
	}
	id, records, err := c.record(action.Name)
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	return c.limited(in, action, func() (answer, error) {
		values, err := c.filledForm(form, func(form url.Values, loc collection.Locale) (collection.Values, error) {
			return in.DecodeActionForm(action, form, loc)
		})
		if err == nil {
			_, err = records.Run(c.ctx, action, id, values)
		}
		if e, ok := formError(err); err != nil && ok {
			return c.refusedAction(id, form, e)
		}
		if err != nil {
			return answer{}, err
		}
		c.flash("flash.record.action", action.Label)
		return redirect(c.afterAction(id))
	})
}

// refusedAction shows why an action did not run: on its own page if it has one,
// else on the record's.
func (c *call) refusedAction(id uuid.UUID, form url.Values, refused *errs.Error) (answer, error) {
	if action := c.running.action; len(action.Params) > 0 || action.Confirm != "" {
		return c.showAction(statuses[refused.Kind], id, form, refused)
	}
	return c.showForm(statuses[refused.Kind], id, nil, refused)
}

// afterAction is where an action leads: the record, or the list when the actor
// does not see it any more.
func (c *call) afterAction(id uuid.UUID) string {
	records, err := c.records(c.running.collection.Name, "read")
	if err == nil {
		_, err = records.Get(c.ctx, id, collection.Query{Select: collection.Columns("id")})
	}
	if err != nil {
		return c.collectionBase()
	}
	return c.collectionBase() + "/" + id.String()
}

// showAction draws the page of an action, with what was typed when that was
// refused.
func (c *call) showAction(status int, id uuid.UUID, typed url.Values, refused *errs.Error) (answer, error) {
	in, action := c.running.collection, c.running.action
	if action.Scope == "collection" {
		return answer{}, errs.Missing()
	}
	options, err := c.recordOptions(id, typed, refused)
	if err != nil {
		return answer{}, err
	}
	form, err := screen.NewAction(c.words, in.Collection, action, options)
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(action.Label, append(c.recordCrumbs(), screen.Crumb{Label: form.Title, URL: form.Cancel})...)
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: screen.FormPage(f, form)}, nil
}

// offer is what may be done with a record, which is not asked where nothing of
// it depends on the record.
func (c *call) offer(id uuid.UUID) (collection.Offer, error) {
	in := c.running.collection
	if len(in.Actions) == 0 && in.Lock == nil && in.Delete.When == "" {
		return collection.Offer{}, nil
	}
	records, err := c.records(in.Name, "read")
	if err != nil {
		return collection.Offer{}, err
	}
	records.May = c.mayRun(in)
	return records.Offers(c.ctx, id)
}
