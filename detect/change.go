package detect

import (
	"fmt"

	"github.com/davylamp/davy"
)

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
		c.Time, c.Origin, []davy.Addr{c.Asset},
		fmt.Sprintf("%s has %s %s", what, c.Attribute, c.Was), fmt.Sprintf("it now tells %s (%s)", c.Is, c.Source))
}
