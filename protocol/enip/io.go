package enip

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/protocol/cip"
	"github.com/davylamp/davy/wire"
)

// maxStreams bounds the connections whose data one UDP pair is remembered for; the oldest
// makes room.
const maxStreams = 64

// Connection is the space of process data whose Forward Open was not seen: Index is the
// connection id.
var Connection = davy.Space{Name: "enip connection", Text: appendConnection}

func appendConnection(dst []byte, o *davy.Object) []byte {
	dst = append(dst, "connection 0x"...)
	return strconv.AppendUint(dst, o.Index, 16)
}

// implicitForm reports whether b is a packet of process data (CIP Vol. 2, 2-6.1 and table
// 3-2.1): two items, a sequenced address and connected data. exact says that it ends where
// its lengths say.
func implicitForm(b []byte) (exact, form bool) {
	r := wire.NewReader(b)
	if r.U16LE() != 2 || r.U16LE() != sequencedAddress || r.U16LE() != 8 {
		return false, false
	}
	r.Skip(8)
	form = r.U16LE() == connectedData
	n := int(r.U16LE())
	return form && !r.Short() && n == r.Len(), form && !r.Short()
}

// implicit reports whether a datagram is meant as process data.
func implicit(b []byte) bool {
	r := wire.NewReader(b)
	count := r.U16LE()
	return r.U16LE() == sequencedAddress && count < maxItems && !r.Short()
}

// direction is where the data of a connection goes.
type direction uint8

const (
	unsure   direction = iota
	toTarget           // O->T
	toOriginator
)

// stream is the data of one connection id.
type stream struct {
	id        uint32
	direction direction
	agreed    int8 // 1 + the place of its Forward Open's connection, 0 when that was not seen
	head      headState
	told      uint8 // what of run and idle was told last: 0 nothing, 1 idle, 2 run
}

// headState says whether O->T data begins with the 32-bit header that tells run from idle
// (CIP Vol. 1, 3-6.1.4): the Forward Open does not, the device's description does. A word
// that has reserved bits set is none; one that has the run bit set counts as one until then.
type headState uint8

const (
	headOpen headState = iota
	headYes
	headNo
)

// flow is what is remembered of a UDP pair that carries process data.
type flow struct {
	agreed  []cip.Connection // as announced
	note    []byte           // the note they were read from
	streams []stream
	origin  protocol.Role // the side that sends O->T data; Unknown until told or found out
	seen    [2]evidence   // of the client's and the server's side
}

// evidence is what one side's data looked like so far.
type evidence struct {
	packets uint8 // counts up to enoughEvidence
	beats   uint8 // of them without data
	noHead  bool  // one had no place for a run/idle header, or reserved bits in it
	running bool  // one had the run bit
}

const enoughEvidence = 3

func (f *flow) reset() {
	*f = flow{agreed: f.agreed[:0], note: f.note[:0], streams: f.streams[:0]}
}

// implicit tells a packet of process data.
func (d *conversation) implicit(c *protocol.Context, b []byte) {
	r := wire.NewReader(b)
	count := r.U16LE()
	r.Skip(2)
	size := r.U16LE()
	id := r.U32LE()
	r.Skip(4) // encapsulation sequence number
	kind := r.U16LE()
	n := int(r.U16LE())
	defect := davy.Defect("")
	switch {
	case r.Short():
		defect = davy.Truncated
	case count != 2 || size != 8 || kind != connectedData || n != r.Len() && c.Sliced == 0:
		defect = davy.LengthMismatch
	}
	if defect != "" || n > r.Len() {
		m := c.Begin(name, c.Dir == protocol.FromServer)
		m.Op, m.Verb, m.Defect = "I/O Data", davy.Read, defect
		if c.Sliced > 0 {
			m.Defect = ""
		}
		m.Cyclic = m.Defect == ""
		c.Emit()
		return
	}
	d.io.read(c, id, r.Bytes(n))
}

// read tells the data of one connection.
func (f *flow) read(c *protocol.Context, id uint32, data []byte) {
	if string(c.Note) != string(f.note) {
		f.announced(c.Note)
	}
	s := f.stream(c, id)
	var on *cip.Connection
	if s.agreed > 0 {
		on = &f.agreed[s.agreed-1]
	}
	// Class 1 data has a sequence count of its own in front, class 0 has none (CIP Vol. 1,
	// 3-4.4); class 1 is what there is in practice where nobody said.
	if (on == nil || on.TransportClass() == 1) && len(data) >= sequenceCountSize {
		data = data[sequenceCountSize:]
	}
	if f.origin == protocol.Unknown {
		f.watch(c, data)
	}
	if s.direction == unsure {
		s.direction = f.way(c)
	}
	reply := s.direction == toOriginator || s.direction == unsure && c.Dir == protocol.FromServer
	m := c.Begin(name, reply)
	m.Op, m.Verb, m.Cyclic = "I/O Data", davy.Read, true
	if s.direction == toTarget {
		m.Verb = davy.Write
		data = s.header(c, m, data)
	}
	if on != nil {
		m.Path, m.Object = on.Path, on.Object(s.direction == toTarget)
		if on.Safety {
			m.Op = "Safety I/O Data"
		}
	}
	if m.Object.Space == nil {
		m.Object = davy.Object{Space: &Connection, Index: uint64(id)}
	}
	if len(data) > 0 {
		m.Value = davy.Value{Kind: davy.Bytes, Raw: data}
	} else if m.Op == "I/O Data" { // it keeps the connection alive, and writes nothing
		m.Op, m.Verb, m.Quiet = "I/O Heartbeat", davy.Read, true
	}
	c.Emit()
}

