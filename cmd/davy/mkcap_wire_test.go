package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// The lower layers of mkcap: IP and what packets are wrapped in, and the forms of captures
// (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng), written here by hand.

func ip4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// macOf is a locally administered MAC made of an address.
func macOf(a netip.Addr) uint64 {
	b := a.As16()
	return 0x0200_0000_0000 | uint64(binary.BigEndian.Uint32(b[12:]))
}

func frameMAC(a netip.Addr) davy.MAC { return davy.MAC(macOf(a)) }

func sum16(from uint32, b []byte) uint16 {
	for len(b) > 1 {
		from += uint32(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) > 0 {
		from += uint32(b[0]) << 8
	}
	for from>>16 != 0 {
		from = from>>16 + from&0xffff
	}
	return uint16(from)
}

// tcpSum is the checksum of a segment under an IPv4 header.
func tcpSum(header, segment []byte) uint16 {
	return ^sum16(uint32(sum16(0, header[12:20]))+6+uint32(len(segment)), segment)
}

// ip sends a packet, its checksum filled in at that place of the payload (-1: it has one).
func (m *mkcap) ip(from, to netip.Addr, proto uint8, payload []byte, at int) {
	if at >= 0 {
		a, b := from.AsSlice(), to.AsSlice()
		c := ^sum16(uint32(sum16(0, a))+uint32(sum16(0, b))+uint32(proto)+uint32(len(payload)), payload)
		binary.BigEndian.PutUint16(payload[at:], c)
	}
	m.id++
	size := len(payload)
	if m.pieces > 0 {
		size = m.pieces &^ 7
	}
	for offset := 0; offset < len(payload); offset += size {
		piece := payload[offset:min(offset+size, len(payload))]
		more := offset+size < len(payload)
		if from.Is6() {
			m.send(from, to, 0x86dd, m.ip6(from, to, proto, piece, offset, more))
		} else {
			m.send(from, to, frame.TypeIPv4, m.ip4(from, to, proto, piece, offset, more))
		}
	}
}

func (m *mkcap) ip4(from, to netip.Addr, proto uint8, piece []byte, offset int, more bool) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0x45, 0}, uint16(20+len(piece)))
	b = binary.BigEndian.AppendUint16(b, m.id)
	flags := uint16(offset / 8)
	if more {
		flags |= 0x2000
	}
	b = append(binary.BigEndian.AppendUint16(b, flags), 64, proto, 0, 0)
	b = append(append(b, from.AsSlice()...), to.AsSlice()...)
	binary.BigEndian.PutUint16(b[10:], ^sum16(0, b))
	return append(b, piece...)
}

// ip6 has the extension headers asked for (RFC 8200, 4) and a fragment header where needed.
func (m *mkcap) ip6(from, to netip.Addr, proto uint8, piece []byte, offset int, more bool) []byte {
	var rest []byte
	next := proto
	add := func(kind uint8, header []byte) {
		header[0] = next
		rest, next = append(header, rest...), kind
	}
	if offset > 0 || more {
		f := uint16(offset)
		if more {
			f |= 1
		}
		h := binary.BigEndian.AppendUint16([]byte{0, 0}, f)
		add(44, binary.BigEndian.AppendUint32(h, uint32(m.id)))
	}
	for i := len(m.headers) - 1; i >= 0; i-- {
		switch m.headers[i] {
		case "hop":
			add(0, []byte{0, 0, 1, 4, 0, 0, 0, 0})
		case "route":
			add(43, []byte{0, 0, 0, 0, 0, 0, 0, 0})
		case "dest":
			add(60, []byte{0, 0, 1, 4, 0, 0, 0, 0})
		default:
			panic("no such header: " + m.headers[i])
		}
	}
	b := binary.BigEndian.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(rest)+len(piece)))
	b = append(append(append(b, next, 64), from.AsSlice()...), to.AsSlice()...)
	return append(append(b, rest...), piece...)
}

