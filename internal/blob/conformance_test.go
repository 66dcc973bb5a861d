package blob

import (
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// stores are the implementations, all held to the same tests. damage changes
// what is kept behind the store's back; age says when it was written.
var stores = map[string]func(*testing.T) subject{"folder": folderSubject, "s3": s3Subject}

type subject struct {
	Store
	Claimer
	damage func(t *testing.T, hash Hash, content string)
}

// fakeS3 runs the S3 API in this process and returns the store's address.
func fakeS3(t *testing.T) S3Options {
	t.Helper()
	memory := s3mem.New()
	if err := memory.CreateBucket("kept"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(memory).Server())
	t.Cleanup(server.Close)
	o, err := ParseS3("s3://kept/below?region=us-east-1&endpoint=" + url.QueryEscape(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	o.AccessKey, o.SecretKey = "key", "secret"
	return o
}

func s3Subject(t *testing.T) subject {
	t.Helper()
	store, err := NewS3(t.Context(), fakeS3(t))
	if err != nil {
		t.Fatal(err)
	}
	return subject{store, store, func(t *testing.T, hash Hash, content string) {
		t.Helper()
		if err := store.send(t.Context(), hash, strings.NewReader(content), int64(len(content))); err != nil {
			t.Fatal(err)
		}
	}}
}

func folderSubject(t *testing.T) subject {
	t.Helper()
	store := folder(t)
	return subject{store, store, func(t *testing.T, hash Hash, content string) {
		t.Helper()
		if err := WriteFile(store.path(hash), []byte(content)); err != nil {
			t.Fatal(err)
		}
	}}
}

// each runs the test against every implementation.
func each(t *testing.T, test func(t *testing.T, store subject)) {
	t.Parallel()
	for name, make := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, make(t))
		})
	}
}

func put(t *testing.T, store Store, content string) Hash {
	t.Helper()
	hash := HashOf([]byte(content))
	if err := store.Put(t.Context(), hash, []byte(content)); err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestContentIsKeptByHash(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		for _, content := range []string{"", "a package", strings.Repeat("large ", 1<<18)} {
			hash := put(t, store, content)
			put(t, store, content)
			got, err := store.Open(t.Context(), hash)
			if err != nil || string(got) != content {
				t.Fatalf("got %d bytes, %v", len(got), err)
			}
			if exists, err := store.Exists(t.Context(), hash); err != nil || !exists {
				t.Fatalf("exists = %v, %v", exists, err)
			}
		}
	})
}

func TestContentIsStreamedAndReadFromAnyPlace(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		content := []byte(strings.Repeat("0123456789", 100_000))
		hash := HashOf(content)
		if err := store.Write(t.Context(), hash, bytes.NewReader(content), int64(len(content))); err != nil {
			t.Fatal(err)
		}
		from, err := store.Read(t.Context(), hash)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = from.Close() }()
		for _, at := range []int64{0, 999_990, 123_456} {
			if _, err := from.Seek(at, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			some := make([]byte, 10)
			if _, err := io.ReadFull(from, some); err != nil || !bytes.Equal(some, content[at:at+10]) {
				t.Errorf("at %d: %q, %v", at, some, err)
			}
		}
		if size, err := from.Seek(0, io.SeekEnd); err != nil || size != int64(len(content)) {
			t.Errorf("size %d, %v", size, err)
		}
		for name, wrong := range map[string]struct {
			hash Hash
			size int64
		}{"another hash": {HashOf([]byte("another")), int64(len(content))}, "another size": {HashOf(content[:10]), 11}} {
			if err := store.Write(t.Context(), wrong.hash, bytes.NewReader(content), wrong.size); err == nil {
				t.Errorf("%s: taken", name)
			}
			if there, _ := store.Exists(t.Context(), wrong.hash); there {
				t.Errorf("%s: kept", name)
			}
		}
	})
}

func TestDeletedContentIsAbsent(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		hash := put(t, store, "a package")
		for range 2 {
			if err := store.Delete(t.Context(), hash); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := store.Open(t.Context(), hash); errs.KindOf(err) != errs.NotFound {
			t.Fatalf("open: %v", err)
		}
		if _, err := store.Read(t.Context(), hash); errs.KindOf(err) != errs.NotFound {
			t.Fatalf("read: %v", err)
		}
		if exists, err := store.Exists(t.Context(), hash); err != nil || exists {
			t.Fatalf("exists = %v, %v", exists, err)
		}
	})
}

func TestDamagedContentIsNotReturned(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		hash := put(t, store, "a package")
		for name, damage := range map[string]string{"changed": "a pockage", "cut off": "a pack", "emptied": ""} {
			store.damage(t, hash, damage)
			if content, err := store.Open(t.Context(), hash); errs.KindOf(err) != errs.Internal || content != nil {
				t.Fatalf("%s: got %q, %v", name, content, err)
			}
		}
		put(t, store, "a package")
		if _, err := store.Open(t.Context(), hash); err != nil {
			t.Fatalf("putting it again did not mend it: %v", err)
		}
	})
}

