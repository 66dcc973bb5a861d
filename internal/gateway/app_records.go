package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

const (
	rowsPerPage = 50
	// optionLimit is how many records a reference offers without typing.
	optionLimit = 50
)

// collectionBase is the address of the call's collection in the app.
func (c *call) collectionBase() string {
	return c.moduleBase() + "/" + c.running.collection.Name
}

func (c *call) moduleBase() string { return c.siteBase() + "/" + c.running.Name }

// moduleStart is GET /app/{site}/{module}: the first of its screens.
func moduleStart(c *call) (answer, error) {
	links := c.collectionLinks(*c.running)
	if len(links) == 0 {
		return answer{}, errs.Missing()
	}
	return redirect(links[0].URL)
}

// recordList is GET /app/{site}/{module}/{collection}: the generated table.
func recordList(c *call) (answer, error) {
	in := c.running.collection
	records, err := c.records(in.Name, "read")
	if err != nil {
		return answer{}, err
	}
	options, err := c.listOptions(records)
	if err != nil {
		return answer{}, err
	}
	query := c.listQuery(records, options)
	f, err := c.frame(in.Plural, c.siteCrumb(), screen.Crumb{Label: c.running.Title, URL: c.moduleBase()})
	if err != nil {
		return answer{}, err
	}
	if options.Refused != "" {
		return answer{status: http.StatusUnprocessableEntity, page: screen.ListPage(f, screen.RefusedList(c.words, in.Collection, options))}, nil
	}
	found, err := records.List(c.ctx, query)
	if stale(err) {
		return answer{}, err
	}
	if refused, is := c.refusedList(f, in, options, err); err != nil && is {
		return refused, nil
	}
	if err != nil {
		c.Log.Error("list failed", "request", c.requestID, "path", c.request.URL.Path, "error", err.Error())
		return answer{status: statuses[errs.KindOf(err)], page: screen.ListPage(f, screen.FailedList(c.words, in.Collection, options, c.requestID))}, nil
	}
	options.Total, options.Capped = found.Total, found.Capped
	if options.Totals, err = records.Totals(c.ctx, screenState(options)); err != nil {
		return answer{}, err
	}
	if err := c.reachColumns(records, &options, found.JSON); err != nil {
		return answer{}, err
	}
	list, err := screen.NewList(c.words, in.Collection, found.JSON, options)
	if err != nil {
		return answer{}, err
	}
	return show(screen.ListPage(f, list))
}

func (c *call) listOptions(records collection.Records) (screen.ListOptions, error) {
	people, err := c.people(records.Collection)
	if err != nil {
		return screen.ListOptions{}, err
	}
	view := c.query().Get("view")
	if !slices.ContainsFunc(records.Collection.Lists, func(l manifest.ListView) bool { return l.Name == view }) {
		view = "" // as in an old bookmark
	}
	offset, err := strconv.Atoi(c.query().Get("offset"))
	if err != nil || offset < 0 || offset > 10_000 {
		offset = 0
	}
	o := screen.ListOptions{
		Module: c.running.Title, Base: c.collectionBase(), ModuleBase: c.moduleBase(), View: view, People: people,
		Filter: strings.TrimSpace(c.query().Get("q")), Order: c.query().Get("order"),
		Limit: rowsPerPage, Offset: offset, Total: -1,
		CanCreate: c.running.grants.Can(records.Collection.Name, "create"),
		Visible:   records.Access.Visible, Titled: records.Collection.ShowsTitle(records.Access, c.readable),
		Chosen: c.chosenColumns(), Currency: c.site.Currency,
	}
	c.narrowed(&o, records.Collection.Collection)
	o.Called, err = c.called(records.Collection, o.Conditions)
	return o, err
}

// people are the names of the site's members by id, if the collection has
// fields of members.
func (c *call) people(in *collection.Collection) (map[string]string, error) {
	if !slices.ContainsFunc(in.Fields, func(f manifest.Field) bool { return f.Kind == manifest.KindMember }) {
		return map[string]string{}, nil
	}
	all, err := access.ListColleagues(c.ctx, c.DB.Pool(), c.place())
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(all))
	for _, one := range all {
		names[one.Account.String()] = one.Name
	}
	return names, nil
}

// listQuery turns the screen's state into a query of the data API.
func (c *call) listQuery(records collection.Records, o screen.ListOptions) collection.Query {
	query := records.ScreenQuery(screenState(o))
	query.Count = collection.CountCapped
	query.Titles = c.titles(records.Collection)
	return query
}

func screenState(o screen.ListOptions) collection.ScreenState {
	return collection.ScreenState{View: o.View, Search: o.Filter, Order: o.Order, Where: o.Narrowed, Limit: o.Limit, Offset: o.Offset}
}

// titles returns the references that may be shown by title: the actor has to be
// allowed to read all records of what they point at, and of them the title.
func (c *call) titles(in *collection.Collection) []string {
	list := []string{}
	for _, f := range in.Fields {
		target, ok := in.Module().Collection(f.To)
		if f.Kind != "reference" || !ok {
			continue
		}
		if readable, may := c.readable(target); may && readable.WholeRows() && target.ShowsTitle(readable, c.readable) {
			list = append(list, f.Name)
		}
	}
	return list
}

