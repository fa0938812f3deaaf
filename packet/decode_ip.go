package packet

import (
	"encoding/binary"

	"github.com/davylamp/davy"
)

// IP protocol numbers (IANA) that decoding itself knows.
const (
	protoHopByHop = 0
	protoIPv4     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoAH       = 51
	protoNone     = 59
	protoOptions  = 60
)

// ip4 reads an IPv4 packet (RFC 791, 3.1). It returns false, and leaves p as it was, when
// b does not begin with a header.
func (d *Decoder) ip4(p *Packet, b []byte, cut int) bool {
	if len(b) < 20 || b[0]>>4 != 4 || b[0]&15 < 5 {
		return false
	}
	header := int(b[0]&15) * 4
	total := int(binary.BigEndian.Uint16(b[2:]))
	p.EtherType, p.TTL, p.IPProto, p.Kind = typeIPv4, b[8], b[9], IPOnly
	p.Src = davy.AddrOf4(binary.BigEndian.Uint32(b[12:]), 0)
	p.Dst = davy.AddrOf4(binary.BigEndian.Uint32(b[16:]), 0)
	if d.Scopes != nil {
		d.Scopes.set(p)
	}
	if total == 0 { // a sender's hardware was to fill it in: the rest of the frame
		total = len(b) + cut
	}
	missing := 0
	switch {
	case total < header:
		p.Net, p.Defect = b[:min(header, len(b))], BadIPLength
		return true
	case total <= len(b):
		b = b[:total]
	default:
		if missing = total - len(b); missing > cut {
			p.Defect = BadIPLength
		}
	}
	p.Net = b
	if header > len(b) { // options that the slice cut off
		p.Missing = total - header
		return true
	}
	if header > 20 {
		p.unsummed = sourceRouted(b[20:header])
	}
	if binary.BigEndian.Uint16(b[6:])&0x3fff != 0 { // more fragments, or an offset
		p.Fragment, p.Payload, p.Missing = true, b[header:], missing
		return true
	}
	if b[9] == protoTCP { // what transportOf would do, without the way through it
		d.tcp(p, b[header:], header, missing)
	} else {
		d.transportOf(p, b[9], header, missing)
	}
	return true
}

// sourceRouted finds the options (RFC 791, 3.1: 131 and 137) under which the address in the
// header is not the last one.
func sourceRouted(options []byte) bool {
	for len(options) > 1 {
		switch n := int(options[1]); {
		case options[0] == 0:
			return false
		case options[0] == 1:
			options = options[1:]
		case options[0] == 131 || options[0] == 137:
			return true
		case n < 2 || n > len(options):
			return false
		default:
			options = options[n:]
		}
	}
	return false
}

// ip6 reads an IPv6 packet (RFC 8200, 3) and its extension headers. It returns false, and
// leaves p as it was, when b does not begin with a header.
func (d *Decoder) ip6(p *Packet, b []byte, cut int) bool {
	if len(b) < 40 || b[0]>>4 != 6 {
		return false
	}
	total := 40 + int(binary.BigEndian.Uint16(b[4:]))
	next := b[6]
	p.EtherType, p.TTL, p.IPProto, p.Kind = typeIPv6, b[7], next, IPOnly
	p.Src = davy.AddrOf16(b[8:24], 0)
	p.Dst = davy.AddrOf16(b[24:40], 0)
	if d.Scopes != nil {
		d.Scopes.set(p)
	}
	if total == 40 && next != protoNone { // a jumbogram (RFC 2675), or left for hardware to fill in
		if total = jumbo(b); total == 0 {
			total = len(b) + cut
		}
	}
	missing := 0
	if total <= len(b) {
		b = b[:total]
	} else if missing = total - len(b); missing > cut {
		p.Defect = BadIPLength
		missing = min(missing, max(cut, 0xffff)) // a jumbogram may claim gigabytes
	}
	p.Net = b
	if next == protoTCP || next == protoUDP {
		d.transportOf(p, next, 40, missing)
		return true
	}
	d.extensions(p, next, missing)
	return true
}

// extensions walks the chain of headers between the fixed one and the transport.
func (d *Decoder) extensions(p *Packet, next uint8, missing int) {
	b, off := p.Net, 40
	for range maxHeaders {
		p.IPProto = next
		switch next {
		case protoHopByHop, protoRouting, protoOptions, protoFragment:
		default:
			d.transportOf(p, next, off, missing)
			return
		}
		if off+8 > len(b) {
			d.chainEnds(p, off, missing)
			return
		}
		size := 8
		switch next {
		case protoFragment:
			// Offset 0 and no more to come is a whole packet (RFC 6946).
			if binary.BigEndian.Uint16(b[off+2:])&0xfff9 != 0 {
				p.IPProto, p.Fragment = b[off], true
				p.Payload, p.Missing = b[off+8:], missing
				return
			}
		case protoRouting:
			p.unsummed = p.unsummed || b[off+3] != 0 // segments left: the last address is in there
			fallthrough
		default:
			size = (int(b[off+1]) + 1) * 8
		}
		next, off = b[off], off+size
		if off > len(b) {
			d.chainEnds(p, off, missing)
			return
		}
	}
	p.Defect = TooManyHeaders
	p.Payload, p.Missing = b[off:], missing
}

