package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// trade declares the areas of a business with the roles that people have in
// them by default.
var trade = testkit.Files{
	"module.yaml": `manifest: 1
id: trade
name: Trade
version: 1.0.0
category: other
description: Who may do what in a business.
settings:
  two_person: {type: boolean, label: Two people, default: false}
roles:
  boss: {for: [agency_admin], grants: [
    "product.*", "sale.*", "discount.*", "credential.*", "invoice.*", journal.read, journal.create, "expense.*", employee.read, employee.create, employee.update, employee.delete,
    employee.export, "leave.*", "workflow.*", "connection.*"]}
  hand: {for: [agency_member], grants: [
    "product.*", sale.read, sale.create, sale.update, sale.book, sale.ship, expense.create, "expense.read:own", "workflow.read"]}
  owner: {for: [client_owner], grants: [
    product.read, product.create, product.update, product.adjust, sale.read, sale.create, sale.update, sale.book, sale.ship, invoice.read, invoice.pay, journal.read, expense.read,
    employee.read, employee.create, employee.update, employee.export, "leave.*", workflow.read, workflow.pause]}
  staff: {for: [client_staff], grants: [
    product.read, product.adjust, sale.read, sale.ship, invoice.read, expense.create, "expense.read:own", "employee.read:team", "leave.read:reports", "leave.approve:reports"]}
  employee: {for: [agency_viewer], grants: [expense.create, "expense.read:own", "employee.read:own", "payslip.read:own", leave.ask, "leave.read:own"]}
  customer: {grants: ["product.read:active", sale.book, "sale.read:own"]}
`,
	"collections/product.yaml": `fields: {name: {type: text, required: true}, stock: {type: integer, default: 0}, active: boolean}
actions: {adjust: {params: {stock: {required: true}}}}
access: {active: {when: active, fields: [name]}}
`,
	"collections/sale.yaml": `title: what
fields:
  what: {type: text, required: true}
  status: {type: state, options: [open, shipped, refunded]}
actions:
  book: {scope: collection, params: {what: {required: true}}}
  ship: {from: open, to: shipped}
  refund: {from: [open, shipped], to: refunded, when: not setting.two_person or created_by != me, message: Somebody else has to refund this.}
access: {own: {when: created_by == actor, fields: [what, status]}}
`,
	"collections/discount.yaml":   "fields: {name: {type: text, required: true}}\n",
	"collections/credential.yaml": "fields: {name: {type: text, required: true}, key: {type: text, secret: true}}\n",
	"collections/invoice.yaml": `title: what
fields: {what: {type: text, required: true}, status: {type: state, options: [open, paid, void]}}
actions: {pay: {from: open, to: paid}, void: {from: open, to: void}}
`,
	"collections/journal.yaml": `title: what
fields: {what: {type: text, required: true}, status: {type: state, options: [open, closed]}}
actions: {close: {from: open, to: closed}}
`,
	"collections/expense.yaml": `title: what
fields: {what: {type: text, required: true}, status: {type: state, options: [submitted, approved]}}
actions: {approve: {from: submitted, to: approved}}
access: {own: {when: created_by == me}}
`,
	"collections/employee.yaml": `fields: {name: {type: text, required: true}, team: text, login: member}
access: {own: {when: login == me}, team: {when: team == "front"}}
`,
	"collections/payslip.yaml": `title: what
fields: {what: {type: text, required: true}, login: member}
access: {own: {when: login == me}}
`,
	"collections/leave.yaml": `title: what
fields: {what: {type: text, required: true}, login: {type: member, default: =me}, lead: member, status: {type: state, options: [asked, approved]}}
actions: {ask: {scope: collection, params: {what: {required: true}}}, approve: {from: asked, to: approved}}
access: {own: {when: login == me}, reports: {when: lead == me}}
`,
	"collections/workflow.yaml": `fields: {name: {type: text, required: true}, status: {type: state, options: [running, paused]}}
actions: {pause: {from: running, to: paused}}
`,
	"collections/connection.yaml": "fields: {name: {type: text, required: true}, token: {type: text, secret: true}}\n",
}

