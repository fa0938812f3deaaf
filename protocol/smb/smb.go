// Package smb reads Microsoft's file sharing, SMB 1 to 3, over NetBIOS sessions or directly
// over TCP, by name: who logs in from which station, to which share, which files are
// opened, and what the systems say of themselves. File contents and the calls inside named
// pipes are not looked at; passwords are passed over.
package smb

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is SMB.
var Protocol = protocol.Protocol{
	Name:   "smb",
	Spaces: []*davy.Space{&station, &share, &file, &user, &pipe},
	Over:   []protocol.Layer{protocol.TCP},
	Ports:  []uint16{445, 139},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

// Types of session packets (RFC 1002, 4.3.1).
const (
	sessionMessage   = 0x00
	sessionRequest   = 0x81
	sessionPositive  = 0x82
	sessionNegative  = 0x83
	sessionRetarget  = 0x84
	sessionKeepAlive = 0x85
)

const (
	sessionHead = 4
	// held is how much of a message is waited for: more than any head with its names needs;
	// the rest, which is file contents, is passed over.
	held = 16 << 10
	// maxMessage is the longest message a session can announce.
	maxMessage = 1<<24 - 1
)

// Marks with which the messages begin ([MS-CIFS] 2.2.3.1, [MS-SMB2] 2.2.1, 2.2.41, 2.2.42).
const (
	mark1          = "\xffSMB"
	mark2          = "\xfeSMB"
	markEncrypted  = "\xfdSMB"
	markCompressed = "\xfcSMB"
)

// probe knows a message's mark, or a session request by its form.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if len(b) < sessionHead {
		return protocol.Guess{}
	}
	length := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
	body := b[sessionHead:]
	switch b[0] {
	case sessionMessage:
		if len(body) < 4 || length < 32 {
			return protocol.Guess{}
		}
		g := protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
		switch string(body[:4]) {
		case mark1:
			if len(body) > 9 && body[9]&reply1 != 0 {
				g.From = protocol.FromServer
			}
		case mark2:
			if len(body) > 16 && body[16]&reply2 != 0 {
				g.From = protocol.FromServer
			}
		case markEncrypted, markCompressed:
			g.From = protocol.Unknown
		default:
			return protocol.Guess{}
		}
		return g
	case sessionRequest:
		if length == 68 && len(body) >= 34 && body[0] == 32 && body[33] == 0 {
			return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
		}
	case sessionPositive:
		if length == 0 && len(body) == 0 {
			return protocol.Guess{Confidence: protocol.Possible, From: protocol.FromServer}
		}
	case sessionNegative:
		if length == 1 && len(body) == 1 {
			return protocol.Guess{Confidence: protocol.Possible, From: protocol.FromServer}
		}
	case sessionKeepAlive:
		if length == 0 && len(body) == 0 {
			return protocol.Guess{Confidence: protocol.Possible}
		}
	}
	return protocol.Guess{}
}

type dissector struct {
	pending protocol.Pending
	skip    [2]uint32 // rest of a long message, of the client, of the server
	text    []byte
	name    []byte
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	i := 0
	if c.Dir == protocol.FromServer {
		i = 1
	}
	if c.Resync {
		d.skip[i] = 0
	}
	if n := int(d.skip[i]); n > 0 {
		n = min(n, len(b))
		d.skip[i] -= uint32(n)
		return n, 0
	}
	if len(b) < sessionHead {
		return 0, sessionHead
	}
	length := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
	want := sessionHead + min(length, held)
	if b[0] != sessionMessage && (b[0] < sessionRequest || b[0] > sessionKeepAlive || length > 255) {
		m := c.Begin("smb", i == 1)
		m.Verb, m.Op, m.Code, m.Defect = davy.Other, "session packet", uint32(b[0]), davy.ReservedValue
		c.Emit()
		return -1, 0
	}
	if len(b) < want {
		return 0, want
	}
	body := b[sessionHead:want]
	d.skip[i] = uint32(length - len(body))
	if b[0] != sessionMessage {
		d.session(c, b[0], body, i == 1)
		return want, 0
	}
	if !d.message(c, body, length, i == 1) {
		return -1, 0
	}
	return want, 0
}

