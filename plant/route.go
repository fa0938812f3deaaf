package plant

import (
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// hop is one station's knowledge of another's MAC.
type hop struct{ asker, target *host }

// router joins networks; with a standby it is a VRRP pair that shares a virtual address.
type router struct {
	legs    map[*network]*host // the active router's own interfaces
	virtual map[*network]*host // the shared addresses; empty without a standby
	standby map[*network]*host
	group   map[*network]uint8
}

// gate is the address that stations of the network use as gateway.
func (r *router) gate(n *network) *host {
	if v := r.virtual[n]; v != nil {
		return v
	}
	return r.legs[n]
}

// spoof is somebody who has told two stations that he is the other.
type spoof struct {
	span
	a, b, by *host
	label    *Label
}

func (s *spoof) between(x, y *host, at int64) bool {
	return s != nil && s.holds(at) && (x == s.a && y == s.b || x == s.b && y == s.a)
}

const wire = 60 * int64(time.Microsecond) // over a switch and through a stack

// carry brings an IP packet from one host to another, over routers where they sit on
// different networks, and returns when it arrives; ok is false when nobody answers for the
// address any more. The packet is changed.
func (w *world) carry(at int64, from, to *host, packet []byte) (arrived int64, ok bool) {
	defer w.telling(w.mark)
	w.tell(at, from, to)
	if from.net == to.net {
		if w.spoof.between(from, to, at) {
			return w.detour(at, from, to, packet), true
		}
		return w.leg(at, from, to, from.mac, packet)
	}
	here, src := from.net, from
	for {
		r := w.fleet.towards(here, to.net)
		if at, ok = w.leg(at, src, r.gate(here), src.mac, packet); !ok {
			return at, false
		}
		frame.Hop(packet)
		at += wire
		if own := r.legs[to.net]; own != nil {
			return w.leg(at, own, to, own.mac, packet)
		}
		here = w.fleet.dmz
		src = r.legs[here]
	}
}

// tell makes the frames that follow part of what the two hosts are going through, unless
// they already belong to something; telling ends that.
func (w *world) tell(at int64, hosts ...*host) {
	if w.mark != nil {
		return
	}
	for _, h := range hosts {
		for _, s := range h.stories {
			if s.holds(at) {
				w.mark = s.label
			}
		}
	}
}

func (w *world) telling(before *Label) { w.mark = before }

// leg puts the packet on one network, after asking for the next station's MAC if need be.
func (w *world) leg(at int64, from, to *host, mac davy.MAC, packet []byte) (int64, bool) {
	n := from.net
	if n.port < 0 {
		return at + wire, true
	}
	at, ok := w.resolve(at, from, to)
	if ok {
		w.put(at, n, to.mac, mac, packet)
	}
	return at + wire, ok
}

// put posts a copy of the packet as a frame on the network.
func (w *world) put(at int64, n *network, dst, src davy.MAC, packet []byte) {
	b := frame.Ether(w.out.buffer(), dst, src, n.tag, frame.TypeIPv4)
	w.post(at, n.port, frame.Pad(append(b, packet...), 0))
}

// detour is the way through whoever spoofed both ends: the sensor sees it twice.
func (w *world) detour(at int64, from, to *host, packet []byte) int64 {
	w.under(w.spoof.label, func() {
		w.put(at, from.net, w.spoof.by.mac, from.mac, packet)
		frame.Hop(packet)
		at += 6 * wire
		w.put(at, to.net, to.mac, w.spoof.by.mac, packet)
	})
	return at + wire
}

// resolve asks by ARP for a station on the asker's network whose MAC has been forgotten; ok
// is false when nobody answers.
func (w *world) resolve(at int64, asker, target *host) (int64, bool) {
	key := hop{asker, target}
	until, known := w.caches[key]
	if known && at < until {
		return at, true
	}
	if !target.up(at) {
		w.whoHas(at, asker, target.ip)
		return at, known
	}
	memory := asker.stack.memory
	if w.opt.Pace == Slow {
		memory *= 12
	}
	w.caches[key] = at + w.chance.span(memory*3/4, memory)
	w.whoHas(at, asker, target.ip)
	at += w.chance.span(150*time.Microsecond, 600*time.Microsecond)
	w.arp(at, asker.net, asker.mac, target.mac, frame.ARPReply, target.mac, target.ip, asker.mac, asker.ip)
	return at + wire, true
}

func (w *world) whoHas(at int64, asker *host, ip uint32) {
	w.arp(at, asker.net, davy.BroadcastMAC, asker.mac, frame.ARPRequest, asker.mac, asker.ip, 0, ip)
}

// announce is gratuitous ARP: the host tells everyone that the address is its own.
func (w *world) announce(at int64, h *host) {
	if h.net.port >= 0 {
		defer w.telling(w.mark)
		w.tell(at, h)
		w.arp(at, h.net, davy.BroadcastMAC, h.mac, frame.ARPRequest, h.mac, h.ip, 0, h.ip)
	}
}

func (w *world) arp(at int64, n *network, dst, src davy.MAC, op uint16, senderMAC davy.MAC, senderIP uint32, targetMAC davy.MAC, targetIP uint32) {
	b := frame.Ether(w.out.buffer(), dst, src, n.tag, frame.TypeARP)
	w.post(at, n.port, frame.Pad(frame.ARP(b, op, senderMAC, senderIP, targetMAC, targetIP), 0))
}

// udp sends a datagram and returns when it arrives.
func (w *world) udp(at int64, from *host, fromPort uint16, to *host, toPort uint16, payload []byte) (int64, bool) {
	packet := frame.UDP(w.out.buffer(), from.header(to.ip), fromPort, toPort, payload)
	arrived, ok := w.carry(at, from, to, packet)
	w.out.spare = append(w.out.spare, packet)
	return arrived, ok
}

// shout sends a datagram to everyone on the host's network, or to a group.
func (w *world) shout(at int64, from *host, fromPort uint16, group uint32, mac davy.MAC, toPort uint16, payload []byte) {
	if from.net.port < 0 {
		return
	}
	defer w.telling(w.mark)
	w.tell(at, from)
	packet := frame.UDP(w.out.buffer(), from.header(group), fromPort, toPort, payload)
	w.put(at, from.net, mac, from.mac, packet)
	w.out.spare = append(w.out.spare, packet)
}

// ethernet sends a frame that is not IP.
func (w *world) ethernet(at int64, from *host, dst davy.MAC, tag frame.VLAN, etherType uint16, body []byte) {
	defer w.telling(w.mark)
	w.tell(at, from)
	b := frame.Ether(w.out.buffer(), dst, from.mac, tag, etherType)
	w.post(at, from.net.port, frame.Pad(append(b, body...), 0))
}
