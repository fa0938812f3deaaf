package detect

import (
	"fmt"
	"slices"

	"github.com/davylamp/davy"
)

// arrivals holds new stations back for a moment, until their addresses are known, too: what
// is first seen of one may be its MAC or its IP address, as the mirror has it.
type arrivals struct {
	waiting []*arrival
	byKey   map[uint64]*arrival    // of those waiting
	byMAC   ring[davy.MAC, uint64] // key of the finding that a station is new
	recent  []int64                // message times of those above low, the newest last
}

type arrival struct {
	key      uint64
	mac      davy.MAC // the station's own, 0 when nobody knows
	ips      []davy.Addr
	scope    davy.Scope
	time     int64
	origin   davy.Origin
	learning bool
	far      bool // from beyond a router
	known    bool // the MAC was known, with other addresses
}

func newArrivals(ceiling int) arrivals {
	return arrivals{byKey: map[uint64]*arrival{}, byMAC: newRing[davy.MAC, uint64](ceiling)}
}

// hold is how long a new station is held back, ns. crowd is how many within crowdSpan are
// worth a person's look one by one: more are no intruder but a part of the plant that was
// never mirrored or learned. maxWaiting bounds those held back.
const (
	hold       = 1e9
	crowd      = 12
	crowdSpan  = 3600e9
	maxWaiting = 4096
)

// Arrived judges a station that was never seen before (D01). Addresses outside the site
// are the border's matter.
func (b *Board) Arrived(s *davy.Sighting, learning bool) {
	if !b.config.Site.Inside(s.Addr) || s.Addr.Group() {
		return
	}
	a := &arrival{scope: s.Addr.Scope, time: s.Time, origin: s.Origin, learning: learning, far: !s.Near()}
	switch told := b.inventory.MAC(s.Addr); {
	case s.Addr.IsMAC():
		a.mac = s.Addr.MAC()
	case told != 0:
		a.mac, a.far = told, false
	case !a.far:
		a.mac = s.MAC
	}
	a.key = key(newAsset, s.Addr.Hash())
	if a.mac != 0 {
		a.key = key(newAsset, davy.AddrOfMAC(a.mac, a.scope).Hash())
	}
	if s.Addr.IsIP() {
		a.ips = []davy.Addr{s.Addr}
	}
	w := b.arrivals.byKey[a.key]
	switch {
	case w != nil:
		w.ips = append(w.ips, a.ips...)
	case b.moreOf(a):
	case s.Addr.IsMAC() && b.inventory.Others(a.mac, s.Addr):
		// The MAC of a station that is known by its address.
	default:
		mac := davy.AddrOfMAC(a.mac, a.scope)
		a.known = s.Addr.IsIP() && a.mac != 0 && (b.inventory.Known(mac) || b.inventory.Others(a.mac, s.Addr))
		if len(b.arrivals.waiting) == maxWaiting {
			b.settled(s.Time + 2*hold)
		}
		b.arrivals.waiting = append(b.arrivals.waiting, a)
		b.arrivals.byKey[a.key] = a
	}
}

// moreOf adds an address to the finding that its station is new, where that is open.
func (b *Board) moreOf(a *arrival) bool {
	k := b.arrivals.byMAC.get(a.mac)
	if a.mac == 0 || k == nil {
		return false
	}
	f := b.byKey[*k]
	if f == nil || a.time-f.Last > newsQuiet {
		return false
	}
	extend(f.Finding, a.time, a.origin, 1)
	if n := len(f.Entities); n < 8 {
		a.ips = append(a.ips, slices.DeleteFunc(slices.Clone(f.Entities), davy.Addr.IsMAC)...)
		a.learning = f.Severity == davy.Info
		if b.describe(f.Finding, a); len(f.Entities) > n {
			b.again(f.Finding)
		}
	}
	return true
}

// settled raises what was held back long enough.
func (b *Board) settled(now int64) {
	n := 0
	for _, a := range b.arrivals.waiting {
		if now-a.time < hold {
			break
		}
		delete(b.arrivals.byKey, a.key)
		b.arrived(a)
		n++
	}
	b.arrivals.waiting = slices.Delete(b.arrivals.waiting, 0, n)
}

func (b *Board) arrived(a *arrival) {
	site := b.config.Site
	f := &davy.Finding{Detector: newAsset, Title: "New asset", Time: a.time, Last: a.time, Origin: a.origin, LastFrame: a.origin.Frame, Count: 1,
		Expected: "Only the stations that Davy learned", Key: a.key}
	b.describe(f, a)
	is := func(what func(davy.Addr) bool) bool { return slices.ContainsFunc(f.Entities, what) }
	switch {
	case a.learning:
		f.Severity, f.Expected = davy.Info, "Nothing yet: Davy is learning who is there"
	case b.inventory.Crowded():
		f.Severity = davy.Info // it may have been here before
	case a.known:
		f.Severity, f.Title = davy.Low, "Known station with a new address"
		f.Seen = fmt.Sprintf("%s now has %s", a.mac, f.Entities[0])
	case is(site.IT), is(func(x davy.Addr) bool { return site.Of(x) != nil }): // declared, only never heard
		f.Severity = davy.Low
	case a.far && !is(func(x davy.Addr) bool { return site.Network(x) != nil }):
		f.Severity = davy.Low // from somewhere beyond the router, of which nothing is declared
	default:
		f.Severity = b.among(a.time)
	}
	if a.mac != 0 && !a.known {
		if k := b.arrivals.byMAC.get(a.mac); k != nil {
			*k = a.key
		} else {
			b.arrivals.byMAC.put(a.mac, a.key)
		}
	}
	b.Take(f)
}

// describe names a new station by its addresses and its MAC, in an order that does not
// depend on which of them was heard first.
func (b *Board) describe(f *davy.Finding, a *arrival) {
	slices.SortFunc(a.ips, davy.Addr.Compare)
	a.ips = slices.Compact(a.ips)
	some := a.ips[:min(len(a.ips), 7)]
	f.Entities = append(make([]davy.Addr, 0, len(some)+1), some...)
	var room [256]byte
	text := room[:0]
	for i, ip := range some {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = b.config.Site.AppendCall(text, ip)
	}
	if a.mac != 0 {
		mac := davy.AddrOfMAC(a.mac, a.scope)
		f.Entities = append(f.Entities, mac)
		if len(some) == 0 {
			text = b.config.Site.AppendCall(text, mac)
		} else {
			text = append(a.mac.Append(append(text, " (MAC "...)), ')')
		}
	}
	if a.learning {
		text = append(text, " is there"...)
	} else {
		text = append(text, " is new"...)
	}
	f.Seen = string(text)
}

// among is how grave one more new station is: after many within an hour, less.
func (b *Board) among(now int64) davy.Severity {
	r := &b.arrivals.recent
	for len(*r) > 0 && now-(*r)[0] > crowdSpan {
		*r = (*r)[1:]
	}
	if len(*r) >= crowd {
		return davy.Low
	}
	*r = append(*r, now)
	return davy.Medium
}