// TestTheMatrixOfABusiness asks, area by area, who may do what: the agency's
// admin and member, the client's owner and staff, an employee, and who is signed
// in on the site. A letter each: y may, n may not, f may once the agency says so
// of that person or of the client's people, d may until it says otherwise: who
// administers an agency holds everything that nobody takes away.
func TestTheMatrixOfABusiness(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, trade.Pack(t))
	p.Install(p.Home, "trade")
	const base = "/api/modules/trade/"
	shopper := browserOn(p, p.Home).signIn("shopper@example.com")
	employee, staff := p.Viewer.ID.String(), p.ClientMember.ID.String()

	type operation struct {
		area, request, body string
		given               string // body of a record that the site's key makes first, <id>
		may                 string
		flag                string // the grant of those with an f or a d
	}
	operations := []operation{
		{"catalogue", "POST product", `{"name":"Drill"}`, "", "yyynnn", ""},
		{"catalogue", "POST product/<id>/adjust", `{"stock":5}`, `{"name":"Drill"}`, "yyyynn", ""},
		{"catalogue", "DELETE product/<id>", "", `{"name":"Drill"}`, "yynnnn", ""},
		{"catalogue: active", "GET product/<id>", "", `{"name":"Drill","active":true}`, "yyyyny", ""},
		{"catalogue: not active", "GET product/<id>", "", `{"name":"Drill","active":false}`, "yyyynn", ""},
		{"orders of others", "GET sale/<id>", "", `{"what":"A drill"}`, "yyyynn", ""},
		{"orders", "POST sale/book", `{"what":"A drill"}`, "", "yyynny", ""},
		{"shipments", "POST sale/<id>/ship", `{}`, `{"what":"A drill"}`, "yyyynn", ""},
		{"refunds", "POST sale/<id>/refund", `{}`, `{"what":"A drill"}`, "yffnnn", "trade.sale.refund"},
		{"discounts", "POST discount", `{"name":"Spring"}`, "", "yffnnn", "trade.discount.create"},
		{"payment credentials", "POST credential", `{"name":"Bank","key":"s3cr3t-w0rd"}`, "", "ynfnnn", "trade.credential.create"},
		{"invoices", "POST invoice", `{"what":"A drill"}`, "", "yfnnnn", "trade.invoice.create"},
		{"invoices", "GET invoice/<id>", "", `{"what":"A drill"}`, "yfyynn", "trade.invoice.read"},
		{"payments", "POST invoice/<id>/pay", `{}`, `{"what":"A drill"}`, "yfynnn", "trade.invoice.pay"},
		{"void", "POST invoice/<id>/void", `{}`, `{"what":"A drill"}`, "yfnnnn", "trade.invoice.void"},
		{"journals", "POST journal", `{"what":"Rent"}`, "", "ynnnnn", ""},
		{"journals", "GET journal/<id>", "", `{"what":"Rent"}`, "ynynnn", ""},
		{"period close", "POST journal/<id>/close", `{}`, `{"what":"Rent"}`, "dnnnnn", "trade.journal.close"},
		{"expenses", "POST expense", `{"what":"Train"}`, "", "yynyyn", ""},
		{"expenses of others", "GET expense/<id>", "", `{"what":"Train"}`, "ynynnn", ""},
		{"expenses", "POST expense/<id>/approve", `{}`, `{"what":"Train"}`, "ynfnnn", "trade.expense.approve"},
		{"employees", "POST employee", `{"name":"Ann"}`, "", "yfynnn", "trade.employee.create"},
		{"employees of the team", "GET employee/<id>", "", `{"name":"Ann","team":"front"}`, "yfyynn", "trade.employee.read"},
		{"employees of another team", "GET employee/<id>", "", `{"name":"Ann","team":"back"}`, "yfynnn", "trade.employee.read"},
		{"oneself", "GET employee/<id>", "", `{"name":"Ann","login_id":"` + employee + `"}`, "yfynyn", "trade.employee.read"},
		{"pay of others", "GET payslip/<id>", "", `{"what":"May"}`, "dnfnnn", "trade.payslip.read"},
		{"own pay", "GET payslip/<id>", "", `{"what":"May","login_id":"` + employee + `"}`, "dnfnyn", "trade.payslip.read"},
		{"own leave", "POST leave/ask", `{"what":"May"}`, "", "ynynyn", ""},
		{"leave", "POST leave/<id>/approve", `{}`, `{"what":"May","login_id":"` + employee + `"}`, "ynynnn", ""},
		{"leave of reports", "POST leave/<id>/approve", `{}`, `{"what":"May","lead_id":"` + staff + `"}`, "ynyynn", ""},
		{"workflows", "PATCH workflow/<id>", `{"name":"Other"}`, `{"name":"Mail"}`, "yfnnnn", "trade.workflow.update"},
		{"workflows", "POST workflow/<id>/pause", `{}`, `{"name":"Mail"}`, "yfynnn", "trade.workflow.pause"},
		{"connections", "POST connection", `{"name":"Bank","token":"s3cr3t-w0rd"}`, "", "ynnnnn", ""},
	}
	// ask makes the operation's record, and says whether the answer was that it may be done.
	ask := func(o operation, do func(method, to string, body any) testkit.Response) (bool, string) {
		t.Helper()
		method, to, _ := strings.Cut(o.request, " ")
		if o.given != "" {
			collection, _, _ := strings.Cut(to, "/")
			to = strings.ReplaceAll(to, "<id>", p.Create(p.Home, "trade."+collection, testkit.JSON(o.given)).String())
		}
		var body any
		if o.body != "" {
			body = testkit.JSON(o.body)
		}
		r := do(method, base+to, body)
		if strings.Contains(r.Body, "s3cr3t-w0rd") {
			t.Errorf("%s: a secret is answered", o.request)
		}
		switch {
		case r.Status < 300:
			return true, ""
		case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden, r.Status == http.StatusNotFound:
			return false, fmt.Sprint(r.Status)
		}
		t.Errorf("%s: %d %s", o.request, r.Status, r.Body)
		return false, r.Body
	}
	as := func(a testkit.Actor) func(string, string, any) testkit.Response {
		return func(method, to string, body any) testkit.Response { return p.Do(a, method, to, body, p.Home.On()) }
	}
	own := func(a testkit.Actor, said string) func(string) { // what the agency says of one member
		return func(grants string) {
			if r := p.Do(p.Owner, http.MethodPatch, "/api/v1/members/"+member(t, p, a), testkit.JSON(`{"`+said+`":[`+grants+`]}`)); r.Status != http.StatusOK {
				t.Fatal(r.Status, r.Body)
			}
		}
	}
	client := func(grants string) { // what it says of the client's people
		if r := p.Do(p.Owner, http.MethodPut, "/api/v1/clients/"+p.Home.Client.String()+"/rules", testkit.JSON(`{"allow":[`+grants+`],"deny":[]}`)); r.Status != http.StatusOK {
			t.Fatal(r.Status, r.Body)
		}
	}
	role := func(name string) {
		if r := p.Do(p.Owner, http.MethodPatch, "/api/v1/members/"+member(t, p, p.ClientMember), testkit.JSON(`{"role":"`+name+`"}`)); r.Status != http.StatusOK {
			t.Fatal(r.Status, r.Body)
		}
	}
	none := func(string) {}
	for _, who := range []struct {
		name string
		at   int // of its letter
		do   func(method, to string, body any) testkit.Response
		say  func(grants string)
		role string
	}{
		{"the agency's admin", 0, as(p.Admin), own(p.Admin, "deny"), ""},
		{"the agency's member", 1, as(p.Member), own(p.Member, "allow"), ""},
		{"the client's staff", 3, as(p.ClientMember), client, "member"},
		{"the client's owner", 2, as(p.ClientMember), client, "owner"},
		{"an employee", 4, as(p.Viewer), own(p.Viewer, "allow"), ""},
		{"a shopper", 5, shopper.do, none, ""},
	} {
		if who.role != "" {
			role(who.role)
		}
		for _, o := range operations {
			letter := o.may[who.at]
			always := letter == 'y' || letter == 'd'
			if may, answer := ask(o, who.do); may != always {
				t.Errorf("%s, %s: %s: %v %s", who.name, o.area, o.request, may, answer)
			}
			if letter != 'f' && letter != 'd' {
				continue
			}
			who.say(`"` + o.flag + `"`)
			if may, answer := ask(o, who.do); may == always {
				t.Errorf("%s, said %s, %s: %s: %v %s", who.name, o.flag, o.area, o.request, may, answer)
			}
			who.say("")
			if may, _ := ask(o, who.do); may != always {
				t.Errorf("%s, %s said no more, %s: %s: %v", who.name, o.flag, o.area, o.request, may)
			}
		}
	}

	// Who makes an order does not refund it, where the site asks for two people.
	own(p.Member, "allow")(`"trade.sale.refund"`)
	if r := p.Do(p.Owner, http.MethodPatch, "/api/v1/sites/"+p.Home.ID.String()+"/modules/trade", testkit.JSON(`{"settings":{"two_person":true}}`)); r.Status != http.StatusOK {
		t.Fatal(r.Status, r.Body)
	}
	for _, row := range []struct {
		maker, checker testkit.Actor
		status         int
	}{{p.Admin, p.Admin, http.StatusConflict}, {p.Member, p.Member, http.StatusConflict}, {p.Admin, p.Member, http.StatusOK}, {p.Member, p.Admin, http.StatusOK}} {
		made := as(row.maker)(http.MethodPost, base+"sale", testkit.JSON(`{"what":"A drill"}`))
		id, _ := made.Object()["id"].(string)
		if r := as(row.checker)(http.MethodPost, base+"sale/"+id+"/refund", testkit.JSON(`{}`)); r.Status != row.status {
			t.Errorf("made by %s, refunded by %s: %d %s", row.maker.Name, row.checker.Name, r.Status, r.Body)
		}
	}
}
