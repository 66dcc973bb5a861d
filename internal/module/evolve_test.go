package module_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/testkit"
)

// shop is a module in its first version; later ones change it.
func shop(version, goods, more string) files {
	return files{
		"module.yaml":            moduleFile(version, more),
		"collections/goods.yaml": goods,
	}
}

const (
	firstGoods = `fields:
  name: {type: text, required: true, max: 80}
  stock: {type: integer}
  grade: {type: choice, options: [good, fair, poor]}
  code: {type: text, max: 20}
`
	// The second renames, requires, converts, takes options over and tightens.
	secondGoods = `fields:
  title: {type: text, required: true, max: 80, was: [name]}
  stock: {type: decimal, scale: 2, convert: old.stock * 2, back: round(old.stock / 2)}
  grade: {type: choice, options: [good, {value: worn, was: [fair, poor]}]}
  code: {type: text, max: 20, unique: true}
  colour: {type: text, required: true, max: 20, fill: '=if(grade == "good", "green", "grey")'}
`
)

// goods returns the module's records on the site as JSON of some columns.
func (w world) rows(i module.Installation, sql string) []string {
	w.Helper()
	for {
		var list []string
		err := w.scope(i).Batch(w.Context(), pg.Statement{SQL: sql, Read: func(rows pgx.Rows) error {
			for rows.Next() {
				list = append(list, string(rows.RawValues()[0]))
			}
			return rows.Err()
		}})
		if errors.Is(err, pg.ErrStale) {
			continue
		}
		if err != nil {
			w.Fatalf("%s: %v", sql, err)
		}
		return list
	}
}

func TestTwoVersionsRunSideBySideAndASiteGoesThereAndBack(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(2)
	w.publish(agency, shop("1.0.0", firstGoods, ""))
	one, two := w.install(sites[0], "rental"), w.install(sites[1], "rental")
	table := module.SchemaName(one.Short) + ".goods"
	for n, i := range []module.Installation{one, one, two} {
		w.add(i, "goods", ", name, stock, grade, code", fmt.Sprintf("thing %d", n), 10+n, []string{"good", "fair", "poor"}[n], fmt.Sprint("C", n))
	}
	w.publish(agency, shop("1.1.0", secondGoods, ""))

	up := w.update(sites[0], module.Change{Version: ptr("1.1.0")})
	if up.Version != "1.1.0" {
		t.Fatalf("the site is on %s", up.Version)
	}
	names := w.rows(up, `select name || ' ' || stock || ' ' || stock_v2 || ' ' || grade || ' ' || colour from `+table+` order by name`)
	if want := "thing 0 10 2000 good green, thing 1 11 2200 worn grey"; strings.Join(names, ", ") != want {
		t.Errorf("the upgraded records are %v, want %s", names, want)
	}
	other := w.rows(two, `select name || ' ' || stock || ' ' || grade || ' ' || coalesce(colour, '-') || coalesce(stock_v2::text, '-') from `+table)
	if want := "thing 2 12 poor --"; strings.Join(other, ", ") != want {
		t.Errorf("the other site's records are %v, want %s", other, want)
	}
	// The new rule holds for the site that has it only.
	w.add(two, "goods", ", name, code", "twin", "C2")
	release, err := w.Release(t.Context(), up.Module, "1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := release.Module.Collection("goods"); c == nil {
		t.Fatal("the release has no collection")
	}

	back := w.update(sites[0], module.Change{Version: ptr("1.0.0")})
	names = w.rows(back, `select name || ' ' || stock || ' ' || grade from `+table+` order by name`)
	if want := "thing 0 10 good, thing 1 11 fair"; strings.Join(names, ", ") != want {
		t.Errorf("the records that came back are %v, want %s", names, want)
	}
	got := w.actions(agency)
	if tail := strings.Join(got[len(got)-2:], " "); tail != "installation.upgraded installation.rolled_back" {
		t.Errorf("the log ends with %s", tail)
	}
}

