package packet

import (
	"time"

	"github.com/davylamp/davy"
)

// TableConfig bounds a Table. A zero field takes the default.
type TableConfig struct {
	Conversations int           // most conversations at once (8192)
	Buffered      int           // bytes of buffers for partial messages and held segments (2 MiB)
	Segments      int           // segments held back per direction (64)
	SegmentBytes  int           // bytes of them per direction (128 KiB)
	Hold          time.Duration // how long a segment waits for the bytes it acknowledges, and a hole that was acknowledged for its bytes (50 ms); negative: not at all
	GapWait       time.Duration // how long any hole waits (1 s)
	IdleTCP       time.Duration // after it a conversation makes room as idle, not as evicted (25 h)
	IdleOther     time.Duration // the same for UDP, IP and frames (1 h)
	Linger        time.Duration // how long a closed connection swallows late segments (2 min)
	Recent        int           // bytes of delivered payload remembered to notice conflicts (64 KiB), a power of two; negative: none
	Seed          uint64        // of the index; no result depends on it
}

func (c *TableConfig) fill() {
	integer := func(p *int, def int) {
		if *p == 0 {
			*p = def
		}
	}
	span := func(p *time.Duration, def time.Duration) {
		if *p == 0 {
			*p = def
		}
	}
	integer(&c.Conversations, 8192)
	integer(&c.Buffered, 2<<20)
	integer(&c.Segments, 64)
	integer(&c.SegmentBytes, 128<<10)
	integer(&c.Recent, 64<<10)
	span(&c.Hold, 50*time.Millisecond)
	span(&c.GapWait, time.Second)
	span(&c.IdleTCP, 25*time.Hour)
	span(&c.IdleOther, time.Hour)
	span(&c.Linger, 2*time.Minute)
	c.Conversations = min(max(c.Conversations, 1), 1<<30)
	c.Buffered, c.Segments, c.SegmentBytes = max(c.Buffered, 1), max(c.Segments, 1), max(c.SegmentBytes, 1)
}

// Table keeps the conversations of one shard. It belongs to one thread of work; a Taker
// must not call it. The same packets give the same calls, however often Tick is called in
// between and whatever the Seed is.
type Table struct {
	config TableConfig
	wait   int64 // config.Hold in ns, 0 for not at all
	stats  Stats
	now    int64   // message time
	at     Arrival // what a Taker is given
	early  Packet  // what it is given of a datagram that was held back

	index  index
	last   *Conversation // found last; nil when it left
	slab   [][]Conversation
	free   uint32 // first unused record by number + 1, chained by newer
	top    uint32 // records ever used
	live   int
	orders [3]order

	waiting []*backlog // heap by deadline
	serial  uint64     // numbers held segments and backlogs in order
	oldest  *backlog   // all backlogs in order of their making
	newest  *backlog
	idle    *backlog // unused ones
	buffers buffers
	recent  recent
}

// Stats counts what a Table did and lost. Live and OneWay are now, the rest ever.
type Stats struct {
	Conversations uint64 // opened
	Live          uint64 // in the table and not closed
	Streams       uint64 // TCP ones, ever opened, that carried payload
	OneWay        uint64 // of these: in one direction only
	Finished      uint64
	Replaced      uint64
	Idle          uint64
	Evicted       uint64 // closed before their time for want of room

	Gaps           uint64 // holes given up
	GapBytes       uint64 // bytes in them, where the hole's size is plausible
	LateBytes      uint64 // bytes of a given-up hole that came after all, handed on out of step
	Sliced         uint64 // segments captured in part
	SlicedBytes    uint64 // bytes not captured
	Conflicts      uint64 // overlaps that differ
	AfterClose     uint64 // FIN or RST that its sender did not keep to
	Retransmitted  uint64 // segments that brought nothing new
	KeepAlives     uint64
	OutOfOrder     uint64 // segments held back behind a hole
	Held           uint64 // segments held back for what they acknowledge
	HeldInVain     uint64 // times that it did not come
	Lingering      uint64 // segments swallowed after the close
	BadResets      uint64 // RST outside the window, ignored
	BadHandshakes  uint64 // SYN and SYN|ACK that fit nothing, ignored
	Copies         uint64 // TCP segments that are a mirror's duplicate, not looked at
	DroppedBytes   uint64 // captured bytes that no one read: parts of messages before a gap, at a close, for want of room
	Overflows      uint64 // directions put out of step because a message outgrew what is kept
	BufferPressure uint64 // waiting cut short because all buffers were taken
	BufferPeak     uint64 // most bytes of buffers at once
}

// Add adds another shard's counts.
func (s *Stats) Add(o Stats) {
	a, b := s.all(), o.all()
	for i := range a {
		*a[i] += *b[i]
	}
}

// all lists the counters in the order in which they are saved.
func (s *Stats) all() [27]*uint64 {
	return [27]*uint64{&s.Conversations, &s.Live, &s.Streams, &s.OneWay, &s.Finished, &s.Replaced, &s.Idle, &s.Evicted,
		&s.Gaps, &s.GapBytes, &s.LateBytes, &s.Sliced, &s.SlicedBytes, &s.Conflicts, &s.AfterClose, &s.Retransmitted,
		&s.KeepAlives, &s.OutOfOrder, &s.Held, &s.HeldInVain, &s.Lingering, &s.BadResets, &s.BadHandshakes,
		&s.Copies, &s.DroppedBytes, &s.Overflows, &s.BufferPressure}
}

// NewTable makes an empty table.
func NewTable(config TableConfig) *Table {
	config.fill()
	return &Table{config: config, wait: max(0, int64(config.Hold)), index: newIndex(), recent: recent{size: config.Recent}}
}

