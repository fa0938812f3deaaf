package packet

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/davylamp/davy"
)

// mark is n bytes that differ from place to place.
func mark(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i) ^ byte(i>>8)*7
	}
	return b
}

// part is a frame with bytes from..to of a datagram's IP payload.
func part(body []byte, proto uint8, id uint16, from, to int) []byte {
	return ether(typeIPv4, ipv4Part(ipA, ipB, proto, id, from, to < len(body), body[from:to]))
}

func part6(body []byte, next uint8, id uint32, from, to int) []byte {
	return ether(typeIPv6, ipv6Part(ip6A, ip6B, next, id, from, to < len(body), body[from:to]))
}

// bodyOf is UDP with its checksum, the payload of a datagram to be cut into fragments.
func bodyOf(n int) []byte {
	b := udp(3000, 3001, mark(n))
	ipv4(ipA, ipB, protoUDP, b)
	return b
}

func give(d *Decoder, frame []byte, at int64) (*Packet, bool) {
	p := on(LinkEthernet, frame)
	p.Time = at
	d.Decode(p)
	return p, d.Reassemble(p)
}

// giveAll gives frames in order; only the last may make a packet whole.
func giveAll(t *testing.T, d *Decoder, frames ...[]byte) *Packet {
	t.Helper()
	for i, frame := range frames {
		p, whole := give(d, frame, 1)
		if whole != (i == len(frames)-1) {
			t.Fatalf("fragment %d of %d: whole is %v: %+v", i+1, len(frames), whole, *p)
		}
		if whole {
			return p
		}
		if !p.Fragment || p.Kind != IPOnly || p.SrcPort != 0 {
			t.Fatalf("fragment %d was read as more than that: %+v", i+1, *p)
		}
	}
	return nil
}

// wantWhole checks a datagram of bodyOf(n).
func wantWhole(t *testing.T, p *Packet, n int, defect davy.Defect) {
	t.Helper()
	if p == nil || p.Kind != UDPDatagram || !p.Reassembled || p.Fragment || p.SrcPort != 3000 || !bytes.Equal(p.Payload, mark(n)) || p.Missing != 0 || p.Defect != defect {
		t.Fatalf("not the whole datagram of %d bytes: %+v", n, p)
	}
}

