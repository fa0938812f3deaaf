package detect

import (
	"fmt"

	"github.com/davylamp/davy"
)

// border judges links between the site and the Internet (D13). From declared office IT it is
// nothing; from a station that operates the plant it is what malware does, unless it only
// asks for names or the time. Where nothing says that a station belongs to the plant, one
// finding stands for all that it reaches.
func (b *Board) border(l *davy.Link, o davy.Origin) {
	inner, outer := l.Client, l.Server
	if !b.config.Site.Inside(inner) {
		inner, outer = outer, inner
	}
	if !b.config.Site.Inside(inner) || !outside(b.config.Site, outer) {
		return
	}
	severity, k := davy.Low, key(internet, 1, inner.Hash())
	n := b.config.Site.Network(inner)
	switch {
	case n != nil && n.Kind == "it":
		severity = davy.Info
	case n != nil || b.inventory.Operates(inner):
		severity, k = davy.High, BorderFinding(l.Client, l.Server)
		if quietProtocols[l.Protocol] {
			severity = davy.Medium
		}
	}
	if b.goesOn(k, l.First, o) {
		return
	}
	title, expected := "Connection from the plant to the Internet", fmt.Sprintf("%s does not talk to the Internet", b.call(inner))
	entities := []davy.Addr{inner, outer}
	if l.Client == outer {
		title, expected = "Connection from the Internet into the plant", fmt.Sprintf("%s cannot be reached from the Internet", b.call(inner))
		entities = []davy.Addr{outer, inner}
	}
	b.Take(&davy.Finding{Detector: internet, Title: title, Severity: severity, Time: l.First, Last: l.First, Origin: o, LastFrame: o.Frame, Count: 1, Entities: entities,
		Protocol: l.Protocol, Expected: expected, Seen: fmt.Sprintf("%s talks to %s over %s", b.call(l.Client), b.call(l.Server), over(l)), Key: k})
}

// outside reports whether an address is a host of the Internet.
func outside(site *davy.Site, a davy.Addr) bool { return !a.Group() && !site.Inside(a) }

// BorderFinding is the key of the finding that a link crosses the border.
func BorderFinding(client, server davy.Addr) uint64 {
	return key(internet, client.Hash(), server.Hash())
}
