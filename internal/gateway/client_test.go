package gateway_test

import (
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/supabase-community/postgrest-go"

	"github.com/dramac-main/dramac-cms/testkit"
)

// served is a running server with the module of the grammar on one site.
func served(t *testing.T) (address, key string) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, grammarModule(t))
	p.Install(p.Home, "grammar")
	s := httptest.NewServer(p.Server)
	t.Cleanup(s.Close)
	return s.URL + "/api/modules/grammar", p.SiteKey.Token()
}

// TestTheClientForJavaScript runs @supabase/postgrest-js as it is published.
func TestTheClientForJavaScript(t *testing.T) {
	address, key := served(t)
	home, err := filepath.Abs("../../web/node_modules/@supabase/postgrest-js")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "node", "testdata/postgrest.mjs", home, address, key).CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), " calls\n") {
		t.Errorf("%v (make frontend brings the package)\n%s", err, out)
	}
}

// TestTheClientForGo runs supabase-community/postgrest-go as it is published.
func TestTheClientForGo(t *testing.T) {
	address, key := served(t)
	db := func() *postgrest.Client {
		return postgrest.NewClient(address, "", map[string]string{"Authorization": "Bearer " + key})
	}
	var rows []struct {
		ID, Name string
		Count    int
		Kind     *struct{ Name string }
	}
	steps := []struct {
		says string
		do   func() (count int64, err error)
		want string
	}{
		{"insert", func() (int64, error) {
			return db().From("thing").Insert([]map[string]any{{"name": "Axe", "count": 1}, {"name": "Bow", "count": 2}}, false, "", "representation", "exact").ExecuteTo(&rows)
		}, "Axe Bow"},
		{"select", func() (int64, error) {
			return db().From("thing").Select("name,count,kind(name)", "exact", false).Gt("count", "1").ExecuteTo(&rows)
		}, "Bow"},
		{"order and limit", func() (int64, error) {
			return db().From("thing").Select("name", "", false).Order("name", &postgrest.OrderOpts{Ascending: false}).Limit(1, "").ExecuteTo(&rows)
		}, "Bow"},
		{"or", func() (int64, error) {
			return db().From("thing").Select("name", "", false).Or("name.eq.Axe,count.gt.5", "").ExecuteTo(&rows)
		}, "Axe"},
		{"in", func() (int64, error) {
			return db().From("thing").Select("name", "", false).In("name", []string{"Axe", "Nix"}).ExecuteTo(&rows)
		}, "Axe"},
		{"update", func() (int64, error) {
			return db().From("thing").Update(map[string]any{"count": 5}, "representation", "exact").Eq("name", "Axe").ExecuteTo(&rows)
		}, "Axe"},
		{"upsert", func() (int64, error) {
			return db().From("thing").Insert(map[string]any{"name": "Axe", "count": 6}, true, "name", "representation", "").ExecuteTo(&rows)
		}, "Axe"},
		{"delete", func() (int64, error) {
			return db().From("thing").Delete("representation", "exact").Eq("name", "Bow").ExecuteTo(&rows)
		}, "Bow"},
	}
	for _, step := range steps {
		rows = nil
		if _, err := step.do(); err != nil {
			t.Errorf("%s: %v", step.says, err)
			continue
		}
		var names []string
		for _, r := range rows {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, " "); got != step.want {
			t.Errorf("%s: got %s, want %s", step.says, got, step.want)
		}
	}
	var one map[string]any
	if _, err := db().From("thing").Select("name,count", "", false).Single().ExecuteTo(&one); err != nil || one["count"] != 6.0 {
		t.Errorf("single: %v %v", one, err)
	}
	if _, _, err := db().From("thing").Delete("", "").Execute(); err == nil || !strings.Contains(err.Error(), "unfiltered_write") {
		t.Errorf("a deletion of everything: %v", err)
	}
}
