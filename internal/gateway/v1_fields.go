package gateway

import (
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/module"
)

// fieldBody is a field that a site added to a module.
type fieldBody struct {
	Collection string          `json:"collection" doc:"The collection that has the field." example:"item"`
	Key        string          `json:"key" doc:"Names the field for ever; records have it as x_<key>." example:"industry"`
	Name       string          `json:"name" doc:"How records, filters and forms address it." example:"x_industry"`
	Kind       string          `json:"kind" doc:"What it holds; it never changes." example:"choice"`
	Label      string          `json:"label"`
	Help       string          `json:"help"`
	Options    []module.Option `json:"options" doc:"Of a choice."`
	Required   bool            `json:"required"`
	Position   int             `json:"position" doc:"Place among the collection's, from 1."`
	RetiredAt  *time.Time      `json:"retired_at" doc:"Since when it is hidden; its values are kept."`
}

type fieldOutput struct {
	Body fieldBody
}

type fieldsOutput struct {
	Body []fieldBody
}

func describeField(f module.OwnField) fieldBody {
	if f.Options == nil {
		f.Options = []module.Option{}
	}
	return fieldBody{
		Collection: f.Collection, Key: f.Key, Name: f.Name(), Kind: f.Kind, Label: f.Label, Help: f.Help,
		Options: f.Options, Required: f.Required, Position: f.Position, RetiredAt: f.RetiredAt,
	}
}

// addFieldOperations declares the operations on a site's own fields.
func addFieldOperations(p *platformAPI) {
	const path = "/api/v1/sites/{site}/modules/{module}/fields"
	operation(p, access.SiteRead, huma.Operation{
		OperationID: "listFields", Method: http.MethodGet, Path: path,
		Summary: "List the fields that a site added to a module", Tags: []string{"Fields"},
	}, listFields)
	operation(p, access.InstallationManage, huma.Operation{
		OperationID: "addField", Method: http.MethodPost, Path: path,
		Summary: "Add a field to a collection", Tags: []string{"Fields"}, DefaultStatus: http.StatusCreated,
		Description: "The records of this site, and no other's, have it as x_<key>. A key keeps its kind and is never used again.",
	}, addField)
	operation(p, access.InstallationManage, huma.Operation{
		OperationID: "changeField", Method: http.MethodPatch, Path: path + "/{field}",
		Summary: "Change, move, retire or restore a field", Tags: []string{"Fields"},
		Description: "A retired field is hidden everywhere and keeps its values.",
	}, changeField)
}

func listFields(c *call, in *siteModuleInput) (*fieldsOutput, error) {
	found, err := c.Modules.Fields(c.ctx, c.site.ID, in.Module)
	if err != nil {
		return nil, err
	}
	out := &fieldsOutput{Body: []fieldBody{}}
	for _, f := range found {
		out.Body = append(out.Body, describeField(f))
	}
	return out, nil
}

type addFieldInput struct {
	Site   string `path:"site" format:"uuid" doc:"The site's id."`
	Module string `path:"module" doc:"The module's id." example:"guestbook"`
	Body   struct {
		Collection string          `json:"collection" example:"item"`
		Key        string          `json:"key" doc:"Small letters, digits and underscores, a letter first." example:"industry"`
		Kind       string          `json:"kind" example:"text"`
		Label      string          `json:"label" example:"Industry"`
		Help       string          `json:"help,omitempty"`
		Options    []module.Option `json:"options,omitempty" doc:"Of a choice, and of no other kind."`
		Required   bool            `json:"required,omitempty"`
	}
}

func addField(c *call, in *addFieldInput) (*fieldOutput, error) {
	f, err := c.Modules.AddField(c.ctx, c.auditor(), c.siteRef(), in.Module, module.OwnField{
		Collection: in.Body.Collection, Key: in.Body.Key, Kind: in.Body.Kind, Label: in.Body.Label, Help: in.Body.Help,
		Options: in.Body.Options, Required: in.Body.Required,
	})
	if err != nil {
		return nil, err
	}
	return &fieldOutput{Body: describeField(f)}, nil
}

type changeFieldInput struct {
	Site   string `path:"site" format:"uuid" doc:"The site's id."`
	Module string `path:"module" doc:"The module's id." example:"guestbook"`
	Field  string `path:"field" doc:"The collection and the field's key." example:"item.industry"`
	Body   struct {
		Label    *string         `json:"label,omitempty"`
		Help     *string         `json:"help,omitempty"`
		Options  []module.Option `json:"options,omitempty" doc:"Replaces the options. Records keep one that goes."`
		Required *bool           `json:"required,omitempty" doc:"Records that lack it need it at their next change of it."`
		Position *int            `json:"position,omitempty" doc:"Its new place, from 1; the others make room."`
		Retired  *bool           `json:"retired,omitempty" doc:"True hides it, false brings it back."`
	}
}

func changeField(c *call, in *changeFieldInput) (*fieldOutput, error) {
	collection, key, _ := strings.Cut(in.Field, ".")
	f, err := c.Modules.ChangeField(c.ctx, c.auditor(), c.siteRef(), in.Module, collection, key, module.FieldChange{
		Label: in.Body.Label, Help: in.Body.Help, Options: in.Body.Options, Required: in.Body.Required,
		Position: in.Body.Position, Retired: in.Body.Retired,
	})
	if err != nil {
		return nil, err
	}
	return &fieldOutput{Body: describeField(f)}, nil
}
