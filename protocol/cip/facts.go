package cip

import (
	"net/netip"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// learnFrom takes what a good reply says of the device and of connections. A device of
// which nobody knows where it is in the rack tells its run state alone: its name and serial
// number would be put down to the module that has the address. A reply that may be to
// another question tells nothing.
func (d *Dialogue) learnFrom(c *protocol.Context, q *request, p *reply, e *Carriage, at place) {
	path := at.path
	switch q.path.class {
	case connectionManager:
		switch {
		case c.Duplicate:
		case q.service == forwardOpen || q.service == largeForwardOpen:
			d.open(c, q, p, e, path)
		case q.service == forwardClose:
			if k, _, ok := d.readClose(q); ok && k.named(p.data, 0) {
				d.close(&k)
			}
		}
	}
	if at.unsure {
		return
	}
	switch q.path.class {
	case identityClass:
		if q.path.instance == 1 && q.path.classes == 1 {
			d.identity(c, q, p.data, at)
		}
	case tcpipClass:
		if q.path.instance > 0 && !at.blind {
			d.tcpip(c, q, p.data, path)
		}
	case linkClass:
		if q.path.instance > 0 && !at.blind {
			d.link(c, q, p.data, path)
		}
	case pcccClass:
		if q.service == executePCCC {
			d.pcccFacts(c, q.data, p.data, path)
		}
	}
}

// identity reads replies of the Identity object (CIP Vol. 1, 5-2).
func (d *Dialogue) identity(c *protocol.Context, q *request, b []byte, at place) {
	who := teller{c, at.path, "cip identity", at.blind, d.text[:0]}
	r := wire.NewReader(b)
	switch q.service {
	case getAttributesAll:
		if id, ok := ReadIdentity(&r); ok {
			who.identity(&id)
		}
	case getAttribute:
		who.attribute(q.path.attribute, &r)
	case getAttributeList:
		for n := int(r.U16LE()); n > 0 && !r.Short(); n-- {
			id, status := r.U16LE(), r.U16LE()
			if status != success {
				continue
			}
			if !who.attribute(uint32(id), &r) {
				break // of unknown length
			}
		}
	}
	d.text = who.text
}

// attribute tells one attribute of the Identity object; false when it is not one of those.
func (t *teller) attribute(id uint32, r *wire.Reader) bool {
	switch id {
	case 1:
		if v := r.U16LE(); !r.Short() {
			t.vendor(v)
		}
	case 2:
		if v := r.U16LE(); !r.Short() {
			t.kind(v)
		}
	case 3:
		r.Skip(2)
	case 4:
		if major, minor := r.U8(), r.U8(); !r.Short() {
			t.revision(major, minor)
		}
	case 5:
		if v := r.U16LE(); !r.Short() {
			t.status(v, false)
		}
	case 6:
		if v := r.U32LE(); !r.Short() {
			t.serial(v)
		}
	case 7:
		if v := r.Bytes(int(r.U8())); !r.Short() {
			t.raw(davy.AttrModel, trim(v))
		}
	default:
		return false
	}
	return !r.Short()
}

// tcpip reads the TCP/IP Interface object (CIP Vol. 2, 5-4.3): attribute 5 is the interface
// configuration, 6 the host name; all of them come behind status, capability, control and
// the path to the link.
func (d *Dialogue) tcpip(c *protocol.Context, q *request, b []byte, path davy.Path) {
	r := wire.NewReader(b)
	who := teller{c, path, "cip tcp/ip interface", false, d.text[:0]}
	switch {
	case q.service == getAttribute && q.path.attribute == 5:
		who.interfaceConfiguration(&r)
	case q.service == getAttribute && q.path.attribute == 6:
		who.name(&r)
	case q.service == getAttributesAll:
		r.Skip(12)
		r.Skip(2 * int(r.U16LE()))
		who.interfaceConfiguration(&r)
		who.name(&r)
	}
	d.text = who.text
}

// interfaceConfiguration is an address, mask, gateway, two name servers and a domain.
func (t *teller) interfaceConfiguration(r *wire.Reader) {
	ip := r.U32LE()
	r.Skip(16)
	domain := r.Bytes(int(r.U16LE()))
	if len(domain)%2 == 1 && r.Len() > 0 {
		r.Skip(1)
	}
	if r.Short() || ip == 0 {
		return
	}
	t.text = netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}).AppendTo(t.text[:0])
	t.tell(davy.AttrIP, sure)
	t.raw(davy.AttrDomain, trim(domain))
}

func (t *teller) name(r *wire.Reader) {
	if name := r.Bytes(int(r.U16LE())); !r.Short() {
		t.raw(davy.AttrName, trim(name))
	}
}

// link reads the Ethernet Link object (CIP Vol. 2, 5-5.3): attribute 3 is the MAC.
func (d *Dialogue) link(c *protocol.Context, q *request, b []byte, path davy.Path) {
	r := wire.NewReader(b)
	switch {
	case q.service == getAttributesAll:
		r.Skip(8)
	case q.service != getAttribute || q.path.attribute != 3:
		return
	}
	mac := davy.MACOf(r.Bytes(6))
	if r.Short() || mac == 0 || mac.Group() {
		return
	}
	d.text = mac.Append(d.text[:0])
	c.TellOf(c.Sender.Addr, path, davy.AttrMAC, d.text, "cip ethernet link", sure)
}
