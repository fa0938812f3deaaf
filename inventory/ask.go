package inventory

import (
	"slices"

	"github.com/davylamp/davy"
)

// What judges ask of the inventory.

// Known reports whether an address is in the inventory.
func (a *Assets) Known(addr davy.Addr) bool { return a.byAddr[addr] != nil }

// Crowded reports whether more stations were forgotten than can be remembered at all: from
// then on an unknown station proves nothing.
func (a *Assets) Crowded() bool { return a.crowded }

// Controls reports whether a station serves an industrial protocol: a controller, a drive,
// remote I/O; what must not be disturbed.
func (a *Assets) Controls(addr davy.Addr) bool {
	st := a.byAddr[addr]
	return st != nil && slices.ContainsFunc(st.roles, func(r role) bool { return r.serves && a.config.Industrial(r.protocol) })
}

// Operates reports whether a station speaks an industrial protocol, on either side.
func (a *Assets) Operates(addr davy.Addr) bool {
	st := a.byAddr[addr]
	return st != nil && slices.ContainsFunc(st.roles, func(r role) bool { return a.config.Industrial(r.protocol) })
}

// Writer reports whether it is usual for a station to change values.
func (a *Assets) Writer(addr davy.Addr) bool { st := a.byAddr[addr]; return st != nil && st.writes }

// Virtual reports whether an address is shared by the members of a redundant group, by the
// word of their protocol.
func (a *Assets) Virtual(addr davy.Addr) bool { st := a.byAddr[addr]; return st != nil && st.virtual }

// Member reports whether a MAC is that of a station that said it belongs to the redundant
// group of this virtual address.
func (a *Assets) Member(mac davy.MAC, virtual davy.Addr) bool {
	p := a.macs[mac]
	if p == nil {
		return false
	}
	text := virtual.String()
	return slices.ContainsFunc(p.ips, func(ip davy.Addr) bool {
		st := a.byAddr[ip]
		return st != nil && slices.ContainsFunc(st.facts, func(f fact) bool { return f.attribute == davy.AttrMember && f.value == text })
	})
}

// MAC is the MAC that an address was told to have last; 0 when none was told.
func (a *Assets) MAC(addr davy.Addr) (mac davy.MAC) {
	if st := a.byAddr[addr]; st != nil {
		last := int64(-1)
		for _, b := range st.macs {
			if b.strong && b.last >= last {
				mac, last = b.mac, b.last
			}
		}
	}
	return mac
}

// Owner is the one address of a MAC: the only one that sends with it, or of several the only
// one that was told to have it. Zero when there is none such.
func (a *Assets) Owner(mac davy.MAC) (owner davy.Addr) {
	p := a.macs[mac]
	switch {
	case p == nil || p.many:
	case len(p.ips) == 1:
		return p.ips[0]
	case p.strong == 1:
		for _, ip := range p.ips {
			if st := a.byAddr[ip]; slices.ContainsFunc(st.macs, func(b binding) bool { return b.mac == mac && b.strong }) {
				return ip
			}
		}
	}
	return owner
}

// Others reports whether addresses other than this one are known to send with a MAC.
func (a *Assets) Others(mac davy.MAC, addr davy.Addr) bool {
	p := a.macs[mac]
	return p != nil && slices.ContainsFunc(p.ips, func(ip davy.Addr) bool { return ip != addr })
}

// Forwards reports whether a MAC is a router's.
func (a *Assets) Forwards(mac davy.MAC) bool {
	p := a.macs[mac]
	return p != nil && p.forwards()
}

// Told reports whether some source said this of an address.
func (a *Assets) Told(addr davy.Addr, path davy.Path, attribute davy.Attribute, value string) bool {
	st := a.byAddr[addr]
	return st != nil && slices.ContainsFunc(st.facts, func(f fact) bool { return f.path == path && f.attribute == attribute && f.value == value })
}
