package gateway_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// grammarDocument holds the published table between two marks; -update writes it.
const (
	grammarDocument = "../../docs/api.md"
	grammarBegin    = "<!-- The table is written by the test of the grammar: go test ./internal/gateway -run Grammar -update -->\n"
	grammarEnd      = "<!-- End of the table -->\n"
)

// clause is one line of the published table, with a request that shows it.
type clause struct {
	part    string // what of PostgREST's grammar
	request string // METHOD address below the collection's own, as it is published
	headers string // "Name: value; Name: value"
	body    string
	status  int
	want    string // what the answer holds; several parts are separated by " … "
	tells   string // a header of the answer, "Name: value"
	says    string // how it differs from PostgREST, or what it means here; may be empty
}

// The collection holds three things: Axe (1, Tools), Bow (2, Tools), Cup (3, no kind).
var grammar = []clause{
	{part: "all columns", request: "GET thing?select=*", status: 200, want: `"name":"Axe"`},
	{part: "columns", request: "GET thing?select=name,count&order=name&limit=1", status: 200, want: `[{"name":"Axe","count":1}]`, says: "keys come in the collection's order"},
	{part: "renaming", request: "GET thing?select=title:name&order=name&limit=1", status: 200, want: `[{"title":"Axe"}]`},
	{part: "casts", request: "GET thing?select=count::text&order=name&limit=1", status: 200, want: `[{"count":"1"}]`, says: "`text`, `json`, `jsonb` of everything; `int`, `bigint`, `numeric`, `float` of numbers; `date`, `timestamptz` of days and instants"},
	{part: "JSON arrows", request: "GET thing?select=price->amount,c:price->>currency&order=name&limit=1", status: 200, want: `[{"amount":100,"c":"EUR"}]`},
	{part: "JSON arrows into JSON", request: "GET thing?select=data->in,first:data->in->>0&order=name&limit=1", status: 200, want: `[{"first":"Axe","in":["Axe"]}]`, says: "of `json`, `location` and `record`; 10 steps. The last arrow says JSON or, doubled, text"},
	{part: "names in quotes", request: `GET thing?select="name","the count":"count"&"name"=eq.Axe&order="count".desc`, status: 200, want: `"the count":1`, says: "names, other names and keys of JSON"},
	{part: "embedding a reference", request: "GET thing?select=name,kind(name)&order=name&limit=1", status: 200, want: `[{"name":"Axe","kind":{"name":"Tools"}}]`, says: "three levels; under the name of the field, or of the collection where that is enough"},
	{part: "embedding records that refer here", request: "GET kind?select=name,things(name)&things.order=name.desc", status: 200, want: `[{"name":"Tools","things":[{"name":"Bow"}, … {"name":"Axe"}]}]`, says: "under the reference's `inverse`; at most 100 of a list"},
	{part: "embedding a list of references", request: "GET thing?select=name,beside(name)&name=eq.Cup", status: 200, want: `[{"name":"Cup","beside":[{"name":"Bow"}, … {"name":"Axe"}]}]`, says: "in the order of the list, or as `beside.order` says; at most 100"},
	{part: "and records whose list leads here", request: "GET thing?select=name,besides(name)&name=eq.Axe", status: 200, want: `[{"name":"Axe","besides":[{"name":"Cup"}]}]`, says: "under the reference's `inverse`"},
	{part: "alias of an embedding", request: "GET thing?select=name,sort:kind(name)&order=name&limit=1", status: 200, want: `"sort":{"name":"Tools"}`},
	{part: "hints", request: "GET kind?select=name,thing!kind(name)&thing.limit=1&thing.order=name", status: 200, want: `"thing":[{"name":"Axe"}]`},
	{part: "`!inner`", request: "GET thing?select=name,kind!inner(name)&kind.name=eq.Tools&order=name", status: 200, want: `"Axe" … "Bow"`, tells: "Content-Range: 0-1/*"},
	{part: "`!left`", request: "GET thing?select=name,kind!left(name)", status: 200, tells: "Content-Range: 0-2/*"},
	{part: "spread", request: "GET thing?select=name,...kind(sort:name)&order=name&limit=1", status: 200, want: `[{"name":"Axe","sort":"Tools"}]`, says: "of one record, not of lists"},
	{part: "embedding without values", request: "GET kind?select=name,things!inner()", status: 200, want: `[{"name":"Tools"}]`},
	{part: "records with a related one that meets a filter", request: "GET thing?select=name,beside!inner()&beside.name=eq.Axe", status: 200, want: `[{"name":"Cup"}]`},
	{part: "filter on an embedding", request: "GET kind?select=name,things(name)&things.count=gt.1", status: 200, want: `"things":[{"name":"Bow"}]`},
	{part: "`or` on an embedding", request: "GET kind?select=name,things(name)&things.or=(count.eq.2,name.eq.Nix)", status: 200, want: `"things":[{"name":"Bow"}]`},
	{part: "order, limit, offset of an embedding", request: "GET kind?select=things(name)&things.order=name&things.limit=1&things.offset=1", status: 200, want: `[{"things":[{"name":"Bow"}]}]`},
	{part: "related records are there, or not", request: "GET thing?select=name,kind()&kind=is.null", status: 200, want: `[{"name":"Cup"}]`},
	{part: "order by an embedding", request: "GET thing?select=name,kind(name)&order=kind(name).desc.nullslast,name&limit=1", status: 200, want: `"name":"Axe"`},
	{part: "aggregates", request: "GET thing?select=count.sum(),n:count(),count.max(),low:count.min()", status: 200, want: `"max":3 … "sum":6`, says: "`sum`, `avg`, `min`, `max`, `count`"},
	{part: "grouping", request: "GET thing?select=kind(name),n:count()&order=n.desc", status: 200, want: `[{"kind":{"name": "Tools"},"n":2}, … {"kind":null,"n":1}]`, says: "can be ordered by what is selected, the aggregates included"},
	{part: "aggregates of money", request: "GET thing?select=price.sum()", status: 200, want: `[{"sum":{"amount" : 600, "currency" : "EUR"}}]`, says: "groups by currency by itself"},
	{part: "aggregates in an embedding", request: "GET kind?select=name,things(count.sum())", status: 200, want: `"things":[{"sum":3}]`},
	{part: "cast of an aggregate", request: "GET thing?select=count.avg()::text", status: 200, want: `[{"avg":"2.0000000000000000"}]`},

	{part: "`eq neq gt gte lt lte`", request: "GET thing?select=name&count=gte.2&name=neq.Cup", status: 200, want: `[{"name":"Bow"}]`},
	{part: "conditions on JSON", request: "GET thing?select=name&data->n=gt.1&data->in->>0=in.(Bow,Nix)&data->x=is.null", status: 200, want: `[{"name":"Bow"}]`, says: "JSON is compared with JSON in PostgreSQL's order (`data->t=eq.\"x\"`), text with text"},
	{part: "`in`", request: "GET thing?select=name&name=in.(Axe,Nix)", status: 200, want: `[{"name":"Axe"}]`},
	{part: "`is`", request: "GET thing?select=name&kind_id=is.null", status: 200, want: `[{"name":"Cup"}]`},
	{part: "`cs`, `cd`, `ov` of lists", request: "GET thing?select=name&beside_ids=cs.{<axe>,<bow>}&beside_ids=ov.{<axe>}&beside_ids=not.cd.{<axe>}", status: 200, want: `[{"name":"Cup"}]`, says: "tags, texts that are many, ids of lists of references; a list without items `is.null`"},
	{part: "a list of references is empty", request: "GET thing?select=name&beside_ids=is.null&order=name", status: 200, want: `[{"name":"Axe"}, … {"name":"Bow"}]`},
	{part: "`like`, `ilike`", request: "GET thing?select=name&name=ilike.*X*", status: 200, want: `[{"name":"Axe"}]`, says: "uses an index on a field with `search: true`"},
	{part: "`not`", request: "GET thing?select=name&name=not.in.(Axe,Bow)", status: 200, want: `[{"name":"Cup"}]`},
	{part: "`and`, `or`, nested", request: "GET thing?select=name&or=(name.eq.Cup,and(count.lt.2,name.not.eq.Nix))&order=name", status: 200, want: `"Axe" … "Cup"`},

	{part: "`order`", request: "GET thing?select=name&order=kind_id.asc.nullsfirst,name.desc&limit=1", status: 200, want: `[{"name":"Cup"}]`, says: "`id` is added at the end; default: newest first"},
	{part: "order by JSON", request: "GET thing?select=name&order=data->n.desc&limit=1", status: 200, want: `[{"name":"Cup"}]`},
	{part: "`limit`, `offset`", request: "GET thing?select=name&order=name&limit=1&offset=1", status: 200, want: `[{"name":"Bow"}]`, tells: "Content-Range: 1-1/*", says: "default 50, at most 1,000"},
	{part: "`Range`", request: "GET thing?select=name&order=name", headers: "Range-Unit: items; Range: 1-5", status: 200, want: `"Bow" … "Cup"`, tells: "Content-Range: 1-2/*"},
	{part: "a range that ends before it begins", request: "GET thing", headers: "Range: 5-1", status: 416, want: `"code":"PGRST103"`},
	{part: "`count=exact`", request: "GET thing?select=name&limit=2", headers: "Prefer: count=exact", status: 206, tells: "Content-Range: 0-1/3"},
	{part: "`count=exact` of all", request: "GET thing?select=name", headers: "Prefer: count=exact", status: 200, tells: "Content-Range: 0-2/3"},
	{part: "`count=planned`", request: "GET thing?select=name", headers: "Prefer: count=planned", status: 0, tells: "Preference-Applied: count=planned"},
	{part: "`count=estimated`", request: "GET thing?select=name", headers: "Prefer: count=estimated", status: 200, tells: "Content-Range: 0-2/3", says: "exact up to 10,000"},
	{part: "beyond the end", request: "GET thing?offset=9", headers: "Prefer: count=exact", status: 416, want: `"code":"PGRST103" … "An offset of 9 was requested, but there are only 3 rows."`},
	{part: "`HEAD`", request: "HEAD thing", headers: "Prefer: count=exact", status: 200, tells: "Content-Range: 0-2/3"},

	{part: "one object", request: "GET thing?select=name&name=eq.Axe", headers: "Accept: application/vnd.pgrst.object+json", status: 200, want: `{"name":"Axe"}`, tells: "Content-Type: application/vnd.pgrst.object+json"},
	{part: "one object of several", request: "GET thing", headers: "Accept: application/vnd.pgrst.object+json", status: 406, want: `"code":"PGRST116" … "The result contains 3 rows"`},
	{part: "without empty values", request: "GET thing?select=name,kind_id&name=eq.Cup", headers: "Accept: application/vnd.pgrst.array+json;nulls=stripped", status: 200, want: `[{"name":"Cup"}]`},
	{part: "CSV", request: "GET thing?select=name,count,price->amount&order=name&limit=1", headers: "Accept: text/csv", status: 200, want: "name,count,amount\r\nAxe,1,100\r\n", tells: "Content-Type: text/csv; charset=utf-8"},
	{part: "CSV of one record", request: "GET thing/<axe>?select=name,count", headers: "Accept: text/csv", status: 200, want: "name,count\r\nAxe,1\r\n"},
	{part: "other media types", request: "GET thing", headers: "Accept: application/xml", status: 406, want: `"code":"not_acceptable"`},

	{part: "insert", request: "POST thing", body: `{"name":"Dot"}`, headers: "Prefer: return=representation", status: 201, want: `[{"id":`, says: "without `Prefer`, one object is answered as the record"},
	{part: "bulk insert", request: "POST thing", body: `[{"name":"Dot"},{"name":"Egg","count":4}]`, status: 201, tells: "Content-Range: */*", says: "1,000 a call; missing values get their defaults"},
	{part: "`columns`", request: "POST thing?columns=name&select=name,count", body: `[{"name":"Dot","junk":1}]`, headers: "Prefer: return=representation", status: 201, want: `[{"name":"Dot","count":null}]`},
	{part: "`columns` with a name that is not there", request: "POST thing?columns=name,nope", body: `[{"name":"Dot"}]`, status: 422, want: `"path":"columns","code":"unknown_field"`},
	{part: "`missing=default`", request: "POST thing?columns=name,level&select=name,level", body: `[{"name":"Dot"}]`, headers: "Prefer: return=representation, missing=default", status: 201, want: `[{"name":"Dot","level":7}]`},
	{part: "missing values with `columns`", request: "POST thing?columns=name,level&select=name,level", body: `[{"name":"Dot"}]`, headers: "Prefer: return=representation", status: 201, want: `[{"name":"Dot","level":null}]`},
	{part: "insert from CSV", request: "POST thing?select=name,level", body: "name,level\nDot,3\nEgg,NULL\n", headers: "Content-Type: text/csv; Prefer: return=representation", status: 201, want: `[{"name":"Dot","level":3}, … {"name":"Egg","level":null}]`},
	{part: "`return=minimal`", request: "POST thing", body: `[{"name":"Dot"}]`, headers: "Prefer: return=minimal", status: 201, tells: "Preference-Applied: return=minimal"},
	{part: "`return=headers-only`", request: "POST thing", body: `[{"name":"Dot"}]`, headers: "Prefer: return=headers-only", status: 201, tells: "Location: /api/modules/grammar/thing/…"},
	{part: "`select` of what was written", request: "POST thing?select=name,kind(name)", body: `{"name":"Dot","kind_id":"<kind>"}`, headers: "Prefer: return=representation", status: 201, want: `[{"name":"Dot","kind":{"name":"Tools"}}]`},
	{part: "upsert by id", request: "POST thing?select=name,count", body: `[{"id":"<axe>","name":"Ace"}]`, headers: "Prefer: resolution=merge-duplicates, return=representation", status: 200, want: `[{"name":"Ace","count":1}]`, tells: "Preference-Applied: return=representation, resolution=merge-duplicates"},
	{part: "`on_conflict`", request: "POST thing?on_conflict=name&select=name,count,version", body: `[{"name":"Axe","count":9},{"name":"Dot"}]`, headers: "Prefer: resolution=merge-duplicates, return=representation", status: 201, want: `[{"version":2,"name":"Axe","count":9}, … {"version":1,"name":"Dot","count":null}]`, says: "names a unique rule"},
	{part: "`ignore-duplicates`", request: "POST thing?on_conflict=name&select=name", body: `[{"name":"Axe","count":9},{"name":"Dot"}]`, headers: "Prefer: resolution=ignore-duplicates, return=representation", status: 201, want: `[{"name":"Dot"}]`},
	{part: "`PUT`", request: "PUT thing?id=eq.<axe>&select=name,count", body: `{"id":"<axe>","name":"Ace"}`, headers: "Prefer: return=representation", status: 200, want: `[{"name":"Ace","count":null}]`, says: "what is not given becomes empty, but for secrets"},
	{part: "update with a filter", request: "PATCH thing?count=gt.1&select=name,count&order=name", body: `{"count":5}`, headers: "Prefer: return=representation", status: 200, want: `[{"name":"Bow","count":5}, … {"name":"Cup","count":5}]`, says: "at most 1,000 records; what the caller may read and not change is left out and counted in `Dramac-Left-Out`"},
	{part: "update with a limit", request: "PATCH thing?count=gt.0&order=name.desc&limit=1", body: `{"count":5}`, headers: "Prefer: count=exact", status: 204, tells: "Content-Range: 0-0/1"},
	{part: "delete with a filter", request: "DELETE thing?name=eq.Cup&select=name", headers: "Prefer: return=representation", status: 200, want: `[{"name":"Cup"}]`, says: "can be restored for 30 days"},
	{part: "a write without a filter", request: "DELETE thing", status: 422, want: `"code":"unfiltered_write"`},
	{part: "one object of a write", request: "PATCH thing?count=gt.1", body: `{"count":5}`, headers: "Accept: application/vnd.pgrst.object+json; Prefer: return=representation", status: 406, want: `"The result contains 2 rows"`, says: "nothing is written then"},
	{part: "`handling=strict`", request: "GET thing", headers: "Prefer: handling=strict, anything=goes", status: 400, want: `"code":"PGRST122" … "Invalid preferences: anything=goes"`},
	{part: "`max-affected`", request: "PATCH thing?count=gt.0", body: `{"count":5}`, headers: "Prefer: handling=strict, max-affected=2", status: 400, want: `"code":"PGRST124"`},
	{part: "`tx=rollback`", request: "DELETE thing?name=eq.Axe", headers: "Prefer: handling=strict, tx=rollback", status: 400, want: `"code":"PGRST122"`, says: "refused under `handling=strict`, else ignored"},
	{part: "`ETag`", request: "GET thing/<axe>", status: 200, tells: `Etag: "1"`, says: "of one record; weak where it embeds"},
	{part: "`If-None-Match`", request: "GET thing/<axe>", headers: `If-None-Match: "1"`, status: 304},
	{part: "`If-Match`", request: "PATCH thing/<axe>", body: `{"count":5}`, headers: `If-Match: "9"`, status: 412, want: `"code":"version_conflict"`},
}

