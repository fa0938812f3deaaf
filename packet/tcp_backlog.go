package packet

import (
	"math"

	"github.com/davylamp/davy"
)

// backlog is what one direction holds back: the unread bytes of a message that is not
// whole, and segments that wait for bytes before them or for what they acknowledge. Few
// conversations have one at a time.
type backlog struct {
	c    *Conversation
	dir  int
	kept []byte // unread from start on
	// start and need: of the kept bytes, those read, and how many unread ones are worth a call.
	start, need int
	total       uint64 // bytes ever put into kept, for parts
	parts       []share

	held  []held // by sequence number, from first on; they do not overlap
	first int
	bytes int // captured bytes of them

	since    int64  // arrival of the oldest held one
	missed   uint32 // the hole before this number was acknowledged,
	missedAt int64  // at this time; 0: it was not
	closeAt  int64  // when a RST takes effect; 0: none
	deadline int64
	place    int // in the heap, + 1; 0: not in it
	serial   uint64

	older, newer *backlog
}

// share is whose bytes stand in kept, up to end. A share that is followed by a later packet's
// is merged into it: what is left are the packets with the largest frame of all that follow.
type share struct {
	end uint64
	at  Arrival
}

// held is a segment held back.
type held struct {
	seq, size, ack uint32
	flags          uint8
	time           int64
	serial         uint64
	origin         davy.Origin
	src, dst       davy.MAC
	data           []byte
}

// never is the deadline of what waits for bytes alone.
const never = int64(math.MaxInt64)

// backlogSize is what a backlog counts as beside its buffers.
const backlogSize = 512

func (b *backlog) unread() int { return len(b.kept) - b.start }

// hole reports whether bytes are missing before the first segment held back.
func (b *backlog) hole() bool {
	return len(b.held) > b.first && b.held[b.first].seq != b.c.dir[b.dir].next
}

// over reports whether more is held back than may be.
func (b *backlog) over(c *TableConfig) bool {
	n := len(b.held) - b.first
	return n > c.Segments || n > 0 && b.bytes > c.SegmentBytes
}

// acknowledged reports whether the receiver has what is missing before the first held segment.
func (h *direction) acknowledged(b *backlog) bool {
	return h.has(acks) && reaches(h.acked, b.held[b.first].seq)
}

// backlog is the direction's backlog, made where there is none.
func (t *Table) backlog(c *Conversation, d int) *backlog {
	h := &c.dir[d]
	if h.back != nil {
		return h.back
	}
	b := t.idle
	if b != nil {
		t.idle = b.newer
		*b = backlog{parts: b.parts[:0], held: b.held[:0]}
	} else {
		b = new(backlog)
	}
	t.serial++
	b.c, b.dir, b.serial = c, d, t.serial
	t.chain(b)
	h.back = b
	return b
}

// chain puts a backlog behind all others.
func (t *Table) chain(b *backlog) {
	if b.older = t.newest; b.older != nil {
		b.older.newer = b
	} else {
		t.oldest = b
	}
	t.newest = b
	t.buffers.count(backlogSize)
}

// release takes a backlog back, with all that is in it.
func (t *Table) release(b *backlog) {
	for b.first < len(b.held) {
		s := b.pop()
		t.stats.DroppedBytes += uint64(len(s.data))
		t.buffers.put(s.data)
	}
	t.buffers.put(b.kept)
	b.kept = nil
	t.unschedule(b)
	if b.older != nil {
		b.older.newer = b.newer
	} else {
		t.oldest = b.newer
	}
	if b.newer != nil {
		b.newer.older = b.older
	} else {
		t.newest = b.older
	}
	t.buffers.count(-backlogSize)
	b.c.dir[b.dir].back = nil
	b.c, b.older = nil, nil
	b.newer, t.idle = t.idle, b
}

// keep keeps the unread end of what was just handed on.
func (t *Table) keep(c *Conversation, d int, rest []byte, need int, k Taker) {
	b := t.backlog(c, d)
	b.kept = append(t.buffers.get(len(rest)), rest...)
	b.start, b.need, b.total = 0, need, uint64(len(rest))
	b.parts = append(b.parts[:0], share{b.total, t.at})
	t.bound(b, k)
}

// extend adds bytes to those kept, and hands on all when it is worth it.
func (t *Table) extend(c *Conversation, d int, data []byte, k Taker) {
	b := c.dir[d].back
	t.grow(b, len(data))
	b.kept = append(b.kept, data...)
	b.total += uint64(len(data))
	for n := len(b.parts); n > 0 && !later(&b.parts[n-1].at.Origin, &t.at.Origin); n-- {
		b.parts = b.parts[:n-1]
	}
	b.parts = append(b.parts, share{b.total, t.at})
	if b.unread() < b.need {
		t.bound(b, k)
		return
	}
	t.at = b.parts[0].at
	t.at.Time = t.now
	read, need := k.Stream(c, d, b.kept[b.start:], &t.at)
	if read < 0 {
		read = b.unread()
	}
	b.start, b.need = min(b.start+read, len(b.kept)), need
	for len(b.parts) > 0 && b.parts[0].end <= b.total-uint64(b.unread()) {
		copy(b.parts, b.parts[1:])
		b.parts = b.parts[:len(b.parts)-1]
	}
	if b.unread() == 0 {
		b.empty(t)
		return
	}
	t.bound(b, k)
}

