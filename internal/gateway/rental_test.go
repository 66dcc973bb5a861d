package gateway_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/examples"
	"github.com/dramac-main/dramac-cms/testkit"
)

// shop is the equipment rental of a site, as a program with every right sees it.
type shop struct {
	*testkit.Platform
	site *testkit.Site
}

const rentals = "/api/modules/equipment-rental/rental"

// ask sends a request that is to be answered with the status.
func (s shop) ask(a testkit.Actor, method, to, body string, status int) testkit.Response {
	s.Helper()
	var send any
	if body != "" {
		send = testkit.JSON(body)
	}
	r := s.Do(a, method, to, send, s.site.On())
	if r.Status != status {
		s.Fatalf("%s %s %s as %s: %d, want %d\n%s", method, to, body, a.Name, r.Status, status, r.Body)
	}
	return r
}

// draft makes a rental of the site's item for the days, with more values.
func (s shop) draft(a testkit.Actor, from, to, more string) string {
	s.Helper()
	records := s.site.Records
	body := fmt.Sprintf(`{"customer_id":%q,"item_id":%q,"starts_on":%q,"ends_on":%q%s}`,
		records[testkit.Rental+".customer"], records[testkit.Rental+".item"], from, to, more)
	return s.ask(a, "POST", rentals, body, http.StatusCreated).Object()["id"].(string)
}

// move runs an action on a rental.
func (s shop) move(a testkit.Actor, id, action, params string, status int) testkit.Response {
	s.Helper()
	return s.ask(a, "POST", rentals+"/"+id+"/"+action, params, status)
}

// read returns a rental.
func (s shop) read(id string) map[string]any {
	s.Helper()
	return s.ask(s.site.Key, "GET", rentals+"/"+id, "", http.StatusOK).Object()
}

// TestARentalBusiness runs the example on three sites of two agencies, by
// declarations alone. Each part builds on sites that the parts before it used.
func TestARentalBusiness(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.CheckAnswers()
	p.Change(`update platform.site set locale = 'de-DE' where id = $1`, p.Foreign.ID)
	for _, part := range []struct {
		says string
		run  func(t *testing.T, home, other, abroad shop)
	}{
		{"numbers have no gaps, and bookings do not overlap", numbers},
		{"lines add up", totals},
		{"states move by actions only", states},
		{"people press buttons", buttons},
		{"a clerk has own bookings only", clerks},
		{"a secret setting is written and never read", secretSetting},
		{"one site has a field of its own", ownField},
		{"a German site is German", germanWords},
		{"two versions run side by side, there and back", versions},
	} {
		ok := t.Run(part.says, func(t *testing.T) {
			own := *p
			own.TB = t
			part.run(t, shop{&own, p.Home}, shop{&own, p.Other}, shop{&own, p.Foreign})
		})
		if !ok {
			return
		}
	}
}

