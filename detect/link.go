package detect

import (
	"fmt"

	"github.com/davylamp/davy"
)

// quietProtocols are what hosts say by themselves: finding names, addresses, time. A new
// link of theirs means little.
var quietProtocols = map[string]bool{"arp": true, "dns": true, "dhcp": true, "ntp": true, "icmp": true, "icmpv6": true, "lldp": true, "vrrp": true, "hsrp": true, "dhcpv6": true}

// Link judges a link that was never seen before (D11), and one that crosses the border to
// the Internet (D13), which needs no learning.
func (b *Board) Link(l *davy.Link, news davy.News, o davy.Origin) {
	if !b.config.Site.Inside(l.Client) || !b.config.Site.Inside(l.Server) {
		b.border(l, o)
		return
	}
	if !news.Has(davy.NewLink) || l.Protocol == "arp" { // asking for an address is no talk
		return
	}
	k := LinkFinding(l.Client, l.Server)
	if news.Has(davy.Learning) {
		k = key(newLink, 1, l.Server.Hash())
	}
	if b.goesOn(k, l.First, o) {
		return
	}
	client, server := b.call(l.Client), b.call(l.Server)
	severity, expected := b.weigh(l), fmt.Sprintf("%s and %s do not talk; they never did while Davy learned", client, server)
	switch {
	case news.Has(davy.Learning):
		severity, expected = davy.Info, "Nothing yet: Davy is learning who talks to whom"
	case news.Has(davy.Unsure):
		severity = davy.Info
	}
	b.raise(newLink, "New link", severity, k, l.First, o, []davy.Addr{l.Client, l.Server}, []string{"T0842"}, expected,
		fmt.Sprintf("%s talks to %s over %s", client, server, over(l)))
	if f := b.byKey[k]; f != nil {
		f.Protocol = l.Protocol
	}
}

// over is what a link runs over, as people say it.
func over(l *davy.Link) string {
	switch {
	case l.Protocol != "":
		return l.Protocol
	case l.Port != 0:
		return fmt.Sprintf("%s port %d", l.Transport, l.Port)
	}
	return l.Transport
}

// weigh says how much a new link matters: one that reaches a controller, or that a
// controller opens by itself, matters; what hosts say by themselves does not.
func (b *Board) weigh(l *davy.Link) davy.Severity {
	switch {
	case quietProtocols[l.Protocol]:
		return davy.Info
	case l.Server.Group() || l.Server.IsMAC() || b.broadcast(l.Server):
		return davy.Low
	case b.inventory.Controls(l.Client) && b.inventory.Controls(l.Server):
		return davy.Medium
	case b.config.Industrial(l.Protocol) || b.inventory.Controls(l.Server) || b.inventory.Controls(l.Client):
		return davy.Medium
	}
	return davy.Low
}

// broadcast reports whether an address looks like a subnet's directed broadcast: it ends in
// ones and nobody sends with it.
func (b *Board) broadcast(a davy.Addr) bool {
	if !a.Is4() {
		return false
	}
	ip := a.IP().As4()
	return ip[3] == 255 && !b.inventory.Known(a)
}

// border judges links between the site and the Internet. From declared office IT it is
// nothing; from a station that operates the plant it is what malware does.
func (b *Board) border(l *davy.Link, o davy.Origin) {
	inner, outer := l.Client, l.Server
	if !b.config.Site.Inside(inner) {
		inner, outer = outer, inner
	}
	if !b.config.Site.Inside(inner) || outer.Group() {
		return
	}
	k := BorderFinding(l.Client, l.Server)
	if b.goesOn(k, l.First, o) {
		return
	}
	severity := davy.Low
	n := b.config.Site.Network(inner)
	switch {
	case n != nil && n.Kind == "it":
		severity = davy.Info
	case n != nil || b.inventory.Operates(inner):
		severity = davy.High
	}
	b.raise(internet, "Connection between the plant and the Internet", severity, k, l.First, o, []davy.Addr{inner, outer}, []string{"T0883", "T0869"},
		fmt.Sprintf("%s does not talk to the Internet", b.call(inner)), fmt.Sprintf("%s talks to %s over %s", b.call(l.Client), b.call(l.Server), over(l)))
}

// BorderFinding is the key of the finding that a link crosses the border.
func BorderFinding(client, server davy.Addr) uint64 {
	return key(internet, client.Hash(), server.Hash())
}
