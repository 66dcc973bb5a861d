package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dramac-main/dramac-cms/internal/mail"
	"github.com/dramac-main/dramac-cms/internal/pg"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// Forget begins the way to a new password: the account of the address is sent a
// link. An unknown address is written down as well, and sent nothing.
func (s *Accounts) Forget(ctx context.Context, email string, by By) error {
	a, err := FindByEmail(ctx, s.DB.Pool(), email)
	known := err == nil
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	return s.DB.Tx(ctx, func(tx pgx.Tx) error {
		token, err := Issue(ctx, tx, Ticket{Kind: ticketReset, Account: uuid.NullUUID{UUID: a.ID, Valid: known}}, s.Now())
		if err != nil || !known {
			return err
		}
		return s.write(ctx, tx, a, mail.Message{Kind: "reset_password", Words: by.Words, Link: s.link("/app/reset", token)})
	})
}

// CheckReset refuses a link that does not work any more.
func (s *Accounts) CheckReset(ctx context.Context, token string) error {
	t, err := s.peek(ctx, ticketReset, token)
	if err == nil && !t.Account.Valid {
		return errTicket()
	}
	return err
}

// Reset gives the account of the link a new password and ends all its sessions.
func (s *Accounts) Reset(ctx context.Context, token, password string, by By) (Account, error) {
	t, err := s.peek(ctx, ticketReset, token)
	if err != nil {
		return Account{}, err
	}
	if !t.Account.Valid {
		return Account{}, errTicket()
	}
	a, err := Find(ctx, s.DB.Pool(), t.Account.UUID)
	if err != nil {
		return Account{}, err
	}
	if err := CheckPassword(password, a.Name, a.Email); err != nil {
		return Account{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return Account{}, err
	}
	return a, s.DB.Change(ctx, func(tx pgx.Tx) error {
		if _, err := Redeem(ctx, tx, ticketReset, token, s.Now()); err != nil {
			return err
		}
		return s.setPassword(ctx, tx, a, hash, uuid.Nil, by, "account.password_reset")
	})
}

// setPassword stores the hash, ends all sessions but one and tells the owner.
func (s *Accounts) setPassword(ctx context.Context, tx pgx.Tx, a Account, hash string, keep uuid.UUID, by By, action string) error {
	if _, err := tx.Exec(ctx, `update platform.account set password_hash = $2 where id = $1`, a.ID, hash); err != nil {
		return pg.Translate(err)
	}
	if err := endOthers(ctx, tx, a.ID, keep); err != nil {
		return err
	}
	// Links and half-finished sign-ins that the old password led to are worth
	// nothing any more.
	if _, err := tx.Exec(ctx, `delete from platform.ticket where account_id = $1 and used_at is null`, a.ID); err != nil {
		return pg.Translate(err)
	}
	if err := s.write(ctx, tx, a, mail.Message{Kind: "password_changed", Words: by.Words, Link: s.BaseURL + "/app/forgot"}); err != nil {
		return err
	}
	return by.Note(ctx, tx, a, action)
}

// ChangePassword replaces the password of somebody who knows the present one.
// All other sessions end; it returns the new token of the one that asks.
func (s *Accounts) ChangePassword(ctx context.Context, in Session, current, password string, by By) (token string, err error) {
	if err := CheckPassword(password, in.Name, in.Email); err != nil {
		return "", err
	}
	if err := s.checkOwn(ctx, in.ID, current); err != nil {
		return "", err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = s.DB.Change(ctx, func(tx pgx.Tx) error {
		if token, err = s.rotate(ctx, tx, in.Session); err != nil {
			return err
		}
		return s.setPassword(ctx, tx, in.Account, hash, in.Session, by, "account.password_changed")
	})
	return token, err
}

// AskEmail begins the change of an account's address: a link goes to the new
// one. One that another account has is told so by mail, and nobody else.
func (s *Accounts) AskEmail(ctx context.Context, in Session, email string, by By) error {
	address, err := mail.Address(email)
	if err != nil {
		return errs.BadFields(errs.Field{Path: "email", Code: "not_email", Message: "This is not an e-mail address."})
	}
	return s.DB.Tx(ctx, func(tx pgx.Tx) error {
		token, err := Issue(ctx, tx, Ticket{Kind: ticketEmail, Account: uuid.NullUUID{UUID: in.ID, Valid: true}, Address: address}, s.Now())
		if err != nil {
			return err
		}
		m := mail.Message{Kind: "change_email", To: address, Words: by.Words, Link: s.link("/app/email", token)}
		if _, err := FindByEmail(ctx, tx, address); err == nil {
			m = mail.Message{Kind: "address_known", To: address, Words: by.Words, Link: s.BaseURL + "/app/login"}
		} else if errs.KindOf(err) != errs.NotFound {
			return err
		}
		if err := s.write(ctx, tx, in.Account, m); err != nil {
			return err
		}
		return by.Note(ctx, tx, in.Account, "account.email_asked")
	})
}

// CheckEmail returns the address that a link would make the account's.
func (s *Accounts) CheckEmail(ctx context.Context, token string) (string, error) {
	t, err := s.peek(ctx, ticketEmail, token)
	return t.Address, err
}

// ChangeEmail makes the address of the link the account's, and tells the old one.
func (s *Accounts) ChangeEmail(ctx context.Context, token string, by By) error {
	return s.DB.Change(ctx, func(tx pgx.Tx) error {
		t, err := Redeem(ctx, tx, ticketEmail, token, s.Now())
		if err != nil {
			return err
		}
		a, err := Find(ctx, tx, t.Account.UUID)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update platform.account set email = $2 where id = $1
			and not exists (select from platform.account where email = $2)`, a.ID, t.Address)
		if err != nil {
			return pg.Translate(err)
		}
		if tag.RowsAffected() == 0 {
			return errTicket() // somebody else has it by now
		}
		if err := s.write(ctx, tx, a, mail.Message{Kind: "email_changed", Words: by.Words}); err != nil {
			return err
		}
		a.Email = t.Address
		return by.Note(ctx, tx, a, "account.email_changed")
	})
}

// AskSignUp begins a sign-up: a link goes to the address. One that is known is
// told so by mail; whoever asked is told the same either way.
func (s *Accounts) AskSignUp(ctx context.Context, email string, by By) error {
	address, err := mail.Address(email)
	if err != nil {
		return errs.BadFields(errs.Field{Path: "email", Code: "not_email", Message: "This is not an e-mail address."})
	}
	a, err := FindByEmail(ctx, s.DB.Pool(), address)
	known := err == nil
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	return s.DB.Tx(ctx, func(tx pgx.Tx) error {
		token, err := Issue(ctx, tx, Ticket{Kind: ticketSignUp, Address: address}, s.Now())
		if err != nil {
			return err
		}
		m := mail.Message{Kind: "sign_up", To: address, Words: by.Words, Link: s.link("/app/signup/finish", token)}
		if known {
			m = mail.Message{Kind: "address_known", To: address, Words: by.Words, Link: s.BaseURL + "/app/login"}
		}
		return s.write(ctx, tx, a, m)
	})
}

// CheckSignUp returns the address that a link of a sign-up was sent to.
func (s *Accounts) CheckSignUp(ctx context.Context, token string) (string, error) {
	t, err := s.peek(ctx, ticketSignUp, token)
	return t.Address, err
}

// SignUp makes the account of the link's address, and what belongs to it, in one
// transaction. It returns the token of the account's first session.
func (s *Accounts) SignUp(ctx context.Context, token, name, password string, by By, found func(ctx context.Context, tx pgx.Tx, a Account) error) (string, error) {
	address, err := s.CheckSignUp(ctx, token)
	if err != nil {
		return "", err
	}
	if err := CheckPassword(password, name, address); err != nil {
		return "", err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	a, session := Account{ID: id, Email: address, Name: name}, ""
	err = s.DB.Change(ctx, func(tx pgx.Tx) error {
		if _, err := Redeem(ctx, tx, ticketSignUp, token, s.Now()); err != nil {
			return err
		}
		if err := insert(ctx, tx, a, hash); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return errTicket() // by another link to the same address
			}
			return err
		}
		if err := found(ctx, tx, a); err != nil {
			return err
		}
		if session, err = s.open(ctx, tx, a.ID, by); err != nil {
			return err
		}
		return by.Note(ctx, tx, a, "account.created")
	})
	if err != nil {
		return "", fmt.Errorf("sign up: %w", err)
	}
	return session, nil
}
