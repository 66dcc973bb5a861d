package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/manifest"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Actions runs the actions of a module that belong to no collection, as one
// actor on one site. Whether the actor holds the permission has been asked
// before.
type Actions struct {
	Acting
	Module *Module
}

// compileActions makes of the parameters of each module action a collection
// that is never stored, so that they are read and checked as records are.
func (m *Module) compileActions() error {
	m.actions = map[string]*Collection{}
	for _, a := range m.Manifest.Actions {
		params, err := newCollection(&manifest.Collection{Name: a.Name, Fields: a.Params}, m.Schema, Physical{}, "")
		if err != nil {
			return fmt.Errorf("action %s: %w", a.Name, err)
		}
		m.actions[a.Name] = params
	}
	return nil
}

// Action returns the module's own action of that name.
func (m *Module) Action(name string) (*manifest.Action, bool) {
	for i := range m.Manifest.Actions {
		if m.Manifest.Actions[i].Name == name {
			return &m.Manifest.Actions[i], true
		}
	}
	return nil, false
}

// Decode reads the parameters of a module action as the body of a request. All
// complaints come at once; no body is no parameters.
func (a Actions) Decode(action *manifest.Action, body []byte) (Values, error) {
	params, ok := a.Module.actions[action.Name]
	if !ok {
		return nil, errs.Missing()
	}
	if len(body) == 0 {
		body = []byte(`{}`)
	}
	return params.decodeJSON(body, a.Currency, params.fields, false)
}

// DecodeQuery reads the parameters of a module action out of an address: texts
// as they are, other values as JSON writes them.
func (a Actions) DecodeQuery(action *manifest.Action, query url.Values) (Values, error) {
	params, ok := a.Module.actions[action.Name]
	if !ok {
		return nil, errs.Missing()
	}
	body := map[string]json.RawMessage{}
	for name := range query {
		text := query.Get(name)
		f := find(params.fields, name)
		if f != nil && !f.Many && json.Valid([]byte(text)) && !f.written() {
			body[name] = json.RawMessage(text)
			continue
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			return nil, err
		}
		body[name] = quoted
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return a.Decode(action, raw)
}

// written reports whether JSON has the field's values as texts.
func (f *Field) written() bool {
	switch f.Kind {
	case manifest.KindInteger, manifest.KindDecimal, manifest.KindPercent, manifest.KindBoolean, manifest.KindMoney, manifest.KindJSON,
		manifest.KindLocation, manifest.KindTags:
		return false
	}
	return true
}

// Run runs the action's handler with checked parameters in a transaction of
// its own, or within the one that the scope works in, and returns its answer as
// JSON; "null" when it has none. Parameters that are missing get their defaults.
// What an action that says "reads" would write is refused by the database.
func (a Actions) Run(ctx context.Context, action *manifest.Action, v Values) ([]byte, error) {
	input, err := a.input(action, v)
	if err != nil {
		return nil, err
	}
	code := a.Module.Code()
	if code == nil {
		return nil, fmt.Errorf("run %s: the module %s holds no code", action.Name, a.Module.Manifest.ID)
	}
	answer := json.RawMessage("null")
	err = a.Scope.Tx(ctx, func(tx pgx.Tx) error {
		within := a.Acting
		within.Scope = a.Scope.Within(tx)
		if action.Reads && !a.Scope.Inside() {
			if err := within.Scope.Batch(ctx, pg.Statement{SQL: "set local transaction_read_only = on"}); err != nil {
				return err
			}
		}
		said, err := code.Run(ctx, Run{Name: action.Name, Input: input, For: within, AsModule: action.AsModule})
		if said != nil {
			answer = said
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", action.Name, err)
	}
	return answer, nil
}

// input is what the handler gets: the parameters with their defaults.
func (a Actions) input(action *manifest.Action, v Values) (json.RawMessage, error) {
	params, ok := a.Module.actions[action.Name]
	if !ok {
		return nil, errs.Missing()
	}
	found := params.checkParameters(params.fields, v)
	values := Values{}
	for name, value := range v {
		values[name] = value
	}
	at := moment{today: a.Now().Format(time.DateOnly), currency: a.Currency, settings: a.Settings}
	found = append(found, fill(params.fields, values, at)...)
	if err := found.err(); err != nil {
		return nil, err
	}
	return encodeFields(told(params.fields), values)
}
