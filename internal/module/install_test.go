package module_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/testkit"
)

func TestTheLifeOfAnInstallation(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	site := sites[0]
	w.publish(agency, rental("1.0.0"))
	logged := len(w.actions(agency))

	i := w.install(site, "rental")
	if i.State != module.Enabled || i.Version != "1.0.0" || i.Title != "Rental" || i.Position != 1 {
		t.Fatalf("installed %+v", i)
	}
	w.add(i, "item", ", name", "Canoe")
	_, err := w.Install(t.Context(), alice, site, "rental", "", nil)
	wantCode(t, err, errs.Conflict, "already_installed")

	if i = w.update(site, module.Change{Enabled: ptr(false)}); i.State != module.Disabled {
		t.Errorf("disabled %+v", i)
	}
	w.update(site, module.Change{Enabled: ptr(false)})
	if i = w.update(site, module.Change{Enabled: ptr(true)}); i.State != module.Enabled {
		t.Errorf("enabled %+v", i)
	}
	if err := w.Uninstall(t.Context(), alice, site, "rental"); err != nil {
		t.Fatal(err)
	}
	_, err = w.Find(t.Context(), site.ID, "rental")
	wantCode(t, err, errs.NotFound, "not_found")
	_, err = w.Update(t.Context(), alice, site, "rental", module.Change{Enabled: ptr(true)})
	wantCode(t, err, errs.Conflict, "wrong_state")
	wantCode(t, w.Uninstall(t.Context(), alice, site, "rental"), errs.Conflict, "wrong_state")
	offers, err := w.Available(t.Context(), site)
	if err != nil || len(offers) != 1 || offers[0].KeptUntil == nil || !offers[0].KeptUntil.Equal(w.clock.Now().Add(module.Kept)) {
		t.Errorf("offers %+v, %v", offers, err)
	}

	w.clock.Advance(29 * 24 * time.Hour)
	i = w.install(site, "rental")
	if i.State != module.Enabled || w.count(i, "item") != 1 {
		t.Errorf("came back as %+v with %d items, want its item", i, w.count(i, "item"))
	}
	if offers, err := w.Available(t.Context(), site); err != nil || len(offers) != 0 {
		t.Errorf("offers %+v, %v", offers, err)
	}
	want := []string{
		"installation.installed", "installation.enabled", "installation.disabled", "installation.enabled",
		"installation.uninstalled", "installation.installed", "installation.enabled",
	}
	if got := w.actions(agency)[logged:]; !slices.Equal(got, want) {
		t.Errorf("logged %v, want %v", got, want)
	}
}

func TestPurgeDeletesOneSitesRecordsAfterThirtyDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(2)
	w.publish(agency, rental("1.0.0"))
	gone, stays := w.install(sites[0], "rental"), w.install(sites[1], "rental")
	for _, i := range []module.Installation{gone, stays} {
		item := w.add(i, "item", ", name", "Canoe")
		w.add(i, "booking", ", guest, item_id", "Ann", item)
		lake := w.add(i, "place", ", name", "Lake")
		pier := w.add(i, "place", ", name, within_id", "Pier", lake)
		w.run(i, `update `+module.SchemaName(i.Short)+`.place set within_id = $1 where id = $2`, pier, lake)
	}
	if err := w.Uninstall(t.Context(), alice, sites[0], "rental"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(module.Kept - time.Minute)
	if n, err := w.Purge(t.Context(), w.clock.Now()); err != nil || n != 0 {
		t.Fatalf("before the day: %d purged, %v", n, err)
	}
	w.clock.Advance(2 * time.Minute)
	if n, err := w.Purge(t.Context(), w.clock.Now()); err != nil || n != 1 {
		t.Fatalf("after the day: %d purged, %v", n, err)
	}
	if n, err := w.Purge(t.Context(), w.clock.Now()); err != nil || n != 0 {
		t.Fatalf("again: %d purged, %v", n, err)
	}
	for table, want := range map[string]int{"item": 1, "booking": 1, "place": 2} {
		if a, b := w.count(gone, table), w.count(stays, table); a != 0 || b != want {
			t.Errorf("%s: %d rows on the purged site and %d on the other, want 0 and %d", table, a, b, want)
		}
	}
	if actions := w.actions(agency); actions[len(actions)-1] != "installation.purged" {
		t.Errorf("logged %v", actions)
	}
	_, err := w.Update(t.Context(), alice, sites[0], "rental", module.Change{Enabled: ptr(true)})
	wantCode(t, err, errs.NotFound, "not_found")
	if i := w.install(sites[0], "rental"); i.State != module.Enabled {
		t.Errorf("installed anew as %+v", i)
	}
}

