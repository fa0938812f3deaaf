package packet

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/davylamp/davy"
)

var hello = []byte("hello, plant")

func a4(ip uint32) davy.Addr { return davy.AddrOf4(ip, 0) }

// telegram is the packet that most tests wrap: TCP from A to B, port 502.
func telegram() []byte { return ipv4(ipA, ipB, protoTCP, tcp(1025, 502, 7, 9, PSH|ACK, hello)) }

// wantTelegram checks that the telegram came out, whatever it was wrapped in.
func wantTelegram(t *testing.T, p *Packet) {
	t.Helper()
	if p.Kind != TCPSegment || p.Defect != "" || p.Src != a4(ipA) || p.Dst != a4(ipB) || p.SrcPort != 1025 || p.DstPort != 502 ||
		p.Seq != 7 || p.Ack != 9 || p.Flags != PSH|ACK || p.Window != 8192 || p.TTL != 64 || p.IPProto != protoTCP ||
		p.EtherType != typeIPv4 || p.Missing != 0 || !bytes.Equal(p.Payload, hello) || !bytes.Equal(p.Net, telegram()) {
		t.Fatalf("not the telegram: %+v", *p)
	}
}

func wantFrame(t *testing.T, p *Packet, typ uint16, payload []byte) {
	t.Helper()
	if p.Kind != Frame || p.EtherType != typ || !bytes.Equal(p.Payload, payload) || !bytes.Equal(p.Net, payload) || p.Defect != "" {
		t.Fatalf("not a frame of type %04x with % x: %+v", typ, payload, *p)
	}
	if p.Src != station(p.SrcMAC) || p.Dst != station(p.DstMAC) {
		t.Fatalf("a frame's addresses are its MACs: %v %v", p.Src, p.Dst)
	}
}

func wantDefect(t *testing.T, p *Packet, k Kind, d davy.Defect) {
	t.Helper()
	if p.Kind != k || p.Defect != d {
		t.Fatalf("kind %d, defect %q; want kind %d, defect %q: %+v", p.Kind, p.Defect, k, d, *p)
	}
}

func TestEthernet(t *testing.T) {
	p := decoded(ether(typeIPv4, telegram()))
	wantTelegram(t, p)
	if p.SrcMAC != macA || p.DstMAC != macB || p.VLAN != 0 || !p.Outer.IsZero() {
		t.Errorf("link: %+v", p)
	}
}

func TestDecodeForgetsTheLastPacket(t *testing.T) {
	var d Decoder
	p := on(LinkEthernet, ether(typeVLAN, vlan(9, typeIPv4, telegram())))
	d.Decode(p)
	p.BadChecksum, p.Copy, p.Scope, p.Outer, p.Missing = true, true, 1, a4(1), 3
	p.Data = ether(0x8892, hello)
	p.Wire = len(p.Data)
	d.Decode(p)
	fresh := decoded(p.Data)
	if p.Kind != fresh.Kind || p.VLAN != 0 || p.SrcPort != 0 || p.Seq != 0 || p.Flags != 0 || p.TTL != 0 || p.IPProto != 0 ||
		p.BadChecksum || p.Copy || p.Scope != 0 || !p.Outer.IsZero() || p.Missing != 0 || p.transport != 0 {
		t.Errorf("left over: %+v", p)
	}
}

func TestFrameWithoutIP(t *testing.T) {
	// Padding of a short frame cannot be told from payload.
	data := append([]byte{1, 2, 3}, make([]byte, 43)...)
	p := decoded(etherFrom(macA, davy.BroadcastMAC, 0x8892, data))
	wantFrame(t, p, 0x8892, data)
	if p.Dst.MAC() != davy.BroadcastMAC {
		t.Error(p.Dst)
	}
}

func TestMACsecStaysClosed(t *testing.T) {
	wantFrame(t, decoded(ether(0x88e5, telegram())), 0x88e5, telegram())
}