// grammarModule is a module whose records the table speaks about.
func grammarModule(t testing.TB) []byte {
	return testkit.Files{
		"module.yaml":            "manifest: 1\nid: grammar\nname: Grammar\nversion: 1.0.0\ntype: app\ncategory: content\ndescription: Things in groups.\n",
		"collections/kind.yaml":  "fields:\n  name: {type: text, required: true, unique: true}\n",
		"collections/thing.yaml": "fields:\n  name: {type: text, required: true, unique: true, search: true}\n  count: {type: integer, index: true}\n  level: {type: integer, default: 7}\n  price: money\n  kind: {type: reference, to: kind, inverse: things}\n  beside: {type: reference, to: thing, many: true, inverse: besides}\n  data: json\n",
	}.Pack(t)
}

func TestGrammar(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, grammarModule(t))
	p.Install(p.Home, "grammar")
	p.CheckAnswers()
	for _, row := range grammar {
		t.Run(row.part, func(t *testing.T) { row.run(t, p) })
	}
}

// run sends the request to a fresh set of things.
func (row clause) run(t *testing.T, p *testkit.Platform) {
	send := func(method, to, body string, headers ...testkit.Header) testkit.Response {
		q := testkit.Request{Method: method, URL: "/api/modules/grammar/" + to, Headers: append([]testkit.Header{{Name: "Content-Type", Value: "application/json"}}, headers...)}
		if body != "" {
			q.Body = []byte(body)
		}
		return p.Send(p.SiteKey, q)
	}
	for _, name := range []string{"thing", "kind"} {
		if r := send(http.MethodDelete, name+"?id=not.is.null", ""); r.Status != http.StatusNoContent {
			t.Fatalf("empty %s: %d %s", name, r.Status, r.Body)
		}
	}
	kind := send(http.MethodPost, "kind", `{"name":"Tools"}`).Object()["id"].(string)
	ids := map[string]string{"<kind>": kind}
	for n, name := range []string{"Axe", "Bow", "Cup"} {
		body := fmt.Sprintf(`{"name":%q,"count":%d,"price":{"amount":%d,"currency":"EUR"},"data":{"n":%[2]d,"in":["%[1]s"]},"kind_id":%[4]q}`, name, n+1, (n+1)*100, kind)
		if name == "Cup" {
			body = strings.Replace(body, `"`+kind+`"`, fmt.Sprintf(`null,"beside_ids":[%q,%q]`, ids["<bow>"], ids["<axe>"]), 1)
		}
		ids["<"+strings.ToLower(name)+">"] = send(http.MethodPost, "thing", body).Object()["id"].(string)
	}
	fill := func(text string) string {
		for mark, id := range ids {
			text = strings.ReplaceAll(text, mark, id)
		}
		return text
	}
	var headers []testkit.Header
	for part := range strings.SplitSeq(row.headers, "; ") {
		if name, value, ok := strings.Cut(part, ": "); ok {
			headers = append(headers, testkit.Header{Name: name, Value: value})
		}
	}
	method, to, _ := strings.Cut(row.request, " ")
	r := send(method, fill(strings.ReplaceAll(to, " ", "%20")), fill(row.body), headers...)
	if r.Status != row.status && row.status != 0 {
		t.Errorf("%s: got %d, want %d: %s", row.request, r.Status, row.status, r.Body)
	}
	at := 0
	for part := range strings.SplitSeq(row.want, " … ") {
		found := strings.Index(r.Body[at:], part)
		if found < 0 {
			t.Fatalf("%s: %s is not in %s", row.request, part, r.Body)
		}
		at += found + len(part)
	}
	if name, value, ok := strings.Cut(row.tells, ": "); ok {
		value, open := strings.CutSuffix(value, "…")
		if got := r.Header.Get(name); got != value && !(open && strings.HasPrefix(got, value)) {
			t.Errorf("%s: %s is %q, want %q", row.request, name, got, value)
		}
	}
}

