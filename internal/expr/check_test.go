package expr

import (
	"errors"
	"strings"
	"testing"
)

// shopSchema is an order with what it leads to.
func shopSchema() Names {
	of := func(kind Kind) Meaning { return Meaning{Type: Type{Kind: kind}} }
	constant := func(kind Kind) Meaning { return Meaning{Type: Type{Kind: kind}, Constant: true} }
	stage := Names{"id": of(UUID), "kind": {Type: Type{Kind: Text}, Options: []string{"open", "won", "lost"}}, "probability": of(Percent), "position": of(Integer)}
	pipeline := Names{"stages": {Type: Type{Kind: UUID}, Target: stage, Many: true}, "days": of(Integer), "name": of(Text)}
	stage["pipeline"] = Meaning{Type: Type{Kind: UUID}, Target: pipeline}
	line := Names{"net": of(Money), "quantity": of(Decimal), "name": of(Text), "ok": of(Boolean), "stage": {Type: Type{Kind: UUID}, Target: stage}}
	return Names{
		"name": of(Text), "status": {Type: Type{Kind: Text}, Options: []string{"open", "won", "lost"}}, "amount": of(Money), "other": of(Money),
		"probability": of(Percent), "quantity": {Type: Type{Kind: Decimal, Scale: 4}}, "count": of(Integer), "manual": of(Boolean),
		"expected_on": of(Date), "closed_at": of(Instant), "lasts": of(Duration), "opens": of(Clock), "tags": {Type: Type{Kind: Text, List: true}},
		"data": of(JSON), "stage": {Type: Type{Kind: UUID}, Target: stage}, "pipeline": {Type: Type{Kind: UUID}, Target: pipeline},
		"owner": of(UUID), "helpers": {Type: Type{Kind: UUID, List: true}}, "lines": {Type: Type{Kind: UUID}, Target: line, Many: true},
		"setting": {Target: Names{"rotting": constant(Boolean), "since": constant(Date), "notice": constant(Duration), "first": {Type: Type{Kind: UUID}, Constant: true, Target: stage}}},
		"me":      {Type: Type{Kind: UUID}, Constant: true, Identity: true}, "my": {Target: Names{"team": {Type: Type{Kind: UUID, List: true}, Constant: true}}},
	}
}

func TestTypesOfExpressions(t *testing.T) {
	for _, c := range []struct {
		text string
		want Type
	}{
		{`amount * probability`, Type{Kind: Money}},
		{`probability * amount`, Type{Kind: Money}},
		{`amount * 2 / 3`, Type{Kind: Money}},
		{`amount / other`, Type{Kind: Decimal}},
		{`amount - 0`, Type{Kind: Money}},
		{`count + 1`, Type{Kind: Integer}},
		{`count / 2`, Type{Kind: Decimal}},
		{`count * 16%`, Type{Kind: Decimal}},
		{`probability / 2`, Type{Kind: Percent}},
		{`100% - probability`, Type{Kind: Percent}},
		{`expected_on + 30d`, Type{Kind: Date}},
		{`30d + expected_on`, Type{Kind: Date}},
		{`expected_on + 6mo`, Type{Kind: Date}},
		{`today() - expected_on`, Type{Kind: Duration}},
		{`closed_at - 1y`, Type{Kind: Instant}},
		{`closed_at - today()`, Type{Kind: Duration}},
		{`1d * pipeline.days`, Type{Kind: Duration}},
		{`lasts / 1h`, Type{Kind: Decimal}},
		{`month(closed_at)`, Type{Kind: Date}},
		{`if(manual, 100%, 0)`, Type{Kind: Percent}},
		{`if(manual, 1, 1.5)`, Type{Kind: Decimal}},
		{`if(manual, null, now())`, Type{Kind: Instant}},
		{`coalesce(expected_on, "2026-01-31")`, Type{Kind: Date}},
		{`max(closed_at, today())`, Type{Kind: Instant}},
		{`sum(lines.net)`, Type{Kind: Money}},
		{`avg(lines.quantity, ok)`, Type{Kind: Decimal}},
		{`count(lines, net > this.amount and stage.kind == "won" and this.owner == me)`, Type{Kind: Integer}},
		{`min(lines.net)`, Type{Kind: Money}},
		{`min(lines.name, ok)`, Type{Kind: Text}},
		{`first(pipeline.stages, kind == "open")`, Type{Kind: UUID}},
		{`first(stage.pipeline.stages.probability)`, Type{Kind: Percent}},
		{`round(quantity)`, Type{Kind: Integer}},
		{`round(quantity, 2)`, Type{Kind: Decimal}},
		{`lower(trim(name)) + "!"`, Type{Kind: Text}},
		{`data.address.city`, Type{Kind: Text}},
		{`setting.first.kind`, Type{Kind: Text}},
		{`me in helpers or owner in my.team`, Type{Kind: Boolean}},
		{`"vip" in tags and len(tags) > 1`, Type{Kind: Boolean}},
		{`(amount == 0) != (other == 0)`, Type{Kind: Boolean}},
		{`setting.rotting and not manual`, Type{Kind: Boolean}},
		{`opens < "17:00"`, Type{Kind: Boolean}},
		{`closed_at >= setting.since`, Type{Kind: Boolean}},
	} {
		n, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		_, got, err := Check(n, shopSchema())
		if err != nil || !got.same(c.want) {
			t.Errorf("%s is %v (%v), want %v", c.text, got, err, c.want)
		}
	}
}

