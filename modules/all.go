// Package modules lists the modules that are linked into the server. Adding one
// is one line.
package modules

import (
	"github.com/dramac-main/dramac-cms/modules/followup"
	"github.com/dramac-main/dramac-cms/modules/helpdesk"
	"github.com/dramac-main/dramac-cms/sdk"
)

// All returns the linked modules in the order in which they are published:
// whoever offers a contract comes before those who use it.
func All() []sdk.Module {
	return []sdk.Module{helpdesk.Module(), followup.Module()}
}
