package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/davylamp/davy/api"
)

// door is a whole davy up with its console open: its own certificate, store and identity, a
// capture that it has read. What the tests below ask comes over TLS, as a browser's would.
type door struct {
	t      testing.TB
	data   string
	base   string // https://127.0.0.1:port
	token  string // of the set-up link
	roots  *x509.CertPool
	log    *complaints
	admin  *browser
	people int
}

// complaints keep what the log was told at level error.
type complaints struct {
	slog.Handler
	mu   sync.Mutex
	said []string
}

func (c *complaints) Handle(_ context.Context, r slog.Record) error {
	if r.Level < slog.LevelError {
		return nil
	}
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, text)
	return nil
}

func (c *complaints) list() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.said...)
}

// stopped is a short capture in which a station that was never seen before stops a
// controller: something to decide about.
func stopped(tb testing.TB) string {
	c := newTape()
	k := c.dial(hmi, plc, 50001, 502)
	for range 60 {
		k.poll(5, 0)
		c.wait(10 * time.Second)
	}
	k = c.dial(s7plc, plc, 50002, 502)
	k.ask([]byte{0, 1, 0, 0, 0, 4, 1, 90, 0, 0x41}, []byte{0, 1, 0, 0, 0, 4, 1, 90, 0, 0xfe}) // UMAS: stop
	k.ask([]byte{0, 2, 0, 0, 0, 6, 1, 6, 0, 3, 0, 9}, []byte{0, 2, 0, 0, 0, 6, 1, 6, 0, 3, 0, 9})
	k.bye()
	return c.write(tb)
}

// openDoor starts davy up and waits until the console is open. Whatever is asked of it, the
// log tells no error unless the test looks for one.
func openDoor(tb testing.TB) *door {
	tb.Helper()
	d := &door{t: tb, data: filepath.Join(tb.TempDir(), "data"), log: &complaints{Handler: slog.DiscardHandler}, roots: x509.NewCertPool()}
	ctx, cancel := context.WithCancel(context.Background())
	said, done := make(chan Opened, 1), make(chan error, 1)
	go func() {
		done <- Up(ctx, UpOptions{Data: d.data, Listen: "127.0.0.1:0", Paths: []string{stopped(tb)}, Learn: Learn{Span: 8 * time.Minute}, RingBytes: 64 << 20, Workers: 1,
			Log: slog.New(d.log), Say: func(o Opened) { said <- o }})
	}()
	var opened Opened
	select {
	case opened = <-said:
	case err := <-done:
		tb.Fatalf("davy up ended: %v", err)
	}
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Errorf("davy up ended: %v", err)
		}
		for _, text := range d.log.list() {
			tb.Errorf("the log says: %s", text)
		}
	})
	pem, err := os.ReadFile(filepath.Join(d.data, "tls", "cert.pem"))
	if err != nil || !d.roots.AppendCertsFromPEM(pem) {
		tb.Fatalf("the certificate cannot be read: %v", err)
	}
	d.base = opened.Address
	_, d.token, _ = strings.Cut(opened.Setup, "#token=")
	return d
}

// settled is an opened door with its first administrator.
func settled(tb testing.TB) *door {
	tb.Helper()
	d := openDoor(tb)
	d.admin = d.browser()
	d.admin.must("POST", "/setup", map[string]any{"token": d.token, "name": "anna", "password": goodWords}, 200)
	d.admin.greet()
	return d
}

const goodWords = "correct horse battery staple"

// browser is somebody before the console: a cookie jar of one, and the proof that the
// console's page sends.
type browser struct {
	d      *door
	client *http.Client
	cookie string
	csrf   string
	bearer string
	head   map[string]string // sent with every request
}

func (d *door) browser() *browser { return d.browserAt("127.0.0.1") }

// browserAt is one at another address of this machine: tries are counted by address.
func (d *door) browserAt(ip string) *browser {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: d.roots}, DialContext: dialer.DialContext, ForceAttemptHTTP2: true}
	d.t.Cleanup(t.CloseIdleConnections)
	return &browser{d: d, head: map[string]string{}, client: &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answered is a whole answer.
type answered struct {
	status int
	head   http.Header
	body   []byte
}

func (a *answered) into(tb testing.TB, v any) {
	tb.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		tb.Fatalf("%v in %.200s", err, a.body)
	}
}

// request makes a request as this browser would.
func (b *browser) request(method, path string, body any) *http.Request {
	var from io.Reader
	kind := ""
	switch v := body.(type) {
	case nil:
	case string:
		from, kind = strings.NewReader(v), "application/json"
	case []byte:
		from, kind = bytes.NewReader(v), "application/octet-stream"
	case io.Reader:
		from, kind = v, "application/octet-stream"
	default:
		text, err := json.Marshal(body)
		if err != nil {
			b.d.t.Fatal(err)
		}
		from, kind = bytes.NewReader(text), "application/json"
	}
	r, err := http.NewRequest(method, b.d.base+api.Prefix+path, from)
	if err != nil {
		b.d.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if b.cookie != "" {
		r.Header.Set("Cookie", "davy_session="+b.cookie)
	}
	if b.csrf != "" && method != "GET" {
		r.Header.Set("X-CSRF-Token", b.csrf)
	}
	if b.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+b.bearer)
	}
	for k, v := range b.head {
		r.Header.Set(k, v)
	}
	return r
}

// ask sends a request and reads the answer; it keeps the cookie that it is given.
func (b *browser) ask(method, path string, body any) (*answered, error) {
	resp, err := b.client.Do(b.request(method, path, body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	for _, c := range resp.Cookies() {
		if c.Name == "davy_session" {
			b.cookie = c.Value
		}
	}
	return &answered{resp.StatusCode, resp.Header, text}, nil
}

// must asks and wants one status.
func (b *browser) must(method, path string, body any, status int) *answered {
	b.d.t.Helper()
	a, err := b.ask(method, path, body)
	if err != nil {
		b.d.t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		b.d.t.Fatalf("%s %s: %d, not %d: %.300s", method, path, a.status, status, a.body)
	}
	return a
}

// greet fetches the proof of the session.
func (b *browser) greet() {
	b.d.t.Helper()
	var s api.SessionRow
	b.must("GET", "/session", nil, 200).into(b.d.t, &s)
	b.csrf = s.CSRF
}

// person makes a user of a role and logs in.
func (d *door) person(role string) *browser {
	d.t.Helper()
	d.people++
	name := fmt.Sprintf("%s%d", role, d.people)
	d.admin.must("POST", "/users", map[string]any{"name": name, "password": goodWords, "role": role}, 201)
	return d.logIn(name, goodWords)
}

func (d *door) logIn(name, password string) *browser {
	d.t.Helper()
	b := d.browser()
	b.must("POST", "/session", map[string]any{"name": name, "password": password}, 200)
	b.greet()
	return b
}

// program is somebody with a token.
func (d *door) program(role string) *browser {
	d.t.Helper()
	var t api.Token
	d.admin.must("POST", "/tokens", map[string]any{"name": "program", "role": role}, 201).into(d.t, &t)
	b := d.browser()
	b.bearer = t.Secret
	return b
}

// problem holds an answer to be one that says what is wrong and what to do.
func (a *answered) problem(tb testing.TB, what string) {
	tb.Helper()
	var p api.Problem
	if a.head.Get("Content-Type") != "application/problem+json" || json.Unmarshal(a.body, &p) != nil || p.Status != a.status || p.Title == "" || p.Detail == "" || p.Hint == "" {
		tb.Errorf("%s: %d is no problem with a hint: %s %.300s", what, a.status, a.head.Get("Content-Type"), a.body)
	}
}
