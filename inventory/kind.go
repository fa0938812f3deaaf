package inventory

import (
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// roleSure is how sure a kind is that was concluded from what a device serves and asks.
const roleSure = 50

// place says where a device stands in the plant and what kind it is, as declared, else as
// concluded from what it serves and asks.
func (a *Assets) place(r *davy.Asset, d *device, site *davy.Site) {
	inside := slices.ContainsFunc(d.stations, func(st *station) bool { return site.Inside(st.addr) })
	if r.Kind == "" && (inside || slices.ContainsFunc(d.stations, func(st *station) bool { return a.Operates(st.addr) })) {
		if k, why := a.kind(d); k != "" {
			r.Kind = k
			r.Evidence = append(r.Evidence, davy.Evidence{Attribute: davy.AttrKind, Value: k, Source: why, Confidence: roleSure, First: r.First, Last: r.Last, Count: 1})
		}
	}
	if r.Kind == "" {
		if r.Kind = davy.KindUnknown; !inside {
			r.Kind = davy.KindExternal
		}
	}
	for _, st := range d.stations {
		if n := site.Network(st.addr); n != nil {
			r.Zone, r.Level = firstOf(n.Zone, n.Name), n.Level
		}
		declare(r, site.Of(st.addr))
	}
	for _, m := range r.MACs {
		declare(r, site.Of(davy.AddrOfMAC(m, d.stations[0].addr.Scope)))
	}
	if r.Level == "" {
		r.Level = levels[r.Kind]
	}
}

// declare lets an asset be called as the operator calls it.
func declare(r *davy.Asset, x *davy.Declared) {
	if x == nil {
		return
	}
	r.Name, r.Kind = firstOf(x.Name, r.Name), firstOf(x.Kind, r.Kind)
	r.Owner, r.Critical = firstOf(x.Owner, r.Owner), firstOf(x.Criticality, r.Critical)
	said := func(attribute davy.Attribute, value string) {
		if value != "" && !slices.ContainsFunc(r.Evidence, func(e davy.Evidence) bool {
			return e.Source == "declared" && e.Attribute == attribute && e.Value == value
		}) {
			r.Evidence = append(r.Evidence, davy.Evidence{Attribute: attribute, Value: value, Source: "declared", Confidence: 100, First: r.First, Last: r.Last, Count: 1})
		}
	}
	said(davy.AttrName, x.Name)
	said(davy.AttrKind, x.Kind)
}

// levels of the Purdue model (ISA-95 part 1, functional hierarchy) by kind, where no
// network is declared.
var levels = map[string]string{davy.KindController: "1", davy.KindIO: "0", davy.KindDrive: "0", davy.KindSensor: "0", davy.KindRobot: "1",
	davy.KindHMI: "2", davy.KindEngineering: "2", davy.KindGateway: "2", davy.KindHistorian: "3"}

// What servers serve and workstations use, where nothing industrial is spoken.
var (
	served = []string{"smb", "http", "ssh", "dns", "ntp", "rdp", "mqtt", "dhcp", "snmp"}
	used   = []string{"smb", "http", "tls", "dns", "rdp"}
)

// kind concludes what a device is from the roles it plays, with the reason. What it does for
// the process tells more than that packets of others pass through it.
func (a *Assets) kind(d *device) (kind, why string) {
	var roles []role
	for _, st := range d.stations {
		if st.router {
			return davy.KindRouter, "said so"
		}
		if st.virtual {
			return davy.KindRouter, "the address of a group of routers"
		}
		roles = append(roles, st.roles...)
	}
	// By name, not in the order they were first played: that may be the mirror's.
	slices.SortFunc(roles, func(x, y role) int { return strings.Compare(x.protocol, y.protocol) })
	find := func(want func(r role) bool) (role, bool) {
		i := slices.IndexFunc(roles, want)
		if i < 0 {
			return role{}, false
		}
		return roles[i], true
	}
	if r, ok := find(func(r role) bool { return !r.serves && r.engineer && a.config.Industrial(r.protocol) }); ok {
		return davy.KindEngineering, "asks for engineering operations over " + r.protocol
	}
	asks, polls := find(func(r role) bool { return !r.serves && a.config.Industrial(r.protocol) })
	if r, ok := find(func(r role) bool { return r.serves && a.config.Industrial(r.protocol) }); ok {
		if polls && r.protocol == "opcua" && !slices.ContainsFunc(roles, func(x role) bool { return x.serves && x != r && a.config.Industrial(x.protocol) }) {
			return davy.KindServer, "polls over " + asks.protocol + " and serves opcua"
		}
		return davy.KindController, "serves " + r.protocol
	}
	for _, st := range d.stations {
		for _, b := range st.macs {
			if b.strong && a.Forwards(b.mac) {
				return davy.KindRouter, "sends packets of other addresses"
			}
		}
	}
	if polls {
		return davy.KindHMI, "polls over " + asks.protocol
	}
	if r, ok := find(func(r role) bool { return r.serves && slices.Contains(served, r.protocol) }); ok {
		return davy.KindServer, "serves " + r.protocol
	}
	if r, ok := find(func(r role) bool { return !r.serves && slices.Contains(used, r.protocol) }); ok {
		return davy.KindWorkstation, "uses " + r.protocol
	}
	return "", ""
}
