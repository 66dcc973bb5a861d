package gateway_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/dramac-main/dramac-cms/internal/secret"
)

// issuer is an OpenID Connect provider that says whatever a test wants.
type issuer struct {
	testing.TB
	*httptest.Server
	key *rsa.PrivateKey
	// lie changes what its next tokens say.
	lie func(claims map[string]any)
	// sign makes the token of the claims; nil: as it should be.
	sign func(claims map[string]any) string
	// page is what the page of the user says; nil: there is none.
	page map[string]any
	// describe changes what it says of itself.
	describe map[string]any

	codes map[string]url.Values // questions by the code of their answer
	asked int                   // how often it was asked for tokens
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{TB: t, key: key, codes: map[string]url.Values{}, describe: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		says := map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/auth", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/jwks",
			"userinfo_endpoint": i.URL + "/me", "response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
			"authorization_response_iss_parameter_supported": true,
		}
		maps.Copy(says, i.describe)
		i.write(w, says)
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		i.write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		if i.page == nil || r.Header.Get("Authorization") != "Bearer access" {
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		i.write(w, i.page)
	})
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		i.Error(err)
	}
}

// honest is what the issuer says of a user who answers the question.
func (i *issuer) honest(q url.Values) map[string]any {
	now := time.Now()
	return map[string]any{
		"iss": i.URL, "aud": q.Get("client_id"), "nonce": q.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"sub": q.Get("sub"), "email": q.Get("email"), "email_verified": true, "auth_time": now.Unix(),
	}
}

// token exchanges a code, once, for whoever proves to have begun.
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	i.asked++
	client, password, _ := r.BasicAuth() // both encoded as forms are (RFC 6749 §2.3.1)
	client, _ = url.QueryUnescape(client)
	password, _ = url.QueryUnescape(password)
	q, ok := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || client != q.Get("client_id") || password != clientSecret || q.Get("redirect_uri") != r.PostFormValue("redirect_uri") ||
		q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) {
		w.WriteHeader(http.StatusBadRequest)
		i.write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := i.honest(q)
	if i.lie != nil {
		i.lie(claims)
	}
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	sign := i.sign
	if sign == nil {
		sign = func(claims map[string]any) string { return i.signed(i.key, jose.RS256, claims) }
	}
	i.write(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": sign(claims)})
}

func (i *issuer) signed(key any, algorithm jose.SignatureAlgorithm, claims map[string]any) string {
	i.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	if err != nil {
		i.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		i.Fatal(err)
	}
	return text
}

// unsigned is a token that says it needs no signature.
func (i *issuer) unsigned(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		i.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + part(body) + "."
}

// answer is where the issuer sends the browser that came with a question, when
// the user of that subject and address signed in.
func (i *issuer) answer(question, subject, email string) url.Values {
	i.Helper()
	to, err := url.Parse(question)
	if err != nil || !strings.HasPrefix(question, i.URL+"/auth?") {
		i.Fatalf("the browser was sent to %s: %v", question, err)
	}
	q := to.Query()
	q.Set("sub", subject)
	q.Set("email", email)
	code := secret.NewToken()
	i.codes[code] = q
	return url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {i.URL}}
}
