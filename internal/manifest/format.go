package manifest

// The tables of the format: which keys each part of a module has and what they
// take. The reader checks against them and the JSON Schema is made from them,
// so that the two cannot disagree. Keys that are in the format and that this
// version does not run stand in the later lists; they are refused by name.

// Categories lists what a module may be about.
func Categories() []string {
	return []string{
		"crm", "sales", "finance", "hr", "legal", "projects",
		"booking", "inventory", "rental", "operations", "procurement",
		"communication", "marketing", "social", "support",
		"content", "media", "forms", "seo", "design",
		"commerce", "payments", "shipping", "subscriptions",
		"analytics", "automation", "integration", "security", "developer",
		"education", "events", "health", "hospitality", "nonprofit", "property",
		"utility", "other",
	}
}

// MemberKinds lists the kinds of members that a role may be mapped to.
func MemberKinds() []string {
	return []string{"agency_admin", "agency_member", "agency_viewer", "client_owner", "client_staff"}
}

const (
	idPattern      = `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`
	versionPattern = `^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)` +
		`(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?` +
		`(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`
	iconPattern   = `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`
	urlPattern    = `^(https?://|mailto:)[^ ]+$`
	limitPattern  = `^([1-9][0-9]{0,5})/(minute|hour|day)$`
	grantPattern  = `^(\*|[a-z][a-z0-9_]{0,40}|(\*|[a-z][a-z0-9_]{0,40})\.(\*|[a-z][a-z0-9_]{0,40})(:[a-z][a-z0-9_]{0,40})?)$`
	targetPattern = `^[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,40})?$`
	pathPattern   = `^[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,40}){0,3}$`
	indexPattern  = `^([a-z][a-z0-9_]{0,40}|lower\([a-z][a-z0-9_]{0,40}\))$`
	eventPattern  = `^[a-z][a-z0-9_]{0,40}\.[a-z][a-z0-9_]{0,40}\.[a-z][a-z0-9_]{0,40}$`
	hostPattern   = `^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`
	routePattern  = `^(/([A-Za-z0-9_.-]+|\{[a-z][a-z0-9_]{0,40}\}(\.[a-z0-9]+)?))+$`
	sortPattern   = `^-?[a-z][a-z0-9_]{0,40}$`
	valuePattern  = `^=properties\.[a-z][a-z0-9_]{0,40}$`
)

func moduleFormat() *object {
	return &object{
		noun: "module.yaml",
		keys: []key{
			{"manifest", between(1, 1), true, "Version of this format, always 1."},
			{"id", moduleID(), true, "Kebab case, fixed at the first publish."},
			{"name", text(80), true, "How people call the module."},
			{"version", version(), true, "SemVer 2; grows on every publish."},
			{"type", enum("a type of module", "widget", "app", "integration", "system", "custom"), false, "Decides what may be declared; app when not given."},
			{"category", enum("a category", Categories()...), true, "What the module is about."},
			{"description", text(200), true, "One or two sentences for the catalogue."},
			{"icon", icon(), false, "Name of a Lucide icon."},
			{"tags", list(text(30), 0, 10), false, "Words by which the module is found."},
			{"license", text(80), false, "SPDX identifier."},
			{"links", keys(linksFormat()), false, "Where to read and ask more."},
			{"roles", named("a role", keys(roleFormat())), false, "Who may do what."},
			{"menu", list(menuEntry(), 0, 60), false, "Collections in the order of the menu."},
			{"settings", named("a setting", field(settingPlace)), false, "Values that each site sets for itself."},
			{"uses", named("a contract", keys(useFormat())), false, "Contracts of other modules that this one calls."},
			{"offers", named("a contract", keys(offerFormat())), false, "Contracts that this module keeps for others."},
			{"actions", named("an action", keys(moduleActionFormat())), false, "Named changes and answers without a record."},
			{"jobs", named("a job", keys(jobFormat())), false, "Code that runs on a schedule."},
			{"subscribe", list(pattern("an event", eventPattern, "Write it like payments.payment.paid."), 0, 50), false, "Events that code answers."},
			{"endpoints", named("an endpoint", keys(endpointFormat())), false, "Raw HTTP for what is not an action."},
			{"capabilities", list(enum("a capability", Capabilities()...), 0, 10), false, "What code may call."},
			{"egress", list(pattern("a host", hostPattern, "Write it like api.example.com."), 0, 50), false, "Hosts that code may reach."},
			{"removed", list(pattern("a collection or field", `^[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,40})?$`, "Write collection or collection.field."), 0, 500), false, "Collections and fields that this version drops."},
		},
		later: []string{"requires", "connections", "dashboards", "pages", "ui", "limits"},
	}
}

