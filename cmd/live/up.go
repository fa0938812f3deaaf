//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// up is a running `davy up`, and a browser at its console.
type up struct {
	cmd     *exec.Cmd
	said    said
	ended   chan struct{}
	address string
	token   string // of the set-up link
	client  *http.Client
	csrf    string
}

// said is what a process printed so far.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var (
	consoleAt  = regexp.MustCompile(`(?m)console is at (https://\S+)`)
	setupLink  = regexp.MustCompile(`#token=(\S+)`)
	printLines = regexp.MustCompile(`(?m)^\s*((?:[0-9A-Fa-f]{2}:?){32})\s*$`)
)

// The account that the measurements use.
const (
	account  = "measure"
	password = "a long word for measuring"
)

// startUp starts davy up, in a namespace when there is a lab, and opens its console.
func startUp(binary string, l *lab, args ...string) (*up, error) {
	u := &up{ended: make(chan struct{})}
	all := append([]string{binary, "up"}, args...)
	if l != nil {
		all = l.args(sensor, all)
	}
	u.cmd = exec.Command(all[0], all[1:]...)
	u.cmd.Stdout, u.cmd.Stderr = &u.said, &u.said
	if err := u.cmd.Start(); err != nil {
		return nil, err
	}
	later(func() { u.cmd.Process.Kill() })
	go func() { u.cmd.Wait(); close(u.ended) }()
	for range 1200 {
		if m := consoleAt.FindStringSubmatch(u.said.String()); m != nil && strings.Contains(u.said.String(), "Ctrl-C") {
			u.address = m[1]
			return u, u.enter(l)
		}
		select {
		case <-u.ended:
			return u, fmt.Errorf("davy up ended: %s", u.said.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return u, fmt.Errorf("the console did not open in a minute: %s", u.said.String())
}

// enter makes the first account, or logs in. The certificate must be the one that was printed.
func (u *up) enter(l *lab) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	m := printLines.FindStringSubmatch(u.said.String())
	if m == nil {
		return errors.New("no fingerprint was printed")
	}
	print := strings.ToLower(strings.ReplaceAll(m[1], ":", ""))
	u.client = &http.Client{Jar: jar, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if sum := sha256.Sum256(raw[0]); hex.EncodeToString(sum[:]) != print {
				return errors.New("the certificate is not the one that was printed")
			}
			return nil
		}},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) { return dial(l, network, address) },
	}}
	var s struct{ CSRF string }
	if m := setupLink.FindStringSubmatch(u.said.String()); m != nil {
		u.token = m[1]
		err = u.call("POST", "/setup", map[string]string{"token": u.token, "name": account, "password": password}, &s)
	} else {
		err = u.call("POST", "/session", map[string]string{"name": account, "password": password}, &s)
	}
	u.csrf = s.CSRF
	return err
}

// dial connects from within the sensor's namespace, where there is one.
func dial(l *lab, network, address string) (net.Conn, error) {
	if l == nil {
		return net.Dial(network, address)
	}
	runtime.LockOSThread() // and never unlocked where the thread could not be put back
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, err
	}
	defer own.Close()
	there, err := os.Open("/var/run/netns/" + l.ns(sensor))
	if err != nil {
		return nil, err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	c, err := net.Dial(network, address)
	if back := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); back != nil {
		return nil, errors.Join(err, back)
	}
	runtime.UnlockOSThread()
	return c, err
}

// call asks the API; v takes the answer unless it is nil.
func (u *up) call(method, path string, body, v any) error {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(b)
	}
	r, err := http.NewRequest(method, u.address+"/api/v1"+path, in)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if u.csrf != "" {
		r.Header.Set("X-CSRF-Token", u.csrf)
	}
	a, err := u.client.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return err
	}
	if a.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, path, a.Status, text)
	}
	switch v := v.(type) {
	case nil:
		return nil
	case *[]byte:
		*v = text
		return nil
	}
	return json.Unmarshal(text, v)
}

func (u *up) get(path string, v any) error { return u.call("GET", path, nil, v) }

// all are the rows of a list, page by page.
func all[T any](u *up, path string) (list []T, err error) {
	cursor := ""
	for {
		var page struct {
			Items []T
			Next  string
		}
		if err := u.get(path+"?limit=200&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return nil, err
		}
		list = append(list, page.Items...)
		if cursor = page.Next; cursor == "" {
			return list, nil
		}
	}
}

// events hands on what the console is sent, until the context ends or the stream does.
func (u *up) events(ctx context.Context, f func(kind string, data []byte)) error {
	r, err := http.NewRequestWithContext(ctx, "GET", u.address+"/api/v1/events", nil)
	if err != nil {
		return err
	}
	a, err := u.client.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.StatusCode != 200 {
		return fmt.Errorf("GET /events: %s", a.Status)
	}
	kind := ""
	in := bufio.NewScanner(a.Body)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		if k, ok := strings.CutPrefix(in.Text(), "event: "); ok {
			kind = k
		}
		if data, ok := bytes.CutPrefix(in.Bytes(), []byte("data: ")); ok {
			f(kind, data)
		}
	}
	return in.Err()
}

// sensorNow is what GET /sensor says, as far as it is used here.
type sensorNow struct {
	Interfaces []struct {
		Name           string
		Up             bool
		Packets, Drops uint64
		Text           string
	}
	Memory uint64 `json:"memory_bytes"`
	Lines  []struct{ Name, Value, Hint, Level string }
	Events []struct{ Kind, Text, Level string }
	Key    string
}

// until asks how the sensor is until it is as it should be.
func (u *up) until(most time.Duration, what string, is func(*sensorNow) bool) error {
	var s sensorNow
	for end := time.Now().Add(most); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		s = sensorNow{}
		if err := u.get("/sensor", &s); err != nil {
			return err
		}
		if is(&s) {
			return nil
		}
	}
	return fmt.Errorf("%s: not so after %v: %+v\n%s", what, most, s, u.said.String())
}

// read waits until all captures are read in this life; lives is how many lives of this data
// folder, this one included, came so far.
func (u *up) read(most time.Duration, lives int) error {
	if err := u.until(most, "everything is read", func(s *sensorNow) bool {
		n := 0
		for _, e := range s.Events {
			if e.Kind == "read" {
				n++
			}
		}
		return n >= lives
	}); err != nil {
		return err
	}
	time.Sleep(time.Second) // what was found last is on its way to the store
	return nil
}

// kill is kill -9.
func (u *up) kill() {
	u.cmd.Process.Kill()
	<-u.ended
}

// stop is Ctrl-C; it has to end well.
func (u *up) stop() error {
	u.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-u.ended:
		if !u.cmd.ProcessState.Success() {
			return fmt.Errorf("stopped, it ended with %v: %s", u.cmd.ProcessState, u.said.String())
		}
		return nil
	case <-time.After(30 * time.Second):
		u.kill()
		return fmt.Errorf("Ctrl-C did not stop it in 30 s: %s", u.said.String())
	}
}
