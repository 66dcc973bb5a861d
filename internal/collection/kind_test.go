package collection

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// newTestField compiles a field on its own.
func newTestField(t testing.TB, declared manifest.Field) *Field {
	t.Helper()
	if declared.Name == "" {
		declared.Name = "x"
	}
	f, err := newField(&declared, declared.Name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func german(t testing.TB) Locale {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return Locale{Decimal: ",", Group: ".", Date: "02.01.2006", Currency: "EUR", Country: "DE", Zone: berlin}
}

// paint is the options of the tests.
var paint = []manifest.Option{{Value: "red", Label: "Red", Color: "red"}, {Value: "green"}, {Value: "blue"}}

// valueCase is a field with what programs send and what becomes of it: the JSON
// that comes back, or "path code".
type valueCase struct {
	field   manifest.Field
	in, out string
}

// readCases are the values as JSON, kind by kind.
func readCases() []valueCase {
	kind := func(kind string) manifest.Field { return manifest.Field{Kind: kind} }
	scaled := manifest.Field{Kind: "decimal", Scale: 4, Min: bound(-15000), Max: bound(90_000_000)}
	wide := manifest.Field{Kind: "decimal", Scale: 9}
	share := manifest.Field{Kind: "percent", Min: bound(0), Max: bound(1_000_000)}
	choice := manifest.Field{Kind: "choice", Options: paint}
	choices := manifest.Field{Kind: "choice", Options: paint, Many: true}
	texts := manifest.Field{Kind: "text", Many: true, Max: bound(5)}
	const id = `"0193ad2f-1d2c-7c55-b8d3-2f6a8b0c9d1e"`
	return []valueCase{
		{kind("richtext"), `"<p onclick=\"x()\">Hi <b>you</b><script>alert(1)</script></p>"`, `"<p>Hi <b>you</b></p>"`},
		{kind("richtext"), `"<a href=\"javascript:x()\">x</a>"`, `"x"`},
		{kind("richtext"), `"<p> &nbsp;</p>"`, `null`},
		{kind("richtext"), `"<img src=\"/a.png\" onerror=\"x()\">"`, `"<img src=\"/a.png\">"`},
		{kind("email"), `"Ada.Lovelace+x@Example.COM"`, `"ada.lovelace+x@example.com"`},
		{kind("email"), `"info@müller.de"`, `"info@müller.de"`},
		{kind("email"), `"Ada <ada@example.com>"`, `x not_email`},
		{kind("email"), `"ada@localhost"`, `x not_email`},
		{kind("email"), `"ada@exa mple.com"`, `x not_email`},
		{kind("email"), `" "`, `null`},
		{kind("email"), `5`, `x not_text`},
		{kind("phone"), `"+49 (30) 123456"`, `"+4930123456"`},
		{kind("phone"), `"030 123456"`, `x not_phone`},
		{kind("phone"), `"+49 30 1"`, `x not_phone`},
		{kind("phone"), `"+49 30 123456 ext. 7"`, `x not_phone`},
		{kind("url"), `"HTTPS://Example.com/Path?q=1#A"`, `"https://example.com/Path?q=1#A"`},
		{kind("url"), `"javascript:alert(1)"`, `x not_url`},
		{kind("url"), `"//example.com"`, `x not_url`},
		{kind("url"), `"https://user:secret@example.com"`, `x not_url`},
		{kind("slug"), `"Spring-Sale-2026"`, `"spring-sale-2026"`},
		{kind("slug"), `"spring--sale"`, `x not_slug`},
		{kind("color"), `"#1E90ff"`, `"#1e90ff"`},
		{kind("color"), `"#0Fa"`, `"#00ffaa"`},
		{kind("color"), `"blue"`, `x not_color`},
		{scaled, `1.5`, `1.5`},
		{scaled, `1.50000000`, `1.5`},
		{scaled, `15e-1`, `1.5`},
		{scaled, `-0.0`, `0`},
		{scaled, `1.23456`, `x too_precise`},
		{scaled, `9000.0001`, `x too_large`},
		{scaled, `-1.5001`, `x too_small`},
		{scaled, `1e300`, `x not_number`},
		{scaled, `"1.5"`, `x not_number`},
		{wide, `9223372036.854775807`, `9223372036.854775807`},
		{wide, `-9223372036.854775808`, `-9223372036.854775808`},
		{wide, `9223372036.854775808`, `x too_large`},
		{wide, `0.000000001`, `0.000000001`},
		{wide, `1e-9`, `0.000000001`},
		{share, `16`, `16`},
		{share, `16.5`, `16.5`},
		{share, `0.0001`, `0.0001`},
		{share, `100.0001`, `x too_large`},
		{share, `16.00001`, `x too_precise`},
		{kind("currency"), `"eur"`, `"EUR"`},
		{kind("currency"), `"EURO"`, `x currency`},
		{kind("boolean"), `true`, `true`},
		{kind("boolean"), `false`, `false`},
		{kind("boolean"), `null`, `x required`},
		{kind("boolean"), `"true"`, `x not_boolean`},
		{kind("datetime"), `"2026-12-31T18:30:00+01:00"`, `"2026-12-31T17:30:00+00:00"`},
		{kind("datetime"), `"2026-12-31T18:30:00.123456789Z"`, `"2026-12-31T18:30:00.123456+00:00"`},
		{kind("datetime"), `"2026-12-31T18:30:00"`, `x not_datetime`},
		{kind("datetime"), `"2026-02-30T18:30:00Z"`, `x not_datetime`},
		{manifest.Field{Kind: "datetime", MinDate: "2026-01-01T00:00:00Z"}, `"2025-12-31T23:59:59Z"`, `x too_early`},
		{kind("time"), `"18:30"`, `"18:30:00"`},
		{kind("time"), `"00:00:01"`, `"00:00:01"`},
		{kind("time"), `"24:00"`, `x not_time`},
		{kind("time"), `"6 pm"`, `x not_time`},
		{manifest.Field{Kind: "time", MaxDate: "18:00:00"}, `"18:00:01"`, `x too_late`},
		{kind("duration"), `"PT90M"`, `"PT1H30M"`},
		{kind("duration"), `"P1DT0.5S"`, `"PT24H0.5S"`},
		{kind("duration"), `"-PT1M"`, `"-PT1M"`},
		{kind("duration"), `"PT0S"`, `"PT0S"`},
		{kind("duration"), `null`, `null`},
		{kind("person"), `{"name":"Ada","email":"Ada@example.com"}`, `null`},
		{kind("duration"), `"P1M"`, `x not_duration`},
		{kind("duration"), `"P"`, `x not_duration`},
		{kind("duration"), `"PT"`, `x not_duration`},
		{kind("duration"), `"P999999999W"`, `x too_large`},
		{kind("recurrence"), `"rrule:freq=weekly;byday=mo,we"`, `"FREQ=WEEKLY;BYDAY=MO,WE"`},
		{kind("recurrence"), `"FREQ=DAILY;COUNT=10;INTERVAL=2"`, `"FREQ=DAILY;INTERVAL=2;COUNT=10"`},
		{kind("recurrence"), `"FREQ=SECONDLY"`, `x too_often`},
		{kind("recurrence"), `"FREQ=NEVER"`, `x not_recurrence`},
		{kind("recurrence"), `"every monday"`, `x not_recurrence`},
		{choice, `"red"`, `"red"`},
		{choice, `"Red"`, `x option`},
		{choices, `["red","blue"]`, `["red","blue"]`},
		{choices, `[]`, `[]`},
		{choices, `["red","pink"]`, `x[1] option`},
		{choices, `["red","red"]`, `x[1] repeated`},
		{choices, `"red"`, `x not_list`},
		{texts, `["a","much too long","b",null]`, `x[1] too_long, x[3] required`},
		{manifest.Field{Kind: "email", Many: true}, `["A@example.com","b@example.com"]`, `["a@example.com","b@example.com"]`},
		{kind("tags"), `[" vip ","New, \"quoted\" {x}"]`, `["vip","New, \"quoted\" {x}"]`},
		{kind("tags"), `["VIP","vip"]`, `x[1] repeated`},
		{kind("country"), `"de"`, `"DE"`},
		{kind("country"), `"XX"`, `x not_country`},
		{kind("language"), `"pt-br"`, `"pt-BR"`},
		{kind("language"), `"klingonese"`, `x not_language`},
		{kind("timezone"), `"Europe/Berlin"`, `"Europe/Berlin"`},
		{kind("timezone"), `"Local"`, `x not_timezone`},
		{kind("timezone"), `"../etc/passwd"`, `x not_timezone`},
		{kind("member"), id, id},
		{kind("file"), `"nope"`, `x_id not_id`},
		{kind("image"), id, id},
		{kind("person"), id, id},
		{kind("person"), `{"name":"Ada","email":"nobody","phone":"12"}`, `x_id.email not_email, x_id.phone not_phone`},
		{kind("person"), `{"name":"Ada"}`, `x_id.email required`},
		{kind("location"), `{"line1":" 1 Harbour Road ","country":"gb","lat":51.5,"lng":-0.25}`, `{"lat": 51.5, "lng": -0.25, "line1": "1 Harbour Road", "country": "GB"}`},
		{kind("location"), `{"lat":91,"lng":0,"country":"XX"}`, `x.country not_country, x.lat not_degrees`},
		{kind("location"), `{"lat":1}`, `x.lng required`},
		{kind("location"), `{"street":"x"}`, `x not_location`},
		{kind("location"), `{}`, `null`},
		{kind("json"), `{"b": [1, 2.50], "a": "<x>"}`, `{"a": "<x>", "b": [1, 2.50]}`},
		{kind("json"), `"a\u0000b"`, `x not_text`},
		{kind("json"), `1e999999`, `x too_large`},
		{kind("json"), strings.Repeat("[", 101) + strings.Repeat("]", 101), `x too_deep`},
		{kind("sequence"), `"INV-2026-0001"`, `"INV-2026-0001"`},
		{kind("record"), `{"collection":"crm.deal","id":` + id + `}`, `{"id": ` + id + `, "collection": "crm.deal"}`},
		{kind("record"), `{"collection":"crm","id":` + id + `}`, `x not_record`},
		{kind("filter"), `"?status=eq.open&amount=gt.500"`, `"amount=gt.500&status=eq.open"`},
		{kind("filter"), `"status=open"`, `x not_filter`},
		{kind("filter"), `"limit=5"`, `x not_filter`},
		{manifest.Field{Kind: "text", Secret: true}, `"s3cret"`, `{"set" : true}`},
		{manifest.Field{Kind: "decimal", Scale: 2, Sensitive: true}, `1.25`, `{"set" : true}`},
		{manifest.Field{Kind: "integer"}, `-9223372036854775808`, `-9223372036854775808`},
		{manifest.Field{Kind: "money", Currency: "JPY"}, `{"amount":5}`, `{"amount" : 5, "currency" : "JPY"}`},
		{manifest.Field{Kind: "date"}, `"2024-02-29"`, `"2024-02-29"`},
		{manifest.Field{Kind: "longtext"}, `"a\n\"b\" \\ c"`, `"a\n\"b\" \\ c"`},
	}
}

// TestValuesAsJSON sends each value through PostgreSQL and back, and holds what
// is refused to its path and code. What comes back reads as the same value; so
// does its text.
func TestValuesAsJSON(t *testing.T) {
	t.Parallel()
	for _, c := range readCases() {
		f := newTestField(t, c.field)
		values := Values{}
		var found complaints
		found.add(f.key, readJSON(values, f, json.RawMessage(c.in), "EUR"))
		if len(found) > 0 {
			if got := codes(found); got != c.out {
				t.Errorf("%s %s: refused as %q, want %q", c.field.Kind, c.in, got, c.out)
			}
			continue
		}
		back := throughPostgres(t, f, values["x"])
		if back != c.out {
			t.Errorf("%s %s: came back as %s, want %s", c.field.Kind, c.in, back, c.out)
			continue
		}
		if !f.sealed() {
			returns(t, f, values["x"], back)
		} else if written, err := encodeValue(f, values["x"]); err != nil || string(written) != `{"set":true}` {
			t.Errorf("%s: a secret is written as %s (%v)", f.Kind, written, err)
		}
	}
}

func codes(found complaints) string {
	var all []string
	for _, e := range found {
		all = append(all, e.Path+" "+e.Code)
	}
	return strings.Join(all, ", ")
}

// returns holds that what came back, and its text, read as the value again.
func returns(t *testing.T, f *Field, value any, back string) {
	t.Helper()
	again := Values{}
	written, err := encodeValue(f, value)
	if p := readJSON(again, f, written, "USD"); value != nil && (err != nil || p != nil || !sameValue(again["x"], value)) {
		t.Errorf("%s: %v is written as %s, which reads as %v (%v)", f.Kind, value, written, again["x"], p)
	}
	if back == "null" { // also of a person who is still to be found
		return
	}
	if p := readJSON(again, f, json.RawMessage(back), "USD"); p != nil || !sameValue(again["x"], value) {
		t.Errorf("%s: %v came back as %s, which reads as %v (%v)", f.Kind, value, back, again["x"], p)
	}
	text := f.Text(json.RawMessage(back))
	if err := f.ParseText(again, text, "USD"); err != nil || !sameValue(again["x"], value) {
		t.Errorf("%s: %v has the text %q, which reads as %v (%v)", f.Kind, value, text, again["x"], err)
	}
}

// sameValue compares JSON by what it says, for PostgreSQL orders keys.
func sameValue(a, b any) bool {
	x, isJSON := a.(json.RawMessage)
	y, both := b.(json.RawMessage)
	if !isJSON || !both {
		return reflect.DeepEqual(a, b)
	}
	var u, v any
	return json.Unmarshal(x, &u) == nil && json.Unmarshal(y, &v) == nil && reflect.DeepEqual(u, v)
}

// turned seals by turning a text round.
type turned struct{}

func (turned) Seal(plain []byte, context string) (string, error) {
	return context + ":" + reversed(string(plain)), nil
}

func (turned) Open(sealed, context string) ([]byte, error) {
	text, ok := strings.CutPrefix(sealed, context+":")
	if !ok {
		return nil, fmt.Errorf("sealed elsewhere")
	}
	return []byte(reversed(text)), nil
}

func reversed(text string) string {
	r := []rune(text)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

// throughPostgres writes a value into columns of the field's types and returns
// the JSON that the field's selection makes of them.
func throughPostgres(t *testing.T, f *Field, value any) string {
	t.Helper()
	stored, err := f.seal(value, turned{}, "here")
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for i, column := range f.columns {
		columns = append(columns, fmt.Sprintf("$%d::%s as %s", i+1, column.Type, quote(column.Name)))
	}
	sql := "select coalesce(to_json(" + f.kind.selection(f) + ")::text, 'null') from (select " + strings.Join(columns, ", ") + ") t"
	var back string
	err = database().Tx(t.Context(), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), sql, fieldArgs(f, stored)...).Scan(&back)
	})
	if err != nil {
		t.Fatalf("%s: %v\n%s", f.Kind, err, sql)
	}
	return back
}

