package host_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/sdk"
	"github.com/dramac-main/dramac-cms/sdk/money"
	"github.com/dramac-main/dramac-cms/testkit"
)

// job is a record whose values look different in JSON than in the database.
type job struct {
	Name  string          `json:"name"`
	Price *money.Money    `json:"price"`
	Share json.Number     `json:"share"`
	Hours json.Number     `json:"hours"`
	Took  string          `json:"took"`
	Pin   json.RawMessage `json:"pin"`
	Tags  []string        `json:"labels"`
	Parts []part          `json:"parts"`
	Total *money.Money    `json:"total"`
}

type part struct {
	ID   string       `json:"id,omitempty"`
	What string       `json:"what"`
	Cost *money.Money `json:"cost"`
	Net  *money.Money `json:"net"`
	Note *string      `json:"note"`
}

func TestAHookReadsAndWritesValuesOfEveryLook(t *testing.T) {
	var saw job
	p := testkit.NewLinked(t, sdk.Module{
		Files: folder(map[string]string{
			"module.yaml": strings.ReplaceAll(head, "Shelf", "Shop") + "id: shop\n",
			"collections/job.yaml": `fields:
  name: text
  price: money
  share: percent
  hours: {type: decimal, scale: 2}
  took: duration
  pin: {type: text, secret: true}
  labels: tags
  parts: {type: lines, fields: {what: {type: text, required: true}, cost: money, note: {type: text, readonly: true}, net: {type: money, computed: cost * 2}}}
  total: {type: money, computed: sum(parts.net)}
hooks: [before_save]
events: {priced: {changed: [price, share, hours, took]}}
`,
		}),
		Handlers: map[string]sdk.Handler{"job.before_save": sdk.Hook(func(_ *sdk.Call, j, _ *job) error {
			saw = *j
			if j.Name != "change" {
				return nil
			}
			note := "by code"
			j.Price.Amount, j.Share, j.Hours, j.Took = j.Price.Amount*2, "17.25", "2.75", "PT2H"
			j.Parts[0].Note = &note
			j.Parts = append(j.Parts, part{What: "added", Cost: &money.Money{Amount: 7, Currency: "USD"}})
			return nil
		})},
	})
	p.Install(p.Home, "shop")
	send := func(method, to, body string, status int) string {
		t.Helper()
		r := p.Do(p.SiteKey, method, "/api/modules/shop/job"+to, testkit.JSON(body))
		if r.Status != status {
			t.Fatalf("%s %s: %d %s", method, to, r.Status, r.Body)
		}
		return r.Body
	}
	body := send("POST", "", `{"name":"keep","price":{"amount":100,"currency":"USD"},"share":16.5,"hours":1.5,"took":"PT90M","pin":"1234",
		"parts":[{"what":"a","cost":{"amount":5,"currency":"USD"}}]}`, 201)
	if string(saw.Pin) != `{"set":true}` || saw.Share != "16.5" || saw.Hours != "1.5" || saw.Took != "PT1H30M" || saw.Price.Amount != 100 ||
		saw.Tags == nil || saw.Total.Amount != 10 || saw.Parts[0].Net.Amount != 10 {
		t.Errorf("the hook saw %+v", saw)
	}
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(body), &made); err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(send("PATCH", "/"+made.ID, `{"name":"change"}`, 200), " ", "")
	for _, want := range []string{
		`"price":{"amount":200,"currency":"USD"}`, `"share":17.25`, `"hours":2.75`, `"took":"PT2H"`, `"pin":{"set":true}`, `"note":"bycode"`,
		`"what":"added"`, `"net":{"amount":14,"currency":"USD"}`, `"total":{"amount":24,"currency":"USD"}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	var told string
	if err := p.DB.Pool().QueryRow(t.Context(), `select data::text || previous::text from platform.event where record = $1`, made.ID).Scan(&told); err != nil ||
		told != `{"took": "PT2H", "hours": 2.75, "price": {"amount": 200, "currency": "USD"}, "share": 17.25}{"took": "PT1H30M", "hours": 1.5, "price": {"amount": 100, "currency": "USD"}, "share": 16.5}` {
		t.Errorf("told is %s, %v", told, err)
	}
}
