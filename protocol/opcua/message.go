package opcua

import (
	"bytes"
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Spaces of what messages are about: an endpoint's URL, a node, an account, an application.
var (
	endpoint = davy.Space{Name: "opcua endpoint", Text: plain}
	node     = davy.Space{Name: "opcua node", Text: func(dst []byte, o *davy.Object) []byte {
		if dst = davy.AppendClean(dst, o.Name); o.Count > 1 {
			dst = strconv.AppendUint(append(dst, " and "...), uint64(o.Count-1), 10)
			dst = append(dst, " more"...)
		}
		return dst
	}}
	user = davy.Space{Name: "opcua user", Text: func(dst []byte, o *davy.Object) []byte {
		return davy.AppendClean(append(dst, "user "...), o.Name)
	}}
	application = davy.Space{Name: "opcua application", Text: plain}
)

func plain(dst []byte, o *davy.Object) []byte { return davy.AppendClean(dst, o.Name) }

// header is what stands before a service's own fields.
type header struct {
	request uint32 // request id
	typeID  uint32 // the service, 0 where it cannot be read
	policy  []byte // OPN: the security policy
	body    wire.Reader
}

// openChunk reads a chunk's security and sequence headers and the service's type (OPC
// 10000-6, 6.7.2). ok is false where a field is cut off.
func openChunk(b []byte, asymmetric bool) (h header, ok bool) {
	r := wire.NewReader(b)
	r.Skip(headLength + 4) // and the channel's id
	if asymmetric {
		h.policy = text(&r)
		text(&r) // the sender's certificate
		text(&r) // the receiver's thumbprint
	} else {
		r.Skip(4) // the token's id
	}
	if r.Short() {
		return h, false
	}
	r.Skip(4) // sequence number
	h.request = r.U32LE()
	if r.Short() {
		return h, false
	}
	if id := readNodeID(&r); id.ok && id.space == 0 && id.kind <= idNumeric && !r.Short() {
		h.typeID = id.number
	}
	h.body = r
	return h, true
}

func (d *dissector) chunk(c *protocol.Context, s *side, kind int, b []byte, cut, server bool) {
	switch messageTypes[kind].mark {
	case "OPN", "MSG", "CLO":
		d.secured(c, s, messageTypes[kind].mark, b, cut, server)
		return
	}
	m := c.Begin("opcua", server)
	m.Verb = davy.Connect
	r := wire.NewReader(b[headLength:])
	switch messageTypes[kind].mark {
	case "HEL":
		m.Op = "hello"
		r.Skip(5 * 4)
		m.Object = davy.Object{Space: &endpoint, Name: text(&r)}
	case "ACK":
		m.Op, m.Result = "acknowledge", davy.Result{Told: true}
		r.Skip(5 * 4)
	case "RHE":
		m.Op = "reverse hello"
		uri := text(&r)
		m.Object = davy.Object{Space: &endpoint, Name: text(&r)}
		c.Tell(davy.AttrSoftware, uri, "opcua reverse hello", 60)
	case "ERR":
		m.Op = "error"
		code := r.U32LE()
		m.Result = davy.Result{Told: true, Failed: true, Code: code, Name: statusName(code), Detail: text(&r)}
	}
	if r.Short() && !cut {
		m.Defect = davy.LengthMismatch
	}
	c.Emit()
}

// secured reads OPN, MSG and CLO. Of a message in several chunks the first tells.
func (d *dissector) secured(c *protocol.Context, s *side, mark string, b []byte, cut, server bool) {
	h, ok := openChunk(b, mark == "OPN")
	goes := s.chained && s.request == h.request
	s.chained, s.request = b[3] == 'C', h.request
	if goes {
		return
	}
	m := c.Begin("opcua", server)
	m.Verb, m.Op = davy.Other, "message"
	if !ok {
		if !cut {
			m.Defect = davy.LengthMismatch
		}
		c.Emit()
		return
	}
	if b[3] == 'A' {
		m.Op, m.Result = "abort", davy.Result{Told: true, Failed: true, Name: "aborted"}
		c.Emit()
		return
	}
	found := serviceOf(h.typeID)
	if mark == "OPN" {
		_, policy, _ := bytes.Cut(h.policy, hash)
		if len(policy) > 0 {
			m.Value = davy.Value{Kind: davy.Text, Raw: policy}
		}
		d.secure = len(policy) > 0 && string(policy) != "None"
		if d.secure {
			// The request is encrypted; its mark alone says what it is.
			m.Verb, m.Op = davy.Connect, "open secure channel"
			c.Emit()
			return
		}
	}
	if found == nil {
		if d.secure {
			m.Op, m.Quiet = "encrypted", true
			c.Emit()
			c.Opaque(true)
			return
		}
		m.Code = h.typeID
		if m.Op = ""; h.typeID == 0 {
			m.Op = "message"
		}
		c.Emit()
		return
	}
	if m.Reply = found.reply(h.typeID); m.Reply != server {
		// By content, where the conversation's sides were guessed wrong.
		m.Client, m.Server = m.Server, m.Client
	}
	m.Op, m.Verb, m.Code, m.Cyclic, m.Quiet = found.op, found.verb, found.request, found.cyclic, found.quiet
	if m.Reply {
		d.response(c, m, &h)
	} else {
		d.request(c, m, &h)
	}
	if h.body.Short() && !cut && b[3] == 'F' && !d.secure {
		m.Defect, m.Cyclic = davy.LengthMismatch, false
	}
	c.Emit()
}

var hash = []byte("#")

func (d *dissector) request(c *protocol.Context, m *davy.Message, h *header) {
	r := &h.body
	skipRequest(r)
	switch m.Code {
	case createSession:
		d.application(c, m, r, "opcua create session", 70)
	case activateSession:
		d.activate(m, r)
	case registerServer, registerServer2:
		uri, product := text(r), text(r)
		if !r.Short() {
			c.Tell(davy.AttrSoftware, uri, "opcua register server", 60)
			c.Tell(davy.AttrSoftware, product, "opcua register server", 70)
		}
		m.Object = davy.Object{Space: &application, Name: uri}
	case getEndpoints, findServers:
		if url := text(r); !r.Short() {
			m.Object = davy.Object{Space: &endpoint, Name: url}
		}
	case readNodes:
		r.Skip(8 + 4) // maximum age, time stamps
		d.nodes(m, r)
	case writeNodes, callMethods:
		d.nodes(m, r)
	case browseNodes:
		readNodeID(r) // the view
		r.Skip(8 + 4 + 4)
		d.nodes(m, r)
	}
	d.pending.AskAgain(uint64(h.request), m)
}

// nodes makes the first of a list of nodes the object, and says how many there are.
func (d *dissector) nodes(m *davy.Message, r *wire.Reader) {
	n := count(r, 2)
	if n == 0 || r.Short() {
		return
	}
	id := readNodeID(r)
	if m.Code == callMethods {
		id = readNodeID(r) // the method; the object it belongs to came first
	}
	if r.Short() || !id.ok {
		return
	}
	d.text = id.append(d.text[:0])
	m.Object = davy.Object{Space: &node, Name: d.text, Count: uint32(n)}
}

// application reads an ApplicationDescription (OPC 10000-4, 7.2) and tells it of the sender.
func (d *dissector) application(c *protocol.Context, m *davy.Message, r *wire.Reader, source string, confidence uint8) {
	uri, product, name := text(r), text(r), localized(r)
	r.Skip(4) // the kind of application
	text(r)
	text(r)
	for n := count(r, 4); n > 0 && !r.Short(); n-- {
		text(r)
	}
	if r.Short() {
		return
	}
	if m.Object.Space == nil {
		m.Object = davy.Object{Space: &application, Name: uri}
	}
	c.Tell(davy.AttrName, name, source, confidence-10)
	c.Tell(davy.AttrSoftware, product, source, confidence)
	c.Tell(davy.AttrSoftware, uri, source, confidence-10)
}

// Types of identity tokens.
const (
	tokenAnonymous   = 321
	tokenUser        = 324
	tokenCertificate = 327
)

// activate reads who logs in (OPC 10000-4, 5.6.3). The password is not looked at.
func (d *dissector) activate(m *davy.Message, r *wire.Reader) {
	text(r)
	text(r) // the client's signature
	for n := count(r, 8); n > 0 && !r.Short(); n-- {
		text(r)
		text(r)
	}
	for n := count(r, 4); n > 0 && !r.Short(); n-- {
		text(r)
	}
	id, body := skipExtension(r)
	if r.Short() {
		return
	}
	switch id.number {
	case tokenUser:
		t := wire.NewReader(body)
		text(&t) // the policy
		if name := text(&t); !t.Short() {
			m.Object = davy.Object{Space: &user, Name: name}
		}
	case tokenAnonymous:
		m.Object = davy.Object{Space: &user, Name: anonymous}
	case tokenCertificate:
		m.Object = davy.Object{Space: &user, Name: byCertificate}
	}
}

var (
	anonymous     = []byte("anonymous")
	byCertificate = []byte("by certificate")
)

// maxApplications bounds how many descriptions of one answer are told.
const maxApplications = 16

func (d *dissector) response(c *protocol.Context, m *davy.Message, h *header) {
	r := &h.body
	status := readResponse(r)
	code := m.Code
	if q := d.pending.Answer(uint64(h.request)); q != nil && (q.Code == code || code == serviceFault) {
		cyclic := m.Cyclic
		q.Fill(m)
		if m.Cyclic = cyclic; code != serviceFault {
			m.Code = code
		}
	}
	if r.Short() {
		return
	}
	m.Result = davy.Result{Told: true, Failed: status>>31 == 1, Code: status, Name: statusName(status)}
	switch code {
	case getEndpoints:
		d.endpoints(c, m, r, "opcua endpoints", 70)
	case findServers:
		for n := min(count(r, 4), maxApplications); n > 0 && !r.Short(); n-- {
			d.application(c, m, r, "opcua find servers", 60)
		}
	case writeNodes:
		for n := count(r, 4); n > 0 && !m.Result.Failed; n-- {
			result(m, r)
		}
	case callMethods:
		if count(r, 4) > 0 {
			result(m, r)
		}
	case createSession:
		readNodeID(r)
		readNodeID(r)
		r.Skip(8)
		text(r)
		text(r)
		d.endpoints(c, m, r, "opcua create session", 70)
	}
}

// result reads the result for one node; a bad one becomes the message's.
func result(m *davy.Message, r *wire.Reader) {
	if code := r.U32LE(); code>>31 == 1 && !r.Short() {
		m.Result = davy.Result{Told: true, Failed: true, Code: code, Name: statusName(code)}
	}
}

// endpoints reads EndpointDescriptions (OPC 10000-4, 7.14).
func (d *dissector) endpoints(c *protocol.Context, m *davy.Message, r *wire.Reader, source string, confidence uint8) {
	for n := min(count(r, 4), maxApplications); n > 0 && !r.Short(); n-- {
		text(r) // its URL
		d.application(c, m, r, source, confidence)
		text(r) // the server's certificate
		r.Skip(4)
		text(r)
		for tokens := count(r, 4); tokens > 0 && !r.Short(); tokens-- {
			text(r)
			r.Skip(4)
			text(r)
			text(r)
			text(r)
		}
		text(r)
		r.Skip(1)
	}
}
