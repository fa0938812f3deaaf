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

const version = 1

// AppendState saves the table. With rhythm false only what was learned is saved, not when:
// the form of a baseline that other runs start from.
func (t *Table) AppendState(dst []byte, rhythm bool) []byte {
	w := wire.Writer{B: dst}
	w.U8(version)
	w.Count(len(t.kinds.list))
	for _, k := range t.kinds.list {
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
	w.Count(len(t.kinds.names))
	for _, s := range t.kinds.names {
		w.String(s)
	}
	w.Count(len(t.order))
	for _, l := range t.order {
		t.appendLink(&w, l, rhythm)
	}
	w.Uvarint(uint64(t.hand))
	w.Uvarint(t.Evicted)
	w.Uvarint(t.Full)
	return w.B
}

func (t *Table) appendLink(w *wire.Writer, l *Link, rhythm bool) {
	w.U64(l.key)
	for _, b := range []bool{l.writes, l.full, l.used, l.blank} {
		w.Bool(b)
	}
	w.Uvarint(uint64(l.ops))
	w.Uvarint(uint64(l.objects))
	w.Uvarint(uint64(l.singles))
	place := map[uint32]uint64{} // entry number to place in the chain, from 1
	var chain []uint32
	for n := l.first; n != 0; n = t.entries.at(n).next {
		chain = append(chain, n)
		place[n] = uint64(len(chain))
	}
	w.Count(len(chain))
	for _, n := range chain {
		e := *t.entries.at(n)
		if !rhythm {
			e.last, e.cycle, e.jitter, e.response, e.follow, e.count = 0, 0, 0, 0, 0, min(e.count, 2)
		}
		w.U64(e.key)
		for _, v := range []int64{e.last, e.cycle, e.jitter, e.response} {
			w.Varint(v)
		}
		for _, v := range []uint64{e.index, e.path, uint64(e.kind), uint64(e.area), uint64(e.count), uint64(e.many), uint64(e.sub), uint64(e.name), place[e.follow], uint64(e.flags)} {
			w.Uvarint(v)
		}
	}
	last := place[l.last]
	if !rhythm {
		last = 0
	}
	w.Uvarint(last)
}

// LoadState reads what AppendState saved into an empty table.
func (t *Table) LoadState(b []byte, names Names) error {
	r := wire.NewReader(b)
	if v := r.U8(); v != version {
		return errors.New("learned behaviour was saved by another version")
	}
	for n := r.Count(6); n > 0; n-- {
		k := kind{protocol: r.String(), op: r.String(), code: uint32(r.Uvarint()), verb: davy.Verb(r.U8())}
		if s := r.String(); s != "" {
			k.space = names.Space(s)
		}
		if s := r.String(); s != "" {
			k.path = names.PathKind(s)
		}
		t.kinds.add(k)
	}
	for n := r.Count(1); n > 0; n-- {
		t.kinds.text(r.Blob())
	}
	for n := r.Count(14); n > 0 && !r.Short(); n-- {
		if err := t.loadLink(&r); err != nil {
			return err
		}
	}
	t.hand = int(r.Uvarint())
	t.Evicted, t.Full = r.Uvarint(), r.Uvarint()
	if r.Short() || r.Len() > 0 {
		return errors.New("saved learned behaviour is damaged")
	}
	return nil
}

func (t *Table) loadLink(r *wire.Reader) error {
	l := Link{key: r.U64(), writes: r.Bool(), full: r.Bool(), used: r.Bool(), blank: r.Bool()}
	l.ops, l.objects, l.singles = uint32(r.Uvarint()), uint32(r.Uvarint()), uint32(r.Uvarint())
	count := r.Count(22)
	chain := make([]uint32, count+1)
	follows := make([]uint64, count+1)
	for i := 1; i <= count; i++ {
		e := entry{key: r.U64(), last: r.Varint(), cycle: r.Varint(), jitter: r.Varint(), response: r.Varint()}
		e.index, e.path = r.Uvarint(), r.Uvarint()
		e.kind, e.area, e.count, e.many, e.sub, e.name = uint32(r.Uvarint()), uint32(r.Uvarint()), uint32(r.Uvarint()), uint32(r.Uvarint()), uint32(r.Uvarint()), uint32(r.Uvarint())
		follows[i] = r.Uvarint()
		e.flags = uint8(r.Uvarint())
		if r.Short() || int(e.kind) >= len(t.kinds.list) || int(e.name) > len(t.kinds.names) || follows[i] > uint64(count) || t.find(e.key) != 0 {
			return errors.New("saved learned behaviour is damaged")
		}
		chain[i] = t.entries.alloc()
		*t.entries.at(chain[i]) = e
		t.place(chain[i])
	}
	last := r.Uvarint()
	if r.Short() || last > uint64(count) || t.links[l.key] != nil {
		return errors.New("saved learned behaviour is damaged")
	}
	for i := count; i > 0; i-- {
		e := t.entries.at(chain[i])
		e.next, l.first = l.first, chain[i]
		e.follow = chain[follows[i]]
	}
	l.last = chain[last]
	t.add(l)
	return nil
}