func TestTags(t *testing.T) {
	for _, c := range []struct {
		name  string
		frame []byte
		vlan  uint16
	}{
		{"802.1Q", ether(typeVLAN, vlan(0x6005, typeIPv4, telegram())), 5}, // priority 3
		{"priority tag: VLAN 0 is untagged", ether(typeVLAN, vlan(0x6000, typeIPv4, telegram())), 0},
		{"QinQ: the innermost counts", ether(typeSTag, vlan(100, typeVLAN, vlan(7, typeIPv4, telegram()))), 7},
		{"9100", ether(typeQinQ, vlan(100, typeQinQ, vlan(8, typeIPv4, telegram()))), 8},
		{"9200", ether(typeQinQ2, vlan(3, typeIPv4, telegram())), 3},
		{"priority tag inside a VLAN", ether(typeSTag, vlan(100, typeVLAN, vlan(0, typeIPv4, telegram()))), 100},
		{"HSR", ether(typeHSR, cat(be16(0x1042, 77, typeIPv4), telegram())), 0},
		{"Cisco MetaData in a VLAN", ether(typeVLAN, vlan(5, typeCMD, cat(be16(0x0101, 1, 9, typeIPv4), telegram()))), 5},
		{"HSR in a VLAN", ether(typeVLAN, vlan(5, typeHSR, cat(be16(0x1042, 77, typeIPv4), telegram()))), 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := decoded(c.frame)
			wantTelegram(t, p)
			if p.VLAN != c.vlan {
				t.Errorf("VLAN %d, want %d", p.VLAN, c.vlan)
			}
		})
	}
}

func TestTagsWithoutEnd(t *testing.T) {
	b := telegram()
	for range 40 {
		b = vlan(1, typeVLAN, b)
	}
	wantDefect(t, decoded(ether(typeVLAN, b)), Frame, TooManyTags)
	wantDefect(t, decoded(ether(typeVLAN, []byte{0})), Frame, ShortFrame)
	wantDefect(t, sliced(ether(typeVLAN, vlan(1, typeIPv4, telegram())), 16), Frame, "")
}

func TestShortFrame(t *testing.T) {
	wantDefect(t, decoded(ether(typeIPv4, nil)[:13]), Undecoded, ShortFrame)
	wantDefect(t, decoded(nil), Undecoded, ShortFrame)
	wantDefect(t, sliced(ether(typeIPv4, telegram()), 10), Undecoded, "") // a slice is not a defect
}

