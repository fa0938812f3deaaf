package app

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/davylamp/davy/api"
)

// TestSetUpLink: the printed link makes the first administrator once, and is dead after. A
// wrong one makes nobody.
func TestSetUpLink(t *testing.T) {
	d := openDoor(t)
	var s api.SetupRow
	d.browser().must("GET", "/setup", nil, 200).into(t, &s)
	if !s.Needed || d.token == "" {
		t.Fatalf("needed: %v, link %q", s.Needed, d.token)
	}
	give := func(token, name, password string) map[string]any {
		return map[string]any{"token": token, "name": name, "password": password}
	}
	b := d.browser()
	b.must("POST", "/setup", give(strings.Repeat("A", 43), "eve", goodWords), 401).problem(t, "a wrong link")
	b.must("POST", "/setup", give(d.token, "anna", "short"), 422).problem(t, "a short password")
	b.must("POST", "/setup", give(d.token, "<script>", goodWords), 422).problem(t, "a name that is none")
	b.must("POST", "/setup", give(d.token, "anna", goodWords), 200)
	b.greet()
	b.must("GET", "/users", nil, 200)
	b.must("POST", "/setup", give(d.token, "eve", goodWords), 401).problem(t, "the link used again")
	d.browser().must("GET", "/setup", nil, 200).into(t, &s)
	if s.Needed {
		t.Error("set-up is needed after it was done")
	}
}

// TestSession: the cookie is for this host and TLS alone, no script can read it, a log-in
// takes no secret that the browser brought along, and it ends where it should.
func TestSession(t *testing.T) {
	d := settled(t)
	d.admin.must("POST", "/users", map[string]any{"name": "otto", "password": goodWords, "role": "operator"}, 201)
	in := map[string]any{"name": "otto", "password": goodWords}

	b := d.browser()
	b.cookie = strings.Repeat("F", 43) // planted by somebody who hopes that it becomes otto's
	planted := b.cookie
	a := b.must("POST", "/session", in, 200)
	cookie := a.head.Get("Set-Cookie")
	for _, want := range []string{"davy_session=", "HttpOnly", "Secure", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie lacks %s: %s", want, cookie)
		}
	}
	if strings.Contains(cookie, "Domain") || len(b.cookie) < 43 || b.cookie == planted {
		t.Errorf("the cookie is %s", cookie)
	}
	if bytes.Contains(a.body, []byte(b.cookie)) {
		t.Error("the answer tells the cookie's secret to the page")
	}
	fixed := d.browser()
	fixed.cookie = planted
	fixed.must("GET", "/session", nil, 401)

	first := b.cookie
	b.greet()
	b.must("POST", "/session", in, 200) // again: the session before ends
	old := d.browser()
	old.cookie = first
	old.must("GET", "/session", nil, 401)
	b.greet()

	// A new role holds at once, and ends the sessions that had the old one.
	d.admin.must("PATCH", "/users/otto", map[string]any{"role": "viewer"}, 200)
	b.must("GET", "/session", nil, 401)
	b = d.logIn("otto", goodWords)
	b.must("POST", "/windows", `{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z"}`, 403)

	// One's own password: by the old one alone; it ends all one's sessions.
	other := d.logIn("otto", goodWords)
	b.must("PUT", "/session/password", map[string]any{"old": "wrong", "new": "four other good words"}, 403).problem(t, "a wrong old password")
	b.must("PUT", "/session/password", map[string]any{"old": goodWords, "new": "four other good words"}, 204)
	other.must("GET", "/session", nil, 401)
	d.browser().must("POST", "/session", in, 401)
	b = d.logIn("otto", "four other good words")

	// Stopped is out at once, with tokens.
	d.admin.must("PATCH", "/users/otto", map[string]any{"disabled": true}, 200)
	b.must("GET", "/session", nil, 401)
	d.browser().must("POST", "/session", map[string]any{"name": "otto", "password": "four other good words"}, 401)
	d.admin.must("PATCH", "/users/otto", map[string]any{"disabled": false}, 200)
	b = d.logIn("otto", "four other good words")

	secret := b.cookie
	b.must("DELETE", "/session", nil, 204)
	b.cookie = secret
	b.must("GET", "/session", nil, 401)
	b.must("DELETE", "/session", nil, 401)
	d.admin.must("DELETE", "/users/anna", nil, 422).problem(t, "the last administrator")
}

