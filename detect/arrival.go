package detect

import (
	"fmt"

	"github.com/davylamp/davy"
)

// arrivals remembers by which MAC a new station came, so that its address is no second news,
// and how many came of late.
type arrivals struct {
	byMAC  ring[davy.MAC, uint64] // key of the finding
	recent []int64                // message times of those above low, the newest last
}

func newArrivals(ceiling int) arrivals { return arrivals{byMAC: newRing[davy.MAC, uint64](ceiling)} }

// crowd is how many new stations within an hour are worth a person's look one by one. More
// are no intruder but a part of the plant that was never mirrored or learned.
const (
	crowd     = 12
	crowdSpan = 3600e9
)

// Arrived judges a station that was never seen before (D01). Addresses outside the site
// are the border's matter, those behind a router arrive by the router's MAC.
func (b *Board) Arrived(s *davy.Sighting, learning bool) {
	site := b.config.Site
	if !site.Inside(s.Addr) || s.Addr.Group() {
		return
	}
	mac := s.MAC
	if s.Addr.IsMAC() {
		mac = s.Addr.MAC()
		if b.inventory.Others(mac, s.Addr) {
			return // the MAC of a station that is known by its address
		}
	}
	routed := b.inventory.Forwards(mac)
	if k := b.arrivals.byMAC.get(mac); k != nil && !routed {
		if b.moreOf(*k, s, mac) {
			return
		}
	}
	k := key(newAsset, s.Addr.Hash())
	if !routed && mac != 0 && b.arrivals.byMAC.get(mac) == nil {
		b.arrivals.byMAC.put(mac, k)
	}
	title, expected, seen := "New asset", "Only the stations that Davy learned", b.call(s.Addr)+" is new"
	severity := davy.Medium
	switch network := site.Network(s.Addr); {
	case learning:
		severity, expected, seen = davy.Info, "Nothing yet: Davy is learning who is there", b.call(s.Addr)+" is there"
	case b.inventory.Crowded():
		severity = davy.Info // it may have been here before
	case !s.Addr.IsMAC() && !routed && b.inventory.Others(mac, s.Addr):
		severity, title, seen = davy.Low, "Known station with a new address", fmt.Sprintf("%s now has %s", mac, s.Addr)
	case site.IT(s.Addr), site.Of(s.Addr) != nil: // declared, only never heard
		severity = davy.Low
	case routed && network == nil:
		severity = davy.Low // from somewhere beyond the router, of which nothing is declared
	default:
		severity = b.among(s.Time)
	}
	if !s.Addr.IsMAC() && mac != 0 && !learning {
		if seen += fmt.Sprintf(" (MAC %s)", mac); routed {
			seen += ", behind a router"
		}
	}
	b.raise(newAsset, title, severity, k, s.Time, s.Origin, []davy.Addr{s.Addr}, []string{"T0842"}, expected, seen)
}

// moreOf adds an address to the finding that its station is new, where that is open.
func (b *Board) moreOf(k uint64, s *davy.Sighting, mac davy.MAC) bool {
	f := b.byKey[k]
	if f == nil || s.Time-f.Last > newsQuiet {
		return false
	}
	extend(f.Finding, s.Time, s.Origin, 1)
	if len(f.Entities) < 8 && !contains(f.Entities, s.Addr) {
		f.Entities = append(f.Entities, s.Addr)
		f.Seen += "; it has " + b.call(s.Addr)
		b.again(f.Finding)
	}
	return true
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

// Changed judges what a known device tells differently than before (D03): its firmware,
// model, hardware or serial number.
func (b *Board) Changed(c *davy.Change, learning bool) {
	site := b.config.Site
	for _, group := range site.Redundant {
		// Redundant devices that have changed places tell what the other one told.
		for _, ip := range group {
			partner := davy.AddrOfIP(ip, c.Asset.Scope)
			if partner != c.Asset && site.Pair(c.Asset, partner) && b.inventory.Told(partner, c.Path, c.Attribute, c.Is) {
				return
			}
		}
	}
	severity := davy.Medium
	if c.Attribute == davy.AttrSerial || c.Attribute == davy.AttrModel || c.Attribute == davy.AttrOrder || c.Attribute == davy.AttrFirmware {
		severity = davy.High
	}
	if !b.inventory.Controls(c.Asset) {
		severity = davy.Low
	}
	what := b.call(c.Asset)
	if c.Path.Kind != nil {
		what += " " + c.Path.String()
	}
	b.raise(changedDevice, "Device changed: "+string(c.Attribute), severity, key(changedDevice, c.Asset.Hash(), c.Path.Hash(), davy.HashString(0, string(c.Attribute)+c.Is)),
		c.Time, c.Origin, []davy.Addr{c.Asset}, []string{"T0857"},
		fmt.Sprintf("%s has %s %s", what, c.Attribute, c.Was), fmt.Sprintf("it now tells %s (%s)", c.Is, c.Source))
}
