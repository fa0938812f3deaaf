package cip

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// answer tells a reply, or the replies of a Multiple Service Packet.
func (d *Dialogue) answer(c *protocol.Context, b []byte, e *Carriage, at place) {
	p := readReply(b)
	a, sure := d.take(c, e, p.service)
	at.unsure = !sure
	if a == nil {
		d.orphan(c, p, e, at)
		return
	}
	at.path = a.path
	d.reply(c, p, a.raw, e, at, c.Time-a.time)
}

// reply tells the reply p to the request raw.
func (d *Dialogue) reply(c *protocol.Context, p reply, raw []byte, e *Carriage, at place, took int64) {
	q := d.readRequest(raw)
	if q.service == unconnectedSend && q.path.class == connectionManager {
		// A router that cannot pass the request on answers itself; what failed is the
		// request inside (CIP Vol. 1, 3-5.5.4).
		if inner, route, ok := unwrap(q.data); ok {
			at.path = joinRoute(at.path, &route)
			q = d.readRequest(inner)
		}
	}
	if p.service == multipleService && q.service == multipleService && at.parts == 0 && (p.status == success || p.status == embeddedError) {
		list, ok := readPacket(p.data)
		wanted, asked := readPacket(q.data)
		if ok && asked && list.count == wanted.count {
			at.parts = uint16(list.count)
			for i := range list.count {
				at.part = uint16(i)
				d.reply(c, readReply(list.item(i)), wanted.item(i), e, at, took)
			}
			return
		}
	}
	m := c.Begin(Name, true)
	d.fillRequest(m, &q, at)
	m.Took = took
	m.Value = davy.Value{}
	m.Defect = p.defect
	if p.defect == "" {
		m.Result, d.text = p.result(d.text)
		m.Value = d.replyValue(&q, &p)
		if q.service == executePCCC && q.path.class == pcccClass {
			d.pcccResult(m, &p)
		}
	}
	emit(c, m, e)
	if p.defect == "" && !m.Result.Failed {
		d.learnFrom(c, &q, &p, e, at)
	}
}

// orphan tells a reply whose request was not seen: it says what it does itself.
func (d *Dialogue) orphan(c *protocol.Context, p reply, e *Carriage, at place) {
	if p.service == multipleService && at.parts == 0 && p.defect == "" && (p.status == success || p.status == embeddedError) {
		if list, ok := readPacket(p.data); ok {
			at.parts = uint16(list.count)
			for i := range list.count {
				at.part = uint16(i)
				d.orphan(c, readReply(list.item(i)), e, at)
			}
			return
		}
	}
	m := c.Begin(Name, true)
	m.Path, m.Part, m.Parts = at.path, at.part, at.parts
	q := request{service: p.service}
	m.Code = uint32(p.service)
	m.Op, m.Verb = operation(p.service, &q.path, nil)
	if m.Verb == davy.Restart {
		m.Verb = davy.Reset // of what, nobody knows
	}
	if p.service == forwardOpen || p.service == largeForwardOpen {
		q.path.class = connectionManager
		q.path.classes = 1
		m.Op, m.Verb = operation(p.service, &q.path, nil)
	}
	m.Defect = p.defect
	if p.defect == "" {
		m.Result, d.text = p.result(d.text[:0])
		m.Value = d.replyValue(&q, &p)
	}
	emit(c, m, e)
}

// unmarked reports whether b answers a request though it is not marked as a reply: the
// server sends it, and what it repeats of a request is still open, or it has no path.
func (d *Dialogue) unmarked(b []byte, e *Carriage) bool {
	return e.From == protocol.FromServer && (d.find(e, b[0], true) >= 0 || b[0] == 0 && d.findKey(e) >= 0 || len(b) > 1 && b[1] == 0)
}

func (d *Dialogue) findKey(e *Carriage) int {
	for i := range d.asked {
		if d.asked[i].fits(e, d.asked[i].service) {
			return i
		}
	}
	return -1
}

// unmarkedReply tells no more of an unmarked reply than its service code.
func (d *Dialogue) unmarkedReply(c *protocol.Context, b []byte, e *Carriage) {
	i := d.find(e, b[0], true)
	if i < 0 {
		i = d.findKey(e)
	}
	m := c.Begin(Name, true)
	m.Code = uint32(b[0])
	var none epath
	m.Op, m.Verb = operation(b[0], &none, nil)
	m.Defect = ReplyBitMissing
	if i >= 0 {
		m.Took = protocol.Took(c.Time, d.asked[i].time)
		if !c.Duplicate {
			d.forget(i)
		}
	}
	c.Emit()
}
