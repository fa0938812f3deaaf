// Package dhcp reads how stations get their IPv4 address: who asks under which name, which
// server offers what. It tells the names and vendor classes that clients send, who serves,
// and which MAC address was given which IP address. It decides nothing about whether a
// server is allowed.
package dhcp

import (
	"bytes"
	"encoding/binary"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is DHCP, and BOOTP which it grew from.
var Protocol = protocol.Protocol{
	Name:   "dhcp",
	Spaces: []*davy.Space{&address},
	Over:   []protocol.Layer{protocol.UDP},
	Ports:  []uint16{67, 68, 4011},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

const (
	fixedLength = 236 // up to the magic cookie (RFC 2131, 2)
	magic       = 0x63825363

	bootRequest = 1
	bootReply   = 2
)

// Options that are read (RFC 2132; 81 is RFC 4702).
const (
	optPad         = 0
	optHostName    = 12
	optDomain      = 15
	optRequestedIP = 50
	optType        = 53
	optServerID    = 54
	optMessage     = 56
	optVendorClass = 60
	optFQDN        = 81
	optEnd         = 255
)

// types are the DHCP message types (RFC 2132, 9.6; later ones IANA).
var types = [...]string{"bootp", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform",
	"force renew", "lease query", "lease unassigned", "lease unknown", "lease active"}

const (
	typeOffer  = 2
	typeAck    = 5
	typeNak    = 6
	typeInform = 8
)

// address is the space of addresses that are asked for or given; Index is the IPv4 address.
var address = davy.Space{Name: "dhcp address", Text: func(dst []byte, o *davy.Object) []byte {
	return davy.AddrOf4(uint32(o.Index), 0).Append(append(dst, "address "...))
}}

type dissector struct {
	protocol.Stateless
	name []byte // scratch: the client's name
	text []byte
}

// probe knows the fixed header and the magic cookie.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if len(b) < fixedLength+4 || b[0] != bootRequest && b[0] != bootReply || b[2] > 16 || binary.BigEndian.Uint32(b[fixedLength:]) != magic {
		return protocol.Guess{}
	}
	if b[0] == bootReply {
		return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromServer}
	}
	return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
}

// packet is what is read of one.
type packet struct {
	hardware, hlen   uint8
	client, your     uint32 // addresses: the client's own, the one given
	relay            uint32
	mac              davy.MAC
	kind             uint8
	requested        uint32
	server           uint32
	host, fqdn       []byte
	class, domain    []byte
	cut              bool
	fqdnFlags        uint8
	text             []byte
	hasServer, typed bool
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	var p packet
	op := r.U8()
	p.hardware, p.hlen = r.U8(), r.U8()
	r.Skip(1 + 4 + 2 + 2) // hops, xid, secs, flags
	p.client, p.your = r.U32(), r.U32()
	r.Skip(4) // the next server's address
	p.relay = r.U32()
	p.mac = davy.MACOf(r.Bytes(16))
	r.Skip(64 + 128) // server name and boot file
	cookie := r.U32()
	m := c.Begin("dhcp", !r.Short() && op == bootReply)
	m.Verb, m.Op = davy.Other, "bootp"
	switch {
	case r.Short() && c.Sliced > 0:
	case r.Short():
		m.Defect = davy.Truncated
	case cookie != magic || op != bootRequest && op != bootReply:
		m.Defect = davy.ReservedValue
	default:
		p.options(&r)
		if p.cut && c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		d.tell(c, m, &p)
	}
	c.Emit()
	return len(b), 0
}

// options reads the options; their number is bounded by the datagram.
func (p *packet) options(r *wire.Reader) {
	for r.Len() > 0 {
		option := r.U8()
		if option == optPad {
			continue
		}
		if option == optEnd {
			return
		}
		v := r.Bytes(int(r.U8()))
		if r.Short() {
			p.cut = true
			return
		}
		value := wire.NewReader(v)
		switch option {
		case optType:
			p.kind, p.typed = value.U8(), len(v) > 0
		case optHostName:
			p.host = clean(v)
		case optDomain:
			p.domain = clean(v)
		case optRequestedIP:
			p.requested = value.U32()
		case optServerID:
			p.server, p.hasServer = value.U32(), len(v) == 4
		case optMessage:
			p.text = clean(v)
		case optVendorClass:
			p.class = clean(v)
		case optFQDN:
			p.fqdnFlags = value.U8()
			value.Skip(2)
			p.fqdn = value.Rest()
		}
	}
}

func (d *dissector) tell(c *protocol.Context, m *davy.Message, p *packet) {
	m.Code = uint32(p.kind)
	if int(p.kind) < len(types) {
		m.Op = types[p.kind]
	} else {
		m.Op, m.Defect = "", davy.UnknownCode
	}
	given := p.your
	if given == 0 {
		given = p.requested
	}
	if given == 0 {
		given = p.client
	}
	if given != 0 {
		m.Object = davy.Object{Space: &address, Index: uint64(given)}
	}
	ethernet := p.hardware == 1 && p.hlen == 6 && p.mac != 0 && !p.mac.Group()
	if ethernet {
		d.text = p.mac.Append(d.text[:0])
		m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
	}
	if !m.Reply {
		if p.kind > typeInform {
			return // a relay asks about somebody else's lease (RFC 4388)
		}
		if ethernet {
			d.client(c, davy.AddrOfMAC(p.mac, c.Sender.Addr.Scope), p)
		}
		if p.client != 0 {
			d.client(c, davy.AddrOf4(p.client, c.Sender.Addr.Scope), p)
		}
		return
	}
	m.Result = davy.Result{Told: true, Failed: p.kind == typeNak, Detail: p.text}
	if p.kind == typeNak {
		m.Result.Name = "refused"
	}
	if p.typed && (p.kind == typeOffer || p.kind == typeAck || p.kind == typeNak) {
		server := c.Sender.Addr
		if p.hasServer && p.server != 0 {
			server = davy.AddrOf4(p.server, c.Sender.Addr.Scope) // a relay may have sent the packet on
		}
		c.TellOf(server, davy.Path{}, davy.AttrRole, dhcpServer, "dhcp", 90)
	}
	if p.kind == typeAck && p.your != 0 && ethernet {
		c.TellOf(davy.AddrOf4(p.your, c.Sender.Addr.Scope), davy.Path{}, davy.AttrMAC, d.text, "dhcp ack", 80)
	}
}

var dhcpServer = []byte("DHCP server")

// client tells what a client says of itself.
func (d *dissector) client(c *protocol.Context, about davy.Addr, p *packet) {
	c.TellOf(about, davy.Path{}, davy.AttrName, p.host, "dhcp host name", 80)
	const encoded = 4 // the E flag: the name stands as in DNS, with lengths (RFC 4702, 2.1)
	d.name = append(d.name[:0], p.fqdn...)
	if p.fqdnFlags&encoded != 0 {
		d.name = d.name[:0]
		for r := wire.NewReader(p.fqdn); r.Len() > 0; {
			label := r.Bytes(int(r.U8()))
			if r.Short() || len(label) == 0 {
				break
			}
			if len(d.name) > 0 {
				d.name = append(d.name, '.')
			}
			d.name = append(d.name, label...)
		}
	}
	c.TellOf(about, davy.Path{}, davy.AttrName, clean(d.name), "dhcp fqdn", 75)
	c.TellOf(about, davy.Path{}, davy.AttrSoftware, p.class, "dhcp vendor class", 60)
}

func clean(b []byte) []byte { return bytes.Trim(b, "\x00 ") }
