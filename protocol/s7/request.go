package s7

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// request is a request that waits for its answer, or a job that goes on after it, with all
// the variables it names.
type request struct {
	key   uint32
	code  uint32 // function, or service
	time  int64
	verb  davy.Verb
	op    string
	items []item
	names []byte // of the items' objects
}

// item is one variable of a request. An address may name several areas of one item, which
// come back together.
type item struct {
	object   davy.Object // without its name
	from, to int         // its name in names
	group    uint8       // which item of the request it belongs to
	area     bool        // one of several areas of the item
}

// add appends an item; its name is copied.
func (r *request) add(o davy.Object, group uint8, area bool) {
	from := len(r.names)
	r.names = append(r.names, o.Name...)
	o.Name = nil
	r.items = append(r.items, item{o, from, len(r.names), group, area})
}

// object is that of item i, which there is.
func (r *request) object(i int) davy.Object {
	it := &r.items[i]
	o := it.object
	if it.to > it.from {
		o.Name = r.names[it.from:it.to]
	}
	return o
}

// first is the object of the first item, none where there is none.
func (r *request) first() davy.Object {
	if r == nil || len(r.items) == 0 {
		return davy.Object{}
	}
	return r.object(0)
}

// span is where the areas of one item of the request are.
func (r *request) span(group int) (from, to int) {
	if r == nil {
		return 0, 0
	}
	for from < len(r.items) && int(r.items[from].group) != group {
		from++
	}
	to = from
	for to < len(r.items) && int(r.items[to].group) == group {
		to++
	}
	return from, to
}

// groups is how many items the request has.
func (r *request) groups() int {
	if r == nil || len(r.items) == 0 {
		return 0
	}
	return int(r.items[len(r.items)-1].group) + 1
}

// maxRequests bounds the open requests of a conversation; controllers allow far fewer.
const maxRequests = 32

// requests is a table of them in order of asking; the oldest makes room. Its memory is used
// again.
type requests struct {
	slots []request
	lost  uint32 // forgotten for want of room
}

// ask enters a request. One of the same key and code is replaced: its answer can no longer
// be told apart, or it was sent again.
func (t *requests) ask(key, code uint32, m *davy.Message) *request {
	for i := range t.slots {
		if t.slots[i].key == key && t.slots[i].code == code {
			t.take(i)
			break
		}
	}
	if len(t.slots) == maxRequests {
		t.take(0)
		t.lost++
	}
	if len(t.slots) < cap(t.slots) {
		t.slots = t.slots[:len(t.slots)+1]
	} else {
		t.slots = append(t.slots, request{})
	}
	r := &t.slots[len(t.slots)-1]
	*r = request{key: key, code: code, time: m.Time, verb: m.Verb, op: m.Op, items: r.items[:0], names: r.names[:0]}
	return r
}

// find finds what is entered under a key, whatever the code where that is below zero.
func (t *requests) find(key uint32, code int) int {
	for i := range t.slots {
		if t.slots[i].key == key && (code < 0 || t.slots[i].code == uint32(code)) {
			return i
		}
	}
	return -1
}

// patience is how long after a request its answer may come, in ns: even compressing the
// memory takes no longer. What comes later answers a request that was not seen.
const patience = 10 * 60 * 1_000_000_000

// answerAt finds a request that is answered at a time and forgets it; nil when there is
// none. The result is good until the next ask.
func (t *requests) answerAt(now int64, key uint32, code int) *request {
	if r := t.answer(key, code); r != nil && now-r.time <= patience {
		return r
	}
	return nil
}

// answer finds a request and forgets it, like answerAt, at any time.
func (t *requests) answer(key uint32, code int) *request {
	if i := t.find(key, code); i >= 0 {
		return t.take(i)
	}
	return nil
}

// take moves a request behind the waiting ones.
func (t *requests) take(i int) *request {
	last := len(t.slots) - 1
	if i < last {
		r := t.slots[i]
		copy(t.slots[i:], t.slots[i+1:])
		t.slots[last] = r
	}
	t.slots = t.slots[:last]
	return &t.slots[:last+1][last]
}

// keep enters a job that goes on under a new key: a copy of what was asked, in the place of
// what the job was before.
func (t *requests) keep(key uint32, asked *request) {
	t.answer(key, -1)
	m := davy.Message{Time: asked.time, Verb: asked.verb, Op: asked.op}
	r := t.ask(key, asked.code, &m)
	r.items = append(r.items, asked.items...)
	r.names = append(r.names, asked.names...)
}

// reset forgets everything and keeps the memory, but for what an unusual conversation took.
func (t *requests) reset() {
	all := t.slots[:cap(t.slots)]
	for i := range all {
		if cap(all[i].items) > 128 || cap(all[i].names) > 1024 {
			all[i].items, all[i].names = nil, nil
		}
	}
	t.slots, t.lost = t.slots[:0], 0
}

func appendObject(w *wire.Writer, o *davy.Object) {
	number := 0
	for i, s := range spaces {
		if s == o.Space {
			number = i + 1
		}
	}
	w.U8(uint8(number))
	w.Uvarint(uint64(o.Area))
	w.Uvarint(o.Index)
	w.Uvarint(uint64(o.Count))
	w.Uvarint(uint64(o.Sub))
	w.Blob(o.Name)
}

func loadObject(r *wire.Reader) (o davy.Object) {
	if n := int(r.U8()); n > 0 && n <= len(spaces) {
		o.Space = spaces[n-1]
	}
	o.Area, o.Index = uint32(r.Uvarint()), r.Uvarint()
	o.Count, o.Sub = uint32(r.Uvarint()), uint32(r.Uvarint())
	o.Name = r.Blob()
	return o
}

func (t *requests) append(w *wire.Writer) {
	w.Count(len(t.slots))
	for i := range t.slots {
		r := &t.slots[i]
		w.Uvarint(uint64(r.key))
		w.Uvarint(uint64(r.code))
		w.Varint(r.time)
		w.U8(uint8(r.verb))
		w.String(r.op)
		w.Count(len(r.items))
		for j := range r.items {
			o := r.object(j)
			appendObject(w, &o)
			w.U8(r.items[j].group)
			w.Bool(r.items[j].area)
		}
	}
	w.Uvarint(uint64(t.lost))
}

func (t *requests) load(r *wire.Reader) {
	t.reset()
	for n := r.Count(6); n > 0 && len(t.slots) < maxRequests; n-- {
		q := request{key: uint32(r.Uvarint()), code: uint32(r.Uvarint()), time: r.Varint(), verb: davy.Verb(r.U8()), op: r.String()}
		for k := r.Count(8); k > 0; k-- {
			o := loadObject(r)
			q.add(o, r.U8(), r.Bool())
		}
		t.slots = append(t.slots, q)
	}
	t.lost = uint32(r.Uvarint())
}
