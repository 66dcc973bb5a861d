package helpdesk

import (
	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/errs"
	"github.com/dramac-main/dramac-cms/sdk/sql"
)

type load struct {
	Agent string `json:"agent"`
	Open  int64  `json:"open"`
}

// busiest returns the agent with the most open tickets. By SQL, because the
// data engine groups but does not sort groups by their count.
func busiest(c *sdk.Call, _ sdk.None) (load, error) {
	found, err := sql.One[load](c, `
		select a.name as agent, count(*) as open
		from {ticket} t join {agent} a on a.site_id = t.site_id and a.id = t.agent_id
		where t.site_id = $1 and t.deleted_at is null and a.deleted_at is null and t.status = 'open'
		group by a.id, a.name order by count(*) desc, a.name limit 1`, c.Site())
	if errs.KindOf(err) == errs.NotFound {
		return load{}, nil
	}
	return found, err
}
