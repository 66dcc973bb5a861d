package gateway_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/testkit"
)

const (
	albums    = "/api/modules/albums/photo"
	uploadTo  = albums + "/picture/files"
	documents = albums + "/document/files"
)

// albumsModule is a module whose records name an image and a file. Visitors see
// shown records, without their documents, and may send a picture in.
func albumsModule(t testing.TB) []byte {
	return testkit.Files{
		"module.yaml": `{manifest: 1, id: albums, name: Albums, version: 1.0.0, category: other, description: Albums.,
roles: {visitor: {grants: ["photo.read:shown", photo.send]}}}`,
		"blocks/wall.yaml": `{description: Photos.}`,
		"blocks/wall.html": `{{ form "photo.send" }}`,
		"collections/photo.yaml": `fields: {title: {type: text, required: true}, hidden: {type: text}, picture: {type: image, max: 1MB}, document: {type: file, accept: [application/pdf, text/plain]},
 framed: boolean, frame: {type: text, when: framed, required: framed}, note: text,
 pages: {type: lines, fields: {caption: {type: text, required: true}, scan: {type: image, max: 1MB}}}}
views: {form: {sections: [{fields: [title, picture, document, framed, frame, pages]}, {label: Framed ones, fields: [note], when: framed}]}}
actions: {send: {scope: collection, params: {title: {}, picture: {}, proof: {type: file, accept: [text/plain]}}}}
access: {shown: {when: hidden == null, fields: [title, picture, pages]}}`,
	}.Pack(t)
}

// withAlbums is a platform whose sites have the module, and whose answers are
// held against its document.
func withAlbums(t *testing.T) *testkit.Platform {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	addAlbums(p)
	return p
}

func addAlbums(p *testkit.Platform) {
	for _, site := range []*testkit.Site{p.Home, p.Foreign} {
		p.Publish(site, albumsModule(p))
		p.Install(site, "albums")
	}
	p.Install(p.Other, "albums")
}

