package gateway

import (
	"net"
	"net/url"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/screen"
)

// outboxLines is how many messages a page shows.
const outboxLines = 50

// outboxPage is GET /app/platform/mail: what was written in an agency's name.
// What a message says is shown where nothing leaves the machine and nobody
// else's browser reaches it: it may hold what signs another member in.
func outboxPage(c *call) (answer, error) {
	if err := c.oneAgency(); err != nil {
		return answer{}, err
	}
	var before uuid.NullUUID
	if id, err := uuid.Parse(c.query().Get("before")); err == nil {
		before = uuid.NullUUID{UUID: id, Valid: true}
	}
	view := screen.Outbox{Leaves: c.Mail.Leaves(), Shown: !c.Mail.Leaves() && c.development()}
	list, err := c.Mail.List(c.ctx, uuid.NullUUID{UUID: c.agency(), Valid: true}, before, outboxLines+1, view.Shown)
	if err != nil {
		return answer{}, err
	}
	to := func(more url.Values) string {
		if c.query().Has("agency") {
			more.Set("agency", c.agency().String())
		}
		if len(more) == 0 {
			return "/app/platform/mail"
		}
		return "/app/platform/mail?" + more.Encode()
	}
	if before.Valid {
		view.First = to(url.Values{})
	}
	if len(list) > outboxLines {
		list = list[:outboxLines]
		view.More = to(url.Values{"before": {list[outboxLines-1].ID.String()}})
	}
	for _, e := range list {
		view.Lines = append(view.Lines, screen.OutboxLine{
			ID: e.ID.String(), To: e.Recipient, Subject: e.Subject, State: string(e.State), At: e.CreatedAt, Error: e.Error, Text: e.Text, Link: e.Link,
		})
	}
	f, err := c.frame(c.words.T("outbox.title"))
	if err != nil {
		return answer{}, err
	}
	return show(screen.OutboxPage(f, view))
}

// development reports whether the platform's own address is this machine's, so
// that nobody reaches it from elsewhere.
func (c *call) development() bool {
	host := c.BaseURL.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
