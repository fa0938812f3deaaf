package cip

import (
	"slices"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// PCCC is the command set of PLC-5, SLC 500 and MicroLogix, which CIP carries to class 0x67
// (Rockwell publication 1770-6.5.16, "DF1 Protocol and Command Set", chapter 7).

// pccc is a PCCC command or reply behind its requestor id.
type pccc struct {
	command, function uint8 // function 0 for the commands that have none
	status, extended  uint8
	transaction       uint16
	data              []byte
	ok                bool
}

// pcccReply is the bit that marks a command code as a reply's.
const pcccReply = 0x40

// readPCCC reads a message: the requestor's id with its own length, command, status,
// transaction number, and for some commands a function (1770-6.5.16, 7-1). A reply has bit
// 6 of the command set, and an extended status behind status 0xf0.
func readPCCC(b []byte, reply bool) (p pccc) {
	r := wire.NewReader(b)
	if id := int(r.U8()); id > 0 {
		r.Skip(id - 1)
	}
	p.read(&r, reply)
	return p
}

func (p *pccc) read(r *wire.Reader, reply bool) {
	p.command, p.status = r.U8(), r.U8()
	p.transaction = r.U16LE()
	switch {
	case reply && p.status == 0xf0:
		p.extended = r.U8()
	case !reply && (p.command == 0x06 || p.command == 0x07 || p.command == 0x0f):
		p.function = r.U8()
	}
	p.data = r.Rest()
	p.ok = !r.Short()
}

func (p *pccc) find() *pcccCommand {
	i, ok := slices.BinarySearchFunc(pcccCommands[:], int(p.command)<<8|int(p.function), func(c pcccCommand, key int) int {
		return int(c.command)<<8 | int(c.function) - key
	})
	if !ok {
		return nil
	}
	return &pcccCommands[i]
}

// pcccRequest gives a message what a PCCC command says.
func pcccRequest(m *davy.Message, data []byte) {
	p := readPCCC(data, false)
	if !p.ok {
		m.Defect = davy.Truncated
		return
	}
	p.fill(m)
}

func (p *pccc) fill(m *davy.Message) {
	m.Code = executePCCC<<16 | uint32(p.command)<<8 | uint32(p.function)
	m.Op, m.Verb = "", davy.Other
	c := p.find()
	if c == nil {
		return
	}
	m.Op, m.Verb = c.op, c.verb
	o, rest, ok := p.address(c)
	if !ok {
		m.Defect = davy.Truncated
		return
	}
	if o.Space != nil {
		m.Object = o
		m.Verb = fileVerb(m.Verb, uint8(o.Sub>>16))
	}
	if c.form == modeByte && len(rest) > 0 {
		m.Verb = modeVerb(c.function, rest[0])
	}
}

// modeVerb says what a change of mode does. SLC and MicroLogix (0x80): 1 is remote program,
// 6 remote run, 7 to 9 tests. PLC-5 (0x3a): 0 is program, 1 test, 2 run (1770-6.5.16, 7-7
// and 7-24).
func modeVerb(function, mode uint8) davy.Verb {
	if function == 0x3a {
		mode &= 3
		return [4]davy.Verb{davy.Stop, davy.Mode, davy.Start, davy.Mode}[mode]
	}
	switch mode {
	case 1:
		return davy.Stop
	case 6:
		return davy.Start
	}
	return davy.Mode
}

// pcccRequestValue is what a command writes.
func pcccRequestValue(data []byte) davy.Value {
	p := readPCCC(data, false)
	return p.requestValue()
}

func (p *pccc) requestValue() davy.Value {
	c := p.find()
	if !p.ok || c == nil {
		return opaque(p.data)
	}
	o, rest, ok := p.address(c)
	switch {
	case !ok:
		return davy.Value{}
	case c.form == modeByte && len(rest) > 0:
		return davy.NumberValue(int64(rest[0]))
	case c.form == bySection || c.form == bySectionSub:
		return fileValue(uint8(o.Sub>>16), rest)
	}
	return opaque(rest)
}

// pcccReplyValue is what the reply to a command brings.
func pcccReplyValue(request, data []byte) davy.Value {
	q, p := readPCCC(request, false), readPCCC(data, true)
	return p.replyValue(&q)
}

func (p *pccc) replyValue(q *pccc) davy.Value {
	if !p.ok {
		return davy.Value{}
	}
	c := q.find()
	if c == nil || p.status != 0 {
		return opaque(p.data)
	}
	if c.form == bySection || c.form == bySectionSub {
		o, _, _ := q.address(c)
		return fileValue(uint8(o.Sub>>16), p.data)
	}
	return opaque(p.data)
}

// pcccResult gives the reply the result of the command inside, where CIP itself succeeded.
func (d *Dialogue) pcccResult(m *davy.Message, p *reply) {
	if p.status != success {
		return
	}
	k := readPCCC(p.data, true)
	if !k.ok {
		m.Defect = davy.Truncated
		return
	}
	m.Result = k.result()
}

func (p *pccc) result() davy.Result {
	r := davy.Result{Told: true, Code: uint32(p.status), Failed: p.status != 0}
	if p.status == 0xf0 {
		r.Code = 0xf000 | uint32(p.extended)
		if int(p.extended) < len(pcccExtended) {
			r.Name = pcccExtended[p.extended]
		}
		return r
	}
	switch low := p.status & 0x0f; {
	case low == 0:
		r.Name = pcccRemote[p.status>>4]
	case p.status>>4 == 0 && int(low) < len(pcccLocal):
		r.Name = pcccLocal[low]
	}
	return r
}
