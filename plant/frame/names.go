package frame

import (
	"strings"

	"github.com/davylamp/davy"
)

// DNS, DHCP and NTP: the services every plant leans on.

// DNSQuery asks for the address of a name (RFC 1035, 4.1).
func DNSQuery(b []byte, id uint16, name string) []byte {
	b = be16(be16(b, id), 0x0100)
	b = be16(be16(be16(be16(b, 1), 0), 0), 0)
	return dnsQuestion(b, name)
}

func dnsQuestion(b []byte, name string) []byte {
	for label := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	return be16(be16(append(b, 0), 1), 1)
}

// DNSAnswer gives the address.
func DNSAnswer(b []byte, id uint16, name string, ip uint32) []byte {
	b = be16(be16(b, id), 0x8580)
	b = dnsQuestion(be16(be16(be16(be16(b, 1), 1), 0), 0), name)
	b = be16(be16(be16(b, 0xc00c), 1), 1)
	return be32(be16(be32(b, 3600), 4), ip)
}

// DHCP message types (RFC 2132, 9.6).
const (
	DHCPDiscover uint8 = 1
	DHCPOffer    uint8 = 2
	DHCPRequest  uint8 = 3
	DHCPAck      uint8 = 5
)

// DHCP is one message (RFC 2131, 2) with the options a client or server of this plant sends.
type DHCP struct {
	Type      uint8
	XID       uint32
	Client    davy.MAC
	Current   uint32 // the address the client has, when it renews
	Requested uint32
	Offered   uint32
	Server    uint32
	Router    uint32
	DNS       uint32
	Host      string
	Class     string // vendor class
}

// Append appends the message.
func (m DHCP) Append(b []byte) []byte {
	start := len(b)
	op := uint8(1)
	if m.Type == DHCPOffer || m.Type == DHCPAck {
		op = 2
	}
	b = be32(append(b, op, 1, 6, 0), m.XID)
	b = be32(be32(be32(be32(be32(b, 0), m.Current), m.Offered), 0), 0)
	b = zeros(mac(b, m.Client), 10+64+128)
	b = append(be32(b, 0x63825363), 53, 1, m.Type)
	address := func(code uint8, ip uint32) {
		if ip != 0 {
			b = be32(append(b, code, 4), ip)
		}
	}
	text := func(code uint8, s string) {
		if s != "" {
			b = append(append(b, code, byte(len(s))), s...)
		}
	}
	if op == 1 {
		b = mac(append(b, 61, 7, 1), m.Client)
		address(50, m.Requested)
		address(54, m.Server)
		text(12, m.Host)
		text(60, m.Class)
		b = append(b, 55, 6, 1, 3, 6, 15, 44, 46)
	} else {
		address(54, m.Server)
		b = be32(append(b, 51, 4), 8*3600)
		address(1, 0xffff_ff00)
		address(3, m.Router)
		address(6, m.DNS)
	}
	b = append(b, 255)
	if n := len(b) - start; n < 300 {
		b = zeros(b, 300-n)
	}
	return b
}

// NTP appends a message of version 4 (RFC 5905, 7.3); times in ns since the Unix epoch, 0 for
// none. Mode is 3 for a client, 4 for a server.
func NTP(b []byte, mode, stratum uint8, reference uint32, updated, origin, received, sent int64) []byte {
	b = append(b, 4<<3|mode, stratum, 6, 0xec)
	b = be32(be32(be32(b, 0x0000_0042), 0x0000_0310), reference)
	for _, t := range [...]int64{updated, origin, received, sent} {
		b = be64(b, ntpTime(t))
	}
	return b
}

func ntpTime(ns int64) uint64 {
	if ns == 0 {
		return 0
	}
	const eras = 2_208_988_800 // seconds from 1900 to 1970
	return uint64(ns/1e9+eras)<<32 | uint64(ns%1e9)<<32/1e9
}
