package manifest

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readCode reads the parts of module.yaml that speak of other modules, of code
// and of other versions, without regard to other files.
func (r *reader) readCode(d *document, v map[string]*yaml.Node) {
	for _, e := range standing(d, v["uses"]) {
		uv := d.values(e.value)
		r.m.Uses = append(r.m.Uses, Use{Contract: e.key.Value, Version: count(uv["version"]), Optional: isTrue(uv["optional"])})
	}
	for _, e := range standing(d, v["jobs"]) {
		r.m.Jobs = append(r.m.Jobs, readJob(d, e))
	}
	r.m.Subscribe = texts(d, v["subscribe"])
	for _, item := range d.items(v["subscribe"]) {
		contract, _, _ := strings.Cut(item.Value, ".")
		if contract != "platform" && !r.uses(contract) && v["uses"] != nil == d.has(d.root, "uses") {
			d.problem(item, `Name the contract under "uses".`, "%q is an event of a contract that the module does not use", item.Value)
		}
	}
	for _, e := range standing(d, v["endpoints"]) {
		r.m.Endpoints = append(r.m.Endpoints, r.readEndpoint(d, e))
	}
	for _, key := range []string{"jobs", "subscribe", "endpoints"} {
		r.needsLink(d, d.root, key)
	}
	r.m.Capabilities = texts(d, v["capabilities"])
	r.m.Egress = texts(d, v["egress"])
	r.m.Removed = texts(d, v["removed"])
}

// needsLink refuses the key if it is there and what it binds is not run: code
// of modules that are not linked into the server.
func (r *reader) needsLink(d *document, n *yaml.Node, key string) {
	if r.linked {
		return
	}
	for _, e := range d.entries(n) {
		empty := len(e.value.Content) == 0 && !isTrue(e.value)
		if e.key.Value == key && !empty && !d.bad[e.value] {
			d.problem(e.key, "Only modules that are linked into the server bind code.", "%s",
				laterPhrase(strconv.Quote(key)+", which binds code of an uploaded module,"))
		}
	}
}

// standing lists the entries of a mapping whose values stand too.
func standing(d *document, n *yaml.Node) []entry {
	return slices.DeleteFunc(d.entries(n), func(e entry) bool { return d.bad[e.value] })
}

// count returns the number of a node that was checked to be one, 0 for nil.
func count(n *yaml.Node) int {
	if i := whole(n); i != nil {
		return int(*i)
	}
	return 0
}

func readJob(d *document, e entry) Job {
	v := d.values(e.value)
	job := Job{
		Name: e.key.Value, Label: or(value(v["label"]), labelOf(e.key.Value)),
		Schedule: value(v["schedule"]), Missed: or(value(v["missed"]), "once"), Timeout: seconds(value(v["timeout"])),
	}
	if job.Schedule != "" {
		if why := cronMistake(job.Schedule); why != "" {
			d.problem(v["schedule"], "Write minute, hour, day, month and day of the week, like 0 3 * * 1.", "%q is not a schedule: %s", job.Schedule, why)
		}
	}
	return job
}

// seconds reads a text that has the form of a time limit.
func seconds(text string) int {
	if text == "" {
		return 0
	}
	n, _ := strconv.Atoi(text[:len(text)-1])
	if text[len(text)-1] == 'm' {
		n *= 60
	}
	return n
}

func (r *reader) readEndpoint(d *document, e entry) Endpoint {
	v := d.values(e.value)
	endpoint := Endpoint{
		Name: e.key.Value, Method: value(v["method"]), Path: value(v["path"]),
		Auth: or(value(v["auth"]), "key"), Limit: parseLimit(value(v["limit"])),
	}
	for _, other := range r.m.Endpoints {
		if other.Method == endpoint.Method && other.Path == endpoint.Path && endpoint.Path != "" {
			d.problem(v["path"], "", "endpoint %s has this method and path already", other.Name)
		}
	}
	if n := v["verify"]; n != nil {
		endpoint.Verify = r.readVerify(d, n)
	}
	return endpoint
}

// readVerify reads how a sender proves who it is: by an HMAC with a secret, or
// by the secret itself, which is a setting.
func (r *reader) readVerify(d *document, n *yaml.Node) *Verify {
	v := d.values(n)
	verify := &Verify{HMAC: value(v["hmac"]), Header: value(v["header"])}
	at, other := v["equals"], v["secret"]
	if d.has(n, "hmac") {
		at, other = v["secret"], v["equals"]
	}
	switch {
	case d.holdsBad(n):
	case at == nil || other != nil:
		d.problem(n, "", `"verify" has "hmac" with "secret", or "equals"`)
	default:
		verify.Setting = strings.TrimPrefix(at.Value, "=setting.")
		r.checkSecret(d, at, verify.Setting)
	}
	return verify
}

