package host

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// run runs an action of a collection as the API does.
func run(ctx context.Context, r collection.Records, a *manifest.Action, id string, params json.RawMessage) (json.RawMessage, error) {
	values, err := r.Collection.DecodeAction(a, params, r.Currency)
	if err != nil {
		return nil, err
	}
	if (id == "") != (a.Scope == "collection") {
		return nil, errs.Missing()
	}
	of := uuid.Nil
	if id != "" {
		if of, err = uuid.Parse(id); err != nil {
			return nil, errs.Missing()
		}
	}
	return r.Run(ctx, a, of, values)
}
