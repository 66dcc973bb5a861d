package gateway

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// listRecords is GET /api/modules/{module}/{collection}: a JSON array that
// PostgreSQL made, passed on as it is, or what else the caller accepts.
func listRecords(c *call) (answer, error) {
	c.content = c.contentWanted()
	records, err := c.records(c.path("collection"), "read")
	if err != nil {
		return answer{}, err
	}
	wanted, err := c.accepted()
	if err != nil {
		return answer{}, err
	}
	prefer, err := c.preferences()
	if err != nil {
		return answer{}, err
	}
	query, err := records.Collection.ParseQuery(c.query())
	if err != nil {
		return answer{}, err
	}
	if err := c.narrow(&query); err != nil {
		return answer{}, err
	}
	query.Count, query.Stripped = prefer.counting(), wanted.stripped
	found, err := fetch(c, records, query, wanted)
	if err != nil {
		return answer{}, err
	}
	status, err := ranged(query.Offset, found.Rows, found.Total)
	if err != nil {
		return answer{}, err
	}
	a, err := wanted.records(status, found)
	if err != nil {
		return answer{}, err
	}
	a.header.Set("Content-Range", contentRange(query.Offset, found.Rows, found.Total))
	c.tellLanguage(a.header)
	prefer.tell(a.header)
	return a, nil
}

// fetch reads a list as JSON or CSV.
func fetch(c *call, records collection.Records, q collection.Query, as media) (collection.Page, error) {
	if as.kind == mediaCSV {
		return records.Table(c.ctx, q)
	}
	return records.List(c.ctx, q)
}

// findRecord is GET /api/modules/{module}/{collection}/{id}.
func findRecord(c *call) (answer, error) {
	c.content = c.contentWanted()
	id, records, err := c.record("read")
	if err != nil {
		return answer{}, err
	}
	wanted, err := c.accepted()
	if err != nil {
		return answer{}, err
	}
	query, err := records.Collection.ParseQuery(c.query())
	if err != nil {
		return answer{}, err
	}
	query.Stripped = wanted.stripped
	if wanted.kind == mediaCSV {
		return c.findTable(records, id, query, wanted)
	}
	found, err := records.Find(c.ctx, id, query)
	if err != nil {
		return answer{}, err
	}
	etag := entityTag(found, c.content)
	if etagMatches(c.request, strings.TrimPrefix(etag, "W/")) {
		return answer{status: http.StatusNotModified, header: http.Header{"Etag": {etag}}}, nil
	}
	a := jsonBody(http.StatusOK, found.JSON)
	a.header.Set("ETag", etag)
	c.tellLanguage(a.header)
	if wanted.stripped {
		a.header.Set("Content-Type", wanted.contentType())
	}
	return a, nil
}

// findTable answers one record as a table.
func (c *call) findTable(records collection.Records, id uuid.UUID, q collection.Query, wanted media) (answer, error) {
	found, err := records.FindTable(c.ctx, id, q)
	if err != nil {
		return answer{}, err
	}
	a, err := wanted.records(http.StatusOK, found)
	if err == nil {
		c.tellLanguage(a.header)
	}
	return a, err
}

// entityTag names a record as it was answered: by its version, where that tells
// all, and its language, and else also by its bytes, since what is related
// changes on its own.
func entityTag(r collection.Record, language string) string {
	if r.Whole && language != "" {
		return fmt.Sprintf(`"%d-%s"`, r.Version, language)
	}
	if r.Whole {
		return fmt.Sprintf(`"%d"`, r.Version)
	}
	sum := sha256.Sum256(r.JSON)
	return fmt.Sprintf(`W/"%d-%x"`, r.Version, sum[:8])
}

// updateRecord is PATCH /api/modules/{module}/{collection}/{id}. The version
// that the caller has seen comes as "version" in the body or as If-Match.
func updateRecord(c *call) (answer, error) {
	id, records, err := c.record("update")
	if err != nil {
		return answer{}, err
	}
	if language, err := c.contentSent(); err != nil {
		return answer{}, err
	} else if language != "" {
		return c.translateRecord(id, records, language)
	}
	values, err := c.decode(records.Collection)
	if err != nil {
		return answer{}, err
	}
	expected, err := c.expectation(values)
	if err != nil {
		return answer{}, err
	}
	w, plain, err := c.writingOne(records.Collection)
	if err != nil {
		return answer{}, err
	}
	var record []byte
	update := func(r collection.Records) error {
		return expected.hold(func(version *int64) (err error) {
			record, err = r.Update(c.ctx, id, values, version)
			return err
		})
	}
	if !plain {
		return c.writeOne(records, w, id, update)
	}
	if err := update(records); err != nil {
		return answer{}, err
	}
	return c.written(http.StatusOK, record), nil
}