func TestInstallingTooLateBeginsAnew(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	w.publish(agency, rental("1.0.0"))
	i := w.install(sites[0], "rental")
	w.add(i, "item", ", name", "Canoe")
	if err := w.Uninstall(t.Context(), alice, sites[0], "rental"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(module.Kept)
	if i = w.install(sites[0], "rental"); w.count(i, "item") != 0 {
		t.Error("records came back after their time")
	}
}

func TestManySitesInstallOneModuleAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(8)
	v := w.publish(agency, rental("1.0.0"))
	var group sync.WaitGroup
	failed := make([]error, len(sites))
	for n, site := range sites {
		group.Go(func() {
			_, failed[n] = w.Install(t.Context(), alice, site, "rental", "", nil)
		})
	}
	group.Wait()
	for n, err := range failed {
		if err != nil {
			t.Errorf("site %d: %v", n, err)
		}
	}
	if findings := w.driftOf(v); len(findings) > 0 {
		t.Errorf("drift: %v", findings)
	}
}

func TestAVersionCanBeChangedBothWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(2)
	w.publish(agency, rental("1.0.0"))
	early := w.install(sites[0], "rental")
	second := w.publish(agency, rental("1.1.0").with(files{
		"collections/item.yaml": "fields:\n  name: {type: text, required: true, max: 80, index: true}\n  price: {type: money}\n  colour: {type: text}\n",
		"collections/note.yaml": "fields:\n  text: {type: text}\n  item: {type: reference, to: item}\n",
	}))
	w.add(early, "item", ", name", "Canoe")
	i := w.update(sites[0], module.Change{Version: ptr("1.1.0")})
	if i.Version != "1.1.0" || i.State != module.Enabled {
		t.Fatalf("updated %+v", i)
	}
	item := w.add(i, "item", ", name, colour", "Kayak", "red")
	w.add(i, "note", ", text, item_id", "Patched", item)
	if i = w.update(sites[0], module.Change{Version: ptr("1.0.0")}); i.Version != "1.0.0" || w.count(i, "item") != 2 {
		t.Errorf("went back to %+v", i)
	}
	_, err := w.Update(t.Context(), alice, sites[0], "rental", module.Change{Version: ptr("9.0.0")})
	wantCode(t, err, errs.Invalid, "invalid")
	_, err = w.Update(t.Context(), alice, sites[0], "rental", module.Change{Version: ptr("")})
	if e := wantCode(t, err, errs.Invalid, "invalid"); len(e.Fields) != 1 || e.Fields[0].Code != "version_unknown" {
		t.Errorf("an empty version: %v", e)
	}
	newest := w.install(sites[1], "rental")
	stored, err := w.Find(t.Context(), sites[1].ID, "rental")
	if err != nil || !newest.InstalledAt.Equal(newest.UpdatedAt) || !newest.InstalledAt.Equal(stored.InstalledAt) {
		t.Errorf("installed at %v, updated at %v, stored %v %v", newest.InstalledAt, newest.UpdatedAt, stored.InstalledAt, err)
	}
	if newest.Version != "1.1.0" {
		t.Errorf("an empty version installs %s", newest.Version)
	}
	if findings := w.driftOf(second); len(findings) > 0 {
		t.Errorf("drift: %v", findings)
	}
	// The site went back, but its note from the newer version is purged too.
	if err := w.Uninstall(t.Context(), alice, sites[0], "rental"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(module.Kept)
	if i = w.install(sites[0], "rental"); w.count(i, "note") != 0 {
		t.Error("a record of a newer version survived the purge")
	}
}

const twoSettings = `settings:
  greeting: {type: text, required: true, max: 20}
  deposit: {type: money, min: 0, default: 500}
  deposit_amount: {type: integer}
`

func TestSettingsAreCheckedAndDecideOverEnabling(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(2)
	site := sites[0]
	w.publish(agency, rental("1.0.0").with(files{"module.yaml": moduleFile("1.0.0", twoSettings)}))

	_, err := w.Install(t.Context(), alice, site, "rental", "", raw(`{"greeting": 5, "colour": "red", "deposit": {"amount": -1}}`))
	e := wantCode(t, err, errs.Invalid, "invalid")
	var paths []string
	for _, f := range e.Fields {
		paths = append(paths, f.Path)
	}
	if want := []string{"settings.colour", "settings.deposit.amount", "settings.greeting"}; !slices.Equal(paths, want) {
		t.Errorf("complaints about %v, want %v", paths, want)
	}
	i := w.install(site, "rental")
	if i.State != module.Installed {
		t.Fatalf("installed without a required setting as %s", i.State)
	}
	_, err = w.Update(t.Context(), alice, site, "rental", module.Change{Enabled: ptr(true)})
	wantCode(t, err, errs.Invalid, "settings_missing")
	i = w.update(site, module.Change{Enabled: ptr(true), Settings: raw(`{"greeting": "Ahoy"}`)})
	if i.State != module.Enabled {
		t.Errorf("enabled %+v", i)
	}
	_, err = w.Update(t.Context(), alice, site, "rental", module.Change{Settings: raw(`{}`)})
	wantCode(t, err, errs.Invalid, "settings_missing")

	release, err := w.Release(t.Context(), i.Module, i.Version)
	if err != nil {
		t.Fatal(err)
	}
	values := release.Settings(i.Settings, "EUR", "2026-05-01")
	if values["greeting"] != "Ahoy" || values["deposit"] == nil {
		t.Errorf("values %v", values)
	}
	waits, err := w.InstallDisabled(t.Context(), alice, sites[1], "rental", "", raw(`{"greeting": "Hi"}`))
	if err != nil || waits.State != module.Installed {
		t.Errorf("installed to be set up first: %+v, %v", waits, err)
	}
}

