package modbus

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// meiIdentity is the MEI type of device identification (spec 6.21).
const meiIdentity = 14

// encapsulated reads a request of function 43.
func (d *dissector) encapsulated(m *davy.Message, r *wire.Reader) {
	n := r.U8()
	if r.Short() {
		return
	}
	if !sub(m, transports[:], uint16(n)) {
		flaw(m, davy.ReservedValue)
	}
	if n != meiIdentity {
		m.Value = rest(r)
		return
	}
	level := r.U8()
	m.Object = davy.Object{Space: ident, Index: uint64(r.U8())}
	m.Value = davy.NumberValue(int64(level)) // 1 basic, 2 regular, 3 extended, 4 one object
	if !r.Short() && (level == 0 || level > 4) {
		flaw(m, davy.ReservedValue)
	}
}

// attributes are what the objects of device identification tell (spec 6.21, table of
// objects). The product code is the model where nothing better is told.
var attributes = [7]struct {
	attribute  davy.Attribute
	confidence uint8
}{
	0: {davy.AttrVendor, 95},
	1: {davy.AttrOrder, 95},
	2: {davy.AttrFirmware, 95},
	4: {davy.AttrModel, 90},
	5: {davy.AttrModel, 95},
	6: {davy.AttrProject, 90},
}

// identified reads a reply of function 43; each object of a device's identification is an item.
func (d *dissector) identified(c *protocol.Context, m *davy.Message) {
	r := &d.r
	n := r.U8()
	if !r.Short() {
		sub(m, transports[:], uint16(n))
	}
	m.Object = davy.Object{}
	if r.Short() || n != meiIdentity {
		m.Value = rest(r)
		d.close(m, r)
		c.Emit()
		return
	}
	r.U8() // the level that was asked for
	r.U8() // the level the device conforms to
	more := r.U8()
	r.U8() // the object to ask for next
	m.Parts = uint16(r.U8())
	if !r.Short() && more != 0 && more != 0xff {
		flaw(m, davy.ReservedValue)
	}
	check := *r
	for range m.Parts {
		check.Skip(1)
		check.Skip(int(check.U8()))
	}
	if check.Short() || m.Parts == 0 {
		// A list that is cut tells nothing: a name may have lost its end.
		m.Parts = 0
		r.Rest()
		if check.Short() {
			flaw(m, davy.Truncated)
			m.Result.Told = false
		}
		c.Emit()
		return
	}
	if check.Len() > 0 {
		flaw(m, davy.LengthMismatch)
	}
	for ; m.Part < m.Parts; m.Part++ {
		m.Object = davy.Object{Space: ident, Index: uint64(r.U8())}
		v := r.Bytes(int(r.U8()))
		m.Value = davy.Value{Kind: davy.Text, Raw: v}
		c.Emit()
		if i := int(m.Object.Index); i < len(attributes) && attributes[i].attribute != "" {
			tell(c, m, attributes[i].attribute, clean(v), "modbus 43/14", attributes[i].confidence)
			if i == 1 {
				tell(c, m, davy.AttrModel, clean(v), "modbus 43/14", 75)
			}
		}
	}
}

// tellServer tells what function 17 says. Its content is the device's own affair (spec
// 6.13), but for a run indicator of 0xFF or 0 that follows the identifier. Two forms are
// told apart: an identifier of one byte, the indicator and text, as controllers answer; and
// text with the indicator at its end.
func tellServer(c *protocol.Context, m *davy.Message, b []byte) {
	text, run := b, byte(1)
	switch {
	case len(b) > 2 && (b[1] == 0 || b[1] == 0xff) && printable(b[2:]):
		text, run = b[2:], b[1]
	case len(b) > 2 && b[len(b)-1] == 0xff && printable(b[:len(b)-1]):
		text, run = b[:len(b)-1], 0xff // a 0 there may as well end the text
	case len(b) == 2 && (b[1] == 0 || b[1] == 0xff):
		text, run = nil, b[1]
	}
	if printable(text) {
		tell(c, m, davy.AttrModel, clean(text), "modbus 17", 60)
	}
	switch run {
	case 0xff:
		tell(c, m, davy.AttrRunState, runWord, "modbus 17", 80)
	case 0:
		tell(c, m, davy.AttrRunState, stopWord, "modbus 17", 60)
	}
}

var runWord, stopWord = []byte("run"), []byte("stop")

func tell(c *protocol.Context, m *davy.Message, a davy.Attribute, v []byte, source string, confidence uint8) {
	c.TellOf(c.Sender.Addr, about(m), a, v, source, confidence)
}

// printable says whether b is text of some length, padding at its end aside.
func printable(b []byte) bool {
	b = clean(b)
	for _, c := range b {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return len(b) > 2
}

// clean cuts NULs and spaces off both ends.
func clean(b []byte) []byte {
	for len(b) > 0 && (b[0] == 0 || b[0] == ' ') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == 0 || b[len(b)-1] == ' ') {
		b = b[:len(b)-1]
	}
	return b
}
