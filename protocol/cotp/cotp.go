// Package cotp reads the ISO transport service on TCP: TPKT (RFC 1006) and the transport
// protocol of ISO/IEC 8073 (ITU-T X.224) in class 0, as S7, MMS and RDP use it. It puts
// user data together from its TPDUs and hands it to the protocol that knows it, on the
// layer "cotp". Opening, closing and errors are messages of its own, and so is data that
// no protocol knows.
//
// It must not say what the user data means, nor what a TSAP means to the protocol above:
// the called TSAP is handed on as it stands.
package cotp

import (
	"encoding/binary"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// Layer is what protocols carried by COTP name in Over.
const Layer protocol.Layer = "cotp"

// Protocol is COTP.
var Protocol = protocol.Protocol{
	Name:   "cotp",
	Spaces: []*davy.Space{&selectors},
	Over:   []protocol.Layer{protocol.TCP},
	Ports:  []uint16{102},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(conversation) },
}

// TPDU codes (X.224, table 8); the low half of a code is the initial credit, 0 in class 0.
const (
	cr = 0xe0 // connection request
	cc = 0xd0 // connection confirm
	dr = 0x80 // disconnect request
	dc = 0xc0 // disconnect confirm
	dt = 0xf0 // data
	ed = 0x10 // expedited data
	ak = 0x60 // data acknowledgement
	ea = 0x20 // expedited data acknowledgement
	rj = 0x50 // reject
	er = 0x70 // TPDU error
)

// Defects of COTP's own.
const (
	NotTPKT   davy.Defect = "not-tpkt"   // the stream no longer begins with the version 3 of RFC 1006, clause 6
	BadLength davy.Defect = "bad-length" // a TPKT shorter than the shortest TPDU, or a header longer than its TPKT
)

// tpktHeader is the length of a TPKT's header, shortest the least length a TPKT can state
// (RFC 1006, clause 6).
const (
	tpktHeader = 4
	shortest   = 7
)

// probe is a little less sure than a protocol that looks into the connection request, as
// RDP's negotiation does.
func probe(p *protocol.Peek) (g protocol.Guess) {
	b := p.Bytes
	if len(b) < shortest || b[0] != 3 || b[1] != 0 {
		return g
	}
	length, li, code := int(binary.BigEndian.Uint16(b[2:])), int(b[4]), b[5]
	if length < shortest || li < 2 || tpktHeader+1+li > length {
		return g
	}
	switch code {
	case cr, cc: // X.224 13.3, 13.4: DST-REF is zero in a request; class 0 to 4
		if li < 6 || len(b) < 11 || b[10]>>4 > 4 || code == cr && (b[6] != 0 || b[7] != 0) {
			return g
		}
		g.Confidence = 80
		if !parametersFit(b[11:min(len(b), tpktHeader+1+li)], tpktHeader+1+li <= len(b)) {
			g.Confidence = 50
		}
		if g.From = protocol.FromClient; code == cc {
			g.From = protocol.FromServer
		}
	case dr: // 13.5
		if li >= 6 {
			g.Confidence = 60
		}
	case dc, er: // 13.6, 13.12
		if li >= 4 {
			g.Confidence = protocol.Likely
		}
	case dt: // 13.7: in class 0 the number is 0, which leaves the end mark
		if li == 2 && b[6]&0x7f == 0 {
			g.Confidence = 75
		}
	}
	return g
}

// parametersFit reports whether the variable part (X.224 13.2.3) consists of parameters
// with code, length and value, to its very end where all of it is there.
func parametersFit(b []byte, all bool) bool {
	for len(b) >= 2 {
		n := 2 + int(b[1])
		if b[0] < 0x80 {
			return false
		}
		if n > len(b) {
			return !all
		}
		b = b[n:]
	}
	return len(b) == 0 || !all
}

// maxSelector bounds a TSAP; longer ones are cut (X.224 sets no limit, 32 bytes are
// customary).
const maxSelector = 32

// conversation is one transport connection. TSDUs being put together are kept by the
// direction of travel, told apart by the addresses and not by who is the client, which may
// become known later.
type conversation struct {
	parts  [2]part
	called []byte // TSAP that the client asked for
	asked  int64  // message time of the connection request, 0 when none waits
	name   []byte // scratch of the object's name
}

// part is a TSDU of which the end is still to come.
type part struct {
	bytes    []byte
	skipping bool // too long: what comes up to its end is dropped
	lost     bool // bytes before what comes next are missing
}

func (d *conversation) Reset() {
	for i := range d.parts {
		kept := d.parts[i].bytes[:0]
		if cap(kept) > keepBytes {
			kept = nil
		}
		d.parts[i] = part{bytes: kept}
	}
	d.called, d.asked = d.called[:0], 0
}

// keepBytes is how large a buffer a conversation may leave to the next one.
const keepBytes = 8 << 10

// side tells the two directions apart, the same way for the whole conversation.
func side(c *protocol.Context) int {
	if o := c.Sender.Addr.Compare(c.Receiver.Addr); o > 0 || o == 0 && c.Sender.Port > c.Receiver.Port {
		return 1
	}
	return 0
}

// Dissect reads TPKTs (RFC 1006, clause 6).
func (d *conversation) Dissect(c *protocol.Context, b []byte) (read, need int) {
	p := &d.parts[side(c)]
	if c.Resync {
		p.bytes, p.skipping, p.lost = p.bytes[:0], false, true
	}
	if b[0] != 3 {
		if b[0] >= 0x14 && b[0] <= 0x17 { // TLS records: the connection was handed over to them, as RDP does
			if len(b) == 1 {
				return 0, 2
			}
			if b[1] == 3 {
				c.Opaque(true)
				return len(b), 0
			}
		}
		d.row(c, "TPKT", c.Dir == protocol.FromServer).Defect = NotTPKT
		c.Emit()
		return -1, 0
	}
	if len(b) < tpktHeader {
		return 0, tpktHeader
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length < shortest {
		d.row(c, "TPKT", c.Dir == protocol.FromServer).Defect = BadLength
		c.Emit()
		return -1, 0
	}
	if len(b) < length {
		return 0, length
	}
	d.tpdu(c, p, b[tpktHeader:length])
	return length, 0
}

// row begins a message of COTP's own.
func (d *conversation) row(c *protocol.Context, op string, reply bool) *davy.Message {
	m := c.Begin("cotp", reply)
	m.Verb, m.Op = davy.Other, op
	return m
}
