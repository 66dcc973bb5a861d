package gateway_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/gateway"
	"github.com/dramac-main/dramac-cms/testkit"
	"github.com/dramac-main/dramac-cms/web"
)

// fill is the request of an endpoint without a body.
func fill(p *testkit.Platform, site *testkit.Site, e gateway.Endpoint, t target) testkit.Request {
	at := site
	if t.at != nil {
		at = t.at
	}
	collection := collectionOf(e, t)
	module := or(t.module, testkit.Rental)
	of := []string{}
	for _, wildcard := range agencyThings {
		of = append(of, "{"+wildcard+"}", or(t.thing, thingOf(p, wildcard, false)))
	}
	values := strings.NewReplacer(append(of,
		"{$}", "",
		"{site}", or(t.site, site.ID.String()), "{module}", module, "{collection}", collection,
		"{id}", or(t.id, at.Records[module+"."+collection].String()), "{action}", actionOf(e, t), "{file}", stylesheet(),
		"{field}", "item.walked", "{flag}", "package_upload", "{name}", "walked.png", "{address}", "walked", "{agency}", site.Agency.String(),
	)...)
	q := testkit.Request{Method: e.Method, URL: values.Replace(e.Pattern)}
	if strings.HasPrefix(e.Pattern, "/api/modules/") {
		q.Headers = append(q.Headers, testkit.Header{Name: "Dramac-Site", Value: or(t.site, site.ID.String())})
	}
	return q
}

// stylesheet is the name under which the app's style is served.
func stylesheet() string {
	files, err := web.Load()
	if err != nil {
		return "app.css"
	}
	return strings.TrimPrefix(files.URL("app.css"), web.Prefix)
}

// request is the request of an endpoint with a body. Whoever may not send it
// sends what would change something; whoever may, what is refused for its
// content, so that nothing the walk needs is taken away.
func request(p *testkit.Platform, e gateway.Endpoint, on *testkit.Site, t target, valid bool) testkit.Request {
	site := p.Home
	if on != nil {
		site = on
	}
	q := fill(p, site, e, t)
	if on != nil {
		q.Headers = nil
		if t.header != "" {
			q.Headers = []testkit.Header{{Name: "Dramac-Site", Value: t.header}}
		}
		q.URL = on.URL(q.URL)
	}
	if e.Method == "GET" {
		return q
	}
	at := site
	if t.at != nil {
		at = t.at
	}
	name := or(t.module, testkit.Rental) + "." + collectionOf(e, t)
	write := writes[e.Method+" "+e.Pattern]
	if write.do == nil {
		p.Fatalf("%s %s writes, and the walk does not know what to send", e.Method, e.Pattern)
	}
	write.do(p, at, name, valid, &q)
	return q
}

// write makes the body of a writing request: one that works, or one that is
// refused for what it says.
type write struct {
	do func(p *testkit.Platform, at *testkit.Site, name string, valid bool, q *testkit.Request)
}

// bodies picks the body by whether it is to work.
func bodies(works, fails any) write {
	return write{func(_ *testkit.Platform, _ *testkit.Site, _ string, valid bool, q *testkit.Request) {
		q.Body = fails
		if valid {
			q.Body = works
		}
	}}
}

// transfer gives the site to another client, or to its own again.
func transfer(body func(client string) any) write {
	return write{func(p *testkit.Platform, at *testkit.Site, _ string, valid bool, q *testkit.Request) {
		client := at.Client.String()
		if valid && at == p.Home {
			client = p.Other.Client.String()
		}
		q.Body = body(client)
	}}
}

