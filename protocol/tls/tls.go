// Package tls reads what TLS says in clear: which name the client wants, which version and
// cipher are agreed on, and until version 1.2 the certificates. What is encrypted is left
// alone.
package tls

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is SSL 3.0 and TLS 1.0 to 1.3 over TCP, and a client's SSL 2.0 greeting.
var Protocol = protocol.Protocol{
	Name:      "tls",
	Spaces:    []*davy.Space{&host, &subject},
	Over:      []protocol.Layer{protocol.TCP},
	Ports:     []uint16{443, 465, 563, 636, 802, 853, 989, 990, 992, 993, 995, 3269, 4843, 5061, 5671, 5986, 8443, 8883, 9443},
	Probe:     probe,
	New:       func() protocol.Dissector { return new(dissector) },
	Encrypted: true,
}

// Content types of records (RFC 8446, 5.1; 24 is RFC 6520).
const (
	recordChange    = 20
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23
	recordHeartbeat = 24
)

const (
	headLength = 5
	// maxRecord is the longest record: 2^14 bytes and what encryption may add (RFC 5246, 6.2.3).
	maxRecord = 1<<14 + 2048
)

func isRecord(b []byte) bool {
	return len(b) >= headLength && b[0] >= recordChange && b[0] <= recordHeartbeat && b[1] == 3 && b[2] <= 4 &&
		int(b[3])<<8|int(b[4]) <= maxRecord && (b[3]|b[4] != 0 || b[0] == recordData)
}

// probe knows a record by its head, surely where a hello follows.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if isOldHello(b) {
		return protocol.Guess{Confidence: protocol.Likely, From: protocol.FromClient}
	}
	if !isRecord(b) {
		return protocol.Guess{}
	}
	length := int(b[3])<<8 | int(b[4])
	body := b[headLength:]
	switch b[0] {
	case recordHandshake:
		if len(body) < 4 {
			return protocol.Guess{Confidence: protocol.Possible}
		}
		switch body[0] {
		case clientHello:
			if len(body) < 6 || body[4] == 3 && body[5] <= 4 {
				return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
			}
		case serverHello, helloRequest, certificate, serverDone, certificateRequest, serverKeyExchange, helloVerify:
			return protocol.Guess{Confidence: protocol.Likely, From: protocol.FromServer}
		case clientKeyExchange:
			return protocol.Guess{Confidence: protocol.Likely, From: protocol.FromClient}
		}
		return protocol.Guess{Confidence: protocol.Possible}
	case recordChange:
		if length == 1 && len(body) > 0 && body[0] == 1 {
			return protocol.Guess{Confidence: protocol.Likely}
		}
	case recordAlert:
		if length == 2 && len(body) >= 2 && (body[0] == 1 || body[0] == 2) {
			return protocol.Guess{Confidence: protocol.Likely}
		}
		return protocol.Guess{Confidence: protocol.Possible}
	case recordData:
		// Encrypted data joined in the middle: the head alone, or the next head too.
		if rest := length; len(body) > rest && isRecord(body[rest:]) || len(body) == rest && rest >= 16 {
			return protocol.Guess{Confidence: protocol.Likely}
		}
		if length >= 16 {
			return protocol.Guess{Confidence: protocol.Possible}
		}
	}
	return protocol.Guess{}
}

const oldHead = 11 // enough of an old greeting to know it

// isOldHello reports whether b begins with a client's greeting in the form of SSL 2.0 that
// offers a later version (RFC 5246, E.2).
func isOldHello(b []byte) bool {
	return len(b) >= oldHead && b[0]&0x80 != 0 && b[2] == clientHello && (b[3] == 3 && b[4] <= 3 || b[3] == 0 && b[4] == 2) &&
		b[5] == 0 && int(b[6])%3 == 0 && b[6] != 0
}

// isOldReply reports whether b begins with a server's greeting of SSL 2.0.
func isOldReply(b []byte) bool {
	return len(b) >= 7 && b[0]&0x80 != 0 && b[2] == oldServerHello && b[3] <= 1 && b[5] == 0 && b[6] == 2
}

type side struct {
	over      bool   // its clear part has ended
	handshake []byte // a handshake message in several records
	passed    uint32
}

type dissector struct {
	sides [2]side // the client's, the server's
	text  []byte
	name  []byte
}

