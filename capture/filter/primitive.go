package filter

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// protocols are the names that stand for one, with the number of their Ethernet type or, below 256, of
// their IP protocol.
var protocols = map[string]uint32{
	"ether": 0, "ip": 0x800, "ip6": 0x86dd, "arp": 0x806, "rarp": 0x8035,
	"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmp6": 58, "igmp": 2,
}

const (
	ip4 = 0x800
	ip6 = 0x86dd
)

func (p *parser) half(at, value uint32) node {
	return field{frame: frame(p.vlans), code: loadHalf, at: at, value: value}
}

func (p *parser) octet(at, value uint32) node {
	return field{frame: frame(p.vlans), code: loadByte, at: at, value: value}
}

func (p *parser) word(at, mask, value uint32) node {
	return field{frame: frame(p.vlans), code: loadWord, at: at, mask: mask, value: value}
}

func (p *parser) carries(etherType uint32) node { return p.half(12, etherType) }

// in4 and in6 are an IP protocol inside IPv4, and inside IPv6 at once or behind one fragment header.
func (p *parser) in4(proto uint32) node { return allOf(p.carries(ip4), p.octet(23, proto)) }

func (p *parser) in6(proto uint32) node {
	return allOf(p.carries(ip6), oneOf(p.octet(20, proto), allOf(p.octet(20, 44), p.octet(54, proto))))
}

// protocol is a protocol's name alone.
func (p *parser) protocol(w word, name string) (node, error) {
	switch n := protocols[name]; {
	case name == "ether":
		return nil, p.fail(w, "expected ether host or ether proto")
	case n > 255:
		return p.carries(n), nil
	case name == "icmp" || name == "igmp":
		return p.in4(n), nil
	case name == "icmp6":
		return p.in6(n), nil
	default:
		return oneOf(p.in6(n), p.in4(n)), nil
	}
}

// value takes a value of a kind.
func (p *parser) value(k kind) (node, error) {
	w := p.take()
	if w.text == "" {
		return nil, p.fail(w, "the filter ends where a value of "+k.of+" is expected")
	}
	switch k.of {
	case "port", "portrange":
		return p.ports(k, w)
	case "proto":
		return p.number8(k, w)
	case "net":
		return p.net(k, w)
	}
	if k.proto == "ether" {
		return p.station(k, w)
	}
	if strings.Contains(w.text, "/") {
		return nil, p.fail(w, "expected one address; a network is asked for by net")
	}
	addr, err := netip.ParseAddr(w.text)
	if err != nil || addr.Zone() != "" {
		return nil, p.fail(w, "expected an IP address, found "+strconv.Quote(w.text)+"; names are not looked up")
	}
	return p.address(k, w, netip.PrefixFrom(addr, addr.BitLen()))
}

