package modbus

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// subLen is the length of a sub-request's head: reference type, file, record, length.
const subLen = 7

// maxRecord is the highest record number (spec 6.14).
const maxRecord = 9999

func fileText(dst []byte, o *davy.Object) []byte {
	dst = strconv.AppendUint(append(dst, "file "...), uint64(o.Area), 10)
	dst = strconv.AppendUint(append(dst, " record "...), o.Index, 10)
	if o.Count > 1 {
		dst = strconv.AppendUint(append(dst, ".."...), o.Index+uint64(o.Count)-1, 10)
	}
	return dst
}

// record reads the head of a sub-request (spec 6.14 and 6.15).
func record(m *davy.Message, r *wire.Reader) davy.Object {
	kind := r.U8()
	o := davy.Object{Space: file, Area: uint32(r.U16()), Index: uint64(r.U16()), Count: uint32(r.U16())}
	switch {
	case r.Short():
	case kind != 6:
		flaw(m, davy.ReservedValue)
	case o.Index > maxRecord || o.Count == 0:
		flaw(m, BadQuantity)
	}
	return o
}

// files reads the sub-requests of functions 20 and 21, and the reply of 21, which repeats
// them. Each is an item.
func (d *dissector) files(c *protocol.Context, m *davy.Message, id uint64, write bool) {
	r := &d.r
	n := int(r.U8())
	if n != r.Len() {
		flaw(m, BadByteCount)
	}
	if n < subLen || n > 245 && !write || n > 251 {
		flaw(m, BadQuantity)
	}
	parts := uint16(0)
	count := *r
	for ; count.Len() >= subLen; parts++ {
		if o := record(m, &count); write {
			count.Skip(2 * int(o.Count))
		}
		if count.Short() {
			flaw(m, davy.Truncated)
			break
		}
	}
	if !count.Short() && count.Len() > 0 {
		flaw(m, davy.LengthMismatch)
	}
	if !m.Reply {
		first := *r
		if parts > 0 {
			var quiet davy.Message
			m.Object = record(&quiet, &first)
		}
		if !write {
			first = *r
			m.Object.Name = first.Rest() // to read the reply by
		}
		d.pending.AskAgain(id, m).Extra = uint64(parts)
	}
	m.Object = davy.Object{}
	if parts == 0 {
		r.Rest()
		d.close(m, r)
		c.Emit()
		return
	}
	m.Parts = parts
	for m.Part = 0; m.Part < parts; m.Part++ {
		m.Object = record(m, r)
		m.Value = davy.Value{}
		if write {
			m.Value = davy.Value{Kind: davy.U16BE, Raw: r.Bytes(2 * int(m.Object.Count))}
		}
		c.Emit()
	}
}

// filesRead reads the reply of function 20: sub-responses of a length, the reference type
// and registers, in the order of the sub-requests.
func (d *dissector) filesRead(c *protocol.Context, m *davy.Message, q *protocol.Request) {
	r := &d.r
	m.Object = davy.Object{}
	n := int(r.U8())
	if n != r.Len() {
		flaw(m, BadByteCount)
	}
	var asked wire.Reader
	if q != nil {
		asked = wire.NewReader(q.Object.Name)
	}
	parts := uint16(0)
	for count := *r; count.Len() > 0; parts++ {
		l := int(count.U8())
		if l == 0 {
			flaw(m, davy.ReservedValue)
			break
		}
		if kind := count.U8(); kind != 6 && !count.Short() {
			flaw(m, davy.ReservedValue)
		}
		if count.Skip(l - 1); count.Short() {
			flaw(m, davy.Truncated)
			break
		}
	}
	if parts == 0 {
		r.Rest()
		d.close(m, r)
		c.Emit()
		return
	}
	m.Parts = parts
	var quiet davy.Message // flaws of what was asked were told with the request
	for m.Part = 0; m.Part < parts; m.Part++ {
		l := int(r.U8())
		r.Skip(1)
		m.Value = davy.Value{Kind: davy.U16BE, Raw: r.Bytes(max(0, l-1))}
		m.Object = davy.Object{}
		if asked.Len() >= subLen {
			m.Object = record(&quiet, &asked)
			if l-1 != 2*int(m.Object.Count) {
				d.mismatch(m)
			}
		}
		c.Emit()
	}
}