// numbers confirms bookings on two sites: each counts for itself, and what is
// refused uses no number up.
func numbers(t *testing.T, home, _, abroad shop) {
	year := home.Now().In(home.site.Zone()).Year()
	number := func(r testkit.Response, n int) {
		t.Helper()
		if got, want := r.Object()["number"], fmt.Sprintf("R-%d-%04d", year, n); got != want {
			t.Errorf("the number is %v, want %s", got, want)
		}
	}
	// One is confirmed already, from the first to the fifth of January.
	first := home.draft(home.site.Key, "2027-03-01", "2027-03-05", "")
	second := home.draft(home.site.Key, "2027-03-05", "2027-03-09", "")
	twin := home.draft(home.site.Key, "2027-03-03", "2027-03-03", `,"piece":2`)
	if home.read(first)["number"] != nil {
		t.Error("a draft has a number")
	}
	number(home.move(home.site.Key, first, "confirm", "", http.StatusOK), 2)
	r := home.move(home.site.Key, second, "confirm", "", http.StatusConflict)
	if r.Code() != "overlap" || r.Object()["message"] != "This piece is already booked on these days." || !strings.Contains(r.Body, `"path":"item_id"`) {
		t.Errorf("an overlap: %s", r.Body)
	}
	number(home.move(home.site.Key, twin, "confirm", "", http.StatusOK), 3)
	home.move(home.site.Key, first, "cancel", `{"cancel_reason":"Rain"}`, http.StatusOK)
	number(home.move(home.site.Key, second, "confirm", "", http.StatusOK), 4)

	// Many at once, half of which take the same days.
	ids := make([]string, 8)
	for i := range ids {
		day := fmt.Sprintf("2027-04-%02d", 1+i/2)
		ids[i] = home.draft(home.site.Key, day, day, "")
	}
	answers := make(chan testkit.Response, len(ids))
	for _, id := range ids {
		go func() { answers <- home.Do(home.site.Key, "POST", rentals+"/"+id+"/confirm", nil) }()
	}
	taken := []string{}
	for range ids {
		if r := <-answers; r.Status == http.StatusOK {
			taken = append(taken, r.Object()["number"].(string))
		} else if r.Code() != "overlap" {
			t.Errorf("at once: %d %s", r.Status, r.Body)
		}
	}
	slices.Sort(taken)
	if want := fmt.Sprintf("R-%[1]d-0005 R-%[1]d-0006 R-%[1]d-0007 R-%[1]d-0008", year); strings.Join(taken, " ") != want {
		t.Errorf("confirmed at once: %v, want %s", taken, want)
	}

	// The other site counts for itself, begins as it likes, and says it in its language.
	set := `{"settings":{"number_prefix":"VM"}}`
	abroad.ask(abroad.site.Key, "PATCH", "/api/v1/sites/"+abroad.site.ID.String()+"/modules/equipment-rental", set, http.StatusOK)
	one := abroad.draft(abroad.site.Key, "2027-03-01", "2027-03-05", "")
	if got, want := abroad.move(abroad.site.Key, one, "confirm", "", http.StatusOK).Object()["number"], fmt.Sprintf("VM-%d-0002", year); got != want {
		t.Errorf("the other site's number is %v, want %s", got, want)
	}
	two := abroad.draft(abroad.site.Key, "2027-03-01", "2027-03-05", "")
	if r := abroad.move(abroad.site.Key, two, "confirm", "", http.StatusConflict); r.Object()["message"] != "Dieses Stück ist an diesen Tagen schon vergeben." {
		t.Errorf("an overlap in German: %s", r.Body)
	}
}

// totals saves a rental with lines in one request and changes them.
func totals(t *testing.T, s, _, _ shop) {
	money := func(o map[string]any, name string) int { return int(o[name].(map[string]any)["amount"].(float64)) }
	id := s.draft(s.site.Key, "2027-05-01", "2027-05-03",
		`,"discount":10,"tax_rate":19,"extras":[{"text":"Fuel","quantity":1.5,"price":{"amount":1000}},{"text":"Helmet","quantity":2,"price":{"amount":300},"per_day":true}]`)
	check := func(want map[string]int) {
		t.Helper()
		o := s.read(id)
		for name, amount := range want {
			if got := money(o, name); got != amount {
				t.Errorf("%s is %d, want %d: %v", name, got, amount, o)
			}
		}
	}
	// 3 days at 45.00, 15.00 of fuel and 18.00 of helmets; less 10 %, plus 19 %.
	check(map[string]int{"daily_rate": 4500, "rent": 13500, "net": 15120, "tax": 2873, "total": 17993})
	lines := s.read(id)["extras"].([]any)
	fuel := lines[0].(map[string]any)
	if money(fuel, "total") != 1500 || money(lines[1].(map[string]any), "total") != 1800 {
		t.Errorf("the lines are %v", lines)
	}
	// Two days more; of the lines the first stays and the second goes.
	s.ask(s.site.Key, "PATCH", rentals+"/"+id, fmt.Sprintf(`{"ends_on":"2027-05-05","extras":[{"id":%q,"quantity":2}]}`, fuel["id"]), http.StatusOK)
	check(map[string]int{"rent": 22500, "net": 22050, "tax": 4190, "total": 26240})
	for body, code := range map[string]string{
		`{"total":{"amount":1}}`: "readonly", `{"number":"R-1"}`: "readonly", `{"status":"returned"}`: "readonly",
		`{"extras":[{"quantity":1}]}`: "required", `{"discount":101}`: "too_large",
	} {
		if r := s.ask(s.site.Key, "PATCH", rentals+"/"+id, body, http.StatusUnprocessableEntity); !strings.Contains(r.Body, `"code":"`+code+`"`) {
			t.Errorf("%s: %s", body, r.Body)
		}
	}
	for body, message := range map[string]string{
		`{"ends_on":"2027-04-30"}`: "The last day is before the first.", `{"piece":4}`: "There are not so many of this item.",
	} {
		if r := s.ask(s.site.Key, "PATCH", rentals+"/"+id, body, http.StatusUnprocessableEntity); !strings.Contains(r.Body, message) {
			t.Errorf("%s: %s", body, r.Body)
		}
	}
	check(map[string]int{"total": 26240})
}

