package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy/api"
)

// FuzzRequest: whatever is asked of the whole house by an administrator's program, Davy does
// not fail, says what is wrong in one form, and sets no header that somebody wrote.
func FuzzRequest(f *testing.F) {
	for _, s := range [][4]string{
		{"GET", "/assets", "q=x&kind=controller&sort=-last&limit=2&cursor=eyJzIjoiaWQiLCJ2IjpbXX0", ""}, {"GET", "/assets/A-1", "", ""}, {"GET", "/assets/A-1%2Funit 3", "", ""},
		{"GET", "/links", "asset=A-1&protocol=modbus&protocol=-", ""}, {"GET", "/findings", "severity=high&incident=I-1", ""}, {"GET", "/incidents/I-1/messages", "limit=5", ""},
		{"GET", "/incidents/I-1/packets", "", ""}, {"GET", "/incidents/I-1/evidence", "", ""}, {"POST", "/incidents/I-1/decisions", "", `{"act":"learn","reason":"x"}`},
		{"POST", "/windows", "", `{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z","verbs":["stop"],"assets":["10.0.0.0/8"]}`}, {"PUT", "/windows/W-1", "", `{"from":"","to":""}`},
		{"DELETE", "/windows/W-1", "", ""}, {"GET", "/map", "level=1&zone=-&open=it", ""}, {"POST", "/captures", "name=a.pcap", "\xd4\xc3\xb2\xa1\x02\x00\x04\x00"}, {"GET", "/captures/C-1/report", "", ""},
		{"POST", "/session", "", `{"name":"anna","password":"x"}`}, {"POST", "/setup", "", `{"token":"x","name":"y","password":"z"}`}, {"PATCH", "/users/anna", "", `{"role":"viewer","disabled":true}`},
		{"POST", "/tokens", "", `{"name":"x","role":"admin","ends":"2020-01-01T00:00:00Z"}`}, {"GET", "/audit", "cursor=7&limit=3", ""}, {"GET", "/sensor/minutes", "last=5", ""}, {"TRACE", "/home", "", ""},
	} {
		f.Add(s[0], s[1], s[2], s[3])
	}
	d := settled(f)
	p := d.program("admin")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		if strings.HasPrefix(path, "/events") {
			return // a stream does not end
		}
		if strings.ContainsFunc(query, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return // HTTP/2 has no form for it (RFC 9113, 8.2.1): it never comes to Davy, and the client waits in vain
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, method, d.base, strings.NewReader(body))
		if err != nil {
			return
		}
		r.URL = &url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Opaque: "", Path: api.Prefix + path, RawPath: "", RawQuery: query}
		if at, err := url.PathUnescape(path); err == nil && strings.Contains(path, "%") {
			r.URL.Path, r.URL.RawPath = api.Prefix+at, api.Prefix+path
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+p.bearer)
		resp, err := p.client.Do(r)
		if err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s %q?%q: no answer", method, path, query)
			}
			return // the client itself does not send everything
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		a := &answered{resp.StatusCode, resp.Header, text}
		switch {
		case err != nil:
			t.Errorf("%s %q?%q: cut off: %v", method, path, query, err)
		case a.status >= 500 && a.status != 503:
			t.Errorf("%s %q?%q %q: %d %s", method, path, query, body, a.status, text)
		case a.status == 401 && !strings.HasPrefix(path, "/se"):
			t.Errorf("%s %q?%q %q: the token is not known any more", method, path, query, body)
		case a.status >= 400 && method != "HEAD" && strings.HasPrefix(r.URL.Path, "/api/"):
			a.problem(t, method+" "+path)
		}
	})
}
