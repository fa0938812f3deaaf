package s7

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// cyclic reads cyclic data: variables that the controller is asked to send from time to
// time, or when they change, under the number of a job.
func (d *conversation) cyclic(p *pdu, m *davy.Message, u *service) {
	switch u.service {
	case cyclicTransfer, changeDriven, changeModify:
	case unsubscribe:
		if u.kind == asks && len(u.payload) >= 2 {
			m.Object = davy.Object{Space: &cyclicJob, Index: uint64(u.payload[1]), Count: 1}
			d.running.answer(runningKey(groupCyclic, u.payload[1]), -1)
		}
		d.remember(p, m, u)
		p.c.Emit()
		return
	case readRecord:
		d.readRecord(p, m, u)
		return
	default:
		d.remember(p, m, u)
		m.Value = rest(u.payload)
		p.c.Emit()
		return
	}
	r := wire.NewReader(u.payload)
	if u.kind == asks {
		d.askCyclic(p, m, &r)
		return
	}
	q := p.request
	if u.kind == answers && q != nil && !m.Result.Failed {
		d.running.keep(runningKey(groupCyclic, u.sequence), q)
	}
	if u.kind == indicates {
		q = d.runningJob(groupCyclic, u.sequence)
		m.Verb = davy.Read
	}
	r.Skip(1)
	count := int(r.U8())
	if r.Short() || count == 0 || m.Result.Failed {
		d.started(p, m)
		return
	}
	d.values(p, m, &r, count, q)
}

// askCyclic reads a subscription: the cycle, which is the message's value in milliseconds,
// and the variables.
func (d *conversation) askCyclic(p *pdu, m *davy.Message, r *wire.Reader) {
	r.Skip(1)
	count := int(r.U8())
	base, factor := r.U8(), int64(r.U8())
	if base <= 2 && !r.Short() {
		unit := [...]int64{100, 1000, 10000}
		m.Value = davy.NumberValue(unit[base] * factor)
	}
	q := d.ask(p, int(m.Code), m)
	defect := addresses(r, count, q)
	if r.Short() {
		defect, m.Value = davy.Truncated, davy.Value{}
	}
	if defect != "" && m.Defect == "" {
		m.Defect = defect
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

// readRecord reads the reading of a data record: its address, and the record.
func (d *conversation) readRecord(p *pdu, m *davy.Message, u *service) {
	r := wire.NewReader(u.payload)
	r.Skip(1)
	count := int(r.U8())
	switch u.kind {
	case asks:
		q := d.ask(p, int(m.Code), m)
		if count > 0 {
			if defect := addresses(&r, 1, q); defect != "" && m.Defect == "" {
				m.Defect = defect
			}
		}
		m.Object = q.first()
	case answers:
		if count == 0 || r.Short() {
			break
		}
		code := r.U8()
		result := returned(code)
		if code == returnOK {
			r.Skip(1)
		}
		if status := int(r.U8()); status > 0 {
			r.Skip(status)
		} else {
			r.Skip(1)
		}
		if code == returnOK {
			record := r.Bytes(int(r.U16()))
			if !r.Short() {
				m.Value = rest(record)
			}
		}
		if !m.Result.Failed && !r.Short() {
			m.Result = result
		}
	}
	p.c.Emit()
}
