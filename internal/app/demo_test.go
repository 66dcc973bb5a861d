package app

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/pg/cluster"
	"github.com/dramac-main/dramac-cms/testkit/postgres"
)

// loadedDemo runs "dramac demo --json" and reads what it prints.
func loadedDemo(t *testing.T, args ...string) Demo {
	t.Helper()
	code, stdout, stderr := dramac(t.Context(), append([]string{"demo", "--json"}, args...)...)
	if code != 0 {
		t.Fatalf("demo: %d\n%s", code, stderr)
	}
	var d Demo
	if err := json.Unmarshal([]byte(stdout.String()), &d); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	return d
}

func TestTheDemoIsLoadedOnceAndBesideARunningServer(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	address := begin(t, data)
	first := loadedDemo(t, "--data", data)
	before := revision(t, data)
	again := loadedDemo(t, "--data", data)
	if after := revision(t, data); after != before {
		t.Errorf("printing the log-ins again moved the revision from %d to %d", before, after)
	}
	if left, err := filepath.Glob(filepath.Join(data, "*new*")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if !reflect.DeepEqual(first, again) {
		t.Errorf("the second run differs:\n%+v\n%+v", first, again)
	}
	checkShape(t, first)
	info, err := os.Stat(filepath.Join(data, "demo.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("demo.json: %v %v", info, err)
	}
	signIn := func(password string) int {
		form := url.Values{"email": {first.Users[0].Email}, "password": {password}}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/app/login", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if got := signIn(first.Users[0].Password); got != http.StatusSeeOther {
		t.Errorf("signing in with a demo log-in: %d", got)
	}
	if got := signIn("wrong"); got != http.StatusUnprocessableEntity {
		t.Errorf("signing in with a wrong password: %d", got)
	}
}

// revision reads the revision of the server that runs on the folder.
func revision(t *testing.T, data string) int64 {
	t.Helper()
	running, ok := cluster.Attach(data)
	if !ok {
		t.Fatal("no server runs")
	}
	db, err := pg.Open(t.Context(), pg.Options{DSN: running.DSN(cluster.Database)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n, err := db.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// checkShape holds the demo against what docs/api.md promises to scripts.
func checkShape(t *testing.T, d Demo) {
	t.Helper()
	sites, roles := map[string]int{}, map[string]map[string]bool{}
	for _, s := range d.Sites {
		sites[s.Agency]++
	}
	for _, u := range d.Users {
		if roles[u.Agency] == nil {
			roles[u.Agency] = map[string]bool{}
		}
		roles[u.Agency][u.Role] = true
	}
	if len(sites) != 2 || sites[d.Sites[0].Agency] != 3 || len(d.Sites) != 4 {
		t.Errorf("the sites are %+v", d.Sites)
	}
	for _, role := range []string{"owner", "admin", "member", "viewer"} {
		if !roles[d.Sites[0].Agency][role] {
			t.Errorf("the first agency has no %s", role)
		}
	}
	if len(d.Keys) != len(d.Sites) {
		t.Errorf("%d keys for %d sites", len(d.Keys), len(d.Sites))
	}
}

func TestTheDemoWorksOnAnExistingDatabaseAndLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	dsn := postgres.EmptyDatabase(t)
	mine, other := dataFolder(t), dataFolder(t)
	checkShape(t, loadedDemo(t, "--data", mine, "--database-url", dsn))
	keys := filepath.Join(mine, "keys")
	code, _, stderr := dramac(t.Context(), "demo", "--data", other, "--database-url", dsn, "--key-file", keys)
	if code == 0 || !strings.Contains(stderr.String(), "agencies of its own") {
		t.Errorf("the demo beside agencies it does not know: %d, %s", code, stderr)
	}
	code, _, stderr = dramac(t.Context(), "demo", "--force", "--data", other, "--database-url", dsn, "--key-file", keys)
	if code == 0 || strings.Contains(stderr.String(), "panic") {
		t.Errorf("subdomains that are taken: %d, %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(other, "demo.json")); err == nil {
		t.Error("a demo that failed left its log-ins")
	}
}