func TestRecordsThatDoNotFitKeepASiteOnItsVersion(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(2)
	w.publish(agency, shop("1.0.0", firstGoods, ""))
	i := w.install(sites[0], "rental")
	w.install(sites[1], "rental")
	for range 2 {
		w.add(i, "goods", ", name, code", "twin", "same")
	}
	w.publish(agency, shop("1.1.0", strings.Replace(secondGoods, "title: {type: text, required: true", "title: {type: text", 1), ""))
	_, err := w.Update(t.Context(), alice, sites[0], "rental", module.Change{Version: ptr("1.1.0")})
	e := wantCode(t, err, errs.Conflict, "upgrade_blocked")
	if len(e.Fields) != 2 || !strings.HasPrefix(e.Fields[0].Path, "goods/") {
		t.Errorf("in the way are %+v", e.Fields)
	}
	if now, err := w.Find(t.Context(), sites[0].ID, "rental"); err != nil || now.Version != "1.0.0" {
		t.Errorf("the site is on %s, %v", now.Version, err)
	}
	table := module.SchemaName(i.Short) + ".goods"
	if left := w.rows(i, `select name || version from `+table); strings.Join(left, " ") != "twin1 twin1" {
		t.Errorf("a failed upgrade left %v", left)
	}
	// The other site has nothing in the way.
	w.update(sites[1], module.Change{Version: ptr("1.1.0")})
	// A record that the old version could not hold keeps the site on the new one.
	w.add(w.find(sites[1]), "goods", ", grade, colour", "worn", "grey")
	_, err = w.Update(t.Context(), alice, sites[1], "rental", module.Change{Version: ptr("1.0.0")})
	wantCode(t, err, errs.Conflict, "rollback_blocked")
}

func (w world) find(site module.SiteRef) module.Installation {
	w.Helper()
	i, err := w.Find(w.Context(), site.ID, "rental")
	if err != nil {
		w.Fatal(err)
	}
	return i
}

func TestAPlanTellsWhatAVersionChanges(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	w.publish(agency, shop("1.0.0", firstGoods, ""))
	w.install(sites[0], "rental")
	w.publish(agency, shop("1.1.0", secondGoods, ""))
	plan, err := w.Plan(t.Context(), sites[0], "rental", "1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, treatment := range []manifest.Treatment{manifest.Renamed, manifest.Converted, manifest.Filled, manifest.Tested} {
		if len(plan.Changes.Of(treatment)) == 0 {
			t.Errorf("the plan names nothing that is %s: %v", treatment, plan.Changes)
		}
	}
	_, err = w.Plan(t.Context(), sites[0], "rental", "7.0.0")
	wantCode(t, err, errs.Invalid, "invalid")
}

// TestAVersionThatCouldNotConvertIsNotPublished gives ways between the versions
// that do not say what they should.
func TestAVersionThatCouldNotConvertIsNotPublished(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, _ := w.agency(1)
	w.publish(agency, shop("1.0.0", firstGoods, ""))
	for was, is := range map[string]string{
		"old.stock * 2": "old.stok * 2", "old.stock * 2,": "old.name,", "round(old.stock / 2)": "old.stock / 2",
	} {
		_, _, err := w.Publish(t.Context(), alice, agency, shop("1.1.0", strings.Replace(secondGoods, was, is, 1), "").pack(t))
		if e := wantCode(t, err, errs.Invalid, "breaking_change"); len(e.Fields) != 1 {
			t.Errorf("%s: %v", is, e.Fields)
		}
	}
}

// TestEncryptionComesAndGoesWithTheVersion has one field encrypted by the newer
// version, and one that it keeps in the clear.
func TestEncryptionComesAndGoesWithTheVersion(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	site := sites[0]
	w.publish(agency, shop("1.0.0", "fields: {pin: text, key: {type: text, secret: true}}\n", ""))
	i := w.install(site, "rental")
	table := module.SchemaName(i.Short) + ".goods"
	made := w.write(site, "goods", uuid.Nil, `{"pin":"1234","key":"k1"}`)
	w.write(site, "goods", uuid.Nil, `{}`)
	w.publish(agency, shop("1.1.0", "fields: {pin: {type: text, secret: true}, key: text}\n", ""))
	opened := func(field, sealed string) string {
		t.Helper()
		plain, err := w.keys.Open(sealed, secret.RecordContext(site.ID, module.SchemaName(i.Short), "goods", field, made))
		if err != nil {
			t.Fatalf("%s: %v", field, err)
		}
		return string(plain)
	}
	up := w.update(site, module.Change{Version: ptr("1.1.0")})
	w.shows(site, "goods", made, "up", `{"pin":{"set":true},"key":"k1"}`)
	held := w.rows(up, `select pin_v2 from `+table+` where pin_v2 is not null`)
	if len(held) != 1 || opened("pin_v2", held[0]) != "1234" {
		t.Errorf("encrypted are %v", held)
	}
	w.write(site, "goods", made, `{"pin":"5678","key":"k2"}`)
	back := w.update(site, module.Change{Version: ptr("1.0.0")})
	w.shows(site, "goods", made, "back", `{"pin":"5678","key":{"set":true}}`)
	held = w.rows(back, `select key from `+table+` where key is not null`)
	if len(held) != 1 || opened("key", held[0]) != "k2" {
		t.Errorf("encrypted are %v", held)
	}
	for _, v := range []string{"1.1.0", "1.0.0"} {
		before := w.changes(site, "goods")
		w.update(site, module.Change{Version: ptr(v)})
		if n := w.changes(site, "goods") - before; n != 0 {
			t.Errorf("with nothing changed, %s changed %d records", v, n)
		}
	}
}

