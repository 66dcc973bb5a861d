package gateway

import (
	"encoding/json"
	"net/http"

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
	if isForm(c.request) {
		return answer{}, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON.", "Content-Type: application/json")
	}
	body, err := readAll(c.request)
	if err != nil {
		return answer{}, err
	}
	beside, err := readBeside(body)
	if err != nil {
		return answer{}, err
	}
	expected, fromHeader, err := c.expectedVersion(nil)
	if err != nil {
		return answer{}, err
	}
	record, err := records.Place(c.ctx, id, beside, expected)
	if err != nil {
		return answer{}, precondition(err, fromHeader)
	}
	return c.written(http.StatusOK, record), nil
}

// readBeside reads which neighbour a record gets.
func readBeside(body []byte) (collection.Beside, error) {
	var given map[string]string
	if err := json.Unmarshal(body, &given); err != nil {
		return collection.Beside{}, errs.New(errs.Invalid, "invalid_json", `Send {"before": id} or {"after": id}.`).WithCause(err)
	}
	var by collection.Beside
	for key, text := range given {
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
	readable, ok := c.readable(in)
	reading := c.acting().Own(in)
	reading.Access = readable
	if _, err = reading.Find(c.ctx, id, collection.Query{Select: collection.Columns("id")}); !ok || errs.KindOf(err) == errs.NotFound {
		return how, errs.BadFields(errs.Field{Path: "substitute", Code: "reference_missing", Message: "There is no such record."})
	}
	how.Substitute = uuid.NullUUID{UUID: id, Valid: true}
	return how, err
}
