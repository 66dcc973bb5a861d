package sdk_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

type ticket struct {
	ID       string `json:"id,omitempty"`
	Title    string `json:"title"`
	Priority string `json:"priority"`
	Hours    int64  `json:"hours"`
}

// What the platform calls and what comes back is plain JSON; a test of a
// handler needs no server.
func show(h sdk.Handler, in string) {
	out, err := h.Run(nil, json.RawMessage(in))
	switch {
	case err != nil:
		fmt.Println(errs.KindOf(err), err)
	case out == nil:
		fmt.Println("nothing")
	default:
		fmt.Println(string(out))
	}
}

func ExampleHook() {
	promise := sdk.Hook(func(_ *sdk.Call, t, old *ticket) error {
		if t.Priority == "urgent" && t.Title == "" {
			return errs.BadFields(errs.Field{Path: "title", Code: "required", Message: "Say in a few words what is urgent."})
		}
		if old == nil || old.Priority != t.Priority {
			t.Hours = map[string]int64{"urgent": 4, "normal": 24}[t.Priority]
		}
		return nil
	})
	show(promise, `{"record": {"title": "Printer", "priority": "urgent", "hours": 0}, "old": null}`)
	show(promise, `{"record": {"title": "Printer", "priority": "normal", "hours": 9}, "old": {"priority": "normal"}}`)
	show(promise, `{"record": {"title": "", "priority": "urgent"}}`)
	// Output:
	// {"hours":4}
	// nothing
	// invalid Some values need attention. [title: Say in a few words what is urgent.]
}

func ExampleHook_record() {
	shout := sdk.Hook(func(_ *sdk.Call, record, _ *sdk.Record) error {
		if record.Bool("loud") {
			record.Set("title", record.Text("title")+"!")
		}
		return nil
	})
	show(shout, `{"record": {"title": "Printer", "loud": true}}`)
	// Output: {"title":"Printer!"}
}

func ExampleAction() {
	type in struct {
		ID     string `json:"id"`
		Answer string `json:"answer"`
	}
	type out struct {
		Words int `json:"words"`
	}
	show(sdk.Action(func(_ *sdk.Call, in in) (out, error) {
		return out{Words: len(in.Answer)}, nil
	}), `{"id": "0198", "answer": "Restart."}`)
	show(sdk.Action(func(_ *sdk.Call, _ sdk.None) (sdk.None, error) {
		return sdk.None{}, errs.New(errs.Conflict, "closed", "This ticket is closed.")
	}), `{}`)
	// Output:
	// {"words":8}
	// conflict This ticket is closed.
}

func ExampleOn() {
	show(sdk.On(func(_ *sdk.Call, e sdk.Event[ticket]) error {
		fmt.Println(e.Name, e.Record, e.Data.Title)
		return nil
	}), `{"id": "1", "name": "helpdesk.ticket.closed", "record": "0198", "data": {"title": "Printer"}}`)
	// Output:
	// helpdesk.ticket.closed 0198 Printer
	// nothing
}

func ExampleEndpoint() {
	show(sdk.Endpoint(func(_ *sdk.Call, r *sdk.Request) (sdk.Response, error) {
		return sdk.Text("text/calendar; charset=utf-8", "feed of "+r.Path["agent"]), nil
	}), `{"method": "GET", "path": {"agent": "ada"}}`)
	// Output: {"content_type":"text/calendar; charset=utf-8","body":"ZmVlZCBvZiBhZGE="}
}

func ExampleQuery() {
	due := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fmt.Println(sdk.Query{
		Where: sdk.Where{"status": sdk.In("new", "open"), "due_at": sdk.Less(due)},
		Order: "due_at.asc",
		Limit: 20,
	}.Encode())
	// Output: due_at=lt.2026-03-01T12%3A00%3A00Z&limit=20&order=due_at.asc&status=in.%28%22new%22%2C%22open%22%29
}

func ExampleRecord() {
	var r sdk.Record
	_ = json.Unmarshal([]byte(`{"id": "0198", "price": {"amount": 1250, "currency": "EUR"}, "note": null}`), &r)
	fmt.Println(r.ID(), r.Money("price"), r.Empty("note"), r.Int("price"))
	// Output: 0198 12.50 EUR true 0
}

func ExampleAbsent() {
	err := fmt.Errorf("tell the contact: %w", sdk.AbsentError("contacts"))
	fmt.Println(sdk.Absent(err), sdk.Absent(errs.Missing()))
	// Output: true false
}
