package packet

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/fetch"
	"github.com/davylamp/davy/wire"
)

// Dedup knows packets that the mirror shows more than once: both directions of a port, both
// sides of a router, several VLANs, two LANs of a redundant network. Two packets are one
// when the bytes of their network layer are the same within Window, but for what a router
// changes on the way: the hop count, the header checksum, and the traffic class. Without IP
// the EtherType must be the same, too, and the stations, but for ARP and DCP, whose bodies mostly
// say by themselves who speaks: two I/O devices may well send the same data at the same time.
// Tunnels are compared by what they carry. The zero Dedup is ready.
//
// Bytes are compared by a 64-bit hash of all of them and their number. With a Seed that
// nobody knows, nobody can make a packet that passes for a copy of another; no result
// depends on it.
type Dedup struct {
	Window  int64  // ns of message time from the original to its last copy; 0 is 20 ms
	Ceiling int    // packets kept in mind, rounded up to a power of two; 0 is 32,768
	Seed    uint64 // of the hash

	Copies  uint64 // packets found to be copies
	Evicted uint64 // packets forgotten within Window, to make room

	keys  [4]uint64
	ring  []sighting // by number of the sighting
	heads []uint32   // by hash, the number of the newest sighting
	count uint32     // sightings so far, from 1; wraps round
	found Original   // the last one that had a copy
	alive uint32     // of them the newest that may still be within Window: others need not be looked at
}

// sighting is a packet that was not a copy.
type sighting struct {
	hash     uint64
	time     int64
	number   uint64
	src, dst uint64 // MAC, and in the high bits VLAN and interface
	next     uint32 // the sighting before it under the same head
	ttl      uint8
}

// Original is what a copy is a copy of; see [Original.Router].
type Original struct {
	Number         uint64 // Packet.Number
	Time           int64
	SrcMAC, DstMAC davy.MAC
	VLAN           uint16
	Interface      uint16
	TTL            uint8
}

const dedupWindow = 20e6

// Seen says of what p is a copy, and marks it so; nil when it is none. The original is lent
// until the next call. It is asked once about each packet, before fragments are put together; for a packet that came out of fragments it
// may be asked again.
func (d *Dedup) Seen(p *Packet) *Original {
	if d.ring == nil {
		d.make()
	}
	h := p.sum
	if h == 0 {
		h = d.hash(p)
	}
	p.sum = 0 // fragments may yet make another packet of it
	window := d.Window
	if window <= 0 {
		window = dedupWindow
	}
	mask := uint32(len(d.ring) - 1)
	for d.alive > 0 && p.Time-d.ring[(d.count-d.alive+1)&mask].time > window {
		d.alive--
	}
	head := &d.heads[h>>32&uint64(len(d.heads)-1)]
	// Older sightings follow newer ones; one that is too old, or whose place was taken since,
	// ends the chain.
	age := uint32(0)
	for n := *head; ; {
		a := d.count - n
		if a >= d.alive || a < age {
			break
		}
		s := &d.ring[n&mask]
		if s.hash == h {
			d.Copies++
			p.Copy, p.Of = true, s.number
			d.found = s.original()
			return &d.found
		}
		n, age = s.next, a+1
	}
	d.count++
	s := &d.ring[d.count&mask]
	if d.alive > mask {
		d.Evicted++
	} else {
		d.alive++
	}
	// One field after the other: a literal would be made elsewhere first and then copied.
	s.hash, s.time, s.number = h, p.Time, p.Number
	s.src = uint64(p.SrcMAC) | uint64(p.VLAN)<<48
	s.dst = uint64(p.DstMAC) | uint64(p.Interface)<<48
	s.next, s.ttl = *head, p.TTL
	*head = d.count
	return nil
}

// Near asks for the memory that Seen will look at. p must not change until then.
func (d *Dedup) Near(p *Packet) {
	if d.ring == nil {
		d.make()
	}
	p.sum = d.hash(p)
	fetch.First(&d.heads[p.sum>>32&uint64(len(d.heads)-1)])
}

func (s *sighting) original() Original {
	const low = 1<<48 - 1
	return Original{s.number, s.time, davy.MAC(s.src & low), davy.MAC(s.dst & low), uint16(s.src >> 48), uint16(s.dst >> 48), s.ttl}
}

// What a router changes, as masks over the first sixteen bytes in little-endian words.
const (
	mask4a = ^uint64(0xff << 8)                 // type of service
	mask4b = ^uint64(0xff | 0xffff<<16)         // time to live; header checksum
	mask6  = ^uint64(0x0f | 0xf0<<8 | 0xff<<56) // traffic class; hop limit
)

