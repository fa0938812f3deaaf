package cip

import (
	"encoding/binary"
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// epath is what a padded EPATH names (CIP Vol. 1, appendix C-1.4): the way to a device, and
// the object, tag or member there.
type epath struct {
	route     route
	classes   int // class segments; the last one is class, the others are told in name
	class     uint32
	instances int // instance segments of that class
	instance  uint32
	attribute uint32
	points    [3]uint32 // instances and connection points below class, in order
	npoints   int
	symbols   int
	named     bool   // what a member or a further name belongs to is a name, and no class
	safety    bool   // a safety segment: the connection carries CIP Safety
	name      []byte // tag with its elements; or the outer classes and members, ready to be appended
	member    bool   // the last segment was a member
	defect    davy.Defect
}

// Segment types, in the upper three bits (C-1.4.1).
const (
	portSegment     = 0
	logicalSegment  = 1
	networkSegment  = 2
	symbolicSegment = 3
	dataSegment     = 4
)

// Logical types, in bits 2 to 4 (C-1.4.2).
const (
	logicalClass     = 0
	logicalInstance  = 1
	logicalMember    = 2
	logicalPoint     = 3
	logicalAttribute = 4
	logicalSpecial   = 5
	logicalService   = 6
	logicalExtended  = 7
)

// read takes the path apart. Names are appended to text, which is returned.
func (p *epath) read(b []byte, text []byte) []byte {
	r := wire.NewReader(b)
	start := len(text)
	for r.Len() > 0 && p.defect == "" {
		seg := r.U8()
		switch seg >> 5 {
		case portSegment:
			p.port(&r, seg)
		case logicalSegment:
			text = p.logical(&r, seg, text)
		case networkSegment:
			p.network(&r, seg)
		case symbolicSegment:
			text = p.symbolic(&r, seg, text)
		case dataSegment:
			text = p.data(&r, seg, text)
		default:
			p.defect = BadPath
		}
	}
	if r.Short() {
		p.defect = BadPath
	}
	p.name = text[start:]
	return text
}

// port reads a port segment (C-1.4.1): a hop to another device.
func (p *epath) port(r *wire.Reader, seg uint8) {
	size := 1
	if seg&0x10 != 0 {
		size = int(r.U8())
	}
	port := uint16(seg & 0x0f)
	if port == 0x0f {
		port = r.U16LE()
	}
	link := r.Bytes(size)
	if seg&0x10 != 0 && size%2 == 1 {
		r.Skip(1)
	}
	if !r.Short() {
		p.route.hop(port, link)
	}
}

func (p *epath) logical(r *wire.Reader, seg uint8, text []byte) []byte {
	kind, format := seg>>2&7, seg&3
	switch kind {
	case logicalSpecial: // an electronic key (C-1.4.2.5): what the sender thinks the device is
		if format != 0 {
			p.defect = BadPath
		}
		if r.U8() == 5 { // with a serial number
			r.Skip(12)
		} else {
			r.Skip(8)
		}
		return text
	case logicalExtended:
		r.Skip(1)
	}
	v := logicalValue(r, format, kind == logicalExtended)
	if format == 3 {
		p.defect = BadPath
	}
	if r.Short() || p.defect != "" {
		return text
	}
	switch kind {
	case logicalClass:
		text = p.outer(text)
		p.classes++
		p.class, p.instance, p.instances, p.npoints = v, 0, 0, 0
		p.named = false
	case logicalInstance, logicalPoint:
		if p.npoints < len(p.points) {
			p.points[p.npoints] = v
			p.npoints++
		}
		if p.instances == 0 {
			p.instance = v
		}
		p.instances++
	case logicalAttribute:
		if p.attribute = v; v == 0 && p.symbols == 0 {
			text = append(text, " attribute 0"...) // no object has it, and yet it was asked for
		}
	case logicalMember:
		text = p.element(v, text)
		p.member = true
		return text
	}
	p.member = false
	return text
}

// logicalValue reads the value of a logical segment: 8 bits, or 16 or 32 after a pad byte.
// The extended ones have their type in the pad's place.
func logicalValue(r *wire.Reader, format uint8, extended bool) uint32 {
	if format != 0 && !extended {
		r.Skip(1)
	}
	switch format {
	case 0:
		return uint32(r.U8())
	case 1:
		return uint32(r.U16LE())
	case 2:
		return r.U32LE()
	}
	return 0
}

// element adds a member: the element of an array where a tag is named, such as [3,1].
func (p *epath) element(v uint32, text []byte) []byte {
	switch {
	case p.named && p.member:
		text[len(text)-1] = ','
	case p.named:
		text = append(text, '[')
	case p.member:
		text = append(text, ',')
	default:
		text = append(text, " member "...)
	}
	text = strconv.AppendUint(text, uint64(v), 10)
	if p.named {
		text = append(text, ']')
	}
	return text
}

// outer keeps the class before another class as text, such as " in class 0x68 instance 3".
func (p *epath) outer(text []byte) []byte {
	if p.classes == 0 {
		return text
	}
	o := davy.Object{Area: p.class, Index: uint64(p.instance), Count: uint32(min(p.instances, 1))}
	return appendClass(append(text, " in "...), &o)
}

// network passes over a network segment (C-1.4.3); a safety segment says what kind of
// connection it is (CIP Vol. 5).
func (p *epath) network(r *wire.Reader, seg uint8) {
	if seg&0x10 == 0 {
		r.Skip(1)
		return
	}
	p.safety = p.safety || seg == 0x50
	r.Skip(2 * int(r.U8()))
}

// symbolic reads a symbolic segment of up to 31 characters, or an extended one (C-1.4.4).
func (p *epath) symbolic(r *wire.Reader, seg uint8, text []byte) []byte {
	if n := int(seg & 0x1f); n > 0 {
		name := r.Bytes(n)
		if n%2 == 0 && r.Len() > 0 && r.Peek() == 0 {
			r.Skip(1)
		}
		return p.symbol(name, text)
	}
	format := r.U8()
	switch n := int(format & 0x1f); format >> 5 {
	case 1: // two bytes a character
		return p.symbol(r.Bytes(2*n), text)
	case 2: // three
		name := r.Bytes(3 * n)
		if n%2 == 1 && r.Len() > 0 {
			r.Skip(1)
		}
		return p.symbol(name, text)
	case 6: // a number
		width := numericWidth(n)
		v := r.Bytes(width)
		if width%2 == 1 && r.Len() > 0 {
			r.Skip(1)
		}
		if v == nil {
			return text
		}
		return strconv.AppendUint(append(p.nameNext(text), '#'), littleEndian(v), 10)
	}
	p.defect = BadPath
	return text
}

// numericWidth is how many bytes a numeric symbol has: 6 is USINT, 7 UINT, 8 UDINT.
func numericWidth(n int) int {
	switch n {
	case 6:
		return 1
	case 7:
		return 2
	case 8:
		return 4
	}
	return past
}

const past = int(^uint(0) >> 2) // more than any message holds: the read is short

func littleEndian(b []byte) (v uint64) {
	for i, c := range b {
		v |= uint64(c) << (8 * i)
	}
	return v
}

// data reads a data segment (C-1.4.5): 0x91 is a name, 0x80 words for the application.
func (p *epath) data(r *wire.Reader, seg uint8, text []byte) []byte {
	switch seg {
	case 0x91:
		n := int(r.U8())
		name := r.Bytes(n)
		if n%2 == 1 && r.Len() > 0 {
			r.Skip(1)
		}
		return p.symbol(name, text)
	case 0x80:
		r.Skip(2 * int(r.U8()))
		return text
	}
	p.defect = BadPath
	return text
}

// symbol adds a name.
func (p *epath) symbol(name, text []byte) []byte {
	if name == nil {
		return text
	}
	return append(p.nameNext(text), name...)
}

// nameNext begins a name: the parts of a tag are separated by points. Behind an instance,
// as of a symbol, the name is that of a member.
func (p *epath) nameNext(text []byte) []byte {
	switch {
	case p.named || p.member:
		text = append(text, '.')
	case p.classes > 0:
		text = append(text, " member "...)
	}
	p.symbols++
	p.named, p.member = true, false
	return text
}

// assembly is the connection point that data in one direction goes to or comes from: of
// three the first is the configuration's (CIP Vol. 1, 3-5.5.1.10 and table 3-5.13).
func (p *epath) assembly(toTarget bool) (uint32, bool) {
	switch {
	case p.npoints == 0:
		return 0, false
	case p.npoints == 1:
		return p.points[0], true
	case toTarget:
		return p.points[p.npoints-2], true
	}
	return p.points[p.npoints-1], true
}

// word reads a 16-bit number at the front of b, 0 when there is none.
func word(b []byte) uint16 {
	if len(b) < 2 {
		return 0
	}
	return binary.LittleEndian.Uint16(b)
}