// TestSealedValues holds that what is secret leaves only as a yes, and opens in
// its own place only.
func TestSealedValues(t *testing.T) {
	t.Parallel()
	f := newTestField(t, manifest.Field{Kind: "location", Secret: true})
	value := Location{City: "Bath", Country: "GB"}
	if got := f.kind.args(value); got[0] != nil {
		t.Errorf("stored in the clear: %v", got)
	}
	if got := f.kind.names(f); got != nil {
		t.Errorf("can be filtered by: %v", got)
	}
	stored, err := f.seal(value, turned{}, "a")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.seal(stored, turned{}, "b"); err != nil || again != stored {
		t.Errorf("sealed twice: %v %v", again, err)
	}
	if got, err := f.open(stored.(Sealed), turned{}, "a"); err != nil || !reflect.DeepEqual(got, value) {
		t.Errorf("opens as %v (%v)", got, err)
	}
	if _, err := f.open(stored.(Sealed), turned{}, "b"); err == nil {
		t.Error("opens in another place")
	}
	if _, err := f.seal(value, nil, "a"); err == nil {
		t.Error("is stored without keys")
	}
	if got := f.Text(json.RawMessage(`{"set":true}`)); got != "" {
		t.Errorf("has the text %q", got)
	}
}

// TestRandomNumbers sends random values of the kinds that are numbers through
// PostgreSQL: each comes back as itself.
func TestRandomNumbers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, declared := range []manifest.Field{
		{Kind: "integer"}, {Kind: "decimal"}, {Kind: "decimal", Scale: 1}, {Kind: "decimal", Scale: 9}, {Kind: "percent"}, {Kind: "duration"},
	} {
		f := newTestField(t, declared)
		for _, n := range []int64{0, 1, -1, 10, 999, 1000, 60_000, 3_600_000, random.Int64N(1e6), -random.Int64N(1e9), random.Int64N(9e12), -random.Int64N(9e12), math.MaxInt64, math.MinInt64} {
			if declared.Kind == "duration" && (n > longestDuration || n < -longestDuration) {
				continue
			}
			returns(t, f, n, throughPostgres(t, f, n))
		}
	}
}

