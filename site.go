package davy

import (
	"net/netip"
	"slices"
)

// Site is what the operator declares of a plant. The zero Site knows nothing: then RFC 1918
// (private IPv4), RFC 4193 (unique local IPv6), RFC 6598 and link-local addresses are inside.
type Site struct {
	Networks  []Network
	Internal  []netip.Prefix // public ranges that are used inside
	Redundant [][]netip.Addr // groups of addresses that fail over to each other
	Assets    []Declared
}

// Network is a declared part of the site.
type Network struct {
	Prefix netip.Prefix
	Scope  string // what tells its addresses apart: "site" (default), "vlan" or "interface"
	Name   string
	Zone   string
	Level  string // Purdue level
	Kind   string // "it", "ot" or "internet"; "" is ot
}

// Declared is what the operator says of an asset: its address or MAC, and how people call it.
type Declared struct {
	Address     string
	Name        string
	Kind        string
	Criticality string
	Owner       string
}

// Network finds the most specific declared network of an address; nil when there is none.
func (s *Site) Network(a Addr) (found *Network) {
	ip := a.IP()
	if !ip.IsValid() {
		return nil
	}
	for i := range s.Networks {
		n := &s.Networks[i]
		if n.Prefix.Contains(ip) && (found == nil || n.Prefix.Bits() > found.Prefix.Bits()) {
			found = n
		}
	}
	return found
}

var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// Inside reports whether an address belongs to the site: declared so, or private. What has
// no IP is inside.
func (s *Site) Inside(a Addr) bool {
	ip := a.IP()
	if !ip.IsValid() || a.Group() || ip.IsUnspecified() || ip.IsLoopback() {
		return true
	}
	if n := s.Network(a); n != nil {
		return n.Kind != "internet"
	}
	return ip.IsPrivate() || ip.IsLinkLocalUnicast() || sharedSpace.Contains(ip) ||
		slices.ContainsFunc(s.Internal, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// IT reports whether an address is declared to be office IT.
func (s *Site) IT(a Addr) bool {
	n := s.Network(a)
	return n != nil && n.Kind == "it"
}

// Of finds what is declared of an address or MAC; nil when nothing is.
func (s *Site) Of(a Addr) *Declared {
	if len(s.Assets) == 0 {
		return nil
	}
	text := a.String()
	for i := range s.Assets {
		if s.Assets[i].Address == text {
			return &s.Assets[i]
		}
	}
	return nil
}

// Call is how people call an address: its declared name and the address, or the address.
func (s *Site) Call(a Addr) string {
	var room [64]byte
	return string(s.AppendCall(room[:0], a))
}

// AppendCall appends how people call an address.
func (s *Site) AppendCall(dst []byte, a Addr) []byte {
	if d := s.Of(a); d != nil && d.Name != "" {
		return append(a.Append(append(append(dst, d.Name...), " ("...)), ')')
	}
	return a.Append(dst)
}

// Pair reports whether two addresses are declared to fail over to each other.
func (s *Site) Pair(a, b Addr) bool {
	return slices.ContainsFunc(s.Redundant, func(g []netip.Addr) bool {
		return slices.Contains(g, a.IP()) && slices.Contains(g, b.IP())
	})
}
