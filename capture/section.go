package capture

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// Options (pcapng 3.5, 4.2, 4.3, 4.6).
const (
	optEnd           = 0
	optName          = 2  // if_name
	optResolution    = 9  // if_tsresol
	optOffset        = 14 // if_tsoffset
	optPacketDrops   = 4  // epb_dropcount
	optReceived      = 4  // isb_ifrecv
	optInterfaceDrop = 5  // isb_ifdrop
	optSystemDrop    = 7  // isb_osdrop
)

const (
	maxInterfaces = 1 << 16 // in a section, and in the whole input
	maxName       = 255     // bytes kept of an interface's name
)

// section is what a pcapng section has said so far. The slice is kept for the next one.
type section struct {
	swap       bool // big endian
	interfaces []captured
}

// captured is one interface of a section.
type captured struct {
	link     uint16
	numbered bool // number is given
	number   uint16
	snap     uint32
	clock    clock
	name     string
	lost     uint64 // packets lost, as the packets say
	told     uint64 // packets lost, as the last statistics say
}

func (s *section) reset() {
	s.swap = false
	s.interfaces = s.interfaces[:0]
}

// endSection takes over what the section's interfaces lost. Statistics and packets tell of
// the same losses, so the larger one counts.
func (r *reader) endSection() {
	for i := range r.section.interfaces {
		f := &r.section.interfaces[i]
		r.dropped = addSaturating(r.dropped, max(f.lost, f.told))
	}
	r.section.reset()
}

func (r *reader) sectionBlock(body []byte, total uint32, swap bool) (outcome, bool) {
	if total < sectionMinLen {
		return r.fail(Corrupt, r.src.offset(), "expected a section header of at least %d bytes, found %d", sectionMinLen, total), false
	}
	if major := u16(body[4:], swap); major != 1 {
		return r.fail(Corrupt, r.src.offset(), "expected pcapng version 1, found %d", major), false
	}
	r.endSection()
	r.section.swap = swap
	return atEnd, true
}

func (r *reader) interfaceBlock(body []byte) {
	if len(body) < 8 {
		r.note(Corrupt, r.src.offset(), "expected an interface description of at least 20 bytes")
		// It takes its place, so that the others keep theirs.
		body = make([]byte, 8)
	}
	if len(r.section.interfaces) == maxInterfaces {
		r.note(Crowded, r.src.offset(), "a section describes more than %d interfaces; packets of the others are left out", maxInterfaces)
		return
	}
	swap := r.section.swap
	f := captured{link: u16(body, swap), snap: u32(body[4:], swap)}
	resolution, offset := byte(6), int64(0)
	eachOption(body[8:], swap, func(code uint16, value []byte) {
		switch {
		case code == optName:
			f.name = string(value[:min(len(value), maxName)])
		case code == optResolution && len(value) >= 1:
			resolution = value[0]
		case code == optOffset && len(value) == 8:
			offset = int64(u64(value, swap))
		}
	})
	f.clock = newClock(resolution, offset)
	r.section.interfaces = append(r.section.interfaces, f)
}

// statisticsBlock keeps an interface's losses. Each block counts from the beginning of the
// capture, so the last one holds.
func (r *reader) statisticsBlock(body []byte) {
	if len(body) < 12 {
		return
	}
	swap := r.section.swap
	id := u32(body, swap)
	if id >= uint32(len(r.section.interfaces)) {
		return
	}
	sum := uint64(0)
	eachOption(body[12:], swap, func(code uint16, value []byte) {
		if code != optInterfaceDrop && code != optSystemDrop || len(value) != 8 {
			return
		}
		if n := u64(value, swap); n != math.MaxUint64 { // all ones: not known
			sum = addSaturating(sum, n)
		}
	})
	r.section.interfaces[id].told = sum
}

// eachOption walks a block's options; it stops at their end mark, or where they are cut.
func eachOption(b []byte, swap bool, take func(code uint16, value []byte)) {
	for len(b) >= 4 {
		code, n := u16(b, swap), int(u16(b[2:], swap))
		if code == optEnd || 4+n > len(b) {
			return
		}
		take(code, b[4:4+n])
		b = b[min(len(b), 4+(n+3)&^3):]
	}
}

func u64(b []byte, swap bool) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if swap {
		v = bits.ReverseBytes64(v)
	}
	return v
}

// interfaces numbers the interfaces of the whole input by their first appearance. One is the
// same in two files where it has the same name, or the same index and no name.
type interfaces struct {
	numbers map[string]uint16
	names   []string
}

func newInterfaces(names []string) interfaces {
	t := interfaces{numbers: map[string]uint16{}}
	for _, name := range names[:min(len(names), maxInterfaces)] {
		t.numbers[name] = uint16(len(t.names))
		t.names = append(t.names, name)
	}
	return t
}

// number is the number of an interface by its name, or its index in the section.
func (r *reader) number(name string, index int) uint16 {
	t := r.names
	if t == nil {
		return 0
	}
	if name == "" {
		name = "#" + strconv.Itoa(index)
	}
	if n, ok := t.numbers[name]; ok {
		return n
	}
	if len(t.names) == maxInterfaces {
		r.note(Crowded, r.src.offset(), "the input has more than %d interfaces; the others count as the last", maxInterfaces)
		return maxInterfaces - 1
	}
	if t.numbers == nil {
		t.numbers = map[string]uint16{}
	}
	n := uint16(len(t.names))
	t.numbers[name] = n
	t.names = append(t.names, name)
	return n
}

// used gives an interface its number with its first packet.
func (r *reader) used(f *captured, index int) uint16 {
	if !f.numbered {
		f.number = r.number(f.name, index)
		f.numbered = true
	}
	return f.number
}
