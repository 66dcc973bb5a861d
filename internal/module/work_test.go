package module_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/collection"
	"github.com/dramac-main/dramac-cms/internal/job"
	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/outbox"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/testkit"
)

// working is a world with a process that works, whose events and timers the
// test moves by hand.
type working struct {
	world
	work       *module.Work
	dispatcher *outbox.Dispatcher
	runner     *job.Runner
}

func newWorking(t *testing.T) working {
	t.Helper()
	w := working{world: newWorld(t, testkit.NewDatabase(t))}
	w.work = &module.Work{Catalogue: w.Catalogue}
	process, err := w.db.NewProcess(job.Workers)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	w.runner, err = job.New(t.Context(), job.Config{DB: w.db, Log: quiet, Now: w.clock.Now, Process: process, Handle: w.work.RunJob})
	if err != nil {
		t.Fatal(err)
	}
	w.work.Enter = w.runner.Enter
	if err := w.runner.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := w.runner.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	w.dispatcher, err = outbox.New(outbox.Config{DB: w.db, Log: quiet, Now: w.clock.Now, Process: process, Subscriptions: w.work.Subscriptions()})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.dispatcher.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// turn routes and delivers, enters what is due, and waits until no job is left
// that could run now.
func (w working) turn() {
	w.Helper()
	if _, err := w.dispatcher.Route(w.Context()); err != nil {
		w.Fatal(err)
	}
	if err := w.dispatcher.Deliver(w.Context()); err != nil {
		w.Fatal(err)
	}
	if _, err := w.work.RingTimers(w.Context()); err != nil {
		w.Fatal(err)
	}
	if _, err := w.work.Schedule(w.Context()); err != nil {
		w.Fatal(err)
	}
	for range 400 {
		var left int
		err := w.db.Pool().QueryRow(w.Context(), `select count(*) from river.river_job where kind = 'site'
			and (state in ('available', 'running') or state = 'pending' and scheduled_at <= $1)`, w.clock.Now()).Scan(&left)
		if err != nil {
			w.Fatal(err)
		}
		if left == 0 {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	w.Fatal("jobs do not end")
}

// records opens a collection as the module itself.
func (w working) records(i module.Installation, name string) collection.Records {
	w.Helper()
	r, err := w.Release(w.Context(), i.Module, i.Version)
	if err != nil {
		w.Fatal(err)
	}
	c, ok := r.Module.Collection(name)
	if !ok {
		w.Fatalf("there is no collection %s", name)
	}
	return collection.Records{Scope: w.scope(i), Collection: c, Currency: "EUR", Now: w.clock.Now}
}

func (w working) create(i module.Installation, name, body string) uuid.UUID {
	w.Helper()
	r := w.records(i, name)
	values, err := r.Collection.DecodeJSON([]byte(body), "EUR")
	if err != nil {
		w.Fatal(err)
	}
	raw, err := r.Create(w.Context(), values)
	if err != nil {
		w.Fatal(err)
	}
	var record struct{ ID uuid.UUID }
	if err := json.Unmarshal(raw, &record); err != nil {
		w.Fatal(err)
	}
	return record.ID
}

func (w working) change(i module.Installation, name string, id uuid.UUID, body string) {
	w.Helper()
	r := w.records(i, name)
	values, err := r.Collection.DecodeJSON([]byte(body), "EUR")
	if err != nil {
		w.Fatal(err)
	}
	if _, err := r.Update(w.Context(), id, values, nil); err != nil {
		w.Fatal(err)
	}
}

// names are the events of a record, oldest first.
func (w working) names(i module.Installation, record uuid.UUID) []string {
	w.Helper()
	rows, err := w.db.Pool().Query(w.Context(), `select name from platform.event where site_id = $1 and record = $2 order by seq`, i.Site, record)
	if err != nil {
		w.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.Fatal(err)
	}
	return names
}

func (w working) status(i module.Installation, id uuid.UUID) (status string) {
	w.Helper()
	r := w.records(i, "hold")
	raw, err := r.Get(w.Context(), id, collection.Query{})
	if err != nil {
		w.Fatal(err)
	}
	var record struct{ Status string }
	if err := json.Unmarshal(raw, &record); err != nil {
		w.Fatal(err)
	}
	return record.Status
}

// holds are reservations that expire: at their own instant, and a reminder as
// long before as their shelf says.
func holds() files {
	return files{
		"module.yaml": moduleFile("1.0.0", "settings: {grace: {type: duration, default: 0m}}\n"),
		"collections/shelf.yaml": `fields:
  name: {type: text, required: true}
  early: {type: duration, default: 1h}
`,
		"collections/hold.yaml": `fields:
  name: {type: text, required: true}
  shelf: {type: reference, to: shelf}
  until: {type: datetime, required: true}
  keep: {type: boolean}
  status: {type: state, options: [held, expired, taken]}
actions:
  expire: {from: held, to: expired, internal: true}
  take: {from: held, to: taken}
timers:
  expire: {at: until + setting.grace, when: status == "held" and not keep, run: expire}
  remind: {at: until - shelf.early, emits: reminded}
`,
	}
}

func TestTimersRunOnceForEachRecordAndInstant(t *testing.T) {
	t.Parallel()
	w := newWorking(t)
	agency, sites := w.agency(1)
	w.publish(agency, holds())
	i := w.install(sites[0], "rental")
	shelf := w.create(i, "shelf", `{"name": "Left", "early": "PT1H"}`)
	hold := func(hours time.Duration, more string) uuid.UUID {
		return w.create(i, "hold", `{"name": "x", "shelf_id": "`+shelf.String()+`", "until": "`+w.clock.Now().Add(hours*time.Hour).UTC().Format(time.RFC3339)+`"`+more+`}`)
	}
	short, moved, kept := hold(3, ""), hold(3, ""), hold(3, `, "keep": true`)
	w.turn()
	w.change(i, "hold", moved, `{"until": "`+w.clock.Now().Add(10*time.Hour).UTC().Format(time.RFC3339)+`"}`)
	w.turn()
	if got := w.names(i, short); len(got) > 0 {
		t.Errorf("before its time there is %v", got)
	}

	settings := func(grace string) {
		t.Helper()
		if _, err := w.Update(t.Context(), alice, sites[0], "rental", module.Change{Settings: json.RawMessage(`{"grace":"` + grace + `"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	settings("PT100H")
	settings("PT0S")               // moves them back
	w.clock.Advance(2 * time.Hour) // the reminder's
	w.turn()
	w.turn()
	if got := w.names(i, short); !slices.Equal(got, []string{"reminded"}) {
		t.Errorf("the reminder's events are %v", got)
	}
	if got := w.names(i, moved); len(got) > 0 {
		t.Errorf("of the one that was put off there is %v", got)
	}

	settings("PT1H")
	w.clock.Advance(time.Hour)
	w.turn()
	w.turn()
	if got := w.status(i, short); got != "held" {
		t.Errorf("a setting that puts timers off does not: %s", got)
	}
	settings("PT0S")
	w.turn()
	w.turn()
	for id, want := range map[uuid.UUID]string{short: "expired", moved: "held", kept: "held"} {
		if got := w.status(i, id); got != want {
			t.Errorf("after three hours a hold is %s, want %s", got, want)
		}
	}
	if got := w.names(i, short); !slices.Equal(got, []string{"reminded", "expired"}) {
		t.Errorf("the events are %v", got)
	}

	// What the instant reads of another record moves it too.
	w.change(i, "shelf", shelf, `{"early": "PT5H"}`)
	w.turn()
	w.clock.Advance(2 * time.Hour)
	w.turn()
	if got := w.names(i, moved); !slices.Equal(got, []string{"reminded"}) {
		t.Errorf("five hours before there is %v", got)
	}
	var left int
	if err := w.db.Pool().QueryRow(t.Context(), `select count(*) from river.river_job where kind = 'site' and state <> 'completed'`).Scan(&left); err != nil || left > 0 {
		t.Errorf("%d jobs did not end well: %v", left, err)
	}
}

// chains are records whose timers read others in every way there is: along
// references and back, through lists and lines, and by what is computed.
func chains() files {
	return files{
		"module.yaml": moduleFile("1.0.0", ""),
		"collections/area.yaml": `fields: {name: {type: text, required: true}, due: date}
`,
		"collections/plot.yaml": `fields:
  name: {type: text, required: true}
  area: {type: reference, to: area, inverse: plots}
  near: {type: reference, to: area, many: true, inverse: neighbours}
  next: {type: reference, to: plot, inverse: before}
  days: {type: integer, default: 0}
  items: {type: lines, fields: {area: {type: reference, to: area}}}
  soon: {type: date, computed: area.due}
timers:
  up: {at: soon, emits: rang}
  listed: {at: min(near.due), emits: rang}
  lined: {at: min(items.area.due), emits: rang}
  chained: {at: next.area.due, emits: rang}
  back: {at: 'area.due + 1d * sum(before.days)', emits: rang}
`,
		"collections/sum.yaml": `fields: {name: {type: text, required: true}, area: {type: reference, to: area}}
timers: {all: {at: 'area.due + 1d * count(area.neighbours)', emits: rang}}
`,
	}
}

func TestTimersFollowWhatTheyReadAndLeaveOthersAlone(t *testing.T) {
	t.Parallel()
	w := newWorking(t)
	agency, sites := w.agency(1)
	w.publish(agency, chains())
	i := w.install(sites[0], "rental")
	names := map[uuid.UUID]string{}
	make := func(in, name, more string) uuid.UUID {
		t.Helper()
		id := w.create(i, in, `{"name": "`+name+`"`+more+`}`)
		names[id] = name
		return id
	}
	ref := func(key string, id uuid.UUID) string { return `, "` + key + `_id": "` + id.String() + `"` }
	north, south := make("area", "north", `, "due": "2027-01-01"`), make("area", "south", `, "due": "2027-01-01"`)
	a := make("plot", "a", ref("area", north))
	b := make("plot", "b", ref("area", south)+ref("next", a)+`, "days": 2`)
	c := make("plot", "c", `, "near_ids": ["`+north.String()+`"]`)
	make("plot", "d", `, "items": [{"area_id": "`+north.String()+`"}]`)
	make("sum", "e", ref("area", south))
	w.turn()
	// what moved are the timers that are not as they were left
	moved := func(what func()) string {
		t.Helper()
		w.exec(`update platform.timer set due_at = '2100-01-01'`)
		what()
		w.turn()
		rows, err := w.db.Pool().Query(t.Context(), `select distinct record from platform.timer where due_at is distinct from '2100-01-01'`)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, id := range ids {
			found = append(found, names[id])
		}
		slices.Sort(found)
		return strings.Join(found, "")
	}
	change := func(in string, id uuid.UUID, body string) func() { return func() { w.change(i, in, id, body) } }
	for _, step := range []struct {
		says string
		what func()
		want string
	}{
		{"a reference, a list, a line, a chain, a value that is computed", change("area", north, `{"due": "2027-02-01"}`), "abcd"},
		{"the other", change("area", south, `{"due": "2027-02-01"}`), "be"},
		{"the record, what it counts in, and all that count such lists", change("plot", b, `{"days": 3}`), "abe"},
		{"where it pointed before", change("plot", b, `{"next_id": null}`), "abe"},
		{"a list that points there concerns all", change("plot", c, `{"near_ids": ["`+south.String()+`"]}`), "ce"},
		{"many changes at once", func() {
			for n := range 3 {
				w.change(i, "area", north, `{"due": "2027-03-0`+strconv.Itoa(n+1)+`"}`)
			}
			w.change(i, "area", south, `{"due": "2027-03-01"}`)
		}, "abcde"},
		{"a record that goes", func() {
			if err := w.records(i, "plot").Delete(t.Context(), a, nil); err != nil {
				t.Fatal(err)
			}
		}, "e"},
	} {
		if got := moved(step.what); got != step.want {
			t.Errorf("%s: %q moved, want %q", step.says, got, step.want)
		}
	}
	var left, tries int
	err := w.db.Pool().QueryRow(t.Context(), `select (select count(*) from platform.timer where record = $1),
		(select count(*) from platform.delivery where subscription = 'timers' and attempts > 0 and name like '%.area.updated')`, a).Scan(&left, &tries)
	if err != nil || left > 0 || tries > 4 {
		t.Errorf("%d timers of a record that is gone, %d deliveries of changed areas: %v", left, tries, err)
	}
}

// rooms are reservations that keep others out until a timer ends them.
func rooms() files {
	return files{
		"module.yaml": moduleFile("1.0.0", ""),
		"collections/hold.yaml": `fields:
  name: {type: text, required: true}
  slot: text
  room: text
  from_on: date
  to_on: date
  until: {type: datetime, required: true}
  status: {type: state, options: [held, expired]}
unique: [{fields: [lower(slot)], when: status == "held"}]
exclude: [{fields: [room], range: [from_on, to_on], when: status == "held"}]
actions:
  expire: {from: held, to: expired, internal: true}
timers:
  expire: {at: until, when: status == "held", run: expire}
`,
	}
}

func TestDueTimersOfRecordsInTheWayRunFirst(t *testing.T) {
	t.Parallel()
	w := newWorking(t)
	agency, sites := w.agency(1)
	w.publish(agency, rooms())
	i := w.install(sites[0], "rental")
	until := func(hours time.Duration) string {
		return w.clock.Now().Add(hours * time.Hour).UTC().Format(time.RFC3339)
	}
	const room = `, "room": "blue", "from_on": "2026-05-01", "to_on": "2026-05-03"`
	short := w.create(i, "hold", `{"name": "short", "slot": "A", "until": "`+until(1)+`"}`)
	long := w.create(i, "hold", `{"name": "long", "slot": "B", "until": "`+until(9)+`"}`)
	night := w.create(i, "hold", `{"name": "night", "until": "`+until(1)+`"`+room+`}`)
	planned := w.create(i, "hold", `{"name": "planned", "slot": "C", "until": "`+until(1)+`"}`)
	w.turn() // timers are set; those of what follows are not
	fresh := w.create(i, "hold", `{"name": "fresh", "slot": "D", "until": "`+until(1)+`"}`)
	try := func(body string) error {
		t.Helper()
		r := w.records(i, "hold")
		values, err := r.Collection.DecodeJSON([]byte(body), "EUR")
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Create(t.Context(), values)
		return err
	}
	again := func(slot string) string {
		return `{"name": "again", "slot": "` + slot + `", "until": "` + until(9) + `"}`
	}
	for _, body := range []string{again("a"), strings.Replace(again("x"), "}", room+"}", 1)} {
		if err := try(body); errs.KindOf(err) != errs.Conflict {
			t.Errorf("before its time: %v", err)
		}
	}
	w.clock.Advance(2 * time.Hour)
	for _, body := range []string{again("a"), again("d"), strings.Replace(again("x"), "}", room+"}", 1)} {
		if err := try(body); err != nil {
			t.Errorf("%s: what is over keeps it out: %v", body, err)
		}
	}
	if err := try(again("b")); errs.KindOf(err) != errs.Conflict {
		t.Errorf("what is not over does not: %v", err)
	}
	w.change(i, "hold", long, `{"slot": "C"}`)
	r := w.records(i, "hold")
	if _, err := r.CreateMany(t.Context(), []collection.Row{{Values: collection.Values{"name": "many", "slot": "E", "until": w.clock.Now()}}}); err != nil {
		t.Error(err)
	}
	w.turn()
	for id, want := range map[uuid.UUID]string{short: "expired", night: "expired", planned: "expired", fresh: "expired", long: "held"} {
		if got := w.status(i, id); got != want {
			t.Errorf("a hold is %s, want %s", got, want)
		}
		if got := w.names(i, id); want == "expired" && !slices.Equal(got, []string{"expired"}) {
			t.Errorf("a timer ran %v", got)
		}
	}
}

// handlers is the code of a module: it notes what it is called for.
type handlers struct {
	mu    sync.Mutex
	calls []string
}

func (h *handlers) Run(_ context.Context, run collection.Run) (json.RawMessage, error) {
	if !strings.Contains(run.Name, ".") {
		return nil, nil // of the module's life
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var input struct {
		Name  string    `json:"name"`
		DueAt time.Time `json:"due_at"`
		Data  json.RawMessage
	}
	if err := json.Unmarshal(run.Input, &input); err != nil {
		return nil, err
	}
	call := run.Name
	if !input.DueAt.IsZero() {
		call += " " + input.DueAt.Format("02T15:04")
	}
	if input.Data != nil {
		call += " " + string(input.Data)
	}
	h.calls = append(h.calls, call)
	return nil, nil
}

func (h *handlers) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls := h.calls
	h.calls = nil
	return calls
}

// visits are two linked modules: one with a job each night, which offers its
// records, and one that is told of them.
func visits(t *testing.T, code collection.Code) []module.Linked {
	t.Helper()
	var all []module.Linked
	for _, f := range []files{
		{
			"module.yaml": `manifest: 1
id: visits
name: Visits
version: 1.0.0
type: system
category: content
description: Who comes by.
jobs:
  night: {schedule: 30 2 * * *, missed: all}
offers:
  arrivals: {version: 1, description: Who came., records: {visit: [name, fee]}, events: [visit.created]}
  reception: {version: 1, description: What the front desk knows., records: {visit: [note]}, events: [visit.created]}
`,
			"collections/visit.yaml": "fields:\n  name: {type: text, required: true}\n  note: {type: text}\n  fee: {type: money}\n",
		},
		{
			"module.yaml": `manifest: 1
id: greeter
name: Greeter
version: 1.0.0
type: system
category: content
description: Greets who comes by.
uses:
  arrivals: {version: 1}
subscribe: [arrivals.visit.created]
`,
			"collections/greeting.yaml": "fields:\n  name: {type: text}\n",
		},
	} {
		folder := fstest.MapFS{}
		for name, text := range f {
			folder[name] = &fstest.MapFile{Data: []byte(text)}
		}
		m, err := manifest.ReadLinked(folder)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, module.Linked{Files: folder, Manifest: m, Code: func(*collection.Module) collection.Code { return code }})
	}
	return all
}

func TestJobsRunOnSchedulesInTheSitesZoneAndEventsAreTold(t *testing.T) {
	t.Parallel()
	w := newWorking(t)
	code := &handlers{}
	if err := w.Link(t.Context(), visits(t, code)...); err != nil {
		t.Fatal(err)
	}
	_, sites := w.agency(2)
	w.exec(`update platform.site set time_zone = 'Europe/Berlin' where id = $1`, sites[0].ID)
	i := w.install(sites[0], "visits")
	w.install(sites[0], "greeter")
	plan := func() {
		t.Helper()
		if err := w.work.Plan(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Date(2026, 10, 23, 12, 0, 0, 0, time.UTC).Sub(w.clock.Now()))
	plan()
	w.turn()
	if got := code.take(); len(got) > 0 {
		t.Errorf("before its time %v ran", got)
	}
	// Over the night in which clocks are put back: half past two comes twice,
	// and is meant the first time.
	w.clock.Advance(72 * time.Hour)
	w.turn()
	got := code.take()
	slices.Sort(got)
	if want := []string{"job.night 24T00:30", "job.night 25T00:30", "job.night 26T01:30"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
	w.turn()
	if got := code.take(); len(got) > 0 {
		t.Errorf("ran again: %v", got)
	}

	w.create(i, "visit", `{"name": "Ada", "note": "private", "fee": {"amount": 500}}`)
	w.turn()
	w.turn()
	if got := code.take(); !slices.Equal(got, []string{`on.arrivals.visit.created {"fee":{"amount":500,"currency":"EUR"},"name":"Ada"}`}) {
		t.Errorf("told %v", got)
	}

	// A package that cannot be read for a while, in a process that has not read it
	// yet, loses neither schedules nor events, and holds up nobody.
	fresh := w
	fresh.world.Catalogue = module.New(w.db, absent{w.blobs}, testkit.Keys(t), w.clock.Now, slog.New(slog.DiscardHandler))
	fresh.work = &module.Work{Catalogue: fresh.Catalogue, Enter: w.work.Enter}
	before := schedules(t, w)
	if err := fresh.work.Plan(t.Context()); err != nil || schedules(t, w) != before {
		t.Errorf("the schedules are %s, were %s: %v", schedules(t, w), before, err)
	}
	w.clock.Advance(24 * time.Hour)
	w.exec(`insert into platform.schedule (site_id, module, name, cron, time_zone, next_at) select $1, module, 'gone', cron, time_zone, $2 from platform.schedule`, sites[1].ID, w.clock.Now())
	if n, err := fresh.work.Schedule(t.Context()); n != 1 || err == nil || schedules(t, w) != before {
		t.Errorf("%d runs, of another module only: %v", n, err)
	}
	e := outbox.Event{Site: sites[0].ID, Module: "visits", Short: i.Short, Collection: "visit", Name: "created"}
	for _, s := range fresh.work.Subscriptions() {
		name, err := s.Targets(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		targets, err := name(t.Context(), e)
		if err != nil || s.Name == "modules" && len(targets) != 2 || s.Name == "timers" && len(targets) != 1 {
			t.Errorf("%s: %v %v", s.Name, targets, err)
		}
		d := outbox.Delivery{Event: e}
		if d.Target = i.Short; s.Handle(t.Context(), &d) == nil {
			t.Errorf("%s: what cannot be read is taken for done", s.Name)
		}
	}
	w.turn()
	if got := code.take(); !slices.Equal(got, []string{"job.night 27T01:30"}) {
		t.Errorf("made up for %v", got)
	}

	restingSitesWait(t, w, code, i)

	// What does not run on the site any more does nothing there.
	w.enable(sites[0], "visits", false)
	w.clock.Advance(48 * time.Hour)
	w.turn()
	plan()
	var left int
	if err := w.db.Pool().QueryRow(t.Context(), `select count(*) from platform.schedule`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d schedules are left: %v", left, err)
	}
	if got := code.take(); len(got) > 0 {
		t.Errorf("a module that is switched off ran %v", got)
	}
}

// restingSitesWait lets schedules, jobs and events come up for a site whose
// agency is suspended, and one that is archived: they wait until it goes on.
func restingSitesWait(t *testing.T, w working, code *handlers, i module.Installation) {
	t.Helper()
	for _, c := range []struct{ says, rest, night string }{
		{"suspended", `update platform.agency set suspended_at = case when $2 then now() end where id = (select agency_id from platform.site where id = $1)`, "28T01:30"},
		{"archived", `update platform.site set archived_at = case when $2 then now() end where id = $1`, "29T01:30"},
	} {
		w.exec(c.rest, i.Site, true)
		w.create(i, "visit", `{"name": "`+c.says+`"}`)
		w.clock.Advance(24 * time.Hour)
		due := w.clock.Now().UTC()
		err := w.db.Tx(t.Context(), func(tx pgx.Tx) error {
			return w.runner.Enter(t.Context(), tx, job.Job{Site: i.Site, Module: i.Short, Name: "job.night", DueAt: due})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []func(context.Context) error{
			func(ctx context.Context) error { _, err := w.dispatcher.Route(ctx); return err },
			w.dispatcher.Deliver,
			func(ctx context.Context) error { _, err := w.work.Schedule(ctx); return err },
		} {
			if err := step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		// What was let through before the site came to rest is put back.
		run := job.Run{Job: job.Job{Site: i.Site, Module: i.Short, Name: "job.night", DueAt: due}}
		if err := w.work.RunJob(t.Context(), &run); !errors.Is(err, pg.ErrResting) {
			t.Errorf("%s: a job that runs ends with %v", c.says, err)
		}
		time.Sleep(700 * time.Millisecond) // longer than between two looks for jobs
		if got := code.take(); len(got) > 0 {
			t.Errorf("%s: %v ran", c.says, got)
		}
		w.exec(c.rest, i.Site, false)
		w.turn()
		w.turn()
		got := code.take()
		slices.Sort(got)
		want := []string{"job.night " + c.night, "job.night " + due.Format("02T15:04"), `on.arrivals.visit.created {"fee":null,"name":"` + c.says + `"}`}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: afterwards %v, want %v", c.says, got, want)
		}
	}
}

// absent is a store from which nothing can be read.
type absent struct{ blob.Store }

func (absent) Open(context.Context, blob.Hash) ([]byte, error) { return nil, errors.New("no answer") }

// schedules are the moments at which jobs run next.
func schedules(t *testing.T, w working) (all string) {
	t.Helper()
	if err := w.db.Pool().QueryRow(t.Context(), `select string_agg(name || ' ' || next_at, ', ' order by name) from platform.schedule where name = 'night'`).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// enable switches a module on or off.
func (w world) enable(site module.SiteRef, name string, on bool) {
	w.Helper()
	if _, err := w.Update(w.Context(), alice, site, name, module.Change{Enabled: &on}); err != nil {
		w.Fatal(err)
	}
}

func TestTheTrashIsEmptiedWithWhatTheLogKnows(t *testing.T) {
	t.Parallel()
	w := newWorking(t)
	agency, sites := w.agency(1)
	w.publish(agency, rental("1.0.0"))
	i := w.install(sites[0], "rental")
	item := w.create(i, "item", `{"name": "Secret plan"}`)
	other := w.create(i, "item", `{"name": "Kept"}`)
	if err := w.records(i, "item").Delete(t.Context(), item, nil); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		wait time.Duration
		want int64
	}{{29 * 24 * time.Hour, 0}, {2 * 24 * time.Hour, 1}, {0, 0}} {
		w.clock.Advance(step.wait)
		if n, err := w.PurgeTrash(t.Context(), w.clock.Now()); err != nil || n != step.want {
			t.Errorf("after %s %d records are purged, want %d: %v", step.wait, n, step.want, err)
		}
	}
	known := func(record uuid.UUID) (lines, values int) {
		t.Helper()
		err := w.db.Pool().QueryRow(t.Context(), `select count(*), count(*) filter (where before is not null or after is not null)
			from platform.changes where site_id = $1 and record = $2`, i.Site, record).Scan(&lines, &values)
		if err != nil {
			t.Fatal(err)
		}
		return lines, values
	}
	if lines, values := known(item); lines != 3 || values != 0 {
		t.Errorf("of the purged record the log has %d lines, %d with values", lines, values)
	}
	if lines, values := known(other); lines != 1 || values != 1 {
		t.Errorf("of the other record the log has %d lines, %d with values", lines, values)
	}
}
