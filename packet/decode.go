package packet

import (
	"encoding/binary"

	"github.com/davylamp/davy"
)

// Link types that are read (www.tcpdump.org/linktypes.html). All others leave a packet
// Undecoded.
const (
	LinkNull      LinkType = 0   // BSD loopback: address family in the host's byte order
	LinkEthernet  LinkType = 1   // Ethernet, without preamble and check sequence
	LinkPPP       LinkType = 9   // PPP, with or without HDLC-like framing
	LinkRaw12     LinkType = 12  // raw IP as some systems number it in files
	LinkRaw14     LinkType = 14  // the same on OpenBSD
	LinkPPPHDLC   LinkType = 50  // PPP in HDLC-like framing
	LinkRaw       LinkType = 101 // raw IP, version 4 or 6
	LinkCiscoHDLC LinkType = 104 // Cisco's HDLC
	LinkLoop      LinkType = 108 // OpenBSD loopback: address family in network byte order
	LinkCooked    LinkType = 113 // Linux "any" device, version 1
	LinkIPv4      LinkType = 228
	LinkIPv6      LinkType = 229
	LinkCooked2   LinkType = 276 // Linux "any" device, version 2
)

// EtherTypes (IEEE 802 Numbers registry) that decoding itself knows.
const (
	typeIPv4     = 0x0800
	typeARP      = 0x0806
	typeTEB      = 0x6558 // Ethernet inside GRE, Geneve
	typeVLAN     = 0x8100 // 802.1Q
	typeIPv6     = 0x86dd
	typeMPLS     = 0x8847
	typeMPLSUp   = 0x8848 // upstream-assigned label; once "multicast"
	typePPPoE    = 0x8864 // session stage
	typeProfinet = 0x8892 // its acyclic frames tell their length
	typeCMD      = 0x8909 // Cisco MetaData: the tag of a security group
	typeSTag     = 0x88a8 // 802.1ad
	typeERSPAN   = 0x88be // types I and II
	typePRP      = 0x88fb // supervision frames, and the suffix of a redundancy trailer
	typeHSR      = 0x892f
	typeQinQ     = 0x9100 // stacked VLANs before 802.1ad
	typeQinQ2    = 0x9200
	typeERSPN3   = 0x22eb // ERSPAN type III
	maxLength    = 1500   // 802.3: what is not above it is a length, not a type
)

// What can be wrong with a frame below TCP and UDP.
const (
	ShortFrame      davy.Defect = "short-frame"      // the frame ends inside a link header
	BadIPHeader     davy.Defect = "ip-header"        // a version or header length that cannot be
	BadIPLength     davy.Defect = "ip-length"        // longer than the frame, or shorter than its own header
	BadTCPHeader    davy.Defect = "tcp-header"       // a data offset that cannot be
	BadUDPLength    davy.Defect = "udp-length"       // longer than the packet, or shorter than its own header
	BadLength       davy.Defect = "link-length"      // a length in a link header disagrees with the frame
	BadTunnel       davy.Defect = "tunnel-header"    // what a tunnel says it carries is not there
	TooManyTunnels  davy.Defect = "too-many-tunnels" // tunnels inside tunnels, deeper than any plant's
	TooManyTags     davy.Defect = "too-many-tags"    // more VLAN tags or MPLS labels than any network has
	TooManyHeaders  davy.Defect = "too-many-headers" // a chain of IPv6 extension headers without end
	FragmentOverlap davy.Defect = "fragment-overlap" // fragments that contradict each other: an evasion (RFC 5722)
	FragmentTiny    davy.Defect = "fragment-tiny"    // a first fragment that hides the transport header (RFC 1858, 3)
	FragmentLength  davy.Defect = "fragment-length"  // not a multiple of eight, empty, or beyond 65,535 bytes
)

const (
	maxTunnels = 8  // opened one inside the other
	maxTags    = 16 // VLAN, HSR and the like before the payload
	maxLabels  = 16 // of an MPLS stack
	maxHeaders = 16 // IPv6 extension headers of one packet
)

// cutUnknown stands for a frame that was shortened by who knows how much (ERSPAN's T bit).
const cutUnknown = 1 << 24

// Decoder reads frames: from the link to the innermost packet's transport header. The zero
// Decoder is ready. It allocates nothing but the buffers for fragments.
type Decoder struct {
	Scopes    *Scopes   // where an address needs its VLAN or interface to be told; nil: nowhere
	Fragments Fragments // datagrams that wait for their rest
}

// Decode reads p.Data, p.Wire, p.Link and p.Interface and sets everything from p.Scope on.
// Tunnels are opened; a fragment stays one until [Decoder.Reassemble].
func (d *Decoder) Decode(p *Packet) {
	p.clear()
	b := p.Data
	cut := max(0, p.Wire-len(b)) // bytes behind b that were on the wire and are not here
	if p.Link == LinkEthernet {
		d.ethernet(p, b, cut)
		return
	}
	d.otherLink(p, b, cut)
}

