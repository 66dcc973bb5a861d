package sdk

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Query says which records, in which order, with which of their values. The
// zero Query is the newest fifty with all fields.
type Query struct {
	// Where are conditions in PostgREST's notation by field, all of which must
	// hold: {"status": "eq.open", "or": "(a.eq.1,b.is.null)"}. Eq and its like
	// write them from Go values.
	Where Where
	// Select are the values to read: "id,title,agent(name)"; all when empty.
	Select string
	// Order is what to sort by: "due_at.asc,title".
	Order string
	// Limit is how many records at most; zero is 50.
	Limit int
	// Offset is how many records to leave out at the beginning.
	Offset int
}

// Where are the conditions of a Query.
type Where map[string]string

// Encode returns the query as it stands after "?" in an address of the data API.
func (q Query) Encode() string {
	values := url.Values{}
	for field, condition := range q.Where {
		values.Set(field, condition)
	}
	if q.Select != "" {
		values.Set("select", q.Select)
	}
	if q.Order != "" {
		values.Set("order", q.Order)
	}
	if q.Limit != 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Offset != 0 {
		values.Set("offset", strconv.Itoa(q.Offset))
	}
	return values.Encode()
}

// Eq is the condition that a field has the value. Values are texts, numbers,
// booleans, time.Time, and types that print themselves.
func Eq(value any) string { return "eq." + literal(value) }

// Neq is the condition that a field has another value or none.
func Neq(value any) string { return "neq." + literal(value) }

// Less is the condition that a field is below the value.
func Less(value any) string { return "lt." + literal(value) }

// AtMost is the condition that a field is the value or below it.
func AtMost(value any) string { return "lte." + literal(value) }

// More is the condition that a field is above the value.
func More(value any) string { return "gt." + literal(value) }

// AtLeast is the condition that a field is the value or above it.
func AtLeast(value any) string { return "gte." + literal(value) }

// IsEmpty is the condition that a field has no value.
func IsEmpty() string { return "is.null" }

// IsFilled is the condition that a field has a value.
func IsFilled() string { return "not.is.null" }

// In is the condition that a field has one of the values.
func In[T any](values ...T) string {
	parts := make([]string, len(values))
	for i, value := range values {
		parts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(literal(value)) + `"`
	}
	return "in.(" + strings.Join(parts, ",") + ")"
}

func literal(value any) string {
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case string:
		return v
	}
	return fmt.Sprint(value)
}
