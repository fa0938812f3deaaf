package baseline

import "github.com/davylamp/davy"

// entry is one operation, or one object under an operation, on one link: what each message
// touches, in one line of the processor's cache. Times are ns.
type entry struct {
	key      uint64
	last     int64
	cycle    int64
	jitter   int64
	response int64
	count    uint32 // of uses, saturating
	follow   uint32 // what followed last time, number+1
	tag      uint32 // upper half of its key
	of       uint32 // of an object: the entry of its operation, number+1; of an operation: the prints of its objects, likewise
	objects  uint16 // of an operation: how many objects it has
	singles  uint16 // of which were taken once
	flags    uint8
}

// said is what an entry stands for, which is asked for only when it is to be told.
type said struct {
	index uint64 // object
	path  uint64
	kind  uint32 // operation, space and path kind, interned
	area  uint32
	many  uint32 // objects in the range
	sub   uint32
	name  uint32 // interned
	next  uint32 // the one before it among the link's operations, or among the operation's objects, number+1
	first uint32 // of an operation: its latest object, number+1
}

// Flags of an entry.
const (
	once          = 1 << iota // taken
	again                     // and again
	strangeOp                 // the operation was first taken while not learning
	strangeObject             // the object was
	strangeWriter             // it changes something, which nobody learned to be usual on the link
	granting                  // it was granted once
	object                    // it is an object, else an operation
)

// strange is any of what makes an entry news each time it is taken.
const strange = strangeOp | strangeObject | strangeWriter

// estrange marks what was new while not learning, so that it stays new.
func (e *entry) estrange(news davy.News) {
	if news.Has(davy.NewOperation) {
		e.flags |= strangeOp
	}
	if news.Has(davy.NewObject) {
		e.flags |= strangeObject
	}
	if news.Has(davy.NewWriter) {
		e.flags |= strangeWriter
	}
}

func (e *entry) news() (n davy.News) {
	if e.flags&strangeOp != 0 {
		n |= davy.NewOperation
	}
	if e.flags&strangeObject != 0 {
		n |= davy.NewObject
	}
	if e.flags&strangeWriter != 0 {
		n |= davy.NewWriter
	}
	return n
}

// touch counts a use, and reports whether it is the second ever. Cycle and jitter are
// smoothed as RFC 6298 smooths round trips: an eighth of the new cycle, a quarter of the
// new deviation.
func (e *entry) touch(now int64) (second bool) {
	switch gap := now - e.last; {
	case e.count == 0 || gap < 0:
	case e.cycle == 0:
		e.cycle, e.jitter = gap, 0
	default:
		dev := gap - e.cycle
		e.cycle += dev / 8
		e.jitter += (max(dev, -dev) - e.jitter) / 4
	}
	if e.count < ^uint32(0) {
		e.count++
	}
	e.last = now
	switch {
	case e.flags&again != 0:
	case e.flags&once == 0:
		e.flags |= once
	default:
		e.flags |= again
		second = true
	}
	return second
}

// answer counts a reply, and reports whether it is the first that grants the operation,
// whatever its object.
func (t *Table) answer(n uint32, took int64, granted bool) (first bool) {
	e := t.entries.at(n)
	if granted && e.flags&granting == 0 {
		e.flags |= granting
		first = true
		if e.flags&object != 0 {
			op := t.entries.at(e.of)
			first = op.flags&granting == 0
			op.flags |= granting
		}
	}
	if e.response == 0 {
		e.response = took
	} else {
		e.response += (took - e.response) / 8
	}
	return first
}

// slab holds entries in chunks, so that they never move and cost no allocation each.
type slab struct {
	chunks [][]entry
	words  [][]said
	spare  uint32 // chain of free entries, number+1
	used   int
	size   uint32
}

const chunk = 1024

func (s *slab) at(n uint32) *entry { n--; return &s.chunks[n/chunk][n%chunk] }

