package proof

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// The most that a page may bring along, in bytes as they travel compressed.
const (
	appScript  = 60 << 10
	appStyle   = 30 << 10
	siteScript = 15 << 10
)

func TestPagesStayWithinTheirWeight(t *testing.T) {
	c := withContent(t)
	owner, visitor := newPerson(t, c.server), newPerson(t, c.server)
	owner.signIn(c.server, firstOwner)
	owner.open(c.app("summit", "/equipment-rental/item"))
	owner.open(c.app("summit", "/equipment-rental/item/new"))
	visitor.open(c.page("summit"))
	for _, want := range []struct {
		name  string
		b     *tab
		kind  network.ResourceType
		limit int
	}{
		{"scripts of the app", owner, network.ResourceTypeScript, appScript},
		{"styles of the app", owner, network.ResourceTypeStylesheet, appStyle},
		{"scripts of a site", visitor, network.ResourceTypeScript, siteScript},
		{"styles of a site", visitor, network.ResourceTypeStylesheet, appStyle},
	} {
		all := 0
		for _, address := range want.b.seen.addresses(want.kind) {
			all += c.weight(t, address)
		}
		t.Logf("%s: %d bytes", want.name, all)
		if all > want.limit {
			t.Errorf("%s weigh %d bytes, more than %d", want.name, all, want.limit)
		}
		if all == 0 && want.kind == network.ResourceTypeStylesheet {
			t.Errorf("no %s were loaded", want.name)
		}
	}
}

// weight is how many bytes of a file travel when both sides compress.
func (s *server) weight(t *testing.T, address string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip")
	answer, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s answers %s, %s", address, answer.Status, answer.Header.Get("Cache-Control"))
	}
	if answer.Header.Get("Content-Encoding") == "gzip" {
		return len(body)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Len()
}
