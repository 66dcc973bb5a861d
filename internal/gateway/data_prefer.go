package gateway

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/collection"
)

// preferences are what the header Prefer (RFC 7240) asks for, in PostgREST's
// words. What is not understood is ignored, unless handling=strict.
type preferences struct {
	count       string // exact, planned, estimated
	returns     string // minimal, headers-only, representation
	resolution  string // merge-duplicates, ignore-duplicates
	missing     string // default, null
	handling    string // strict, lenient
	maxAffected *int

	applied []string
}

// allowedPreferences are the values of each preference that has a list of them.
var allowedPreferences = map[string][]string{
	"count":      {"exact", "planned", "estimated"},
	"return":     {"minimal", "headers-only", "representation"},
	"resolution": {"merge-duplicates", "ignore-duplicates"},
	"missing":    {"default", "null"},
	"handling":   {"strict", "lenient"},
}

// preferences reads the header. The first of two equal preferences counts.
func (c *call) preferences() (preferences, error) {
	var p preferences
	var unknown []string
	for _, line := range c.request.Header.Values("Prefer") {
		for part := range strings.FieldsFuncSeq(line, func(b rune) bool { return b == ',' || b == ';' }) {
			part = strings.ReplaceAll(strings.TrimSpace(part), " ", "")
			if part != "" && !p.take(part) {
				unknown = append(unknown, part)
			}
		}
	}
	if p.handling == "strict" && len(unknown) > 0 {
		return p, &protocolError{
			status: http.StatusBadRequest, code: "PGRST122", message: "Invalid preferences given with handling=strict",
			details: "Invalid preferences: " + strings.Join(unknown, ", "),
		}
	}
	if p.handling != "strict" {
		p.maxAffected = nil // PostgREST looks at it under strict handling only
	}
	return p, nil
}

// take reads one preference; false if it is not understood.
func (p *preferences) take(part string) bool {
	name, value, _ := strings.Cut(strings.ToLower(part), "=")
	if name == "max-affected" {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return false
		}
		if p.maxAffected == nil {
			p.maxAffected = &n
		}
		return true
	}
	if !slices.Contains(allowedPreferences[name], value) {
		return false
	}
	into := map[string]*string{
		"count": &p.count, "return": &p.returns, "resolution": &p.resolution, "missing": &p.missing, "handling": &p.handling,
	}[name]
	if *into == "" {
		*into = value
	}
	return true
}

// apply notes that a preference was followed.
func (p *preferences) apply(name, value string) {
	if value != "" {
		p.applied = append(p.applied, name+"="+value)
	}
}

// tell writes into the answer which preferences were followed.
func (p *preferences) tell(h http.Header) {
	p.apply("handling", p.handling)
	if p.maxAffected != nil {
		p.apply("max-affected", strconv.Itoa(*p.maxAffected))
	}
	if len(p.applied) > 0 {
		h.Set("Preference-Applied", strings.Join(p.applied, ", "))
	}
}

// counting is the way to count that the caller prefers.
func (p *preferences) counting() collection.Count {
	p.apply("count", p.count)
	switch p.count {
	case "exact":
		return collection.CountExact
	case "planned":
		return collection.CountPlanned
	case "estimated":
		return collection.CountEstimated
	}
	return collection.CountNone
}
