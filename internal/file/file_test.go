package file_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/testkit"
)

// TestWhatNoRecordNamesGoesAfterADay has a database of its own, because the job
// is the whole deployment's.
func TestWhatNoRecordNamesGoesAfterADay(t *testing.T) {
	t.Parallel()
	p := testkit.NewPlatformOn(t, testkit.NewDatabase(t))
	store, err := blob.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	files := file.New(p.DB, store, func() time.Time { return now })
	at := file.Place{Site: p.Home.ID, Module: "0a0a0a0a", Collection: "photo", Field: "picture"}
	add := func(text string) file.File {
		t.Helper()
		f, err := files.Add(t.Context(), at, uuid.NullUUID{}, "x.txt", []byte(text), file.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	kept, twin, lost := add("kept"), add("kept"), add("lost")
	if _, err := p.DB.Pool().Exec(t.Context(), `update platform.file set state = 'attached', record = $2 where id = $1`, kept.ID, uuid.New()); err != nil {
		t.Fatal(err)
	}
	held := func(text string) bool {
		t.Helper()
		sum := sha256.Sum256([]byte(text))
		there, err := store.Exists(t.Context(), blob.Hash(hex.EncodeToString(sum[:])))
		if err != nil {
			t.Fatal(err)
		}
		return there
	}
	drop := func(want int, alone bool) {
		t.Helper()
		if n, err := files.DropOrphans(t.Context(), alone); err != nil || n != want {
			t.Errorf("dropped %d, %v, want %d", n, err, want)
		}
	}
	drop(0, true)
	now = now.Add(25 * time.Hour)
	young := add("young")
	drop(2, true)
	for _, f := range []file.File{twin, lost} {
		if _, err := files.Find(t.Context(), f.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	for _, f := range []file.File{kept, young} {
		if _, err := files.Find(t.Context(), f.ID); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if !held("kept") || held("lost") || !held("young") {
		t.Errorf("kept %v, lost %v, young %v", held("kept"), held("lost"), held("young"))
	}
	now = now.Add(25 * time.Hour)
	drop(1, false)
	if !held("young") {
		t.Error("another database's bytes may be gone")
	}
}

func TestNobodyFillsASiteWithFilesThatWait(t *testing.T) {
	t.Parallel()
	p := testkit.NewPlatform(t)
	store, err := blob.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files := file.New(p.DB, store, time.Now)
	at := file.Place{Site: p.Home.ID, Module: "0a0a0a0a", Collection: "photo", Field: "picture"}
	mine, other := uuid.NullUUID{UUID: uuid.New(), Valid: true}, uuid.NullUUID{UUID: uuid.New(), Valid: true}
	for range 200 {
		if _, err := files.Add(t.Context(), at, mine, "x.txt", []byte("x"), file.Rules{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := files.Add(t.Context(), at, mine, "x.txt", []byte("x"), file.Rules{}); errs.KindOf(err) != errs.Exhausted {
		t.Errorf("one more: %v", err)
	}
	if _, err := files.Add(t.Context(), at, other, "x.txt", []byte("x"), file.Rules{}); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}
