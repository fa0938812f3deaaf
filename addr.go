package davy

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// MAC is a 48-bit IEEE 802 address in the low bits; 0 means none.
type MAC uint64

// BroadcastMAC is ff:ff:ff:ff:ff:ff.
const BroadcastMAC MAC = 0xffff_ffff_ffff

// MACOf reads the first six bytes of b; it returns 0 when b is shorter.
func MACOf(b []byte) MAC {
	if len(b) < 6 {
		return 0
	}
	return MAC(binary.BigEndian.Uint16(b))<<32 | MAC(binary.BigEndian.Uint32(b[2:]))
}

// Group reports whether the address is a multicast or broadcast one (IEEE 802, 8.2: the I/G bit).
func (m MAC) Group() bool { return m>>40&1 == 1 }

// Local reports whether the address is locally administered, so that its first bytes name no vendor.
func (m MAC) Local() bool { return m>>40&2 == 2 }

// OUI is the 24-bit prefix that IEEE assigns to a vendor.
func (m MAC) OUI() uint32 { return uint32(m >> 24) }

// Append appends the address as lower-case hex pairs with colons.
func (m MAC) Append(dst []byte) []byte {
	const hex = "0123456789abcdef"
	for shift := 40; shift >= 0; shift -= 8 {
		b := byte(m >> shift)
		dst = append(dst, hex[b>>4], hex[b&15])
		if shift > 0 {
			dst = append(dst, ':')
		}
	}
	return dst
}

// ParseMAC reads six hex pairs with colons or dashes; 0 when s is none.
func ParseMAC(s string) (m MAC) {
	pairs := 0
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '-' }) {
		n, err := strconv.ParseUint(part, 16, 8)
		if err != nil || len(part) != 2 {
			return 0
		}
		m = m<<8 | MAC(n)
		pairs++
	}
	if pairs != 6 {
		return 0
	}
	return m
}

func (m MAC) String() string { return string(m.Append(nil)) }

// Scope numbers what an address is unique within: 0 is the whole site; others are
// declared VLANs or interfaces. The same address in two scopes is two devices.
type Scope uint32

// VLANScope and InterfaceScope make the scopes a site file can declare for a network.
func VLANScope(id uint16) Scope         { return 1<<24 | Scope(id) }
func InterfaceScope(index uint16) Scope { return 2<<24 | Scope(index) }

func (s Scope) String() string {
	switch n := uint64(s & 0xffffff); s >> 24 {
	case 1:
		return "vlan " + strconv.FormatUint(n, 10)
	case 2:
		return "interface " + strconv.FormatUint(n, 10)
	}
	return "site"
}

// Addr is an address inside a scope: IPv4, IPv6, or a MAC where there is no IP.
// It holds no pointer and is comparable; the zero value is no address.
type Addr struct {
	hi, lo uint64
	Scope  Scope
	kind   addrKind
}

type addrKind uint8

const (
	noAddr addrKind = iota
	macAddr
	ip4Addr
	ip6Addr
)

// AddrOf4 takes an IPv4 address in host order.
func AddrOf4(ip uint32, s Scope) Addr { return Addr{lo: uint64(ip), Scope: s, kind: ip4Addr} }

// AddrOf16 takes the 16 bytes of an IPv6 address.
func AddrOf16(b []byte, s Scope) Addr {
	_ = b[15]
	return Addr{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]), s, ip6Addr}
}

// AddrOfMAC makes the address of a station that is known by its MAC alone.
func AddrOfMAC(m MAC, s Scope) Addr { return Addr{lo: uint64(m), Scope: s, kind: macAddr} }

// AddrOfIP takes a netip address; IPv4 mapped into IPv6 counts as IPv4.
func AddrOfIP(ip netip.Addr, s Scope) Addr {
	if !ip.IsValid() {
		return Addr{}
	}
	if ip = ip.Unmap(); ip.Is4() {
		b := ip.As4()
		return AddrOf4(binary.BigEndian.Uint32(b[:]), s)
	}
	b := ip.As16()
	return AddrOf16(b[:], s)
}

