package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// writer makes random expressions of a kind, as an author would write them.
// Within an aggregate the bare names are those of lines.
type writer struct {
	*rand.Rand
	line bool
}

func (w writer) pick(from ...string) string { return from[w.IntN(len(from))] }

// ours are names of the record by kind, those that a line has too first.
func (w writer) name(kind Kind) string {
	own := map[Kind][]string{
		Text:     {"name", "note", "item.name", "price.currency", "data.a", "setting.word", "item.cost.currency"},
		Integer:  {"qty", "count", "item.qty", "price.amount", "setting.limit"},
		Decimal:  {"rate", "fine", "setting.factor"},
		Percent:  {"share", "setting.share"},
		Money:    {"price", "cost", "item.cost", "setting.price"},
		Boolean:  {"done", "open", "setting.flag"},
		Date:     {"due_on", "start_on", "setting.since"},
		Instant:  {"created_at", "ends_at"},
		Duration: {"lasts", "setting.notice"},
		Clock:    {"opens", "closes"},
		UUID:     {"item", "owner", "me"},
	}
	line := map[Kind][]string{
		Text: {"name", "net.currency"}, Integer: {"qty", "net.amount"}, Decimal: {"rate"}, Money: {"net", "tax"}, Boolean: {"done"}, Date: {"day"},
	}
	if !w.line {
		return w.pick(own[kind]...)
	}
	if names := line[kind]; names != nil && w.IntN(3) > 0 {
		return w.pick(names...)
	}
	name := w.pick(own[kind]...)
	if strings.HasPrefix(name, "setting.") || name == "me" {
		return name
	}
	return "this." + name
}

// value writes an expression of the kind.
func (w writer) value(kind Kind, depth int) string {
	if depth > 0 {
		switch w.IntN(8) {
		case 0:
			return fmt.Sprintf("if(%s, %s, %s)", w.condition(depth-1), w.value(kind, depth-1), w.value(kind, depth-1))
		case 1:
			return fmt.Sprintf("coalesce(%s, %s)", w.value(kind, depth-1), w.value(kind, depth-1))
		case 2:
			if kind != UUID && kind != Boolean {
				return fmt.Sprintf("%s(%s, %s)", w.pick("min", "max"), w.operand(kind, depth-1), w.value(kind, depth-1))
			}
		case 3, 4, 5:
			if text := w.calculated(kind, depth-1); text != "" {
				return text
			}
		case 6:
			if text := w.aggregated(kind, depth-1); text != "" {
				return text
			}
		}
	}
	if text := w.literal(kind); text != "" && w.IntN(4) == 0 {
		return text
	}
	return w.name(kind)
}

// operand is a value that binds tight and is not a literal alone.
func (w writer) operand(kind Kind, depth int) string {
	text := w.value(kind, depth)
	if text == w.literal(kind) || strings.ContainsAny(text, ` "0123456789-`) && !strings.Contains(text, "(") {
		return w.name(kind)
	}
	if strings.Contains(text, " ") {
		return "(" + text + ")"
	}
	return text
}

func (w writer) literal(kind Kind) string {
	switch kind {
	case Text:
		return quote(w.pick(agreeWords...))
	case Integer:
		return w.pick("0", "1", "2", "3", "-1", "7", "1000000")
	case Decimal:
		return w.pick("1.5", "0.25", "-0.3333", "2.00005", "0.1")
	case Percent:
		return w.pick("16%", "0%", "100%", "0.0001%", "-7.5%", "33.3333%")
	case Date:
		return "today()"
	case Instant:
		return "now()"
	case Duration:
		return w.pick("48h", "1d", "30m", "500ms", "-2d", "0s", "1w")
	}
	return ""
}

