package collection

// stateKind is a choice that only actions change. A new record is in the first
// of its options.
type stateKind struct{ wordKind }

// initial is the state in which records begin.
func (stateKind) initial(f *Field) any {
	if len(f.Options) == 0 {
		return nil
	}
	return f.Options[0].Value
}