// TestWrongPasswords: an unknown name and a wrong password look alike; the eleventh try has
// to wait, from every address; others are let in.
func TestWrongPasswords(t *testing.T) {
	d := settled(t)
	d.admin.must("POST", "/users", map[string]any{"name": "otto", "password": goodWords, "role": "viewer"}, 201)
	in := func(name, password string) map[string]any { return map[string]any{"name": name, "password": password} }
	evil := d.browserAt("127.0.0.66")
	wrong, unknown := evil.must("POST", "/session", in("otto", "wrong password"), 401), evil.must("POST", "/session", in("nobody", "wrong password"), 401)
	if !bytes.Equal(wrong.body, unknown.body) || len(wrong.head) != len(unknown.head) || evil.cookie != "" {
		t.Errorf("one can tell who exists: %s and %s", wrong.body, unknown.body)
	}
	for range 9 {
		d.browserAt("127.0.0.67").must("POST", "/session", in("otto", "wrong password"), 401)
	}
	for _, from := range []string{"127.0.0.67", "127.0.0.68"} {
		a := d.browserAt(from).must("POST", "/session", in("otto", goodWords), 429)
		a.problem(t, "otto is locked")
		if a.head.Get("Retry-After") == "" {
			t.Error("nobody says how long to wait")
		}
	}
	d.logIn("anna", goodWords)
	// A new password from an administrator opens the name again.
	d.admin.must("PATCH", "/users/otto", map[string]any{"password": "four other good words"}, 200)
	d.logIn("otto", "four other good words")
}

// TestManyLogInsAtOnce: each gets a session of its own or is told to come again; nothing
// breaks, and the door stays open for others.
func TestManyLogInsAtOnce(t *testing.T) {
	d := settled(t)
	const many = 10
	var all sync.WaitGroup
	var mu sync.Mutex
	secrets, later := map[string]bool{}, 0
	for range many {
		b := d.browser()
		all.Go(func() {
			a, err := b.ask("POST", "/session", map[string]any{"name": "anna", "password": goodWords})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				t.Error(err)
			case a.status == 200:
				secrets[b.cookie] = true
			case a.status == 503 && a.head.Get("Retry-After") != "":
				later++
			default:
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	all.Wait()
	if len(secrets)+later != many || len(secrets) == 0 {
		t.Errorf("%d sessions and %d told to come again, of %d", len(secrets), later, many)
	}
	d.logIn("anna", goodWords)
}

// TestNoSecretLeaks: neither lists nor errors tell a password, its hash or a token's secret.
func TestNoSecretLeaks(t *testing.T) {
	d := settled(t)
	p := d.program("viewer")
	for _, path := range []string{"/users", "/tokens", "/audit?limit=500", "/session"} {
		a := d.admin.must("GET", path, nil, http.StatusOK)
		for _, secret := range []string{"argon2", goodWords, p.bearer, d.admin.cookie, d.token} {
			if bytes.Contains(a.body, []byte(secret)) {
				t.Errorf("%s tells %q", path, secret[:6])
			}
		}
	}
	a := d.browser().must("POST", "/session", `{"name":"anna","password":["my secret words"]}`, 422)
	if bytes.Contains(a.body, []byte("secret words")) {
		t.Errorf("an error repeats a password: %s", a.body)
	}
}

// BenchmarkWrongPassword says how long a wrong password takes for a name that exists and for
// one that does not: the two should not be told apart by it.
func BenchmarkWrongPassword(b *testing.B) {
	d := settled(b)
	for _, name := range []string{"anna", "nobody"} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				from := d.browserAt("127.0." + string(rune('1'+n/9%9)) + "." + string(rune('1'+n%9)))
				n++
				if _, err := from.ask("POST", "/session", map[string]any{"name": name, "password": "wrong password"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