// states walks a rental through its life and tries what is not its turn.
func states(t *testing.T, s, _, _ shop) {
	key := s.site.Key
	id := s.draft(key, "2027-06-01", "2027-06-03", "")
	illegal := func(action, params, now string) {
		t.Helper()
		r := s.move(key, id, action, params, http.StatusConflict)
		current, _ := r.Object()["current"].(map[string]any)
		if r.Code() != "illegal_move" || current["status"] != now {
			t.Errorf("%s of a rental that is %s: %s", action, now, r.Body)
		}
	}
	illegal("take_back", "", "draft")
	s.move(key, id, "confirm", "", http.StatusOK)
	illegal("confirm", "", "confirmed")
	deposit := `{"deposit":{"amount":5000}}`
	if r := s.move(key, id, "hand_out", "", http.StatusUnprocessableEntity); !strings.Contains(r.Body, `"path":"deposit"`) {
		t.Errorf("without the deposit that the state requires: %s", r.Body)
	}
	if r := s.move(key, id, "hand_out", deposit, http.StatusUnprocessableEntity); !strings.Contains(r.Body, "Note the customer's identity document first.") {
		t.Errorf("without a document: %s", r.Body)
	}
	customer := s.site.Records[testkit.Rental+".customer"].String()
	s.ask(key, "PATCH", "/api/modules/equipment-rental/customer/"+customer, `{"id_document":"Passport X1"}`, http.StatusOK)
	out := s.move(key, id, "hand_out", deposit, http.StatusOK).Object()
	if out["status"] != "out" || out["handed_out_at"] == nil || out["status_at"] == nil {
		t.Errorf("handed out: %v", out)
	}
	s.move(key, id, "cancel", `{}`, http.StatusUnprocessableEntity)
	illegal("cancel", `{"cancel_reason":"Too late"}`, "out")
	back := s.move(key, id, "take_back", `{"condition":"Clean"}`, http.StatusOK).Object()
	if back["status"] != "returned" || back["condition"] != "Clean" {
		t.Errorf("taken back: %v", back)
	}
	s.ask(key, "PATCH", rentals+"/"+id, `{"discount":50}`, http.StatusConflict)
	s.ask(key, "PATCH", rentals+"/"+id, `{"notes":"Paid in cash"}`, http.StatusOK)
	s.ask(key, "DELETE", rentals+"/"+id, "", http.StatusConflict)
	var told string
	err := s.DB.Pool().QueryRow(t.Context(), `
		select string_agg(name, ' ' order by seq) from platform.event where site_id = $1 and record = $2`, s.site.ID, id).Scan(&told)
	if err != nil || told != "confirmed handed_out returned" {
		t.Errorf("the events are %q (%v)", told, err)
	}
}

