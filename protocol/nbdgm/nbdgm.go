// Package nbdgm reads NetBIOS datagrams: which station sends, and the announcements in
// which Windows stations and Samba say their name, workgroup and version. It does not
// follow elections or log-on requests.
package nbdgm

import (
	"bytes"
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is the NetBIOS datagram service.
var Protocol = protocol.Protocol{
	Name:   "nbdgm",
	Spaces: []*davy.Space{&destination},
	Over:   []protocol.Layer{protocol.UDP},
	Ports:  []uint16{138},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

// Types of datagrams (RFC 1002, 4.4.1).
const (
	directUnique  = 0x10
	directGroup   = 0x11
	broadcast     = 0x12
	datagramError = 0x13
	queryRequest  = 0x14
	queryNegative = 0x16
)

var operations = [...]string{"direct", "direct to a group", "broadcast", "error", "query", "query accepted", "query refused"}

// nameLength is that of an encoded name without a scope: a length, 32 letters, a zero.
const nameLength = 34

// probe wants a known type, and for datagrams that carry data two well-formed names.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if len(b) < 10 || b[0] < directUnique || b[0] > queryNegative || b[1]&0xf0 != 0 {
		return protocol.Guess{}
	}
	if b[0] <= broadcast && len(b) >= 14+2*nameLength && isName(b[14:]) && isName(b[14+nameLength:]) {
		return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
	}
	return protocol.Guess{Confidence: protocol.Possible, From: protocol.FromClient}
}

func isName(b []byte) bool {
	if b[0] != 32 || b[33] != 0 {
		return false
	}
	for _, c := range b[1:33] {
		if c < 'A' || c > 'P' {
			return false
		}
	}
	return true
}

// destination is the space of names that datagrams go to.
var destination = davy.Space{Name: "netbios destination", Text: func(dst []byte, o *davy.Object) []byte {
	return davy.AppendClean(dst, o.Name)
}}

type dissector struct {
	protocol.Stateless
	to   []byte
	from []byte
	text []byte
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	r := wire.NewReader(b)
	kind := r.U8()
	r.Skip(1 + 2) // flags and id
	r.Skip(4)     // the sender's address: its own, which the packet tells too
	r.Skip(2)
	m := c.Begin("nbdgm", false)
	m.Verb, m.Op, m.Code, m.Quiet = davy.Other, "datagram", uint32(kind), true
	switch {
	case r.Short() && c.Sliced > 0:
	case r.Short():
		m.Defect = davy.Truncated
	case kind < directUnique || kind > queryNegative:
		m.Defect = davy.UnknownCode
	case kind > broadcast:
		m.Op = operations[kind-directUnique]
	default:
		m.Op = operations[kind-directUnique]
		d.data(c, m, &r)
	}
	m.Quiet = m.Defect == ""
	c.Emit()
	return len(b), 0
}

// data reads the names and what the datagram carries (RFC 1002, 4.4.2).
func (d *dissector) data(c *protocol.Context, m *davy.Message, r *wire.Reader) {
	length := int(r.U16())
	r.Skip(2) // where it belongs in a longer one
	source, target := name(r), name(r)
	if r.Short() {
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		return
	}
	var suffix, ownSuffix uint8
	var ok bool
	if d.to, suffix, ok = decode(d.to[:0], target); !ok {
		m.Defect = davy.ReservedValue
		return
	}
	d.to = append(d.to, '<', "0123456789abcdef"[suffix>>4], "0123456789abcdef"[suffix&15], '>')
	m.Object = davy.Object{Space: &destination, Name: d.to}
	if d.from, ownSuffix, ok = decode(d.from[:0], source); ok && (ownSuffix == 0 || ownSuffix == 0x20) {
		c.Tell(davy.AttrName, d.from, "netbios datagram", 85)
	}
	if length < 2*nameLength-2 && c.Sliced == 0 {
		m.Defect = davy.LengthMismatch
	}
	d.mail(c, m, r)
}

// name reads an encoded name with its scope.
func name(r *wire.Reader) []byte {
	n := int(r.U8())
	label := r.Bytes(n)
	for !r.Short() {
		scope := int(r.U8())
		if scope == 0 {
			break
		}
		r.Skip(scope)
	}
	return label
}

// decode undoes the first-level encoding (RFC 1001, 14.1).
func decode(dst, label []byte) (out []byte, suffix uint8, ok bool) {
	if len(label) != 32 {
		return dst, 0, false
	}
	for i := 0; i < 32; i += 2 {
		hi, lo := label[i]-'A', label[i+1]-'A'
		if hi > 15 || lo > 15 {
			return dst, 0, false
		}
		if i == 30 {
			suffix = hi<<4 | lo
		} else {
			dst = append(dst, hi<<4|lo)
		}
	}
	return bytes.TrimRight(dst, "\x00 "), suffix, true
}

// Commands of the browser protocol ([MS-BRWS] 2.2).
const (
	hostAnnouncement   = 1
	domainAnnouncement = 12
	localMaster        = 15
)

const mailslot = "\\MAILSLOT\\BROWSE"

// mail reads an SMB transaction to the browser's mailslot: an SMB 1 head of 32 bytes,
// words, bytes with the slot's name, and the announcement ([MS-MAIL] 2.2, [MS-BRWS] 2.2).
func (d *dissector) mail(c *protocol.Context, m *davy.Message, r *wire.Reader) {
	b := r.Rest()
	const head, transaction = 32, 0x25
	if len(b) < head || string(b[:4]) != "\xffSMB" || b[4] != transaction {
		return
	}
	s := wire.NewReader(b[head:])
	words := wire.NewReader(s.Bytes(2 * int(s.U8())))
	s.Skip(2)
	words.Skip(22)
	count, offset := int(words.U16LE()), int(words.U16LE())
	slot := s.Rest()
	if s.Short() || words.Short() || !bytes.HasPrefix(slot, []byte(mailslot)) || offset > len(b) || count > len(b)-offset {
		return
	}
	m.Op = "browser"
	a := wire.NewReader(b[offset : offset+count])
	command := a.U8()
	switch command {
	case hostAnnouncement, localMaster, domainAnnouncement:
	default:
		return
	}
	a.Skip(1 + 4) // update count and period
	title := a.Bytes(16)
	major, minor := a.U8(), a.U8()
	a.Skip(4 + 4) // server types; browser version and signature, or the master's name
	if a.Short() {
		m.Defect = davy.LengthMismatch
		return
	}
	title = cut(title)
	if command == domainAnnouncement {
		m.Op = "domain announcement"
		c.Tell(davy.AttrDomain, title, "browser domain announcement", 80)
		return
	}
	m.Op = "host announcement"
	c.Tell(davy.AttrName, title, "browser announcement", 90)
	d.text = strconv.AppendUint(append(d.text[:0], "Windows "...), uint64(major), 10)
	d.text = strconv.AppendUint(append(d.text, '.'), uint64(minor), 10)
	c.Tell(davy.AttrOS, d.text, "browser announcement", 50)
	comment := cut(a.Rest())
	if len(comment) > 0 {
		m.Value = davy.Value{Kind: davy.Text, Raw: comment}
		c.Tell(davy.AttrLocation, comment, "browser announcement comment", 30)
	}
}

func cut(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return bytes.TrimRight(b, " ")
}
