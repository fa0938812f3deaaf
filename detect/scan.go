package detect

import (
	"fmt"
	"slices"

	"github.com/davylamp/davy"
)

// scans watches who asks for what does not answer (D36). Thresholds are those that
// Microsoft publishes for Defender for IoT: 50 hosts in 2 minutes, or slowly in 10; 25 ports
// of a host in 2 minutes; 40 addresses asked for by ARP in 6 minutes; 10 controllers in 2
// minutes; and as many devices asked who they are.
type scans struct {
	sources ring[davy.Addr, source]
	hosts   [2 * maxTarget]uint64 // scratch: the hosts counted
}

const (
	minute    = int64(60e9)
	maxTarget = 256 // the newest targets of a source; the size of the scratch needs a power of two
)

type source struct{ targets []target }

type target struct {
	what uint64 // host, port and layer
	host davy.Addr
	time int64
	arp  bool
	who  bool // asked who it is
	plc  bool // on a port of controllers
}

func newScans(ceiling int) scans { return scans{sources: newRing[davy.Addr, source](ceiling)} }

// Attempt takes that somebody asked for a conversation over a link that was never seen, and
// what became of it. While learning, what is answered is no scan.
func (b *Board) Attempt(a *davy.Attempt, learning bool) {
	router := a.From.Addr.IsMAC() && b.inventory.Forwards(a.From.Addr.MAC())
	if o := b.inventory.Owner(a.From.Addr.MAC()); !o.IsZero() {
		a.From.Addr = o // who asks by ARP is known by its address
	}
	if a.To.Addr.Group() || a.To.Addr.IsZero() || a.From.Addr.IsZero() || b.answers(a) {
		return
	}
	t := target{host: a.To.Addr, time: a.Time, arp: a.Layer == "arp", who: a.Layer == "identify"}
	t.what = davy.Mix(t.host.Hash(), davy.HashString(uint64(a.To.Port), a.Layer))
	t.plc = !t.arp && !t.who && slices.ContainsFunc(b.config.Owners(a.Layer, a.To.Port), b.config.Industrial)
	c := b.scans.sources.get(a.From.Addr)
	if a.Outcome == davy.Answered {
		if c != nil && !t.who && (learning || a.Layer == "icmp") {
			c.drop(t.what)
		}
		return
	}
	if a.Outcome != davy.Asked || t.arp && b.inventory.Known(a.To.Addr) {
		return
	}
	if c == nil {
		c = b.scans.sources.put(a.From.Addr, source{})
	}
	if c.add(t); len(c.targets) >= 10 && !b.scanGoesOn(a) {
		b.count(c, a, router)
	}
}

// answers reports whether what looks like an attempt is the answer to a request that the
// mirror did not show: a datagram from a service's port to one that is nobody's.
func (b *Board) answers(a *davy.Attempt) bool {
	return a.Layer == "udp" && a.From.Port != 0 && (a.From.Port < 1024 || len(b.config.Owners(a.Layer, a.From.Port)) > 0) &&
		a.To.Port >= 1024 && len(b.config.Owners(a.Layer, a.To.Port)) == 0
}

func (c *source) drop(what uint64) {
	if i := slices.IndexFunc(c.targets, func(t target) bool { return t.what == what }); i >= 0 {
		c.targets = slices.Delete(c.targets, i, i+1)
	}
}

// add keeps the newest targets, each once.
func (c *source) add(t target) {
	c.drop(t.what)
	if len(c.targets) == maxTarget {
		c.targets = slices.Delete(c.targets, 0, 1)
	}
	c.targets = append(c.targets, t)
}

// scanGoesOn extends what was found of a source already: a sweep of a large network is not
// counted again at each step.
func (b *Board) scanGoesOn(a *davy.Attempt) bool {
	for _, what := range []string{"hosts", "controllers"} {
		k := key(scan, a.From.Addr.Hash(), davy.HashString(0, what))
		if a.Layer != "arp" && a.Layer != "identify" && b.goesOn(k, a.Time, a.Origin) {
			b.tried(b.byKey[k].Finding, a.To.Addr)
			return true
		}
	}
	return false
}

// Marks of a host in the scratch, in its hash's low bits.
const (
	markHost = 1 << iota
	markQuick
	markPLC
	marks = markHost | markQuick | markPLC
)

// mark notes a mark of a host, and reports whether it is the first such.
func (s *scans) mark(host uint64, m uint64) bool {
	host |= marks // the bits that the hash loses here do not matter
	for i := host / (marks + 1) % uint64(len(s.hosts)); ; i = (i + 1) % uint64(len(s.hosts)) {
		switch h := s.hosts[i]; {
		case h == 0:
			s.hosts[i] = host &^ (marks &^ m)
			return true
		case h|marks == host:
			s.hosts[i] |= m
			return h&m == 0
		}
	}
}

// count judges a source by its newest targets.
func (b *Board) count(c *source, a *davy.Attempt, router bool) {
	var arp, who, ports, quick, slow, plc int
	s := &b.scans
	clear(s.hosts[:])
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
			host := t.host.Hash()
			if age <= 10*minute && s.mark(host, markHost) {
				slow++
			}
			if age > 2*minute {
				continue
			}
			if t.host == a.To.Addr {
				ports++
			}
			if s.mark(host, markQuick) {
				quick++
			}
			if t.plc && s.mark(host, markPLC) {
				plc++
			}
		}
	}
	switch {
	case arp >= 40:
		b.scanned(c, a, "addresses", router, "asked for %d addresses by ARP in 6 minutes that nobody has", arp)
	case ports >= 25:
		b.scanned(c, a, "ports", router, "tried %d ports of one station in 2 minutes", ports)
	case quick >= 50 || slow >= 50:
		b.scanned(c, a, "hosts", router, "tried %d hosts in 10 minutes that it never talked to", slow)
	case plc >= 10:
		b.scanned(c, a, "controllers", router, "tried %d stations in 2 minutes on ports of controllers that it never talked to", plc)
	case who >= 10:
		b.scanned(c, a, "devices", router, "asked %d devices in 2 minutes who they are", who)
	}
}

func (b *Board) scanned(c *source, a *davy.Attempt, what string, router bool, seen string, n int) {
	k := key(scan, a.From.Addr.Hash(), davy.HashString(0, what))
	if b.goesOn(k, a.Time, a.Origin) {
		return
	}
	severity, text := davy.High, b.call(a.From.Addr)+" "+fmt.Sprintf(seen, n)
	if router {
		severity = davy.Low // a router asks for whom others look for: they are the ones who scan
		text += "; it is a router and asks for others"
	}
	f := &davy.Finding{Detector: scan, Title: "Scan for " + what, Severity: severity, Time: a.Time, Last: a.Time, Origin: a.Origin, LastFrame: a.Origin.Frame, Count: 1,
		Entities: []davy.Addr{a.From.Addr, a.To.Addr}, Expected: b.call(a.From.Addr) + " talks to the stations it needs", Seen: text, Key: k}
	for i := range c.targets {
		b.tried(f, c.targets[i].host)
	}
	b.Take(f)
}

// maxTried is how many of the stations that a scan reached are named.
const maxTried = 8

// tried names a controller that a scan tried, in the place of an address where nobody is.
func (b *Board) tried(f *davy.Finding, to davy.Addr) {
	if len(f.Entities) > maxTried || !b.inventory.Controls(to) || contains(f.Entities, to) {
		return
	}
	if last := len(f.Entities) - 1; last == 1 && !b.inventory.Known(f.Entities[last]) {
		f.Entities = f.Entities[:last]
	}
	f.Entities = append(f.Entities, to)
	b.again(f)
}