// buttons takes a rental through its life on the screens.
func buttons(t *testing.T, s, _, _ shop) {
	id := s.draft(s.site.Key, "2027-06-11", "2027-06-13", "")
	at := s.site.App("/equipment-rental/rental/" + id)
	shows := func(r testkit.Response, status int, has []string, lacks ...string) {
		t.Helper()
		if r.Status != status {
			t.Errorf("%d, want %d", r.Status, status)
		}
		for _, text := range has {
			if !strings.Contains(r.Body, text) {
				t.Errorf("lacks %q", text)
			}
		}
		for _, text := range lacks {
			if strings.Contains(r.Body, text) {
				t.Errorf("has %q", text)
			}
		}
	}
	press := func(action string, form url.Values) testkit.Response {
		return s.Do(s.Member, "POST", at+"/"+action, form)
	}
	get := func(to string) testkit.Response { return s.Do(s.Member, "GET", to, nil) }
	shows(get(at), http.StatusOK, []string{"No number yet", "Draft", at + "/confirm", at + "/cancel", at + "/assign"}, at+"/hand_out", at+"/take_back")
	shows(get(at+"/assign"), http.StatusOK, []string{"Hand to a colleague", `<option value="` + s.Member.ID.String() + `">`})
	if r := press("confirm", url.Values{}); r.Status != http.StatusSeeOther || r.Location() != at {
		t.Fatalf("confirm: %d %s", r.Status, r.Location())
	}
	shows(get(at), http.StatusOK, []string{"Confirmed", at + "/hand_out"}, at+"/confirm")
	shows(press("confirm", url.Values{}), http.StatusConflict, []string{"Status cannot go from Confirmed to Confirmed."})
	shows(press("hand_out", url.Values{"deposit": {"a lot"}}), http.StatusUnprocessableEntity, []string{`value="a lot"`, "Hand out"})
	shows(press("hand_out", url.Values{"deposit": {"50"}}), http.StatusSeeOther, nil)
	shows(press("cancel", url.Values{"cancel_reason": {"x"}}), http.StatusConflict, []string{"cannot go from Handed out to Cancelled"})
	shows(press("take_back", url.Values{"condition": {"A scratch"}}), http.StatusSeeOther, nil)
	// What is closed is shown and not offered for change, but for the notes.
	shows(get(at), http.StatusOK, []string{"Returned", "A scratch", `name="notes"`}, `name="discount"`, at+"/delete", at+"/assign")
	shows(get(s.site.App("/equipment-rental/rental?view=overdue")), http.StatusOK, []string{"Nothing here", "Overdue"})
	shows(s.Do(s.Viewer, "GET", at, nil), http.StatusOK, []string{"Returned"}, at+"/")
	shows(press("destroy", url.Values{}), http.StatusNotFound, nil)
}

// clerks has staff of a client work beside staff of the agency.
func clerks(t *testing.T, s, _, _ shop) {
	clerk, counter := s.ClientMember, s.Member
	mine := s.draft(clerk, "2027-07-01", "2027-07-02", "")
	theirs := s.draft(counter, "2027-07-01", "2027-07-02", "")
	if got := s.read(mine)["owner_id"]; got != clerk.ID.String() {
		t.Errorf("in charge is %v", got)
	}
	if got := s.read(s.site.Records[testkit.Rental+".rental"].String())["owner_id"]; got != nil {
		t.Errorf("a program is in charge: %v", got)
	}
	sees := func(want ...string) {
		t.Helper()
		var got []string
		for _, row := range s.ask(clerk, "GET", rentals+"?select=id", "", http.StatusOK).Rows() {
			got = append(got, row["id"].(string))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("the clerk sees %v, want %v", got, want)
		}
		if r := s.ask(clerk, "GET", rentals+"?select=count()", "", http.StatusOK); r.Body != fmt.Sprintf(`[{"count":%d}]`, len(want)) {
			t.Errorf("the clerk counts %s", r.Body)
		}
	}
	sees(mine)
	for _, row := range []struct{ method, to, body string }{
		{"GET", "", ""}, {"PATCH", "", `{"notes":"x"}`}, {"GET", "/history", ""}, {"POST", "/confirm", `{}`}, {"POST", "/cancel", `{"cancel_reason":"x"}`},
	} {
		s.ask(clerk, row.method, rentals+"/"+theirs+row.to, row.body, http.StatusNotFound)
	}
	s.ask(clerk, "DELETE", rentals+"/"+mine, "", http.StatusForbidden)
	for id, status := range map[string]int{mine: http.StatusOK, theirs: http.StatusNotFound} {
		if r := s.Do(clerk, "GET", s.site.App("/equipment-rental/rental/"+id), nil); r.Status != status {
			t.Errorf("the screen of %s: %d, want %d", id, r.Status, status)
		}
	}
	s.ask(clerk, "PATCH", rentals+"/"+mine, `{"notes":"mine"}`, http.StatusOK)
	s.move(clerk, mine, "confirm", "", http.StatusOK)
	s.move(clerk, mine, "assign", fmt.Sprintf(`{"owner_id":%q}`, counter.ID), http.StatusForbidden)
	s.move(counter, theirs, "assign", fmt.Sprintf(`{"owner_id":%q}`, clerk.ID), http.StatusOK)
	sees(mine, theirs)
}

