package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy/api"
)

// endless is a body that does not end by itself.
type endless struct{ sent int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	e.sent += len(b)
	return len(b), nil
}

// TestHugeBodies: what is too large is refused before it is read, whether its length is said
// or not.
func TestHugeBodies(t *testing.T) {
	d := settled(t)
	for _, path := range []string{"/session", "/setup", "/users", "/tokens", "/windows"} {
		a := d.admin.must("POST", path, `{"name":"`+strings.Repeat("x", 1<<20)+`"}`, 413)
		a.problem(t, path)
		body := &endless{}
		r := d.admin.request("POST", path, body)
		r.Header.Set("Content-Type", "application/json")
		resp, err := d.admin.client.Do(r)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != 413 {
				t.Errorf("%s: a body without end: %d", path, resp.StatusCode)
			}
		}
		if body.sent > 8<<20 {
			t.Errorf("%s: %d bytes of a body without end were taken", path, body.sent)
		}
	}
	r := d.admin.request("POST", "/captures?name=a.pcap", &endless{})
	r.ContentLength = 1 << 50
	resp, err := d.admin.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 413 {
		t.Errorf("a capture of 2^50 bytes: %d", resp.StatusCode)
	}
	d.nothingLeft(t)
	long := d.admin.with(map[string]string{"X-Long": strings.Repeat("x", 64<<10)})
	if a, err := long.ask("GET", "/home", nil); err == nil && a.status != 431 {
		t.Errorf("a header of 64 KiB: %d", a.status)
	}
	d.admin.must("GET", "/home", nil, 200)
}

