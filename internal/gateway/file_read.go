package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/file"
	"github.com/dramac-main/dramac-cms/internal/tenancy"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// linkLife is how long a signed address is good.
const linkLife = 15 * time.Minute

// filePolicy is the content security policy of files: nothing in them runs.
const (
	filePolicy = "default-src 'none'; sandbox"
	// A browser's own viewer of PDF does not work in a sandbox.
	pdfPolicy = "default-src 'none'; style-src 'unsafe-inline'"
)

// serveFile is GET /files/{id}/{name}: to whoever may read the field of the
// record, as the same caller reads it by the data API; to who uploaded it while
// no record names it; and to anybody whose address is signed and not expired.
func serveFile(c *call) (answer, error) {
	f, err := c.file()
	if err != nil {
		return answer{}, err
	}
	life := 0
	if c.query().Has("sig") {
		until, ok := c.signed(f)
		if !ok {
			return answer{}, errs.Missing()
		}
		life = int(until.Sub(c.Now()).Seconds())
	} else if err := c.mayRead(f); err != nil {
		return answer{}, err
	}
	return c.sendFile(f, life)
}

// linkFile is POST /files/{id}/link: who may read the file gets an address that
// works without a credential, for a short time.
func linkFile(c *call) (answer, error) {
	f, err := c.file()
	if err != nil {
		return answer{}, err
	}
	if err := c.mayRead(f); err != nil {
		return answer{}, err
	}
	until := c.Now().Add(linkLife)
	address, err := c.signedPath(f, until)
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(struct {
		URL       string    `json:"url"`
		ExpiresAt time.Time `json:"expires_at"`
	}{c.ownURL() + address, until.UTC().Truncate(time.Second)})
	if err != nil {
		return answer{}, err
	}
	return jsonBody(http.StatusCreated, body), nil
}

// file is the one that the path names.
func (c *call) file() (file.File, error) {
	id, err := c.recordID()
	if err != nil {
		return file.File{}, err
	}
	f, err := c.Files.Find(c.ctx, id)
	if err != nil {
		return file.File{}, err
	}
	if c.site != nil && c.site.ID != f.Site {
		return file.File{}, errs.Missing()
	}
	return f, nil
}

// mayRead refuses as if the file was not there.
func (c *call) mayRead(f file.File) error {
	if err := c.enterSite(f.Site); err != nil {
		return err
	}
	if f.State == file.Pending {
		if c.actor.Known() && f.UploadedBy == c.actor.ID() {
			return nil
		}
		return errs.Missing()
	}
	if err := c.runShort(f.Module); err != nil {
		return err
	}
	in, ok := c.running.release.Module.Logged(f.Collection)
	if !ok {
		return errs.Missing()
	}
	records, err := c.records(in.Name, "read")
	field, held := in.FileHolder(f.Field) // what is in lines is seen by who sees the lines
	if err != nil || !held || !records.Access.Visible(field) {
		return errs.Missing()
	}
	_, err = records.Get(c.ctx, f.Record.UUID, collection.Query{Select: collection.Columns("id")})
	return err
}

// enterSite makes the file's site the call's, if the actor has to do with it.
func (c *call) enterSite(id uuid.UUID) error {
	if c.site == nil {
		if !c.actor.Known() {
			return errs.Missing()
		}
		site, revision, err := recall(c.ctx, c.memory, siteKey(id), func(ctx context.Context) (tenancy.Site, error) {
			return tenancy.FindSite(ctx, c.DB.Pool(), id)
		})
		c.note(revision)
		if err != nil {
			return err
		}
		c.site = &site
	}
	if c.actor.Known() && (!c.actor.Reaches(c.place()) || !c.actor.Can(access.SiteUse, c.place())) {
		return errs.Missing()
	}
	return nil
}

// runShort finds the enabled module whose short id is given.
func (c *call) runShort(short string) error {
	all, err := c.installed()
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.Short == short {
			return c.runModule(one.Name)
		}
	}
	return errs.Missing()
}

// signedPath is the address that works until then. The signature is over the
// file and the instant, so that it serves for no other.
func (c *call) signedPath(f file.File, until time.Time) (string, error) {
	exp := strconv.FormatInt(until.Unix(), 10)
	sig, err := c.Keys.Sign(fileMessage(f.ID, exp))
	if err != nil {
		return "", err
	}
	return f.Path() + "?exp=" + exp + "&sig=" + sig, nil
}

func fileMessage(id uuid.UUID, exp string) string { return "file " + id.String() + " until " + exp }

// signed reports whether the address is signed and still good, and until when.
func (c *call) signed(f file.File) (time.Time, bool) {
	q := c.query()
	exp := q.Get("exp")
	if !c.Keys.Verify(fileMessage(f.ID, exp), q.Get("sig")) {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(exp, 10, 64)
	until := time.Unix(seconds, 0)
	return until, err == nil && c.Now().Before(until)
}

// sendFile answers with the bytes, as safely as strangers' bytes can be. They
// may be kept by the browser for life seconds without asking again.
func (c *call) sendFile(f file.File, life int) (answer, error) {
	content, err := c.Files.Open(c.ctx, f)
	if err != nil {
		return answer{}, fmt.Errorf("open file %s: %w", f.ID, err)
	}
	policy, disposition := filePolicy, "attachment"
	if f.Inline() && !c.query().Has("download") {
		disposition = "inline"
	}
	if f.MediaType == "application/pdf" {
		policy = pdfPolicy
	}
	cache := "private, no-cache"
	if life > 0 {
		cache = fmt.Sprintf("private, max-age=%d", life)
	}
	return answer{content: content, changed: f.CreatedAt, header: http.Header{
		"Content-Type":            {f.ServedType()},
		"Content-Disposition":     {mime.FormatMediaType(disposition, map[string]string{"filename": f.Name})},
		"Content-Security-Policy": {policy},
		"Cache-Control":           {cache},
		"Etag":                    {`"` + f.Hash + `"`},
	}}, nil
}