// newRecordForm is GET /app/{site}/{module}/{collection}/new.
func newRecordForm(c *call) (answer, error) { return c.showForm(http.StatusOK, uuid.Nil, nil, nil) }

// recordForm is GET /app/{site}/{module}/{collection}/{id}.
func recordForm(c *call) (answer, error) {
	id, err := c.recordID()
	if err != nil {
		return answer{}, err
	}
	return c.showForm(http.StatusOK, id, nil, nil)
}

// showForm draws the generated form: of a new record when id is zero, with
// what was typed when that was refused.
func (c *call) showForm(status int, id uuid.UUID, typed url.Values, refused *errs.Error) (answer, error) {
	in := c.running.collection
	verb := "read"
	if id == uuid.Nil {
		verb = "create"
	}
	records, err := c.records(in.Name, verb)
	if err != nil {
		return answer{}, err
	}
	options, err := c.recordOptions(id, typed, refused)
	if err != nil {
		return answer{}, err
	}
	options.Visible = records.Access.Visible
	if options.Shape, err = c.shape(records, id, typed); err != nil {
		return answer{}, err
	}
	title := c.words.T("form.new", "name", in.Label)
	if id != uuid.Nil {
		title = screen.RecordTitle(c.words, in.Collection, options.Record)
		if options.Offer, err = c.offer(id); err != nil {
			return answer{}, err
		}
		if c.translatable(in) {
			options.Translate = c.collectionBase() + "/" + id.String() + "/translations"
		}
	}
	form, err := screen.NewForm(c.words, in.Collection, options)
	if err != nil {
		return answer{}, err
	}
	f, err := c.frame(title, c.recordCrumbs()...)
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: screen.FormPage(f, form)}, nil
}

// shape is which fields the form of a record shows: of one that was typed into,
// as far as that can be read.
func (c *call) shape(records collection.Records, id uuid.UUID, typed url.Values) (collection.Shape, error) {
	var values collection.Values
	switch {
	case typed != nil && id == uuid.Nil:
		values, _ = records.Collection.DecodeNewForm(typed, c.formLocale())
	case typed != nil:
		values, _ = records.Collection.DecodeForm(typed, c.formLocale())
	}
	return records.Shape(c.ctx, id, values)
}

// recordCrumbs are the way to a record of the call's collection.
func (c *call) recordCrumbs() []screen.Crumb {
	return []screen.Crumb{
		c.siteCrumb(), {Label: c.running.Title, URL: c.moduleBase()}, {Label: c.running.collection.Plural, URL: c.collectionBase()},
	}
}

// recordOptions is what forms of the call's collection need: of the record of
// that id, unless it is zero, and what was typed when that was refused.
func (c *call) recordOptions(id uuid.UUID, typed url.Values, refused *errs.Error) (screen.FormOptions, error) {
	in := c.running.collection
	o := screen.FormOptions{
		Base: c.collectionBase(), ModuleBase: c.moduleBase(), Typed: typed, Err: refused, Currency: c.site.Currency,
		CanUpdate: c.running.grants.Can(in.Name, "update"), CanDelete: c.running.grants.Can(in.Name, "delete"),
		Today: c.localNow().Format("2006-01-02"), Settings: c.settings(),
	}
	var err error
	if o.People, err = c.people(in); err != nil {
		return o, err
	}
	if o.Options, err = c.formOptions(in, o.People); err != nil || id == uuid.Nil {
		return o, err
	}
	records, err := c.records(in.Name, "read")
	if err != nil {
		return o, err
	}
	o.ID, o.Visible = id.String(), records.Access.Visible
	if o.CanDelete && in.AsksSubstitute() {
		if o.Substitutes, err = c.options(manifest.Field{To: in.Name}, ""); err != nil {
			return o, err
		}
		o.Substitutes = slices.DeleteFunc(o.Substitutes, func(s screen.Option) bool { return s.ID == o.ID })
	}
	o.Record, err = records.Get(c.ctx, id, collection.Query{Titles: c.titles(in), Title: in.ShowsTitle(records.Access, c.readable)})
	return o, err
}

// formOptions are the first records that each reference may point at,
// and for members the site's people.
func (c *call) formOptions(in *collection.Collection, people map[string]string) (map[string][]screen.Option, error) {
	all := map[string][]screen.Option{}
	for _, f := range in.Fields {
		if f.Kind == manifest.KindMember {
			all[f.Name] = screen.PeopleOptions(people)
		}
		if f.Kind != "reference" {
			continue
		}
		list, err := c.options(f, "")
		if err != nil {
			return nil, err
		}
		all[f.Name] = list
	}
	return all, nil
}

func (c *call) options(f manifest.Field, search string) ([]screen.Option, error) {
	return c.find(f, search, nil)
}

