package api

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/davylamp/davy"
)

// The bounds of the hub.
const (
	mostClients = 64  // streams at once
	mostOfOne   = 16  // streams of one person or token
	queueLength = 256 // events that wait for a slow reader before it is dropped
	logLength   = 4096
	logBytes    = 8 << 20
	homePace    = time.Second
)

// Hub hands what happens to every browser that looks on. It never waits for one: who does
// not read is dropped, is told so, and catches up when it comes back.
type Hub struct {
	mu      sync.Mutex
	last    int64  // id of the last event: the machine's clock in ns, and always rising
	since   int64  // the log holds all lasting events with a higher id
	log     []note // lasting events
	size    int    // bytes of the log
	clients map[*client]struct{}
	closed  bool

	homeDue  bool // Home's numbers wait for their second to be over
	homeAt   time.Time
	homeOn   *time.Timer
	counting sync.WaitGroup
	dropped  atomic.Uint64
}

// note is an event on its way.
type note struct {
	id   int64
	kind string
	data []byte
}

type client struct {
	name  string
	queue chan note
	slow  bool // it was dropped for being slow; set before the queue is closed
}

// HomeNote are the numbers of Home that changed.
type HomeNote struct {
	Counts Counts `json:"counts"`
	New    News   `json:"new"`
}

// AssetNote says that an asset came or changed, or without an id that many did.
type AssetNote struct {
	ID  string `json:"id,omitempty"`
	New bool   `json:"new"`
}

// CaptureNote says how far an upload is read.
type CaptureNote struct {
	ID       string  `json:"id"`
	State    string  `json:"state"`
	Progress float64 `json:"progress"`
	Error    string  `json:"error,omitempty"`
}

// NewHub makes a hub that nobody looks at yet.
func NewHub() *Hub {
	now := time.Now().UnixNano()
	return &Hub{last: now, since: now, clients: map[*client]struct{}{}}
}

// Finding tells of a finding that is in the store.
func (h *Hub) Finding(f davy.FindingRow) { h.publish("finding", f, true) }

// Incident tells of an incident that is in the store. Its timeline may be long, and whoever
// shows it asks for it.
func (h *Hub) Incident(i Incident) {
	h.publish("incident", i.brief(), true)
}

// Asset tells that an asset is in the store, new or changed; "" that many are.
func (h *Hub) Asset(id string, isNew bool) { h.publish("asset", AssetNote{id, isNew}, true) }

// Capture tells how far an upload is read; once a second of each is enough.
func (h *Hub) Capture(c Capture) {
	h.publish("capture", CaptureNote{c.ID, c.State, c.Progress, c.Error}, false)
}

// Sensor tells how the sensor is.
func (h *Hub) Sensor(s Sensor) { h.publish("sensor", s.filled(), false) }

// Home tells Home's numbers, once a second at most, and only while somebody looks on. They are
// counted when the second is over, beside the caller, who does not wait: counting looks
// through tables.
func (h *Hub) Home(count func() (HomeNote, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.homeDue || len(h.clients) == 0 {
		return
	}
	h.homeDue = true
	h.counting.Add(1)
	h.homeOn = time.AfterFunc(max(0, homePace-time.Since(h.homeAt)), func() {
		defer h.counting.Done()
		h.mu.Lock()
		h.homeDue, h.homeAt = false, time.Now()
		h.mu.Unlock()
		if n, err := count(); err == nil { // else the next one tells
			h.publish("home", n, false)
		}
	})
}

// Dropped counts the readers that were dropped for being slow.
func (h *Hub) Dropped() uint64 { return h.dropped.Load() }

// Watched says how many look on.
func (h *Hub) Watched() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}

// publish hands an event to all. A lasting one can be asked for again by who missed it.
func (h *Hub) publish(kind string, v any, lasting bool) {
	data, err := json.Marshal(v)
	if err != nil {
		return // rows are plain values: this cannot be
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.last = max(h.last+1, time.Now().UnixNano())
	n := note{h.last, kind, data}
	if lasting {
		h.keep(n)
	}
	for c := range h.clients {
		select {
		case c.queue <- n:
		default:
			c.slow = true
			h.dropped.Add(1)
			h.remove(c)
		}
	}
}

// keep puts an event in the log; the oldest make room.
func (h *Hub) keep(n note) {
	h.log = append(h.log, n)
	h.size += len(n.data)
	gone := 0
	for len(h.log)-gone > logLength || h.size > logBytes {
		h.size -= len(h.log[gone].data)
		h.since = h.log[gone].id
		gone++
	}
	if gone > 0 {
		clear(h.log[:gone])
		h.log = h.log[gone:]
	}
}

func (h *Hub) remove(c *client) {
	if _, ok := h.clients[c]; ok {
		delete(h.clients, c)
		close(c.queue)
	}
}

// join adds a reader that has seen all up to an event (0: nothing). It answers the lasting
// events that it missed; whole says that these are all, else some are older than the log.
func (h *Hub) join(name string, seen int64) (c *client, missed []note, last int64, whole bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	own := 0
	for other := range h.clients {
		if other.name == name {
			own++
		}
	}
	if h.closed || len(h.clients) >= mostClients || own >= mostOfOne {
		return nil, nil, 0, false, &Fault{What: Busy, Text: "Too many windows look on at once.", Next: "Close some of the console's windows.", Delay: 10 * time.Second}
	}
	c = &client{name: name, queue: make(chan note, queueLength)}
	h.clients[c] = struct{}{}
	if seen != 0 {
		for _, n := range h.log {
			if n.id > seen {
				missed = append(missed, n)
			}
		}
	}
	return c, missed, h.last, seen == 0 || seen >= h.since && seen <= h.last, nil
}

func (h *Hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remove(c)
}

// Close ends all streams, and waits until nothing is counted any more.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	if h.homeOn != nil && h.homeOn.Stop() {
		h.counting.Done()
	}
	h.homeOn = nil
	for c := range h.clients {
		h.remove(c)
	}
	h.mu.Unlock()
	h.counting.Wait()
}
