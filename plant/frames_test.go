package plant

import (
	"fmt"
	"slices"
	"testing"

	"github.com/davylamp/davy"
)

// TestFramesAreSound: lengths and checksums are right, stations send from their own MAC, and
// nothing speaks on a network it is not on.
func TestFramesAreSound(t *testing.T) {
	frames, _ := lived(t, "bottling-campaign", 2)
	bad := map[string]int{}
	for i, f := range frames {
		if f.bad != "" {
			bad[f.bad]++
			if bad[f.bad] < 4 {
				t.Errorf("frame %d from %v to %v: %s", i+1, f.from, f.to, f.bad)
			}
		}
		if f.src.Group() || f.src == 0 {
			t.Errorf("frame %d comes from %v", i+1, f.src)
		}
		if f.kind == 0x8892 && f.port != 0 {
			t.Errorf("frame %d: PROFINET on the core switch", i+1)
		}
	}
}

// TestStreamsAreContinuous: in every TCP conversation, on each network, bytes follow each
// other without a gap, and what is acknowledged was sent.
func TestStreamsAreContinuous(t *testing.T) {
	frames, _ := lived(t, "bottling-campaign", 2)
	type way struct {
		from, to     string
		sport, dport uint16
	}
	next := map[way]uint32{}
	segments := 0
	for i, f := range frames {
		if f.proto != 6 {
			continue
		}
		segments++
		w := way{f.from.String(), f.to.String(), f.sport, f.dport}
		back := way{w.to, w.from, w.dport, w.sport}
		length := uint32(len(f.payload))
		if f.flags&3 != 0 {
			length++
		}
		want, known := next[w]
		if known && f.flags&2 == 0 && int32(f.seq-want) > 0 {
			t.Errorf("frame %d, %v: begins %d bytes after the last", i+1, w, f.seq-want)
		}
		if sent, ok := next[back]; ok && f.flags&0x10 != 0 && int32(f.ack-sent) > 0 {
			t.Errorf("frame %d, %v: acknowledges %d bytes that were not sent", i+1, w, f.ack-sent)
		}
		if end := f.seq + length; !known || f.flags&2 != 0 || int32(end-want) > 0 {
			next[w] = end
		}
	}
	if segments < 10_000 {
		t.Errorf("only %d segments", segments)
	}
}

// TestAddressesAreAskedFor: before a station sends to another's MAC for the first time, the
// other's MAC was told by ARP.
func TestAddressesAreAskedFor(t *testing.T) {
	frames, _ := lived(t, "bottling", 2)
	told := map[string]bool{}
	for i, f := range frames {
		switch {
		case f.kind == 0x0806:
			told[fmt.Sprint(f.port, davy.MACOf(f.payload[8:]))] = true
		case f.kind == 0x0800 && !f.dst.Group() && !told[fmt.Sprint(f.port, f.dst)]:
			t.Fatalf("frame %d goes to %v, which nobody was asked for", i+1, f.dst)
		}
	}
}

// TestEverybodySpeaks: each declared asset sends something in half a day of work, but for
// the virtual addresses' names for what a router does.
func TestEverybodySpeaks(t *testing.T) {
	frames, r := lived(t, "bottling", 1)
	heard := map[string]bool{}
	for _, f := range frames {
		heard[f.src.String()] = true
	}
	for _, h := range r.Site.assets {
		if !heard[h.mac.String()] {
			t.Errorf("%s (%s, %s) said nothing", h.Name, h.addr(), h.mac)
		}
	}
}

// TestProtocols: the plant speaks what its picture says.
func TestProtocols(t *testing.T) {
	frames, _ := lived(t, "bottling", 1)
	ports := map[uint16]bool{}
	kinds := map[uint16]bool{}
	for _, f := range frames {
		kinds[f.kind] = true
		if f.proto == 6 || f.proto == 17 {
			ports[min(f.sport, f.dport)] = true
			ports[max(f.sport, f.dport)] = true
		}
	}
	for _, p := range []uint16{22, 53, 67, 80, 102, 123, 161, 443, 445, 502, 1883, 2222, 3389, 4840, 44818} {
		if !ports[p] {
			t.Errorf("nothing on port %d", p)
		}
	}
	for _, k := range []uint16{0x0800, 0x0806, 0x8892, 0x88cc} {
		if !kinds[k] {
			t.Errorf("no frame of type %04x", k)
		}
	}
	if slices.ContainsFunc(frames, func(f seen) bool { return f.src == someone.laptop.mac }) {
		t.Error("the intruder's laptop speaks without a campaign")
	}
}
