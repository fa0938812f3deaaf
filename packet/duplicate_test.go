package packet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/davylamp/davy"
)

const ms = int64(1e6)

// seen shows a frame to d at a time, as packet number n.
func seen(d *Dedup, frame []byte, at int64, n uint64) (Original, bool) {
	p := on(LinkEthernet, frame)
	p.Time, p.Number = at, n
	new(Decoder).Decode(p)
	o := d.Seen(p)
	if (o != nil) != p.Copy {
		panic("Copy is not what was said")
	}
	if o == nil {
		return Original{}, false
	}
	return *o, true
}

// routed is a frame as it leaves a router: other MACs, one hop less, a new header checksum.
func routed(frame []byte) []byte {
	b := bytes.Clone(frame)
	copy(b, cat(mac(inB), mac(inA)))
	b[22]--
	sumHeader(b[14:])
	return b
}

func TestDedup(t *testing.T) {
	plain := ether(typeIPv4, telegram())
	six := func(class, hops byte, src davy.MAC) []byte {
		b := ipv6(ip6A, ip6B, protoTCP, tcp(1, 502, 3, 4, ACK, hello))
		b[0], b[1], b[7] = b[0]|class>>4, b[1]|class<<4, hops
		return etherFrom(src, macB, typeIPv6, b)
	}
	remarked := bytes.Clone(plain)
	remarked[15] = 0xb9 // DSCP and ECN
	sumHeader(remarked[14:])
	goose := ether(0x88b8, hello)
	arpBody := cat(be16(1, typeIPv4, 0x0604, 1), mac(macA), mark(14))
	dcpBody := cat(be16(0xfeff, 0x0501, 0, 7, 0, 10), []byte{2, 2, 0, 5, 0, 0, 'i', 'o', '1', 0})
	unnamed := cat(be16(0xfeff, 0x0501, 0, 7, 0, 14), []byte{2, 2, 0, 2, 0, 0, 2, 3, 0, 6, 0, 0, 0, 42})
	for _, c := range []struct {
		name  string
		a, b  []byte
		after int64
		want  bool
	}{
		{"both directions of a port", plain, plain, 3, true},
		{"both sides of a router", plain, routed(plain), 5 * ms, true},
		{"several VLANs", plain, ether(typeVLAN, vlan(7, typeIPv4, telegram())), 1, true},
		{"a router that marks", plain, remarked, 1, true},
		{"both sides of a router, IPv6", six(0, 64, macA), six(0xb9, 63, inA), 1, true},
		{"padding and trailers", plain, ether(typeIPv4, cat(telegram(), be16(1, 0xa042, typePRP))), 1, true},
		{"the other side of a tunnel", plain, outer(protoUDP, vxlanOf(inner())), 1, true},
		{"two ERSPAN sessions", outer(protoGRE, greOf(0x1000, typeERSPAN, cat(erspan2(9, false), inner()))),
			outer(protoGRE, greOf(0x1000, typeERSPAN, cat(erspan2(8, false), inner()))), 1, true},
		{"at the end of the window", plain, plain, 20 * ms, true},
		{"after the window", plain, plain, 20*ms + 1, false},
		{"a frame without IP", goose, goose, 1, true},
		{"a frame in another VLAN", goose, ether(typeVLAN, vlan(5, 0x88b8, hello)), 1, true},
		{"the second LAN's copy", ether(0x88b8, cat(hello, be16(1, 0xa012, typePRP))), ether(0x88b8, cat(hello, be16(1, 0xb012, typePRP))), 1, true},
		{"an HSR ring's other way", ether(typeHSR, cat(be16(0x0042, 7, 0x88b8), hello)), ether(typeHSR, cat(be16(0x1042, 7, 0x88b8), hello)), 1, true},
		{"a frame from another station", goose, etherFrom(inA, macB, 0x88b8, hello), 1, false},
		{"a frame to another station", goose, etherFrom(macA, inB, 0x88b8, hello), 1, false},
		{"a frame of another type", goose, ether(0x88ba, hello), 1, false},
		{"a longer frame of zeros", ether(0x88b8, make([]byte, 40)), ether(0x88b8, make([]byte, 41)), 1, false},
		{"another IP identification", plain, ether(typeIPv4, func() []byte { b := telegram(); b[5]++; sumHeader(b); return b }()), 1, false},
		{"a retransmission as hosts send it, with a new identification", ether(typeIPv4, ipv4Part(ipA, ipB, protoTCP, 5, 0, false, tcp(1, 2, 3, 4, ACK, hello))),
			ether(typeIPv4, ipv4Part(ipA, ipB, protoTCP, 6, 0, false, tcp(1, 2, 3, 4, ACK, hello))), 1, false},
		{"a keep-alive and the acknowledgement before it", ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 2, 10, 4, ACK, nil))),
			ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 2, 9, 4, ACK, []byte{0}))), 1, false},
		{"the answer", plain, ether(typeIPv4, ipv4(ipB, ipA, protoTCP, tcp(1025, 502, 7, 9, PSH|ACK, hello))), 1, false},
		{"two fragments of one datagram", part(bytes.Repeat([]byte{7}, 108), protoUDP, 1, 0, 48), part(bytes.Repeat([]byte{7}, 108), protoUDP, 1, 48, 96), 1, false},
		{"one fragment twice", part(mark(108), protoUDP, 1, 0, 48), routed(part(mark(108), protoUDP, 1, 0, 48)), 1, true},
		{"two ARP questions", ether(typeARP, cat(be16(1, typeIPv4, 0x0604, 1), mac(macA), mark(14))), ether(typeARP, cat(be16(1, typeIPv4, 0x0604, 1), mac(macA), mark(13), []byte{99})), 1, false},
		{"an ARP question with other stations and padding", etherFrom(macA, macB, typeARP, arpBody), etherFrom(inA, inB, typeARP, cat(arpBody, make([]byte, 18))), 1, true},
		{"a DCP answer with other stations and padding", etherFrom(macA, macB, 0x8892, dcpBody), etherFrom(inA, inB, 0x8892, cat(dcpBody, make([]byte, 9))), 1, true},
		{"another DCP answer", etherFrom(macA, macB, 0x8892, dcpBody), etherFrom(inA, inB, 0x8892, cat(dcpBody[:18], []byte("io2"), []byte{0})), 1, false},
		{"one answer of two devices without a name", etherFrom(macA, macB, 0x8892, unnamed), etherFrom(inA, macB, 0x8892, unnamed), 1, false},
		{"an answer of a device without a name, twice", etherFrom(macA, macB, 0x8892, unnamed), etherFrom(macA, macB, 0x8892, unnamed), 1, true},
		{"one answer of two devices, cut in its blocks", etherFrom(macA, macB, 0x8892, unnamed[:15]), etherFrom(inA, macB, 0x8892, unnamed[:15]), 1, false},
		{"the same data of two I/O devices", etherFrom(macA, macB, 0x8892, cat(be16(0x8000), mark(40))), etherFrom(inA, macB, 0x8892, cat(be16(0x8000), mark(40))), 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d Dedup
			if _, is := seen(&d, c.a, 1000*ms, 1); is {
				t.Fatal("the first is a copy")
			}
			o, is := seen(&d, c.b, 1000*ms+c.after, 2)
			if is != c.want {
				t.Fatalf("copy: %v", is)
			}
			if is && (o.Number != 1 || o.Time != 1000*ms || d.Copies != 1) {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestEveryByteCounts(t *testing.T) {
	// A copy differs in nothing but what a router changes, whatever the packet's length.
	d := Dedup{Ceiling: 4}
	d.make()
	for n := range 120 {
		data := mark(n)
		for _, frame := range [][]byte{ether(typeIPv4, ipv4(ipA, ipB, 99, data)), ether(typeIPv6, ipv6(ip6A, ip6B, 99, data)), ether(0x88b8, data)} {
			ip4, ip6 := frame[12] == 8, frame[12] == 0x86
			for i := range frame {
				for _, bit := range []byte{1, 0x80} {
					b := bytes.Clone(frame)
					b[i] ^= bit
					p := decoded(b)
					if p.Kind != decoded(frame).Kind || len(p.Net) != len(decoded(frame).Net) || p.VLAN != 0 {
						continue // another kind of packet altogether
					}
					may := ip4 && (i < 12 || i == 15 || i == 22 || i == 24 || i == 25) ||
						ip6 && (i < 12 || i == 14 && bit == 1 || i == 15 && bit == 0x80 || i == 21)
					if got := d.hash(p) == d.hash(decoded(frame)); got != may {
						t.Fatalf("%d bytes of data, byte %d of the frame, bit %02x: same %v", n, i, bit, got)
					}
				}
			}
		}
	}
}

func TestOriginalTeachesTheRouter(t *testing.T) {
	var d Dedup
	p := on(LinkEthernet, ether(typeVLAN, vlan(7, typeIPv4, telegram())))
	p.Interface, p.Number, p.Time = 3, 41, 9
	new(Decoder).Decode(p)
	d.Seen(p)
	o, is := seen(&d, routed(ether(typeIPv4, telegram())), 10, 42)
	if want := (Original{Number: 41, Time: 9, SrcMAC: macA, DstMAC: macB, VLAN: 7, Interface: 3, TTL: 64}); !is || o != want {
		t.Errorf("%+v, want %+v", o, want)
	}
}

// TestRouter: the router is whoever sent the copy with the smaller hop count, whichever of
// the two came first; nobody is where the hop counts or the senders are the same.
func TestRouter(t *testing.T) {
	for i, c := range []struct {
		first, then Packet
		want        davy.MAC
	}{
		{Packet{SrcMAC: 1, DstMAC: 2, TTL: 64}, Packet{SrcMAC: 3, DstMAC: 4, TTL: 63}, 3},
		{Packet{SrcMAC: 3, DstMAC: 4, TTL: 63}, Packet{SrcMAC: 1, DstMAC: 2, TTL: 64}, 3},
		{Packet{SrcMAC: 1, DstMAC: 2, TTL: 64}, Packet{SrcMAC: 3, DstMAC: 4, TTL: 64}, 0},
		{Packet{SrcMAC: 1, DstMAC: 2, TTL: 64}, Packet{SrcMAC: 1, DstMAC: 4, TTL: 63}, 0},
		{Packet{SrcMAC: 1, DstMAC: 2, TTL: 64}, Packet{TTL: 63}, 0},
	} {
		o := Original{SrcMAC: c.first.SrcMAC, DstMAC: c.first.DstMAC, TTL: c.first.TTL}
		c.then.Kind = UDPDatagram
		if mac, ok := o.Router(&c.then); mac != c.want || ok != (c.want != 0) {
			t.Errorf("%d: %v %v, want %v", i, mac, ok, c.want)
		}
		c.then.Kind = Frame
		if _, ok := o.Router(&c.then); ok {
			t.Errorf("%d: a frame without IP was not routed", i)
		}
	}
}

func TestScopesKeepTwinsApart(t *testing.T) {
	// Two cells with the same addresses can say the same at the same time.
	dec := Decoder{Scopes: scopesOf(t, ScopeRule{prefix("10.0.0.0/8"), ByVLAN})}
	var d Dedup
	for i, c := range []struct {
		vlan uint16
		copy bool
	}{{5, false}, {6, false}, {5, true}, {6, true}} {
		p := on(LinkEthernet, ether(typeVLAN, vlan(c.vlan, typeIPv4, telegram())))
		dec.Decode(p)
		if is := d.Seen(p) != nil; is != c.copy {
			t.Errorf("packet %d: %v", i, is)
		}
	}
}

func TestAFragmentingRoutersCopy(t *testing.T) {
	var d Dedup
	var dec Decoder
	body := bodyOf(100)
	if _, is := seen(&d, ether(typeIPv4, ipv4(ipA, ipB, protoUDP, body)), 1, 1); is {
		t.Fatal()
	}
	p := giveAll(t, &dec, part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 48, 108))
	if o := d.Seen(p); o == nil || o.Number != 1 {
		t.Errorf("%+v %v", o, o != nil)
	}
}

func TestWindowBeginsWithTheOriginal(t *testing.T) {
	// Something said every 10 ms in the same words is heard every 30 ms at least.
	var d Dedup
	frame := ether(typeIPv4, telegram())
	heard := 0
	for i := range int64(100) {
		if _, is := seen(&d, frame, i*10*ms, uint64(i)); !is {
			heard++
		}
	}
	if heard != 34 {
		t.Errorf("heard %d times of 100", heard)
	}
	d = Dedup{Window: 5 * ms}
	seen(&d, frame, 0, 1)
	if _, is := seen(&d, frame, 6*ms, 2); is {
		t.Error("a shorter window was asked for")
	}
}

// numbered is the i-th of many different packets.
func numbered(i int) []byte {
	return ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 502, uint32(i), 9, ACK, hello)))
}