func TestFragments(t *testing.T) {
	body := bodyOf(100)
	t.Run("in order", func(t *testing.T) {
		var d Decoder
		last := part(body, protoUDP, 1, 96, 108)
		p := giveAll(t, &d, part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 48, 96), last)
		wantWhole(t, p, 100, "")
		if &p.Data[0] != &last[0] || p.Src != a4(ipA) || p.SrcMAC != macA {
			t.Error("the frame is that of the last fragment")
		}
		// It equals the packet that was never taken apart, as far as routers leave it alone.
		want := ipv4(ipA, ipB, protoUDP, body)
		if !bytes.Equal(p.Net, want) {
			t.Errorf("net\n% x\nwant\n% x", p.Net, want)
		}
		if d.Fragments.Reassembled != 1 || d.Fragments.Open() != 0 {
			t.Errorf("%+v", d.Fragments.Reassembled)
		}
	})
	t.Run("in any order", func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			var d Decoder
			n := 8 * (1 + random.IntN(40))
			whole := bodyOf(3 * n)
			var frames [][]byte
			for from := 0; from < len(whole); from += n {
				frames = append(frames, part(whole, protoUDP, 1, from, min(from+n, len(whole))))
			}
			random.Shuffle(len(frames), func(i, j int) { frames[i], frames[j] = frames[j], frames[i] })
			wantWhole(t, giveAll(t, &d, frames...), 3*n, "")
		}
	})
	t.Run("duplicates", func(t *testing.T) {
		var d Decoder
		wantWhole(t, giveAll(t, &d, part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 96, 108),
			part(body, protoUDP, 1, 96, 108), part(body, protoUDP, 1, 48, 96)), 100, "")
	})
	t.Run("overlap that agrees", func(t *testing.T) {
		var d Decoder
		wantWhole(t, giveAll(t, &d, part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 24, 96), part(body, protoUDP, 1, 64, 108)), 100, "")
	})
	t.Run("overlap that contradicts: the first wins", func(t *testing.T) {
		evil := bytes.Repeat([]byte{0xee}, 108)
		for _, from := range []int{0, 8, 40} {
			var d Decoder
			p := giveAll(t, &d, part(body, protoUDP, 1, 0, 48), part(evil, protoUDP, 1, from, 48), part(body, protoUDP, 1, 48, 108))
			wantWhole(t, p, 100, FragmentOverlap)
		}
		var d Decoder
		giveAll(t, &d, part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 48, 96), part(body, protoUDP, 1, 96, 108))
		give(&d, part(body, protoUDP, 2, 0, 48), 1)
		if p, _ := give(&d, part(evil, protoUDP, 2, 0, 48), 1); p.Defect != FragmentOverlap {
			t.Error("the fragment itself is marked, too, as its datagram may never be whole")
		}
	})
	t.Run("two ends", func(t *testing.T) {
		var d Decoder
		give(&d, part(body, protoUDP, 1, 48, 108), 1)
		if p, whole := give(&d, part(body[:104], protoUDP, 1, 96, 104), 1); whole || p.Defect != FragmentOverlap {
			t.Errorf("%+v", p)
		}
		if p, whole := give(&d, part(bodyOf(200), protoUDP, 1, 104, 120), 1); whole || p.Defect != FragmentOverlap {
			t.Errorf("%+v", p)
		}
		p, _ := give(&d, part(body, protoUDP, 1, 0, 48), 1)
		wantWhole(t, p, 100, FragmentOverlap)
	})
	t.Run("tiny first fragment", func(t *testing.T) {
		segment := tcp(1025, 502, 7, 9, ACK, mark(20))
		var d Decoder
		p := giveAll(t, &d, part(segment, protoTCP, 1, 0, 8), part(segment, protoTCP, 1, 8, 40))
		if p.Kind != TCPSegment || p.DstPort != 502 || !bytes.Equal(p.Payload, mark(20)) || p.Defect != FragmentTiny {
			t.Errorf("%+v", p)
		}
	})
	t.Run("gap", func(t *testing.T) {
		var d Decoder
		for _, frame := range [][]byte{part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 96, 108)} {
			if p, whole := give(&d, frame, 1); whole {
				t.Errorf("%+v", p)
			}
		}
	})
	t.Run("pairs, numbers and protocols are kept apart", func(t *testing.T) {
		var d Decoder
		give(&d, part(body, protoUDP, 1, 0, 48), 1)
		other := ether(typeIPv4, ipv4Part(ipB, ipA, protoUDP, 1, 48, false, body[48:]))
		for i, frame := range [][]byte{part(body, protoUDP, 2, 48, 108), part(body, 99, 1, 48, 108), other} {
			if _, whole := give(&d, frame, 1); whole {
				t.Errorf("%d was taken for its fellow", i)
			}
		}
		if d.Fragments.Open() != 4 {
			t.Error(d.Fragments.Open())
		}
	})
	t.Run("lengths that cannot be", func(t *testing.T) {
		var d Decoder
		beyond := ether(typeIPv4, ipv4Part(ipA, ipB, protoUDP, 1, 65528, false, mark(16)))
		empty := ether(typeIPv4, ipv4Part(ipA, ipB, protoUDP, 1, 8, true, nil))
		short := ether(typeIPv4, ipv4Part(ipA, ipB, protoUDP, 1, 8, true, mark(7)))
		for i, frame := range [][]byte{beyond, empty, short} {
			if p, whole := give(&d, frame, 1); whole || p.Defect != FragmentLength {
				t.Errorf("%d: %+v", i, p)
			}
		}
		if d.Fragments.Refused != 3 || d.Fragments.Open() != 0 {
			t.Errorf("%d refused, %d open", d.Fragments.Refused, d.Fragments.Open())
		}
		// An odd end in the middle is cut down to eights, as hosts do.
		p, _ := give(&d, ether(typeIPv4, ipv4Part(ipA, ipB, protoUDP, 1, 0, true, body[:50])), 1)
		if p.Defect != FragmentLength {
			t.Errorf("%+v", p)
		}
		p, _ = give(&d, part(body, protoUDP, 1, 48, 108), 1)
		wantWhole(t, p, 100, FragmentLength)
	})
	t.Run("the largest datagram", func(t *testing.T) {
		var d Decoder
		whole := bodyOf(65507)
		var frames [][]byte
		for from := 0; from < len(whole); from += 1480 {
			frames = append(frames, part(whole, protoUDP, 1, from, min(from+1480, len(whole))))
		}
		wantWhole(t, giveAll(t, &d, frames...), 65507, "")
	})
}

