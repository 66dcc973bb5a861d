// Package sdk is what authors write a module's code against.
//
// A module is declared by its manifest (module.yaml and the folders beside it);
// most need no code. What a declaration cannot say is a handler: a Go function
// bound to the name that the manifest derives for it.
//
//	//go:embed module.yaml collections
//	var files embed.FS
//
//	func Module() sdk.Module {
//		return sdk.Module{Files: files, Handlers: map[string]sdk.Handler{
//			"ticket.before_save":       sdk.Hook(fillDue),
//			"ticket.merge":             sdk.Action(mergeTickets),
//			"escalate_all":             sdk.Action(escalateAll),
//			"job.escalate":             sdk.Job(escalate),
//			"on.helpdesk.ticket.closed": sdk.On(thankSender),
//			"endpoint.calendar":        sdk.Endpoint(calendar),
//			"install":                  sdk.Life(seedQueue),
//		}}
//	}
//
// Every handler is one function from a Call and a JSON value to a JSON value,
// so that Go, WebAssembly and JavaScript are called alike; the constructors
// (Hook, Action, Job, On, Endpoint, Life) put Go types around it. The names are
// held against the manifest in both directions before the server starts.
//
// The Call is everything a handler can reach: the records of its module through
// the data engine, other modules through the contracts they offer, settings,
// secrets, events, the clock and the log. The platform opens the transaction,
// never a handler: hooks and actions run inside the write that called them and
// are undone with it when they answer an error.
//
// Errors have the kinds of package errs. One without a kind is a fault of the
// module: it is logged, and people are told in one fixed sentence that it was
// ours.
//
// The package uses the standard library alone and compiles to wasip1.
package sdk
