package capture

import "encoding/binary"

// The pcapng format: draft-ietf-opsawg-pcapng, sections 3 and 4.
const (
	blockSection     = 0x0a0d0d0a // 4.1, the same in both byte orders
	blockInterface   = 0x00000001 // 4.2
	blockPacket      = 0x00000002 // appendix A, obsolete
	blockSimple      = 0x00000003 // 4.4
	blockStatistics  = 0x00000005 // 4.6
	blockEnhanced    = 0x00000006 // 4.3
	byteOrderMagic   = 0x1a2b3c4d
	sectionMinLen    = 28
	blockOverhead    = 12 // type and both lengths
	enhancedFixedLen = 20

	// hugeBlock is more than any packet block can be; Wireshark's limit for all blocks.
	hugeBlock = 16 << 20
)

func isPcapng(w []byte) bool { return len(w) >= 4 && u32(w, false) == blockSection }

// fillPcapng reads blocks. A block longer than the read buffer is read by its beginning, and
// the rest passed over.
func (r *reader) fillPcapng(b *Batch) outcome {
	s := &r.src
	for {
		if !r.section.swap {
			r.plainBlocks(b)
		}
		w := s.buf[s.r:s.w]
		if len(w) < blockOverhead {
			if w = s.want(blockOverhead); len(w) < blockOverhead {
				return r.short(s.offset(), int64(len(w)), blockOverhead, "a block's header")
			}
		}
		swap := r.section.swap
		kind, total := u32(w, swap), u32(w[4:], swap)
		if kind == blockSection {
			var known bool
			if swap, known = sectionOrder(w); !known {
				return r.fail(Corrupt, s.offset(), "expected the byte-order magic 1a2b3c4d in a section header, found % x", w[8:12])
			}
			total = u32(w[4:], swap)
		}
		if total < blockOverhead || total%4 != 0 {
			w = s.want(pcapHeaderLen)
			if s.noRoom {
				return batchFull
			}
			if pcapFollows(w) {
				r.format = headerNext
				return atHeader
			}
			return r.fail(Corrupt, s.offset(), "expected a block's length, at least 12 and a multiple of 4, found %d; nothing can be read from here on", total)
		}
		whole := total <= readSize
		size := int(min(total, readSize))
		if len(w) < size {
			if w = s.want(size); len(w) < size {
				return r.short(s.offset(), int64(len(w)), int64(total), "a block")
			}
		}
		body := w[8:size]
		if whole {
			body = w[8 : size-4]
			if end := u32(w[size-4:], swap); end != total {
				return r.fail(Corrupt, s.offset(), "expected the block's length %d again at its end, found %d; nothing can be read from here on", total, end)
			}
		}
		switch kind {
		case blockEnhanced, blockPacket:
			if !r.packetBlock(b, kind, body, total) {
				return batchFull
			}
		case blockSimple:
			if !r.simpleBlock(b, body, total) {
				return batchFull
			}
		case blockSection:
			if o, ok := r.sectionBlock(body, total, swap); !ok {
				return o
			}
		case blockInterface:
			r.interfaceBlock(body)
		case blockStatistics:
			r.statisticsBlock(body)
		case blockCustom:
			if whole && r.markBlock(b, body) {
				s.r += size
				return batchEnds
			}
		}
		s.r += size
		if !whole {
			if o, ok := r.passOver(int64(total), int64(size)); !ok {
				return o
			}
		}
	}
}

// passOver passes over what is left of a block longer than the buffer, and checks its end.
func (r *reader) passOver(total, used int64) (outcome, bool) {
	at := r.src.offset() - used
	if used > total-4 { // the buffer ended inside the length at the block's end
		r.src.r -= int(used - (total - 4))
		used = total - 4
	}
	var end [4]byte
	have := used + r.src.skip(total-4-used)
	have += int64(r.src.pass(end[:]))
	if have < total {
		return r.short(at, have, total, "a block"), false
	}
	if end := u32(end[:], r.section.swap); int64(end) != total {
		return r.fail(Corrupt, at, "expected the block's length %d again at its end, found %d; nothing can be read from here on", total, end), false
	}
	return atEnd, true
}

func sectionOrder(w []byte) (swap, known bool) {
	switch uint32(byteOrderMagic) {
	case u32(w[8:], false):
		return false, true
	case u32(w[8:], true):
		return true, true
	}
	return false, false
}