// pixels is a PNG of that size.
func pixels(t testing.TB, width, height int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var onHome = func(p *testkit.Platform) testkit.Header {
	return testkit.Header{Name: "Dramac-Site", Value: p.Home.ID.String()}
}

// sendFile sends a picture for Home and returns the answer.
func sendFile(p *testkit.Platform, a testkit.Actor, to string, content []byte, headers ...testkit.Header) testkit.Response {
	p.Helper()
	return p.Do(a, http.MethodPost, to, content, append([]testkit.Header{onHome(p)}, headers...)...)
}

// uploaded is sendFile that must succeed; it returns the file.
func uploaded(p *testkit.Platform, a testkit.Actor, to string, content []byte) map[string]any {
	p.Helper()
	r := sendFile(p, a, to+"?name=Sommer+am+M%C3%BCggelsee.png", content)
	if r.Status != http.StatusCreated {
		p.Fatalf("%d %s", r.Status, r.Body)
	}
	return r.Object()
}

func photo(title string, more string) testkit.JSON {
	return testkit.JSON(`{"title":"` + title + `"` + more + `}`)
}

func TestAFileBecomesARecordsAndIsReadByWhoReadsTheField(t *testing.T) {
	p := withAlbums(t)
	content := pixels(t, 40, 30)
	f := uploaded(p, p.SiteKey, uploadTo, content)
	if f["type"] != "image/png" || f["width"] != 40.0 || f["height"] != 30.0 || f["size"] != float64(len(content)) || f["name"] != "Sommer am Müggelsee.png" {
		t.Errorf("the file is %v", f)
	}
	at, _ := f["url"].(string)
	// Pending: its sender's only.
	for _, who := range []struct {
		a    testkit.Actor
		want int
	}{{p.SiteKey, 200}, {p.Owner, 404}, {p.Visitor, 404}, {p.ForeignKey, 404}, {p.OtherSiteKey, 404}} {
		if r := p.Do(who.a, http.MethodGet, at, nil); r.Status != who.want {
			t.Errorf("pending, to %s: %d", who.a.Name, r.Status)
		}
	}
	made := p.Do(p.SiteKey, http.MethodPost, albums, photo("Lake", `,"picture_id":"`+fmt.Sprint(f["id"])+`"`))
	if made.Status != http.StatusCreated {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	told, _ := made.Object()["picture"].(map[string]any)
	for _, key := range []string{"id", "name", "type", "size", "url", "width", "height"} {
		if told[key] != f[key] {
			t.Errorf("the record tells %s %v, not %v", key, told[key], f[key])
		}
	}
	for _, who := range []struct {
		a    testkit.Actor
		to   string
		want int
	}{
		{p.SiteKey, at, 200},
		{p.Owner, at, 200},
		{p.Viewer, at, 200},
		{p.ForeignKey, at, 404},
		{p.ForeignOwner, at, 404},
		{p.OtherSiteKey, at, 404},
		{p.NarrowKey, at, 404},
		{p.GarbageKey, at, 401},
		{p.Visitor, at, 404},
		{p.Visitor, p.Home.URL(at), 200},
		{p.Visitor, p.Sister.URL(at), 404},
		{p.Visitor, p.Foreign.URL(at), 404},
	} {
		if r := p.Do(who.a, http.MethodGet, who.to, nil); r.Status != who.want {
			t.Errorf("attached, to %s at %s: %d", who.a.Name, who.to, r.Status)
		}
	}
	// A visitor loses it with the row rule.
	p.Do(p.SiteKey, http.MethodPatch, albums+"/"+fmt.Sprint(made.Object()["id"]), testkit.JSON(`{"hidden":"yes"}`))
	if r := p.Do(p.Visitor, http.MethodGet, p.Home.URL(at), nil); r.Status != http.StatusNotFound {
		t.Errorf("to a visitor, of a hidden record: %d", r.Status)
	}
}

func TestAFileIsServedSafely(t *testing.T) {
	p := withAlbums(t)
	content := pixels(t, 4, 3)
	f := uploaded(p, p.SiteKey, uploadTo, content)
	at, _ := f["url"].(string)
	r := p.Do(p.SiteKey, http.MethodGet, at, nil)
	for name, want := range map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Cache-Control": "private, no-cache", "Accept-Ranges": "bytes", "Content-Length": fmt.Sprint(len(content)),
		"Content-Disposition": `inline; filename*=utf-8''Sommer%20am%20M%C3%BCggelsee.png`,
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if r.Body != string(content) {
		t.Errorf("%d bytes", len(r.Body))
	}
	if again := p.Do(p.SiteKey, http.MethodGet, at, nil, testkit.Header{Name: "If-None-Match", Value: r.Header.Get("Etag")}); again.Status != http.StatusNotModified {
		t.Errorf("the same again: %d", again.Status)
	}
	part := p.Do(p.SiteKey, http.MethodGet, at, nil, testkit.Header{Name: "Range", Value: "bytes=1-3"})
	if part.Status != http.StatusPartialContent || part.Body != "PNG" {
		t.Errorf("a part: %d %q", part.Status, part.Body)
	}
	text := uploaded(p, p.SiteKey, documents, []byte("plain words"))
	if r := p.Do(p.SiteKey, http.MethodGet, fmt.Sprint(text["url"]), nil); !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("a text is shown: %v", r.Header)
	}
}

func TestSignedAddresses(t *testing.T) {
	p := withAlbums(t)
	now := time.Now()
	p.Now = func() time.Time { return now }
	f := uploaded(p, p.SiteKey, uploadTo, pixels(t, 4, 3))
	other := uploaded(p, p.SiteKey, uploadTo, pixels(t, 5, 3))
	link := "/api/files/" + fmt.Sprint(f["id"]) + "/link"
	r := p.Do(p.SiteKey, http.MethodPost, link, nil)
	if r.Status != http.StatusCreated {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	for _, a := range []testkit.Actor{p.Visitor, p.Owner, p.OtherSiteKey} {
		if r := p.Do(a, http.MethodPost, link, nil); r.Status != http.StatusNotFound {
			t.Errorf("a link for %s: %d", a.Name, r.Status)
		}
	}
	address, err := url.Parse(fmt.Sprint(r.Object()["url"]))
	if err != nil {
		t.Fatal(err)
	}
	good := address.RequestURI()
	get := func(to string) int { return p.Twin().Do(p.Visitor, http.MethodGet, to, nil).Status }
	if status := get(good); status != http.StatusOK {
		t.Errorf("good: %d", status)
	}
	exp, sig := address.Query().Get("exp"), address.Query().Get("sig")
	for name, bad := range map[string]string{
		"no signature":     address.Path,
		"an empty one":     address.Path + "?exp=" + exp + "&sig=",
		"a later end":      address.Path + "?exp=9999999999&sig=" + sig,
		"no end":           address.Path + "?sig=" + sig,
		"cut off":          strings.TrimSuffix(good, good[len(good)-2:]),
		"for another file": fmt.Sprint(other["url"]) + "?exp=" + exp + "&sig=" + sig,
		"for none":         "/files/" + uuid.NewString() + "/x.png?exp=" + exp + "&sig=" + sig,
		"another site":     p.Sister.URL(good),
	} {
		if status := get(bad); status != http.StatusNotFound {
			t.Errorf("%s: %d", name, status)
		}
	}
	now = now.Add(16 * time.Minute)
	if status := get(good); status != http.StatusNotFound {
		t.Errorf("expired: %d", status)
	}
}

func TestOnlyFilesOfTheWriterAreTaken(t *testing.T) {
	p := withAlbums(t)
	mine, owners := uploaded(p, p.SiteKey, uploadTo, pixels(t, 1, 1)), uploaded(p, p.Owner, uploadTo, pixels(t, 1, 2))
	document := uploaded(p, p.SiteKey, documents, []byte("words"))
	foreign := p.Do(p.ForeignKey, http.MethodPost, uploadTo, pixels(t, 1, 3)).Object()
	taken := uploaded(p, p.SiteKey, uploadTo, pixels(t, 1, 4))
	first := p.Do(p.SiteKey, http.MethodPost, albums, photo("First", `,"picture_id":"`+fmt.Sprint(taken["id"])+`"`))
	if first.Status != http.StatusCreated {
		t.Fatalf("%d %s", first.Status, first.Body)
	}
	for name, id := range map[string]any{
		"another actor's": owners["id"], "another field's": document["id"], "another site's": foreign["id"],
		"another record's": taken["id"], "nobody's": uuid.NewString(),
	} {
		r := p.Do(p.SiteKey, http.MethodPost, albums, photo("Second", `,"picture_id":"`+fmt.Sprint(id)+`"`))
		if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, `"file_missing"`) || !strings.Contains(r.Body, `"picture_id"`) {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	record := albums + "/" + fmt.Sprint(first.Object()["id"])
	for _, body := range []string{`{"title":"Renamed"}`, `{"picture_id":"` + fmt.Sprint(taken["id"]) + `"}`, `{"picture_id":"` + fmt.Sprint(mine["id"]) + `"}`} {
		if r := p.Do(p.SiteKey, http.MethodPatch, record, testkit.JSON(body)); r.Status != http.StatusOK {
			t.Errorf("%s: %d %s", body, r.Status, r.Body)
		}
	}
	// What was replaced is gone, whoever asks.
	if r := p.Do(p.SiteKey, http.MethodGet, fmt.Sprint(taken["url"]), nil); r.Status != http.StatusNotFound {
		t.Errorf("replaced: %d", r.Status)
	}
}

func TestVisitorsUploadWhatTheirActionTakes(t *testing.T) {
	p := withAlbums(t)
	r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(uploadTo), pixels(t, 2, 2))
	if r.Status != http.StatusCreated {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	sent := p.Do(p.Visitor, http.MethodPost, p.Home.URL(albums+"/send"), photo("From outside", `,"picture_id":"`+fmt.Sprint(r.Object()["id"])+`"`))
	if sent.Status != http.StatusCreated {
		t.Errorf("%d %s", sent.Status, sent.Body)
	}
	if r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(documents), []byte("words")); r.Status != http.StatusUnauthorized {
		t.Errorf("a field that is no parameter: %d", r.Status)
	}
	if r := p.Do(p.NarrowKey, http.MethodPost, uploadTo, pixels(t, 2, 2)); r.Status != http.StatusForbidden {
		t.Errorf("a key without a grant: %d", r.Status)
	}
	if r := sendFile(p, p.Owner, albums+"/title/files", pixels(t, 2, 2)); r.Status != http.StatusNotFound {
		t.Errorf("a field that is no file: %d", r.Status)
	}
}

func TestUploadsAreWhatTheyAre(t *testing.T) {
	p := withAlbums(t)
	svg, page := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), []byte("<!doctype html><script>alert(1)</script>")
	for _, c := range []struct {
		name, to string
		content  []byte
		code     string
	}{
		{"nothing", uploadTo, nil, "file_empty"},
		{"too much", uploadTo, append(pixels(t, 1, 1), make([]byte, 1<<20)...), "file_too_large"},
		{"a text called a picture", uploadTo, []byte("hello"), "file_not_image"},
		{"SVG as a picture", uploadTo, svg, "file_not_image"},
		{"HTML as a picture", uploadTo, page, "file_not_image"},
		{"half a picture", uploadTo, pixels(t, 9, 9)[:12], "file_not_image"},
		{"HTML as a text", documents, page, "file_type"},
		{"SVG as a text", documents, append([]byte("words "), svg...), "file_type"},
		{"a picture as a text", documents, pixels(t, 1, 1), "file_type"},
	} {
		r := sendFile(p, p.SiteKey, c.to+"?name=innocent.png", c.content, testkit.Header{Name: "Content-Type", Value: "image/png"})
		if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, `"`+c.code+`"`) {
			t.Errorf("%s: %d %s", c.name, r.Status, r.Body)
		}
	}
	if r := sendFile(p, p.SiteKey, documents, bytes.Repeat([]byte("x"), 11<<20)); r.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("more than anything may have: %d", r.Status)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("title", "ignored")
	part, err := w.CreateFormFile("file", `C:\pictures\..\cat.png`)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(pixels(t, 7, 8))
	_ = w.Close()
	r := sendFile(p, p.SiteKey, uploadTo, form.Bytes(), testkit.Header{Name: "Content-Type", Value: w.FormDataContentType()})
	if r.Status != http.StatusCreated || r.Object()["name"] != "cat.png" || r.Object()["width"] != 7.0 {
		t.Errorf("a form: %d %s", r.Status, r.Body)
	}
}

