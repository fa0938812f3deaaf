package packet

import (
	"encoding/binary"

	"github.com/davylamp/davy"
)

// UDP ports of tunnels (IANA; 8472 is what Linux used before there was a number).
const (
	portVXLAN      = 4789
	portVXLANLinux = 8472
	portVXLANGPE   = 4790
	portGeneve     = 6081
)

// enter makes p ready for the packet inside the one that was just read. The tunnel's sender
// stays as p.Outer; MACs and tags are those of the innermost link, none where it has none.
// It returns false when tunnels lie too deep in one another.
func (d *Decoder) enter(p *Packet) bool {
	if p.depth == maxTunnels {
		p.Defect = TooManyTunnels
		return false
	}
	p.depth++
	if p.Outer = p.Src; p.Src.IsZero() { // an Ethernet pseudowire
		p.Outer = station(p.SrcMAC)
	}
	p.SrcMAC, p.DstMAC, p.VLAN, p.Scope = 0, 0, 0, 0
	p.Src, p.Dst = davy.Addr{}, davy.Addr{}
	p.Net, p.Payload, p.Missing = nil, nil, 0
	p.SrcPort, p.DstPort, p.TTL, p.IPProto = 0, 0, 0, 0
	p.transport, p.unsummed = 0, false
	return true
}

// likeIP4 and likeIP6 look whether an IP header stands at the front of b.
func likeIP4(b []byte) bool { return len(b) >= 20 && b[0]>>4 == 4 && b[0]&15 >= 5 }

func likeIP6(b []byte, cut int) bool {
	return len(b) >= 40 && b[0]>>4 == 6 && 40+int(binary.BigEndian.Uint16(b[4:])) <= len(b)+cut
}

// headerSumFits verifies an IPv4 header's checksum; one that was not captured whole, or
// left empty for hardware to fill in, fits.
func headerSumFits(b []byte) bool {
	n := int(b[0]&15) * 4
	return n > len(b) || b[10] == 0 && b[11] == 0 || fold(sum(0, b[:n])) == 0xffff
}

// likeEthernet looks whether b can be an Ethernet frame: a sender that is one station, and
// a type or a length that fits.
func likeEthernet(b []byte, cut int) bool {
	if len(b) < 14 || davy.MACOf(b[6:]).Group() {
		return false
	}
	typ := binary.BigEndian.Uint16(b[12:])
	return typ >= 0x600 || int(typ) <= min(maxLength, len(b)-14+cut)
}

// likeStation is likeEthernet where nothing else hints at a frame: the type must be a
// common one, and IP must follow where it says so.
func likeStation(b []byte) bool {
	if !likeEthernet(b, 0) {
		return false
	}
	switch binary.BigEndian.Uint16(b[12:]) {
	case typeIPv4:
		return likeIP4(b[14:])
	case typeIPv6:
		return len(b) > 14 && b[14]>>4 == 6
	case typeARP, typeVLAN, typeSTag, typeQinQ, typeMPLS, typePPPoE, typeHSR, typePRP,
		0x8863, // PPPoE discovery
		0x888e, // 802.1X
		0x8892, // PROFINET
		0x88a4, // EtherCAT
		0x88b8, // GOOSE
		0x88ba, // sampled values
		0x88cc, // LLDP
		0x88e3, // MRP
		0x88e5, // MACsec
		0x88f7: // PTP
		return true
	}
	return false
}

// ipInIP opens IP that is carried directly in IP (RFC 2003, RFC 4213).
func (d *Decoder) ipInIP(p *Packet, proto uint8, b []byte, cut int) {
	switch {
	case proto == protoIPv4 && likeIP4(b):
		if d.enter(p) {
			d.ip4(p, b, cut)
		}
	case proto == protoIPv6 && len(b) >= 40 && b[0]>>4 == 6:
		if d.enter(p) {
			d.ip6(p, b, cut)
		}
	case cut == 0:
		p.Defect = BadTunnel
	}
}

// gre opens a GRE packet (RFC 2784, with the key and sequence number of RFC 2890) that
// carries IP, MPLS, Ethernet (also NVGRE, RFC 7637) or a mirrored frame. Version 1, which is
// PPTP's, and all other types stay closed.
func (d *Decoder) gre(p *Packet, b []byte, cut int) {
	if len(b) < 4 {
		if cut == 0 {
			p.Defect = BadTunnel
		}
		return
	}
	flags, typ := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	if flags&0x4007 != 0 { // source routing, or another version
		return
	}
	header := 4
	for _, bit := range [3]uint16{0x8000, 0x2000, 0x1000} { // checksum, key, sequence number
		if flags&bit != 0 {
			header += 4
		}
	}
	if header > len(b) {
		if cut == 0 {
			p.Defect = BadTunnel
		}
		return
	}
	b = b[header:]
	opened := false
	switch typ {
	case typeIPv4:
		if opened = likeIP4(b); opened && d.enter(p) {
			d.ip4(p, b, cut)
		}
	case typeIPv6:
		if opened = len(b) >= 40 && b[0]>>4 == 6; opened && d.enter(p) {
			d.ip6(p, b, cut)
		}
	case typeMPLS, typeMPLSUp:
		if opened = len(b) >= 4; opened && d.enter(p) {
			d.mpls(p, typ, b, cut)
		}
	case typeTEB:
		if opened = likeEthernet(b, cut); opened && d.enter(p) {
			d.ethernet(p, b, cut)
		}
	case typeERSPAN:
		opened = d.erspan(p, flags&0x1000 != 0, b, cut)
	case typeERSPN3:
		opened = d.erspan3(p, b, cut)
	default:
		return
	}
	if !opened && cut == 0 {
		p.Defect = BadTunnel
	}
}

