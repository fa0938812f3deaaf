package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/davylamp/davy"
)

// check verifies a frame and returns whether it is used, and whether a sum is wrong.
func check(c *Checksums, frame []byte) (use, bad bool) {
	p := decoded(frame)
	use = c.Check(p)
	return use, p.BadChecksum
}

// spoilt is a frame with one byte wrong.
func spoilt(frame []byte, at int) []byte {
	b := bytes.Clone(frame)
	b[at] ^= 0x55
	return b
}

func udpFrame(n int) []byte {
	return ether(typeIPv4, ipv4(ipA, ipB, protoUDP, udp(5, 6, mark(n))))
}

func TestChecksums(t *testing.T) {
	six := ether(typeIPv6, ipv6(ip6A, ip6B, protoUDP, udp(5, 6, mark(33))))
	none := bytes.Clone(udpFrame(20))
	none[40], none[41] = 0, 0
	for n := range 70 {
		var c Checksums
		for _, frame := range [][]byte{udpFrame(n), ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 2, 3, 4, ACK, mark(n))))} {
			if use, bad := check(&c, frame); !use || bad {
				t.Fatalf("%d bytes: a right checksum is called wrong", n)
			}
			for at := 14; at < len(frame); at++ {
				switch at {
				case 14, 16, 17, 20, 21, 23, 26, 27, 28, 29, 38, 39, 40, 41, 46:
					continue // makes it another kind of packet, of another length or sender
				}
				if use, bad := check(&c, spoilt(frame, at)); use || !bad {
					t.Fatalf("%d bytes, byte %d spoilt: used %v, wrong %v", n, at, use, bad)
				}
				check(&c, frame)
			}
		}
	}
	var c Checksums
	for i, frame := range [][]byte{six, none, ether(0x8892, hello), ether(typeIPv4, ipv4(ipA, ipB, 99, hello))} {
		if use, bad := check(&c, frame); !use || bad {
			t.Errorf("%d", i)
		}
	}
	if use, bad := check(&c, spoilt(six, 70)); use || !bad {
		t.Error("IPv6")
	}
	if c.Bad != 1 || c.Ignored != 0 {
		t.Errorf("%d bad, %d ignored", c.Bad, c.Ignored)
	}
}

func TestChecksumsThatCannotBeVerified(t *testing.T) {
	var c Checksums
	good := udpFrame(20)
	for range 10 {
		check(&c, good)
	}
	t.Run("slices", func(t *testing.T) {
		p := sliced(spoilt(good, 50), 58)
		if !c.Check(p) || p.BadChecksum {
			t.Error("a slice has no checksum")
		}
		p = sliced(spoilt(good, 18), 58)
		if c.Check(p) || !p.BadChecksum {
			t.Error("but its IP header has")
		}
	})
	t.Run("source routes", func(t *testing.T) {
		b := ipv4(ipA, ipB, protoUDP, udp(5, 6, hello))
		b = cat(b[:20], []byte{131, 7, 4, 9, 9, 9, 9, 0}, b[20:])
		b[0] = 0x47
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
		sumHeader(b)
		b[len(b)-1] ^= 1
		if use, bad := check(&c, ether(typeIPv4, b)); !use || bad {
			t.Error("the last address is not in the header")
		}
		routing := cat([]byte{protoUDP, 2, 0, 1, 0, 0, 0, 0}, ip6B, udp(5, 6, hello))
		if use, bad := check(&c, ether(typeIPv6, ipv6(ip6A, ip6B, protoRouting, routing))); !use || bad {
			t.Error("IPv6")
		}
	})
	t.Run("fragments, until they are whole", func(t *testing.T) {
		var d Decoder
		body := bodyOf(100)
		for _, spoil := range []bool{false, true} {
			for i, frame := range [][]byte{part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 48, 108)} {
				if spoil && i == 1 {
					frame = spoilt(frame, 60)
				}
				p, whole := give(&d, frame, 1)
				if use := c.Check(p); use != !(whole && spoil) {
					t.Errorf("fragment %d, spoilt %v: %v", i, spoil, use)
				}
			}
		}
	})
}

