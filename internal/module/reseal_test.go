package module_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/dramac-main/dramac-cms/internal/blob"
	"github.com/dramac-main/dramac-cms/internal/module"
	"github.com/dramac-main/dramac-cms/internal/secret"
	"github.com/dramac-main/dramac-cms/testkit"
)

// TestWhatThePlatformSealsIsSealedAnewToo rotates the keys under an authenticator
// and a message: else the old key would be retired and they lost with it.
func TestWhatThePlatformSealsIsSealedAnewToo(t *testing.T) {
	db, keys := testkit.NewDatabase(t), testkit.Keys(t)
	packages, err := blob.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	modules := module.New(db, packages, keys, time.Now, slog.New(slog.DiscardHandler))
	account, message, provider := testkit.NewID(), testkit.NewID(), testkit.NewID()
	seal := func(place string) string {
		text, err := keys.Seal([]byte("kept"), place)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for sql, args := range map[string][]any{
		`with a as (insert into platform.account (id, email, name, password_hash) values ($1, 'a@example.com', 'A', 'none') returning id)
			insert into platform.authenticator (account_id, secret, created_at) select id, $2, now() from a`: {account, seal(secret.AuthenticatorContext(account))},
		`insert into platform.mail (id, kind, recipient, subject, content, state, created_at, due_at) values ($1, 'hello', 'a@example.com', 'Hello', $2, 'kept', now(), now())`: {message, seal(secret.MailContext(message))},
		`with a as (insert into platform.agency (id, name) values (gen_random_uuid(), 'A') returning id)
			insert into platform.identity_provider (id, agency_id, address, issuer, client, client_secret, domains, proof, enabled, created_at)
			select $1, id, 'aa', 'https://a.example.com', 'a', $2, '{}', '', true, now() from a`: {provider, seal(secret.ProviderContext(provider))},
	} {
		if _, err := db.Pool().Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	active, err := keys.Rotate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := modules.Reseal(t.Context()); err != nil || n != 3 {
		t.Fatalf("sealed anew: %d, %v", n, err)
	}
	for place, sql := range map[string]string{
		secret.AuthenticatorContext(account): `select secret from platform.authenticator`, secret.MailContext(message): `select content from platform.mail`,
		secret.ProviderContext(provider): `select client_secret from platform.identity_provider`,
	} {
		var text string
		if err := db.Pool().QueryRow(t.Context(), sql).Scan(&text); err != nil {
			t.Fatal(err)
		}
		plain, err := keys.Open(text, place)
		if id, _ := secret.KeyOf(text); id != active || err != nil || string(plain) != "kept" {
			t.Errorf("%s is sealed with %s and says %q: %v", place, id, plain, err)
		}
	}
}
