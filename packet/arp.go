package packet

import (
	"encoding/binary"

	"github.com/davylamp/davy"
)

// ARP reads who asks and about whom of a decoded ARP message for IPv4 over Ethernet (RFC 826).
func ARP(p *Packet) (sender, target davy.Addr, ok bool) {
	b := p.Payload
	if p.Kind != Frame || p.EtherType != typeARP || len(b) < 28 || binary.BigEndian.Uint16(b[2:]) != typeIPv4 || b[4] != 6 || b[5] != 4 {
		return sender, target, false
	}
	return davy.AddrOf4(binary.BigEndian.Uint32(b[14:]), p.Scope), davy.AddrOf4(binary.BigEndian.Uint32(b[24:]), p.Scope), true
}
