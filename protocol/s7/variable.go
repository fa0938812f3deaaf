package s7

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// askVariables reads a job that reads or writes variables: one message for each.
func (d *conversation) askVariables(p *pdu, f int) {
	op, verb := functionOf(f)
	m := d.begin(p, verb, op, uint32(f))
	q := d.ask(p, f, m)
	r := wire.NewReader(p.param)
	r.Skip(1)
	count := int(r.U8())
	if defect := addresses(&r, count, q); defect != "" && m.Defect == "" {
		m.Defect = defect
	}
	data := wire.NewReader(p.data)
	if len(q.items) == 0 {
		p.c.Emit()
		return
	}
	defect, group, item := m.Defect, -1, datum{}
	for i := range q.items {
		m.Object = q.object(i)
		m.Value, m.Defect = davy.Value{}, defect
		if f == writeVar && int(q.items[i].group) != group {
			group = int(q.items[i].group)
			item = datumOf(&data, group == count-1)
			if data.Short() {
				m.Defect = davy.Truncated
			} else {
				m.Value = item.value(&m.Object)
			}
		}
		m.Cyclic = f == readVar && m.Defect == ""
		m.Part, m.Parts = uint16(i), uint16(len(q.items))
		p.c.Emit()
	}
}

// answerVariables reads what a job that reads or writes variables came to.
func (d *conversation) answerVariables(p *pdu, f int) {
	op, verb := functionOf(f)
	m := d.begin(p, verb, op, uint32(f))
	r := wire.NewReader(p.param)
	r.Skip(1)
	count := int(r.U8())
	if p.code == 0 && r.Short() {
		if m.Defect == "" {
			m.Defect = davy.Truncated
		}
		p.c.Emit()
		return
	}
	if count == 0 || p.code != 0 && len(p.data) == 0 {
		d.refuse(p, m)
		return
	}
	if !d.told && f == readVar {
		d.told = true
		d.tell(p, davy.AttrKind, controller, "s7 read var", 50)
	}
	data := wire.NewReader(p.data)
	if f == readVar {
		d.values(p, m, &data, count, p.request)
		return
	}
	d.codes(p, m, &data, count, p.request)
}

var controller = []byte(davy.KindController)

// overrule is the result of an item, unless the whole answer is an error.
func (p *pdu) overrule(item davy.Result) davy.Result {
	if p.code != 0 {
		return refused(p.code)
	}
	return item
}

// refuse emits the answer to a job that was refused as a whole: one message for each item.
func (d *conversation) refuse(p *pdu, m *davy.Message) {
	m.Result = refused(p.code)
	n := 0
	if p.request != nil {
		n = len(p.request.items)
	}
	if n == 0 {
		p.c.Emit()
	}
	for i := range n {
		m.Object = p.request.object(i)
		m.Part, m.Parts = uint16(i), uint16(n)
		p.c.Emit()
	}
}

// values emits data items that answer the items of a request, which may be nil: one message
// for each area.
func (d *conversation) values(p *pdu, m *davy.Message, r *wire.Reader, count int, q *request) {
	if q != p.request && q.groups() != count {
		q = nil // a report of a job that has become another unseen
	}
	m.Parts = 0
	for group := range count {
		from, to := q.span(group)
		m.Parts += uint16(max(1, to-from))
	}
	defect, part := m.Defect, 0
	for group := range count {
		if size := peekSize(r); size == dataNCK1 || size == dataNCK2 {
			d.scattered(p, m, r)
			return
		}
		item := datumOf(r, group == count-1)
		from, to := q.span(group)
		if r.Short() {
			m.Object, m.Value, m.Result, m.Cyclic, m.Defect = davy.Object{}, davy.Value{}, davy.Result{}, false, davy.Truncated
			if from < to {
				m.Object = q.object(from)
			}
			m.Part = uint16(part)
			p.c.Emit()
			return
		}
		m.Defect = defect
		if from < to && q.items[from].area && !item.result.Failed && !fits(q, from, to, item.bytes) {
			// The areas are not those that are known: of a report that is no fault, for a
			// change of its job may have been missed.
			m.Parts -= uint16(to - from - 1)
			from, to = 0, 0
			if q == p.request && defect == "" {
				m.Defect = davy.LengthMismatch
			}
		}
		areas := wire.NewReader(item.bytes)
		for i := from; i < max(to, from+1); i++ {
			m.Object, m.Part = davy.Object{}, uint16(part)
			one := item
			if i < to {
				m.Object = q.object(i)
				if q.items[i].area && !item.result.Failed {
					one = areaOf(&areas, item.size, int(m.Object.Count))
				}
			}
			m.Value, m.Result = one.value(&m.Object), p.overrule(one.result)
			m.Cyclic = m.Verb == davy.Read && m.Defect == "" && !m.Result.Failed
			p.c.Emit()
			part++
		}
	}
}

