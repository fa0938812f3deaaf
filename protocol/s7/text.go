package s7

import (
	"encoding/binary"
	"strconv"

	"github.com/davylamp/davy"
)

// memory writes an address in the notation of STEP 7: M0.1, MB20, QW4 INT x2.
func memory(dst []byte, letters string, o *davy.Object) []byte {
	dst = append(dst, letters...)
	if o.Sub != sizeBit {
		dst = append(dst, elementOf(o.Sub).letter)
	}
	return appendAddress(dst, o)
}

// blockMemory writes an address in a data block: DB5.DBX10.3, DB5.DBW10 x4.
func blockMemory(dst []byte, letters string, o *davy.Object) []byte {
	dst = strconv.AppendUint(append(dst, letters...), uint64(o.Area), 10)
	dst = append(append(append(dst, '.'), letters...), elementOf(o.Sub).letter)
	return appendAddress(dst, o)
}

func appendAddress(dst []byte, o *davy.Object) []byte {
	dst = strconv.AppendUint(dst, o.Index/8, 10)
	if o.Sub == sizeBit || o.Index%8 != 0 {
		dst = strconv.AppendUint(append(dst, '.'), o.Index%8, 10)
	}
	e := elementOf(o.Sub)
	if e.name == "?" {
		dst = strconv.AppendUint(append(dst, " transport size 0x"...), uint64(o.Sub), 16)
	} else if e.name != "" {
		dst = append(append(dst, ' '), e.name...)
	}
	return appendCount(dst, o)
}

func numbered(dst []byte, letters string, o *davy.Object) []byte {
	return appendCount(strconv.AppendUint(append(dst, letters...), o.Index, 10), o)
}

func named(dst []byte, what string, o *davy.Object) []byte {
	return davy.AppendClean(append(dst, what...), o.Name)
}

func appendCount(dst []byte, o *davy.Object) []byte {
	if o.Count != 1 {
		dst = strconv.AppendUint(append(dst, " x"...), uint64(o.Count), 10)
	}
	return dst
}

// symbolText writes what the path of a symbol tells: the data block or area, its steps, and
// the checksum that stands for the layout.
func symbolText(dst []byte, o *davy.Object) []byte {
	switch o.Area {
	case symbolAreas | 0x50:
		dst = append(dst, 'I')
	case symbolAreas | 0x51:
		dst = append(dst, 'Q')
	case symbolAreas | 0x52:
		dst = append(dst, 'M')
	case symbolAreas | 0x53:
		dst = append(dst, 'C')
	case symbolAreas | 0x54:
		dst = append(dst, 'T')
	default:
		if o.Area >= symbolAreas {
			dst = strconv.AppendUint(append(dst, "area 0x"...), uint64(o.Area), 16)
		} else {
			dst = strconv.AppendUint(append(dst, "DB"...), uint64(o.Area), 10)
		}
	}
	dst = append(dst, " symbol "...)
	for i := 0; i+4 <= len(o.Name); i += 4 {
		step := binary.BigEndian.Uint32(o.Name[i:])
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendUint(dst, uint64(step&0x0fffffff), 10) // the high half byte says how the step is meant
	}
	return strconv.AppendUint(append(dst, " crc 0x"...), o.Index, 16)
}

func nckText(dst []byte, o *davy.Object) []byte {
	const areas = "NBCATVHM" // NCK, mode group, channel, axis, tool, feed drive, main drive, MMC
	dst = append(append(dst, "NCK "...), areas[o.Area>>5&7])
	dst = strconv.AppendUint(dst, uint64(o.Area&0x1f), 10)
	dst = strconv.AppendUint(append(dst, " module 0x"...), uint64(o.Sub), 16)
	dst = strconv.AppendUint(append(dst, " column "...), o.Index>>16, 10)
	dst = strconv.AppendUint(append(dst, " line "...), o.Index&0xffff, 10)
	return appendCount(dst, o)
}

// appendBlockType names a block type by the character that stands for it.
func appendBlockType(dst []byte, kind uint32) []byte {
	switch kind {
	case '8':
		return append(dst, "OB"...)
	case '9':
		return append(dst, "CMod"...)
	case 'A':
		return append(dst, "DB"...)
	case 'B':
		return append(dst, "SDB"...)
	case 'C':
		return append(dst, "FC"...)
	case 'D':
		return append(dst, "SFC"...)
	case 'E':
		return append(dst, "FB"...)
	case 'F':
		return append(dst, "SFB"...)
	}
	return strconv.AppendUint(append(dst, "block type 0x"...), uint64(kind), 16)
}

func blockText(dst []byte, o *davy.Object) []byte {
	dst = strconv.AppendUint(appendBlockType(dst, o.Area), o.Index, 10)
	switch o.Sub {
	case 'P':
		dst = append(dst, " passive"...)
	case 'A':
		dst = append(dst, " active"...)
	case 'B':
		dst = append(dst, " active and passive"...)
	}
	return dst
}

func appendEvent(dst []byte, what string, o *davy.Object) []byte {
	dst = append(dst, what...)
	if o.Index > 0xffff {
		dst = appendHex16(dst, uint16(o.Index>>16))
	}
	return appendHex16(dst, uint16(o.Index))
}

const hexDigits = "0123456789abcdef"

func appendHex16(dst []byte, v uint16) []byte {
	return append(dst, hexDigits[v>>12], hexDigits[v>>8&15], hexDigits[v>>4&15], hexDigits[v&15])
}

func appendHex(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// slots is the way to a CPU or communications processor: rack and slot of the called TSAP.
var slots = davy.PathKind{Name: "s7 rack and slot", Text: func(dst []byte, n uint64) []byte {
	dst = strconv.AppendUint(append(dst, "rack "...), n>>8, 10)
	return strconv.AppendUint(append(dst, " slot "...), n&0xff, 10)
}}

// place reads rack and slot out of a called TSAP of two bytes: the kind of connection, and
// rack and slot in three and five bits.
func place(tsap []byte) davy.Path {
	if len(tsap) != 2 || tsap[0] == 0 || tsap[0] >= 0x40 {
		return davy.Path{}
	}
	return davy.Path{Kind: &slots, Number: uint64(tsap[1]>>5)<<8 | uint64(tsap[1]&0x1f)}
}

// connectionKind names the kind of connection that a called TSAP asks for.
func connectionKind(kind uint8) string {
	switch kind {
	case 1:
		return "PG" // programming device
	case 2:
		return "OP" // operator panel
	case 3:
		return "S7 basic"
	}
	return "configured"
}
