// Package umas reads UMAS, the protocol by which Schneider Electric's engineering tools
// speak with Modicon controllers inside Modbus function 90: who and in which state a
// controller is, who has reserved it, start and stop, programs up and down, and memory and
// variables read, written and forced.
//
// UMAS is not published. What is read here was worked out by others from traffic and holds
// for the functions named in README.md; of the rest the function is told and no more. The
// session key of a reservation is no address: it is used to match replies and not told.
package umas

import (
	"fmt"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is UMAS, carried by Modbus function 90. What it is given begins with the MBAP header.
var Protocol = protocol.Protocol{
	Name:       "umas",
	Industrial: true,
	Spaces:     spaces,
	Over:       []protocol.Layer{"modbus-90"},
	Probe:      probe,
	New:        func() protocol.Dissector { return new(dissector) },
}

// Places in the ADU: MBAP header of 7 bytes, Modbus function, session key, UMAS function.
const (
	atUnit     = 6
	atModbus   = 7
	atKey      = 8
	atFunction = 9
	atData     = 10
)

const (
	modbusFunction = 90
	exception      = 0x80
)

// Functions that the rest of the package treats by themselves.
const (
	signedRequest = 0x38
	replyError    = 0xfd
	replyOK       = 0xfe
)

// signedLen is what a signed request or reply has before the UMAS message proper: a mark, a
// signature of 32 bytes, the Modbus function, the key.
const signedLen = 1 + 32 + 1 + 1

func probe(p *protocol.Peek) protocol.Guess {
	if len(p.Bytes) <= atModbus || p.Bytes[atModbus]&^exception != modbusFunction {
		return protocol.Guess{}
	}
	// Nobody else is known to use function 90, so that all of it is UMAS, well-formed or not.
	return protocol.Guess{Confidence: protocol.Certain}
}

type dissector struct {
	pending protocol.Pending
	r       wire.Reader // here, and not in the methods, so that it stays off the heap
	text    [16]byte
}

func (d *dissector) Reset() { d.pending.Reset() }

// Dissect reads one ADU.
func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	if len(b) <= atModbus {
		return len(b), 0 // the carrier gives no such thing
	}
	// One transaction and unit are one question.
	id := uint64(b[0])<<16 | uint64(b[1])<<8 | uint64(b[atUnit])
	switch {
	case b[atModbus]&exception != 0:
		d.refused(c, id, b[atKey:])
	case len(b) <= atFunction:
		m := c.Begin("umas", c.Dir == protocol.FromServer)
		m.Verb = davy.Other
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		c.Emit()
	case b[atFunction] >= replyError && b[atFunction] != 0xff:
		// The function says which way it goes, whatever the ports say.
		d.reply(c, id, b[atKey], b[atFunction], b[atData:])
	case c.Dir == protocol.FromServer:
		d.strange(c, b[atFunction], b[atData:])
	default:
		d.request(c, id, b[atKey], b[atFunction], b[atData:])
	}
	return len(b), 0
}

// strange tells of a reply that is neither yes nor no: a server that does not speak UMAS
// gives the request back or answers nonsense.
func (d *dissector) strange(c *protocol.Context, function uint8, data []byte) {
	m := c.Begin("umas", true)
	m.Code, m.Op, m.Verb = uint32(function), table[function].op, davy.Other
	m.Value = rest(data)
	m.Defect = davy.ReservedValue
	c.Emit()
}

// refused reads a Modbus exception to function 90: the device does not speak UMAS, or not now.
func (d *dissector) refused(c *protocol.Context, id uint64, data []byte) {
	m := c.Begin("umas", true)
	m.Verb = davy.Other
	if q := d.pending.Answer(id); q != nil {
		path := m.Path
		q.Fill(m)
		m.Path, m.Object.Name = path, nil
	}
	m.Result = davy.Result{Told: true, Failed: true, Name: "modbus exception"}
	switch len(data) {
	case 0:
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
	case 1:
		m.Result.Code = uint32(data[0])
	default:
		m.Result.Code = uint32(data[0])
		m.Defect = davy.LengthMismatch
	}
	c.Emit()
}

// about is the device a unit names. Units 0 and 255 mean the station that has the address
// itself (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, "Build a MODBUS request").
func about(m *davy.Message) davy.Path {
	if n := m.Path.Number; n == 0 || n == 255 {
		return davy.Path{}
	}
	return m.Path
}

func rest(b []byte) davy.Value {
	if len(b) == 0 {
		return davy.Value{}
	}
	return davy.Value{Kind: davy.Bytes, Raw: b}
}

// AppendState saves the requests that wait.
func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	d.pending.Append(&w)
	return w.B
}

// LoadState reads them back. The path is the carrier's, and comes again with the reply.
func (d *dissector) LoadState(b []byte) error {
	r := wire.NewReader(b)
	d.pending.Load(&r, protocol.Names{Spaces: spaces, Op: func(code uint32) string { return table[uint8(code)].op }})
	if r.Short() || r.Len() != 0 {
		return fmt.Errorf("umas state of %d bytes is cut short or too long", len(b))
	}
	return nil
}