// Stats are the counts so far.
func (t *Table) Stats() Stats {
	s := t.stats
	s.BufferPeak = uint64(t.buffers.peak)
	return s
}

// Take finds the packet's conversation, opens one where there is none, and hands on what
// can be handed on. Packets that were not decoded and fragments are not looked at.
func (t *Table) Take(p *Packet, k Taker) {
	t.advance(p.Time, k)
	if p.Kind < Frame || p.Fragment {
		return
	}
	if p.Kind == TCPSegment && p.Copy {
		t.stats.Copies++
		return
	}
	c, d, hash := t.find(p)
	if c != nil && p.Kind == TCPSegment && (c.state&closed != 0 || p.Flags&(SYN|RST) == SYN) {
		switch t.judge(c, d, p) {
		case stale:
			return
		case anew:
			hash = t.hash(c)
			t.expel(c, Replaced, k)
			c = nil
		}
	}
	if c == nil {
		c, d = t.open(p, hash, k), 0
	} else {
		t.touch(c)
	}
	if !p.Copy {
		c.Packets[d]++
		if n := len(p.Payload) + p.Missing; n > 0 {
			t.count(c, d, n)
		} else if c.Kind != TCPSegment && c.Packets[1-d] > 0 {
			c.Answered = true
		}
	}
	if p.Kind == TCPSegment {
		t.segment(c, d, p, k)
	} else {
		t.datagram(c, d, p, k)
	}
}

// count adds payload bytes, and keeps account of what was seen one way only.
func (t *Table) count(c *Conversation, d, n int) {
	if c.Bytes[d] == 0 && c.Kind == TCPSegment {
		if c.Bytes[1-d] == 0 {
			t.stats.Streams++
			t.stats.OneWay++
		} else {
			t.stats.OneWay--
		}
	}
	c.Bytes[d] += uint64(n)
	if c.Bytes[1-d] > 0 {
		c.Answered = true
	}
}

// Tick releases what waited until now, the message time at an epoch's end.
func (t *Table) Tick(now int64, k Taker) { t.advance(now, k) }

// advance moves the time, and on the way releases what waits no longer, each at its own
// moment: so that no result depends on when Tick is called.
func (t *Table) advance(now int64, k Taker) {
	if len(t.waiting) > 0 && t.waiting[0].deadline <= now {
		t.due(now, k)
	}
	t.now = max(t.now, now)
}

func (t *Table) due(now int64, k Taker) {
	for len(t.waiting) > 0 && t.waiting[0].deadline <= now {
		b := t.waiting[0]
		t.now = max(t.now, b.deadline)
		t.expire(b, k)
	}
}

// Waits reports whether anything waits for its moment: if not, Tick does nothing.
func (t *Table) Waits() bool { return len(t.waiting) > 0 }

// Flush releases everything held back or waiting behind a gap as if its time had come;
// the parts of messages that are in order stay. It is for the end of an input.
func (t *Table) Flush(k Taker) {
	for len(t.waiting) > 0 {
		t.expire(t.waiting[0], k)
	}
}

// Earliest is the smallest message time of any packet held back, 0 when there is none.
func (t *Table) Earliest() int64 {
	var first int64
	for _, b := range t.waiting {
		if len(b.held) > b.first && (first == 0 || b.since < first) {
			first = b.since
		}
	}
	return first
}

// Each calls f for every conversation that is not closed, the least recently placed first.
func (t *Table) Each(f func(c *Conversation)) {
	for i := range t.orders {
		if i == lingering {
			continue
		}
		for n := t.orders[i].oldest; n != 0; {
			c := t.at1(n)
			n = c.newer
			f(c)
		}
	}
}

// open makes room and a conversation, and tells the Taker.
func (t *Table) open(p *Packet, hash uint32, k Taker) *Conversation {
	for t.live >= t.config.Conversations {
		t.evict(k)
	}
	c := t.record()
	c.A, c.B = davy.Endpoint{Addr: p.Src, Port: p.SrcPort}, davy.Endpoint{Addr: p.Dst, Port: p.DstPort}
	c.Kind, c.IPProto, c.EtherType = p.Kind, p.IPProto, p.EtherType
	if p.Kind != Frame {
		c.EtherType = 0
	}
	c.what = kindOf(c.Kind, c.IPProto, c.EtherType)
	c.First, c.Last, c.Opener = t.now, t.now, -1
	if p.Kind == TCPSegment {
		c.Opener = opener(p)
	}
	t.index.put(hash, c.number, t)
	t.place(c, listOf(c))
	t.stats.Conversations++
	t.stats.Live++
	k.Open(c, p)
	return c
}

// close tells the Taker that the conversation is over. A TCP one lingers.
func (t *Table) close(c *Conversation, why Reason, k Taker) {
	for d := range c.dir {
		if b := c.dir[d].back; b != nil {
			t.stats.DroppedBytes += uint64(b.unread())
			t.release(b)
		}
	}
	t.stats.Live--
	switch why {
	case Finished:
		t.stats.Finished++
	case Replaced:
		t.stats.Replaced++
	case Idle:
		t.stats.Idle++
	case Evicted:
		t.stats.Evicted++
	}
	k.Close(c, why)
	c.User = nil
	c.state = c.state&^closing | closed
	t.unplace(c)
	t.place(c, lingering)
}

// forget takes a closed conversation out of the table.
func (t *Table) forget(c *Conversation) {
	t.unplace(c)
	t.index.remove(t.hash(c), c.number, t)
	t.live--
	if t.last == c {
		t.last = nil
	}
	number := c.number
	*c = Conversation{number: number, newer: t.free}
	t.free = number + 1
}
