package api

import (
	"net/http"
	"time"
)

// SessionRow is who is logged in.
type SessionRow struct {
	Name string `json:"name"`
	Role string `json:"role" enum:"admin,operator,viewer"`
	CSRF string `json:"csrf" doc:"Goes into the header X-CSRF-Token of every request that changes something."`
}

// SetupRow says whether there is nobody yet who could log in.
type SetupRow struct {
	Needed bool `json:"needed"`
}

// SetUp makes the first administrator.
type SetUp struct {
	Token    string `json:"token" minLength:"1" maxLength:"512" doc:"From the set-up link that was printed at the first start."`
	Name     string `json:"name" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"1024"`
}

// NewPassword is a password with the one that it takes the place of.
type NewPassword struct {
	Old string `json:"old" minLength:"1" maxLength:"1024"`
	New string `json:"new" minLength:"1" maxLength:"1024"`
}

// LogIn is a name with its password.
type LogIn struct {
	Name     string `json:"name" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"1024"`
}

// Checking a password takes memory on purpose; so many are checked at once.
const (
	checksAtOnce = 4
	checkWait    = 10 * time.Second
)

func (s *Server) routeSessions() {
	checks := make(chan struct{}, checksAtOnce)
	// check waits for a slot and logs in.
	check := func(c *call, in func() (string, Principal, error)) (SessionRow, error) {
		wait := time.NewTimer(checkWait)
		defer wait.Stop()
		select {
		case checks <- struct{}{}:
			defer func() { <-checks }()
		case <-wait.C:
			return SessionRow{}, &Fault{What: Busy, Text: "Too many people log in at once.", Next: "Try again in a moment.", Delay: checkWait}
		case <-c.r.Context().Done():
			return SessionRow{}, &Fault{What: Busy, Text: "The browser went away."}
		}
		secret, who, err := in()
		if err != nil {
			return SessionRow{}, err
		}
		// The session that the browser had, whoever gave it, ends here.
		if old, err := c.r.Cookie(cookieName); err == nil && old.Value != secret && len(old.Value) <= maxSecret {
			if err := s.Gate.LogOut(who, old.Value); err != nil {
				s.Log.Debug("api: a session before this one", "error", err)
			}
		}
		setCookie(c.w, secret, 0)
		return SessionRow{who.Name, string(who.Role), csrfOf(secret)}, nil
	}
	add(s, Route{Method: "GET", Path: "/setup", Tag: "Session", Summary: "Whether there is nobody yet who could log in"},
		func(c *call, _ *struct{}) (SetupRow, error) {
			needed, err := s.Gate.SetupNeeded()
			return SetupRow{needed}, err
		})
	add(s, Route{Method: "POST", Path: "/setup", Tag: "Session", Summary: "Make the first administrator and log in", secret: true},
		func(c *call, in *body[SetUp]) (SessionRow, error) {
			return check(c, func() (string, Principal, error) {
				return s.Gate.SetUp(c.who.From, in.Body.Token, in.Body.Name, in.Body.Password)
			})
		})
	add(s, Route{Method: "POST", Path: "/session", Tag: "Session", Summary: "Log in", secret: true},
		func(c *call, in *body[LogIn]) (SessionRow, error) {
			return check(c, func() (string, Principal, error) { return s.Gate.LogIn(c.who.From, in.Body.Name, in.Body.Password) })
		})
	add(s, Route{Method: "GET", Path: "/session", Act: ActSelf, Tag: "Session", Summary: "Who is logged in", secret: true},
		func(c *call, _ *struct{}) (SessionRow, error) {
			return SessionRow{c.who.Name, string(c.who.Role), csrfOf(c.secret)}, nil
		})
	do(s, Route{Method: "DELETE", Path: "/session", Act: ActSelf, Tag: "Session", Summary: "Log out"},
		func(c *call, _ *struct{}) error {
			setCookie(c.w, "", -1)
			return s.Gate.LogOut(c.who, c.secret)
		})
	do(s, Route{Method: "PUT", Path: "/session/password", Act: ActSelf, Tag: "Session", Summary: "Change one's own password; all one's sessions end"},
		func(c *call, in *body[NewPassword]) error {
			if err := s.Gate.ChangePassword(c.who, in.Body.Old, in.Body.New); err != nil {
				return err
			}
			setCookie(c.w, "", -1)
			return nil
		})
}

// setCookie gives the browser the session's secret; a script cannot read it, no other site
// can send it, and it goes over TLS alone.
func setCookie(w http.ResponseWriter, secret string, age int) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: secret, Path: "/", MaxAge: age, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
}