// message reads what a session carries; false where it is not SMB.
func (d *dissector) message(c *protocol.Context, b []byte, length int, server bool) bool {
	kind := ""
	if len(b) >= 4 {
		kind = string(b[:4])
	}
	switch kind {
	case mark1:
		d.smb1(c, b, length > len(b))
	case mark2:
		d.smb2(c, b, length > len(b))
	case markEncrypted, markCompressed:
		m := c.Begin("smb", server)
		m.Verb, m.Op, m.Quiet = davy.Other, "encrypted", true
		if kind == markCompressed {
			m.Op = "compressed"
		}
		c.Emit()
	default:
		m := c.Begin("smb", server)
		m.Verb, m.Op, m.Defect = davy.Other, "message", davy.ReservedValue
		c.Emit()
		return false
	}
	return true
}

// session reads the packets that open a NetBIOS session.
func (d *dissector) session(c *protocol.Context, kind uint8, b []byte, server bool) {
	m := c.Begin("smb", server)
	m.Verb, m.Code = davy.Connect, uint32(kind)
	switch kind {
	case sessionRequest:
		m.Op, m.Reply = "session request", false
		r := wire.NewReader(b)
		called, calling := r.Bytes(34), r.Bytes(34)
		if r.Short() {
			m.Defect = davy.LengthMismatch
			break
		}
		d.text = netbios(d.text[:0], called)
		m.Object = davy.Object{Space: &station, Name: d.text}
		d.name = netbios(d.name[:0], calling)
		c.Tell(davy.AttrName, d.name, "netbios session", 85)
	case sessionPositive:
		m.Op, m.Result = "session reply", davy.Result{Told: true}
	case sessionNegative:
		m.Op, m.Result = "session reply", davy.Result{Told: true, Failed: true, Name: "refused"}
		if len(b) > 0 {
			m.Result.Code = uint32(b[0])
		}
	case sessionRetarget:
		m.Op = "session retarget"
	case sessionKeepAlive:
		m.Op, m.Quiet = "keep alive", true
	}
	c.Emit()
}

// netbios appends a name in its first-level encoding, without padding and suffix (RFC 1001, 14.1).
func netbios(dst, b []byte) []byte {
	start := len(dst)
	for i := 1; i+1 < min(len(b), 31); i += 2 {
		hi, lo := b[i]-'A', b[i+1]-'A'
		if hi > 15 || lo > 15 {
			return dst[:start]
		}
		dst = append(dst, hi<<4|lo)
	}
	for len(dst) > start && (dst[len(dst)-1] == ' ' || dst[len(dst)-1] == 0) {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// Spaces of SMB's objects, all by name.
var (
	station = davy.Space{Name: "netbios station"}
	share   = davy.Space{Name: "share"}
	file    = davy.Space{Name: "file"}
	user    = davy.Space{Name: "smb user", Text: func(dst []byte, o *davy.Object) []byte {
		return davy.AppendClean(append(dst, "user "...), o.Name)
	}}
	pipe = davy.Space{Name: "pipe"}
)

// ntlmssp is the layer that log-ins are handed to.
const ntlmssp protocol.Layer = "ntlmssp"

const ntlmMark = "NTLMSSP\x00"

func (d *dissector) Reset() {
	d.pending.Reset()
	d.skip = [2]uint32{}
}

const stateVersion = 1

func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	w.Uvarint(uint64(d.skip[0]))
	w.Uvarint(uint64(d.skip[1]))
	d.pending.Append(&w)
	return w.B
}

func (d *dissector) LoadState(b []byte) error {
	d.Reset()
	r := wire.NewReader(b)
	if r.U8() != stateVersion {
		return errors.New("unknown version")
	}
	d.skip = [2]uint32{uint32(min(r.Uvarint(), maxMessage)), uint32(min(r.Uvarint(), maxMessage))}
	d.pending.Load(&r, protocol.Names{Spaces: []*davy.Space{&share, &file, &user, &pipe}, Op: func(code uint32) string {
		return commandOf(code).op
	}})
	if r.Short() || r.Len() > 0 {
		d.Reset()
		return errors.New("cut short")
	}
	return nil
}
