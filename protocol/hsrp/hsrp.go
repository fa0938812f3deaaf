// Package hsrp reads the hellos by which Cisco routers share an address (HSRP versions 1
// and 2) and tells which addresses are virtual. It does not read the authentication text,
// which is a password.
package hsrp

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is HSRP.
var Protocol = protocol.Protocol{
	Name:   "hsrp",
	Spaces: []*davy.Space{&group},
	Over:   []protocol.Layer{protocol.UDP},
	Ports:  []uint16{1985, 2029},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

// group is the space of standby groups; Index is the group's number.
var group = davy.Space{Name: "standby group"}

var operations = [...]string{"hello", "coup", "resign", "advertise"}

type dissector struct {
	protocol.Stateless
	text []byte
}

// Group state TLV of version 2: its type, and its length without the type and length.
const (
	groupTLV       = 1
	groupTLVLength = 40
)

// probe wants the fixed fields of version 1, or the group state TLV of version 2.
func probe(p *protocol.Peek) protocol.Guess {
	r := wire.NewReader(p.Bytes)
	a, b := r.U8(), r.U8()
	switch {
	case a == 0 && b < 3 && len(p.Bytes) == 20 && p.Bytes[7] == 0 && knownState(p.Bytes[2]) && p.Sender.Port == p.Receiver.Port:
		return protocol.Guess{Confidence: protocol.Possible, From: protocol.FromClient}
	case a == groupTLV && b == groupTLVLength && len(p.Bytes) >= 42 && p.Bytes[2] == 2 && p.Bytes[3] < 4 && (p.Bytes[5] == 4 || p.Bytes[5] == 6):
		return protocol.Guess{Confidence: protocol.Likely, From: protocol.FromClient}
	}
	return protocol.Guess{}
}

// knownState holds the states of RFC 2281, 5.3: initial, learn, listen, speak, standby, active.
func knownState(s uint8) bool { return s == 0 || s&(s-1) == 0 && s <= 16 }

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	m := c.Begin("hsrp", false)
	m.Verb, m.Op = davy.Other, "hsrp"
	if r.Peek() == groupTLV {
		d.version2(c, m, &r)
	} else {
		d.version1(c, m, &r)
	}
	c.Emit()
	return len(b), 0
}

func (d *dissector) version1(c *protocol.Context, m *davy.Message, r *wire.Reader) {
	version, op := r.U8(), r.U8()
	if !r.Short() && version == 0 && op == 3 {
		m.Op = operations[op] // advertisement of interfaces: another form, not read
		return
	}
	r.Skip(3)
	priority, number := r.U8(), r.U8()
	r.Skip(1 + 8) // reserved, authentication
	address := r.U32()
	d.tell(c, m, r, version == 0, op, uint64(number), uint32(priority), davy.AddrOf4(address, c.Sender.Addr.Scope))
}

func (d *dissector) version2(c *protocol.Context, m *davy.Message, r *wire.Reader) {
	r.Skip(2)
	version, op := r.U8(), r.U8()
	r.Skip(1)
	family, number := r.U8(), r.U16()
	r.Skip(6) // identifier
	priority := r.U32()
	r.Skip(8) // hello and hold time
	ip := r.Bytes(16)
	var a davy.Addr
	if ip != nil {
		if a = davy.AddrOf16(ip, c.Sender.Addr.Scope); family == 4 {
			v4 := wire.NewReader(ip)
			a = davy.AddrOf4(v4.U32(), c.Sender.Addr.Scope)
		}
	}
	d.tell(c, m, r, version == 2, op, uint64(number), priority, a)
}

func (d *dissector) tell(c *protocol.Context, m *davy.Message, r *wire.Reader, known bool, op uint8, number uint64, priority uint32, a davy.Addr) {
	switch {
	case r.Short():
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		return
	case !known:
		m.Defect = davy.ReservedValue
		return
	case int(op) >= len(operations):
		m.Op, m.Code, m.Defect = "", uint32(op), davy.UnknownCode
		return
	}
	m.Op, m.Quiet = operations[op], op == 0
	m.Object = davy.Object{Space: &group, Index: number}
	m.Value = davy.NumberValue(int64(priority))
	d.text = strconv.AppendUint(append(d.text[:0], "hsrp "...), number, 10)
	if hi, lo, _ := a.Words(); hi|lo != 0 {
		c.TellOf(a, davy.Path{}, davy.AttrVirtual, d.text, "hsrp", 90)
		d.text = a.Append(d.text[:0])
		c.Tell(davy.AttrMember, d.text, "hsrp", 90)
	}
	c.Tell(davy.AttrRouter, yes, "hsrp", 70)
}

var yes = []byte("yes")