// secretSetting sets the key of a payment provider and looks for it wherever
// it could turn up.
func secretSetting(t *testing.T, s, _, _ shop) {
	const secret = "sk-live-4711-do-not-tell"
	at := "/api/v1/sites/" + s.site.ID.String() + "/modules/equipment-rental"
	answers := []string{
		s.ask(s.site.Key, "PATCH", at, `{"settings":{"tax_rate":20,"payment_key":"`+secret+`"}}`, http.StatusOK).Text(),
		s.ask(s.site.Key, "GET", at, "", http.StatusOK).Text(),
	}
	if !strings.Contains(answers[1], `"payment_key":{"set":true}`) || !strings.Contains(answers[1], `"tax_rate":20`) {
		t.Errorf("the settings: %s", answers[1])
	}
	// The plain one beside it works, and what is sent back as it came stays.
	s.ask(s.site.Key, "PATCH", at, `{"settings":{"tax_rate":7,"payment_key":{"set":true}}}`, http.StatusOK)
	id := s.draft(s.site.Key, "2027-08-01", "2027-08-01", "")
	if got := s.read(id)["tax_rate"]; got != float64(7) {
		t.Errorf("the tax rate of a new rental is %v", got)
	}
	for _, to := range []string{
		s.site.App("/modules/equipment-rental"), s.site.App("/equipment-rental/rental/new"), s.site.App("/equipment-rental/rental/" + id),
		s.site.App("/activity"), rentals + "/" + id, rentals + "/" + id + "/history", "/api/modules/equipment-rental/openapi.json",
	} {
		for _, a := range []testkit.Actor{s.Owner, s.site.Key} {
			answers = append(answers, s.Do(a, "GET", to, nil, s.site.On()).Text())
		}
	}
	answers = append(answers, s.Do(s.Visitor, "GET", s.site.URL("/"), nil).Text())
	for _, answer := range answers {
		if strings.Contains(answer, secret) {
			t.Errorf("an answer tells the secret:\n%.500s", answer)
		}
	}
	if n := stored(s.Platform, secret); n != 0 {
		t.Errorf("the secret stands in clear in %d rows", n)
	}
	if n := stored(s.Platform, "payment_key"); n == 0 {
		t.Error("nothing is found in the database at all, so nothing is proven")
	}
}

// stored counts the rows of the platform's tables that hold the text.
func stored(p *testkit.Platform, text string) (n int) {
	p.Helper()
	tables, err := p.DB.Pool().Query(p.Context(), `
		select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables
		where schemaname = 'platform' and has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'select')`)
	if err != nil {
		p.Fatal(err)
	}
	var names []string
	for tables.Next() {
		var name string
		if err := tables.Scan(&name); err != nil {
			p.Fatal(err)
		}
		names = append(names, name)
	}
	if err := tables.Err(); err != nil {
		p.Fatal(err)
	}
	for _, name := range names {
		var found int
		if err := p.DB.Pool().QueryRow(p.Context(), "select count(*) from "+name+" t where strpos(t::text, $1) > 0", text).Scan(&found); err != nil {
			p.Fatal(err)
		}
		n += found
	}
	return n
}