// ether makes a frame, wrapped as asked for.
func (m *mkcap) ether(dst, src uint64, kind uint16, payload []byte) []byte {
	switch m.link {
	case 0: // BSD loopback
		family := uint32(2)
		if kind == 0x86dd {
			family = 30
		}
		return append(binary.LittleEndian.AppendUint32(nil, family), payload...)
	case 101:
		return payload
	case 113: // Linux cooked: type, ARPHRD, length, address, protocol
		b := binary.BigEndian.AppendUint64([]byte{0, 0, 0, 1, 0, 6}, src<<16)
		return append(binary.BigEndian.AppendUint16(b, kind), payload...)
	case 276: // version 2: protocol, reserved, interface, ARPHRD, type, length, address
		b := append(binary.BigEndian.AppendUint16(nil, kind), 0, 0, 0, 0, 0, 1, 0, 1, 0, 6)
		return append(binary.BigEndian.AppendUint64(b, src<<16), payload...)
	}
	for i := len(m.under) - 1; i >= 0; i-- {
		kind, payload = m.wrap(m.under[i], kind, payload)
	}
	b := binary.BigEndian.AppendUint64(nil, dst<<16)[:6]
	b = append(b, binary.BigEndian.AppendUint64(nil, src<<16)[:6]...)
	b = append(binary.BigEndian.AppendUint16(b, kind), payload...)
	return frame.Pad(b, 0)
}

// wrap puts a packet into one more layer, which has its own EtherType.
func (m *mkcap) wrap(what string, kind uint16, b []byte) (uint16, []byte) {
	name, arg, _ := strings.Cut(what, ":")
	n := 0
	if arg != "" {
		n = number(arg)
	}
	be := binary.BigEndian
	inner := func() []byte { // an Ethernet frame of its own
		h := append([]byte{2, 0, 0, 0, 9, 1, 2, 0, 0, 0, 9, 2}, be.AppendUint16(nil, kind)...)
		return append(h, b...)
	}
	tunnel := func(proto uint8, payload []byte) (uint16, []byte) {
		return frame.TypeIPv4, m.ip4(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), proto, payload, 0, false)
	}
	switch name {
	case "vlan":
		return 0x8100, append(be.AppendUint16(be.AppendUint16(nil, uint16(n)), kind), b...)
	case "qinq":
		return 0x88a8, append(be.AppendUint16(be.AppendUint16(nil, uint16(n)), kind), b...)
	case "snap": // 802.3: the length stands where the type was
		b = append(be.AppendUint16([]byte{0xaa, 0xaa, 3, 0, 0, 0}, kind), b...)
		return uint16(len(b)), b
	case "mpls":
		return 0x8847, append(be.AppendUint32(nil, uint32(n)<<12|1<<8|64), b...)
	case "pppoe":
		proto := uint16(0x21)
		if kind == 0x86dd {
			proto = 0x57
		}
		h := be.AppendUint16([]byte{0x11, 0, 0, 9}, uint16(2+len(b)))
		return 0x8864, append(be.AppendUint16(h, proto), b...)
	case "gre":
		return tunnel(47, append(be.AppendUint16([]byte{0, 0}, kind), b...))
	case "erspan2": // GRE with sequence number, version 1
		h := append([]byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1}, 0x10, 5, 0, 1, 0, 0, 0, 1)
		return tunnel(47, append(h, inner()...))
	case "erspan3":
		h := append([]byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1}, 0x20, 5, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0)
		return tunnel(47, append(h, inner()...))
	case "vxlan":
		p := append([]byte{8, 0, 0, 0, 0, 0, 9, 0}, inner()...)
		h := be.AppendUint16([]byte{0xc0, 1, 0x12, 0xb5}, uint16(8+len(p)))
		return tunnel(17, append(append(h, 0, 0), p...))
	}
	panic("no such layer: " + what)
}

