package baseline

import "github.com/davylamp/davy"

// kinds interns what entries have in common, so that entries hold no pointer: an operation
// with its protocol, space and path kind, and names of tags and blocks.
type kinds struct {
	list   []kind
	find   map[kind]uint32
	names  []string
	byName map[string]uint32
	bytes  int
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

func newKinds() kinds { return kinds{find: map[kind]uint32{}, byName: map[string]uint32{}} }

func (k *kinds) number(m *davy.Message) uint32 {
	return k.add(kind{m.Protocol, m.Op, m.Code, m.Verb, m.Object.Space, m.Path.Kind})
}

func (k *kinds) add(q kind) uint32 {
	n, ok := k.find[q]
	if !ok {
		n = uint32(len(k.list))
		k.list = append(k.list, q)
		k.find[q] = n
	}
	return n
}

// text interns a name; 0 is none.
func (k *kinds) text(b []byte) uint32 {
	if len(b) == 0 {
		return 0
	}
	if n, ok := k.byName[string(b)]; ok {
		return n
	}
	if k.bytes+len(b) > nameBytes {
		return 0
	}
	k.bytes += len(b)
	k.names = append(k.names, string(b))
	n := uint32(len(k.names))
	k.byName[k.names[n-1]] = n
	return n
}

// message gives back what an entry knows of its message, for text.
func (t *Table) message(e *entry) davy.Message {
	k := &t.kinds.list[e.kind]
	m := davy.Message{Protocol: k.protocol, Op: k.op, Code: k.code, Verb: k.verb, Path: davy.Path{Kind: k.path, Number: e.path}}
	if k.path == nil {
		m.Path = davy.Path{}
	}
	m.Object = davy.Object{Space: k.space, Area: e.area, Index: e.index, Count: e.many, Sub: e.sub}
	if e.name != 0 {
		m.Object.Name = []byte(t.kinds.names[e.name-1])
	}
	return m
}

// Operations lists what a link says, in the order first said. Cycle is 0 below three uses.
func (t *Table) Operations(l *Link) []davy.Operation {
	var list []davy.Operation
	for n := l.first; n != 0; n = t.entries.at(n).next {
		e := t.entries.at(n)
		if e.count == 0 {
			continue
		}
		m := t.message(e)
		o := davy.Operation{Path: m.Path.String(), Verb: m.Verb, Op: string(m.AppendOp(nil)), Object: m.Object.String(),
			Count: uint64(e.count), Response: e.response, Last: e.last}
		if e.count > 2 {
			o.Cycle, o.Jitter = e.cycle, e.jitter
		}
		list = append(list, o)
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// Known says in a few words which operations of this verb a link is known for: what is
// expected in place of something new. "" when there are none.
func (t *Table) Known(l *Link, m *davy.Message) string {
	text, more := []byte(nil), 0
	for n := l.first; n != 0; n = t.entries.at(n).next {
		e := t.entries.at(n)
		k := t.message(e)
		if k.Protocol != m.Protocol || k.Verb != m.Verb || e.flags&anObject == 0 || e.key == entryKey(l.key, m) {
			continue
		}
		if more++; more > 3 {
			continue
		}
		if len(text) > 0 {
			text = append(text, ", "...)
		}
		text = k.AppendObject(text)
	}
	if more > 3 {
		text = append(text, " and others"...)
	}
	return string(text)
}
