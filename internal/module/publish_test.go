package module_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func TestPublishingTakesThreeStepsAndIsIdempotent(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, _ := w.agency(0)
	first := w.publish(agency, rental("1.0.0"))
	if first.State != module.Published || first.Title != "Rental" || first.Name != "rental" || first.PublishedAt == nil {
		t.Errorf("published %+v", first)
	}
	again, created, err := w.Publish(t.Context(), alice, agency, rental("1.0.0").pack(t))
	if err != nil || created || again.Hash != first.Hash || again.Module != first.Module {
		t.Errorf("the same content again: created %v, %+v, %v", created, again, err)
	}
	want := []string{"module_version.uploaded", "module_version.validated", "module_version.published"}
	if got := w.actions(agency); !slices.Equal(got, want) {
		t.Errorf("logged %v, want %v", got, want)
	}
}

func TestAVersionNeverChangesAndOnlyRises(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, _ := w.agency(0)
	first := w.publish(agency, rental("1.2.0"))
	other := rental("1.2.0").with(files{"README.md": "Other words."})
	_, _, err := w.Publish(t.Context(), alice, agency, other.pack(t))
	wantCode(t, err, errs.Conflict, "version_exists")
	for _, version := range []string{"1.1.9", "1.2.0-rc.1", "0.9.0", "1.2.0+build.7"} {
		_, _, err := w.Publish(t.Context(), alice, agency, rental(version).pack(t))
		wantCode(t, err, errs.Conflict, "version_not_newer")
	}
	second := w.publish(agency, rental("1.10.0"))
	if second.Module != first.Module || second.Short != first.Short {
		t.Errorf("the second version is of another module: %+v, %+v", first, second)
	}
	modules, err := w.Modules(t.Context(), agency)
	if err != nil || len(modules) != 1 || len(modules[0].Versions) != 2 || modules[0].Versions[0].Version != "1.10.0" {
		t.Errorf("modules %+v, %v", modules, err)
	}
}

func TestABreakingChangeIsRefusedAndBurnsNoVersion(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, _ := w.agency(0)
	w.publish(agency, rental("1.0.0"))
	broken := rental("1.1.0").with(files{
		"collections/booking.yaml": "fields:\n  guest: {type: integer, required: true}\n  starts_on: {type: date}\n  item: {type: reference, to: item}\n",
	})
	_, _, err := w.Publish(t.Context(), alice, agency, broken.pack(t))
	e := wantCode(t, err, errs.Invalid, "breaking_change")
	if len(e.Fields) == 0 || !strings.Contains(e.Fields[0].Message, "guest") {
		t.Errorf("the error does not name the difference: %v", e)
	}
	w.publish(agency, rental("1.1.0"))
}

func TestAnInvalidPackageLeavesNothing(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, _ := w.agency(0)
	bad := rental("1.0.0").with(files{
		"collections/item.yaml":  "fields:\n  name: {type: txt}\n",
		"collections/place.yaml": "fields:\n  name: {type: text, require: true}\n",
	})
	_, _, err := w.Publish(t.Context(), alice, agency, bad.pack(t))
	e := wantCode(t, err, errs.Invalid, "manifest_invalid")
	if len(e.Fields) < 2 || !strings.HasPrefix(e.Fields[0].Path, "collections/item.yaml:2:") {
		t.Errorf("fields %+v", e.Fields)
	}
	if _, _, err := w.Publish(t.Context(), alice, agency, []byte("no zip")); errs.KindOf(err) != errs.Invalid {
		t.Errorf("no package: %v", err)
	}
	modules, err := w.Modules(t.Context(), agency)
	if err != nil || len(modules) > 0 {
		t.Errorf("modules %+v, %v", modules, err)
	}
	if got := w.actions(agency); len(got) > 0 {
		t.Errorf("logged %v", got)
	}
}

func TestStrangersMayNotPublishHugeModules(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, _ := w.agency(0)
	huge := rental("1.0.0")
	for n := range 40 {
		huge["collections/extra_"+string(rune('a'+n/26))+string(rune('a'+n%26))+".yaml"] = "fields:\n  name: {type: text}\n"
	}
	_, _, err := w.Publish(t.Context(), alice, agency, huge.pack(t))
	wantCode(t, err, errs.Invalid, "manifest_invalid")
}

func TestTwoAgenciesMayUseOneID(t *testing.T) {
	t.Parallel()
	w := shared(t)
	ours, oursSites := w.agency(1)
	theirs, theirSites := w.agency(1)
	a, b := w.publish(ours, rental("1.0.0")), w.publish(theirs, rental("1.0.0"))
	if a.Module == b.Module || a.Short == b.Short {
		t.Fatalf("two agencies share a module: %+v, %+v", a, b)
	}
	i, j := w.install(oursSites[0], "rental"), w.install(theirSites[0], "rental")
	w.add(i, "item", ", name", "Ours")
	if i.Module != a.Module || j.Module != b.Module || w.count(i, "item") != 1 || w.count(j, "item") != 0 {
		t.Errorf("the modules are mixed up: %+v, %+v", i, j)
	}
}

func TestAnotherAgencysModuleDoesNotExist(t *testing.T) {
	t.Parallel()
	w := shared(t)
	ours, _ := w.agency(0)
	_, theirSites := w.agency(1)
	w.publish(ours, rental("1.0.0"))
	_, err := w.Install(t.Context(), alice, theirSites[0], "rental", "", nil)
	wantCode(t, err, errs.NotFound, "not_found")
	forged := theirSites[0]
	forged.Agency = ours
	_, err = w.Install(t.Context(), alice, forged, "rental", "", nil)
	wantCode(t, err, errs.NotFound, "not_found")
}
