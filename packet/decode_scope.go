package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/davylamp/davy"
)

// Separation is what tells two stations of one address apart.
type Separation uint8

// Separations.
const (
	BySite      Separation = iota // nothing: the address is unique within the site
	ByVLAN                        // the innermost VLAN; untagged is one of them
	ByInterface                   // the interface that captured the packet
)

// ScopeRule declares how the addresses of a prefix are told apart.
type ScopeRule struct {
	Prefix netip.Prefix
	By     Separation
}

// Scopes finds an address's scope by the longest declared prefix that holds it.
type Scopes struct{ rules []scopeRule }

type scopeRule struct {
	v4             bool
	hi, lo         uint64
	maskHi, maskLo uint64
	bits           int
	by             Separation
}

// NewScopes takes the declared rules; it refuses a prefix that is none, or stands twice.
func NewScopes(rules []ScopeRule) (*Scopes, error) {
	s := &Scopes{}
	for _, r := range rules {
		if !r.Prefix.IsValid() {
			return nil, fmt.Errorf("scope: %v is not a prefix", r.Prefix)
		}
		p := r.Prefix.Masked()
		out := scopeRule{v4: p.Addr().Is4(), bits: p.Bits(), by: r.By}
		if out.v4 {
			b := p.Addr().As4()
			out.lo = uint64(binary.BigEndian.Uint32(b[:]))
			out.maskLo = uint64(^uint32(0)) << (32 - p.Bits()) & 0xffff_ffff
		} else {
			b := p.Addr().As16()
			out.hi, out.lo = binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
			out.maskHi = ^uint64(0) << (64 - min(64, p.Bits()))
			out.maskLo = ^uint64(0) << (64 - max(0, p.Bits()-64))
		}
		for _, other := range s.rules {
			if other.v4 == out.v4 && other.bits == out.bits && other.hi == out.hi && other.lo == out.lo {
				return nil, fmt.Errorf("scope: %v is declared twice", p)
			}
		}
		s.rules = append(s.rules, out)
	}
	slices.SortStableFunc(s.rules, func(a, b scopeRule) int { return b.bits - a.bits })
	return s, nil
}

// Of is the scope of an address that was seen in a VLAN on an interface; an address under
// no rule, and one that is no IP address, belongs to the site.
func (s *Scopes) Of(a davy.Addr, vlan, iface uint16) davy.Scope {
	if s == nil || !a.IsIP() {
		return 0
	}
	hi, lo, _ := a.Words()
	v4 := a.Is4()
	for i := range s.rules {
		r := &s.rules[i]
		if r.v4 != v4 || hi&r.maskHi != r.hi || lo&r.maskLo != r.lo {
			continue
		}
		switch r.by {
		case ByVLAN:
			return davy.VLANScope(vlan)
		case ByInterface:
			return davy.InterfaceScope(iface)
		}
		return 0
	}
	return 0
}

// set gives the addresses of p their scopes. A group's members are those the sender
// reaches, so it takes the sender's; the packet's own scope is the sender's, or else the
// receiver's.
func (s *Scopes) set(p *Packet) {
	p.Src.Scope = s.Of(p.Src, p.VLAN, p.Interface)
	if p.Dst.Group() {
		p.Dst.Scope = p.Src.Scope
	} else {
		p.Dst.Scope = s.Of(p.Dst, p.VLAN, p.Interface)
	}
	if p.Scope = p.Src.Scope; p.Scope == 0 {
		p.Scope = p.Dst.Scope
	}
}

// ofARP is the scope of the addresses inside an ARP message for IPv4 over Ethernet (RFC
// 826): the sender's, or the target's where the sender has no address yet.
func (s *Scopes) ofARP(p *Packet, b []byte) davy.Scope {
	if len(b) < 28 || binary.BigEndian.Uint16(b[2:]) != typeIPv4 || b[4] != 6 || b[5] != 4 {
		return 0
	}
	ip := binary.BigEndian.Uint32(b[14:])
	if ip == 0 {
		ip = binary.BigEndian.Uint32(b[24:])
	}
	return s.Of(davy.AddrOf4(ip, 0), p.VLAN, p.Interface)
}
