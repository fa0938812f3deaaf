package api

import "net/http"

// The console's own files only; styles may stand in the page, since the console's library of
// widgets writes its variables there. Scripts may not, and nothing comes from elsewhere.
const consolePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// An answer of the API is data: it runs nothing and loads nothing.
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// The report of a capture is one page with its styles and no script.
const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// secure sets the headers of every answer. There is no HSTS: it would lock people out whose
// browser does not know a certificate that the server made itself.
func secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), usb=()")
}
