package packet

import (
	"encoding/binary"

	"github.com/davylamp/davy"
)

// Frames for tests, built from the inside out: ether(typeIPv4, ipv4(a, b, protoTCP,
// tcp(1000, 502, 1, 1, ACK, data))). Lengths and checksums are right; a test that needs
// them wrong changes the bytes.

const (
	macA = davy.MAC(0x020000_00000a)
	macB = davy.MAC(0x020000_00000b)
	ipA  = 0x0a000001 // 10.0.0.1
	ipB  = 0x0a000002 // 10.0.0.2
)

func cat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func be16(v ...uint16) []byte {
	var out []byte
	for _, x := range v {
		out = binary.BigEndian.AppendUint16(out, x)
	}
	return out
}

func mac(m davy.MAC) []byte { return binary.BigEndian.AppendUint64(nil, uint64(m)<<16)[:6] }

// ether is a frame from A to B.
func ether(typ uint16, payload []byte) []byte {
	return etherFrom(macA, macB, typ, payload)
}

func etherFrom(src, dst davy.MAC, typ uint16, payload []byte) []byte {
	return cat(mac(dst), mac(src), be16(typ), payload)
}

// vlan is a tag with what follows it.
func vlan(id, typ uint16, payload []byte) []byte { return cat(be16(id, typ), payload) }

func ipv4(src, dst uint32, proto uint8, payload []byte) []byte {
	return ipv4Part(src, dst, proto, 1, 0, false, payload)
}

// ipv4Part is a fragment; off counts bytes.
func ipv4Part(src, dst uint32, proto uint8, id uint16, off int, more bool, payload []byte) []byte {
	b := make([]byte, 20, 20+len(payload))
	b[0], b[8], b[9] = 0x45, 64, proto
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(payload)))
	binary.BigEndian.PutUint16(b[4:], id)
	word := uint16(off / 8)
	if more {
		word |= 0x2000
	}
	binary.BigEndian.PutUint16(b[6:], word)
	binary.BigEndian.PutUint32(b[12:], src)
	binary.BigEndian.PutUint32(b[16:], dst)
	if off == 0 && !more {
		fillSum(payload, proto, b[12:20])
	}
	sumHeader(b)
	return append(b, payload...)
}

// sumHeader sets an IPv4 header's checksum.
func sumHeader(b []byte) {
	b[10], b[11] = 0, 0
	binary.BigEndian.PutUint16(b[10:], slowSum(b[:int(b[0]&15)*4]))
}

// slowSum is the checksum of RFC 1071 as its text has it, 16 bits at a time.
func slowSum(parts ...[]byte) uint16 {
	b := cat(parts...)
	var acc uint32
	for i := 0; i < len(b); i += 2 {
		acc += uint32(b[i]) << 8
		if i+1 < len(b) {
			acc += uint32(b[i+1])
		}
	}
	for acc > 0xffff {
		acc = acc>>16 + acc&0xffff
	}
	return ^uint16(acc)
}

// fillSum sets the checksum of a TCP or UDP header in b.
func fillSum(b []byte, proto uint8, addrs []byte) {
	at := 0
	switch {
	case proto == protoTCP && len(b) >= 20:
		at = 16
	case proto == protoUDP && len(b) >= 8:
		at = 6
	default:
		return
	}
	b[at], b[at+1] = 0, 0
	pseudo := cat(addrs, be16(uint16(len(b)>>16), uint16(len(b)), 0, uint16(proto)))
	v := slowSum(pseudo, b)
	if v == 0 && proto == protoUDP {
		v = 0xffff
	}
	binary.BigEndian.PutUint16(b[at:], v)
}

var (
	ip6A = []byte{0xfd, 0, 15: 1} // fd00::1
	ip6B = []byte{0xfd, 0, 15: 2} // fd00::2
)

func ipv6(src, dst []byte, next uint8, payload []byte) []byte {
	b := make([]byte, 40, 40+len(payload))
	b[0], b[6], b[7] = 0x60, next, 64
	binary.BigEndian.PutUint16(b[4:], uint16(len(payload)))
	copy(b[8:], src)
	copy(b[24:], dst)
	fillSum(payload, next, b[8:40])
	return append(b, payload...)
}

// ipv6Part is a fragment with its extension header; off counts bytes.
func ipv6Part(src, dst []byte, next uint8, id uint32, off int, more bool, payload []byte) []byte {
	word := uint16(off)
	if more {
		word |= 1
	}
	return ipv6(src, dst, protoFragment, cat([]byte{next, 0}, be16(word, uint16(id>>16), uint16(id)), payload))
}

func tcp(src, dst uint16, seq, ack uint32, flags uint8, data []byte) []byte {
	b := make([]byte, 20, 20+len(data))
	binary.BigEndian.PutUint16(b, src)
	binary.BigEndian.PutUint16(b[2:], dst)
	binary.BigEndian.PutUint32(b[4:], seq)
	binary.BigEndian.PutUint32(b[8:], ack)
	b[12], b[13] = 0x50, flags
	binary.BigEndian.PutUint16(b[14:], 8192)
	return append(b, data...)
}

func udp(src, dst uint16, data []byte) []byte {
	return cat(be16(src, dst, uint16(8+len(data)), 0), data)
}

// on makes an undecoded packet of a frame.
func on(link LinkType, frame []byte) *Packet {
	return &Packet{Link: link, Data: frame, Wire: len(frame)}
}

// decoded decodes an Ethernet frame with a fresh Decoder.
func decoded(frame []byte) *Packet {
	p := on(LinkEthernet, frame)
	new(Decoder).Decode(p)
	return p
}

// sliced decodes the first n bytes of a frame.
func sliced(frame []byte, n int) *Packet {
	p := &Packet{Link: LinkEthernet, Data: frame[:n], Wire: len(frame)}
	new(Decoder).Decode(p)
	return p
}
