package packet

import (
	"encoding/binary"
	"math/bits"
)

// buffers are byte buffers of few sizes that are used again. What is taken is bounded by
// the Table; what lies ready never exceeds what was taken at once.
type buffers struct {
	ready [len(bufferSizes)][][]byte
	spare int // bytes that lie ready
	taken int
	peak  int
}

var bufferSizes = [...]int{256, 2 << 10, 16 << 10, 64 << 10, 132 << 10}

// count adds to what is taken.
func (u *buffers) count(n int) {
	u.taken += n
	u.peak = max(u.peak, u.taken)
}

// get is an empty buffer with room for n bytes; nil for none.
func (u *buffers) get(n int) []byte {
	if n == 0 {
		return nil
	}
	for i, size := range bufferSizes {
		if n > size {
			continue
		}
		u.count(size)
		if last := len(u.ready[i]) - 1; last >= 0 {
			b := u.ready[i][last]
			u.ready[i][last] = nil
			u.ready[i] = u.ready[i][:last]
			u.spare -= size
			return b
		}
		return make([]byte, 0, size)
	}
	b := make([]byte, 0, n) // longer than two messages: a frame that no link carries
	u.count(cap(b))
	return b
}

// put takes a buffer back.
func (u *buffers) put(b []byte) {
	size := cap(b)
	if size == 0 {
		return
	}
	u.taken -= size
	for i := range bufferSizes {
		if bufferSizes[i] == size && u.spare+size <= u.peak {
			u.ready[i] = append(u.ready[i], b[:0])
			u.spare += size
			return
		}
	}
}

// recent remembers the payload handed on last, of all directions, so that a later copy of
// it that differs is noticed: with records one after the other in a ring, each knowing the
// one before of its own direction. A record costs the copying of the payload and nothing
// else; no record is looked at unless a segment repeats numbers.
type recent struct {
	size int
	buf  []byte
	head uint64 // bytes ever written; records start at multiples of recordAlign
}

// A record is the place of the direction's record before (as in a direction), the sequence
// number, the length, and the bytes.
const (
	recordHead  = 12
	recordAlign = 16
	recordSteps = 64 // how far back in a direction copies are compared
)

// put records b and returns its place, in units of recordAlign, + 1; before is the
// direction's last record. Of a long segment the beginning is kept.
func (r *recent) put(before, seq uint32, b []byte) uint32 {
	if r.size <= 0 {
		return 0
	}
	if r.buf == nil {
		r.buf = make([]byte, max(1<<10, 1<<bits.Len(uint(r.size-1)))) // a power of two
	}
	size := uint64(len(r.buf))
	if len(b) > len(r.buf)>>3 {
		b = b[:len(r.buf)>>3]
	}
	at := r.head & (size - 1)
	if room := size - at; room < uint64(recordHead+len(b)) {
		r.head += room
		at = 0
	}
	place := uint32(r.head/recordAlign) + 1
	w := r.buf[at : at+recordHead+uint64(len(b))]
	binary.LittleEndian.PutUint32(w, before)
	binary.LittleEndian.PutUint32(w[4:], seq)
	binary.LittleEndian.PutUint32(w[8:], uint32(len(b)))
	copy(w[recordHead:], b)
	r.head += (recordHead + uint64(len(b)) + recordAlign - 1) / recordAlign * recordAlign
	return place
}

// differs reports whether b at seq contradicts what is still remembered of a direction
// whose last record is place.
func (r *recent) differs(place, seq uint32, b []byte) bool {
	size := uint64(len(r.buf))
	for step := 0; place != 0 && step < recordSteps; step++ {
		back := uint64(uint32(r.head/recordAlign)-(place-1)) * recordAlign // 32 bits of the distance are known
		if back == 0 || back > size || back > r.head {
			return false
		}
		at := (r.head - back) & (size - 1)
		if at+recordHead > size {
			return false
		}
		w := r.buf[at:]
		before, from := binary.LittleEndian.Uint32(w), binary.LittleEndian.Uint32(w[4:])
		n := min(uint64(binary.LittleEndian.Uint32(w[8:])), size-at-recordHead)
		theirs := w[recordHead : recordHead+n]
		lo, hi := max(0, int64(int32(from-seq))), min(int64(len(b)), int64(int32(from-seq))+int64(n))
		if lo < hi {
			skip := int64(int32(seq - from))
			if string(b[lo:hi]) != string(theirs[lo+skip:hi+skip]) {
				return true
			}
		}
		if place == before { // a record older than the ring, by chance
			return false
		}
		place = before
	}
	return false
}