// bound puts a direction out of step whose message outgrows what is kept.
func (t *Table) bound(b *backlog, k Taker) {
	if b.unread() > maxMessage {
		t.stats.Overflows++
		t.gap(b.c, b.dir, 0, k)
	}
}

// later reports whether a stands after b in the input.
func later(a, b *davy.Origin) bool {
	return a.File > b.File || a.File == b.File && a.Frame > b.Frame
}

// latest is the last arrival among the kept bytes.
func (b *backlog) latest() Arrival {
	if len(b.parts) == 0 {
		return Arrival{}
	}
	return b.parts[0].at
}

// dropKept drops the kept part of a message that will not become whole.
func (t *Table) dropKept(h *direction) {
	if b := h.back; b != nil && b.kept != nil {
		t.stats.DroppedBytes += uint64(b.unread())
		b.empty(t)
	}
}

func (b *backlog) empty(t *Table) {
	t.buffers.put(b.kept)
	b.kept, b.start, b.need, b.parts = nil, 0, 0, b.parts[:0]
}

// grow makes room for n more bytes.
func (t *Table) grow(b *backlog, n int) {
	if len(b.kept)+n <= cap(b.kept) {
		return
	}
	if unread := b.unread(); unread+n <= cap(b.kept) {
		copy(b.kept, b.kept[b.start:])
		b.kept, b.start = b.kept[:unread], 0
		return
	}
	old := b.kept
	b.kept = append(t.buffers.get(b.unread()+n), old[b.start:]...)
	b.start = 0
	t.buffers.put(old)
}

// hold holds back a segment at or ahead of the stream's position. Where it overlaps others
// that are held the first copy stays, and what differs is a conflict.
func (t *Table) hold(c *Conversation, d int, seq, size uint32, data []byte, p *Packet, k Taker) {
	h := &c.dir[d]
	b := t.backlog(c, d)
	b.compact()
	differs, fresh := false, false
	piece := func(at int, size uint32) {
		mine := data[:min(int(size), len(data))]
		t.serial++
		b.insert(at, held{seq: seq, size: size, ack: p.Ack, flags: p.Flags, time: t.now, serial: t.serial,
			origin: p.Origin, src: p.SrcMAC, dst: p.DstMAC, data: append(t.buffers.get(len(mine)), mine...)})
		fresh = true
	}
	skip := func(n uint32) {
		seq, size, data = seq+n, size-n, data[min(int(n), len(data)):]
	}
	for i := 0; i < len(b.held) && size > 0; i++ {
		s := &b.held[i]
		lo, from := seq-h.next, s.seq-h.next
		if from+s.size <= lo {
			continue
		}
		if lo+size <= from {
			piece(i, size)
			size = 0
			break
		}
		if lo < from {
			piece(i, from-lo)
			skip(from - lo)
			i++
			s = &b.held[i]
			lo = from
		}
		n := min(size, from+s.size-lo)
		theirs := s.data[min(int(lo-from), len(s.data)):]
		mine := data[:min(int(n), len(data))]
		m := min(len(mine), len(theirs))
		differs = differs || string(mine[:m]) != string(theirs[:m])
		skip(n)
	}
	if size > 0 {
		piece(len(b.held), size)
	}
	if !fresh {
		t.stats.Retransmitted++
	}
	if differs {
		t.conflict(c, d, k)
	}
}

// compact moves the held segments to the front.
func (b *backlog) compact() {
	if b.first > 0 {
		n := copy(b.held, b.held[b.first:])
		clear(b.held[n:])
		b.held, b.first = b.held[:n], 0
	}
}

func (b *backlog) insert(at int, s held) {
	b.held = append(b.held, held{})
	copy(b.held[at+1:], b.held[at:])
	b.held[at] = s
	b.bytes += len(s.data)
}

// pop takes out the first held segment; its data is to be put back.
func (b *backlog) pop() held {
	s := b.held[b.first]
	b.held[b.first].data = nil
	b.bytes -= len(s.data)
	if b.first++; b.first == len(b.held) {
		b.held, b.first = b.held[:0], 0
	}
	return s
}

// due is when the backlog must be looked at, without anything coming.
func (b *backlog) due(t *Table) int64 {
	at := never
	if b.closeAt != 0 {
		at = b.closeAt
	}
	if len(b.held) == b.first {
		return at
	}
	b.since = never
	for i := b.first; i < len(b.held); i++ {
		b.since = min(b.since, b.held[i].time)
	}
	h := &b.c.dir[b.dir]
	if !b.hole() {
		return min(at, b.held[b.first].time+t.wait)
	}
	at = min(at, b.since+int64(t.config.GapWait))
	if h.acknowledged(b) {
		if len(b.held)-b.first >= enoughBehind {
			return min(at, t.now)
		}
		if first := b.held[b.first].seq; b.missedAt == 0 || b.missed != first {
			b.missed, b.missedAt = first, t.now
		}
		at = min(at, b.missedAt+t.wait)
	}
	return at
}

// enoughBehind is how many segments may follow a hole that was acknowledged before it counts
// as lost by the mirror.
const enoughBehind = 8
