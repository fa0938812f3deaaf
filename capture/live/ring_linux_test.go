package live

import (
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/davylamp/davy/capture"
)

// said is a batch in short.
func said(b *capture.Batch, name func(uint16) string) []string {
	var list []string
	for _, r := range b.Records {
		list = append(list, fmt.Sprintf("%d:%d %d %s %d %d %x", r.File, r.Frame, r.Stamp, name(r.Interface), r.Link, r.Wire, r.Data))
	}
	return append(list, fmt.Sprint("tick ", b.Tick))
}

// What was captured live comes back from the ring in the same batches, with the same stamps
// and ticks, whole as they were on the wire.
func TestRingGivesWhatLiveGave(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		pair(t, "tap1", "mirror1")
		a, b := plug(t, "mirror0"), plug(t, "mirror1")
		defer a.unplug()
		defer b.unplug()
		l := open(t, Config{Interfaces: []string{"tap0", "tap1"}, RingBytes: 1 << 20})
		defer l.Close()
		g, err := capture.OpenRing(capture.RingConfig{Dir: filepath.Join(t.TempDir(), "ring"), MaxBytes: 1 << 24, SegmentBytes: 1 << 14})
		if err != nil {
			t.Fatal(err)
		}
		var batch capture.Batch
		var want, got [][]string
		n := 0
		for end := time.Now().Add(2500 * time.Millisecond); time.Now().Before(end); {
			if batch.Tick == 0 && n < 400 { // then it is quiet
				a.put(frame(100+n, n, 0x800), frame(60, n, 0x88b8, 0x8100_0005))
				b.put(frame(300, n, 0x800, 0x88a8_0001, 0x8100_0002))
				n++
			}
			if err := l.Fill(&batch); err != nil {
				t.Fatal(err)
			}
			if err := g.Record(&batch, l.InterfaceName); err != nil {
				t.Fatal(err)
			}
			if len(batch.Records) > 0 || batch.Tick != 0 {
				want = append(want, said(&batch, l.InterfaceName))
			}
		}
		g.Close()
		p := g.Replay(0, 0)
		defer p.Close()
		for {
			if err := p.Fill(&batch); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			got = append(got, said(&batch, p.InterfaceName))
		}
		if len(want) < 5 || !reflect.DeepEqual(got, want) {
			t.Errorf("%d batches come back of %d", len(got), len(want))
		}
		if s := g.Segments(); len(s) < 2 {
			t.Errorf("%d segments", len(s))
		}
	})
}
