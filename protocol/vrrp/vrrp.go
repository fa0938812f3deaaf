// Package vrrp reads the advertisements by which routers share an address (VRRP versions 2
// and 3) and tells which addresses are virtual, so that a failover is no address conflict.
// It does not follow who is master; the MAC addresses tell.
package vrrp

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is VRRP over IP.
var Protocol = protocol.Protocol{
	Name:     "vrrp",
	Spaces:   []*davy.Space{&router},
	Over:     []protocol.Layer{protocol.IP},
	IPProtos: []uint8{112},
	Probe:    probe,
	New:      func() protocol.Dissector { return new(dissector) },
}

// router is the space of virtual routers; Index is the VRID.
var router = davy.Space{Name: "virtual router"}

type dissector struct {
	protocol.Stateless
	text   []byte
	member []byte
}

// probe trusts the IP protocol number, which IANA gave to VRRP (and OpenBSD took for CARP).
func probe(p *protocol.Peek) protocol.Guess {
	return protocol.Guess{Confidence: protocol.Likely, From: protocol.FromClient}
}

const advertisement = 1

// carpLength is the length of CARP, which has VRRP's protocol number, version 2 and type 1,
// 7 in the place of the number of addresses, and a fixed length that 7 addresses would not have.
const carpLength = 36

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	version, id, priority, count := r.U8(), r.U8(), r.U8(), int(r.U8())
	r.Skip(4) // interval and checksum; in version 2 also the kind of authentication
	m := c.Begin("vrrp", false)
	m.Verb, m.Op, m.Code = davy.Other, "advertisement", uint32(version&15)
	switch {
	case r.Short():
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
	case version>>4 == 2 && count == 7 && len(b) == carpLength:
		m.Op, m.Quiet = "carp advertisement", true
		m.Object = davy.Object{Space: &router, Index: uint64(id)}
	case version>>4 != 2 && version>>4 != 3:
		m.Defect = davy.ReservedValue
	case version&15 != advertisement:
		m.Defect = davy.UnknownCode
	default:
		m.Object = davy.Object{Space: &router, Index: uint64(id)}
		m.Value = davy.NumberValue(int64(priority))
		if priority == 0 {
			m.Op = "resign" // the master gives up (RFC 5798, 5.2.4)
		}
		d.addresses(c, m, id, count, &r)
		m.Quiet = priority > 0 && m.Defect == ""
	}
	c.Emit()
	return len(b), 0
}

func (d *dissector) addresses(c *protocol.Context, m *davy.Message, id uint8, count int, r *wire.Reader) {
	d.text = strconv.AppendUint(append(d.text[:0], "vrrp "...), uint64(id), 10)
	for range count {
		var a davy.Addr
		if c.Sender.Addr.Is4() {
			a = davy.AddrOf4(r.U32(), c.Sender.Addr.Scope)
		} else if ip := r.Bytes(16); ip != nil {
			a = davy.AddrOf16(ip, c.Sender.Addr.Scope)
		}
		if r.Short() {
			if c.Sliced == 0 {
				m.Defect = davy.Truncated
			}
			return
		}
		// The owner of an address advertises it with priority 255; it is virtual all the same.
		c.TellOf(a, davy.Path{}, davy.AttrVirtual, d.text, "vrrp", 90)
		d.member = a.Append(d.member[:0])
		c.Tell(davy.AttrMember, d.member, "vrrp", 90)
	}
	c.Tell(davy.AttrRouter, yes, "vrrp", 70)
}

var yes = []byte("yes")
