package detect

import (
	"fmt"
	"slices"

	"github.com/davylamp/davy"
)

// claim is who has an address, and who else says so. Out of claims come a conflict (D04),
// an address taken over by somebody between two others (D38), or a failover, which is none.
//
// What tells them apart is whether the owner is still there: a failover leaves the old
// owner silent, a conflict and a spoofer do not.
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
	proxy   bool // a router that answers for those behind it (RFC 1027)
}

// Times, ns. settle is how long after a rival's first claim packets of the owner may still
// be on their way; silent how long nothing must be heard of an owner that has gone, and kept
// how long its rival must have had the address by then; contested how long a rival's claims
// belong together. claimed is how many of them are no accident.
const (
	settle    = 1e9
	silent    = 300e9
	kept      = 60e9
	contested = 3000e9
	claimed   = 3
)

const maxVictims = 8

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
	b.illegal(s)
	c := b.claims.get(s.Addr)
	if c != nil && c.rival == s.MAC && !c.showed {
		b.moved(s.Addr, c, s.Time, s.Origin)
	}
	if c == nil || c.mac != s.MAC {
		return
	}
	c.last = max(c.last, s.Time)
	if c.rival != 0 && !c.showed && s.Time > c.since+settle {
		c.showed = true
		b.contest(s.Addr, c, s.Time, s.Origin)
	}
}

// illegal judges an address that no station may send with (D04): a group's, or the host's
// own loopback on a cable.
func (b *Board) illegal(s *davy.Sighting) {
	if !s.Addr.Group() && !(s.Addr.IP().IsLoopback() && s.MAC != 0) {
		return
	}
	from, entities := "a station", []davy.Addr{s.Addr}
	if s.MAC != 0 {
		from, entities = s.MAC.String(), []davy.Addr{davy.AddrOfMAC(s.MAC, s.Addr.Scope), s.Addr}
	}
	k := key(conflict, s.Addr.Hash(), uint64(s.MAC), 3)
	if !b.goesOn(k, s.Time, s.Origin) {
		b.raise(conflict, "Address that no station may have", davy.Low, k, s.Time, s.Origin, entities,
			"Each station sends with an address of its own", fmt.Sprintf("%s sends with %s", from, s.Addr))
	}
}

// Claim takes a fact about who has an address (ARP, neighbour discovery), and reports whether
// it is to be believed: a claim that another contests is not. Other facts it lets pass.
func (b *Board) Claim(f *davy.Fact) bool {
	if f.Attribute != davy.AttrMAC {
		return true
	}
	mac := davy.ParseMAC(f.Value)
	if mac == 0 || mac.Group() || f.About.IsMAC() || f.About.IsZero() || f.About.Group() {
		return true
	}
	c := b.claims.get(f.About)
	if c == nil {
		known := b.inventory.MAC(f.About) // of a baseline, or forgotten here for want of room
		if known == 0 || known == mac {
			b.claims.put(f.About, claim{mac: mac, last: f.Time})
			return true
		}
		c = b.claims.put(f.About, claim{mac: known})
	}
	switch {
	case c.mac == mac:
		c.last = f.Time
		if c.rival != 0 && !c.showed && f.Time > c.since+settle {
			c.showed = true
			b.contest(f.About, c, f.Time, f.Origin)
		}
		return true
	case b.failover(f.About, c.mac, mac):
		*c = claim{mac: mac, last: f.Time} // a fact
		return true
	case c.rival != mac || f.Time-c.since > contested:
		*c = claim{mac: c.mac, last: c.last, rival: mac, since: f.Time}
	}
	c.count++
	if b.take(mac, f.About, f.Time).proxy {
		c.rival = 0
		return false
	}
	b.contest(f.About, c, f.Time, f.Origin)
	return c.mac == mac
}

// take remembers that a MAC claims an address of another.
func (b *Board) take(mac davy.MAC, addr davy.Addr, now int64) *taker {
	t := b.takers.get(mac)
	if t == nil {
		t = b.takers.put(mac, taker{first: now, proxy: b.inventory.Forwards(mac)})
	}
	if now-t.first > contested && !t.proxy {
		*t = taker{first: now}
	}
	if len(t.victims) < maxVictims && !contains(t.victims, addr) {
		t.victims = append(t.victims, addr)
	}
	return t
}

// failover reports whether an address goes from one member of a redundant group to another:
// between virtual MACs, between members of a virtual address by their own word, or as
// declared. A virtual router's address in a stranger's hands is none.
func (b *Board) failover(addr davy.Addr, old, new davy.MAC) bool {
	member := func(m davy.MAC) bool {
		return shared(m) || b.inventory.Member(m, addr) || b.declared(addr, m)
	}
	if shared(old) && shared(new) || shared(old) && member(new) || shared(new) && member(old) {
		return true
	}
	if b.inventory.Virtual(addr) && b.inventory.Member(old, addr) && b.inventory.Member(new, addr) {
		return true
	}
	return b.config.Site.Pair(addr, addr) && b.declared(addr, old) && b.declared(addr, new)
}

