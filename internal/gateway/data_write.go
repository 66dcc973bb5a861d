package gateway

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// writing is what a request that writes says beside the records themselves.
type writing struct {
	prefer  preferences
	wanted  media
	query   collection.Query
	columns []string // nil: all keys of the body count
	on      []string // the keys of the unique rule that decides what is the same
	passed  []string // keys of a table that nobody writes
	one     bool     // the body is one object and no list
}

// placed takes the place of the only record off the paths of what is wrong with
// it, where the body is no list that has places.
func (w *writing) placed(err error) error {
	e := errs.Of(err)
	if !w.one || e == nil || len(e.Fields) == 0 {
		return err
	}
	told := *e
	told.Fields = slices.Clone(e.Fields)
	for i, f := range told.Fields {
		told.Fields[i].Path = strings.TrimPrefix(f.Path, "0.")
	}
	return &told
}

// writing reads address and headers.
func (c *call) writing(in *collection.Collection) (w writing, err error) {
	if w.wanted, err = c.accepted(); err != nil {
		return w, err
	}
	if w.prefer, err = c.preferences(); err != nil {
		return w, err
	}
	address := maps.Clone(c.query())
	w.columns, w.on = listed(address, "columns"), listed(address, "on_conflict")
	w.query, err = in.ParseQuery(address)
	w.query.Stripped = w.wanted.stripped
	return w, err
}

// listed takes a list of names out of the address. PostgREST's clients put them
// in quotes.
func listed(address url.Values, name string) []string {
	if !address.Has(name) {
		return nil
	}
	names := []string{}
	for part := range strings.SplitSeq(address.Get(name), ",") {
		if part = strings.Trim(strings.TrimSpace(part), `"`); part != "" {
			names = append(names, part)
		}
	}
	address.Del(name)
	return names
}

// rows reads the body: an array or an object of JSON, or a table.
// What nobody writes is passed over in a table and told.
func (c *call) rows(records collection.Records, w *writing, identified bool) ([]collection.Row, error) {
	body, err := c.readText()
	if err != nil {
		return nil, err
	}
	how := collection.Reading{
		Currency: c.site.Currency, Columns: w.columns, Identified: identified, Access: records.Access,
		Absent: w.columns != nil && w.prefer.missing != "default",
	}
	switch kind := c.sent(); kind {
	case "", mediaJSON:
		w.one = !bytes.HasPrefix(bytes.TrimSpace(body), []byte("["))
		rows, err := records.Collection.DecodeMany(body, how)
		return rows, w.placed(err)
	case mediaCSV:
		rows, passed, err := records.Collection.DecodeTable(body, how)
		w.passed = passed
		return rows, err
	}
	return nil, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON or CSV.", "Content-Type: application/json")
}

// sent is the media type of the body.
func (c *call) sent() string {
	kind, _ := mediaType(c.request)
	return kind
}

// createRecord is POST /api/modules/{module}/{collection}: one record or many,
// also those that may exist already.
func createRecord(c *call) (answer, error) {
	if err := c.inOwnLanguage(); err != nil {
		return answer{}, err
	}
	records, err := c.records(c.path("collection"), "create")
	if err != nil {
		return answer{}, err
	}
	if c.request.Header.Get("If-Match") != "" {
		return answer{}, refuse(http.StatusBadRequest, "if_match_one", "If-Match is about one record that exists.", "Change it by PATCH or PUT of its id.")
	}
	if c.simple() {
		values, err := c.decode(records.Collection)
		if err != nil {
			return answer{}, err
		}
		if err := withoutVersion(values, ""); err != nil {
			return answer{}, err
		}
		record, err := records.Create(c.ctx, values)
		if err != nil {
			return answer{}, err
		}
		return c.written(http.StatusCreated, record), nil
	}
	w, err := c.writing(records.Collection)
	if err != nil {
		return answer{}, err
	}
	if w.query.Where != nil || w.query.Limit != 0 || w.query.Offset != 0 {
		return answer{}, refuse(http.StatusBadRequest, "bad_request", "A new record takes no filter, limit or offset.", "")
	}
	merging := w.prefer.resolution != ""
	if w.on != nil && !merging {
		return answer{}, refuse(http.StatusBadRequest, "bad_request", "on_conflict needs to know what is to be done with records that exist.",
			"Send the header Prefer: resolution=merge-duplicates or resolution=ignore-duplicates.")
	}
	rows, err := c.rows(records, &w, merging)
	if err != nil {
		return answer{}, err
	}
	for i, row := range rows {
		if err := withoutVersion(row.Values, strconv.Itoa(i)+"."); err != nil {
			return answer{}, w.placed(err)
		}
	}
	w.prefer.apply("missing", w.prefer.missing)
	if !merging {
		return c.writeMany(records, w, http.MethodPost, func(r collection.Records) (collection.Written, error) {
			out, err := r.CreateMany(c.ctx, rows)
			return out, w.placed(err)
		})
	}
	w.prefer.apply("resolution", w.prefer.resolution)
	return c.upsert(records, w, rows, collection.Conflict{On: w.on, Keep: w.prefer.resolution == "ignore-duplicates"})
}

