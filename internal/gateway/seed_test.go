package gateway_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// garden is a module that begins with records.
var garden = testkit.Files{
	"module.yaml": `manifest: 1
id: garden
name: Garden
version: 1.0.0
category: sales
description: Begins with records.
settings: {greeting: {type: text, default: Hello}}
`,
	"collections/pipeline.yaml": `fields:
  name: {type: text, required: true}
  note: {type: text, default: =setting.greeting}
checks:
  - {rule: 'count(stages, kind == "won") == 1 and count(stages, kind == "open") >= 1', message: Give it a won and an open stage.}
`,
	"collections/stage.yaml": `fields:
  pipeline: {type: reference, to: pipeline, required: true, immutable: true, inverse: stages, on_delete: cascade}
  name: {type: text, required: true, max: 60}
  kind: {type: choice, options: [open, won, lost], default: open, immutable: true}
  probability: {type: percent, min: 0%, max: 100%, required: true}
  after: {type: reference, to: stage, inverse: befores}
unique: [[pipeline, name]]
`,
	"collections/plan.yaml": `fields:
  name: {type: text, required: true}
  status: {type: state, options: [open, done]}
  price: money
  due: {type: date}
  place: location
  labels: tags
  pin: {type: text, secret: true}
  rests: {type: reference, to: stage, many: true}
  locked: {type: text, readonly: true}
  rows: {type: lines, fields: {what: {type: text, required: true}, at: {type: reference, to: stage}, cost: money}}
  total: {type: money, computed: sum(rows.cost)}
actions: {finish: {from: open, to: done}}
`,
	"seed/pipeline.yaml": "sales: {name: Sales}\n",
	"seed/stage.yaml": `won: {pipeline: sales, name: Won, kind: won, probability: 100%, after: new}
new: {pipeline: sales, name: New, probability: 12.5%}
`,
	"seed/plan.yaml": "general: {name: Nowhere}\n",
	"seed/GB/plan.yaml": `first:
  name: =lower("FIRST")
  status: done
  price: 1999
  due: 2026-12-31
  place: {city: Bath, country: GB}
  labels: [a, b]
  pin: "1234"
  locked: by us
  rests: [won, new]
  rows: [{what: x, at: new, cost: 150}, {what: "second", cost: 50}]
`,
	"demo/plan.yaml": "shown: {name: Demo}\n",
}

func TestAnInstallationBeginsWithItsSeeds(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, garden.Pack(t))
	p.Install(p.Home, "garden")
	s := newScenario(p, "garden")
	at := "/api/v1/sites/" + p.Home.ID.String() + "/modules"
	whole := []step{
		{
			request: "GET pipeline?select=name,note,stages(name,kind,probability,after(name))&stages.order=name", status: 200,
			want: `[{"name":"Sales","note":"Hello","stages":[{"name":"New","kind":"open","probability":12.5,"after":null}, … {"name":"Won","kind":"won","probability":100,"after":{"name":"New"}}]}]`,
		},
		{
			request: "GET plan?select=name,status,price,due,place,labels,pin,locked,rows,total,created_by", status: 200,
			want: `[{"created_by":null,"name":"first","status":"done","price":{"amount" : 1999, "currency" : "EUR"},"due":"2026-12-31","place":{"city": "Bath", "country": "GB"},"labels":["a","b"],"pin":{"set" : true} … "locked":"by us" … "what":"x" … "total":{"amount" : 200,`,
		},
		{request: "GET plan?select=rests_ids", status: 200, want: `", "`},
		{request: "GET plan", headers: "Prefer: count=exact", status: 200, tells: "Content-Range: 0-0/1"},
		{request: "GET stage", headers: "Prefer: count=exact", status: 200, tells: "Content-Range: 0-1/2"},
	}
	s.run(t, whole)
	// They are no different from others, and come once.
	next := maps.Clone(garden)
	next["module.yaml"] = strings.Replace(next["module.yaml"], "1.0.0", "1.1.0", 1)
	next["seed/GB/plan.yaml"] += "second: {name: Second}\n"
	p.Publish(p.Home, next.Pack(t))
	s.run(t, []step{
		{request: "PATCH " + at + "/garden", body: `{"version":"1.1.0"}`, status: 200},
		{request: "DELETE " + at + "/garden", status: 204},
		{request: "POST " + at, body: `{"module":"garden"}`, status: 201},
	})
	s.run(t, whole)
	// What breaks a rule keeps the module away, and says where.
	broken := maps.Clone(garden)
	broken["seed/GB/plan.yaml"] = "first: {name: First}\n" // which refers to none of the stages
	broken["module.yaml"] = strings.NewReplacer("id: garden", "id: weeds").Replace(broken["module.yaml"])
	for file, want := range map[string]string{
		"won: {pipeline: sales, name: New, kind: won, probability: 100%}\nnew: {pipeline: sales, name: New, probability: 1%}\n":                         `"path":"seed/stage.yaml:new.name","code":"unique"`,
		"new: {pipeline: sales, name: New, probability: 1%}\n":                                                                                          `"path":"seed/pipeline.yaml:sales … Give it a won and an open stage.`,
		"new: {pipeline: sales, name: New, probability: 1%, after: won}\nwon: {pipeline: sales, name: Won, kind: won, probability: 100%, after: new}\n": `"path":"seed/stage.yaml:new`,
	} {
		broken["seed/stage.yaml"] = file
		broken["module.yaml"] = strings.Replace(broken["module.yaml"], "version: 1.0.", "version: 1.0.1", 1)
		p.Publish(p.Home, broken.Pack(t))
		s.run(t, []step{
			{request: "POST " + at, body: `{"module":"weeds"}`, status: 422, want: `"code":"seed_refused" … ` + want},
			{request: "GET " + at + "/weeds", status: http.StatusNotFound},
		})
	}
}
