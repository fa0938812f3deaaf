package dns

import (
	"bytes"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

const badName davy.Defect = "bad-name" // a name that does not end, or points at itself

// maxQuestions bounds the rows of one message; multicast DNS is seen to ask a hundred.
const maxQuestions = 256

// results names the response codes (RFC 1035, 4.1.1; RFC 2136, 2.2; NetBIOS: RFC 1002, 4.2.6).
var results = [16]string{"", "format error", "server failure", "no such name", "not implemented", "refused", "name exists",
	"name in conflict", "set does not exist", "not authoritative", "not in zone", "stateful type not implemented",
	"reserved", "reserved", "reserved", "reserved"}

// operation names an opcode; the family of NetBIOS has its own.
func operation(family string, opcode uint8) (string, davy.Verb) {
	if family == "nbns" {
		switch opcode {
		case opQuery:
			return "query", davy.Browse
		case opUpdate:
			return "registration", davy.Identify
		case netbiosRelease:
			return "release", davy.Identify
		case netbiosWait:
			return "wait", davy.Identify
		case opRefresh, opRefreshAlt:
			return "refresh", davy.Identify
		case opMultihomed:
			return "multihomed registration", davy.Identify
		}
		return "", davy.Other
	}
	switch opcode {
	case opQuery:
		return "query", davy.Browse
	case 1:
		return "inverse query", davy.Browse
	case 2:
		return "server status", davy.Diagnose
	case opNotify:
		return "notify", davy.Other
	case opUpdate:
		return "update", davy.Configure
	case opStateful:
		return "stateful operation", davy.Other
	}
	return "", davy.Other
}

func (d *dissector) message(c *protocol.Context, b []byte) {
	r := wire.NewReader(b)
	h := readHeader(&r)
	family := kin(c)
	m := c.Begin(family, !r.Short() && h.reply())
	m.Verb, m.Op = davy.Other, family
	if r.Short() {
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		c.Emit()
		return
	}
	m.Code = uint32(h.opcode())
	if m.Op, m.Verb = operation(family, h.opcode()); m.Op == "" {
		m.Defect = davy.UnknownCode
		c.Emit()
		return
	}
	if m.Reply {
		m.Result = davy.Result{Told: true, Failed: h.rcode() != 0, Code: uint32(h.rcode()), Name: results[h.rcode()]}
	}
	if h.reply() {
		d.reply(c, m, &h, b)
	} else {
		d.query(c, m, &h, b)
	}
}

// query emits a message for each question.
func (d *dissector) query(c *protocol.Context, m *davy.Message, h *header, b []byte) {
	off := headerLength
	count := min(h.questions, maxQuestions)
	for i := range count {
		next := d.question(c, m, b, off)
		if next < 0 {
			break
		}
		off = next
		m.Part, m.Parts = uint16(i), uint16(count)
		if h.questions > maxQuestions {
			m.Defect = davy.Oversized
		}
		if i == 0 {
			if m.Protocol == "nbns" && h.opcode() != opQuery {
				d.register(c, h, b)
			}
			if !c.Duplicate && !c.Receiver.Addr.Group() {
				d.pending.AskAgain(uint64(h.id), m)
			}
		}
		if i < count-1 {
			c.Emit()
		}
	}
	c.Emit()
}

// question reads one question into the message's object and returns what follows it, or
// -1 with the message's defect set.
func (d *dissector) question(c *protocol.Context, m *davy.Message, b []byte, off int) int {
	end := skipName(b, off)
	var ok bool
	if d.asked, ok = appendName(d.asked[:0], b, off); !ok || end < 0 || end+4 > len(b) {
		switch {
		case end > len(b) || end >= 0 && end+4 > len(b):
			if c.Sliced == 0 {
				m.Defect = davy.Truncated
			}
		default:
			m.Defect = badName
		}
		return -1
	}
	d.object(m, uint16(b[end])<<8|uint16(b[end+1]))
	return end + 4
}

// object makes the name in d.asked the message's object.
func (d *dissector) object(m *davy.Message, kind uint16) {
	space := &question
	if m.Protocol == "nbns" {
		space = &netbiosName
		if name, suffix, ok := netbios(d.text[:0], d.asked); ok {
			d.text = appendSuffix(name, suffix)
			d.asked = append(d.asked[:0], d.text...)
		}
	}
	m.Object = davy.Object{Space: space, Sub: uint32(kind), Name: d.asked}
}

// appendSuffix appends the suffix of a NetBIOS name as it is usually written, as in PC7<20>.
func appendSuffix(dst []byte, suffix uint8) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '<', hex[suffix>>4], hex[suffix&15], '>')
}

