// Package inventory turns what packets said into assets and links: who is there, what it
// is, why Davy believes so, and who talks to whom. [Links] belong to a shard; [Assets] look
// across all of them.
//
// Two addresses become one asset on strong evidence only, and the reason is kept. What a
// client says about another device is never credited to the client. It holds no clock and
// opens nothing; every table has a ceiling, forgets by a rule when it is full, and counts
// what it could not keep.
package inventory

import (
	"cmp"
	"maps"
	"slices"

	"github.com/davylamp/davy"
)

// Config are the ceilings, and what judging a protocol needs.
type Config struct {
	Assets     int // stations
	Industrial func(protocol string) bool
}

// Limits of one station, so that one chatty device cannot fill the inventory, and of all
// stations together.
const (
	maxFacts = 512 // of a station; the one told longest ago makes room
	factsPer = 8   // facts of all stations: so many for each that there is room for
	maxMACs  = 8
	maxRoles = 24
	maxIPs   = 16
	maxValue = 256 // bytes of a fact's value
	gonePer  = 8   // stations remembered by their hash for each that is kept whole
)

// Assets is the inventory.
type Assets struct {
	config   Config
	byAddr   map[davy.Addr]*station
	order    []*station // for the hand that forgets
	hand     int
	number   int // of the station made last
	macs     map[davy.MAC]*port
	facts    int // of all stations
	gone     map[uint64]struct{}
	crowded  bool
	Lost     uint64 // stations forgotten for want of room
	LostFact uint64 // facts that found no room, or had to make some
}

// station is what is known of one address.
type station struct {
	number  int
	addr    davy.Addr
	first   int64
	last    int64 // 0: known of a baseline, and not heard of since
	macs    []binding
	facts   []fact
	roles   []role
	seen    bool // sending; else only told of
	near    bool // packets came with a life that no router had shortened
	virtual bool
	router  bool
	writes  bool // changed values while learning: an operator's station
	used    bool // since the hand passed
}

// binding is a MAC that an address was seen with.
type binding struct {
	mac         davy.MAC
	strong      bool // told by ARP, neighbour discovery or the device itself
	source      string
	first, last int64
	count       uint64
}

// role is a protocol that a station serves or asks.
type role struct {
	protocol string
	serves   bool
	engineer bool // asked for what an engineer asks for
}

// NewAssets makes an empty inventory.
func NewAssets(c Config) *Assets {
	return &Assets{config: c, byAddr: map[davy.Addr]*station{}, macs: map[davy.MAC]*port{}, gone: map[uint64]struct{}{}}
}

// station finds or makes the station of an address; nil for addresses that are no station's.
func (a *Assets) station(addr davy.Addr, now int64) *station {
	if s := a.byAddr[addr]; s != nil {
		if s.last == 0 { // known of a baseline, and heard of now
			s.first = now
		}
		s.last = max(s.last, now)
		s.used = true
		return s
	}
	if !Station(addr) || a.config.Assets < 1 {
		return nil
	}
	if len(a.order) >= a.config.Assets {
		a.evict()
	}
	a.number++
	s := &station{number: a.number, addr: addr, first: now, last: now, used: true}
	a.order = append(a.order, s)
	a.byAddr[addr] = s
	return s
}

// Station reports whether an address can be a station's: not a group, not unspecified, no
// MAC that is all zero.
func Station(addr davy.Addr) bool {
	if addr.IsZero() || addr.Group() {
		return false
	}
	if addr.IsMAC() {
		return addr.MAC() != 0
	}
	return !addr.IP().IsUnspecified()
}

// evict forgets a station that was not heard of since the hand passed last. That it was
// there is remembered, so that it is no news when it comes back.
func (a *Assets) evict() {
	for {
		if a.hand >= len(a.order) {
			a.hand = 0
		}
		if !a.order[a.hand].used {
			break
		}
		a.order[a.hand].used = false
		a.hand++
	}
	s := a.order[a.hand]
	a.order[a.hand] = a.order[len(a.order)-1]
	a.order = a.order[:len(a.order)-1]
	delete(a.byAddr, s.addr)
	for _, b := range s.macs {
		a.unbind(s, b)
	}
	a.facts -= len(s.facts)
	a.Lost++
	if !s.seen {
		return
	}
	if len(a.gone) < a.config.Assets*gonePer {
		a.gone[s.addr.Hash()] = struct{}{}
	} else {
		a.crowded = true
	}
}

// Seen takes a station that was seen sending. fresh says that it never was before.
func (a *Assets) Seen(s *davy.Sighting) (fresh bool) {
	st := a.station(s.Addr, s.Time)
	if st == nil {
		return false
	}
	fresh = !st.seen
	if _, known := a.gone[s.Addr.Hash()]; fresh && known {
		fresh = false
	}
	st.seen = true
	st.near = st.near || s.TTL > 0 && s.Near()
	if s.Addr.IsIP() && s.MAC != 0 && !s.MAC.Group() {
		a.bind(st, s.MAC, false, "frames", s.Time)
	}
	return fresh
}

// Talk takes that client asked server over a protocol; engineer says that it asked for
// what an engineer asks for.
func (a *Assets) Talk(client, server davy.Addr, protocol string, engineer bool, now int64) {
	if st := a.station(client, now); st != nil {
		st.play(role{protocol, false, engineer})
	}
	if st := a.byAddr[server]; st != nil {
		st.play(role{protocol, true, false})
	}
}

func (s *station) play(r role) {
	for i := range s.roles {
		if q := &s.roles[i]; q.protocol == r.protocol && q.serves == r.serves {
			q.engineer = q.engineer || r.engineer
			return
		}
	}
	if len(s.roles) < maxRoles {
		s.roles = append(s.roles, r)
	}
}

// Writes takes that a station changes values somewhere, as is usual for it.
func (a *Assets) Writes(client davy.Addr) {
	if st := a.byAddr[client]; st != nil {
		st.writes = true
	}
}

// Router takes that the station with this MAC forwards the packets of others, also where no
// address of its own is known yet.
func (a *Assets) Router(mac davy.MAC) {
	p := a.macs[mac]
	if p == nil {
		if len(a.macs) >= maxMACs*a.config.Assets {
			a.LostFact++
			return
		}
		p = &port{}
		a.macs[mac] = p
	}
	p.router = true
}

// live are the stations that were heard of, in the order of their numbers.
func (a *Assets) live() []*station {
	list := slices.SortedFunc(slices.Values(a.order), func(x, y *station) int { return cmp.Compare(x.number, y.number) })
	return slices.DeleteFunc(list, func(s *station) bool { return s.last == 0 })
}

// sorted lists a map's keys in order, so that what is saved does not depend on the map's.
func sorted[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
