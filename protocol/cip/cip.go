// Package cip reads the Common Industrial Protocol: the services that controllers, drives,
// adapters and engineering stations ask of one another's objects. Protocols that carry CIP
// (EtherNet/IP, package enip) hand each message to a [Dialogue], which remembers what was
// asked and which connections were opened, and tells messages and facts.
//
// It reads and tells. It judges nothing, opens nothing, keeps no clock, and knows of its
// carrier only what a [Carriage] says.
package cip

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Name is the protocol's name in messages.
const Name = "cip"

// Defects of CIP messages, beside the shared ones.
const (
	// ReplyBitMissing marks an answer that has the service code of a request: bit 7 of the
	// service code says that a message is a reply (CIP Vol. 1, 2-4.2).
	ReplyBitMissing davy.Defect = "reply-bit-missing"
	// BadPath marks a path that breaks the rules of CIP Vol. 1, appendix C-1.4.
	BadPath davy.Defect = "bad-path"
)

// Carriage says how a message was carried.
type Carriage struct {
	Connected  bool
	Connection uint32        // connected: the connection id that the message was sent to
	Key        uint64        // what a reply repeats of its request: session and sender context, or the sequence count
	OTPort     uint16        // UDP port that the target wants O->T data at, from a socket address item; 0 when none
	TOPort     uint16        // UDP port that the originator wants T->O data at
	TOAddress  davy.Addr     // multicast address of T->O data, from a socket address item
	From       protocol.Role // who sends, as the conversation knows
	Defect     davy.Defect   // what is wrong with the carrier's headers
}

// Dialogue is what CIP remembers of one conversation: requests that wait for their reply,
// and connections. The zero value is ready.
type Dialogue struct {
	asked       []asked
	pipelines   bool // requests with equal keys were open at once: they are answered in order
	connections []Connection
	expected    protocol.Expectation
	note        wire.Writer
	object      davy.Object
	text        []byte // what a message's texts are written into; good until the next message
	lost        uint32 // requests forgotten for want of room
}

// Reset makes the dialogue fit for another conversation.
func (d *Dialogue) Reset() {
	d.asked, d.connections = d.asked[:0], d.connections[:0]
	d.pipelines, d.lost = false, 0
}

// request is a message router request (CIP Vol. 1, 2-4.2, table 2-4.1).
type request struct {
	service uint8
	path    epath
	data    []byte
	defect  davy.Defect
}

// readRequest takes b apart; the names in its path are written into d.text.
func (d *Dialogue) readRequest(b []byte) (q request) {
	r := wire.NewReader(b)
	q.service = r.U8()
	path := r.Bytes(2 * int(r.U8()))
	if r.Short() {
		q.defect = davy.Truncated
		return q
	}
	d.text = q.path.read(path, d.text[:0])
	q.defect = q.path.defect
	q.data = r.Rest()
	return q
}

// reply is a message router response (CIP Vol. 1, 2-4.2, table 2-4.2).
type reply struct {
	service  uint8 // without the reply bit
	status   uint8
	extended []byte // additional status, words
	data     []byte
	defect   davy.Defect
}

func readReply(b []byte) (p reply) {
	r := wire.NewReader(b)
	p.service = r.U8() &^ replyBit
	r.Skip(1)
	p.status = r.U8()
	p.extended = r.Bytes(2 * int(r.U8()))
	if r.Short() {
		return reply{service: b[0] &^ replyBit, defect: davy.Truncated}
	}
	p.data = r.Rest()
	return p
}

const replyBit = 0x80

// place is where a message stands among the items of a Multiple Service Packet, and behind
// which device.
type place struct {
	part, parts uint16
	path        davy.Path
	blind       bool // which device it is nobody knows: the connection was opened before the capture began
	unsure      bool // a reply may answer another request
}

// Read reads one message and tells it through c. b is what follows the carrier's headers,
// without a sequence count.
func (d *Dialogue) Read(c *protocol.Context, b []byte, e *Carriage) {
	if len(b) == 0 {
		m := c.Begin(Name, e.From == protocol.FromServer)
		m.Verb, m.Defect = davy.Other, davy.Truncated
		c.Emit()
		return
	}
	var on *Connection
	at := place{}
	if e.Connected {
		if on = d.connection(e.Connection); on != nil {
			at.path = on.Path
		}
		at.blind = on == nil || on.Originator == 0
	}
	switch {
	case on != nil && on.class == dhPlusClass:
		d.dhPlus(c, b, e, on)
	case b[0]&replyBit != 0:
		d.answer(c, b, e, at)
	case d.unmarked(b, e):
		d.unmarkedReply(c, b, e)
	default:
		d.ask(c, b, e, at.path)
		d.request(c, b, e, at, 0)
	}
}

// request tells a request, and those it embeds.
func (d *Dialogue) request(c *protocol.Context, b []byte, e *Carriage, at place, depth int) {
	q := d.readRequest(b)
	if depth < maxDepth && q.defect == "" {
		switch {
		case q.service == unconnectedSend && q.path.class == connectionManager:
			if inner, route, ok := unwrap(q.data); ok {
				at.path = joinRoute(at.path, &route)
				d.request(c, inner, e, at, depth+1)
				return
			}
		case q.service == multipleService && q.path.symbols == 0 && at.parts == 0:
			if d.requests(c, q.data, e, at, depth+1) {
				return
			}
		}
	}
	m := c.Begin(Name, false)
	d.fillRequest(m, &q, at)
	m.Value = d.requestValue(&q)
	switch {
	case q.defect != "":
		m.Defect = q.defect
	case m.Defect != "":
	case reserved(q.service):
		m.Defect = davy.UnknownCode
	case q.service == multipleService && at.parts == 0:
		m.Defect = davy.LengthMismatch // its offsets point outside of it
	}
	emit(c, m, e)
}

// emit tells a message. What is read all day is cyclic, unless something is wrong with it.
func emit(c *protocol.Context, m *davy.Message, e *Carriage) {
	if m.Defect == "" {
		m.Defect = e.Defect
	}
	m.Cyclic = m.Verb == davy.Read && !m.Result.Failed && m.Defect == ""
	c.Emit()
}

// maxDepth bounds requests inside requests: an Unconnected Send that holds a Multiple
// Service Packet, whose services hold nothing more.
const maxDepth = 3

// fillRequest gives a message, the request itself or a reply to it, what the request says.
func (d *Dialogue) fillRequest(m *davy.Message, q *request, at place) {
	m.Path, m.Part, m.Parts = at.path, at.part, at.parts
	m.Code = uint32(q.service)
	m.Op, m.Verb = operation(q.service, &q.path, q.data)
	m.Object = q.path.object()
	switch {
	case q.service == executePCCC && q.path.class == pcccClass:
		pcccRequest(m, q.data)
	case q.service == forwardOpen || q.service == largeForwardOpen || q.service == forwardClose:
		if q.path.class == connectionManager {
			d.fillConnection(m, q)
		}
	default:
		d.fillData(m, q)
	}
}

// requests tells the services of a Multiple Service Packet one by one (CIP Vol. 1, A-4.10).
// It reports false when the packet is not one.
func (d *Dialogue) requests(c *protocol.Context, b []byte, e *Carriage, at place, depth int) bool {
	list, ok := readPacket(b)
	if !ok {
		return false
	}
	at.parts = uint16(list.count)
	for i := range list.count {
		at.part = uint16(i)
		d.request(c, list.item(i), e, at, depth)
	}
	return true
}
