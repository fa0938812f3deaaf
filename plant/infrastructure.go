package plant

import (
	"fmt"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// every calls do at a cycle with a little jitter, for as long as the run lasts.
func (w *world) every(name string, cycle int64, do func(at int64)) {
	c := newChance(w.opt.Seed, name)
	var again func(at int64)
	due := w.from + int64(c.unit()*float64(min(cycle, int64(20*time.Second))))
	again = func(at int64) {
		do(at)
		due += cycle
		w.at(due+int64(c.bell()*float64(min(cycle/100, int64(5*time.Millisecond)))), again)
	}
	w.at(due, again)
}

// startInfrastructure starts what keeps the network itself going.
func (w *world) startInfrastructure() {
	f := w.fleet
	for i, h := range []*host{f.sw1, f.sw2, f.ioFill1, f.ioFill2, f.drvConv, f.hmiFill, f.fill} {
		w.every("LLDP "+h.Name, w.pace(30*time.Second), func(at int64) {
			if h.up(at) {
				w.lldp(at, h, i)
			}
		})
	}
	for _, n := range []*network{f.line, f.operations, f.dmz} {
		seconds := uint8(1)
		if w.opt.Pace == Slow {
			seconds = 30
		}
		w.every("VRRP "+n.Name, int64(seconds)*1e9, func(at int64) { w.advertise(at, n, seconds) })
	}
	for _, h := range []*host{f.scada, f.eng, f.historian, f.edge, f.fill, f.pack, f.util, f.jump, f.plantRouter.legs[f.operations], f.plantRouter.standby[f.operations]} {
		w.every("NTP "+h.Name, w.pace(64*time.Second), func(at int64) { w.askTime(at, h) })
	}
	r := f.plantRouter
	for i, n := range []*network{f.line, f.operations, f.dmz} {
		for _, h := range []*host{r.legs[n], r.standby[n]} {
			w.every("LLDP "+h.Name, w.pace(30*time.Second), func(at int64) { w.lldp(at, h, 20+i) })
		}
	}
	for i, h := range []*host{r.legs[f.dmz], r.standby[f.dmz]} {
		w.every("ping "+h.Name, w.pace(60*time.Second), func(at int64) { w.ping(at, f.firewall.legs[f.dmz], h, uint16(i)) })
	}
	for _, h := range []*host{f.sw1, f.sw2, r.legs[f.line], r.standby[f.line]} {
		w.every("SNMP "+h.Name, w.pace(60*time.Second), func(at int64) { w.askSwitch(at, f.scada, h) })
	}
}

func (w *world) lldp(at int64, h *host, i int) {
	n := frame.Neighbour{Chassis: h.mac, Port: "port-001", PortText: "P1", Name: h.Name, Seconds: uint16(4 * w.pace(30*time.Second) / 1e9),
		Description: fmt.Sprintf("%s %s %s", h.Vendor, h.Model, h.Firmware), Capabilities: 1 << 7, Management: h.ip}
	if h.Kind == davy.KindRouter {
		n.Capabilities = 1<<2 | 1<<4
	}
	if h.Kind == davy.KindSwitch {
		n.Port, n.PortText, n.Capabilities = fmt.Sprintf("1/%d", 5+i), fmt.Sprintf("Module: 1 Port: %d - 100 Mbit", 5+i), 1<<2
	}
	w.ethernet(at, h, frame.LLDPMulticast, frame.Untagged, frame.TypeLLDP, frame.LLDP(nil, n))
}

// advertise is the active router's word that it is there.
func (w *world) advertise(at int64, n *network, seconds uint8) {
	w.vrrp(at, n, 120, seconds)
}

func (w *world) vrrp(at int64, n *network, priority, seconds uint8) {
	r := w.fleet.plantRouter
	packet := frame.VRRP(w.out.buffer(), r.legs[n].header(frame.VRRPGroup), r.group[n], priority, seconds, r.virtual[n].ip)
	w.put(at, n, frame.VRRPGroupMAC, frame.VirtualMAC(r.group[n]), packet)
	w.out.spare = append(w.out.spare, packet)
}

// askTime is an NTP exchange; the client's own time is as wrong as its clock is.
func (w *world) askTime(at int64, h *host) {
	server := w.fleet.ntp
	if !h.up(at) {
		return
	}
	own := at
	for _, d := range h.drift {
		if d.holds(at) {
			own += d.ns
		}
	}
	t, ok := w.udp(at, h, 123, server, 123, frame.NTP(nil, 3, 0, 0, 0, 0, 0, own))
	if ok {
		received := t
		t += w.chance.span(30*time.Microsecond, 200*time.Microsecond)
		w.udp(t, server, 123, h, 123, frame.NTP(nil, 4, 1, 0x47505300, at-16e9, own, received, t))
	}
}

// ping asks by ICMP whether a host is there.
func (w *world) ping(at int64, from, to *host, id uint16) {
	seq := uint16((at - w.from) / 1e9)
	packet := frame.Echo(w.out.buffer(), from.header(to.ip), false, id, seq, nil)
	at, ok := w.carry(at, from, to, packet)
	if ok && to.up(at) {
		packet = frame.Echo(packet[:0], to.header(from.ip), true, id, seq, nil)
		w.carry(at+w.chance.span(50*time.Microsecond, 300*time.Microsecond), to, from, packet)
	}
	w.out.spare = append(w.out.spare, packet)
}

// askSwitch asks a switch how long it has been up and what has passed one port.
func (w *world) askSwitch(at int64, from, to *host) {
	system := frame.OID{6, 1, 2, 1, 1}
	vars := []frame.Variable{
		{OID: append(system[:5:5], 1, 0), Text: to.Vendor + " " + to.Model + " " + to.Firmware},
		{OID: append(system[:5:5], 3, 0), Kind: 0x43, Number: uint32((at - w.from) / 1e7)},
		{OID: frame.OID{6, 1, 2, 1, 2, 2, 1, 10, 1}, Kind: 0x41, Number: uint32((at - w.from) / 700)},
	}
	id := uint32(w.chance.next()) & 0x7fffffff
	port := uint16(50_000 + to.ip%64)
	if t, ok := w.udp(at, from, port, to, 161, frame.SNMP(nil, false, id, "line-ro", vars...)); ok && to.up(t) {
		w.udp(t+w.chance.span(time.Millisecond, 6*time.Millisecond), to, 161, from, port, frame.SNMP(nil, true, id, "line-ro", vars...))
	}
}
