package gateway

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// filledForm keeps the files that a form of the call's collection brings and
// reads its values. What is wrong with either is told together, and a file that
// is right stays in the form for the next try.
func (c *call) filledForm(form url.Values, read func(url.Values, collection.Locale) (collection.Values, error)) (collection.Values, error) {
	refused, err := c.keepFiles(form)
	if err != nil {
		return nil, err
	}
	values, err := read(form, c.formLocale())
	if e := errs.Of(err); err != nil && (e == nil || len(e.Fields) == 0) || len(refused) == 0 {
		return values, err
	}
	if e := errs.Of(err); err != nil {
		refused = append(refused, e.Fields...)
	}
	return nil, errs.BadFields(refused...)
}

// keepFiles keeps the files of a form as pending ones and puts their ids into
// the form. It returns what is wrong with those that a field does not take.
func (c *call) keepFiles(form url.Values) ([]errs.Field, error) {
	if c.request.MultipartForm == nil {
		return nil, nil
	}
	var refused []errs.Field
	for _, f := range c.running.collection.Fields {
		if f.Kind != manifest.KindFile && f.Kind != manifest.KindImage {
			continue
		}
		key := f.Name + "_id"
		for _, part := range c.request.MultipartForm.File[key+screen.FileSuffix] {
			id, err := c.keepFile(f, part)
			if e := errs.Of(err); err != nil && e != nil && e.Kind == errs.Invalid {
				refused = append(refused, e.Fields...)
				continue
			}
			if err != nil {
				return nil, err
			}
			form.Set(key, id)
		}
	}
	return refused, nil
}

// keepFile keeps one file for a field that the actor may fill.
func (c *call) keepFile(f manifest.Field, part *multipart.FileHeader) (string, error) {
	field, err := c.fileField(c.running.collection, f.Name)
	if err != nil {
		return "", err
	}
	opened, err := part.Open()
	if err != nil {
		return "", fmt.Errorf("open an uploaded file: %w", err)
	}
	defer func() { _ = opened.Close() }()
	content, err := io.ReadAll(opened)
	if err != nil {
		return "", refuse(http.StatusBadRequest, "unreadable", "The form could not be read to its end.", "")
	}
	added, err := c.addFile(c.running.collection, field, part.Filename, content)
	if err != nil {
		return "", err
	}
	return added.ID.String(), nil
}