func (m *mkcap) send(from, to netip.Addr, kind uint16, packet []byte) {
	m.put(m.ether(macOf(to), macOf(from), kind, packet))
}

// capture is the whole file in one of the forms: pcap, pcapng, with -ns for nanoseconds and
// -be for the other byte order.
func (m *mkcap) capture(form string) ([]byte, error) {
	var o binary.AppendByteOrder = binary.LittleEndian
	if strings.HasSuffix(form, "-be") {
		o = binary.BigEndian
	}
	nano := strings.Contains(form, "-ns")
	if strings.HasPrefix(form, "pcapng") {
		return m.pcapng(o, nano), nil
	}
	if !strings.HasPrefix(form, "pcap") {
		return nil, fmt.Errorf("no form %q", form)
	}
	magic, unit := uint32(0xa1b2c3d4), int64(1000)
	if nano {
		magic, unit = 0xa1b23c4d, 1
	}
	link := m.link
	if len(m.blocks) > 0 {
		link = m.blocks[0].link
	}
	b := o.AppendUint16(o.AppendUint16(o.AppendUint32(nil, magic), 2), 4)
	b = o.AppendUint32(o.AppendUint32(append(b, 0, 0, 0, 0, 0, 0, 0, 0), 262144), uint32(link))
	for _, f := range m.blocks {
		b = o.AppendUint32(o.AppendUint32(b, uint32(f.at/1e9)), uint32(f.at%1e9/unit))
		b = o.AppendUint32(o.AppendUint32(b, uint32(len(f.data))), uint32(max(f.wire, len(f.data))))
		b = append(b, f.data...)
	}
	return b, nil
}

func (m *mkcap) pcapng(o binary.AppendByteOrder, nano bool) (out []byte) {
	block := func(kind uint32, body []byte) {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		out = o.AppendUint32(o.AppendUint32(out, kind), uint32(len(body)+12))
		out = o.AppendUint32(append(out, body...), uint32(len(body)+12))
	}
	faces := map[string]uint32{}
	section := func() {
		b := o.AppendUint16(o.AppendUint16(o.AppendUint32(nil, 0x1a2b3c4d), 1), 0)
		block(0x0a0d0d0a, o.AppendUint64(b, ^uint64(0)))
		clear(faces)
	}
	section()
	for _, f := range m.blocks {
		switch f.what {
		case "section":
			section()
			continue
		case "unknown":
			block(0x0bad, []byte("what nobody knows is skipped"))
			continue
		}
		key := fmt.Sprint(f.face, f.link)
		n, known := faces[key]
		if !known {
			n = uint32(len(faces))
			faces[key] = n
			b := o.AppendUint32(append(o.AppendUint16(nil, f.link), 0, 0), 0)
			if f.face != "" {
				b = append(o.AppendUint16(o.AppendUint16(b, 2), uint16(len(f.face))), f.face...)
				for len(b)%4 != 0 {
					b = append(b, 0)
				}
			}
			if nano {
				b = append(o.AppendUint16(o.AppendUint16(b, 9), 1), 9, 0, 0, 0)
			}
			block(1, append(b, 0, 0, 0, 0))
		}
		t := uint64(f.at)
		if !nano {
			t /= 1000
		}
		b := o.AppendUint32(o.AppendUint32(o.AppendUint32(nil, n), uint32(t>>32)), uint32(t))
		b = o.AppendUint32(o.AppendUint32(b, uint32(len(f.data))), uint32(max(f.wire, len(f.data))))
		block(6, append(b, f.data...))
	}
	return out
}

// packed packs by the name's ending.
func packed(name string, b []byte) ([]byte, error) {
	var out bytes.Buffer
	var w io.WriteCloser
	switch {
	case strings.HasSuffix(name, ".gz"):
		w = gzip.NewWriter(&out)
	case strings.HasSuffix(name, ".zst"):
		z, err := zstd.NewWriter(&out)
		if err != nil {
			return nil, err
		}
		w = z
	default:
		return b, nil
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
