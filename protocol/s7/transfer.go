package s7

import (
	"encoding/binary"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// transfer is the upload under way: the controller numbers it, and the block is named only
// when it starts.
type transfer struct {
	number uint32
	object davy.Object
	name   []byte
}

func (t *transfer) reset() { *t = transfer{name: t.name[:0]} }

// begin remembers what upload of a number is about.
func (t *transfer) begin(number uint32, o davy.Object) {
	t.number = number
	t.name = append(t.name[:0], o.Name...)
	t.object = o
	if t.object.Name = nil; len(t.name) > 0 {
		t.object.Name = t.name
	}
}

// of is the block of an upload, or its number where the start was not seen.
func (t *transfer) of(number uint32) davy.Object {
	if t.object.Space != nil && t.number == number {
		return t.object
	}
	return davy.Object{Space: &uploading, Index: uint64(number), Count: 1}
}

// statusError and statusMore are bits of the status that goes with a transfer.
const (
	statusMore  = 1
	statusError = 2
)

// askTransfer reads a job of the up- and download of blocks. The blocks of a download are
// asked for by the controller, which then ends it too: see pulled.
func (d *conversation) askTransfer(p *pdu, f int) {
	op, verb := functionOf(f)
	m := d.begin(p, verb, op, uint32(f))
	r := wire.NewReader(p.param)
	r.Skip(2) // function, status
	code := r.U16()
	number := r.U32()
	switch f {
	case uploadBlock, endUpload:
		if !r.Short() {
			m.Object = d.upload.of(number)
		}
	default:
		m.Object = fileName(r.Bytes(int(r.U8())))
	}
	switch {
	case r.Short():
		m.Object = davy.Object{}
		if m.Defect == "" {
			m.Defect = davy.Truncated
		}
	case f == requestDownload && r.Len() > 0:
		lengths := r.Bytes(int(r.U8())) // '1', length in load memory, length of the code: six digits each
		if n, ok := digits(lengths, 1, 7); ok && !r.Short() {
			m.Value = davy.NumberValue(n)
		}
	case (f == downloadEnded || f == endUpload) && code != 0:
		m.Result = refused(code)
	}
	q := d.ask(p, f, m)
	q.add(m.Object, 0, false)
	p.c.Emit()
}

// answerTransfer reads the answer to such a job: the status, and the length of what a block
// of it holds.
func (d *conversation) answerTransfer(p *pdu, f int) {
	m := d.answered(p, f)
	r := wire.NewReader(p.param)
	r.Skip(1)
	if status := r.U8(); !r.Short() && status&statusError != 0 && !m.Result.Failed {
		m.Result = davy.Result{Told: true, Failed: true, Name: "error in the transfer"}
	}
	switch f {
	case startUpload:
		r.Skip(2)
		number := r.U32()
		if r.Short() {
			break
		}
		d.upload.begin(number, m.Object)
		if n := r.U8(); n > 0 {
			length := r.Bytes(int(n))
			if v, ok := digits(length, 0, len(length)); ok && !r.Short() {
				m.Value = davy.NumberValue(v)
			}
		}
	case uploadBlock, downloadBlock:
		if len(p.data) >= 4 {
			length := int(binary.BigEndian.Uint16(p.data)) // two bytes unknown follow
			m.Value = davy.NumberValue(int64(length))
			if length > len(p.data)-4 && m.Defect == "" {
				m.Defect = davy.LengthMismatch
			}
		}
	}
	p.c.Emit()
}

// fileName reads the name of a block: '_' or '$', two characters of type, five digits of
// number, and the file system. A name of another form is a file of a SINUMERIK.
func fileName(b []byte) davy.Object {
	if len(b) == 9 && (b[0] == '_' || b[0] == '$') {
		if o, ok := blockName(b[1:]); ok {
			return o
		}
	}
	return davy.Object{Space: &file, Name: b, Count: 1}
}

// blockName reads type, number and file system of a block.
func blockName(b []byte) (o davy.Object, ok bool) {
	if len(b) != 8 || b[0] != '0' {
		return o, false
	}
	n, ok := digits(b, 2, 7)
	return davy.Object{Space: &block, Area: uint32(b[1]), Index: uint64(n), Count: 1, Sub: uint32(b[7])}, ok
}

// digits reads the decimal number in b[from:to].
func digits(b []byte, from, to int) (n int64, ok bool) {
	if to > len(b) || to-from > 10 || from >= to {
		return 0, false
	}
	for _, c := range b[from:to] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
