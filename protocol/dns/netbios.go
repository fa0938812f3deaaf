package dns

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Suffixes of NetBIOS names that say whose name it is (Microsoft, [MS-NBTE] 2.2.1 and
// "NetBIOS suffixes"): a station's as client or server, a domain's or workgroup's.
const (
	suffixStation     = 0x00
	suffixServer      = 0x20
	suffixMaster      = 0x1b
	suffixControllers = 0x1c
	suffixElections   = 0x1e
)

const groupName = 0x8000 // the G flag (RFC 1002, 4.2.1.3): many own the name

// own tells a name that a station says is its own: its name, or the domain it is in.
func own(c *protocol.Context, about davy.Addr, name []byte, suffix uint8, flags uint16, source string, confidence uint8) {
	if len(name) == 0 || name[0] < ' ' { // names such as \x01\x02__MSBROWSE__\x02 are nobody's
		return
	}
	switch {
	case flags&groupName == 0 && (suffix == suffixStation || suffix == suffixServer):
		c.TellOf(about, davy.Path{}, davy.AttrName, name, source, confidence)
	case flags&groupName != 0 && (suffix == suffixStation || suffix == suffixControllers || suffix == suffixElections),
		flags&groupName == 0 && suffix == suffixMaster:
		c.TellOf(about, davy.Path{}, davy.AttrDomain, name, source, confidence-10)
	}
}

// register reads a registration or refresh: the question's name, and in the additional
// record the flags and the address it is registered for.
func (d *dissector) register(c *protocol.Context, h *header, b []byte) {
	end := skipName(b, headerLength)
	if end < 0 || end+4 > len(b) || h.additions == 0 || h.opcode() == netbiosRelease {
		return
	}
	off := skipName(b, end+4)
	if off < 0 || off > len(b) {
		return
	}
	r := wire.NewReader(b[off:])
	kind := r.U16()
	r.Skip(2 + 4 + 2)
	flags, ip := r.U16(), r.U32()
	if r.Short() || kind != typeNetBIOS {
		return
	}
	var ok bool
	if d.name, ok = appendName(d.name[:0], b, headerLength); !ok {
		return
	}
	name, suffix, ok := netbios(d.text[:0], d.name)
	if d.text = name; !ok {
		return
	}
	own(c, c.Sender.Addr, name, suffix, flags, "nbns registration", 85)
	if about := davy.AddrOf4(ip, c.Sender.Addr.Scope); ip != 0 && about != c.Sender.Addr {
		own(c, about, name, suffix, flags, "nbns registration", 70)
	}
}

// netbiosAnswer reads an answer to a name query: flags and address, for each owner.
func (d *dissector) netbiosAnswer(c *protocol.Context, b []byte, start int, body []byte) {
	var ok bool
	if d.name, ok = appendName(d.name[:0], b, start); !ok {
		return
	}
	name, suffix, ok := netbios(d.text[:0], d.name)
	if d.text = name; !ok {
		return
	}
	for r := wire.NewReader(body); r.Len() >= 6; {
		flags, ip := r.U16(), r.U32()
		if ip == 0 {
			continue
		}
		about := davy.AddrOf4(ip, c.Sender.Addr.Scope)
		own(c, about, name, suffix, flags, "nbns answer", 75)
		if len(d.value) < maxValue {
			if len(d.value) > 0 {
				d.value = append(d.value, ", "...)
			}
			d.value = about.Append(d.value)
		}
	}
}

// status reads the answer to a node status request: all names of the sender, and its MAC
// (RFC 1002, 4.2.18).
func (d *dissector) status(c *protocol.Context, body []byte) {
	r := wire.NewReader(body)
	for n := r.U8(); n > 0; n-- {
		name, suffix, flags := r.Bytes(15), r.U8(), r.U16()
		if r.Short() {
			return
		}
		own(c, c.Sender.Addr, trim(name, 0), suffix, flags, "nbns status", 90)
	}
	if mac := davy.MACOf(r.Bytes(6)); !r.Short() && mac != 0 && !mac.Group() {
		d.text = mac.Append(d.text[:0])
		c.Tell(davy.AttrMAC, d.text, "nbns status", 80)
	}
}
