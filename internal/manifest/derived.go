package manifest

import (
	"slices"
	"strings"
)

// Permission is one thing that may be granted.
type Permission struct {
	Key        string // "crm.deal.win"
	Collection string // empty: of the module
	Verb       string
	Label      string // "Deal: Mark as won"
}

// Permissions lists the permissions that follow from the manifest: of each
// collection the built-in ones, its actions and its guards, then the module's
// actions and the right to change its settings.
func (m *Manifest) Permissions() []Permission {
	var all []Permission
	for _, c := range m.Collections {
		for _, verb := range c.verbs() {
			all = append(all, Permission{m.ID + "." + c.Name + "." + verb, c.Name, verb, c.Label + ": " + c.verbLabel(verb)})
		}
	}
	for _, a := range m.Actions {
		if !a.Internal {
			all = append(all, Permission{m.ID + "." + a.Name, "", a.Name, a.Label})
		}
	}
	return append(all, Permission{m.ID + ".settings", "", "settings", "Settings"})
}

// verbLabel is what people call the verb.
func (c *Collection) verbLabel(verb string) string {
	if a := c.action(verb); a != nil {
		return a.Label
	}
	if b, said := c.BuiltIn[verb]; said && b.Label != "" {
		return b.Label
	}
	for _, g := range c.Guards {
		if g.Name == verb {
			return g.Label
		}
	}
	return labelOf(verb)
}

// EventType is one kind of event that the module tells.
type EventType struct {
	Name       string  // "crm.deal.won"
	Collection string  // empty: of the module
	Event      string  // "won"
	Version    int     // of the data
	Data       []Field // what comes with it besides the record; nil: nothing
}

// Events lists the events that follow from the manifest: of each collection the
// built-in ones, those of its actions and timers and the declared ones, then
// those of the module's actions. Each name is listed once.
func (m *Manifest) Events() []EventType {
	var all []EventType
	for _, c := range m.Collections {
		all = append(all, c.eventTypes(m.ID)...)
	}
	for _, a := range m.Actions {
		if a.Emits != "" {
			all = appendEvent(all, EventType{Name: m.ID + "." + a.Emits, Event: a.Emits, Version: 1, Data: a.Params})
		}
	}
	return all
}

func (c *Collection) eventTypes(module string) []EventType {
	var all []EventType
	add := func(name string, version int, data []Field) {
		all = appendEvent(all, EventType{module + "." + c.Name + "." + name, c.Name, name, version, data})
	}
	for _, name := range builtInEvents {
		add(name, 1, nil)
	}
	for _, e := range c.Events {
		add(e.Name, e.Version, e.Data)
	}
	for _, a := range c.Actions {
		if a.Emits != "" {
			add(a.Emits, 1, a.Params)
		}
	}
	for _, t := range c.Timers {
		if t.Emits != "" {
			add(t.Emits, 1, nil)
		}
	}
	return all
}

// appendEvent adds the event unless one of its name is listed: what is declared
// under "events" describes what an action tells.
func appendEvent(all []EventType, e EventType) []EventType {
	if slices.ContainsFunc(all, func(other EventType) bool { return other.Name == e.Name }) {
		return all
	}
	return append(all, e)
}

// Addresses lists the addresses of the module's API, as method and path.
func (m *Manifest) Addresses() []string {
	base := "/api/modules/" + m.ID
	var all []string
	add := func(method, path string) { all = append(all, method+" "+base+path) }
	for _, c := range m.Collections {
		add("GET", "/"+c.Name)
		add("POST", "/"+c.Name)
		for _, method := range []string{"GET", "PATCH", "DELETE"} {
			add(method, "/"+c.Name+"/{id}")
		}
		for _, f := range c.Fields {
			if f.Kind == KindLines {
				add("GET", "/"+c.Name+"_"+f.Name)
			}
		}
		for _, a := range c.Actions {
			c.addAction(a, add)
		}
	}
	for _, a := range m.Actions {
		if !a.Internal {
			add(a.method(), "/rpc/"+a.Name)
		}
	}
	for _, e := range m.Endpoints {
		add(e.Method, "/x"+e.Path)
	}
	return all
}

func (c *Collection) addAction(a Action, add func(method, path string)) {
	switch {
	case a.Internal:
	case a.Scope == ScopeCollection:
		add(a.method(), "/"+c.Name+"/"+a.Name)
	default:
		add(a.method(), "/"+c.Name+"/{id}/"+a.Name)
		if a.Bulk {
			add("POST", "/"+c.Name+"/"+a.Name)
		}
	}
}

func (a *Action) method() string {
	if a.Reads {
		return "GET"
	}
	return "POST"
}

// Tools lists the names under which agents call the module.
func (m *Manifest) Tools() []string {
	prefix := strings.ReplaceAll(m.ID, "-", "_") + "_"
	var all []string
	for _, c := range m.Collections {
		all = append(all, prefix+c.Name+"_list", prefix+c.Name+"_get")
		for _, verb := range c.verbs() {
			if slices.Contains(changingVerbs, verb) || c.action(verb) != nil {
				all = append(all, prefix+c.Name+"_"+verb)
			}
		}
	}
	for _, a := range m.Actions {
		if !a.Internal {
			all = append(all, prefix+a.Name)
		}
	}
	return all
}

// Bindings lists the names under which the module's code is bound.
func (m *Manifest) Bindings() []string {
	var all []string
	for _, c := range m.Collections {
		for _, hook := range c.Hooks {
			all = append(all, c.Name+"."+hook)
		}
		for _, a := range c.Actions {
			if a.Code {
				all = append(all, c.Name+"."+a.Name)
			}
		}
	}
	for _, a := range m.Actions {
		all = append(all, a.Name)
	}
	for _, j := range m.Jobs {
		all = append(all, "job."+j.Name)
	}
	for _, event := range m.Subscribe {
		all = append(all, "on."+event)
	}
	for _, e := range m.Endpoints {
		all = append(all, "endpoint."+e.Name)
	}
	return all
}
