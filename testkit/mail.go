package testkit

import (
	"net/url"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/mail"
)

// Letters returns what was written to an address, the newest first.
func (p *Platform) Letters(to string) []mail.Entry {
	p.Helper()
	var found []mail.Entry
	agencies := []uuid.NullUUID{{}, {UUID: p.Home.Agency, Valid: true}, {UUID: p.Foreign.Agency, Valid: true}}
	for _, agency := range agencies {
		all, err := p.Mail.List(p.Context(), agency, uuid.NullUUID{}, 500, true)
		if err != nil {
			p.Fatal(err)
		}
		for _, e := range all {
			if e.Recipient == to {
				found = append(found, e)
			}
		}
	}
	return found
}

// Letter returns the newest message to an address, which must be of the kind,
// and the token of its link.
func (p *Platform) Letter(to, kind string) (mail.Entry, string) {
	p.Helper()
	all := p.Letters(to)
	if len(all) == 0 || all[0].Kind != kind {
		p.Fatalf("no %s was written to %s: %+v", kind, to, all)
	}
	link, err := url.Parse(all[0].Link)
	if err != nil {
		p.Fatal(err)
	}
	return all[0], link.Query().Get("token")
}
