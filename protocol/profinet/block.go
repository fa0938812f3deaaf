package profinet

import (
	"encoding/binary"
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// Options and suboptions that have a meaning of their own here.
const (
	optionIP      = 1
	optionDevice  = 2
	optionDHCP    = 3
	optionControl = 5
	optionStart   = 6

	ipMAC       = 1
	ipParameter = 2
	ipSuite     = 3

	deviceType    = 1
	deviceName    = 2
	deviceID      = 3
	deviceRole    = 4
	deviceOptions = 5
	deviceAlias   = 6
	deviceNumber  = 7
	deviceOEM     = 8
	deviceGateway = 9

	controlBegin    = 1
	controlEnd      = 2
	controlSignal   = 3
	controlResponse = 4
)

// option is one row of the table: how a block is called and what setting it means.
type option struct {
	option, sub uint8
	name        string
	set         davy.Verb
}

// options are the blocks of DCP (IEC 61158-6-10, coding of the fields Option and Suboption).
var options = [...]option{
	{1, 1, "MAC address", davy.Configure},
	{1, 2, "IP parameter", davy.Configure},
	{1, 3, "IP suite", davy.Configure},
	{2, 1, "type of station", davy.Configure},
	{2, 2, "name of station", davy.Configure},
	{2, 3, "device id", davy.Configure},
	{2, 4, "device role", davy.Configure},
	{2, 5, "device options", davy.Configure},
	{2, 6, "alias name", davy.Configure},
	{2, 7, "device instance", davy.Configure},
	{2, 8, "OEM device id", davy.Configure},
	{2, 9, "standard gateway", davy.Configure},
	{2, 10, "RSI properties", davy.Configure},
	{3, 12, "DHCP host name", davy.Configure},
	{3, 43, "DHCP vendor specific", davy.Configure},
	{3, 54, "DHCP server identifier", davy.Configure},
	{3, 55, "DHCP parameter request list", davy.Configure},
	{3, 60, "DHCP class identifier", davy.Configure},
	{3, 61, "DHCP client identifier", davy.Configure},
	{3, 81, "DHCP FQDN", davy.Configure},
	{3, 97, "DHCP UUID", davy.Configure},
	{3, 255, "DHCP control", davy.Configure},
	{5, 1, "start transaction", davy.Configure},
	{5, 2, "end transaction", davy.Configure},
	{5, 3, "signal (flash)", davy.Identify},
	{5, 4, "response", davy.Configure},
	{5, 5, "factory reset", davy.Reset},
	{5, 6, "reset to factory", davy.Reset},
	{6, 1, "device initiative", davy.Configure},
	{255, 255, "all", davy.Configure},
}

func lookup(o, s uint8) option {
	for i := range options {
		if options[i].option == o && options[i].sub == s {
			return options[i]
		}
	}
	if o >= 0x80 {
		return option{o, s, "manufacturer specific", davy.Configure}
	}
	return option{o, s, "", davy.Configure}
}

// blocks is the space of DCP's objects: Area is the option, Index the suboption.
var blocks = davy.Space{Name: "dcp block", Text: func(dst []byte, o *davy.Object) []byte {
	t := lookup(uint8(o.Area), uint8(o.Index))
	if t.name == "" || o.Area >= 0x80 && o.Area < 255 {
		if t.name == "" {
			t.name = "option"
		}
		dst = strconv.AppendUint(append(append(dst, t.name...), ' '), uint64(o.Area), 10)
		return strconv.AppendUint(append(dst, '/'), o.Index, 10)
	}
	return append(dst, t.name...)
}}

func about(m *davy.Message, option, sub uint8) {
	m.Object = davy.Object{Space: &blocks, Area: uint32(option), Index: uint64(sub)}
}

// block puts a block into the message and tells what it says of its sender.
func (d *dissector) block(c *protocol.Context, m *davy.Message, p *pdu, b *block) {
	if b.answers(p) {
		d.blockReply(c, m, p, b)
		return
	}
	about(m, b.option, b.sub)
	if b.cut || p.service == serviceGet && !p.reply() {
		return
	}
	d.text = d.text[:0]
	d.value(m, b)
	switch {
	case p.service == serviceSet && !p.reply():
		m.Verb = lookup(b.option, b.sub).set
		m.Quiet = b.option == optionControl && b.sub <= controlEnd
		if b.info&1 == 1 && b.option != optionControl { // BlockQualifier: save the value permanently
			m.Op = "set permanent"
		}
		if !c.Duplicate {
			d.set.remember(b)
		}
	case p.reply() || p.service == serviceHello:
		if p.reply() {
			blockInfo(m, b)
		}
		d.tell(c, p, b)
	}
}

// blockInfo reads BlockInfo, which says something for the IP parameter only.
func blockInfo(m *davy.Message, b *block) {
	if b.option != optionIP || b.sub != ipParameter && b.sub != ipSuite || m.Result.Failed {
		return
	}
	m.Result = davy.Result{Told: true, Code: uint32(b.info), Failed: b.info&0x80 != 0}
	m.Result.Name = [...]string{"IP not set", "IP set", "IP set by DHCP", "reserved"}[b.info&3]
	if m.Result.Failed {
		m.Result.Name = "IP address conflict"
	}
}

// value shows the block's data as its type asks.
func (d *dissector) value(m *davy.Message, b *block) {
	v := b.data
	text := func() { m.Value = davy.Value{Kind: davy.Text, Raw: d.text} }
	switch {
	case len(v) == 0:
		if b.option == optionControl && b.info != 0 {
			m.Value = davy.NumberValue(int64(b.info)) // the qualifier says which reset, for one
		}
	case b.option == optionIP && b.sub == ipMAC && len(v) == 6:
		d.text = davy.MACOf(v).Append(d.text)
		text()
	case b.option == optionIP && (b.sub == ipParameter || b.sub == ipSuite) && len(v) >= 12:
		d.text = ip4(d.text, be32(v))
		d.text = ip4(append(d.text, " mask "...), be32(v[4:]))
		d.text = ip4(append(d.text, " gateway "...), be32(v[8:]))
		for v = v[12:]; len(v) >= 4; v = v[4:] {
			d.text = ip4(append(d.text, " dns "...), be32(v))
		}
		text()
	case b.option == optionDevice && b.sub == deviceGateway && len(v) == 4:
		d.text = ip4(d.text, be32(v))
		text()
	case b.option == optionDevice && (b.sub == deviceID || b.sub == deviceOEM) && len(v) == 4:
		d.text = appendIDs(d.text, be32(v))
		text()
	case b.option == optionDevice && b.sub == deviceRole:
		d.text = appendRole(d.text, v[0])
		text()
	case b.option == optionDevice && (b.sub <= deviceName || b.sub == deviceAlias):
		d.text = append(d.text, trimNUL(v)...)
		text()
	case b.option == optionDevice && b.sub == deviceNumber:
		m.Value = davy.Value{Kind: davy.U8List, Raw: v}
	case b.option == optionDHCP && (b.sub == 12 || b.sub == 60):
		d.text = append(d.text, trimNUL(v)...)
		text()
	case b.option == optionControl && b.sub == controlSignal || b.option == optionStart:
		m.Value = davy.Value{Kind: davy.U16BE, Raw: v}
	default:
		m.Value = davy.Value{Kind: davy.Bytes, Raw: v}
	}
}

// tell hands on what a device says of itself.
func (d *dissector) tell(c *protocol.Context, p *pdu, b *block) {
	const source = "profinet dcp"
	if b.option == optionIP && (b.sub == ipParameter || b.sub == ipSuite) && len(b.data) >= 12 {
		if b.info&0x80 == 0 {
			d.tellIP(c, be32(b.data), source)
		}
		return
	}
	if b.option != optionDevice {
		return
	}
	switch b.sub {
	case deviceName:
		c.Tell(davy.AttrName, d.clean(b.data), source, 95)
	case deviceType:
		c.Tell(davy.AttrModel, d.clean(b.data), source, 90)
	case deviceAlias:
		c.Tell(davy.AttrNeighbour, d.clean(b.data), source, 90) // port.station of the neighbour (IEC 61158-6-10, AliasNameValue)
	case deviceID:
		if len(b.data) == 4 {
			d.tellDevice(c, be32(b.data))
		}
	case deviceRole:
		if len(b.data) > 0 {
			d.text = appendRole(d.text[:0], b.data[0])
			c.Tell(davy.AttrRole, d.text, source, 90)
			if b.data[0]&roleController != 0 {
				c.Tell(davy.AttrKind, controllerKind, source, 60)
			}
		}
	}
}

var controllerKind = []byte(davy.KindController)

// tellIP says which IP address a station has, and of that address which MAC it has.
func (d *dissector) tellIP(c *protocol.Context, ip uint32, source string) {
	if ip == 0 {
		return
	}
	d.detail = ip4(d.detail[:0], ip)
	c.Tell(davy.AttrIP, d.detail, source, 90)
	if mac := c.Sender.Addr.MAC(); mac != 0 {
		d.detail = mac.Append(d.detail[:0])
		c.TellOf(davy.AddrOf4(ip, c.Sender.Addr.Scope), davy.Path{}, davy.AttrMAC, d.detail, source, 90)
	}
}

// Bits of the device role.
const (
	roleDevice = 1 << iota
	roleController
	roleMultidevice
	roleSupervisor
)

func appendRole(dst []byte, role uint8) []byte {
	start := len(dst)
	for bit, name := range [...]string{"IO-Device", "IO-Controller", "IO-Multidevice", "PN-Supervisor"} {
		if role>>bit&1 == 1 {
			if len(dst) > start {
				dst = append(dst, ", "...)
			}
			dst = append(dst, name...)
		}
	}
	return dst
}

func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }

func ip4(dst []byte, ip uint32) []byte { return davy.AddrOf4(ip, 0).Append(dst) }

func trimNUL(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}
