package detect

import (
	"fmt"
	"slices"

	"github.com/davylamp/davy"
)

// claims remembers which MAC said that an address is its own, to tell a conflict (D04) and
// an address taken over by somebody between two others (D38) from a failover.
type claims struct {
	ceiling int
	byAddr  map[davy.Addr]*claim
	takers  map[davy.MAC]*taker
	Lost    uint64
}

type claim struct {
	mac    davy.MAC // who has the address
	last   int64    // when it last said or showed so
	rival  davy.MAC // who else says so
	since  int64    // when the rival first did
	count  int      // how often
	showed bool     // the owner went on sending since
}

// taker is a MAC that claims addresses of others.
type taker struct {
	victims []davy.Addr
	first   int64
}

// alive is how long after its last word an owner counts as being there, ns; spoofs is how
// many claims of a rival make an attack rather than an accident; spoofWindow the time they
// come within.
const (
	alive       = 300e9
	spoofs      = 3
	spoofWindow = 60e9
)

func newClaims(ceiling int) claims {
	return claims{ceiling: ceiling, byAddr: map[davy.Addr]*claim{}, takers: map[davy.MAC]*taker{}}
}

// shared reports whether a MAC belongs to a redundancy protocol's virtual router: VRRP (RFC
// 9568, 7.3), HSRP (RFC 2281 and version 2), GLBP.
func shared(m davy.MAC) bool {
	switch p := m >> 8; {
	case p == 0x00005e0001, p == 0x00005e0002, p == 0x00000c07ac, p>>8 == 0x0007b400:
		return true
	default:
		return m>>12 == 0x00000c9ff
	}
}

// Showed takes that an address was seen sending with a MAC.
func (b *Board) Showed(s *davy.Sighting) {
	c := b.claims.byAddr[s.Addr]
	if c == nil || c.mac != s.MAC {
		return
	}
	c.last = max(c.last, s.Time)
	if c.rival != 0 && s.Time >= c.since {
		c.showed = true
	}
}

// Claim takes a fact about who has an address (ARP, neighbour discovery), and reports whether
// it is to be believed: a claim that another contests is not. Other facts it lets pass.
func (b *Board) Claim(f *davy.Fact) bool {
	if f.Attribute != davy.AttrMAC {
		return true
	}
	mac := davy.ParseMAC(f.Value)
	if mac == 0 || mac.Group() || shared(mac) || !f.About.IsIP() || f.About.Group() {
		return true
	}
	c := b.claims.byAddr[f.About]
	if c == nil {
		if len(b.claims.byAddr) >= b.claims.ceiling {
			b.claims.Lost++
			return true
		}
		b.claims.byAddr[f.About] = &claim{mac: mac, last: f.Time}
		return true
	}
	if c.mac == mac {
		c.last = f.Time
		c.showed = c.showed || c.rival != 0
		return true
	}
	if shared(c.mac) || b.redundant(f.About, c.mac, mac) {
		*c = claim{mac: mac, last: f.Time} // a failover is a fact
		return true
	}
	if c.rival != mac || f.Time-c.since > 10*alive {
		*c = claim{mac: c.mac, last: c.last, rival: mac, since: f.Time}
	}
	c.count++
	b.contest(f, c, mac)
	return c.mac == mac
}

// redundant reports whether an address is declared to be one of a group that fail over to
// each other, and neither MAC is known for an address outside the group.
func (b *Board) redundant(addr davy.Addr, old, new davy.MAC) bool {
	if !b.config.Site.Pair(addr, addr) {
		return false
	}
	for _, m := range []davy.MAC{old, new} {
		if o := b.inventory.Owner(m); o != (davy.Addr{}) && !b.config.Site.Pair(addr, o) {
			return false
		}
	}
	return true
}

// contest judges an address that two MACs claim.
func (b *Board) contest(f *davy.Fact, c *claim, mac davy.MAC) {
	t := b.claims.takers[mac]
	if t == nil {
		if len(b.claims.takers) >= b.claims.ceiling {
			clear(b.claims.takers)
		}
		t = &taker{first: f.Time}
		b.claims.takers[mac] = t
	}
	if f.Time-t.first > 10*alive {
		*t = taker{first: f.Time}
	}
	if len(t.victims) < 8 && !contains(t.victims, f.About) {
		t.victims = append(t.victims, f.About)
	}
	own := b.inventory.Owner(mac)
	stranger := own != (davy.Addr{}) && own != f.About // it has an address of its own
	there := c.showed || c.since-c.last < alive
	switch {
	case len(t.victims) >= 2 && there,
		(stranger || c.count > spoofs) && c.showed && c.count >= spoofs && f.Time-c.since < 10*spoofWindow:
		actor := own
		if actor == (davy.Addr{}) || contains(t.victims, actor) {
			actor = davy.AddrOfMAC(mac, f.About.Scope)
		}
		// Told of the lowest of its addresses, not of the one that happened to be claimed last.
		victims := slices.SortedFunc(slices.Values(t.victims), davy.Addr.Compare)
		victim, has := victims[0], c.mac
		if k := b.claims.byAddr[victim]; k != nil {
			has = k.mac
		}
		b.raise(spoofing, "Somebody takes over addresses of others (ARP spoofing)", davy.High, key(spoofing, uint64(mac)), f.Time, f.Origin,
			append([]davy.Addr{actor}, victims...), []string{"T0830"},
			fmt.Sprintf("%s is at %s", b.call(victim), has), fmt.Sprintf("%s says it has %s, which %s still uses", mac, b.call(victim), has))
	case !there:
		b.raise(conflict, "Address moved to another MAC", davy.Low, key(conflict, f.About.Hash(), uint64(mac)), f.Time, f.Origin, []davy.Addr{f.About}, []string{"T0830"},
			fmt.Sprintf("%s is at %s", b.call(f.About), c.mac), fmt.Sprintf("%s is now at %s; the other has been silent", b.call(f.About), mac))
		*c = claim{mac: mac, last: f.Time}
	case c.showed && c.count > 1 || c.count >= spoofs:
		b.raise(conflict, "Two stations with the same address", davy.Medium, key(conflict, f.About.Hash(), uint64(mac), 2), f.Time, f.Origin,
			[]davy.Addr{f.About, davy.AddrOfMAC(mac, f.About.Scope)}, []string{"T0830"},
			fmt.Sprintf("%s is at %s alone", b.call(f.About), c.mac), fmt.Sprintf("%s and %s both claim %s", c.mac, mac, b.call(f.About)))
	}
}

func contains(list []davy.Addr, a davy.Addr) bool {
	for _, x := range list {
		if x == a {
			return true
		}
	}
	return false
}
