package collection

import (
	"encoding/json"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
)

// countStatements count what a plan matches. where and args are those of its
// statement before limit and offset.
func (r Records) countStatements(p *plan, how Count, where string, args []any, page *Page) ([]pg.Statement, error) {
	if how == CountNone {
		return nil, nil
	}
	of, args := "select 1 from "+r.Collection.from()+" where "+where, args[:len(args):len(args)]
	if p.grouped {
		counting := builder{records: r, args: r.newArgs()}
		where, err := counting.live(p)
		if err != nil {
			return nil, err
		}
		if of, err = counting.groups(p, r.Collection.from(), where); err != nil {
			return nil, err
		}
		args = counting.args.Values
	}
	capped := pg.Statement{
		SQL: "select count(*)::text from (" + of + " limit " + strconv.Itoa(MaxCount+1) + ") c", Args: args,
		Read: func(rows pgx.Rows) error {
			err := readNumber(rows, 0, &page.Total)
			if page.Total > MaxCount {
				page.Total, page.Capped = MaxCount, true
			}
			return err
		},
	}
	planned := pg.Statement{SQL: "explain (format json) " + of, Args: args, Read: func(rows pgx.Rows) error {
		rowsExpected, err := readPlan(rows)
		switch {
		case how == CountPlanned:
			page.Total = rowsExpected
		case page.Capped:
			page.Total, page.Capped = max(rowsExpected, MaxCount+1), false
		}
		return err
	}}
	switch how {
	case CountPlanned:
		return []pg.Statement{planned}, nil
	case CountEstimated:
		return []pg.Statement{capped, planned}, nil
	case CountExact:
		return []pg.Statement{{
			SQL: "select count(*)::text from (" + of + ") c", Args: args,
			Read: func(rows pgx.Rows) error { return readNumber(rows, 0, &page.Total) },
		}}, nil
	}
	return []pg.Statement{capped}, nil
}

// readPlan reads how many rows the planner expects.
func readPlan(rows pgx.Rows) (int64, error) {
	var plans []struct {
		Plan struct {
			Rows int64 `json:"Plan Rows"`
		}
	}
	if !rows.Next() {
		return 0, rows.Err()
	}
	if err := json.Unmarshal(rows.RawValues()[0], &plans); err != nil || len(plans) == 0 {
		return 0, err
	}
	return plans[0].Plan.Rows, nil
}

// readNumber reads a number sent as text from the first row.
func readNumber(rows pgx.Rows, column int, into *int64) error {
	if !rows.Next() {
		return rows.Err()
	}
	n, err := strconv.ParseInt(string(rows.RawValues()[column]), 10, 64)
	*into = n
	return err
}