// ownField adds a field to the rentals of one site; the other has none.
func ownField(t *testing.T, s, other, _ shop) {
	field := `{"collection":"rental","key":"building_site","kind":"text","label":"Building site"}`
	s.ask(s.site.Key, "POST", "/api/v1/sites/"+s.site.ID.String()+"/modules/equipment-rental/fields", field, http.StatusCreated)
	id := s.draft(s.site.Key, "2027-09-01", "2027-09-01", `,"x_building_site":"North quay"`)
	if rows := s.ask(s.site.Key, "GET", rentals+"?x_building_site=ilike.*quay&select=id,x_building_site", "", http.StatusOK).Rows(); len(rows) != 1 || rows[0]["id"] != id {
		t.Errorf("found by the field: %v", rows)
	}
	for _, one := range []struct {
		shop
		to   string
		what string
		has  bool
	}{
		{s, "/equipment-rental/rental/new", "Building site", true},
		{s, "/equipment-rental/rental/" + id, "North quay", true},
		{s, "/equipment-rental/rental", "North quay", true},
		{other, "/equipment-rental/rental/new", "Building site", false},
	} {
		if r := one.Do(s.Owner, "GET", one.site.App(one.to), nil); r.Status != http.StatusOK || strings.Contains(r.Body, one.what) != one.has {
			t.Errorf("%s of %s: %d, has %q: %v", one.to, one.site.Name, r.Status, one.what, !one.has)
		}
	}
	records := other.site.Records
	body := fmt.Sprintf(`{"customer_id":%q,"item_id":%q,"ends_on":"2028-01-01","x_building_site":"Here"}`, records[testkit.Rental+".customer"], records[testkit.Rental+".item"])
	other.ask(other.site.Key, "POST", rentals, body, http.StatusUnprocessableEntity)
	other.ask(other.site.Key, "GET", rentals+"?x_building_site=eq.Here", "", http.StatusUnprocessableEntity)
}

// germanWords reads the screens of a German site beside those of an English one.
func germanWords(t *testing.T, english, _, german shop) {
	id := german.draft(german.site.Key, "2027-10-01", "2027-10-02", "")
	for to, words := range map[string][]string{
		"/equipment-rental/rental":       {"Vermietungen", "Nummer", "Gesamt", "Bestätigt", "Entwurf"},
		"/equipment-rental/rental/new":   {"Erster Tag", "Zubehör", "Je Tag", "Vertrag"},
		"/equipment-rental/rental/" + id: {"Miete", "Steuersatz", "Bedingungen"},
		"/modules/equipment-rental":      {"Schlüssel des Zahlungsdienstes", "Wird verschlüsselt aufbewahrt", "Zahlungen"},
	} {
		r := german.Do(german.ForeignOwner, "GET", german.site.App(to), nil)
		for _, word := range words {
			if !strings.Contains(r.Body, word) {
				t.Errorf("%s lacks %q: %d", to, word, r.Status)
			}
		}
	}
	r := german.ask(german.site.Key, "PATCH", rentals+"/"+id, `{"ends_on":"2027-09-01"}`, http.StatusUnprocessableEntity)
	if !strings.Contains(r.Body, "Der letzte Tag liegt vor dem ersten.") {
		t.Errorf("a rule's message: %s", r.Body)
	}
	if r := english.Do(english.Owner, "GET", english.site.App("/equipment-rental/rental"), nil); strings.Contains(r.Body, "Vermietung") || !strings.Contains(r.Body, "Confirmed") {
		t.Errorf("the English list: %d", r.Status)
	}
}