// TestValuesAsTyped reads what people type on a German site. What is refused
// says its code and, after a colon, its words.
func TestValuesAsTyped(t *testing.T) {
	t.Parallel()
	kind := func(kind string) manifest.Field { return manifest.Field{Kind: kind} }
	for _, c := range []struct {
		field manifest.Field
		typed string
		want  string // as text; or "code: words"
	}{
		{kind("email"), " Ada@Example.com ", "ada@example.com"},
		{kind("phone"), "030 / 12 34 56", "+4930123456"},
		{kind("phone"), "0043 1 234567", "+431234567"},
		{kind("phone"), "12", "not_phone: Must be a phone number with its country code, like +49 30 123456."},
		{kind("url"), "example.com/a b", "not_url: Must be a web address, like https://example.com."},
		{kind("url"), "www.Example.com/Über", "https://www.example.com/Über"},
		{kind("url"), "localhost", "not_url: Must be a web address, like https://example.com."},
		{kind("slug"), "Größe & Maß: Ñandú’s Café №5", "groesse-and-mass-nandus-cafe-no5"},
		{kind("slug"), "Привет, мир", "privet-mir"},
		{kind("slug"), "日本", "not_slug: Must be letters and digits of ASCII with single hyphens between them, like spring-sale."},
		{kind("color"), "0fa", "#00ffaa"},
		{manifest.Field{Kind: "decimal", Scale: 2}, "1.234,5", "1234.5"},
		{manifest.Field{Kind: "decimal", Scale: 2}, "−,5", "-0.5"},
		{manifest.Field{Kind: "decimal", Scale: 2}, "1,234", "too_precise: May have at most 2 digits after the point."},
		{manifest.Field{Kind: "decimal", Scale: 2}, "12.34", "not_number: Must be a number."},
		{manifest.Field{Kind: "decimal", Scale: 2, Max: bound(1050)}, "10,51", "too_large: Must be at most 10.5."},
		{kind("percent"), "16,5 %", "16.5"},
		{kind("percent"), "16%", "16"},
		{kind("percent"), "lots", "not_percent: Must be a percentage, like 16 or 16,5 %."},
		{kind("boolean"), "on", "true"},
		{kind("boolean"), "maybe", "not_boolean: Must be true or false."},
		{kind("datetime"), "2026-07-01T14:30", "2026-07-01T12:30:00Z"},
		{kind("datetime"), "31.12.2026, 18:30", "2026-12-31T17:30:00Z"},
		{kind("datetime"), "2026-03-29T02:30", "no_such_time: The clocks are put forward then: this time does not exist on that day."},
		{kind("datetime"), "tomorrow", "not_local_datetime: Must be a date and time, like 31.12.2026 18:30."},
		{kind("time"), "9.30", "09:30:00"},
		{kind("time"), "6 pm", "18:00:00"},
		{kind("time"), "12am", "00:00:00"},
		{kind("time"), "9", "09:00:00"},
		{kind("time"), "9:5", "not_time: Must be a time of day, like 18:30."},
		{kind("duration"), "1:30", "PT1H30M"},
		{kind("duration"), "1h 30m", "PT1H30M"},
		{kind("duration"), "1,5 h", "PT1H30M"},
		{kind("duration"), "90", "PT1H30M"},
		{kind("duration"), "2 days 4hrs", "PT52H"},
		{kind("duration"), "-45 min", "-PT45M"},
		{kind("duration"), "1\u00a0d 2\u00a0h 30\u00a0min", "PT26H30M"},
		{kind("duration"), "30 90", "not_typed_duration: Must be a length of time, like 1:30 or 1h 30m."},
		{kind("tags"), "vip, new ;  vip", `["vip","new"]`},
		{manifest.Field{Kind: "choice", Options: paint}, "gren", `option: There is no option "gren". Did you mean "green"?`},
		{manifest.Field{Kind: "choice", Options: paint}, "yellowish", `option: Must be one of: red, green, blue.`},
		{kind("currency"), "chf", "CHF"},
		{kind("person"), "Ada@example.com", "ada@example.com"},
		{kind("json"), "{broken", "not_json: Must be valid JSON."},
		{kind("money"), "1.299,50 €", "1299.50 EUR"},
	} {
		f := newTestField(t, c.field)
		values := Values{}
		p := readForm(values, f, formInputs{url.Values{f.key: {c.typed}}, f.key}, german(t))
		got := ""
		if p != nil {
			got = p.code + ": " + p.message
		} else if v := values["x"]; v != nil {
			got = f.plainText(f.kind, v)
		}
		if got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.field.Kind, c.typed, got, c.want)
		}
	}
}

