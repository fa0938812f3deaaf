package app

import (
	"github.com/davylamp/davy/capture"
)

// taped is a source whose records go into the ring before anybody reads them: their file and
// frame are those of the ring from then on.
type taped struct {
	source
	ring    *capture.Ring
	untaped uint32 // frames handed on that no ring keeps
	trouble func(error)
}

// Fill fills the batch and records it. What the ring could not keep is judged all the same.
func (t *taped) Fill(b *capture.Batch) error {
	if err := t.source.Fill(b); err != nil {
		return err
	}
	if d, ok := t.source.(*Demo); ok && len(b.Records) > 0 && !d.Taped() {
		for i := range b.Records {
			t.untaped++
			b.Records[i].File, b.Records[i].Frame = 0, t.untaped
		}
		return nil
	}
	names := t.source.Interfaces()
	name := func(n uint16) string {
		if int(n) < len(names) {
			return names[n]
		}
		return ""
	}
	err := t.ring.Record(b, name)
	if err == nil {
		err = t.ring.Flush()
	}
	if err != nil {
		t.trouble(err)
	}
	return nil
}

// Name is a segment of the ring, or what was never in one.
func (t *taped) Name(file uint32) string {
	if file == 0 {
		return t.source.Name(0)
	}
	return t.ring.Name(file)
}
