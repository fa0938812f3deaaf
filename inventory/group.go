package inventory

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/davylamp/davy"
)

// members fills in who shares a virtual address: by the word of the members' protocol, and
// as declared. A declared group of which no address is virtual becomes a logical device of
// its own, behind its members: whoever of them has an address at the moment, it is the
// group that people mean.
func (a *Assets) members(rows []davy.Asset, site *davy.Site) []davy.Asset {
	byAddr := map[davy.Addr]int{} // row of an address
	for i := range rows {
		if rows[i].Path == "" {
			for _, addr := range rows[i].Addresses {
				byAddr[addr] = i
			}
		}
	}
	join := func(to *davy.Asset, addr davy.Addr) {
		if i, ok := byAddr[addr]; ok && !rows[i].Virtual && !slices.Contains(to.Members, rows[i].ID) {
			to.Members = append(to.Members, rows[i].ID)
		}
	}
	for _, st := range a.live() {
		for _, f := range st.facts {
			if f.attribute != davy.AttrMember {
				continue
			}
			for addr, i := range byAddr {
				if rows[i].Virtual && addr.Scope == st.addr.Scope && addr.String() == f.value {
					join(&rows[i], st.addr)
				}
			}
		}
	}
	for n, group := range site.Redundant {
		rows = a.declared(rows, n+1, group, byAddr, join)
	}
	return rows
}

// declared treats one declared group.
func (a *Assets) declared(rows []davy.Asset, n int, group []netip.Addr, byAddr map[davy.Addr]int, join func(*davy.Asset, davy.Addr)) []davy.Asset {
	r := davy.Asset{ID: fmt.Sprintf("G-%d", n), Kind: davy.KindUnknown, Virtual: true}
	var virtual []int
	for _, ip := range group {
		for addr := range byAddr {
			if addr.IP() == ip {
				r.Addresses = append(r.Addresses, addr)
			}
		}
	}
	slices.SortFunc(r.Addresses, davy.Addr.Compare)
	for _, addr := range r.Addresses {
		i := byAddr[addr]
		if rows[i].Virtual {
			virtual = append(virtual, i)
			continue
		}
		join(&r, addr)
	}
	for _, i := range virtual {
		for _, addr := range r.Addresses {
			join(&rows[i], addr)
		}
	}
	if len(virtual) > 0 || len(r.Members) < 2 {
		return rows
	}
	for _, addr := range r.Addresses {
		m := &rows[byAddr[addr]]
		if r.First == 0 || m.First < r.First {
			r.First = m.First
		}
		r.Last = max(r.Last, m.Last)
		if r.Scope == "" {
			r.Scope, r.Kind, r.Vendor, r.Model, r.Level, r.Zone, r.Owner, r.Critical = m.Scope, m.Kind, m.Vendor, m.Model, m.Level, m.Zone, m.Owner, m.Critical
		}
		switch {
		case m.Name == "":
		case r.Name == "":
			r.Name = m.Name
		default:
			r.Name += " | " + m.Name
		}
	}
	r.Evidence = []davy.Evidence{{Attribute: davy.AttrVirtual, Value: "addresses that fail over to each other", Source: "declared", Confidence: 100, First: r.First, Last: r.Last, Count: 1}}
	return append(rows, r)
}
