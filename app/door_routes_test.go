package app

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy/api"
)

// leastRole is who may do an act: what the house has decided, written here by hand, since the
// test holds identity to it.
var leastRole = map[string]string{"read": "viewer", "self": "viewer", "decide": "operator", "plan": "operator", "upload": "operator", "export": "operator", "administer": "admin", "audit": "admin"}

var roleOrder = []string{"viewer", "operator", "admin"}

// entry is a route as the published document has it.
type entry struct{ method, path, act string }

func (r entry) String() string { return r.method + " " + r.path }

// changes says whether the route changes something.
func (r entry) changes() bool { return r.method != "GET" }

// real is the path with something in its holes.
func (r entry) real() string {
	p := strings.NewReplacer("{id}", "X-1", "{name}", "nobody").Replace(r.path)
	if r.path == "/captures" && r.method == "POST" {
		p += "?name=a.pcap"
	}
	return p
}

// body is one in the right form, so that nothing but the guard has a reason to refuse.
func (r entry) body() any {
	at := map[string]string{
		"POST /setup":                    `{"token":"x","name":"x","password":"x"}`,
		"POST /session":                  `{"name":"nobody","password":"x"}`,
		"PUT /session/password":          `{"old":"x","new":"y"}`,
		"POST /users":                    `{"name":"new","password":"x","role":"viewer"}`,
		"PATCH /users/{name}":            `{"role":"viewer"}`,
		"POST /tokens":                   `{"name":"x","role":"viewer"}`,
		"POST /incidents/{id}/decisions": `{"act":"acknowledge","reason":"x"}`,
		"POST /windows":                  `{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z"}`,
		"PUT /windows/{id}":              `{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z"}`,
		"POST /captures":                 "no capture",
	}[r.String()]
	if at == "" {
		return nil
	}
	return at
}

// table is every route of the published document.
func routeTable(t *testing.T) (list []entry) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Act string `json:"x-act"`
		}
	}
	if err := json.Unmarshal(api.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			list = append(list, entry{strings.ToUpper(method), path, op.Act})
		}
	}
	slices.SortFunc(list, func(a, b entry) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	if len(list) < 40 {
		t.Fatalf("only %d routes are entry", len(list))
	}
	return list
}

