// Package baseline remembers what each link says: which operations, on which objects, at
// which rhythm; and tells what was never said before. It is the communication half of
// learned behaviour (first-seen inventory and timing).
//
// It judges nothing: whether something new matters is for detect to say. It holds no clock,
// no goroutine and no pointer into packets; its memory is bounded by ceilings on links, on
// operations and objects a link, and on all of them together, and by the eviction of whole
// links, counted.
package baseline

import (
	"math/bits"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/fetch"
)

// Config are the ceilings of one shard.
type Config struct {
	Links   int // links remembered
	Objects int // objects told apart of an operation that looks, and changesPer times as many of one that changes something
	Entries int // operations and objects in all
}

// Defaults are ceilings for a machine with a few hundred MB to spare, a shard.
var Defaults = Config{Links: 8192, Objects: 64, Entries: 16384}

// For each object that may be told apart: how many operations of a link may be, and how many
// objects of an operation that changes something.
const (
	operationsPer = 4
	changesPer    = 8
)

// Table is what one shard remembers.
type Table struct {
	Config   Config
	links    map[uint64]*Link
	order    []*Link // for the eviction hand
	hand     int
	room     []Link   // of which the next links are taken: one allocation for many
	index    []uint64 // open addressing over entries, by key
	entries  slab
	prints   album
	kinds    kinds
	protocol string // of the message taken last, and its hash
	named    uint64
	path     davy.Path // likewise
	behind   uint64
	text     []byte // used again, with where its parts end
	ends     []int
	told     davy.Message // likewise
	Evicted  uint64       // links forgotten for want of room
	once     int          // objects that have left no more than a print
	Full     uint64       // operations and objects not told apart for want of room
}

// Link is what is remembered of one link. Callers keep it and hand it back to Take.
type Link struct {
	key    uint64
	taken  uint64 // key of what was taken last
	last   uint32 // entry that counted it
	guess  uint32 // what followed it last time, and the upper half of that one's key
	tag    uint32
	first  uint32    // its latest operation, number+1
	near   [8]uint32 // operations looked up last
	likely uint64    // a bit for each operation, by its key: where it is not set there is none
	ops    uint32
	writes bool // changing something over this link was learned
	used   bool
	blank  bool // known before and forgotten since: what seems new may not be
	gone   bool // evicted: look it up again
}

// NewTable makes an empty table.
func NewTable(c Config) *Table {
	return &Table{Config: c, links: map[uint64]*Link{}, kinds: newKinds()}
}

// Link finds or makes the memory of the link with this key. known says that the link
// itself was seen before: if it has no memory here, that was evicted.
func (t *Table) Link(key uint64, known bool) *Link {
	if l := t.links[key]; l != nil {
		return l
	}
	if len(t.links) >= t.Config.Links {
		t.evict(nil)
	}
	return t.add(Link{key: key, blank: known})
}

func (t *Table) add(l Link) *Link {
	if len(t.room) == 0 {
		t.room = make([]Link, 128)
	}
	p := &t.room[0]
	t.room = t.room[1:]
	*p = l
	t.links[l.key] = p
	t.order = append(t.order, p)
	return p
}

// Find is the memory of a link, nil when there is none.
func (t *Table) Find(key uint64) *Link { return t.links[key] }

// Gone reports whether the link was evicted since it was looked up.
func (l *Link) Gone() bool { return l.gone }

// Totals are how many links, operations and objects are remembered.
func (t *Table) Totals() (links, operations, objects int) {
	for _, l := range t.links {
		operations += int(l.ops)
	}
	return len(t.links), operations, t.entries.used - operations + t.once
}

// Count is how many operations the link is known for.
func (l *Link) Count() int { return int(l.ops) }

// Near asks for the memory that Take will look at.
func (t *Table) Near(l *Link) {
	if l.last != 0 {
		fetch.First(t.entries.at(l.last))
	}
	if l.guess != 0 {
		fetch.First(t.entries.at(l.guess))
	}
}

// evict forgets a link that was not used since the hand passed last, but not the one to
// keep. It reports whether there was one.
func (t *Table) evict(keep *Link) bool {
	if len(t.order) == 0 || len(t.order) == 1 && t.order[0] == keep {
		return false
	}
	for {
		if t.hand >= len(t.order) {
			t.hand = 0
		}
		l := t.order[t.hand]
		if !l.used && l != keep {
			break
		}
		l.used = false
		t.hand++
	}
	l := t.order[t.hand]
	t.order[t.hand] = t.order[len(t.order)-1]
	t.order = t.order[:len(t.order)-1]
	t.each(l, func(n uint32, e *entry, s *said) {
		if e.flags&object == 0 && e.of != 0 {
			p := t.prints.at(e.of)
			t.once -= int(p.n) - bits.OnesCount64(p.told)
			t.prints.free(e.of)
		}
		t.unindex(n)
		t.kinds.release(s)
		t.entries.free(n)
	})
	l.gone = true
	delete(t.links, l.key)
	t.Evicted++
	return true
}

