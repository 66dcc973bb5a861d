package collection

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/money"
)

func TestRecordFromCreationToDeletion(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	made := w.create(items, `{"name":"Drill","quantity":3,"price":{"amount":1999},"bought_on":"2026-01-31","about":"Line\nbreak \"quoted\" ä"}`)
	id := idOf(t, made)
	if made["version"] != 1.0 || fmt.Sprint(made["price"]) != "map[amount:1999 currency:EUR]" || made["bought_on"] != "2026-01-31" {
		t.Errorf("created %v", made)
	}
	for _, hidden := range []string{"site_id", "deleted_at", "deleted_by", "custom", "i18n"} {
		if _, shown := made[hidden]; shown {
			t.Errorf("%s is shown", hidden)
		}
	}
	if at, _ := made["created_at"].(string); !strings.HasPrefix(at, "2026-11-22T22:30:00") {
		t.Errorf("created at %v, want UTC", made["created_at"])
	}
	changed, err := w.tryUpdate(items, id, `{"quantity":4,"price":null,"version":1}`)
	if err != nil || changed["version"] != 2.0 || changed["price"] != nil || changed["name"] != "Drill" {
		t.Fatalf("changed %v, %v", changed, err)
	}
	_, err = w.tryUpdate(items, id, `{"quantity":5,"version":1}`)
	e := wants(t, err, errs.Conflict, "version_conflict", "")
	if current := w.decode(e.Current); current["quantity"] != 4.0 || current["version"] != 2.0 {
		t.Errorf("current %v", current)
	}
	stale := int64(1)
	wants(t, items.Delete(t.Context(), id, &stale), errs.Conflict, "version_conflict", "")
	if err := items.Delete(t.Context(), id, bound(2)); err != nil {
		t.Fatal(err)
	}
	_, err = items.Get(t.Context(), id, Query{})
	wants(t, err, errs.NotFound, "not_found", "")
	_, err = w.tryUpdate(items, id, `{"quantity":5}`)
	wants(t, err, errs.NotFound, "not_found", "")
	wants(t, items.Delete(t.Context(), id, nil), errs.NotFound, "not_found", "")
	if rows, page, err := w.list(items, ""); err != nil || len(rows) != 0 || page.Total != 0 || string(page.JSON) != "[]" {
		t.Errorf("deleted records are listed: %v %+v %v", rows, page, err)
	}
}

