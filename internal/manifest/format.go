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
	iconPattern  = `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`
	urlPattern   = `^(https?://|mailto:)[^ ]+$`
	limitPattern = `^([1-9][0-9]{0,5})/(minute|hour|day)$`
	grantPattern = `^(\*|settings|(\*|[a-z][a-z0-9_]{0,40})\.(\*|[a-z][a-z0-9_]{0,40})(:[a-z][a-z0-9_]{0,40})?)$`
	sortPattern  = `^-?[a-z][a-z0-9_]{0,40}$`
	valuePattern = `^=properties\.[a-z][a-z0-9_]{0,40}$`
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
		},
		later: []string{
			"requires", "uses", "offers", "connections", "capabilities", "egress", "actions", "jobs",
			"subscribe", "endpoints", "dashboards", "pages", "ui", "limits", "removed",
		},
	}
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
	return &object{
		noun: "a collection",
		keys: []key{
			{"label", text(80), false, "One of them; from the name when not given."},
			{"plural", text(80), false, "Many of them; from the label when not given."},
			{"description", text(500), false, "What agents and the API documentation show."},
			{"icon", icon(), false, "Name of a Lucide icon."},
			{"title", name("the name of a field"), false, "The field that names a record; the first text field when not given."},
			{"screens", enum("a kind of screens", "full", "simple", "none"), false, "full: in the menu; simple: in the module's set-up; none: API only."},
			{"fields", fields(recordPlace), true, "What a record holds."},
			{"unique", list(uniqueRule(), 0, 20), false, "Fields in which no two records of a site agree."},
			{"index", list(list(name("the name of a field"), 1, 4), 0, 20), false, "Fields that are searched together."},
			{"actions", named("an action", keys(actionFormat())), false, "Named changes, each with one permission."},
			{"access", named("a reach", reach()), false, "Named subsets of rows and fields, for grants."},
			{"views", keys(viewsFormat()), false, "What the screens show."},
		},
		later: []string{
			"profile", "was", "exclude", "checks", "ordered", "lock", "append_only", "delete", "custom",
			"hooks", "timers", "events", "guards", "links", "imports", "merge", "privacy",
		},
	}
}

func fields(where place) shape {
	s := named("a field", field(where))
	s.min = number(1)
	return s
}

func uniqueRule() shape {
	fieldName := name("the name of a field")
	several := list(fieldName, 1, 4)
	return either("a field, a list of fields or {fields, message}", fieldName, several, keys(&object{
		noun: "a unique rule",
		keys: []key{
			{"fields", several, true, "The fields that are unique together."},
			{"message", text(200), false, "Shown when the rule is broken."},
		},
		later: []string{"when"},
	}))
}

func actionFormat() *object {
	scope := enum("a scope", "collection")
	scope.later = []string{"record"}
	return &object{
		noun: "an action",
		keys: []key{
			{"scope", scope, true, "collection: the action makes a record from its parameters."},
			{"label", text(80), false, "What the button says; from the name when not given."},
			{"description", text(500), false, "What agents and the API documentation show."},
			{"confirm", text(200), false, "Question to answer before the action runs."},
			{"params", named("a parameter", keys(parameterFormat())), false, "What the caller fills: names of fields of the collection."},
			{"set", named("a field", setValue()), false, "Values the action writes itself."},
			{"limit", pattern("a limit", limitPattern, "Write it like 5/hour; the period is minute, hour or day."), false, "How often one member, key or visitor may run it."},
			{"emits", name("the name of an event"), false, "The event's name, in the past tense."},
		},
		later: []string{"from", "to", "field", "when", "message", "bulk", "icon", "code", "returns", "reads", "as", "internal"},
	}
}

func parameterFormat() *object {
	return &object{
		noun: "a parameter",
		keys: []key{
			{"label", text(80), false, "What the form calls it; the field's label when not given."},
			{"help", text(500), false, "A sentence below the input."},
			{"placeholder", text(200), false, "Shown in the empty input."},
			{"section", text(80), false, "Groups parameters."},
			{"required", conditional(), false, "Must be filled here, even if the field may be empty."},
		},
		later: []string{"type", "default", "min", "max", "pattern", "message", "when", "many"},
	}
}

// conditional is true or false here, and may be a condition in the full format.
func conditional() shape {
	s := boolean()
	s.laterText = `a condition in "required"`
	return s
}

func setValue() shape {
	word := shape{form: textForm, min: number(0), scalar: true}
	s := either("a value", integer(), boolean(), word, keys(moneyFormat()))
	s.scalar = true
	return s
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

func viewsFormat() *object {
	sections := list(keys(&object{
		noun: "a section",
		keys: []key{
			{"label", text(80), false, "The section's heading."},
			{"fields", list(name("the name of a field"), 1, 150), true, "Fields in order."},
		},
		later: []string{"when"},
	}), 1, 30)
	return &object{
		noun: `"views"`,
		keys: []key{
			{"list", keys(&object{
				noun: "a list view",
				keys: []key{
					{"columns", list(name("the name of a field"), 1, 30), false, "Fields in order; the first six when not given."},
					{"sort", sortOrder(), false, "Fields to order by; - before a name means descending."},
				},
				later: []string{"label", "type", "filter", "totals", "group"},
			}), false, "The table of records."},
			{"form", keys(&object{
				noun:  "a form view",
				keys:  []key{{"sections", sections, true, "Groups of fields."}},
				later: []string{"label", "type"},
			}), false, "The form of a record."},
		},
		later: []string{"detail", "board", "calendar", "timeline", "gallery", "map", "pivot", "page"},
	}
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
