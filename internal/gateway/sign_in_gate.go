package gateway

import (
	"errors"
	"strings"

	"github.com/dramac-main/dramac-cms/internal/account"
	"github.com/dramac-main/dramac-cms/internal/secret"
)

const (
	// pendingCookie holds a sign-in that waits for its second factor.
	pendingCookie = "dramac_pending"
	// deviceCookie tells a browser that an account has been signed in with.
	deviceCookie = "dramac_device"
	// deviceLife is how long that is remembered, in seconds.
	deviceLife = 365 * 24 * 60 * 60
)

// gate slows guessing: a failure is counted under each of its keys, and when one
// of them is used up, nobody passes.
type gate struct {
	c     *call
	email string
	keys  []counted
}

type counted struct {
	at  rate
	key string
}

func (g gate) left() error {
	for _, k := range g.keys {
		if err := g.c.limits.left(g.c.writer, g.c.request, k.at, k.key); err != nil {
			return err
		}
	}
	return nil
}

func (g gate) take() error {
	g.c.guessed(g.email)
	var all []error
	for _, k := range g.keys {
		all = append(all, g.c.limits.take(g.c.writer, g.c.request, k.at, k.key))
	}
	return errors.Join(all...)
}

// signInGate counts failed sign-ins by where they come from and by the account
// they are about. A browser that the account was signed in with before is
// counted for itself: what strangers do, from wherever, does not slow it.
func (c *call) signInGate(email string) gate {
	email = account.Normalize(email)
	if device, ok := c.device(email); ok {
		return gate{c, email, []counted{{failedSignIns, "device " + device}}}
	}
	from := c.subnet()
	return gate{c, email, []counted{{failedSignIns, from + " " + email}, {failedSignInsFrom, from}, {failedSignInsOn, "account " + email}}}
}

// codeGate counts wrong codes of a second factor in the same way.
func (c *call) codeGate(email string) gate {
	if device, ok := c.device(email); ok {
		return gate{c, email, []counted{{failedCodes, "device code " + device}}}
	}
	return gate{c, email, []counted{{failedCodes, "code " + email}}}
}

// device returns what tells the browser from others, if the account of the
// address was signed in with it before.
func (c *call) device(email string) (string, bool) {
	name, signature, ok := strings.Cut(c.cookie(deviceCookie), "~")
	if !ok || len(name) != 64 || len(signature) > 200 || !c.Keys.Verify(deviceMessage(email, name), signature) {
		return "", false
	}
	return name, true
}

// knowDevice remembers in the browser that the account was signed in with it.
func (c *call) knowDevice(email string) error {
	name, ok := c.device(email)
	if !ok {
		name = secret.NewToken()
	}
	signature, err := c.Keys.Sign(deviceMessage(email, name))
	if err != nil {
		return err
	}
	c.setCookie(deviceCookie, name+"~"+signature, deviceLife)
	return nil
}

func deviceMessage(email, name string) string { return "device\n" + name + "\n" + email }