// nothingLeft: of uploads that failed no file and no row stays.
func (d *door) nothingLeft(t *testing.T) {
	t.Helper()
	var left []os.DirEntry
	for range 100 { // the server notices a broken connection by itself
		if left, _ = os.ReadDir(filepath.Join(d.data, "captures")); len(left) == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	var rows struct{ Items []api.Capture }
	d.admin.must("GET", "/captures", nil, 200).into(t, &rows)
	if len(left)+len(rows.Items) > 0 {
		t.Errorf("left behind: %v, %v", left, rows.Items)
	}
}

// TestBadJSON: what is no JSON, or another form, is a problem that says where, and never a
// failure of Davy's.
func TestBadJSON(t *testing.T) {
	d := settled(t)
	for _, body := range []string{
		"", " ", "null", "true", "7", `"x"`, "[]", "{", "}", "{}", `{"name":}`, `{"name":"x"`, `{"name":"x"} {"name":"y"}`, `{"name":"x",}`, `{'name':'x'}`, `{"name":"x","password":"y","role":"viewer","more":1}`,
		`{"name":7,"password":[],"role":{}}`, `{"name":"","password":"","role":""}`, `{"name":"x","password":"y","role":"god"}`, `{"name":null,"password":null,"role":null}`,
		`{"name":"` + strings.Repeat("x", 65) + `","password":"y","role":"viewer"}`, strings.Repeat("[", 60000), strings.Repeat(`{"a":`, 10000), "\xff\xfe{}", `{"name":"\ud800","password":"yyyyyyyyyyyyyyyy","role":"viewer"}`,
		"{\"name\":\"a\\u0000b\",\"password\":\"yyyyyyyyyyyyyyyy\",\"role\":\"viewer\"}", `{"name":"x","name":"davy","password":"yyyyyyyyyyyyyyyy","role":"viewer"}`, `{"__proto__":{"role":"admin"}}`, "\x00", "<xml/>", "name=x&password=y",
		`{"name":"x","password":"y","role":"viewer","role":"admin","x":1e999}`, `1e999999`, `{"name":"` + "\u202e" + `x","password":"yyyyyyyyyyyyyyyy","role":"viewer"}`,
	} {
		for _, route := range []string{"POST /users", "POST /session", "POST /setup", "POST /tokens", "POST /windows", "PUT /windows/W-1", "PATCH /users/anna", "PUT /session/password", "POST /incidents/I-1/decisions"} {
			method, path, _ := strings.Cut(route, " ")
			a, err := d.admin.ask(method, path, body)
			if err != nil {
				t.Fatalf("%s %.40q: %v", route, body, err)
			}
			if a.status == 200 && route == "PATCH /users/anna" && strings.HasPrefix(body, "{}") {
				continue // nothing is changed
			}
			if a.status < 400 || a.status >= 500 {
				t.Errorf("%s %.40q: %d %.200s", route, body, a.status, a.body)
				continue
			}
			a.problem(t, fmt.Sprintf("%s %.40q", route, body))
		}
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "x", "application/cbor"} {
		a := d.admin.with(map[string]string{"Content-Type": kind})
		if got, err := a.ask("POST", "/windows", `{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z"}`); err != nil || got.status != 415 {
			t.Errorf("%s: %d %v %s", kind, got.status, err, got.body)
		}
	}
}

// TestBadQueries: cursors that were tampered with, of another list or another sort, filters and
// sorts that do not exist, numbers that are none: problems, and never a failure.
func TestBadQueries(t *testing.T) {
	d := settled(t)
	var page api.Page[api.Asset]
	d.admin.must("GET", "/assets?limit=1&sort=-last", nil, 200).into(t, &page)
	if page.Next == "" || page.Total < 2 {
		t.Fatalf("the capture's assets fit one page: %+v", page)
	}
	cut := func(n int) string { return page.Next[:len(page.Next)-n] }
	cursor := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	bad := []string{
		"/assets?cursor=x", "/assets?cursor=" + cut(1), "/assets?cursor=" + cut(4), "/assets?sort=name&cursor=" + page.Next, "/links?cursor=" + page.Next, "/findings?cursor=" + page.Next,
		"/incidents?cursor=" + page.Next, "/audit?cursor=" + page.Next, "/audit?cursor=-1x", "/assets?cursor=" + strings.Repeat("A", 513), "/assets?cursor=%00", "/assets?cursor=..%2F..%2Fetc",
		"/assets?cursor=" + cursor(map[string]any{"s": "id", "v": []any{map[string]any{}}}), "/assets?cursor=" + cursor([]int{1}), "/assets?cursor=" + cursor(map[string]any{"s": "id", "v": []any{1.5}}),
		"/assets?limit=0", "/assets?limit=-1", "/assets?limit=501", "/assets?limit=x", "/assets?limit=99999999999999999999", "/assets?sort=password", "/assets?sort=id;drop", "/assets?sort=,", "/assets?sort=" + strings.Repeat("id,", 60) + "id",
		"/assets?unknown=1", "/assets?q=" + strings.Repeat("x", 201), "/assets?new=maybe", "/findings?severity=worst", "/sensor/minutes?last=0", "/sensor/minutes?last=99999999", "/incidents/I-1/messages?limit=0",
		"/assets?kind=" + strings.Repeat("x&kind=", 60), "/captures?name=x", "/assets?q=%00", "/assets?q=%ff", "/assets?q=a%0Ab", "/assets?q=%", "/assets?q=x;kind=y", "/assets?%00=1",
	}
	for _, path := range bad {
		a, err := d.admin.ask("GET", path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.status != 422 && a.status != 400 {
			t.Errorf("%.80s: %d %.200s", path, a.status, a.body)
			continue
		}
		a.problem(t, path)
	}
	// What looks like an attack and is a plain text finds nothing, or what holds it.
	for _, q := range []string{"'", `"`, "%", "_", `\`, "' OR 1=1 --", "); DROP TABLE users; --", "<script>", "${jndi:ldap://x}", strings.Repeat("a ", 99), "🦆", "%00", "*", "\u2028", "\u202e"} {
		for _, list := range []string{"/assets", "/links", "/findings", "/incidents"} {
			var p struct{ Total int }
			d.admin.must("GET", list+"?q="+url.QueryEscape(q), nil, 200).into(t, &p)
			if p.Total > 0 && strings.ContainsAny(q, "';<$🦆") {
				t.Errorf("%s holds %d rows with %q", list, p.Total, q)
			}
		}
	}
	for _, list := range []string{"/assets?kind=", "/links?protocol=", "/findings?detector=", "/links?asset=", "/findings?incident=", "/map?zone=", "/map?open="} {
		d.admin.must("GET", list+url.QueryEscape("' OR '1'='1"), nil, 200)
	}
}

// TestPathsThatLeaveTheHouse: ids and names that look like paths find nothing.
func TestPathsThatLeaveTheHouse(t *testing.T) {
	d := settled(t)
	for _, id := range []string{"..", "../../state.davy", "..%2f..%2fdavy.db", "%2e%2e", "%2e%2e%2f%2e%2e%2fkeys", "/etc/passwd", `..\..\davy.db`, "C-1/../../davy.db", "\x00", "C-1%00.html", "~root", strings.Repeat("A", 250), "C-999999999999999999999"} {
		for _, path := range []string{"/captures/%s", "/captures/%s/report", "/assets/%s", "/findings/%s", "/incidents/%s", "/incidents/%s/messages", "/incidents/%s/packets", "/incidents/%s/evidence"} {
			at := fmt.Sprintf(path, url.PathEscape(id))
			a, err := d.admin.ask("GET", at, nil)
			if err != nil {
				t.Fatal(err)
			}
			if a.status != 404 && a.status != 422 && a.status != 400 {
				t.Errorf("%s: %d %.100s", at, a.status, a.body)
				continue
			}
			a.problem(t, at)
			if cd := a.head.Get("Content-Disposition"); cd != "" {
				t.Errorf("%s: a problem is handed out as the file %s", at, cd)
			}
		}
	}
	for _, name := range []string{"../../davy.db", "/etc/passwd", "a\r\nSet-Cookie: davy_session=x", "a\x00b", "..", "", "\u202ecod.pcap", strings.Repeat("n", 256)} {
		a := d.admin.must("POST", "/captures?name="+url.QueryEscape(name), []byte("x"), map[bool]int{true: 400, false: 422}[strings.ContainsAny(name, "\r\n\x00")])
		a.problem(t, name)
		if a.head.Get("Set-Cookie") != "" {
			t.Errorf("%q set a header", name)
		}
	}
	d.nothingLeft(t)
}

// TestUploadBreaksOff: of a capture whose sender went away nothing stays.
func TestUploadBreaksOff(t *testing.T) {
	d := settled(t)
	for range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		from, to := io.Pipe()
		r := d.admin.request("POST", "/captures?name=half.pcap", from).WithContext(ctx)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			if resp, err := d.admin.client.Do(r); err == nil {
				resp.Body.Close()
			}
		}()
		if _, err := to.Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
			t.Fatal(err)
		}
		cancel()
		<-gone
		to.Close()
	}
	d.nothingLeft(t)
}

// TestUpload: a capture whose name is somebody's joke is read, and its report runs nothing.
func TestUpload(t *testing.T) {
	d := settled(t)
	text, err := os.ReadFile(stopped(t))
	if err != nil {
		t.Fatal(err)
	}
	const name = `"><script>alert(1)</script>.pcapng`
	d.admin.must("POST", "/captures?name="+url.QueryEscape(strings.ReplaceAll(name, "/", "∕")), text, 201)
	var c api.Capture
	for c.State != "done" {
		d.admin.must("GET", "/captures/C-1", nil, 200).into(t, &c)
		if c.State == "failed" {
			t.Fatal(c.Error)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if c.Size != int64(len(text)) || c.By != "anna" || len(c.SHA256) != 64 || !bytes.Contains(c.Summary, []byte(`"packets"`)) {
		t.Errorf("%+v", c)
	}
	a := d.admin.must("GET", "/captures/C-1/report", nil, 200)
	csp := a.head.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") || strings.Contains(csp, "script") || bytes.Contains(a.body, []byte("<script")) {
		t.Errorf("the report may run scripts: %s", csp)
	}
	d.admin.must("DELETE", "/captures/C-1", nil, 204)
	d.admin.must("GET", "/captures/C-1", nil, 404)
	d.admin.must("GET", "/captures/C-1/report", nil, 404)
	d.nothingLeft(t)
	d.admin.must("POST", "/captures?name=none.pcap", []byte("this is no capture"), 201).into(t, &c)
	for id := c.ID; c.State != "failed"; {
		d.admin.must("GET", "/captures/"+id, nil, 200).into(t, &c)
		if c.State == "done" {
			t.Fatalf("what is no capture was read: %s", c.Summary)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if c.Error == "" {
		t.Error("nobody says what is wrong with the capture")
	}
}

// TestUploadRemovedAtOnce: whenever a capture is taken away while it waits or is read, nothing
// of it comes back.
func TestUploadRemovedAtOnce(t *testing.T) {
	d := settled(t)
	text, err := os.ReadFile(stopped(t))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for n := range 12 {
		var c api.Capture
		d.admin.must("POST", "/captures?name=a.pcap", text, 201).into(t, &c)
		time.Sleep(time.Duration(n) * 3 * time.Millisecond)
		d.admin.must("DELETE", "/captures/"+c.ID, nil, 204)
		if ids[c.ID] {
			t.Errorf("the id %s was given twice", c.ID)
		}
		ids[c.ID] = true
	}
	d.nothingLeft(t)
}

// TestSlowRequests: who opens connections and says nothing, or half a request, holds nobody
// up; the deadlines are the server's, and are not waited for here.
func TestSlowRequests(t *testing.T) {
	d := settled(t)
	host := strings.TrimPrefix(d.base, "https://")
	for i := range 60 {
		c, err := tls.Dial("tcp", host, &tls.Config{RootCAs: d.roots})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%3 > 0 {
			fmt.Fprintf(c, "POST /api/v1/session HTTP/1.1\r\nHost: %s\r\n", host)
		}
		if i%3 > 1 {
			fmt.Fprintf(c, "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		}
	}
	d.logIn("anna", goodWords)
}

// TestMethodsAndPaths: what no route takes is refused with what would be taken.
func TestMethodsAndPaths(t *testing.T) {
	d := settled(t)
	for _, method := range []string{"OPTIONS", "TRACE", "PATCH", "PUT", "DELETE", "BREW"} {
		a := d.admin.must(method, "/home", nil, 405)
		a.problem(t, method)
		if a.head.Get("Allow") != "GET" {
			t.Errorf("%s: Allow %q", method, a.head.Get("Allow"))
		}
	}
	a := d.admin.must("HEAD", "/home", nil, 200)
	if len(a.body) > 0 {
		t.Error("HEAD has a body")
	}
	for _, enc := range []string{"gzip", "zstd", "br", "gzip;q=0"} {
		a := d.admin.with(map[string]string{"Accept-Encoding": enc}).must("GET", "/openapi.json", nil, http.StatusOK)
		want := map[string]string{"gzip": "gzip", "zstd": "zstd"}[enc]
		if a.head.Get("Content-Encoding") != "" && want == "" {
			t.Errorf("%s: sent as %s", enc, a.head.Get("Content-Encoding"))
		}
	}
}
