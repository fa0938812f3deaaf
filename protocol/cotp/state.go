package cotp

import (
	"errors"

	"github.com/davylamp/davy/wire"
)

const stateVersion = 1

// AppendState saves the TSAP and the halves of messages that were read.
func (d *conversation) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	for i := range d.parts {
		p := &d.parts[i]
		w.Blob(p.bytes)
		w.Bool(p.skipping)
		w.Bool(p.lost)
	}
	w.Blob(d.called)
	w.Varint(d.asked)
	return w.B
}

// LoadState reads what AppendState saved.
func (d *conversation) LoadState(b []byte) error {
	d.Reset()
	r := wire.NewReader(b)
	version := r.U8()
	for i := range d.parts {
		p := &d.parts[i]
		p.bytes = append(p.bytes[:0], r.Blob()...)
		p.skipping, p.lost = r.Bool(), r.Bool()
	}
	d.called = append(d.called[:0], r.Blob()...)
	d.asked = r.Varint()
	if r.Short() || version != stateVersion {
		d.Reset()
		return errors.New("a saved transport connection is of another version or cut short")
	}
	return nil
}
