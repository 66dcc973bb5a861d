package collection

import (
	"context"
	"fmt"
	"slices"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Total is the sum of a field over the records of a list.
type Total struct {
	Field string
	// JSON is an array with an object whose key is the field's name; of money one
	// for each currency.
	JSON []byte
}

// Totals returns the sums that the list of the state declares, over all its
// records and not one page of them. What the actor does not see is left out.
func (r Records) Totals(ctx context.Context, s ScreenState) ([]Total, error) {
	q := r.ScreenQuery(s)
	q.Order, q.Limit, q.Offset, q.Title = nil, 0, 0, false
	var totals []Total
	var plain Selection
	var names []string
	add := func(fields []string, sums Selection) error {
		if len(sums) == 0 {
			return nil
		}
		q.Select = sums
		found, err := r.List(ctx, q)
		if err != nil {
			return fmt.Errorf("sums of %v: %w", fields, err)
		}
		for _, name := range fields {
			totals = append(totals, Total{name, found.JSON})
		}
		return nil
	}
	for _, name := range r.Collection.listView(s.View).Totals {
		f, ok := r.Collection.byName[name]
		if !ok || !r.Access.Visible(name) {
			continue
		}
		sum := Selected{Name: name, Aggregate: "sum", Alias: name}
		if f.Kind != manifest.KindMoney {
			plain, names = append(plain, sum), append(names, name)
			continue
		}
		if err := add([]string{name}, Selection{sum}); err != nil {
			return nil, err
		}
	}
	if err := add(names, plain); err != nil {
		return nil, err
	}
	declared := r.Collection.listView(s.View).Totals
	slices.SortStableFunc(totals, func(a, b Total) int { return slices.Index(declared, a.Field) - slices.Index(declared, b.Field) })
	return totals, nil
}
