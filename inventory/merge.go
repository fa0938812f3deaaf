package inventory

import (
	"slices"

	"github.com/davylamp/davy"
)

// device is one or several stations that are the same thing, with the reason.
type device struct {
	stations []*station
	reasons  []davy.Evidence
}

// devices groups stations on strong evidence: an address that was told to have a MAC is
// the station of that MAC; addresses that were told to share a MAC which does not forward
// are one device; so are stations that tell the same serial number of the same maker and
// model. Virtual addresses stay apart: their members are other devices.
func (a *Assets) devices() []*device {
	parent := make([]int, len(a.list)+1)
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	reasons := map[int][]davy.Evidence{}
	join := func(x, y *station, e davy.Evidence) {
		i, j := find(x.number), find(y.number)
		if i == j {
			return
		}
		if j < i {
			i, j = j, i
		}
		parent[j] = i
		reasons[i] = append(append(reasons[i], reasons[j]...), e)
		delete(reasons, j)
	}
	holders := map[davy.MAC]*station{}
	for _, st := range a.list {
		if st.addr.IsMAC() {
			holders[st.addr.MAC()] = st
		}
	}
	for _, st := range a.list {
		for _, b := range st.macs {
			p := a.macs[b.mac]
			if p == nil || moved(st, b) || a.virtualMAC(b.mac) != st.virtual {
				continue
			}
			// A router claims its own addresses, and sends with those of others.
			own := b.strong && p.strong <= 4 || len(p.ips) == 1 && !p.forwards()
			if !own {
				continue
			}
			if other := holders[b.mac]; other == nil {
				holders[b.mac] = st
			} else if b.strong || other.addr.IsMAC() {
				join(other, st, davy.Evidence{Attribute: "merged", Value: st.addr.String() + " has " + b.mac.String(), Source: b.source, Confidence: 90, First: b.first, Last: b.last, Count: b.count})
			}
		}
	}
	a.sameSerial(join)
	byRoot := map[int]*device{}
	var list []*device
	for _, st := range a.list {
		root := find(st.number)
		d := byRoot[root]
		if d == nil {
			d = &device{reasons: reasons[root]}
			byRoot[root] = d
			list = append(list, d)
		}
		d.stations = append(d.stations, st)
	}
	return list
}

// moved reports whether an address has since been told to have another MAC: the old one is
// history, not the same device.
func moved(st *station, b binding) bool {
	return slices.ContainsFunc(st.macs, func(o binding) bool { return o.mac != b.mac && o.strong && o.last > b.last })
}

// virtualMAC reports whether a MAC belongs to an address that members of a group share.
func (a *Assets) virtualMAC(m davy.MAC) bool {
	p := a.macs[m]
	if p == nil {
		return false
	}
	return slices.ContainsFunc(p.ips, func(ip davy.Addr) bool { return a.byAddr[ip] != nil && a.byAddr[ip].virtual })
}

func (a *Assets) sameSerial(join func(x, y *station, e davy.Evidence)) {
	type thing struct{ serial, vendor, model string }
	seen := map[thing]*station{}
	for _, st := range a.list {
		serial := best(st.facts, davy.Path{}, davy.AttrSerial)
		if serial == nil || serial.confidence < 90 || serial.many || len(serial.value) < 4 || st.virtual {
			continue
		}
		t := thing{serial: serial.value}
		if f := best(st.facts, davy.Path{}, davy.AttrVendor); f != nil {
			t.vendor = f.value
		}
		if f := best(st.facts, davy.Path{}, davy.AttrModel); f != nil {
			t.model = f.value
		}
		if other := seen[t]; other != nil && other.addr.Scope == st.addr.Scope {
			join(other, st, davy.Evidence{Attribute: "merged", Value: st.addr.String() + " tells serial number " + serial.value, Source: serial.source, Confidence: 90, First: serial.first, Last: serial.last, Count: serial.count})
		} else {
			seen[t] = st
		}
	}
}