// Capabilities lists what code may call besides records.
func Capabilities() []string {
	return []string{"mail", "sms", "push", "documents", "ai", "files"}
}

func useFormat() *object {
	return &object{noun: "a contract in use", keys: []key{
		{"version", between(1, 1000), true, "Version of the contract."},
		{"optional", boolean(), false, "The module works without it."},
	}}
}

func offerFormat() *object {
	part := pattern("an action or event", `^[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,40})?$`, "Write it like deal.win.")
	return &object{noun: "a contract on offer", keys: []key{
		{"version", between(1, 1000), true, "Version of the contract."},
		{"description", text(500), false, "What others get from it."},
		{"records", named("a collection", list(name("the name of a field"), 1, 150)), false, "Fields that others may read, by collection."},
		{"actions", list(part, 0, 100), false, "Actions that others may run."},
		{"events", list(part, 0, 100), false, "Events that others are told."},
	}}
}

func jobFormat() *object {
	return &object{noun: "a job", keys: []key{
		{"schedule", pattern("a schedule", `^[^ ]+( [^ ]+){4}$`, "Write the five fields of cron: minute, hour, day, month, day of the week, like 0 3 * * 1."), true, "Cron in the site's time zone."},
		{"label", text(80), false, "What people call it; from the name when not given."},
		{"missed", enum("a way to catch up", "once", "skip", "all"), false, "What happens to runs that were missed; once when not given."},
		{"timeout", pattern("a time limit", `^[1-9][0-9]{0,3}(s|m)$`, "Write it like 90s or 10m."), false, "When a run is stopped."},
	}}
}

func endpointFormat() *object {
	secret := pattern("a setting", `^=setting\.[a-z][a-z0-9_]{0,40}$`, "Write it like =setting.webhook_secret.")
	return &object{noun: "an endpoint", keys: []key{
		{"method", enum("a method", "GET", "POST", "PUT", "PATCH", "DELETE"), true, "HTTP method."},
		{"path", pattern("a path", routePattern, "Write it like /calendar/{token}.ics."), true, "Below /api/modules/<module>/x."},
		{"auth", enum("a way to sign in", "none", "key", "member"), false, "Who may call it; key when not given."},
		{"verify", keys(&object{noun: `"verify"`, keys: []key{
			{"hmac", enum("a hash", "sha256", "sha512"), false, "The header is an HMAC of the body."},
			{"header", pattern("a header", `^[A-Za-z][A-Za-z0-9-]{0,60}$`, "Write it like X-Signature."), true, "The header that proves the sender."},
			{"secret", secret, false, "The key of the HMAC."},
			{"equals", secret, false, "What the header has to be."},
		}}), false, "How a sender without an account proves who it is."},
		{"limit", limit(), false, "How often one caller may call it."},
	}}
}

func limit() shape {
	return pattern("a limit", limitPattern, "Write it like 5/hour; the period is minute, hour or day.")
}

func moduleID() shape {
	s := pattern("a module id", idPattern, "Write lower case words joined by hyphens, like equipment-rental.")
	s.min, s.max = number(3), number(50)
	return s
}

func version() shape {
	s := pattern("a version", versionPattern, "Write all three numbers, as 1.0.0 (SemVer 2).")
	s.max = number(64)
	return s
}

func icon() shape {
	s := pattern("the name of an icon", iconPattern, "Write the name of a Lucide icon, like calendar-check.")
	s.max = number(50)
	return s
}

func name(noun string) shape { return pattern(noun, namePattern, nameHint) }

func menuEntry() shape {
	s := name("the name of a collection")
	s.takes = "the name of a collection"
	s.laterObject = "a submenu"
	return s
}

