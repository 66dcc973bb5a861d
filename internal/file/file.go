// Package file keeps the files of records: their bytes in a blob store by
// their hash, and what is known of them in the table platform.file.
//
// A file is uploaded first and named by its id in a record afterwards. Until
// then it is pending, and only who uploaded it may name it. That a record names
// it is noticed by a trigger of the record's table, in the transaction of the
// write, whoever writes; so is that it does not any more. What no record names
// for a day is dropped.
package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/pg"
)

const (
	// MaxSize is the largest file in bytes that a field takes unless it says less.
	MaxSize = 10 << 20
	// maxPending is how many files one actor may have waiting for a record on
	// one site; all visitors of a site count as one.
	maxPending = 200
	// keepFor is how long a file outlives its upload or its record.
	keepFor = 24 * time.Hour
	// filesLock is the advisory lock that uploads share from before they store
	// bytes until their row is committed, and that DropOrphans has alone.
	filesLock = 7_248_301_006
)

// State is where a file stands.
type State string

// The states of a file.
const (
	Pending  State = "pending"  // uploaded, no record names it yet
	Attached State = "attached" // a record names it
	Orphan   State = "orphan"   // the record names it no more, or is gone for good
)

// File is what is known of a file.
type File struct {
	Site       uuid.UUID
	ID         uuid.UUID
	Module     string // short id
	Collection string
	Field      string
	Record     uuid.NullUUID // not valid while pending
	State      State
	Name       string // as it was uploaded, without folders
	Slug       string // the name in addresses, ASCII
	MediaType  string // from the content
	Size       int64  // bytes
	Hash       string // SHA-256 in hexadecimal
	Width      *int   // images: pixels
	Height     *int
	UploadedBy uuid.NullUUID // account or key; not valid for visitors
	CreatedAt  time.Time
}

const columns = `site_id as site, id, module, collection, field, record, state, name, slug, media_type, size,
	encode(sha256, 'hex') as hash, width, height, uploaded_by, created_at`

// Place is the field that a file is for.
type Place struct {
	Site       uuid.UUID
	Module     string // short id
	Collection string
	Field      string
}

// Files is the door to the files of all sites. Safe for concurrent use.
type Files struct {
	db    *pg.DB
	blobs blob.Store
	now   func() time.Time
	// Admits is asked in the transaction of an upload whether there is room for so
	// many bytes; nil: there always is. Set before the first use.
	Admits func(ctx context.Context, tx pgx.Tx, site uuid.UUID, size int64) error
}

// New returns the files of a database whose bytes are in the store.
func New(db *pg.DB, blobs blob.Store, now func() time.Time) *Files {
	return &Files{db: db, blobs: blobs, now: now}
}

// Add keeps an upload as a pending file of the place. What the rules do not
// take is errs.Invalid; too many files that wait for a record are
// errs.Exhausted.
func (f *Files) Add(ctx context.Context, at Place, by uuid.NullUUID, name string, content []byte, rules Rules) (File, error) {
	file, err := f.describe(rules, name, content)
	if err != nil {
		return File{}, err
	}
	file.Site, file.Module, file.Collection, file.Field, file.UploadedBy = at.Site, at.Module, at.Collection, at.Field, by
	err = f.db.Tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock_shared($1)`, filesLock); err != nil {
			return err
		}
		var waiting int
		err := tx.QueryRow(ctx, `
			select count(*)::int from platform.file
			where site_id = $1 and state = 'pending' and uploaded_by is not distinct from $2`, at.Site, by).Scan(&waiting)
		if err != nil {
			return err
		}
		if waiting >= maxPending {
			return errTooManyWait()
		}
		if f.Admits != nil {
			if err := f.Admits(ctx, tx, at.Site, file.Size); err != nil {
				return err
			}
		}
		if err := f.blobs.Put(ctx, blob.Hash(file.Hash), content); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			insert into platform.file (site_id, id, module, collection, field, state, name, slug, media_type, size, sha256,
				width, height, uploaded_by, created_at, changed_at)
			values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, decode($10, 'hex'), $11, $12, $13, $14, $14)`,
			file.Site, file.ID, file.Module, file.Collection, file.Field, file.Name, file.Slug, file.MediaType, file.Size, file.Hash,
			file.Width, file.Height, file.UploadedBy, file.CreatedAt)
		return err
	})
	return file, err
}

// describe says what is known of a new file before anything is kept.
func (f *Files) describe(rules Rules, name string, content []byte) (File, error) {
	kind, err := rules.check(name, content)
	if err != nil {
		return File{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return File{}, err
	}
	sum := sha256.Sum256(content)
	file := File{
		ID: id, State: Pending, Name: cleanName(name, kind.media), MediaType: kind.media, Size: int64(len(content)),
		Hash: hex.EncodeToString(sum[:]), Width: kind.width, Height: kind.height, CreatedAt: f.now().UTC().Truncate(time.Microsecond),
	}
	file.Slug = slug(file.Name)
	return file, nil
}

// Path is the file's address on every host that answers for its site.
func (f File) Path() string { return "/files/" + f.ID.String() + "/" + f.Slug }

// Find returns the file, an orphan as errs.NotFound. Whether the caller may
// know of it is asked elsewhere.
func (f *Files) Find(ctx context.Context, id uuid.UUID) (File, error) {
	return pg.One[File](ctx, f.db.Pool(), `select `+columns+` from platform.file where id = $1 and state <> 'orphan'`, id)
}

// Open returns the file's bytes, to be read from any place.
func (f *Files) Open(ctx context.Context, file File) (io.ReadSeekCloser, error) {
	return f.blobs.Read(ctx, blob.Hash(file.Hash))
}

// DropOrphans forgets the files that no record names for a day, and returns how
// many there were. Their bytes go with the last file that has them; they stay
// when alone is false, because another database keeps bytes in the store too.
func (f *Files) DropOrphans(ctx context.Context, alone bool) (int, error) {
	count := 0
	for {
		n, err := f.dropSome(ctx, alone)
		count += n
		if err != nil || n == 0 {
			return count, err
		}
	}
}

// dropSome drops a batch, so that uploads wait for little. Bytes are deleted
// before the commit: should it fail, the rows are still there and go next time.
func (f *Files) dropSome(ctx context.Context, alone bool) (int, error) {
	const batch = 100
	n := 0
	err := f.db.Tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, filesLock); err != nil {
			return err
		}
		type due struct {
			Hash string
			Last bool
		}
		list, err := pg.All[due](ctx, tx, `
			with gone as (
				delete from platform.file where (site_id, id) in (
					select site_id, id from platform.file where state <> 'attached' and changed_at <= $1
					order by changed_at limit $2 for update skip locked)
				returning site_id, id, sha256)
			select encode(g.sha256, 'hex') as hash, not exists (
				select from platform.file f where f.sha256 = g.sha256
				and (f.site_id, f.id) not in (select site_id, id from gone)) as last
			from gone g`, f.now().Add(-keepFor), batch)
		if err != nil {
			return err
		}
		for _, d := range list {
			if !d.Last || !alone {
				continue
			}
			if err := f.blobs.Delete(ctx, blob.Hash(d.Hash)); err != nil {
				return err
			}
		}
		n = len(list)
		return nil
	})
	return n, err
}