func TestDefaultsAndRules(t *testing.T) {
	w := newWorld(t)
	item := w.create(w.records(w.a, "item"), `{"name":"Drill"}`)["id"].(string)
	bookings := w.records(w.a, "booking")
	made := w.create(bookings, `{"customer":"Ann","item_id":"`+item+`"}`)
	if made["starts_on"] != "2026-11-22" || made["status"] != "waiting" || fmt.Sprint(made["deposit"]) != "map[amount:5000 currency:EUR]" {
		t.Errorf("defaults: %v", made)
	}
	for _, c := range []struct{ collection, body, code, path string }{
		{"booking", `{}`, "required", "customer"},
		{"booking", `{}`, "required", "item_id"},
		{"booking", `{"customer":"  "}`, "required", "customer"},
		{"booking", `{"customer":null}`, "required", "customer"},
		{"booking", `{"customer":"Ann","item_id":"1"}`, "not_id", "item_id"},
		{"booking", `{"customer":"Ann","item":"` + item + `"}`, "unknown_field", "item"},
		{"booking", `{"status":"shown"}`, "readonly", "status"},
		{"booking", `{"site_id":"` + w.b.String() + `"}`, "readonly", "site_id"},
		{"booking", `{"id":"` + item + `"}`, "readonly", "id"},
		{"booking", `{"deleted_at":null}`, "readonly", "deleted_at"},
		{"booking", `{"custom":{}}`, "readonly", "custom"},
		{"booking", `{"costumer":"Ann"}`, "unknown_field", "costumer"},
		{"booking", `{"customer":"A","customer":"B"}`, "repeated", "customer"},
		{"booking", `{"starts_on":"2019-12-31"}`, "too_early", "starts_on"},
		{"booking", `{"starts_on":"2026-02-30"}`, "not_date", "starts_on"},
		{"item", `{"name":"x\u0000"}`, "not_text", "name"},
		{"item", `{"name":1}`, "not_text", "name"},
		{"item", `{"name":"` + strings.Repeat("ä", 81) + `"}`, "too_long", "name"},
		{"item", `{"quantity":1.5}`, "not_integer", "quantity"},
		{"item", `{"quantity":"1"}`, "not_integer", "quantity"},
		{"item", `{"quantity":99999999999999999999}`, "too_large", "quantity"},
		{"item", `{"quantity":-99999999999999999999}`, "too_small", "quantity"},
		{"item", `{"quantity":1e3}`, "not_integer", "quantity"},
		{"item", `{"price":{"amount":99999999999999999999}}`, "too_large", "price.amount"},
		{"item", `{"price":{"amount":-99999999999999999999}}`, "too_small", "price.amount"},
		{"item", `{"price":{"amount":99999999999999999999,"currency":"XXX"}}`, "currency", "price.currency"},
		{"item", `{"price":{"amount":"1"}}`, "not_money", "price"},
		{"item", `{"price":{"amount":null}}`, "not_money", "price"},
		{"item", `{"price":{}}`, "not_money", "price"},
		{"item", `{"quantity":-1}`, "too_small", "quantity"},
		{"item", `{"quantity":1000001}`, "too_large", "quantity"},
		{"item", `{"price":19.99}`, "not_money", "price"},
		{"item", `{"price":{"amount":1,"currency":"XXX"}}`, "currency", "price.currency"},
		{"item", `{"price":{"amount":-1}}`, "too_small", "price.amount"},
		{"item", `{"code":"ab1"}`, "pattern", "code"},
		{"item", `{"code":"AB1 "}`, "pattern", "code"},
	} {
		_, err := w.tryCreate(w.records(w.a, c.collection), c.body)
		wants(t, err, errs.Invalid, c.code, c.path)
	}
	for _, body := range []string{``, `[]`, `null`, `1`, `{"name":`, `{"name":"a"}x`, `{"name":"a"}{}`, `{"a"}`} {
		_, err := w.tryCreate(w.records(w.a, "item"), body)
		wants(t, err, errs.Invalid, "invalid_json", "")
	}
	_, err := w.tryUpdate(bookings, idOf(t, made), `{"number":"1"}`)
	wants(t, err, errs.Invalid, "immutable", "number")
	_, err = w.tryUpdate(bookings, idOf(t, made), `{"customer":null}`)
	wants(t, err, errs.Invalid, "required", "customer")
}

