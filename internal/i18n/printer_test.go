package i18n

import (
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/sdk/money"
)

func TestMessages(t *testing.T) {
	p := catalogue(t).Printer("en", nil)
	for _, row := range []struct{ name, got, want string }{
		{"plain text", p.T("login.title"), "Sign in"},
		{"pairs", p.T("failure.request", "id", "r-1"), "Request r-1"},
		{"a map", p.T("failure.request", map[string]any{"id": "r-2"}), "Request r-2"},
		{"one", p.T("sites.count", "count", 1), "1 module"},
		{"none", p.T("sites.count", "count", 0), "0 modules"},
		{"many, grouped", p.T("list.all", "count", int64(12345)), "12,345 records"},
		{"hostile values are text", p.T("failure.request", "id", `{{.x}}<b>`), `Request {{.x}}<b>`},
		{"a missing key is shown", p.T("no.such.key"), "no.such.key"},
		{"a key from data", p.TOr("activity.action.installation.installed", "x"), "installed"},
		{"an unknown key from data", p.TOr("activity.action.nothing", "did it"), "did it"},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, row.got, row.want)
		}
	}
}

func TestMissingLanguageFallsBackToEnglish(t *testing.T) {
	p := catalogue(t).Printer("de-AT", nil)
	if got := p.T("login.title"); got != "Sign in" {
		t.Errorf("got %q", got)
	}
	if got := p.T("sites.count", "count", 1); got != "1 module" {
		t.Errorf("got %q", got)
	}
}

func TestValuesByLocale(t *testing.T) {
	c := catalogue(t)
	zone := time.FixedZone("CEST", 2*60*60)
	at := time.Date(2026, 3, 2, 22, 30, 0, 0, time.UTC)
	for _, row := range []struct{ tag, number, money, amount, date, instant string }{
		{"en", "1,234,567", "€1,299.50", "1,299.50", "2 Mar 2026", "3 Mar 2026, 00:30"},
		{"en-US", "1,234,567", "€1,299.50", "1,299.50", "Mar 2, 2026", "Mar 3, 2026, 12:30 AM"},
		{"de", "1.234.567", "1.299,50\u00a0€", "1.299,50", "02.03.2026", "03.03.2026, 00:30"},
		{"xx-broken-\x00", "1,234,567", "€1,299.50", "1,299.50", "2 Mar 2026", "3 Mar 2026, 00:30"},
	} {
		p := c.Printer(row.tag, zone)
		for _, check := range []struct{ what, got, want string }{
			{"number", p.Number(1234567), row.number},
			{"money", p.Money(money.Money{Amount: 129950, Currency: "EUR"}), row.money},
			{"amount", p.Amount(money.Money{Amount: 129950, Currency: "EUR"}), row.amount},
			{"date", p.Date(at), row.date},
			{"instant", p.DateTime(at), row.instant},
			{"civil date", p.CivilDate("2026-03-02"), row.date},
		} {
			if check.got != check.want {
				t.Errorf("%s %s: got %q, want %q", row.tag, check.what, check.got, check.want)
			}
		}
	}
}

func TestMoney(t *testing.T) {
	p := catalogue(t).Printer("en", nil)
	for _, row := range []struct {
		amount int64
		code   string
		want   string
	}{
		{0, "EUR", "€0.00"},
		{5, "EUR", "€0.05"},
		{-5, "EUR", "−€0.05"},
		{1999, "JPY", "¥1,999"},
		{1999, "KWD", "KWD\u00a01.999"},
		{-9223372036854775808, "EUR", "−€92,233,720,368,547,758.08"},
		{100, "???", "???\u00a01.00"},
	} {
		if got := p.Money(money.Money{Amount: row.amount, Currency: row.code}); got != row.want {
			t.Errorf("%d %s: got %q, want %q", row.amount, row.code, got, row.want)
		}
	}
}

func TestUnknownTextIsNotADate(t *testing.T) {
	p := catalogue(t).Printer("en", nil)
	for _, text := range []string{"", "soon", "2026-13-40"} {
		if got := p.CivilDate(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := p.DateTime(time.Time{}); got != "" {
		t.Errorf("the zero time is %q", got)
	}
}

func TestMatch(t *testing.T) {
	c := catalogue(t)
	for _, accept := range []string{"", "de;q=0.9,en;q=0.1", "tlh", "\x00;;;", "en-GB"} {
		if got := c.Match(accept); got != "en" {
			t.Errorf("%q: got %q", accept, got)
		}
	}
}
