package screen

import (
	"strings"
	"time"
)

// Me is what belongs to whoever is signed in.
type Me struct {
	Name, Email string

	Factor      bool // an authenticator is asked for
	FactorSince time.Time
	Asked       bool // something is asked for beside the password
	Codes       int  // recovery codes that are left
	Passkeys    []OwnPasskey

	// Where the changes are made.
	Password, NewEmail, FactorURL, CodesURL, Sessions string
	NewPasskey                                        string // empty: passkeys cannot be bound to the platform's address

	Browsers []Browser
}

// OwnPasskey is one of the account's passkeys.
type OwnPasskey struct {
	Name   string
	Synced bool // its owner's other devices have it too
	Since  time.Time
	Used   *time.Time // nil: never
	Remove string     // where it is removed
}

// Browser is a session of the account.
type Browser struct {
	ID      string
	Agent   string // empty: not known
	Address string
	Since   time.Time
	Seen    time.Time
	Current bool
}

// AgentName is what people call the browser and the system behind a User-Agent
// header; empty when it is none that is known.
func AgentName(agent string) string {
	find := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser := find([][2]string{
		{"Edg/", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"},
		{"CriOS/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	})
	system := find([][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	})
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + ", " + system
}
