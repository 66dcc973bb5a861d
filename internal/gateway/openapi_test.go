package gateway_test

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// TestADocumentIsWhatAnOutsideLinterAccepts has Redocly look at documents of
// modules and at that of the platform.
func TestADocumentIsWhatAnOutsideLinterAccepts(t *testing.T) {
	p := testkit.NewPlatform(t)
	for name, data := range map[string][]byte{"workshop": workshop.Pack(t), "staff": staff.Pack(t)} {
		p.Publish(p.Home, data)
		p.Install(p.Home, name)
	}
	home, err := filepath.Abs("../../web/node_modules/@redocly/openapi-core")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/api/modules/workshop/openapi.json", "/api/modules/staff/openapi.json", "/api/modules/" + testkit.Rental + "/openapi.json",
		"/api/modules/" + testkit.Guestbook + "/openapi.json",
	} {
		r := p.Do(p.SiteKey, http.MethodGet, path, nil)
		if r.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, r.Status, r.Body)
		}
		lint := exec.CommandContext(t.Context(), "node", "testdata/lint.mjs", home)
		lint.Stdin = strings.NewReader(r.Body)
		out, err := lint.CombinedOutput()
		if err != nil || !strings.HasSuffix(string(out), "\n0 errors\n") && string(out) != "0 errors\n" {
			t.Errorf("%s: %v (make frontend brings the linter)\n%.3000s", path, err, out)
		}
		if strings.Contains(string(out), "warn ") {
			t.Logf("%s: %.2000s", path, out)
		}
	}
}
