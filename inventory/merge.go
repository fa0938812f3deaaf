package inventory

import (
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// device is one or several stations that are the same thing, with the reason.
type device struct {
	stations []*station
	facts    []fact
	reasons  []davy.Evidence
}

// joiner puts stations together.
type joiner struct {
	parent  []int
	place   map[*station]int
	reasons map[int][]davy.Evidence
	site    *davy.Site
}

func (j *joiner) find(i int) int {
	for j.parent[i] != i {
		j.parent[i] = j.parent[j.parent[i]]
		i = j.parent[i]
	}
	return i
}

// join makes two stations one device. Addresses that are declared to fail over to each other
// are two devices, whatever they share for a while.
func (j *joiner) join(x, y *station, e davy.Evidence) {
	if j.site.Pair(x.addr, y.addr) {
		return
	}
	i, k := j.find(j.place[x]), j.find(j.place[y])
	if i == k {
		return
	}
	if k < i {
		i, k = k, i
	}
	j.parent[k] = i
	j.reasons[i] = append(append(j.reasons[i], j.reasons[k]...), e)
	delete(j.reasons, k)
}

// devices groups stations on strong evidence: an address that was told to have a MAC is
// the station of that MAC; addresses that were told to share a MAC which does not forward
// are one device; so are stations that tell the same serial number of the same maker and
// model. Virtual addresses stay apart: their members are other devices.
func (a *Assets) devices(site *davy.Site) []*device {
	live := a.live()
	j := &joiner{parent: make([]int, len(live)), place: make(map[*station]int, len(live)), reasons: map[int][]davy.Evidence{}, site: site}
	for i, st := range live {
		j.parent[i], j.place[st] = i, i
	}
	a.sameMAC(j, live)
	a.sameSerial(j, live)
	byRoot := map[int]*device{}
	var list []*device
	for i, st := range live {
		root := j.find(i)
		d := byRoot[root]
		if d == nil {
			d = &device{reasons: j.reasons[root]}
			byRoot[root] = d
			list = append(list, d)
		}
		d.stations = append(d.stations, st)
		d.facts = append(d.facts, st.facts...)
	}
	return list
}

func (a *Assets) sameMAC(j *joiner, live []*station) {
	holders := map[davy.MAC]*station{}
	for _, st := range live {
		if st.addr.IsMAC() {
			holders[st.addr.MAC()] = st
		}
	}
	for _, st := range live {
		for _, b := range st.macs {
			p := a.macs[b.mac]
			if p == nil || moved(st, b) || a.virtualMAC(b.mac) != st.virtual {
				continue
			}
			// A router claims its own addresses, and sends with those of others. Frames alone
			// prove something where no router stands between.
			if own := b.strong && p.strong <= 4 || len(p.ips) == 1 && st.near && !p.forwards(); !own {
				continue
			}
			if other := holders[b.mac]; other == nil {
				holders[b.mac] = st
			} else if b.strong || other.addr.IsMAC() {
				j.join(other, st, davy.Evidence{Attribute: "merged", Value: st.addr.String() + " has " + b.mac.String(), Source: b.source, Confidence: sure(b), First: b.first, Last: b.last, Count: b.count})
			}
		}
	}
}

// moved reports whether an address has since been told to have another MAC: the old one is
// history, not the same device. Of a baseline, which has no times, the order tells.
func moved(st *station, b binding) bool {
	old := true
	for _, o := range st.macs {
		switch {
		case o.mac == b.mac:
			old = false
		case o.strong && (o.last > b.last || o.last == b.last && o.last == 0 && !old):
			return true
		}
	}
	return false
}

// virtualMAC reports whether a MAC belongs to an address that members of a group share.
func (a *Assets) virtualMAC(m davy.MAC) bool {
	p := a.macs[m]
	if p == nil {
		return false
	}
	return slices.ContainsFunc(p.ips, func(ip davy.Addr) bool { return a.byAddr[ip] != nil && a.byAddr[ip].virtual })
}

// sameSerial joins stations of one scope that tell the same serial number, and of which
// maker or model is known, too. Slots and units have serial numbers of their own.
func (a *Assets) sameSerial(j *joiner, live []*station) {
	type thing struct {
		serial, vendor, model string
		scope                 davy.Scope
	}
	seen := map[thing]*station{}
	for _, st := range live {
		serial := best(st.facts, davy.Path{}, davy.AttrSerial)
		if serial == nil || serial.confidence < 90 || serial.many || !individual(serial.value) || st.virtual {
			continue
		}
		t := thing{serial: serial.value, scope: st.addr.Scope}
		if f := best(st.facts, davy.Path{}, davy.AttrVendor); f != nil {
			t.vendor = f.value
		}
		if f := best(st.facts, davy.Path{}, davy.AttrModel); f != nil {
			t.model = f.value
		}
		if t.vendor == "" && t.model == "" {
			continue
		}
		if other := seen[t]; other != nil {
			j.join(other, st, davy.Evidence{Attribute: "merged", Value: st.addr.String() + " tells serial number " + serial.value, Source: serial.source, Confidence: 90, First: serial.first, Last: serial.last, Count: serial.count})
		} else {
			seen[t] = st
		}
	}
}

// individual reports whether a serial number can tell devices apart: what makers leave in
// when they give none cannot.
func individual(serial string) bool {
	s := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(serial)), "0x")
	if len(s) < 4 || strings.Count(s, s[:1]) == len(s) {
		return false
	}
	return !slices.Contains([]string{"none", "unknown", "not set", "default", "123456", "12345678", "0123456789", "serial number"}, s)
}
