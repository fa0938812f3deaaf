package s7

import (
	"bytes"
	"encoding/binary"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// information reads what tells of the controller: status lists, blocks, clock, messages.
func (d *conversation) information(p *pdu, m *davy.Message, u *service) {
	switch u.kind {
	case asks:
		d.askInformation(p, m, u)
	case answers:
		d.answerInformation(p, m, u)
	default:
		m.Value = rest(u.payload)
		switch {
		case u.group == groupCPU && u.service == diagnosticMsg && len(u.payload) >= 2:
			m.Object = davy.Object{Space: &event, Index: uint64(binary.BigEndian.Uint16(u.payload)), Count: 1}
		case u.group == groupCPU:
			m.Object = firstAlarm(u)
		}
		p.c.Emit()
	}
}

func (d *conversation) askInformation(p *pdu, m *davy.Message, u *service) {
	b := u.payload
	switch {
	case len(b) == 0 && u.sequence != 0 && d.list.sequence == u.sequence && d.list.code == m.Code:
		m.Object, m.Verb = d.list.object, d.list.verb // asks for the next piece
	case u.group == groupCPU && u.service == readSZL && len(b) >= 4:
		id := binary.BigEndian.Uint16(b)
		m.Object = davy.Object{Space: &statusList, Area: uint32(id), Index: uint64(binary.BigEndian.Uint16(b[2:])), Count: 1}
		m.Verb = listVerb(id)
	case u.group == groupBlock && u.service == listBlocksOfType && len(b) >= 2:
		m.Object = davy.Object{Space: &blockType, Area: uint32(b[1]), Count: 1}
	case u.group == groupBlock && u.service == blockInfo && len(b) >= 8:
		m.Object, _ = blockName(b[:8])
	case u.group == groupClock:
		m.Value = d.clock(b)
	case u.group == groupCPU && u.service == messageService && len(b) >= 10:
		m.Object = davy.Object{Space: &subscriber, Name: bytes.TrimRight(b[2:10], "\x00 "), Count: 1}
		m.Value = davy.NumberValue(int64(b[0])) // bits: mode transitions, system diagnostics, user's, alarms
	case aboutAlarms(u):
		d.askAlarms(p, m, u)
		return
	case u.group == groupCPU && u.service == alarmQuery:
		m.Value = rest(b)
	}
	d.remember(p, m, u)
	p.c.Emit()
}

func (d *conversation) answerInformation(p *pdu, m *davy.Message, u *service) {
	if p.request == nil && u.sequence != 0 && d.list.sequence == u.sequence && d.list.code == m.Code {
		m.Object, m.Verb = d.list.object, d.list.verb
	}
	if u.group == groupClock {
		m.Value = d.clock(u.payload)
		p.c.Emit()
		return
	}
	if m.Result.Failed {
		p.c.Emit()
		return
	}
	if b := u.payload; aboutAlarms(u) && len(b) >= 2 && b[1] > 0 {
		r := wire.NewReader(b[2:])
		d.codes(p, m, &r, int(b[1]), p.request)
		return
	}
	m.Value = rest(u.payload)
	first := u.unit == 0 || !d.list.goesOn(p, m, u)
	szl := u.group == groupCPU && u.service == readSZL
	if szl && first && u.unit != 0 && !begins(p.request, u.payload) {
		p.c.Emit() // the pieces before it are missing
		return
	}
	if szl && first && len(u.payload) >= 4 {
		id := binary.BigEndian.Uint16(u.payload)
		m.Object = davy.Object{Space: &statusList, Area: uint32(id), Index: uint64(binary.BigEndian.Uint16(u.payload[2:])), Count: 1}
		m.Verb = listVerb(id)
	}
	p.c.Emit()
	whole := u.payload
	if u.unit != 0 {
		if whole = d.list.take(p, m, u, first); whole == nil {
			return
		}
	}
	if szl && !u.short && p.defect == "" {
		d.statusList(p, whole)
	}
}

// begins reports whether a piece is the first of a status list: it names the list that was
// asked for, where a request for a further piece names none. Where what was asked was not
// seen, the head must fit: the class of module in the identifier, and length and number of
// records for all the pieces together.
func begins(q *request, b []byte) bool {
	r := wire.NewReader(b)
	id := r.U16()
	r.Skip(2)
	length, count := int(r.U16()), int(r.U16())
	if q == nil {
		return !r.Short() && id>>12&3 == 0 && length*count >= r.Len() && length*count <= maxList
	}
	o := q.first()
	return o.Space == &statusList && len(b) >= 2 && o.Area == uint32(id)
}

// list is an answer that comes in pieces: the first has a number that the request for the
// next repeats, and all have the same data unit reference.
type list struct {
	code     uint32
	unit     uint8
	sequence uint8
	from     protocol.Role
	bytes    []byte
	verb     davy.Verb
	object   davy.Object // without a name
	open     bool
}

// maxList bounds a list that comes in pieces; a diagnostic buffer of 500 entries has
// 10,000 bytes.
const maxList = 64 << 10

func (l *list) reset() {
	kept := l.bytes[:0]
	if cap(kept) > 16<<10 {
		kept = nil
	}
	*l = list{bytes: kept}
}

// lose forgets the pieces of one side, of which some are missing, but not what they are of:
// requests for further ones still tell.
func (l *list) lose(from protocol.Role) {
	if l.open && l.from == from {
		l.open = false
	}
}

// goesOn reports whether an answer is a further piece of the list.
func (l *list) goesOn(p *pdu, m *davy.Message, u *service) bool {
	return l.open && l.code == m.Code && l.unit == u.unit && l.from == p.c.Dir
}

// take adds a piece and returns the whole when it was the last.
func (l *list) take(p *pdu, m *davy.Message, u *service, first bool) []byte {
	if first {
		l.reset()
		l.code, l.unit, l.sequence, l.from, l.open = m.Code, u.unit, u.sequence, p.c.Dir, true
		l.verb, l.object = m.Verb, m.Object
		l.object.Name = nil
	}
	if len(l.bytes)+len(u.payload) > maxList {
		l.reset()
		return nil
	}
	l.bytes = append(l.bytes, u.payload...)
	if u.more {
		return nil
	}
	l.open = false
	return l.bytes
}

// aboutAlarms reports whether a service names alarms and is answered by a return code for each.
func aboutAlarms(u *service) bool {
	return u.group == groupCPU && (u.service == alarmAck || u.service == alarm8Lock || u.service == alarm8Unlock)
}

// askAlarms reads what alarms are acknowledged, locked or unlocked: one message for each.
func (d *conversation) askAlarms(p *pdu, m *davy.Message, u *service) {
	q := d.ask(p, int(m.Code), m)
	r := wire.NewReader(u.payload)
	r.Skip(1)
	count := int(r.U8())
	for i := range count {
		spec, length := r.U8(), int(r.U8())
		body := r.Bytes(length)
		if r.Short() || spec != variableSpec || length < 6 {
			break
		}
		q.add(davy.Object{Space: &alarm, Index: uint64(binary.BigEndian.Uint32(body[2:])), Count: 1}, uint8(i), false)
	}
	if len(q.items) == 0 {
		p.c.Emit()
	}
	for i := range q.items {
		m.Object = q.object(i)
		m.Part, m.Parts = uint16(i), uint16(len(q.items))
		p.c.Emit()
	}
}

// firstAlarm finds the first alarm that an indication tells of, behind its time.
func firstAlarm(u *service) davy.Object {
	r := wire.NewReader(u.payload)
	switch u.service {
	case scanInd:
		r.Skip(12)
	case 0x05, 0x06, 0x0c, 0x11, 0x12, 0x16:
		r.Skip(8)
	}
	r.Skip(2)
	spec := r.U8()
	r.Skip(3) // length, syntax, number of values that go with it
	id := r.U32()
	if r.Short() || spec != variableSpec {
		return davy.Object{}
	}
	return davy.Object{Space: &alarm, Index: uint64(id), Count: 1}
}

// clock reads a time in binary coded decimals: a reserved byte, the century, and year,
// month, day, hour, minute, second and milliseconds, with the weekday in the last digit.
func (d *conversation) clock(b []byte) davy.Value {
	if len(b) < 10 {
		return rest(b)
	}
	for _, c := range b[1:] {
		if c>>4 > 9 || c&15 > 9 {
			return rest(b)
		}
	}
	century := "20"
	if b[2] >= 0x90 {
		century = "19"
	}
	t := append(d.text[:0], century...)
	for i, before := range [...]string{"", "-", "-", " ", ":", ":", "."} {
		t = append(append(t, before...), '0'+b[i+2]>>4, '0'+b[i+2]&15)
	}
	d.text = append(t, '0'+b[9]>>4)
	return davy.Value{Kind: davy.Text, Raw: d.text}
}
