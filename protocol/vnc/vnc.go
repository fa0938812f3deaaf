// Package vnc knows the Remote Framebuffer protocol by the version both sides say, and
// follows it to the end of its log-in: the kind of security, whether it was granted, and
// the name of the desktop. Screens and keys are not looked at, challenges are not kept.
package vnc

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is RFB, as VNC speaks it.
var Protocol = protocol.Protocol{
	Name:   "vnc",
	Spaces: []*davy.Space{&security},
	Over:   []protocol.Layer{protocol.TCP},
	Ports:  []uint16{5900, 5901, 5902, 5903, 5500, 5800},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

const versionLength = 12 // "RFB 003.008\n" (RFC 6143, 7.1.1)

func isVersion(b []byte) bool {
	return len(b) >= versionLength && string(b[:4]) == "RFB " && b[7] == '.' && b[11] == '\n'
}

// probe knows the version, with which both sides begin, the server first.
func probe(p *protocol.Peek) protocol.Guess {
	if isVersion(p.Bytes) {
		return protocol.Guess{Confidence: protocol.Certain}
	}
	return protocol.Guess{}
}

// phase is what one side says next.
type phase uint8

const (
	phaseVersion phase = iota
	phaseSecurity
	phaseChallenge
	phaseResult
	phaseInit
	phaseDone
)

type dissector struct {
	server, client phase
	minor          uint8 // the version in use: 3, 7 or 8
	security       uint8 // the kind chosen
}

// Security types (RFC 6143, 7.1.2; IANA, RFB security types).
const (
	securityInvalid = 0
	securityNone    = 1
	securityVNC     = 2
)

var securities = [...]string{"invalid", "none", "VNC authentication", "RealVNC", "RealVNC", "RA2", "RA2ne", "SSPI", "SSPIne"}

var lateSecurities = [...]string{"Tight", "Ultra", "TLS", "VeNCrypt", "SASL", "MD5", "xvp", "secure tunnel", "integrated SSH"}

func securityName(t uint8) string {
	switch {
	case int(t) < len(securities):
		return securities[t]
	case t >= 16 && int(t)-16 < len(lateSecurities):
		return lateSecurities[t-16]
	case t == 30, t == 35:
		return "Apple"
	}
	return "other"
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	if c.Resync {
		// Where the stream took up again only a version is known for sure.
		*d = dissector{}
	}
	if c.Dir == protocol.FromServer {
		return d.fromServer(c, b)
	}
	return d.fromClient(c, b)
}

func (d *dissector) version(c *protocol.Context, b []byte, server bool) (read, need int) {
	if len(b) < versionLength {
		return 0, versionLength
	}
	m := c.Begin("vnc", server)
	m.Verb, m.Op = davy.Connect, "version"
	if !isVersion(b) {
		m.Defect = davy.ReservedValue
		c.Emit()
		c.Opaque(false)
		return len(b), 0
	}
	m.Value = davy.Value{Kind: davy.Text, Raw: b[4 : versionLength-1]}
	c.Emit()
	minor := b[10] - '0'
	if minor != 7 && minor < 8 || minor > 9 {
		minor = 3 // anything else counts as 3.3 (RFC 6143, 7.1.1)
	}
	if b[6] != '3' {
		minor = 8 // RealVNC's 4.x and 5.x go on as 3.8 does
	}
	if d.minor == 0 || minor < d.minor {
		d.minor = minor
	}
	return versionLength, 0
}

func (d *dissector) fromServer(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	switch d.server {
	case phaseVersion:
		if read, need = d.version(c, b, true); read == versionLength {
			d.server = phaseSecurity
		}
		return read, need
	case phaseSecurity: // the client's version, which decides the form, has been seen unless it was lost
		return d.offer(c, b)
	case phaseChallenge:
		if len(b) < 16 {
			return 0, 16
		}
		d.server = phaseResult
		return 16, 0
	case phaseResult:
		status := r.U32()
		if r.Short() {
			return 0, 4
		}
		var reason []byte
		if status != 0 && d.minor >= 8 {
			n := int(min(r.U32(), 1024))
			if reason = r.Bytes(n); r.Short() {
				return 0, 8 + n
			}
		}
		m := c.Begin("vnc", true)
		m.Verb, m.Op, m.Code = davy.Authenticate, "log-in", uint32(d.security)
		m.Result = davy.Result{Told: true, Failed: status != 0, Code: status, Detail: reason}
		if status != 0 {
			m.Result.Name = "refused"
		}
		c.Emit()
		if d.server = phaseInit; status != 0 {
			c.Opaque(false)
		}
		return 4, 0
	case phaseInit:
		r.Skip(2 + 2 + 16) // size and pixel format
		n := int(min(r.U32(), 4096))
		name := r.Bytes(n)
		if r.Short() {
			return 0, 24 + n
		}
		m := c.Begin("vnc", true)
		m.Verb, m.Op = davy.Connect, "desktop"
		m.Value = davy.Value{Kind: davy.Text, Raw: name}
		c.Tell(davy.AttrName, name, "vnc desktop", 50)
		c.Emit()
		d.server = phaseDone
		c.Opaque(false)
	}
	return len(b), 0
}

// offer reads which kinds of security the server offers: one number up to version 3.3, a
// list from 3.7 on.
func (d *dissector) offer(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	m := c.Begin("vnc", true)
	m.Verb, m.Op = davy.Connect, "security offered"
	if d.minor <= 3 {
		kind := r.U32()
		if r.Short() {
			return 0, 4
		}
		d.security = uint8(min(kind, 255))
		m.Value = davy.Value{Kind: davy.U8List, Raw: b[3:4]}
		d.choose()
		c.Emit()
		if d.security != securityNone && d.security != securityVNC {
			c.Opaque(false)
		}
		return 4, 0
	}
	n := int(r.U8())
	list := r.Bytes(n)
	if r.Short() {
		return 0, 1 + max(n, 1)
	}
	if m.Value = (davy.Value{Kind: davy.U8List, Raw: list}); n == 0 {
		m.Value = davy.Value{}
		m.Result = davy.Result{Told: true, Failed: true, Name: "refused"}
		c.Emit()
		c.Opaque(false)
		return len(b), 0
	}
	c.Emit()
	d.server = phaseChallenge // until the client has chosen
	return 1 + n, 0
}

// choose sets what the server says after the security is known. From 3.8 on even "none"
// has a result (RFC 6143, 7.1.2 and appendix A).
func (d *dissector) choose() {
	switch {
	case d.security == securityVNC:
		d.server = phaseChallenge
	case d.security == securityNone && d.minor >= 8:
		d.server = phaseResult
	default:
		d.server = phaseInit
	}
}

func (d *dissector) fromClient(c *protocol.Context, b []byte) (read, need int) {
	switch d.client {
	case phaseVersion:
		if read, need = d.version(c, b, false); read == versionLength {
			if d.client = phaseSecurity; d.minor <= 3 {
				d.client = phaseDone
			}
		}
		return read, need
	case phaseSecurity:
		d.security = b[0]
		m := c.Begin("vnc", false)
		m.Verb, m.Op, m.Code = davy.Authenticate, "log-in", uint32(d.security)
		m.Object = davy.Object{Space: &security, Index: uint64(d.security)}
		c.Emit()
		d.client = phaseDone
		d.choose()
		if d.security != securityNone && d.security != securityVNC {
			c.Opaque(d.security != securityInvalid) // other kinds encrypt or go their own way
		}
		return 1, 0
	}
	return len(b), 0
}

// security is the space of kinds of security; Index is the kind.
var security = davy.Space{Name: "vnc security", Text: func(dst []byte, o *davy.Object) []byte {
	return append(append(dst, "security "...), securityName(uint8(o.Index))...)
}}

func (d *dissector) Reset() { *d = dissector{} }

const stateVersion = 1

func (d *dissector) AppendState(dst []byte) []byte {
	return append(dst, stateVersion, byte(d.server), byte(d.client), d.minor, d.security)
}

func (d *dissector) LoadState(b []byte) error {
	if len(b) != 5 || b[0] != stateVersion || b[1] > byte(phaseDone) || b[2] > byte(phaseDone) {
		d.Reset()
		return errors.New("unknown version, or cut short")
	}
	*d = dissector{server: phase(b[1]), client: phase(b[2]), minor: b[3], security: b[4]}
	return nil
}
