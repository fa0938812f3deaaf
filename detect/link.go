package detect

import (
	"fmt"
	"strings"

	"github.com/davylamp/davy"
)

// quietProtocols are what hosts say by themselves: finding names, addresses, time. A new
// link of theirs means little.
var quietProtocols = map[string]bool{"arp": true, "dns": true, "dhcp": true, "ntp": true, "icmp": true, "icmpv6": true, "lldp": true, "vrrp": true, "hsrp": true, "dhcpv6": true}

// opener is a station that opens new links: after many of them one more says nothing new.
type opener struct {
	since int64
	low   int
	loud  int
}

// How many new links of a station are told one by one, in a day: those that matter little,
// and those that matter.
const (
	fewLow  = 16
	fewLoud = 64
)

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
	k, severity := LinkFinding(l.Client, l.Server), b.weigh(l)
	switch {
	case news.Has(davy.Learning):
		k, severity = key(newLink, 1, l.Server.Hash()), davy.Info
		if b.goesOn(k, l.First, o) {
			return
		}
	case news.Has(davy.Unsure):
		severity = davy.Info
	}
	if severity > davy.Info && b.alike(l, k, severity, o) {
		return
	}
	client, server := b.call(l.Client), b.call(l.Server)
	expected, seen := "Nothing yet: Davy is learning who talks to whom", client+" talks to "+server+" over "+over(l)
	if !news.Has(davy.Learning) {
		expected = client + " and " + server + " do not talk; they never did while Davy learned"
	}
	b.Take(&davy.Finding{Detector: newLink, Title: "New link", Severity: severity, Time: l.First, Last: l.First, Origin: o, LastFrame: o.Frame, Count: 1,
		Entities: []davy.Addr{l.Client, l.Server}, Protocol: l.Protocol, Expected: expected, Seen: seen, Key: k})
}

// alike says it where a finding is open already: the two talk over something else, too, or
// the station talks to everybody.
func (b *Board) alike(l *davy.Link, k uint64, severity davy.Severity, o davy.Origin) bool {
	if f := b.byKey[k]; f != nil && l.First-f.Last <= newsQuiet && f.Window == "" {
		extend(f.Finding, l.First, o, 1)
		if also := ", " + over(l); !strings.HasSuffix(f.Seen, " "+over(l)) && !strings.Contains(f.Seen, also) && strings.Count(f.Seen, ",") < 5 {
			f.Seen += also
			f.Severity, f.own = max(f.Severity, severity), max(f.own, severity)
			b.again(f.Finding)
		}
		return true
	}
	n := b.links.get(l.Client)
	if n == nil {
		n = b.links.put(l.Client, opener{since: l.First})
	}
	if l.First-n.since > newsQuiet {
		*n = opener{since: l.First}
	}
	told, few := &n.low, fewLow
	if severity > davy.Low {
		told, few = &n.loud, fewLoud
	}
	if *told++; *told <= few {
		return false
	}
	all := key(newLink, 2, l.Client.Hash(), uint64(severity))
	if !b.goesOn(all, l.First, o) {
		b.raise(newLink, "New links to many stations", severity, all, l.First, o, []davy.Addr{l.Client, l.Server},
			fmt.Sprintf("%s talks to the stations that it talked to while Davy learned", b.call(l.Client)),
			fmt.Sprintf("%s opened more than %d new links within a day; the last one to %s over %s", b.call(l.Client), few, b.call(l.Server), over(l)))
	}
	return true
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

// LinkFinding is the key of the finding that a link is new.
func LinkFinding(client, server davy.Addr) uint64 { return key(newLink, client.Hash(), server.Hash()) }
