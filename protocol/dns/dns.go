// Package dns reads name resolution: DNS over UDP and TCP, and its local kin multicast DNS,
// LLMNR and the NetBIOS name service, which share its form. It tells which names belong to
// which addresses and judges no name.
package dns

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is DNS with its kin. Messages are named after the kin: dns, mdns, llmnr, nbns.
var Protocol = protocol.Protocol{
	Name:   "dns",
	Also:   []string{"mdns", "llmnr", "nbns"},
	Spaces: []*davy.Space{&question, &netbiosName},
	Over:   []protocol.Layer{protocol.UDP, protocol.TCP},
	Ports:  []uint16{portDNS, portNBNS, portMDNS, portLLMNR},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

const (
	portDNS   = 53
	portNBNS  = 137
	portMDNS  = 5353
	portLLMNR = 5355
)

// question is the space of what is asked: Name is the domain name, Sub the record type.
var question = davy.Space{Name: "dns name", Text: func(dst []byte, o *davy.Object) []byte {
	dst = appendType(dst, uint16(o.Sub))
	return davy.AppendClean(append(dst, ' '), o.Name)
}}

// netbiosName is the space of NetBIOS names, whose record types are numbered apart.
var netbiosName = davy.Space{Name: "netbios name", Text: func(dst []byte, o *davy.Object) []byte {
	switch o.Sub {
	case typeNetBIOS:
		dst = append(dst, "NB "...)
	case typeStatus:
		dst = append(dst, "NBSTAT "...)
	default:
		dst = append(appendType(dst, uint16(o.Sub)), ' ')
	}
	return davy.AppendClean(dst, o.Name)
}}

type dissector struct {
	pending protocol.Pending
	asked   []byte // scratch: the name asked for
	name    []byte // scratch: a record's name
	value   []byte // scratch: the answers
	text    []byte
}

// header is the fixed part of a message (RFC 1035, 4.1.1).
type header struct {
	id, flags                                  uint16
	questions, answers, authorities, additions int
}

const headerLength = 12

func readHeader(r *wire.Reader) (h header) {
	h.id, h.flags = r.U16(), r.U16()
	h.questions, h.answers, h.authorities, h.additions = int(r.U16()), int(r.U16()), int(r.U16()), int(r.U16())
	return h
}

func (h *header) reply() bool   { return h.flags&0x8000 != 0 }
func (h *header) opcode() uint8 { return uint8(h.flags >> 11 & 15) }
func (h *header) cut() bool     { return h.flags&0x0200 != 0 }
func (h *header) rcode() uint8  { return uint8(h.flags & 15) }

// Opcodes (RFC 1035, RFC 1996, RFC 2136, RFC 8490; those of NetBIOS are RFC 1002, 4.2.1.1).
const (
	opQuery        = 0
	opNotify       = 4
	opUpdate       = 5
	opStateful     = 6
	opRefresh      = 8
	opRefreshAlt   = 9
	opMultihomed   = 15
	netbiosRelease = 6
	netbiosWait    = 7
)

// probe parses the whole message: sane flags and counts, known classes, and records that
// end where the datagram ends are no accident. Over TCP a length stands before it.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if p.Layer == protocol.TCP {
		if len(b) < 2 {
			return protocol.Guess{}
		}
		n := int(b[0])<<8 | int(b[1])
		if b = b[2:]; n < headerLength+5 {
			return protocol.Guess{}
		}
		b = b[:min(n, len(b))]
	}
	r := wire.NewReader(b)
	h := readHeader(&r)
	if r.Short() || !h.plausible() {
		return protocol.Guess{}
	}
	// Sane flags and counts alone, the records being broken or cut off, are enough on the
	// ports of the family only.
	g := protocol.Guess{Confidence: protocol.Possible, From: protocol.FromClient}
	if whole(b, &h) {
		g.Confidence = protocol.Certain
	}
	if h.reply() {
		g.From = protocol.FromServer
	}
	return g
}

// plausible judges a header by itself.
func (h *header) plausible() bool {
	records := h.answers + h.authorities + h.additions
	switch {
	case h.questions+records == 0, h.questions > maxQuestions, records > 256:
		return false
	case h.flags&0x0040 != 0, h.opcode() == 3, h.opcode() > opRefreshAlt && h.opcode() != opMultihomed:
		return false // a bit that must be zero, and opcodes that nobody gave a meaning
	case !h.reply():
		return h.rcode() == 0 && (h.questions > 0 || h.opcode() != opQuery)
	}
	return true
}

// whole walks the questions and records: they are well formed and end where b ends.
func whole(b []byte, h *header) bool {
	off := headerLength
	for i := range h.questions + h.answers + h.authorities + h.additions {
		n := skipName(b, off)
		if n < 0 || n > len(b) {
			return false
		}
		r := wire.NewReader(b[n:])
		if kind, class := r.U16(), r.U16(); !plausibleClass(kind, class) {
			return false
		}
		off = n + 4
		if i >= h.questions {
			r.Skip(4)
			off = n + 10 + int(r.U16())
		}
		if r.Short() || off > len(b) {
			return false
		}
	}
	return off == len(b)
}

const typeOPT = 41

// plausibleClass takes the classes in use, with multicast DNS's bit on top; OPT puts a size there.
func plausibleClass(kind, class uint16) bool {
	if kind == typeOPT {
		return true
	}
	if kind == 0 {
		return false
	}
	switch class & 0x7fff {
	case 1, 3, 4, 254, 255:
		return true
	}
	return false
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	if c.Layer != protocol.TCP {
		d.message(c, b)
		return len(b), 0
	}
	if len(b) < 2 {
		return 0, 2
	}
	n := 2 + (int(b[0])<<8 | int(b[1]))
	if n < 2+headerLength {
		return -1, 0
	}
	if len(b) < n {
		return 0, n
	}
	d.message(c, b[2:n])
	return n, 0
}

// kin tells which protocol of the family speaks, by its own port.
func kin(c *protocol.Context) string {
	for _, port := range [2]uint16{c.Receiver.Port, c.Sender.Port} {
		switch port {
		case portMDNS:
			return "mdns"
		case portLLMNR:
			return "llmnr"
		case portNBNS:
			return "nbns"
		}
	}
	return "dns"
}

func (d *dissector) Reset() { d.pending.Reset() }

func (d *dissector) AppendState(dst []byte) []byte { return d.pending.AppendState(dst) }

func (d *dissector) LoadState(b []byte) error {
	return d.pending.LoadState(b, protocol.Names{Spaces: []*davy.Space{&question, &netbiosName}})
}
