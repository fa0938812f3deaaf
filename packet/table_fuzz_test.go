package packet

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// witness is a Taker that holds every byte it is offered of one honest direction against
// the first copy that came, and otherwise takes part of what it is given.
type witness struct {
	t     *testing.T
	watch *Conversation // the honest one
	dir   int           // its direction with data
	first map[uint32]byte
	late  bool // the last call was a gap of no known length
	calls int
	open  int
	told  []byte
}

func (k *witness) note(b ...byte) { k.told = append(k.told, b...) }

func (k *witness) Open(c *Conversation, p *Packet) {
	if isHonest(p) {
		k.watch, k.dir, k.first = c, 0, map[uint32]byte{}
		if p.SrcPort != 1000 {
			k.dir = 1
		}
		k.copy(p)
	}
	k.open++
	c.User = k.open
	k.note('o', byte(c.Opener))
}

func isHonest(p *Packet) bool {
	return p.Kind == TCPSegment && (p.SrcPort == 1000 || p.DstPort == 1000)
}

// copy takes what of an honest packet's bytes comes for the first time.
func (k *witness) copy(p *Packet) {
	if p.SrcPort == 1000 {
		for j, x := range p.Payload {
			if _, ok := k.first[p.Seq+uint32(j)]; !ok {
				k.first[p.Seq+uint32(j)] = x
			}
		}
	}
}

func (k *witness) Stream(c *Conversation, dir int, b []byte, at *Arrival) (read, need int) {
	k.calls++
	if len(b) == 0 {
		k.t.Fatal("asked with nothing")
	}
	if c == k.watch && dir == k.dir {
		h := &c.dir[dir]
		same := func(from uint32) bool {
			for i, x := range b {
				if y, ok := k.first[from+uint32(i)]; !ok || x != y {
					return false
				}
			}
			return true
		}
		n := uint32(len(b))
		if !same(h.next-n) && !(k.late && (same(h.holeLo-n) || same(h.holeHi))) {
			k.t.Fatalf("offered %q before %d: not the first copy", b, h.next)
		}
	}
	k.late = false
	k.note('s', byte(dir), byte(len(b)), b[0], byte(at.Origin.Frame), byte(at.Time))
	switch b[0] & 3 {
	case 0:
		return 0, len(b) + int(b[0]>>2)
	case 1:
		return len(b) / 2, 0
	case 2:
		return -1, 0
	}
	return len(b), 0
}

func (k *witness) Gap(c *Conversation, dir int, n uint32, at *Arrival) {
	k.late = n == 0
	k.note('g', byte(dir), byte(n), byte(at.Origin.Frame))
}

func (k *witness) Datagram(c *Conversation, dir int, p *Packet) { k.note('d', byte(dir)) }

func (k *witness) Defect(c *Conversation, dir int, d davy.Defect, at *Arrival) {
	k.note('!', byte(dir), d[0])
}

func (k *witness) Close(c *Conversation, why Reason) {
	if c == k.watch {
		k.watch = nil
	}
	k.note('c', byte(why))
}

var fuzzAddr = [4]davy.Addr{davy.AddrOf4(1, 0), davy.AddrOf4(2, 0), davy.AddrOf4(3, 0), davy.AddrOfMAC(0x02_00_00_00_00_01, 0)}

// FuzzTable takes packets made of any bytes, eight for each and its payload. Whatever they
// are: no panic, the table's accounts are right, its bounds hold, the bytes of a direction
// without handshakes in its middle are those of the first copies, and saving, loading and
// ticking on the way change nothing that is told.
func FuzzTable(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 4, 0, 0, 3, 'x', 'b', 'c'})
	f.Add([]byte{9, 2, 10, 0, 0, 0, 0, 4, 1, 2, 3, 4, 9, 18, 20, 0, 4, 4, 0, 5, 1, 2, 3, 4, 5})
	f.Add(bytes.Repeat([]byte{0, 5, 1, 0, 9, 9, 0, 2, 7, 7}, 40))
	f.Add(bytes.Repeat([]byte{17, 18, 60, 200, 1, 1, 1, 3, 3, 3, 3, 18, 20, 0, 4, 0, 200, 3, 0}, 20))
	for some := range slices.Chunk(recorded(f), 10) {
		for _, kind := range []byte{0, 1, 9} { // honest, another client, and its answers
			var b []byte
			seq := 0
			for _, m := range some {
				m = m[:min(len(m), 63)]
				b = append(append(b, kind, 24, byte(seq>>8), byte(seq), 0, 2, 0, byte(len(m))), m...)
				seq += len(m)
			}
			f.Add(b)
		}
	}
	f.Fuzz(fuzzTable)
}

