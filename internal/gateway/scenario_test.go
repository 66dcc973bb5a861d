package gateway_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// step is one request of a scenario, and what comes back. Names in angle
// brackets stand for the ids of records made before, by the "name" they were
// given.
type step struct {
	says    string
	as      string // of the people and keys of the scenario; empty: the site's key
	request string // METHOD address below the module's own
	headers string // "Name: value; Name: value"
	body    string
	status  int
	want    string // what the answer holds; several parts are separated by " … "
	lacks   string // what it must not hold
	tells   string // a header of the answer, "Name: value"
}

// scenario runs steps one after another on one module.
type scenario struct {
	*testkit.Platform
	base string
	who  map[string]testkit.Actor
	ids  map[string]string
}

func newScenario(p *testkit.Platform, module string) *scenario {
	p.CheckAnswers()
	return &scenario{
		Platform: p, base: "/api/modules/" + module + "/", ids: map[string]string{},
		who: map[string]testkit.Actor{"": p.SiteKey, "owner": p.Owner, "member": p.Member, "viewer": p.Viewer, "staff": p.ClientMember},
	}
}

func (s *scenario) fill(text string) string {
	for name, id := range s.ids {
		text = strings.ReplaceAll(text, "<"+name+">", id)
	}
	return text
}

func (s *scenario) run(t *testing.T, steps []step) {
	t.Helper()
	for _, one := range steps {
		method, to, _ := strings.Cut(one.request, " ")
		if to = s.fill(strings.ReplaceAll(to, " ", "%20")); !strings.HasPrefix(to, "/") {
			to = s.base + to
		}
		headers := []testkit.Header{s.Home.On()}
		for part := range strings.SplitSeq(one.headers, "; ") {
			if name, value, ok := strings.Cut(part, ": "); ok {
				headers = append(headers, testkit.Header{Name: name, Value: value})
			}
		}
		var body any
		if one.body != "" {
			body = testkit.JSON(s.fill(one.body))
		}
		r := s.Do(s.who[one.as], method, to, body, headers...)
		says := one.request
		if one.says != "" {
			says = one.says + ": " + says
		}
		if r.Status != one.status {
			t.Errorf("%s: %d, want %d\n%s", says, r.Status, one.status, r.Body)
			continue
		}
		at := 0
		for part := range strings.SplitSeq(s.fill(one.want), " … ") {
			found := strings.Index(r.Body[at:], part)
			if found < 0 {
				t.Errorf("%s: %s is not in\n%s", says, part, r.Body)
				break
			}
			at += found + len(part)
		}
		if one.lacks != "" && strings.Contains(r.Body, one.lacks) {
			t.Errorf("%s: %s is in\n%s", says, one.lacks, r.Body)
		}
		if name, value, ok := strings.Cut(one.tells, ": "); ok && r.Header.Get(name) != value {
			t.Errorf("%s: %s is %q, want %q", says, name, r.Header.Get(name), value)
		}
		if method == http.MethodPost && r.Status == http.StatusCreated && strings.HasPrefix(r.Body, "{") {
			var given struct{ Name string }
			if json.Unmarshal([]byte(one.body), &given) == nil && given.Name != "" {
				s.ids[given.Name], _ = r.Object()["id"].(string)
			}
		}
	}
}
