// Package modbus reads Modbus over TCP and UDP: every public function of the application
// protocol with its addresses and values both ways, exceptions, diagnostics and the
// identity that devices tell (functions 17 and 43/14).
//
// What a vendor carries in a function of its own is handed on and not read here: function
// 90 goes to whoever reads the layer "modbus-90". Nothing is kept of values; only the
// requests that wait for their reply are remembered.
//
// Sources: MODBUS Application Protocol Specification V1.1b3 (April 2012), below "spec", and
// MODBUS Messaging on TCP/IP Implementation Guide V1.0b (October 2006), below "guide".
package modbus

import (
	"fmt"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/fetch"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is Modbus/TCP, and the same over UDP.
var Protocol = protocol.Protocol{
	Name:       "modbus",
	Industrial: true,
	Spaces:     spaces,
	Paths:      []*davy.PathKind{unit},
	Over:       []protocol.Layer{protocol.TCP, protocol.UDP},
	Ports:      []uint16{502},
	Probe:      probe,
	New:        fresh,
}

// Carried is the layer of what function 90 carries. The payload is the whole ADU, MBAP
// header included, of a request or a reply (an exception too); the context's Path is the unit.
const Carried protocol.Layer = "modbus-90"

// The four tables (spec 4.3) and the files (spec 6.14). Addresses are those of the PDU: 0-based.
var (
	coils    = &davy.Space{Name: "coil"}
	discrete = &davy.Space{Name: "discrete input"}
	holding  = &davy.Space{Name: "holding register"}
	input    = &davy.Space{Name: "input register"}
	fifo     = &davy.Space{Name: "fifo queue"} // by the address of its pointer register (spec 6.18)
	file     = &davy.Space{Name: "file record", Text: fileText}
	ident    = &davy.Space{Name: "device identification object"} // spec 6.21
)

var spaces = []*davy.Space{coils, discrete, holding, input, fifo, file, ident}

// unit is the MBAP unit identifier: a device behind a gateway.
var unit = &davy.PathKind{Name: "unit"}

// Defects beside the shared ones.
const (
	ProtocolID    davy.Defect = "protocol-id"           // MBAP protocol identifier other than 0 (guide 3.1.3)
	BadQuantity   davy.Defect = "quantity-out-of-range" // more or fewer than the function allows, or past address 65535
	BadByteCount  davy.Defect = "byte-count-mismatch"   // the byte count is not that of the quantity or of the bytes
	ReplyMismatch davy.Defect = "reply-mismatch"        // the reply answers something else than was asked
)

// Lengths in bytes (spec 4.1 gives 260 as the longest ADU over TCP). maxCarried bounds function
// 90, whose users negotiate longer ones: Schneider's own controllers 1,024 and more.
const (
	headerLen  = 7
	maxLength  = 254 // of the MBAP length field: unit and PDU
	maxCarried = 4096
	carrying   = 90
	exception  = 0x80
)

type dissector struct {
	pending protocol.Pending
	// Where a client uses one transaction number again and again, a lost request makes its
	// reply look like another's: after a loss some replies are not held against the server.
	last   uint16      // transaction number of the request before
	same   bool        // that number did not change, or is 0: it tells nothing
	doubts uint8       // replies still to come that may answer what was not seen
	r      wire.Reader // here, and not in the methods, so that it stays off the heap
}

// Doubts at the first sight of a conversation, which may be its middle, and after a loss.
const (
	firstDoubts = 4
	lossDoubts  = 16
)

func fresh() protocol.Dissector { return &dissector{doubts: firstDoubts} }

// Near is for protocol.Nearer.
func (d *dissector) Near(far bool) {
	if far {
		d.pending.Near()
	} else {
		fetch.All(d)
	}
}

func (d *dissector) Reset() {
	d.pending.Reset()
	d.last, d.same, d.doubts = 0, false, firstDoubts
}

// Dissect reads whole ADUs.
func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	if c.Resync {
		d.doubts = lossDoubts
	}
	for {
		rest := b[read:]
		switch {
		case len(rest) >= headerLen && length(rest) < 2:
			d.stray(c, rest[:headerLen], davy.LengthMismatch)
			return -1, 0
		case len(rest) <= headerLen:
			if c.Layer != protocol.TCP && c.Sliced == 0 {
				d.stray(c, rest, davy.Truncated)
			}
			return read, max(headerLen, len(rest)+1)
		}
		n, function := length(rest), rest[headerLen]
		id := uint16(rest[2])<<8 | uint16(rest[3])
		switch {
		case id != 0 && n > maxLength:
			// Neither field is Modbus: this is no header.
			d.stray(c, rest, ProtocolID)
			return -1, 0
		case n > maxCarried || n > maxLength && id == 0 && table[function&^exception].kind == unknown:
			d.stray(c, rest, davy.Oversized)
			return -1, 0
		}
		whole := 6 + n
		if whole > len(rest) {
			if c.Layer == protocol.TCP {
				return read, whole
			}
			whole = len(rest)
		}
		d.adu(c, rest[:whole], n)
		if read += whole; read == len(b) {
			return read, 0
		}
	}
}