func TestFragments6(t *testing.T) {
	body := udp(3000, 3001, mark(100))
	want := ipv6(ip6A, ip6B, protoUDP, body) // fills in the checksum, too
	var d Decoder
	p := giveAll(t, &d, part6(body, protoUDP, 70000, 56, 108), part6(body, protoUDP, 70000, 0, 56))
	wantWhole(t, p, 100, "")
	if !bytes.Equal(p.Net, want) {
		t.Errorf("net\n% x\nwant\n% x", p.Net, want)
	}
	// Headers before the fragment header stay; so does an atomic one.
	options := []byte{protoFragment, 0, 1, 4, 0, 0, 0, 0}
	atomic := []byte{protoFragment, 99, 0, 0, 9, 9, 9, 9}
	long := func(off uint16, b []byte) []byte {
		return ether(typeIPv6, ipv6(ip6A, ip6B, protoHopByHop, cat(options, atomic, []byte{protoUDP, 0}, be16(off, 0, 5), b)))
	}
	wantWhole(t, giveAll(t, &d, long(1, body[:56]), long(56, body[56:])), 100, "")
	// RFC 5722.
	evil := bytes.Repeat([]byte{0xee}, 108)
	wantWhole(t, giveAll(t, &d, part6(body, protoUDP, 1, 0, 56), part6(evil, protoUDP, 1, 8, 56), part6(body, protoUDP, 1, 56, 108)), 100, FragmentOverlap)
	// Headers that leave no room, and lengths beyond.
	far := ether(typeIPv6, ipv6Part(ip6A, ip6B, protoUDP, 1, 65528, false, mark(8)))
	if p, _ := give(&d, far, 1); p.Defect != FragmentLength {
		t.Errorf("%+v", p)
	}
}

