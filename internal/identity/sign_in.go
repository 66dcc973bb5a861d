package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

const (
	// discoveryLife is how long what a provider says of itself is believed. Its
	// keys are asked again when a signature names one that is not known.
	discoveryLife = time.Hour
	// clockDrift is how far a provider's clock may be from ours.
	clockDrift = time.Minute
)

// discovered is what a provider says of itself.
type discovered struct {
	*oidc.Provider
	endpoint oauth2.Endpoint
	// names says that answers carry the issuer's name (RFC 9207).
	names bool
	at    time.Time
}

// errUnreachable is the answer when a provider cannot be asked. The cause is
// for the owner's test and the log.
func errUnreachable(cause error) error {
	return errs.New(errs.Invalid, "provider_unreachable", "The provider cannot be asked at the moment.").WithCause(cause)
}

// errRefused is the answer to everything about a sign-in that does not hold.
func errRefused(format string, args ...any) error {
	return errs.New(errs.Invalid, "provider_refused", "What the provider says does not hold.").WithCause(fmt.Errorf(format, args...))
}

// discover asks the issuer where it does what, unless that is known.
func (s *Providers) discover(ctx context.Context, issuer string) (discovered, error) {
	s.mu.Lock()
	found, ok := s.known[issuer]
	s.mu.Unlock()
	if ok && s.Now().Before(found.at.Add(discoveryLife)) {
		return found, nil
	}
	found, err := s.ask(ctx, issuer)
	if err != nil {
		return found, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) > 1000 {
		clear(s.known)
	}
	s.known[issuer] = found
	return found, nil
}

func (s *Providers) ask(ctx context.Context, issuer string) (discovered, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, s.Egress.HTTP), issuer)
	if err != nil {
		return discovered{}, errUnreachable(err)
	}
	var said struct {
		Methods  []string `json:"token_endpoint_auth_methods_supported"`
		Answers  []string `json:"response_types_supported"`
		NamesIss bool     `json:"authorization_response_iss_parameter_supported"`
		Keys     string   `json:"jwks_uri"`
	}
	if err := p.Claims(&said); err != nil {
		return discovered{}, errUnreachable(err)
	}
	found := discovered{Provider: p, endpoint: p.Endpoint(), names: said.NamesIss, at: s.Now()}
	found.endpoint.AuthStyle = oauth2.AuthStyleInHeader
	switch {
	case len(said.Methods) == 0 || slices.Contains(said.Methods, "client_secret_basic"):
	case slices.Contains(said.Methods, "client_secret_post"):
		found.endpoint.AuthStyle = oauth2.AuthStyleInParams
	default:
		return discovered{}, errUnreachable(errors.New("it takes no client secret"))
	}
	if len(said.Answers) > 0 && !slices.Contains(said.Answers, "code") {
		return discovered{}, errUnreachable(errors.New("it does not offer the authorization code flow"))
	}
	for name, text := range map[string]string{"authorization_endpoint": found.endpoint.AuthURL, "token_endpoint": found.endpoint.TokenURL, "jwks_uri": said.Keys} {
		u, err := url.Parse(text)
		if err != nil || s.Egress.Allows(u) != nil {
			return discovered{}, errUnreachable(fmt.Errorf("its %s is not an address that begins with https://", name))
		}
	}
	return found, nil
}

// Test asks the provider about itself, and says in words what fails; empty:
// nothing does.
func (s *Providers) Test(ctx context.Context, p Provider) string {
	s.mu.Lock()
	delete(s.known, p.Issuer)
	s.mu.Unlock()
	_, err := s.discover(ctx, p.Issuer)
	if err == nil {
		return ""
	}
	if cause := errors.Unwrap(errs.Of(err)); cause != nil {
		err = cause
	}
	text := strings.ToValidUTF8(err.Error(), "")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}

// Question is what one sign-in asks a provider.
type Question struct {
	// State comes back with the answer, Nonce in the token; Verifier proves that
	// who exchanges the code is who began.
	State, Nonce, Verifier string
	// Again asks the provider to let people prove who they are though it knows
	// them.
	Again bool
}

// NewQuestion makes a question that nobody can guess.
func NewQuestion() Question {
	return Question{Nonce: secret.NewToken(), Verifier: oauth2.GenerateVerifier()}
}

func (s *Providers) config(p Provider, at discovered, plain string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.Client, ClientSecret: plain, Endpoint: at.endpoint, RedirectURL: s.CallbackURL(p.Agency), Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// Ask returns where the browser goes to answer the question.
func (s *Providers) Ask(ctx context.Context, p Provider, q Question) (string, error) {
	at, err := s.discover(ctx, p.Issuer)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(q.Verifier)}
	if q.Again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return s.config(p, at, "").AuthCodeURL(q.State, options...), nil
}

