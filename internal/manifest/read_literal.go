package manifest

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// readLiteral reads a value of the field's kind, which has the kind's form
// already; nil after a complaint.
func readLiteral(d *document, n *yaml.Node, f *Field) Literal {
	if !f.Many && f.Kind != KindTags {
		return readScalar(d, n, f)
	}
	texts := []string{}
	for _, item := range d.items(n) {
		one, is := readScalar(d, item, f).(string)
		if !is {
			return nil
		}
		texts = append(texts, one)
	}
	return texts
}

// readScalar reads one value of the field's kind, nil for none and after a complaint.
func readScalar(d *document, n *yaml.Node, f *Field) Literal {
	if n == nil {
		return nil
	}
	switch f.Kind {
	case KindBoolean:
		return isTrue(n)
	case KindInteger:
		if i := whole(n); i != nil {
			return *i
		}
		return nil
	case KindDecimal:
		return scaled(d, n, n.Value, f.Scale)
	case KindPercent:
		return scaled(d, n, strings.TrimSuffix(n.Value, "%"), percentScale)
	case KindDuration:
		return readDuration(d, n)
	case KindMoney:
		return readMoney(d, n, f)
	case KindDate:
		return calendar(d, n, time.DateOnly, n.Value, "a day of the calendar")
	case KindDatetime:
		return readInstant(d, n)
	case KindTime:
		text := n.Value
		if len(text) == len("15:04") {
			text += ":00"
		}
		return text
	default:
		return n.Value
	}
}

// percentScale is how many digits a percentage is moved by: 16 % are 160000 millionths.
const percentScale = 4

// scaled reads a plain decimal number times 10^scale.
func scaled(d *document, n *yaml.Node, text string, scale int) Literal {
	before, after, _ := strings.Cut(text, ".")
	if len(after) > scale {
		d.refuse(n, "", "%s has more than %d digits after the point", n.Value, scale)
		return nil
	}
	number, err := strconv.ParseInt(before+after+strings.Repeat("0", scale-len(after)), 10, 64)
	if err != nil {
		d.refuse(n, "", "%s does not fit in 64 bits", n.Value)
		return nil
	}
	return number
}

// durationUnits are the units of a duration in milliseconds.
var durationUnits = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
}

func readDuration(d *document, n *yaml.Node) Literal {
	count, err := strconv.ParseInt(n.Value[:len(n.Value)-1], 10, 64)
	unit := durationUnits[n.Value[len(n.Value)-1]].Milliseconds()
	if err != nil || unit == 0 {
		d.refuse(n, "", "%s is not a duration", n.Value)
		return nil
	}
	return count * unit
}

// readInstant reads an instant into RFC 3339 in UTC.
func readInstant(d *document, n *yaml.Node) Literal {
	text := strings.Replace(n.Value, " ", "T", 1)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04Z07:00", text)
	}
	if err != nil || strings.HasPrefix(text, "0000") {
		d.refuse(n, "", "%s is not an instant of the calendar", n.Value)
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// calendar returns the text if it is a time of the layout.
func calendar(d *document, n *yaml.Node, layout, text, noun string) Literal {
	if _, err := time.Parse(layout, text); err != nil || strings.HasPrefix(text, "0000") {
		d.refuse(n, "", "%s is not %s", n.Value, noun)
		return nil
	}
	return text
}

// readSize reads a size like 10MB into bytes.
func readSize(n *yaml.Node) *int64 {
	if n == nil {
		return nil
	}
	digits, unit := n.Value[:len(n.Value)-2], n.Value[len(n.Value)-2:]
	count, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil
	}
	count <<= 10
	if unit == "MB" {
		count <<= 10
	}
	return &count
}

func readMoney(d *document, n *yaml.Node, f *Field) Literal {
	if n.Kind == yaml.ScalarNode {
		if amount := whole(n); amount != nil {
			return Money{Amount: *amount, Currency: f.Currency}
		}
		return nil
	}
	v := d.values(n)
	amount, code := whole(v["amount"]), value(v["currency"])
	if amount == nil {
		return nil
	}
	if f.Currency != "" && code != "" && code != f.Currency {
		d.refuse(v["currency"], "", "%s is in %s, not in %s", f.Name, f.Currency, code)
		return nil
	}
	if code == "" {
		code = f.Currency
	}
	return Money{Amount: *amount, Currency: code}
}
