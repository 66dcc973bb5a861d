// Package examples embeds the example modules, each a folder as an author
// writes it.
package examples

import "embed"

// Files holds one folder for each example, named by the module's id.
//
//go:embed equipment-rental guestbook
var Files embed.FS
