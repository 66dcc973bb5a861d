package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/host"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/sql"
	"github.com/dramac-main/dramac-cms/testkit"
)

const head = "manifest: 1\nname: Shelf\nversion: 1.0.0\ntype: system\ncategory: content\ndescription: Books.\n"

func folder(files map[string]string) fstest.MapFS {
	all := fstest.MapFS{}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

// shelf is a module with one action of its own, which each test fills in.
func shelf(do func(c *sdk.Call) (any, error)) sdk.Module {
	return sdk.Module{
		Files: folder(map[string]string{
			"module.yaml": head + "id: shelf\nsettings: {greeting: {type: text, default: hello}, token: {type: text, secret: true}}\n" +
				"actions: {act: {returns: {said: {type: text}}, code: true}, look: {reads: true, code: true}}\n" +
				"offers: {books: {version: 1, description: Books., records: {book: [title]}, actions: [act]}}\n",
			"collections/book.yaml": "fields: {title: {type: text, required: true, unique: true}, price: {type: money}}\n" +
				"events: {dusted: {data: {by: {type: text}}}}\n",
		}),
		Handlers: map[string]sdk.Handler{
			"act":  sdk.Action(func(c *sdk.Call, _ sdk.None) (any, error) { return do(c) }),
			"look": sdk.Action(func(c *sdk.Call, _ sdk.None) (any, error) { return do(c) }),
		},
	}
}

// reader is a module that uses what shelf offers.
func reader(do func(c *sdk.Call) (any, error)) sdk.Module {
	return sdk.Module{
		Files: folder(map[string]string{
			"module.yaml": head + "id: reader\nuses: {books: {version: 1}}\nactions: {act: {returns: {said: {type: text}}, code: true}}\n" +
				"roles: {all: {grants: [\"*\"], for: [agency_admin, agency_member, agency_viewer]}}\n",
			"collections/mark.yaml": "fields: {page: {type: integer}}\n",
		}),
		Handlers: map[string]sdk.Handler{"act": sdk.Action(func(c *sdk.Call, _ sdk.None) (any, error) { return do(c) })},
	}
}

func act(p *testkit.Platform, who testkit.Actor, module string) testkit.Response {
	p.Helper()
	return p.Do(who, "POST", "/api/modules/"+module+"/rpc/act", testkit.JSON(`{}`), p.Home.On())
}

func TestHandlersAreHeldAgainstTheManifestBothWays(t *testing.T) {
	t.Parallel()
	files := folder(map[string]string{
		"module.yaml":           head + "id: shelf\nactions: {act: {code: true}}\njobs: {dust: {schedule: \"0 3 * * *\"}}\n",
		"collections/book.yaml": "fields: {title: {type: text}}\nhooks: [before_save]\n",
	})
	fine := map[string]sdk.Handler{
		"act":              sdk.Action(func(*sdk.Call, sdk.None) (sdk.None, error) { return sdk.None{}, nil }),
		"job.dust":         sdk.Job(func(*sdk.Call) error { return nil }),
		"book.before_save": sdk.Hook(func(*sdk.Call, *sdk.Record, *sdk.Record) error { return nil }),
		"install":          sdk.Life(func(*sdk.Call, sdk.Change) error { return nil }),
	}
	for _, want := range []struct {
		says   string
		change func(h map[string]sdk.Handler)
		wrong  []string
	}{
		{"all there", func(map[string]sdk.Handler) {}, nil},
		{"one is missing", func(h map[string]sdk.Handler) { delete(h, "job.dust") }, []string{`declares "job.dust", and no handler has that name.`}},
		{"one is superfluous", func(h map[string]sdk.Handler) { h["job.rust"] = h["job.dust"] }, []string{`there is a handler "job.rust", and the manifest declares nothing of that name.`}},
		{"one is misspelt", func(h map[string]sdk.Handler) { h["job.dsut"] = h["job.dust"]; delete(h, "job.dust") }, []string{
			`no handler has that name. Did you mean it with "job.dsut"?`, `declares nothing of that name. Did you mean "job.dust"?`,
		}},
		{"one is of another sort", func(h map[string]sdk.Handler) { h["act"] = h["job.dust"] }, []string{`the handler "act" is made for a job; this name is that of a action`}},
		{"one is empty", func(h map[string]sdk.Handler) { h["act"] = sdk.Handler{} }, []string{`the handler "act" is no function`}},
	} {
		handlers := map[string]sdk.Handler{}
		for name, h := range fine {
			handlers[name] = h
		}
		want.change(handlers)
		_, err := testkit.NewHost(t).Link(sdk.Module{Files: files, Handlers: handlers})
		if (err == nil) != (want.wrong == nil) {
			t.Errorf("%s: %v", want.says, err)
		}
		for _, text := range want.wrong {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v, not %q", want.says, err, text)
			}
		}
	}
}

