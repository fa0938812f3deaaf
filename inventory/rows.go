package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// Rows lists the assets as they stand, in the order first seen; what answers behind an
// address follows it as an asset of its own where it told who it is, or where several do.
func (a *Assets) Rows(site *davy.Site) (rows []davy.Asset) {
	for _, d := range a.devices(site) {
		main := a.row(d, site)
		behind := separate(d)
		if len(behind) == 1 && racks(behind[0]) == "" && (best(d.facts, davy.Path{}, davy.AttrModel) == nil || !tells(d, behind[0])) {
			// One unit behind an address that says nothing itself is the device itself.
			a.describe(&main, d, behind[0])
			behind = nil
		}
		units := 0
		for _, p := range behind {
			if racks(p) == "" {
				units++
			}
		}
		if units >= many && main.Model == "" && slices.ContainsFunc(main.Evidence, func(e davy.Evidence) bool { return e.Attribute == davy.AttrKind && concluded(&e) }) {
			settle(&main, davy.KindGateway, fmt.Sprintf("%d devices answer behind it", units), roleSure)
		}
		rows = append(rows, main)
		last := len(rows) - 1
		for _, p := range behind {
			if rack := racks(p); rack != "" {
				rows[last].Modules = append(rows[last].Modules, module(d, p))
				continue
			}
			sub := davy.Asset{ID: main.ID + "/" + p.String(), Scope: main.Scope, Addresses: main.Addresses, Path: p.String(), Kind: davy.KindUnknown,
				Level: main.Level, Zone: main.Zone, First: main.First, Last: main.Last}
			a.describe(&sub, d, p)
			rows = append(rows, sub)
		}
		takeRack(&rows[last])
		for i := last; i < len(rows); i++ {
			familiar(&rows[i])
		}
	}
	return a.members(rows, site)
}

// racks is the name of the rack that a path lies in, when it names a place in one: a slot.
// Other paths (units behind a gateway, routes to other networks) are devices of their own.
func racks(p davy.Path) string {
	if p.Kind != nil && strings.Contains(p.String(), "slot") && !strings.Contains(p.String(), ".") {
		return p.Kind.Name
	}
	return ""
}

// takeRack lets a rack that says nothing of itself be what its processor says: the module
// that tells a serial number or model first.
func takeRack(r *davy.Asset) {
	if r.Model != "" {
		return
	}
	for _, m := range r.Modules {
		if m.Model != "" {
			r.Model, r.Firmware, r.Serial = m.Model, m.Firmware, m.Serial
			if m.Vendor != "" {
				r.Vendor = m.Vendor
			}
			return
		}
	}
}

// tells reports whether something at a path told who it is.
func tells(d *device, p davy.Path) bool {
	return slices.ContainsFunc(d.facts, func(f fact) bool { return f.path == p && f.attribute != davy.AttrBehind })
}

// separate are the devices behind the address that are not the address itself: Modbus units
// 0 and 255 stand for the device itself (MODBUS Messaging on TCP/IP V1.0b, 4.4.2).
func separate(d *device) []davy.Path {
	return slices.DeleteFunc(paths(d), func(p davy.Path) bool {
		return p.Kind.Name == "unit" && (p.Number == 0 || p.Number == 255) && !tells(d, p)
	})
}

// paths are the devices behind the address, in the order first told of.
func paths(d *device) (list []davy.Path) {
	for _, f := range d.facts {
		if f.path.Kind != nil && !slices.Contains(list, f.path) {
			list = append(list, f.path)
		}
	}
	slices.SortFunc(list, func(x, y davy.Path) int {
		if c := strings.Compare(x.Kind.Name, y.Kind.Name); c != 0 {
			return c
		}
		return cmp.Compare(x.Number, y.Number)
	})
	return list
}

func module(d *device, p davy.Path) davy.Module {
	get := func(a davy.Attribute) string {
		if f := best(d.facts, p, a); f != nil {
			return f.value
		}
		return ""
	}
	return davy.Module{Path: p.String(), Name: get(davy.AttrName), Vendor: get(davy.AttrVendor), Model: firstOf(get(davy.AttrModel), get(davy.AttrOrder)),
		Firmware: get(davy.AttrFirmware), Serial: get(davy.AttrSerial)}
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func (a *Assets) row(d *device, site *davy.Site) davy.Asset {
	first := d.stations[0]
	r := davy.Asset{ID: fmt.Sprintf("A-%d", first.number), Scope: first.addr.Scope.String(), First: first.first, Evidence: d.reasons}
	for _, st := range d.stations {
		r.First, r.Last = min(r.First, st.first), max(r.Last, st.last)
		if st.addr.IsIP() {
			r.Addresses = append(r.Addresses, st.addr)
		} else {
			addMAC(&r, st.addr.MAC())
		}
		r.Virtual = r.Virtual || st.virtual
		for _, b := range st.macs {
			if p := a.macs[b.mac]; p != nil && (b.strong || !p.forwards() && len(p.ips) <= 2) && !moved(st, b) {
				addMAC(&r, b.mac)
				r.Evidence = append(r.Evidence, davy.Evidence{Attribute: davy.AttrMAC, Value: b.mac.String(), Source: b.source, Confidence: sure(b), First: b.first, Last: b.last, Count: b.count})
			}
		}
	}
	slices.SortFunc(r.Addresses, davy.Addr.Compare)
	a.describe(&r, d, davy.Path{})
	a.place(&r, d, site)
	if r.Vendor == "" {
		for _, m := range r.MACs {
			if v := Vendor(m); v != "" && !r.Virtual {
				r.Vendor = v
				r.Evidence = append(r.Evidence, davy.Evidence{Attribute: davy.AttrVendor, Value: v, Source: "MAC prefix (IEEE)", Confidence: 40, First: r.First, Last: r.Last, Count: 1})
				break
			}
		}
	}
	return r
}

func sure(b binding) uint8 {
	if b.strong {
		return 90
	}
	return 60
}

// describe fills a row from the facts of a path.
func (a *Assets) describe(r *davy.Asset, d *device, p davy.Path) {
	get := func(attr davy.Attribute) string {
		if f := best(d.facts, p, attr); f != nil {
			return f.value
		}
		return ""
	}
	r.Name, r.Vendor, r.Serial = firstOf(get(davy.AttrName), r.Name), firstOf(get(davy.AttrVendor), r.Vendor), firstOf(get(davy.AttrSerial), r.Serial)
	r.Model = firstOf(get(davy.AttrModel), get(davy.AttrOrder), r.Model)
	r.Firmware = firstOf(get(davy.AttrFirmware), r.Firmware)
	r.RunState, r.Key = firstOf(get(davy.AttrRunState), r.RunState), firstOf(get(davy.AttrKey), r.Key)
	if k := get(davy.AttrKind); k != "" {
		r.Kind = k
	}
	for _, f := range d.facts {
		if f.path == p || p.Kind == nil && racks(f.path) != "" {
			v := f.value
			r.Evidence = append(r.Evidence, davy.Evidence{Attribute: f.attribute, Value: v, Source: source(f), Confidence: f.confidence, First: f.first, Last: f.last, Count: f.count})
		}
	}
}

func source(f fact) string {
	if f.path.Kind != nil {
		return f.source + " (" + f.path.String() + ")"
	}
	return f.source
}

func addMAC(r *davy.Asset, m davy.MAC) {
	if m != 0 && !slices.Contains(r.MACs, m) {
		r.MACs = append(r.MACs, m)
	}
}