func TestDefaultsFromSettings(t *testing.T) {
	w := newWorld(t)
	item := w.create(w.records(w.a, "item"), `{"name":"Drill"}`)["id"].(string)
	body := `{"customer":"Ann","item_id":"` + item + `"}`
	for _, c := range []struct {
		name     string
		settings map[string]any
		body     string
		want     string // terms, fee, deposit
	}{
		{"written", map[string]any{"terms": "Pay.", "fee": money.Money{Amount: 5, Currency: "USD"}}, body, "Pay. map[amount:5 currency:USD]"},
		{"an amount without currency is in the site's", map[string]any{"fee": money.Money{Amount: 5}}, body, "<nil> map[amount:5 currency:EUR]"},
		{"empty", map[string]any{"terms": nil, "fee": nil}, body, "<nil> <nil>"},
		{"blank", map[string]any{"terms": "  "}, body, "<nil> <nil>"},
		{"none at all", nil, body, "<nil> <nil>"},
		{"the record says otherwise", map[string]any{"terms": "Pay."}, strings.TrimSuffix(body, "}") + `,"terms":"Free"}`, "Free <nil>"},
		{"the record says empty", map[string]any{"terms": "Pay."}, strings.TrimSuffix(body, "}") + `,"terms":null}`, "<nil> <nil>"},
	} {
		bookings := w.records(w.a, "booking")
		bookings.Settings = c.settings
		made := w.create(bookings, c.body)
		if got := fmt.Sprint(made["terms"], " ", made["fee"]); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestRequiredFieldOfAnEmptySetting is a setting that was emptied by a change
// of versions: the record is refused rather than made without.
func TestRequiredFieldOfAnEmptySetting(t *testing.T) {
	f, err := newField(&manifest.Field{Name: "terms", Kind: "longtext", Required: true, Default: manifest.Expression("setting.terms")}, "terms")
	if err != nil {
		t.Fatal(err)
	}
	if found := fill([]*Field{f}, Values{}, moment{}); len(found) != 1 || found[0].Code != "required" {
		t.Errorf("got %v", found)
	}
}

func TestForms(t *testing.T) {
	w := newWorld(t)
	item, _ := w.module.Collection("item")
	german := Locale{Decimal: ",", Group: ".", Date: "02.01.2006", Currency: "EUR"}
	english := Locale{Decimal: ".", Group: ",", Date: "01/02/2006", Currency: "EUR"}
	for _, c := range []struct {
		loc                     Locale
		quantity, price, day    string
		wantQuantity, wantPrice string
		wantDay                 any
	}{
		{german, "1.299", "1.299,50", "31.12.2026", "1299", "1299.50 EUR", "2026-12-31"},
		{english, "1,299", "1,299.50", "12/31/2026", "1299", "1299.50 EUR", "2026-12-31"},
		{english, "1299", "1299.5 EUR", "2026-12-31", "1299", "1299.50 EUR", "2026-12-31"},
		{german, "7", "7", "1.2.2026", "7", "7.00 EUR", "2026-02-01"},
		{Locale{Currency: "EUR"}, "7", "7.01", "", "7", "7.01 EUR", nil},
	} {
		v, err := item.DecodeForm(url.Values{
			"name": {" Drill "}, "quantity": {c.quantity}, "price": {c.price}, "bought_on": {c.day}, "version": {"3"}, "csrf": {"x"},
		}, c.loc)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		version, _ := v.Version()
		if v["name"] != "Drill" || fmt.Sprint(v["quantity"]) != c.wantQuantity || fmt.Sprint(v["price"]) != c.wantPrice ||
			v["bought_on"] != c.wantDay || version != 3 {
			t.Errorf("%+v: %v", c, v)
		}
	}
	_, err := item.DecodeForm(url.Values{"name": {""}, "quantity": {"1.5"}, "price": {"1.505"}, "bought_on": {"32.1.2026"}}, english)
	for path, code := range map[string]string{"name": "required", "quantity": "not_integer", "price": "too_precise", "bought_on": "not_date"} {
		wants(t, err, errs.Invalid, code, path)
	}
}

func TestUniqueWithinTheSite(t *testing.T) {
	w := newWorld(t)
	mine, theirs := w.records(w.a, "category"), w.records(w.b, "category")
	first := w.create(mine, `{"name":"Tools"}`)
	w.create(theirs, `{"name":"Tools"}`)
	_, err := w.tryCreate(mine, `{"name":"Tools"}`)
	wants(t, err, errs.Conflict, "unique", "name")
	if err := mine.Delete(t.Context(), idOf(t, first), nil); err != nil {
		t.Fatal(err)
	}
	again := w.create(mine, `{"name":"Tools"}`)
	category := again["id"].(string)
	items := w.records(w.a, "item")
	w.create(items, `{"name":"Drill","code":"AB1","category_id":"`+category+`"}`)
	_, err = w.tryCreate(items, `{"name":"Saw","code":"AB1","category_id":"`+category+`"}`)
	if e := wants(t, err, errs.Conflict, "unique", "category_id"); e.Message != "This category has the code already." {
		t.Errorf("message %q", e.Message)
	}
}

func TestReferences(t *testing.T) {
	w := newWorld(t)
	items, bookings, categories := w.records(w.a, "item"), w.records(w.a, "booking"), w.records(w.a, "category")
	item := w.create(items, `{"name":"Drill"}`)
	foreign := w.create(w.records(w.b, "item"), `{"name":"Theirs"}`)
	gone := w.create(items, `{"name":"Gone"}`)
	if err := items.Delete(t.Context(), idOf(t, gone), nil); err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, id := range []string{foreign["id"].(string), gone["id"].(string), uuid.NewString(), uuid.Nil.String()} {
		_, err := w.tryCreate(bookings, `{"customer":"Ann","item_id":"`+id+`"}`)
		e := wants(t, err, errs.Invalid, "reference_missing", "item_id")
		words = append(words, fmt.Sprint(e.Kind, e.Code, e.Message, e.Hint, e.Fields))
	}
	if len(slices.Compact(words)) != 1 {
		t.Errorf("the answers tell foreign, deleted and absent records apart: %q", words)
	}
	booking := w.create(bookings, `{"customer":"Ann","item_id":"`+item["id"].(string)+`"}`)
	_, err := w.tryUpdate(bookings, idOf(t, booking), `{"item_id":"`+foreign["id"].(string)+`"}`)
	wants(t, err, errs.Invalid, "reference_missing", "item_id")
	if e := wants(t, items.Delete(t.Context(), idOf(t, item), nil), errs.Conflict, "in_use", ""); !strings.Contains(e.Message, "Bookings") {
		t.Errorf("message %q", e.Message)
	}
	if _, err := w.tryUpdate(items, idOf(t, item), `{"parent_id":"`+item["id"].(string)+`"}`); err != nil {
		t.Errorf("a record may point at itself: %v", err)
	}
	if _, err := w.tryUpdate(items, idOf(t, item), `{"parent_id":null}`); err != nil {
		t.Fatal(err)
	}
	if err := bookings.Delete(t.Context(), idOf(t, booking), nil); err != nil {
		t.Fatal(err)
	}
	if err := items.Delete(t.Context(), idOf(t, item), nil); err != nil {
		t.Errorf("nothing uses it any more: %v", err)
	}
	category := w.create(categories, `{"name":"Tools"}`)
	saw := w.create(items, `{"name":"Saw","category_id":"`+category["id"].(string)+`"}`)
	wants(t, categories.Delete(t.Context(), idOf(t, category), bound(7)), errs.Conflict, "version_conflict", "")
	if got := w.names(items, "name=eq.Saw", "category_id"); got != category["id"] {
		t.Errorf("a refused deletion emptied the reference: %q", got)
	}
	if err := categories.Delete(t.Context(), idOf(t, category), nil); err != nil {
		t.Fatal(err)
	}
	raw, err := items.Get(t.Context(), idOf(t, saw), Query{})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.decode(raw); got["category_id"] != nil || got["version"] != 2.0 {
		t.Errorf("the reference is %v", got)
	}
}

func TestListing(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	for i, name := range []string{"Axe", "Bow", "Cup", "Dog"} {
		w.create(items, fmt.Sprintf(`{"name":%q,"quantity":%d,"price":{"amount":%d},"bought_on":"2026-01-0%d"}`, name, i, 1000-i, i+1))
	}
	w.create(items, `{"name":"a,b(c)"}`)
	for _, c := range []struct{ query, want string }{
		{"order=name", "Axe Bow Cup Dog a,b(c)"},
		{"order=price->amount.desc.nullslast&limit=2", "Axe Bow"},
		{"order=price.asc&limit=1&offset=1", "Cup"},
		{"order=quantity.desc.nullsfirst&limit=1", "a,b(c)"},
		{"order=name&quantity=gte.1&quantity=lt.3", "Bow Cup"},
		{"order=name&quantity=neq.1", "Axe Cup Dog a,b(c)"},
		{"order=name&quantity=not.gt.1", "Axe Bow"},
		{"order=name&quantity=in.(0,3)", "Axe Dog"},
		{"order=name&quantity=not.in.(0,3)", "Bow Cup a,b(c)"},
		{"order=name&quantity=is.null", "a,b(c)"},
		{"order=name&name=like.*o*", "Bow Dog"},
		{"order=name&name=ilike.a*", "Axe a,b(c)"},
		{`order=name&name=in.("a,b(c)",Axe)`, "Axe a,b(c)"},
		{"order=name&price->amount=lte.998", "Cup Dog"},
		{"order=name&price->>currency=eq.EUR&bought_on=gt.2026-01-03", "Dog"},
		{"order=name&or=(name.eq.Axe,and(quantity.gt.1,quantity.lt.3))", "Axe Cup"},
		{"order=name&not.or=(name.eq.Axe,quantity.is.null)", "Bow Cup Dog"},
		{"order=name&quantity=lt.0.5", "Axe"},
		{"order=name&created_at=gte.2026-11-22T23:30:00%2B01:00&limit=1", "Axe"},
		{"order=name&limit=0", ""},
		{"order=name&name=eq.'; drop table item; --", ""},
		{`order=name&name=like.\`, ""},
	} {
		if got := w.names(items, strings.ReplaceAll(c.query, ";", "%3B"), "name"); got != c.want {
			t.Errorf("%s: %q, want %q", c.query, got, c.want)
		}
	}
	rows, page, err := w.list(items, "select=quantity,name&name=eq.Axe")
	if err != nil || len(rows) != 1 || len(rows[0]) != 2 || page.Total != 1 || page.Rows != 1 || page.Capped {
		t.Errorf("select: %v %+v %v", rows, page, err)
	}
	for _, c := range []struct{ query, code, path string }{
		{"limitt=5", "unknown_parameter", "limitt"},
		{"site_id=eq." + w.b.String(), "unknown_field", "site_id"},
		{"deleted_at=is.null", "unknown_field", "deleted_at"},
		{"custom=is.null", "unknown_field", "custom"},
		{"select=site_id", "unknown_field", "select"},
		{"order=site_id", "unknown_field", "order"},
		{"naem=eq.x", "unknown_field", "naem"},
		{"price=gt.1", "unknown_field", "price"},
		{"quantity=eq.x", "bad_value", "quantity"},
		{"quantity=x", "operator", "quantity"},
		{"order=name.up", "syntax", "order"},
		{"order=name;drop", "syntax", "order"},
		{`select=na"me`, "syntax", "select"},
		{"limit=-1", "not_integer", "limit"},
		{"limit=1&limit=2", "repeated", "limit"},
		{"and=(" + strings.Repeat("quantity.eq.1,", 60) + "quantity.eq.1)", "limit", "and"},
	} {
		_, _, err := w.list(items, strings.ReplaceAll(c.query, ";", "%3B"))
		wants(t, err, errs.Invalid, c.code, c.path)
	}
}

func TestPagesNeitherRepeatNorSkip(t *testing.T) {
	w := newWorld(t)
	items := w.records(w.a, "item")
	for range 7 {
		w.create(items, `{"name":"Same"}`)
	}
	seen := map[any]bool{}
	for offset := 0; offset < 7; offset += 2 {
		rows, _, err := w.list(items, fmt.Sprintf("order=name&limit=2&offset=%d", offset))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			seen[row["id"]] = true
		}
	}
	if len(seen) != 7 {
		t.Errorf("saw %d of 7 records", len(seen))
	}
}

func TestTitles(t *testing.T) {
	w := newWorld(t)
	items, categories := w.records(w.a, "item"), w.records(w.a, "category")
	category := w.create(categories, `{"name":"Tools"}`)
	saw := w.create(items, `{"name":"Saw","category_id":"`+category["id"].(string)+`"}`)
	raw, err := items.Get(t.Context(), idOf(t, saw), Query{Titles: []string{"category", "parent"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.decode(raw); got["category_title"] != "Tools" || got["parent_title"] != nil {
		t.Errorf("titles %v", got)
	}
	query, ok := items.TitleQuery("s_w", 10)
	page, err := items.List(t.Context(), query)
	if !ok || err != nil || page.Rows != 0 {
		t.Errorf("the search took _ for a pattern: %s %v", page.JSON, err)
	}
	query, _ = items.TitleQuery("SA", 10)
	if page, err = items.List(t.Context(), query); err != nil || page.Rows != 1 {
		t.Errorf("search: %s %v", page.JSON, err)
	}
}

func TestHiddenFieldsDoNotExist(t *testing.T) {
	w := newWorld(t)
	item := w.create(w.records(w.a, "item"), `{"name":"Drill","quantity":3,"price":{"amount":5}}`)
	items := w.as(w.a, "item", Access{Fields: []string{"name", "category"}})
	raw, err := items.Get(t.Context(), idOf(t, item), Query{})
	if err != nil {
		t.Fatal(err)
	}
	keys := w.decode(raw)
	for _, key := range []string{"id", "version", "created_at", "name", "category_id"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("%s is missing", key)
		}
		delete(keys, key)
	}
	if len(keys) > 0 {
		t.Errorf("hidden values are shown: %v", keys)
	}
	unlike := func(err error, word string) string {
		return strings.ReplaceAll(fmt.Sprint(errs.Of(err).Fields), word, "?")
	}
	for _, c := range []struct{ hidden, absent string }{
		{"quantity=gt.1", "quantitx=gt.1"},
		{"quantity=eq.nonsense", "quantitx=eq.nonsense"},
		{"quantity=like.x", "quantitx=like.x"},
		{"price->amount=gt.1", "prixe->amount=gt.1"},
		{"order=quantity", "order=quantitx"},
		{"order=price", "order=prixe"},
		{"order=price->amount", "order=prixe->amount"},
		{"select=quantity", "select=quantitx"},
		{"or=(quantity.gt.1,name.eq.a)", "or=(quantitx.gt.1,name.eq.a)"},
		{"created_by=is.null", "created_bx=is.null"},
	} {
		_, _, hidden := w.list(items, c.hidden)
		_, _, absent := w.list(items, c.absent)
		if errs.KindOf(hidden) != errs.Invalid || errs.KindOf(absent) != errs.Invalid {
			t.Errorf("%s: %v; %s: %v", c.hidden, hidden, c.absent, absent)
			continue
		}
		replace := func(text string) string {
			return strings.NewReplacer("quantity", "?", "quantitx", "?", "price", "?", "prixe", "?", "created_by", "?", "created_bx", "?").Replace(text)
		}
		if a, b := replace(unlike(hidden, "\x00")), replace(unlike(absent, "\x00")); a != b {
			t.Errorf("%s and %s are told apart: %s, %s", c.hidden, c.absent, a, b)
		}
	}
	_, err = w.tryUpdate(items, idOf(t, item), `{"quantity":1}`)
	wants(t, err, errs.Invalid, "unknown_field", "quantity")
	_, err = w.tryCreate(items, `{"name":"x","quantity":1}`)
	wants(t, err, errs.Invalid, "unknown_field", "quantity")
	changed, err := w.tryUpdate(items, idOf(t, item), `{"name":"Saw"}`)
	if _, shown := changed["quantity"]; err != nil || shown {
		t.Errorf("update answers %v %v", changed, err)
	}
}

func TestReachAdmitsRows(t *testing.T) {
	w := newWorld(t)
	item := w.create(w.records(w.a, "item"), `{"name":"Drill"}`)["id"].(string)
	all := w.records(w.a, "booking")
	ids := map[string]uuid.UUID{}
	for _, c := range []struct{ status, day string }{{"shown", "2026-11-22"}, {"shown", "2026-11-23"}, {"hidden", "2026-11-01"}} {
		v := Values{"customer": c.status + c.day, "item": uuid.MustParse(item), "status": c.status, "starts_on": c.day}
		raw, err := all.Create(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		ids[c.status+c.day] = idOf(t, w.decode(raw))
	}
	access, ok := all.Collection.Reach("shown")
	if !ok {
		t.Fatal("no reach")
	}
	shown := w.as(w.a, "booking", access)
	if got := w.names(shown, "", "customer"); got != "shown2026-11-22" {
		t.Errorf("the reach shows %q", got)
	}
	for _, name := range []string{"shown2026-11-23", "hidden2026-11-01"} {
		_, err := shown.Get(t.Context(), ids[name], Query{})
		wants(t, err, errs.NotFound, "not_found", "")
		_, err = w.tryUpdate(shown, ids[name], `{"customer":"x","version":9}`)
		wants(t, err, errs.NotFound, "not_found", "")
		wants(t, shown.Delete(t.Context(), ids[name], nil), errs.NotFound, "not_found", "")
	}
	if _, err := w.tryUpdate(shown, ids["shown2026-11-22"], `{"customer":"Bob"}`); err != nil {
		t.Error(err)
	}
}

func TestActions(t *testing.T) {
	w := newWorld(t)
	item := w.create(w.records(w.a, "item"), `{"name":"Drill"}`)["id"].(string)
	access, _ := w.records(w.a, "booking").Collection.Reach("shown")
	visitor := w.as(w.a, "booking", access)
	visitor.Settings = map[string]any{"series": "A-7", "terms": "Pay."}
	action := &visitor.Collection.Actions[0]
	run := func(body string) (map[string]any, error) {
		v, err := visitor.Collection.DecodeAction(action, []byte(body), "EUR")
		if err != nil {
			return nil, err
		}
		raw, err := visitor.Run(t.Context(), action, uuid.Nil, v)
		if err != nil {
			return nil, err
		}
		return w.decode(raw), nil
	}
	made, err := run(`{"customer":"Ann","item_id":"` + item + `","starts_on":"2026-12-01"}`)
	if err != nil || len(made) != 1 {
		t.Fatalf("%v %v", made, err)
	}
	raw, err := w.records(w.a, "booking").Get(t.Context(), idOf(t, made), Query{})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.decode(raw); got["status"] != "asked" || got["number"] != "A-7" || got["terms"] != "Pay." || got["starts_on"] != "2026-12-01" || got["created_by"] != nil {
		t.Errorf("made %v", got)
	}
	for _, c := range []struct{ body, code, path string }{
		{`{"customer":"Ann"}`, "required", "item_id"},
		{`{"customer":"Ann","item_id":"` + item + `","starts_on":null}`, "required", "starts_on"},
		{`{"customer":"Ann","status":"shown"}`, "readonly", "status"},
		{`{"customer":"Ann","deposit":null}`, "unknown_field", "deposit"},
		{`{"customer":"Ann","version":1}`, "readonly", "version"},
	} {
		_, err := run(c.body)
		wants(t, err, errs.Invalid, c.code, c.path)
	}
	_, err = visitor.Run(t.Context(), action, uuid.Nil, Values{"customer": "Ann", "deposit": nil})
	wants(t, err, errs.Invalid, "unknown_field", "deposit")
}

func TestRestoringWhatWasDeleted(t *testing.T) {
	w := newWorld(t)
	items, bookings, categories := w.records(w.a, "item"), w.records(w.a, "booking"), w.records(w.a, "category")
	item := w.create(items, `{"name":"Drill"}`)
	booking := w.create(bookings, `{"customer":"Ann","item_id":"`+item["id"].(string)+`"}`)
	if _, err := w.tryUpdate(items, idOf(t, item), `{"parent_id":"`+item["id"].(string)+`"}`); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []struct {
		of     Records
		record map[string]any
	}{{bookings, booking}} {
		if err := gone.of.Delete(t.Context(), idOf(t, gone.record), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.tryUpdate(items, idOf(t, item), `{"parent_id":null}`); err != nil {
		t.Fatal(err)
	}
	if err := items.Delete(t.Context(), idOf(t, item), nil); err != nil {
		t.Fatal(err)
	}
	_, err := bookings.Restore(t.Context(), idOf(t, booking))
	wants(t, err, errs.Invalid, "reference_missing", "item_id")
	for _, back := range []struct {
		of     Records
		record map[string]any
	}{{items, item}, {bookings, booking}} {
		raw, err := back.of.Restore(t.Context(), idOf(t, back.record))
		if err != nil {
			t.Fatal(err)
		}
		restored := w.decode(raw)
		if restored["id"] != back.record["id"] || restored["version"].(float64) <= back.record["version"].(float64)+1 {
			t.Errorf("restored %v", restored)
		}
		again, err := back.of.Restore(t.Context(), idOf(t, back.record))
		if err != nil || string(again) != string(raw) {
			t.Errorf("restoring twice changed something: %s %v", again, err)
		}
	}
	first := w.create(categories, `{"name":"Tools"}`)
	if err := categories.Delete(t.Context(), idOf(t, first), nil); err != nil {
		t.Fatal(err)
	}
	w.create(categories, `{"name":"Tools"}`)
	_, err = categories.Restore(t.Context(), idOf(t, first))
	wants(t, err, errs.Conflict, "unique", "name")
	theirs := w.records(w.b, "category")
	_, err = theirs.Restore(t.Context(), idOf(t, first))
	wants(t, err, errs.NotFound, "not_found", "")
	later := categories
	later.Now = func() time.Time { return categories.Now().Add(Kept + time.Second) }
	_, err = later.Restore(t.Context(), idOf(t, first))
	wants(t, err, errs.NotFound, "not_found", "")
}