func TestWhatACallReaches(t *testing.T) {
	var do func(c *sdk.Call) (any, error)
	p := testkit.NewLinked(t, shelf(func(c *sdk.Call) (any, error) { return do(c) }))
	p.Install(p.Home, "shelf")
	books := func(c *sdk.Call) sdk.Records { return c.Records("book") }
	for _, want := range []struct {
		says   string
		do     func(c *sdk.Call) (any, error)
		status int
		body   string
	}{
		{"it makes and finds records", func(c *sdk.Call) (any, error) {
			for _, title := range []string{"Emma", "Ulysses"} {
				if _, err := books(c).Create(map[string]string{"title": title}); err != nil {
					return nil, err
				}
			}
			n, err := books(c).Count(sdk.Query{Where: sdk.Where{"title": sdk.In("Emma", "Ulysses", "Beloved")}})
			return n, err
		}, 200, "2"},
		{"what is refused is undone alone", func(c *sdk.Call) (any, error) {
			_, err := books(c).Create(map[string]string{"title": "Emma"})
			if errs.KindOf(err) != errs.Conflict {
				return nil, err
			}
			made, err := books(c).Create(map[string]string{"title": "Beloved"})
			return made.Text("title"), err
		}, 200, `"Beloved"`},
		{"a part can be undone on its own", func(c *sdk.Call) (any, error) {
			changed := errors.New("changed my mind")
			err := c.Tx(func(c *sdk.Call) error {
				if _, err := books(c).Create(map[string]string{"title": "Persuasion"}); err != nil {
					return err
				}
				return changed
			})
			if !errors.Is(err, changed) {
				return nil, err
			}
			return books(c).Count(sdk.Query{})
		}, 200, "3"},
		{"an error undoes everything", func(c *sdk.Call) (any, error) {
			if _, err := books(c).Create(map[string]string{"title": "Persuasion"}); err != nil {
				return nil, err
			}
			return nil, errs.New(errs.Conflict, "no_room", "The shelf is full.")
		}, 409, "The shelf is full."},
		{"complaints come at the fields", func(c *sdk.Call) (any, error) {
			_, err := books(c).Create(map[string]any{"titel": "Emma"})
			return nil, err
		}, 422, `Did you mean \"title\"?`},
		{"records that are not there", func(c *sdk.Call) (any, error) { return books(c).Get(c.NewID()) }, 404, "Not found."},
		{"a collection that is not there is a fault", func(c *sdk.Call) (any, error) { return c.Records("bok").List(sdk.Query{}) }, 500, "on our side"},
		{"settings", func(c *sdk.Call) (any, error) {
			said := ""
			err := c.Setting("greeting", &said)
			return map[string]string{"said": said}, err
		}, 200, `{"said":"hello"}`},
		{"a secret that is not set", func(c *sdk.Call) (any, error) { return c.Secret("token") }, 200, `""`},
		{"a secret is no setting", func(c *sdk.Call) (any, error) { var s string; return nil, c.Setting("token", &s) }, 500, "on our side"},
		{"who and where", func(c *sdk.Call) (any, error) {
			return []any{c.Actor().Kind, c.Site().ID == p.Home.ID.String(), c.Site().Currency, c.Now().Location().String()}, nil
		}, 200, `["key",true,"EUR","Europe/Berlin"]`},
		{"reading by SQL", func(c *sdk.Call) (any, error) {
			type row struct {
				Titles string `json:"titles"`
			}
			return sql.One[row](c, `select string_agg(title, ', ' order by title) as titles from {book} where site_id = $1 and deleted_at is null`, c.Site())
		}, 200, `{"titles":"Beloved, Emma, Ulysses"}`},
		{"SQL does not write", func(c *sdk.Call) (any, error) {
			return sql.Many[sdk.Record](c, `with gone as (update {book} set title = '' returning id) select * from gone`)
		}, 500, "on our side"},
		{"SQL knows its own tables", func(c *sdk.Call) (any, error) { return sql.Many[sdk.Record](c, `select * from {bok}`) }, 500, "on our side"},
		{"an event that is not declared", func(c *sdk.Call) (any, error) { return nil, c.Emit("book.burnt", "", nil) }, 500, "on our side"},
		{"an event", func(c *sdk.Call) (any, error) {
			first, err := books(c).First(sdk.Query{Order: "title"})
			if err != nil {
				return nil, err
			}
			return first.Text("title"), c.Emit("book.dusted", first.ID(), map[string]string{"by": "me"})
		}, 200, `"Beloved"`},
		{"a panic is a fault", func(*sdk.Call) (any, error) { panic("oh") }, 500, "on our side"},
	} {
		do = want.do
		if r := act(p, p.SiteKey, "shelf"); r.Status != want.status || !strings.Contains(r.Body, want.body) {
			t.Errorf("%s: %d %s", want.says, r.Status, r.Body)
		}
	}
	var kept *sdk.Call
	do = func(c *sdk.Call) (any, error) { kept = c; return nil, nil }
	act(p, p.SiteKey, "shelf")
	if _, err := kept.Records("book").List(sdk.Query{}); err == nil {
		t.Error("a call that was kept still reaches records")
	}
	do = func(c *sdk.Call) (any, error) {
		return books(c).Create(map[string]string{"title": "Written by reading"})
	}
	if r := p.Do(p.SiteKey, "GET", "/api/modules/shelf/rpc/look", nil); r.Status != 500 {
		t.Errorf("an action that reads writes: %d %s", r.Status, r.Body)
	}
}

