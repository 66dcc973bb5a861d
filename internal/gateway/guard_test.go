package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/testkit"
)

// staff has a field that needs a permission of its own, and one that nobody reads.
var staff = testkit.Files{
	"module.yaml": `manifest: 1
id: staff
name: Staff
version: 1.0.0
category: hr
description: Who works here.
roles:
  clerk: {grants: [employee.read, employee.create, employee.update], for: [agency_member]}
`,
	"collections/employee.yaml": `fields:
  name: {type: text, required: true}
  salary: {type: integer, guard: pay}
  token: {type: text, secret: true}
guards: {pay: See pay}
`,
}

func TestAGuardedFieldDoesNotExistForWhoLacksThePermission(t *testing.T) {
	p := testkit.NewPlatform(t)
	p.Publish(p.Home, staff.Pack(t))
	p.Install(p.Home, "staff")
	const path = "/api/modules/staff/employee"
	made := p.Do(p.Owner, http.MethodPost, path, testkit.JSON(`{"name": "Ada", "salary": 417000, "token": "s3cr3t-w0rd"}`), p.Home.On())
	if made.Status != http.StatusCreated || !strings.Contains(string(made.Body), "417000") || strings.Contains(string(made.Body), "s3cr3t-w0rd") {
		t.Fatalf("the owner is answered %d %s", made.Status, made.Body)
	}
	for _, query := range []string{"", "?select=name,salary", "?salary=gt.1", "?order=salary", "?select=salary.sum()"} {
		got := p.Do(p.Member, http.MethodGet, path+query, nil, p.Home.On())
		if strings.Contains(string(got.Body), "417000") || query != "" && got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: the clerk is answered %d %s", query, got.Status, got.Body)
		}
	}
	if got := p.Do(p.Member, http.MethodPost, path, testkit.JSON(`{"name": "Bob", "salary": 1}`), p.Home.On()); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("the clerk sets a salary: %d %s", got.Status, got.Body)
	}
	if got := p.Do(p.Owner, http.MethodGet, path+"?token=eq.s3cr3t-w0rd", nil, p.Home.On()); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a secret is filtered: %d %s", got.Status, got.Body)
	}
	var kept string
	if err := p.DB.Pool().QueryRow(t.Context(), `select count(*)::text from platform.changes where after::text like '%s3cr3t-w0rd%'`).Scan(&kept); err != nil || kept != "0" {
		t.Errorf("the change log holds the secret %s times, %v", kept, err)
	}
}
