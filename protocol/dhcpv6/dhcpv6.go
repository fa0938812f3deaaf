// Package dhcpv6 reads how stations get their IPv6 address: the names and vendor classes
// that clients send, and who serves. It decides nothing about whether a server is allowed.
package dhcpv6

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is DHCPv6.
var Protocol = protocol.Protocol{
	Name:  "dhcpv6",
	Over:  []protocol.Layer{protocol.UDP},
	Ports: []uint16{546, 547},
	Probe: probe,
	New:   func() protocol.Dissector { return new(dissector) },
}

// types are the message types (RFC 8415, 7.3; lease queries RFC 5007, RFC 5460).
var types = [...]string{"", "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release",
	"decline", "reconfigure", "information request", "relay forward", "relay reply",
	"lease query", "lease query reply", "lease query done", "lease query data"}

const (
	advertise   = 2
	answer      = 7
	reconfigure = 10
	relayForw   = 12
	relayReply  = 13
	leaseQuery  = 14
)

// Options that are read (RFC 8415, 21; 39 is RFC 4704).
const (
	optClientID    = 1
	optServerID    = 2
	optStatus      = 13
	optRelay       = 9
	optVendorClass = 16
	optFQDN        = 39
)

type dissector struct {
	protocol.Stateless
	name []byte
}

func fromServer(kind uint8) bool {
	return kind == advertise || kind == answer || kind == reconfigure || kind == relayReply || kind > leaseQuery && int(kind) < len(types)
}

// probe walks the options: a chain that ends exactly where the datagram ends and holds a
// client's or server's DUID of a known kind is no accident.
func probe(p *protocol.Peek) protocol.Guess {
	r := wire.NewReader(p.Bytes)
	kind := r.U8()
	if kind == 0 || int(kind) >= len(types) {
		return protocol.Guess{}
	}
	relay := kind == relayForw || kind == relayReply
	if r.Skip(3); relay {
		r.Skip(1 + 16 + 16 - 3)
	}
	known := false
	for r.Len() > 0 {
		option, n := r.U16(), int(r.U16())
		body := wire.NewReader(r.Bytes(n))
		if option == 0 || option > 150 || r.Short() {
			return protocol.Guess{}
		}
		if duid := body.U16(); option <= optServerID && duid >= 1 && duid <= 4 && n >= 4 && n <= 130 || relay && option == optRelay {
			known = true
		}
	}
	g := protocol.Guess{Confidence: protocol.Possible, From: protocol.FromClient}
	if known {
		g.Confidence = protocol.Certain
	}
	if r.Short() {
		return protocol.Guess{}
	}
	if fromServer(kind) {
		g.From = protocol.FromServer
	}
	return g
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	kind := r.U8()
	m := c.Begin("dhcpv6", !r.Short() && fromServer(kind))
	m.Verb, m.Code = davy.Other, uint32(kind)
	switch {
	case kind == 0 || int(kind) >= len(types):
		m.Op, m.Code = "dhcpv6", uint32(kind)
		m.Defect = davy.UnknownCode
		if r.Short() {
			m.Defect = davy.Truncated
		}
	case kind == relayForw || kind == relayReply:
		m.Op = types[kind]
		d.relay(c, m, &r)
	default:
		m.Op = types[kind]
		r.Skip(3) // transaction id
		d.options(c, m, &r, c.Sender.Addr, fromServer(kind))
	}
	if m.Defect != "" && c.Sliced > 0 {
		m.Defect = ""
	}
	c.Emit()
	return len(b), 0
}

// relay reads what a relay passes on: the client's link-local address, and its message.
func (d *dissector) relay(c *protocol.Context, m *davy.Message, r *wire.Reader) {
	r.Skip(1 + 16)
	peer := r.Bytes(16)
	for r.Len() > 0 {
		option, n := r.U16(), int(r.U16())
		inner := wire.NewReader(r.Bytes(n))
		if r.Short() {
			break
		}
		if option == optRelay && n > 4 {
			kind := inner.U8()
			if inner.Skip(3); kind == 0 || kind >= relayForw {
				continue // a relay behind a relay is not followed
			}
			about := davy.AddrOf16(peer, c.Sender.Addr.Scope)
			if fromServer(kind) {
				about = davy.Addr{} // which server it was is not told
			}
			d.options(c, m, &inner, about, fromServer(kind))
		}
	}
	if r.Short() {
		m.Defect = davy.Truncated
	}
}

func (d *dissector) options(c *protocol.Context, m *davy.Message, r *wire.Reader, about davy.Addr, server bool) {
	if server {
		m.Result = davy.Result{Told: true}
	}
	for r.Len() > 0 {
		option, n := r.U16(), int(r.U16())
		v := wire.NewReader(r.Bytes(n))
		if r.Short() {
			m.Defect = davy.Truncated
			return
		}
		switch {
		case option == optServerID && server && !about.IsZero():
			c.TellOf(about, davy.Path{}, davy.AttrRole, dhcpServer, "dhcpv6", 90)
		case option == optStatus && server:
			if code := v.U16(); code != 0 && !v.Short() {
				m.Result = davy.Result{Told: true, Failed: true, Code: uint32(code), Name: "refused", Detail: v.Rest()}
			}
		case option == optFQDN && !server && m.Code != leaseQuery:
			v.Skip(1)
			d.labels(&v)
			c.TellOf(about, davy.Path{}, davy.AttrName, d.name, "dhcpv6 fqdn", 75)
		case option == optVendorClass && !server && m.Code != leaseQuery:
			v.Skip(4) // enterprise number
			if class := v.Bytes(int(v.U16())); !v.Short() {
				c.TellOf(about, davy.Path{}, davy.AttrSoftware, class, "dhcpv6 vendor class", 60)
			}
		}
	}
	if r.Short() {
		m.Defect = davy.Truncated
	}
}

var dhcpServer = []byte("DHCP server")

// labels reads a domain name (RFC 1035, 3.1, without compression). A name that is not
// ended is a single label or a partial one (RFC 4704, 4.2).
func (d *dissector) labels(r *wire.Reader) {
	d.name = d.name[:0]
	for r.Len() > 0 {
		label := r.Bytes(int(r.U8()))
		if r.Short() || len(label) == 0 {
			return
		}
		if len(d.name) > 0 {
			d.name = append(d.name, '.')
		}
		d.name = append(d.name, label...)
	}
}
