// Package rdp knows Microsoft's Remote Desktop Protocol by how it opens a connection: who
// wants in, which security is agreed on, and the client's name where it is said in clear.
// The session itself is encrypted and left alone.
package rdp

import (
	"bytes"
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is RDP over TCP.
var Protocol = protocol.Protocol{
	Name:      "rdp",
	Spaces:    []*davy.Space{&user},
	Over:      []protocol.Layer{protocol.TCP},
	Ports:     []uint16{port},
	Probe:     probe,
	New:       func() protocol.Dissector { return new(dissector) },
	Encrypted: true,
}

const (
	port = 3389
	// TPKT: version 3, reserved, length of all (RFC 1006, 6). Behind it X.224: a length and a code.
	tpktHead = 4
	x224Head = 7
	shortest = tpktHead + 3
	// longest is more than any request to connect needs.
	longest = 4096

	codeRequest = 0xe0
	codeConfirm = 0xd0
	codeData    = 0xf0
)

// Types of negotiation data ([MS-RDPBCGR] 2.2.1.1.1, 2.2.1.2.1, 2.2.1.2.2).
const (
	negotiationRequest = 1
	negotiationReply   = 2
	negotiationFailure = 3
	negotiationLength  = 8
)

var (
	cookieUser  = []byte("Cookie: mstshash=")
	cookieToken = []byte("Cookie: msts=")
	tokenPrefix = []byte("tsv://")
	crlf        = []byte("\r\n")
	conference  = []byte("Duca") // the key in a GCC conference's answer and request (T.124, [MS-RDPBCGR] 4.1.3)
	connectMCS  = []byte("\x7f\x65")
)

// probe knows a request by its cookie or negotiation, an answer by its negotiation, and the
// conference request that follows where nothing was negotiated.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if len(b) < shortest || b[0] != 3 || b[1] != 0 {
		return protocol.Guess{}
	}
	n := int(b[2])<<8 | int(b[3])
	if n < shortest || n > longest {
		return protocol.Guess{}
	}
	b = b[:min(n, len(b))]
	switch b[5] {
	case codeRequest:
		if len(b) < tpktHead+x224Head || b[6]|b[7] != 0 || int(b[4]) != n-tpktHead-1 {
			return protocol.Guess{}
		}
		g := protocol.Guess{Confidence: 95, From: protocol.FromClient}
		rest := b[tpktHead+x224Head:]
		if bytes.HasPrefix(rest, cookieUser) || bytes.HasPrefix(rest, cookieToken) || bytes.HasPrefix(rest, tokenPrefix) || isNegotiation(rest, negotiationRequest) {
			return g
		}
		if len(rest) == 0 && p.Receiver.Port == port {
			g.Confidence = 65 // the oldest clients negotiate nothing, as others over X.224
			return g
		}
	case codeConfirm:
		if len(b) < tpktHead+x224Head || int(b[4]) != n-tpktHead-1 {
			return protocol.Guess{}
		}
		g := protocol.Guess{Confidence: 95, From: protocol.FromServer}
		rest := b[tpktHead+x224Head:]
		if isNegotiation(rest, negotiationReply) || isNegotiation(rest, negotiationFailure) {
			return g
		}
		if len(rest) == 0 && p.Sender.Port == port {
			g.Confidence = 65
			return g
		}
	case codeData:
		if len(b) > shortest+2 && b[6]&0x80 != 0 && bytes.HasPrefix(b[shortest:], connectMCS) && bytes.Contains(b, conference) {
			return protocol.Guess{Confidence: 95, From: protocol.FromClient}
		}
	}
	return protocol.Guess{}
}

func isNegotiation(b []byte, kind byte) bool {
	return len(b) >= 4 && b[0] == kind && b[2] == negotiationLength && b[3] == 0
}

// user is the space of accounts that the cookie names.
var user = davy.Space{Name: "rdp user", Text: func(dst []byte, o *davy.Object) []byte {
	return davy.AppendClean(append(dst, "user "...), o.Name)
}}

type dissector struct {
	pending protocol.Pending
	text    []byte
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	if len(b) < tpktHead {
		return 0, tpktHead
	}
	n := int(b[2])<<8 | int(b[3])
	if b[0] != 3 || b[1] != 0 || n < shortest {
		// Not X.224 any more: fast-path output, or what was negotiated goes on.
		c.Opaque(true)
		return len(b), 0
	}
	if n > longest {
		m := c.Begin("rdp", c.Dir == protocol.FromServer)
		m.Verb, m.Op, m.Defect = davy.Connect, "packet", davy.Oversized
		c.Emit()
		return -1, 0
	}
	if len(b) < n {
		return 0, n
	}
	d.packet(c, b[tpktHead:n])
	return n, 0
}

