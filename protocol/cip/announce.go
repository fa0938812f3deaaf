package cip

import (
	"errors"

	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// IOPort is the UDP port that ODVA registered for implicit messages (CIP Vol. 2, 2-4.2.2).
const IOPort = 2222

// announceFor is how long, in ns of message time, a conversation is waited for. Data is
// due within some cycles; the time-out of a connection is at most a few minutes.
const announceFor = 60_000_000_000

// announce says where the data of a connection will travel, and in its note what all
// cyclic connections of this conversation are: they may share a pair of ports.
func (d *Dialogue) announce(c *protocol.Context, k *Connection, e *Carriage) {
	d.note.B = d.note.B[:0]
	for i := range d.connections {
		if o := &d.connections[i]; o.Cyclic() && o.Originator != 0 {
			o.append(&d.note)
		}
	}
	originator, target := c.Receiver.Addr, c.Sender.Addr
	ot, to := e.OTPort, e.TOPort
	if ot == 0 {
		ot = IOPort
	}
	if to == 0 {
		to = IOPort
	}
	d.expected = protocol.Expectation{Layer: protocol.UDP, Protocol: "enip", Note: d.note.B, Until: c.Time + announceFor,
		A: target, B: originator, Port: ot}
	c.Expect(&d.expected)
	d.expected.A, d.expected.B, d.expected.Port = originator, target, to
	c.Expect(&d.expected)
	if k.Multicast && !e.TOAddress.IsZero() {
		d.expected.A, d.expected.B = e.TOAddress, target
		c.Expect(&d.expected)
	}
}

// append saves the connection, for a note or for a state.
func (k *Connection) append(w *wire.Writer) {
	w.U32(k.OTID)
	w.U32(k.TOID)
	w.U16(k.Serial)
	w.U16(k.Vendor)
	w.U32(k.Device)
	w.U8(k.Trigger)
	w.Bool(k.Multicast)
	w.Bool(k.Safety)
	w.Bool(k.Assembled)
	appendPath(w, k.Path)
	w.U32(k.OTRate)
	w.U32(k.TORate)
	w.U32(k.OTSize)
	w.U32(k.TOSize)
	w.U32(k.OTAssembly)
	w.U32(k.TOAssembly)
	w.U32(k.class)
	w.U64(k.Originator)
	w.Blob(k.Tag)
}

func (k *Connection) load(r *wire.Reader) {
	k.OTID, k.TOID, k.Serial, k.Vendor, k.Device = r.U32(), r.U32(), r.U16(), r.U16(), r.U32()
	k.Trigger, k.Multicast, k.Safety, k.Assembled = r.U8(), r.Bool(), r.Bool(), r.Bool()
	k.Path = loadPath(r)
	k.OTRate, k.TORate, k.OTSize, k.TOSize = r.U32(), r.U32(), r.U32(), r.U32()
	k.OTAssembly, k.TOAssembly, k.class, k.Originator = r.U32(), r.U32(), r.U32(), r.U64()
	k.Tag = append(k.Tag[:0], r.Blob()...)
}

// ReadConnection reads the next connection of an announcement's note into k; false when
// there is none.
func ReadConnection(r *wire.Reader, k *Connection) bool {
	if r.Len() == 0 {
		return false
	}
	k.load(r)
	return !r.Short()
}

// AppendConnection saves a connection as ReadConnection reads it.
func AppendConnection(w *wire.Writer, k *Connection) { k.append(w) }

// AppendState saves what the dialogue remembers.
func (d *Dialogue) AppendState(w *wire.Writer) {
	w.Bool(d.pipelines)
	w.Uvarint(uint64(d.lost))
	w.Count(len(d.asked))
	for i := range d.asked {
		d.asked[i].append(w)
	}
	w.Count(len(d.connections))
	for i := range d.connections {
		d.connections[i].append(w)
	}
}

// LoadState reads what AppendState saved.
func (d *Dialogue) LoadState(r *wire.Reader) error {
	d.Reset()
	d.pipelines, d.lost = r.Bool(), uint32(r.Uvarint())
	for n := r.Count(27); n > 0 && len(d.asked) < maxAsked; n-- {
		var a asked
		a.load(r)
		d.asked = append(d.asked, a)
	}
	for n := r.Count(60); n > 0 && len(d.connections) < maxConnections; n-- {
		var k Connection
		k.load(r)
		d.connections = append(d.connections, k)
	}
	if r.Short() {
		d.Reset()
		return errors.New("a saved CIP dialogue is cut short")
	}
	return nil
}
