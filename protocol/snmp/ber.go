package snmp

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// Tags of BER as SNMP uses them (RFC 3417, 8; RFC 2578, 7.1).
const (
	tagInteger   = 0x02
	tagOctets    = 0x04
	tagNull      = 0x05
	tagOID       = 0x06
	tagSequence  = 0x30
	tagIPAddress = 0x40
	tagCounter   = 0x41
	tagGauge     = 0x42
	tagTicks     = 0x43
	tagCounter64 = 0x46
	tagNoObject  = 0x80
	tagNoInst    = 0x81
	tagEndOfMIB  = 0x82
)

// element reads a tag, a definite length and the contents. ok is false where the length is
// not one SNMP allows; the reader is short where the contents are not all there.
func element(r *wire.Reader) (tag uint8, body wire.Reader, ok bool) {
	tag = r.U8()
	n := int(r.U8())
	if n >= 0x80 {
		count := n & 0x7f
		if count == 0 || count > 4 {
			return tag, body, false
		}
		n = 0
		for range count {
			n = n<<8 | int(r.U8())
		}
	}
	return tag, wire.NewReader(r.Bytes(n)), true
}

// expect reads an element that must have this tag.
func expect(r *wire.Reader, want uint8) (body wire.Reader, ok bool) {
	tag, body, ok := element(r)
	return body, ok && tag == want && !r.Short()
}

// integer reads an INTEGER of at most eight bytes, with its sign; unsigned types may have a
// ninth byte of zeros before them.
func integer(r *wire.Reader) (n int64, ok bool) {
	body, ok := expect(r, tagInteger)
	if !ok || body.Len() == 0 || body.Len() > 8 {
		return 0, false
	}
	return signed(&body), true
}

func signed(r *wire.Reader) (n int64) {
	n = int64(int8(r.U8()))
	for r.Len() > 0 {
		n = n<<8 | int64(r.U8())
	}
	return n
}

// appendOID appends an object identifier in dots (X.690, 8.19).
func appendOID(dst []byte, b []byte) []byte {
	var arc uint64
	first := true
	for _, c := range b {
		arc = arc<<7 | uint64(c&0x7f)
		if c >= 0x80 {
			continue
		}
		if first {
			top := min(arc/40, 2)
			dst = strconv.AppendUint(dst, top, 10)
			arc -= top * 40
			first = false
		}
		dst = strconv.AppendUint(append(dst, '.'), arc, 10)
		arc = 0
	}
	return dst
}

// value puts the value of a binding into the message; text is scratch for what is shown as text.
func value(m *davy.Message, tag uint8, body wire.Reader, text []byte) []byte {
	b := body.Rest()
	switch tag {
	case tagInteger, tagCounter, tagGauge, tagTicks, tagCounter64:
		if len(b) == 0 || len(b) > 9 {
			m.Defect = badEncoding
			return text
		}
		r := wire.NewReader(b)
		if len(b) == 9 {
			r.Skip(1)
		}
		if tag == tagInteger {
			m.Value = davy.NumberValue(signed(&r))
			return text
		}
		var n int64
		for r.Len() > 0 {
			n = n<<8 | int64(r.U8())
		}
		m.Value = davy.NumberValue(n)
	case tagOID:
		text = appendOID(text[:0], b)
		m.Value = davy.Value{Kind: davy.Text, Raw: text}
	case tagIPAddress:
		if r := wire.NewReader(b); len(b) == 4 {
			text = davy.AddrOf4(r.U32(), 0).Append(text[:0])
			m.Value = davy.Value{Kind: davy.Text, Raw: text}
		}
	case tagNoObject, tagNoInst, tagEndOfMIB:
		m.Result = davy.Result{Told: true, Failed: tag != tagEndOfMIB, Code: uint32(tag),
			Name: [...]string{"no such object", "no such instance", "end of MIB view"}[tag-tagNoObject]}
	case tagNull:
	case tagOctets:
		if m.Value = (davy.Value{Kind: davy.Bytes, Raw: b}); printable(b) {
			m.Value.Kind = davy.Text
		}
	default:
		m.Value = davy.Value{Kind: davy.Bytes, Raw: b}
	}
	return text
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\r' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
