package api

import (
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestOwnOrigin: a page of another site, of a sister host, of the same host without TLS or on
// another port is not the console.
func TestOwnOrigin(t *testing.T) {
	s := build(Config{Origins: []string{"https://davy.example"}})
	for _, c := range []struct {
		origin, site string
		want         bool
	}{
		{"", "", true}, {"https://davy.plant:8443", "", true}, {"https://davy.plant:8443", "same-origin", true}, {"", "none", true}, {"https://davy.example", "same-origin", true},
		{"", "cross-site", false}, {"", "same-site", false}, {"", "nonsense", false}, {"https://evil.example", "", false}, {"http://davy.plant:8443", "", false},
		{"https://davy.plant", "", false}, {"null", "", false}, {"https://davy.plant:8443.evil.example", "", false}, {"https://evil.example", "same-origin", false},
	} {
		r := httptest.NewRequest("POST", "https://davy.plant:8443/api/v1/session", nil)
		r.Header.Set("Origin", c.origin)
		r.Header.Set("Sec-Fetch-Site", c.site)
		if got := s.ownOrigin(r); got != c.want {
			t.Errorf("Origin %q, Sec-Fetch-Site %q: %v", c.origin, c.site, got)
		}
	}
}

// TestNamesOfFiles: what people call their file is shown, and is never a path or a trick.
func TestNamesOfFiles(t *testing.T) {
	for _, good := range []string{"a.pcap", "Werk 3 – Füller.pcapng", "x", "…", "..pcap", "日本.pcap", "'\"<script>.pcap"} {
		if got, err := fileName(good); err != nil || got != good {
			t.Errorf("%q: %q, %v", good, got, err)
		}
	}
	for _, bad := range []string{"", ".", "..", "../../etc/passwd", "/etc/passwd", `..\..\x`, "a\x00b", "a\r\nSet-Cookie: x=1", "a\nb", "a\u202egnp.exe", "a\u2028b", "\xff\xfe", strings.Repeat("x", 256)} {
		if _, err := fileName(bad); err == nil || faultOf(err).What != Invalid {
			t.Errorf("%q was taken: %v", bad, err)
		}
	}
}

// FuzzFileName: whatever the name, it is refused or safe to show and to put beside a path.
func FuzzFileName(f *testing.F) {
	for _, s := range []string{"a.pcap", "../x", "a\r\nb", "a\u202eb", "\xff", "C:\\x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := fileName(s)
		if err != nil {
			return
		}
		if name != s || name == "" || len(name) > longest || strings.ContainsAny(name, "/\\\x00\r\n\u202e\u2066") || name == ".." {
			t.Errorf("%q was taken", s)
		}
	})
}

// FuzzDisposition: whatever the id, the header that names the file stays one line, and the
// name in it is a plain one.
func FuzzDisposition(f *testing.F) {
	for _, s := range []string{"I-3", "I-3\r\nX: y", `I-3"; filename="x.exe`, "../I-3", "\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		h := mime.FormatMediaType("attachment", map[string]string{"filename": "davy-" + plain(id) + ".zip"})
		kind, params, err := mime.ParseMediaType(h)
		if err != nil || kind != "attachment" || strings.ContainsAny(h, "\r\n\x00") || strings.ContainsAny(params["filename"], `/\"`) || len(params) != 1 {
			t.Errorf("%q becomes %q", id, h)
		}
	})
}

// TestPathsOutsideTheTable: what is not in the table does not exist, and no path is cleaned
// into one that is.
func TestPathsOutsideTheTable(t *testing.T) {
	s := build(Config{})
	for path, want := range map[string]int{
		"/api": 404, "/api/": 404, "/api/v1": 404, "/api/v1/": 404, "/api/v2/setup": 404, "/api/v1/nothing": 404, "/api/v1//assets": 404, "/api/v1/../v1/setup": 404,
		"/api/v1/./setup": 404, "/api/v1/setup/": 404, "/api/v1/assets/a/b": 404, "/api/v1/setup/..": 404, "/api/v1/SETUP": 404, "/api/v1/docs": 404, "/api/v1/openapi.yaml": 404,
		"/api/v1/assets/..%2f..%2fsetup": 401, "/api/v1/assets/%2e%2e": 401, "/api/v1/assets": 401,
	} {
		r := httptest.NewRequest("GET", "https://davy.plant"+path, nil)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want || w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), `"hint"`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for method, want := range map[string]int{"OPTIONS": 405, "TRACE": 405, "PATCH": 405, "BREW": 405, "HEAD": 401} {
		r := httptest.NewRequest(method, "https://davy.plant/api/v1/windows", nil)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want || want == 405 && w.Header().Get("Allow") != "GET, POST" || method == "HEAD" && w.Body.Len() > 0 {
			t.Errorf("%s: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

// TestNewNeedsEverybody: a server that lacks somebody to ask is not made, one without a Gate
// above all.
func TestNewNeedsEverybody(t *testing.T) {
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "nobody was given") {
		t.Error(err)
	}
}

// TestListenerIsBounded: one host cannot take all connections, and what it lets go can be had
// again.
func TestListenerIsBounded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &bounded{Listener: l, hosts: map[string]int{}, log: slog.New(slog.DiscardHandler)}
	server := &http.Server{Handler: http.NotFoundHandler()}
	done := make(chan error)
	go func() { done <- server.Serve(b) }()
	defer func() {
		server.Close()
		<-done
	}()
	open := func() (net.Conn, bool) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return c, false
		}
		_, err = c.Read(make([]byte, 1))
		return c, err == nil
	}
	var conns []net.Conn
	for i := range mostOfHost + 10 {
		c, ok := open()
		conns = append(conns, c)
		if ok != (i < mostOfHost) {
			t.Fatalf("connection %d: answered %v", i+1, ok)
		}
	}
	for _, c := range conns {
		c.Close()
	}
	for b.held() > 0 {
		time.Sleep(time.Millisecond) // the server notices each end by itself
	}
	c, ok := open()
	defer c.Close()
	if !ok {
		t.Error("what was let go cannot be had again")
	}
}

func (b *bounded) held() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all
}