// form is a browser's form in parts, with a file.
func form(t testing.TB, values url.Values, field, name string, content []byte) ([]byte, testkit.Header) {
	t.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for key, texts := range values {
		for _, text := range texts {
			if err := parts.WriteField(key, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	part, err := parts.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return body.Bytes(), testkit.Header{Name: "Content-Type", Value: parts.FormDataContentType()}
}

// TestFormsTakeFiles fills the generated form with a picture that is refused,
// with one that waits while something else is mended, and keeps, replaces and
// removes it.
func TestFormsTakeFiles(t *testing.T) {
	p := withAlbums(t)
	list := p.Home.App("/albums/photo")
	send := func(to string, status int, values url.Values, name string, content []byte) testkit.Response {
		t.Helper()
		body, kind := form(t, values, "picture_id.file", name, content)
		r := p.Do(p.Owner, http.MethodPost, to, body, kind)
		if r.Status != status {
			t.Fatalf("%s: %d, want %d", name, r.Status, status)
		}
		return r
	}
	if r := p.Do(p.Owner, http.MethodGet, list+"/new", nil); !strings.Contains(r.Body, `enctype="multipart/form-data"`) {
		t.Error("the form is not sent in parts")
	}
	r := send(list, http.StatusUnprocessableEntity, url.Values{"title": {"Lake"}}, "lake.png", []byte("no picture"))
	if !strings.Contains(r.Body, `href="#f-picture_id"`) || !strings.Contains(r.Body, `value="Lake"`) {
		t.Error("what is no picture is not told at its field")
	}
	r = send(list, http.StatusUnprocessableEntity, url.Values{"title": {""}}, "lake.png", pixels(t, 4, 3))
	_, rest, _ := strings.Cut(r.Body, `<input type="hidden" name="picture_id" value="`)
	waiting, _, _ := strings.Cut(rest, `"`)
	send(list, http.StatusSeeOther, url.Values{"title": {"Lake"}, "picture_id": {waiting}}, "", nil)
	row := func() map[string]any {
		t.Helper()
		return p.Do(p.SiteKey, http.MethodGet, albums, nil).Rows()[0]
	}
	made := row()
	if made["picture_id"] != waiting {
		t.Fatalf("the picture that waited is %v, want %s", made["picture_id"], waiting)
	}
	if r := p.Do(p.Owner, http.MethodGet, list, nil); !strings.Contains(r.Body, "lake.png") || !strings.Contains(r.Body, "/files/"+waiting) {
		t.Error("the list does not lead to the picture")
	}
	one := list + "/" + made["id"].(string)
	kept := p.Do(p.Owner, http.MethodGet, one, nil)
	if !strings.Contains(kept.Body, `<input type="hidden" name="picture_id" value="`+waiting+`">`) || !strings.Contains(kept.Body, "lake.png") {
		t.Error("the form does not name the picture that is kept")
	}
	send(one, http.StatusSeeOther, url.Values{"title": {"Lake again"}, "picture_id": {waiting}}, "", nil)
	if got := row(); got["picture_id"] != waiting || got["title"] != "Lake again" {
		t.Errorf("kept: %v", got)
	}
	send(one, http.StatusSeeOther, url.Values{"title": {"Lake"}, "picture_id": {waiting}}, "other.png", pixels(t, 5, 5))
	if got := row(); got["picture_id"] == waiting || got["picture_id"] == nil {
		t.Errorf("replaced: %v", got)
	}
	send(one, http.StatusSeeOther, url.Values{"title": {"Lake"}, "picture_id": {waiting, ""}}, "", nil)
	if got := row(); got["picture_id"] != nil {
		t.Errorf("removed: %v", got)
	}
}

// TestFilesOfLines uploads a file for a line, names it in one, and reads it as
// everybody who sees the lines.
func TestFilesOfLines(t *testing.T) {
	p := withAlbums(t)
	scans := albums + "/pages.scan/files"
	f, other := uploaded(p, p.SiteKey, scans, pixels(t, 4, 3)), uploaded(p, p.SiteKey, uploadTo, pixels(t, 4, 4))
	pages := func(id any) string { return fmt.Sprintf(`,"pages":[{"caption":"One","scan_id":%q}]`, id) }
	if r := p.Do(p.SiteKey, http.MethodPost, albums, photo("Book", pages(other["id"]))); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, `"pages.scan_id"`) {
		t.Errorf("another field's: %d %s", r.Status, r.Body)
	}
	made := p.Do(p.SiteKey, http.MethodPost, albums, photo("Book", pages(f["id"])))
	if made.Status != http.StatusCreated {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	one := albums + "/" + fmt.Sprint(made.Object()["id"])
	line, _ := p.Do(p.SiteKey, http.MethodGet, one, nil).Object()["pages"].([]any)[0].(map[string]any)
	if told, _ := line["scan"].(map[string]any); told["url"] != f["url"] || told["width"] != 4.0 {
		t.Errorf("the line tells of its file %v", line["scan"])
	}
	at := fmt.Sprint(f["url"])
	read := func(want int, says string) {
		t.Helper()
		for _, who := range []testkit.Actor{p.SiteKey, p.Viewer} {
			if r := p.Do(who, http.MethodGet, at, nil); r.Status != http.StatusOK {
				t.Errorf("%s, to %s: %d", says, who.Name, r.Status)
			}
		}
		if r := p.Do(p.Visitor, http.MethodGet, p.Home.URL(at), nil); r.Status != want {
			t.Errorf("%s, to a visitor: %d", says, r.Status)
		}
		for _, who := range []testkit.Actor{p.OtherSiteKey, p.ForeignKey, p.NarrowKey} {
			if r := p.Do(who, http.MethodGet, at, nil); r.Status != http.StatusNotFound {
				t.Errorf("%s, to %s: %d", says, who.Name, r.Status)
			}
		}
	}
	read(http.StatusOK, "shown")
	p.Do(p.SiteKey, http.MethodPatch, one, testkit.JSON(`{"hidden":"yes"}`))
	read(http.StatusNotFound, "hidden")
	for to, want := range map[string]int{albums + "/pages/files": 404, albums + "/pages.caption/files": 404, albums + "/pages.scan.x/files": 404, albums + "/send.title/files": 404, scans: 201, albums + "/send.proof/files?name=a.txt": 201} {
		content := pixels(t, 1, 1)
		if strings.Contains(to, "proof") {
			content = []byte("words")
		}
		if r := sendFile(p, p.SiteKey, to, content); r.Status != want {
			t.Errorf("%s: %d %s", to, r.Status, r.Body)
		}
	}
	if r := p.Do(p.Visitor, http.MethodPost, p.Home.URL(scans), pixels(t, 1, 1)); r.Status != http.StatusUnauthorized {
		t.Errorf("a visitor uploads for lines: %d", r.Status)
	}
}

// TestFormsTakeFilesOfLines does with the lines of a form what
// TestFormsTakeFiles does with its fields.
func TestFormsTakeFilesOfLines(t *testing.T) {
	p := withAlbums(t)
	list := p.Home.App("/albums/photo")
	if r := p.Do(p.Owner, http.MethodGet, list+"/new", nil); !strings.Contains(r.Body, `name="pages.new.scan_id.file"`) {
		t.Error("a line does not ask for its file")
	}
	send := func(to string, status int, values url.Values, content []byte) testkit.Response {
		t.Helper()
		body, kind := form(t, values, "pages.3.scan_id.file", "scan.png", content)
		r := p.Do(p.Owner, http.MethodPost, to, body, kind)
		if r.Status != status {
			t.Fatalf("%d, want %d: %s", r.Status, status, r.Body)
		}
		return r
	}
	book := url.Values{"title": {"Book"}, "pages": {""}, "pages.1.id": {""}, "pages.1.caption": {"One"}, "pages.3.id": {""}, "pages.3.caption": {"Three"}}
	r := send(list, http.StatusUnprocessableEntity, book, []byte("no picture"))
	if !strings.Contains(r.Body, `href="#f-pages-3-scan_id"`) {
		t.Error("what is no picture is not told at its line")
	}
	book.Set("title", "")
	r = send(list, http.StatusUnprocessableEntity, book, pixels(t, 4, 3))
	_, rest, _ := strings.Cut(r.Body, `<input type="hidden" name="pages.3.scan_id" value="`)
	waiting, _, _ := strings.Cut(rest, `"`)
	book.Set("title", "Book")
	book.Set("pages.3.scan_id", waiting)
	if r := p.Do(p.Owner, http.MethodPost, list, book); r.Status != http.StatusSeeOther {
		t.Fatalf("%d", r.Status)
	}
	lines := func() []any {
		t.Helper()
		pages, _ := p.Do(p.SiteKey, http.MethodGet, albums, nil).Rows()[0]["pages"].([]any)
		return pages
	}
	got := lines()
	if len(got) != 2 || got[1].(map[string]any)["scan_id"] != waiting {
		t.Fatalf("the lines are %v", got)
	}
	one := list + "/" + p.Do(p.SiteKey, http.MethodGet, albums, nil).Rows()[0]["id"].(string)
	if r := p.Do(p.Owner, http.MethodGet, one, nil); !strings.Contains(r.Body, "scan.png") {
		t.Error("the form does not name the file of the line")
	}
	for i, number := range []string{"1", "3"} {
		book.Set("pages."+number+".id", got[i].(map[string]any)["id"].(string))
	}
	send(one, http.StatusSeeOther, book, pixels(t, 5, 5))
	if now := lines(); now[1].(map[string]any)["scan_id"] == waiting || now[1].(map[string]any)["id"] != got[1].(map[string]any)["id"] {
		t.Errorf("replaced: %v", now)
	}
}

// TestVisitorsSendFilesByForm fills in a block's form with files: those that the
// action takes, as large and as often as a visitor may.
func TestVisitorsSendFilesByForm(t *testing.T) {
	p := testkit.NewPlatform(t) // the document of the API does not tell of pages
	addAlbums(p)
	home, to := p.Home.URL("/"), p.Home.URL(albums+"/send")
	drawn := p.Do(p.Visitor, http.MethodGet, home, nil)
	for _, part := range []string{`enctype="multipart/form-data"`, `name="picture_id.file" accept="image/jpeg,image/png,image/gif,image/webp"`, `name="proof_id.file" accept="text/plain"`} {
		if !strings.Contains(drawn.Body, part) {
			t.Errorf("the form has no %s", part)
		}
	}
	send := func(says string, status int, values url.Values, input string, content []byte) testkit.Response {
		t.Helper()
		body, kind := form(t, values, input, "lake.png", content)
		r := p.Do(p.Visitor, http.MethodPost, to, body, kind)
		if r.Status != status {
			t.Errorf("%s: %d, want %d", says, r.Status, status)
		}
		return r
	}
	stored := func() int { return len(p.Do(p.SiteKey, http.MethodGet, albums, nil).Rows()) }
	send("a robot", 303, url.Values{"title": {"x"}, "homepage-url": {"x"}}, "picture_id.file", pixels(t, 1, 1))
	if n := stored(); n != 0 {
		t.Fatalf("%d photos", n)
	}
	if r := send("no picture", 422, url.Values{"title": {"Lake"}}, "picture_id.file", []byte("words")); !strings.Contains(r.Body, "This is no image") || !strings.Contains(r.Body, `value="Lake"`) {
		t.Errorf("what is wrong is not told: %s", r.Body)
	}
	send("too large", 422, url.Values{"title": {"Lake"}}, "picture_id.file", append(pixels(t, 1, 1), make([]byte, 1<<20)...))
	send("more than anything may have", 413, url.Values{"title": {"Lake"}}, "picture_id.file", make([]byte, 11<<20))
	r := send("one that waits", 422, url.Values{"title": {""}}, "picture_id.file", pixels(t, 4, 3))
	_, rest, _ := strings.Cut(r.Body, `<input type="hidden" name="picture_id" value="`)
	waiting, _, _ := strings.Cut(rest, `"`)
	if !strings.Contains(r.Body, "Leave out lake.png") {
		t.Error("the file that waits is not named")
	}
	send("kept", 303, url.Values{"title": {"Lake"}, "picture_id": {waiting}}, "proof_id.file", []byte("words"))
	send("no input of the form", 303, url.Values{"title": {"Pond"}}, "document_id.file", []byte("words"))
	send("left out", 303, url.Values{"title": {"Sea"}, "picture_id": {waiting, ""}}, "other", nil)
	rows := p.Do(p.SiteKey, http.MethodGet, albums+"?order=title", nil).Rows()
	if len(rows) != 3 || rows[0]["picture_id"] != waiting || rows[1]["document_id"] != nil || rows[2]["picture_id"] != nil {
		t.Errorf("the photos are %v", rows)
	}
	for i := range 21 {
		body, kind := form(t, url.Values{"title": {""}}, "picture_id.file", "lake.png", pixels(t, 1, 1))
		r = p.Do(p.Visitor, http.MethodPost, to, body, kind, testkit.Header{Name: "From-Address", Value: "192.0.2.7"})
		if want := map[bool]int{true: 422, false: 429}[i < 20]; r.Status != want {
			t.Fatalf("upload %d by form: %d, want %d", i+1, r.Status, want)
		}
	}
	if r := p.Do(p.Visitor, http.MethodPost, to, testkit.JSON(`{"title":"`+strings.Repeat("x", 2<<20)+`"}`)); r.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body without files: %d", r.Status)
	}
}

// TestFormsShowWhatApplies draws a form again as it is filled in, with the fields
// whose condition holds and with what was typed, and saves nothing by it.
func TestFormsShowWhatApplies(t *testing.T) {
	p := withAlbums(t)
	list := p.Home.App("/albums/photo")
	shows := func(r testkit.Response, status int, shown bool) {
		t.Helper()
		for _, name := range []string{`name="frame"`, `name="note"`, "Framed ones"} {
			if r.Status != status || strings.Contains(r.Body, name) != shown {
				t.Errorf("%d, want %d; has %s: %v", r.Status, status, name, !shown)
			}
		}
	}
	r := p.Do(p.Owner, http.MethodGet, list+"/new", nil)
	shows(r, http.StatusOK, false)
	if !strings.Contains(r.Body, `hx-trigger="change from:[data-redraws]"`) || strings.Count(r.Body, "<div class=\"redraws\" data-redraws>") != 1 {
		t.Error("the form does not follow the one field that decides")
	}
	framed := url.Values{"title": {"Lake"}, "framed": {"false", "true"}, "_redraw": {"1"}}
	r = p.Do(p.Owner, http.MethodPost, list, framed)
	shows(r, http.StatusOK, true)
	if !strings.Contains(r.Body, `value="Lake"`) {
		t.Error("what was typed is gone")
	}
	framed.Del("_redraw")
	shows(p.Do(p.Owner, http.MethodPost, list, framed), http.StatusUnprocessableEntity, true)
	framed.Set("frame", "Oak")
	if r := p.Do(p.Owner, http.MethodPost, list, framed); r.Status != http.StatusSeeOther {
		t.Fatalf("%d", r.Status)
	}
	one := p.Do(p.SiteKey, http.MethodGet, albums, nil).Rows()
	if len(one) != 1 {
		t.Fatalf("drawing again saved: %v", one)
	}
	at := list + "/" + one[0]["id"].(string)
	shows(p.Do(p.Owner, http.MethodGet, at, nil), http.StatusOK, true)
	shows(p.Do(p.Owner, http.MethodPost, at, url.Values{"title": {"Lake"}, "framed": {"false"}, "_redraw": {"1"}}), http.StatusOK, false)
}

// TestFilesFollowWhatIsCalledOtherwise takes a site to a version that renames
// the collection and the fields that have files, while another stays.
func TestFilesFollowWhatIsCalledOtherwise(t *testing.T) {
	p := testkit.NewPlatform(t)
	version := func(number, name, was, picture, pages, scan string) []byte {
		return testkit.Files{
			"module.yaml": `{manifest: 1, id: albums, name: Albums, version: ` + number + `, category: other, description: Albums.}`,
			"collections/" + name + ".yaml": was + `fields:
  title: {type: text, required: true}
  ` + picture + `
  ` + pages + `: {type: lines, fields: {` + scan + `}` + map[bool]string{true: ", was: [pages]"}[pages != "pages"] + `}
`,
		}.Pack(t)
	}
	const modules = "/api/modules/albums/"
	p.Publish(p.Home, version("1.0.0", "photo", "", "picture: {type: image}", "pages", "scan: {type: image}"))
	p.Install(p.Home, "albums")
	p.Install(p.Other, "albums")
	ask := func(a testkit.Actor, site *testkit.Site, method, at string, body testkit.JSON, status int) testkit.Response {
		t.Helper()
		r := p.Do(a, method, at, body, testkit.Header{Name: "Dramac-Site", Value: site.ID.String()})
		if r.Status != status {
			t.Fatalf("%s %s: %d, want %d: %s", method, at, r.Status, status, r.Body)
		}
		return r
	}
	send := func(a testkit.Actor, site *testkit.Site, field string) map[string]any {
		t.Helper()
		r := p.Do(a, http.MethodPost, modules+field+"/files?name=a.png", pixels(t, 4, 3), testkit.Header{Name: "Dramac-Site", Value: site.ID.String()})
		if r.Status != http.StatusCreated {
			t.Fatalf("%s: %d %s", field, r.Status, r.Body)
		}
		return r.Object()
	}
	make := func(a testkit.Actor, site *testkit.Site, collection, picture, pages, scan string) (id string, files []string) {
		t.Helper()
		one, two := send(a, site, collection+"/"+picture), send(a, site, collection+"/"+pages+"."+scan)
		body := fmt.Sprintf(`{"title":"x","%s_id":%q,%q:[{"%s_id":%q}]}`, picture, one["id"], pages, scan, two["id"])
		made := ask(a, site, http.MethodPost, modules+collection, testkit.JSON(body), http.StatusCreated)
		return made.Object()["id"].(string), []string{one["url"].(string), two["url"].(string)}
	}
	readable := func(a testkit.Actor, site *testkit.Site, files []string) {
		t.Helper()
		for _, at := range files {
			ask(a, site, http.MethodGet, at, "", http.StatusOK)
		}
	}
	old, kept := make(p.SiteKey, p.Home, "photo", "picture", "pages", "scan")
	p.Publish(p.Home, version("1.1.0", "shot", "was: [photo]\n", "image: {type: image, was: [picture]}", "sheets", "scan: {type: image}"))
	ask(p.SiteKey, p.Home, http.MethodPatch, "/api/v1/sites/"+p.Home.ID.String()+"/modules/albums", `{"version":"1.1.0"}`, http.StatusOK)
	readable(p.SiteKey, p.Home, kept)
	if r := ask(p.SiteKey, p.Home, http.MethodGet, modules+"shot/"+old, "", http.StatusOK); !strings.Contains(r.Body, `"image":{"id"`) || !strings.Contains(r.Body, `"scan":{"id"`) {
		t.Errorf("after the rename: %s", r.Body)
	}
	if r := ask(p.SiteKey, p.Home, http.MethodGet, modules+"shot/"+old+"/history", "", http.StatusOK); !strings.Contains(r.Body, `"image_id"`) {
		t.Errorf("its history: %s", r.Body)
	}
	_, fresh := make(p.SiteKey, p.Home, "shot", "image", "sheets", "scan")
	readable(p.SiteKey, p.Home, fresh)
	_, others := make(p.OtherSiteKey, p.Other, "photo", "picture", "pages", "scan")
	readable(p.OtherSiteKey, p.Other, others)
	r := ask(p.SiteKey, p.Home, http.MethodPatch, modules+"shot/"+old, testkit.JSON(`{"image_id":"`+testkit.NewID().String()+`"}`), http.StatusUnprocessableEntity)
	if !strings.Contains(r.Body, `"path":"image_id","code":"file_missing"`) {
		t.Errorf("a file that is not there: %s", r.Body)
	}
	ask(p.SiteKey, p.Home, http.MethodPatch, modules+"shot/"+old, `{"image_id":null}`, http.StatusOK)
	ask(p.SiteKey, p.Home, http.MethodGet, kept[0], "", http.StatusNotFound)
}
