package screen

// Tenants is the platform's agencies, for those who administer it.
type Tenants struct {
	Text     string // that was looked for
	State    string // "suspended", or empty for all
	Action   string // where the search goes
	Register Register
	// More is the URL of older agencies, First of the newest; empty: there are
	// none, it is the page.
	More, First string
}
