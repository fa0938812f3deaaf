package s7

import (
	"encoding/binary"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Kinds of userdata: the high two bits of the byte that holds the group.
const (
	indicates = 0
	asks      = 1
	answers   = 2
)

// service is the parameters of a userdata PDU.
type service struct {
	kind     uint8
	group    uint8
	service  uint8
	sequence uint8  // of answers: the number of the job
	unit     uint8  // what the pieces of an answer have in common, 0 where there is one
	more     bool   // another piece follows
	code     uint16 // error
	usend    bool
	id       uint32 // R_ID of USEND
	short    bool

	returned uint8 // of the data
	size     uint8
	payload  []byte
}

// userdata reads the parameters, and the head of the data behind them. ok is false where
// there is no service.
func (p *pdu) userdata() (u service, ok bool) {
	r := wire.NewReader(p.param)
	function := r.U8()
	r.Skip(1) // number of items: 1
	if function == 1 && r.Peek() != variableSpec {
		u.group, u.service = groupMode, 1
		r.Skip(4)
		u.sequence = r.U8() // the mode
		return u, !r.Short()
	}
	spec, length, syntax := r.U8(), r.U8(), r.U8()
	if r.Short() || spec != variableSpec || length < 4 {
		return u, false
	}
	if syntax == syntaxBlockID {
		r.Skip(1)
		u.usend, u.group, u.id = true, groupUSend, r.U32()
		u.kind, u.payload = asks, p.data
		return u, !r.Short()
	}
	kind := r.U8()
	u.kind, u.group = kind>>6, kind&0x3f
	u.service, u.sequence = r.U8(), r.U8()
	if r.Short() {
		return u, false
	}
	if length >= 8 {
		u.unit, u.more = r.U8(), r.U8() != 0
		u.code = r.U16()
		u.short = r.Short()
	}
	data := wire.NewReader(p.data)
	u.returned, u.size = data.U8(), data.U8()
	n := int(data.U16())
	switch {
	case data.Short():
		u.returned, u.size = returnNone, dataNull
		u.short = u.short || len(p.data) > 0
	case n > data.Len():
		u.short = true
		u.payload = data.Rest()
	default:
		u.payload = data.Bytes(n)
	}
	return u, true
}

// userdata reads one PDU of the services beside.
func (d *conversation) userdata(p *pdu) {
	u, ok := p.userdata()
	fromServer := p.c.Dir == protocol.FromServer
	if !ok {
		p.reply = fromServer
		m := d.begin(p, davy.Other, "userdata", 0)
		if m.Defect == "" {
			m.Defect = davy.Truncated
		}
		p.c.Emit()
		return
	}
	if u.short && p.defect == "" {
		p.defect = davy.LengthMismatch
	}
	switch {
	case u.group == groupNC || u.kind == indicates:
		p.reply = fromServer // pieces of files and indications go where the connection says
	default:
		p.reply = u.kind != asks
	}
	code := serviceCode(u.group, u.service)
	if u.kind == answers {
		p.request = d.asked.answerAt(p.c.Time, d.key(p, p.c.Dir.Other()), int(code))
	}
	op, verb := serviceOf(u.group, u.service)
	if p.request != nil {
		op, verb = p.request.op, p.request.verb
	}
	m := d.begin(p, verb, op, code)
	m.Object = p.request.first()
	if u.kind == answers && !u.short {
		m.Result = u.result()
	}
	switch u.group {
	case groupMode:
		d.modeTransition(p, m, &u)
	case groupTIS:
		d.test(p, m, &u)
	case groupCyclic:
		d.cyclic(p, m, &u)
	case groupBlock, groupCPU, groupClock:
		d.information(p, m, &u)
	case groupSecret:
		d.remember(p, m, &u) // nothing of the password is shown
		p.c.Emit()
	case groupBSend, groupUSend:
		d.send(p, m, &u)
	case groupNC:
		d.numerical(p, m, &u)
	default:
		d.remember(p, m, &u)
		m.Value = rest(u.payload)
		if m.Op == "" && m.Defect == "" {
			m.Defect = davy.UnknownCode
		}
		p.c.Emit()
	}
}

// remember enters a request, so that its answer is about the same object.
func (d *conversation) remember(p *pdu, m *davy.Message, u *service) *request {
	if u.kind != asks {
		return nil
	}
	q := d.ask(p, int(m.Code), m)
	if m.Object.Space != nil {
		q.add(m.Object, 0, false)
	}
	return q
}

// result is that of an answer: its error, else the return code of its data. "Does not
// exist" says that there are no data, which is what most answers without any say.
func (u *service) result() davy.Result {
	if u.code != 0 {
		return refused(u.code)
	}
	if u.returned == returnNone || u.returned == returnReserved {
		return davy.Result{Told: true}
	}
	return returned(u.returned)
}

func rest(b []byte) davy.Value {
	if len(b) == 0 {
		return davy.Value{}
	}
	return davy.Value{Kind: davy.Bytes, Raw: b}
}

// send reads data that one program sends to another: BSEND and BRECV with R_ID and pieces,
// USEND with values.
func (d *conversation) send(p *pdu, m *davy.Message, u *service) {
	if u.usend {
		m.Object = davy.Object{Space: &remote, Index: uint64(u.id), Count: 1}
		r := wire.NewReader(u.payload)
		r.Skip(2)
		count := int(r.U16())
		if r.Short() || count == 0 || count > 255 {
			p.c.Emit()
			return
		}
		object := m.Object
		for i := range count {
			item := datumOfSent(&r, i == count-1)
			m.Part, m.Parts = uint16(i), uint16(count)
			if r.Short() {
				m.Value, m.Defect = davy.Value{}, davy.Truncated
				p.c.Emit()
				return
			}
			m.Object, m.Value = object, item.value(nil)
			p.c.Emit()
		}
		return
	}
	if b := u.payload; len(b) >= 8 && b[0] == variableSpec && b[2] == syntaxBlockID {
		m.Object = davy.Object{Space: &remote, Index: uint64(binary.BigEndian.Uint32(b[4:])), Count: 1}
		m.Value = rest(b[8:])
	}
	d.remember(p, m, u)
	p.c.Emit()
}

// datumOfSent reads a data item of USEND, whose first byte is no return code.
func datumOfSent(r *wire.Reader, last bool) datum {
	ahead := *r
	ahead.Skip(1)
	size, count := ahead.U8(), int(ahead.U16())
	n := count
	switch size {
	case dataBit, dataByte, dataInt:
		n = (count + 7) / 8
	}
	d := datum{code: returnOK, size: size, count: uint32(count), bytes: ahead.Bytes(n)}
	*r = ahead
	if n%2 == 1 && !last {
		r.Skip(1)
	}
	return d
}

// numerical reads the transfer of files to and from a SINUMERIK. Its first request names
// the file.
func (d *conversation) numerical(p *pdu, m *davy.Message, u *service) {
	name := u.payload
	if u.service == 0x06 && len(name) >= 2 {
		name = name[2:] // how many pieces may be sent without an acknowledgement
	}
	if u.kind == asks && (u.service == 0x01 || u.service == 0x06) && len(name) > 0 {
		m.Object = davy.Object{Space: &file, Name: name, Count: 1}
	} else if n := len(u.payload); n > 2 {
		m.Value = davy.NumberValue(int64(n - 2))
	}
	d.remember(p, m, u)
	p.c.Emit()
}
