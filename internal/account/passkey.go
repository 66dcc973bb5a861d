package account

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

const (
	// maxPasskeys is how many passkeys an account may have.
	maxPasskeys = 20
	// maxPasskeyName is how long the name of one may be, in bytes.
	maxPasskeyName = 100
)

// Passkey is a key of a device, a password manager or a stick, as its owner sees
// it (W3C Web Authentication, level 3). Used with a finger, a face or a PIN it
// proves two things at once, and signs in without the password.
type Passkey struct {
	ID        uuid.UUID  `db:"id"`
	Name      string     `db:"name"`
	Synced    bool       `db:"synced"` // its owner's other devices have it too
	CreatedAt time.Time  `db:"created_at"`
	UsedAt    *time.Time `db:"used_at"`
}

// Ceremony is a question that a passkey answers: the options for the browser,
// and the token under which the answer is expected. It is good for one answer,
// for ten minutes.
type Ceremony struct {
	Options json.RawMessage `json:"options"`
	Token   string          `json:"token"`
}

// Signed is a passkey's answer: the ceremony's token and what the browser gave,
// as JSON.
type Signed struct{ Ceremony, Credential string }

// relyingParty is the platform as passkeys know it; nil where its address is a
// bare number, to which browsers bind none.
func relyingParty(baseURL string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil, err
	}
	if net.ParseIP(u.Hostname()) != nil {
		return nil, nil
	}
	return webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "DRAMAC", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
}

// TakesPasskeys reports whether the platform's address is one that passkeys can
// be bound to.
func (s *Accounts) TakesPasskeys() bool { return s.relying != nil }

// holder is an account as the library asks for it. What devices keep of it is
// its id, which tells nothing.
type holder struct {
	Account
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.ID[:] }
func (h holder) WebAuthnName() string                       { return h.Email }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// holderOf is the account with its passkeys.
func holderOf(ctx context.Context, q pg.Querier, id uuid.UUID) (holder, error) {
	var h holder
	var err error
	if h.Account, err = Find(ctx, q, id); err != nil {
		return h, err
	}
	rows, err := q.Query(ctx, `select credential from platform.passkey where account_id = $1 order by created_at`, id)
	if err != nil {
		return h, pg.Translate(err)
	}
	h.credentials, err = pgx.CollectRows(rows, pgx.RowTo[webauthn.Credential])
	return h, pg.Translate(err)
}

// Passkeys returns the account's passkeys, the oldest first.
func (s *Accounts) Passkeys(ctx context.Context, id uuid.UUID) ([]Passkey, error) {
	return pg.All[Passkey](ctx, s.DB.Pool(), `
		select id, name, coalesce((credential->'flags'->>'backupState')::boolean, false) as synced, created_at, used_at
		from platform.passkey where account_id = $1 order by created_at, id`, id)
}

// ask keeps what a ceremony needs until the answer comes.
func (s *Accounts) ask(ctx context.Context, kind TicketKind, account uuid.NullUUID, options any, session *webauthn.SessionData) (Ceremony, error) {
	var c Ceremony
	kept, err := json.Marshal(session)
	if err != nil {
		return c, err
	}
	if c.Options, err = json.Marshal(options); err != nil {
		return c, err
	}
	err = s.DB.Tx(ctx, func(tx pgx.Tx) error {
		c.Token, err = Issue(ctx, tx, Ticket{Kind: kind, Account: account, Data: kept}, s.Now())
		return err
	})
	return c, err
}

// answered takes the ceremony of an answer; each is taken once.
func (s *Accounts) answered(ctx context.Context, tx pgx.Tx, kind TicketKind, account uuid.UUID, token string) (webauthn.SessionData, error) {
	var session webauthn.SessionData
	t, err := Redeem(ctx, tx, kind, token, s.Now())
	if errs.KindOf(err) == errs.Invalid || err == nil && t.Account.UUID != account {
		return session, errPasskey()
	}
	if err != nil {
		return session, err
	}
	return session, json.Unmarshal(t.Data, &session)
}

