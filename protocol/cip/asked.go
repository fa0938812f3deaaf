package cip

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Bounds of what waits for replies: how many requests, how many bytes of each, and how long
// (in ns) a request counts while a newer one with the same key is open.
const (
	maxAsked   = 32
	maxRequest = 4096
	staleAfter = 2_000_000_000
)

// asked is a request that waits for its reply. A reply has neither path nor data of its
// request; so the request is kept as it stood and read again.
type asked struct {
	key        uint64
	connected  bool
	connection uint32
	time       int64
	service    uint8 // of the request
	inner      uint8 // of the one inside, where it is an Unconnected Send
	passed     bool  // a newer request with the same key was answered first
	path       davy.Path
	raw        []byte
}

// ask remembers a request. Many clients use one key for all their requests and wait for
// each reply; others use one key for several open requests and count on their order.
func (d *Dialogue) ask(c *protocol.Context, b []byte, e *Carriage, path davy.Path) {
	if c.Duplicate || len(b) > maxRequest {
		return
	}
	q := d.readRequest(b)
	n := asked{key: e.Key, connected: e.Connected, connection: e.Connection, time: c.Time, service: q.service, inner: q.service, path: path}
	if q.service == unconnectedSend && q.path.class == connectionManager {
		if inner, _, ok := unwrap(q.data); ok && len(inner) > 0 {
			n.inner = inner[0]
		}
	}
	if i := d.find(e, n.inner, true); i >= 0 && d.asked[i].time == c.Time {
		d.pipelines = true
	}
	d.remember(&n, b)
}

// remember keeps a request and its bytes; the oldest makes room.
func (d *Dialogue) remember(n *asked, raw []byte) {
	if len(d.asked) == maxAsked {
		d.forget(0)
		d.lost++
	}
	if len(d.asked) < cap(d.asked) {
		d.asked = d.asked[:len(d.asked)+1]
	} else {
		d.asked = append(d.asked, asked{})
	}
	slot := &d.asked[len(d.asked)-1]
	n.raw = append(slot.raw[:0], raw...)
	*slot = *n
}

// forget takes a request out and keeps its memory behind the others, where it stays until
// the next one is asked.
func (d *Dialogue) forget(i int) {
	gone := d.asked[i]
	copy(d.asked[i:], d.asked[i+1:])
	d.asked[len(d.asked)-1] = gone
	d.asked = d.asked[:len(d.asked)-1]
}

func (a *asked) fits(e *Carriage, service uint8) bool {
	return a.key == e.Key && a.connected == e.Connected && (a.service == service || a.inner == service)
}

// find is the newest or the oldest request that a reply fits, -1 when there is none.
func (d *Dialogue) find(e *Carriage, service uint8, newest bool) int {
	on := uint32(0)
	if e.Connected {
		if k := d.connection(e.Connection); k != nil {
			on = k.OTID
		}
	}
	found := -1
	for i := range d.asked {
		a := &d.asked[i]
		if !a.fits(e, service) || on != 0 && a.connection != on {
			continue
		}
		if !newest && found >= 0 && a.time-d.asked[found].time < staleAfter {
			break
		}
		found = i
	}
	return found
}

// take finds the request that a reply answers and forgets it; nil when there is none. The
// result is good until the next request. sure is false where another request could be the
// one as well.
func (d *Dialogue) take(c *protocol.Context, e *Carriage, service uint8) (a *asked, sure bool) {
	i := d.find(e, service, !d.pipelines)
	if i < 0 {
		return nil, false
	}
	if c.Duplicate {
		return &d.asked[i], false
	}
	if e.Connected && d.connection(e.Connection) == nil {
		d.learn(d.asked[i].connection, e.Connection)
	}
	sure = !d.asked[i].passed
	if d.asked[i].passed {
		d.pipelines = true // its reply comes after that to a newer one: they are answered in order
	}
	// Of the older ones that fit, one may still be answered, which shows that they are
	// answered in order. Those before it were answered when nobody saw it.
	for j := i - 1; j >= 0; j-- {
		switch o := &d.asked[j]; {
		case !o.fits(e, service) || o.connection != d.asked[i].connection:
		case o.passed || d.pipelines:
			d.forget(j)
			i--
		default:
			o.passed, sure = true, false
		}
	}
	for j := i + 1; j < len(d.asked); j++ {
		sure = sure && !d.asked[j].fits(e, service)
	}
	d.forget(i)
	return &d.asked[:len(d.asked)+1][len(d.asked)], sure
}

// Refused says that the carrier refused the request with this key: no reply will come. It
// returns how long that took, in ns; 0 when no such request is open.
func (d *Dialogue) Refused(key uint64, now int64) int64 {
	i := d.findKey(&Carriage{Key: key})
	if i < 0 {
		return 0
	}
	took := protocol.Took(now, d.asked[i].time)
	d.forget(i)
	return took
}

// append saves the request.
func (a *asked) append(w *wire.Writer) {
	w.U64(a.key)
	w.Bool(a.connected)
	w.U32(a.connection)
	w.Varint(a.time)
	w.U8(a.service)
	w.U8(a.inner)
	w.Bool(a.passed)
	appendPath(w, a.path)
	w.Blob(a.raw)
}

func (a *asked) load(r *wire.Reader) {
	a.key, a.connected, a.connection, a.time = r.U64(), r.Bool(), r.U32(), r.Varint()
	a.service, a.inner, a.passed = r.U8(), r.U8(), r.Bool()
	a.path = loadPath(r)
	a.raw = append(a.raw[:0], r.Blob()...)
}

// appendPath saves a path of this package, or none.
func appendPath(w *wire.Writer, p davy.Path) {
	kind := uint8(0)
	for i, k := range pathKinds {
		if p.Kind == k {
			kind = uint8(i + 1)
		}
	}
	w.U8(kind)
	w.U64(p.Number)
}

func loadPath(r *wire.Reader) davy.Path {
	kind, number := r.U8(), r.U64()
	if kind == 0 || int(kind) > len(pathKinds) || r.Short() {
		return davy.Path{}
	}
	return davy.Path{Kind: pathKinds[kind-1], Number: number}
}

var pathKinds = [...]*davy.PathKind{&SlotPath, &RoutePath, &LongRoutePath}