func TestOffload(t *testing.T) {
	unfilled := func(src uint32, seq int) []byte {
		b := ether(typeIPv4, ipv4(src, ipB, protoTCP, tcp(1, 502, uint32(seq), 9, ACK, hello)))
		b[24], b[25], b[50], b[51] = 0, 0, 0x12, 0x34
		return b
	}
	filled := func(src uint32, seq int) []byte {
		return ether(typeIPv4, ipv4(src, ipB, protoTCP, tcp(1, 502, uint32(seq), 9, ACK, hello)))
	}
	t.Run("a host whose checksums were never filled in", func(t *testing.T) {
		var c Checksums
		for i := range 100 {
			if use, bad := check(&c, unfilled(ipA, i)); !use || !bad {
				t.Fatalf("packet %d: used %v, wrong %v", i, use, bad)
			}
		}
		if c.Ignored != 100 || c.Bad != 0 {
			t.Errorf("%d ignored, %d bad", c.Ignored, c.Bad)
		}
		// Others are judged by their own.
		check(&c, filled(ipB, 1))
		if use, _ := check(&c, unfilled(ipB, 1)); use || c.Bad != 1 {
			t.Error("another host's wrong one is used")
		}
	})
	t.Run("mostly good: the wrong ones are not used, and counted", func(t *testing.T) {
		var c Checksums
		for i := range 10000 {
			frame, wrong := filled(ipA, i), i%10 == 9
			if wrong {
				frame = unfilled(ipA, i)
			}
			if use, bad := check(&c, frame); use == wrong || bad != wrong {
				t.Fatalf("packet %d: used %v, wrong %v", i, use, bad)
			}
		}
		if c.Bad != 1000 {
			t.Error(c.Bad)
		}
	})
	t.Run("by kind: a host may offload a part alone", func(t *testing.T) {
		var c Checksums
		for i := range 10 {
			b := filled(ipA, i) // TCP with data
			b[50] ^= 1
			if use, _ := check(&c, b); !use {
				t.Fatal("TCP")
			}
			for _, frame := range [][]byte{udpFrame(i), ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 502, 3, 4, ACK, nil)))} {
				if use, bad := check(&c, frame); !use || bad {
					t.Fatal("a right one")
				}
			}
		}
		if use, _ := check(&c, spoilt(udpFrame(20), 50)); use {
			t.Error("its UDP checksums are good")
		}
		if use, _ := check(&c, spoilt(ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 502, 3, 4, ACK, nil))), 49)); use {
			t.Error("those of its empty segments are good")
		}
	})
	t.Run("a kind never seen before, of a host that fills in the others", func(t *testing.T) {
		var c Checksums
		for i := range 20 {
			check(&c, udpFrame(i))
		}
		for i := range 6 {
			b := filled(ipA, i)
			b[50] ^= 1
			if use, _ := check(&c, b); use != (i >= 4) {
				t.Errorf("segment %d: %v", i, use)
			}
		}
	})
	t.Run("room for few", func(t *testing.T) {
		c := Checksums{Ceiling: 4}
		for i := range uint32(50) {
			check(&c, filled(ipA+i, 1))
		}
		if c.Evicted == 0 || len(c.senders) != 4 {
			t.Errorf("%d evicted, room for %d", c.Evicted, len(c.senders))
		}
	})
}

func TestSumAgainstTheRFC(t *testing.T) {
	// RFC 1071, 3: the example's bytes and sum.
	if got := fold(sum(0, []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7})); got != 0xf2dd { // ddf2, swapped
		t.Errorf("%04x", got)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32()) | byte(n%3)*0x7f // some all ones, to make carries
		}
		want := slowSum(b)
		got := fold(sum(0, b))
		if ^(got<<8 | got>>8) != want {
			t.Fatalf("%d bytes: %04x, want %04x", n, ^(got<<8 | got>>8), want)
		}
	}
}

func TestChecksumState(t *testing.T) {
	var c, d Checksums
	for i := range uint32(40) {
		check(&c, ether(typeIPv4, ipv4(ipA+i, ipB, protoTCP, tcp(1, 502, 1, 9, ACK, hello))))
		check(&c, spoilt(udpFrame(20), 50))
	}
	state := c.AppendState(nil)
	if err := d.LoadState(state); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.AppendState(nil), state) {
		t.Error("saved again it differs")
	}
	if use, _ := check(&d, spoilt(udpFrame(20), 50)); !use {
		t.Error("the offloading host was forgotten")
	}
	refusesBrokenState(t, state, func() davy.Stateful { return &Checksums{Ceiling: 256} })
}

func BenchmarkChecksums(b *testing.B) {
	for _, n := range []int{36, 400, 1446} {
		b.Run(fmt.Sprint(n+54), func(b *testing.B) {
			var c Checksums
			p := decoded(ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 502, 7, 9, ACK, mark(n)))))
			for b.Loop() {
				if !c.Check(p) {
					b.Fatal("wrong")
				}
			}
		})
	}
}

// TestLengthLeftToTheHardware: where the IP length is still 0 no checksum is filled in either,
// also of a host that fills in the others.
func TestLengthLeftToTheHardware(t *testing.T) {
	var c Checksums
	frame := ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 2, 3, 4, ACK, mark(600))))
	for range 50 {
		check(&c, frame)
	}
	left := bytes.Clone(frame)
	for _, at := range []int{16, 17, 24, 25, 50, 51} {
		left[at] = 0
	}
	if use, bad := check(&c, left); !use || bad || c.Bad+c.Ignored > 0 {
		t.Errorf("used %v, wrong %v", use, bad)
	}
}
