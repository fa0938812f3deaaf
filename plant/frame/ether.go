package frame

import "github.com/davylamp/davy"

// EtherTypes.
const (
	TypeIPv4     uint16 = 0x0800
	TypeARP      uint16 = 0x0806
	TypeVLAN     uint16 = 0x8100
	TypeProfinet uint16 = 0x8892
	TypeLLDP     uint16 = 0x88cc
)

// VLAN is an IEEE 802.1Q tag: priority in the top three bits, VLAN in the low twelve.
// Untagged leaves it out; PriorityOnly is VLAN 0 with the priority of cyclic I/O.
type VLAN uint32

const (
	Untagged     VLAN = 1 << 16
	PriorityOnly VLAN = 6 << 13
)

// Ether appends an Ethernet II header (IEEE 802.3, 3.1.1; 802.1Q, 9.6).
func Ether(b []byte, dst, src davy.MAC, tag VLAN, etherType uint16) []byte {
	b = mac(mac(b, dst), src)
	if tag != Untagged {
		b = be16(be16(b, TypeVLAN), uint16(tag))
	}
	return be16(b, etherType)
}

// Pad fills a frame that begins at b[start:] to the least length on the wire, 60 bytes
// without the check sequence.
func Pad(b []byte, start int) []byte {
	if n := len(b) - start; n < 60 {
		b = zeros(b, 60-n)
	}
	return b
}

// ARP operations (RFC 826).
const (
	ARPRequest uint16 = 1
	ARPReply   uint16 = 2
)

// ARP appends an ARP packet for Ethernet and IPv4.
func ARP(b []byte, op uint16, senderMAC davy.MAC, senderIP uint32, targetMAC davy.MAC, targetIP uint32) []byte {
	b = be16(be16(b, 1), TypeIPv4)
	b = be16(append(b, 6, 4), op)
	b = be32(mac(b, senderMAC), senderIP)
	return be32(mac(b, targetMAC), targetIP)
}

// Neighbour is what a station tells by LLDP of itself.
type Neighbour struct {
	Chassis      davy.MAC
	Port         string
	PortText     string
	Name         string
	Description  string
	Capabilities uint16 // IEEE 802.1AB, table 8-4: bit 2 bridge, bit 4 router, bit 7 station only
	Management   uint32 // IPv4 address
	Seconds      uint16 // how long the word holds
}

// LLDPMulticast is the nearest bridge group address.
const LLDPMulticast davy.MAC = 0x0180_c200_000e

// LLDP appends an LLDP data unit (IEEE 802.1AB, 8.4 and 8.5).
func LLDP(b []byte, n Neighbour) []byte {
	head := func(kind, length int) { b = be16(b, uint16(kind<<9|length)) }
	text := func(kind int, s string) { head(kind, len(s)); b = append(b, s...) }
	head(1, 7)
	b = mac(append(b, 4), n.Chassis)
	head(2, 1+len(n.Port))
	b = append(append(b, 7), n.Port...)
	head(3, 2)
	b = be16(b, n.Seconds)
	text(4, n.PortText)
	text(5, n.Name)
	text(6, n.Description)
	head(7, 4)
	b = be16(be16(b, n.Capabilities), n.Capabilities)
	if n.Management != 0 {
		head(8, 12)
		b = be32(append(b, 5, 1), n.Management)
		b = append(be32(append(b, 2), 1), 0)
	}
	head(0, 0)
	return b
}
