package cip

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// maxConnections bounds the connections that one conversation remembers; the oldest makes
// room.
const maxConnections = 32

// Connection is what a Forward Open agreed on (CIP Vol. 1, 3-5.5.2). O is its originator,
// T its target. Rates are in µs between packets, sizes in bytes.
type Connection struct {
	OTID, TOID uint32 // connection ids: O->T data is sent to OTID
	Serial     uint16 // with Vendor and Device, what Forward Close names it by
	Vendor     uint16
	Device     uint32
	Trigger    uint8 // transport class and trigger
	Multicast  bool  // T->O data goes to a group
	Safety     bool
	Path       davy.Path
	OTRate     uint32
	TORate     uint32
	OTSize     uint32
	TOSize     uint32
	OTAssembly uint32 // connection points, where Assembled
	TOAssembly uint32
	Assembled  bool
	Tag        []byte // the tag that is produced, where one is
	class      uint32 // of the target: message router, assembly ...
	Originator uint64 // hash of the originator's address
}

// TransportClass is 0 or 1 for cyclic data, 3 for requests and replies (CIP Vol. 1, 3-4.4.3).
func (k *Connection) TransportClass() uint8 { return k.Trigger & 0x0f }

// Cyclic reports whether the connection carries process data rather than messages.
func (k *Connection) Cyclic() bool { return k.TransportClass() < 2 }

// Object is what data in one direction is about: the assembly, or the produced tag.
func (k *Connection) Object(toTarget bool) davy.Object {
	switch {
	case len(k.Tag) > 0:
		return davy.Object{Space: &Tag, Name: k.Tag}
	case k.Assembled && toTarget:
		return davy.Object{Space: &Class, Area: assemblyClass, Index: uint64(k.OTAssembly), Count: 1}
	case k.Assembled:
		return davy.Object{Space: &Class, Area: assemblyClass, Index: uint64(k.TOAssembly), Count: 1}
	}
	return davy.Object{}
}

// connection finds one by either of its ids, the newest first.
func (d *Dialogue) connection(id uint32) *Connection {
	for i := len(d.connections) - 1; i >= 0; i-- {
		if k := &d.connections[i]; k.OTID == id || k.TOID == id {
			return k
		}
	}
	return nil
}

// add makes room for a connection; what is in it is to be overwritten, but for its Tag's memory.
func (d *Dialogue) add() *Connection {
	if len(d.connections) == maxConnections {
		d.drop(0)
	}
	if len(d.connections) < cap(d.connections) {
		d.connections = d.connections[:len(d.connections)+1]
	} else {
		d.connections = append(d.connections, Connection{})
	}
	return &d.connections[len(d.connections)-1]
}

func (d *Dialogue) drop(i int) {
	gone := d.connections[i]
	copy(d.connections[i:], d.connections[i+1:])
	d.connections[len(d.connections)-1] = gone
	d.connections = d.connections[:len(d.connections)-1]
}

// learn keeps which ids belong together, told by a request and its reply where the Forward
// Open was not seen.
func (d *Dialogue) learn(ot, to uint32) {
	if ot == 0 && to == 0 || d.connection(ot) != nil {
		return
	}
	k := d.add()
	*k = Connection{OTID: ot, TOID: to, Trigger: 3, Tag: k.Tag[:0]}
}

// readOpen reads the data of a Forward Open or Large Forward Open (CIP Vol. 1, tables
// 3-5.16 and 3-5.18). Its path's names are written into d.text.
func (d *Dialogue) readOpen(q *request) (k Connection, p epath, ok bool) {
	r := wire.NewReader(q.data)
	r.Skip(2) // priority and time-out ticks
	k.OTID, k.TOID = r.U32LE(), r.U32LE()
	k.Serial, k.Vendor, k.Device = r.U16LE(), r.U16LE(), r.U32LE()
	r.Skip(4) // time-out multiplier, reserved
	var to uint32
	if q.service == largeForwardOpen {
		k.OTRate, k.OTSize = r.U32LE(), r.U32LE()&0xffff
		k.TORate, to = r.U32LE(), r.U32LE()
		k.TOSize, k.Multicast = to&0xffff, to>>29&3 == 1
	} else {
		k.OTRate, k.OTSize = r.U32LE(), uint32(r.U16LE())&0x1ff
		k.TORate, to = r.U32LE(), uint32(r.U16LE())
		k.TOSize, k.Multicast = to&0x1ff, to>>13&3 == 1
	}
	k.Trigger = r.U8()
	path := r.Bytes(2 * int(r.U8()))
	if r.Short() {
		return k, p, false
	}
	d.text = p.read(path, d.text[:0])
	k.class, k.Safety = p.class, p.safety
	if p.class == assemblyClass {
		k.OTAssembly, k.Assembled = p.assembly(true)
		k.TOAssembly, _ = p.assembly(false)
	}
	if p.symbols > 0 && p.classes == 0 {
		k.Tag = p.name
	}
	return k, p, p.defect == ""
}

// fillConnection gives a Forward Open or Close the path it goes to.
func (d *Dialogue) fillConnection(m *davy.Message, q *request) {
	m.Object.Name = nil // its place is written over; the connection manager's path has none
	var p epath
	ok := false
	if q.service == forwardClose {
		_, p, ok = d.readClose(q)
	} else {
		_, p, ok = d.readOpen(q)
	}
	if !ok {
		if q.defect == "" {
			m.Defect = davy.Truncated
		}
		return
	}
	m.Path = joinRoute(m.Path, &p.route)
}