// TestGrammarIsPublished holds the table of docs/api.md against the one that is
// run.
func TestGrammarIsPublished(t *testing.T) {
	document, err := os.ReadFile(grammarDocument)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(document), grammarBegin)
	_, after, closed := strings.Cut(rest, grammarEnd)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", grammarDocument)
	}
	want := before + grammarBegin + published() + grammarEnd + after
	if *update {
		if err := os.WriteFile(grammarDocument, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(document) {
		t.Errorf("the table in %s is not the one that is run; run with -update", grammarDocument)
	}
}

// published is the table as the document has it.
func published() string {
	var b strings.Builder
	b.WriteString("\n| part | request | answer | here |\n|---|---|---|---|\n")
	for _, row := range grammar {
		request := "`" + row.request + "`"
		for part := range strings.SplitSeq(row.headers, "; ") {
			if part != "" {
				request += "<br>`" + part + "`"
			}
		}
		if row.body != "" {
			request += "<br>`" + strings.ReplaceAll(strings.TrimSpace(row.body), "\n", "⏎") + "`"
		}
		answer := fmt.Sprint(row.status)
		if row.status == 0 {
			answer = "200 or 206"
		}
		if row.tells != "" {
			answer += "<br>`" + row.tells + "`"
		}
		cells := []string{row.part, request, answer, row.says}
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "|", "\\|")
		}
		b.WriteString("| " + strings.Join(slices.Clone(cells), " | ") + " |\n")
	}
	b.WriteString("\n")
	return b.String()
}