func (w writer) calculated(kind Kind, depth int) string {
	binary := func(left Kind, op string, right Kind) string {
		a, b := w.operand(left, depth), w.operand(right, depth)
		if w.IntN(3) == 0 && w.literal(right) != "" {
			b = w.literal(right)
		}
		if strings.HasPrefix(b, "-") && w.IntN(2) == 0 {
			b = "(" + b + ")"
		}
		return a + " " + op + " " + b
	}
	switch kind {
	case Integer:
		return w.pick(binary(Integer, w.pick("+", "-", "*"), Integer), fmt.Sprintf("len(%s)", w.value(Text, depth)), "len(tags)"[:9*b2i(!w.line)],
			fmt.Sprintf("round(%s)", w.operand(Decimal, depth)), "-"+w.name(Integer))
	case Decimal:
		return w.pick(binary(Decimal, w.pick("+", "-", "*", "/"), w.any(Integer, Decimal)), binary(Integer, "/", w.any(Integer, Decimal, Percent)), binary(Money, "/", Money),
			binary(Duration, "/", Duration), binary(Decimal, "*", Percent), binary(Percent, "/", Percent),
			fmt.Sprintf("round(%s, %d)", w.operand(Decimal, depth), 1+w.IntN(5)))
	case Percent:
		return w.pick(binary(Percent, w.pick("+", "-", "*"), Percent), binary(Percent, "/", Integer), fmt.Sprintf("round(%s, 3)", w.operand(Percent, depth)))
	case Money:
		return w.pick(binary(Money, w.pick("+", "-"), Money), binary(Money, w.pick("*", "/"), w.any(Integer, Decimal, Percent)), binary(Integer, "*", Money),
			fmt.Sprintf("round(%s)", w.operand(Money, depth)), w.operand(Money, depth)+" - 0")
	case Duration:
		return w.pick(binary(Duration, w.pick("+", "-"), Duration), binary(Duration, w.pick("*", "/"), w.any(Integer, Decimal, Percent)),
			binary(Date, "-", Date), binary(Instant, "-", Instant), "1d * "+w.operand(Integer, depth))
	case Date:
		return w.pick(binary(Date, w.pick("+", "-"), Duration), w.operand(Date, depth)+w.pick(" + 1mo", " - 6mo", " + 1y", " + 13mo"), w.pick("day", "week", "month", "year")+"("+w.value(w.any(Date, Instant), depth)+")",
			w.operand(Date, depth)+" + 1mo * "+w.operand(Integer, depth))
	case Instant:
		return w.pick(binary(Instant, w.pick("+", "-"), Duration), w.operand(Instant, depth)+w.pick(" + 1mo", " - 1y"))
	case Text:
		return w.pick(binary(Text, "+", Text), fmt.Sprintf("%s(%s)", w.pick("lower", "trim"), w.value(Text, depth)))
	case Boolean:
		return "(" + w.condition(depth) + ")"
	}
	return ""
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (w writer) any(kinds ...Kind) Kind { return kinds[w.IntN(len(kinds))] }

// aggregated writes an aggregate over the lines.
func (w writer) aggregated(kind Kind, depth int) string {
	lines := "lines"
	if w.line {
		lines = "this.lines"
	}
	path := map[Kind]string{Text: "name", Integer: "qty", Decimal: "rate", Money: w.pick("net", "tax"), Date: "day"}[kind]
	function := w.pick("min", "max", "first")
	switch kind {
	case Integer:
		function = w.pick("min", "max", "first", "sum", "count")
		if function == "count" {
			path = w.pick("", "name", "net", "rate", "qty")
		}
	case Decimal, Money:
		function = w.pick("min", "max", "first", "sum", "avg")
		if kind == Decimal && w.IntN(3) == 0 {
			path, function = "qty", "avg"
		}
	case Text, Date:
	default:
		return ""
	}
	arguments := strings.TrimSuffix(lines+"."+path, ".")
	if w.IntN(2) == 0 {
		arguments += ", " + writer{w.Rand, true}.condition(min(depth, 1))
	}
	return function + "(" + arguments + ")"
}

var comparisons = []string{"==", "!=", "<", "<=", ">", ">="}

// condition writes a condition.
func (w writer) condition(depth int) string {
	if depth > 0 {
		switch w.IntN(6) {
		case 0:
			return "(" + w.condition(depth-1) + w.pick(" and ", " or ") + w.condition(depth-1) + ")"
		case 1:
			return "not (" + w.condition(depth-1) + ")"
		case 2:
			return "(" + w.condition(depth-1) + ")" + w.pick(" == ", " != ") + w.name(Boolean)
		}
	}
	kind := w.any(Text, Integer, Decimal, Percent, Money, Boolean, Date, Instant, Duration, Clock, UUID)
	left := w.operand(kind, depth-1)
	switch w.IntN(6) {
	case 0:
		return left + w.pick(" == ", " != ") + "null"
	case 1:
		if list := w.list(kind); list != "" {
			return left + w.pick(" in ", " not in ") + list
		}
	case 2:
		if kind == Text && !w.line {
			return left + w.pick(" in ", " not in ") + "tags"
		}
	case 3:
		if kind == Instant {
			return left + " " + w.pick(comparisons...) + " today()" + w.pick("", " - 1d", " + 1mo")
		}
	}
	return left + " " + w.pick(comparisons...) + " " + w.beside(kind, depth-1)
}

// beside is what a value is compared with.
func (w writer) beside(kind Kind, depth int) string {
	if w.IntN(2) == 0 {
		return w.operand(kind, depth)
	}
	switch kind {
	case Money:
		return "0"
	case Date:
		return quote(w.pick("2026-01-31", "2024-02-29", "2025-12-31"))
	case Instant:
		return quote(w.pick("2026-01-01T10:30:00Z", "2026-01-01T00:00:00.000001Z", "2026-03-29"))
	case Clock:
		return quote(w.pick("09:30", "17:00:01"))
	case UUID:
		return quote(agreeIDs[w.IntN(3)])
	case Boolean:
		return w.name(kind)
	}
	return w.literal(kind)
}

func (w writer) list(kind Kind) string {
	switch kind {
	case Boolean, Money, Clock, Instant:
		return ""
	}
	var items []string
	for range w.IntN(4) {
		switch kind {
		case Date:
			items = append(items, quote(w.pick("2026-01-31", "2024-02-29")))
		case UUID:
			items = append(items, quote(agreeIDs[w.IntN(3)]))
		case Integer, Decimal:
			items = append(items, w.literal(w.any(Integer, Decimal)))
		default:
			items = append(items, w.literal(kind))
		}
	}
	if w.IntN(4) == 0 {
		items = append(items, "null")
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// filter makes a random parameter of a URL.
func (w writer) filter(depth int) (name, value string) {
	if depth > 0 && w.IntN(3) == 0 {
		var items []string
		for range 2 + w.IntN(2) {
			name, value := w.filter(depth - 1)
			switch name {
			case "and", "or", "not.and", "not.or":
				items = append(items, name+value)
			default:
				op, rest, _ := strings.Cut(value, ".")
				if op == "not" {
					inner, more, _ := strings.Cut(rest, ".")
					op, rest = "not."+inner, more
				}
				if !strings.HasSuffix(op, "in") && !strings.HasPrefix(rest, "{") {
					rest = quote(rest)
				}
				items = append(items, name+"."+op+"."+rest)
			}
		}
		return w.pick("and", "or", "not.and", "not.or"), "(" + strings.Join(items, ",") + ")"
	}
	not := w.pick("", "", "not.")
	order := w.pick("eq", "neq", "lt", "lte", "gt", "gte", "isdistinct")
	switch w.IntN(12) {
	case 0:
		pattern := w.pick("*a*", "a*", "*b", "_", `*\%`, `*\`, "%", "", `\_*`, "*_*B", "ä", "Ä*", "*ß")
		return w.pick("name", "note", "item.name"), not + w.pick("like", "ilike") + "." + pattern
	case 1:
		pattern := w.pick("a", "^a", "b$", "^[a-z]+$", "a|Z", "(a|b)b?", `\.`, "^.$", "^[^a]{1,2}$", `b[%\_]`, "日")
		return w.pick("name", "note"), not + w.pick("match", "imatch") + "." + pattern
	case 2:
		return "tags", not + w.pick("cs", "cd", "ov", "eq", "neq") + "." + w.pick("{}", "{a}", "{a,b}", `{"a b",c}`, "{b,a}")
	case 3:
		return w.pick("name", "qty", "rate", "due_on", "tags", "price", "done", "item"), not + w.pick("is.null", "is.not_null")
	case 4:
		return w.pick("done", "open"), not + w.pick("is.true", "is.false", "is.unknown", "eq.true")
	case 5:
		return "owner", not + w.pick("eq.@me", "neq.@me", "in.(@me)", "in.@teams", "in.("+agreeIDs[0]+",@me)")
	case 6:
		return w.pick("created_at", "ends_at"), not + order + w.pick(".@now", ".@now-30d", ".@today", ".@today+1mo", ".2026-01-01T10:30:00Z")
	case 7:
		return "due_on", not + order + w.pick(".@today", ".@today-30d", ".2026-01-31")
	case 8:
		return w.pick("rate", "fine", "qty"), not + w.pick(order+w.pick(".1.5", ".2", ".0.33335"), "in.(1,2,1.5)", "gt(any).{1,2.5}", "lte(all).{2,3}", "eq(any).{1,2}")
	case 9:
		return w.pick("share", "lasts"), not + order + ".0"
	case 10:
		return "data->>a", not + w.pick("eq.1", "eq.x", "is.null", "neq.true", "gt.a")
	}
	return w.pick("name", "price->>currency"), not + w.pick(order+"."+w.pick(agreeWords...), "in.(a,ab,EUR)", "like(any).{a*,*b}", "ilike(all).{*a*,*B*}")
}