// header reads the run/idle header, where there is one, and tells when the state of the
// sender changes. It returns the data behind it.
func (s *stream) header(c *protocol.Context, m *davy.Message, data []byte) []byte {
	if len(data) < 4 || s.head == headNo {
		return data
	}
	r := wire.NewReader(data)
	word := r.U32LE()
	switch {
	case word > 0x0f:
		s.head = headNo
		return data
	case s.head == headOpen && word&1 == 0:
		return data
	}
	s.head = headYes
	state, text := uint8(1), idle
	if m.Op = "I/O Data, Idle"; word&1 == 1 {
		m.Op, state, text = "I/O Data, Run", 2, run
	}
	if s.told != state && !c.Duplicate {
		s.told = state
		c.Tell(davy.AttrRunState, text, "enip run/idle header", 80)
	}
	return data[4:]
}

var run, idle = []byte("run"), []byte("idle")

// way is the direction of data that nobody agreed on before our eyes.
func (f *flow) way(c *protocol.Context) direction {
	switch {
	case c.Receiver.Addr.Group():
		return toOriginator // only targets send to groups
	case f.origin == protocol.Unknown:
		return unsure
	case f.origin == c.Dir:
		return toTarget
	}
	return toOriginator
}

// watch looks for what tells the originator's data from the target's: heartbeats without
// data are the originator's, and so is the side alone that has run/idle headers.
func (f *flow) watch(c *protocol.Context, data []byte) {
	if c.Receiver.Addr.Group() || c.Duplicate {
		return
	}
	i := 0
	if c.Dir == protocol.FromServer {
		i = 1
	}
	e := &f.seen[i]
	e.packets = min(e.packets+1, enoughEvidence)
	switch r := wire.NewReader(data); {
	case len(data) == 0:
		e.beats = min(e.beats+1, enoughEvidence)
	case len(data) < 4:
		e.noHead = true
	default:
		word := r.U32LE()
		e.noHead = e.noHead || word > 0x0f
		e.running = e.running || word&1 == 1
	}
	me, other := e, &f.seen[1-i]
	switch {
	case me.beats == enoughEvidence && other.beats == 0:
		f.origin = c.Dir
	case me.packets < enoughEvidence || other.packets < enoughEvidence:
	case me.headed() && !other.headed():
		f.origin = c.Dir
	case other.headed() && !me.headed():
		f.origin = c.Dir.Other()
	}
}

func (e *evidence) headed() bool { return e.running && !e.noHead }

// announced reads the note of the announcements: connections that a Forward Open agreed on.
func (f *flow) announced(note []byte) {
	f.note = append(f.note[:0], note...)
	r := wire.NewReader(note)
	f.agreed = f.agreed[:0]
	for len(f.agreed) < maxStreams {
		var k cip.Connection
		if !cip.ReadConnection(&r, &k) {
			break
		}
		f.agreed = append(f.agreed, k)
	}
	f.streams = f.streams[:0]
}

// stream finds what is known of a connection id, or begins it.
func (f *flow) stream(c *protocol.Context, id uint32) *stream {
	for i := range f.streams {
		if f.streams[i].id == id {
			return &f.streams[i]
		}
	}
	if len(f.streams) == maxStreams {
		copy(f.streams, f.streams[1:])
		f.streams = f.streams[:maxStreams-1]
	}
	s := stream{id: id}
	mine := c.Sender.Addr.Hash()
	for i := len(f.agreed) - 1; i >= 0 && s.agreed == 0; i-- {
		switch k := &f.agreed[i]; {
		case k.OTID == id && k.Originator == mine:
			s.direction, s.agreed = toTarget, int8(i+1)
			f.origin = c.Dir
		case k.TOID == id && k.Originator != mine:
			s.direction, s.agreed = toOriginator, int8(i+1)
			if !k.Multicast {
				f.origin = c.Dir.Other()
			}
		}
	}
	f.streams = append(f.streams, s)
	return &f.streams[len(f.streams)-1]
}

// append saves the flow.
func (f *flow) append(w *wire.Writer) {
	w.U8(uint8(f.origin))
	for i := range f.seen {
		e := &f.seen[i]
		w.U8(e.packets)
		w.U8(e.beats)
		w.Bool(e.noHead)
		w.Bool(e.running)
	}
	w.Blob(f.note)
	w.Count(len(f.agreed))
	for i := range f.agreed {
		cip.AppendConnection(w, &f.agreed[i])
	}
	w.Count(len(f.streams))
	for _, s := range f.streams {
		w.U32(s.id)
		w.U8(uint8(s.direction))
		w.U8(uint8(s.agreed))
		w.U8(uint8(s.head))
		w.U8(s.told)
	}
}

func (f *flow) load(r *wire.Reader) {
	f.reset()
	f.origin = protocol.Role(r.U8())
	for i := range f.seen {
		f.seen[i] = evidence{r.U8(), r.U8(), r.Bool(), r.Bool()}
	}
	f.note = append(f.note, r.Blob()...)
	for n := r.Count(60); n > 0 && len(f.agreed) < maxStreams; n-- {
		var k cip.Connection
		cip.ReadConnection(r, &k)
		f.agreed = append(f.agreed, k)
	}
	for n := r.Count(8); n > 0 && len(f.streams) < maxStreams; n-- {
		s := stream{id: r.U32(), direction: direction(r.U8()), agreed: int8(r.U8()), head: headState(r.U8()), told: r.U8()}
		s.agreed = min(max(s.agreed, 0), int8(len(f.agreed)))
		f.streams = append(f.streams, s)
	}
}
