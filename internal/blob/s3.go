package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// S3 is a Store in a bucket of a service that speaks the S3 API, for any number
// of processes. Content lies below a prefix under the first two digits of its
// hash, as in a Folder.
type S3 struct {
	client *minio.Client
	bucket string
	prefix string // with a slash at its end, or empty
}

var _ Store = (*S3)(nil)

// S3Options say where the bucket is and who we are there.
type S3Options struct {
	Endpoint string // host and port
	Secure   bool   // by TLS
	Region   string // empty: asked of the service
	Bucket   string
	Prefix   string // of all names, without slashes at its ends
	// Credentials of the service; the token is for temporary ones.
	AccessKey, SecretKey, SessionToken string
}

// ParseS3 reads the address of a bucket, as
// s3://bucket/prefix?endpoint=https://s3.example.com&region=eu-central-1. Without
// an endpoint it is Amazon's. Credentials do not stand in it.
func ParseS3(address string) (S3Options, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.Port() != "" {
		return S3Options{}, errors.New("must be like s3://bucket?endpoint=https://s3.example.com")
	}
	o := S3Options{Bucket: u.Host, Prefix: strings.Trim(u.Path, "/"), Endpoint: "s3.amazonaws.com", Secure: true}
	for name, values := range u.Query() {
		switch name {
		case "region":
			o.Region = values[0]
		case "endpoint":
			at, err := url.Parse(values[0])
			if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || strings.Trim(at.Path, "/") != "" {
				return S3Options{}, errors.New("its endpoint must be like https://s3.example.com")
			}
			o.Endpoint, o.Secure = at.Host, at.Scheme == "https"
		default:
			return S3Options{}, fmt.Errorf("%q is no parameter of it; there are endpoint and region", name)
		}
	}
	return o, nil
}

// NewS3 opens the store in the bucket, which must exist. It writes nothing.
func NewS3(ctx context.Context, o S3Options) (*S3, error) {
	client, err := minio.New(o.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, o.SessionToken), Secure: o.Secure, Region: o.Region,
	})
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", o.Bucket, err)
	}
	there, err := client.BucketExists(ctx, o.Bucket)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s at %s: %w", o.Bucket, o.Endpoint, err)
	}
	if !there {
		return nil, fmt.Errorf("there is no bucket %s at %s", o.Bucket, o.Endpoint)
	}
	s := &S3{client: client, bucket: o.Bucket}
	if o.Prefix != "" {
		s.prefix = o.Prefix + "/"
	}
	return s, nil
}

// Below returns the store below a name of its own in the same bucket.
func (s *S3) Below(name string) *S3 {
	return &S3{client: s.client, bucket: s.bucket, prefix: s.prefix + name + "/"}
}

// path is the name of the object. The hash has been checked.
func (s *S3) path(hash Hash) string { return s.prefix + string(hash[:2]) + "/" + string(hash) }

// Put implements Store. An object appears whole or not at all.
func (s *S3) Put(ctx context.Context, hash Hash, content []byte) error {
	if err := hash.check(); err != nil {
		return err
	}
	if HashOf(content) != hash {
		return mismatch(hash, content)
	}
	if _, err := s.Open(ctx, hash); err == nil {
		return nil
	}
	return s.send(ctx, hash, bytes.NewReader(content), int64(len(content)))
}

// Write implements Store.
func (s *S3) Write(ctx context.Context, hash Hash, from io.ReadSeeker, size int64) error {
	if err := hash.check(); err != nil {
		return err
	}
	if err := compare(ctx, hash, from, size); err != nil {
		return err
	}
	return s.send(ctx, hash, from, size)
}

// send stores bytes without a type that a browser would act on, should the
// bucket be open to the world.
func (s *S3) send(ctx context.Context, hash Hash, from io.Reader, size int64) error {
	if err := s.sendAs(ctx, s.path(hash), from, size); err != nil {
		return fmt.Errorf("put blob %s: %w", hash, err)
	}
	return nil
}

func (s *S3) sendAs(ctx context.Context, name string, from io.Reader, size int64) error {
	_, err := s.client.PutObject(ctx, s.bucket, name, from, size, minio.PutObjectOptions{
		ContentType: "application/octet-stream",
		// Nothing, signed as a stream, comes without a length and is refused.
		DisableContentSha256: size == 0,
	})
	return err
}

// Open implements Store.
func (s *S3) Open(ctx context.Context, hash Hash) ([]byte, error) {
	from, err := s.Read(ctx, hash)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	content, err := io.ReadAll(from)
	switch {
	case err != nil:
		return nil, fmt.Errorf("open blob %s: %w", hash, err)
	case HashOf(content) != hash:
		return nil, mismatch(hash, content)
	}
	return content, nil
}

// Read implements Store. The object is asked for once now, so that its absence
// is told here, and then from wherever it is read.
func (s *S3) Read(ctx context.Context, hash Hash) (io.ReadSeekCloser, error) {
	if err := hash.check(); err != nil {
		return nil, err
	}
	object, err := s.client.GetObject(ctx, s.bucket, s.path(hash), minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", hash, err)
	}
	if _, err := object.Stat(); err != nil {
		_ = object.Close()
		if absent(err) {
			return nil, errs.Missing().WithCause(err)
		}
		return nil, fmt.Errorf("open blob %s: %w", hash, err)
	}
	return object, nil
}

// Exists implements Store.
func (s *S3) Exists(ctx context.Context, hash Hash) (bool, error) {
	if err := hash.check(); err != nil {
		return false, err
	}
	_, err := s.client.StatObject(ctx, s.bucket, s.path(hash), minio.StatObjectOptions{})
	switch {
	case err == nil:
		return true, nil
	case absent(err):
		return false, nil
	}
	return false, fmt.Errorf("look for blob %s: %w", hash, err)
}

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, hash Hash) error {
	if err := hash.check(); err != nil {
		return err
	}
	if err := s.client.RemoveObject(ctx, s.bucket, s.path(hash), minio.RemoveObjectOptions{}); err != nil && !absent(err) {
		return fmt.Errorf("delete blob %s: %w", hash, err)
	}
	return nil
}

// List implements Store. The age is that of the object, by the service's clock.
func (s *S3) List(ctx context.Context, before time.Time) ([]Hash, error) {
	var found []Hash
	for object := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix, Recursive: true}) {
		if object.Err != nil {
			return nil, fmt.Errorf("list bucket: %w", object.Err)
		}
		hash := Hash(path.Base(object.Key))
		if hash.check() == nil && object.Key == s.path(hash) && object.LastModified.Before(before) {
			found = append(found, hash)
		}
	}
	return found, nil
}

// Claim implements Claimer. Each owner is an empty object.
func (s *S3) Claim(ctx context.Context, owner string) (alone bool, err error) {
	names := s.prefix + claims + "/"
	if err := s.sendAs(ctx, names+owner, http.NoBody, 0); err != nil {
		return false, fmt.Errorf("claim the bucket: %w", err)
	}
	owners := 0
	for object := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: names, Recursive: true}) {
		if object.Err != nil {
			return false, fmt.Errorf("read the owners of the bucket: %w", object.Err)
		}
		owners++
	}
	return owners == 1, nil
}

// absent reports whether the service says that there is no such object.
func absent(err error) bool {
	return minio.ToErrorResponse(err).StatusCode == http.StatusNotFound
}
