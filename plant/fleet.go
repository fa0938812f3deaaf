package plant

import (
	"encoding/binary"
	"net/netip"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// fleet is every machine of the plant, by the name the engineers use.
type fleet struct {
	line, operations, dmz, office, internet *network

	// the line
	fill, pal, pack, pastA, pastB, util             *host
	ioFill1, ioFill2, drvConv, ioPack, drvPack      *host
	ioPast1, ioPast2, drvPump1, drvPump2, meters    *host
	hmiFill, hmiPack, hmiPast, scada, eng, sw1, sw2 *host
	historian, edge, ntp                            *host
	jump, mirror, broker                            *host
	dc, files, printer                              *host
	desks                                           []*host
	web                                             []*host // far away, on the internet
	laptop                                          *host   // the intruder's; not among the assets
	beacon                                          *host   // where an infected machine reports to
	plantRouter, firewall                           *router
	hosts                                           []*host
	webNames                                        []string
}

func newFleet() *fleet {
	f := &fleet{
		line:       network4("line", "Bottling line", "ot", "1", "10.20.10.0/24", frame.Untagged, 0),
		operations: network4("operations", "Operations", "ot", "3", "10.20.20.0/24", 20, 1),
		dmz:        network4("dmz", "DMZ", "it", "3.5", "10.20.30.0/24", 30, 1),
		office:     network4("office", "Office", "it", "4", "10.40.1.0/24", 40, 1),
		internet:   network4("internet", "Internet", "internet", "5", "0.0.0.0/0", frame.Untagged, -1),
	}
	f.controllers()
	f.fieldDevices()
	f.stations()
	f.site3()
	f.routers()
	return f
}

func network4(name, zone, kind, level, prefix string, tag frame.VLAN, port int) *network {
	return &network{Name: name, Zone: zone, Kind: kind, Level: level, Prefix: netip.MustParsePrefix(prefix), tag: tag, port: port}
}

// add sets what every host has and lists it among the assets.
func (f *fleet) add(n *network, ip string, mac davy.MAC, s *stack, h *host) *host {
	b := netip.MustParseAddr(ip).As4()
	h.net, h.ip, h.mac, h.stack = n, binary.BigEndian.Uint32(b[:]), mac, s
	h.ipID = uint16(mac * 40503)
	f.hosts = append(f.hosts, h)
	return h
}

// site is what the operator declares: everything but the intruder and the internet.
func (f *fleet) site() Site {
	return Site{
		networks:  []*network{f.line, f.operations, f.dmz, f.office},
		redundant: f.pairs(),
		assets:    f.hosts,
	}
}

// pairs are the groups of addresses that fail over to each other.
func (f *fleet) pairs() [][]*host {
	r := f.plantRouter
	list := [][]*host{{f.pastA, f.pastB}}
	for _, n := range []*network{f.line, f.operations, f.dmz} {
		list = append(list, []*host{r.virtual[n], r.legs[n], r.standby[n]})
	}
	return list
}

// towards is the router that leads from one network to another.
func (f *fleet) towards(from, to *network) *router {
	switch {
	case from == f.line || from == f.operations:
		return f.plantRouter
	case from == f.dmz && (to == f.line || to == f.operations):
		return f.plantRouter
	}
	return f.firewall
}

// routers are the pair between the line, operations and the DMZ, and the firewall.
func (f *fleet) routers() {
	r := &router{legs: map[*network]*host{}, virtual: map[*network]*host{}, standby: map[*network]*host{}, group: map[*network]uint8{}}
	for i, n := range []*network{f.line, f.operations, f.dmz} {
		base := n.Prefix.Addr().As4()
		at := func(last byte) string { base[3] = last; return netip.AddrFrom4(base).String() }
		r.group[n] = uint8(10 * (i + 1))
		r.legs[n] = f.add(n, at(2), 0x084fa9_31a400+davy.MAC(i), &appliance, &host{Name: "rt-a-" + n.Name, Kind: davy.KindRouter,
			Vendor: "Cisco", Model: "ISR 1111-4P", Critical: "high", Owner: "IT", Speaks: "VRRP, LLDP"})
		r.standby[n] = f.add(n, at(3), 0x084fa9_31c800+davy.MAC(i), &appliance, &host{Name: "rt-b-" + n.Name, Kind: davy.KindRouter,
			Vendor: "Cisco", Model: "ISR 1111-4P", Critical: "high", Owner: "IT", Speaks: "VRRP, LLDP"})
		r.virtual[n] = f.add(n, at(1), frame.VirtualMAC(r.group[n]), &appliance, &host{Name: "rt-" + n.Name, Kind: davy.KindRouter,
			Vendor: "", Model: "virtual router", Critical: "high", Owner: "IT", Speaks: "ARP for the active router"})
	}
	f.plantRouter = r
	f.firewall = &router{legs: map[*network]*host{}}
	for i, n := range []*network{f.dmz, f.office} {
		ip := [...]string{"10.20.30.254", "10.40.1.1"}[i]
		f.firewall.legs[n] = f.add(n, ip, 0x085b0e_7721f0+davy.MAC(i), &appliance, &host{Name: "fw-01-" + n.Name, Kind: davy.KindRouter,
			Vendor: "Fortinet", Model: "FortiGate 60F", Critical: "high", Owner: "IT", Speaks: "routing, ICMP"})
	}
	f.firewall.legs[f.internet] = &host{Name: "fw-01-wan", net: f.internet, stack: &appliance}
}
