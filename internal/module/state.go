package module

import (
	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// State is where an installation stands.
type State string

// The states of an installation.
const (
	Installed   State = "installed"   // its tables are there, it has never been enabled
	Enabled     State = "enabled"     // its API, screens and blocks work
	Disabled    State = "disabled"    // nothing of it is reachable
	Uninstalled State = "uninstalled" // gone for the site, its records are kept for a while
	Purged      State = "purged"      // its records are deleted
)

// Live reports whether the site has the module, working or not.
func (s State) Live() bool { return s == Installed || s == Enabled || s == Disabled }

// Move is what somebody does to an installation.
type Move string

// The moves of an installation. Install from a state other than none takes
// back what is left.
const (
	Install   Move = "install"
	Enable    Move = "enable"
	Disable   Move = "disable"
	Uninstall Move = "uninstall"
	Purge     Move = "purge"
)

// None is the state of a module that was never installed on the site.
const None State = ""

// moves is the whole state machine: what is not in it is refused. A move that
// leads to where the installation stands already changes nothing.
var moves = map[Move]map[State]State{
	Install:   {None: Installed, Uninstalled: Installed, Purged: Installed},
	Enable:    {Installed: Enabled, Disabled: Enabled, Enabled: Enabled},
	Disable:   {Enabled: Disabled, Disabled: Disabled, Installed: Installed},
	Uninstall: {Installed: Uninstalled, Enabled: Uninstalled, Disabled: Uninstalled},
	Purge:     {Uninstalled: Purged},
}

// After returns the state after the move. A move that is not possible is
// errs.Conflict and names the present state.
func (s State) After(m Move) (State, error) {
	next, ok := moves[m][s]
	if ok {
		return next, nil
	}
	if m == Install {
		return s, errs.New(errs.Conflict, "already_installed", "The module is on this site already: it is %s.", s)
	}
	return s, errs.New(errs.Conflict, "wrong_state", "The module is %s: it is not possible to %s it.", s, m)
}

// VersionState is where a version stands.
type VersionState string

// The states of a version.
const (
	Draft     VersionState = "draft"     // the package is here
	Validated VersionState = "validated" // the package keeps all rules
	Published VersionState = "published" // its publisher's sites may install it
)
