package helpdesk

import "time"

// Ticket is something that a customer asked.
type Ticket struct {
	ID        string     `json:"id,omitempty"`
	Title     string     `json:"title"`
	Question  string     `json:"question"`
	Email     string     `json:"email"`
	Priority  string     `json:"priority"`
	Status    string     `json:"status,omitempty"`
	Agent     *string    `json:"agent_id"`
	DueAt     *time.Time `json:"due_at"`
	Escalated bool       `json:"escalated"`
	Into      *string    `json:"merged_into_id"`
}

// hours are how long tickets may wait, by the site's settings.
type hours struct{ urgent, normal int64 }

// promise sets until when somebody must have looked at the ticket: anew when it
// is new or its priority changes, from now on.
func (t *Ticket) promise(old *Ticket, h hours, now time.Time) {
	if old != nil && old.Priority == t.Priority && t.DueAt != nil {
		return
	}
	wait := h.normal
	if t.Priority == "urgent" {
		wait = h.urgent
	}
	due := now.UTC().Truncate(time.Second).Add(time.Duration(wait) * time.Hour)
	t.DueAt = &due
}

// overdue returns for how many whole hours the ticket has been overdue.
func (t Ticket) overdue(now time.Time) int64 {
	if t.DueAt == nil || now.Before(*t.DueAt) {
		return 0
	}
	return int64(now.Sub(*t.DueAt).Hours())
}
