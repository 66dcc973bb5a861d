package ui

// toastLife tells the script whether the toast goes by itself.
func toastLife(p ToastProps) string {
	if p.Undo != "" {
		return "stays"
	}
	return "goes"
}
