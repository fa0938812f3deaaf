package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The session's cookie, and the header that proves that a request comes from the console's
// own page.
const (
	cookieName = "davy_session"
	csrfHeader = "X-CSRF-Token"
)

// maxSecret bounds what is taken for a secret at all.
const maxSecret = 512

// api guards and answers a request below /api, in this order: where it comes from, whether
// there is such a route, who asks, whether the page meant it, whether they may.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", dataPolicy)
	h.Set("Cache-Control", "no-store")
	if !s.ownOrigin(r) {
		s.refuse(w, r, problemOf(http.StatusForbidden, "The request comes from another site's page.", "Open the console under the address that Davy printed."))
		return
	}
	if !text(r.URL) {
		s.refuse(w, r, problemOf(http.StatusBadRequest, "The path or the query holds what is no text.", "Encode it as UTF-8, without control characters."))
		return
	}
	route, allowed := s.find(r)
	if route == nil {
		if len(allowed) > 0 {
			h.Set("Allow", strings.Join(allowed, ", "))
			s.refuse(w, r, problemOf(http.StatusMethodNotAllowed, r.Method+" is not for this path.", "It takes "+strings.Join(allowed, ", ")+"."))
			return
		}
		s.refuse(w, r, problemOf(http.StatusNotFound, "There is no such path.", "GET "+Prefix+"/openapi.json lists all."))
		return
	}
	c := &call{w: w, r: r, route: route}
	if p := s.guard(c); p != nil {
		s.refuse(w, r, p)
		return
	}
	out := &response{ResponseWriter: w}
	if !route.long {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if !route.secret {
			out.encoding = encodingFor(r.Header.Get("Accept-Encoding"))
			h.Add("Vary", "Accept-Encoding")
		}
	}
	defer s.caught(out, r)
	s.mux.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	if err := out.finish(); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// guard finds who asks and whether they may; nil means yes.
func (s *Server) guard(c *call) *Problem {
	if c.route.Act == "" {
		c.who.From = peer(c.r)
		return nil
	}
	if p := s.identify(c); p != nil {
		return p
	}
	if c.secret != "" && c.r.Method != http.MethodGet && c.r.Method != http.MethodHead && !hmac.Equal([]byte(c.r.Header.Get(csrfHeader)), []byte(csrfOf(c.secret))) {
		return problemOf(http.StatusForbidden, "The request does not say that it comes from the console's own page.", "Send the csrf value of GET "+Prefix+"/session as the header "+csrfHeader+".")
	}
	return s.may(c)
}

// identify finds who asks: a token where there is an Authorization header, else the session.
func (s *Server) identify(c *call) *Problem {
	var err error
	from := peer(c.r)
	switch auth := c.r.Header.Get("Authorization"); {
	case auth != "":
		secret, ok := bearer(auth)
		if !ok {
			return unknown("The Authorization header holds no bearer token.", "Send Authorization: Bearer and a token.")
		}
		c.who, err = s.Gate.ByToken(from, secret)
		if c.route.ownSession() && err == nil {
			return problemOf(http.StatusForbidden, "A token has no session.", "Log in with name and password.")
		}
	default:
		cookie, none := c.r.Cookie(cookieName)
		if none != nil || cookie.Value == "" || len(cookie.Value) > maxSecret {
			return unknown("Nobody is logged in.", "Log in first: POST "+Prefix+"/session.")
		}
		c.secret = cookie.Value
		c.who, err = s.Gate.BySession(from, c.secret)
	}
	c.who.From = from
	if err == nil && c.who.Name != "" {
		return nil
	}
	if err != nil {
		if what := faultOf(err).What; what != Refused && what != Missing {
			return s.problem(err)
		}
	}
	return unknown("The session or token is not known, or it has ended.", "Log in again.")
}

// segment is the part of a path that a pattern calls by a name; the mux has not looked yet
// when the Gate is asked.
func segment(pattern, path, name string) string {
	have := strings.Split(path, "/")
	for i, p := range strings.Split(pattern, "/") {
		if p == "{"+name+"}" && i < len(have) {
			text, err := url.PathUnescape(have[i])
			if err != nil {
				return ""
			}
			return text
		}
	}
	return ""
}

func unknown(detail, hint string) *Problem {
	return problemOf(http.StatusUnauthorized, detail, hint)
}

func bearer(header string) (string, bool) {
	scheme, secret, ok := strings.Cut(header, " ")
	secret = strings.TrimSpace(secret)
	return secret, ok && strings.EqualFold(scheme, "Bearer") && secret != "" && len(secret) <= maxSecret
}

// may asks the Gate.
func (s *Server) may(c *call) *Problem {
	object := ""
	if c.route.Object != "" {
		object = segment(c.route.pattern(), c.r.URL.EscapedPath(), c.route.Object)
	}
	d := s.Gate.Decide(c.who, c.route.Act, object)
	if d.Allowed {
		return nil
	}
	if d.Reason == "" {
		d.Reason = "The role " + string(c.who.Role) + " may not do this."
	}
	return problemOf(http.StatusForbidden, sentence(d.Reason), "Ask an administrator.")
}

// ownOrigin says whether a browser sent the request from a page of this server. Programs
// send neither header, and need a secret anyway.
func (s *Server) ownOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "https://"+r.Host || slices.Contains(s.Origins, origin)
}

// text says whether path and query are text: whatever looks a name up further in need not
// think of zero bytes.
func text(u *url.URL) bool {
	if !plainText(u.Path) {
		return false
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return false
	}
	for name, values := range query {
		if !plainText(name) || slices.ContainsFunc(values, func(v string) bool { return !plainText(v) }) {
			return false
		}
	}
	return true
}

func plainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// csrfOf is a session's proof: it follows from the secret and does not tell it.
func csrfOf(secret string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte("davy csrf"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// peer is the address that the request came from. What a header says of it is not believed.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
