package packet

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/davylamp/davy"
)

func TestLLC(t *testing.T) {
	bpdu := cat([]byte{0x42, 0x42, 3}, make([]byte, 35))
	// 802.3 tells its length, so that its padding goes.
	p := decoded(ether(uint16(len(bpdu)), cat(bpdu, make([]byte, 8))))
	wantFrame(t, p, 0, bpdu)

	snap := []byte{0xaa, 0xaa, 3, 0, 0, 0}
	wantTelegram(t, decoded(ether(uint16(8+len(telegram())), cat(snap, be16(typeIPv4), telegram()))))

	// IP's own SAP; what is there without being IP stays a frame.
	sap := cat([]byte{6, 6, 3}, telegram())
	wantTelegram(t, decoded(ether(uint16(len(sap)), cat(sap, make([]byte, 8)))))
	wantFrame(t, decoded(ether(6, []byte{6, 6, 3, 0x12, 0, 0})), 0, []byte{6, 6, 3, 0x12, 0, 0})
	wantFrame(t, decoded(ether(3, []byte{6, 6, 3})), 0, []byte{6, 6, 3})

	cdp := cat([]byte{0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0}, hello)
	wantFrame(t, decoded(ether(uint16(len(cdp)), cdp)), 0x2000, hello)

	// Another organisation's number is no EtherType.
	foreign := cat([]byte{0xaa, 0xaa, 3, 0, 0x12, 0x34, 8, 0}, telegram())
	wantFrame(t, decoded(ether(uint16(len(foreign)), foreign)), typeIPv4, telegram())

	wantDefect(t, decoded(ether(400, bpdu)), Frame, BadLength)
	if p := sliced(ether(38, bpdu), 30); p.Missing != 22 || p.Defect != "" {
		t.Errorf("slice: %+v", p)
	}
}

func TestPPPoE(t *testing.T) {
	session := func(proto uint16, b []byte) []byte {
		return ether(typePPPoE, cat([]byte{0x11, 0}, be16(1, uint16(2+len(b)), proto), b, make([]byte, 6)))
	}
	p := decoded(session(0x21, telegram()))
	wantTelegram(t, p)
	six := ipv6(ip6A, ip6B, protoUDP, udp(5, 6, hello))
	if p := decoded(session(0x57, six)); p.Kind != UDPDatagram || !bytes.Equal(p.Payload, hello) {
		t.Errorf("IPv6: %+v", p)
	}
	lcp := []byte{9, 1, 0, 8, 1, 2, 3, 4}
	wantFrame(t, decoded(session(0xc021, lcp)), typePPPoE, cat(be16(0xc021), lcp))
	wantFrame(t, decoded(ether(typePPPoE, cat([]byte{0x11, 0x09}, be16(0, 0)))), typePPPoE, cat([]byte{0x11, 0x09}, be16(0, 0)))
	wantDefect(t, decoded(ether(typePPPoE, []byte{0x11})), Frame, ShortFrame)
	wantDefect(t, decoded(ether(typePPPoE, cat([]byte{0x11, 0}, be16(1, 900, 0x21), telegram()))), TCPSegment, BadLength)
}

func TestMPLS(t *testing.T) {
	label := func(n uint32, bottom uint32) []byte {
		return binary.BigEndian.AppendUint32(nil, n<<12|bottom<<8|64)
	}
	stack := cat(label(16, 0), label(17, 1))
	wantTelegram(t, decoded(ether(typeMPLS, cat(stack, telegram()))))
	wantTelegram(t, decoded(ether(typeMPLSUp, cat(label(0, 1), telegram())))) // explicit null

	six := ipv6(ip6A, ip6B, protoTCP, tcp(1, 2, 3, 4, ACK, hello))
	if p := decoded(ether(typeMPLS, cat(stack, six))); p.Kind != TCPSegment || p.Src != davy.AddrOf16(ip6A, 0) {
		t.Errorf("IPv6 below a stack: %+v", p)
	}

	inner := etherFrom(0x4200_0000_0001, 0x4500_0000_0002, typeIPv4, telegram())
	for _, word := range [][]byte{nil, {0, 0, 0, 1}} { // RFC 4448: without and with control word
		p := decoded(ether(typeMPLS, cat(stack, word, inner)))
		wantTelegram(t, p)
		if p.SrcMAC != 0x4200_0000_0001 || p.Outer.MAC() != macA {
			t.Errorf("pseudowire: %v %v", p.SrcMAC, p.Outer)
		}
	}
	wantFrame(t, decoded(ether(typeMPLS, cat(stack, hello))), typeMPLS, hello)
	wantDefect(t, decoded(ether(typeMPLS, bytes.Repeat(label(5, 0), 40))), Frame, TooManyTags)
	wantDefect(t, decoded(ether(typeMPLS, label(5, 0))), Frame, ShortFrame)
}

