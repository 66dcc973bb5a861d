package account

import (
	"strings"
	"testing"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func TestWeakPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	if len(common) != 100_000*commonBytes {
		t.Errorf("the list has %d entries", len(common)/commonBytes)
	}
	for password, code := range map[string]string{
		"": "password_short", "short77": "password_short", "ééééééé": "password_short", strings.Repeat("x", 1025): "password_long", "zero\x00inside": "password_long",
		"password": "password_common", "PassWord": "password_common", "12345678": "password_common", "iloveyou2": "password_common", "qwertyuiop": "password_common",
		"password123!": "password_common", "nora.berg1": "password_known", "Northwind!": "password_known", "dramac-x1y": "password_known",
		"correct horse battery staple": "", "ÄÖÜ äöü ß 漢字": "", "tr0ubador&3x": "", strings.Repeat("long ", 200): "", "nora loves the north sea": "",
	} {
		err := CheckPassword(password, "Nora Berg", "nora.berg@northwind.example")
		got := ""
		if e := errs.Of(err); e != nil && len(e.Fields) == 1 {
			got = e.Fields[0].Code
		}
		if got != code {
			t.Errorf("%.30q: %q, want %q", password, got, code)
		}
	}
}
