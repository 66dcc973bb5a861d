package expr

import "strings"

// cutArray reads PostgreSQL's text form of an array without nesting: {a,"b c"}.
// An unquoted null is an item of that text, since lists hold no empty ones.
func cutArray(text string) ([]string, bool) {
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, false
	}
	rest := text[1 : len(text)-1]
	if strings.TrimSpace(rest) == "" {
		return nil, true
	}
	var items []string
	for {
		rest = strings.TrimLeft(rest, " ")
		var item string
		if strings.HasPrefix(rest, `"`) {
			var ok bool
			if item, rest, ok = cutQuoted(rest); !ok {
				return nil, false
			}
			rest = strings.TrimLeft(rest, " ")
		} else {
			end := strings.IndexByte(rest, ',')
			if end < 0 {
				end = len(rest)
			}
			item, rest = strings.TrimRight(rest[:end], " "), rest[end:]
			if item == "" || strings.ContainsAny(item, `{}"\`) {
				return nil, false
			}
		}
		items = append(items, item)
		if rest == "" {
			return items, true
		}
		if rest[0] != ',' {
			return nil, false
		}
		rest = rest[1:]
	}
}

// arrayText writes values as PostgreSQL's text form of an array.
func arrayText(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return "{" + strings.Join(quoted, ",") + "}"
}
