package profinet

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

const stateVersion = 1

func (d *dissector) Reset() {
	d.pending.Reset()
	d.set = setting{name: d.set.name[:0]}
}

func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	d.pending.Append(&w)
	w.Bool(d.set.open)
	w.U32(d.set.xid)
	w.Blob(d.set.name)
	w.U32(d.set.ip)
	w.Bool(d.set.hasIP)
	return w.B
}

func (d *dissector) LoadState(b []byte) error {
	d.Reset()
	r := wire.NewReader(b)
	if r.U8() != stateVersion {
		return errors.New("unknown version")
	}
	d.pending.Load(&r, protocol.Names{Spaces: []*davy.Space{&blocks}})
	d.set.open = r.Bool()
	d.set.xid = r.U32()
	d.set.name = append(d.set.name, r.Blob()...)
	d.set.ip = r.U32()
	d.set.hasIP = r.Bool()
	if r.Short() || r.Len() > 0 {
		d.Reset()
		return errors.New("cut short")
	}
	return nil
}