// readClose reads the data of a Forward Close (CIP Vol. 1, table 3-5.22).
func (d *Dialogue) readClose(q *request) (k Connection, p epath, ok bool) {
	r := wire.NewReader(q.data)
	r.Skip(2)
	k.Serial, k.Vendor, k.Device = r.U16LE(), r.U16LE(), r.U32LE()
	words := int(r.U8())
	r.Skip(1)
	path := r.Bytes(2 * words)
	if r.Short() {
		return k, p, false
	}
	d.text = p.read(path, d.text[:0])
	k.class = p.class
	return k, p, p.defect == ""
}

// connectionValue puts what a Forward Open or Close asks for into words.
func (d *Dialogue) connectionValue(q *request) davy.Value {
	if q.service == forwardClose {
		k, _, ok := d.readClose(q)
		if !ok {
			return opaque(q.data)
		}
		d.text = k.appendOwner(d.text[:0])
		return davy.Value{Kind: davy.Text, Raw: d.text}
	}
	k, p, ok := d.readOpen(q)
	if !ok {
		return opaque(q.data)
	}
	start := len(d.text)
	t := strconv.AppendUint(append(d.text, "class "...), uint64(k.TransportClass()), 10)
	t = append(append(t, ' '), triggers[k.Trigger>>4&7]...)
	if k.Safety {
		t = append(t, ", safety"...)
	}
	if d.object = p.object(); d.object.Space != nil {
		t = d.object.Append(append(t, " to "...))
	}
	if k.Assembled {
		t = strconv.AppendUint(append(t, " points "...), uint64(k.OTAssembly), 10)
		t = strconv.AppendUint(append(t, ','), uint64(k.TOAssembly), 10)
	}
	t = k.appendRates(append(t, ", "...))
	d.text = k.appendOwner(append(t, ", "...))
	return davy.Value{Kind: davy.Text, Raw: d.text[start:]}
}

// triggers are the production triggers (CIP Vol. 1, table 3-4.13).
var triggers = [8]string{"cyclic", "on change of state", "by the application", "trigger 3", "trigger 4", "trigger 5", "trigger 6", "trigger 7"}

func (k *Connection) appendRates(t []byte) []byte {
	t = appendHex(append(t, "O->T "...), k.OTID)
	t = strconv.AppendUint(append(t, " size "...), uint64(k.OTSize), 10)
	t = strconv.AppendUint(append(t, " every "...), uint64(k.OTRate), 10)
	t = appendHex(append(t, " µs, T->O "...), k.TOID)
	t = strconv.AppendUint(append(t, " size "...), uint64(k.TOSize), 10)
	t = strconv.AppendUint(append(t, " every "...), uint64(k.TORate), 10)
	t = append(t, " µs"...)
	if k.Multicast {
		t = append(t, " multicast"...)
	}
	return t
}

func (k *Connection) appendOwner(t []byte) []byte {
	t = appendHex(append(t, "connection "...), uint32(k.Serial))
	t = appendHex(append(t, " of vendor "...), uint32(k.Vendor))
	return appendHex(append(t, " serial "...), k.Device)
}

// opened is what the reply to a Forward Open says (CIP Vol. 1, table 3-5.19).
func opened(p *reply) (ot, to, otRate, toRate uint32, ok bool) {
	r := wire.NewReader(p.data)
	ot, to = r.U32LE(), r.U32LE()
	r.Skip(8)
	otRate, toRate = r.U32LE(), r.U32LE()
	return ot, to, otRate, toRate, !r.Short()
}

// openedValue puts the reply to a Forward Open into words.
func (d *Dialogue) openedValue(p *reply) davy.Value {
	ot, to, otRate, toRate, ok := opened(p)
	if !ok {
		return opaque(p.data)
	}
	start := len(d.text)
	t := appendHex(append(d.text, "O->T "...), ot)
	t = strconv.AppendUint(append(t, " every "...), uint64(otRate), 10)
	t = appendHex(append(t, " µs, T->O "...), to)
	t = strconv.AppendUint(append(t, " every "...), uint64(toRate), 10)
	d.text = append(t, " µs"...)
	return davy.Value{Kind: davy.Text, Raw: d.text[start:]}
}

// open keeps a connection that the target agreed to, and announces its data.
func (d *Dialogue) open(c *protocol.Context, q *request, p *reply, e *Carriage, path davy.Path) {
	k, way, ok := d.readOpen(q)
	if !ok || !k.named(p.data, 8) {
		return
	}
	if k.OTID, k.TOID, k.OTRate, k.TORate, ok = opened(p); !ok {
		return
	}
	k.Path = joinRoute(path, &way.route)
	k.Originator = c.Receiver.Addr.Hash()
	d.close(&k)
	slot := d.add()
	tag := append(slot.Tag[:0], k.Tag...)
	*slot = k
	slot.Tag = tag
	if slot.Cyclic() {
		d.announce(c, slot, e)
	}
}

// named reports whether a reply names this connection at an offset.
func (k *Connection) named(b []byte, at int) bool {
	r := wire.NewReader(b)
	r.Skip(at)
	return r.U16LE() == k.Serial && r.U16LE() == k.Vendor && r.U32LE() == k.Device && !r.Short()
}

// close forgets a connection by what names it.
func (d *Dialogue) close(k *Connection) {
	for i := range d.connections {
		if o := &d.connections[i]; o.Serial == k.Serial && o.Vendor == k.Vendor && o.Device == k.Device {
			d.drop(i)
			return
		}
	}
}
