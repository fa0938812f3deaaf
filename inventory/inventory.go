// Package inventory turns what packets said into assets and links: who is there, what it
// is, why Davy believes so, and who talks to whom. [Links] belong to a shard; [Assets] look
// across all of them.
//
// Two addresses become one asset on strong evidence only, and the reason is kept. What a
// client says about another device is never credited to the client. It holds no clock and
// opens nothing; every table has a ceiling and counts what it could not keep.
package inventory

import (
	"cmp"
	"maps"
	"slices"

	"github.com/davylamp/davy"
)

// Config are the ceilings, and what the site file declares.
type Config struct {
	Assets     int           // stations
	Redundant  [][]davy.Addr // groups of addresses that fail over to each other
	Industrial func(protocol string) bool
	Internal   func(davy.Addr) bool // belongs to the site; others are the Internet's
}

// limits of one asset, so that one chatty device cannot fill the inventory.
const (
	maxEvidence = 96
	maxMACs     = 8
	maxRoles    = 24
	maxIPs      = 16
)

// Assets is the inventory.
type Assets struct {
	config   Config
	byAddr   map[davy.Addr]*station
	list     []*station
	macs     map[davy.MAC]*port
	Lost     uint64 // stations that found no room
	LostFact uint64 // facts that found no room
}

// station is what is known of one address.
type station struct {
	number  int
	addr    davy.Addr
	first   int64
	last    int64
	macs    []binding
	facts   []fact
	roles   []role
	ttl     uint8
	seen    bool // sending; else only told of
	virtual bool
	router  bool
	writes  bool // changed values while learning: an operator's station
	vlan    uint16
}

// binding is a MAC that an address was seen with.
type binding struct {
	mac         davy.MAC
	strong      bool // told by ARP, neighbour discovery or the device itself
	source      string
	first, last int64
	count       uint64
}

type fact struct {
	path       davy.Path
	attribute  davy.Attribute
	value      string
	source     string
	confidence uint8
	many       bool // one of several values that the source tells at a time
	first      int64
	last       int64
	count      uint64
}

// role is a protocol that a station serves or asks.
type role struct {
	protocol string
	serves   bool
	engineer bool // asked for what an engineer asks for
}

// port is what is known of one MAC: the addresses that send with it.
type port struct {
	ips    []davy.Addr
	strong int // of which told by the device itself
	many   bool
	router bool
}

// NewAssets makes an empty inventory.
func NewAssets(c Config) *Assets {
	return &Assets{config: c, byAddr: map[davy.Addr]*station{}, macs: map[davy.MAC]*port{}}
}