// laterSettings take a shorter greeting and no deposit_amount.
const laterSettings = `settings:
  greeting: {type: text, max: 2}
  deposit: {type: money, min: 0, default: 500}
`

func TestSettingsThatAnotherVersionDoesNotTakeAreDropped(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(2)
	w.publish(agency, rental("1.0.0").with(files{"module.yaml": moduleFile("1.0.0", twoSettings)}))
	given := raw(`{"greeting": "Ahoy", "deposit": {"amount": 700, "currency": "EUR"}, "deposit_amount": 3}`)
	for _, site := range sites {
		if _, err := w.Install(t.Context(), alice, site, "rental", "1.0.0", given); err != nil {
			t.Fatal(err)
		}
	}
	w.publish(agency, rental("1.1.0").with(files{"module.yaml": moduleFile("1.1.0", laterSettings)}))
	if err := w.Uninstall(t.Context(), alice, sites[1], "rental"); err != nil {
		t.Fatal(err)
	}
	turned := w.update(sites[0], module.Change{Version: ptr("1.1.0"), Settings: given})
	back := w.install(sites[1], "rental")
	for _, i := range []module.Installation{turned, back} {
		if want := `{"deposit":{"amount":700,"currency":"EUR"}}`; compact(t, i.Settings) != want || i.Version != "1.1.0" || i.State != module.Enabled {
			t.Errorf("%s %s with the settings %s, want %s", i.State, i.Version, i.Settings, want)
		}
	}
	var noted int
	err := w.db.Pool().QueryRow(t.Context(), `
		select count(*) from platform.audit
		where agency_id = $1 and details -> 'settings_dropped' = '["deposit_amount", "greeting"]'
		and action in ('installation.upgraded', 'installation.installed')`, agency).Scan(&noted)
	if err != nil || noted != 2 {
		t.Errorf("%d entries of the log name what was dropped, %v", noted, err)
	}
	// What is shown can be sent back, with a thing changed.
	shown, err := w.Find(t.Context(), sites[0].ID, "rental")
	if err != nil {
		t.Fatal(err)
	}
	w.update(sites[0], module.Change{Settings: shown.Settings})
	w.update(sites[0], module.Change{Settings: raw(`{"greeting": "Hi", ` + compact(t, shown.Settings)[1:])})
}

func compact(t *testing.T, text json.RawMessage) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWhatIsSoAlreadyIsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(1)
	w.publish(agency, rental("1.0.0"))
	w.install(sites[0], "rental")
	before, logged := w.revision(), len(w.actions(agency))
	w.update(sites[0], module.Change{Enabled: ptr(true), Version: ptr("1.0.0"), Settings: raw(`{ }`)})
	if _, created, err := w.Publish(t.Context(), alice, agency, rental("1.0.0").pack(t)); created || err != nil {
		t.Errorf("created %v, %v", created, err)
	}
	if after := w.revision(); after != before || len(w.actions(agency)) != logged {
		t.Errorf("the revision went from %d to %d and the log to %v", before, after, w.actions(agency))
	}
	w.update(sites[0], module.Change{Enabled: ptr(false)})
	if after := w.revision(); after != before+1 {
		t.Errorf("the revision went from %d to %d", before, after)
	}
}

func TestInstallationsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	for _, name := range []string{"zoo", "alpha", "midway"} {
		w.publish(agency, files{
			"module.yaml":           "manifest: 1\nid: " + name + "\nname: Some\nversion: 1.0.0\ntype: app\ncategory: content\ndescription: Some module.\n",
			"collections/item.yaml": "fields:\n  name: {type: text}\n",
		})
		w.install(sites[0], name)
	}
	list, err := w.List(t.Context(), sites[0].ID)
	if err != nil || len(list) != 3 || list[0].Name != "zoo" || list[1].Name != "alpha" || list[2].Name != "midway" {
		t.Errorf("list %+v, %v", list, err)
	}
}

func (w world) revision() int64 {
	w.Helper()
	n, err := w.db.Revision(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return n
}