// TestSeveralInputs reads the kinds that have more than one input.
func TestSeveralInputs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field manifest.Field
		form  string
		want  string
	}{
		{manifest.Field{Kind: "boolean"}, "x=false", "false"},
		{manifest.Field{Kind: "boolean"}, "x=false&x=true", "true"},
		{manifest.Field{Kind: "boolean"}, "x=", "false"},
		{manifest.Field{Kind: "choice", Options: paint, Many: true}, "x=&x=red&x=blue", `["red","blue"]`},
		{manifest.Field{Kind: "choice", Options: paint, Many: true}, "x=", ""},
		{manifest.Field{Kind: "location"}, "x.line1=Kai+1&x.country=de&x.lat=53,5&x.lng=9,9", `{"line1":"Kai 1","country":"DE","lat":53.5,"lng":9.9}`},
		{manifest.Field{Kind: "location"}, "x.line1=&x.city=+", ""},
		{manifest.Field{Kind: "location"}, "x.lat=north&x.lng=1", "x.lat not_number"},
		{manifest.Field{Kind: "person"}, "x_id=&x_id.name=Ada&x_id.phone=030+123456", "+4930123456"},
		{manifest.Field{Kind: "person"}, "x_id=0193ad2f-1d2c-7c55-b8d3-2f6a8b0c9d1e&x_id.name=Ada", "0193ad2f-1d2c-7c55-b8d3-2f6a8b0c9d1e"},
		{manifest.Field{Kind: "file"}, "x_id=0193ad2f-1d2c-7c55-b8d3-2f6a8b0c9d1e&x_id.file=", "0193ad2f-1d2c-7c55-b8d3-2f6a8b0c9d1e"},
		{manifest.Field{Kind: "file"}, "x_id=0193ad2f-1d2c-7c55-b8d3-2f6a8b0c9d1e&x_id=&x_id.file=", ""},
		{manifest.Field{Kind: "datetime"}, "y=1", "not given"},
		{manifest.Field{Kind: "text", Secret: true}, "x=", "left alone"},
		{manifest.Field{Kind: "text", Secret: true, Required: true}, "x=+", "left alone"},
		{manifest.Field{Kind: "email", Sensitive: true}, "x=&x.clear=", "left alone"},
		{manifest.Field{Kind: "text", Secret: true}, "x=&x.clear=on", ""},
		{manifest.Field{Kind: "text", Secret: true, Required: true}, "x=&x.clear=on", "x required"},
		{manifest.Field{Kind: "text", Secret: true}, "x=new&x.clear=on", `"new"`},
		{manifest.Field{Kind: "email", Sensitive: true}, "x=Ada@example.com", `"ada@example.com"`},
	} {
		f := newTestField(t, c.field)
		form, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		values := Values{}
		in := formInputs{form, f.key}
		got := "not given"
		if in.given() {
			var found complaints
			found.add(f.key, readForm(values, f, in, german(t)))
			got = codes(found)
			v, read := values["x"]
			if v != nil {
				got = f.plainText(f.kind, v)
			} else if !read && got == "" {
				got = "left alone"
			}
		}
		if got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.field.Kind, c.form, got, c.want)
		}
	}
}
