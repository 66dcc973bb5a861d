package gateway

import "time"

// settings are the values of the running module's settings on the site, worked
// out when the call first asks for them.
func (c *call) settings() map[string]any {
	r := c.running
	if r.settings == nil && len(r.release.Manifest.Settings) > 0 {
		r.settings = r.release.Settings(r.Installation.Settings, c.site.Currency, c.localNow().Format(time.DateOnly))
	}
	return r.settings
}
