package baseline

import (
	"slices"

	"github.com/davylamp/davy"
)

// kinds interns what entries have in common, so that entries hold no pointer: an operation
// with its protocol, space and path kind, and names of tags and blocks. What no entry uses
// any more is forgotten.
type kinds struct {
	list   pool[kind]
	names  pool[string]
	bytes  int // of names
	recent [32]uint32
}

type kind struct {
	protocol string
	op       string
	code     uint32
	verb     davy.Verb
	space    *davy.Space
	path     *davy.PathKind
}

// nameBytes bounds the memory for names of a shard; later names are told apart by their
// hash in the key, but have no text.
const nameBytes = 1 << 20

func newKinds() kinds { return kinds{list: newPool[kind](), names: newPool[string]()} }

// take finds or makes the numbers of a message's kind and of its object's name; 0 is no name.
func (k *kinds) take(m *davy.Message, o *davy.Object) (number, name uint32) {
	v := kind{m.Protocol, m.Op, m.Code, m.Verb, o.Space, m.Path.Kind}
	// What was taken a moment ago mostly comes again.
	slot := m.Code ^ uint32(m.Verb)
	if o.Space == nil {
		slot += uint32(len(k.recent)) / 2
	}
	last := &k.recent[slot%uint32(len(k.recent))]
	if *last != 0 && k.list.list[*last-1] == v {
		k.list.refs[*last-1]++
	} else {
		*last = k.list.take(v)
	}
	number = *last
	if n := len(o.Name); n > 0 {
		if q, ok := k.names.find[string(o.Name)]; ok {
			k.names.refs[q-1]++
			name = q
		} else if k.bytes+n <= nameBytes {
			k.bytes += n
			name = k.names.take(string(o.Name))
		}
	}
	return number, name
}

// release takes back what an entry held.
func (k *kinds) release(e *said) {
	k.list.release(e.kind)
	if e.name != 0 {
		n := len(k.names.list[e.name-1])
		if k.names.release(e.name) {
			k.bytes -= n
		}
	}
}

// pool numbers values from 1 and counts who uses them.
type pool[T comparable] struct {
	list  []T
	refs  []uint32
	find  map[T]uint32
	spare []uint32
}

func newPool[T comparable]() pool[T] { return pool[T]{find: map[T]uint32{}} }

func (p *pool[T]) take(v T) uint32 {
	n, ok := p.find[v]
	if !ok {
		if k := len(p.spare); k > 0 {
			n = p.spare[k-1]
			p.spare = p.spare[:k-1]
			p.list[n-1] = v
		} else {
			p.list, p.refs = append(p.list, v), append(p.refs, 0)
			n = uint32(len(p.list))
		}
		p.find[v] = n
	}
	p.refs[n-1]++
	return n
}

// reserve numbers values in order, before anybody uses them; false when one stands twice.
func (p *pool[T]) reserve(list []T) bool {
	for _, v := range list {
		if _, ok := p.find[v]; ok {
			return false
		}
		p.list, p.refs = append(p.list, v), append(p.refs, 0)
		p.find[v] = uint32(len(p.list))
	}
	return true
}

// used reports whether every value has a user.
func (p *pool[T]) used() bool { return !slices.Contains(p.refs, 0) }

// release reports whether nobody uses the value any more.
func (p *pool[T]) release(n uint32) bool {
	if p.refs[n-1]--; p.refs[n-1] > 0 {
		return false
	}
	var none T
	delete(p.find, p.list[n-1])
	p.list[n-1] = none
	p.spare = append(p.spare, n)
	return true
}

// message gives back what an entry knows of its message, for text; it is lent until the
// next call.
func (t *Table) message(e *said) *davy.Message {
	k, m := &t.kinds.list.list[e.kind-1], &t.told
	*m = davy.Message{Protocol: k.protocol, Op: k.op, Code: k.code, Verb: k.verb}
	if k.path != nil {
		m.Path = davy.Path{Kind: k.path, Number: e.path}
	}
	m.Object = davy.Object{Space: k.space, Area: e.area, Index: e.index, Count: e.many, Sub: e.sub}
	if e.name != 0 {
		m.Object.Name = []byte(t.kinds.names.list[e.name-1])
	}
	return m
}

// Operations lists what a link says, in the order first said. Cycle is 0 below three uses.
func (t *Table) Operations(l *Link) []davy.Operation { return t.AppendOperations(nil, l) }

// AppendOperations appends what Operations lists.
func (t *Table) AppendOperations(list []davy.Operation, l *Link) []davy.Operation {
	before := len(list)
	t.text, t.ends = t.text[:0], t.ends[:0]
	var path davy.Path // of the operation before, and its text
	var called string
	t.each(l, func(_ uint32, e *entry, s *said) {
		if e.count == 0 {
			return
		}
		m := t.message(s)
		if m.Path != path {
			path, called = m.Path, m.Path.String()
		}
		t.text = m.Object.Append(t.text)
		t.ends = append(t.ends, len(t.text))
		o := davy.Operation{Path: called, Verb: m.Verb, Op: m.OpText(), Count: uint64(e.count), Response: e.response, Last: e.last, News: e.news()}
		if e.count > 2 {
			o.Cycle, o.Jitter = e.cycle, e.jitter
		}
		list = append(list, o)
	})
	// One text for all objects: each is a part of it.
	all, from := string(t.text), 0
	for i, to := range t.ends {
		list[before+i].Object, from = all[from:to], to
	}
	slices.Reverse(list[before:])
	return list
}

// Known says in a few words which operations of this verb a link is known for: what is
// expected in place of something new. "" when there are none.
func (t *Table) Known(l *Link, m *davy.Message) string {
	text, more := []byte(nil), 0
	own := objectKey(t.operationKey(l.key, m), m)
	t.each(l, func(_ uint32, e *entry, s *said) {
		k := t.message(s)
		if k.Protocol != m.Protocol || k.Verb != m.Verb || e.flags&object == 0 || e.key == own {
			return
		}
		if more++; more > 3 {
			return
		}
		if len(text) > 0 {
			text = append(text, ", "...)
		}
		text = k.AppendObject(text)
	})
	if more > 3 {
		text = append(text, " and others"...)
	}
	return string(text)
}
