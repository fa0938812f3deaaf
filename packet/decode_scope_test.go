package packet

import (
	"net/netip"
	"testing"

	"github.com/davylamp/davy"
)

func scopesOf(t testing.TB, rules ...ScopeRule) *Scopes {
	t.Helper()
	s, err := NewScopes(rules)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func TestScopes(t *testing.T) {
	d := Decoder{Scopes: scopesOf(t,
		ScopeRule{prefix("10.0.0.0/8"), ByVLAN},
		ScopeRule{prefix("10.9.0.0/16"), BySite},
		ScopeRule{prefix("192.168.0.0/16"), ByInterface},
		ScopeRule{prefix("fd00::/64"), ByInterface},
		ScopeRule{prefix("0.0.0.0/0"), BySite},
	)}
	const site = 0x0a090001 // 10.9.0.1
	for _, c := range []struct {
		name     string
		src, dst uint32
		scopes   [3]davy.Scope // packet, sender, receiver
	}{
		{"per VLAN", ipA, ipB, [3]davy.Scope{davy.VLANScope(5), davy.VLANScope(5), davy.VLANScope(5)}},
		{"the longest prefix wins", site, ipB, [3]davy.Scope{davy.VLANScope(5), 0, davy.VLANScope(5)}},
		{"per interface", tunA, site, [3]davy.Scope{davy.InterfaceScope(3), davy.InterfaceScope(3), 0}},
		{"no rule", 0x08080808, 0x09090909, [3]davy.Scope{}},
		{"broadcast is the sender's", ipA, 0xffffffff, [3]davy.Scope{davy.VLANScope(5), davy.VLANScope(5), davy.VLANScope(5)}},
		{"multicast is the sender's", site, 0xe0000001, [3]davy.Scope{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := on(LinkEthernet, ether(typeVLAN, vlan(5, typeIPv4, ipv4(c.src, c.dst, protoTCP, tcp(1, 2, 3, 4, ACK, nil)))))
			p.Interface = 3
			d.Decode(p)
			if got := [3]davy.Scope{p.Scope, p.Src.Scope, p.Dst.Scope}; got != c.scopes {
				t.Errorf("%v, want %v", got, c.scopes)
			}
			if p.Kind != TCPSegment {
				t.Error("scopes change nothing else")
			}
		})
	}
	t.Run("untagged is a VLAN of its own", func(t *testing.T) {
		p := on(LinkEthernet, ether(typeIPv4, telegram()))
		d.Decode(p)
		if p.Scope != davy.VLANScope(0) {
			t.Error(p.Scope)
		}
	})
	t.Run("IPv6", func(t *testing.T) {
		p := on(LinkEthernet, ether(typeIPv6, ipv6(ip6A, ip6B, protoUDP, udp(1, 2, nil))))
		d.Decode(p)
		if p.Scope != davy.InterfaceScope(0) || p.Dst.Scope != p.Scope {
			t.Error(p.Scope)
		}
	})
	t.Run("ARP carries addresses of the scope it is seen in", func(t *testing.T) {
		arp := func(sender, target uint32) []byte {
			return cat(be16(1, typeIPv4, 0x0604, 1), mac(macA), be16(uint16(sender>>16), uint16(sender)), mac(0), be16(uint16(target>>16), uint16(target)))
		}
		for _, c := range []struct {
			sender, target uint32
			want           davy.Scope
		}{{ipA, ipB, davy.VLANScope(5)}, {0, ipB, davy.VLANScope(5)}, {site, ipB, 0}} {
			p := on(LinkEthernet, ether(typeVLAN, vlan(5, typeARP, arp(c.sender, c.target))))
			d.Decode(p)
			if p.Scope != c.want || p.Src != davy.AddrOfMAC(macA, 0) {
				t.Errorf("%x asks for %x: %v, sender %v", c.sender, c.target, p.Scope, p.Src)
			}
		}
	})
	t.Run("inside a tunnel the inner VLAN counts", func(t *testing.T) {
		p := on(LinkEthernet, outer(protoUDP, vxlanOf(etherFrom(inA, inB, typeVLAN, vlan(8, typeIPv4, telegram())))))
		p.Interface = 2
		d.Decode(p)
		if p.Scope != davy.VLANScope(8) || p.Outer.Scope != davy.InterfaceScope(2) {
			t.Errorf("%v, outer %v", p.Scope, p.Outer.Scope)
		}
	})
	t.Run("a pair in two scopes is two pairs", func(t *testing.T) {
		one, two := on(LinkEthernet, ether(typeVLAN, vlan(5, typeIPv4, telegram()))), on(LinkEthernet, ether(typeVLAN, vlan(6, typeIPv4, telegram())))
		d.Decode(one)
		d.Decode(two)
		if FlowHash(one) == FlowHash(two) {
			t.Error("one hash")
		}
	})
}

func TestScopeRulesAreChecked(t *testing.T) {
	if _, err := NewScopes([]ScopeRule{{netip.Prefix{}, ByVLAN}}); err == nil {
		t.Error("no prefix is no error")
	}
	if _, err := NewScopes([]ScopeRule{{prefix("10.0.0.0/8"), ByVLAN}, {prefix("10.1.0.0/8"), BySite}}); err == nil {
		t.Error("a prefix twice is no error")
	}
	if s := scopesOf(t); s.Of(a4(ipA), 1, 1) != 0 || (*Scopes)(nil).Of(a4(ipA), 1, 1) != 0 {
		t.Error("no rule means the site")
	}
}

func TestFlowHash(t *testing.T) {
	there := decoded(ether(typeIPv4, telegram()))
	back := decoded(etherFrom(macB, macA, typeIPv4, ipv4(ipB, ipA, protoUDP, udp(9, 10, hello))))
	if FlowHash(there) != FlowHash(back) {
		t.Error("two directions, two hashes; ports and protocol must not count")
	}
	frame, answer := decoded(ether(0x8892, hello)), decoded(etherFrom(macB, macA, 0x8892, nil))
	if FlowHash(frame) != FlowHash(answer) || FlowHash(frame) == FlowHash(there) {
		t.Error("frames without IP go by their MACs")
	}
	if FlowHash(decoded(outer(protoUDP, vxlanOf(inner())))) != FlowHash(there) {
		t.Error("the innermost addresses count")
	}
	var shards [64]int
	for i := range uint32(6400) {
		shards[FlowHash(decoded(ether(typeIPv4, ipv4(ipA+i/80, ipB+0x100+i%80, protoUDP, udp(1, 2, nil)))))>>58]++
	}
	for i, n := range shards {
		if n < 50 || n > 170 {
			t.Errorf("shard %d has %d of 6,400 pairs", i, n)
		}
	}
}
