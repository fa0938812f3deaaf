package modbus

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// reply reads what a server answers, with what is remembered of the question.
func (d *dissector) reply(c *protocol.Context, m *davy.Message, id uint64, code uint8, pdu []byte) {
	q := d.question(id, code, pdu)
	r := &d.r
	f := &table[code&^exception]
	if q != nil {
		path, defect := m.Path, m.Defect
		q.Fill(m)
		m.Object.Name = nil // of file requests: their bytes, not a name
		m.Path, m.Defect = path, defect
		switch f.kind {
		case readFile, writeFile:
			if q.Extra != 1 {
				m.Object = davy.Object{} // several
			}
		case readWrite:
			m.Object = davy.Object{Space: holding, Index: q.Extra >> 16 & 0xffff, Count: uint32(q.Extra & 0xffff)}
		}
		if uint8(q.Code) != code&^exception {
			m.Code, m.Op, m.Verb, m.Object = uint32(code&^exception), f.op, f.verb, davy.Object{}
			if f.kind == unknown {
				m.Verb = davy.Other
			}
			d.mismatch(m)
			q = nil
		}
	}
	if code&exception != 0 {
		n := r.U8()
		if r.Short() {
			flaw(m, davy.Truncated)
		} else {
			refuse(m, n)
			if r.Len() > 0 {
				flaw(m, davy.LengthMismatch)
			}
		}
		c.Emit()
		return
	}
	m.Cyclic, m.Result.Told = f.cyclic && m.Defect == "", true
	switch f.kind {
	case readBits, readWords:
		count := -1
		if q != nil {
			count = int(m.Object.Count)
		}
		d.answered(m, f.kind == readBits, count)
	case writeBit, writeWord:
		d.echoed(m, q, f.space)
		if f.kind == writeBit {
			m.Value = coil(m, r)
		} else {
			m.Value = davy.Value{Kind: davy.U16BE, Raw: r.Bytes(2)}
		}
	case writeBits, writeWords:
		o := asked(m, r, f.space, f.limit)
		if q != nil && !r.Short() && (o.Index != m.Object.Index || o.Count != m.Object.Count) {
			d.mismatch(m)
		}
		m.Object = o
	case maskWord:
		d.echoed(m, q, f.space)
		m.Value = davy.Value{Kind: davy.U16BE, Raw: r.Bytes(4)}
	case readWrite:
		d.readWritten(c, m, q)
		return
	case readQueue:
		d.queue(m)
	case readFile:
		d.filesRead(c, m, q)
		return
	case writeFile:
		d.files(c, m, id, true)
		return
	case status:
		m.Value = davy.Value{Kind: davy.U8List, Raw: r.Bytes(1)}
	case diagnose:
		n := r.U16()
		if !r.Short() {
			sub(m, diagnostics[:], n)
		}
		m.Value = words(r)
	case counters:
		m.Value = davy.Value{Kind: davy.U16BE, Raw: r.Bytes(4)} // status, event count
	case events, serverID:
		n := int(r.U8())
		if n != r.Len() {
			flaw(m, BadByteCount)
		}
		m.Value = davy.Value{Kind: davy.Bytes, Raw: r.Rest()}
		if f.kind == serverID && !r.Short() {
			tellServer(c, m, m.Value.Raw)
		}
	case encapsulate:
		d.identified(c, m)
		return
	default:
		m.Value = rest(r)
	}
	d.close(m, r)
	c.Emit()
}

// question finds the request that a reply answers: of the same transaction and unit, and
// of those that wait the one it fits. Where none has its transaction, the only one that
// waits will do if it fits: some servers and gateways do not give the number back. Not so
// where the reply may answer what was not seen, as in the middle of a conversation.
func (d *dissector) question(id uint64, code uint8, pdu []byte) *protocol.Request {
	if q := d.pending.AnswerThat(id, func(q *protocol.Request) bool { return fits(q, code, pdu) }); q != nil {
		return q
	}
	if q := d.pending.Only(); d.doubts == 0 && q != nil && fits(q, code, pdu) {
		return d.pending.Answer(q.ID)
	}
	return nil
}

// fits says whether a reply can be the answer to a request, by its function and its form.
func fits(q *protocol.Request, code uint8, pdu []byte) bool {
	f := &table[code&^exception]
	if uint8(q.Code) != code&^exception {
		return false
	}
	if code&exception != 0 {
		return true
	}
	if len(pdu) == 0 {
		return false
	}
	switch f.kind {
	case readBits:
		return uint32(pdu[0]) == (q.Object.Count+7)/8
	case readWords, readWrite:
		return uint32(pdu[0]) == 2*q.Object.Count
	case writeBit, writeWord, writeBits, writeWords, maskWord:
		return len(pdu) > 1 && uint64(pdu[0])<<8|uint64(pdu[1]) == q.Object.Index
	case diagnose:
		return len(pdu) > 1 && uint32(pdu[0])<<8|uint32(pdu[1]) == q.Code>>8
	case encapsulate:
		return uint32(pdu[0]) == q.Code>>8
	}
	return true
}

// answered reads a byte count and what was asked for, count bits or registers; -1 when the
// question is not known.
func (d *dissector) answered(m *davy.Message, bits bool, count int) {
	if count >= 0 && d.r.Len() > 0 {
		if n := int(d.r.Peek()); bits && n != (count+7)/8 || !bits && n != 2*count {
			// Not what was asked for, and no more can be said of which object it is.
			if n == d.r.Len()-1 {
				d.mismatch(m)
			}
			m.Object, count = davy.Object{}, -1
		}
	}
	m.Value = values(m, &d.r, bits, count)
}

// echoed reads the address that a write's reply repeats.
func (d *dissector) echoed(m *davy.Message, q *protocol.Request, s *davy.Space) {
	o := davy.Object{Space: s, Index: uint64(d.r.U16()), Count: 1}
	if q != nil && !d.r.Short() && o.Index != m.Object.Index {
		d.mismatch(m)
	}
	m.Object = o
}

// readWritten reads the reply of function 23: the write was done, and these are the
// registers read.
func (d *dissector) readWritten(c *protocol.Context, m *davy.Message, q *protocol.Request) {
	write, count := davy.Object{}, -1
	if q != nil {
		write, m.Object = m.Object, q.Object
		count = int(m.Object.Count)
	}
	d.answered(m, false, count)
	d.close(m, &d.r)
	read, v := m.Object, m.Value // the object is none when the reply does not fit it
	m.Verb, m.Object, m.Value, m.Part, m.Parts = davy.Write, write, davy.Value{}, 0, 2
	c.Emit()
	m.Verb, m.Object, m.Value, m.Part, m.Cyclic = davy.Read, read, v, 1, m.Defect == ""
	c.Emit()
}

// queue reads a FIFO's registers (spec 6.18): byte count in two bytes, count, registers.
func (d *dissector) queue(m *davy.Message) {
	n := int(d.r.U16())
	count := int(d.r.U16())
	if d.r.Short() {
		return
	}
	if count > 31 {
		flaw(m, BadQuantity)
	}
	if n != d.r.Len()+2 || n != 2*count+2 {
		flaw(m, BadByteCount)
	}
	m.Value = davy.Value{Kind: davy.U16BE, Raw: d.r.Rest()}
}
