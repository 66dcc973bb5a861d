// Package page draws the public pages of a site from the blocks of its modules.
//
// A block's template is a stranger's. It is compiled once per module version and
// runs with contextual escaping, on plain data only, within a time and an output
// limit; its markup is tidied, so that an element left open ends with the block.
// A block that fails is left out, and the page is answered without it.
//
// The package is pure: it reads no database, network, file or clock. What a block
// shows is loaded by functions of the caller. Equal input gives equal bytes.
package page