// passEnough is how much of one encrypted side is passed over before the other side's clear
// part is no longer waited for.
const passEnough = 64 << 10

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	i := 0
	if c.Dir == protocol.FromServer {
		i = 1
	}
	s := &d.sides[i]
	if c.Resync {
		s.handshake = s.handshake[:0]
	}
	if !s.over && len(s.handshake) == 0 && (isOldHello(b) || i == 1 && isOldReply(b)) {
		return d.oldHello(c, b, i == 1)
	}
	if len(b) < headLength {
		return 0, headLength
	}
	if !s.over && len(s.handshake) == 0 && b[0]&0x80 != 0 && len(b) < oldHead {
		return 0, oldHead
	}
	if !isRecord(b) {
		m := c.Begin("tls", i == 1)
		m.Verb, m.Op, m.Defect = davy.Other, "record", davy.ReservedValue
		c.Emit()
		return -1, 0
	}
	length := int(b[3])<<8 | int(b[4])
	if len(b) < headLength+length {
		return 0, headLength + length
	}
	body := b[headLength : headLength+length]
	switch {
	case s.over:
		d.pass(c, s, len(body))
	case b[0] == recordHandshake:
		d.handshake(c, s, body)
	case b[0] == recordAlert:
		alert(c, body, i == 1)
	case b[0] == recordChange:
		s.over = true // what follows of this side is encrypted
		d.pass(c, s, 0)
	case b[0] == recordData:
		s.over = true
		d.pass(c, s, len(body))
	}
	return headLength + length, 0
}

// pass ends the reading when both sides are encrypted, or one has been for long.
func (d *dissector) pass(c *protocol.Context, s *side, n int) {
	if s.passed += uint32(n); s.passed > passEnough || d.sides[0].over && d.sides[1].over {
		c.Opaque(true)
	}
}

const (
	levelFatal  = 2
	closeNotify = 0
)

// alerts names the common alerts (RFC 8446, 6; RFC 5246, 7.2).
func alertName(code uint8) string {
	switch code {
	case closeNotify:
		return "close notify"
	case 10:
		return "unexpected message"
	case 20:
		return "bad record"
	case 40:
		return "handshake failure"
	case 41:
		return "no certificate"
	case 42:
		return "bad certificate"
	case 43:
		return "unsupported certificate"
	case 44:
		return "certificate revoked"
	case 45:
		return "certificate expired"
	case 46:
		return "certificate unknown"
	case 47:
		return "illegal parameter"
	case 48:
		return "unknown certificate authority"
	case 49:
		return "access denied"
	case 50:
		return "decode error"
	case 51:
		return "decrypt error"
	case 70:
		return "protocol version"
	case 71:
		return "insufficient security"
	case 80:
		return "internal error"
	case 90:
		return "user cancelled"
	case 100:
		return "no renegotiation"
	case 112:
		return "unrecognized name"
	case 116:
		return "certificate required"
	case 120:
		return "no application protocol"
	}
	return "alert"
}

// alert reads an alert in clear; encrypted ones are longer.
func alert(c *protocol.Context, b []byte, server bool) {
	if len(b) != 2 {
		return
	}
	m := c.Begin("tls", server)
	m.Verb, m.Op = davy.Connect, "alert"
	m.Result = davy.Result{Told: true, Failed: b[0] == levelFatal, Code: uint32(b[1]), Name: alertName(b[1])}
	m.Quiet = b[1] == closeNotify
	c.Emit()
}

func (d *dissector) Reset() {
	for i := range d.sides {
		d.sides[i] = side{handshake: d.sides[i].handshake[:0]}
	}
}

const stateVersion = 1

func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	for i := range d.sides {
		s := &d.sides[i]
		w.Bool(s.over)
		w.Uvarint(uint64(s.passed))
		w.Blob(s.handshake)
	}
	return w.B
}

func (d *dissector) LoadState(b []byte) error {
	d.Reset()
	r := wire.NewReader(b)
	if r.U8() != stateVersion {
		return errors.New("unknown version")
	}
	for i := range d.sides {
		s := &d.sides[i]
		s.over, s.passed = r.Bool(), uint32(r.Uvarint())
		s.handshake = append(s.handshake, r.Blob()...)
	}
	if r.Short() || r.Len() > 0 {
		d.Reset()
		return errors.New("cut short")
	}
	return nil
}
