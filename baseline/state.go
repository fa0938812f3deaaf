package baseline

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// Names finds what saved entries name: a protocol's spaces and kinds of paths.
type Names interface {
	Space(name string) *davy.Space
	PathKind(name string) *davy.PathKind
}

// version is the form that is saved. The first one, without prints, can still be read.
const version = 2

var (
	errDamaged = errors.New("saved learned behaviour is damaged")
	errVersion = errors.New("learned behaviour was saved by another version")
)

// AppendState saves the table. With rhythm false only what was learned is saved, not when,
// how often, and what was lost: the form of a baseline that other runs start from.
func (t *Table) AppendState(dst []byte, rhythm bool) []byte {
	w := &wire.Writer{B: dst}
	w.U8(version)
	kinds, names := t.kinds.list.order(), t.kinds.names.order()
	w.Count(len(kinds.used))
	for _, n := range kinds.used {
		t.kinds.list.list[n-1].append(w)
	}
	w.Count(len(names.used))
	for _, n := range names.used {
		w.String(t.kinds.names.list[n-1])
	}
	w.Count(len(t.order))
	for _, l := range t.order {
		t.appendLink(w, l, rhythm, kinds.now, names.now)
	}
	if !rhythm {
		w.Uvarints(0, 0, 0)
	} else {
		w.Uvarints(uint64(t.hand), t.Evicted, t.Full)
	}
	return w.B
}

// ordered are a pool's values in use, and the numbers they get when they stand together.
type ordered struct {
	used []uint32
	now  []uint64
}

func (p *pool[T]) order() (o ordered) {
	o.now = make([]uint64, len(p.list)+1)
	for i := range p.list {
		if p.refs[i] > 0 {
			o.used = append(o.used, uint32(i+1))
			o.now[i+1] = uint64(len(o.used))
		}
	}
	return o
}

func (k *kind) append(w *wire.Writer) {
	w.String(k.protocol)
	w.String(k.op)
	w.Uvarint(uint64(k.code))
	w.U8(uint8(k.verb))
	space, path := "", ""
	if k.space != nil {
		space = k.space.Name
	}
	if k.path != nil {
		path = k.path.Name
	}
	w.String(space)
	w.String(path)
}

func (t *Table) appendLink(w *wire.Writer, l *Link, rhythm bool, kinds, names []uint64) {
	w.U64(l.key)
	for _, b := range []bool{l.writes, l.used && rhythm, l.blank} {
		w.Bool(b)
	}
	place := map[uint32]uint64{} // entry number to place in the chain, from 1
	var chain []uint32
	t.each(l, func(n uint32, _ *entry, _ *said) {
		chain = append(chain, n)
		place[n] = uint64(len(chain))
	})
	w.Count(len(chain))
	for _, n := range chain {
		e, d := *t.entries.at(n), t.entries.said(n)
		if !rhythm {
			e.last, e.cycle, e.jitter, e.response, e.follow, e.count = 0, 0, 0, 0, 0, 0
		}
		w.U64(e.key)
		for _, v := range []int64{e.last, e.cycle, e.jitter, e.response} {
			w.Varint(v)
		}
		w.Uvarints(d.index, d.path, kinds[d.kind], uint64(d.area), uint64(e.count), uint64(d.many), uint64(d.sub), names[d.name], place[e.follow], above(&e, place))
		w.U8(e.flags)
		if e.flags&object == 0 {
			t.appendPrints(w, e.of)
		}
	}
	if rhythm {
		w.Uvarint(place[l.last])
		w.U64(l.taken)
	} else {
		w.Uvarint(0)
		w.U64(0)
	}
}

// above is the place of an object's operation, 0 for an operation.
func above(e *entry, place map[uint32]uint64) uint64 {
	if e.flags&object == 0 {
		return 0
	}
	return place[e.of]
}

// appendPrints saves the prints that stand for objects without an entry.
func (t *Table) appendPrints(w *wire.Writer, number uint32) {
	var list []uint32
	if number != 0 {
		list = t.prints.at(number).untold()
	}
	w.Count(len(list))
	for _, v := range list {
		w.U32(v)
	}
}

// LoadState reads what AppendState saved into an empty table, and leaves it empty when that
// cannot be read.
func (t *Table) LoadState(b []byte, names Names) error {
	err := t.load(b, names)
	if err != nil {
		*t = *NewTable(t.Config)
	}
	return err
}

