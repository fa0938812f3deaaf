package umas

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// reply reads what the controller answers: yes with data, or no with an error.
func (d *dissector) reply(c *protocol.Context, id uint64, key, answer uint8, data []byte) {
	m := c.Begin("umas", true)
	m.Verb = davy.Other
	m.Result = davy.Result{Told: true}
	q := d.pending.AnswerThat(id, func(q *protocol.Request) bool { return uint8(q.Extra) == key })
	d.r = wire.NewReader(data)
	r := &d.r
	if q != nil {
		path := m.Path
		q.Fill(m)
		m.Path, m.Object.Name = path, nil
		if q.Extra&signedFlag != 0 && answer == replyOK && len(data) > signedLen {
			answer, data = data[signedLen], data[signedLen+1:]
			d.r = wire.NewReader(data)
		}
		m.Cyclic, m.Quiet = q.Extra&cyclicFlag != 0 && answer == replyOK, table[uint8(q.Code)].quiet
	}
	if answer != replyOK {
		m.Result.Failed, m.Result.Name = true, "refused"
		if r.Len() >= 2 {
			// As M340 and M580 answer: a code in the order of the wire.
			m.Result.Code = uint32(r.U16())
		}
		m.Value = rest(r.Rest())
		c.Emit()
		return
	}
	code := uint8(0)
	if q != nil {
		code = uint8(q.Code)
	}
	switch code {
	case 0x01:
		d.welcome(m)
	case 0x02, 0x03, 0x04, 0x06:
		m.Value = rest(data)
		d.tellIdentity(c, m, code, data)
		r.Rest()
	case 0x10:
		r.Rest() // the key; it is nobody's business
	case 0x20, 0x28, 0x34:
		if d.contents(m, code) {
			break
		}
		m.Value = rest(data)
	case 0x22:
		d.values(c, m, q)
		return
	default:
		m.Value = rest(r.Rest())
	}
	c.Emit()
}

// welcome reads the reply of function 1: longest frame, versions, and who has the
// controller reserved.
func (d *dissector) welcome(m *davy.Message) {
	r := &d.r
	r.Skip(12)
	owner := r.Bytes(int(r.U8()))
	if !r.Short() && printable(owner) {
		m.Value = davy.Value{Kind: davy.Text, Raw: clean(owner)}
	}
}

// contents reads what functions 0x20, 0x28 and 0x34 bring: a length and as many bytes. The
// bytes of a program are counted, not told.
func (d *dissector) contents(m *davy.Message, code uint8) bool {
	r := &d.r
	switch code {
	case 0x20:
		r.Skip(1)
	case 0x34:
		r.Skip(2)
	}
	n := int(r.U16LE())
	b := r.Bytes(n)
	if r.Short() {
		return false
	}
	if code == 0x20 {
		m.Value = rest(b)
	} else {
		m.Value = davy.NumberValue(int64(n))
	}
	return true
}

// values reads the reply of function 0x22: the values, in the order of the references.
func (d *dissector) values(c *protocol.Context, m *davy.Message, q *protocol.Request) {
	r := &d.r
	asked := wire.NewReader(q.Object.Name)
	n, check, total := 0, asked, 0
	for check.Len() > 0 && !check.Short() {
		_, bytes := variable(&check, false)
		total += bytes
		n++
	}
	m.Object = davy.Object{}
	if n == 0 || check.Short() || total != r.Len() {
		m.Value = rest(r.Rest())
		c.Emit()
		return
	}
	m.Parts = uint16(n)
	for ; m.Part < m.Parts; m.Part++ {
		o, bytes := variable(&asked, false)
		m.Object, m.Value = o, davy.Value{Kind: davy.Bytes, Raw: r.Bytes(bytes)}
		c.Emit()
	}
}

// tellIdentity tells what the controller says of itself.
func (d *dissector) tellIdentity(c *protocol.Context, m *davy.Message, code uint8, data []byte) {
	r := wire.NewReader(data)
	switch code {
	case 0x02:
		r.Skip(8) // family, identifier, model
		version, patch := r.U16LE(), r.U16LE()
		r.Skip(10) // internal and hardware version, crash code, 2 unknown bytes
		name := r.Bytes(int(r.U8()))
		if r.Short() || !printable(name) {
			return
		}
		say(c, m, davy.AttrModel, clean(name), "umas read id", 95)
		say(c, m, davy.AttrVendor, vendor, "umas read id", 80) // nobody else speaks UMAS
		say(c, m, davy.AttrKind, controller, "umas read id", 80)
		say(c, m, davy.AttrFirmware, firmware(d.text[:0], version, patch), "umas read id", 90)
	case 0x03:
		// Identifiers, times of building, a version, and a name behind its length; M221 has
		// one identifier less.
		for _, at := range [2]int{34, 38} {
			r := wire.NewReader(data)
			r.Skip(at)
			name := r.Bytes(int(r.U8()))
			if !r.Short() && len(name) > 0 && name[0] > ' ' && printable(name) {
				say(c, m, davy.AttrProject, clean(name), "umas read project info", 95)
				break
			}
		}
	case 0x04:
		// The first byte is 2 in stop and 3 in run on Quantum, M340, M580 and M221.
		if len(data) < 20 {
			return
		}
		switch data[0] {
		case 2:
			say(c, m, davy.AttrRunState, stopWord, "umas read plc status", 95)
		case 3:
			say(c, m, davy.AttrRunState, runWord, "umas read plc status", 95)
		}
	case 0x06:
		r.Skip(6)
		name := r.Bytes(int(r.U8()))
		if !r.Short() && printable(name) {
			say(c, m, davy.AttrModule, clean(name), "umas read memory card info", 90)
		}
	}
}

var (
	vendor     = []byte("Schneider Electric")
	controller = []byte(davy.KindController)
	runWord    = []byte("run")
	stopWord   = []byte("stop")
)

func say(c *protocol.Context, m *davy.Message, a davy.Attribute, v []byte, source string, confidence uint8) {
	c.TellOf(c.Sender.Addr, about(m), a, v, source, confidence)
}

// firmware appends a version as the makers write it: two numbers of two decimal digits on
// Quantum, M340 and M580 (0x0350 is 3.50), four bytes on M221 (0x010c and 0 are 1.12.0.0);
// nothing where it is neither.
func firmware(dst []byte, version, patch uint16) []byte {
	if version == 0 && patch != 0 {
		for i, n := range [4]uint8{uint8(patch >> 8), uint8(patch), 0, 0} {
			if i > 0 {
				dst = append(dst, '.')
			}
			dst = strconv.AppendUint(dst, uint64(n), 10)
		}
		return dst
	}
	if version == 0 || version>>12 > 9 || version>>8&15 > 9 || version>>4&15 > 9 || version&15 > 9 {
		return dst
	}
	dst = strconv.AppendUint(dst, uint64(version>>12*10+version>>8&15), 10)
	return append(dst, '.', '0'+byte(version>>4&15), '0'+byte(version&15))
}

// printable says whether b is text of some length, padding at its ends aside.
func printable(b []byte) bool {
	b = clean(b)
	for _, c := range b {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return len(b) > 1
}

// clean cuts off NULs and spaces at both ends, and all behind a NUL.
func clean(b []byte) []byte {
	for len(b) > 0 && (b[0] == 0 || b[0] == ' ') {
		b = b[1:]
	}
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}
