package file

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Store is Add for the code of a module: a pending file of who acts in the
// scope, for a field of the module whose scope it is. Within a transaction it
// goes with it.
func (f *Files) Store(ctx context.Context, scope pg.Scope, collection, field string, rules Rules, name string, content []byte) (File, error) {
	file, err := f.describe(rules, name, content)
	if err != nil {
		return File{}, err
	}
	file.Site, file.Collection, file.Field, file.UploadedBy = scope.Site(), collection, field, scope.Actor()
	err = scope.Tx(ctx, func(tx pgx.Tx) error {
		var added bool
		err := tx.QueryRow(ctx, `select platform.add_file($1, $2, $3, $4, $5, $6, $7, decode($8, 'hex'), $9, $10, $11, $12)`,
			file.ID, file.Collection, file.Field, file.Name, file.Slug, file.MediaType, file.Size, file.Hash,
			file.Width, file.Height, file.CreatedAt, maxPending).Scan(&added)
		switch {
		case err != nil:
			return err
		case !added:
			return errTooManyWait()
		}
		return f.blobs.Put(ctx, blob.Hash(file.Hash), content)
	})
	return file, err
}

// Known returns a file of the module whose scope it is: one that a record names,
// or a pending one of who acts. Whether the record may be read is asked
// elsewhere. Any other is errs.NotFound.
func (f *Files) Known(ctx context.Context, scope pg.Scope, id uuid.UUID) (File, error) {
	var found File
	err := scope.Tx(ctx, func(tx pgx.Tx) (err error) {
		found, err = pg.One[File](ctx, tx, `select `+columns+` from platform.find_file($1)`, id)
		return err
	})
	return found, err
}

func errTooManyWait() error {
	return errs.New(errs.Exhausted, "too_many", "Too many uploaded files wait for a record. Save some first.")
}
