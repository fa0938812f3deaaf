package detect

import (
	"fmt"
	"slices"

	"github.com/davylamp/davy"
)

// scans watches who asks for what does not answer (D36). Thresholds are those that
// Microsoft publishes for Defender for IoT: 50 hosts in 2 minutes, or slowly in 10; 25 ports
// of a host in 2 minutes; 40 addresses asked for by ARP in 6 minutes; and 10 devices asked
// who they are in 2 minutes.
type scans struct {
	ceiling int
	sources map[davy.Addr]*source
	order   []*source
	hand    int
	Evicted uint64
}

const (
	minute    = int64(60e9)
	maxTarget = 192
)

type source struct {
	addr    davy.Addr
	used    bool
	targets []target
}

type target struct {
	what uint64 // host, port and layer
	host uint64
	time int64
	arp  bool
	who  bool // asked who it is
	plc  bool // on a port of controllers
}

func newScans(ceiling int) scans { return scans{ceiling: ceiling, sources: map[davy.Addr]*source{}} }

func (s *scans) of(a davy.Addr) *source {
	if c := s.sources[a]; c != nil {
		c.used = true
		return c
	}
	var c *source
	if len(s.order) < s.ceiling {
		c = &source{}
		s.order = append(s.order, c)
	} else {
		for ; s.order[s.hand].used; s.hand = (s.hand + 1) % len(s.order) {
			s.order[s.hand].used = false
		}
		c = s.order[s.hand]
		delete(s.sources, c.addr)
		s.Evicted++
	}
	*c = source{addr: a, targets: c.targets[:0], used: true}
	s.sources[a] = c
	return c
}

// Attempt takes that somebody asked for a conversation over a link that was never seen, and
// what became of it. While learning, what is answered is no scan.
func (b *Board) Attempt(a *davy.Attempt, learning bool) {
	if o := b.inventory.Owner(a.From.Addr.MAC()); !o.IsZero() {
		a.From.Addr = o // who asks by ARP is known by its address
	}
	if a.To.Addr.Group() || a.To.Addr.IsZero() || a.From.Addr.IsZero() {
		return
	}
	t := target{host: a.To.Addr.Hash(), time: a.Time, arp: a.Layer == "arp", who: a.Layer == "identify"}
	t.what = davy.Mix(t.host, davy.HashString(uint64(a.To.Port), a.Layer))
	t.plc = !t.arp && !t.who && slices.ContainsFunc(b.config.Owners(a.Layer, a.To.Port), b.config.Industrial)
	if a.Outcome == davy.Answered {
		if !learning && a.Layer != "icmp" {
			return
		}
		if c := b.scans.sources[a.From.Addr]; c != nil && !t.who {
			c.drop(t.what)
		}
		return
	}
	if a.Outcome != davy.Asked || t.arp && b.inventory.Known(a.To.Addr) {
		return
	}
	c := b.scans.of(a.From.Addr)
	if c.add(t); len(c.targets) >= 10 && !b.scanGoesOn(a) {
		b.count(c, a)
	}
}

func (c *source) drop(what uint64) {
	for i := range c.targets {
		if c.targets[i].what == what {
			c.targets = append(c.targets[:i], c.targets[i+1:]...)
			return
		}
	}
}

// add keeps the newest targets, each once.
func (c *source) add(t target) {
	c.drop(t.what)
	if len(c.targets) == maxTarget {
		copy(c.targets, c.targets[1:])
		c.targets = c.targets[:maxTarget-1]
	}
	c.targets = append(c.targets, t)
}

// scanGoesOn extends what was found of a source already: a sweep of a large network is not
// counted again at each step.
func (b *Board) scanGoesOn(a *davy.Attempt) bool {
	for _, what := range []string{"hosts", "controllers"} {
		if a.Layer != "arp" && a.Layer != "identify" && b.goesOn(key(scan, a.From.Addr.Hash(), davy.HashString(0, what)), a.Time, a.Origin) {
			return true
		}
	}
	return false
}

// count judges a source by its newest targets.
func (b *Board) count(c *source, a *davy.Attempt) {
	var arp, who, ports, quick, slow, plc int
	host := a.To.Addr.Hash()
	for i := range c.targets {
		t := &c.targets[i]
		age := a.Time - t.time
		switch {
		case t.arp:
			if age <= 6*minute {
				arp++
			}
		case t.who:
			if age <= 2*minute {
				who++
			}
		default:
			if t.host == host && age <= 2*minute {
				ports++
			}
			if t.plc && age <= 2*minute && first(c.targets, i, true) {
				plc++
			}
			if first(c.targets, i, false) {
				if age <= 2*minute {
					quick++
				}
				if age <= 10*minute {
					slow++
				}
			}
		}
	}
	switch {
	case arp >= 40:
		b.scanned(a, "addresses", "asked for %d addresses by ARP in 6 minutes that nobody has", arp)
	case ports >= 25:
		b.scanned(a, "ports", "tried %d ports of one station in 2 minutes", ports)
	case quick >= 50 || slow >= 50:
		b.scanned(a, "hosts", "tried %d hosts in 10 minutes that it never talked to", slow)
	case plc >= 10:
		b.scanned(a, "controllers", "tried %d stations in 2 minutes on ports of controllers that it never talked to", plc)
	case who >= 10:
		b.scanned(a, "devices", "asked %d devices in 2 minutes who they are", who)
	}
}

// first reports whether target i is the first of its host, of those on controllers' ports
// where plc is set.
func first(list []target, i int, plc bool) bool {
	for k := range i {
		if list[k].host == list[i].host && !list[k].arp && !list[k].who && (list[k].plc || !plc) {
			return false
		}
	}
	return true
}

func (b *Board) scanned(a *davy.Attempt, what, seen string, n int) {
	k := key(scan, a.From.Addr.Hash(), davy.HashString(0, what))
	if b.goesOn(k, a.Time, a.Origin) {
		return
	}
	severity := davy.High
	if a.From.Addr.IsMAC() && b.inventory.Forwards(a.From.Addr.MAC()) {
		severity = davy.Low // a router asks for whom others look for: they are the ones who scan
	}
	b.raise(scan, "Scan for "+what, severity, k, a.Time, a.Origin, []davy.Addr{a.From.Addr, a.To.Addr}, []string{"T0846", "T0842"},
		b.call(a.From.Addr)+" talks to the stations it needs", b.call(a.From.Addr)+" "+fmt.Sprintf(seen, n))
}