func TestRedundancyTrailer(t *testing.T) {
	data := make([]byte, 46)
	copy(data, hello)
	rct := func(lan byte, size int) []byte { return be16(0x1234, uint16(lan)<<12|uint16(size), typePRP) }
	for _, lan := range []byte{0xa, 0xb} {
		wantFrame(t, decoded(ether(0x88b8, cat(data, rct(lan, 52)))), 0x88b8, data)
		wantFrame(t, decoded(ether(typeVLAN, vlan(4, 0x88b8, cat(data, rct(lan, 52))))), 0x88b8, data)
	}
	wantFrame(t, decoded(ether(typeVLAN, vlan(4, 0x88b8, cat(data, rct(0xa, 56))))), 0x88b8, data) // counts the tag
	// A size or a LAN that does not agree is payload.
	wantFrame(t, decoded(ether(0x88b8, cat(data, rct(0xa, 51)))), 0x88b8, cat(data, rct(0xa, 51)))
	wantFrame(t, decoded(ether(0x88b8, cat(data, rct(0xc, 52)))), 0x88b8, cat(data, rct(0xc, 52)))
	// Padding that a switch put behind it.
	wantFrame(t, decoded(ether(0x88b8, cat(hello, rct(0xa, 18), make([]byte, 28)))), 0x88b8, hello)
	// IP ends where its length says.
	wantTelegram(t, decoded(ether(typeIPv4, cat(telegram(), rct(0xb, len(telegram())+6)))))
	// Supervision frames stay frames; their size counts their own data.
	sup := cat(be16(0x1000, 1), []byte{20, 12}, mac(macA), mac(macB), make([]byte, 28))
	wantFrame(t, decoded(ether(typePRP, cat(sup, rct(0xa, 30)))), typePRP, sup)
	// A slice has no trailer.
	p := sliced(ether(0x88b8, cat(data, rct(0xa, 52))), 60)
	if len(p.Payload) != 46 || p.Missing != 6 {
		t.Errorf("slice: %+v", p)
	}
}