var writes = map[string]write{
	"POST /api/modules/{module}/{collection}": {func(_ *testkit.Platform, at *testkit.Site, name string, valid bool, q *testkit.Request) {
		q.Body = testkit.JSON(`{}`)
		if valid {
			q.Body = at.Body(name, "walked", "walked")
		}
	}},
	"PATCH /api/modules/{module}/{collection}/{id}": {func(_ *testkit.Platform, _ *testkit.Site, name string, valid bool, q *testkit.Request) {
		q.Body = testkit.JSON(`{"nonsense":1}`)
		if valid {
			q.Body = testkit.JSON(fmt.Sprintf(`{%q:"47110815"}`, changeable(name)))
		}
	}},
	"DELETE /api/modules/{module}/{collection}/{id}": {func(_ *testkit.Platform, _ *testkit.Site, _ string, valid bool, q *testkit.Request) {
		if !valid {
			q.Headers = append(q.Headers, testkit.Header{Name: "If-Match", Value: `"999"`})
		}
	}},
	"PATCH /api/modules/{module}/{collection}": {func(_ *testkit.Platform, at *testkit.Site, name string, valid bool, q *testkit.Request) {
		q.Body = testkit.JSON(`{"nonsense":1}`)
		if valid {
			q.URL += "?id=eq." + at.Records[name].String()
			q.Body = testkit.JSON(fmt.Sprintf(`{%q:"47110815"}`, changeable(name)))
		}
	}},
	// Without a condition nothing is deleted.
	"DELETE /api/modules/{module}/{collection}": {func(_ *testkit.Platform, at *testkit.Site, name string, valid bool, q *testkit.Request) {
		if valid {
			q.URL += "?id=eq." + at.Records[name].String()
		}
	}},
	"PUT /api/modules/{module}/{collection}": {func(_ *testkit.Platform, at *testkit.Site, name string, valid bool, q *testkit.Request) {
		q.Body = testkit.JSON(`{"nonsense":1}`)
		q.URL += "?id=eq." + testkit.NewID().String()
		if valid {
			q.Body = at.Body(name, "walked", "walked")
		}
	}},
	"POST /api/modules/{module}/{collection}/{action}": bodies(
		testkit.JSON(`{"name":"walked","email":"walked@example.com","message":"walked"}`), testkit.JSON(`{}`)),

	// A record that is not deleted is answered as it is.
	"POST /api/modules/{module}/{collection}/{id}/restore": bodies(nil, nil),
	"POST /api/modules/{module}/{collection}/{id}/place":   bodies(testkit.JSON(`{"after":"0193aaaa-0000-7000-8000-000000000001"}`), testkit.JSON(`{}`)),

	"POST /api/modules/{module}/{collection}/{id}/{action}": bodies(testkit.JSON(`{"cancel_reason":"walked"}`), testkit.JSON(`{}`)),
	// The examples have no code.
	"POST /api/modules/{module}/rpc/{action}":  bodies(testkit.JSON(`{}`), testkit.JSON(`{}`)),
	"POST /api/modules/{module}/x/{rest...}":   bodies(testkit.JSON(`{}`), testkit.JSON(`{}`)),
	"PUT /api/modules/{module}/x/{rest...}":    bodies(testkit.JSON(`{}`), testkit.JSON(`{}`)),
	"PATCH /api/modules/{module}/x/{rest...}":  bodies(testkit.JSON(`{}`), testkit.JSON(`{}`)),
	"DELETE /api/modules/{module}/x/{rest...}": bodies(nil, nil),
	// Files are not there: no example has any.
	"POST /api/modules/{module}/{collection}/{field}/files": bodies([]byte("walked"), []byte("walked")),
	"POST /api/modules/{module}/rpc/{action}/{field}/files": bodies([]byte("walked"), []byte("walked")),
	"POST /api/files/{id}/link":                             bodies(nil, nil),

	"POST /app/login":                        bodies(nil, url.Values{"email": {"nobody@example.com"}, "password": {"wrong"}}),
	"POST /account":                          bodies(url.Values{"email": {"walked@example.com"}}, url.Values{}),
	"POST /account/code":                     bodies(url.Values{"code": {"000000"}}, url.Values{}),
	"POST /account/link":                     bodies(url.Values{"token": {"walked"}}, url.Values{}),
	"POST /account/sign-out":                 bodies(url.Values{}, url.Values{}),
	"POST /app/login/code":                   bodies(nil, url.Values{"code": {"000000"}}),
	"POST /app/login/passkey":                bodies(nil, url.Values{"ceremony": {"walked"}, "credential": {"{}"}}),
	"POST /app/login/passkey/ask":            bodies(nil, nil),
	"POST /app/forgot":                       bodies(nil, url.Values{"email": {"no address"}}),
	"POST /app/reset":                        bodies(nil, url.Values{"token": {"walked"}, "password": {"walked and walked"}}),
	"POST /app/email":                        bodies(nil, url.Values{"token": {"walked"}}),
	"POST /app/signup":                       bodies(nil, url.Values{"email": {"no address"}}),
	"POST /app/signup/finish":                bodies(nil, url.Values{"token": {"walked"}}),
	"POST /app/me/notifications":             bodies(url.Values{"do": {"all"}}, url.Values{"id": {"walked"}}),
	"POST /app/me/notifications/settings":    bodies(url.Values{"bell": {"job_dead"}}, url.Values{}),
	"POST /app/me/confirm":                   bodies(url.Values{"password": {"walked"}}, url.Values{"code": {"walked"}}),
	"POST /app/me/password":                  bodies(url.Values{"password": {"walked and walked"}}, url.Values{"password": {"short"}}),
	"POST /app/me/email":                     bodies(url.Values{"email": {"walked@example.com"}}, url.Values{"email": {"no address"}}),
	"POST /app/me/factor":                    bodies(url.Values{"do": {"remove"}}, url.Values{"code": {"walked"}}),
	"POST /app/me/codes":                     bodies(url.Values{}, url.Values{}),
	"POST /app/me/passkeys":                  bodies(url.Values{"name": {"walked"}}, url.Values{"name": {""}}),
	"POST /app/me/passkeys/{passkey}/remove": bodies(nil, nil),
	"POST /app/me/sessions":                  bodies(url.Values{"end": {"others"}}, url.Values{"end": {"no session"}}),
	"POST /app/logout":                       bodies(nil, url.Values{}),
	"POST /app/login/org":                    bodies(nil, url.Values{"email": {"nobody@example.com"}}),
	"POST /app/agency/provider":              bodies(url.Values{"issuer": {"https://walked.example.com"}, "client": {"walked"}, "secret": {"walked"}, "domains": {"example.com"}, "address": {"walked"}}, url.Values{}),
	"POST /app/agency/provider/do":           bodies(url.Values{"do": {"remove"}}, url.Values{"do": {"walked"}}),
	"POST /app/modules": {func(p *testkit.Platform, _ *testkit.Site, _ string, valid bool, q *testkit.Request) {
		q.Body = url.Values{}
		if valid {
			body, kind := upload(p, walkedPackage(p))
			q.Body, q.Headers = body, append(q.Headers, testkit.Header{Name: "Content-Type", Value: kind})
		}
	}},
	// Whoever may says no reason, and what goes on cannot resume.
	"POST /app/platform/agencies/{tenant}/suspend":     bodies(url.Values{"reason": {"walked"}}, url.Values{}),
	"POST /app/platform/agencies/{tenant}/resume":      bodies(nil, nil),
	"POST /app/platform/agencies/{tenant}/impersonate": bodies(url.Values{"reason": {"walked"}}, url.Values{}),
	"POST /app/platform/agencies/{tenant}/plan":        bodies(url.Values{"plan": {"starter"}}, url.Values{"plan": {"walked"}}),
	"POST /app/platform/flags/{flag}":                  bodies(url.Values{"percentage": {"50"}}, url.Values{"percentage": {"101"}}),
	"POST /app/start":                                  bodies(url.Values{"do": {"skip"}}, url.Values{"step": {"walked"}}),
	"POST /app/impersonation/stop":                     bodies(nil, nil),
	"POST /app/agency/clients":                         bodies(url.Values{"name": {"walked"}}, url.Values{}),
	"POST /app/agency/clients/{client}":                bodies(url.Values{"name": {"walked"}}, url.Values{}),
	"POST /app/agency/clients/{client}/archive":        bodies(nil, nil), // they have sites
	"POST /app/agency/clients/{client}/restore":        bodies(nil, nil),
	"POST /app/agency/clients/{client}/rules":          bodies(url.Values{"deny": {"platform.activity.read"}}, url.Values{"deny_modules": {"no key"}}),
	"POST /app/agency/sites":                           bodies(url.Values{"name": {"walked"}}, url.Values{}),
	// Whoever may is refused for the role, or for being the last owner.
	"POST /app/agency/team/{member}":                   bodies(url.Values{"role": {"viewer"}}, url.Values{"role": {"nobody"}}),
	"POST /app/agency/team/{member}/remove":            bodies(nil, nil),
	"POST /app/agency/roles":                           bodies(url.Values{"name": {"walked"}}, url.Values{}),
	"POST /app/agency/roles/{role}":                    bodies(url.Values{"name": {"walked"}}, url.Values{}),
	"POST /app/agency/roles/{role}/delete":             bodies(nil, nil),
	"PATCH /api/v1/members/{member}":                   bodies(testkit.JSON(`{"role":"viewer"}`), testkit.JSON(`{"role":"nobody"}`)),
	"DELETE /api/v1/members/{member}":                  bodies(nil, nil),
	"POST /api/v1/roles":                               bodies(testkit.JSON(`{"name":"walked","permissions":[]}`), testkit.JSON(`{"name":""}`)),
	"PATCH /api/v1/roles/{role}":                       bodies(testkit.JSON(`{"name":"walked"}`), testkit.JSON(`{"name":""}`)),
	"DELETE /api/v1/roles/{role}":                      bodies(nil, nil),
	"POST /app/invitation":                             bodies(url.Values{"token": {"walked"}}, url.Values{"token": {"walked"}}),
	"POST /app/agency/invitations":                     bodies(url.Values{"email": {"walked@example.com"}, "role": {"viewer"}}, url.Values{}),
	"POST /api/v1/invitations":                         bodies(testkit.JSON(`{"email":"walked@example.com","role":"viewer"}`), testkit.JSON(`{"email":""}`)),
	"POST /app/agency/invitations/{invitation}/resend": bodies(nil, nil),
	"POST /app/agency/invitations/{invitation}/revoke": bodies(nil, nil),
	"POST /api/v1/invitations/{invitation}/resend":     bodies(nil, nil),
	"POST /api/v1/invitations/{invitation}/revoke":     bodies(nil, nil),
	"POST /app/agency/settings":                        bodies(url.Values{"name": {"walked"}}, url.Values{}),
	"POST /app/{site}/keys":                            bodies(url.Values{"name": {"walked"}}, url.Values{}),
	"POST /app/{site}/keys/{key}/rotate":               bodies(url.Values{"overlap_hours": {"0"}}, url.Values{}),
	"POST /app/{site}/keys/{key}/revoke":               bodies(url.Values{}, url.Values{}),
	"POST /api/v1/sites/{site}/keys":                   bodies(testkit.JSON(`{"name":"walked","grants":[]}`), testkit.JSON(`{"name":"","grants":[]}`)),
	"POST /api/v1/sites/{site}/keys/{key}/rotate":      bodies(testkit.JSON(`{"overlap_hours":0}`), testkit.JSON(`{"overlap_hours":-1}`)),
	"POST /api/v1/sites/{site}/keys/{key}/revoke":      bodies(nil, nil),
	"POST /app/{site}/settings":                        bodies(url.Values{"name": {"walked"}, "subdomain": {"walked"}}, url.Values{}),
	"POST /app/{site}/archive":                         bodies(nil, nil),
	"POST /app/{site}/restore":                         bodies(nil, nil),
	"POST /app/{site}/transfer":                        transfer(func(client string) any { return url.Values{"client": {client}} }),
	"PATCH /api/v1/agency":                             bodies(testkit.JSON(`{"name":"walked"}`), testkit.JSON(`{"name":""}`)),
	"POST /api/v1/clients":                             bodies(testkit.JSON(`{"name":"walked"}`), testkit.JSON(`{}`)),
	"PATCH /api/v1/clients/{client}":                   bodies(testkit.JSON(`{"name":"walked"}`), testkit.JSON(`{"name":""}`)),
	"PUT /api/v1/clients/{client}/rules":               bodies(testkit.JSON(`{"allow":[],"deny":["platform.activity.read"]}`), testkit.JSON(`{"allow":["no key"],"deny":[]}`)),
	"POST /api/v1/clients/{client}/archive":            bodies(nil, nil),
	"POST /api/v1/clients/{client}/restore":            bodies(nil, nil),
	"POST /api/v1/sites":                               bodies(testkit.JSON(`{"name":"walked"}`), testkit.JSON(`{}`)),
	"POST /api/v1/sites/{site}/archive":                bodies(nil, nil),
	"POST /api/v1/sites/{site}/restore":                bodies(nil, nil),
	"POST /api/v1/sites/{site}/transfer":               transfer(func(client string) any { return testkit.JSON(`{"client":"` + client + `"}`) }),
	"POST /app/{site}/modules/{module}/install":        bodies(url.Values{}, nil),
	"POST /app/{site}/modules/{module}/settings":       bodies(url.Values{"settings.greeting": {"walked"}}, url.Values{"settings.greeting": {strings.Repeat("x", 300)}}),
	"POST /app/{site}/modules/{module}/version":        bodies(url.Values{"version": {"1.0.0"}}, url.Values{"version": {"1.0.0"}}),
	"POST /app/{site}/languages":                       bodies(url.Values{"add": {"fr"}}, url.Values{"add": {"no language"}}),
	"POST /app/{site}/jobs":                            bodies(nil, url.Values{"kind": {"job"}, "key": {"1"}, "do": {"again"}}),
	"POST /app/{site}/modules/{module}/enable":         bodies(url.Values{}, url.Values{}),
	"POST /app/{site}/modules/{module}/disable":        bodies(url.Values{}, nil),
	"POST /app/{site}/modules/{module}/uninstall":      bodies(url.Values{"confirm": {testkit.Rental}}, url.Values{"confirm": {"something else"}}),
	"POST /app/{site}/modules/{module}/fields":         bodies(url.Values{"collection": {"item"}, "key": {"walked"}, "kind": {"text"}, "label": {"Walked"}}, url.Values{}),

	"POST /app/{site}/{module}/{collection}": {func(_ *testkit.Platform, at *testkit.Site, name string, valid bool, q *testkit.Request) {
		q.Body = url.Values{}
		if valid {
			q.Body = recordForm(at, name)
		}
	}},
	"POST /app/{site}/{module}/{collection}/{id}": {func(_ *testkit.Platform, at *testkit.Site, name string, valid bool, q *testkit.Request) {
		form := recordForm(at, name)
		if !valid {
			form.Set("version", "999")
		}
		q.Body = form
	}},
	// The sites have one language.
	"POST /app/{site}/{module}/{collection}/{id}/translations": bodies(url.Values{"name": {"walked"}}, url.Values{}),
	"POST /app/{site}/{module}/{collection}/{id}/restore":      bodies(url.Values{}, url.Values{}),
	"POST /app/{site}/{module}/{collection}/{id}/{action}":     bodies(url.Values{"cancel_reason": {"walked"}}, url.Values{}),
	"POST /app/{site}/{module}/{collection}/{id}/delete":       bodies(url.Values{}, url.Values{"version": {"999"}}),

	"POST /api/v1/packages": {func(p *testkit.Platform, _ *testkit.Site, _ string, valid bool, q *testkit.Request) {
		q.Body = []byte("this is no package")
		if valid {
			q.Body = walkedPackage(p)
		}
	}},
	"PATCH /api/v1/sites/{site}": bodies(testkit.JSON(`{"languages":["fr"]}`), testkit.JSON(`{"languages":["no language"]}`)),
	"POST /api/v1/sites/{site}/modules": {func(p *testkit.Platform, _ *testkit.Site, _ string, valid bool, q *testkit.Request) {
		q.Body = testkit.JSON(`{"module":"` + testkit.Rental + `"}`) // it is there already
		if valid {
			q.Body = testkit.JSON(`{"module":"` + p.Sister.Secret + `"}`)
		}
	}},
	"POST /api/v1/sites/{site}/modules/{module}/fields": bodies(
		testkit.JSON(`{"collection":"item","key":"walked","kind":"text","label":"Walked"}`), testkit.JSON(`{}`)),
	"PATCH /api/v1/sites/{site}/modules/{module}/fields/{field}": bodies(testkit.JSON(`{"retired":true}`), testkit.JSON(`{"retired":1}`)),
	"PATCH /api/v1/sites/{site}/modules/{module}":                bodies(testkit.JSON(`{"enabled":false}`), testkit.JSON(`{"enabled":true}`)),
	"DELETE /api/v1/sites/{site}/modules/{module}":               bodies(nil, nil),
}

