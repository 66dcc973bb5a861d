package gateway

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// runOnMany is POST /api/modules/{module}/{collection}/{action} of an action
// that runs on many records at once: on all that the filter of the address
// finds, with the same parameters, in one transaction. It answers as a change
// of many records does. One use is one request, however many records it finds.
func (c *call) runOnMany(in *collection.Collection, action *manifest.Action) (answer, error) {
	if isForm(c.request) {
		return answer{}, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON.", "Content-Type: application/json")
	}
	if c.request.Header.Get("If-Match") != "" {
		return answer{}, refuse(http.StatusBadRequest, "if_match_one", "If-Match is about one record.", "Run the action at the address of the record.")
	}
	return c.limited(in, action, func() (answer, error) {
		records, err := c.records(in.Name, action.Name)
		if err != nil {
			return answer{}, err
		}
		w, err := c.writing(in)
		if err != nil {
			return answer{}, err
		}
		values, err := c.parameters(in, action)
		if err != nil {
			return answer{}, err
		}
		return c.writeMany(records, w, http.MethodPatch, func(r collection.Records) (collection.Written, error) {
			return r.Each(c.ctx, w.query, func(r collection.Records, id uuid.UUID) error {
				if _, err := r.Run(c.ctx, action, id, values); err != nil {
					return fmt.Errorf("record %s: %w", id, err)
				}
				return nil
			})
		})
	})
}
