package packet

import (
	"encoding/binary"

	"github.com/davylamp/davy"
)

// otherLink reads every link type but Ethernet.
func (d *Decoder) otherLink(p *Packet, b []byte, cut int) {
	switch p.Link {
	case LinkRaw, LinkRaw12, LinkRaw14:
		d.rawIP(p, b, cut)
	case LinkIPv4:
		if !d.ip4(p, b, cut) {
			d.undecoded(p, b, cut, BadIPHeader)
		}
	case LinkIPv6:
		if !d.ip6(p, b, cut) {
			d.undecoded(p, b, cut, BadIPHeader)
		}
	case LinkNull, LinkLoop:
		d.loopback(p, b, cut)
	case LinkCooked:
		// Packet type, ARPHRD type, address length, address (8), protocol: 16 bytes.
		if len(b) < 16 {
			d.undecoded(p, b, cut, ShortFrame)
			return
		}
		d.cooked(p, binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[4:]),
			b[6:14], binary.BigEndian.Uint16(b[14:]), b[16:], cut)
	case LinkCooked2:
		// Protocol, reserved, interface (4), ARPHRD type, packet type (1), address length
		// (1), address (8): 20 bytes.
		if len(b) < 20 {
			d.undecoded(p, b, cut, ShortFrame)
			return
		}
		d.cooked(p, uint16(b[10]), binary.BigEndian.Uint16(b[8:]), uint16(b[11]),
			b[12:20], binary.BigEndian.Uint16(b), b[20:], cut)
	case LinkPPP, LinkPPPHDLC:
		switch {
		case len(b) >= 2 && b[0] == 0xff && b[1] == 3: // RFC 1662, 3.1: address and control
			b = b[2:]
		case len(b) >= 2 && b[0] == 0x0f && b[1] == 0: // a capture that says PPP and is Cisco's
			d.ciscoHDLC(p, b, cut)
			return
		}
		if !d.ppp(p, b, cut) {
			d.undecoded(p, b, cut, "")
		}
	case LinkCiscoHDLC:
		d.ciscoHDLC(p, b, cut)
	default:
		d.undecoded(p, b, cut, "")
	}
}

// rawIP reads IP whose version only its first bits tell.
func (d *Decoder) rawIP(p *Packet, b []byte, cut int) {
	if len(b) > 0 && (b[0]>>4 == 4 && d.ip4(p, b, cut) || b[0]>>4 == 6 && d.ip6(p, b, cut)) {
		return
	}
	d.undecoded(p, b, cut, BadIPHeader)
}

// loopback reads the address family in front of the packet. It stands in the byte order of
// the machine that captured, and IPv6 has another number on each kind of system.
func (d *Decoder) loopback(p *Packet, b []byte, cut int) {
	if len(b) < 4 {
		d.undecoded(p, b, cut, ShortFrame)
		return
	}
	family := binary.LittleEndian.Uint32(b)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(b)
	}
	switch family {
	case 2, 10, 23, 24, 28, 30: // AF_INET; AF_INET6 of Linux, Windows, NetBSD, FreeBSD, macOS
		d.rawIP(p, b[4:], cut)
	default:
		d.undecoded(p, b, cut, "")
	}
}

// ARPHRD types of Linux whose protocol field is not an EtherType.
const (
	arphrdNetlink  = 824
	arphrdRadiotap = 803
)

// cooked reads what the Linux "any" device leaves of a link header: the sender's address
// and the protocol. Who the frame was for is only known when it was for all.
func (d *Decoder) cooked(p *Packet, packetType, hardware, size uint16, addr []byte, typ uint16, b []byte, cut int) {
	if size == 6 {
		p.SrcMAC = davy.MACOf(addr)
	}
	if packetType == 1 {
		p.DstMAC = davy.BroadcastMAC
	}
	switch {
	case hardware == arphrdNetlink || hardware == arphrdRadiotap:
		d.undecoded(p, b, cut, "")
	case typ == 4: // LINUX_SLL_P_802_2: an LLC header
		d.llc(p, len(b)+cut, b, cut)
	case typ <= maxLength: // 1 is Novell's 802.3 without LLC, 0x0c CAN: nothing Davy reads
		d.undecoded(p, b, cut, "")
	default:
		d.etherType(p, typ, b, cut)
	}
}