// hash mixes the packet's bytes, two lanes at a time so that their multiplications overlap
// (see davy.Mix); each operand is keyed.
func (d *Dedup) hash(p *Packet) uint64 {
	b := p.Net
	k0, k1, k2, k3 := d.keys[0], d.keys[1], d.keys[2], d.keys[3]
	missing := p.Missing
	if p.Kind == Frame {
		if n := bodyLength(p.EtherType, b); n < len(b) {
			b, missing = b[:n], 0 // without the padding, which the copy may have more or less of
		}
	}
	h := k0 ^ uint64(len(b)+missing)
	if p.Kind >= IPOnly && len(b) >= 20 {
		x, y := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		if p.EtherType == typeIPv4 {
			x, y = x&mask4a, y&mask4b
		} else {
			x &= mask6
		}
		h = mix(x^h, y^k1)
		if scopes := uint64(p.Src.Scope)<<32 | uint64(p.Dst.Scope); scopes != 0 {
			h = mix(h^scopes, k2)
		}
		b = b[16:]
	} else if p.EtherType == typeARP || isDCP(p.EtherType, b) && !nameless(b) {
		h = mix(h^uint64(p.EtherType)<<48, k1^uint64(p.Scope)<<48)
	} else {
		h = mix(h^uint64(p.SrcMAC)^uint64(p.EtherType)<<48, k1^uint64(p.DstMAC)^uint64(p.Scope)<<48)
	}
	g := k3
	whole := b
	for len(b) >= 32 {
		h = mix(binary.LittleEndian.Uint64(b)^h, binary.LittleEndian.Uint64(b[8:])^k1)
		g = mix(binary.LittleEndian.Uint64(b[16:])^g, binary.LittleEndian.Uint64(b[24:])^k2)
		b = b[32:]
	}
	if len(b) > 16 {
		h = mix(binary.LittleEndian.Uint64(b)^h, binary.LittleEndian.Uint64(b[8:])^k1)
		b = b[16:]
	}
	// The last one to sixteen bytes: read again from sixteen before the end where there are.
	if n := len(whole); n >= 16 && len(b) > 0 {
		g = mix(binary.LittleEndian.Uint64(whole[n-16:])^g, binary.LittleEndian.Uint64(whole[n-8:])^k2)
	} else if len(b) > 0 {
		var last [16]byte
		copy(last[:], b)
		g = mix(binary.LittleEndian.Uint64(last[:])^g, binary.LittleEndian.Uint64(last[8:])^k2)
	}
	return mix(h^k2, g^k0)
}

// bodyLength is how long the body of a frame says it is, where it is known how: ARP (RFC 826)
// and PROFINET's acyclic frames (IEC 61158-6-10, 4.3: DCPDataLength). Else it is all of b.
func bodyLength(typ uint16, b []byte) int {
	n := len(b)
	switch {
	case typ == typeARP && n >= 8:
		n = 8 + 2*int(b[4]) + 2*int(b[5])
	case isDCP(typ, b):
		n = 12 + int(binary.BigEndian.Uint16(b[10:]))
	}
	return min(n, len(b))
}

// nameless reports whether a DCP answer says not who speaks: several devices fresh from the
// box answer one request with the same bytes. Blocks are option, suboption, length, and two
// bytes of information before the value, padded to even (IEC 61158-6-10, 4.3); 2/2 is the name.
func nameless(b []byte) bool {
	if binary.BigEndian.Uint16(b) != 0xfeff {
		return false
	}
	for b = b[12:]; len(b) >= 4; {
		n := int(binary.BigEndian.Uint16(b[2:]))
		if b[0] == 2 && b[1] == 2 && n > 2 {
			return false
		}
		b = b[min(4+n+n&1, len(b)):]
	}
	return true
}

// isDCP reports whether a frame seeks, tells of or sets a PROFINET station: frame identifiers
// fefc to feff.
func isDCP(typ uint16, b []byte) bool {
	return typ == typeProfinet && len(b) >= 12 && b[0] == 0xfe && b[1] >= 0xfc
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func (d *Dedup) make() {
	n := d.Ceiling
	if n <= 0 {
		n = 32768
	}
	n = 1 << bits.Len(uint(n-1))
	d.ring = make([]sighting, n)
	d.heads = make([]uint32, n)
	for i := range d.keys {
		d.keys[i] = davy.Mix(d.Seed, uint64(i)+1) | 1
	}
}

// AppendState and LoadState are davy.Stateful. The seed is saved with the hashes it made.
func (d *Dedup) AppendState(dst []byte) []byte {
	w := wire.Writer{B: append(dst, 1)}
	w.U64(d.Seed)
	w.Uvarint(d.Copies)
	w.Uvarint(d.Evicted)
	n := min(uint32(len(d.ring)), d.count)
	w.Count(int(n))
	for at := d.count - n + 1; n > 0; at, n = at+1, n-1 {
		s := &d.ring[at&uint32(len(d.ring)-1)]
		for _, v := range [...]uint64{s.hash, uint64(s.time), s.number, s.src, s.dst} {
			w.U64(v)
		}
		w.U8(s.ttl)
	}
	return w.B
}

// LoadState reads what AppendState wrote. Where the ceiling is lower than it was, the
// oldest packets are forgotten.
func (d *Dedup) LoadState(b []byte) error {
	in := Dedup{Window: d.Window, Ceiling: d.Ceiling}
	*d = Dedup{Window: d.Window, Ceiling: d.Ceiling, Seed: d.Seed}
	r := wire.NewReader(b)
	if v := r.U8(); v != 1 {
		return fmt.Errorf("duplicates: state version %d is not known", v)
	}
	in.Seed, in.Copies, in.Evicted = r.U64(), r.Uvarint(), r.Uvarint()
	in.make()
	for range r.Count(41) {
		s := sighting{hash: r.U64(), time: int64(r.U64()), number: r.U64(), src: r.U64(), dst: r.U64(), ttl: r.U8()}
		head := &in.heads[s.hash>>32&uint64(len(in.heads)-1)]
		in.count++
		s.next, *head = *head, in.count
		in.ring[in.count&uint32(len(in.ring)-1)] = s
		in.alive = min(in.alive+1, uint32(len(in.ring)))
	}
	if r.Short() {
		return errStateShort
	}
	*d = in
	return nil
}
