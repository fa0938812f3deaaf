package packet

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/davylamp/davy"
)

const (
	tunA = 0xc0a80001 // 192.168.0.1, a tunnel's ends
	tunB = 0xc0a80002
	inA  = davy.MAC(0x020000_0000aa)
	inB  = davy.MAC(0x020000_0000bb)
)

func outer(proto uint8, b []byte) []byte { return ether(typeIPv4, ipv4(tunA, tunB, proto, b)) }
func inner() []byte                      { return etherFrom(inA, inB, typeIPv4, telegram()) }

// greOf is a GRE packet (RFC 2784) with the given flags and what they announce.
func greOf(flags, typ uint16, b []byte) []byte {
	var fields []byte
	for _, bit := range []uint16{0x8000, 0x2000, 0x1000} {
		if flags&bit != 0 {
			fields = append(fields, 0, 0, 0, 1)
		}
	}
	return cat(be16(flags, typ), fields, b)
}

func vxlanOf(frame []byte) []byte {
	return udp(40000, portVXLAN, cat([]byte{8, 0, 0, 0, 0, 0, 5, 0}, frame))
}

// erspan2 is the header of draft-foschiano-erspan, 4.2: version 1, VLAN, session 100.
func erspan2(vlan uint16, truncated bool) []byte {
	b := be16(0x1000|vlan, 100, 0, 3)
	if truncated {
		b[2] |= 4
	}
	return b
}

