package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// capabilityFiles is what the manifest of a module names whose code reads and
// stores files.
const capabilityFiles = "files"

// mayFiles refuses what the manifest does not say.
func (s *session) mayFiles() error {
	switch {
	case !slices.Contains(s.module.Manifest.Capabilities, capabilityFiles):
		return fmt.Errorf("the manifest names no capability %q", capabilityFiles)
	case s.host.files == nil:
		return errors.New("files cannot be reached here")
	}
	return nil
}

// ReadFile implements sdk.Host. Who may read the lines or the field of the
// record may read the file.
func (s *session) ReadFile(ctx context.Context, id string) (read sdk.File, err error) {
	if err := s.mayFiles(); err != nil {
		return sdk.File{}, err
	}
	err = s.watch.during(ctx, func() error {
		key, err := recordID(id)
		if err != nil {
			return err
		}
		found, err := s.host.files.Known(ctx, s.acting.Scope, key)
		if err != nil {
			return err
		}
		if found.State == file.Attached {
			if err := s.seesFile(ctx, found); err != nil {
				return err
			}
		}
		read, err = s.content(ctx, found)
		return err
	})
	return read, err
}

// seesFile refuses as if the file was not there.
func (s *session) seesFile(ctx context.Context, f file.File) error {
	field, _, _ := strings.Cut(f.Field, ".")
	records, err := s.records(ctx, sdk.Source{Collection: f.Collection}, "read")
	if err != nil || !records.Access.Visible(field) {
		return errs.Missing()
	}
	_, err = records.Get(ctx, f.Record.UUID, collection.Query{Select: collection.Columns("id")})
	return err
}

func (s *session) content(ctx context.Context, f file.File) (sdk.File, error) {
	opened, err := s.host.files.Open(ctx, f)
	if err != nil {
		return sdk.File{}, fmt.Errorf("open file %s: %w", f.ID, err)
	}
	defer func() { _ = opened.Close() }()
	told := tell(f)
	told.Content, err = io.ReadAll(opened)
	return told, err
}

// StoreFile implements sdk.Host. Inside a transaction it is a part that is
// undone alone when it is refused.
func (s *session) StoreFile(ctx context.Context, field, name string, content []byte) (stored sdk.File, err error) {
	if err := s.mayFiles(); err != nil {
		return sdk.File{}, err
	}
	in, declared, err := s.fileField(field)
	if err != nil {
		return sdk.File{}, err
	}
	err = s.watch.during(ctx, func() error {
		return s.acting.Scope.Tx(ctx, func(tx pgx.Tx) error {
			of, place := in.FilePlace(declared.Name)
			kept, err := s.host.files.Store(ctx, s.acting.Scope.Within(tx), of, place, file.RulesOf(declared), name, content)
			stored = tell(kept)
			return err
		})
	})
	return stored, err
}

// fileField finds "collection.field", or "collection.lines.field".
func (s *session) fileField(name string) (in *collection.Collection, field manifest.Field, err error) {
	of, path, _ := strings.Cut(name, ".")
	in, ok := s.module.Collection(of)
	if !ok {
		return nil, field, fmt.Errorf("there is no collection %q", of)
	}
	if field, _, ok = in.FileField(path); !ok {
		return nil, field, fmt.Errorf("there is no field %q that takes files", name)
	}
	return in, field, nil
}

func tell(f file.File) sdk.File {
	told := sdk.File{ID: f.ID.String(), Name: f.Name, Type: f.MediaType, Size: f.Size, URL: f.Path()}
	if f.Width != nil && f.Height != nil {
		told.Width, told.Height = *f.Width, *f.Height
	}
	return told
}