func TestDedupMakesRoom(t *testing.T) {
	d := Dedup{Ceiling: 4}
	for i := range 6 {
		seen(&d, numbered(i), 1, uint64(i))
	}
	if d.Evicted != 2 {
		t.Errorf("%d evicted", d.Evicted)
	}
	for i := 2; i < 6; i++ {
		if _, is := seen(&d, numbered(i), 2, 9); !is {
			t.Errorf("%d was forgotten", i)
		}
	}
	if _, is := seen(&d, numbered(0), 2, 9); is {
		t.Error("0 should have been")
	}
	// What is past the window is no loss.
	evicted := d.Evicted
	seen(&d, numbered(10), 1e9, 10)
	if d.Evicted != evicted {
		t.Error("counted as lost")
	}
}

func TestSeedChangesNothing(t *testing.T) {
	run := func(seed uint64) string {
		d := Dedup{Ceiling: 16, Seed: seed}
		random := rand.New(rand.NewPCG(1, 1))
		var out []byte
		for i := range 5000 {
			o, is := seen(&d, numbered(random.IntN(40)), int64(i)*ms/2, uint64(i))
			out = fmt.Appendln(out, o, is)
		}
		return string(fmt.Append(out, d.Copies, d.Evicted))
	}
	if run(0) != run(0xfeed) {
		t.Error("results depend on the seed")
	}
}