// find are the records that a reference may point at and whose title contains
// the text; of those ids, unless they are nil.
func (c *call) find(f manifest.Field, search string, ids []uuid.UUID) ([]screen.Option, error) {
	if !c.running.grants.Can(f.To, "read") {
		return nil, nil
	}
	records, err := c.records(f.To, "read")
	if err != nil {
		return nil, err
	}
	query, ok := records.TitleQuery(search, optionLimit)
	if !ok {
		return nil, nil
	}
	query.IDs = ids
	rows, err := readRows(c.ctx, records, query)
	if err != nil {
		return nil, err
	}
	list := []screen.Option{}
	for _, row := range rows {
		list = append(list, screen.Option{ID: fmt.Sprint(row["id"]), Title: records.Collection.RowTitle(row)})
	}
	return list, nil
}

// referenceOptions is GET /app/{site}/{module}/{collection}/options?q=: what a
// reference to the collection may be set to, as JSON for the combobox.
func referenceOptions(c *call) (answer, error) {
	list, err := c.options(manifest.Field{To: c.running.collection.Name}, c.query().Get("q"))
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(list)
	if err != nil {
		return answer{}, err
	}
	return jsonBody(http.StatusOK, body), nil
}

// submitNewRecord is POST /app/{site}/{module}/{collection}.
func submitNewRecord(c *call) (answer, error) {
	in := c.running.collection
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	records, err := c.records(in.Name, "create")
	if err != nil {
		return answer{}, err
	}
	if edited, pressed := c.editedForm(form); pressed {
		return c.showForm(http.StatusOK, uuid.Nil, edited, nil)
	}
	values, err := c.filledForm(form, in.DecodeNewForm)
	if err == nil {
		_, err = records.Create(c.ctx, values)
	}
	return c.saved(err, uuid.Nil, form, func() { c.flash("flash.record.created", in.Label) })
}

// editedForm says that a form is only to be drawn again: with a line more or
// less, or because fields that are shown depend on what was filled in.
func (c *call) editedForm(form url.Values) (url.Values, bool) {
	edited, pressed := screen.EditLines(form)
	if pressed || form.Has(screen.RedrawInput) {
		_, _ = c.keepFiles(edited) // one that is refused is when the form is sent
		return edited, true
	}
	return form, false
}

// submitRecord is POST /app/{site}/{module}/{collection}/{id}.
func submitRecord(c *call) (answer, error) {
	in := c.running.collection
	id, records, err := c.record("update")
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	if edited, pressed := c.editedForm(form); pressed {
		return c.showForm(http.StatusOK, id, edited, nil)
	}
	expected := formVersion(form)
	values, err := c.filledForm(form, in.DecodeForm)
	if err == nil {
		_, err = records.Update(c.ctx, id, values, expected)
	}
	return c.saved(err, id, form, func() { c.flash("flash.record.saved", in.Label) })
}

// submitDelete is POST /app/{site}/{module}/{collection}/{id}/delete.
func submitDelete(c *call) (answer, error) {
	id, records, err := c.record("delete")
	if err != nil {
		return answer{}, err
	}
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	how, err := c.removal(records.Collection, form.Get("substitute"))
	if err == nil {
		how.Version = formVersion(form)
		err = records.Remove(c.ctx, id, how)
	}
	return c.saved(err, id, nil, func() {
		c.flashUndo("flash.record.deleted", c.running.collection.Label, c.collectionBase()+"/"+id.String()+"/restore")
	})
}

// submitRestore is POST /app/{site}/{module}/{collection}/{id}/restore, the
// undo of a deletion.
func submitRestore(c *call) (answer, error) {
	id, records, err := c.record("delete")
	if err != nil {
		return answer{}, err
	}
	if _, err = records.Restore(c.ctx, id); err != nil {
		return answer{}, err
	}
	c.flash("flash.record.restored", c.running.collection.Label)
	return redirect(c.collectionBase())
}

// saved goes back to the list after a write and says what was done, or shows
// the form of the record again with what was typed and what is wrong with it.
func (c *call) saved(err error, id uuid.UUID, typed url.Values, say func()) (answer, error) {
	if e, ok := formError(err); err != nil && ok {
		return c.showForm(statuses[e.Kind], id, typed, e)
	}
	if err != nil {
		return answer{}, err
	}
	say()
	return redirect(c.collectionBase())
}

// postedForm reads the fields of a form, however the browser encoded it.
func (c *call) postedForm() (url.Values, error) {
	err := c.request.ParseMultipartForm(maxUpload)
	if errors.Is(err, http.ErrNotMultipart) {
		err = c.request.ParseForm()
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "unreadable", "The form could not be read.", "")
	}
	return c.request.PostForm, nil
}

// formLocale is how people here write numbers, days and amounts.
func (c *call) formLocale() collection.Locale {
	l := c.words.Locale()
	return collection.Locale{
		Decimal: l.Decimal, Group: l.Group, Date: l.NumericDate,
		Currency: c.site.Currency, Country: c.site.Country(), Zone: c.site.Zone(),
	}
}

func formVersion(form url.Values) *int64 {
	n, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}