func TestIPv4(t *testing.T) {
	t.Run("padding goes", func(t *testing.T) {
		wantTelegram(t, decoded(ether(typeIPv4, cat(telegram(), make([]byte, 20)))))
	})
	t.Run("options", func(t *testing.T) {
		b := cat(telegram()[:20], []byte{148, 4, 0, 0}, telegram()[20:]) // router alert
		b[0] = 0x46
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
		p := decoded(ether(typeIPv4, b))
		if p.Kind != TCPSegment || !bytes.Equal(p.Payload, hello) || p.transport != 24 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("length 0 from offload is the rest of the frame", func(t *testing.T) {
		big := make([]byte, 70000)
		b := ipv4(ipA, ipB, protoTCP, tcp(1, 2, 3, 4, ACK, big))
		b[2], b[3] = 0, 0
		p := decoded(ether(typeIPv4, b))
		if p.Kind != TCPSegment || len(p.Payload) != 70000 || p.Missing != 0 || p.Defect != "" {
			t.Errorf("%d bytes, missing %d, %q", len(p.Payload), p.Missing, p.Defect)
		}
	})
	t.Run("64 KiB", func(t *testing.T) {
		p := decoded(ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1, 2, 3, 4, ACK, make([]byte, 65495)))))
		if len(p.Payload) != 65495 || p.Defect != "" {
			t.Errorf("%d %q", len(p.Payload), p.Defect)
		}
	})
	t.Run("other protocols", func(t *testing.T) {
		p := decoded(ether(typeIPv4, ipv4(ipA, ipB, 1, hello)))
		if p.Kind != IPOnly || p.IPProto != 1 || !bytes.Equal(p.Payload, hello) {
			t.Errorf("%+v", p)
		}
	})
	t.Run("AH is opened, ESP is not", func(t *testing.T) {
		ah := cat([]byte{protoTCP, 4, 0, 0}, make([]byte, 20), tcp(1, 502, 3, 4, ACK, hello))
		if p := decoded(ether(typeIPv4, ipv4(ipA, ipB, protoAH, ah))); p.Kind != TCPSegment || p.DstPort != 502 {
			t.Errorf("AH: %+v", p)
		}
		if p := decoded(ether(typeIPv4, ipv4(ipA, ipB, 50, hello))); p.Kind != IPOnly || p.IPProto != 50 || p.Defect != "" {
			t.Errorf("ESP: %+v", p)
		}
	})
	t.Run("wrong headers are named", func(t *testing.T) {
		for _, c := range []struct {
			at     int
			v      byte
			kind   Kind
			defect davy.Defect
		}{
			{0, 0x55, Frame, BadIPHeader}, // version 5
			{0, 0x44, Frame, BadIPHeader}, // a header of 16 bytes
			{3, 19, IPOnly, BadIPLength},  // shorter than its header
			{2, 0xff, TCPSegment, BadIPLength},
			{32, 0x40, IPOnly, BadTCPHeader}, // data offset 4
			{32, 0xf0, IPOnly, BadTCPHeader}, // data offset beyond the packet
		} {
			b := telegram()
			b[c.at] = c.v
			wantDefect(t, decoded(ether(typeIPv4, b)), c.kind, c.defect)
		}
		wantDefect(t, decoded(ether(typeIPv4, telegram()[:19])), Frame, BadIPHeader)
		wantDefect(t, decoded(ether(typeIPv4, ipv4(ipA, ipB, protoTCP, hello))), IPOnly, BadTCPHeader)
	})
}

