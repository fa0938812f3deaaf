// Package arp reads address resolution over Ethernet: who asks for which IPv4 address, and
// which MAC address says that it has it. It tells gratuitous packets and probes apart, and
// judges none of them: that two stations claim one address is the judges' finding.
package arp

import (
	"encoding/binary"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is ARP, with the reverse and inverse kinds (RFC 826, RFC 903, RFC 2390).
var Protocol = protocol.Protocol{
	Name:       "arp",
	Spaces:     []*davy.Space{&whoHas},
	Over:       []protocol.Layer{protocol.Ethernet},
	EtherTypes: []uint16{0x0806, 0x8035},
	Probe:      probe,
	New:        func() protocol.Dissector { return new(dissector) },
}

// Operations (IANA, ARP parameters).
const (
	request        = 1
	reply          = 2
	reverseRequest = 3
	reverseReply   = 4
	inverseRequest = 8
	inverseReply   = 9
)

// whoHas is the space of addresses asked for; Index is the IPv4 address.
var whoHas = davy.Space{Name: "who-has", Text: func(dst []byte, o *davy.Object) []byte {
	return davy.AddrOf4(uint32(o.Index), 0).Append(append(dst, "who-has "...))
}}

type dissector struct {
	protocol.Stateless
	text []byte
}

// probe trusts the EtherType, which is ARP's alone: even a broken packet is its own.
func probe(p *protocol.Peek) protocol.Guess {
	g := protocol.Guess{Confidence: protocol.Likely}
	if b := p.Bytes; len(b) >= 8 && b[4] == 6 && b[5] == 4 {
		g = protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
		if op := binary.BigEndian.Uint16(b[6:]); op == reply || op == reverseReply || op == inverseReply {
			g.From = protocol.FromServer
		}
	}
	return g
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	hardware, proto, hlen, plen, op := r.U16(), r.U16(), r.U8(), r.U8(), r.U16()
	m := c.Begin("arp", !r.Short() && (op == reply || op == reverseReply || op == inverseReply))
	m.Verb, m.Code = davy.Identify, uint32(op)
	switch {
	case r.Short():
		m.Op = "arp"
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
	case proto == 0x0800 && hlen == 6 && plen == 4 && (hardware == 1 || hardware == 6):
		d.ethernet(c, m, op, &r)
	default:
		// ARP for other networks than IPv4 over Ethernet is rare and not read. Lengths that
		// cannot be of the networks they name are broken.
		m.Op = "other network"
		if proto == 0x0800 && plen != 4 || hardware == 1 && hlen != 6 {
			m.Defect = davy.LengthMismatch
		}
	}
	c.Emit()
	return len(b), 0
}

func (d *dissector) ethernet(c *protocol.Context, m *davy.Message, op uint16, r *wire.Reader) {
	senderMAC, senderIP := davy.MACOf(r.Bytes(6)), r.U32()
	targetMAC, targetIP := davy.MACOf(r.Bytes(6)), r.U32()
	if r.Short() {
		m.Op = "arp"
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		return
	}
	asked := targetIP
	switch op {
	case request:
		switch {
		case senderIP == 0:
			m.Op = "probe" // RFC 5227, 1.1: is the address free?
		case senderIP == targetIP:
			m.Op = "gratuitous"
		default:
			m.Op = "request"
		}
	case reply:
		m.Op, asked = "reply", senderIP
		if senderIP == targetIP {
			m.Op = "gratuitous"
		}
	case reverseRequest:
		m.Op = "reverse request"
	case reverseReply:
		m.Op = "reverse reply"
	case inverseRequest:
		m.Op = "inverse request"
	case inverseReply:
		m.Op, asked = "inverse reply", senderIP
	default:
		m.Verb, m.Defect = davy.Other, davy.UnknownCode
		return
	}
	m.Object = davy.Object{Space: &whoHas, Index: uint64(asked)}
	if m.Reply || m.Op == "gratuitous" {
		mac := senderMAC
		if op == reverseReply {
			mac = targetMAC
		}
		d.text = mac.Append(d.text[:0])
		m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
	}
	if senderMAC.Group() {
		// A station's own address is never a group's (IEEE 802, 8.2). Some load balancers
		// answer with one nevertheless (Windows NLB in multicast mode), so no fact is told.
		return
	}
	if senderMAC != 0 && host(senderIP) && op <= reply {
		d.text = senderMAC.Append(d.text[:0])
		c.TellOf(davy.AddrOf4(senderIP, c.Sender.Addr.Scope), davy.Path{}, davy.AttrMAC, d.text, source(m.Op), 90)
	}
	if op == reverseReply && host(targetIP) && targetMAC != 0 {
		d.text = targetMAC.Append(d.text[:0])
		c.TellOf(davy.AddrOf4(targetIP, c.Sender.Addr.Scope), davy.Path{}, davy.AttrMAC, d.text, "rarp reply", 80)
	}
}

func source(op string) string {
	switch op {
	case "reply":
		return "arp reply"
	case "gratuitous":
		return "arp gratuitous"
	}
	return "arp request"
}

// host reports whether an address can be one station's.
func host(ip uint32) bool {
	return ip != 0 && ip>>28 < 14 && ip>>24 != 127
}
