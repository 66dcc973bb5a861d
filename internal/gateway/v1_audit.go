package gateway

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dramac-main/dramac-cms/internal/access"
	"github.com/dramac-main/dramac-cms/internal/audit"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

type auditEntry struct {
	ID           string                  `json:"id" format:"uuid"`
	At           time.Time               `json:"at"`
	LastAt       *time.Time              `json:"last_at,omitempty" doc:"Of refusals: the last of them within the hour."`
	Times        int64                   `json:"times" doc:"How often it was refused; 1 for what was done."`
	Result       string                  `json:"result" enum:"done,refused"`
	ActorKind    string                  `json:"actor_kind" enum:"visitor,member,key,person,module,system"`
	ActorID      string                  `json:"actor_id" doc:"The account or key; empty: nobody known."`
	Actor        string                  `json:"actor" doc:"How the actor was called."`
	Impersonator string                  `json:"impersonator" doc:"Who acted as the actor; empty: nobody."`
	Action       string                  `json:"action" example:"member.updated"`
	Subject      string                  `json:"subject" doc:"What it was done to, for people."`
	Client       string                  `json:"client" doc:"The client's id; empty: of none."`
	Site         string                  `json:"site" doc:"The site's id; empty: of none."`
	Changes      map[string]audit.Change `json:"changes,omitempty" doc:"The values that differ, before and after."`
	Details      *rawObject              `json:"details,omitempty"`
	RequestID    string                  `json:"request_id"`
	Address      string                  `json:"address,omitempty" doc:"The network address, for the agency itself."`
}

type auditOutput struct {
	Body struct {
		Entries []auditEntry `json:"entries" doc:"Newest first."`
		Next    string       `json:"next" doc:"What to send as after for the entries before; empty: there are none."`
	}
}

// AuditInput narrows a log; call.auditFilter reads it.
type AuditInput struct {
	Actor  string `query:"actor" format:"uuid" doc:"What this account or key did, or was done by it as somebody else."`
	Action string `query:"action" doc:"One action, or all that begin so when it ends with a dot." example:"member."`
	Result string `query:"result" enum:"done,refused"`
	From   string `query:"from" doc:"A day or an instant, RFC 3339." example:"2026-11-01"`
	To     string `query:"to" doc:"A day, which is meant as a whole, or an instant." example:"2026-11-30"`
	After  string `query:"after" doc:"The next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type agencyAuditInput struct {
	AgencyInput
	AuditInput
	Site string `query:"site" format:"uuid" doc:"What is about this site."`
}

type siteAuditInput struct {
	Site string `path:"site" format:"uuid" doc:"The site's id."`
	AuditInput
}

// addAuditOperations declares the operations on the audit log.
func addAuditOperations(p *platformAPI) {
	operation(p, access.AuditRead, huma.Operation{
		OperationID: "listAudit", Method: http.MethodGet, Path: "/api/v1/audit",
		Summary: "Read the agency's audit log", Tags: []string{"Audit"},
		Description: "Who did what, and what was refused. Refusals that have person, address and what was asked for in common are one entry for each hour.",
	}, func(c *call, in *agencyAuditInput) (*auditOutput, error) { return listAudit(c, in.AuditInput) })
	operation(p, access.ActivityRead, huma.Operation{
		OperationID: "listSiteAudit", Method: http.MethodGet, Path: "/api/v1/sites/{site}/audit",
		Summary: "Read what was done on a site", Tags: []string{"Audit"},
	}, func(c *call, in *siteAuditInput) (*auditOutput, error) { return listAudit(c, in.AuditInput) })
}

func listAudit(c *call, in AuditInput) (*auditOutput, error) {
	if err := c.oneAgency(); err != nil {
		return nil, err
	}
	zone, err := c.auditZone()
	if err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"from": in.From, "to": in.To} {
		if _, ok := moment(text, zone, false); text != "" && !ok {
			return nil, errs.BadFields(errs.Field{Path: name, Code: "not_date", Message: "Must be a day or an instant."})
		}
	}
	lines, err := audit.List(c.ctx, c.DB.Pool(), c.auditFilter(c.agency(), zone), audit.ParseCursor(in.After), in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &auditOutput{}
	if out.Body.Entries = []auditEntry{}; len(lines) > in.Limit {
		lines = lines[:in.Limit]
		out.Body.Next = lines[in.Limit-1].Cursor()
	}
	whole := c.actor.CanInAgency(access.AuditRead, c.agency())
	for _, l := range lines {
		out.Body.Entries = append(out.Body.Entries, describeEntry(l, whole))
	}
	return out, nil
}

// describeEntry tells of an entry; whole for who may know where people came from.
func describeEntry(l audit.Line, whole bool) auditEntry {
	e := auditEntry{
		ID: l.ID.String(), At: l.At, LastAt: l.LastAt, Times: l.Times, Result: l.Result, ActorKind: l.ActorKind, ActorID: idText(l.ActorID),
		Actor: l.ActorName, Impersonator: l.ImpersonatorName, Action: l.Action, Subject: l.Subject, Client: idText(l.Client), Site: idText(l.Site),
		Changes: l.Changes(), RequestID: l.RequestID,
	}
	if whole {
		e.Address = l.Address
	}
	var rest map[string]json.RawMessage
	if json.Unmarshal(l.Details, &rest) == nil {
		delete(rest, "changes")
		if text, err := json.Marshal(rest); err == nil && len(rest) > 0 {
			details := rawObject(text)
			e.Details = &details
		}
	}
	return e
}
