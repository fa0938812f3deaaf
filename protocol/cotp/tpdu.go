package cotp

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// tpdu reads one TPDU: a length indicator that does not count itself, the header it counts,
// and user data (X.224 13.2).
func (d *conversation) tpdu(c *protocol.Context, p *part, b []byte) {
	li := int(b[0])
	fromServer := c.Dir == protocol.FromServer
	if li < 2 || li+1 > len(b) {
		d.row(c, "TPDU", fromServer).Defect = BadLength
		c.Emit()
		return
	}
	head, user := b[1:li+1], b[li+1:]
	r := wire.NewReader(head)
	code := r.U8()
	var m *davy.Message
	switch code & 0xf0 {
	case dt:
		d.data(c, p, head, user)
		return
	case cr:
		m = d.row(c, "connect request", false)
		m.Verb = davy.Connect
		d.connect(m, &r)
		d.asked = c.Time
	case cc:
		m = d.row(c, "connect confirm", true)
		m.Verb = davy.Connect
		m.Result.Told = true
		d.connect(m, &r)
		if d.asked != 0 {
			m.Took, d.asked = protocol.Took(c.Time, d.asked), 0
		}
	case dr: // 13.5: DST-REF, SRC-REF, reason
		m = d.row(c, "disconnect request", fromServer)
		m.Verb = davy.Connect
		r.Skip(4)
		reason := uint32(r.U8())
		m.Result = davy.Result{Told: true, Failed: reason != normalDisconnect, Code: reason, Name: reasonName(reason)}
	case dc:
		m = d.row(c, "disconnect confirm", fromServer)
		m.Verb = davy.Connect
		r.Skip(4)
	case er: // 13.12: DST-REF, cause
		m = d.row(c, "TPDU error", fromServer)
		r.Skip(2)
		cause := uint32(r.U8())
		m.Result = davy.Result{Told: true, Failed: true, Code: cause, Name: causeName(cause)}
	case ed:
		m = d.row(c, "expedited data", fromServer)
	case ak, ea:
		m = d.row(c, "acknowledgement", fromServer)
		m.Quiet = true
	case rj:
		m = d.row(c, "reject", fromServer)
	default:
		m = d.row(c, "", fromServer)
		m.Code, m.Defect = uint32(code), davy.UnknownCode
	}
	if r.Short() {
		m.Defect, m.Result, m.Object, m.Value = davy.Truncated, davy.Result{}, davy.Object{}, davy.Value{}
	}
	c.Emit()
}

// Parameters of connection TPDUs (X.224 13.3.4).
const (
	tpduSize      = 0xc0 // power of two
	callingTSAP   = 0xc1
	calledTSAP    = 0xc2
	preferredSize = 0xf0 // multiple of 128 bytes
)

// connect reads a connection request or confirm: DST-REF, SRC-REF, class, and parameters.
// The message's object is the pair of TSAPs, its value the TPDU size in bytes.
func (d *conversation) connect(m *davy.Message, r *wire.Reader) {
	r.Skip(5)
	var calling, called []byte
	size := int64(0)
	for r.Len() >= 2 {
		if r.Peek() < 0x80 {
			break // not a parameter: the cookie of an RDP client stands here
		}
		code := r.U8()
		value := r.Bytes(int(r.U8()))
		switch {
		case code == callingTSAP:
			calling = value[:min(len(value), maxSelector)]
		case code == calledTSAP:
			called = value[:min(len(value), maxSelector)]
		case code == tpduSize && len(value) == 1 && value[0] >= 7 && value[0] <= 16 && size == 0:
			size = 1 << value[0]
		case code == preferredSize && len(value) >= 1 && len(value) <= 4:
			size = 0
			for _, b := range value {
				size = size<<8 | int64(b)
			}
			size *= 128
		}
	}
	if r.Short() {
		return
	}
	if len(called) > 0 {
		d.called = append(d.called[:0], called...)
	}
	if len(called)+len(calling) > 0 {
		d.name = append(append(d.name[:0], called...), calling...)
		m.Object = davy.Object{Space: &selectors, Index: uint64(len(called)), Name: d.name}
	}
	if size > 0 {
		m.Value = davy.NumberValue(size)
	}
}

// data reads a data TPDU (X.224 13.7): its user data is a TSDU or a part of one. A TSDU of
// which the end has come is handed on.
func (d *conversation) data(c *protocol.Context, p *part, head, user []byte) {
	end := head[1] // class 0 and 1: TPDU number and end mark
	if len(head) >= 4 {
		end = head[3] // classes 2 to 4 have a destination reference before it
	}
	last := end&0x80 != 0
	if p.skipping {
		p.skipping = !last
		return
	}
	tsdu := user
	if len(p.bytes) > 0 || !last {
		if len(p.bytes)+len(user) > protocol.MaxMessage {
			p.bytes, p.skipping = p.bytes[:0], !last
			d.row(c, "data", c.Dir == protocol.FromServer).Defect = davy.Oversized
			c.Emit()
			return
		}
		p.bytes = append(p.bytes, user...)
		tsdu = p.bytes
	}
	if !last {
		return
	}
	if len(tsdu) > 0 {
		d.hand(c, p, tsdu)
	}
	p.bytes = p.bytes[:0]
}

// hand gives a TSDU to the protocol that knows it; nobody's is a message of COTP's own.
func (d *conversation) hand(c *protocol.Context, p *part, tsdu []byte) {
	c.Called, c.Resync = d.called, p.lost
	taken := c.Carry(Layer, tsdu)
	c.Called, c.Resync, c.Path, p.lost = nil, false, davy.Path{}, false
	if !taken {
		d.row(c, "data", c.Dir == protocol.FromServer)
		c.Emit()
	}
}