func TestDedupAgainstAPlainMap(t *testing.T) {
	var d Dedup
	random := rand.New(rand.NewPCG(5, 6))
	when := map[int]int64{}
	for i := range 200000 {
		at, k := int64(i)*ms/50, random.IntN(3000)
		last, known := when[k]
		want := known && at-last <= 20*ms
		if !want {
			when[k] = at
		}
		if _, is := seen(&d, numbered(k), at, uint64(i)); is != want {
			t.Fatalf("packet %d: %v", i, is)
		}
	}
}

func TestDedupState(t *testing.T) {
	d := Dedup{Ceiling: 16, Seed: 7}
	for i := range 21 {
		seen(&d, numbered(i), int64(i), uint64(i))
	}
	state := d.AppendState(nil)
	e := Dedup{Ceiling: 16}
	if err := e.LoadState(state); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(e.AppendState(nil), state) {
		t.Error("saved again it differs")
	}
	for i := range 21 {
		a, isA := seen(&d, numbered(i), 30, 99)
		b, isB := seen(&e, numbered(i), 30, 99)
		if a != b || isA != isB {
			t.Errorf("%d: %v %v", i, a, b)
		}
	}
	refusesBrokenState(t, state, func() davy.Stateful { return &Dedup{Ceiling: 16} })
}

func TestDedupDoesNotAllocate(t *testing.T) {
	var d Dedup
	p := decoded(ether(typeIPv4, telegram()))
	d.Seen(p)
	if n := testing.AllocsPerRun(100, func() { p.Time += 25 * ms; d.Seen(p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDedup(b *testing.B) {
	for _, n := range []int{36, 400, 1446} { // 90-byte frames, and longer ones
		b.Run(fmt.Sprint(n+54), func(b *testing.B) {
			var d Dedup
			frames := make([]*Packet, 256)
			for i := range frames {
				frames[i] = decoded(ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 502, uint32(i), 9, ACK, make([]byte, n)))))
			}
			at, i := int64(0), 0
			for b.Loop() {
				p := frames[i&255]
				at, i = at+10000, i+1 // 100,000 packets a second
				p.Time = at
				d.Seen(p)
			}
		})
	}
}
