package mqtt

import (
	"unicode/utf8"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

const badString davy.Defect = "bad-string" // a text that is not UTF-8, or a topic with a wildcard

func (d *dissector) packet(c *protocol.Context, kind, flags uint8, b []byte, server bool) {
	m := c.Begin("mqtt", server)
	o := &operations[kind]
	m.Verb, m.Op, m.Code, m.Quiet = o.verb, o.op, uint32(kind), o.quiet
	r := wire.NewReader(b)
	switch kind {
	case connect:
		d.connect(c, m, &r)
	case connAck:
		d.connAck(m, &r)
	case publish:
		d.publish(m, flags, &r)
	case subscribe, unsubscribe:
		d.filters(c, m, kind, &r)
		return
	case pubAck, 5, 6, pubComp, subAck, unsubAck:
		d.acknowledge(m, kind, &r)
	case disconnect:
		if code := r.U8(); !r.Short() && code != 0 {
			m.Result = davy.Result{Told: true, Failed: code >= 0x80, Code: uint32(code), Name: reason(code)}
		}
	}
	c.Emit()
}

// connect reads who logs in. User name and password are not shown; that there is one makes
// the request a log-in.
func (d *dissector) connect(c *protocol.Context, m *davy.Message, r *wire.Reader) {
	r.Skip(int(r.U16()))
	version, flags := r.U8(), r.U8()
	r.Skip(2) // keep alive
	if version == 5 {
		skipProperties(r)
	}
	id := r.Bytes(int(r.U16()))
	if r.Short() {
		m.Defect = davy.LengthMismatch
		return
	}
	const user = 0x80
	if flags&user != 0 {
		m.Verb = davy.Authenticate
	}
	if d.version = version & 0x7f; d.version < 3 || d.version > 5 { // the top bit is a bridge's
		m.Defect = davy.ReservedValue
	}
	m.Object = davy.Object{Space: &clients, Name: id}
	if flags&1 != 0 {
		m.Defect = davy.ReservedValue
	}
	c.Tell(davy.AttrName, id, "mqtt client id", 60)
	d.pending.AskAgain(0, m)
}

// skipProperties passes over MQTT 5's properties: their length, then they.
func skipProperties(r *wire.Reader) {
	n, shift := 0, 0
	for {
		c := r.U8()
		n |= int(c&0x7f) << shift
		if shift += 7; c < 0x80 || shift > 21 {
			break
		}
	}
	r.Skip(n)
}

// connAckCodes names the return codes of versions 3.1 and 3.1.1 (3.1.1: table 3.1).
var connAckCodes = [...]string{"", "unacceptable protocol version", "identifier rejected", "server unavailable",
	"bad user name or password", "not authorized"}

func (d *dissector) connAck(m *davy.Message, r *wire.Reader) {
	r.Skip(1)
	code := r.U8()
	if r.Short() {
		m.Defect = davy.LengthMismatch
		return
	}
	if q := d.pending.Answer(0); q != nil {
		op := m.Op
		q.Fill(m)
		m.Op, m.Code = op, connAck
	}
	m.Result = davy.Result{Told: true, Failed: code != 0, Code: uint32(code), Name: reason(code)}
	if int(code) < len(connAckCodes) {
		m.Result.Name = connAckCodes[code]
	}
}

// reason names the common reason codes of MQTT 5 (5.0, 2.4).
func reason(code uint8) string {
	switch code {
	case 0x04:
		return "disconnect with will"
	case 0x80:
		return "unspecified error"
	case 0x81:
		return "malformed packet"
	case 0x82:
		return "protocol error"
	case 0x84:
		return "unsupported protocol version"
	case 0x85:
		return "client identifier not valid"
	case 0x86:
		return "bad user name or password"
	case 0x87:
		return "not authorized"
	case 0x88:
		return "server unavailable"
	case 0x8b:
		return "server shutting down"
	case 0x8d:
		return "keep alive timeout"
	case 0x8e:
		return "session taken over"
	case 0x8f:
		return "topic filter invalid"
	case 0x90:
		return "topic name invalid"
	case 0x97:
		return "quota exceeded"
	}
	return ""
}

// publish reads a publication: of the client a write, of the server the delivery of what
// was subscribed.
func (d *dissector) publish(m *davy.Message, flags uint8, r *wire.Reader) {
	topic := r.Bytes(int(r.U16()))
	if flags&6 != 0 {
		r.Skip(2) // packet identifier
	}
	if d.version == 5 {
		skipProperties(r)
	}
	payload := r.Rest()
	if r.Short() {
		m.Defect = davy.LengthMismatch
		return
	}
	if m.Reply {
		m.Verb = davy.Subscribe
	}
	m.Object = davy.Object{Space: &topics, Name: topic} // empty with MQTT 5's topic alias
	if !utf8.Valid(topic) || !isTopic(topic) {
		m.Defect = badString
	}
	if len(payload) > 0 {
		if m.Value = (davy.Value{Kind: davy.Bytes, Raw: payload}); utf8.Valid(payload) && printable(payload) {
			m.Value.Kind = davy.Text
		}
	}
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// maxFilters bounds the rows of one packet.
const maxFilters = 256

// filters emits a message for each topic filter of a subscription.
func (d *dissector) filters(c *protocol.Context, m *davy.Message, kind uint8, r *wire.Reader) {
	id := r.U16()
	if d.version == 5 {
		skipProperties(r)
	}
	count := 0
	one := func(r *wire.Reader) []byte {
		f := r.Bytes(int(r.U16()))
		if kind == subscribe {
			r.Skip(1) // options: the wanted quality of service
		}
		return f
	}
	for n := *r; n.Len() > 0 && count < maxFilters; count++ {
		if one(&n); n.Short() {
			break
		}
	}
	if r.Short() || count == 0 {
		m.Defect = davy.LengthMismatch
		c.Emit()
		return
	}
	for i := range count {
		m.Object = davy.Object{Space: &topics, Name: one(r)}
		m.Part, m.Parts = uint16(i), uint16(count)
		if i == 0 {
			d.pending.AskAgain(uint64(id), m)
		}
		if i == count-1 && r.Len() > 0 {
			m.Defect = davy.LengthMismatch
			if count == maxFilters {
				m.Defect = davy.Oversized
			}
		}
		c.Emit()
	}
}

// acknowledge reads what has only an identifier, and for subscriptions their result.
func (d *dissector) acknowledge(m *davy.Message, kind uint8, r *wire.Reader) {
	id := r.U16()
	if r.Short() {
		m.Defect, m.Quiet = davy.LengthMismatch, false
		return
	}
	if d.version == 5 && (kind == subAck || kind == unsubAck) {
		skipProperties(r)
	}
	if kind == subAck || kind == unsubAck {
		if q := d.pending.Answer(uint64(id)); q != nil {
			op := m.Op
			q.Fill(m)
			m.Op, m.Code = op, uint32(kind)
		}
		m.Result = davy.Result{Told: true}
	}
	for r.Len() > 0 {
		code := r.U8()
		if code >= 0x80 {
			m.Result = davy.Result{Told: true, Failed: true, Code: uint32(code), Name: reason(code)}
			m.Quiet = false
			return
		}
		if kind != subAck && kind != unsubAck {
			return
		}
	}
}