// checkSecret refuses a setting that does not keep a secret.
func (r *reader) checkSecret(d *document, at *yaml.Node, name string) {
	if r.settingsBroken {
		return
	}
	s := fieldNamed(r.m.Settings, name)
	switch {
	case s == nil:
		d.problem(at, suggest(name, namesOf(r.m.Settings)), "there is no setting %q", name)
	case s.Kind != "" && !s.Secret:
		d.problem(at, `Give the setting "secret: true".`, "setting %q can be read, so that it proves nothing", name)
	}
}

// readModuleActions reads the actions without a record.
func (r *reader) readModuleActions(d *document) {
	n := d.values(d.root)["actions"]
	for _, e := range d.entries(n) {
		a := Action{Name: e.key.Value, Scope: ScopeModule, Label: labelOf(e.key.Value)}
		if a.Name == "settings" {
			d.problem(e.key, "Choose another name.", "%q is reserved (the platform has a permission of that name)", a.Name)
		}
		if !d.bad[e.value] {
			r.readModuleAction(d, e, &a)
		}
		r.m.Actions = append(r.m.Actions, a)
	}
}

func (r *reader) readModuleAction(d *document, e entry, a *Action) {
	v := d.values(e.value)
	a.readWords(d, v)
	for _, p := range d.entries(v["params"]) {
		if p.value.Kind == yaml.MappingNode && !d.bad[p.value] && !d.has(p.value, "type") {
			if !d.holdsBad(p.value) {
				d.problem(p.value, "Write for example {type: text}.", "parameter %q has no kind", p.key.Value)
			}
			continue
		}
		a.Params = append(a.Params, r.readField(d, p, scope{place: paramPlace}))
	}
	r.needsLink(d, e.value, "code")
	r.checkTargets(d, v["params"], a.Params)
	a.Returns = r.fields(d, v["returns"], scope{place: answerPlace})
	r.checkTargets(d, v["returns"], a.Returns)
	if !a.Code && !d.holdsBad(e.value) {
		d.problem(e.key, `Add "code: true".`, "action %s has no record that it could change without code", a.Name)
	}
}

// checkRemoved refuses to drop what is still there.
func (r *reader) checkRemoved(d *document) {
	for _, item := range d.items(d.values(d.root)["removed"]) {
		collection, name, of := strings.Cut(item.Value, ".")
		c, has := r.collections[collection]
		if has && !of || has && c.field(name) != nil {
			d.problem(item, "", "%q is removed and still there", item.Value)
		}
	}
}

// readOffers reads the contracts that the module keeps for others.
func (r *reader) readOffers(d *document) {
	for _, e := range standing(d, d.values(d.root)["offers"]) {
		v := d.values(e.value)
		offer := Offer{
			Contract: e.key.Value, Version: count(v["version"]), Description: value(v["description"]),
			Actions: texts(d, v["actions"]), Events: texts(d, v["events"]),
		}
		for _, record := range d.entries(v["records"]) {
			r.readOfferedRecord(d, record, &offer)
		}
		for _, item := range d.items(v["actions"]) {
			r.checkOffered(d, item, "action", r.m.actionNamed)
		}
		for _, item := range d.items(v["events"]) {
			r.checkOffered(d, item, "event", r.m.tells)
		}
		if r.uses(offer.Contract) {
			d.problem(e.key, "", "the module both uses and offers %q", offer.Contract)
		}
		r.m.Offers = append(r.m.Offers, offer)
	}
}

func (r *reader) readOfferedRecord(d *document, e entry, offer *Offer) {
	c := r.collection(d, e.key)
	if c == nil || c.broken {
		return
	}
	if offer.Records == nil {
		offer.Records = map[string][]string{}
	}
	for _, item := range d.items(e.value) {
		if f := c.field(item.Value); f == nil {
			d.problem(item, suggest(item.Value, c.fieldNames()), "%s has no field %q", c.Name, item.Value)
		} else if f.Secret {
			d.problem(item, "", "%q of %s is secret and cannot be offered", f.Name, c.Name)
		}
		offer.Records[c.Name] = append(offer.Records[c.Name], item.Value)
	}
}

// checkOffered refuses an action or event that the module does not have.
func (r *reader) checkOffered(d *document, n *yaml.Node, noun string, known func(collection, name string) bool) {
	collection, name, of := strings.Cut(n.Value, ".")
	if !of {
		collection, name = "", collection
	}
	if c := r.collections[collection]; c != nil && c.broken {
		return
	}
	if !known(collection, name) {
		d.problem(n, "", "the module has no %s %q", noun, n.Value)
	}
}

// actionNamed says whether the module has the action, built-in ones included.
func (m *Manifest) actionNamed(collection, name string) bool {
	if collection == "" {
		return slices.ContainsFunc(m.Actions, func(a Action) bool { return a.Name == name })
	}
	c := m.collection(collection)
	return c != nil && (slices.Contains(builtInVerbs, name) || c.action(name) != nil)
}

// tells says whether the module has the event.
func (m *Manifest) tells(collection, name string) bool {
	c := m.collection(collection)
	return c != nil && slices.ContainsFunc(c.eventTypes(m.ID), func(e EventType) bool { return e.Event == name })
}