func TestOtherContentIsRefused(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		hash := HashOf([]byte("a package"))
		if err := store.Put(t.Context(), hash, []byte("another")); errs.KindOf(err) != errs.Internal || err == nil {
			t.Fatalf("put: %v", err)
		}
		if exists, _ := store.Exists(t.Context(), hash); exists {
			t.Fatal("it was kept")
		}
	})
}

func TestOnlyHashesBecomePaths(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		good := string(HashOf(nil))
		for _, bad := range []string{"", "..", good[:63], good + "0", strings.ToUpper(good), "../../" + good[6:], "g" + good[1:], good[:60] + "é00"} {
			hash := Hash(bad)
			_, openErr := store.Open(t.Context(), hash)
			_, readErr := store.Read(t.Context(), hash)
			_, existsErr := store.Exists(t.Context(), hash)
			writeErr := store.Write(t.Context(), hash, bytes.NewReader(nil), 0)
			for _, err := range []error{store.Put(t.Context(), hash, nil), writeErr, openErr, readErr, existsErr, store.Delete(t.Context(), hash)} {
				if errs.KindOf(err) != errs.Invalid {
					t.Fatalf("%q: %v", bad, err)
				}
			}
		}
	})
}

func TestManyWritersOfOneContent(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		content := bytes.Repeat([]byte("package"), 10_000)
		var writers sync.WaitGroup
		for range 8 {
			writers.Go(func() {
				if err := store.Put(context.Background(), HashOf(content), content); err != nil {
					t.Error(err)
				}
				if got, err := store.Open(context.Background(), HashOf(content)); err != nil || !bytes.Equal(got, content) {
					t.Errorf("open: %d bytes, %v", len(got), err)
				}
			})
		}
		writers.Wait()
		if list, err := store.List(t.Context(), time.Now().Add(time.Hour)); err != nil || !slices.Equal(list, []Hash{HashOf(content)}) {
			t.Fatalf("left %v, %v", list, err)
		}
	})
}

func TestListTellsWhatIsOlderThanAnInstant(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		hash := put(t, store, "old")
		if _, err := store.Claim(t.Context(), "someone"); err != nil {
			t.Fatal(err)
		}
		if list, err := store.List(t.Context(), time.Now().Add(-time.Hour)); err != nil || len(list) != 0 {
			t.Errorf("before: %v, %v", list, err)
		}
		if list, err := store.List(t.Context(), time.Now().Add(time.Hour)); err != nil || !slices.Equal(list, []Hash{hash}) {
			t.Errorf("after: %v, %v", list, err)
		}
	})
}

func TestCancelledCallsDoNothing(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		hash := HashOf([]byte("a package"))
		if err := store.Put(ctx, hash, []byte("a package")); err == nil {
			t.Fatal("put after the end")
		}
		if exists, _ := store.Exists(t.Context(), hash); exists {
			t.Fatal("it was kept")
		}
	})
}

func TestOwnersAreCounted(t *testing.T) {
	each(t, func(t *testing.T, store subject) {
		for _, c := range []struct {
			owner string
			alone bool
		}{{"first", true}, {"first", true}, {"second", false}, {"first", false}} {
			if alone, err := store.Claim(t.Context(), c.owner); err != nil || alone != c.alone {
				t.Fatalf("%s: alone %v, %v", c.owner, alone, err)
			}
		}
	})
}

func TestAddressesOfBuckets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address string
		want    S3Options
	}{
		{"s3://files", S3Options{Bucket: "files", Endpoint: "s3.amazonaws.com", Secure: true}},
		{"s3://files/a/b/?endpoint=http://127.0.0.1:9000&region=eu", S3Options{Bucket: "files", Prefix: "a/b", Endpoint: "127.0.0.1:9000", Region: "eu"}},
		{"https://files", S3Options{}},
		{"s3://", S3Options{}},
		{"s3://key:secret@files", S3Options{}},
		{"s3://files?endpoint=127.0.0.1", S3Options{}},
		{"s3://files?endpont=https://x", S3Options{}},
	} {
		got, err := ParseS3(c.address)
		if got != c.want || (err == nil) != (c.want.Bucket != "") {
			t.Errorf("%s: %+v, %v", c.address, got, err)
		}
	}
}

func TestABucketThatIsNotThereIsToldAtTheStart(t *testing.T) {
	t.Parallel()
	o := fakeS3(t)
	o.Bucket = "absent"
	if _, err := NewS3(t.Context(), o); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("%v", err)
	}
}