func TestFragmentsWaitAndMakeRoom(t *testing.T) {
	body := bodyOf(100)
	first := func(id uint16) []byte { return part(body, protoUDP, id, 0, 48) }
	last := func(id uint16) []byte { return part(body, protoUDP, id, 48, 108) }
	t.Run("for 30 s", func(t *testing.T) {
		var d Decoder
		give(&d, first(1), 1)
		give(&d, first(2), 2)
		if _, whole := give(&d, last(1), 30e9+1); !whole {
			t.Error("too early")
		}
		if _, whole := give(&d, last(2), 30e9+3); whole {
			t.Error("too late")
		}
		if d.Fragments.Expired != 1 || d.Fragments.Open() != 1 {
			t.Errorf("%d expired, %d open", d.Fragments.Expired, d.Fragments.Open())
		}
		d.Fragments.Expire(90e9)
		if d.Fragments.Expired != 2 || d.Fragments.Open() != 0 {
			t.Errorf("%d expired, %d open", d.Fragments.Expired, d.Fragments.Open())
		}
	})
	t.Run("the oldest goes", func(t *testing.T) {
		d := Decoder{Fragments: Fragments{Ceiling: 4}}
		for id := range uint16(6) {
			give(&d, first(id), 1)
		}
		if d.Fragments.Evicted != 2 || d.Fragments.Open() != 4 {
			t.Errorf("%d evicted, %d open", d.Fragments.Evicted, d.Fragments.Open())
		}
		for id := uint16(2); id < 6; id++ {
			if p, whole := give(&d, last(id), 1); !whole {
				t.Errorf("%d is gone: %+v", id, p)
			}
		}
		if _, whole := give(&d, last(1), 1); whole {
			t.Error("1 should be gone")
		}
	})
	t.Run("without allocation", func(t *testing.T) {
		d := Decoder{Fragments: Fragments{Ceiling: 4}}
		one, two := on(LinkEthernet, first(1)), on(LinkEthernet, last(1))
		if n := testing.AllocsPerRun(100, func() {
			d.Decode(one)
			d.Reassemble(one)
			d.Decode(two)
			if !d.Reassemble(two) {
				t.Fatal("not whole")
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

func TestFragmentSlices(t *testing.T) {
	body := bodyOf(100)
	cut := func(frame []byte, n int) *Packet {
		return &Packet{Link: LinkEthernet, Data: frame[:n], Wire: len(frame), Time: 1}
	}
	for _, c := range []struct {
		name      string
		cut       int // 0 first fragment, 1 second
		got, lost int
	}{
		{"in the last", 1, 48 - 8 + 6, 54}, // its first 6 bytes are there
		{"in the first", 0, 6, 94},         // its UDP header and 6 bytes are there
	} {
		t.Run(c.name, func(t *testing.T) {
			var d Decoder
			var p *Packet
			for i, frame := range [][]byte{part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 48, 108)} {
				n := len(frame)
				if i == c.cut {
					n = 34 + 6 + 8*(1-i)
				}
				p = cut(frame, n)
				d.Decode(p)
				if whole := d.Reassemble(p); whole != (i == 1) {
					t.Fatal(i, whole)
				}
			}
			if p.Kind != UDPDatagram || len(p.Payload) != c.got || p.Missing != c.lost || p.Defect != "" || !bytes.Equal(p.Payload, mark(c.got)) {
				t.Errorf("%d bytes, missing %d, %q", len(p.Payload), p.Missing, p.Defect)
			}
		})
	}
}

func TestFragmentsOfTunnels(t *testing.T) {
	// A mirrored frame too long for the switch's own network; inside it a fragment again.
	whole := bodyOf(1400)
	var inside [][]byte
	for from := 0; from < len(whole); from += 704 {
		b := ipv4Part(ipA, ipB, protoUDP, 9, from, from+704 < len(whole), whole[from:min(from+704, len(whole))])
		inside = append(inside, greOf(0x1000, typeERSPAN, cat(erspan2(9, false), etherFrom(inA, inB, typeIPv4, b))))
	}
	var d Decoder
	var p *Packet
	var done bool
	for i, b := range inside {
		for from := 0; from < len(b); from += 400 {
			if done {
				t.Fatal("too early")
			}
			to := min(from+400, len(b))
			p, done = give(&d, ether(typeIPv4, ipv4Part(tunA, tunB, protoGRE, uint16(i), from, to < len(b), b[from:to])), 1)
		}
	}
	wantWhole(t, p, 1400, "")
	if p.Outer != a4(tunA) || p.SrcMAC != inA || p.VLAN != 9 {
		t.Errorf("outer %v, MAC %v, VLAN %d", p.Outer, p.SrcMAC, p.VLAN)
	}
	if d.Fragments.Reassembled != 3 { // two tunnels' packets, and the one they carry
		t.Error(d.Fragments.Reassembled)
	}
}

// refusesBrokenState loads a state cut anywhere and with another version; each is an error.
func BenchmarkReassemble(b *testing.B) {
	var d Decoder
	body := bodyOf(2900)
	one, two := on(LinkEthernet, part(body, protoUDP, 1, 0, 1480)), on(LinkEthernet, part(body, protoUDP, 1, 1480, 2908))
	for b.Loop() {
		d.Decode(one)
		d.Reassemble(one)
		d.Decode(two)
		d.Reassemble(two)
	}
}
