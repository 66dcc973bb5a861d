package gateway_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// tablesGoRound sends back what the product writes as comma-separated
// values, and expects every record as it was.
func tablesGoRound(t *testing.T, s *scenario) {
	s.run(t, []step{
		{request: "POST thing", body: `{"name":"beside"}`, status: 201},
		{request: "POST thing", body: everyValue, status: 201},
	})
	for i, odd := range []string{`"NULL"`, `"''NULL"`, `" =a"`, `"＝a"`, `"-5"`, `"'-5"`, `"+a"`, `"a\tb"`, `"\""`, `"1e5"`, `"true"`, `"null"`, `"{}"`, `"[1]"`} {
		body := fmt.Sprintf(`{"name":"odd %c","long":%s,"data":%[2]s,"labels":[%s]}`, 'a'+i, odd, strings.ReplaceAll(odd, `\t`, ""))
		s.run(t, []step{{request: "POST thing", body: body, status: 201}})
	}
	s.run(t, []step{
		{request: "POST thing", body: `{"name":"flat","data":"flat","pin":"9","fixed":"for ever"}`, status: 201},
		{request: "POST thing", body: `{"name":"true","data":true}`, status: 201},
		{request: "POST thing", body: `{"name":"7","data":7}`, status: 201},
	})
	before := s.table()
	if n := len(before.cells); n != 19 {
		t.Fatalf("%d records", n)
	}
	if before.has("pin") {
		t.Error("a table shows what is secret")
	}
	// Back onto the records themselves.
	s.sends(before.text, "resolution=merge-duplicates", http.StatusOK)
	before.same(t, s.table(), "version", "updated_at", "updated_by")
	if again := s.table(); strings.Count(again.text, `"set"`) != 0 {
		t.Error(again.text)
	}
	s.run(t, []step{
		{says: "what no cell says of a secret leaves it", request: "GET thing?pin=not.is.null", status: 422},
		{request: "GET thing?select=name&name=like.=*", headers: "Accept: text/csv", status: 200, want: "\"'=HYPERLINK(\"\"http://x\"\")\"\r\n"},
		{request: "GET thing?select=pin&name=like.=*", status: 200, want: `[{"pin":{"set" : true}}]`},
		{request: "GET thing?select=pin&name=like.=*", headers: "Accept: text/csv", status: 200, want: "pin\r\n\"{\"\"set\"\" : true}\"\r\n"},
		{request: "PATCH thing/<flat>", body: `{"fixed":"for ever","text":"x"}`, status: 200, want: `"fixed":"for ever"`},
		{request: "PATCH thing/<flat>", body: `{"fixed":"for now"}`, status: 422, want: `"path":"fixed","code":"immutable"`},
		{request: "PUT thing?id=eq.<flat>", body: `{"name":"flat","data":"flat"}`, status: 204},
		{request: "GET thing/<flat>?select=text,pin,fixed", status: 200, want: `{"text":null,"pin":{"set" : true},"fixed":"for ever"}`},
		{request: "GET thing?select=text&name=eq.flat", headers: "Accept: text/csv", status: 200, want: "text\r\n\"\"\r\n"},
	})
	// As new records.
	s.run(t, []step{{request: "DELETE thing?name=neq.beside", status: 204}})
	// A file stays with its record: new ones have files of their own.
	fresh := before.without("beside", s.ids["scan"], s.ids["shown"])
	if told := s.sends(fresh.text, "return=minimal", http.StatusCreated).Header.Get("Dramac-Passed-Over"); told != strings.Join(passed, ", ") {
		t.Errorf("passed over: %s", told)
	}
	fresh.same(t, s.table(), append(slices.Clone(passed), "rows")...)
	lines := func(of table) string {
		cell := of.cells["'=HYPERLINK(\"http://x\")"][slices.Index(of.keys, "rows")]
		return regexp.MustCompile(`"id":"[^"]*",|"shown":.*?,"shown_id":("[^"]*"|null)`).ReplaceAllString(cell, "")
	}
	if was, is := lines(before), lines(s.table()); was != is || strings.Count(was, `"what"`) != 2 {
		t.Errorf("the lines %s became %s", was, is)
	}
	s.run(t, []step{
		{request: "POST thing", headers: "Content-Type: text/csv", body: "name,data\r\na,{x\r\n", status: 422, want: `"path":"0.data","code":"not_json"`},
		{request: "POST thing", headers: "Content-Type: text/csv", body: "name,nmae,version\r\na,b,1\r\n", status: 422, want: `"code":"unknown_field"`},
	})
}

// passed are the columns that nobody writes.
var passed = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by", "status", "status_at", "number", "scan", "twice", "eyes", "seen", "later"}

// table is what a collection is as comma-separated values.
type table struct {
	text  string
	keys  []string
	cells map[string][]string // by name
}

func (s *scenario) table() table {
	s.Helper()
	r := s.Do(s.SiteKey, http.MethodGet, s.base+"thing?order=name&limit=100", nil, testkit.Header{Name: "Accept", Value: "text/csv"})
	all, err := csv.NewReader(strings.NewReader(r.Body)).ReadAll()
	if r.Status != http.StatusOK || err != nil {
		s.Fatalf("%d %s %v", r.Status, r.Body, err)
	}
	t := table{text: r.Body, keys: all[0], cells: map[string][]string{}}
	for _, row := range all[1:] {
		t.cells[row[slices.Index(t.keys, "name")]] = row
	}
	return t
}

// without is the table without a record, and without some values.
func (b table) without(name string, values ...string) table {
	var out strings.Builder
	w := csv.NewWriter(&out)
	_ = w.Write(b.keys)
	rest := table{keys: b.keys, cells: maps.Clone(b.cells)}
	delete(rest.cells, name)
	for name, row := range rest.cells {
		row = slices.Clone(row)
		for i, key := range b.keys {
			for _, value := range values {
				if key == "scan" || key == "scan_id" {
					row[i] = strings.ReplaceAll(row[i], value, "")
				}
				row[i] = strings.ReplaceAll(row[i], `"`+value+`"`, "null")
			}
		}
		rest.cells[name] = row
		_ = w.Write(row)
	}
	w.Flush()
	rest.text = out.String()
	return rest
}

func (b table) has(key string) bool { return slices.Contains(b.keys, key) }

// same compares all but some cells.
func (b table) same(t *testing.T, other table, but ...string) {
	t.Helper()
	for name, row := range b.cells {
		for i, key := range b.keys {
			if again := other.cells[name]; len(again) != len(row) || !slices.Contains(but, key) && again[i] != row[i] {
				t.Errorf("%s of %s: %q became %q", key, name, row[i], again)
			}
		}
	}
}

func (s *scenario) sends(text, prefer string, status int) testkit.Response {
	s.Helper()
	r := s.Do(s.SiteKey, http.MethodPost, s.base+"thing", []byte(text), testkit.Header{Name: "Content-Type", Value: "text/csv"}, testkit.Header{Name: "Prefer", Value: prefer})
	if r.Status != status {
		s.Fatalf("%d %s", r.Status, r.Body)
	}
	return r
}
