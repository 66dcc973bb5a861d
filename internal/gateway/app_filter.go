package gateway

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// narrowed reads what a list is narrowed down by from its address: the parameter
// "and" or "or", as the data API has them.
func (c *call) narrowed(o *screen.ListOptions, in *manifest.Collection) {
	for _, name := range []string{"and", "or"} {
		value := c.query().Get(name)
		if value == "" {
			continue
		}
		n, err := expr.ParseLogic(name, value)
		if err != nil {
			o.Refused = err.Error()
			return
		}
		o.WhereName, o.Where = name, value
		o.Conditions = screen.ReadConditions(in, n)
		o.Narrowed = n
		return
	}
}

// chosenColumns are the columns that the address asks for.
func (c *call) chosenColumns() []string {
	var chosen []string
	for _, value := range c.query()["columns"] {
		for name := range strings.SplitSeq(value, ",") {
			if name != "" && len(chosen) < collection.MaxColumns && !slices.Contains(chosen, name) {
				chosen = append(chosen, name)
			}
		}
	}
	return chosen
}

// called are the titles of the records that conditions name, by id.
func (c *call) called(in *collection.Collection, conditions screen.Conditions) (map[string]string, error) {
	all := map[string]string{}
	for name, texts := range conditions.References(in.Collection) {
		f, _ := fieldOf(in, name)
		options, err := c.optionsOf(f, texts)
		if err != nil {
			return nil, err
		}
		for _, o := range options {
			all[o.ID] = o.Title
		}
	}
	return all, nil
}

// optionsOf are the records of those ids that a reference may point at.
func (c *call) optionsOf(f manifest.Field, texts []string) ([]screen.Option, error) {
	ids := []uuid.UUID{}
	for _, text := range texts {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return c.find(f, "", ids)
}

// filterPage is GET /app/{site}/{module}/{collection}/filter: the panel in which
// people narrow a list down. What is filled in is checked here; when it can be
// read, the list is shown.
func filterPage(c *call) (answer, error) {
	in := c.running.collection
	records, err := c.records(in.Name, "read")
	if err != nil {
		return answer{}, err
	}
	options, err := c.listOptions(records)
	if err != nil {
		return answer{}, err
	}
	conditions := options.Conditions
	if form := c.query(); form.Has(screen.MatchInput) {
		var apply bool
		conditions, apply = screen.ReadConditionForm(in.Collection, form, func(f manifest.Field, typed string) (string, error) {
			return in.FilterValue(f.Name, typed, c.formLocale())
		})
		options.WhereName, options.Where = screen.ConditionsQuery(conditions.Node(in.Collection))
		if apply {
			return redirect(options.URL())
		}
	}
	offered, err := c.formOptions(in, options.People)
	if err != nil {
		return answer{}, err
	}
	for name, texts := range conditions.References(in.Collection) {
		f, _ := fieldOf(in, name)
		missing := slices.DeleteFunc(slices.Clone(texts), func(id string) bool {
			return slices.ContainsFunc(offered[name], func(o screen.Option) bool { return o.ID == id })
		})
		more, err := c.optionsOf(f, missing)
		if err != nil {
			return answer{}, err
		}
		offered[name] = append(more, offered[name]...)
	}
	state := url.Values{}
	for name, value := range map[string]string{"view": options.View, "q": options.Filter, "order": options.Order, "columns": strings.Join(options.Chosen, ",")} {
		if value != "" {
			state.Set(name, value)
		}
	}
	f, err := c.frame(c.words.T("filter.title", "plural", screen.Inside(c.words, in.Plural)), c.siteCrumb(),
		screen.Crumb{Label: c.running.Title, URL: c.moduleBase()}, screen.Crumb{Label: in.Plural, URL: c.collectionBase()})
	if err != nil {
		return answer{}, err
	}
	return show(screen.FilterPage(f, screen.NewFilterPanel(c.words, in.Collection, conditions, screen.PanelOptions{
		Base: c.collectionBase(), ModuleBase: c.moduleBase(), Currency: c.site.Currency, State: state, Visible: options.Visible, Records: offered,
	})))
}

// refusedList is a list whose conditions cannot be applied, with the reason; false
// when that is not what is wrong.
func (c *call) refusedList(f screen.Frame, in *collection.Collection, o screen.ListOptions, err error) (answer, bool) {
	var e *errs.Error
	if o.Where == "" || !errors.As(err, &e) || e.Kind != errs.Invalid {
		return answer{}, false
	}
	o.Refused = e.Message
	if len(e.Fields) > 0 {
		o.Refused = e.Fields[0].Message
	}
	return answer{status: http.StatusUnprocessableEntity, page: screen.ListPage(f, screen.RefusedList(c.words, in.Collection, o))}, true
}