func (d *dissector) packet(c *protocol.Context, b []byte) {
	switch b[1] {
	case codeRequest:
		m := c.Begin("rdp", false)
		m.Verb, m.Op = davy.Connect, "connect"
		if len(b) < x224Head || int(b[0]) != len(b)-1 {
			m.Defect = davy.LengthMismatch
		} else {
			d.request(m, b[x224Head:])
		}
		d.pending.AskAgain(0, m)
		c.Emit()
	case codeConfirm:
		m := c.Begin("rdp", true)
		m.Verb, m.Op = davy.Connect, "connect"
		m.Result = davy.Result{Told: true}
		if q := d.pending.Answer(0); q != nil {
			q.Fill(m)
		}
		selected := uint32(0)
		if len(b) < x224Head || int(b[0]) != len(b)-1 {
			m.Defect = davy.LengthMismatch
		} else {
			selected = d.confirm(m, b[x224Head:])
		}
		c.Emit()
		if selected != 0 || m.Result.Failed {
			c.Opaque(true) // TLS begins, or nothing more comes
		}
	case codeData:
		if len(b) > 5 && bytes.HasPrefix(b[3:], connectMCS) {
			d.conference(c, b[3:])
		}
	}
}

// Security protocols ([MS-RDPBCGR] 2.2.1.1.1).
const (
	securityTLS      = 1
	securityCredSSP  = 2
	securityRDSTLS   = 4
	securityCredSSP2 = 8
	securityAAD      = 16
)

func appendSecurity(dst []byte, bits uint32) []byte {
	start := len(dst)
	for _, s := range [...]struct {
		bit  uint32
		name string
	}{{securityTLS, "TLS"}, {securityCredSSP, "CredSSP"}, {securityRDSTLS, "RDSTLS"}, {securityCredSSP2, "CredSSP early"}, {securityAAD, "RDS AAD"}} {
		if bits&s.bit != 0 {
			if len(dst) > start {
				dst = append(dst, ", "...)
			}
			dst = append(dst, s.name...)
		}
	}
	if len(dst) == start {
		dst = append(dst, "RDP's own"...)
	}
	return dst
}

func (d *dissector) request(m *davy.Message, b []byte) {
	if line, rest, ok := bytes.Cut(b, crlf); ok {
		if name, ok := bytes.CutPrefix(line, cookieUser); ok {
			m.Object = davy.Object{Space: &user, Name: bytes.Trim(name, "\x00 ")}
		}
		b = rest
	}
	bits := uint32(0)
	if isNegotiation(b, negotiationRequest) {
		r := wire.NewReader(b)
		r.Skip(4)
		if bits = r.U32LE(); r.Short() {
			m.Defect = davy.LengthMismatch
			return
		}
	}
	d.text = appendSecurity(d.text[:0], bits)
	m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
}

var failures = [...]string{"refused", "TLS required", "TLS not allowed", "no certificate on the server", "inconsistent flags",
	"CredSSP required", "TLS with user authentication required"}

func (d *dissector) confirm(m *davy.Message, b []byte) (selected uint32) {
	r := wire.NewReader(b)
	r.Skip(4)
	code := r.U32LE()
	switch {
	case isNegotiation(b, negotiationReply) && !r.Short():
		selected = code
	case isNegotiation(b, negotiationFailure) && !r.Short():
		m.Result.Failed, m.Result.Code, m.Result.Name = true, code, failures[0]
		if int(code) < len(failures) {
			m.Result.Name = failures[code]
		}
		return 0
	case len(b) > 0:
		m.Defect = davy.LengthMismatch
	}
	d.text = appendSecurity(d.text[:0], selected)
	m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
	return selected
}

const coreData = 0xc001 // CS_CORE ([MS-RDPBCGR] 2.2.1.3.1)

// conference reads the client's core data in the conference request: its name
// ([MS-RDPBCGR] 2.2.1.3.2).
func (d *dissector) conference(c *protocol.Context, b []byte) {
	m := c.Begin("rdp", false)
	m.Verb, m.Op = davy.Connect, "client data"
	if i := bytes.Index(b, conference); i >= 0 {
		r := wire.NewReader(b[i+len(conference):])
		if n := r.U8(); n&0x80 != 0 {
			r.Skip(1)
		}
		kind := r.U16LE()
		r.Skip(2 + 4 + 2 + 2 + 2 + 2 + 4) // length, version, size, colours, keys, layout
		r.Skip(4)                         // build
		name := r.Bytes(32)
		if !r.Short() && kind == coreData {
			d.text = wire.AppendUTF16LE(d.text[:0], name)
			m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
			c.Tell(davy.AttrName, d.text, "rdp client name", 80)
		}
	}
	c.Emit()
	c.Opaque(true)
}

func (d *dissector) Reset() { d.pending.Reset() }

const stateVersion = 1

func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	d.pending.Append(&w)
	return w.B
}

func (d *dissector) LoadState(b []byte) error {
	r := wire.NewReader(b)
	if r.U8() != stateVersion {
		return errors.New("unknown version")
	}
	d.pending.Load(&r, protocol.Names{Spaces: []*davy.Space{&user}, Op: func(uint32) string { return "connect" }})
	if r.Short() || r.Len() > 0 {
		d.Reset()
		return errors.New("cut short")
	}
	return nil
}