// erspan opens a frame that a switch mirrored (draft-foschiano-erspan). Type I has no header
// and no GRE sequence number; type II has eight bytes: version, VLAN, class, encapsulation,
// truncation, session, port.
func (d *Decoder) erspan(p *Packet, sequenced bool, b []byte, cut int) bool {
	vlan := uint16(0)
	if sequenced {
		if len(b) < 8 || b[0]>>4 != 1 {
			return false
		}
		vlan = binary.BigEndian.Uint16(b) & 0xfff
		cut = shortened(b, cut)
		b = b[8:]
	}
	return d.mirrored(p, vlan, b, cut)
}

// erspan3 opens type III: twelve bytes, with a time stamp and a security group, the kind of
// frame, and eight bytes of the platform's own when the last bit says so.
func (d *Decoder) erspan3(p *Packet, b []byte, cut int) bool {
	if len(b) < 12 || b[0]>>4 != 2 {
		return false
	}
	vlan := binary.BigEndian.Uint16(b) & 0xfff
	cut = shortened(b, cut)
	kind, header := b[10]>>2&0x1f, 12
	if b[11]&1 == 1 {
		header += 8
	}
	if header > len(b) {
		return false
	}
	b = b[header:]
	if kind == 2 { // the frame's IP packet alone
		if !likeIP4(b) && !likeIP6(b, cut) {
			return false
		}
		if d.enter(p) {
			p.VLAN = vlan
			d.rawIP(p, b, cut)
		}
		return true
	}
	return d.mirrored(p, vlan, b, cut)
}

// shortened reads ERSPAN's T bit: the switch cut the frame to fit, and does not say by how
// much.
func shortened(b []byte, cut int) int {
	if b[2]&4 != 0 {
		return cutUnknown
	}
	return cut
}

// mirrored reads the frame inside ERSPAN. The header keeps the VLAN of a frame that has no
// tag of its own.
func (d *Decoder) mirrored(p *Packet, vlan uint16, b []byte, cut int) bool {
	if !likeEthernet(b, cut) {
		return false
	}
	if d.enter(p) {
		p.VLAN = vlan
		d.ethernet(p, b, cut)
	}
	return true
}

// vxlan opens a VXLAN packet (RFC 7348, 5): flags with I set, reserved, network, reserved.
// The port is only a hint: what does not look like VXLAN stays a datagram.
func (d *Decoder) vxlan(p *Packet, b []byte, cut int) {
	// Bit 0x80 and the second and third word belong to the group policy extension.
	if len(b) < 8 || b[0]&^0x80 != 0x08 || b[7] != 0 || b[0] == 0x08 && (b[1]|b[2]|b[3]) != 0 {
		return
	}
	if b = b[8:]; likeEthernet(b, cut) && d.enter(p) {
		d.ethernet(p, b, cut)
	}
}

// vxlanGPE opens VXLAN that says what it carries (draft-ietf-nvo3-vxlan-gpe, 3): flags with I
// and P set, reserved, next protocol, network, reserved.
func (d *Decoder) vxlanGPE(p *Packet, b []byte, cut int) {
	if len(b) < 8 || b[0]&0xfc != 0x0c || b[1]|b[2]|b[7] != 0 {
		return
	}
	next := b[3]
	b = b[8:]
	switch {
	case next == 3 && likeEthernet(b, cut):
		if d.enter(p) {
			d.ethernet(p, b, cut)
		}
	case next == 1 && likeIP4(b), next == 2 && likeIP6(b, cut):
		if d.enter(p) {
			d.rawIP(p, b, cut)
		}
	}
}

// geneve opens a Geneve packet (RFC 8926, 3.4): version and length of options, flags, type,
// network, reserved, options.
func (d *Decoder) geneve(p *Packet, b []byte, cut int) {
	if len(b) < 8 || b[0]>>6 != 0 || b[1]&0x3f != 0 || b[7] != 0 {
		return
	}
	header := 8 + int(b[0]&0x3f)*4
	if header > len(b) {
		return
	}
	typ := binary.BigEndian.Uint16(b[2:])
	b = b[header:]
	switch {
	case typ == typeTEB && likeEthernet(b, cut):
		if d.enter(p) {
			d.ethernet(p, b, cut)
		}
	case typ == typeIPv4 && likeIP4(b), typ == typeIPv6 && likeIP6(b, cut):
		if d.enter(p) {
			d.rawIP(p, b, cut)
		}
	}
}