func linksFormat() *object {
	link := pattern("an address", urlPattern, "Write it in full, like https://example.com/docs.")
	return &object{noun: `"links"`, keys: []key{
		{"homepage", link, false, "The module's own page."},
		{"docs", link, false, "The manual."},
		{"source", link, false, "The source code."},
		{"support", link, false, "Where to ask; mailto: is allowed."},
		{"changelog", link, false, "What changed."},
	}}
}

func roleFormat() *object {
	grant := pattern("a grant", grantPattern, `Write collection.verb or collection.verb:reach, like deal.read:own.`)
	return &object{noun: "a role", keys: []key{
		{"label", text(80), false, "How people call the role."},
		{"grants", list(grant, 1, 200), true, "Permissions, as collection.verb or collection.verb:reach."},
		{"for", list(enum("a kind of member", MemberKinds()...), 0, 5), false, "Which members have the role from the start."},
	}}
}

func collectionFormat() *object {
	title := text(MaxExpression)
	title.hint = "Write the name of a field, or an expression like first_name + \" \" + last_name."
	ordered := either("true or the name of a reference", boolean(), name("the name of a field"))
	ordered.yesNo = true
	deletion := text(MaxExpression)
	deletion.takes = "trash, hard, never or a condition"
	return &object{
		noun: "a collection",
		keys: []key{
			{"label", text(80), false, "One of them; from the name when not given."},
			{"plural", text(80), false, "Many of them; from the label when not given."},
			{"description", text(500), false, "What agents and the API documentation show."},
			{"icon", icon(), false, "Name of a Lucide icon."},
			{"title", title, false, "The field or expression that names a record; the first text field when not given."},
			{"screens", enum("a kind of screens", "full", "simple", "none"), false, "full: in the menu; simple: in the module's set-up; none: API only."},
			{"fields", fields(recordPlace), true, "What a record holds."},
			{"unique", list(uniqueRule(), 0, 20), false, "Fields in which no two records of a site agree."},
			{"index", list(list(name("the name of a field"), 1, 4), 0, 20), false, "Fields that are searched together."},
			{"exclude", list(keys(excludeFormat()), 0, 10), false, "Ranges that do not overlap."},
			{"checks", list(keys(checkFormat(true)), 0, 50), false, "Rules that every record keeps."},
			{"ordered", ordered, false, "Sorted by hand: within the site, or within a reference."},
			{"lock", keys(lockFormat()), false, "Closes records for good while a condition was true."},
			{"append_only", boolean(), false, "Records are neither changed nor deleted."},
			{"delete", deletion, false, "How records go: trash when not given."},
			{"custom", boolean(), false, "Whether sites may add fields of their own; true when not given."},
			{"actions", actionsShape(), false, "Named changes, each with one permission."},
			{"hooks", list(enum("a hook", Hooks()...), 0, 4), false, "Moments at which code runs."},
			{"timers", named("a timer", keys(timerFormat())), false, "What happens at an instant of a record."},
			{"events", named("an event", keys(eventFormat())), false, "Events besides those of changes and actions."},
			{"guards", named("a guard", text(80)), false, "Permissions that open the fields that name them."},
			{"access", named("a reach", reach()), false, "Named subsets of rows and fields, for grants."},
			{"views", viewsShape(), false, "What the screens show."},
			{"was", wasNames(), false, "Names the collection had in earlier versions."},
		},
		later: []string{"profile", "links", "imports", "merge", "privacy"},
	}
}

// Hooks lists the moments at which the code of a collection runs.
func Hooks() []string {
	return []string{"before_save", "after_save", "before_delete", "after_delete"}
}

func uniqueRule() shape {
	fieldName := pattern("the name of a field", indexPattern, "Write the name of a field, or lower(name) for a text without regard to case.")
	several := list(fieldName, 1, 4)
	return either("a field, a list of fields or {fields, when, message}", fieldName, several, keys(&object{
		noun: "a unique rule",
		keys: []key{
			{"fields", several, true, "The fields that are unique together."},
			{"when", expression(), false, "Condition for records to which the rule applies."},
			{"message", text(200), false, "Shown when the rule is broken."},
		},
	}))
}

