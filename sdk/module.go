package sdk

import "io/fs"

// Module is a module that is linked into the server: its manifest with the
// folders that it names, and its code.
type Module struct {
	// Files hold module.yaml at their root, and everything it names; an embed.FS
	// as a rule. Nothing else may be in it: what the format does not know is
	// refused at the start.
	Files fs.FS
	// Handlers are the module's code by derived name:
	//
	//	deal.before_save, deal.after_save, deal.before_delete, deal.after_delete
	//	deal.convert            an action of a collection that says "code: true"
	//	enrol_segment           an action of the module
	//	job.score               a job
	//	on.deals.deal.won       a subscription
	//	endpoint.calendar       an endpoint
	//	install enable configure upgrade disable uninstall
	//
	// A name that the manifest declares and that is missing here stops the
	// server, and so does one that is here and not declared. The six of the life
	// cycle are optional.
	Handlers map[string]Handler
}
