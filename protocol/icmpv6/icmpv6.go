// Package icmpv6 reads ICMP for IPv6: echoes, what could not be delivered and why, and
// neighbour discovery, which says what MAC address belongs to which IPv6 address and who
// is a router.
package icmpv6

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is ICMPv6.
var Protocol = protocol.Protocol{
	Name:     "icmpv6",
	Spaces:   []*davy.Space{&target},
	Over:     []protocol.Layer{protocol.IP},
	IPProtos: []uint8{58},
	Probe:    probe,
	New:      func() protocol.Dissector { return new(dissector) },
}

// Types (IANA, ICMPv6 parameters).
const (
	unreachable            = 1
	packetTooBig           = 2
	timeExceeded           = 3
	parameterProblem       = 4
	echoRequest            = 128
	echoReply              = 129
	listenerQuery          = 130
	listenerReport         = 131
	listenerDone           = 132
	routerSolicitation     = 133
	routerAdvertisement    = 134
	neighbourSolicitation  = 135
	neighbourAdvertisement = 136
	redirect               = 137
	listenerReport2        = 143
)

// kind is what a type is called and whether it answers.
type kind struct {
	op    string
	reply bool
	verb  davy.Verb
	quiet bool
}

func kindOf(t uint8) kind {
	switch t {
	case unreachable:
		return kind{"destination unreachable", true, davy.Diagnose, false}
	case packetTooBig:
		return kind{"packet too big", true, davy.Diagnose, false}
	case timeExceeded:
		return kind{"time exceeded", true, davy.Diagnose, false}
	case parameterProblem:
		return kind{"parameter problem", true, davy.Diagnose, false}
	case echoRequest:
		return kind{"echo request", false, davy.Diagnose, false}
	case echoReply:
		return kind{"echo reply", true, davy.Diagnose, false}
	case listenerQuery:
		return kind{"listener query", false, davy.Other, true}
	case listenerReport, listenerReport2:
		return kind{"listener report", false, davy.Other, true}
	case listenerDone:
		return kind{"listener done", false, davy.Other, true}
	case routerSolicitation:
		return kind{"router solicitation", false, davy.Identify, false}
	case routerAdvertisement:
		return kind{"router advertisement", true, davy.Identify, false}
	case neighbourSolicitation:
		return kind{"neighbour solicitation", false, davy.Identify, false}
	case neighbourAdvertisement:
		return kind{"neighbour advertisement", true, davy.Identify, false}
	case redirect:
		return kind{"redirect", true, davy.Other, false}
	case 138, 139, 140, 141, 142, 144, 145, 146, 147, 148, 149, 151, 152, 153, 154, 155, 157, 158, 159, 160, 161:
		return kind{"other", false, davy.Other, true} // known to IANA, not read here
	}
	return kind{}
}

// codes names why a destination is unreachable (RFC 4443, 3.1).
var codes = [...]string{"no route", "administratively prohibited", "beyond scope", "address unreachable",
	"port unreachable", "source address failed policy", "route rejected", "source route failed"}

// target is the space of addresses asked for or not reached; Name holds the text.
var target = davy.Space{Name: "ipv6 address", Text: func(dst []byte, o *davy.Object) []byte {
	return append(dst, o.Name...)
}}

type dissector struct {
	pending protocol.Pending
	text    []byte
	mac     []byte
}

// probe trusts the IP protocol number, which is ICMPv6's alone.
func probe(p *protocol.Peek) protocol.Guess {
	g := protocol.Guess{Confidence: protocol.Likely}
	if len(p.Bytes) > 0 {
		if k := kindOf(p.Bytes[0]); k.op != "" {
			g.From = protocol.FromClient
			if k.reply {
				g.From = protocol.FromServer
			}
		}
	}
	return g
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	t, code := r.U8(), r.U8()
	r.Skip(2) // checksum
	rest := r.U32()
	k := kindOf(t)
	m := c.Begin("icmpv6", k.reply)
	m.Verb, m.Op, m.Code, m.Quiet = k.verb, k.op, uint32(t), k.quiet
	switch {
	case r.Short() && c.Sliced == 0:
		m.Defect = davy.Truncated
	case r.Short():
	case k.op == "":
		m.Verb, m.Defect = davy.Other, davy.UnknownCode
	default:
		d.body(c, m, t, code, rest, &r)
	}
	c.Emit()
	return len(b), 0
}