// Claim is what a provider vouches for: that whom it means by the subject has
// the address, and when it last saw them prove who they are.
type Claim struct {
	Subject, Email string
	ProvenAt       time.Time // zero: it does not say
}

// claims are what we read of a token or of the user's page.
type claims struct {
	Subject  string   `json:"sub"`
	Email    string   `json:"email"`
	Verified verified `json:"email_verified"`
	AuthTime int64    `json:"auth_time"`
	Party    string   `json:"azp"`
}

// verified is a boolean, which some providers write as text.
type verified bool

// UnmarshalJSON implements json.Unmarshaler.
func (v *verified) UnmarshalJSON(data []byte) error {
	*v = string(data) == "true" || string(data) == `"true"`
	return nil
}

// Answer exchanges the code that the browser brought and checks what the
// provider says. issuer is the name that came beside the code; may be empty.
func (s *Providers) Answer(ctx context.Context, p Provider, q Question, code, issuer string) (Claim, error) {
	at, err := s.discover(ctx, p.Issuer)
	if err != nil {
		return Claim{}, err
	}
	if issuer != "" && issuer != p.Issuer || issuer == "" && at.names {
		return Claim{}, errRefused("the answer is of the issuer %q", issuer)
	}
	plain, err := s.Keys.Open(p.Sealed, secret.ProviderContext(p.ID))
	if err != nil {
		return Claim{}, fmt.Errorf("open the provider's secret: %w", err)
	}
	ctx = oidc.ClientContext(ctx, s.Egress.HTTP)
	token, err := s.config(p, at, string(plain)).Exchange(ctx, code, oauth2.VerifierOption(q.Verifier))
	if err != nil {
		return Claim{}, errRefused("exchange the code: %w", withoutBody(err))
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := at.Verifier(&oidc.Config{ClientID: p.Client, Now: s.Now}).Verify(ctx, raw)
	if err != nil {
		return Claim{}, errRefused("verify the token: %w", err)
	}
	var said claims
	if err := id.Claims(&said); err != nil {
		return Claim{}, errRefused("read the token: %w", err)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(q.Nonce)) != 1:
		return Claim{}, errRefused("the token answers another question")
	case len(id.Audience) > 1 && said.Party != p.Client || said.Party != "" && said.Party != p.Client:
		return Claim{}, errRefused("the token is another party's")
	case id.IssuedAt.After(s.Now().Add(clockDrift)):
		return Claim{}, errRefused("the token is of the future")
	case said.Subject == "" || len(said.Subject) > 255 || said.Subject != id.Subject:
		return Claim{}, errRefused("the token names nobody")
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return Claim{}, errRefused("the tokens do not belong together: %w", err)
		}
	}
	if said.Email == "" {
		if err := s.lookUp(ctx, at, token, &said); err != nil {
			return Claim{}, err
		}
	}
	return p.claim(said, s.Now())
}

// lookUp asks the page of the user for the address that the token lacks.
func (s *Providers) lookUp(ctx context.Context, at discovered, token *oauth2.Token, said *claims) error {
	if at.UserInfoEndpoint() == "" {
		return nil
	}
	page, err := at.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return errRefused("ask for the address: %w", err)
	}
	var more claims
	if err := page.Claims(&more); err != nil {
		return errRefused("read the address: %w", err)
	}
	if more.Subject != said.Subject {
		return errRefused("the address is somebody else's")
	}
	said.Email, said.Verified = more.Email, more.Verified
	return nil
}

// claim holds what was said against what the agency believes of its provider.
func (p Provider) claim(said claims, now time.Time) (Claim, error) {
	c := Claim{Subject: said.Subject, Email: strings.ToLower(strings.TrimSpace(said.Email))}
	if said.AuthTime > 0 {
		c.ProvenAt = time.Unix(said.AuthTime, 0)
		if c.ProvenAt.After(now) {
			c.ProvenAt = now
		}
	}
	switch {
	case c.Email == "" || !bool(said.Verified):
		return c, errs.New(errs.Invalid, "email_unverified", "The provider does not vouch for the e-mail address.")
	case !slices.Contains(p.Domains, Domain(c.Email)):
		return c, errForeign()
	}
	return c, nil
}

func errForeign() error {
	return errs.New(errs.Invalid, "domain_foreign", "The e-mail address has none of the domains that are believed from this provider.")
}

// Since reports whether the proof was given after the moment.
func (c Claim) Since(moment time.Time) bool {
	return !c.ProvenAt.IsZero() && !c.ProvenAt.Before(moment.Add(-clockDrift))
}

// withoutBody is the failure of an exchange without what the server wrote, which
// may be anything.
func withoutBody(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		return fmt.Errorf("%s %s", refused.Response.Status, strings.ToValidUTF8(refused.ErrorCode, ""))
	}
	return err
}
