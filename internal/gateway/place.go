package gateway

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// placeRecord is POST /api/modules/{module}/{collection}/{id}/place of a
// collection that is ordered by hand: the record goes next to another one,
// {"before": id} or {"after": id}.
func placeRecord(c *call) (answer, error) {
	id, records, err := c.record("update")
	if err != nil {
		return answer{}, err
	}
	if err := c.takesOnly(); err != nil {
		return answer{}, err
	}
	body, err := c.readJSON()
	if err != nil {
		return answer{}, err
	}
	beside, err := readBeside(body)
	if err != nil {
		return answer{}, err
	}
	expected, err := c.expectation(nil)
	if err != nil {
		return answer{}, err
	}
	var record []byte
	err = expected.hold(func(version *int64) (err error) {
		record, err = records.Place(c.ctx, id, beside, version)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return c.written(http.StatusOK, record), nil
}

// readBeside reads which neighbour a record gets.
func readBeside(body []byte) (collection.Beside, error) {
	var by collection.Beside
	if err := checkObject(body); err != nil {
		return by, err
	}
	var given map[string]any
	if err := json.Unmarshal(body, &given); err != nil {
		return by, errs.New(errs.Invalid, "invalid_json", `Send {"before": id} or {"after": id}.`).WithCause(err)
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		text, _ := given[key].(string)
		if key != "before" && key != "after" {
			return by, errs.BadFields(errs.Field{Path: key, Code: "unknown_field", Message: `There are "before" and "after".`})
		}
		id, err := uuid.Parse(text)
		if err != nil || len(text) != 36 {
			return by, errs.BadFields(errs.Field{Path: key, Code: "not_id", Message: "Must be the id of a record."})
		}
		by = collection.Beside{ID: id, After: key == "after"}
	}
	if len(given) != 1 {
		return by, errs.BadFields(errs.Field{Path: "after", Code: "required", Message: `Name one neighbour: "before" or "after".`})
	}
	return by, nil
}

// removal is how the request wants records to be deleted: "substitute" names
// the record that takes their place in references which ask for one.
func (c *call) removal(in *collection.Collection, text string) (collection.Removal, error) {
	var how collection.Removal
	if text == "" {
		return how, nil
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return how, errs.BadFields(errs.Field{Path: "substitute", Code: "not_id", Message: "Must be the id of a record."})
	}
	missing := errs.BadFields(errs.Field{Path: "substitute", Code: "reference_missing", Message: "There is no such record."})
	readable, ok := c.readable(in)
	if !ok {
		return how, missing
	}
	reading := c.acting().Own(in)
	reading.Access = readable
	if _, err = reading.Find(c.ctx, id, collection.Query{Select: collection.Columns("id")}); errs.KindOf(err) == errs.NotFound {
		return how, missing
	}
	how.Substitute = uuid.NullUUID{UUID: id, Valid: true}
	return how, err
}
