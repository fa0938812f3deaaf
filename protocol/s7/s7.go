// Package s7 reads S7 communication, the protocol of SIMATIC S7-300 and S7-400 controllers
// and of all that speak to them that way (protocol identifier 0x32, carried by COTP):
// variables, blocks, program invocations, status lists, programmer commands, cyclic data,
// alarms, clock and passwords.
//
// The protocol is not published; what stands here was learned from public descriptions and
// from recordings, which README.md lists. The package must not show a password, and must
// not take S7comm-plus (identifier 0x72) for its own.
package s7

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is S7 communication.
var Protocol = protocol.Protocol{
	Name:       "s7",
	Industrial: true,
	Spaces:     spaces[:],
	Paths:      []*davy.PathKind{&slots},
	Over:       []protocol.Layer{"cotp"},
	Ports:      []uint16{102},
	Probe:      probe,
	New:        func() protocol.Dissector { return new(conversation) },
}

const identifier = 0x32

// ROSCTR, the kind of a PDU: remote operating service control.
const (
	job      = 1 // a request
	ack      = 2 // an answer without parameters
	ackData  = 3 // an answer
	userdata = 7 // requests, answers and indications of the services beside
)

// headerLength is the length of the header; answers have two bytes of error behind it.
const headerLength = 10

func probe(p *protocol.Peek) (g protocol.Guess) {
	b := p.Bytes
	if len(b) < headerLength || b[0] != identifier || b[1] < job || b[1] > userdata {
		return g
	}
	g.Confidence = protocol.Likely
	var pdu pdu
	if pdu.read(b); pdu.defect == "" {
		g.Confidence = protocol.Certain
	}
	g.From = pdu.sender()
	return g
}

// pdu is one PDU as it came.
type pdu struct {
	c       *protocol.Context
	rosctr  uint8
	ref     uint16 // what pairs an answer with its request
	code    uint16 // of answers: error class and error code, 0 where all went well
	param   []byte
	data    []byte
	defect  davy.Defect
	reply   bool // travels from the message's server to its client
	request *request
}

// read takes the header apart. What it leaves out was not there.
func (p *pdu) read(b []byte) {
	r := wire.NewReader(b)
	r.Skip(1)
	p.rosctr = r.U8()
	r.Skip(2) // redundancy identification
	p.ref = r.U16()
	params, data := int(r.U16()), int(r.U16())
	if p.rosctr == ack || p.rosctr == ackData {
		p.code = r.U16()
	}
	switch {
	case r.Short():
		p.defect, p.code = davy.Truncated, 0
		return
	case params+data > r.Len():
		p.defect = davy.Truncated
	case params+data < r.Len():
		p.defect = davy.LengthMismatch
	}
	p.param = r.Bytes(min(params, r.Len()))
	p.data = r.Bytes(min(data, r.Len()))
}

// function is the code of the function, -1 where the PDU has no parameters.
func (p *pdu) function() int {
	if len(p.param) == 0 {
		return -1
	}
	return int(p.param[0])
}

// pulled reports whether a function is one that the controller asks the engineering station
// for: it fetches the blocks of a download itself.
func pulled(function int) bool { return function == downloadBlock || function == downloadEnded }

// sender tells the side that a PDU comes from, where it tells.
func (p *pdu) sender() protocol.Role {
	f := p.function()
	switch p.rosctr {
	case job:
		if pulled(f) {
			return protocol.FromServer
		}
		return protocol.FromClient
	case ack, ackData:
		if pulled(f) {
			return protocol.FromClient
		}
		return protocol.FromServer
	case userdata:
		if u, ok := p.userdata(); ok && u.group != groupBSend && u.group != groupNC && !u.usend {
			if u.kind == asks {
				return protocol.FromClient
			}
			return protocol.FromServer
		}
	}
	return protocol.Unknown
}

// conversation is what one connection is known to have asked, started and half told.
type conversation struct {
	asked   requests // wait for their answer
	running requests // jobs that the controller keeps reporting of: cyclic data, variable status
	upload  transfer
	list    list   // a status list or block list that comes in several pieces
	size    uint16 // negotiated length of a PDU, 0 when the negotiation was not seen
	told    bool   // the server was told to be a controller
	text    []byte // scratch
}

func (d *conversation) Reset() {
	d.asked.reset()
	d.running.reset()
	d.list.reset()
	d.upload.reset()
	d.size, d.told = 0, false
}

// Dissect reads one PDU.
func (d *conversation) Dissect(c *protocol.Context, b []byte) (read, need int) {
	if len(b) == 0 || b[0] != identifier {
		return -1, 0
	}
	p := pdu{c: c}
	p.read(b)
	if c.Resync {
		d.list.lose(c.Dir)
	}
	if d.size != 0 && len(b) > int(d.size) && p.defect == "" {
		p.defect = davy.Oversized
	}
	switch p.rosctr {
	case job:
		p.reply = pulled(p.function()) && c.Dir == protocol.FromServer
		d.job(&p)
	case ack, ackData:
		p.request = d.asked.answerAt(p.c.Time, d.key(&p, c.Dir.Other()), p.function())
		f := p.function()
		if f < 0 && p.request != nil {
			f = int(p.request.code)
		}
		p.reply = !pulled(f) || c.Dir == protocol.FromServer
		d.answer(&p, f)
	case userdata:
		d.userdata(&p)
	default:
		m := d.begin(&p, davy.Other, "", uint32(p.rosctr))
		if m.Defect == "" {
			m.Defect = davy.UnknownCode
		}
		c.Emit()
	}
	return len(b), 0
}

// key is what a request and its answer have in common: the reference, and who asks, for
// each side counts for itself.
func (d *conversation) key(p *pdu, asker protocol.Role) uint32 {
	k := uint32(p.ref)
	if asker == protocol.FromServer {
		k |= 1 << 16
	}
	return k
}

// begin starts a message. The device behind the server's address is told by the selector
// that the connection was opened to, so it holds for the side that was connected to only.
func (d *conversation) begin(p *pdu, verb davy.Verb, op string, code uint32) *davy.Message {
	c := p.c
	c.Path = davy.Path{}
	if p.reply == (c.Dir == protocol.FromServer) {
		c.Path = place(c.Called)
	}
	m := c.Begin("s7", p.reply)
	m.Verb, m.Op, m.Code, m.Defect = verb, op, code, p.defect
	if p.request != nil {
		m.Took = protocol.Took(c.Time, p.request.time)
	}
	return m
}

// tell hands on a fact about the sender, which is the device behind its address where it is
// the side that was connected to.
func (d *conversation) tell(p *pdu, a davy.Attribute, value []byte, source string, confidence uint8) {
	path := davy.Path{}
	if p.c.Dir == protocol.FromServer {
		path = place(p.c.Called)
	}
	p.c.TellOf(p.c.Sender.Addr, path, a, value, source, confidence)
}
