// Package snmp reads the Simple Network Management Protocol, versions 1, 2c and 3: which
// objects are asked for, set and reported, and what devices say of themselves. Community
// names and other secrets are passed over and appear nowhere.
package snmp

import (
	"bytes"
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is SNMP.
var Protocol = protocol.Protocol{
	Name:   "snmp",
	Spaces: []*davy.Space{&object},
	Over:   []protocol.Layer{protocol.UDP},
	Ports:  []uint16{161, 162},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

// PDU types (RFC 3416, 3; the first trap is RFC 1157's).
const (
	pduGet      = 0xa0
	pduResponse = 0xa2
	pduSet      = 0xa3
	pduTrap1    = 0xa4
	pduBulk     = 0xa5
	pduReport   = 0xa8
)

// operations are the PDU types from 0xa0 on.
var operations = [...]struct {
	op   string
	verb davy.Verb
}{
	{"get", davy.Read}, {"get next", davy.Browse}, {"response", davy.Read}, {"set", davy.Write}, {"trap", davy.Diagnose},
	{"get bulk", davy.Browse}, {"inform", davy.Diagnose}, {"trap", davy.Diagnose}, {"report", davy.Diagnose},
}

const badEncoding davy.Defect = "bad-encoding" // not the BER that SNMP prescribes

// object is the space of managed objects; Name is the identifier in dots.
var object = davy.Space{Name: "snmp object", Text: func(dst []byte, o *davy.Object) []byte {
	return append(dst, o.Name...)
}}

type dissector struct {
	pending protocol.Pending
	oid     []byte
	text    []byte
}

// probe follows the message to its PDU: a sequence as long as the datagram, a known
// version, a community or a version 3 header, a known PDU type.
func probe(p *protocol.Peek) protocol.Guess {
	if len(p.Bytes) < 12 || p.Bytes[0] != tagSequence {
		return protocol.Guess{}
	}
	h, ok := open(p.Bytes)
	if !ok {
		return protocol.Guess{}
	}
	g := protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
	if h.version == 3 {
		g.From = protocol.Unknown
		if h.pdu == 0 {
			return g
		}
		g.From = protocol.FromClient
	}
	if h.pdu == pduResponse || h.pdu == pduReport {
		g.From = protocol.FromServer
	}
	return g
}

// head is what stands before a PDU.
type head struct {
	version   int64
	pdu       uint8 // 0 where it is encrypted
	body      wire.Reader
	encrypted bool
	reply     bool
}

// open reads a message up to its PDU.
func open(b []byte) (h head, ok bool) {
	r := wire.NewReader(b)
	whole, ok := expect(&r, tagSequence)
	if !ok {
		return h, false
	}
	if h.version, ok = integer(&whole); !ok {
		return h, false
	}
	switch h.version {
	case 0, 1:
		if _, ok = expect(&whole, tagOctets); !ok { // the community, a password
			return h, false
		}
	case 3:
		global, ok := expect(&whole, tagSequence)
		if !ok {
			return h, false
		}
		_, ok1 := integer(&global)
		_, ok2 := integer(&global)
		flags, ok3 := expect(&global, tagOctets)
		_, ok4 := integer(&global)
		_, ok5 := expect(&whole, tagOctets) // user name and digest
		if !(ok1 && ok2 && ok3 && ok4 && ok5) {
			return h, false
		}
		const private = 2
		if flags.U8()&private != 0 {
			h.encrypted = true
			_, ok = expect(&whole, tagOctets)
			return h, ok
		}
		scoped, ok := expect(&whole, tagSequence)
		if !ok {
			return h, false
		}
		_, ok1 = expect(&scoped, tagOctets)
		_, ok2 = expect(&scoped, tagOctets)
		if whole = scoped; !ok1 || !ok2 {
			return h, false
		}
	default:
		return h, false
	}
	h.pdu, h.body, ok = element(&whole)
	return h, ok && !whole.Short() && h.pdu >= pduGet && h.pdu <= pduReport
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	h, ok := open(b)
	h.reply = h.pdu == pduResponse || h.pdu == pduReport || h.encrypted && c.Dir == protocol.FromServer
	m := c.Begin("snmp", ok && h.reply)
	m.Verb, m.Op, m.Code = davy.Other, "snmp", uint32(h.pdu)
	switch {
	case !ok && c.Sliced > 0:
	case !ok:
		m.Defect = badEncoding
	case h.encrypted:
		m.Op = "encrypted"
	default:
		m.Op, m.Verb = operations[h.pdu-pduGet].op, operations[h.pdu-pduGet].verb
		d.pdu(c, m, &h)
		return len(b), 0
	}
	c.Emit()
	return len(b), 0
}

// errorStatus names error-status (RFC 3416, 3).
var errorStatus = [...]string{"", "too big", "no such name", "bad value", "read only", "general error", "no access", "wrong type",
	"wrong length", "wrong encoding", "wrong value", "no creation", "inconsistent value", "resource unavailable",
	"commit failed", "undo failed", "authorization error", "not writable", "inconsistent name"}

func (d *dissector) pdu(c *protocol.Context, m *davy.Message, h *head) {
	var status int64
	r := h.body
	ok := true
	if h.pdu == pduTrap1 {
		_, ok1 := expect(&r, tagOID)
		_, ok2 := expect(&r, tagIPAddress)
		_, ok3 := integer(&r)
		_, ok4 := integer(&r)
		_, ok5 := expect(&r, tagTicks)
		ok = ok1 && ok2 && ok3 && ok4 && ok5
	} else {
		id, ok1 := integer(&r)
		var ok2, ok3 bool
		status, ok2 = integer(&r)
		_, ok3 = integer(&r)
		ok = ok1 && ok2 && ok3
		if ok && !c.Duplicate {
			if h.reply {
				if q := d.pending.Answer(uint64(id)); q != nil {
					m.Took = protocol.Took(m.Time, q.Time)
					if h.pdu == pduResponse {
						m.Verb, m.Op = q.Verb, q.Op
					}
				}
			} else {
				d.pending.AskAgain(uint64(id), m)
			}
		}
	}
	list, ok6 := expect(&r, tagSequence)
	if !ok || !ok6 {
		m.Defect = badEncoding
		c.Emit()
		return
	}
	if h.pdu == pduResponse {
		m.Result = davy.Result{Told: true, Failed: status != 0, Code: uint32(status)}
		if status > 0 && int(status) < len(errorStatus) {
			m.Result.Name = errorStatus[status]
		}
	}
	d.bindings(c, m, h, list)
}

// maxBindings bounds the rows of one message; what is beyond is counted as too much.
const maxBindings = 128

// bindings emits a message for each variable binding.
func (d *dissector) bindings(c *protocol.Context, m *davy.Message, h *head, list wire.Reader) {
	count := 0
	for r := list; r.Len() > 0 && count <= maxBindings; count++ {
		if _, _, ok := element(&r); !ok || r.Short() {
			break
		}
	}
	if count == 0 {
		if list.Len() > 0 {
			m.Defect = badEncoding
		}
		c.Emit()
		return
	}
	first := *m
	for i := range min(count, maxBindings) {
		_, binding, _ := element(&list)
		first.Origin.Place = m.Origin.Place
		*m = first
		m.Part, m.Parts = uint16(i), uint16(min(count, maxBindings))
		if count > maxBindings {
			m.Defect = davy.Oversized
		}
		name, ok := expect(&binding, tagOID)
		tag, body, ok2 := element(&binding)
		if !ok || !ok2 || binding.Short() {
			m.Defect = badEncoding
			c.Emit()
			continue
		}
		raw := name.Rest()
		d.oid = appendOID(d.oid[:0], raw)
		m.Object = davy.Object{Space: &object, Name: d.oid}
		if h.pdu != pduGet && h.pdu != pduGet+1 && h.pdu != pduBulk {
			d.text = value(m, tag, body, d.text)
		}
		if h.pdu == pduResponse && m.Value.Kind != davy.NoValue && !m.Result.Failed {
			tell(c, m, raw)
		}
		c.Emit()
	}
}

// identities are the objects in which a device says what it is: the system group of SNMPv2-MIB
// (RFC 3418, 2) and of ENTITY-MIB the first entity (RFC 6933, entPhysicalTable).
var identities = [...]struct {
	oid        string
	attribute  davy.Attribute
	source     string
	confidence uint8
}{
	{"\x2b\x06\x01\x02\x01\x01\x01\x00", davy.AttrModel, "snmp sysDescr", 60},
	{"\x2b\x06\x01\x02\x01\x01\x02\x00", davy.AttrModel, "snmp sysObjectID", 40},
	{"\x2b\x06\x01\x02\x01\x01\x05\x00", davy.AttrName, "snmp sysName", 90},
	{"\x2b\x06\x01\x02\x01\x01\x06\x00", davy.AttrLocation, "snmp sysLocation", 90},
	{"\x2b\x06\x01\x02\x01\x2f\x01\x01\x01\x01\x08\x01", davy.AttrHardware, "snmp entPhysicalHardwareRev", 90},
	{"\x2b\x06\x01\x02\x01\x2f\x01\x01\x01\x01\x09\x01", davy.AttrFirmware, "snmp entPhysicalFirmwareRev", 90},
	{"\x2b\x06\x01\x02\x01\x2f\x01\x01\x01\x01\x0a\x01", davy.AttrSoftware, "snmp entPhysicalSoftwareRev", 90},
	{"\x2b\x06\x01\x02\x01\x2f\x01\x01\x01\x01\x0b\x01", davy.AttrSerial, "snmp entPhysicalSerialNum", 90},
	{"\x2b\x06\x01\x02\x01\x2f\x01\x01\x01\x01\x0c\x01", davy.AttrVendor, "snmp entPhysicalMfgName", 90},
	{"\x2b\x06\x01\x02\x01\x2f\x01\x01\x01\x01\x0d\x01", davy.AttrModel, "snmp entPhysicalModelName", 90},
}

func tell(c *protocol.Context, m *davy.Message, oid []byte) {
	for i := range identities {
		if t := &identities[i]; string(oid) == t.oid && m.Value.Kind == davy.Text {
			c.Tell(t.attribute, bytes.Trim(m.Value.Raw, "\x00 \r\n\t"), t.source, t.confidence)
			return
		}
	}
}

func (d *dissector) Reset() { d.pending.Reset() }

const stateVersion = 1

func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	d.pending.Append(&w)
	return w.B
}

func (d *dissector) LoadState(b []byte) error {
	r := wire.NewReader(b)
	if r.U8() != stateVersion {
		return errors.New("unknown version")
	}
	d.pending.Load(&r, protocol.Names{Op: func(code uint32) string {
		if code >= pduGet && code <= pduReport {
			return operations[code-pduGet].op
		}
		return ""
	}})
	if r.Short() || r.Len() > 0 {
		return errors.New("cut short")
	}
	return nil
}
