package tls

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Handshake types (RFC 8446, 4; older ones RFC 5246, 7.4).
const (
	helloRequest       = 0
	clientHello        = 1
	serverHello        = 2
	helloVerify        = 3
	certificate        = 11
	serverKeyExchange  = 12
	certificateRequest = 13
	serverDone         = 14
	clientKeyExchange  = 16
)

// maxHandshake bounds a handshake message that comes in several records; certificate chains
// beyond it are not read.
const maxHandshake = 64 << 10

// host is the space of names a client wants to reach.
var host = davy.Space{Name: "tls server name", Text: func(dst []byte, o *davy.Object) []byte {
	return davy.AppendClean(dst, o.Name)
}}

// subject is the space of certificates by their subject.
var subject = davy.Space{Name: "certificate"}

// handshake reads the handshake messages of one record; one may go on in the next.
func (d *dissector) handshake(c *protocol.Context, s *side, b []byte) {
	if len(s.handshake) > 0 {
		if len(s.handshake)+len(b) > maxHandshake {
			s.handshake = s.handshake[:0]
			return
		}
		s.handshake = append(s.handshake, b...)
		b = s.handshake
	}
	used := 0
	for {
		r := wire.NewReader(b[used:])
		kind, n := r.U8(), int(r.U24())
		body := r.Bytes(n)
		if r.Short() {
			break
		}
		d.message(c, kind, body)
		used += 4 + n
	}
	rest := b[used:]
	if len(rest) > 3 && int(rest[1])<<16|int(rest[2])<<8|int(rest[3]) > maxHandshake {
		rest = nil // longer than is read, or encrypted without a change of cipher seen
	}
	s.handshake = append(s.handshake[:0], rest...)
}

func (d *dissector) message(c *protocol.Context, kind uint8, b []byte) {
	server := c.Dir == protocol.FromServer
	switch kind {
	case clientHello:
		m := c.Begin("tls", false)
		m.Verb, m.Op = davy.Connect, "client hello"
		d.clientHello(c, m, b)
		c.Emit()
	case serverHello:
		m := c.Begin("tls", true)
		m.Verb, m.Op = davy.Connect, "server hello"
		d.serverHello(m, b)
		c.Emit()
	case certificate:
		m := c.Begin("tls", server)
		m.Verb, m.Op = davy.Authenticate, "certificate"
		d.certificate(c, m, b)
		c.Emit()
	}
}

// Extensions (RFC 6066, 3; RFC 8446, 4.2.1).
const (
	extServerName = 0
	extVersions   = 43
)

func (d *dissector) clientHello(c *protocol.Context, m *davy.Message, b []byte) {
	r := wire.NewReader(b)
	version := r.U16()
	r.Skip(32)
	r.Skip(int(r.U8()))  // session id
	r.Skip(int(r.U16())) // cipher suites
	r.Skip(int(r.U8()))  // compression methods
	if r.Short() {
		m.Defect = davy.LengthMismatch
		return
	}
	if r.Len() >= 2 {
		extensions := wire.NewReader(r.Bytes(int(r.U16())))
		for extensions.Len() >= 4 {
			kind := extensions.U16()
			body := wire.NewReader(extensions.Bytes(int(extensions.U16())))
			switch kind {
			case extServerName:
				list := wire.NewReader(body.Bytes(int(body.U16())))
				kind := list.U8()
				if name := list.Bytes(int(list.U16())); kind == 0 && !list.Short() {
					m.Object = davy.Object{Space: &host, Name: name}
				}
			case extVersions:
				for n := int(body.U8()) / 2; n > 0 && !body.Short(); n-- {
					// Values such as 0x?a?a keep servers used to the unknown (RFC 8701).
					if v := body.U16(); v>>8 == 3 && v > version {
						version = v
					}
				}
			}
		}
		if r.Short() || extensions.Short() {
			m.Defect = davy.LengthMismatch
		}
	}
	d.text = append(d.text[:0], versionName(version)...)
	m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
	if len(m.Object.Name) > 0 && m.Defect == "" {
		c.TellOf(c.Receiver.Addr, davy.Path{}, davy.AttrName, m.Object.Name, "tls server name", 40)
	}
}