func TestTunnels(t *testing.T) {
	six := func(next uint8, b []byte) []byte { return ether(typeIPv6, ipv6(ip6A, ip6B, next, b)) }
	// ERSPAN type III (4.3): version 2, VLAN, session, time stamp, group, frame type, options.
	erspan3 := func(kind, option byte) []byte {
		return cat(be16(0x2000|9, 100, 1, 2, 0), []byte{kind << 2, option}, make([]byte, 8*int(option)))
	}
	ends := a4(tunA)
	for _, c := range []struct {
		name  string
		frame []byte
		src   davy.MAC // of the innermost link
		vlan  uint16
		outer davy.Addr
	}{
		{"IP in IP", outer(protoIPv4, telegram()), 0, 0, ends},
		{"IPv4 in IPv6", six(protoIPv4, telegram()), 0, 0, davy.AddrOf16(ip6A, 0)},
		{"GRE", outer(protoGRE, greOf(0, typeIPv4, telegram())), 0, 0, ends},
		{"GRE with checksum, key and number", outer(protoGRE, greOf(0xb000, typeIPv4, telegram())), 0, 0, ends},
		{"GRE over IPv6", six(protoGRE, greOf(0x2000, typeIPv4, telegram())), 0, 0, davy.AddrOf16(ip6A, 0)},
		{"GRE bridging (NVGRE)", outer(protoGRE, greOf(0x2000, typeTEB, inner())), inA, 0, ends},
		{"GRE with MPLS", outer(protoGRE, greOf(0, typeMPLS, cat([]byte{0, 0, 0x11, 64}, telegram()))), 0, 0, ends},
		{"ERSPAN I", outer(protoGRE, greOf(0, typeERSPAN, inner())), inA, 0, ends},
		{"ERSPAN II", outer(protoGRE, greOf(0x1000, typeERSPAN, cat(erspan2(9, false), inner()))), inA, 9, ends},
		{"ERSPAN II with a tagged frame", outer(protoGRE, greOf(0x1000, typeERSPAN, cat(erspan2(9, false),
			etherFrom(inA, inB, typeVLAN, vlan(12, typeIPv4, telegram()))))), inA, 12, ends},
		{"ERSPAN III", outer(protoGRE, greOf(0x1000, typeERSPN3, cat(erspan3(0, 0), inner()))), inA, 9, ends},
		{"ERSPAN III with a subheader", outer(protoGRE, greOf(0x1000, typeERSPN3, cat(erspan3(0, 1), inner()))), inA, 9, ends},
		{"ERSPAN III with IP alone", outer(protoGRE, greOf(0x1000, typeERSPN3, cat(erspan3(2, 0), telegram()))), 0, 9, ends},
		{"VXLAN", outer(protoUDP, vxlanOf(inner())), inA, 0, ends},
		{"VXLAN on Linux's port", outer(protoUDP, udp(9, portVXLANLinux, cat([]byte{8, 0, 0, 0, 0, 0, 5, 0}, inner()))), inA, 0, ends},
		{"VXLAN with a policy group", outer(protoUDP, udp(9, portVXLAN, cat([]byte{0x88, 8, 0, 1, 0, 0, 5, 0}, inner()))), inA, 0, ends},
		{"VXLAN-GPE", outer(protoUDP, udp(9, portVXLANGPE, cat([]byte{0x0c, 0, 0, 3, 0, 0, 5, 0}, inner()))), inA, 0, ends},
		{"VXLAN-GPE with IP", outer(protoUDP, udp(9, portVXLANGPE, cat([]byte{0x0c, 0, 0, 1, 0, 0, 5, 0}, telegram()))), 0, 0, ends},
		{"Geneve", outer(protoUDP, udp(9, portGeneve, cat([]byte{1, 0}, be16(typeTEB), []byte{0, 0, 5, 0, 1, 2, 3, 4}, inner()))), inA, 0, ends},
		{"Geneve with IP", outer(protoUDP, udp(9, portGeneve, cat([]byte{0, 0}, be16(typeIPv4), []byte{0, 0, 5, 0}, telegram()))), 0, 0, ends},
		{"a tunnel in a tunnel", outer(protoGRE, greOf(0, typeTEB, etherFrom(inB, inA, typeIPv4,
			ipv4(0x01020304, 0x01020305, protoUDP, vxlanOf(inner()))))), inA, 0, a4(0x01020304)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := decoded(c.frame)
			wantTelegram(t, p)
			if p.SrcMAC != c.src || p.VLAN != c.vlan || p.Outer != c.outer {
				t.Errorf("MAC %v, VLAN %d, outer %v; want %v, %d, %v", p.SrcMAC, p.VLAN, p.Outer, c.src, c.vlan, c.outer)
			}
			// The outer VLAN is not the inner one's.
			p = decoded(cat(c.frame[:12], be16(typeVLAN, 77), c.frame[12:]))
			wantTelegram(t, p)
			if p.VLAN != c.vlan {
				t.Errorf("in a VLAN: %d", p.VLAN)
			}
		})
	}
	t.Run("IPv6 in IPv4", func(t *testing.T) {
		p := decoded(outer(protoIPv6, ipv6(ip6A, ip6B, protoUDP, udp(1, 2, hello))))
		if p.Kind != UDPDatagram || p.Src != davy.AddrOf16(ip6A, 0) || p.Outer != ends || p.EtherType != typeIPv6 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("a frame without IP", func(t *testing.T) {
		p := decoded(outer(protoUDP, vxlanOf(etherFrom(inA, inB, 0x8892, hello))))
		wantFrame(t, p, 0x8892, hello)
		if p.Src.MAC() != inA || p.Outer != ends || p.SrcPort != 0 || p.TTL != 0 || p.IPProto != 0 {
			t.Errorf("%+v", p)
		}
	})
}

func TestClosedTunnels(t *testing.T) {
	t.Run("by content, not by port", func(t *testing.T) {
		for _, b := range [][]byte{
			vxlanOf(hello), // too short for a frame
			vxlanOf(etherFrom(1<<40, inB, 0x8892, hello)),                   // a group does not send
			udp(9, portVXLAN, cat([]byte{0, 0, 0, 0, 0, 0, 5, 0}, inner())), // I is not set
			udp(9, portVXLAN, cat([]byte{8, 0, 0, 0, 0, 0, 5, 1}, inner())), // reserved
			udp(9, portGeneve, cat([]byte{0x40, 0}, be16(typeTEB), []byte{0, 0, 5, 0}, inner())),
			udp(9, portGeneve, []byte{0x3f, 0, 0x65, 0x58, 0, 0, 5, 0, 1}),
			udp(9, portVXLANGPE, cat([]byte{0x0c, 0, 0, 9, 0, 0, 5, 0}, inner())), // not a protocol
			udp(9, portVXLANGPE, cat([]byte{0x08, 0, 0, 3, 0, 0, 5, 0}, inner())), // P is not set
			udp(9, portGeneve, nil),
			udp(9, portVXLAN, nil),
		} {
			p := decoded(outer(protoUDP, b))
			if p.Kind != UDPDatagram || p.Src != a4(tunA) || !p.Outer.IsZero() || p.Defect != "" || !bytes.Equal(p.Payload, b[8:]) {
				t.Errorf("% x: %+v", b[:16], p)
			}
		}
	})
	t.Run("PPTP and unknown types", func(t *testing.T) {
		for _, b := range [][]byte{
			cat(be16(0x3001, 0x880b, 4, 1, 0, 1), hello), // enhanced GRE (RFC 2637)
			greOf(0, 0x9999, hello),
			greOf(0x4000, typeIPv4, hello), // source routing (RFC 1701)
		} {
			p := decoded(outer(protoGRE, b))
			if p.Kind != IPOnly || p.IPProto != protoGRE || p.Defect != "" || !bytes.Equal(p.Payload, b) {
				t.Errorf("% x: %+v", b, p)
			}
		}
	})
	t.Run("what is not there is named", func(t *testing.T) {
		for _, frame := range [][]byte{
			outer(protoIPv4, hello),
			outer(protoIPv6, telegram()),
			outer(protoGRE, []byte{0, 0, 8}),
			outer(protoGRE, be16(0x2000, typeIPv4, 1)),
			outer(protoGRE, greOf(0, typeIPv4, hello)),
			outer(protoGRE, greOf(0, typeIPv6, hello)),
			outer(protoGRE, greOf(0, typeTEB, hello)),
			outer(protoGRE, greOf(0, typeMPLS, nil)),
			outer(protoGRE, greOf(0x1000, typeERSPAN, hello)),
			outer(protoGRE, greOf(0x1000, typeERSPN3, cat(be16(0x2000, 0, 0, 0, 0, 1), hello[:7]))),
		} {
			p := decoded(frame)
			wantDefect(t, p, IPOnly, BadTunnel)
			if p.Src != a4(tunA) || !p.Outer.IsZero() {
				t.Errorf("half opened: %+v", p)
			}
		}
	})
	t.Run("tunnels without end", func(t *testing.T) {
		b := telegram()
		for range 30 {
			b = ipv4(tunA, tunB, protoIPv4, b)
		}
		wantDefect(t, decoded(ether(typeIPv4, b)), IPOnly, TooManyTunnels)
	})
}

func TestTunnelsAndSlices(t *testing.T) {
	// A mirrored frame that the switch cut is a slice like any other.
	cut := outer(protoGRE, greOf(0x1000, typeERSPAN, cat(erspan2(9, true), inner()[:60])))
	p := decoded(cut)
	if p.Kind != TCPSegment || len(p.Payload) != 6 || p.Missing != 6 || p.Defect != "" {
		t.Errorf("ERSPAN with T: %+v", p)
	}
	binary.BigEndian.PutUint16(cut[44:], 100) // the same without T
	if p = decoded(cut); p.Missing != 6 || p.Defect != BadIPLength {
		t.Errorf("ERSPAN without T: %+v", p)
	}
	frame := outer(protoUDP, vxlanOf(inner()))
	if p = sliced(frame, len(frame)-5); p.Missing != 5 || len(p.Payload) != 7 || p.Defect != "" {
		t.Errorf("VXLAN: %+v", p)
	}
	// A frame without IP of unknown length lacks something, that much is known.
	p = decoded(outer(protoGRE, greOf(0x1000, typeERSPAN, cat(erspan2(9, true), etherFrom(inA, inB, 0x8892, hello)))))
	if p.Kind != Frame || p.Missing != 1 {
		t.Errorf("frame: %+v", p)
	}
}
