package helpdesk

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// calendar is GET calendar/{feed}.ics: the deadlines of an agent's tickets, for
// calendars, which send no credential but the address itself.
func calendar(c *sdk.Call, r *sdk.Request) (sdk.Response, error) {
	agent, err := sdk.First[Agent](c.Records("agent"), sdk.Query{Where: sdk.Where{"feed": sdk.Eq(r.Path["feed"])}})
	if err != nil {
		return sdk.Response{}, err
	}
	deadlines, err := sdk.List[deadline](c.Records("ticket"), sdk.Query{
		Where:  sdk.Where{"agent_id": sdk.Eq(agent.ID), "status": sdk.In("new", "open"), "due_at": sdk.IsFilled()},
		Select: "id,title,due_at",
		Order:  "due_at.asc",
		Limit:  500,
	})
	if err != nil {
		return sdk.Response{}, err
	}
	answer := sdk.Text("text/calendar; charset=utf-8", feed(deadlines))
	answer.Filename = "tickets.ics"
	return answer, nil
}

// feed writes deadlines as a calendar (RFC 5545).
func feed(deadlines []deadline) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\r\n", args...) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//DRAMAC//helpdesk//EN")
	for _, d := range deadlines {
		const stamp = "20060102T150405Z"
		line("BEGIN:VEVENT")
		line("UID:%s", d.ID)
		line("DTSTAMP:%s", d.DueAt.UTC().Format(stamp))
		line("DTSTART:%s", d.DueAt.UTC().Format(stamp))
		line("SUMMARY:%s", escaped(d.Title))
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	return out.String()
}

// escaped is a text as a calendar holds it.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "").Replace(text)
}

// inbound is POST inbound: another system sends what came by mail.
func inbound(c *sdk.Call, r *sdk.Request) (sdk.Response, error) {
	var m Message
	if err := json.Unmarshal(r.Body, &m); err != nil {
		return sdk.Response{}, errs.New(errs.Invalid, "invalid_json", "Send from, subject and text as a JSON object.").WithCause(err)
	}
	made, err := sdk.Create[Ticket](c.Records("ticket"), map[string]any{"title": m.Subject, "question": m.Text, "email": m.From})
	if err != nil {
		return sdk.Response{}, err
	}
	answer, err := sdk.JSON(map[string]string{"id": made.ID})
	answer.Status = 201
	return answer, err
}
