package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/hotp"

	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

const (
	// step is how long a code of an authenticator is shown (RFC 6238).
	step = 30 * time.Second
	// drift is how many codes before and after the present one are taken, for
	// clocks that are not right.
	drift = 1
	// recoveryCodes is how many codes there are for a lost phone.
	recoveryCodes = 10
	// codeTries is how many wrong codes one sign-in may give.
	codeTries = 5
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// hasSecondFactor reports whether signing in asks for more than the password.
func hasSecondFactor(ctx context.Context, q pg.Querier, id uuid.UUID) (bool, error) {
	f, err := factorOf(ctx, q, id)
	return f.Asked(), err
}

// Factor is what an account has beside its password.
type Factor struct {
	Active   bool // an authenticator
	Since    time.Time
	Passkeys int
	Codes    int // recovery codes that are left
}

// Asked reports whether signing in with the password asks for more.
func (f Factor) Asked() bool { return f.Active || f.Passkeys > 0 }

// Factor returns what the account has beside its password.
func (s *Accounts) Factor(ctx context.Context, id uuid.UUID) (Factor, error) {
	return factorOf(ctx, s.DB.Pool(), id)
}

func factorOf(ctx context.Context, q pg.Querier, id uuid.UUID) (Factor, error) {
	var f Factor
	var since *time.Time
	err := q.QueryRow(ctx, `select
		(select active_at from platform.authenticator where account_id = $1),
		(select count(*) from platform.passkey where account_id = $1),
		(select count(*) from platform.recovery_code where account_id = $1 and used_at is null)`, id).Scan(&since, &f.Passkeys, &f.Codes)
	if since != nil {
		f.Active, f.Since = true, *since
	}
	return f, pg.Translate(err)
}

// BeginFactor makes the secret of an authenticator, which is worth nothing until
// EnableFactor has seen a code of it. It returns the secret as people type it
// and the address that phones read. Asked again it returns the same.
func (s *Accounts) BeginFactor(ctx context.Context, a Account, issuer string) (text, address string, err error) {
	plain := make([]byte, 20)
	_, _ = rand.Read(plain) // never fails, as crypto/rand documents
	sealed, err := s.Keys.Seal(plain, secret.AuthenticatorContext(a.ID))
	if err != nil {
		return "", "", err
	}
	_, err = s.DB.Pool().Exec(ctx, `
		insert into platform.authenticator (account_id, secret, created_at) values ($1, $2, $3)
		on conflict (account_id) do nothing`, a.ID, sealed, s.Now())
	if err != nil {
		return "", "", pg.Translate(err)
	}
	var active bool
	if err := s.DB.Pool().QueryRow(ctx, `select secret, active_at is not null from platform.authenticator where account_id = $1`, a.ID).Scan(&sealed, &active); err != nil {
		return "", "", pg.Translate(err)
	}
	if active {
		return "", "", errs.New(errs.Conflict, "factor_active", "There is an authenticator already. Remove it first.")
	}
	if plain, err = s.Keys.Open(sealed, secret.AuthenticatorContext(a.ID)); err != nil {
		return "", "", err
	}
	text = base32Text.EncodeToString(plain)
	label := url.PathEscape(issuer + ":" + a.Email)
	return text, "otpauth://totp/" + label + "?" + url.Values{"secret": {text}, "issuer": {issuer}}.Encode(), nil
}

// EnableFactor activates the authenticator that gives the code. It returns the
// recovery codes, which are shown once, unless a passkey has brought them
// already, and the session's new token; all other sessions end.
func (s *Accounts) EnableFactor(ctx context.Context, in Session, code string, by By) (codes []string, token string, err error) {
	err = s.DB.Change(ctx, func(tx pgx.Tx) error {
		had, err := factorOf(ctx, tx, in.ID)
		if err != nil || had.Active {
			return cmpErr(err, errs.New(errs.Conflict, "factor_active", "There is an authenticator already. Remove it first."))
		}
		ok, err := s.useStep(ctx, tx, in.ID, code)
		if err != nil {
			return err
		}
		if !ok {
			return errCode()
		}
		if _, err := tx.Exec(ctx, `update platform.authenticator set active_at = $2 where account_id = $1`, in.ID, s.Now()); err != nil {
			return pg.Translate(err)
		}
		codes, token, err = s.factorAdded(ctx, tx, in, had, "factor_enabled", by)
		return err
	})
	return codes, token, err
}

func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// RemoveFactor removes the authenticator. It returns the session's new token;
// all other sessions end.
func (s *Accounts) RemoveFactor(ctx context.Context, in Session, by By) (token string, err error) {
	return s.removeFactor(ctx, in, "factor_removed", by, `delete from platform.authenticator where account_id = $1`, in.ID)
}

// RenewCodes replaces the recovery codes.
func (s *Accounts) RenewCodes(ctx context.Context, in Session, by By) (codes []string, err error) {
	err = s.DB.Change(ctx, func(tx pgx.Tx) error {
		if active, err := hasSecondFactor(ctx, tx, in.ID); err != nil || !active {
			return cmpErr(err, errs.Missing())
		}
		if codes, err = newRecoveryCodes(ctx, tx, in.ID); err != nil {
			return err
		}
		return by.Note(ctx, tx, in.Account, "account.codes_renewed")
	})
	return codes, err
}

// newRecoveryCodes makes codes of 120 random bits, so that their plain hashes are
// safe to store.
func newRecoveryCodes(ctx context.Context, tx pgx.Tx, id uuid.UUID) ([]string, error) {
	if _, err := tx.Exec(ctx, `delete from platform.recovery_code where account_id = $1`, id); err != nil {
		return nil, pg.Translate(err)
	}
	codes, hashes := make([]string, recoveryCodes), make([][]byte, recoveryCodes)
	for i := range codes {
		bits := make([]byte, 15)
		_, _ = rand.Read(bits) // never fails, as crypto/rand documents
		text := strings.ToLower(base32Text.EncodeToString(bits))
		var groups []string
		for group := range slices.Chunk([]byte(text), 4) {
			groups = append(groups, string(group))
		}
		codes[i] = strings.Join(groups, "-")
		hashes[i] = secret.Hash(plainCode(codes[i]))
	}
	_, err := tx.Exec(ctx, `insert into platform.recovery_code (account_id, code_hash) select $1, unnest($2::bytea[])`, id, hashes)
	return codes, pg.Translate(err)
}

// plainCode is a code without what people put between its characters.
func plainCode(code string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, code))
}

