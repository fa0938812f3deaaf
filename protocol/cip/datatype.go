package cip

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// Elementary data type codes (CIP Vol. 1, appendix C-6.1), and those of structures
// (C-6.2; 0xa0 with a handle is the abbreviated form that Logix uses, 1756-PM020).
const (
	typeBOOL   = 0xc1
	typeSINT   = 0xc2
	typeINT    = 0xc3
	typeDINT   = 0xc4
	typeLINT   = 0xc5
	typeUSINT  = 0xc6
	typeUINT   = 0xc7
	typeUDINT  = 0xc8
	typeULINT  = 0xc9
	typeREAL   = 0xca
	typeLREAL  = 0xcb
	typeSTIME  = 0xcc
	typeDATE   = 0xcd
	typeTOD    = 0xce
	typeDT     = 0xcf
	typeSTRING = 0xd0
	typeBYTE   = 0xd1
	typeWORD   = 0xd2
	typeDWORD  = 0xd3
	typeLWORD  = 0xd4
	typeFTIME  = 0xd6
	typeLTIME  = 0xd7
	typeITIME  = 0xd8
	typeShort  = 0xda // SHORT_STRING
	typeTIME   = 0xdb
	typeStruct = 0xa0

	logixString = 0x0fce // the handle of Logix's STRING: a DINT length and 82 characters
)

// value reads data of one type: one element or several behind each other.
func value(code uint8, data []byte) davy.Value {
	kind := davy.Bytes
	switch code {
	case typeBOOL, typeUSINT, typeBYTE:
		kind = davy.U8List
	case typeSINT:
		kind = davy.I8List
	case typeINT, typeITIME:
		kind = davy.I16LE
	case typeUINT, typeWORD, typeDATE:
		kind = davy.U16LE
	case typeDINT, typeTIME, typeFTIME, typeSTIME:
		kind = davy.I32LE
	case typeUDINT, typeDWORD, typeTOD:
		kind = davy.U32LE
	case typeLINT, typeLTIME:
		kind = davy.I64LE
	case typeULINT, typeLWORD:
		kind = davy.U64LE
	case typeREAL:
		kind = davy.F32LE
	case typeLREAL:
		kind = davy.F64LE
	case typeSTRING:
		if n := int(word(data)); len(data) >= 2 && 2+n <= len(data) {
			return davy.Value{Kind: davy.Text, Raw: trim(data[2 : 2+n])}
		}
	case typeShort:
		if len(data) > 0 && 1+int(data[0]) <= len(data) {
			return davy.Value{Kind: davy.Text, Raw: trim(data[1 : 1+int(data[0])])}
		}
	}
	return davy.Value{Kind: kind, Raw: data}
}

// typed reads a type and what follows it, as tag services carry it: a type code, how many
// bytes describe it further, these, then the data. Between the type and the data a write
// has a count of elements, and a fragmented one an offset: skip bytes.
func typed(b []byte, skip int) (v davy.Value, count uint32) {
	r := wire.NewReader(b)
	code := r.U8()
	about := r.Bytes(int(r.U8()))
	if skip >= 2 {
		count = uint32(r.U16LE())
		r.Skip(skip - 2)
	}
	data := r.Rest()
	if r.Short() {
		return opaque(b), 0
	}
	if code == typeStruct && word(about) == logixString && len(data) >= 4 && count <= 1 {
		if n := littleEndian(data[:4]); n <= uint64(len(data)-4) {
			return davy.Value{Kind: davy.Text, Raw: data[4 : 4+n]}, count
		}
	}
	return value(code, data), count
}

// opaque is a value that nothing more is known of; no bytes are no value.
func opaque(b []byte) davy.Value {
	if len(b) == 0 {
		return davy.Value{}
	}
	return davy.Value{Kind: davy.Bytes, Raw: b}
}

// trim takes padding off the end of a text.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == 0 || b[len(b)-1] == ' ') {
		b = b[:len(b)-1]
	}
	return b
}

// attributes are the types of attributes that are read and written as more than bytes.
var attributes = [...]struct {
	class, attribute uint32
	code             uint8
}{
	{identityClass, 1, typeUINT},
	{identityClass, 2, typeUINT},
	{identityClass, 3, typeUINT},
	{identityClass, 4, typeUSINT},
	{identityClass, 5, typeWORD},
	{identityClass, 6, typeUDINT},
	{identityClass, 7, typeShort},
	{identityClass, 8, typeUSINT},
	{tcpipClass, 1, typeDWORD},
	{tcpipClass, 2, typeDWORD},
	{tcpipClass, 3, typeDWORD},
	{tcpipClass, 6, typeSTRING},
	{tcpipClass, 8, typeUSINT},
	{tcpipClass, 13, typeUINT},
	{linkClass, 1, typeUDINT},
	{linkClass, 2, typeDWORD},
}

// attributeValue is the value of one attribute.
func attributeValue(p *epath, data []byte) davy.Value {
	if len(data) == 0 {
		return davy.Value{}
	}
	if p.instance > 0 {
		for i := range attributes {
			if a := &attributes[i]; a.class == p.class && a.attribute == p.attribute {
				return value(a.code, data)
			}
		}
	}
	return opaque(data)
}
