package modbus

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// on and off are a single coil's value as a list of bits, like those of all other coils.
var on, off = []byte{1}, []byte{0}

// request reads what a client asks, tells it, and remembers it under id.
func (d *dissector) request(c *protocol.Context, m *davy.Message, id uint64, code uint8) {
	r := &d.r
	if code&exception != 0 {
		// No request has the top bit set (spec 4.1).
		m.Op, m.Verb, m.Code = "", davy.Other, uint32(code)
		flaw(m, davy.UnknownCode)
		c.Emit()
		return
	}
	f := &table[code]
	m.Cyclic = f.cyclic && m.Defect == ""
	switch f.kind {
	case readBits, readWords:
		m.Object = asked(m, r, f.space, f.limit)
	case writeBit:
		m.Object = davy.Object{Space: f.space, Index: uint64(r.U16()), Count: 1}
		m.Value = coil(m, r)
	case writeWord:
		m.Object = davy.Object{Space: f.space, Index: uint64(r.U16()), Count: 1}
		m.Value = davy.Value{Kind: davy.U16BE, Raw: r.Bytes(2)}
	case writeBits, writeWords:
		m.Object = asked(m, r, f.space, f.limit)
		m.Value = values(m, r, f.kind == writeBits, int(m.Object.Count))
	case maskWord:
		m.Object = davy.Object{Space: f.space, Index: uint64(r.U16()), Count: 1}
		m.Value = davy.Value{Kind: davy.U16BE, Raw: r.Bytes(4)} // AND mask, OR mask
	case readWrite:
		d.readWrite(c, m, id)
		return
	case readQueue:
		m.Object = davy.Object{Space: f.space, Index: uint64(r.U16())}
	case readFile, writeFile:
		d.files(c, m, id, f.kind == writeFile)
		return
	case diagnose:
		n := r.U16()
		if !r.Short() && !sub(m, diagnostics[:], n) {
			flaw(m, davy.ReservedValue)
		}
		m.Value = words(r)
	case encapsulate:
		d.encapsulated(m, r)
	case status, counters, events, serverID:
	case reserved, carried:
		m.Value = rest(r)
	default:
		m.Value = rest(r)
		flaw(m, davy.UnknownCode)
	}
	d.close(m, r)
	d.pending.AskAgain(id, m)
	c.Emit()
}

// close judges how a PDU ended: what was read past its end is not told, and bytes after it
// are a flaw.
func (d *dissector) close(m *davy.Message, r *wire.Reader) {
	switch {
	case r.Short():
		m.Object, m.Value, m.Result.Told = davy.Object{}, davy.Value{}, false
		flaw(m, davy.Truncated)
	case r.Len() > 0:
		flaw(m, davy.LengthMismatch)
	}
}

// asked reads an address and a quantity.
func asked(m *davy.Message, r *wire.Reader, s *davy.Space, limit uint16) davy.Object {
	o := davy.Object{Space: s, Index: uint64(r.U16()), Count: uint32(r.U16())}
	if !r.Short() && (o.Count == 0 || o.Count > uint32(limit) || o.Index+uint64(o.Count) > 1<<16) {
		flaw(m, BadQuantity)
	}
	return o
}

// coil reads the value of a single coil (spec 6.5).
func coil(m *davy.Message, r *wire.Reader) davy.Value {
	switch b := r.Bytes(2); {
	case b == nil:
	case b[0] == 0xff && b[1] == 0:
		return davy.Value{Kind: davy.Bits, Count: 1, Raw: on}
	case b[0] == 0 && b[1] == 0:
		return davy.Value{Kind: davy.Bits, Count: 1, Raw: off}
	default:
		flaw(m, davy.ReservedValue)
		return davy.Value{Kind: davy.U16BE, Raw: b}
	}
	return davy.Value{}
}

// values reads a byte count and count bits or registers; count < 0 is as many as there are.
func values(m *davy.Message, r *wire.Reader, bits bool, count int) davy.Value {
	n := int(r.U8())
	if r.Short() {
		return davy.Value{}
	}
	if n != r.Len() {
		flaw(m, BadByteCount)
	}
	v := davy.Value{Kind: davy.U16BE}
	want := 2 * count
	if bits {
		v.Kind, want = davy.Bits, (count+7)/8
	}
	switch {
	case count >= 0:
	case bits:
		count, want = 8*n, n
	default:
		want = n &^ 1
	}
	if n != want {
		flaw(m, BadByteCount)
	}
	v.Raw = r.Bytes(min(n, r.Len()))
	if r.Len() > 0 && m.Defect == BadByteCount {
		r.Rest() // told already
	}
	if bits {
		v.Count = uint32(min(count, 8*len(v.Raw)))
	}
	return v
}

// words reads all that is left as registers; an odd byte stays unread.
func words(r *wire.Reader) davy.Value {
	if r.Len() < 2 {
		return davy.Value{}
	}
	return davy.Value{Kind: davy.U16BE, Raw: r.Bytes(r.Len() &^ 1)}
}

// rest reads all that is left as bytes of unknown meaning.
func rest(r *wire.Reader) davy.Value {
	if r.Len() == 0 {
		return davy.Value{}
	}
	return davy.Value{Kind: davy.Bytes, Raw: r.Rest()}
}

// maxWrite is how many registers function 23 may write (spec 6.17).
const maxWrite = 121

// readWrite reads the request of function 23. The server writes before it reads, so the
// write is the first item.
func (d *dissector) readWrite(c *protocol.Context, m *davy.Message, id uint64) {
	r := &d.r
	read := asked(m, r, holding, 125)
	write := asked(m, r, holding, maxWrite)
	v := values(m, r, false, int(write.Count))
	if r.Short() || r.Len() > 0 {
		d.close(m, r)
		c.Emit()
		return
	}
	m.Object = read
	d.pending.AskAgain(id, m).Extra = write.Index<<16 | uint64(write.Count)
	m.Object, m.Value, m.Part, m.Parts = write, v, 0, 2
	c.Emit()
	m.Object, m.Value, m.Verb, m.Part, m.Cyclic = read, davy.Value{}, davy.Read, 1, m.Defect == ""
	c.Emit()
}