func (t *Table) load(b []byte, names Names) error {
	r := wire.NewReader(b)
	saved := r.U8()
	if saved == 0 || saved > version {
		return errVersion
	}
	var list []kind
	for n := r.Count(6); n > 0; n-- {
		k := kind{protocol: r.String(), op: r.String(), code: uint32(r.Uvarint()), verb: davy.Verb(r.U8())}
		if s := r.String(); s != "" {
			k.space = names.Space(s)
		}
		if s := r.String(); s != "" {
			k.path = names.PathKind(s)
		}
		list = append(list, k)
	}
	var words []string
	for n := r.Count(1); n > 0; n-- {
		words = append(words, r.String())
	}
	if r.Short() || !t.kinds.list.reserve(list) || !t.kinds.names.reserve(words) {
		return errDamaged
	}
	for n := r.Count(13); n > 0 && !r.Short(); n-- {
		if err := t.loadLink(&r, saved); err != nil {
			return err
		}
	}
	hand := r.Uvarint()
	t.Evicted, t.Full = r.Uvarint(), r.Uvarint()
	if r.Short() || r.Len() > 0 || hand > uint64(len(t.order)) || !t.kinds.list.used() || !t.kinds.names.used() {
		return errDamaged
	}
	for _, s := range words {
		t.kinds.bytes += len(s)
	}
	t.hand = int(hand)
	return nil
}

func (t *Table) loadLink(r *wire.Reader, saved uint8) error {
	kinds, names := &t.kinds.list, &t.kinds.names
	l := Link{key: r.U64(), writes: r.Bool(), used: r.Bool(), blank: r.Bool()}
	count := r.Count(23)
	if r.Short() || t.links[l.key] != nil {
		return errDamaged
	}
	chain := make([]uint32, count+1)
	follows, ops := make([]uint64, count+1), make([]uint64, count+1)
	prints := make([][]uint32, count+1)
	for i := 1; i <= count; i++ {
		e := entry{key: r.U64(), last: r.Varint(), cycle: r.Varint(), jitter: r.Varint(), response: r.Varint()}
		d := said{index: r.Uvarint(), path: r.Uvarint()}
		kind := r.Uvarint()
		d.area, e.count, d.many, d.sub = uint32(r.Uvarint()), uint32(r.Uvarint()), uint32(r.Uvarint()), uint32(r.Uvarint())
		name := r.Uvarint()
		follows[i], ops[i] = r.Uvarint(), r.Uvarint()
		if e.flags = r.U8() &^ object; ops[i] != 0 {
			e.flags |= object
		} else if saved > 1 {
			for n := r.Count(4); n > 0; n-- {
				prints[i] = append(prints[i], r.U32())
			}
		}
		if r.Short() || kind == 0 || kind > uint64(len(kinds.list)) || name > uint64(len(names.list)) || max(follows[i], ops[i]) > uint64(count) || t.find(e.key) != 0 {
			return errDamaged
		}
		d.kind, d.name = uint32(kind), uint32(name)
		kinds.refs[kind-1]++
		if name > 0 {
			names.refs[name-1]++
		}
		chain[i] = t.entries.alloc()
		*t.entries.at(chain[i]), *t.entries.said(chain[i]) = e, d
		t.place(chain[i])
	}
	last := r.Uvarint()
	if saved > 1 {
		l.taken = r.U64()
	}
	if r.Short() || last > uint64(count) {
		return errDamaged
	}
	for i := count; i > 0; i-- {
		e, d := t.entries.at(chain[i]), t.entries.said(chain[i])
		e.follow = chain[follows[i]]
		if ops[i] == 0 {
			d.next, l.first = l.first, chain[i]
			l.ops++
			l.likely |= bitOf(e.key)
			continue
		}
		if ops[ops[i]] != 0 {
			return errDamaged // an operation belongs to no other
		}
		e.of = chain[ops[i]]
		above, parent := t.entries.said(e.of), t.entries.at(e.of)
		d.next, above.first = above.first, chain[i]
		if parent.objects++; parent.objects > printed*changesPer {
			return errDamaged
		}
		if e.flags&again == 0 {
			parent.singles++
		}
	}
	for i, list := range prints {
		if len(list) > 0 && !t.loadPrints(chain[i], list) {
			return errDamaged
		}
	}
	for i := 1; i <= count; i++ {
		if e := t.entries.at(chain[i]); e.follow != 0 {
			e.tag = tagOf(t.entries.at(e.follow).key)
		}
	}
	if l.last = chain[last]; l.last != 0 {
		e := t.entries.at(l.last)
		l.guess, l.tag = e.follow, e.tag
		if saved == 1 {
			l.taken = e.key
		}
	}
	t.add(l)
	return nil
}

func (t *Table) loadPrints(op uint32, list []uint32) bool {
	verb := t.kinds.list.list[t.entries.said(op).kind-1].verb
	if o := t.entries.at(op); int(o.objects)+len(list) > printed || verb.Active() {
		return false
	}
	for _, v := range list {
		t.imprint(op, uint64(v)<<32)
	}
	return true
}