// clear forgets what an earlier decoding found.
func (p *Packet) clear() {
	p.Scope, p.SrcMAC, p.DstMAC, p.VLAN, p.EtherType = 0, 0, 0, 0, 0
	p.Outer, p.Src, p.Dst = davy.Addr{}, davy.Addr{}, davy.Addr{}
	p.srcHash, p.dstHash, p.sum, p.place = 0, 0, 0, 0
	p.Net, p.Payload = nil, nil
	p.TTL, p.IPProto, p.Fragment, p.Reassembled = 0, 0, false, false
	p.SrcPort, p.DstPort, p.Seq, p.Ack, p.Flags, p.Window = 0, 0, 0, 0, 0, 0
	p.Missing, p.BadChecksum = 0, false
	p.Kind, p.Defect, p.Copy, p.Of = Undecoded, "", false, 0
	p.transport, p.depth, p.unsummed = 0, 0, false
}

func (d *Decoder) ethernet(p *Packet, b []byte, cut int) {
	if len(b) < 14 {
		d.undecoded(p, b, cut, ShortFrame)
		return
	}
	p.DstMAC = davy.MACOf(b)
	p.SrcMAC = davy.MACOf(b[6:])
	typ := binary.BigEndian.Uint16(b[12:])
	if typ == typeIPv4 && d.ip4(p, b[14:], cut) { // most of all frames
		return
	}
	d.etherType(p, typ, b[14:], cut)
}

// etherType reads what follows an EtherType, tags first.
func (d *Decoder) etherType(p *Packet, typ uint16, b []byte, cut int) {
	for tags := 0; ; tags++ {
		size := 0
		switch typ {
		case typeIPv4:
			if !d.ip4(p, b, cut) {
				d.notIP(p, typ, b, cut, 20)
			}
			return
		case typeIPv6:
			if !d.ip6(p, b, cut) {
				d.notIP(p, typ, b, cut, 40)
			}
			return
		case typeVLAN, typeSTag, typeQinQ, typeQinQ2:
			size = 4
		case typeHSR: // IEC 62439-3, 5.3: path and size, sequence number, EtherType
			size = 6
		case typeCMD: // version 1, length 1, option type and length, group, EtherType
			if len(b) < 2 || b[0] != 1 || b[1] != 1 {
				d.frame(p, typ, b, cut)
				return
			}
			size = 8
		case typeMPLS, typeMPLSUp:
			d.mpls(p, typ, b, cut)
			return
		case typePPPoE:
			d.pppoe(p, b, cut)
			return
		default:
			if typ <= maxLength {
				d.llc(p, int(typ), b, cut)
				return
			}
			d.frame(p, typ, b, cut)
			return
		}
		if len(b) < size || tags == maxTags {
			d.frame(p, typ, b, cut)
			switch {
			case tags == maxTags:
				p.Defect = TooManyTags
			case cut == 0:
				p.Defect = ShortFrame
			}
			return
		}
		if size == 4 {
			if id := binary.BigEndian.Uint16(b) & 0xfff; id != 0 { // 0 carries a priority alone (802.1Q, 9.6)
				p.VLAN = id
			}
		}
		typ, b = binary.BigEndian.Uint16(b[size-2:]), b[size:]
	}
}

// notIP takes a frame whose EtherType promises IP and does not keep it: a slice that ends
// in the header, or a header that cannot be.
func (d *Decoder) notIP(p *Packet, typ uint16, b []byte, cut, header int) {
	d.frame(p, typ, b, cut)
	if cut == 0 || len(b) >= header {
		p.Defect = BadIPHeader
	}
}

// frame takes b as what a frame without IP carries. The padding of short frames cannot be
// told from payload and stays.
func (d *Decoder) frame(p *Packet, typ uint16, b []byte, cut int) {
	if cut == 0 {
		b = withoutTrailer(typ, b)
	}
	p.Kind, p.EtherType = Frame, typ
	p.Net, p.Payload = b, b
	if p.Missing = cut; cut >= cutUnknown {
		p.Missing = 1
	}
	if d.Scopes != nil && typ == typeARP {
		p.Scope = d.Scopes.ofARP(p, b)
	}
	p.Src, p.Dst = station(p.SrcMAC), station(p.DstMAC)
}

func station(m davy.MAC) davy.Addr {
	if m == 0 {
		return davy.Addr{}
	}
	return davy.AddrOfMAC(m, 0)
}

// undecoded gives up on b. Its bytes are all there is to compare two copies by.
func (d *Decoder) undecoded(p *Packet, b []byte, cut int, defect davy.Defect) {
	p.Kind, p.Net, p.Missing = Undecoded, b, cut
	if cut == 0 {
		p.Defect = defect
	}
}

// withoutTrailer takes the redundancy control trailer off a frame of a parallel redundancy
// network (IEC 62439-3, 4.2.7): sequence number, LAN identifier A or B, size of the service
// data unit with the trailer, suffix 88fb. What only looks like one does not agree in size.
// Padding can stand behind it where a switch took off a tag.
func withoutTrailer(typ uint16, b []byte) []byte {
	n := len(b)
	if n <= 60 {
		for n > 0 && b[n-1] == 0 {
			n--
		}
	}
	if n < 6 || binary.BigEndian.Uint16(b[n-2:]) != typePRP {
		return b
	}
	word := binary.BigEndian.Uint16(b[n-4:])
	size := int(word & 0xfff)
	if lan := word >> 12; lan != 0xa && lan != 0xb {
		return b
	}
	switch {
	case size == n, size == n+4, size == n+8: // some count VLAN tags, too
	case typ == typePRP && size < n: // a supervision frame's own data, without the padding
	default:
		return b
	}
	return b[:n-6]
}
