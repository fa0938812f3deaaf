package plant

import (
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// listens reports whether a host of the line has the port open.
func (f *fleet) listens(h *host, port uint16) bool {
	switch port {
	case portS7:
		return h == f.fill || h == f.pal
	case portModbus:
		return h == f.pastA || h == f.pastB || h == f.util || h == f.ioPast1 || h == f.ioPast2 || h == f.drvPump1 || h == f.drvPump2 || h == f.meters
	case portENIP:
		return h == f.pack || h == f.ioPack || h == f.drvPack
	}
	return false
}

// scan tries the ports of controllers on every address of the line.
func (w *world) scan(at int64, by *host, c *chance, n *Label) {
	here := map[uint32]*host{}
	for _, h := range w.fleet.hosts {
		if h.net == w.fleet.line {
			here[h.ip] = h
		}
	}
	pause := c.span(25*time.Millisecond, 90*time.Millisecond)
	ports := []uint16{portS7, portModbus, portENIP}
	base := w.fleet.line.Prefix.Addr().As4()
	var probe func(at int64, i int)
	probe = func(at int64, i int) {
		ip := uint32(base[0])<<24 | uint32(base[1])<<16 | uint32(base[2])<<8 | uint32(1+i/len(ports))
		h := here[ip]
		if h == nil { // nobody there: the router asks in vain
			h = &host{net: w.fleet.line, ip: ip, stack: &appliance, outages: []outage{{span{0, 1<<63 - 1}, false}}}
		}
		w.under(n, func() { w.probe(at, by, h, ports[i%len(ports)]) })
		if i++; i < 254*len(ports) {
			w.at(at+pause+c.span(0, 6*time.Millisecond), func(at int64) { probe(at, i) })
		}
	}
	probe(at, 0)
}

// probe is a half-open try of one port.
func (w *world) probe(at int64, by, h *host, port uint16) {
	k := w.adopt(at, by, h, port)
	t, ok := k.segment(at, true, frame.SYN, nil)
	if !ok || !h.up(t) {
		return
	}
	t += w.chance.span(100*time.Microsecond, 2*time.Millisecond)
	if !w.fleet.listens(h, port) {
		k.segment(t, false, frame.RST|frame.ACK, nil)
		return
	}
	t, _ = k.segment(t, false, frame.SYN|frame.ACK, nil)
	k.segment(t+int64(200*time.Microsecond), true, frame.RST|frame.ACK, nil)
}

// plugIn is a laptop that comes up on the line: it looks for a DHCP server in vain, takes an
// address, and looks round.
func (w *world) plugIn(at, until int64, c *chance) {
	h := w.fleet.laptop
	nobody := *h
	nobody.ip = 0
	m := frame.DHCP{Type: frame.DHCPDiscover, XID: uint32(c.next()), Client: h.mac, Host: h.Name, Class: "MSFT 5.0"}
	for _, wait := range []int64{0, 4, 8} {
		w.shout(at+wait*int64(time.Second), &nobody, 68, everywhere, davy.BroadcastMAC, 67, m.Append(nil))
	}
	at += int64(15 * time.Second)
	for i := range int64(3) {
		w.arp(at+i*int64(time.Second), h.net, davy.BroadcastMAC, h.mac, frame.ARPRequest, h.mac, 0, 0, h.ip)
	}
	w.announce(at+int64(3*time.Second), h)
	w.at(at+int64(8*time.Second), func(at int64) { w.under(h.stories[0].label, func() { w.browse(at, h) }) })
	var chatter func(at int64)
	chatter = func(at int64) {
		if at < until {
			far := *h // link-local: never routed, so with the longest life
			far.stack = &stack{ttl: 255}
			w.shout(at, &far, 5353, 0xe000_00fb, 0x0100_5e00_00fb, 5353, frame.DNSQuery(nil, 0, "_smb._tcp.local"))
			w.at(at+c.span(8*time.Minute, 20*time.Minute), chatter)
		}
	}
	w.at(at+int64(5*time.Second), chatter)
}

// changePalletiser reads the program's list and loads one block anew.
func (w *world) changePalletiser(at int64, c *chance) {
	w.palSession(at, w.fleet.laptop, func(s *session, t *s7Talk, at int64) (int64, bool) {
		k := palBlocks()[2]
		k.Code, k.Author, k.Days = logic(c, 400), "", k.Days+80
		return t.download(s, at, k)
	})
}

// stopPalletiser stops the controller and starts it again after a while.
func (w *world) stopPalletiser(at int64, pause time.Duration, n *Label) {
	f := w.fleet
	w.palSession(at, f.laptop, func(s *session, t *s7Talk, at int64) (int64, bool) { return t.stop(s, at) })
	w.at(at+int64(pause), func(at int64) {
		w.under(n, func() {
			w.palSession(at, f.laptop, func(s *session, t *s7Talk, at int64) (int64, bool) { return t.restart(s, at) })
		})
	})
}

// between poisons the ARP caches of the filler and its panel, passes their packets on, and
// tells them the truth in the end.
func (w *world) between(at int64, long time.Duration, n *Label) {
	f := w.fleet
	a, b, me := f.hmiFill, f.fill, f.laptop
	w.spoof = &spoof{span: span{at, at + int64(long)}, a: a, b: b, by: me, label: n}
	lie := func(at int64, mac davy.MAC) {
		w.under(n, func() {
			w.arp(at, me.net, a.mac, me.mac, frame.ARPReply, pick(mac, b.mac), b.ip, a.mac, a.ip)
			w.arp(at+int64(3*time.Millisecond), me.net, b.mac, me.mac, frame.ARPReply, pick(mac, a.mac), a.ip, b.mac, b.ip)
		})
	}
	var again func(at int64)
	again = func(at int64) {
		if w.spoof.holds(at) {
			lie(at, me.mac)
			w.at(at+w.chance.span(900*time.Millisecond, 2100*time.Millisecond), again)
			return
		}
		for i := range int64(3) {
			lie(at+i*int64(time.Second), 0)
		}
	}
	again(at)
}

// pick is the first MAC that is one.
func pick(a, b davy.MAC) davy.MAC {
	if a != 0 {
		return a
	}
	return b
}

// misuse writes a set point three times, on a connection that only ever read.
func (w *world) misuse(at int64, s *session, q quantity, values []float64, n *Label) {
	gap := int64(min(90*time.Second, w.opt.Length/500))
	for i, v := range values {
		w.at(at+int64(i)*gap, func(at int64) {
			w.under(n, func() { s.set(at, q, v) })
		})
	}
}

// report is a beacon: now and then a short encrypted word to the same address.
func (w *world) report(at, until int64, pause time.Duration, c *chance, n *Label) {
	f := w.fleet
	var again func(at int64)
	again = func(at int64) {
		w.under(n, func() {
			k, t, ok := w.dial(at, f.scada, f.beacon, 443)
			if ok {
				t, ok = k.exchange(t, frame.TLSClientHello(nil, "", "", c), frame.TLSServerHello(nil, 900, c))
			}
			if ok {
				t = k.send(t, true, frame.TLSFinish(nil, c))
				t, _ = k.exchange(t+int64(20*time.Millisecond), frame.TLSData(nil, 120+c.below(80), c), frame.TLSData(nil, 64, c))
				k.close(t + int64(200*time.Millisecond))
			}
		})
		if next := at + c.span(pause*9/10, pause*11/10); next < until {
			w.at(next, again)
		}
	}
	again(at)
}