func (a Addr) IsZero() bool { return a.kind == noAddr }
func (a Addr) IsMAC() bool  { return a.kind == macAddr }
func (a Addr) Is4() bool    { return a.kind == ip4Addr }
func (a Addr) IsIP() bool   { return a.kind >= ip4Addr }

// MAC is the station's MAC when that is what the address is, else 0.
func (a Addr) MAC() MAC {
	if a.kind != macAddr {
		return 0
	}
	return MAC(a.lo)
}

// IP is the netip form; the zero netip.Addr when the address is a MAC or none.
func (a Addr) IP() netip.Addr {
	switch a.kind {
	case ip4Addr:
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(a.lo))
		return netip.AddrFrom4(b)
	case ip6Addr:
		var b [16]byte
		binary.BigEndian.PutUint64(b[:], a.hi)
		binary.BigEndian.PutUint64(b[8:], a.lo)
		return netip.AddrFrom16(b)
	}
	return netip.Addr{}
}

// Group reports whether the address names many stations: broadcast or multicast.
// The directed broadcast of a subnet cannot be told without its prefix length.
func (a Addr) Group() bool {
	switch a.kind {
	case macAddr:
		return MAC(a.lo).Group()
	case ip4Addr:
		return a.lo>>28 == 14 || a.lo == 0xffff_ffff
	case ip6Addr:
		return a.hi>>56 == 0xff
	}
	return false
}

// Hash mixes the address into 64 bits; equal addresses give equal hashes in every process.
func (a Addr) Hash() uint64 {
	return Mix(a.hi^uint64(a.Scope)<<32^uint64(a.kind), a.lo)
}

// Mix folds two words into one with good avalanche (the multiply-fold step of wyhash,
// github.com/wangyi-fudan/wyhash, public domain; constants from the same source).
func Mix(a, b uint64) uint64 {
	hi, lo := mul64(a^0xa0761d6478bd642f, b^0xe7037ed1a0b428db)
	return hi ^ lo
}

// Compare orders addresses by scope, kind and value.
func (a Addr) Compare(b Addr) int {
	for _, p := range [4][2]uint64{{uint64(a.Scope), uint64(b.Scope)}, {uint64(a.kind), uint64(b.kind)}, {a.hi, b.hi}, {a.lo, b.lo}} {
		if p[0] < p[1] {
			return -1
		}
		if p[0] > p[1] {
			return 1
		}
	}
	return 0
}

// Append appends the address as text, without its scope.
func (a Addr) Append(dst []byte) []byte {
	switch a.kind {
	case macAddr:
		return MAC(a.lo).Append(dst)
	case ip4Addr:
		for shift := 24; shift >= 0; shift -= 8 {
			dst = strconv.AppendUint(dst, a.lo>>shift&255, 10)
			if shift > 0 {
				dst = append(dst, '.')
			}
		}
		return dst
	case ip6Addr:
		return a.IP().AppendTo(dst)
	}
	return dst
}

func (a Addr) String() string {
	var room [48]byte
	return string(a.Append(room[:0]))
}

// Words are the address as five plain numbers, to be saved and given back to AddrFromWords.
func (a Addr) Words() (hi, lo, rest uint64) { return a.hi, a.lo, uint64(a.Scope)<<8 | uint64(a.kind) }

// AddrFromWords is the inverse of Words.
func AddrFromWords(hi, lo, rest uint64) Addr {
	return Addr{hi, lo, Scope(rest >> 8), addrKind(rest & 255)}
}

// Endpoint is an address with its TCP or UDP port; port 0 where there is none.
type Endpoint struct {
	Addr Addr
	Port uint16
}

// Append appends address:port ([v6]:port), or the bare address when there is no port.
func (e Endpoint) Append(dst []byte) []byte {
	if e.Port == 0 {
		return e.Addr.Append(dst)
	}
	if e.Addr.kind == ip6Addr {
		dst = append(e.Addr.Append(append(dst, '[')), ']')
	} else {
		dst = e.Addr.Append(dst)
	}
	return strconv.AppendUint(append(dst, ':'), uint64(e.Port), 10)
}

func (e Endpoint) String() string { return string(e.Append(nil)) }