// length is the MBAP length field.
func length(b []byte) int { return int(b[4])<<8 | int(b[5]) }

// begin starts the message of an ADU, or of as much as there is of one.
func begin(c *protocol.Context, b []byte, reply bool) *davy.Message {
	m := c.Begin("modbus", reply)
	if len(b) >= headerLen {
		m.Path = davy.Path{Kind: unit, Number: uint64(b[6])}
	}
	if len(b) > headerLen {
		code := b[headerLen]
		f := &table[code&^exception]
		m.Code, m.Verb, m.Op = uint32(code&^exception), f.verb, f.op
		if f.kind == unknown {
			m.Verb = davy.Other
		}
	}
	return m
}

// stray tells of a header that cannot be one, before the stream is given up.
func (d *dissector) stray(c *protocol.Context, b []byte, defect davy.Defect) {
	m := begin(c, b, c.Dir == protocol.FromServer)
	m.Verb, m.Op, m.Defect = davy.Other, "", defect
	c.Emit()
}

// adu reads one ADU; n is its length field, which a datagram may not hold.
func (d *dissector) adu(c *protocol.Context, b []byte, n int) {
	code := b[headerLen]
	if code&^exception == carrying {
		c.Path = davy.Path{Kind: unit, Number: uint64(b[6])}
		taken := c.Carry(Carried, b)
		c.Path = davy.Path{}
		if taken {
			return
		}
	}
	pdu := b[headerLen+1:]
	m := begin(c, b, d.answers(c, code, pdu))
	switch {
	case b[2] != 0 || b[3] != 0:
		m.Defect = ProtocolID
	case n > maxLength && code&^exception != carrying:
		m.Defect = davy.Oversized
	case 6+n > len(b)+c.Sliced:
		m.Defect = davy.Truncated
	}
	// One transaction and unit are one question; what was asked stands in the pending request.
	id := uint64(b[0])<<16 | uint64(b[1])<<8 | uint64(b[6])
	d.r = wire.NewReader(pdu)
	if m.Reply {
		d.reply(c, m, id, code, pdu)
		d.doubts = max(d.doubts, 1) - 1
		return
	}
	transaction := uint16(b[0])<<8 | uint16(b[1])
	d.same = transaction == d.last
	d.last = transaction
	d.request(c, m, id, code)
}

// answers says whether an ADU is a reply. Who opened the connection is the client, unless
// one ADU by itself cannot be what the client sends: an exception; or what the server: a
// request, where no question is open. Judged for each ADU alone, so that nobody can turn a
// conversation round with one odd message.
func (d *dissector) answers(c *protocol.Context, code uint8, pdu []byte) bool {
	if c.Dir != protocol.FromServer {
		return code&exception != 0 && table[code&^exception].kind != unknown && len(pdu) > 0 && len(pdu) <= 2
	}
	if d.pending.Len() > 0 || code&exception != 0 {
		return true
	}
	asks, answers := forms(code, pdu)
	return answers || !asks
}

// about is the device a unit names. Units 0 and 255 mean the station that has the address
// itself (guide, "Build a MODBUS request").
func about(m *davy.Message) davy.Path {
	if n := m.Path.Number; n == 0 || n == 255 {
		return davy.Path{}
	}
	return m.Path
}

// mismatch says that a reply does not answer its request, where that is sure.
func (d *dissector) mismatch(m *davy.Message) {
	if !d.same || d.doubts == 0 {
		flaw(m, ReplyMismatch)
	}
}

// flaw sets the first defect of a message; later ones are its consequences.
// What is flawed is not plain traffic.
func flaw(m *davy.Message, d davy.Defect) {
	if m.Defect == "" {
		m.Defect = d
	}
	m.Cyclic = false
}

// AppendState saves the requests that wait.
func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U16(d.last)
	w.Bool(d.same)
	w.U8(d.doubts)
	d.pending.Append(&w)
	return w.B
}

// LoadState reads them back.
func (d *dissector) LoadState(b []byte) error {
	r := wire.NewReader(b)
	d.last, d.same, d.doubts = r.U16(), r.Bool(), r.U8()
	d.pending.Load(&r, protocol.Names{Spaces: spaces, Paths: []*davy.PathKind{unit}, Op: opOf})
	if r.Short() || r.Len() != 0 {
		return fmt.Errorf("modbus state of %d bytes is cut short or too long", len(b))
	}
	return nil
}