// withoutVersion refuses the version that a writer has seen of a record, where
// it is made or replaced and nobody looks at it.
func withoutVersion(values collection.Values, place string) error {
	if _, ok := values.Version(); !ok {
		return nil
	}
	return errs.BadFields(errs.Field{Path: place + "version", Code: "readonly", Message: "Is set by the platform."})
}

// upsert creates or changes; what it may change is asked for apart.
func (c *call) upsert(records collection.Records, w writing, rows []collection.Row, on collection.Conflict) (answer, error) {
	var update collection.Access
	if !on.Keep {
		changing, err := c.records(c.path("collection"), "update")
		if err != nil {
			return answer{}, err
		}
		update = changing.Access
	}
	return c.writeMany(records, w, http.MethodPost, func(r collection.Records) (collection.Written, error) {
		out, err := r.Upsert(c.ctx, rows, on, update)
		return out, w.placed(err)
	})
}

// simple reports whether the request creates one record and asks for nothing
// else, so that one batch answers it.
func (c *call) simple() bool {
	if c.request.URL.RawQuery != "" || c.sent() == mediaCSV || len(c.request.Header.Values("Prefer")) > 0 && !onlyReturns(c.request) {
		return false
	}
	body, err := readAll(c.request)
	if err != nil {
		return false
	}
	c.request.Body = io.NopCloser(bytes.NewReader(body))
	body = bytes.TrimLeft(body, " \t\r\n")
	return len(body) == 0 || body[0] != '['
}

// onlyReturns reports whether the header Prefer asks for a record or nothing,
// and for no more.
func onlyReturns(r *http.Request) bool {
	for _, line := range r.Header.Values("Prefer") {
		if line != "return=representation" && line != "return=minimal" {
			return false
		}
	}
	return true
}

// putRecord is PUT of one record under the id that the address names as
// PostgREST writes it, ?id=eq.<id>: it is created, or replaced as a whole.
func putRecord(c *call) (answer, error) {
	if err := c.inOwnLanguage(); err != nil {
		return answer{}, err
	}
	records, err := c.records(c.path("collection"), "create")
	if err != nil {
		return answer{}, err
	}
	id, err := c.putID()
	if err != nil {
		return answer{}, err
	}
	w, err := c.writing(records.Collection)
	if err != nil {
		return answer{}, err
	}
	rows, err := c.rows(records, &w, true)
	if err != nil {
		return answer{}, err
	}
	if len(rows) != 1 || rows[0].ID != uuid.Nil && rows[0].ID != id {
		return answer{}, refuse(http.StatusBadRequest, "bad_request", "PUT takes one record, and its id is that of the address.", "")
	}
	if err := withoutVersion(rows[0].Values, ""); err != nil {
		return answer{}, err
	}
	changing, err := c.records(c.path("collection"), "update")
	if err != nil {
		return answer{}, err
	}
	expected, err := c.expectation(nil)
	if err != nil {
		return answer{}, err
	}
	rows[0].ID = id
	return c.writeMany(records, w, http.MethodPut, func(r collection.Records) (out collection.Written, err error) {
		if !expected.fromHeader {
			out, err = r.Put(c.ctx, rows[0], changing.Access)
			return out, w.placed(err)
		}
		err = expected.hold(func(version *int64) error {
			out, err = r.Replace(c.ctx, rows[0], changing.Access, version)
			return err
		})
		if errs.KindOf(err) == errs.NotFound {
			err = failed("There is no record to be replaced.")
		}
		return out, w.placed(err)
	})
}

// putID takes the id out of the filter.
func (c *call) putID() (uuid.UUID, error) {
	address := maps.Clone(c.query())
	id, ok := equalID(address["id"])
	if !ok {
		return uuid.Nil, refuse(http.StatusBadRequest, "bad_request", "PUT needs the record's id and nothing else as its filter: ?id=eq.<id>.", "")
	}
	address.Del("id")
	c.asked = address
	return id, nil
}