func TestIPv6(t *testing.T) {
	segment := func() []byte { return tcp(1025, 502, 7, 9, ACK, hello) }
	opts := func(next uint8) []byte { return []byte{next, 0, 1, 4, 0, 0, 0, 0} }
	routing := []byte{protoOptions, 2, 0, 0, 0, 0, 0, 0, 16: 0xfd, 23: 9}
	six := davy.AddrOf16(ip6A, 0)
	for _, c := range []struct {
		name  string
		first uint8
		body  []byte
	}{
		{"plain", protoTCP, segment()},
		{"hop by hop", protoHopByHop, cat(opts(protoTCP), segment())},
		{"hop by hop, routing, destination", protoHopByHop, cat(opts(protoRouting), routing, opts(protoTCP), segment())},
		{"AH and destination options behind it", protoAH, cat([]byte{protoOptions, 2, 0, 0}, make([]byte, 12), opts(protoTCP), segment())},
		{"atomic fragment", protoFragment, cat([]byte{protoTCP, 0, 0, 0, 1, 2, 3, 4}, segment())},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := decoded(ether(typeIPv6, cat(ipv6(ip6A, ip6B, c.first, c.body), make([]byte, 3))))
			if p.Kind != TCPSegment || p.Src != six || p.DstPort != 502 || !bytes.Equal(p.Payload, hello) || p.Defect != "" ||
				p.TTL != 64 || p.IPProto != protoTCP || p.EtherType != typeIPv6 || p.Fragment || len(p.Net) != 40+len(c.body) {
				t.Errorf("%+v", p)
			}
		})
	}
	t.Run("ESP stays closed", func(t *testing.T) {
		p := decoded(ether(typeIPv6, ipv6(ip6A, ip6B, protoHopByHop, cat(opts(50), hello))))
		if p.Kind != IPOnly || p.IPProto != 50 || !bytes.Equal(p.Payload, hello) {
			t.Errorf("%+v", p)
		}
	})
	t.Run("length 0 from offload", func(t *testing.T) {
		b := ipv6(ip6A, ip6B, protoTCP, tcp(1, 2, 3, 4, ACK, make([]byte, 70000)))
		b[4], b[5] = 0, 0
		if p := decoded(ether(typeIPv6, b)); len(p.Payload) != 70000 || p.Defect != "" {
			t.Errorf("%d %q", len(p.Payload), p.Defect)
		}
	})
	t.Run("jumbogram", func(t *testing.T) {
		body := cat([]byte{protoTCP, 0, 0xc2, 4, 0, 1, 0x11, 0x8c}, tcp(1, 2, 3, 4, ACK, make([]byte, 70000))) // 70,028 bytes
		b := ipv6(ip6A, ip6B, protoHopByHop, body)
		b[4], b[5] = 0, 0
		p := decoded(ether(typeIPv6, cat(b, make([]byte, 5))))
		if len(p.Payload) != 70000 || p.Defect != "" {
			t.Errorf("%d %q", len(p.Payload), p.Defect)
		}
		b[44], b[45] = 0xff, 0xff // claims 4 GB
		if p := decoded(ether(typeIPv6, b)); p.Defect != BadIPLength || p.Missing > 0xffff {
			t.Errorf("%q, missing %d", p.Defect, p.Missing)
		}
	})
	t.Run("empty", func(t *testing.T) {
		p := decoded(ether(typeIPv6, cat(ipv6(ip6A, ip6B, protoNone, nil), make([]byte, 6))))
		if p.Kind != IPOnly || len(p.Net) != 40 || len(p.Payload) != 0 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("wrong headers are named", func(t *testing.T) {
		wantDefect(t, decoded(ether(typeIPv6, ipv6(ip6A, ip6B, protoTCP, segment())[:39])), Frame, BadIPHeader)
		wantDefect(t, decoded(ether(typeIPv6, ipv6(ip6A, ip6B, protoRouting, []byte{6, 200, 0, 0, 0, 0, 0, 0}))), IPOnly, BadIPHeader)
		wantDefect(t, decoded(ether(typeIPv6, ipv6(ip6A, ip6B, protoRouting, []byte{6, 0, 0}))), IPOnly, BadIPHeader)
		wantDefect(t, decoded(ether(typeIPv6, ipv6(ip6A, ip6B, protoOptions, bytes.Repeat(opts(protoOptions), 100)))), IPOnly, TooManyHeaders)
		b := ipv6(ip6A, ip6B, protoUDP, udp(1, 2, hello))
		b[4] = 1
		wantDefect(t, decoded(ether(typeIPv6, b)), UDPDatagram, BadIPLength)
	})
}

func TestUDP(t *testing.T) {
	frame := func(n int) []byte {
		b := udp(5000, 5001, hello)
		binary.BigEndian.PutUint16(b[4:], uint16(n))
		return ether(typeIPv4, ipv4(ipA, ipB, protoUDP, b))
	}
	for _, c := range []struct {
		length, payload int
		defect          davy.Defect
	}{
		{20, 12, ""},
		{8, 0, ""},
		{13, 5, ""}, // what is behind it is not the datagram's
		{0, 12, ""}, // left for hardware to fill in
		{7, 12, BadUDPLength},
		{21, 12, BadUDPLength},
	} {
		p := decoded(frame(c.length))
		if p.Kind != UDPDatagram || p.SrcPort != 5000 || p.DstPort != 5001 || len(p.Payload) != c.payload || p.Defect != c.defect {
			t.Errorf("length %d: %+v", c.length, p)
		}
	}
	wantDefect(t, decoded(ether(typeIPv4, ipv4(ipA, ipB, protoUDP, hello[:7]))), IPOnly, BadUDPLength)
}

func TestSlices(t *testing.T) {
	frame := ether(typeIPv4, telegram()) // 14 + 20 + 20 + 12
	for _, c := range []struct {
		n, payload, missing int
		kind                Kind
	}{
		{66, 12, 0, TCPSegment},
		{60, 6, 6, TCPSegment},
		{54, 0, 12, TCPSegment},
		{53, 19, 13, IPOnly}, // flags and numbers would be guesses
		{34, 0, 32, IPOnly},
		{33, 19, 33, Frame},
	} {
		p := sliced(frame, c.n)
		if p.Kind != c.kind || len(p.Payload) != c.payload || p.Missing != c.missing || p.Defect != "" {
			t.Errorf("first %d bytes: kind %d, %d bytes, missing %d, %q", c.n, p.Kind, len(p.Payload), p.Missing, p.Defect)
		}
	}
	datagram := ether(typeIPv4, ipv4(ipA, ipB, protoUDP, udp(1, 2, hello)))
	if p := sliced(datagram, 46); p.Kind != UDPDatagram || len(p.Payload) != 4 || p.Missing != 8 || p.Defect != "" {
		t.Errorf("UDP: %+v", p)
	}
	if p := sliced(ether(0x8892, hello), 20); p.Kind != Frame || p.Missing != 6 {
		t.Errorf("frame: %+v", p)
	}
	// Padding that was cut off is not missing.
	if p := (&Packet{Link: LinkEthernet, Data: frame, Wire: len(frame) + 20}); true {
		new(Decoder).Decode(p)
		wantTelegram(t, p)
	}
}

func TestEveryCutOfAFrame(t *testing.T) {
	// Cut anywhere, a frame is a slice or has a defect, and no read goes beyond it.
	frames := [][]byte{
		ether(typeVLAN, vlan(5, typeIPv4, telegram())),
		ether(typeIPv6, ipv6(ip6A, ip6B, protoHopByHop, cat([]byte{protoFragment, 0, 1, 4, 0, 0, 0, 0}, []byte{protoTCP, 0, 0, 1, 0, 0, 0, 1}, tcp(1, 2, 3, 4, ACK, hello)))),
		ether(typeIPv4, ipv4(ipA, ipB, protoUDP, udp(9, portVXLAN, cat([]byte{8, 0, 0, 0, 0, 0, 5, 0}, ether(typeIPv4, telegram()))))),
		ether(typeIPv4, ipv4(ipA, ipB, protoGRE, cat(be16(0x1000, typeERSPAN), []byte{0, 0, 0, 1, 0x10, 5, 0, 1, 0, 0, 0, 0}, ether(typeIPv4, telegram())))),
	}
	for i, frame := range frames {
		for n := range frame {
			p := sliced(frame, n)
			if p.Defect != "" {
				t.Errorf("frame %d: its first %d bytes have the defect %s", i, n, p.Defect)
			}
			if p.Kind >= IPOnly && !p.Fragment && p.Missing == 0 {
				t.Errorf("frame %d: nothing misses in its first %d bytes", i, n)
			}
			p = decoded(frame[:n:n])
			if p.Defect == "" && !(p.Kind == Frame && n >= 14) {
				t.Errorf("frame %d: %d bytes of it have no defect: %+v", i, n, p)
			}
		}
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	var d Decoder
	p := on(LinkEthernet, ether(typeVLAN, vlan(5, typeIPv4, telegram())))
	if n := testing.AllocsPerRun(100, func() { d.Decode(p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecode(b *testing.B) {
	var d Decoder
	for _, c := range []struct {
		name  string
		frame []byte
	}{
		{"tcp", ether(typeIPv4, telegram())},
		{"vlan-tcp", ether(typeVLAN, vlan(5, typeIPv4, telegram()))},
		{"tcp6", ether(typeIPv6, ipv6(ip6A, ip6B, protoTCP, tcp(1, 2, 3, 4, ACK, hello)))},
		{"profinet", ether(0x8892, make([]byte, 46))},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := on(LinkEthernet, c.frame)
			for b.Loop() {
				d.Decode(p)
			}
		})
	}
}