// station finds or makes the station of an address; fresh says it was made. It is nil for
// addresses that are no station's, and when the inventory is full.
func (a *Assets) station(addr davy.Addr, now int64) (s *station, fresh bool) {
	if s = a.byAddr[addr]; s != nil {
		s.last = max(s.last, now)
		return s, false
	}
	if !Station(addr) {
		return nil, false
	}
	if len(a.list) >= a.config.Assets {
		a.Lost++
		return nil, false
	}
	s = &station{number: len(a.list) + 1, addr: addr, first: now, last: now}
	a.list = append(a.list, s)
	a.byAddr[addr] = s
	return s, true
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

// Seen takes a station that was seen sending. fresh says that it is new.
func (a *Assets) Seen(s *davy.Sighting) (fresh bool) {
	st, _ := a.station(s.Addr, s.Time)
	if st == nil {
		return false
	}
	fresh = !st.seen
	st.seen = true
	st.ttl, st.vlan = s.TTL, s.VLAN
	if s.Addr.IsIP() && s.MAC != 0 && !s.MAC.Group() {
		a.bind(st, s.MAC, false, "frames", s.Time)
	}
	return fresh
}

// bind keeps that an address sends with a MAC.
func (a *Assets) bind(st *station, mac davy.MAC, strong bool, source string, now int64) {
	p := a.port(mac)
	if p == nil {
		return
	}
	if !slices.Contains(p.ips, st.addr) {
		if len(p.ips) < maxIPs {
			p.ips = append(p.ips, st.addr)
		} else {
			p.many = true
		}
	}
	for i := range st.macs {
		if b := &st.macs[i]; b.mac == mac {
			if strong && !b.strong {
				b.strong, b.source = true, source
				p.strong++
			}
			b.last = now
			b.count++
			return
		}
	}
	if len(st.macs) == maxMACs {
		a.LostFact++
		copy(st.macs, st.macs[1:])
		st.macs = st.macs[:maxMACs-1]
	}
	if strong {
		p.strong++
	}
	st.macs = append(st.macs, binding{mac: mac, strong: strong, source: source, first: now, last: now, count: 1})
}

// Router takes that the station with this MAC forwards the packets of others, whether or not
// an address of its own is known yet.
func (a *Assets) Router(mac davy.MAC) {
	if p := a.port(mac); p != nil {
		p.router = true
	}
}

// port finds or makes what is known of a MAC; nil when there is no room.
func (a *Assets) port(mac davy.MAC) *port {
	p := a.macs[mac]
	if p == nil {
		if len(a.macs) >= 2*a.config.Assets {
			a.LostFact++
			return nil
		}
		p = &port{}
		a.macs[mac] = p
	}
	return p
}

// forwards reports whether a MAC is a router's: many addresses that it never claimed itself.
func (p *port) forwards() bool { return p.router || p.many || len(p.ips)-p.strong >= 3 }

// Talk takes that client asked server over a protocol; engineer says that it asked for
// what an engineer asks for.
func (a *Assets) Talk(client, server davy.Addr, protocol string, engineer bool, now int64) {
	if st, _ := a.station(client, now); st != nil {
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

// Writer reports whether it is usual for a station to change values.
func (a *Assets) Writer(addr davy.Addr) bool { st := a.byAddr[addr]; return st != nil && st.writes }

// Known reports whether an address is in the inventory.
func (a *Assets) Known(addr davy.Addr) bool { return a.byAddr[addr] != nil }

// First is when an address was first seen, 0 when never.
func (a *Assets) First(addr davy.Addr) int64 {
	if st := a.byAddr[addr]; st != nil {
		return st.first
	}
	return 0
}

// Controls reports whether a station serves an industrial protocol: a controller, a drive,
// remote I/O; what must not be disturbed.
func (a *Assets) Controls(addr davy.Addr) bool {
	st := a.byAddr[addr]
	return st != nil && slices.ContainsFunc(st.roles, func(r role) bool { return r.serves && a.config.Industrial(r.protocol) })
}

// Operates reports whether a station speaks an industrial protocol, on either side.
func (a *Assets) Operates(addr davy.Addr) bool {
	st := a.byAddr[addr]
	return st != nil && slices.ContainsFunc(st.roles, func(r role) bool { return a.config.Industrial(r.protocol) })
}

// MACs are the MACs an address was told to have, the newest first.
func (a *Assets) MACs(addr davy.Addr) (list []davy.MAC) {
	if st := a.byAddr[addr]; st != nil {
		for _, b := range slices.Backward(st.macs) {
			if b.strong {
				list = append(list, b.mac)
			}
		}
	}
	return list
}

// Owner is the one address of a MAC: the only one that sends with it, or of several the only
// one that was told to have it. Zero when there is none such.
func (a *Assets) Owner(mac davy.MAC) (owner davy.Addr) {
	p := a.macs[mac]
	switch {
	case p == nil:
	case len(p.ips) == 1:
		return p.ips[0]
	case p.strong == 1:
		for _, ip := range p.ips {
			if st := a.byAddr[ip]; slices.ContainsFunc(st.macs, func(b binding) bool { return b.mac == mac && b.strong }) {
				return ip
			}
		}
	}
	return owner
}

// Bound reports whether some address is known to send with a MAC.
func (a *Assets) Bound(mac davy.MAC) bool {
	p := a.macs[mac]
	return p != nil && len(p.ips) > 0
}

// Forwards reports whether a MAC is a router's.
func (a *Assets) Forwards(mac davy.MAC) bool {
	p := a.macs[mac]
	return p != nil && p.forwards()
}

// sorted lists a map's keys in order, so that what is saved does not depend on the map's.
func sorted[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