// takesOnly refuses every parameter of the address but these. What a write of
// one record cannot follow, such as a filter, is not passed over.
func (c *call) takesOnly(names ...string) error {
	var found []errs.Field
	for _, name := range slices.Sorted(maps.Keys(c.query())) {
		if !slices.Contains(names, name) {
			found = append(found, errs.Field{Path: name, Code: "unknown_parameter", Message: "This address does not take it."})
		}
	}
	if len(found) == 0 {
		return nil
	}
	return errs.BadFields(found...).WithHint("Filters are taken by PATCH and DELETE of the collection: ?id=eq.<id>&version=eq.3.")
}

// substituted is the parameter of deletions that may ask for a substitute.
func substituted(in *collection.Collection) []string {
	if in.AsksSubstitute() {
		return []string{"substitute"}
	}
	return nil
}

// deleteRecord is DELETE /api/modules/{module}/{collection}/{id}. The record
// can be restored for 30 days.
func deleteRecord(c *call) (answer, error) {
	id, records, err := c.record("delete")
	if err != nil {
		return answer{}, err
	}
	expected, err := c.expectation(nil)
	if err != nil {
		return answer{}, err
	}
	if err := c.takesOnly(substituted(records.Collection)...); err != nil {
		return answer{}, err
	}
	how, err := c.removal(records.Collection, c.query().Get("substitute"))
	if err != nil {
		return answer{}, err
	}
	err = expected.hold(func(version *int64) error {
		how.Version = version
		return records.Remove(c.ctx, id, how)
	})
	return answer{status: http.StatusNoContent}, err
}

// restoreRecord is POST /api/modules/{module}/{collection}/{id}/restore: who may
// delete may take it back.
func restoreRecord(c *call) (answer, error) {
	id, records, err := c.record("delete")
	if err != nil {
		return answer{}, err
	}
	if err := c.takesOnly(); err != nil {
		return answer{}, err
	}
	record, err := records.Restore(c.ctx, id)
	if err != nil {
		return answer{}, err
	}
	return c.written(http.StatusOK, record), nil
}

// describeModule is GET /api/modules/{module}/openapi.json: what the caller may
// do, for the version that the site runs.
func describeModule(c *call) (answer, error) {
	release, err := c.running.release.In(c.wordsWanted(c.running.release.Manifest))
	if err != nil {
		return answer{}, err
	}
	module := release.Module
	body, err := collection.OpenAPI(module, c.ownURL(), func(name, verb string) (collection.Access, bool) {
		if name == "" {
			return collection.Access{}, c.running.grants.Can("", verb)
		}
		in, ok := module.Collection(name)
		if !ok {
			return collection.Access{}, false
		}
		reaches, whole := c.running.grants.Reaches(name, verb)
		return c.within(in, reaches, whole)
	}, func(e *manifest.Endpoint) bool { return c.admit(e) == nil })
	if err != nil {
		return answer{}, err
	}
	a := jsonBody(http.StatusOK, body)
	a.header.Add("Vary", "Accept-Language")
	return a, nil
}

// ownURL is the address the request came to.
func (c *call) ownURL() string {
	return c.BaseURL.Scheme + "://" + c.request.Host
}

// record is the one that the path names, and what the actor may do the verb with.
func (c *call) record(verb string) (uuid.UUID, collection.Records, error) {
	id, err := c.recordID()
	if err != nil {
		return uuid.Nil, collection.Records{}, err
	}
	records, err := c.records(c.path("collection"), verb)
	return id, records, err
}

// recordID reads {id}; what is not a UUID cannot exist.
func (c *call) recordID() (uuid.UUID, error) {
	text := c.path("id")
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, errs.Missing()
	}
	return id, nil
}

// decode reads the body as one record.
func (c *call) decode(in *collection.Collection) (collection.Values, error) {
	return c.decodeAs(in.DecodeJSON)
}

// decodeAs reads the body as JSON.
func (c *call) decodeAs(read func(body []byte, currency string) (collection.Values, error)) (collection.Values, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	return read(body, c.site.Currency)
}

// readJSON returns a body that says it is JSON, or does not say what it is.
func (c *call) readJSON() ([]byte, error) {
	if kind := c.sent(); kind != "" && kind != mediaJSON {
		return nil, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON.", "Content-Type: application/json")
	}
	return c.readText()
}

// written answers with the record, or with nothing when the client prefers so.
// PostgREST's clients ask for an array unless they ask for one object.
func (c *call) written(status int, record []byte) answer {
	if prefers(c.request, "return=minimal") {
		if status == http.StatusOK {
			status = http.StatusNoContent
		}
		return answer{status: status}
	}
	object := strings.Contains(c.request.Header.Get("Accept"), "application/vnd.pgrst.object+json")
	if prefers(c.request, "return=representation") && !object {
		record = slices.Concat([]byte("["), record, []byte("]"))
	}
	return jsonBody(status, record)
}

// prefers reports whether the Prefer header (RFC 7240) names the preference.
func prefers(r *http.Request, preference string) bool {
	for _, line := range r.Header.Values("Prefer") {
		for part := range strings.FieldsFuncSeq(line, func(b rune) bool { return b == ',' || b == ';' }) {
			if strings.ReplaceAll(strings.TrimSpace(part), " ", "") == preference {
				return true
			}
		}
	}
	return false
}
