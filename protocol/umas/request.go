package umas

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// What stands in a Request's Extra above the key.
const (
	signedFlag = 1 << 8 // it was signed
	cyclicFlag = 1 << 9 // it was plain reading of values
)

// request reads what the client asks. Numbers are least significant byte first.
func (d *dissector) request(c *protocol.Context, id uint64, key, code uint8, data []byte) {
	extra := uint64(key)
	m := c.Begin("umas", false)
	if code == signedRequest && len(data) > signedLen {
		// The message proper stands behind the signature, with a key and function of its own.
		code, data = data[signedLen], data[signedLen+1:]
		extra |= signedFlag
	}
	d.r = wire.NewReader(data)
	r := &d.r
	f := &table[code]
	m.Code, m.Op, m.Verb, m.Cyclic, m.Quiet = uint32(code), f.op, verbOf(code), f.cyclic, f.quiet
	switch code {
	case 0x20, 0x21:
		d.block(c, m, r, code == 0x21)
	case 0x22, 0x23:
		d.variables(c, m, id, extra)
		return
	case 0x24, 0x74, 0x75:
		d.items(c, m, id, extra)
		return
	case 0x26:
		m.Object = davy.Object{Space: dictionary, Area: uint32(r.U16LE())}
		r.Skip(5) // index, hardware
		m.Object.Index = uint64(r.U16LE())
	case 0x28, 0x29:
		m.Object = davy.Object{Space: physical, Index: uint64(r.U32LE()), Count: uint32(r.U16LE())}
		if code == 0x29 {
			// The program itself is not told.
			d.within(c, m, r)
		}
	case 0x31, 0x34:
		r.Skip(2)
		m.Object = davy.Object{Space: strategy, Index: uint64(r.U16LE())}
		if code == 0x31 && r.Len() >= 2 {
			m.Value = davy.NumberValue(int64(r.U16LE())) // bytes of it
		}
	case 0x10:
		tellOwner(c, data)
	case 0x50:
		d.monitor(c, m, id, extra, data)
		return
	default:
		m.Value = rest(r.Rest())
	}
	if r.Short() {
		// Another form than the one that is known; since none is published, no flaw.
		m.Object, m.Value = davy.Object{}, rest(data)
	}
	d.ask(m, id, extra)
	c.Emit()
}

// ask remembers a request.
func (d *dissector) ask(m *davy.Message, id, extra uint64) {
	if m.Cyclic {
		extra |= cyclicFlag
	}
	d.pending.AskAgain(id, m).Extra = extra
}

// within reads as many bytes as the object counts, which is a flaw where there are fewer.
func (d *dissector) within(c *protocol.Context, m *davy.Message, r *wire.Reader) []byte {
	n := int(m.Object.Count)
	if r.Short() || n <= r.Len() {
		return r.Bytes(n)
	}
	if c.Sliced == 0 {
		m.Defect = davy.Truncated
	}
	return nil
}

// block reads the head of functions 0x20 and 0x21: range, block, offset, number of bytes.
func (d *dissector) block(c *protocol.Context, m *davy.Message, r *wire.Reader, write bool) {
	r.Skip(1)
	m.Object = davy.Object{Space: memory, Area: uint32(r.U16LE()), Index: uint64(r.U32LE()), Count: uint32(r.U16LE())}
	if write {
		m.Value = rest(d.within(c, m, r))
	}
}

// sizes are the bytes of a variable by its size index.
var sizes = [5]int{1: 1, 2: 2, 3: 4, 4: 8}

// variable reads one reference of function 0x22 (a write: 0x23) and its number of bytes; 0
// bytes when the size is not known.
func variable(r *wire.Reader, write bool) (o davy.Object, bytes int) {
	head := r.U8()
	o = davy.Object{Space: memory, Area: uint32(r.U16LE())}
	if write {
		base := uint64(r.U16LE())
		o.Index = uint64(r.U16LE())<<16 | base
	} else {
		r.Skip(1)
		base := uint64(r.U16LE())
		o.Index = base<<8 | uint64(r.U8())
	}
	if int(head&15) < len(sizes) {
		bytes = sizes[head&15]
	}
	if head>>4 != 0 {
		bytes *= int(r.U16LE())
	}
	o.Count = uint32(bytes)
	return o, bytes
}

// variables reads functions 0x22 and 0x23: the program's checksum, a count, and as many
// references, each an item; of a write, each with its value.
func (d *dissector) variables(c *protocol.Context, m *davy.Message, id, extra uint64) {
	r := &d.r
	write := m.Code == 0x23
	r.Skip(4)
	n := int(r.U8())
	known := !r.Short()
	check := *r
	for range n {
		_, bytes := variable(&check, write)
		known = known && bytes > 0
		if write {
			check.Skip(bytes)
		}
	}
	if !known || check.Short() || check.Len() > 0 || n == 0 {
		m.Value = rest(r.Rest())
		d.ask(m, id, extra)
		c.Emit()
		return
	}
	first := *r
	if !write {
		m.Object = davy.Object{Space: memory, Name: first.Rest()}
	}
	d.ask(m, id, extra)
	m.Parts = uint16(n)
	for ; m.Part < m.Parts; m.Part++ {
		o, bytes := variable(r, write)
		m.Object = o
		if write {
			m.Value = davy.Value{Kind: davy.Bytes, Raw: r.Bytes(bytes)}
		}
		c.Emit()
	}
}

// items reads the lists of functions 0x24, 0x74 and 0x75 as the M221 and its tool use them:
// a count and entries of 6 or 5 bytes, of a write with the values behind each entry. A list
// of another form is told as bytes.
func (d *dissector) items(c *protocol.Context, m *davy.Message, id, extra uint64) {
	r := &d.r
	n := int(r.U8())
	check := *r
	for range n {
		_, bytes := item(&check, m.Code)
		check.Skip(bytes)
	}
	if n == 0 || check.Short() || check.Len() > 0 {
		m.Value = rest(r.Rest())
		d.ask(m, id, extra)
		c.Emit()
		return
	}
	if n == 1 {
		first := *r
		m.Object, _ = item(&first, m.Code)
	}
	d.ask(m, id, extra)
	m.Parts = uint16(n)
	for ; m.Part < m.Parts; m.Part++ {
		o, bytes := item(r, m.Code)
		m.Object = o
		if bytes > 0 {
			m.Value = davy.Value{Kind: davy.U8List, Raw: r.Bytes(bytes)}
		}
		c.Emit()
	}
}

// item reads one entry and says how many bytes of value follow it.
func item(r *wire.Reader, code uint32) (o davy.Object, bytes int) {
	if code == 0x24 {
		return davy.Object{Space: words, Area: uint32(r.U16()), Index: uint64(r.U16LE()), Count: uint32(r.U16LE())}, 0
	}
	o = davy.Object{Space: deviceData, Area: uint32(r.U8())}
	r.Skip(2)
	o.Index, o.Count = uint64(r.U8()), uint32(r.U8())
	if code == 0x75 {
		bytes = int(o.Count)
	}
	return o, bytes
}

// tellOwner tells the name that a client gives itself when it reserves a controller: four
// bytes, a length, and its computer's name.
func tellOwner(c *protocol.Context, data []byte) {
	r := wire.NewReader(data)
	r.Skip(4)
	name := r.Bytes(int(r.U8()))
	if !r.Short() && printable(name) {
		c.Tell(davy.AttrName, clean(name), "umas take reservation", 90)
	}
}
