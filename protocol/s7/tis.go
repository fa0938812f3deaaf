package s7

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// test reads programmer commands (TIS): jobs that the controller carries out, and then
// reports of by indications that carry the job's number.
func (d *conversation) test(p *pdu, m *davy.Message, u *service) {
	r := wire.NewReader(u.payload)
	params, size := int(r.U16()), int(r.U16())
	r.Skip(params)
	data := r.Bytes(size)
	if r.Short() {
		data = nil
		if len(u.payload) > 0 && m.Defect == "" {
			m.Defect = davy.LengthMismatch
		}
	}
	body := wire.NewReader(data)
	switch u.kind {
	case asks:
		d.askTest(p, m, u, &body, data)
	case answers:
		if q := p.request; q != nil && !m.Result.Failed && reports(u.service) {
			d.running.keep(runningKey(groupTIS, u.sequence), q)
		}
		m.Cyclic = u.service == enableJob && m.Verb == davy.Read && !m.Result.Failed
		d.started(p, m)
	default:
		q := d.runningJob(groupTIS, u.sequence)
		switch u.service {
		case variableStatus:
			count := int(body.U16())
			m.Verb = davy.Read
			if body.Short() || count == 0 {
				p.c.Emit()
				return
			}
			d.testValues(p, m, &body, count, q)
		case modifyVariable, forceVariable:
			count := int(body.U16())
			if body.Short() || count == 0 {
				p.c.Emit()
				return
			}
			d.codes(p, m, &body, min(count, maxItems), q)
		default:
			m.Object = davy.Object{Space: &tisJob, Area: uint32(u.service), Index: uint64(u.sequence), Count: 1}
			m.Value = rest(data)
			p.c.Emit()
		}
	}
}

// reports tells services of which the variables come again in indications.
func reports(service uint8) bool {
	return service == variableStatus || service == modifyVariable || service == forceVariable
}

// started emits the answer to a job: one message for each of its variables.
func (d *conversation) started(p *pdu, m *davy.Message) {
	n := 0
	if p.request != nil {
		n = len(p.request.items)
	}
	for i := range n {
		m.Object = p.request.object(i)
		m.Part, m.Parts = uint16(i), uint16(n)
		p.c.Emit()
	}
	if n == 0 {
		p.c.Emit()
	}
}

func (d *conversation) askTest(p *pdu, m *davy.Message, u *service, body *wire.Reader, data []byte) {
	switch u.service {
	case variableStatus, modifyVariable, forceVariable:
		d.askTestVariables(p, m, u, body)
		return
	case disableJob, enableJob, deleteJob, readJob:
		if n := len(data); n >= 2 {
			d.aboutJob(m, u.service, data[n-2], data[n-1])
		}
	case replaceJob:
		if len(data) >= 4 {
			d.aboutJob(m, u.service, data[2], data[3])
		}
	}
	d.remember(p, m, u)
	p.c.Emit()
}

// aboutJob fills in what is done to a job: the verb is that of what the job does, so that
// setting a force job going, or ending it, is forcing too.
func (d *conversation) aboutJob(m *davy.Message, doing, function, number uint8) {
	m.Object = davy.Object{Space: &tisJob, Area: uint32(function), Index: uint64(number), Count: 1}
	switch function {
	case forceVariable:
		if doing != readJob {
			m.Verb = davy.Force
		}
	case modifyVariable:
		if doing == enableJob || doing == replaceJob {
			m.Verb = davy.Write
		}
	case variableStatus, blockStatus, blockStatus2:
		if doing == enableJob {
			m.Verb, m.Cyclic = davy.Read, true
		}
	}
	if doing == deleteJob {
		d.running.answer(runningKey(groupTIS, number), -1)
	}
}

// askTestVariables reads addresses, and the values for them where there are to be any.
func (d *conversation) askTestVariables(p *pdu, m *davy.Message, u *service, body *wire.Reader) {
	q := d.ask(p, int(m.Code), m)
	count := int(body.U16())
	for i := 0; i < count && i < maxItems && body.Len() >= 6; i++ {
		q.add(tisAddress(body), uint8(i), false)
	}
	defect := m.Defect
	if len(q.items) < count && defect == "" {
		defect = davy.Truncated
	}
	m.Defect = defect
	if len(q.items) == 0 {
		p.c.Emit()
		return
	}
	for i := range q.items {
		m.Object = q.object(i)
		m.Value, m.Defect = davy.Value{}, defect
		if u.service != variableStatus {
			item := datumOf(body, false)
			if body.Short() {
				m.Defect = davy.Truncated
			} else {
				m.Value = item.value(&m.Object)
			}
		}
		m.Part, m.Parts = uint16(i), uint16(len(q.items))
		p.c.Emit()
	}
}

// testValues emits the values that a variable status reports. They stand on even bytes, and
// where the fill byte of the last is missing it is not missed.
func (d *conversation) testValues(p *pdu, m *davy.Message, body *wire.Reader, count int, q *request) {
	count = min(count, maxItems)
	d.values(p, m, body, count, q)
}

// runningKey is the key of a job that goes on.
func runningKey(group, sequence uint8) uint32 { return uint32(group)<<8 | uint32(sequence) }

// runningJob finds what an indication is about; nil where its start was not seen.
func (d *conversation) runningJob(group, sequence uint8) *request {
	if i := d.running.find(runningKey(group, sequence), -1); i >= 0 {
		return &d.running.slots[i]
	}
	return nil
}

// modes names the operating modes of a mode transition.
var modes = [...]string{0: "stop", 1: "warm restart", 2: "run", 3: "hot restart", 4: "hold", 6: "cold restart", 9: "run redundant",
	11: "link-up", 12: "update"}

// modeTransition reads the indication that the operating mode changes.
func (d *conversation) modeTransition(p *pdu, m *davy.Message, u *service) {
	mode := ""
	if int(u.sequence) < len(modes) {
		mode = modes[u.sequence]
	}
	if mode == "" {
		m.Value = davy.NumberValue(int64(u.sequence))
	} else {
		d.text = append(d.text[:0], mode...)
		m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
		if p.reply {
			d.tell(p, davy.AttrRunState, d.text, "s7 mode transition", 95)
		}
	}
	p.c.Emit()
}
