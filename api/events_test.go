package api

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

// welcome is a Gate for the streams' own tests: one cookie is somebody until it is shut. The
// real gate is tried with the whole house, in app.
type welcome struct {
	Gate
	shut atomic.Bool
}

func (w *welcome) BySession(_, secret string) (Principal, error) {
	if w.shut.Load() || secret != "open" {
		return Principal{}, &davy.Fault{Kind: davy.Denied, Text: "you are not signed in"}
	}
	return Principal{Name: "anna", Role: davy.Viewer}, nil
}

func (w *welcome) Decide(Principal, string, string) Decision { return Decision{Allowed: true} }

// served is a server with its hub behind TLS.
func served(t *testing.T) (s *Server, gate *welcome, dial func() net.Conn) {
	t.Helper()
	gate = &welcome{}
	s = build(Config{Gate: gate, Hub: NewHub()})
	cert := opened(t, t.TempDir(), "127.0.0.1")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, cert) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, gate, func() net.Conn {
		c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if _, err := fmt.Fprintf(c, "GET %s/events HTTP/1.1\r\nHost: x\r\nCookie: davy_session=open\r\nConnection: close\r\n\r\n", Prefix); err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func hold(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal(what)
}

// TestSlowReaderHoldsNobodyUp: one reader takes nothing from its connection. The hub goes on
// at once, the other reader gets every event, and the slow one finds out when it reads.
func TestSlowReaderHoldsNobodyUp(t *testing.T) {
	s, _, dial := served(t)
	slow, quick := dial(), dial()
	hold(t, "the readers did not come", func() bool { return s.Hub.Watched() == 2 })
	const all = 3000
	seen := make(chan int)
	go func() {
		n := 0
		lines := bufio.NewScanner(quick)
		lines.Buffer(nil, 1<<20)
		for n < all && lines.Scan() {
			if lines.Text() == "event: finding" {
				n++
			}
		}
		seen <- n
	}()
	row := davy.FindingRow{Seen: strings.Repeat("x", 16<<10)}
	for i := range all {
		row.ID = fmt.Sprint("F-", i)
		s.Hub.Finding(row)
		if i%50 == 49 {
			time.Sleep(5 * time.Millisecond) // so that the quick one is not dropped for the test's own haste
		}
	}
	if n := <-seen; n != all {
		t.Errorf("the quick reader got %d events of %d", n, all)
	}
	if s.Hub.Dropped() != 1 {
		t.Errorf("%d readers were dropped", s.Hub.Dropped())
	}
	text, _ := io.ReadAll(io.LimitReader(slow, 1<<26)) // it ends as it ends: the connection is closed
	if !strings.Contains(string(text), "event: dropped") && !strings.Contains(string(text), "event: finding") {
		t.Errorf("the slow reader was told %.200q", text)
	}
}

// TestStreamEndsWithItsSession: who may look no longer is shown nothing more, and is told.
func TestStreamEndsWithItsSession(t *testing.T) {
	s, gate, dial := served(t)
	s.beat = 10 * time.Millisecond
	c := dial()
	hold(t, "the reader did not come", func() bool { return s.Hub.Watched() == 1 })
	gate.shut.Store(true)
	text, _ := io.ReadAll(bufio.NewReader(io.LimitReader(c, 1<<20)))
	if !strings.Contains(string(text), "event: hello") || !strings.Contains(string(text), "event: bye") {
		t.Errorf("the reader was told %q", text)
	}
	hold(t, "the reader is still there", func() bool { return s.Hub.Watched() == 0 })
}

// TestReaderThatGoesIsForgotten: a closed connection leaves nothing in the hub.
func TestReaderThatGoesIsForgotten(t *testing.T) {
	s, _, dial := served(t)
	for range 20 {
		c := dial()
		hold(t, "the reader did not come", func() bool { return s.Hub.Watched() == 1 })
		c.Close()
		hold(t, "the reader is still there", func() bool { return s.Hub.Watched() == 0 })
	}
}
