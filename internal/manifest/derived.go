package manifest

import "slices"

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
