package detect

import (
	"errors"
	"slices"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

const stateVersion = 2

var (
	errDamaged = errors.New("the saved judges are damaged")
	errVersion = errors.New("the judges were saved by another version")
)

// AppendState saves what the board remembers; where an input has ended, no finding is open.
func (b *Board) AppendState(dst []byte) []byte {
	w := &wire.Writer{B: append(dst, stateVersion)}
	w.Uvarints(b.number, b.Lost)
	appendRing(w, &b.scans.sources, appendAddr, func(w *wire.Writer, s *source) {
		w.Count(len(s.targets))
		for _, t := range s.targets {
			w.U64(t.what)
			appendAddr(w, t.host)
			w.Varint(t.time)
			w.Bool(t.arp)
			w.Bool(t.who)
			w.Bool(t.plc)
		}
	})
	appendRing(w, &b.claims, appendAddr, func(w *wire.Writer, c *claim) {
		w.Uvarints(uint64(c.mac), uint64(c.rival), uint64(c.count))
		w.Varint(c.last)
		w.Varint(c.since)
		w.Bool(c.showed)
	})
	appendRing(w, &b.takers, appendMAC, func(w *wire.Writer, t *taker) {
		w.Varint(t.first)
		w.Bool(t.proxy)
		w.Count(len(t.victims))
		for _, v := range t.victims {
			appendAddr(w, v)
		}
	})
	appendRing(w, &b.arrivals.byMAC, appendMAC, func(w *wire.Writer, k *uint64) { w.U64(*k) })
	w.Count(len(b.arrivals.recent))
	for _, t := range b.arrivals.recent {
		w.Varint(t)
	}
	appendRing(w, &b.links, appendAddr, func(w *wire.Writer, o *opener) {
		w.Varint(o.since)
		w.Uvarints(uint64(o.low), uint64(o.loud))
	})
	for _, t := range []int64{b.health.first, b.health.last, b.health.usual, b.health.jumped} {
		w.Varint(t)
	}
	b.appendOpen(w)
	return w.B
}

// LoadState reads what AppendState saved into an empty board, and leaves it empty when that
// cannot be read.
func (b *Board) LoadState(text []byte) error {
	err := b.load(text)
	if err != nil {
		*b = *NewBoard(b.config, b.inventory)
	}
	return err
}

func (b *Board) load(text []byte) error {
	r := wire.NewReader(text)
	if r.U8() != stateVersion {
		return errVersion
	}
	b.number, b.Lost = r.Uvarint(), r.Uvarint()
	whole := loadRing(&r, &b.scans.sources, loadAddr, func(r *wire.Reader) (s source) {
		for k := r.Count(15); k > 0; k-- {
			s.targets = append(s.targets, target{r.U64(), loadAddr(r), r.Varint(), r.Bool(), r.Bool(), r.Bool()})
		}
		s.targets = s.targets[:min(len(s.targets), maxTarget)]
		return s
	}) && loadRing(&r, &b.claims, loadAddr, func(r *wire.Reader) claim {
		return claim{mac: davy.MAC(r.Uvarint()), rival: davy.MAC(r.Uvarint()), count: loadCount(r), last: r.Varint(), since: r.Varint(), showed: r.Bool()}
	}) && loadRing(&r, &b.takers, loadMAC, func(r *wire.Reader) taker {
		t := taker{first: r.Varint(), proxy: r.Bool()}
		for k := r.Count(3); k > 0; k-- {
			t.victims = append(t.victims, loadAddr(r))
		}
		t.victims = t.victims[:min(len(t.victims), maxVictims)]
		return t
	}) && loadRing(&r, &b.arrivals.byMAC, loadMAC, func(r *wire.Reader) uint64 { return r.U64() })
	for k := r.Count(1); whole && k > 0; k-- {
		b.arrivals.recent = append(b.arrivals.recent, r.Varint())
	}
	whole = whole && loadRing(&r, &b.links, loadAddr, func(r *wire.Reader) opener {
		return opener{since: r.Varint(), low: loadCount(r), loud: loadCount(r)}
	})
	b.health = health{first: r.Varint(), last: r.Varint(), usual: r.Varint(), jumped: r.Varint()}
	whole = whole && b.loadOpen(&r)
	if !whole || r.Short() || r.Len() > 0 || len(b.arrivals.recent) > crowd || !slices.IsSorted(b.arrivals.recent) {
		return errDamaged
	}
	return nil
}

func appendAddr(w *wire.Writer, a davy.Addr) { w.Uvarints(a.Words()) }
func loadAddr(r *wire.Reader) davy.Addr      { return davy.AddrFromWords(r.Uvarint3()) }
func appendMAC(w *wire.Writer, m davy.MAC)   { w.Uvarint(uint64(m)) }
func loadMAC(r *wire.Reader) davy.MAC        { return davy.MAC(r.Uvarint()) }
func loadCount(r *wire.Reader) int           { return int(min(r.Uvarint(), 1<<31)) }

func appendRing[K comparable, V any](w *wire.Writer, r *ring[K, V], key func(*wire.Writer, K), value func(*wire.Writer, *V)) {
	w.Count(len(r.order))
	for _, s := range r.order {
		key(w, s.key)
		w.Bool(s.used)
		value(w, &s.v)
	}
	w.Uvarints(uint64(r.hand), r.Evicted)
}

func loadRing[K comparable, V any](r *wire.Reader, to *ring[K, V], key func(*wire.Reader) K, value func(*wire.Reader) V) bool {
	for n := r.Count(2); n > 0 && !r.Short(); n-- {
		s := &slot[K, V]{key: key(r), used: r.Bool()}
		s.v = value(r)
		if to.find[s.key] != nil || len(to.order) >= to.ceiling {
			return false
		}
		to.find[s.key] = s
		to.order = append(to.order, s)
	}
	hand := r.Uvarint()
	to.Evicted = r.Uvarint()
	to.hand = int(min(hand, uint64(len(to.order))))
	return hand <= uint64(len(to.order)) && !r.Short()
}
