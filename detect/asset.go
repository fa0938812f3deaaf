package detect

import (
	"fmt"

	"github.com/davylamp/davy"
)

// arrivals remembers by which MAC a new station came, so that its address is no second news.
type arrivals struct {
	byMAC map[davy.MAC]uint64 // key of the finding
}

func newArrivals() arrivals { return arrivals{byMAC: map[davy.MAC]uint64{}} }

const maxArrivals = 65536

// Arrived judges a station that was never seen before (D01). Addresses outside the site
// are the border's matter, those behind a router arrive by the router's MAC.
func (b *Board) Arrived(s *davy.Sighting, learning bool) {
	site := b.config.Site
	if !site.Inside(s.Addr) || s.Addr.Group() {
		return
	}
	if learning {
		b.raise(newAsset, "New asset", davy.Info, key(newAsset, s.Addr.Hash()), s.Time, s.Origin, []davy.Addr{s.Addr}, []string{"T0842"},
			"Nothing yet: Davy is learning who is there", b.call(s.Addr)+" is there")
		return
	}
	mac := s.MAC
	if s.Addr.IsMAC() {
		mac = s.Addr.MAC()
	}
	routed := b.inventory.Forwards(mac)
	if k, ok := b.assets.byMAC[mac]; ok && !routed {
		if b.byKey[k] != nil && !s.Addr.IsMAC() {
			b.raise(newAsset, "New asset's address", davy.Low, key(newAsset, s.Addr.Hash()), s.Time, s.Origin, []davy.Addr{s.Addr, davy.AddrOfMAC(mac, s.Addr.Scope)}, []string{"T0842"},
				"Only the stations that Davy learned", fmt.Sprintf("%s has %s", mac, b.call(s.Addr)))
		}
		return
	}
	severity, title := davy.Medium, "New asset"
	expected := "Only the stations that Davy learned"
	seen := b.call(s.Addr) + " is new"
	switch {
	case site.IT(s.Addr):
		severity = davy.Low
	case site.Of(s.Addr) != nil:
		severity = davy.Low // declared, only never heard
	case s.Addr.IsMAC() && b.inventory.Bound(mac):
		return // the MAC of a station that is known by its address
	case !s.Addr.IsMAC() && !routed && b.inventory.Known(davy.AddrOfMAC(mac, s.Addr.Scope)):
		severity, title, seen = davy.Low, "Known station with a new address", fmt.Sprintf("%s now has %s", mac, s.Addr)
	}
	if !s.Addr.IsMAC() && mac != 0 {
		seen += fmt.Sprintf(" (MAC %s)", mac)
	}
	k := key(newAsset, s.Addr.Hash())
	if !routed && len(b.assets.byMAC) < maxArrivals {
		b.assets.byMAC[mac] = k
	}
	b.raise(newAsset, title, severity, k, s.Time, s.Origin, []davy.Addr{s.Addr}, []string{"T0842"}, expected, seen)
}

// Changed judges what a known device tells differently than before (D03): its firmware,
// model, hardware or serial number.
func (b *Board) Changed(c *davy.Change, learning bool) {
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