// packetBlock takes an enhanced packet block (4.3) or an obsolete packet block (appendix A),
// which differ in their first four bytes. It says false where the batch has no room.
func (r *reader) packetBlock(b *Batch, kind uint32, body []byte, total uint32) (room bool) {
	if len(body) < enhancedFixedLen {
		return r.badPacket("expected a packet block of at least %d bytes, found %d", blockOverhead+enhancedFixedLen, total)
	}
	swap := r.section.swap
	id := u32(body, swap)
	lost := uint32(0)
	if kind == blockPacket {
		id = uint32(u16(body, swap))
		if lost = uint32(u16(body[2:], swap)); lost == 0xffff { // "not known"
			lost = 0
		}
	}
	n, wire := u32(body[12:], swap), u32(body[16:], swap)
	if id >= uint32(len(r.section.interfaces)) {
		return r.badPacket("a packet names interface %d and the section has described %d; such packets are left out", id, len(r.section.interfaces))
	}
	if n > total-blockOverhead-enhancedFixedLen {
		return r.badPacket("a packet claims %d captured bytes in a block of %d; such packets are left out", n, total)
	}
	kept := int(min(n, MaxPacket))
	if b.full() {
		return false
	}
	if n > MaxPacket {
		r.note(Sliced, r.src.offset(), "a packet of %d captured bytes was cut to %d", n, MaxPacket)
	}
	f := &r.section.interfaces[id]
	stamp, in := f.clock.stamp(uint64(u32(body[4:], swap))<<32 | uint64(u32(body[8:], swap)))
	if !in {
		r.note(Clamped, r.src.offset(), "a packet's time lies outside the years 1684 to 2255 and was moved to the nearer end")
	}
	data := body[enhancedFixedLen : enhancedFixedLen+kept]
	r.add(b, stamp, r.used(f, int(id)), f.link, int(max(n, wire)), data)
	if at := enhancedFixedLen + (uint64(n)+3)&^3; at+4 <= uint64(len(body)) && kind == blockEnhanced {
		eachOption(body[at:], swap, func(code uint16, value []byte) {
			if code == optPacketDrops && len(value) == 8 {
				f.lost = addSaturating(f.lost, u64(value, swap))
			}
		})
	}
	f.lost = addSaturating(f.lost, uint64(lost))
	return true
}

// simpleBlock takes a simple packet block (4.4): the section's first interface, no time.
func (r *reader) simpleBlock(b *Batch, body []byte, total uint32) (room bool) {
	if len(body) < 4 {
		return r.badPacket("expected a simple packet block of at least 16 bytes, found %d", total)
	}
	if len(r.section.interfaces) == 0 {
		return r.badPacket("a simple packet belongs to the section's first interface and the section has described none; such packets are left out")
	}
	f := &r.section.interfaces[0]
	wire := u32(body, r.section.swap)
	n := min(wire, total-blockOverhead-4)
	if f.snap != 0 {
		n = min(n, f.snap)
	}
	kept := int(min(n, MaxPacket))
	if b.full() {
		return false
	}
	if n > MaxPacket {
		r.note(Sliced, r.src.offset(), "a packet of %d captured bytes was cut to %d", n, MaxPacket)
	}
	r.note(Timeless, r.src.offset(), "a simple packet block has no time; such packets take the time of the one before")
	r.add(b, r.last, r.used(f, 0), f.link, int(wire), body[4:4+kept])
	return true
}

// badPacket counts a packet that cannot be taken. Its block's frame is whole, so the reading
// goes on, and the frame keeps its number.
func (r *reader) badPacket(format string, args ...any) (room bool) {
	r.note(Corrupt, r.src.offset(), format, args...)
	r.frame++
	return true
}

// plainBlocks takes the little-endian enhanced packet blocks without options that are whole
// in the buffer: what nearly every packet of a pcapng goes through.
func (r *reader) plainBlocks(b *Batch) {
	s := &r.src
	w := s.buf[s.r:s.w]
	records, n := b.Records[:b.limit], len(b.Records)
	interfaces := r.section.interfaces
	for n < len(records) && len(w) >= blockOverhead+enhancedFixedLen {
		total, id := binary.LittleEndian.Uint32(w[4:]), binary.LittleEndian.Uint32(w[8:])
		units := uint64(binary.LittleEndian.Uint32(w[12:]))<<32 | uint64(binary.LittleEndian.Uint32(w[16:]))
		size, wire := int(binary.LittleEndian.Uint32(w[20:])), int(binary.LittleEndian.Uint32(w[24:]))
		if binary.LittleEndian.Uint32(w) != blockEnhanced || size > MaxPacket || int(total) > len(w) ||
			int(total) != blockOverhead+enhancedFixedLen+(size+3)&^3 || id >= uint32(len(interfaces)) ||
			binary.LittleEndian.Uint32(w[total-4:]) != total {
			break
		}
		f := &interfaces[id]
		if !f.numbered || units >= f.clock.plain {
			break
		}
		x := &records[n]
		x.Stamp = int64(units * f.clock.mul)
		x.File, x.Frame, x.Interface, x.Link, x.Wire = r.file, r.frame+1, f.number, f.link, max(size, wire)
		x.Data = w[28 : 28+size : 28+size]
		w = w[total:]
		r.frame++
		n++
	}
	if n > len(b.Records) {
		r.last = records[n-1].Stamp
	}
	s.r = s.w - len(w)
	b.Records = records[:n]
}
