package capture

import "encoding/binary"

// The pcap format: draft-ietf-opsawg-pcap, sections 4 and 5.
const (
	pcapHeaderLen = 24
	pcapRecordLen = 16

	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Kuznetzov's patch: the record header is 8 bytes longer

	// longestClaim is how long a packet a file may announce by its snapshot length; libpcap
	// allows as much for USB. Only MaxPacket of it is kept.
	longestClaim = 128 << 20
)

type pcapHeader struct {
	swap  bool // big endian
	unit  int64
	head  int // bytes of a record's header
	minor uint16
	snap  uint32
	link  uint16
	iface uint16
}

// pcapMagic tells a pcap header by its magic number.
func pcapMagic(w []byte) (swap bool, magic uint32, ok bool) {
	for _, swap := range [2]bool{false, true} {
		switch m := u32(w, swap); m {
		case magicMicro, magicNano, magicModified:
			return swap, m, true
		}
	}
	return false, 0, false
}

func isPcap(w []byte) bool {
	if len(w) < 4 {
		return false
	}
	_, _, ok := pcapMagic(w)
	return ok
}

// pcapFollows says whether another pcap file begins at w, where a record or a block is
// expected: a magic number and version 2. The fields in the place of a record's lengths are
// 0 in every header written since 1998.
func pcapFollows(w []byte) bool {
	if len(w) < 16 {
		return false
	}
	swap, _, ok := pcapMagic(w)
	return ok && u16(w[4:], swap) == 2 && u32(w[8:], false)|u32(w[12:], false) == 0
}

func (r *reader) pcapBegin(w []byte) outcome {
	at := r.src.offset()
	if len(w) < pcapHeaderLen {
		kind, why := r.src.cause()
		if why != "" {
			why = "; " + why
		}
		return r.fail(kind.orCorrupt(), at, "the pcap header is cut: %d of its %d bytes are there%s", len(w), pcapHeaderLen, why)
	}
	h := &r.pcap
	var magic uint32
	h.swap, magic, _ = pcapMagic(w)
	h.unit, h.head = 1000, pcapRecordLen
	switch magic {
	case magicNano:
		h.unit = 1
	case magicModified:
		h.head = pcapRecordLen + 8
	}
	if major := u16(w[4:], h.swap); major != 2 {
		return r.fail(Corrupt, at, "expected pcap version 2, found %d", major)
	}
	h.minor = u16(w[6:], h.swap)
	h.snap = u32(w[16:], h.swap)
	h.link = uint16(u32(w[20:], h.swap)) // the upper half tells of frame check sequences
	h.iface = r.number("", 0)
	r.src.r += pcapHeaderLen
	r.endSection()
	r.format = inPcap
	return atHeader
}

func (r *reader) fillPcap(b *Batch) outcome {
	h := r.pcap
	s := &r.src
	for {
		if !h.swap {
			r.plainRun(b)
		}
		w := s.buf[s.r:s.w]
		if len(w) < h.head {
			if w = s.want(h.head); len(w) < h.head {
				return r.short(s.offset(), int64(len(w)), int64(h.head), "a packet's header")
			}
		}
		sec, frac := u32(w, h.swap), u32(w[4:], h.swap)
		n, wire := u32(w[8:], h.swap), u32(w[12:], h.swap)
		if n > wire || n > MaxPacket || n == 0 {
			o, done := r.oddPcap(b, w, sec, n, wire)
			if done {
				return o
			}
			if n > wire {
				if h.minor < 4 && wire != 0 { // before 2.4 the two lengths stood the other way round
					n, wire = wire, n
				} else {
					wire = n
				}
			}
		}
		size := h.head + int(min(n, MaxPacket))
		if len(w) < size {
			if w = s.want(size); len(w) < size {
				return r.short(s.offset(), int64(len(w)), int64(h.head)+int64(n), "a packet")
			}
		}
		if b.full() {
			return batchFull
		}
		r.add(b, pcapStamp(sec, frac, h.unit), h.iface, h.link, int(wire), w[h.head:size])
		s.r += size
		if n > MaxPacket {
			at := s.offset() - int64(size)
			rest := int64(n) - MaxPacket
			if got := s.skip(rest); got < rest {
				return r.short(at, int64(size)+got, int64(size)+rest, "a packet")
			}
		}
	}
}

// pcapStamp is a record's time. Tools that shift times have been seen to leave a fraction
// below zero; as a signed number it is right.
func pcapStamp(sec, frac uint32, unit int64) int64 {
	return int64(sec)*1e9 + int64(int32(frac))*unit
}

// oddPcap looks at a record header that is no ordinary one. done says that the reading of
// records pauses here, for the reason o; else the record is to be taken.
func (r *reader) oddPcap(b *Batch, w []byte, sec, n, wire uint32) (o outcome, done bool) {
	at := r.src.offset()
	switch {
	case pcapFollows(w) || n > MaxPacket && isPcapng(w):
		r.format = headerNext
		return atHeader, true
	case n == 0 && wire == 0 && sec == 0 && u32(w[4:], false) == 0:
		// A disk that filled up, or a machine that lost power, leaves runs of zeros.
		return r.fail(Corrupt, at, "expected a packet's header, found 16 zero bytes"), true
	case n > MaxPacket && n > min(r.pcap.snap, longestClaim):
		return r.fail(Corrupt, at, "expected a packet's header with at most %d captured bytes, found %d; nothing can be read from here on",
			max(MaxPacket, min(r.pcap.snap, longestClaim)), n), true
	case n > MaxPacket && !b.full():
		r.note(Sliced, at, "a packet of %d captured bytes was cut to %d", n, MaxPacket)
	}
	return 0, false
}

// plainRun takes the ordinary little-endian records that are whole in the buffer: what nearly
// every packet of a pcap goes through.
func (r *reader) plainRun(b *Batch) {
	s, h := &r.src, &r.pcap
	head, unit := h.head, h.unit
	w := s.buf[s.r:s.w]
	records, n := b.Records[:b.limit], len(b.Records)
	frame := r.frame
	for n < len(records) && len(w) >= pcapRecordLen {
		_ = w[15]
		sec, frac := binary.LittleEndian.Uint32(w), binary.LittleEndian.Uint32(w[4:])
		size, wire := int(binary.LittleEndian.Uint32(w[8:])), int(binary.LittleEndian.Uint32(w[12:]))
		if size > wire || size > MaxPacket || size == 0 || head+size > len(w) {
			break
		}
		frame++
		x := &records[n]
		x.Stamp = pcapStamp(sec, frac, unit)
		x.File, x.Frame, x.Interface, x.Link, x.Wire = r.file, frame, h.iface, h.link, wire
		x.Data = w[head : head+size : head+size]
		w = w[head+size:]
		n++
	}
	if n > len(b.Records) {
		r.last = records[n-1].Stamp
	}
	r.frame = frame
	s.r = s.w - len(w)
	b.Records = records[:n]
}
