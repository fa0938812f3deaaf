package umas

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Function 0x50 carries a version, a number, and as many commands on tables that the
// controller keeps for the tool. A table holds a small program and room for its data.
//
//	01 id 2-bytes size:2              make a table
//	03 id offset:2 length:2 bytes     fill it
//	05 6-bytes                        run one
//	06 id                             drop it
//	07, 0b                            state
//	09 id offset:2 length:2           read its data
//	0c id block:2 offset:4            tie it to a place of the program
//
// The program's steps have an opcode, operands, and the place of their data in the table:
//
//	14 length:2 block:2 offset:4 place:2    write to memory
//	15 length:2 block:2 offset:4 place:2    read from memory
//	0c count:1  block:2 offset:4 place:2    force: 2 to 0, 3 to 1, 4 no longer
//	20 4-bytes  place:2
//	01                                      end
const (
	makeTable, fillTable, runTable, dropTable = 1, 3, 5, 6
	tableState, readTable, allState, tieTable = 7, 9, 11, 12

	stepEnd, stepForce, stepWrite, stepRead, stepOther = 1, 0x0c, 0x14, 0x15, 0x20
)

// commands goes through the commands of a request.
type commands struct {
	r    wire.Reader
	left uint8
	bad  bool // a command that is not known, or cut short
}

func commandsOf(data []byte) commands {
	l := commands{r: wire.NewReader(data)}
	l.r.Skip(2) // version
	l.left = l.r.U8()
	return l
}

// next returns a command and its operands; ok is false when there is none left to read.
func (l *commands) next() (op uint8, operands wire.Reader, ok bool) {
	if l.left == 0 || l.bad {
		return 0, operands, false
	}
	l.left--
	r := &l.r
	op = r.U8()
	operands = *r
	switch op {
	case makeTable, readTable:
		r.Skip(5)
	case fillTable:
		r.Skip(3)
		r.Skip(int(r.U16LE()))
	case runTable:
		r.Skip(6)
	case dropTable:
		r.Skip(1)
	case tableState, allState:
	case tieTable:
		r.Skip(7)
	default:
		l.bad = true
	}
	l.bad = l.bad || r.Short()
	return op, operands, !l.bad
}

// known says, at the end, whether all was read and nothing is left.
func (l *commands) known() bool { return !l.bad && !l.r.Short() && l.r.Len() == 0 }

// fill is a fill command's table, and the place in it that it begins at.
func fill(operands wire.Reader) (table []byte, offset int) {
	operands.Skip(1)
	offset = int(operands.U16LE())
	return operands.Bytes(int(operands.U16LE())), offset
}

// step is one step of a table's program.
type step struct {
	verb   davy.Verb
	object davy.Object
	place  int // of its data in the table
}

// next reads a step; ok is false at the program's end and at what is not known.
func next(r *wire.Reader) (s step, ok bool) {
	op := r.U8()
	s.verb, s.object.Space = davy.Read, memory
	switch op {
	case stepRead:
		s.object.Count = uint32(r.U16LE())
	case stepWrite:
		s.verb, s.object.Count = davy.Write, uint32(r.U16LE())
	case stepForce:
		s.verb, s.object.Count = davy.Force, uint32(r.U8())
	case stepOther:
		r.Skip(4)
		s.object, s.place = davy.Object{}, int(r.U16LE())
		return s, !r.Short()
	default:
		return s, false
	}
	s.object.Area, s.object.Index = uint32(r.U16LE()), uint64(r.U32LE())
	s.place = int(r.U16LE())
	return s, !r.Short()
}

// value is what a step finds in its table: of a write and a force, what it writes.
func (s *step) value(table []byte, offset int) davy.Value {
	n, at := int(s.object.Count), s.place-offset
	if s.verb == davy.Read || at < 0 || n == 0 || at+n > len(table) {
		return davy.Value{}
	}
	return davy.Value{Kind: davy.U8List, Raw: table[at : at+n]}
}

// monitor reads a request of function 0x50. Each step of a program that it fills in is an
// item, with its own verb: what is only set up to be read is a read.
func (d *dissector) monitor(c *protocol.Context, m *davy.Message, id, extra uint64, data []byte) {
	steps := survey(m, data)
	d.ask(m, id, extra)
	if steps == 0 {
		c.Emit()
		return
	}
	m.Parts = uint16(steps)
	for l := commandsOf(data); ; {
		op, operands, ok := l.next()
		if !ok {
			return
		}
		if op != fillTable {
			continue
		}
		table, offset := fill(operands)
		program := wire.NewReader(table)
		for s, ok := next(&program); ok; s, ok = next(&program) {
			m.Verb, m.Object, m.Value = s.verb, s.object, s.value(table, offset)
			c.Emit()
			m.Part++
		}
	}
}

// survey counts the steps of all programs. It leaves in the message what stands for the
// whole of it, for the reply says yes to all: the gravest step, or the table that is read.
func survey(m *davy.Message, data []byte) (steps int) {
	values := true // nothing but the reading of values
	l := commandsOf(data)
	for {
		op, operands, ok := l.next()
		if !ok {
			break
		}
		switch op {
		case fillTable:
			values = false
			table, _ := fill(operands)
			program := wire.NewReader(table)
			for s, ok := next(&program); ok; s, ok = next(&program) {
				if steps == 0 || s.verb == davy.Force && m.Verb != davy.Force || s.verb == davy.Write && m.Verb == davy.Read {
					m.Verb, m.Object = s.verb, s.object
				}
				steps++
			}
		case readTable:
			if m.Object.Space == nil {
				m.Object = davy.Object{Space: table50, Area: uint32(operands.U8()), Index: uint64(operands.U16LE()), Count: uint32(operands.U16LE())}
			}
		case runTable, tableState:
		default:
			values = false
		}
	}
	if m.Cyclic = values && l.known(); !l.known() && steps == 0 {
		m.Verb, m.Object, m.Value = davy.Other, davy.Object{}, rest(data)
	}
	return steps
}
