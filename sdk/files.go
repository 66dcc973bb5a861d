package sdk

// File is a file of a record, or one that waits for its record.
type File struct {
	ID      string `json:"id"`
	Name    string `json:"name"` // as it was uploaded, without folders
	Type    string `json:"type"` // media type, found in the content
	Size    int64  `json:"size"` // bytes
	URL     string `json:"url"`  // path that answers whoever may read the record
	Width   int    `json:"width,omitempty"`
	Height  int    `json:"height,omitempty"`
	Content []byte `json:"content,omitempty"` // as Read answers it
}

// Files are those of the module's records on the call's site. A module that
// uses them names "files" among the capabilities in its manifest.
type Files struct{ call *Call }

// Files returns the files of the module's records.
func (c *Call) Files() Files { return Files{call: c} }

// Read returns a file with its content: one of a record that the call may read,
// or one that was uploaded for it and waits, as a parameter of an action names
// it. Any other is errs.NotFound.
func (f Files) Read(id string) (File, error) { return f.call.host.ReadFile(f.call.ctx, id) }

// Store keeps the content as a file that a record of the module may then name in
// the field, "ticket.mail" or of lines "ticket.parts.scan". What no record names
// within a day is dropped. The field's rules are held: what it does not take is
// errs.Invalid.
func (f Files) Store(field, name string, content []byte) (File, error) {
	return f.call.host.StoreFile(f.call.ctx, field, name, content)
}