// Take remembers a message on its link and tells what about it is new. What is first taken
// while not learning stays new each time it is taken again, until somebody approves it. A
// reply whose request was seen adds only its response time. The message is not kept.
func (t *Table) Take(l *Link, m *davy.Message, learning bool) (news davy.News) {
	l.used = true
	operation := t.operationKey(l.key, m)
	key := objectKey(operation, m)
	if m.Reply && m.Took > 0 {
		if n := t.counting(l, operation, key); n != 0 && t.answer(n, m.Took, !m.Result.Failed) {
			return davy.FirstAnswer
		}
		return 0
	}
	n := l.guess
	// Polling is a cycle: what followed last time mostly follows again.
	if n == 0 || l.tag != tagOf(key) || t.entries.at(n).key != key {
		var op uint32
		var print int
		if op, n, print = t.known(l, operation, key); n == 0 {
			if n, news = t.learn(l, m, op, operation, key, print, learning); n == 0 {
				return news
			}
		}
	}
	e := t.entries.at(n)
	if l.last != 0 && l.guess != n {
		before := t.entries.at(l.last)
		before.follow, before.tag = n, tagOf(e.key)
	}
	l.taken, l.last, l.guess, l.tag = key, n, e.follow, e.tag
	if news == 0 && e.flags&strange != 0 {
		news = e.news()
	}
	if learning {
		news |= davy.Learning
	}
	if e.touch(m.Time) && e.flags&object != 0 {
		t.entries.at(e.of).singles--
	}
	return news
}

// counting is the entry that counts a message of this key: that of its object, or of its
// operation alone; 0 where there is none.
func (t *Table) counting(l *Link, operation, key uint64) uint32 {
	if l.last != 0 && l.taken == key {
		return l.last
	}
	op, n, _ := t.known(l, operation, key)
	if n == 0 {
		return op
	}
	return n
}

// known finds the entries of an operation and of what a key names, 0 where there are none.
// print is the place of the print that an object without an entry has left, else -1.
func (t *Table) known(l *Link, operation, key uint64) (op, n uint32, print int) {
	near := &l.near[operation%uint64(len(l.near))]
	if op = *near; op == 0 || t.entries.at(op).key != operation {
		if l.likely&bitOf(operation) == 0 {
			return 0, 0, -1
		}
		if op = t.find(operation); op == 0 {
			return 0, 0, -1
		}
		*near = op
	}
	if key == operation {
		return op, op, -1
	}
	if number := t.entries.at(op).of; number != 0 {
		p := t.prints.at(number)
		if print = p.find(key); print < 0 || p.told>>print&1 == 0 {
			return op, 0, print
		}
	}
	return op, t.find(key), -1
}

// learn makes the entries that a message needs: one for its operation, one for its object.
// It returns the entry to be counted.
func (t *Table) learn(l *Link, m *davy.Message, op uint32, operation, key uint64, print int, learning bool) (n uint32, news davy.News) {
	if print >= 0 {
		return t.promote(l, m, op, key, print), 0
	}
	if l.blank {
		news = davy.Unsure
	}
	if op == 0 {
		if op = t.insert(l, m, &none, operation, 0); op == 0 {
			return 0, news | davy.NewOperation | davy.Unsure
		}
		news |= davy.NewOperation
	} else if t.entries.at(op).flags&strangeOp != 0 {
		news |= davy.NewOperation // another object does not make it usual
	}
	if m.Verb.Active() && !l.writes {
		// Changing something becomes usual while learning, and by no other way.
		l.writes = learning || l.blank
		news |= davy.NewWriter
	}
	guarded := !learning && !l.blank
	if guarded {
		t.entries.at(op).estrange(news)
	}
	if key == operation {
		return op, news
	}
	o := t.entries.at(op)
	news |= davy.NewObject
	ceiling := min(t.Config.Objects, printed)
	if m.Verb.Active() {
		ceiling *= changesPer
	}
	sure := news.Has(davy.NewOperation) // whatever it touches
	unseen := !sure && o.unseen(ceiling)
	if unseen {
		news |= davy.Unsure
	}
	if int(o.objects) >= ceiling {
		t.Full++ // an operation that keeps naming new objects is known by itself alone
		return op, news
	}
	if unseen && !m.Verb.Active() {
		t.imprint(op, key)
		return op, news
	}
	if n = t.insert(l, m, &m.Object, key, op); n == 0 {
		if !sure {
			news |= davy.Unsure
		}
		return op, news
	}
	if number := t.entries.at(op).of; number != 0 {
		t.prints.at(number).add(key, true)
	}
	if guarded && !news.Has(davy.Unsure) {
		t.entries.at(n).estrange(news)
	}
	return n, news
}

// unseen reports whether so many of an operation's objects were taken only once that the
// next new one is no surprise: more than one in four, once there are enough objects to tell.
// It is the thought behind the Good-Turing estimate of unseen mass (Good 1953, Biometrika
// 40), counted in objects, since polling would drown a count in messages.
func (e *entry) unseen(ceiling int) bool {
	return int(e.objects) >= ceiling || e.objects >= fewest && int(e.singles)*4 > int(e.objects)
}

func bitOf(operation uint64) uint64 { return 1 << (operation >> 58) }

func tagOf(key uint64) uint32 { return uint32(key >> 32) }

// none is the object of an operation by itself.
var none davy.Object

func (t *Table) operationKey(link uint64, m *davy.Message) uint64 {
	if t.protocol != m.Protocol {
		t.protocol, t.named = m.Protocol, davy.HashString(3, m.Protocol)
	}
	if t.path != m.Path {
		t.path, t.behind = m.Path, m.Path.Hash()
	}
	return davy.Mix(link, uint64(m.Verb)<<32|uint64(m.Code)) ^ t.named ^ t.behind
}

func objectKey(operation uint64, m *davy.Message) uint64 {
	if m.Object.Space == nil {
		return operation
	}
	return davy.Mix(operation, m.Object.Hash())
}
