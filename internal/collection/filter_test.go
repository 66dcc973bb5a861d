package collection

import (
	"net/url"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// shelf is a collection of all sorts of values.
func shelf() *manifest.Manifest {
	return &manifest.Manifest{
		Format: 1, ID: "shelf", Name: "Shelf", Version: "1.0.0", Type: manifest.App, Description: "Keeps things.",
		Collections: []*manifest.Collection{{
			Name: "thing", Label: "Thing", Plural: "Things", Title: "name",
			Fields: []manifest.Field{
				{Name: "name", Kind: "text"},
				{Name: "rate", Kind: "decimal", Scale: 4},
				{Name: "share", Kind: "percent"},
				{Name: "lasts", Kind: "duration"},
				{Name: "opens", Kind: "time"},
				{Name: "price", Kind: "money"},
				{Name: "labels", Kind: "tags"},
				{Name: "colors", Kind: "choice", Options: paint, Many: true},
				{Name: "data", Kind: "json"},
				{Name: "place", Kind: "location"},
				{Name: "live", Kind: "boolean"},
				{Name: "seen_at", Kind: "datetime"},
			},
		}},
	}
}

// TestFiltersByKind filters records by values of every sort, in the notation in
// which records show them. Nobody is signed in, so that @me is nobody, which is
// not who made a record without a maker.
func TestFiltersByKind(t *testing.T) {
	w := worldOf(t, shelf())
	things := w.records(w.a, "thing")
	w.create(things, `{"name":"a","rate":1.5,"share":16,"lasts":"PT1H30M","opens":"09:30","price":{"amount":100,"currency":"EUR"},"labels":["vip","new"],`+
		`"colors":["red","blue"],"data":{"size":{"w":3},"on":true,"no":null,"a b":{"x.y":"q"},"list":[1,{"k":"v"}]},"place":{"city":"Kiel","country":"DE"},"live":true,"seen_at":"2026-11-22T22:00:00Z"}`)
	w.create(things, `{"name":"b","rate":-0.25,"share":100,"lasts":"P2D","opens":"17:00","price":{"amount":0,"currency":"USD"},"labels":["old"],`+
		`"data":[1,2],"place":{"city":"Rom","country":"IT"},"seen_at":"2026-10-01T00:00:00Z"}`)
	w.create(things, `{"name":"c"}`)
	for query, want := range map[string]string{
		"rate=gte.1.5":                                 "a",
		"rate=lt.1.00001":                              "b",
		"rate=in.(1.5,2)":                              "a",
		"rate=neq.1.5":                                 "b c",
		"share=eq.16":                                  "a",
		"share=gt.16%25":                               "b",
		"lasts=gt.PT1H":                                "a b",
		"lasts=eq.48h":                                 "b",
		"opens=lt.12:00":                               "a",
		"price=eq.0":                                   "b",
		"price->amount=gte.100":                        "a",
		"price->>currency=eq.USD":                      "b",
		"labels=cs.{vip}":                              "a",
		"labels=ov.{vip,old}":                          "a b",
		"labels=cd.{old,older}":                        "b",
		"labels=is.null":                               "c",
		"labels=eq.{old}":                              "b",
		"colors=not.cs.{red}":                          "",
		"colors=is.not_null":                           "a",
		"data->size->>w=eq.3":                          "a",
		"data->>on=eq.true":                            "a",
		`data=cs.{"on":true}`:                          "a",
		"data->size=cs.{\"w\":3}":                      "a",
		"data->size->w=eq.3":                           "a",
		"data->size->w=gt.2.5":                         "a",
		"data->size->w=lt.2.5":                         "",
		"data->size->w=in.(2,3)":                       "a",
		"data->size->w=not.in.(2,4)":                   "a b c",
		"data->size->>w=in.(3,x)":                      "a",
		"data->size->>w=lt.4":                          "a",
		"data->on=is.true":                             "a",
		"data->on=neq.true":                            "b c",
		"data->no=is.null":                             "b c",
		"data->>no=is.null":                            "a b c",
		"data->size=not.is.null":                       "a",
		"data->>size=not.is.null":                      "a",
		"data->-1=eq.2":                                "b",
		"data->>0=eq.1":                                "b",
		"data->list->1->>k=eq.v":                       "a",
		`data->"a b"->>"x.y"=eq.q`:                     "a",
		`or=(data->"a b"->>"x.y".eq.q,"data"->0.eq.1)`: "a b",
		`"name"=eq.a`:                                  "a",
		`not.and=("name".eq.a)`:                        "b c",
		"data=cs.[2]":                                  "b",
		"place->>city=like.K*":                         "a",
		"place->>country=in.(IT,FR)":                   "b",
		"live=is.true":                                 "a",
		"live=is.false":                                "b c",
		"seen_at=gte.@today-1d":                        "a",
		"seen_at=lt.@now-30d":                          "b",
		"created_by=eq.@me":                            "",
		"created_by=neq.@me":                           "a b c",
		"created_by=not.in.(@me)":                      "a b c",
		"name=match.^[ab]$":                            "a b",
		"name=fts.a|c":                                 "a c",
		"name=plfts(simple).b":                         "b",
		"name=like(any).{a*,*b}":                       "a b",
		"or=(labels.cs.{vip},rate.lt.0)":               "a b",
		"not.and=(live.is.true,name.eq.a)":             "b c",
	} {
		got := strings.Fields(w.names(things, query+"&order=name", "name"))
		if strings.Join(got, " ") != want {
			t.Errorf("%s finds %v, want %s", query, got, want)
		}
	}
	for _, query := range []string{
		"labels=like.a*", "data=eq.x", "opens=eq.late", "lasts=gt.6mo", "share=eq.x", "colors=cs.red", "place=fts.a",
		"data->size=eq.x", "data->size->w=like.3*", "data->>size=cs.{}", "data->>size->w=eq.3", `data->"size=eq.1`, "data->--1=eq.1", `data->size=eq."\u0000"`, "data->size=eq.1e9999", "data->size=eq.1 2", "place->city=in.(Kiel)",
	} {
		if _, _, err := w.list(things, query); err == nil {
			t.Errorf("%s is no filter", query)
		}
	}
}

// TestPartsOfJSON answers parts of JSON and sorts by them, and takes names in
// double quotes.
func TestPartsOfJSON(t *testing.T) {
	w := worldOf(t, shelf())
	things := w.records(w.a, "thing")
	w.create(things, `{"name":"a","data":{"n":10,"t":"x","o":{"k":[1,2]},"it's":{"{zone}":1}},"place":{"city":"Kiel","lat":54.3,"lng":10.1},"seen_at":"2026-11-22T22:00:00Z"}`)
	w.create(things, `{"name":"b","data":{"n":9,"t":"y"},"place":{"city":"Rom"}}`)
	w.create(things, `{"name":"c","data":[3]}`)
	w.create(things, `{"name":"d"}`)
	for query, want := range map[string]string{
		"select=data->o,k:data->o->k->1,data->>t&name=eq.a": `[{"k":2,"o":{"k":[1,2]},"t":"x"}]`,
		"select=data->n::text,m:data->>n&name=eq.a":         `[{"m":"10","n":"10"}]`,
		"select=data->0,place->city&name=eq.c":              `[{"0":3,"city":null}]`,
		`select=data->"it's"->"{zone}"&name=eq.a`:           `[{"{zone}":1}]`,

		`select="name","A \"key":"data"->>"n"&name=eq.b`:                          `[{"A \"key":"9","name":"b"}]`,
		`select="name"&"name"=in.("a","b")&order="name".desc`:                     `[{"name":"b"},{"name":"a"}]`,
		"select=name&order=data->n.nullslast,name":                                `[{"name":"b"},{"name":"a"},{"name":"c"},{"name":"d"}]`,
		"select=name&order=data->>n.nullslast,name":                               `[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}]`,
		`select=name&order=place->"city".desc.nullslast,"data"->0.nullslast,name`: `[{"name":"b"},{"name":"a"},{"name":"c"},{"name":"d"}]`,
		"select=data->>t,n:count()&order=t":                                       `[{"n":1,"t":"x"},{"n":1,"t":"y"},{"n":2,"t":null}]`,
		"select=data->>t.max()":                                                   `[{"max":"y"}]`,
		"select=data->n.count()":                                                  `[{"count":2}]`,
		"select=data->n.sum()":                                                    ``,
		"select=data->>n->x":                                                      ``,
		"select=data->":                                                           ``,
		"select=name->x":                                                          ``,
		"select=data->n::int":                                                     ``,
		`select="*"`:                                                              ``,
		"order=name->x":                                                           ``,
		`order="name`:                                                             ``,
	} {
		got, err := w.answer(things, query)
		if (err != nil) != (want == "") || sorted(t, got) != sorted(t, want) {
			t.Errorf("%s:\n got %s %v\nwant %s", query, got, err, want)
		}
	}
}

func TestAnOrderSaysOneDirection(t *testing.T) {
	for query, code := range map[string]string{
		"order=name.asc.desc": "syntax", "order=name.desc.desc": "syntax", "order=name.nullsfirst.nullslast": "syntax", "order=name.nullsfirst.asc": "syntax",
		"order=name.desc.nullslast,price": "", "order=name.nullslast": "", "offset=2147483647": "", "offset=2147483648": "not_integer", "limit=-1": "not_integer",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = (&Collection{}).ParseQuery(values)
		e := errs.Of(err)
		if code == "" && err != nil || code != "" && (e == nil || len(e.Fields) != 1 || e.Fields[0].Code != code) {
			t.Errorf("%s: %v", query, err)
		}
		if query == "offset=2147483648" && !strings.Contains(e.Error(), "2147483647") {
			t.Errorf("%s: the bound is not named: %v", query, e)
		}
	}
}
