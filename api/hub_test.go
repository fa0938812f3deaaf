package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

func told(c *client) (list []note) {
	for {
		select {
		case n, ok := <-c.queue:
			if !ok {
				return list
			}
			list = append(list, n)
		default:
			return list
		}
	}
}

func joined(t *testing.T, h *Hub, name string, seen int64) (*client, []note, bool) {
	t.Helper()
	c, missed, _, whole, err := h.join(name, seen)
	if err != nil {
		t.Fatal(err)
	}
	return c, missed, whole
}

// TestHubTellsAllInOrder: each reader gets each event once, ids rise, and who comes back gets
// the lasting ones that it missed.
func TestHubTellsAllInOrder(t *testing.T) {
	h := NewHub()
	a, _, _ := joined(t, h, "a", 0)
	b, _, _ := joined(t, h, "b", 0)
	for i := range 50 {
		h.Finding(davy.FindingRow{ID: fmt.Sprint("F-", i)})
		h.Sensor(Sensor{})
	}
	seen := told(a)
	if len(seen) != 100 || len(told(b)) != 100 {
		t.Fatalf("a reader got %d events of 100", len(seen))
	}
	for i := 1; i < len(seen); i++ {
		if seen[i].id <= seen[i-1].id {
			t.Fatalf("id %d follows %d", seen[i].id, seen[i-1].id)
		}
	}
	_, missed, whole := joined(t, h, "c", seen[59].id)
	if !whole || len(missed) != 20 || !strings.Contains(string(missed[0].data), `"F-30"`) {
		t.Errorf("after F-29 came %d lasting events (whole: %v), the first %s", len(missed), whole, missed[0].data)
	}
	if _, _, whole := joined(t, h, "d", 1); whole {
		t.Error("a reader from before the start was told that it missed nothing")
	}
	if _, _, whole := joined(t, h, "e", time.Now().Add(time.Hour).UnixNano()); whole {
		t.Error("a reader from the future was told that it missed nothing")
	}
}

// TestHubDropsWhoDoesNotRead: a full queue costs its reader the stream, and nobody else
// anything.
func TestHubDropsWhoDoesNotRead(t *testing.T) {
	h := NewHub()
	slow, _, _ := joined(t, h, "slow", 0)
	quick, _, _ := joined(t, h, "quick", 0)
	got := 0
	for i := range 2 * queueLength {
		h.Asset(fmt.Sprint("A-", i), false)
		got += len(told(quick))
	}
	if got != 2*queueLength {
		t.Errorf("the quick reader got %d events of %d", got, 2*queueLength)
	}
	if n := len(told(slow)); n != queueLength || !slow.slow {
		t.Errorf("the slow reader got %d events of its queue of %d (dropped: %v)", n, queueLength, slow.slow)
	}
	if h.Dropped() != 1 || h.Watched() != 1 {
		t.Errorf("%d readers dropped, %d left; 1 and 1 are right", h.Dropped(), h.Watched())
	}
}

// TestHubIsBounded: the log has a ceiling in events and in bytes, readers in all and of one.
func TestHubIsBounded(t *testing.T) {
	h := NewHub()
	for range logLength + 100 {
		h.Asset("A-1", false)
	}
	if len(h.log) != logLength {
		t.Errorf("the log holds %d events", len(h.log))
	}
	long := strings.Repeat("x", 1<<20)
	for range 20 {
		h.Finding(davy.FindingRow{Seen: long})
	}
	if h.size > logBytes || len(h.log) == 0 || len(h.log) > 8 {
		t.Errorf("the log holds %d bytes in %d events", h.size, len(h.log))
	}
	for i := range mostOfOne {
		if _, _, _, _, err := h.join("one", 0); err != nil {
			t.Fatalf("reader %d: %v", i, err)
		}
	}
	if _, _, _, _, err := h.join("one", 0); err == nil || faultOf(err).What != Busy {
		t.Errorf("one person's reader %d: %v", mostOfOne+1, err)
	}
	for i := range mostClients - mostOfOne {
		if _, _, _, _, err := h.join(fmt.Sprint(i), 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, _, _, err := h.join("last", 0); err == nil {
		t.Errorf("there are more than %d readers", mostClients)
	}
}

// TestHomeIsToldOnceASecond: however often it is said that numbers changed, they are counted
// once a second, not at all while nobody looks on, and never after the end.
func TestHomeIsToldOnceASecond(t *testing.T) {
	h := NewHub()
	counted := 0
	count := func() (HomeNote, error) { counted++; return HomeNote{Counts: Counts{Assets: counted}}, nil }
	h.Home(count)
	c, _, _ := joined(t, h, "a", 0)
	for range 100 {
		h.Home(count)
	}
	first := <-c.queue
	for range 100 {
		h.Home(count)
	}
	second := <-c.queue
	if !strings.Contains(string(first.data), `"assets":1,`) || !strings.Contains(string(second.data), `"assets":2,`) {
		t.Errorf("told %s, then %s", first.data, second.data)
	}
	if time.Duration(second.id-first.id) < homePace/2 {
		t.Errorf("told twice within %v", time.Duration(second.id-first.id))
	}
	h.Home(count)
	h.Close()
	h.Close()
	h.Home(count)
	h.Finding(davy.FindingRow{})
	if counted > 2 {
		t.Errorf("counted %d times", counted)
	}
	if _, _, _, _, err := h.join("late", 0); err == nil {
		t.Error("a closed hub took a reader")
	}
}