// ppp reads a PPP protocol field (RFC 1661, 2; one byte where it was compressed) and IP
// behind it; it returns false for all else.
func (d *Decoder) ppp(p *Packet, b []byte, cut int) bool {
	var proto uint16
	switch {
	case len(b) >= 1 && b[0]&1 == 1:
		proto, b = uint16(b[0]), b[1:]
	case len(b) >= 2:
		proto, b = binary.BigEndian.Uint16(b), b[2:]
	}
	switch proto {
	case 0x0021:
		return d.ip4(p, b, cut)
	case 0x0057:
		return d.ip6(p, b, cut)
	}
	return false
}

// ciscoHDLC reads IP behind Cisco's framing (RFC 1547, 4.3.1): address, control, EtherType.
func (d *Decoder) ciscoHDLC(p *Packet, b []byte, cut int) {
	if len(b) >= 4 {
		switch typ := binary.BigEndian.Uint16(b[2:]); {
		case typ == typeIPv4 && d.ip4(p, b[4:], cut), typ == typeIPv6 && d.ip6(p, b[4:], cut):
			return
		}
	}
	d.undecoded(p, b, cut, "")
}

// pppoe reads a session frame (RFC 2516, 4): version and type, code, session, length. What
// is not IP stays a frame from the PPP protocol field on.
func (d *Decoder) pppoe(p *Packet, b []byte, cut int) {
	if len(b) < 6 || b[0] != 0x11 || b[1] != 0 {
		d.frame(p, typePPPoE, b, cut)
		if cut == 0 && len(b) < 6 {
			p.Defect = ShortFrame
		}
		return
	}
	b, cut, defect := byLength(b[6:], int(binary.BigEndian.Uint16(b[4:])), cut)
	if !d.ppp(p, b, cut) {
		d.frame(p, typePPPoE, b, cut)
	}
	if p.Defect == "" {
		p.Defect = defect
	}
}

// byLength applies a length field to the bytes it speaks of: those beyond it are padding,
// those short of it were cut or never there.
func byLength(b []byte, length, cut int) ([]byte, int, davy.Defect) {
	if length <= len(b) {
		return b[:length], 0, ""
	}
	if missing := length - len(b); missing <= cut {
		return b, missing, ""
	}
	return b, cut, BadLength
}

// llc reads an 802.2 header in an 802.3 frame. A SNAP header (DSAP and SSAP aa, control 3)
// tells its own type; IP has a SAP of its own, 6, too (RFC 948, 3); all else is a frame of
// EtherType 0 from the DSAP on.
func (d *Decoder) llc(p *Packet, length int, b []byte, cut int) {
	b, cut, defect := byLength(b, length, cut)
	if len(b) >= 8 && b[0] == 0xaa && b[1] == 0xaa && b[2] == 3 {
		typ := binary.BigEndian.Uint16(b[6:])
		// IEEE 802, 9.4: with an OUI of 0 (RFC 1042) or 0000f8 the type is an EtherType.
		oui := uint32(b[3])<<16 | uint32(b[4])<<8 | uint32(b[5])
		if (oui == 0 || oui == 0x0000f8) && typ > maxLength {
			d.etherType(p, typ, b[8:], cut)
		} else {
			d.frame(p, typ, b[8:], cut)
		}
	} else if len(b) < 3 || b[0] != 6 || b[1] != 6 || b[2] != 3 || !d.ip4(p, b[3:], cut) {
		d.frame(p, 0, b, cut)
	}
	if p.Defect == "" {
		p.Defect = defect
	}
}

// mpls reads a label stack (RFC 3032, 2.1). Nothing says what is under it: IP is known by
// its header, an Ethernet pseudowire (RFC 4448) by its EtherType, with a control word or
// without.
func (d *Decoder) mpls(p *Packet, typ uint16, b []byte, cut int) {
	stack := b
	for n := 0; ; n++ {
		if len(b) < 4 || n == maxLabels {
			d.frame(p, typ, stack, cut)
			switch {
			case n == maxLabels:
				p.Defect = TooManyTags
			case cut == 0:
				p.Defect = ShortFrame
			}
			return
		}
		bottom := b[2]&1 == 1
		b = b[4:]
		if bottom {
			break
		}
	}
	switch {
	case likeIP4(b) && headerSumFits(b) && d.ip4(p, b, cut):
	case likeIP6(b, cut) && d.ip6(p, b, cut):
	case len(b) > 4 && b[0]>>4 == 0 && likeStation(b[4:]) && d.enter(p):
		d.ethernet(p, b[4:], cut)
	case likeStation(b) && d.enter(p):
		d.ethernet(p, b, cut)
	default:
		d.frame(p, typ, b, cut)
	}
}
