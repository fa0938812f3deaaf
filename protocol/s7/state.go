package s7

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

const stateVersion = 1

// AppendState saves what was asked and not answered, what goes on, and what is half told.
func (d *conversation) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	d.asked.append(&w)
	d.running.append(&w)
	w.Uvarint(uint64(d.upload.number))
	appendObject(&w, &d.upload.object)
	w.Uvarint(uint64(d.list.code))
	w.U8(d.list.unit)
	w.U8(d.list.sequence)
	w.U8(uint8(d.list.from))
	w.Blob(d.list.bytes)
	w.U8(uint8(d.list.verb))
	appendObject(&w, &d.list.object)
	w.Bool(d.list.open)
	w.U16(d.size)
	w.Bool(d.told)
	return w.B
}

// LoadState reads what AppendState saved.
func (d *conversation) LoadState(b []byte) error {
	d.Reset()
	r := wire.NewReader(b)
	version := r.U8()
	d.asked.load(&r)
	d.running.load(&r)
	number := uint32(r.Uvarint())
	d.upload.begin(number, loadObject(&r))
	d.list.code, d.list.unit, d.list.sequence = uint32(r.Uvarint()), r.U8(), r.U8()
	d.list.from = protocol.Role(r.U8())
	d.list.bytes = append(d.list.bytes[:0], r.Blob()...)
	d.list.verb = davy.Verb(r.U8())
	d.list.object = loadObject(&r)
	d.list.object.Name = nil
	d.list.open = r.Bool()
	d.size, d.told = r.U16(), r.Bool()
	if r.Short() || version != stateVersion {
		d.Reset()
		return errors.New("a saved S7 connection is of another version or cut short")
	}
	return nil
}