func excludeFormat() *object {
	return &object{noun: "an exclusion", keys: []key{
		{"fields", list(name("the name of a field"), 1, 4), false, "Records that agree in these fields have no overlapping ranges."},
		{"range", list(name("the name of a field"), 2, 2), true, "The fields in which the range begins and ends."},
		{"when", expression(), false, "Condition for records to which the rule applies."},
		{"message", text(200), false, "Shown when the rule is broken; may name fields: {staff}."},
	}}
}

// checkFormat are the keys of a rule: of a record, which may look at its lines
// value by value, or of a line.
func checkFormat(record bool) *object {
	o := &object{noun: "a check", keys: []key{
		{"rule", expression(), true, "Condition that has to hold."},
		{"message", text(200), false, "Shown when it does not."},
	}}
	if record {
		o.add(key{"each", pattern("a field of lines", `^[a-z][a-z0-9_]{0,40}\.[a-z][a-z0-9_]{0,40}$`, "Write it like lines.currency."), false, "The rule holds once for each value of this field of lines."})
	}
	return o
}

func lockFormat() *object {
	return &object{noun: `"lock"`, keys: []key{
		{"when", expression(), true, "While this was true before the write, nothing changes but states."},
		{"except", list(name("the name of a field"), 1, 150), false, "Fields that may change all the same."},
	}}
}

func timerFormat() *object {
	return &object{noun: "a timer", keys: []key{
		{"at", formula(), true, "The instant or day."},
		{"when", expression(), false, "Condition; always when not given."},
		{"run", name("the name of an action"), false, "The action that runs."},
		{"emits", name("the name of an event"), false, "The event that is told."},
	}}
}

func eventFormat() *object {
	return &object{noun: "an event", keys: []key{
		{"changed", list(name("the name of a field"), 1, 50), false, "Fields whose change is the event."},
		{"data", fields(answerPlace), false, "What code tells with the event."},
		{"version", between(1, 1000), false, "Version of the data; 1 when not given."},
	}}
}

// actionsShape are the actions of a collection: its own, and what it says of
// those that every collection has.
func actionsShape() shape {
	s := named("an action", keys(actionFormat()))
	s.fixed = map[string]*shape{}
	for _, verb := range changingVerbs {
		of := keys(builtInFormat(verb))
		s.fixed[verb] = &of
	}
	return s
}

func builtInFormat(verb string) *object {
	return &object{noun: "the built-in action " + verb, keys: []key{
		{"label", text(80), false, "What the button says."},
		{"confirm", text(200), false, "Question to answer before it runs."},
		{"when", expression(), false, "Condition under which it may run."},
		{"message", text(200), false, "Shown when it may not."},
		{"limit", limit(), false, "How often one member, key or visitor may run it."},
	}}
}

// actionFormat are the keys of an action of a collection.
func actionFormat() *object {
	state := name("the name of a state")
	o := moduleActionFormat()
	o.noun = "an action"
	o.keys = append([]key{
		{"scope", enum("a scope", "record", "collection"), false, "record: the action changes a record; collection: it makes one from its parameters, or code runs without one."},
		{"from", either("a state or a list of states", state, list(state, 1, 50)), false, "States it starts from; any when not given."},
		{"to", state, false, "State it leads to."},
		{"field", name("the name of a field"), false, "The state field that moves; the only one when not given."},
		{"set", named("a field", shape{form: anyForm, takes: "a value"}), false, "Values the action writes itself."},
		{"when", expression(), false, "Condition on the record under which it may run."},
		{"message", text(200), false, "Shown when it may not."},
		{"bulk", boolean(), false, "Runs on many records at once."},
		{"was", wasNames(), false, "Names the action had in earlier versions."},
	}, o.keys...)
	return o
}

// moduleActionFormat are the keys of an action without a record.
func moduleActionFormat() *object {
	return &object{
		noun: "an action of the module",
		keys: []key{
			{"label", text(80), false, "What the button says; from the name when not given."},
			{"icon", icon(), false, "Name of a Lucide icon."},
			{"description", text(500), false, "What agents and the API documentation show."},
			{"confirm", text(200), false, "Question to answer before the action runs."},
			{"params", named("a parameter", field(paramPlace)), false, "What the caller fills; one named like a field is that field."},
			{"limit", limit(), false, "How often one member, key or visitor may run it."},
			{"emits", name("the name of an event"), false, "The event's name, in the past tense; \"to\" when not given."},
			{"code", boolean(), false, "A handler of the action's name runs."},
			{"returns", fields(answerPlace), false, "What code answers."},
			{"reads", boolean(), false, "Changes nothing; GET is allowed."},
			{"as", enum("whose rights count", "caller", "module"), false, "module: the handler has the module's own rights on its collections."},
			{"internal", boolean(), false, "Run by timers and code only."},
		},
	}
}