// errCode is the answer to a code that is wrong, old, or was used.
func errCode() error {
	return errs.BadFields(errs.Field{Path: "code", Code: "code_wrong", Message: "This code is not right, or it was used already. Wait for the next one."})
}

// Proof is what somebody shows beside the password: a code, or a passkey.
type Proof struct {
	Code    string
	Passkey Signed
}

// use takes a proof. Each works once.
func (s *Accounts) use(ctx context.Context, tx pgx.Tx, id uuid.UUID, p Proof) error {
	if p.Passkey.Ceremony != "" {
		return s.usePasskey(ctx, tx, id, p.Passkey)
	}
	return s.useCode(ctx, tx, id, p.Code)
}

// useCode takes a code of the authenticator or a recovery code. Each works once.
func (s *Accounts) useCode(ctx context.Context, tx pgx.Tx, id uuid.UUID, code string) error {
	f, err := factorOf(ctx, tx, id)
	if err != nil || !f.Asked() {
		return cmpErr(err, errCode())
	}
	if f.Active {
		ok, err := s.useStep(ctx, tx, id, code)
		if err != nil || ok {
			return err
		}
	}
	tag, err := tx.Exec(ctx, `update platform.recovery_code set used_at = $3 where account_id = $1 and code_hash = $2 and used_at is null`,
		id, secret.Hash(plainCode(code)), s.Now())
	if err != nil {
		return pg.Translate(err)
	}
	if tag.RowsAffected() == 0 {
		return errCode()
	}
	return nil
}

// useStep takes a code of the authenticator that is newer than all that were
// taken. One statement decides, so that of two at once one is taken.
func (s *Accounts) useStep(ctx context.Context, tx pgx.Tx, id uuid.UUID, code string) (bool, error) {
	code = plainCode(code)
	var sealed string
	err := tx.QueryRow(ctx, `select secret from platform.authenticator where account_id = $1`, id).Scan(&sealed)
	if err = pg.Translate(err); errs.KindOf(err) == errs.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	plain, err := s.Keys.Open(sealed, secret.AuthenticatorContext(id))
	if err != nil {
		return false, fmt.Errorf("open the authenticator's secret: %w", err)
	}
	now := s.Now().Unix() / int64(step.Seconds())
	matched := int64(-1)
	for at := now - drift; at <= now+drift; at++ {
		want, err := hotp.GenerateCode(base32Text.EncodeToString(plain), uint64(at))
		if err != nil {
			return false, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			matched = at
		}
	}
	if matched < 0 {
		return false, nil
	}
	tag, err := tx.Exec(ctx, `update platform.authenticator set last_step = $2 where account_id = $1 and last_step < $2`, id, matched)
	return err == nil && tag.RowsAffected() == 1, pg.Translate(err)
}

// Pending returns whose sign-in waits for its second factor.
func (s *Accounts) Pending(ctx context.Context, pending string) (Account, error) {
	t, err := s.peek(ctx, ticketSecondFactor, pending)
	if err != nil {
		return Account{}, err
	}
	return Find(ctx, s.DB.Pool(), t.Account.UUID)
}

// Withdraw takes back what a sign-in has come to.
func (s *Accounts) Withdraw(ctx context.Context, e Entry) error {
	if e.Pending != "" {
		_, err := s.DB.Pool().Exec(ctx, `delete from platform.ticket where token_hash = $1`, secret.Hash(e.Pending))
		return pg.Translate(err)
	}
	return s.SignOut(ctx, e.Token)
}

// SecondStep ends a sign-in that waits for its second factor. A sign-in takes
// five wrong codes; then the password is asked again.
func (s *Accounts) SecondStep(ctx context.Context, pending string, proof Proof, old string, by By) (Entry, error) {
	// The try is counted first, and for itself, so that many at once do not get
	// more of them.
	tag, err := s.DB.Pool().Exec(ctx, `
		update platform.ticket set tries = tries + 1
		where token_hash = $1 and kind = $2 and used_at is null and expires_at > $3 and tries < $4`,
		secret.Hash(pending), ticketSecondFactor, s.Now(), codeTries)
	if err != nil {
		return Entry{}, pg.Translate(err)
	}
	if tag.RowsAffected() == 0 {
		return Entry{}, errTicket()
	}
	var entry Entry
	err = s.replacing(old)(ctx, func(tx pgx.Tx) error {
		t, err := Redeem(ctx, tx, ticketSecondFactor, pending, s.Now())
		if err != nil {
			return err
		}
		if entry.Account, err = Find(ctx, tx, t.Account.UUID); err != nil {
			return err
		}
		if err := s.use(ctx, tx, entry.Account.ID, proof); err != nil {
			return err
		}
		entry.Token, err = s.enter(ctx, tx, entry.Account, old, by)
		return err
	})
	return entry, err
}
