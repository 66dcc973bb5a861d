package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/testkit"
)

// TestTheOutboxIsTheAgencysOwn writes to somebody in an agency's name and looks
// who may read it.
func TestTheOutboxIsTheAgencysOwn(t *testing.T) {
	p := testkit.NewPlatform(t)
	catalogue, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	err = p.DB.Tx(t.Context(), func(tx pgx.Tx) error {
		return p.Mail.Send(t.Context(), tx, mail.Message{
			Kind: "reset_password", Agency: uuid.NullUUID{UUID: p.Home.Agency, Valid: true}, To: "reader-of-mail@example.com", Words: catalogue.Printer("en", nil),
			Link: testkit.BaseURL + "/app/reset?token=abc",
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	const page = "/app/platform/mail"
	r := p.Do(p.Owner, http.MethodGet, page, nil)
	for _, want := range []string{"reader-of-mail@example.com", "/app/reset?token=abc", "Nothing leaves this machine"} {
		if r.Status != http.StatusOK || !strings.Contains(r.Text(), want) {
			t.Errorf("the owner gets %d without %q", r.Status, want)
		}
	}
	for _, a := range []testkit.Actor{p.ForeignOwner, p.Admin, p.Member, p.SiteKey, p.Visitor} {
		if r := p.Do(a, http.MethodGet, page, nil); strings.Contains(r.Text(), "reader-of-mail") {
			t.Errorf("%s reads the mail", a.Name)
		}
	}
}
