package app

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/davylamp/davy/api"
)

// heard is an event that came over a stream.
type heard struct{ id, kind, data string }

// watching is an open stream of events, read as a browser would.
type watching struct {
	t      *testing.T
	resp   *http.Response
	lines  *bufio.Scanner
	last   string // id of the last event
	cancel context.CancelFunc
}

// watch opens a stream; after is the id of the last event seen.
func (b *browser) watch(t *testing.T, after string) *watching {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := b.request("GET", "/events", nil).WithContext(ctx)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	s := &watching{t: t, resp: resp, lines: bufio.NewScanner(resp.Body), cancel: cancel}
	s.lines.Buffer(nil, 16<<20)
	t.Cleanup(s.close)
	return s
}

func (s *watching) close() { s.cancel(); s.resp.Body.Close() }

// next waits for the next event; false at the end of the stream.
func (s *watching) next() (e heard, ok bool) {
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch name {
		case "id":
			s.last, e.id = value, value
		case "event":
			e.kind = value
		case "data":
			e.data = value
		case "":
			if s.lines.Text() == "" && e.kind != "" {
				return e, true
			}
		}
	}
	return e, false
}

// until waits for an event of a kind that holds a text.
func (s *watching) until(kind, holds string) heard {
	s.t.Helper()
	for {
		e, ok := s.next()
		if !ok {
			s.t.Fatalf("the stream ended before %s %s came: %v", kind, holds, s.lines.Err())
		}
		if e.kind == kind && strings.Contains(e.data, holds) {
			return e
		}
	}
}

// TestEvents: what is decided is seen by whoever looks on, without asking; who was away for a
// moment gets what was missed; who was away for too long is told to ask anew.
func TestEvents(t *testing.T) {
	d := settled(t)
	var page api.Page[api.Incident]
	for len(page.Items) == 0 { // the capture is read while the console is open
		d.admin.must("GET", "/incidents", nil, 200).into(t, &page)
	}
	id := page.Items[0].ID
	decide := func(act string) {
		t.Helper()
		d.admin.must("POST", "/incidents/"+id+"/decisions", map[string]any{"act": act, "reason": "tried"}, 200)
	}
	s := d.person("viewer").watch(t, "")
	if e, _ := s.next(); e.kind != "hello" || strings.Contains(e.data, `"gap":true`) {
		t.Fatalf("the first event is %v", e)
	}
	decide("acknowledge")
	e := s.until("incident", id)
	if !strings.Contains(e.data, `"state":"acknowledged"`) || strings.Contains(e.data, `"timeline":null`) {
		t.Errorf("%.300s", e.data)
	}
	s.until("sensor", `"ring"`)
	seen := s.last
	s.close()
	decide("reopen")
	decide("learn")
	s = d.admin.watch(t, seen)
	if e, _ := s.next(); e.kind != "hello" || strings.Contains(e.data, "gap") {
		t.Errorf("after a moment away: %v", e)
	}
	if e := s.until("incident", id); !strings.Contains(e.data, `"state":"open"`) {
		t.Errorf("the first that was missed is %.300s", e.data)
	}
	s.until("incident", `"state":"learned"`)
	all := d.admin.watch(t, "1") // what the log still holds comes again, with what was first seen
	all.until("asset", `"id":"A-`)
	all.close()
	for _, odd := range []string{"1", "9223372036854775807", "99999999999999999999", "-5", "x", "\u2028"} {
		s := d.admin.watch(t, odd)
		e, ok := s.next()
		if !ok || e.kind != "hello" {
			t.Errorf("Last-Event-ID %q: %v", odd, e)
		}
		if strings.HasPrefix(odd, "9223") && !strings.Contains(e.data, `"gap":true`) {
			t.Errorf("who comes from the future is told that nothing was missed: %v", e)
		}
		s.close()
	}
	text := d.admin.must("GET", "/incidents/"+id, nil, 200)
	var one api.IncidentPage
	text.into(t, &one)
	if len(one.Decisions) != 3 || len(one.Full) == 0 || one.FindingCount != len(one.Full) || len(one.Timeline) == 0 {
		t.Errorf("%d decisions, %d findings of %d, %d lines", len(one.Decisions), len(one.Full), one.FindingCount, len(one.Timeline))
	}
}

// TestManyStreams: one person's streams have a ceiling; the one too many is told so, others
// are served, and a closed stream makes room.
func TestManyStreams(t *testing.T) {
	d := settled(t)
	other := d.person("viewer")
	var open []*watching
	for {
		s := d.admin.watch(t, "")
		if s.resp.StatusCode != 200 {
			if s.resp.StatusCode != 503 || s.resp.Header.Get("Retry-After") == "" || s.resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("stream %d: %d %v", len(open)+1, s.resp.StatusCode, s.resp.Header)
			}
			break
		}
		if open = append(open, s); len(open) > 100 {
			t.Fatal("there is no ceiling")
		}
	}
	if s := other.watch(t, ""); s.resp.StatusCode != 200 {
		t.Errorf("somebody else's first: %d", s.resp.StatusCode)
	}
	for _, s := range open {
		s.close()
	}
	for { // the server notices each end by itself
		if s := d.admin.watch(t, ""); s.resp.StatusCode == 200 {
			break
		}
	}
}
