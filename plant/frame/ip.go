package frame

import (
	"encoding/binary"

	"github.com/davylamp/davy"
)

// IP protocol numbers.
const (
	ProtoICMP uint8 = 1
	ProtoTCP  uint8 = 6
	ProtoUDP  uint8 = 17
	ProtoVRRP uint8 = 112
)

// IP is the header of an IPv4 packet (RFC 791, 3.1); addresses in host order.
type IP struct {
	Src, Dst uint32
	ID       uint16
	TTL      uint8
	Service  uint8 // type of service
	Free     bool  // may be fragmented; most stacks forbid it
}

func (h IP) begin(b []byte, proto uint8) []byte {
	b = be16(append(b, 0x45, h.Service), 0)
	b = be16(b, h.ID)
	flags := uint16(0x4000)
	if h.Free {
		flags = 0
	}
	b = be16(append(be16(b, flags), h.TTL, proto), 0)
	return be32(be32(b, h.Src), h.Dst)
}

// end fills in the length and checksum of the packet that begins at b[start:].
func (h IP) end(b []byte, start int) []byte {
	put16(b, start+2, len(b)-start)
	put16(b, start+10, int(^sum(0, b[start:start+20])))
	return b
}

// Hop takes one from the TTL of an IPv4 packet, as a router does, and corrects its checksum.
func Hop(packet []byte) {
	packet[8]--
	packet[10], packet[11] = 0, 0
	put16(packet, 10, int(^sum(0, packet[:20])))
}

// sum is the ones' complement sum of RFC 1071 over b, from a start value, folded.
func sum(from uint32, b []byte) uint16 {
	s := uint64(from)
	for len(b) >= 4 {
		s += uint64(binary.BigEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) >= 2 {
		s += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	for s>>16 != 0 {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}

// pseudo is the sum over the pseudo header of UDP and TCP (RFC 9293, 3.1).
func (h IP) pseudo(proto uint8, length int) uint32 {
	return h.Src>>16 + h.Src&0xffff + h.Dst>>16 + h.Dst&0xffff + uint32(proto) + uint32(length)
}

// UDP appends an IPv4 packet with a UDP datagram (RFC 768).
func UDP(b []byte, h IP, src, dst uint16, payload []byte) []byte {
	start := len(b)
	b = h.begin(b, ProtoUDP)
	b = be16(be16(be16(be16(b, src), dst), uint16(8+len(payload))), 0)
	b = append(b, payload...)
	c := ^sum(h.pseudo(ProtoUDP, 8+len(payload)), b[start+20:])
	if c == 0 {
		c = 0xffff
	}
	put16(b, start+26, int(c))
	return h.end(b, start)
}

// TCP flags.
const (
	FIN uint8 = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// TCP is the header of a TCP segment (RFC 9293, 3.1).
type TCP struct {
	Src, Dst   uint16
	Seq, Ack   uint32
	Flags      uint8
	Window     uint16
	MSS        uint16 // on a SYN
	Scale      uint8  // on a SYN, 0 for none
	Timestamps bool   // RFC 7323
	Time, Echo uint32
}

// Append appends an IPv4 packet with the segment.
func (t TCP) Append(b []byte, h IP, payload []byte) []byte {
	start := len(b)
	b = h.begin(b, ProtoTCP)
	b = be32(be32(be16(be16(b, t.Src), t.Dst), t.Seq), t.Ack)
	b = be32(be16(append(b, 0, t.Flags), t.Window), 0)
	if t.MSS != 0 {
		b = be16(append(b, 2, 4), t.MSS)
		if t.Timestamps {
			b = append(b, 4, 2)
		} else {
			b = append(b, 1, 1, 4, 2)
		}
	} else if t.Timestamps {
		b = append(b, 1, 1)
	}
	if t.Timestamps {
		b = be32(be32(append(b, 8, 10), t.Time), t.Echo)
	}
	if t.Scale != 0 {
		b = append(b, 1, 3, 3, t.Scale)
	}
	b[start+20+12] = byte((len(b)-start-20)/4) << 4
	b = append(b, payload...)
	put16(b, start+36, int(^sum(h.pseudo(ProtoTCP, len(b)-start-20), b[start+20:])))
	return h.end(b, start)
}

// Echo appends an IPv4 packet with an ICMP echo request or reply (RFC 792).
func Echo(b []byte, h IP, reply bool, id, seq uint16, data []byte) []byte {
	kind := uint8(8)
	if reply {
		kind = 0
	}
	start := len(b)
	b = be16(append(h.begin(b, ProtoICMP), kind, 0), 0)
	b = append(be16(be16(b, id), seq), data...)
	put16(b, start+22, int(^sum(0, b[start+20:])))
	return h.end(b, start)
}

// VRRPGroup is where routers advertise themselves.
const (
	VRRPGroup    uint32   = 0xe000_0012
	VRRPGroupMAC davy.MAC = 0x0100_5e00_0012
)

// VirtualMAC is the MAC of a virtual router (RFC 3768, 7.3).
func VirtualMAC(group uint8) davy.MAC { return 0x0000_5e00_0100 | davy.MAC(group) }

// VRRP appends an IPv4 packet with a VRRP version 2 advertisement (RFC 3768, 5.1).
func VRRP(b []byte, h IP, group, priority, seconds uint8, virtual uint32) []byte {
	h.Dst, h.TTL, h.Service = VRRPGroup, 255, 0xc0
	start := len(b)
	b = h.begin(b, ProtoVRRP)
	b = be16(append(b, 0x21, group, priority, 1, 0, seconds), 0)
	b = zeros(be32(b, virtual), 8)
	put16(b, start+26, int(^sum(0, b[start+20:])))
	return h.end(b, start)
}