func TestAHandlerHasItsTimeAndNoMore(t *testing.T) {
	t.Parallel()
	files := folder(map[string]string{
		"module.yaml":           head + "id: shelf\nactions: {act: {code: true}}\n",
		"collections/book.yaml": "fields: {title: {type: text}}\n",
	})
	release := make(chan struct{})
	defer close(release)
	linked, err := host.New(host.Options{Log: slog.New(slog.DiscardHandler), Clock: time.Now, Budget: 20 * time.Millisecond}).Link(sdk.Module{
		Files: files,
		Handlers: map[string]sdk.Handler{"act": sdk.Action(func(*sdk.Call, sdk.None) (sdk.None, error) {
			<-release
			return sdk.None{}, nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := collection.Compile(linked[0].Manifest, "mod_00000000")
	if err != nil {
		t.Fatal(err)
	}
	_, err = linked[0].Code(compiled).Run(context.WithoutCancel(t.Context()), collection.Run{
		Name: "act", Input: json.RawMessage(`{}`), For: collection.Acting{Now: time.Now},
	})
	if err == nil || !strings.Contains(err.Error(), "used up its time of 20ms") || errs.KindOf(err) != errs.Internal {
		t.Error(err)
	}
}

func TestContracts(t *testing.T) {
	var do func(c *sdk.Call) (any, error)
	p := testkit.NewLinked(t,
		shelf(func(c *sdk.Call) (any, error) { return map[string]string{"said": "dusted"}, nil }),
		reader(func(c *sdk.Call) (any, error) { return do(c) }))
	p.Install(p.Home, "shelf")
	p.Install(p.Home, "reader")
	p.Do(p.SiteKey, "POST", "/api/modules/shelf/book", testkit.JSON(`{"title": "Emma", "price": {"amount": 999, "currency": "EUR"}}`))
	shelves := func(c *sdk.Call) sdk.Records { return c.Contract("books").Records("book") }
	mere := p.NewKey(p.Home, "reader.*")
	for _, want := range []struct {
		says   string
		who    testkit.Actor
		do     func(c *sdk.Call) (any, error)
		status int
		body   string
	}{
		{"what is offered is read, and the caller's own role comes back", p.SiteKey, func(c *sdk.Call) (any, error) {
			all, err := shelves(c).List(sdk.Query{Select: "title"})
			if err != nil {
				return nil, err
			}
			_, err = c.Records("mark").Create(map[string]int{"page": len(all)})
			return all, err
		}, 200, `[{"title":"Emma"}]`},
		{"nothing else is", p.SiteKey, func(c *sdk.Call) (any, error) { return shelves(c).List(sdk.Query{Select: "price"}) }, 422, "price"},
		{"nor filtered by", p.SiteKey, func(c *sdk.Call) (any, error) {
			return shelves(c).List(sdk.Query{Where: sdk.Where{"price->amount": "eq.999"}})
		}, 422, "price"},
		{"nor written", p.SiteKey, func(c *sdk.Call) (any, error) { return shelves(c).Create(map[string]string{"title": "Mine"}) }, 500, ""},
		{"an action", p.SiteKey, func(c *sdk.Call) (any, error) {
			var out map[string]string
			return &out, c.Contract("books").Run("act", nil, &out)
		}, 200, `"dusted"`},
		{"an action that is not offered", p.SiteKey, func(c *sdk.Call) (any, error) { return nil, c.Contract("books").Run("look", nil, nil) }, 500, ""},
		{"a contract that is not named under uses", p.SiteKey, func(c *sdk.Call) (any, error) { return c.Contract("other").Records("book").List(sdk.Query{}) }, 500, ""},
		{"the actor's own grant is needed", mere, func(c *sdk.Call) (any, error) { return shelves(c).List(sdk.Query{}) }, 403, "denied"},
		{"for an action too", mere, func(c *sdk.Call) (any, error) { return nil, c.Contract("books").Run("act", nil, nil) }, 403, "denied"},
	} {
		do = want.do
		if r := act(p, want.who, "reader"); r.Status != want.status || !strings.Contains(r.Body, want.body) {
			t.Errorf("%s: %d %s", want.says, r.Status, r.Body)
		}
	}
	off := false
	p.Update(p.Home, "shelf", change(off))
	do = func(c *sdk.Call) (any, error) {
		_, err := shelves(c).List(sdk.Query{})
		return sdk.Absent(err), nil
	}
	if r := act(p, p.SiteKey, "reader"); r.Body != "true" {
		t.Errorf("a contract that nobody offers: %d %s", r.Status, r.Body)
	}
	do = func(c *sdk.Call) (any, error) { return shelves(c).List(sdk.Query{}) }
	if r := act(p, p.SiteKey, "reader"); r.Status != 409 || r.Code() != "contract_absent" {
		t.Errorf("and who does not look: %d %s", r.Status, r.Body)
	}
}

func change(enabled bool) module.Change { return module.Change{Enabled: &enabled} }
