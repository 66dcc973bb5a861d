package manifest

// Handler is a name that the manifest wants code to be bound to.
type Handler struct {
	Name string // "deal.before_save", "job.score", "on.deals.deal.won"
	Sort string // "hook", "action", "job", "subscription" or "endpoint"
}

// Handlers returns the names of all code that the module declares, in the order
// of the declarations; none for a module without code.
func (m *Manifest) Handlers() []Handler {
	var all []Handler
	add := func(sort, name string) { all = append(all, Handler{Name: name, Sort: sort}) }
	for _, c := range m.Collections {
		for _, hook := range c.Hooks {
			add("hook", c.Name+"."+hook)
		}
		for _, a := range c.Actions {
			if a.Code {
				add("action", c.Name+"."+a.Name)
			}
		}
	}
	for _, a := range m.Actions { // there is nothing to an action of a module but code
		add("action", a.Name)
	}
	for _, j := range m.Jobs {
		add("job", "job."+j.Name)
	}
	for _, event := range m.Subscribe {
		add("subscription", "on."+event)
	}
	for _, e := range m.Endpoints {
		add("endpoint", "endpoint."+e.Name)
	}
	return all
}
