package screen

import (
	"strings"

	"github.com/dramac-main/dramac-cms/internal/i18n"
	"github.com/dramac-main/dramac-cms/sdk/ui"
)

// words is what was done, as the middle of a sentence. An action that the
// catalogue does not know is shown by its key.
func (e Entry) words(p *i18n.Printer) string {
	return p.TOr("activity.action."+e.Action, e.Action)
}

// actor is who did it; the platform when nobody did.
func (e Entry) actor(p *i18n.Printer) string {
	if e.Actor == "" {
		return p.T("activity.platform")
	}
	return e.Actor
}

// entryIcons is by the last part of an action's key. It is read only.
var entryIcons = map[string]string{
	"published": "package-check", "uploaded": "package-check", "installed": "package-plus",
	"uninstalled": "package-x", "removed": "package-x", "purged": "trash-2",
	"enabled": "toggle-right", "disabled": "toggle-left",
	"settings_changed": "sliders-horizontal", "version_changed": "arrow-left-right", "upgraded": "arrow-up", "rolled_back": "arrow-left-right",
	"created": "plus", "updated": "pencil", "deleted": "trash-2", "restored": "undo-2",
	"signed_in": "log-in", "signed_out": "log-out", "failed": "triangle-alert",
}

func (e Entry) icon() string {
	last := e.Action[strings.LastIndexByte(e.Action, '.')+1:]
	if icon, ok := entryIcons[last]; ok {
		return icon
	}
	return "dot"
}

// primaryIf makes a button the screen's primary one when it is the thing to do.
func primaryIf(yes bool) ui.Variant {
	if yes {
		return ui.Primary
	}
	return ui.Secondary
}
