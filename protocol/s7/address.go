package s7

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// Syntaxes of a variable specification.
const (
	syntaxAny      = 0x10 // an ANY pointer: type, count, data block, area, address
	syntaxBlockID  = 0x13 // R_ID of block communication
	syntaxNCK      = 0x82 // SINUMERIK, in the unit of the moment
	syntaxNCKMetre = 0x83
	syntaxNCKInch  = 0x84
	syntaxDrive    = 0xa2
	syntaxAreas    = 0xb0 // several areas of data blocks
	syntaxSymbol   = 0xb2
)

// maxItems bounds the variables of one request: more than the longest PDU that controllers
// negotiate has room for.
const maxItems = 512

// variableSpec is the first byte of every variable specification.
const variableSpec = 0x12

// symbolAreas marks the Area of a symbol outside data blocks; symbolInBlock is the root
// area that says "data block", symbolInArea the one that says inputs, outputs and so on.
const (
	symbolAreas   = 1 << 16
	symbolInBlock = 0x8a0e
	symbolInArea  = 0
)

// addresses reads the variable specifications of a request into q. They stand on even
// bytes: an odd one has a fill byte behind it, but for the last.
func addresses(r *wire.Reader, count int, q *request) (defect davy.Defect) {
	for i := range count {
		if len(q.items) >= maxItems {
			return davy.Oversized
		}
		spec, length := r.U8(), int(r.U8())
		body := r.Bytes(length)
		if r.Short() {
			return davy.Truncated
		}
		if length%2 == 1 && i < count-1 {
			r.Skip(1)
		}
		if spec != variableSpec || length == 0 {
			q.add(davy.Object{Space: &syntax, Area: uint32(spec), Name: body}, uint8(i), false)
			defect = davy.ReservedValue
			continue
		}
		if !address(body, uint8(i), q) {
			q.add(davy.Object{Space: &syntax, Area: uint32(body[0]), Name: body[1:]}, uint8(i), false)
		}
	}
	return defect
}

// address reads one specification from its syntax on and reports whether it is of a kind
// and length that are known.
func address(body []byte, group uint8, q *request) bool {
	r := wire.NewReader(body)
	switch kind := r.U8(); {
	case kind == syntaxAny && len(body) == 10:
		o := davy.Object{Sub: uint32(r.U8()), Count: uint32(r.U16()), Area: uint32(r.U16())}
		code := r.U8()
		o.Space, _ = area(code)
		o.Index = uint64(r.U24())
		switch o.Space {
		case &unknownArea:
			o.Area |= uint32(code) << 16
		case &dataBlock, &instance, &record:
		default:
			o.Area = 0 // the field means nothing there, whatever is left in it
		}
		q.add(o, group, false)
	case kind == syntaxAreas && len(body) >= 7:
		n := int(r.U8())
		if r.Len() < n*5 || n == 0 {
			return false
		}
		for range n {
			count := uint32(r.U8())
			o := davy.Object{Space: &dataBlock, Sub: sizeByte, Count: count, Area: uint32(r.U16())}
			o.Index = uint64(r.U16()) * 8
			q.add(o, group, true)
		}
	case kind == syntaxSymbol && len(body) >= 10:
		r.Skip(1)
		root, detail := r.U16(), uint32(r.U16())
		o := davy.Object{Space: &symbol, Area: detail, Index: uint64(r.U32()), Count: 1}
		switch root {
		case symbolInBlock:
		case symbolInArea:
			o.Area |= symbolAreas
		default:
			o.Area |= uint32(root)<<16 | symbolAreas
		}
		o.Name = r.Rest()
		q.add(o, group, false)
	case kind >= syntaxNCK && kind <= syntaxNCKInch && len(body) == 8:
		o := davy.Object{Space: &nck, Area: uint32(r.U8())}
		o.Index = uint64(r.U32())
		o.Sub, o.Count = uint32(r.U8()), uint32(r.U8())
		q.add(o, group, false)
	case kind == syntaxDrive && len(body) == 10:
		r.Skip(5)
		o := davy.Object{Space: &drive, Index: uint64(r.U16()), Count: 1}
		o.Sub = uint32(r.U16())
		q.add(o, group, false)
	default:
		return false
	}
	return true
}

// tisAddress reads an address of the programmer commands: six bytes, of which the first
// holds area and size.
func tisAddress(r *wire.Reader) davy.Object {
	code, repeat := r.U8(), uint32(r.U8())
	number, byteAt := uint32(r.U16()), uint64(r.U16())
	o := davy.Object{Count: repeat, Index: byteAt * 8}
	switch code & 0x0f {
	case 0:
		o.Sub, o.Index, o.Count = sizeBit, byteAt*8+uint64(repeat), 1
	case 1:
		o.Sub = sizeByte
	case 2:
		o.Sub = sizeWord
	case 3:
		o.Sub = sizeDWord
	}
	switch code >> 4 {
	case 0:
		o.Space = &flags
	case 1:
		o.Space = &inputs
	case 2:
		o.Space = &outputs
	case 3:
		o.Space = &peripheralIn
	case 5:
		o.Space, o.Index, o.Sub = &timers, byteAt, 0x1d
	case 6:
		o.Space, o.Index, o.Sub = &counters, byteAt, 0x1c
	case 7:
		o.Space, o.Area = &dataBlock, number
	default:
		o.Space, o.Area = &unknownArea, uint32(code)<<16|number
	}
	return o
}
