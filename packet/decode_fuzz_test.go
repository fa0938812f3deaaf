package packet

import (
	"bytes"
	"testing"
)

// seeds are frames of every kind that decoding knows, as the tests build them.
func seeds() map[LinkType][][]byte {
	body := bodyOf(60)
	six := ipv6(ip6A, ip6B, protoHopByHop, cat([]byte{protoRouting, 0, 1, 4, 0, 0, 0, 0}, []byte{protoAH, 0, 0, 0, 0, 0, 0, 0},
		[]byte{protoTCP, 2, 0, 0}, make([]byte, 12), tcp(1, 502, 3, 4, ACK, hello)))
	return map[LinkType][][]byte{
		LinkEthernet: {
			ether(typeIPv4, telegram()),
			ether(typeSTag, vlan(100, typeVLAN, vlan(7, typeIPv6, six))),
			ether(typeHSR, cat(be16(0x1042, 77, typeIPv4), telegram())),
			ether(0x88b8, cat(hello, be16(1, 0xa012, typePRP))),
			ether(20, cat([]byte{0xaa, 0xaa, 3, 0, 0, 0}, be16(typeIPv4), telegram()[:12])),
			ether(typeMPLS, cat([]byte{0, 0, 0x11, 64, 0, 0, 0, 1}, inner())),
			ether(typePPPoE, cat([]byte{0x11, 0}, be16(1, 54, 0x21), telegram())),
			part(body, protoUDP, 1, 0, 48), part(body, protoUDP, 1, 48, 68), part6(body, protoUDP, 1, 0, 48),
			outer(protoIPv4, telegram()),
			outer(protoGRE, greOf(0xb000, typeTEB, inner())),
			outer(protoGRE, greOf(0x1000, typeERSPAN, cat(erspan2(9, true), inner()))),
			outer(protoGRE, greOf(0x1000, typeERSPN3, cat(be16(0x2009, 100, 1, 2, 0, 1), make([]byte, 8), inner()))),
			outer(protoUDP, vxlanOf(inner())),
			outer(protoUDP, udp(9, portGeneve, cat([]byte{1, 0}, be16(typeTEB), []byte{0, 0, 5, 0, 1, 2, 3, 4}, inner()))),
		},
		LinkRaw:     {telegram(), six},
		LinkNull:    {cat([]byte{2, 0, 0, 0}, telegram()), cat([]byte{0, 0, 0, 30}, six)},
		LinkCooked:  {cat(be16(0, 1, 6), mac(macA), be16(0, typeIPv4), telegram())},
		LinkCooked2: {cat(be16(typeIPv6, 0, 0, 3, 1), []byte{4, 6}, mac(macA), be16(0), six)},
		LinkPPP:     {cat([]byte{0xff, 3, 0, 0x21}, telegram())},
	}
}

// FuzzDecode takes bytes through all that happens to a packet before its conversation. The
// input is taken twice, so that fragments and copies meet others.
func FuzzDecode(f *testing.F) {
	for link, frames := range seeds() {
		for _, frame := range frames {
			f.Add(uint16(link), uint16(0), frame, frame)
			f.Add(uint16(link), uint16(9), frame[:len(frame)-9], frame)
		}
	}
	for i, b := range recorded(f) {
		frame := ether(typeIPv4, ipv4(ipA, ipB, protoTCP, tcp(1025, 502, uint32(i), 9, PSH|ACK, b)))
		f.Add(uint16(LinkEthernet), uint16(0), frame, ether(typeIPv4, ipv4(ipB, ipA, protoUDP, udp(44818, 1025, b))))
		f.Add(uint16(LinkEthernet), uint16(i), frame[:len(frame)-1], part(b, protoUDP, 1, 0, min(48, len(b))))
	}
	scopes := scopesOf(f, ScopeRule{prefix("10.0.0.0/8"), ByVLAN}, ScopeRule{prefix("fd00::/16"), ByInterface})
	f.Fuzz(func(t *testing.T, link, cut uint16, one, two []byte) {
		d := Decoder{Scopes: scopes, Fragments: Fragments{Ceiling: 2}}
		dedup, sums := Dedup{Ceiling: 2}, Checksums{Ceiling: 2}
		for i, b := range [][]byte{one, two, one} {
			p := &Packet{Link: LinkType(link), Data: b, Wire: len(b) + int(cut), Time: int64(i), Number: uint64(i) + 1}
			d.Decode(p)
			sound(t, p, b)
			again := &Packet{Link: p.Link, Data: b, Wire: p.Wire}
			d.Decode(again)
			if again.Kind != p.Kind || again.Src != p.Src || again.Defect != p.Defect || !bytes.Equal(again.Payload, p.Payload) || FlowHash(again) != FlowHash(p) {
				t.Fatal("the same bytes, read otherwise")
			}
			if o := dedup.Seen(p); i == 2 && o == nil && p.Kind >= IPOnly && bytes.Equal(one, two) {
				t.Fatal("a copy was not known")
			}
			whole := d.Reassemble(p)
			if whole == p.Fragment {
				t.Fatal("whole and a fragment")
			}
			if whole {
				sound(t, p, nil)
				sums.Check(p)
				p.MoveTo(nil)
				sound(t, p, nil)
			}
		}
		state := d.Fragments.AppendState(nil)
		var e Fragments
		if err := e.LoadState(state); err != nil || !bytes.Equal(e.AppendState(nil), state) {
			t.Fatalf("state: %v", err)
		}
	})
}

// sound checks what every decoded packet keeps to.
func sound(t *testing.T, p *Packet, data []byte) {
	t.Helper()
	switch {
	case p.Missing < 0 || p.Missing > cutUnknown+1<<17:
		t.Fatalf("missing %d", p.Missing)
	case p.Kind >= IPOnly && (!p.Src.IsIP() || !p.Dst.IsIP() || len(p.Net) < 20):
		t.Fatalf("IP without addresses: %+v", p)
	case p.Kind < IPOnly && (p.Src.IsIP() || p.IPProto != 0 || p.TTL != 0):
		t.Fatalf("half read: %+v", p)
	case p.Kind < TCPSegment && (p.SrcPort != 0 || p.DstPort != 0 || p.Flags != 0 || p.Seq != 0):
		t.Fatalf("ports without a transport: %+v", p)
	case p.Kind == TCPSegment && int(p.transport)+20 > len(p.Net), p.Kind == UDPDatagram && int(p.transport)+8+len(p.Payload) > len(p.Net):
		t.Fatalf("transport header at %d of %d bytes", p.transport, len(p.Net))
	case len(p.Payload) > len(p.Net) || len(p.Payload) > 0 && cap(p.Payload) > cap(p.Net):
		t.Fatal("payload is not in the packet")
	case data != nil && len(p.Net) > len(data):
		t.Fatal("packet is not in the frame")
	case p.Fragment && p.Kind != IPOnly:
		t.Fatalf("a fragment was read: %+v", p)
	}
}
