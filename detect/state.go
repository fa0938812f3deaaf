package detect

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

const stateVersion = 1

var errDamaged = errors.New("the saved judges are damaged")

// AppendState saves what the board remembers between inputs; findings are closed by then.
func (b *Board) AppendState(dst []byte) []byte {
	w := &wire.Writer{B: append(dst, stateVersion)}
	w.Uvarint(b.number)
	w.Uvarint(b.Lost)
	b.scans.append(w)
	b.claims.append(w)
	w.Count(len(b.assets.byMAC))
	for _, m := range slices.Sorted(maps.Keys(b.assets.byMAC)) {
		w.Uvarint(uint64(m))
		w.U64(b.assets.byMAC[m])
	}
	w.Varint(b.health.first)
	w.Varint(b.health.last)
	w.Varint(b.health.usual)
	return w.B
}

// LoadState reads what AppendState saved.
func (b *Board) LoadState(text []byte) error {
	r := wire.NewReader(text)
	if r.U8() != stateVersion {
		return errors.New("the judges were saved by another version")
	}
	b.number, b.Lost = r.Uvarint(), r.Uvarint()
	b.scans.load(&r)
	b.claims.load(&r)
	for n := r.Count(9); n > 0; n-- {
		m := davy.MAC(r.Uvarint())
		b.assets.byMAC[m] = r.U64()
	}
	b.health = Health{first: r.Varint(), last: r.Varint(), usual: r.Varint()}
	if r.Short() || r.Len() > 0 {
		return errDamaged
	}
	return nil
}

func (s *scans) append(w *wire.Writer) {
	w.Count(len(s.order))
	for _, c := range s.order {
		w.Uvarints(c.addr.Words())
		w.Bool(c.used)
		w.Count(len(c.targets))
		for _, t := range c.targets {
			w.U64(t.what)
			w.U64(t.host)
			w.Varint(t.time)
			w.Bool(t.arp)
			w.Bool(t.who)
			w.Bool(t.plc)
		}
	}
	w.Uvarint(uint64(s.hand))
	w.Uvarint(s.Evicted)
}

func (s *scans) load(r *wire.Reader) {
	for n := r.Count(5); n > 0; n-- {
		c := &source{addr: davy.AddrFromWords(r.Uvarint3()), used: r.Bool()}
		for k := r.Count(20); k > 0; k-- {
			c.targets = append(c.targets, target{r.U64(), r.U64(), r.Varint(), r.Bool(), r.Bool(), r.Bool()})
		}
		s.order = append(s.order, c)
		s.sources[c.addr] = c
	}
	s.hand, s.Evicted = int(r.Uvarint()), r.Uvarint()
	if s.hand > len(s.order) {
		s.hand = 0
	}
}

func (c *claims) append(w *wire.Writer) {
	w.Count(len(c.byAddr))
	for _, a := range slices.SortedFunc(maps.Keys(c.byAddr), davy.Addr.Compare) {
		k := c.byAddr[a]
		w.Uvarints(a.Words())
		w.Uvarint(uint64(k.mac))
		w.Varint(k.last)
		w.Uvarint(uint64(k.rival))
		w.Varint(k.since)
		w.Varint(int64(k.count))
		w.Bool(k.showed)
	}
	w.Count(len(c.takers))
	for _, m := range slices.SortedFunc(maps.Keys(c.takers), cmp.Compare[davy.MAC]) {
		t := c.takers[m]
		w.Uvarint(uint64(m))
		w.Varint(t.first)
		w.Count(len(t.victims))
		for _, v := range t.victims {
			w.Uvarints(v.Words())
		}
	}
	w.Uvarint(c.Lost)
}

func (c *claims) load(r *wire.Reader) {
	for n := r.Count(9); n > 0; n-- {
		a := davy.AddrFromWords(r.Uvarint3())
		c.byAddr[a] = &claim{davy.MAC(r.Uvarint()), r.Varint(), davy.MAC(r.Uvarint()), r.Varint(), int(r.Varint()), r.Bool()}
	}
	for n := r.Count(3); n > 0; n-- {
		m, t := davy.MAC(r.Uvarint()), &taker{first: r.Varint()}
		for k := r.Count(3); k > 0; k-- {
			t.victims = append(t.victims, davy.AddrFromWords(r.Uvarint3()))
		}
		c.takers[m] = t
	}
	c.Lost = r.Uvarint()
}