// changeable is a text field of the collection that everybody may change who
// may change records at all.
func changeable(name string) string {
	switch name {
	case testkit.Guestbook + ".entry":
		return "message"
	case testkit.Rental + ".inquiry":
		return "phone"
	}
	if strings.HasSuffix(name, ".note") {
		return "text"
	}
	return "notes"
}

// recordForm is what a browser sends for a valid record.
func recordForm(at *testkit.Site, name string) url.Values {
	ref := func(of string) string { return at.Records[testkit.Rental+"."+of].String() }
	_, collection, _ := strings.Cut(name, ".")
	switch collection {
	case "entry":
		return url.Values{"name": {"walked"}, "message": {"walked"}}
	case "item":
		return url.Values{"name": {"walked"}, "daily_rate": {"45.00"}, "quantity": {"1"}}
	case "inquiry":
		return url.Values{"name": {"walked"}, "email": {"walked@example.com"}, "message": {"walked"}}
	case "rental":
		return url.Values{
			"customer_id": {ref("customer")}, "item_id": {ref("item")}, "piece": {"1"},
			"starts_on": {"2026-01-01"}, "ends_on": {"2026-01-05"}, "daily_rate": {"10"},
		}
	}
	return url.Values{"name": {"walked"}, "text": {"walked"}}
}

// walkedPackage is a package that nobody has published.
func walkedPackage(p *testkit.Platform) []byte {
	return testkit.Files{
		"module.yaml":           "manifest: 1\nid: walked\nname: Walked\nversion: 1.0.0\ntype: app\ncategory: content\ndescription: Walked.\n",
		"collections/step.yaml": "fields:\n  text: {type: text}\n",
	}.Pack(p)
}

// upload is a browser's form with a file in it.
func upload(p *testkit.Platform, data []byte) ([]byte, string) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("package", "walked.dramac")
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		p.Fatal(err)
	}
	return body.Bytes(), form.FormDataContentType()
}