// TestRandomPackets runs the fuzz target over inputs of random bytes, biased to the honest
// direction in every other one.
func TestRandomPackets(t *testing.T) {
	n := uint64(300)
	if testing.Short() {
		n = 30
	}
	for seed := range n {
		rng := rand.New(rand.NewPCG(seed, 7))
		b := randomBytes(rng, 1+rng.IntN(6000))
		if seed%2 == 1 {
			for i := range b {
				if rng.IntN(3) > 0 {
					b[i] &= 0x0f
				}
			}
		}
		fuzzTable(t, b)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func fuzzTable(t *testing.T, b []byte) {
	config := TableConfig{Conversations: 4, Buffered: 6 << 10, Segments: 5, SegmentBytes: 200, Recent: 1 << 10}
	if len(b) > 0 && b[0]&1 == 1 {
		config = TableConfig{Recent: 1 << 10}
	}
	tables := [2]*Table{NewTable(config), NewTable(config)}
	takers := [2]*witness{{t: t}, {t: t}}
	r := wire.NewReader(b)
	now := int64(1)
	for frame := uint32(1); r.Len() >= 8 && frame < 400; frame++ {
		p := fuzzPacket(&r, &now, frame)
		for i, k := range takers {
			if i == 1 && frame%7 == 0 {
				state := tables[1].AppendState(nil, saveUser)
				watched := k.watch != nil
				tables[1] = NewTable(config)
				if err := tables[1].LoadState(state, loadUser); err != nil {
					t.Fatalf("the saved state does not load: %v", err)
				}
				if k.watch = nil; watched {
					q := &Packet{Kind: TCPSegment, IPProto: 6, Src: fuzzAddr[0], Dst: fuzzAddr[1], SrcPort: 1000, DstPort: 502}
					k.watch, _, _ = tables[1].find(q)
				}
			}
			if i == 1 && frame%3 == 0 {
				tables[1].Tick(p.Time, k)
			}
			if isHonest(p) && k.watch != nil {
				k.copy(p)
			}
			q := *p
			tables[i].Take(&q, k)
			if err := tables[i].verify(); err != nil {
				t.Fatalf("frame %d: %v", frame, err)
			}
		}
		if !bytes.Equal(takers[0].told, takers[1].told) {
			t.Fatalf("frame %d: saving and ticking make a difference", frame)
		}
	}
	for i, k := range takers {
		tables[i].Flush(k)
		if err := tables[i].verify(); err != nil || tables[i].Earliest() != 0 {
			t.Fatalf("after the end: %v", err)
		}
	}
	if tables[0].Stats() != tables[1].Stats() {
		t.Fatalf("saving and ticking make a difference:\n%+v\n%+v", tables[0].Stats(), tables[1].Stats())
	}
}

// fuzzPacket makes a packet of any eight bytes and up to 63 of payload. Those of client
// port 1000 are honest but for repetitions: one direction's data, the other's
// acknowledgements.
func fuzzPacket(r *wire.Reader, now *int64, frame uint32) *Packet {
	kind, flags, seq, ack, gap, missing := r.U8(), r.U8(), r.U16(), r.U8(), r.U8(), r.U8()
	*now += int64(gap) * int64(gap) * 50e3
	p := &Packet{Time: *now, Kind: TCPSegment, IPProto: 6, Src: fuzzAddr[0], Dst: fuzzAddr[1], SrcPort: 1000, DstPort: 502,
		Seq: uint32(seq & 0x3ff), Ack: uint32(ack) * 4, Flags: ACK, Origin: davy.Origin{Stamp: *now, Frame: frame}}
	p.Payload = bytes.Clone(r.Bytes(min(int(r.U8()&63), r.Len())))
	if kind&7 == 0 {
		if len(p.Payload) == 1 { // it may be a keep-alive's, and then is no copy
			p.Payload = nil
		}
		if kind&8 != 0 {
			p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
			p.Seq, p.Payload = 0, nil
		}
		return p
	}
	p.SrcPort += uint16(kind&7) % 5
	p.Flags = flags & 63
	if p.SrcPort == 1000 {
		p.SrcPort = 7
	}
	p.Missing = int(missing) * int(missing&1)
	switch {
	case flags>>6 == 1:
		p.Seq += 1 << 31
	case flags>>6 == 2:
		p.Seq -= 600
	case flags>>6 == 3 && missing > 200:
		p.Kind, p.IPProto = UDPDatagram, 17
	}
	p.Copy = missing == 77
	if kind&8 != 0 {
		p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
	}
	if kind&16 != 0 {
		p.Src = fuzzAddr[kind>>6]
	}
	return p
}