// reply emits one message for all of a reply, and tells what its records say.
func (d *dissector) reply(c *protocol.Context, m *davy.Message, h *header, b []byte) {
	if !c.Duplicate {
		if q := d.pending.Answer(uint64(h.id)); q != nil {
			m.Took = protocol.Took(m.Time, q.Time)
		}
	}
	off := headerLength
	for i := range h.questions {
		if i == 0 {
			off = d.question(c, m, b, off)
		} else if off = skipName(b, off); off >= 0 {
			off += 4
		}
		if off < 0 || off > len(b) {
			end(c, m, h, b, off)
			c.Emit()
			return
		}
	}
	d.value = d.value[:0]
	for i := range h.answers + h.authorities + h.additions {
		start := off
		if off = skipName(b, off); off < 0 || off > len(b) {
			break
		}
		r := wire.NewReader(b[off:])
		kind, _ := r.U16(), r.U16()
		r.Skip(4) // time to live
		data := int(r.U16())
		body := r.Bytes(data)
		if r.Short() {
			off = len(b) + 1
			break
		}
		if m.Object.Space == nil && i == 0 {
			if d.asked, _ = appendName(d.asked[:0], b, start); len(d.asked) > 0 {
				d.object(m, kind)
			}
		}
		if h.rcode() == 0 && (i < h.answers || m.Protocol == "mdns" && i >= h.answers+h.authorities) {
			d.record(c, m, b, start, kind, body, off+10, i < h.answers)
		}
		off += 10 + data
	}
	end(c, m, h, b, off)
	if len(d.value) > 0 {
		m.Value = davy.Value{Kind: davy.Text, Raw: d.value}
	}
	c.Emit()
}

// end says what is wrong with a message that ended at off, where there is anything.
func end(c *protocol.Context, m *davy.Message, h *header, b []byte, off int) {
	switch {
	case m.Defect != "":
	case off < 0:
		m.Defect = badName
	case off > len(b) && c.Sliced == 0 && !h.cut():
		m.Defect = davy.Truncated
	}
}

// maxValue bounds the text of the answers.
const maxValue = 512

// record tells what one answer says: name of an address, or address of a name.
func (d *dissector) record(c *protocol.Context, m *davy.Message, b []byte, start int, kind uint16, body []byte, data int, answer bool) {
	var about davy.Addr
	switch {
	case kind == typeA && len(body) == 4:
		r := wire.NewReader(body)
		about = davy.AddrOf4(r.U32(), c.Sender.Addr.Scope)
	case kind == typeAAAA && len(body) == 16:
		about = davy.AddrOf16(body, c.Sender.Addr.Scope)
	case kind == typeNetBIOS && m.Protocol == "nbns":
		d.netbiosAnswer(c, b, start, body)
		return
	case kind == typeStatus && m.Protocol == "nbns":
		d.status(c, body)
		return
	case (kind == typeCNAME || kind == typePTR) && answer && len(d.value) < maxValue:
		if len(d.value) > 0 {
			d.value = append(d.value, ", "...)
		}
		d.value, _ = appendName(d.value, b, data)
		return
	}
	if about.IsZero() {
		return
	}
	if answer && len(d.value) < maxValue {
		if len(d.value) > 0 {
			d.value = append(d.value, ", "...)
		}
		d.value = about.Append(d.value)
	}
	var ok bool
	if d.name, ok = appendName(d.name[:0], b, start); !ok {
		return
	}
	d.address(c, m, about)
}

// address tells that a name (in d.name) belongs to an address. Of itself a station speaks
// in multicast DNS and LLMNR; a DNS server speaks of others, and what it says of a name
// with an alias is true of the name that was asked for.
func (d *dissector) address(c *protocol.Context, m *davy.Message, about davy.Addr) {
	loopback := about.Is4() && about.IP().IsLoopback() || about.IP().IsLoopback()
	switch m.Protocol {
	case "mdns":
		c.Tell(davy.AttrName, d.name, "mdns", 75)
		if !loopback && about != c.Sender.Addr && !about.Group() {
			c.TellOf(about, davy.Path{}, davy.AttrName, d.name, "mdns", 75)
		}
	case "llmnr":
		if !loopback {
			c.TellOf(about, davy.Path{}, davy.AttrName, d.name, "llmnr", 75)
		}
	default:
		if hi, lo, _ := about.Words(); loopback || hi|lo == 0 || about.Group() {
			return
		}
		name := d.name
		if len(m.Object.Name) > 0 && m.Object.Sub != typePTR {
			name = m.Object.Name
		}
		c.TellOf(about, davy.Path{}, davy.AttrName, bytes.TrimSuffix(name, dot), "dns answer", 50)
	}
}

var dot = []byte(".")
