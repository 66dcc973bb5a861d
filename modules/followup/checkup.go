package followup

import (
	"time"

	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Checkup is a customer to ask whether the solution still works.
type Checkup struct {
	ID      string `json:"id,omitempty"`
	Subject string `json:"subject"`
	Ticket  string `json:"ticket"`
	DueOn   string `json:"due_on"`
	Status  string `json:"status,omitempty"`
}

// plan makes a check-up when a ticket is solved. The event may come twice; a
// ticket has one check-up, which the collection's unique rule sees to.
func plan(c *sdk.Call, event sdk.Event[sdk.Record]) error {
	ticket, err := c.Contract("tickets").Records("ticket").Get(event.Record)
	if errs.KindOf(err) == errs.NotFound {
		return nil // deleted in the meantime
	}
	if err != nil {
		return err
	}
	days := int64(1)
	if err := c.Setting("days", &days); err != nil {
		return err
	}
	_, err = c.Records("checkup").Create(Checkup{
		Subject: ticket.Text("title"),
		Ticket:  event.Record,
		DueOn:   c.Now().AddDate(0, 0, int(days)).Format(time.DateOnly),
	})
	if e := errs.Of(err); e != nil && e.Kind == errs.Conflict {
		return nil
	}
	return err
}

type complainIn struct {
	ID string `json:"id"`
}

// complain reopens the ticket, in the transaction that closes the check-up:
// either both happen or neither. The actor needs the right to reopen it.
func complain(c *sdk.Call, in complainIn) (sdk.None, error) {
	checkup, err := sdk.Get[Checkup](c.Records("checkup"), in.ID)
	if err != nil {
		return sdk.None{}, err
	}
	err = c.Contract("tickets").Records("ticket").Run(checkup.Ticket, "reopen", nil, nil)
	if sdk.Absent(err) {
		return sdk.None{}, errs.New(errs.Conflict, "no_helpdesk", "There is no helpdesk on this site any more.").WithCause(err)
	}
	return sdk.None{}, err
}
