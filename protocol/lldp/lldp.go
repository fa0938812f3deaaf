// Package lldp reads the advertisements in which stations tell their neighbours who they
// are and which port they speak from (IEEE 802.1AB), with the inventory of LLDP-MED and
// the chassis address of PROFINET. It does not draw the topology: a mirror does not know
// which station heard the advertisement.
package lldp

import (
	"bytes"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is LLDP.
var Protocol = protocol.Protocol{
	Name:       "lldp",
	Spaces:     []*davy.Space{&port},
	Over:       []protocol.Layer{protocol.Ethernet},
	EtherTypes: []uint16{0x88cc},
	Probe:      probe,
	New:        func() protocol.Dissector { return new(dissector) },
}

// TLV types (IEEE 802.1AB, table 8-1).
const (
	tlvEnd          = 0
	tlvChassis      = 1
	tlvPort         = 2
	tlvTTL          = 3
	tlvPortText     = 4
	tlvName         = 5
	tlvDescription  = 6
	tlvCapabilities = 7
	tlvManagement   = 8
	tlvOrganization = 127
)

// Organizations whose TLVs are read.
const (
	profinet = 0x000ecf
	med      = 0x0012bb
)

const missing davy.Defect = "missing-field" // a TLV that every LLDPDU must have is not there

// port is the space of ports that advertise; Name is "port of chassis".
var port = davy.Space{Name: "lldp port"}

type dissector struct {
	protocol.Stateless
	chassis []byte
	port    []byte
	text    []byte
}

// probe trusts the EtherType, which is LLDP's alone.
func probe(p *protocol.Peek) protocol.Guess {
	return protocol.Guess{Confidence: protocol.Likely, From: protocol.FromClient}
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	m := c.Begin("lldp", false)
	m.Verb, m.Op, m.Quiet = davy.Identify, "advertisement", true
	d.chassis, d.port = d.chassis[:0], d.port[:0]
	r := wire.NewReader(b)
	var seen uint8
	for r.Len() > 0 {
		head := r.U16()
		body := r.Bytes(int(head & 0x1ff))
		if r.Short() {
			if c.Sliced == 0 {
				m.Defect = davy.Truncated
			}
			break
		}
		if head>>9 == tlvEnd {
			break
		}
		if head>>9 <= tlvTTL {
			seen |= 1 << (head >> 9)
		}
		d.tlv(c, m, uint8(head>>9), body)
	}
	if seen != 1<<tlvChassis|1<<tlvPort|1<<tlvTTL && m.Defect == "" && c.Sliced == 0 {
		m.Defect = missing
	}
	if len(d.port) > 0 {
		d.text = append(append(d.text[:0], d.port...), " of "...)
		d.text = append(d.text, d.chassis...)
		m.Object = davy.Object{Space: &port, Name: d.text}
		c.Tell(davy.AttrNeighbour, d.text, "lldp port", 80)
	}
	m.Quiet = m.Quiet && m.Defect == ""
	c.Emit()
	return len(b), 0
}

// tlv tells what one TLV says of the sender.
func (d *dissector) tlv(c *protocol.Context, m *davy.Message, kind uint8, b []byte) {
	switch kind {
	case tlvChassis:
		d.chassisID(c, b)
	case tlvPort:
		if len(b) > 1 {
			d.port = appendID(d.port, b[0] == 3, b[0] == 4, b[1:])
		}
	case tlvTTL:
		if len(b) == 2 && b[0]|b[1] == 0 {
			m.Op, m.Quiet = "shutdown", false // the station leaves (IEEE 802.1AB, 9.1.2)
		}
	case tlvName:
		c.Tell(davy.AttrName, clean(b), "lldp system name", 90)
	case tlvDescription:
		m.Value = davy.Value{Kind: davy.Text, Raw: clean(b)}
		c.Tell(davy.AttrModel, clean(b), "lldp system description", 60)
	case tlvPortText:
		if b = clean(b); len(b) > 0 {
			c.Tell(davy.AttrNeighbour, b, "lldp port description", 60)
		}
	case tlvCapabilities:
		const router = 1 << 4
		if len(b) == 4 && b[3]&router != 0 {
			c.Tell(davy.AttrRouter, yes, "lldp capabilities", 70)
		}
	case tlvManagement:
		d.management(c, b)
	case tlvOrganization:
		r := wire.NewReader(b)
		organization, sub := r.U24(), r.U8()
		if !r.Short() {
			d.organization(c, organization, sub, r.Rest())
		}
	}
}

var yes = []byte("yes")

// chassisID reads the chassis: a MAC address, or a text that is the station's name where
// it is locally assigned (PROFINET puts NameOfStation there).
func (d *dissector) chassisID(c *protocol.Context, b []byte) {
	if len(b) < 2 {
		return
	}
	d.chassis = appendID(d.chassis, b[0] == 4, b[0] == 5, b[1:])
	switch {
	case b[0] == 4 && len(b) == 7:
		c.Tell(davy.AttrMAC, d.chassis, "lldp chassis", 80)
	case b[0] == 5:
		c.Tell(davy.AttrIP, d.chassis, "lldp chassis", 80)
	case b[0] == 7:
		c.Tell(davy.AttrName, d.chassis, "lldp chassis", 70)
	default:
		c.Tell(davy.AttrName, d.chassis, "lldp chassis", 40)
	}
}

// appendID appends an identifier as text: MAC addresses and network addresses (an IANA
// address family number first) are shown as such.
func appendID(dst []byte, isMAC, isNetwork bool, b []byte) []byte {
	switch {
	case isMAC && len(b) == 6:
		return davy.MACOf(b).Append(dst)
	case isNetwork:
		return appendNetwork(dst, b)
	}
	return append(dst, clean(b)...)
}

func appendNetwork(dst, b []byte) []byte {
	switch {
	case len(b) == 5 && b[0] == 1:
		r := wire.NewReader(b[1:])
		return davy.AddrOf4(r.U32(), 0).Append(dst)
	case len(b) == 17 && b[0] == 2:
		return davy.AddrOf16(b[1:], 0).Append(dst)
	}
	return dst
}

// management reads a management address: its length, family and bytes come first.
func (d *dissector) management(c *protocol.Context, b []byte) {
	if len(b) == 0 || int(b[0]) > len(b)-1 {
		return
	}
	b = b[1 : 1+int(b[0])]
	if len(b) > 1 && zero(b[1:]) {
		return // no address yet
	}
	if len(b) == 7 && b[0] == 6 {
		d.text = davy.MACOf(b[1:]).Append(d.text[:0])
		c.Tell(davy.AttrMAC, d.text, "lldp management address", 80)
		return
	}
	d.text = appendNetwork(d.text[:0], b)
	c.Tell(davy.AttrIP, d.text, "lldp management address", 90)
}

func zero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// medFacts are the inventory TLVs of LLDP-MED (ANSI/TIA-1057, 10.2.6), by subtype.
var medFacts = [...]davy.Attribute{5: davy.AttrHardware, 6: davy.AttrFirmware, 7: davy.AttrSoftware, 8: davy.AttrSerial,
	9: davy.AttrVendor, 10: davy.AttrModel}

func (d *dissector) organization(c *protocol.Context, organization uint32, sub uint8, b []byte) {
	switch {
	case organization == med && int(sub) < len(medFacts) && medFacts[sub] != "":
		c.Tell(medFacts[sub], clean(b), "lldp-med inventory", 90)
	case organization == profinet && sub == 5 && len(b) >= 6: // LLDP_PNIO_CHASSIS_MAC (IEC 61158-6-10)
		if mac := davy.MACOf(b); mac != 0 {
			d.text = mac.Append(d.text[:0])
			c.Tell(davy.AttrMAC, d.text, "lldp profinet chassis", 90)
		}
	}
}

// clean cuts padding off both ends of a text.
func clean(b []byte) []byte { return bytes.Trim(b, "\x00 \r\n\t") }