// declared reports whether a MAC may have an address that is declared to fail over: it is
// not known for an address outside the group.
func (b *Board) declared(addr davy.Addr, m davy.MAC) bool {
	if !b.config.Site.Pair(addr, addr) {
		return false
	}
	o := b.inventory.Owner(m)
	return o.IsZero() || b.config.Site.Pair(addr, o)
}

// siblings reports whether two MACs look like ports of one machine, which answers for its
// address on each of them: the same maker, and nearly the same number.
func siblings(x, y davy.MAC) bool {
	d := int64(x) - int64(y)
	return x.OUI() == y.OUI() && max(d, -d) <= 8
}

// mutual reports whether the owner's MAC claims an address of the rival's, too: two ports of
// one machine that answer for each other.
func (b *Board) mutual(c *claim) bool {
	t, own := b.takers.get(c.mac), b.inventory.Owner(c.rival)
	return t != nil && !own.IsZero() && contains(t.victims, own)
}

// contest judges an address that two MACs claim, whenever one of them is heard.
func (b *Board) contest(addr davy.Addr, c *claim, now int64, o davy.Origin) {
	t := b.takers.get(c.rival)
	if t == nil {
		return
	}
	both := 0 // addresses whose owners are still there, too
	for _, v := range t.victims {
		if k := b.claims.get(v); k != nil && k.rival == c.rival && k.showed {
			both++
		}
	}
	own := b.inventory.Owner(c.rival)
	stranger := !own.IsZero() && own != addr && !contains(t.victims, own) // it has an address of its own
	switch {
	case siblings(c.mac, c.rival) || c.showed && b.mutual(c):
		b.rivals(addr, c, davy.Low, now, o)
	case c.showed && (both >= 2 || stranger && c.count >= claimed):
		b.spoofed(addr, c, t, own, now, o)
	case c.showed && c.count > 1:
		b.rivals(addr, c, davy.Medium, now, o)
	case !c.showed:
		b.moved(addr, c, now, o)
	}
}

// moved takes that an address now belongs to the rival, once its owner has been silent for
// long enough: a device was replaced, or a failover that nobody declared.
func (b *Board) moved(addr davy.Addr, c *claim, now int64, o davy.Origin) {
	if c.rival == 0 || now-c.last <= silent || now-c.since <= kept {
		return
	}
	b.raise(conflict, "Address moved to another MAC", davy.Low, key(conflict, addr.Hash(), uint64(c.rival)), now, o, []davy.Addr{addr},
		fmt.Sprintf("%s is at %s", b.call(addr), c.mac), fmt.Sprintf("%s is now at %s; the other is silent", b.call(addr), c.rival))
	*c = claim{mac: c.rival, last: now}
}

func (b *Board) rivals(addr davy.Addr, c *claim, s davy.Severity, now int64, o davy.Origin) {
	k := key(conflict, addr.Hash(), uint64(c.mac^c.rival), 2)
	if b.goesOn(k, now, o) {
		return
	}
	seen := fmt.Sprintf("%s and %s both claim %s", c.mac, c.rival, b.call(addr))
	if s == davy.Low {
		seen += "; they look like ports of one machine"
	}
	// Who came later is told as the actor: it is the one to look for.
	b.raise(conflict, "Two stations with the same address", s, k, now, o, []davy.Addr{davy.AddrOfMAC(c.rival, addr.Scope), addr},
		fmt.Sprintf("%s is at %s alone", b.call(addr), c.mac), seen)
}

func (b *Board) spoofed(addr davy.Addr, c *claim, t *taker, own davy.Addr, now int64, o davy.Origin) {
	actor := own
	if actor.IsZero() || contains(t.victims, actor) {
		actor = davy.AddrOfMAC(c.rival, addr.Scope)
	}
	k := key(spoofing, uint64(c.rival))
	if f := b.byKey[k]; f != nil && now-f.Last <= actionQuiet {
		b.goesOn(k, now, o)
		for _, v := range t.victims {
			if !contains(f.Entities, v) {
				f.Entities = append(f.Entities, v)
				b.again(f.Finding)
			}
		}
		return
	}
	// Told of the lowest of its addresses, not of the one that happened to be claimed last.
	victims := slices.SortedFunc(slices.Values(t.victims), davy.Addr.Compare)
	victim, has := victims[0], c.mac
	if v := b.claims.get(victim); v != nil && v.rival == c.rival {
		has = v.mac
	}
	b.raise(spoofing, "Somebody takes over addresses of others (ARP spoofing)", davy.High, k, now, o,
		append([]davy.Addr{actor}, victims...),
		fmt.Sprintf("%s is at %s", b.call(victim), has), fmt.Sprintf("%s says it has %s, which %s still uses", c.rival, b.call(victim), has))
}

func contains(list []davy.Addr, a davy.Addr) bool {
	for _, x := range list {
		if x == a {
			return true
		}
	}
	return false
}
