package app

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/fetch"
	"github.com/davylamp/davy/packet"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// What is told again and again passes these filters once in a while; both are direct-mapped,
// so that what one of them passes depends on the shard's packets alone.

const (
	sightingEvery = int64(10e9) // ns
	factEvery     = int64(60e9)
	filterSize    = 256
)

// sightings passes a station's sending once in ten seconds, and at once from another MAC.
type sightings struct{ slots []sighted }

type sighted struct {
	addr davy.Addr
	mac  davy.MAC
	time int64 // told
	last int64 // seen
}

func (f *sightings) fresh(p *packet.Packet) bool {
	if f.slots == nil {
		f.slots = make([]sighted, filterSize)
	}
	if p.Kind == packet.Undecoded || p.Src.IsZero() {
		return false
	}
	e := &f.slots[(p.SrcHash()^uint64(p.SrcMAC))%filterSize]
	if e.addr == p.Src && e.mac == p.SrcMAC && p.Time-e.time < sightingEvery {
		e.last = p.Time
		return false
	}
	*e = sighted{p.Src, p.SrcMAC, p.Time, p.Time}
	return true
}

// near asks for the memory that fresh will look at.
func (f *sightings) near(p *packet.Packet) {
	if f.slots != nil {
		fetch.All(&f.slots[(p.SrcHash()^uint64(p.SrcMAC))%filterSize])
	}
}

// rest calls f for each station that was seen since it was told last.
func (f *sightings) rest(tell func(e *sighted)) {
	for i := range f.slots {
		if e := &f.slots[i]; e.last > e.time {
			tell(e)
			e.time = e.last
		}
	}
}

// facts passes a fact once a minute. Who has an address passes each time: conflicts are made
// of it.
type facts struct{ slots []told }

type told struct {
	hash uint64
	time int64
}

func (f *facts) fresh(k *davy.Fact, value []byte) bool {
	if k.Attribute == davy.AttrMAC {
		return true
	}
	if f.slots == nil {
		f.slots = make([]told, filterSize)
	}
	h := davy.HashBytes(k.About.Hash()^k.Path.Hash(), value)
	h = davy.HashString(davy.HashString(h, string(k.Attribute)), k.Source)
	e := &f.slots[h%filterSize]
	if e.hash == h && k.Time-e.time < factEvery {
		return false
	}
	*e = told{h, k.Time}
	return true
}

func (f *sightings) append(w *wire.Writer) {
	n := 0
	for _, e := range f.slots {
		if !e.addr.IsZero() {
			n++
		}
	}
	w.Count(n)
	for i, e := range f.slots {
		if !e.addr.IsZero() {
			w.Uvarint(uint64(i))
			w.Uvarints(e.addr.Words())
			w.Uvarint(uint64(e.mac))
			w.Varint(e.time)
			w.Varint(e.last)
		}
	}
}

func (f *sightings) load(r *wire.Reader) {
	for n := r.Count(6); n > 0; n-- {
		if f.slots == nil {
			f.slots = make([]sighted, filterSize)
		}
		f.slots[r.Uvarint()%filterSize] = sighted{davy.AddrFromWords(r.Uvarint3()), davy.MAC(r.Uvarint()), r.Varint(), r.Varint()}
	}
}

func (f *facts) append(w *wire.Writer) {
	n := 0
	for _, e := range f.slots {
		if e.hash != 0 {
			n++
		}
	}
	w.Count(n)
	for i, e := range f.slots {
		if e.hash != 0 {
			w.Uvarint(uint64(i))
			w.U64(e.hash)
			w.Varint(e.time)
		}
	}
}

func (f *facts) load(r *wire.Reader) {
	for n := r.Count(10); n > 0; n-- {
		if f.slots == nil {
			f.slots = make([]told, filterSize)
		}
		f.slots[r.Uvarint()%filterSize] = told{r.U64(), r.Varint()}
	}
}

func appendExpectation(w *wire.Writer, e *protocol.Expectation) {
	w.String(string(e.Layer))
	w.Uvarints(e.A.Words())
	w.Uvarints(e.B.Words())
	w.U16(e.Port)
	w.String(e.Protocol)
	w.Blob(e.Note)
	w.Varint(e.Until)
}

func loadExpectation(r *wire.Reader) protocol.Expectation {
	return protocol.Expectation{Layer: protocol.Layer(r.String()), A: davy.AddrFromWords(r.Uvarint3()), B: davy.AddrFromWords(r.Uvarint3()), Port: r.U16(), Protocol: r.String(),
		Note: append([]byte(nil), r.Blob()...), Until: r.Varint()}
}
