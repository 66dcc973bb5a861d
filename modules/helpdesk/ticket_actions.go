package helpdesk

import (
	"time"

	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// promise is the hook before a ticket is saved.
func promise(c *sdk.Call, t, old *Ticket) error {
	var h hours
	if err := c.Setting("urgent_hours", &h.urgent); err != nil {
		return err
	}
	if err := c.Setting("normal_hours", &h.normal); err != nil {
		return err
	}
	t.promise(old, h, c.Now())
	return nil
}

type combineIn struct {
	ID   string `json:"id"`
	Into string `json:"into_id"`
}

// combine moves the notes of a ticket to another one and points there. The
// action itself then closes it as merged.
func combine(c *sdk.Call, in combineIn) (sdk.None, error) {
	if in.ID == in.Into {
		return sdk.None{}, errs.BadFields(errs.Field{Path: "into_id", Code: "same", Message: "Choose another ticket."})
	}
	tickets, notes := c.Records("ticket"), c.Records("note")
	into, err := sdk.Get[Ticket](tickets, in.Into)
	if err != nil {
		return sdk.None{}, err
	}
	if into.Status == "merged" {
		return sdk.None{}, errs.New(errs.Conflict, "merged_itself", "That ticket is merged into another one itself.")
	}
	moved, err := notes.List(sdk.Query{Where: sdk.Where{"ticket_id": sdk.Eq(in.ID)}, Select: "id", Limit: 1000})
	if err != nil {
		return sdk.None{}, err
	}
	for _, note := range moved {
		if _, err := notes.Update(note.ID(), map[string]any{"ticket_id": in.Into}); err != nil {
			return sdk.None{}, err
		}
	}
	_, err = tickets.Update(in.ID, map[string]any{"merged_into_id": in.Into})
	return sdk.None{}, err
}

type escalateIn struct {
	Most int `json:"most"`
}

type escalateOut struct {
	Escalated int `json:"escalated"`
}

// escalateOverdue makes overdue tickets urgent and announces each of them once.
func escalateOverdue(c *sdk.Call, in escalateIn) (escalateOut, error) {
	tickets := c.Records("ticket")
	late, err := sdk.List[Ticket](tickets, sdk.Query{
		Where: sdk.Where{"status": sdk.In("new", "open"), "escalated": "is.false", "due_at": sdk.Less(c.Now())},
		Order: "due_at.asc",
		Limit: in.Most,
	})
	if err != nil {
		return escalateOut{}, err
	}
	for _, t := range late {
		if _, err := tickets.Update(t.ID, map[string]any{"priority": "urgent", "escalated": true}); err != nil {
			return escalateOut{}, err
		}
		told := map[string]any{"title": t.Title, "overdue_hours": t.overdue(c.Now())}
		if err := c.Emit("ticket.escalated", t.ID, told); err != nil {
			return escalateOut{}, err
		}
	}
	return escalateOut{Escalated: len(late)}, nil
}

// escalate is the job: the same, in portions that are a transaction each, so
// that one which is stopped has lost nothing.
func escalate(c *sdk.Call) error {
	const portion = 20
	for {
		var done escalateOut
		err := c.Tx(func(c *sdk.Call) (err error) {
			done, err = escalateOverdue(c, escalateIn{Most: portion})
			return err
		})
		if err != nil || done.Escalated < portion {
			return err
		}
		c.Log().Info("escalated overdue tickets", "tickets", done.Escalated)
	}
}

// Message is a ticket as another system sends it.
type Message struct {
	From    string `json:"from"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// deadline is what the calendar shows of a ticket.
type deadline struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	DueAt time.Time `json:"due_at"`
}