func (d *dissector) serverHello(m *davy.Message, b []byte) {
	r := wire.NewReader(b)
	version := r.U16()
	if version>>8 == 0x7f { // a draft of TLS 1.3, of a form that is gone
		d.text = append(d.text[:0], "TLS 1.3 draft"...)
		m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
		m.Result = davy.Result{Told: true}
		return
	}
	r.Skip(32)
	r.Skip(int(r.U8()))
	cipher := r.U16()
	r.Skip(1)
	if r.Short() {
		m.Defect = davy.LengthMismatch
		return
	}
	if r.Len() >= 2 {
		extensions := wire.NewReader(r.Bytes(int(r.U16())))
		for extensions.Len() >= 4 {
			kind := extensions.U16()
			body := wire.NewReader(extensions.Bytes(int(extensions.U16())))
			if kind == extVersions {
				if v := body.U16(); !body.Short() {
					version = v
				}
			}
		}
	}
	d.text = append(append(d.text[:0], versionName(version)...), " cipher 0x"...)
	for shift := 12; shift >= 0; shift -= 4 {
		d.text = append(d.text, "0123456789abcdef"[cipher>>shift&15])
	}
	m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
	m.Result = davy.Result{Told: true}
}

func versionName(v uint16) string {
	switch v {
	case 0x0002, 0x0200:
		return "SSL 2.0"
	case 0x0300:
		return "SSL 3.0"
	case 0x0301:
		return "TLS 1.0"
	case 0x0302:
		return "TLS 1.1"
	case 0x0303:
		return "TLS 1.2"
	case 0x0304:
		return "TLS 1.3"
	}
	return "unknown version"
}

// certificate reads the first certificate of a chain, the sender's own.
func (d *dissector) certificate(c *protocol.Context, m *davy.Message, b []byte) {
	r := wire.NewReader(b)
	list := wire.NewReader(r.Bytes(int(r.U24())))
	der := list.Bytes(int(list.U24()))
	if r.Short() || len(b) > 3 && list.Short() {
		m.Defect = davy.LengthMismatch
		return
	}
	if len(der) == 0 {
		m.Result = davy.Result{Told: true, Name: "no certificate"}
		return
	}
	name, ok := subjectOf(der)
	var commonName, organization []byte
	for ok && name.Len() > 0 {
		var oid, value []byte
		if oid, value, ok = attribute(&name); !ok {
			break
		}
		switch string(oid) {
		case oidCommonName: // of several the last is the most specific
			commonName = value
			c.Tell(davy.AttrName, value, "tls certificate", 50)
		case oidOrganization:
			organization = value
		}
	}
	if !ok {
		m.Defect = badCertificate
		return
	}
	d.name = append(d.name[:0], commonName...)
	switch {
	case len(organization) > 0 && len(d.name) > 0:
		d.name = append(append(append(d.name, " ("...), organization...), ')')
	case len(organization) > 0:
		d.name = append(d.name, organization...)
	}
	m.Object = davy.Object{Space: &subject, Name: d.name}
	if len(commonName) == 0 {
		c.Tell(davy.AttrName, organization, "tls certificate", 30)
	}
}

const oldServerHello = 4

// oldHello names a greeting in the form of SSL 2.0. A server that wants a later version
// goes on with records; one that greets in the old form goes on in it, which is not read.
func (d *dissector) oldHello(c *protocol.Context, b []byte, server bool) (read, need int) {
	n := 2 + (int(b[0]&0x7f)<<8 | int(b[1]))
	if len(b) < n {
		return 0, n
	}
	m := c.Begin("tls", server)
	m.Verb, m.Op = davy.Connect, "client hello"
	version := uint16(b[3])<<8 | uint16(b[4])
	if server {
		m.Op, version = "server hello", uint16(b[5])<<8|uint16(b[6])
		m.Result = davy.Result{Told: true}
	}
	d.text = append(d.text[:0], versionName(version)...)
	m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
	c.Emit()
	if server {
		c.Opaque(true)
	}
	return n, 0
}
