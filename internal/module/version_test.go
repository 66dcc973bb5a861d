package module

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func TestVersionsAreOrderedAsSemVerSays(t *testing.T) {
	t.Parallel()
	want := []string{"0.9.0", "1.0.0-alpha", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareVersions)
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if compareVersions("1.0.0+a", "1.0.0+b") != 0 {
		t.Error("what follows a plus sign counts")
	}
}

func TestPick(t *testing.T) {
	t.Parallel()
	list := []Version{{Version: "2.0.0", State: Draft}, {Version: "1.1.0", State: Published}, {Version: "1.0.0", State: Published}}
	tests := []struct {
		name     string
		versions []Version
		wanted   string
		want     string
		kind     errs.Kind
	}{
		{"a named one", list, "1.0.0", "1.0.0", 0},
		{"one that is not published", list, "2.0.0", "", errs.Invalid},
		{"one that does not exist", list, "3.0.0", "", errs.Invalid},
		{"no name is no version", list, "", "", errs.Invalid},
		{"a named one of no module", nil, "1.0.0", "", errs.NotFound},
	}
	for _, tt := range tests {
		got, err := pick(tt.versions, tt.wanted)
		if got.Version != tt.want || errs.KindOf(err) != tt.kind {
			t.Errorf("%s: got %q, %v", tt.name, got.Version, err)
		}
	}
}

func TestTheNewestIsNoPreReleaseIfItCanBeHelped(t *testing.T) {
	t.Parallel()
	of := func(versions ...string) []Version {
		var list []Version
		for _, v := range versions {
			list = append(list, Version{Version: v, State: Published})
		}
		return list
	}
	draft := Version{Version: "9.0.0", State: Draft}
	tests := []struct {
		name     string
		versions []Version
		want     string
		kind     errs.Kind
	}{
		{"no version at all", nil, "", errs.NotFound},
		{"nothing is published", []Version{draft}, "", errs.NotFound},
		{"the newest published one", append([]Version{draft}, of("1.10.0", "1.2.0")...), "1.10.0", 0},
		{"a newer pre-release", of("2.0.0-rc.1", "1.1.0", "1.0.0"), "1.1.0", 0},
		{"only pre-releases", of("1.0.0-rc.2", "1.0.0-rc.1"), "1.0.0-rc.2", 0},
		{"build metadata is no pre-release", of("1.0.0+build-7"), "1.0.0+build-7", 0},
	}
	for _, tt := range tests {
		got, err := newest(tt.versions)
		if got.Version != tt.want || errs.KindOf(err) != tt.kind {
			t.Errorf("%s: got %q, %v", tt.name, got.Version, err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("0190f5fe-7c00-7000-8000-000000000001")
	first, second := shortID(id, 0), shortID(id, 1)
	if ok := regexp.MustCompile(`^[0-9a-f]{8}$`).MatchString(first); !ok || first == second || first != shortID(id, 0) {
		t.Errorf("short ids %s, %s", first, second)
	}
	owner, runtime := RoleNames("1234abcd", "0f0f0f")
	if owner != "mod_1234abcd_0f0f0f_owner" || runtime != "mod_1234abcd_0f0f0f_run" || SchemaName("1234abcd") != "mod_1234abcd" {
		t.Errorf("names %s, %s, %s", owner, runtime, SchemaName("1234abcd"))
	}
}