func TestMistakesOfTypes(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		says string
	}{
		{`amount + 16%`, 7, "money is added only to money; this is a percent"},
		{`amount + 1`, 7, "money is added only to money"},
		{`amount * other`, 7, "numbers and percents only"},
		{`probability + 1`, 12, "1 is 100%"},
		{`expected_on + 30`, 12, "1d * a number"},
		{`expected_on + null`, 12, "no arithmetic with null"},
		{`expected_on > closed_at`, 12, "instant"},
		{`expected_on < "31.12.2026"`, 14, "YYYY-MM-DD"},
		{`status == "opened"`, 10, `Did you mean "open"?`},
		{`status in ["open", "one"]`, 19, "not an option"},
		{`stage.kind == "archived"`, 14, "The options are open, won, lost"},
		{`if(manual, status, "gone") == "gone"`, 27, ""},
		{`probability == 0.5`, 15, "Write 0.5%"},
		{`lasts > 5`, 8, "5d"},
		{`lasts > 6mo`, 8, "no fixed length"},
		{`amount > 5`, 0, `"amount.amount"`},
		{`lines.net > 0`, 0, "many records"},
		{`sum(amount)`, 4, "not many records"},
		{`sum(lines)`, 0, "sum(lines.amount)"},
		{`sum(lines.name)`, 0, "does not take text"},
		{`count()`, 0, "needs the name"},
		{`count(lines, amount > 0)`, 13, "There is no field"},
		{`count(lines, nett > 0)`, 13, `"net"`},
		{`first(pipeline.stages.pipeline.stages)`, 6, "two lists"},
		{`stage.pipeline.stages.pipeline.stages == null`, 0, "more than 3 records"},
		{`pipeline.nmae == "x"`, 0, `"pipeline.name"`},
		{`status.length == 3`, 0, "has no parts"},
		{`amount.amonut == 3`, 0, `"amount.amount"`},
		{`setting == 3`, 0, "is not a value"},
		{`manual and count`, 11, "a comparison is missing"},
		{`manual > 1`, 9, "true or false"},
		{`len(count)`, 0, "text or a list"},
		{`round(name)`, 0, "not text"},
		{`round(amount, 2)`, 0, "minor unit"},
		{`day(name)`, 0, "a date or an instant"},
		{`if(count, 1, 2)`, 3, "not true or false"},
		{`if(manual, 1, "x")`, 14, "a whole number"},
		{`if(manual, 1)`, 0, "if(condition, then, else)"},
		{`summ(lines.net)`, 0, `"sum"`},
		{`sum(1, 2)`, 0, "begins with the name"},
		{`tags > ["a"]`, 5, "no order"},
		{`owner == "me"`, 9, "UUID"},
		{`count ? 1 : 2`, 6, "if(condition"},
		{`count == 5x`, 9, "unit"},
		{`count == (1 + 2`, 15, `")" is missing`},
		{`-name`, 0, "no sign"},
		{`count in helpers`, 9, "a list of ids"},
		{`amount in [0]`, 7, "lists do not hold"},
		{`data == data`, 5, ""},
	} {
		n, err := Parse(c.text)
		if err == nil {
			_, _, err = Check(n, shopSchema())
		}
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", c.text, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.At != c.at || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%s: %#v, want position %d and %q", c.text, err, c.at, c.says)
		}
	}
}

func TestValuesFitTheirFields(t *testing.T) {
	for _, c := range []struct {
		text string
		want Meaning
		says string // empty: fits
	}{
		{`1`, Meaning{Type: Type{Kind: Decimal, Scale: 2}}, ""},
		{`count / 3`, Meaning{Type: Type{Kind: Decimal, Scale: 2}}, ""},
		{`count / 3`, Meaning{Type: Type{Kind: Integer}}, "round"},
		{`0`, Meaning{Type: Type{Kind: Money}}, ""},
		{`5`, Meaning{Type: Type{Kind: Money}}, "Only 0"},
		{`today()`, Meaning{Type: Type{Kind: Instant}}, ""},
		{`expected_on`, Meaning{Type: Type{Kind: Instant}}, "midnight"},
		{`now()`, Meaning{Type: Type{Kind: Date}}, "a date"},
		{`"2026-02-31"`, Meaning{Type: Type{Kind: Date}}, "is not a date"},
		{`null`, Meaning{Type: Type{Kind: Date}}, ""},
		{`if(count > 0, "paid", "unpaid")`, Meaning{Type: Type{Kind: Text}, Options: []string{"paid", "unpaid"}}, ""},
		{`if(count > 0, "payed", "unpaid")`, Meaning{Type: Type{Kind: Text}, Options: []string{"paid", "unpaid"}}, `Did you mean "paid"?`},
		{`["a", "b"]`, Meaning{Type: Type{Kind: Text, List: true}}, ""},
	} {
		n, err := Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = CheckValue(n, shopSchema(), c.want)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s as %v: %v, want %q", c.text, c.want.Type, err, c.says)
		}
	}
}

func TestPathsOfRelatedRecords(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`amount.amount > 0 and data.a.b == "x"`, "amount, data"},
		{`sum(lines.net, ok and this.manual and owner == me)`, ""},
		{`sum(lines.net, ok and this.manual and this.owner == me)`, "lines.net, lines.ok, manual, owner, me"},
		{`first(stage.pipeline.stages, kind == this.status)`, "stage.pipeline.stages.id, stage.pipeline.stages.kind, status"},
		{`closed_at < now() - setting.notice`, "closed_at, setting.notice"},
	} {
		n, err := Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		n, _, err = Check(n, shopSchema())
		if err != nil {
			if c.want != "" {
				t.Errorf("%s: %v", c.text, err)
			}
			continue
		}
		var got []string
		for _, p := range Paths(n) {
			got = append(got, dotted(p))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s reads %v, want %s", c.text, got, c.want)
		}
		if ReadsClock(n) != strings.Contains(c.text, "now()") {
			t.Errorf("%s: reads the clock: %v", c.text, ReadsClock(n))
		}
	}
}
