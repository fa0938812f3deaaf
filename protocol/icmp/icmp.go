// Package icmp reads the Internet Control Message Protocol: echoes, what could not be
// delivered and why, redirects, router advertisements. It does not follow the conversations
// that its error messages speak of.
package icmp

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is ICMP for IPv4.
var Protocol = protocol.Protocol{
	Name:     "icmp",
	Spaces:   []*davy.Space{&target},
	Over:     []protocol.Layer{protocol.IP},
	IPProtos: []uint8{1},
	Probe:    probe,
	New:      func() protocol.Dissector { return new(dissector) },
}

// Types (IANA, ICMP parameters).
const (
	echoReply           = 0
	unreachable         = 3
	sourceQuench        = 4
	redirect            = 5
	echoRequest         = 8
	routerAdvertisement = 9
	routerSolicitation  = 10
	timeExceeded        = 11
	parameterProblem    = 12
	timestampRequest    = 13
	timestampReply      = 14
	informationRequest  = 15
	informationReply    = 16
	maskRequest         = 17
	maskReply           = 18
	extendedRequest     = 42
	extendedReply       = 43
)

// kinds says of each type how it is called and whether it answers; failures carry the
// packet that failed.
var kinds = [...]struct {
	op      string
	reply   bool
	failure bool
}{
	echoReply:           {"echo reply", true, false},
	unreachable:         {"destination unreachable", true, true},
	sourceQuench:        {"source quench", true, true},
	redirect:            {"redirect", true, true},
	echoRequest:         {"echo request", false, false},
	routerAdvertisement: {"router advertisement", true, false},
	routerSolicitation:  {"router solicitation", false, false},
	timeExceeded:        {"time exceeded", true, true},
	parameterProblem:    {"parameter problem", true, true},
	timestampRequest:    {"timestamp request", false, false},
	timestampReply:      {"timestamp reply", true, false},
	informationRequest:  {"information request", false, false},
	informationReply:    {"information reply", true, false},
	maskRequest:         {"address mask request", false, false},
	maskReply:           {"address mask reply", true, false},
	extendedRequest:     {"extended echo request", false, false},
	extendedReply:       {"extended echo reply", true, false},
}

// codes names why a destination is unreachable (RFC 792, RFC 1122, RFC 1812).
var codes = [...]string{"network unreachable", "host unreachable", "protocol unreachable", "port unreachable",
	"fragmentation needed", "source route failed", "network unknown", "host unknown", "source host isolated",
	"network prohibited", "host prohibited", "network unreachable for service", "host unreachable for service",
	"communication prohibited", "host precedence violation", "precedence cutoff"}

// target is the space of what a failed packet was for: Index is the IPv4 address, Area the
// protocol, Sub the port.
var target = davy.Space{Name: "icmp target", Text: func(dst []byte, o *davy.Object) []byte {
	dst = davy.AddrOf4(uint32(o.Index), 0).Append(dst)
	switch o.Area {
	case 6:
		dst = append(dst, " tcp "...)
	case 17:
		dst = append(dst, " udp "...)
	default:
		return strconv.AppendUint(append(dst, " protocol "...), uint64(o.Area), 10)
	}
	return strconv.AppendUint(dst, uint64(o.Sub), 10)
}}

type dissector struct {
	pending protocol.Pending
	text    []byte
}

// probe trusts the IP protocol number, which is ICMP's alone.
func probe(p *protocol.Peek) protocol.Guess {
	g := protocol.Guess{Confidence: protocol.Likely}
	if len(p.Bytes) > 0 && int(p.Bytes[0]) < len(kinds) && kinds[p.Bytes[0]].op != "" {
		g.From = protocol.FromClient
		if kinds[p.Bytes[0]].reply {
			g.From = protocol.FromServer
		}
	}
	return g
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	kind, code := r.U8(), r.U8()
	r.Skip(2) // checksum
	rest := r.U32()
	short := r.Short()
	known := int(kind) < len(kinds) && kinds[kind].op != ""
	unused := kind == 6 || kind >= 30 && kind <= 41 || kind >= 253 // deprecated (RFC 6918) or for experiments
	m := c.Begin("icmp", known && kinds[kind].reply)
	m.Verb, m.Code = davy.Diagnose, uint32(kind)
	if known {
		m.Op = kinds[kind].op
	}
	switch {
	case short && c.Sliced == 0:
		m.Defect = davy.Truncated
	case short:
	case unused:
		m.Verb, m.Op = davy.Other, "other"
	case !known:
		m.Verb, m.Defect = davy.Other, davy.UnknownCode
	case kinds[kind].failure:
		failure(m, kind, code, &r)
		if kind == redirect {
			m.Verb = davy.Other
			d.text = davy.AddrOf4(rest, 0).Append(d.text[:0])
			m.Value = davy.Value{Kind: davy.Text, Raw: d.text} // the better router
		}
	case kind == routerAdvertisement:
		m.Verb = davy.Other
		c.Tell(davy.AttrRouter, yes, "icmp router advertisement", 80)
	case kind == routerSolicitation:
		m.Verb = davy.Other
	case c.Duplicate:
	case m.Reply:
		if q := d.pending.Answer(uint64(rest)); q != nil {
			m.Took = protocol.Took(m.Time, q.Time)
		}
	default:
		d.pending.AskAgain(uint64(rest), m)
	}
	c.Emit()
	return len(b), 0
}

var yes = []byte("yes")

// failure reads the head of the packet that failed: an IP header and eight bytes.
func failure(m *davy.Message, kind, code uint8, r *wire.Reader) {
	m.Result = davy.Result{Told: true, Failed: true, Name: kinds[kind].op, Code: uint32(code)}
	if kind == unreachable && int(code) < len(codes) {
		m.Result.Name = codes[code]
	}
	m.Result.Failed = kind != redirect
	version := r.U8()
	r.Skip(8)
	proto := r.U8()
	r.Skip(2 + 4)
	to := r.U32()
	r.Skip(int(version&15)*4 - 20)
	if version>>4 != 4 || version&15 < 5 || r.Short() {
		return
	}
	m.Object = davy.Object{Space: &target, Index: uint64(to), Area: uint32(proto)}
	if proto == 6 || proto == 17 {
		r.Skip(2)
		if port := r.U16(); !r.Short() {
			m.Object.Sub = uint32(port)
		}
	}
}

func (d *dissector) Reset() { d.pending.Reset() }

func (d *dissector) AppendState(dst []byte) []byte { return d.pending.AppendState(dst) }

func (d *dissector) LoadState(b []byte) error { return d.pending.LoadState(b, protocol.Names{}) }
