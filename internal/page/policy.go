package page

// CSP returns the Content-Security-Policy of published pages: no script at all,
// styles and fonts of the site's own host, forms that post to it.
func CSP() string {
	return "default-src 'none'; style-src 'self'; img-src 'self' https: data:; font-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