func (d *dissector) body(c *protocol.Context, m *davy.Message, t, code uint8, rest uint32, r *wire.Reader) {
	switch t {
	case unreachable, packetTooBig, timeExceeded, parameterProblem:
		m.Result = davy.Result{Told: true, Failed: true, Name: m.Op, Code: uint32(code)}
		if t == unreachable && int(code) < len(codes) {
			m.Result.Name = codes[code]
		}
		d.failed(m, r)
	case echoRequest:
		if !c.Duplicate {
			d.pending.AskAgain(uint64(rest), m)
		}
	case echoReply:
		if !c.Duplicate {
			if q := d.pending.Answer(uint64(rest)); q != nil {
				m.Took = protocol.Took(m.Time, q.Time)
			}
		}
	case routerSolicitation:
		d.linkAddress(c, r, c.Sender.Addr, sourceOption, "icmpv6 router solicitation")
	case routerAdvertisement:
		r.Skip(8) // reachable time and retransmission timer
		d.linkAddress(c, r, c.Sender.Addr, sourceOption, "icmpv6 router advertisement")
		if rest&0xffff != 0 { // a router lifetime of 0 is no default router's (RFC 4861, 4.2)
			c.Tell(davy.AttrRouter, yes, "icmpv6 router advertisement", 90)
		}
	case neighbourSolicitation:
		if d.address(m, r).IsZero() {
			short(c, m)
			return
		}
		if hi, lo, _ := c.Sender.Addr.Words(); hi|lo == 0 {
			m.Op = "duplicate address detection"
			return
		}
		d.linkAddress(c, r, c.Sender.Addr, sourceOption, "icmpv6 neighbour solicitation")
	case neighbourAdvertisement:
		a := d.address(m, r)
		if a.IsZero() {
			short(c, m)
			return
		}
		d.linkAddress(c, r, a, targetOption, "icmpv6 neighbour advertisement")
		m.Value = davy.Value{Kind: davy.Text, Raw: d.mac}
		if len(d.mac) == 0 {
			m.Value = davy.Value{}
		}
		if rest>>31 == 1 {
			c.Tell(davy.AttrRouter, yes, "icmpv6 neighbour advertisement", 90)
		}
	case redirect:
		better := r.Bytes(16)
		if d.address(m, r).IsZero() {
			short(c, m)
			return
		}
		d.mac = davy.AddrOf16(better, 0).Append(d.mac[:0])
		m.Value = davy.Value{Kind: davy.Text, Raw: d.mac}
	}
}

var yes = []byte("yes")

func short(c *protocol.Context, m *davy.Message) {
	if c.Sliced == 0 {
		m.Defect = davy.Truncated
	}
}

// address reads an address and makes it the message's object; zero when it is not all there.
func (d *dissector) address(m *davy.Message, r *wire.Reader) davy.Addr {
	b := r.Bytes(16)
	if b == nil {
		return davy.Addr{}
	}
	a := davy.AddrOf16(b, m.Client.Addr.Scope)
	d.text = a.Append(d.text[:0])
	m.Object = davy.Object{Space: &target, Name: d.text}
	return a
}

// Options of neighbour discovery (RFC 4861, 4.6).
const (
	sourceOption = 1
	targetOption = 2
)

// linkAddress looks for a link-layer address option and tells it of a.
func (d *dissector) linkAddress(c *protocol.Context, r *wire.Reader, a davy.Addr, option uint8, source string) {
	d.mac = d.mac[:0]
	for r.Len() >= 8 {
		kind, units := r.U8(), int(r.U8())
		if units == 0 {
			return
		}
		body := r.Bytes(units*8 - 2)
		if r.Short() {
			return
		}
		if kind == option && units == 1 {
			mac := davy.MACOf(body)
			if hi, lo, _ := a.Words(); mac == 0 || mac.Group() || hi|lo == 0 || a.Group() {
				return
			}
			d.mac = mac.Append(d.mac)
			c.TellOf(a, davy.Path{}, davy.AttrMAC, d.mac, source, 90)
			return
		}
	}
}

// failed reads the head of the packet that failed: its destination, and the port.
func (d *dissector) failed(m *davy.Message, r *wire.Reader) {
	version := r.U8()
	r.Skip(5)
	next := r.U8()
	r.Skip(1 + 16)
	if version>>4 != 6 || d.address(m, r).IsZero() {
		return
	}
	r.Skip(2)
	port := r.U16()
	if r.Short() || next != 6 && next != 17 {
		return
	}
	name := " tcp "
	if next == 17 {
		name = " udp "
	}
	d.text = strconv.AppendUint(append(d.text, name...), uint64(port), 10)
	m.Object.Name = d.text
}

func (d *dissector) Reset() { d.pending.Reset() }

func (d *dissector) AppendState(dst []byte) []byte { return d.pending.AppendState(dst) }

func (d *dissector) LoadState(b []byte) error { return d.pending.LoadState(b, protocol.Names{}) }
