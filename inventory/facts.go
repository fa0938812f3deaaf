package inventory

import (
	"net/netip"
	"slices"
	"unicode/utf8"

	"github.com/davylamp/davy"
)

// fact is what a source said of a station, or of what is behind it.
type fact struct {
	path       davy.Path
	attribute  davy.Attribute
	value      string
	source     string
	confidence uint8
	many       bool // one of several values that the source tells at a time
	first      int64
	last       int64
	count      uint64
}

// together is how close in time a source tells several values of one attribute when they
// stand beside each other (modules of a rack) rather than replace each other, in ns.
const together = 60e9

// identities are the attributes whose change on a known device is worth a judge's look.
var identities = []davy.Attribute{davy.AttrFirmware, davy.AttrHardware, davy.AttrModel, davy.AttrOrder, davy.AttrSerial, davy.AttrVendor}

// Tell takes a fact. It returns what changed where the fact contradicts what the same
// source said of the same device before; nil when nothing did.
func (a *Assets) Tell(f *davy.Fact) *davy.Change {
	st := a.station(f.About, f.Time)
	if st == nil {
		return nil
	}
	switch f.Attribute {
	case davy.AttrMAC:
		if m := davy.ParseMAC(f.Value); m != 0 && !m.Group() {
			a.bind(st, m, true, f.Source, f.Time)
		}
		return nil
	case davy.AttrIP:
		// A station known by its MAC says which address it has: the address gets the MAC.
		if ip, err := netip.ParseAddr(f.Value); err == nil && st.addr.IsMAC() && !ip.IsUnspecified() {
			if other := a.station(davy.AddrOfIP(ip, st.addr.Scope), f.Time); other != nil {
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
	value := cut(f.Value)
	var same, last *fact // the same word said before; the last word of this source
	for i := range st.facts {
		k := &st.facts[i]
		if k.attribute != f.Attribute || k.path != f.Path || k.source != f.Source {
			continue
		}
		if k.value == value {
			same = k
		}
		if last == nil || k.last >= last.last {
			last = k
		}
	}
	if same != nil && same == last {
		same.last, same.count = f.Time, same.count+1
		return nil
	}
	var changed *davy.Change
	many := false
	if last != nil {
		if f.Time-last.last < together {
			last.many = true
		}
		if many = last.many; !many && slices.Contains(identities, f.Attribute) {
			changed = &davy.Change{Time: f.Time, Origin: f.Origin, Asset: f.About, Path: f.Path, Attribute: f.Attribute, Was: last.value, Is: value, Source: f.Source}
		}
	}
	if same != nil { // what was told long ago holds again
		same.last, same.count, same.many = f.Time, same.count+1, same.many || many
		return changed
	}
	n := fact{path: f.Path, attribute: f.Attribute, value: value, source: f.Source, confidence: f.Confidence, many: many, first: f.Time, last: f.Time, count: 1}
	if len(st.facts) >= maxFacts {
		old := 0
		for i := range st.facts {
			if st.facts[i].last < st.facts[old].last {
				old = i
			}
		}
		st.facts[old] = n
		a.LostFact++
		return changed
	}
	if a.facts >= factsPer*a.config.Assets {
		a.LostFact++
		return changed
	}
	a.facts++
	st.facts = append(st.facts, n)
	return changed
}

// cut shortens a value that no device would call itself by, at a character's end.
func cut(s string) string {
	if len(s) <= maxValue {
		return s
	}
	n := maxValue
	for n > maxValue-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// best is the value of an attribute that is most to be believed: the highest confidence,
// then what stands alone over one of many, then the newest. Only facts of the path count.
func best(facts []fact, path davy.Path, want davy.Attribute) *fact {
	var top *fact
	for i := range facts {
		f := &facts[i]
		if f.attribute != want || f.path != path {
			continue
		}
		if top == nil || f.confidence > top.confidence ||
			f.confidence == top.confidence && (f.many != top.many && !f.many || f.many == top.many && !f.many && f.last >= top.last) {
			top = f
		}
	}
	return top
}
