package collection

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dramac-main/dramac-cms/internal/expr"
	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// runnable is a compiled action.
type runnable struct {
	*manifest.Action
	state    *Field    // the state it moves; nil: none
	params   []*Field  // each a field of the collection, or of the action only
	pointers []pointer // of params
	scheme   *scheme   // how a record is worked out that the action writes
	when     rule
}

// compileWrites prepares what writing the collection's records takes: the order
// of its values, its actions, and its rules.
func (m *Module) compileWrites(c *Collection) error {
	var err error
	if c.scheme, err = c.newScheme(nil); err != nil {
		return err
	}
	roots := m.roots()
	if c.closed, err = c.newRule(lockWhen(c.Lock), "", roots); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	if c.leaves, err = c.newRule(c.Delete.When, "", roots); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	for _, declared := range c.Checks {
		if err := c.addCheck(declared, roots); err != nil {
			return fmt.Errorf("check %q: %w", declared.Rule, err)
		}
	}
	c.builtIn = map[string]rule{}
	for verb, b := range c.BuiltIn {
		if c.builtIn[verb], err = c.newRule(b.When, b.Message, roots); err != nil {
			return fmt.Errorf("%s: %w", verb, err)
		}
	}
	if err = m.compileSections(c); err != nil {
		return err
	}
	c.runs = map[string]*runnable{}
	for i := range c.Actions {
		a := &c.Actions[i]
		if c.runs[a.Name], err = m.compileAction(c, a); err != nil {
			return fmt.Errorf("action %s: %w", a.Name, err)
		}
	}
	for _, f := range c.fields {
		if f.Kind == manifest.KindSequence && f.Sequence.Gapless && drawn(f) == drawAtCreation {
			return fmt.Errorf("field %s: a gapless number is drawn by an action", f.Name)
		}
	}
	return nil
}

func lockWhen(l *manifest.Lock) string {
	if l == nil {
		return ""
	}
	return l.When
}

func (m *Module) compileAction(c *Collection, a *manifest.Action) (*runnable, error) {
	run := &runnable{Action: a}
	params := expr.Names{}
	for _, f := range c.parameters(a) {
		run.params = append(run.params, f)
		meaning := f.meaning()
		if len(f.columns) == 0 && f.lines == nil && f.list == nil {
			meaning = expr.Meaning{Type: f.valueType()}
		}
		meaning.Constant = !meaning.Many
		params[f.Name] = meaning
	}
	var err error
	if run.pointers, err = m.pointers(run.params); err != nil {
		return nil, err
	}
	roots := m.roots()
	roots["old"] = expr.Meaning{Target: c.schema()}
	roots["params"] = expr.Meaning{Target: params}
	schema := recordSchema{c, roots}
	sets := map[string]override{}
	for name, declared := range a.Set {
		f, ok := c.byName[name]
		if !ok {
			return nil, fmt.Errorf("it sets %q, which is no field", name)
		}
		n, err := f.expression(declared, schema)
		if err != nil {
			return nil, fmt.Errorf("set %s: %w", name, err)
		}
		sets[f.Name] = override{n, declared}
	}
	if a.To != "" {
		run.state = c.stateOf(a)
		if run.state == nil {
			return nil, fmt.Errorf("there is no state that it moves")
		}
		if run.state.Set == "" {
			sets[run.state.Name] = override{nil, a.To}
		}
	}
	if run.when, err = c.newRule(a.When, a.Message, roots); err != nil {
		return nil, fmt.Errorf("when: %w", err)
	}
	run.scheme, err = c.newScheme(sets)
	return run, err
}

// stateOf is the state that an action moves: the one it names, else the only one.
func (c *Collection) stateOf(a *manifest.Action) *Field {
	var only *Field
	for _, f := range c.fields {
		switch {
		case f.Kind != manifest.KindState:
		case f.Name == a.Field:
			return f
		case only == nil && a.Field == "":
			only = f
		}
	}
	return only
}

// movesTo are the actions that lead a state from one option to another, in the
// manifest's order. Those that only timers and code run are not among them.
func (c *Collection) movesTo(f *Field, from, to string) []*runnable {
	var found []*runnable
	for _, name := range slices.Sorted(maps.Keys(c.runs)) {
		run := c.runs[name]
		if run.state == f && run.To == to && run.Scope != scopeCollection && !run.Internal && run.leaves(from) {
			found = append(found, run)
		}
	}
	return found
}

// scopeCollection is the scope of actions that have no record to begin with.
const scopeCollection = "collection"

// leaves reports whether the action starts from the state.
func (run *runnable) leaves(from string) bool {
	return len(run.From) == 0 || slices.Contains(run.From, from)
}