// said is what the entry stands for.
func (s *slab) said(n uint32) *said { n--; return &s.words[n/chunk][n%chunk] }

func (s *slab) alloc() uint32 {
	s.used++
	if n := s.spare; n != 0 {
		s.spare = s.said(n).next
		*s.at(n), *s.said(n) = entry{}, said{}
		return n
	}
	if int(s.size) == len(s.chunks)*chunk {
		s.chunks, s.words = append(s.chunks, make([]entry, chunk)), append(s.words, make([]said, chunk))
	}
	s.size++
	return s.size
}

func (s *slab) free(n uint32) {
	s.used--
	*s.at(n), *s.said(n) = entry{}, said{next: s.spare}
	s.spare = n
}

// insert makes the entry of an operation, with no object, or of an object of the operation
// op; 0 when there is no room even if other links are forgotten.
func (t *Table) insert(l *Link, m *davy.Message, o *davy.Object, key uint64, op uint32) uint32 {
	if op == 0 && int(l.ops) >= operationsPer*t.Config.Objects {
		t.Full++
		return 0
	}
	for t.entries.used >= t.Config.Entries {
		if !t.evict(l) {
			t.Full++
			return 0
		}
	}
	n := t.entries.alloc()
	e, w := t.entries.at(n), t.entries.said(n)
	e.key = key
	*w = said{index: o.Index, area: o.Area, many: o.Count, sub: o.Sub, path: m.Path.Number}
	w.kind, w.name = t.kinds.take(m, o)
	if op == 0 {
		l.ops++
		l.likely |= bitOf(key)
		w.next, l.first = l.first, n
	} else {
		e.of, e.flags = op, object
		above, parent := t.entries.said(op), t.entries.at(op)
		w.next, above.first = above.first, n
		parent.objects++
		parent.singles++
	}
	t.place(n)
	return n
}

// each calls f for all that a link says, the latest first, and for an operation after its
// objects. f may free the entry.
func (t *Table) each(l *Link, f func(n uint32, e *entry, s *said)) {
	for op := l.first; op != 0; {
		s := t.entries.said(op)
		for n := s.first; n != 0; {
			o := t.entries.said(n)
			next := o.next
			f(n, t.entries.at(n), o)
			n = next
		}
		next := s.next
		f(op, t.entries.at(op), s)
		op = next
	}
}

// The index: open addressing with linear probing and backward-shift deletion. A slot holds
// an entry's number in its lower half and the upper half of its key, so that a strange key
// is known without a look at the entry.

const upper = uint64(1<<32-1) << 32

func (t *Table) find(key uint64) uint32 {
	if len(t.index) == 0 {
		return 0
	}
	mask := uint64(len(t.index) - 1)
	for i := key & mask; t.index[i] != 0; i = (i + 1) & mask {
		if v := t.index[i]; (v^key)&upper == 0 && t.entries.at(uint32(v)).key == key {
			return uint32(v)
		}
	}
	return 0
}

func (t *Table) place(n uint32) {
	if t.entries.used*4 > len(t.index)*3 {
		old := t.index
		t.index = make([]uint64, max(256, len(old)*2))
		for _, o := range old {
			if o != 0 {
				t.put(uint32(o))
			}
		}
	}
	t.put(n)
}

func (t *Table) put(n uint32) {
	mask, key := uint64(len(t.index)-1), t.entries.at(n).key
	i := key & mask
	for t.index[i] != 0 {
		i = (i + 1) & mask
	}
	t.index[i] = key&upper | uint64(n)
}

func (t *Table) unindex(n uint32) {
	mask := uint64(len(t.index) - 1)
	i := t.entries.at(n).key & mask
	for uint32(t.index[i]) != n {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; t.index[j] != 0; j = (j + 1) & mask {
		home := t.entries.at(uint32(t.index[j])).key & mask
		if (j-home)&mask >= (j-i)&mask {
			t.index[i], i = t.index[j], j
		}
	}
	t.index[i] = 0
}
