package gateway

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/screen"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// askForPasskey is POST /app/login/passkey/ask: a question that a passkey answers.
// The page of signing in asks for it when its button is pressed.
func askForPasskey(c *call) (answer, error) {
	if err := c.limits.take(c.writer, c.request, askedPasskeys, c.subnet()); err != nil {
		return answer{}, err
	}
	ceremony, err := c.Accounts.BeginPasskeySignIn(c.ctx)
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(ceremony)
	return jsonBody(http.StatusOK, body), err
}

// submitPasskeyLogin is POST /app/login/passkey: the answer to that question.
func submitPasskeyLogin(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	view := screen.Login{Next: safeNext(form.Get("next"))}
	from := gate{c, "", []counted{{failedSignInsFrom, c.subnet()}}}
	if from.left() != nil {
		return c.refuseLogin(http.StatusTooManyRequests, view, screen.LoginExhausted)
	}
	entry, err := c.Accounts.SignInByPasskey(c.ctx, signed(form), c.cookie(sessionCookie), c.by())
	if e, ok := formError(err); err != nil && ok {
		if e.Kind == errs.Invalid && from.take() != nil {
			return c.refuseLogin(http.StatusTooManyRequests, view, screen.LoginExhausted)
		}
		return c.refuseLogin(statuses[e.Kind], view, screen.LoginPasskey)
	}
	if err != nil {
		return answer{}, err
	}
	return c.signedIn(entry, view.Next)
}

// signed is what a form holds of a passkey's answer.
func signed(form url.Values) account.Signed {
	return account.Signed{Ceremony: form.Get("ceremony"), Credential: form.Get("credential")}
}

// proof is what a form holds to prove who somebody is, beside the password.
func proof(form url.Values) account.Proof {
	return account.Proof{Code: form.Get("code"), Passkey: signed(form)}
}

// passkeyWay is the form that takes one of an account's passkeys; nil when it
// has none.
func (c *call) passkeyWay(id uuid.UUID, action, next, label string) (*screen.Passkey, error) {
	ceremony, err := c.Accounts.BeginPasskeyProof(c.ctx, id)
	if err != nil || ceremony.Token == "" {
		return nil, err
	}
	return &screen.Passkey{
		Action: action, Submit: label, Options: string(ceremony.Options),
		Hidden: []screen.Hidden{{Name: "next", Value: next}, {Name: "ceremony", Value: ceremony.Token}},
	}, nil
}

// newPasskeyPage is GET /app/me/passkeys/new.
func newPasskeyPage(c *call) (answer, error) { return c.showNewPasskey(http.StatusOK, "", nil) }

func (c *call) showNewPasskey(status int, name string, refused *errs.Error) (answer, error) {
	ceremony, err := c.Accounts.BeginPasskey(c.ctx, c.account.Account)
	if err != nil {
		return answer{}, err
	}
	if name == "" && status == http.StatusOK {
		name = screen.AgentName(c.request.UserAgent())
	}
	wrong := c.fieldWords(refused, "passkey")
	if wrong == "" {
		wrong = c.refusedWords(refused)
	}
	return c.meForm(status, screen.Door{
		Title: c.words.T("passkey.new.title"), Text: c.words.T("passkey.new.text"), Error: wrong,
		Passkey: &screen.Passkey{
			Action: "/app/me/passkeys", Submit: c.words.T("passkey.new.submit"), Options: string(ceremony.Options), Create: true, Primary: true,
			Hidden: []screen.Hidden{{Name: "ceremony", Value: ceremony.Token}},
			Fields: []screen.DoorField{{
				Name: "name", Label: c.words.T("passkey.name"), Value: name, Help: c.words.T("passkey.name.help"), Error: c.fieldWords(refused, "name"),
			}},
		},
	})
}

// submitPasskey is POST /app/me/passkeys.
func submitPasskey(c *call) (answer, error) {
	form, err := c.postedForm()
	if err != nil {
		return answer{}, err
	}
	codes, token, err := c.Accounts.AddPasskey(c.ctx, c.account, form.Get("name"), signed(form), c.by())
	if e, ok := formError(err); err != nil && ok {
		return c.showNewPasskey(statuses[e.Kind], form.Get("name"), e)
	}
	if err != nil {
		return answer{}, err
	}
	c.setSession(token, int(account.SessionLife.Seconds()))
	if len(codes) > 0 {
		return c.showCodes(codes)
	}
	c.flash("flash.passkey.added", "")
	return redirect("/app/me")
}

// submitPasskeyRemoval is POST /app/me/passkeys/{passkey}/remove. What is not
// there any more needs no removal.
func submitPasskeyRemoval(c *call) (answer, error) {
	id, err := uuid.Parse(c.path("passkey"))
	if err != nil {
		return redirect("/app/me")
	}
	token, err := c.Accounts.RemovePasskey(c.ctx, c.account, id, c.by())
	if errs.KindOf(err) == errs.NotFound {
		return redirect("/app/me")
	}
	if err != nil {
		return answer{}, err
	}
	c.setSession(token, int(account.SessionLife.Seconds()))
	c.flash("flash.passkey.removed", "")
	return redirect("/app/me")
}
