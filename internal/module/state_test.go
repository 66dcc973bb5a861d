package module

import (
	"testing"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

func TestMovesOfAnInstallation(t *testing.T) {
	t.Parallel()
	no := State("refused")
	tests := []struct {
		from                                       State
		install, enable, disable, uninstall, purge State
	}{
		{None, Installed, no, no, no, no},
		{Installed, no, Enabled, Installed, Uninstalled, no},
		{Enabled, no, Enabled, Disabled, Uninstalled, no},
		{Disabled, no, Enabled, Disabled, Uninstalled, no},
		{Uninstalled, Installed, no, no, no, Purged},
		{Purged, Installed, no, no, no, no},
	}
	for _, tt := range tests {
		for move, want := range map[Move]State{
			Install: tt.install, Enable: tt.enable, Disable: tt.disable, Uninstall: tt.uninstall, Purge: tt.purge,
		} {
			got, err := tt.from.After(move)
			if want == no {
				if errs.KindOf(err) != errs.Conflict || got != tt.from {
					t.Errorf("%s from %q: got %q, %v; want a conflict and no change", move, tt.from, got, err)
				}
				continue
			}
			if err != nil || got != want {
				t.Errorf("%s from %q: got %q, %v; want %q", move, tt.from, got, err, want)
			}
		}
	}
}

func TestOnlyThreeStatesAreLive(t *testing.T) {
	t.Parallel()
	for state, want := range map[State]bool{
		None: false, Installed: true, Enabled: true, Disabled: true, Uninstalled: false, Purged: false,
	} {
		if got := state.Live(); got != want {
			t.Errorf("%q: live %v, want %v", state, got, want)
		}
	}
}