func only(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

// errPasskey is the answer to whatever is wrong with what a passkey has signed.
func errPasskey() error {
	return errs.BadFields(errs.Field{Path: "passkey", Code: "passkey_wrong", Message: "The passkey was not accepted. Try again, or use another way."})
}

// BeginPasskey asks a browser to make a passkey for the account.
func (s *Accounts) BeginPasskey(ctx context.Context, a Account) (Ceremony, error) {
	if s.relying == nil {
		return Ceremony{}, errs.Missing()
	}
	h, err := holderOf(ctx, s.DB.Pool(), a.ID)
	if err != nil {
		return Ceremony{}, err
	}
	var known webauthn.Credentials = h.credentials
	creation, session, err := s.relying.BeginRegistration(h, webauthn.WithExclusions(known.CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return s.ask(ctx, ticketPasskeyAdd, only(a.ID), creation.Response, session)
}

// AddPasskey adds the passkey that a browser has made. It returns the recovery
// codes, which are shown once, unless there are some already, and the session's
// new token; all other sessions end.
func (s *Accounts) AddPasskey(ctx context.Context, in Session, name string, signed Signed, by By) (codes []string, token string, err error) {
	if s.relying == nil {
		return nil, "", errs.Missing()
	}
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxPasskeyName {
		return nil, "", errs.BadFields(errs.Field{Path: "name", Code: "passkey_name", Message: fmt.Sprintf("Give it a name of at most %d characters.", maxPasskeyName)})
	}
	err = s.DB.Change(ctx, func(tx pgx.Tx) error {
		session, err := s.answered(ctx, tx, ticketPasskeyAdd, in.ID, signed.Ceremony)
		if err != nil {
			return err
		}
		// Two at once wait for each other here, so that the count holds.
		if _, err := tx.Exec(ctx, `select from platform.account where id = $1 for update`, in.ID); err != nil {
			return err
		}
		h, err := holderOf(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if len(h.credentials) >= maxPasskeys {
			return errs.New(errs.Conflict, "passkeys_full", "There are %d passkeys already. Remove one first.", maxPasskeys)
		}
		parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(signed.Credential))
		if err != nil {
			return errPasskey()
		}
		made, err := s.relying.CreateCredential(h, session, parsed)
		if err != nil {
			return errPasskey()
		}
		had, err := factorOf(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			insert into platform.passkey (id, account_id, credential_id, credential, name, created_at) values ($1, $2, $3, $4, $5, $6)
			on conflict (credential_id) do nothing`, uuid.New(), in.ID, made.ID, made, name, s.Now())
		if err != nil {
			return pg.Translate(err)
		}
		if tag.RowsAffected() == 0 {
			return errPasskey()
		}
		codes, token, err = s.factorAdded(ctx, tx, in, had, "passkey_added", by)
		return err
	})
	return codes, token, err
}

// RemovePasskey removes one of the account's passkeys. It returns the session's
// new token; all other sessions end.
func (s *Accounts) RemovePasskey(ctx context.Context, in Session, id uuid.UUID, by By) (token string, err error) {
	return s.removeFactor(ctx, in, "passkey_removed", by, `delete from platform.passkey where account_id = $1 and id = $2`, in.ID, id)
}

// BeginPasskeySignIn asks a browser for any passkey that it has for the platform.
func (s *Accounts) BeginPasskeySignIn(ctx context.Context) (Ceremony, error) {
	if s.relying == nil {
		return Ceremony{}, errs.Missing()
	}
	assertion, session, err := s.relying.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return s.ask(ctx, ticketPasskeySignIn, uuid.NullUUID{}, assertion.Response, session)
}

// SignInByPasskey opens a session for whoever holds the passkey and has shown it
// a finger, a face or a PIN; nothing more is asked for.
func (s *Accounts) SignInByPasskey(ctx context.Context, signed Signed, old string, by By) (Entry, error) {
	if s.relying == nil {
		return Entry{}, errs.Missing()
	}
	var entry Entry
	err := s.replacing(old)(ctx, func(tx pgx.Tx) error {
		session, err := s.answered(ctx, tx, ticketPasskeySignIn, uuid.Nil, signed.Ceremony)
		if err != nil {
			return err
		}
		parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(signed.Credential))
		if err != nil {
			return errPasskey()
		}
		id, err := uuid.FromBytes(parsed.Response.UserHandle)
		if err != nil {
			return errPasskey()
		}
		h, err := holderOf(ctx, tx, id)
		if errs.KindOf(err) == errs.NotFound {
			return errPasskey()
		}
		if err != nil {
			return err
		}
		used, err := s.relying.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, session, parsed)
		if err != nil {
			return errPasskey()
		}
		if err := s.keepUse(ctx, tx, used); err != nil {
			return err
		}
		entry.Account = h.Account
		entry.Token, err = s.enter(ctx, tx, h.Account, old, by)
		return err
	})
	return entry, err
}

// BeginPasskeyProof asks for one of the account's passkeys, beside or instead of
// the password. A Ceremony without a token means that the account has none.
func (s *Accounts) BeginPasskeyProof(ctx context.Context, id uuid.UUID) (Ceremony, error) {
	if s.relying == nil {
		return Ceremony{}, nil
	}
	h, err := holderOf(ctx, s.DB.Pool(), id)
	if err != nil || len(h.credentials) == 0 {
		return Ceremony{}, err
	}
	assertion, session, err := s.relying.BeginLogin(h)
	if err != nil {
		return Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return s.ask(ctx, ticketPasskeyProof, only(id), assertion.Response, session)
}

// usePasskey takes what one of the account's passkeys has signed.
func (s *Accounts) usePasskey(ctx context.Context, tx pgx.Tx, id uuid.UUID, signed Signed) error {
	if s.relying == nil {
		return errPasskey()
	}
	session, err := s.answered(ctx, tx, ticketPasskeyProof, id, signed.Ceremony)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(signed.Credential))
	if err != nil {
		return errPasskey()
	}
	h, err := holderOf(ctx, tx, id)
	if err != nil {
		return err
	}
	used, err := s.relying.ValidateLogin(h, session, parsed)
	if err != nil {
		return errPasskey()
	}
	return s.keepUse(ctx, tx, used)
}

// keepUse writes down that a passkey was used. One that counts its signatures
// and has counted fewer than before is a copy, and is refused.
func (s *Accounts) keepUse(ctx context.Context, tx pgx.Tx, used *webauthn.Credential) error {
	if used.Authenticator.CloneWarning {
		return errPasskey()
	}
	_, err := tx.Exec(ctx, `update platform.passkey set credential = $2, used_at = $3 where credential_id = $1`, used.ID, used, s.Now())
	return pg.Translate(err)
}