// updateRecords is PATCH of every record that the filter finds.
func updateRecords(c *call) (answer, error) {
	if err := c.inOwnLanguage(); err != nil {
		return answer{}, err
	}
	records, err := c.records(c.path("collection"), "update")
	if err != nil {
		return answer{}, err
	}
	w, err := c.writing(records.Collection)
	if err != nil {
		return answer{}, err
	}
	rows, err := c.rows(records, &w, false)
	if err != nil {
		return answer{}, err
	}
	if len(rows) != 1 {
		return answer{}, errs.New(errs.Invalid, "invalid_json", "Send the values to change as one JSON object.")
	}
	expected, err := c.expectation(nil)
	if err == nil {
		err = expected.ofOne(c)
	}
	if err != nil {
		return answer{}, err
	}
	return c.writeMany(records, w, http.MethodPatch, func(r collection.Records) (collection.Written, error) {
		if !expected.fromHeader {
			return r.UpdateWhere(c.ctx, w.query, rows[0].Values)
		}
		return r.Each(c.ctx, w.query, func(r collection.Records, id uuid.UUID) error {
			return expected.hold(func(version *int64) error {
				_, err := r.Update(c.ctx, id, rows[0].Values, version)
				return err
			})
		})
	})
}

// deleteRecords is DELETE of every record that the filter finds. What is
// answered is as it was.
func deleteRecords(c *call) (answer, error) {
	records, err := c.records(c.path("collection"), "delete")
	if err != nil {
		return answer{}, err
	}
	substitute := ""
	if records.Collection.AsksSubstitute() && c.query().Has("substitute") {
		address := maps.Clone(c.query())
		substitute = address.Get("substitute")
		address.Del("substitute")
		c.asked = address
	}
	how, err := c.removal(records.Collection, substitute)
	if err != nil {
		return answer{}, err
	}
	w, err := c.writing(records.Collection)
	if err != nil {
		return answer{}, err
	}
	expected, err := c.expectation(nil)
	if err == nil {
		err = expected.ofOne(c)
	}
	if err != nil {
		return answer{}, err
	}
	return c.writeMany(records, w, http.MethodDelete, func(r collection.Records) (out collection.Written, err error) {
		err = expected.hold(func(version *int64) error {
			how.Version = version
			out, err = r.DeleteWhere(c.ctx, w.query, how)
			return err
		})
		return out, err
	})
}

// headerLeftOut tells how many records the caller may see, but not write, and
// headerPassedOver which columns of a table nobody writes.
const (
	headerLeftOut    = "Dramac-Left-Out"
	headerPassedOver = "Dramac-Passed-Over"
)