// status asks and gives the status alone; a stream is left at once.
func (b *browser) status(r entry) int {
	b.d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	resp, err := b.client.Do(b.request(r.method, r.real(), r.body()).WithContext(ctx))
	if err != nil {
		b.d.t.Errorf("%v: %v", r, err)
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// refused holds every answer to a stranger to be a problem of this status.
func (b *browser) refused(r entry, why string, status int) {
	b.d.t.Helper()
	a, err := b.ask(r.method, r.real(), r.body())
	if err != nil {
		b.d.t.Errorf("%v, %s: %v", r, why, err)
		return
	}
	if a.status != status {
		b.d.t.Errorf("%v, %s: %d, not %d: %.200s", r, why, a.status, status, a.body)
		return
	}
	a.problem(b.d.t, r.String()+", "+why)
}

// with is the same browser with other headers.
func (b *browser) with(head map[string]string) *browser {
	c := *b
	c.head = head
	return &c
}

// TestEveryRouteRefuses is a table of all routes by all reasons to refuse, over TLS, with the
// real store and the real identity: no session, a made-up one, one that was ended, a
// made-up token, another site's page, a page that proves nothing, a role that may less.
func TestEveryRouteRefuses(t *testing.T) {
	d := settled(t)
	viewer, operator := d.person("viewer"), d.person("operator")
	byRole := map[string]*browser{"viewer": viewer, "operator": operator, "admin": d.admin}
	tokens := map[string]*browser{"viewer": d.program("viewer"), "operator": d.program("operator"), "admin": d.program("admin")}
	stranger := d.browser()
	madeUp := d.browser()
	madeUp.cookie, madeUp.csrf = strings.Repeat("A", 43), viewer.csrf
	ended := d.person("admin")
	secret := ended.cookie
	ended.must("DELETE", "/session", nil, 204)
	ended.cookie = secret
	badToken := d.browser()
	badToken.bearer = "davy_no"
	noProof, othersProof := *d.admin, *d.admin
	noProof.csrf, othersProof.csrf = "", operator.csrf
	tried := 0
	refused := func(b *browser, r entry, why string, status int) {
		tried++
		b.refused(r, why, status)
	}
	for _, r := range routeTable(t) {
		for why, head := range map[string]map[string]string{
			"another site's page": {"Origin": "https://evil.example"}, "a page without origin": {"Origin": "null"}, "another port's page": {"Origin": "https://127.0.0.1:1"},
			"a page without TLS": {"Origin": "http" + strings.TrimPrefix(d.base, "https")}, "a cross-site request": {"Sec-Fetch-Site": "cross-site"}, "a same-site request": {"Sec-Fetch-Site": "same-site"},
		} {
			refused(d.admin.with(head), r, why, 403)
			refused(tokens["admin"].with(head), r, why+" with a token", 403)
		}
		if r.act == "" {
			continue
		}
		refused(stranger, r, "no session", 401)
		refused(madeUp, r, "a made-up session", 401)
		refused(ended, r, "an ended session", 401)
		refused(badToken, r, "a made-up token", 401)
		if r.changes() {
			refused(&noProof, r, "no proof", 403)
			refused(&othersProof, r, "another session's proof", 403)
		}
		least := leastRole[r.act]
		if least == "" {
			t.Errorf("%v: nobody has said who may %q", r, r.act)
		}
		for _, role := range roleOrder[:slices.Index(roleOrder, least)] {
			refused(byRole[role], r, "the role "+role, 403)
			refused(tokens[role], r, "a token of the role "+role, 403)
		}
	}
	t.Logf("%d requests were refused", tried)
}

// TestEveryRouteLetsIn is the other half of the table: whoever may is not refused, with a
// session and with a token. It would fail if the guard refused everybody.
func TestEveryRouteLetsIn(t *testing.T) {
	d := settled(t)
	sessions, tokens := map[string]*browser{"admin": d.admin}, map[string]*browser{}
	for _, role := range roleOrder {
		if sessions[role] == nil {
			sessions[role] = d.person(role)
		}
		tokens[role] = d.program(role)
	}
	for _, r := range routeTable(t) {
		if r.act == "" || r.act == "self" {
			continue // the sessions' own test
		}
		role := leastRole[r.act]
		for what, b := range map[string]*browser{"session": sessions[role], "token": tokens[role]} {
			head := map[string]string{"Sec-Fetch-Site": "same-origin"}
			if r.changes() {
				head["Origin"] = d.base
			}
			got := b.with(head).status(r)
			if what == "token" && r.String() == "POST /tokens" {
				if got != 403 {
					t.Errorf("a token made a token: %d", got)
				}
				continue
			}
			if got == 401 || got == 403 || got >= 500 || got == 0 {
				t.Errorf("%v with a %s of the role %s: %d", r, what, role, got)
			}
		}
	}
}

// TestHeaders: every answer, also one that refuses, carries what keeps a browser safe.
func TestHeaders(t *testing.T) {
	d := settled(t)
	for path, policy := range map[string]string{"/": "script-src 'self'", "/assets": "script-src 'self'", api.Prefix + "/home": "default-src 'none'; frame-ancestors 'none'; sandbox",
		api.Prefix + "/nothing": "default-src 'none'", api.Prefix + "/session": "default-src 'none'"} {
		r := d.admin.request("GET", "", nil)
		r.URL.Path = path
		resp, err := d.admin.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		h := resp.Header
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, policy) || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe-eval") || strings.Contains(csp, "script-src 'self' 'unsafe-inline'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "", "Access-Control-Allow-Origin": "", "Server": ""} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if strings.HasPrefix(path, "/api") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %q", path, h.Get("Cache-Control"))
		}
	}
	if resp, err := http.Get("http" + strings.TrimPrefix(d.base, "https")); err == nil {
		resp.Body.Close()
		if resp.StatusCode != 400 {
			t.Errorf("without TLS: %d", resp.StatusCode)
		}
	}
}
