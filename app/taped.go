package app

import (
	"sync/atomic"
	"time"

	"github.com/davylamp/davy/capture"
	ifaces "github.com/davylamp/davy/capture/live"
)

// taped is a feed whose records go into the ring before anybody reads them: their file and
// frame are those of the ring from then on.
type taped struct {
	feed
	ring    *capture.Ring
	untaped uint32 // frames handed on that no ring keeps
	trouble func(error)
	told    time.Time                                  // when the ring was told of losses
	counts  [64]struct{ packets, bytes atomic.Uint64 } // by interface; the last counts the others, too
}

// seen is how much was handed on of an interface.
func (t *taped) seen(iface int) (packets, bytes uint64) {
	c := &t.counts[min(iface, len(t.counts)-1)]
	return c.packets.Load(), c.bytes.Load()
}

// Fill fills the batch and records it. What the ring could not keep is judged all the same.
func (t *taped) Fill(b *capture.Batch) error {
	if err := t.feed.Fill(b); err != nil {
		return err
	}
	for i := range b.Records {
		c := &t.counts[min(int(b.Records[i].Interface), len(t.counts)-1)]
		c.packets.Add(1)
		c.bytes.Add(uint64(b.Records[i].Wire))
	}
	if d, ok := t.feed.(*Demo); ok && len(b.Records) > 0 && !d.Taped() {
		for i := range b.Records {
			t.untaped++
			b.Records[i].File, b.Records[i].Frame = 0, t.untaped
		}
		return nil
	}
	names := t.feed.Interfaces()
	name := func(n uint16) string {
		if int(n) < len(names) {
			return names[n]
		}
		return ""
	}
	err := t.ring.Record(b, name)
	if err == nil {
		err = t.losses()
	}
	if err == nil {
		err = t.ring.Flush()
	}
	if err != nil {
		t.trouble(err)
	}
	return nil
}

// losses tells the ring, once a second, what the kernel had no room for, so that it stands
// beside the packets.
func (t *taped) losses() error {
	w, live := t.feed.(*ifaces.Live)
	if !live || time.Since(t.told) < time.Second {
		return nil
	}
	t.told = time.Now()
	for _, s := range w.Stats() {
		if err := t.ring.Drops(s.Name, s.Packets+s.Drops, s.Drops); err != nil {
			return err
		}
	}
	return nil
}

// pastName stands for the file of what was handed on before the ring began.
const pastName = "before the ring"

// Name is a segment of the ring, or what was never in one.
func (t *taped) Name(file uint32) string {
	if file == 0 {
		return pastName
	}
	return t.ring.Name(file)
}
