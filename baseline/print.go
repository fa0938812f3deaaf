package baseline

import "github.com/davylamp/davy"

// An operation that keeps naming objects which nobody named before would fill the memory
// with what never comes again. Once that shows, its objects first leave a print, four bytes
// of their key, and have an entry of their own only when they come again. What is new and
// what is not stays known; how often, and when, is then counted for the operation as a whole.

// printed is how many prints an operation has room for, and fewest how many objects it has
// entries for before it has any.
const (
	printed = 64
	fewest  = 8
)

// prints are those of all objects of an operation.
type prints struct {
	told uint64 // which of them have an entry: a bit each
	n    uint32
	next uint32 // where it is not used: the next such, number+1
	list [printed]uint32
}

// untold lists those of objects without an entry.
func (p *prints) untold() (list []uint32) {
	for i, v := range p.list[:p.n] {
		if p.told>>i&1 == 0 {
			list = append(list, v)
		}
	}
	return list
}

// find is the place of a key's print, -1 where it left none.
func (p *prints) find(key uint64) int {
	tag := tagOf(key)
	for i, v := range p.list[:p.n] {
		if v == tag {
			return i
		}
	}
	return -1
}

func (p *prints) add(key uint64, told bool) {
	p.list[p.n] = tagOf(key)
	if told {
		p.told |= 1 << p.n
	}
	p.n++
}

// album holds prints in chunks, as slab holds entries.
type album struct {
	chunks [][]prints
	spare  uint32 // chain of free ones, number+1
	size   uint32
}

const page = 64

func (a *album) at(n uint32) *prints { n--; return &a.chunks[n/page][n%page] }

func (a *album) alloc() uint32 {
	if n := a.spare; n != 0 {
		a.spare = a.at(n).next
		*a.at(n) = prints{}
		return n
	}
	if int(a.size) == len(a.chunks)*page {
		a.chunks = append(a.chunks, make([]prints, page))
	}
	a.size++
	return a.size
}

func (a *album) free(n uint32) {
	a.at(n).next = a.spare
	a.spare = n
}

// imprint keeps of an operation's new object no more than its print. The first one has those
// of the objects that have entries taken, too.
func (t *Table) imprint(op uint32, key uint64) {
	o := t.entries.at(op)
	if o.of == 0 {
		o.of = t.prints.alloc()
		p := t.prints.at(o.of)
		for n := t.entries.said(op).first; n != 0; n = t.entries.said(n).next {
			p.add(t.entries.at(n).key, true)
		}
	}
	t.prints.at(o.of).add(key, false)
	o.objects++
	o.singles++
	t.once++
}

// promote makes the entry of an object that comes again. It returns the entry to be counted.
func (t *Table) promote(l *Link, m *davy.Message, op uint32, key uint64, print int) uint32 {
	n := t.insert(l, m, &m.Object, key, op)
	if n == 0 {
		return op
	}
	o := t.entries.at(op)
	t.prints.at(o.of).told |= 1 << print
	o.objects-- // it was counted before
	o.singles--
	t.entries.at(n).flags |= once
	t.once--
	return n
}