// number8 is proto: a number or a name.
func (p *parser) number8(k kind, w word) (node, error) {
	most := uint64(255)
	if k.proto == "ether" {
		most = 65535
	}
	n, known := protocols[strings.TrimPrefix(strings.ToLower(w.text), `\`)]
	if !known || n == 0 || uint64(n) > most || (n > 255) != (k.proto == "ether") {
		var err error
		if n, err = p.number(w, most, "a protocol's number"); err != nil {
			return nil, err
		}
	}
	switch k.proto {
	case "ether":
		return p.carries(n), nil
	case "ip":
		return p.in4(n), nil
	case "ip6":
		return p.in6(n), nil
	}
	return oneOf(p.in6(n), p.in4(n)), nil
}

func (p *parser) ports(k kind, w word) (node, error) {
	first, last, isRange := strings.Cut(w.text, "-")
	if isRange != (k.of == "portrange") {
		return nil, p.fail(w, map[bool]string{true: "expected one port; a range is asked for by portrange", false: "expected a range such as 100-200"}[isRange])
	}
	from, err := p.number(word{first, w.at}, 65535, "a port")
	to := from
	if isRange && err == nil {
		to, err = p.number(word{last, w.at + len(first) + 1}, 65535, "a port")
	}
	if err != nil {
		return nil, err
	}
	if from > to {
		from, to = to, from
	}
	protos := []uint32{6, 17, 132}
	if k.proto != "" {
		protos = []uint32{protocols[k.proto]}
	}
	var over4, over6 []node
	for _, n := range protos {
		over4 = append(over4, p.octet(23, n))
		over6 = append(over6, p.octet(20, n))
	}
	at := frame(p.vlans)
	return oneOf(
		allOf(p.carries(ip6), oneOf(over6...), k.directed(func(end uint32) node { return port6{at, end * 2, from, to} })),
		allOf(p.carries(ip4), oneOf(over4...), k.directed(func(end uint32) node { return port{at, end * 2, from, to} }))), nil
}

// directed is a condition on the source (0), the destination (1), either or both.
func (k kind) directed(of func(end uint32) node) node {
	switch k.dir {
	case "src":
		return of(0)
	case "dst":
		return of(1)
	case "both":
		return allOf(of(0), of(1))
	}
	return oneOf(of(0), of(1))
}

// station is a MAC address; it lies before any tag.
func (p *parser) station(k kind, w word) (node, error) {
	mac, ok := parseMAC(w.text)
	if !ok {
		return nil, p.fail(w, "expected a MAC address such as 00:1b:1b:12:34:56, found "+strconv.Quote(w.text))
	}
	return k.directed(func(end uint32) node {
		at := 6 - 6*end
		return allOf(field{code: loadWord, at: at + 2, value: binary.BigEndian.Uint32(mac[2:])},
			field{code: loadHalf, at: at, value: uint32(binary.BigEndian.Uint16(mac[:]))})
	}), nil
}

func parseMAC(s string) (mac [6]byte, ok bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '-' || r == '.' })
	if len(parts) == 3 { // Cisco's form
		for i := 2; i >= 0; i-- {
			if len(parts[i]) != 4 {
				return mac, false
			}
			parts = append(parts[:i], append([]string{parts[i][:2], parts[i][2:]}, parts[i+1:]...)...)
		}
	}
	if len(parts) != 6 {
		return mac, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 16, 8)
		if err != nil || len(part) > 2 {
			return mac, false
		}
		mac[i] = byte(n)
	}
	return mac, true
}

// net is a network: 10.1, 10.0.0.0/8, 10.0.0.0 mask 255.0.0.0, 2001:db8::/32.
func (p *parser) net(k kind, w word) (node, error) {
	bad := func(at word) (node, error) {
		return nil, p.fail(at, "expected a network such as 10.0.0.0/8, found "+strconv.Quote(at.text))
	}
	text, bits, sized := strings.Cut(w.text, "/")
	dots := strings.Count(text, ".")
	v4 := !strings.Contains(text, ":")
	if v4 && dots < 3 {
		text += strings.Repeat(".0", 3-dots)
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return bad(w)
	}
	n := addr.BitLen()
	if v4 {
		n = 8 * (dots + 1)
	}
	switch {
	case sized:
		size, err := p.number(word{bits, w.at + strings.IndexByte(w.text, '/') + 1}, uint64(addr.BitLen()), "a prefix length")
		if err != nil {
			return nil, err
		}
		n = int(size)
	case v4 && p.look(0) == "mask":
		p.take()
		m := p.take()
		mask, err := netip.ParseAddr(m.text)
		if err != nil || !mask.Is4() {
			return nil, p.fail(m, "expected a mask such as 255.255.0.0, found "+strconv.Quote(m.text))
		}
		four := mask.As4()
		ones := ^binary.BigEndian.Uint32(four[:])
		if ones&(ones+1) != 0 {
			return nil, p.fail(m, "expected a mask whose ones stand in front")
		}
		for n = 32; ones != 0; ones >>= 1 {
			n--
		}
	}
	prefix := netip.PrefixFrom(addr, n)
	if prefix.Masked().Addr() != addr {
		return nil, p.fail(w, "the address has bits outside its network; did you mean "+prefix.Masked().String()+"?")
	}
	return p.address(k, w, prefix)
}

// address is a host or a network, in the protocols that can carry it.
func (p *parser) address(k kind, w word, prefix netip.Prefix) (node, error) {
	if prefix.Addr().Is4() {
		if k.proto == "ip6" {
			return nil, p.fail(w, "expected an IPv6 address")
		}
		four := prefix.Addr().As4()
		var list []node
		for _, at := range []struct {
			name     string
			src, dst uint32
		}{{"ip", 26, 30}, {"arp", 28, 38}, {"rarp", 28, 38}} {
			if k.proto == "" || k.proto == at.name {
				list = append(list, allOf(p.carries(protocols[at.name]), k.directed(func(end uint32) node {
					return p.masked(at.src+end*(at.dst-at.src), four[:], prefix.Bits())
				})))
			}
		}
		return oneOf(list...), nil
	}
	if k.proto != "" && k.proto != "ip6" {
		return nil, p.fail(w, "expected an IPv4 address")
	}
	long := prefix.Addr().As16()
	return allOf(p.carries(ip6), k.directed(func(end uint32) node { return p.masked(22+16*end, long[:], prefix.Bits()) })), nil
}

// masked compares the first bits of an address.
func (p *parser) masked(at uint32, addr []byte, bits int) node {
	var list []node
	for ; bits > 0; bits -= 32 {
		mask := uint32(0)
		if bits < 32 {
			mask = ^uint32(0) << (32 - bits)
		}
		list = append(list, p.word(at, mask, binary.BigEndian.Uint32(addr)))
		at, addr = at+4, addr[4:]
	}
	if len(list) == 0 {
		return always{}
	}
	return allOf(list...)
}

type always struct{}

func (always) emit(g *generator, yes, _ label) { g.goTo(yes) }
