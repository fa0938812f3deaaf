package capture

import "encoding/binary"

// A ring (see Ring) says in its segments what no packet says: how far message time had come,
// where a batch and a PATH ended, and which segment this is. These marks are custom blocks
// of pcapng (4.7), of the kind that a tool which changes a file must not copy: readers that
// do not know them pass over them.
//
// A custom block names who made it by a private enterprise number. Davy has none, so it
// uses 32473, which RFC 5612 sets aside for documentation, and tells its own by the magic
// word behind it.
const (
	blockCustom = 0x40000bad
	markPEN     = 32473
	markMagic   = "davy"
	markHead    = 12 // the number, the magic word, kind, flags and two bytes kept free
)

type markKind uint8

const (
	markSegment markKind = 1 // begins a segment: its number
	markBatch   markKind = 2 // a batch ends here: its tick, 0 for none
	markClosed  markKind = 3 // ends a segment: first and last stamp, number of packets
)

// ringRoom is how much longer than MaxBytes a batch may be in a ring's segment: its blocks'
// heads and padding, and what stands before its first record.
const ringRoom = MaxRecords*(blockOverhead+enhancedFixedLen+3) + 64<<10

const markPathEnd = 1 // flag of markBatch

// latestTick bounds what a file may say of time: 2112, as packet.Clock bounds stamps.
const latestTick = 45e17

type mark struct {
	kind    markKind
	flags   uint8
	payload []byte
}

// readMark reads the body of a custom block; ok is false where it is somebody else's.
func readMark(body []byte, swap bool) (m mark, ok bool) {
	if len(body) < markHead || u32(body, swap) != markPEN || string(body[4:8]) != markMagic {
		return mark{}, false
	}
	return mark{markKind(body[8]), body[9], body[markHead:]}, true
}

// markBlock takes a mark from a capture; it says whether the batch ends here.
func (r *reader) markBlock(b *Batch, body []byte) (ends bool) {
	swap := r.section.swap
	m, ok := readMark(body, swap)
	if !ok || len(m.payload) < 8 {
		return false
	}
	switch n := u64(m.payload, swap); m.kind {
	case markSegment:
		r.segment = n
		r.src.widen()
	case markBatch:
		if n <= latestTick {
			b.Tick = int64(n)
		}
		b.PathEnd = m.flags&markPathEnd != 0
		return true
	}
	return false
}

// mark writes a mark.
func (x *Writer) mark(kind markKind, flags uint8, payload ...uint64) error {
	return x.end(appendMark(x.begin(blockCustom), kind, flags, payload...))
}

func appendMark(b []byte, kind markKind, flags uint8, payload ...uint64) []byte {
	b = binary.LittleEndian.AppendUint32(b, markPEN)
	b = append(b, markMagic...)
	b = append(b, byte(kind), flags, 0, 0)
	for _, v := range payload {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// closedLen is how long the block is that ends a closed segment.
const closedLen = blockOverhead + markHead + 24

func (s *Segment) closed() (from, to, packets uint64) {
	return uint64(s.From), uint64(s.To), s.Packets
}

// readClosed takes over what a closed segment says of itself in its last bytes.
func (s *Segment) readClosed(payload []byte) {
	s.From, s.To, s.Packets = int64(u64(payload, false)), int64(u64(payload[8:], false)), u64(payload[16:], false)
}

// statistics says how many packets of an interface were seen and lost since the section
// began (4.6).
func (x *Writer) statistics(iface int, stamp int64, seen, lost uint64) error {
	b := x.begin(blockStatistics)
	b = binary.LittleEndian.AppendUint32(b, uint32(iface))
	b = binary.LittleEndian.AppendUint32(b, uint32(uint64(stamp)>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(stamp))
	b = appendCount(b, optReceived, seen)
	b = appendCount(b, optSystemDrop, lost)
	return x.end(append(b, 0, 0, 0, 0))
}

func appendCount(b []byte, code uint16, n uint64) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, 8)
	return binary.LittleEndian.AppendUint64(b, n)
}
