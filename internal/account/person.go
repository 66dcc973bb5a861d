package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

const (
	// PersonLife is how long a person stays signed in on a site.
	PersonLife = 30 * 24 * time.Hour
	// PersonWait is how long a code and a link work.
	PersonWait = 10 * time.Minute

	// A person is sent one link and one code. The code works in the browser that
	// asked for it only, whose cookie holds the ticket's token.
	ticketPersonLink TicketKind = "person_link"
	ticketPersonCode TicketKind = "person_code"
)

// Person is somebody who signs in on one site.
type Person struct {
	ID        uuid.UUID `db:"id"`
	Site      uuid.UUID `db:"site_id"`
	Email     string    `db:"email"`
	ExpiresAt time.Time `db:"expires_at"` // of the session
}

// PersonSite is the site that a person signs in on.
type PersonSite struct {
	ID, Agency uuid.UUID
	// Link is the address that the mail's link is made of.
	Link string
}

// personTicket is what both tickets of a sign-in carry.
type personTicket struct {
	Site uuid.UUID `json:"site"`
	// Code is the hash of the browser's token and the code; of the link empty.
	Code string `json:"code,omitempty"`
	// Other is the hash of the sign-in's other ticket.
	Other string `json:"other"`
}

// AskPerson sends a code and a link to an address. It returns the token for the
// browser's cookie, without which the code is worth nothing. Whether the address
// has signed in before makes no difference.
func (s *Accounts) AskPerson(ctx context.Context, at PersonSite, email string, by By) (browser string, err error) {
	address, err := mail.Address(email)
	if err != nil {
		return "", errs.BadFields(errs.Field{Path: "email", Code: "not_email", Message: "This is not an e-mail address."})
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	code, link := fmt.Sprintf("%06d", n), secret.NewToken()
	browser = secret.NewToken()
	tickets := []struct {
		kind  TicketKind
		token string
		data  personTicket
	}{
		{ticketPersonLink, link, personTicket{Site: at.ID, Other: hashText(browser)}},
		{ticketPersonCode, browser, personTicket{Site: at.ID, Code: hashText(browser + code), Other: hashText(link)}},
	}
	err = s.DB.Tx(ctx, func(tx pgx.Tx) error {
		for _, t := range tickets {
			data, err := json.Marshal(t.data)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `
				insert into platform.ticket (token_hash, kind, address, data, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
				secret.Hash(t.token), t.kind, address, data, s.Now(), s.Now().Add(PersonWait))
			if err != nil {
				return pg.Translate(err)
			}
		}
		return s.Mail.Send(ctx, tx, mail.Message{
			Kind: "person_sign_in", Agency: uuid.NullUUID{UUID: at.Agency, Valid: true}, Site: uuid.NullUUID{UUID: at.ID, Valid: true}, To: address,
			Words: by.Words, Code: code[:3] + " " + code[3:], Link: at.Link + "?token=" + link,
		})
	})
	return browser, err
}

func hashText(token string) string { return hex.EncodeToString(secret.Hash(token)) }

// PersonByLink signs the person in whom the link was sent to.
func (s *Accounts) PersonByLink(ctx context.Context, site uuid.UUID, token string, by By) (string, error) {
	return s.person(ctx, ticketPersonLink, site, token, by)
}

// CheckPersonLink refuses a link that does not work on the site.
func (s *Accounts) CheckPersonLink(ctx context.Context, site uuid.UUID, token string) error {
	t, err := s.peek(ctx, ticketPersonLink, token)
	if err != nil {
		return err
	}
	_, err = t.person(site)
	return err
}

// person reads what the ticket of a sign-in on the site carries.
func (t Ticket) person(site uuid.UUID) (personTicket, error) {
	var data personTicket
	if err := json.Unmarshal(t.Data, &data); err != nil {
		return data, err
	}
	if data.Site != site {
		return data, errTicket()
	}
	return data, nil
}

// PersonByCode signs the person in who typed the code into the browser that asked
// for it. Five wrong codes end it.
func (s *Accounts) PersonByCode(ctx context.Context, site uuid.UUID, browser, code string, by By) (string, error) {
	// Counted first and for itself, so that many at once do not get more tries.
	t, err := pg.One[Ticket](ctx, s.DB.Pool(), `
		update platform.ticket set tries = tries + 1
		where token_hash = $1 and kind = $2 and used_at is null and expires_at > $3 and tries < $4
		returning kind, account_id, address, data, tries`, secret.Hash(browser), ticketPersonCode, s.Now(), codeTries)
	if errs.KindOf(err) == errs.NotFound {
		return "", errTicket()
	}
	if err != nil {
		return "", err
	}
	data, err := t.person(site)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(data.Code), []byte(hashText(browser+plainCode(code)))) != 1 {
		return "", errCode()
	}
	return s.person(ctx, ticketPersonCode, site, browser, by)
}

// person takes the ticket, and its other half with it, and opens the session.
func (s *Accounts) person(ctx context.Context, kind TicketKind, site uuid.UUID, token string, by By) (session string, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	err = s.DB.Tx(ctx, func(tx pgx.Tx) error {
		t, err := Redeem(ctx, tx, kind, token, s.Now())
		if err != nil {
			return err
		}
		data, err := t.person(site)
		if err != nil {
			return err
		}
		other, err := hex.DecodeString(data.Other)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from platform.ticket where token_hash = $1`, other); err != nil {
			return err
		}
		now := s.Now()
		// Doing nothing would return no row of one that is there.
		err = tx.QueryRow(ctx, `
			insert into platform.person_account (site_id, id, email, created_at) values ($1, $2, $3, $4)
			on conflict (site_id, email) do update set email = excluded.email returning id`, site, id, t.Address, now).Scan(&id)
		if err != nil {
			return err
		}
		agent := by.Agent
		if len(agent) > 200 {
			agent = strings.ToValidUTF8(agent[:200], "")
		}
		session = secret.NewToken()
		_, err = tx.Exec(ctx, `
			insert into platform.person_session (token_hash, site_id, person_id, created_at, expires_at, address, agent)
			values ($1, $2, $3, $4, $5, $6, $7)`, secret.Hash(session), site, id, now, now.Add(PersonLife), by.Address, agent)
		return err
	})
	return session, err
}

// FindPerson returns whom a cookie's token is of on the site, live or not.
func FindPerson(ctx context.Context, q pg.Querier, site uuid.UUID, token string) (Person, error) {
	return pg.One[Person](ctx, q, `
		select p.id, p.site_id, p.email, s.expires_at from platform.person_session s
		join platform.person_account p on p.site_id = s.site_id and p.id = s.person_id
		where s.token_hash = $1 and s.site_id = $2`, secret.Hash(token), site)
}

// SignPersonOut ends the session of the token, at once and in every process.
func (s *Accounts) SignPersonOut(ctx context.Context, token string) error {
	return s.DB.Change(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `delete from platform.person_session where token_hash = $1`, secret.Hash(token))
		return err
	})
}