// fits reports whether the areas of an item fill what came for it to its end.
func fits(q *request, from, to int, b []byte) bool {
	r := wire.NewReader(b)
	for i := from; i < to; i++ {
		areaOf(&r, 0, int(q.items[i].object.Count))
	}
	return !r.Short() && r.Len() <= 1
}

// areaOf reads one area of an item that names several: a return code, and as many bytes as
// were asked for where it is good.
func areaOf(r *wire.Reader, size uint8, n int) datum {
	d := datum{code: r.U8(), size: size}
	d.result = returned(d.code)
	if d.code == returnOK {
		d.bytes = r.Bytes(n)
	}
	return d
}

// peekSize is the transport size of the data item that comes next.
func peekSize(r *wire.Reader) uint8 {
	ahead := *r
	ahead.Skip(1)
	return ahead.U8()
}

// scattered emits the answer of a SINUMERIK that gives addresses instead of data: its rest
// is not read.
func (d *conversation) scattered(p *pdu, m *davy.Message, r *wire.Reader) {
	m.Result = p.overrule(returned(r.U8()))
	r.Skip(1)
	m.Value = davy.Value{Kind: davy.Bytes, Raw: r.Rest()}
	m.Parts = m.Part + 1
	p.c.Emit()
}

// codes emits return codes that answer the items of a request, which may be nil.
func (d *conversation) codes(p *pdu, m *davy.Message, r *wire.Reader, count int, q *request) {
	defect := m.Defect
	for i := range count {
		result := p.overrule(returned(r.U8()))
		m.Object, m.Result, m.Defect = davy.Object{}, result, defect
		if from, to := q.span(i); from < to {
			m.Object = q.object(from)
		}
		m.Part, m.Parts = uint16(i), uint16(count)
		if r.Short() {
			m.Result, m.Defect = davy.Result{}, davy.Truncated
			p.c.Emit()
			return
		}
		p.c.Emit()
	}
}

// askSetup reads the negotiation that opens a connection: parallel jobs each way, and the
// length of a PDU, which is the message's value.
func (d *conversation) askSetup(p *pdu) {
	op, verb := functionOf(setup)
	m := d.begin(p, verb, op, setup)
	if called := p.c.Called; m.Path.Kind != nil {
		m.Object = davy.Object{Space: &connection, Sub: uint32(called[0])}
	}
	q := d.ask(p, setup, m)
	q.add(m.Object, 0, false)
	d.size = 0
	d.negotiated(p, m)
	p.c.Emit()
}

func (d *conversation) answerSetup(p *pdu) {
	m := d.answered(p, setup)
	if p.code == 0 {
		d.size = d.negotiated(p, m)
		if m.Defect == "" {
			d.tell(p, davy.AttrKind, controller, "s7 setup communication", 50)
			d.told = true
		}
	}
	p.c.Emit()
}

func (d *conversation) negotiated(p *pdu, m *davy.Message) uint16 {
	r := wire.NewReader(p.param)
	r.Skip(6) // function, reserved, parallel jobs of the calling and of the called side
	size := r.U16()
	if r.Short() {
		if m.Defect == "" {
			m.Defect = davy.Truncated
		}
		return 0
	}
	m.Value = davy.NumberValue(int64(size))
	return size
}
