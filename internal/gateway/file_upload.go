package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// maxUpload is the largest body of an upload: a file and what a form puts
// around it.
const maxUpload = file.MaxSize + 1<<16

// visitorUpload is how often one visitor may upload.
var visitorUpload = rate{20, time.Hour}

// uploadFile is POST /api/modules/{module}/{collection}/{field}/files: the body
// is the file, or a form of a browser with one. It answers with the id that a
// record may then name.
func uploadFile(c *call) (answer, error) {
	field, err := c.fileField(c.running.collection, c.path("field"))
	if err != nil {
		return answer{}, err
	}
	return c.receive(uploadTo(c.running.collection, field))
}

// uploadParameter is POST /api/modules/{module}/rpc/{action}/{field}/files: the
// same for a parameter of one of the module's own actions. Its code reads the
// file; no record names it as it is.
func uploadParameter(c *call) (answer, error) {
	for _, f := range c.running.action.Params {
		if f.Name == c.path("field") && takesFile(f) {
			return c.receive(upload{place: c.running.action.Name + "." + f.Name, field: f, at: f.Name})
		}
	}
	return answer{}, c.hide(errs.Missing())
}

func takesFile(f manifest.Field) bool {
	return f.Kind == manifest.KindFile || f.Kind == manifest.KindImage
}

// upload is a file on its way to a field.
type upload struct {
	collection string // as its table is called; empty: the field is a parameter of the module's own action
	place      string // the field's path there
	field      manifest.Field
	at         string // what complaints call the field
	name       string
	content    []byte
}

// uploadTo is one for a field of records.
func uploadTo(in *collection.Collection, field manifest.Field) upload {
	u := upload{field: field, at: field.Name}
	u.collection, u.place = in.FilePlace(field.Name)
	return u
}

// receive keeps the file that the request brings.
func (c *call) receive(u upload) (answer, error) {
	err := c.countUpload()
	if err == nil {
		u.name, u.content, err = c.uploaded()
	}
	if err != nil {
		return answer{}, err
	}
	added, err := c.keep(u)
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(describeFile(added))
	if err != nil {
		return answer{}, err
	}
	a := jsonBody(http.StatusCreated, body)
	a.header.Set("Location", added.Path())
	return a, nil
}

// countUpload counts a request of a visitor that brings files.
func (c *call) countUpload() error {
	if c.actor.Trusted() {
		return nil
	}
	return c.attempt.upload.once(func() error {
		return c.limits.take(c.writer, c.request, visitorUpload, "upload "+c.site.ID.String()+" "+c.subnet())
	})
}

// keep keeps the content as a pending file for the field.
func (c *call) keep(u upload) (file.File, error) {
	at := file.Place{Site: c.site.ID, Module: c.running.Short, Collection: u.collection, Field: u.place}
	rules := file.RulesOf(u.field)
	rules.Field = u.at
	return c.Files.Add(c.ctx, at, c.actor.ID(), u.name, u.content, rules)
}

// fileField is the field of a path that the actor may fill with a file: one that
// it may write when it creates or changes records, or a parameter of an action
// that it may do. Any other is not there.
func (c *call) fileField(in *collection.Collection, path string) (manifest.Field, error) {
	field, settable, ok := in.FileField(path)
	if !ok {
		return manifest.Field{}, c.hide(errs.Missing())
	}
	head, _, inside := strings.Cut(path, ".")
	for _, verb := range []string{"create", "update"} {
		reaches, whole := c.running.grants.Reaches(in.Name, verb)
		if reach, ok := c.within(in, reaches, whole); ok && settable && (whole || len(reaches) > 0) && reach.Visible(head) {
			return field, nil
		}
	}
	for _, a := range in.Actions {
		takes := slices.ContainsFunc(a.Params, func(p manifest.Field) bool {
			return p.Name == head || inside && a.Name+"."+p.Name == path
		})
		if takes && !a.Internal && c.running.grants.Can(in.Name, a.Name) {
			return field, nil
		}
	}
	return manifest.Field{}, c.hide(denied())
}

// uploaded is the file that the request brings, with its name.
func (c *call) uploaded() (string, []byte, error) {
	body, err := readAll(c.request)
	if err != nil {
		return "", nil, err
	}
	kind, params := mediaType(c.request)
	if kind == "multipart/form-data" {
		return firstFile(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
	}
	_, params, _ = mime.ParseMediaType(c.request.Header.Get("Content-Disposition"))
	name := params["filename"]
	if name == "" {
		name = c.query().Get("name")
	}
	return name, body, nil
}

// firstFile returns the first part of a form that is a file.
func firstFile(parts *multipart.Reader) (string, []byte, error) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, refuse(http.StatusBadRequest, "no_file", "The form brings no file.", "Send the file as the body, or as a part of multipart/form-data with a file name.")
		}
		if err != nil {
			return "", nil, refuse(http.StatusBadRequest, "unreadable", "The form could not be read to its end.", "")
		}
		if part.FileName() == "" {
			continue
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return "", nil, refuse(http.StatusBadRequest, "unreadable", "The form could not be read to its end.", "")
		}
		return part.FileName(), content, nil
	}
}

// fileBody is a file as answers tell of it; those of records are made by
// platform.file_json in the same shape.
type fileBody struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	URL    string `json:"url"`
	Width  *int   `json:"width,omitempty"`
	Height *int   `json:"height,omitempty"`
}

func describeFile(f file.File) fileBody {
	return fileBody{ID: f.ID.String(), Name: f.Name, Type: f.MediaType, Size: f.Size, URL: f.Path(), Width: f.Width, Height: f.Height}
}
