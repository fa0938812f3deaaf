package packet

import (
	"fmt"
	"math/bits"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// AppendState and LoadState are davy.Stateful: the datagrams that wait, oldest first.
func (f *Fragments) AppendState(dst []byte) []byte {
	w := wire.Writer{B: append(dst, 1)}
	for _, n := range [...]uint64{f.Reassembled, f.Expired, f.Evicted, f.Refused} {
		w.Uvarint(n)
	}
	w.Count(f.Open())
	for n := f.oldest; n != 0; n = f.open[n-1].newer {
		g := &f.open[n-1]
		putAddr(&w, g.src)
		putAddr(&w, g.dst)
		w.U32(g.id)
		w.U8(g.proto)
		w.U8(g.next)
		w.Uvarint(uint64(g.nextAt))
		w.Varint(int64(g.total))
		w.Uvarint(uint64(g.cut))
		w.Varint(g.first)
		w.String(string(g.defect))
		w.Blob(g.buf[headroom-g.header : headroom])
		w.Blob(g.buf[headroom : headroom+g.highest])
		for _, word := range g.have[:(g.highest+511)/512] {
			w.U64(word)
		}
	}
	return w.B
}

// LoadState reads what AppendState wrote. Where the ceiling is lower than it was, the oldest
// datagrams count as evicted.
func (f *Fragments) LoadState(b []byte) error {
	in := Fragments{Ceiling: f.Ceiling, Wait: f.Wait}
	*f = in
	r := wire.NewReader(b)
	if v := r.U8(); v != 1 {
		return fmt.Errorf("fragments: state version %d is not known", v)
	}
	for _, n := range [...]*uint64{&in.Reassembled, &in.Expired, &in.Evicted, &in.Refused} {
		*n = r.Uvarint()
	}
	in.make()
	for range r.Count(30) {
		var g datagram
		g.src, g.dst = getAddr(&r), getAddr(&r)
		g.id, g.proto, g.next = r.U32(), r.U8(), r.U8()
		g.nextAt, g.total, g.cut = int(r.Uvarint()), int(r.Varint()), int(r.Uvarint())
		g.first, g.defect = r.Varint(), davy.Defect(r.String())
		header, data := r.Blob(), r.Blob()
		if r.Short() {
			return errStateShort
		}
		g.header, g.highest = len(header), len(data)
		if g.header > headroom || g.header+g.highest > maxDatagram || g.total > g.highest || g.total < -1 || g.cut < 0 ||
			g.header > 0 && (g.header < headerOf(g.src) || g.nextAt < 0 || g.nextAt >= g.header) {
			return fmt.Errorf("fragments: the saved state contradicts itself")
		}
		for i := range g.have[:(g.highest+511)/512] {
			g.have[i] = r.U64()
			g.units += bits.OnesCount64(g.have[i])
		}
		g.grow(headroom + g.highest)
		copy(g.buf[headroom-g.header:], header)
		copy(g.buf[headroom:], data)
		if in.free == 0 {
			in.close(in.oldest)
			in.Evicted++
		}
		n := in.free
		in.free = in.open[n-1].chain
		in.open[n-1] = g
		in.link(n, in.head(&g.src, &g.dst, g.id, g.proto))
	}
	if r.Short() {
		return errStateShort
	}
	*f = in
	return nil
}

// headerOf is the shortest header of an address's kind.
func headerOf(a davy.Addr) int {
	if a.Is4() {
		return 20
	}
	return 40
}