// writeMany writes in one transaction and answers as the caller prefers. What
// cannot be answered as asked was not written either.
func (c *call) writeMany(records collection.Records, w writing, method string, write func(collection.Records) (collection.Written, error)) (answer, error) {
	full := w.prefer.returns == "representation"
	if !full && w.prefer.maxAffected == nil {
		out, err := write(records)
		if err != nil {
			return answer{}, err
		}
		return c.wrote(w, method, out, answer{header: http.Header{}}), nil
	}
	var out collection.Written
	a := answer{header: http.Header{}}
	err := records.Within(c.ctx, func(r collection.Records) error {
		before, err := c.beforeDeletion(r, w, method, full)
		if err != nil {
			return err
		}
		if out, err = write(r); err != nil {
			return err
		}
		if err := w.bounded(len(out.IDs)); err != nil {
			return err
		}
		if !full {
			return nil
		}
		if method != http.MethodDelete {
			before, err = c.shown(r, w, out.IDs)
		}
		if err != nil {
			return err
		}
		a, err = w.wanted.records(http.StatusOK, before)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return c.wrote(w, method, out, a), nil
}

// shown are the written records as the caller wants them.
func (c *call) shown(r collection.Records, w writing, ids []uuid.UUID) (collection.Page, error) {
	return r.Shown(c.ctx, ids, w.query, func(r collection.Records, q collection.Query) (collection.Page, error) {
		return fetch(c, r, q, w.wanted)
	})
}

// beforeDeletion reads the records that are about to go.
func (c *call) beforeDeletion(r collection.Records, w writing, method string, full bool) (collection.Page, error) {
	if method != http.MethodDelete || !full {
		return collection.Page{}, nil
	}
	out, err := r.Each(c.ctx, w.query, func(collection.Records, uuid.UUID) error { return nil })
	if err != nil {
		return collection.Page{}, err
	}
	return c.shown(r, w, out.IDs)
}

// wrote completes the answer to a write.
func (c *call) wrote(w writing, method string, out collection.Written, a answer) answer {
	created := out.Created > 0 && (method == http.MethodPost || method == http.MethodPut)
	switch {
	case created || method == http.MethodPost && len(out.IDs) == 0 && w.prefer.resolution == "":
		a.status = http.StatusCreated
	case len(a.body) > 0 || method == http.MethodPost:
		a.status = http.StatusOK
	default:
		a.status = http.StatusNoContent
	}
	total := int64(-1)
	if w.prefer.count != "" {
		total = int64(len(out.IDs))
		w.prefer.apply("count", w.prefer.count)
	}
	rows := len(out.IDs)
	if method == http.MethodPost || method == http.MethodPut {
		rows = 0
	}
	a.header.Set("Content-Range", contentRange(0, rows, total))
	if out.LeftOut > 0 {
		a.header.Set(headerLeftOut, strconv.Itoa(out.LeftOut))
	}
	if w.passed != nil {
		a.header.Set(headerPassedOver, strings.Join(w.passed, ", "))
	}
	if w.prefer.returns == "headers-only" && len(out.IDs) == 1 && method != http.MethodDelete {
		a.header.Set("Location", "/api/modules/"+c.running.Name+"/"+c.path("collection")+"/"+out.IDs[0].String())
	}
	w.prefer.applied = slices.Insert(w.prefer.applied, 0, returned(w.prefer)...)
	w.prefer.tell(a.header)
	return a
}

func returned(p preferences) []string {
	if p.returns == "" {
		return nil
	}
	return []string{"return=" + p.returns}
}

// writingOne reads what a change of one record asks of its answer: plain when
// that is the record itself or nothing, so that the write alone answers it.
func (c *call) writingOne(in *collection.Collection) (w writing, plain bool, err error) {
	address := c.query()
	inner := func(name string) bool { // of what the select embeds
		path, _, _ := strings.Cut(name, "->")
		step, _, ok := strings.Cut(path, ".")
		return ok && step != "not" && address.Has("select")
	}
	var own []string
	for name := range address {
		if name == "select" || inner(name) {
			own = append(own, name)
		}
	}
	if err := c.takesOnly(own...); err != nil {
		return w, false, err
	}
	if w, err = c.writing(in); err != nil {
		return w, false, err
	}
	whole := w.wanted.kind != mediaCSV && w.wanted.kind != mediaArray && !w.wanted.stripped
	return w, len(address) == 0 && whole && onlyReturns(c.request), nil
}

// writeOne changes one record and answers what the address selects of it, in
// one transaction: what cannot be answered as asked was not written either.
func (c *call) writeOne(records collection.Records, w writing, id uuid.UUID, write func(collection.Records) error) (answer, error) {
	a := answer{status: http.StatusNoContent, header: http.Header{}}
	err := records.Within(c.ctx, func(r collection.Records) error {
		if err := write(r); err != nil {
			return err
		}
		if err := w.bounded(1); err != nil {
			return err
		}
		if w.prefer.returns != "" && w.prefer.returns != "representation" {
			return nil
		}
		found, err := c.shown(r, w, []uuid.UUID{id})
		if err != nil {
			return err
		}
		bare := w.prefer.returns == "" && w.wanted.kind == mediaJSON
		if bare {
			w.wanted.kind = mediaObject
		}
		a, err = w.wanted.records(http.StatusOK, found)
		if err == nil && bare {
			a.header.Set("Content-Type", mediaJSON)
		}
		return err
	})
	if err != nil {
		return answer{}, err
	}
	if w.prefer.returns == "headers-only" {
		a.header.Set("Location", c.request.URL.EscapedPath())
	}
	w.prefer.applied = slices.Insert(w.prefer.applied, 0, returned(w.prefer)...)
	w.prefer.tell(a.header)
	return a, nil
}

// bounded refuses to have written more records than max-affected allows.
func (w writing) bounded(n int) error {
	if w.prefer.maxAffected == nil || n <= *w.prefer.maxAffected {
		return nil
	}
	return &protocolError{
		status: http.StatusBadRequest, code: "PGRST124", message: "Query result exceeds max-affected preference constraint",
		details: "The query affects " + strconv.Itoa(n) + " rows",
	}
}