// nextRental is version 1.1.0 of the example: how the equipment reaches the
// customer is told of every rental, and notes are called remarks.
var nextRental = []struct{ file, was, is string }{
	{"module.yaml", "version: 1.0.0", "version: 1.1.0"},
	{"collections/rental.yaml", "  notes: {type: longtext, max: 5000}", "  remarks: {type: longtext, max: 5000, was: [notes]}\n" +
		"  handover: {type: choice, options: [collected, delivered], required: true, fill: collected}"},
	{"collections/rental.yaml", "except: [notes]", "except: [remarks]"},
	{"collections/rental.yaml", "fields: [terms, notes]", "fields: [terms, remarks, handover]"},
	{"locales/de.yaml", "cancel_reason: {label: Grund der Stornierung}\n      notes: {label: Notizen}", "cancel_reason: {label: Grund der Stornierung}\n" +
		"      remarks: {label: Bemerkungen}\n      handover: {label: Übergabe, options: {collected: Abgeholt, delivered: Geliefert}}"},
}

// nextRentalPackage builds it from the example.
func nextRentalPackage(t *testing.T) []byte {
	t.Helper()
	folder, err := fs.Sub(examples.Files, testkit.Rental)
	if err != nil {
		t.Fatal(err)
	}
	files := testkit.Files{}
	err = fs.WalkDir(folder, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(folder, path)
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range nextRental {
		if strings.Count(files[edit.file], edit.was) != 1 {
			t.Fatalf("%s does not say %q once", edit.file, edit.was)
		}
		files[edit.file] = strings.Replace(files[edit.file], edit.was, edit.is, 1)
	}
	return files.Pack(t)
}

// versions takes one site to 1.1.0 and back while another client's stays, once
// through the API and once on the screens.
func versions(t *testing.T, stays, goes, _ shop) {
	old := goes.site.Records[testkit.Rental+".rental"].String()
	before := goes.read(old)
	goes.ask(goes.site.Key, "PATCH", rentals+"/"+old, `{"notes":"From 1.0"}`, http.StatusOK)
	goes.Publish(goes.site, nextRentalPackage(t))
	at := "/api/v1/sites/" + goes.site.ID.String() + "/modules/equipment-rental"
	plan := func(version string, parts ...string) {
		t.Helper()
		r := goes.ask(goes.site.Key, "GET", at+"/plan?version="+version, "", http.StatusOK)
		for _, part := range parts {
			if !strings.Contains(r.Body, part) {
				t.Errorf("the plan for %s lacks %s: %s", version, part, r.Body)
			}
		}
	}
	change := func(version string) {
		t.Helper()
		goes.ask(goes.site.Key, "PATCH", at, `{"version":"`+version+`"}`, http.StatusOK)
	}
	plan("1.1.0", `"treatment":"renamed"`, `"treatment":"filled"`, `"field":"handover"`, `"field":"remarks"`)
	change("1.1.0")
	if o := goes.read(old); o["handover"] != "collected" || o["remarks"] != "From 1.0" || o["number"] != before["number"] || o["status"] != "confirmed" {
		t.Errorf("after the upgrade: %v", o)
	}
	// Side by side: each has its own fields, on screens and in its document too.
	made := goes.draft(goes.site.Key, "2027-11-01", "2027-11-02", `,"handover":"delivered","remarks":"From 1.1"`)
	kept := stays.draft(stays.site.Key, "2027-11-01", "2027-11-02", `,"notes":"Still 1.0"`)
	records := goes.site.Records
	without := fmt.Sprintf(`{"customer_id":%q,"item_id":%q,"ends_on":"2028-01-01"}`, records[testkit.Rental+".customer"], records[testkit.Rental+".item"])
	if r := goes.ask(goes.site.Key, "POST", rentals, without, http.StatusUnprocessableEntity); !strings.Contains(r.Body, `"path":"handover"`) {
		t.Errorf("without the new field: %s", r.Body)
	}
	stays.ask(stays.site.Key, "PATCH", rentals+"/"+kept, `{"handover":"delivered"}`, http.StatusUnprocessableEntity)
	form := url.Values{
		"customer_id": {records[testkit.Rental+".customer"].String()}, "item_id": {records[testkit.Rental+".item"].String()}, "piece": {"1"},
		"starts_on": {"2027-11-03"}, "ends_on": {"2027-11-04"}, "daily_rate": {""}, "handover": {"delivered"}, "remarks": {"By the form"},
	}
	if r := goes.Do(goes.Owner, "POST", goes.site.App("/equipment-rental/rental"), form); r.Status != http.StatusSeeOther {
		t.Errorf("the form of 1.1: %d", r.Status)
	}
	shows := func(s shop, to string, has []string, lacks ...string) {
		t.Helper()
		r := s.Do(s.Owner, "GET", s.site.App(to), nil)
		for _, text := range has {
			if r.Status != http.StatusOK || !strings.Contains(r.Body, text) {
				t.Errorf("%s of %s: %d, lacks %q", to, s.site.Name, r.Status, text)
			}
		}
		for _, text := range lacks {
			if strings.Contains(r.Body, text) {
				t.Errorf("%s of %s has %q", to, s.site.Name, text)
			}
		}
	}
	shows(goes, "/equipment-rental/rental/new", []string{`name="remarks"`, `name="handover"`}, `name="notes"`)
	shows(stays, "/equipment-rental/rental/new", []string{`name="notes"`}, `name="remarks"`, `name="handover"`)
	for _, s := range []shop{goes, stays} {
		r := s.ask(s.site.Key, "GET", "/api/modules/equipment-rental/openapi.json", "", http.StatusOK)
		if strings.Contains(r.Body, `"handover"`) != (s.site == goes.site) {
			t.Errorf("the document of %s: %v", s.site.Name, !strings.Contains(r.Body, `"handover"`))
		}
	}
	if rows := goes.ask(goes.site.Key, "GET", rentals+"?handover=eq.delivered&select=id", "", http.StatusOK).Rows(); len(rows) != 2 {
		t.Errorf("found by the new field: %v", rows)
	}
	goes.move(goes.site.Key, made, "confirm", "", http.StatusOK)

	plan("1.0.0", `"back":true`, `"treatment":"hidden"`, `"treatment":"called"`)
	change("1.0.0")
	if o := goes.read(old); o["notes"] != "From 1.0" || o["number"] != before["number"] || o["handover"] != nil {
		t.Errorf("after going back: %v", o)
	}
	if o := goes.read(made); o["notes"] != "From 1.1" || o["status"] != "confirmed" {
		t.Errorf("a record of 1.1 after going back: %v", o)
	}
	goes.ask(goes.site.Key, "GET", rentals+"?handover=eq.delivered", "", http.StatusUnprocessableEntity)
	// On the screens there, again, and back.
	record := "/equipment-rental/rental/" + made
	shows(goes, record, []string{"From 1.1", `name="notes"`}, `name="handover"`)
	press := func(version string) {
		t.Helper()
		if r := goes.Do(goes.Owner, "POST", goes.site.App("/modules/equipment-rental/version"), url.Values{"version": {version}}); r.Status != http.StatusSeeOther {
			t.Errorf("switching to %s on the screen: %d", version, r.Status)
		}
	}
	shows(goes, "/modules/equipment-rental/version?version=1.1.0", []string{"Upgrade to 1.1.0", "Filled in", "is called &#34;remarks&#34; now"}, "Roll back")
	press("1.1.0")
	if o := goes.read(made); o["handover"] != "delivered" || o["remarks"] != "From 1.1" {
		t.Errorf("after going there again: %v", o)
	}
	shows(goes, record, []string{"From 1.1", `name="remarks"`, `name="handover"`}, `name="notes"`)
	shows(goes, "/modules/equipment-rental/version?version=1.0.0",
		[]string{"Roll back to 1.0.0", "Hidden", "Field &#34;handover&#34; of &#34;rental&#34; is not shown.", "is called &#34;notes&#34; again"}, "Filled in", "is new", "now.")
	press("1.0.0")
	shows(goes, record, []string{"From 1.1", `name="notes"`}, `name="handover"`)
	press("1.1.0")
	if o := goes.read(made); o["handover"] != "delivered" || o["status"] != "confirmed" {
		t.Errorf("in the end: %v", o)
	}
	if o := stays.read(kept); o["notes"] != "Still 1.0" || o["handover"] != nil {
		t.Errorf("the site that stayed: %v", o)
	}
}
