package inventory

import (
	"net/netip"
	"slices"

	"github.com/davylamp/davy"
)

// together is how close in time a source tells several values of one attribute when they
// stand beside each other (modules of a rack) rather than replace each other, in ns.
const together = 60e9

// identities are the attributes whose change on a known device is worth a judge's look.
var identities = []davy.Attribute{davy.AttrFirmware, davy.AttrHardware, davy.AttrModel, davy.AttrOrder, davy.AttrSerial, davy.AttrVendor}

// Tell takes a fact. It returns what changed where the fact contradicts what the same
// source said of the same device before; nil when nothing did.
func (a *Assets) Tell(f *davy.Fact) *davy.Change {
	st, _ := a.station(f.About, f.Time)
	if st == nil {
		return nil
	}
	switch f.Attribute {
	case davy.AttrMAC:
		if m := davy.ParseMAC(f.Value); m != 0 {
			a.bind(st, m, true, f.Source, f.Time)
		}
		return nil
	case davy.AttrIP:
		// A station known by its MAC says which address it has: the address gets the MAC.
		if ip, err := netip.ParseAddr(f.Value); err == nil && st.addr.IsMAC() && !ip.IsUnspecified() {
			if other, _ := a.station(davy.AddrOfIP(ip, st.addr.Scope), f.Time); other != nil {
				a.bind(other, st.addr.MAC(), true, f.Source, f.Time)
			}
		}
	case davy.AttrVirtual:
		st.virtual = true
	case davy.AttrRouter:
		st.router = true
	}
	return a.keep(st, f)
}

func (a *Assets) keep(st *station, f *davy.Fact) *davy.Change {
	var last *fact
	for i := range st.facts {
		k := &st.facts[i]
		if k.attribute != f.Attribute || k.path != f.Path || k.source != f.Source {
			continue
		}
		if k.value == f.Value {
			k.last, k.count = f.Time, k.count+1
			return nil
		}
		if last == nil || k.last >= last.last {
			last = k
		}
	}
	n := fact{path: f.Path, attribute: f.Attribute, value: f.Value, source: f.Source, confidence: f.Confidence, first: f.Time, last: f.Time, count: 1}
	var changed *davy.Change
	if last != nil {
		if f.Time-last.last < together {
			last.many = true
		}
		if n.many = last.many; !n.many && slices.Contains(identities, f.Attribute) {
			changed = &davy.Change{Time: f.Time, Origin: f.Origin, Asset: f.About, Path: f.Path, Attribute: f.Attribute, Was: last.value, Is: f.Value, Source: f.Source}
		}
	}
	if len(st.facts) >= maxEvidence {
		a.LostFact++
		return changed
	}
	st.facts = append(st.facts, n)
	return changed
}

// best is the value of an attribute that is most to be believed: the highest confidence,
// then the newest, then the one told most. Only facts of the path count.
func best(facts []fact, path davy.Path, want davy.Attribute) *fact {
	var top *fact
	for i := range facts {
		f := &facts[i]
		if f.attribute != want || f.path != path {
			continue
		}
		if top == nil || f.confidence > top.confidence ||
			f.confidence == top.confidence && (f.many != top.many && !f.many || f.many == top.many && !f.many && f.last > top.last) {
			top = f
		}
	}
	return top
}
