package account

import (
	"strings"
	"testing"
)

func TestAPasswordMatchesItsOwnHashOnly(t *testing.T) {
	t.Parallel()
	hash, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	again, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if hash == again {
		t.Error("two hashes of one password are equal: there is no salt")
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the parameters are not those of the policy: %s", hash)
	}
	for _, want := range []struct {
		hash, password string
		match          bool
	}{
		{hash, "correct horse", true},
		{again, "correct horse", true},
		{hash, "correct horse ", false},
		{hash, "", false},
		{"", "", false},
		{"plain", "plain", false},
		{"$argon2id$v=19$m=19456,t=2,p=1$$", "", false},
		{"$argon2id$v=19$m=x,t=2,p=1$c2FsdA$aGFzaA", "x", false},
		{strings.Replace(hash, "argon2id", "argon2i", 1), "correct horse", false},
	} {
		if got := passwordMatches(want.hash, want.password); got != want.match {
			t.Errorf("%q with %q: %v", want.hash, want.password, got)
		}
	}
}

func TestAddressesAreComparedWithoutCaseAndSpace(t *testing.T) {
	t.Parallel()
	if got := Normalize("  Nora@Example.ORG\n"); got != "nora@example.org" {
		t.Errorf("got %q", got)
	}
}