// TestWhatCannotBeHeldKeepsASiteOnItsVersion tries numbers that are too large,
// fields that are required where they are shown, and a check of lines.
func TestWhatCannotBeHeldKeepsASiteOnItsVersion(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	site := sites[0]
	first := "fields: {large: integer, m: integer, kind: {type: choice, options: [a, b]}, note: text, parts: {type: lines, fields: {of: text, share: integer}}}\n"
	w.publish(agency, shop("1.0.0", first, ""))
	w.install(site, "rental")
	w.write(site, "goods", uuid.Nil, `{"large":1,"m":1,"kind":"a","note":"x","parts":[{"of":"x","share":60},{"of":"y","share":60}]}`)
	w.write(site, "goods", uuid.Nil, `{"kind":"b"}`)
	bad := map[string]uuid.UUID{
		"large": w.write(site, "goods", uuid.Nil, `{"large":9000000000000000000}`),
		"m":     w.write(site, "goods", uuid.Nil, `{"m":9000000000000000000}`),
		"note":  w.write(site, "goods", uuid.Nil, `{"kind":"a"}`),
		"":      w.write(site, "goods", uuid.Nil, `{"parts":[{"of":"x","share":60},{"of":"x","share":60}]}`),
	}
	w.publish(agency, shop("1.1.0", `fields:
  large: {type: decimal, scale: 4}
  m: integer
  more: {type: integer, computed: m * 2}
  kind: {type: choice, options: [a, b]}
  note: {type: text, required: kind == "a"}
  parts: {type: lines, fields: {of: text, share: integer}}
checks: [{rule: 'sum(parts.share) <= 100', each: parts.of}]
`, ""))
	_, err := w.Update(t.Context(), alice, site, "rental", module.Change{Version: ptr("1.1.0")})
	e := wantCode(t, err, errs.Conflict, "upgrade_blocked")
	for field, id := range bad {
		path := strings.TrimSuffix("goods/"+id.String()+"/"+strings.Replace(field, "m", "more", 1), "/")
		if !slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Path == path }) {
			t.Errorf("%s is not named: %v", path, e.Fields)
		}
	}
	if len(e.Fields) != len(bad) {
		t.Errorf("in the way are %v", e.Fields)
	}
}