// chainEnds ends a packet whose extension headers go beyond its bytes.
func (d *Decoder) chainEnds(p *Packet, off, missing int) {
	if off > len(p.Net)+missing || missing == 0 {
		p.Defect = BadIPHeader
	}
	p.Missing = max(0, len(p.Net)+missing-off)
}

// jumbo is the length of a jumbogram, header included; 0 when b is none.
func jumbo(b []byte) int {
	if b[6] != protoHopByHop || len(b) < 48 {
		return 0
	}
	options := b[42:min(len(b), 40+(int(b[41])+1)*8)]
	for len(options) >= 2 {
		n := int(options[1]) + 2
		switch {
		case options[0] == 0: // one byte of padding
			options = options[1:]
			continue
		case options[0] == 0xc2 && n == 6 && len(options) >= 6:
			return 40 + int(binary.BigEndian.Uint32(options[2:]))
		case n > len(options):
			return 0
		}
		options = options[n:]
	}
	return 0
}

// transportOf reads what stands at off in p.Net: TCP, UDP, a tunnel, or a protocol that is
// not read any further. missing is how many bytes of the packet the capture lacks.
func (d *Decoder) transportOf(p *Packet, proto uint8, off, missing int) {
	for range maxHeaders {
		p.IPProto = proto
		b := p.Net[off:]
		switch proto {
		case protoTCP:
			d.tcp(p, b, off, missing)
			return
		case protoUDP:
			d.udp(p, b, off, missing)
			return
		case protoAH, protoOptions:
			size := 0
			switch {
			case proto == protoOptions && len(b) >= 8: // RFC 8200, 4.1: these may stand behind an AH
				size = (int(b[1]) + 1) * 8
			case proto == protoAH && len(b) >= 12: // RFC 4302, 2: next header, length in words less two
				size = (int(b[1]) + 2) * 4
			}
			if size < 8 || size > len(b) {
				p.Payload, p.Missing = b, missing
				if missing == 0 {
					p.Defect = BadIPHeader
				}
				return
			}
			proto, off = b[0], off+size
		case protoIPv4, protoIPv6:
			p.Payload, p.Missing = b, missing
			d.ipInIP(p, proto, b, missing)
			return
		case protoGRE:
			p.Payload, p.Missing = b, missing
			d.gre(p, b, missing)
			return
		default:
			p.Payload, p.Missing = b, missing
			return
		}
	}
	p.Defect = TooManyHeaders
}

// tcp reads a TCP header (RFC 9293, 3.1). A slice that ends inside its fixed part leaves
// the packet IPOnly: flags and sequence numbers would be guesses.
func (d *Decoder) tcp(p *Packet, b []byte, off, missing int) {
	if len(b) < 20 {
		p.Payload, p.Missing = b, missing
		if missing == 0 {
			p.Defect = BadTCPHeader
		}
		return
	}
	header := int(b[12]>>4) * 4
	if header < 20 || header > len(b)+missing {
		p.Payload, p.Missing, p.Defect = b, missing, BadTCPHeader
		return
	}
	ports := binary.BigEndian.Uint32(b)
	p.SrcPort, p.DstPort = uint16(ports>>16), uint16(ports)
	p.Seq = binary.BigEndian.Uint32(b[4:])
	p.Ack = binary.BigEndian.Uint32(b[8:])
	p.Flags = b[13]
	p.Window = binary.BigEndian.Uint16(b[14:])
	p.Kind, p.transport = TCPSegment, uint32(off)
	if header > len(b) { // options that the slice cut off
		p.Missing = len(b) + missing - header
		return
	}
	p.Payload, p.Missing = b[header:], missing
}

// udp reads a UDP header (RFC 768) and the tunnels that run over UDP.
func (d *Decoder) udp(p *Packet, b []byte, off, missing int) {
	if len(b) < 8 {
		p.Payload, p.Missing = b, missing
		if missing == 0 {
			p.Defect = BadUDPLength
		}
		return
	}
	n := int(binary.BigEndian.Uint16(b[4:])) - 8
	dst := binary.BigEndian.Uint16(b[2:])
	b = b[8:]
	switch {
	case n == -8: // a jumbogram (RFC 2675, 4), or left for hardware to fill in: all there is
	case n < 0 || n > len(b)+missing:
		p.Defect = BadUDPLength
	case n <= len(b):
		b, missing = b[:n], 0
	default:
		missing = n - len(b)
	}
	p.Payload, p.Missing, p.transport = b, missing, uint32(off)
	p.Kind, p.SrcPort, p.DstPort = UDPDatagram, binary.BigEndian.Uint16(p.Net[off:]), dst
	switch dst {
	case portVXLAN, portVXLANLinux:
		d.vxlan(p, b, missing)
	case portVXLANGPE:
		d.vxlanGPE(p, b, missing)
	case portGeneve:
		d.geneve(p, b, missing)
	}
}