func TestOtherLinks(t *testing.T) {
	six := ipv6(ip6A, ip6B, protoTCP, tcp(1025, 502, 7, 9, ACK, hello))
	cooked := func(kind, hw, typ uint16, b []byte) []byte {
		return cat(be16(kind, hw, 6), mac(macA), []byte{0, 0}, be16(typ), b)
	}
	cooked2 := func(kind byte, typ uint16, b []byte) []byte {
		return cat(be16(typ, 0, 0, 3, 1), []byte{kind, 6}, mac(macA), []byte{0, 0}, b)
	}
	for _, c := range []struct {
		name  string
		link  LinkType
		frame []byte
		six   bool
	}{
		{"raw", LinkRaw, telegram(), false},
		{"raw, IPv6", LinkRaw, six, true},
		{"raw 12", LinkRaw12, telegram(), false},
		{"raw 14", LinkRaw14, six, true},
		{"IPv4", LinkIPv4, telegram(), false},
		{"IPv6", LinkIPv6, six, true},
		{"loopback, little-endian", LinkNull, cat([]byte{2, 0, 0, 0}, telegram()), false},
		{"loopback, big-endian", LinkNull, cat([]byte{0, 0, 0, 2}, telegram()), false},
		{"loopback, IPv6 on Linux", LinkNull, cat([]byte{10, 0, 0, 0}, six), true},
		{"loopback, IPv6 on Windows", LinkNull, cat([]byte{23, 0, 0, 0}, six), true},
		{"loopback, IPv6 on NetBSD", LinkNull, cat([]byte{0, 0, 0, 24}, six), true},
		{"loopback, IPv6 on FreeBSD", LinkNull, cat([]byte{28, 0, 0, 0}, six), true},
		{"loopback, IPv6 on macOS", LinkNull, cat([]byte{0, 0, 0, 30}, six), true},
		{"OpenBSD loopback", LinkLoop, cat([]byte{0, 0, 0, 2}, telegram()), false},
		{"cooked", LinkCooked, cooked(0, 1, typeIPv4, telegram()), false},
		{"cooked, VLAN", LinkCooked, cooked(0, 1, typeVLAN, vlan(5, typeIPv6, six)), true},
		{"cooked 2", LinkCooked2, cooked2(4, typeIPv4, telegram()), false},
		{"PPP", LinkPPP, cat(be16(0x21), telegram()), false},
		{"PPP, framed", LinkPPP, cat([]byte{0xff, 3}, be16(0x57), six), true},
		{"Cisco's HDLC", LinkCiscoHDLC, cat([]byte{0x0f, 0}, be16(typeIPv6), six), true},
		{"Cisco's HDLC that says PPP", LinkPPP, cat([]byte{0x0f, 0}, be16(typeIPv4), telegram()), false},
		{"PPP, compressed field", LinkPPPHDLC, cat([]byte{0xff, 3, 0x21}, telegram()), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := on(c.link, c.frame)
			new(Decoder).Decode(p)
			if !c.six {
				wantTelegram(t, p)
			} else if p.Kind != TCPSegment || p.Src != davy.AddrOf16(ip6A, 0) || !bytes.Equal(p.Payload, hello) || p.Defect != "" {
				t.Errorf("%+v", p)
			}
			if c.link == LinkCooked || c.link == LinkCooked2 {
				if p.SrcMAC != macA {
					t.Errorf("sender %v", p.SrcMAC)
				}
			}
		})
	}
	t.Run("a cooked frame without IP", func(t *testing.T) {
		p := on(LinkCooked, cooked(1, 1, typeARP, hello))
		new(Decoder).Decode(p)
		wantFrame(t, p, typeARP, hello)
		if p.DstMAC != davy.BroadcastMAC {
			t.Error("packet type 1 is broadcast")
		}
		p = on(LinkCooked, cooked(0, 1, 4, []byte{0x42, 0x42, 3, 0}))
		new(Decoder).Decode(p)
		wantFrame(t, p, 0, []byte{0x42, 0x42, 3, 0})
	})
	t.Run("what is not read", func(t *testing.T) {
		for _, c := range []struct {
			link   LinkType
			frame  []byte
			defect davy.Defect
		}{
			{147, telegram(), ""}, // a link type nobody knows
			{105, telegram(), ""}, // 802.11
			{LinkCooked, cooked(0, arphrdNetlink, typeIPv4, telegram()), ""},
			{LinkCooked, cooked(0, 280, 0x0c, hello), ""}, // CAN
			{LinkNull, cat([]byte{7, 0, 0, 0}, hello), ""},
			{LinkPPP, cat(be16(0xc021), hello), ""},
			{LinkCiscoHDLC, cat([]byte{0x8f, 0}, be16(0x8035), hello), ""}, // SLARP
			{LinkRaw, []byte{0x55, 0}, BadIPHeader},
			{LinkRaw, nil, BadIPHeader},
			{LinkIPv4, six, BadIPHeader},
			{LinkIPv6, telegram(), BadIPHeader},
			{LinkCooked, hello, ShortFrame},
			{LinkCooked2, hello, ShortFrame},
			{LinkNull, []byte{2}, ShortFrame},
		} {
			p := on(c.link, c.frame)
			new(Decoder).Decode(p)
			wantDefect(t, p, Undecoded, c.defect)
			if !p.Src.IsZero() || len(p.Payload) != 0 {
				t.Errorf("link %d: something was read: %+v", c.link, p)
			}
		}
	})
}
