package gateway

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/file"
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

// fileInput is an input of a form that takes a file.
type fileInput struct {
	key  string // of the value: "pages.2.scan_id"
	path string // of the field: "pages.scan"
	at   string // in complaints: "pages[0].scan"
}

// fileInputs are those of a form of the call's action, or else of its collection.
func (c *call) fileInputs(form url.Values) []fileInput {
	var inputs []fileInput
	add := func(f manifest.Field, key, path, at string) {
		if takesFile(f) {
			inputs = append(inputs, fileInput{key + f.Name + "_id", path + f.Name, at + f.Name})
		}
	}
	fields, in := c.running.collection.Fields, c.running.collection
	if c.running.action != nil {
		fields = c.running.action.Params
	}
	for _, f := range fields {
		own := ""
		if _, ok := in.Field(f.Name); !ok {
			own = c.running.action.Name + "." // a parameter that is no field
		}
		add(f, "", own, "")
		numbers, _ := screen.LineNumbers(form, f.Name)
		for at, number := range numbers {
			for _, of := range f.Fields {
				add(of, f.Name+"."+number+".", own+f.Name+".", fmt.Sprintf("%s[%d].", f.Name, at))
			}
		}
	}
	return inputs
}

// keepFiles keeps the files of a form as pending ones and puts their ids into
// the form. It returns what is wrong with those that a field does not take.
func (c *call) keepFiles(form url.Values) ([]errs.Field, error) {
	if c.request.MultipartForm == nil {
		return nil, nil
	}
	var refused []errs.Field
	for _, input := range c.fileInputs(form) {
		for _, part := range c.request.MultipartForm.File[input.key+collection.FileSuffix] {
			kept, err := c.keepFile(input, part)
			if e := errs.Of(err); err != nil && e != nil && e.Kind == errs.Invalid {
				refused = append(refused, e.Fields...)
				continue
			}
			if err != nil {
				return nil, err
			}
			form.Set(input.key, kept.ID.String())
		}
	}
	return refused, nil
}

// keepFile keeps one file for a field that the actor may fill, once for all
// attempts of the request.
func (c *call) keepFile(input fileInput, part *multipart.FileHeader) (file.File, error) {
	if kept, ok := c.attempt.files[input.key]; ok {
		return kept, nil
	}
	field, err := c.fileField(c.running.collection, input.path)
	if err == nil {
		err = c.countUpload()
	}
	if err != nil {
		return file.File{}, err
	}
	opened, err := part.Open()
	if err != nil {
		return file.File{}, fmt.Errorf("open an uploaded file: %w", err)
	}
	defer func() { _ = opened.Close() }()
	content, err := io.ReadAll(opened)
	if err != nil {
		return file.File{}, refuse(http.StatusBadRequest, "unreadable", "The form could not be read to its end.", "")
	}
	u := uploadTo(c.running.collection, field)
	u.at, u.name, u.content = input.at, part.Filename, content
	kept, err := c.keep(u)
	if err != nil {
		return file.File{}, err
	}
	if c.attempt.files == nil {
		c.attempt.files = map[string]file.File{}
	}
	c.attempt.files[input.key] = kept
	return kept, nil
}

// waiting names the files that a form holds by their ids until it is sent well:
// those that its sender uploaded and no record names yet.
func (c *call) waiting(form url.Values) (map[string]string, error) {
	names := map[string]string{}
	for _, input := range c.fileInputs(form) {
		values := form[input.key]
		if len(values) == 0 {
			continue
		}
		id, err := uuid.Parse(values[len(values)-1])
		if err != nil {
			continue
		}
		found, err := c.Files.Find(c.ctx, id)
		switch {
		case errs.KindOf(err) == errs.NotFound:
		case err != nil:
			return nil, err
		case found.Site == c.site.ID && found.State == file.Pending && found.UploadedBy == c.actor.ID():
			names[input.key] = found.Name
		}
	}
	return names, nil
}
