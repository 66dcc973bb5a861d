// Package host runs the code of modules. It holds handlers against the
// manifests that declare them, gives every run its time, and is the platform's
// side of what a handler calls: the records of its module and of contracts,
// settings, events, the log.
//
// A module that is linked into the server becomes the same thing as a package
// that was uploaded, with code bound to it (collection.Code). Whoever opens the
// transaction is the engine or the gateway, never a handler.
package host
