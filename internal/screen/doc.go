// Package screen draws what people see in the app: the frame, the platform's
// own screens, and the list and the form that are generated for any collection
// from its manifest.
//
// Each screen is a templ component that takes a Frame (where we are, who is
// looking) and a plain view model. The package does no HTTP and reads no
// database: the gateway fills the models, from JSON rows that PostgreSQL made
// where records are concerned. Every word comes from the message catalogue,
// every date, number and amount is written in the printer's locale.
//
// All screens work without JavaScript. The script adds filtering while typing,
// the combobox, the warning about unsaved changes and the theme switch.
package screen
