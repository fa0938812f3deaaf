package enip

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// The encapsulation header (CIP Vol. 2, 2-3.1): command, length of the data behind it,
// session handle, status, sender context, options. Data is at most 65,511 bytes.
const (
	headerSize = 24
	maxData    = 65511
)

type header struct {
	command, length uint16
	session, status uint32
	context         uint64
	options         uint32
}

func readHeader(b []byte) (h header) {
	r := wire.NewReader(b)
	h.command, h.length = r.U16LE(), r.U16LE()
	h.session, h.status = r.U32LE(), r.U32LE()
	h.context = r.U64LE()
	h.options = r.U32LE()
	return h
}

// Commands (CIP Vol. 2, table 2-3.2).
const (
	nop               = 0x00
	legacyList        = 0x01 // reserved for legacy use: RSLinx lists the devices behind an address with it
	listServices      = 0x04
	listIdentity      = 0x63
	listInterfaces    = 0x64
	registerSession   = 0x65
	unregisterSession = 0x66
	sendRRData        = 0x6f
	sendUnitData      = 0x70
	indicateStatus    = 0x72
	cancel            = 0x73
)

type command struct {
	code uint16
	op   string
	verb davy.Verb
	udp  bool // allowed over UDP
}

var commands = [...]command{
	{nop, "NOP", davy.Other, false},
	{legacyList, "Legacy List", davy.Browse, false},
	{listServices, "List Services", davy.Browse, true},
	{listIdentity, "List Identity", davy.Identify, true},
	{listInterfaces, "List Interfaces", davy.Browse, true},
	{registerSession, "Register Session", davy.Connect, false},
	{unregisterSession, "Unregister Session", davy.Connect, false},
	{sendRRData, "Send RR Data", davy.Other, true}, // meant for TCP; clients exist that send it over UDP
	{sendUnitData, "Send Unit Data", davy.Other, false},
	{indicateStatus, "Indicate Status", davy.Diagnose, false},
	{cancel, "Cancel", davy.Other, false},
}

// commandOf is what is known of a command; the zero command when nothing is.
func commandOf(code uint16) command {
	for i := range commands {
		if commands[i].code == code {
			return commands[i]
		}
	}
	return command{code: code, verb: davy.Other}
}

func (h *header) known() bool { return commandOf(h.command).op != "" }

// statusName names a status (CIP Vol. 2, table 2-3.3); ok is false for those reserved.
func statusName(status uint32) (text string, ok bool) {
	switch status {
	case 0x00:
		return "", true
	case 0x01:
		return "invalid or unsupported command", true
	case 0x02:
		return "insufficient memory", true
	case 0x03:
		return "incorrect data", true
	case 0x64:
		return "invalid session handle", true
	case 0x65:
		return "invalid length", true
	case 0x69:
		return "unsupported protocol version", true
	case 0x6a:
		return "encapsulated CIP service not allowed on this port", true
	}
	return "", false
}

// reply reports whether a message without CIP is an answer. Its content tells, where it
// does, rather than the side: a capture may begin in the middle.
func (h *header) reply(data []byte, from protocol.Role) bool {
	if h.status != 0 {
		return true
	}
	switch h.command {
	case legacyList, listServices, listIdentity, listInterfaces:
		if h.length > 0 && len(data) == 0 {
			return from == protocol.FromServer
		}
		return h.length > 0
	case registerSession:
		return h.session != 0
	case unregisterSession, nop:
		return from == protocol.FromServer && h.command == nop
	}
	return from == protocol.FromServer
}

// begin starts a message about the header's command.
func (h *header) begin(c *protocol.Context, reply bool) *davy.Message {
	m := c.Begin(name, reply)
	k := commandOf(h.command)
	m.Op, m.Verb, m.Code = k.op, k.verb, uint32(h.command)
	m.Quiet = h.command == nop
	return m
}

// probe knows EtherNet/IP by its header and what the command wants behind it, and process
// data by its two items. Of process data the target's is usually the first: it begins when
// it agrees to the connection, the originator when it hears so.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if p.Layer == protocol.UDP && len(b) >= 18 {
		switch exact, form := implicitForm(b); {
		case exact:
			return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromServer}
		case form:
			return protocol.Guess{Confidence: protocol.Possible, From: protocol.FromServer}
		}
	}
	if len(b) < headerSize {
		return protocol.Guess{}
	}
	h := readHeader(b)
	if _, ok := statusName(h.status); !ok || !h.known() || h.options != 0 || h.length > maxData {
		return protocol.Guess{}
	}
	return h.guess(b[headerSize:], p.Layer == protocol.UDP)
}

// guess judges a header that could be one by what follows it.
func (h *header) guess(data []byte, alone bool) protocol.Guess {
	if alone && int(h.length) > len(data) {
		return protocol.Guess{}
	}
	r := wire.NewReader(data)
	g := protocol.Guess{}
	switch h.command {
	case nop:
		if h.session == 0 && h.status == 0 {
			g.Confidence = protocol.Possible
		}
	case registerSession:
		version, flags := r.U16LE(), r.U16LE()
		if h.length != 4 || r.Short() || flags != 0 {
			return g
		}
		if g.Confidence = protocol.Likely; version == 1 {
			g.Confidence = protocol.Certain
		}
	case unregisterSession:
		if h.length == 0 && h.session != 0 && h.status == 0 {
			g.Confidence = protocol.Possible
		}
	case legacyList, listServices, listIdentity, listInterfaces:
		switch {
		case h.length == 0 && h.status == 0 && h.session == 0 && h.command == listIdentity && alone && len(data) == 0:
			g.Confidence = protocol.Likely
		case h.length == 0 && h.status == 0:
			g.Confidence = protocol.Possible // nearly all zeros: many things are
		case itemsFit(data, int(h.length)):
			g.Confidence = protocol.Certain
		}
	case sendRRData, sendUnitData:
		switch {
		case h.status != 0 && h.length == 0:
			g.Confidence = protocol.Possible
		case r.U32LE() == 0 && h.length >= 8:
			r.Skip(2)
			if items := r.Rest(); itemsFit(items, int(h.length)-6) {
				g.Confidence = protocol.Certain
			}
		}
	case indicateStatus, cancel:
		g.Confidence = protocol.Possible
	}
	if g.Confidence > 0 {
		g.From = h.side(data)
	}
	return g
}

// side is who sends such a message, where its content tells.
func (h *header) side(data []byte) protocol.Role {
	switch h.command {
	case legacyList, listServices, listIdentity, listInterfaces, registerSession:
		if h.reply(data, protocol.FromServer) {
			return protocol.FromServer
		}
		return protocol.FromClient
	case unregisterSession:
		return protocol.FromClient
	case sendRRData, sendUnitData:
		if h.status != 0 {
			return protocol.FromServer
		}
		k := readItems(data, 6)
		switch body := k.cip(); {
		case len(body) == 0:
		case body[0]&0x80 != 0:
			return protocol.FromServer
		case len(body) > 1 && body[1] == 0:
			// A request without a path: rather an answer that is not marked as one.
		default:
			return protocol.FromClient
		}
	}
	return protocol.Unknown
}
