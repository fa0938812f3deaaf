package inventory

import (
	"slices"

	"github.com/davylamp/davy"
)

// port is what is known of one MAC: the addresses that send with it.
type port struct {
	ips    []davy.Addr
	strong int  // of which told by the device itself
	refs   int  // stations bound to it
	many   bool // more addresses than there is room for
	router bool
}

// bind keeps that an address sends with a MAC.
func (a *Assets) bind(st *station, mac davy.MAC, strong bool, source string, now int64) {
	if st.addr.IsMAC() && st.addr.MAC() == mac {
		return // a station that tells its own MAC tells nothing
	}
	for i := range st.macs {
		if b := &st.macs[i]; b.mac == mac {
			if strong && !b.strong {
				b.strong, b.source = true, source
				if st.addr.IsIP() {
					a.macs[mac].strong++
				}
			}
			b.last = now
			b.count++
			return
		}
	}
	if len(st.macs) == maxMACs {
		// A station has one MAC, or a few over the years: the one seen longest ago is history.
		old := 0
		for i := range st.macs {
			if st.macs[i].last < st.macs[old].last {
				old = i
			}
		}
		a.unbind(st, st.macs[old])
		st.macs = slices.Delete(st.macs, old, old+1)
		a.LostFact++
	}
	p := a.macs[mac]
	if p == nil {
		p = &port{}
		a.macs[mac] = p
	}
	p.refs++
	if st.addr.IsIP() {
		if len(p.ips) < maxIPs {
			p.ips = append(p.ips, st.addr)
		} else {
			p.many = true
		}
		if strong {
			p.strong++
		}
	}
	st.macs = append(st.macs, binding{mac: mac, strong: strong, source: source, first: now, last: now, count: 1})
}

// unbind takes a station from a MAC. A MAC without stations is forgotten, unless a router has it.
func (a *Assets) unbind(st *station, b binding) {
	p := a.macs[b.mac]
	if p == nil {
		return
	}
	p.refs--
	if b.strong && st.addr.IsIP() {
		p.strong--
	}
	if i := slices.Index(p.ips, st.addr); i >= 0 {
		p.ips = slices.Delete(p.ips, i, i+1)
	}
	if p.refs <= 0 && !p.router {
		delete(a.macs, b.mac)
	}
}

// forwards reports whether a MAC is a router's: many addresses that it never claimed itself.
func (p *port) forwards() bool { return p.router || p.relays() }

// relays reports whether so many addresses send with the MAC that it passes on what others
// sent.
func (p *port) relays() bool { return p.many || len(p.ips)-p.strong >= 3 }