// TestTranslationsOfDroppedFieldsGo contracts a version that translates what the
// next one does not have.
func TestTranslationsOfDroppedFieldsGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(1)
	w.publish(agency, shop("1.0.0", "fields: {name: {type: text, translatable: true}, slogan: {type: text, translatable: true}}\n", ""))
	i := w.install(sites[0], "rental")
	id := w.write(sites[0], "goods", uuid.Nil, `{"name":"Tent","slogan":"Dry"}`)
	w.write(sites[0], "goods", uuid.Nil, `{"name":"Boat"}`)
	for lang, text := range map[string]string{"de": `{"name":"Zelt","slogan":"Trocken"}`, "fr": `{"slogan":"Sec"}`} {
		r := w.records(sites[0], "goods")
		v, err := r.Collection.DecodeTranslation([]byte(text), "EUR")
		if err == nil {
			err = r.Translate(t.Context(), id, lang, v, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.publish(agency, shop("1.1.0", "fields: {name: {type: text, translatable: true}}\n", "removed: [goods.slogan]\n"))
	w.update(sites[0], module.Change{Version: ptr("1.1.0")})
	before := w.changes(sites[0], "goods")
	if n, err := w.Contract(t.Context(), w.clock.Now().Add(31*24*time.Hour)); n != 1 || err != nil {
		t.Fatalf("%d versions, %v", n, err)
	}
	table := module.SchemaName(i.Short) + ".goods"
	if got := w.rows(i, `select i18n::text || ' ' || version from `+table+` order by name`); strings.Join(got, ", ") != `{} 1, {"de": {"name": "Zelt"}} 3` {
		t.Errorf("the translations are %v", got)
	}
	if n := w.changes(sites[0], "goods"); n != before {
		t.Errorf("%d changes are told of it", n-before)
	}
	w.write(sites[0], "goods", id, `{"name":"Big tent"}`)
	if n := w.changes(sites[0], "goods"); n != before+1 {
		t.Error("changes after it are not told")
	}
}

func TestSettingsComeBackWithTheVersion(t *testing.T) {
	t.Parallel()
	w := shared(t)
	agency, sites := w.agency(1)
	w.publish(agency, shop("1.0.0", firstGoods, "settings:\n  greeting: {type: text}\n"))
	w.install(sites[0], "rental")
	w.update(sites[0], module.Change{Settings: raw(`{"greeting": "Hello"}`)})
	w.publish(agency, shop("1.1.0", firstGoods, "settings:\n  farewell: {type: text}\n"))
	w.update(sites[0], module.Change{Version: ptr("1.1.0"), Settings: raw(`{"farewell": "Bye"}`)})
	back := w.update(sites[0], module.Change{Version: ptr("1.0.0")})
	if compact(t, back.Settings) != `{"greeting":"Hello"}` {
		t.Errorf("the settings are %s", back.Settings)
	}
}

func TestWhatNobodyUsesIsDroppedAfterThirtyDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(1)
	w.publish(agency, shop("1.0.0", firstGoods, ""))
	i := w.install(sites[0], "rental")
	w.add(i, "goods", ", name, stock", "thing", 10)
	w.publish(agency, shop("1.1.0", secondGoods, ""))
	w.update(sites[0], module.Change{Version: ptr("1.1.0")})
	has := func(column string) bool {
		t.Helper()
		var n int
		err := w.db.Pool().QueryRow(t.Context(), `select count(*)::int from pg_attribute
			where attrelid = ($1 || '.goods')::regclass and attname = $2 and not attisdropped`, module.SchemaName(i.Short), column).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n == 1
	}
	if _, err := w.Contract(t.Context(), w.clock.Now().Add(29*24*time.Hour)); err != nil || !has("stock") {
		t.Errorf("within 30 days the old column is gone: %v", err)
	}
	n, err := w.Contract(t.Context(), w.clock.Now().Add(31*24*time.Hour))
	if err != nil || n < 1 || has("stock") || !has("stock_v2") || !has("name") {
		t.Errorf("%d versions, %v; stock is there: %v", n, err, has("stock"))
	}
	_, err = w.Update(t.Context(), alice, sites[0], "rental", module.Change{Version: ptr("1.0.0")})
	wantCode(t, err, errs.Conflict, "version_contracted")
}

// TestSearchIsDroppedWithTheLastVersionThatSearches looks at indexes, policy and
// function of a search that only one version has.
func TestSearchIsDroppedWithTheLastVersionThatSearches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.NewDatabase(t))
	agency, sites := w.agency(1)
	goods := "fields:\n  name: {type: text, required: true}\n  code: {type: text}\n"
	searched := "fields:\n  name: {type: text, required: true, search: true}\n  code: {type: text, search: true}\n"
	w.publish(agency, shop("1.0.0", strings.Replace(searched, "code: {type: text, search: true}", "code: {type: text}", 1), ""))
	w.install(sites[0], "rental")
	for n, declared := range []string{searched, goods} {
		next := fmt.Sprintf("1.%d.0", n+1)
		v := w.publish(agency, shop(next, declared, ""))
		w.update(sites[0], module.Change{Version: &next})
		if findings := w.driftOf(v); len(findings) > 0 {
			t.Errorf("beside %s: %v", next, findings)
		}
		w.clock.Advance(31 * 24 * time.Hour)
		if dropped, err := w.Contract(t.Context(), w.clock.Now()); err != nil || dropped != 1 {
			t.Errorf("after %s: %d versions, %v", next, dropped, err)
		}
		if findings := w.driftOf(v); len(findings) > 0 {
			t.Errorf("after contraction %s: %v", next, findings)
		}
		var finders int
		if err := w.db.Pool().QueryRow(t.Context(), `select count(*)::int from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = $1`, module.SchemaName(v.Short)).Scan(&finders); err != nil || finders != 1-n {
			t.Errorf("after contraction %s there are %d functions, %v", next, finders, err)
		}
	}
}