func reach() shape {
	return either("a condition or {when, fields}", expression(), keys(&object{
		noun: "a reach",
		keys: []key{
			{"when", expression(), false, "Condition on the record; all records when not given."},
			{"fields", list(name("the name of a field"), 1, 150), false, "The fields that may be seen; all when not given."},
		},
	}))
}

// laterViews are types of views that this version does not draw.
var laterViews = []string{"detail", "board", "calendar", "timeline", "gallery", "map", "pivot", "page"}

// viewsShape are the views of a collection: its list and form, and further ones
// that say their type.
func viewsShape() shape {
	label := key{"label", text(80), false, "What the tab says; from the name when not given."}
	ofType := func(name string, o *object) *object {
		typed := *o
		typed.keys = append([]key{{"type", enum("a type of view", name), true, "The type of view."}}, o.keys...)
		return &typed
	}
	list, form := listFormat(), formFormat()
	list.add(label)
	form.add(label)
	s := named("a view", variant("view", map[string]*object{"list": ofType("list", list), "form": ofType("form", form)}, laterViews...))
	theList, theForm := keys(list), keys(form)
	s.fixed = map[string]*shape{"list": &theList, "form": &theForm}
	for _, name := range laterViews {
		s.fixed[name] = &shape{form: noForm, takes: "nothing", laterObject: `a view of type "` + name + `"`}
	}
	return s
}

func listFormat() *object {
	fieldName := name("the name of a field")
	return &object{noun: "a list view", keys: []key{
		{"columns", list(pattern("a field or path", pathPattern, "Write the name of a field, or a path like company.name."), 1, 30), false, "Fields in order; the first six when not given."},
		{"filter", expression(), false, "Condition on the records."},
		{"sort", sortOrder(), false, "Fields to order by; - before a name means descending."},
		{"group", fieldName, false, "Field by whose value the records stand together."},
		{"totals", list(fieldName, 1, 20), false, "Fields whose sum stands below."},
	}}
}

func formFormat() *object {
	sections := list(keys(&object{noun: "a section", keys: []key{
		{"label", text(80), false, "The section's heading."},
		{"fields", list(name("the name of a field"), 1, 150), true, "Fields in order."},
		{"when", expression(), false, "Shown only then."},
	}}), 1, 30)
	return &object{noun: "a form view", keys: []key{{"sections", sections, true, "Groups of fields."}}}
}

func sortOrder() shape {
	return list(pattern("a field to sort by", sortPattern, "Write a field's name, with - before it for descending order."), 1, 5)
}

func blockFormat() *object {
	return &object{
		noun: "a block",
		keys: []key{
			{"label", text(80), false, "What the palette calls it; from the name when not given."},
			{"description", text(200), false, "One sentence for the palette."},
			{"icon", icon(), false, "Name of a Lucide icon."},
			{"category", text(40), false, "Group of the palette."},
			{"keywords", list(text(30), 0, 10), false, "Words by which the block is found."},
			{"properties", named("a property", field(propertyPlace)), false, "What an editor of the page sets; .properties.x in the template."},
			{"queries", named("a query", keys(queryFormat())), false, "What the block reads, as the visitor; .name in the template."},
		},
		later: []string{"slots", "supports", "ui", "code", "cache", "example"},
	}
}

func queryFormat() *object {
	limit := either("a whole number or =properties.<name>",
		between(1, 1000), pattern("a property", valuePattern, "Write it like =properties.limit."))
	return &object{
		noun: "a query",
		keys: []key{
			{"from", name("the name of a collection"), true, "The collection to read."},
			{"filter", expression(), false, "Condition on the records."},
			{"sort", sortOrder(), false, "Fields to order by; - before a name means descending."},
			{"limit", limit, false, "At most so many records."},
		},
		later: []string{"select", "group", "measure"},
	}
}
