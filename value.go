package davy

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"
)

// ValueKind says how the bytes of a Value are read.
type ValueKind uint8

// Kinds of values. Lists (bits, words, numbers) hold as many as Raw has room for; Count
// bounds bits.
const (
	NoValue ValueKind = iota
	Bytes             // uninterpreted, shown as hex
	Text              // characters
	Bits              // one bit each, least significant first in each byte, Count of them
	U8List            // bytes as numbers
	U16BE             // 16-bit unsigned, most significant byte first
	U16LE             // 16-bit unsigned, least significant byte first
	U32BE             // 32-bit unsigned
	U32LE             // 32-bit unsigned, least significant byte first
	U64LE             // 64-bit unsigned, least significant byte first
	I8List            // signed bytes
	I16BE             // 16-bit signed
	I16LE             // 16-bit signed, least significant byte first
	I32BE             // 32-bit signed
	I32LE             // 32-bit signed, least significant byte first
	I64LE             // 64-bit signed, least significant byte first
	F32BE             // IEEE 754 single
	F32LE             // IEEE 754 single, least significant byte first
	F64BE             // IEEE 754 double
	F64LE             // IEEE 754 double, least significant byte first
	Number            // the number in Num; Raw unused
)

// Value is what was read or written, as it stood on the wire. It borrows from the packet.
type Value struct {
	Kind  ValueKind
	Count uint32 // of bits; 0 for other kinds
	Raw   []byte
	Num   int64 // for Number
}

// NumberValue makes a Value of one number.
func NumberValue(n int64) Value { return Value{Kind: Number, Num: n} }

// AppendJSON appends the value as JSON: an array of numbers, a number, or a string (text,
// or hex for uninterpreted bytes). It appends nothing for NoValue. NaN and infinities,
// which JSON lacks, become strings.
func (v *Value) AppendJSON(dst []byte) []byte {
	switch v.Kind {
	case NoValue:
		return dst
	case Number:
		return strconv.AppendInt(dst, v.Num, 10)
	case Bytes:
		const hex = "0123456789abcdef"
		dst = append(dst, '"')
		for _, b := range v.Raw {
			dst = append(dst, hex[b>>4], hex[b&15])
		}
		return append(dst, '"')
	case Text:
		return AppendJSONString(dst, v.Raw)
	case Bits:
		dst = append(dst, '[')
		for i := 0; i < int(v.Count) && i/8 < len(v.Raw); i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, '0'+v.Raw[i/8]>>(i%8)&1)
		}
		return append(dst, ']')
	}
	dst = append(dst, '[')
	for i, w := 0, v.width(); i+w <= len(v.Raw); i += w {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = v.appendElement(dst, v.Raw[i:i+w])
	}
	return append(dst, ']')
}

func (v *Value) width() int {
	switch v.Kind {
	case U16BE, U16LE, I16BE, I16LE:
		return 2
	case U32BE, U32LE, I32BE, I32LE, F32BE, F32LE:
		return 4
	case U64LE, I64LE, F64BE, F64LE:
		return 8
	}
	return 1
}

func (v *Value) appendElement(dst, b []byte) []byte {
	switch v.Kind {
	case I8List:
		return strconv.AppendInt(dst, int64(int8(b[0])), 10)
	case U16BE:
		return strconv.AppendUint(dst, uint64(binary.BigEndian.Uint16(b)), 10)
	case U16LE:
		return strconv.AppendUint(dst, uint64(binary.LittleEndian.Uint16(b)), 10)
	case U32BE:
		return strconv.AppendUint(dst, uint64(binary.BigEndian.Uint32(b)), 10)
	case U32LE:
		return strconv.AppendUint(dst, uint64(binary.LittleEndian.Uint32(b)), 10)
	case U64LE:
		return strconv.AppendUint(dst, binary.LittleEndian.Uint64(b), 10)
	case I16BE:
		return strconv.AppendInt(dst, int64(int16(binary.BigEndian.Uint16(b))), 10)
	case I16LE:
		return strconv.AppendInt(dst, int64(int16(binary.LittleEndian.Uint16(b))), 10)
	case I32BE:
		return strconv.AppendInt(dst, int64(int32(binary.BigEndian.Uint32(b))), 10)
	case I32LE:
		return strconv.AppendInt(dst, int64(int32(binary.LittleEndian.Uint32(b))), 10)
	case I64LE:
		return strconv.AppendInt(dst, int64(binary.LittleEndian.Uint64(b)), 10)
	case F32BE:
		return appendFloat(dst, float64(math.Float32frombits(binary.BigEndian.Uint32(b))), 32)
	case F32LE:
		return appendFloat(dst, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), 32)
	case F64BE:
		return appendFloat(dst, math.Float64frombits(binary.BigEndian.Uint64(b)), 64)
	case F64LE:
		return appendFloat(dst, math.Float64frombits(binary.LittleEndian.Uint64(b)), 64)
	}
	return strconv.AppendUint(dst, uint64(b[0]), 10)
}

func appendFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(strconv.AppendFloat(append(dst, '"'), f, 'g', -1, bits), '"')
	}
	return strconv.AppendFloat(dst, f, 'g', -1, bits)
}

// AppendJSONString appends b as a JSON string. What is not UTF-8 is taken as ISO 8859-1,
// the encoding of most devices' names, so that no byte is lost.
func AppendJSONString(dst, b []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(b); {
		c := b[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '"' || c == '\\':
				dst = append(dst, '\\', c)
			case c == '\n':
				dst = append(dst, '\\', 'n')
			case c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&':
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			default:
				dst = append(dst, c)
			}
			i++
			continue
		}
		if r, n := utf8.DecodeRune(b[i:]); r != utf8.RuneError || n > 1 {
			dst, i = append(dst, b[i:i+n]...), i+n
			continue
		}
		dst, i = utf8.AppendRune(dst, rune(c)), i+1
	}
	return append(dst, '"')
}

// AppendClean appends b as printable text: bytes that are not UTF-8 are taken as ISO
// 8859-1, control characters become a middle dot.
func AppendClean(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			r, n = rune(b[i]), 1
		}
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			r = '·'
		}
		dst, i = utf8.AppendRune(dst, r), i+n
	}
	return dst
}
