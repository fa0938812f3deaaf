package detect

import (
	"fmt"
	"time"

	"github.com/davylamp/davy"
)

// health is what the board knows of the sensor's own eyes (D46).
type health struct {
	first  int64
	last   int64
	usual  int64 // the longest silence so far, up to silence
	jumped int64 // message time of the clock's last jump
}

// silence is how long nothing at all must be heard, ns, before that is worth saying: five
// minutes, and ten times the longest silence before.
const silence = int64(300e9)

// Heard takes that packets were read up to a time; a long silence before is a finding, but
// not where the clock itself jumped.
func (b *Board) Heard(now int64, o davy.Origin) {
	b.settled(now)
	h := &b.health
	if h.first == 0 {
		h.first, h.last = now, now
		return
	}
	gap := now - h.last
	if h.silent(now) && h.last-h.first > gap {
		b.silence(davy.Medium, now, o)
	}
	h.usual = max(h.usual, min(gap, silence))
	h.last = max(h.last, now)
}

// Quiet takes that time has come this far and no packet with it: a sensor that hears nothing
// is told of while it lasts.
func (b *Board) Quiet(now int64, o davy.Origin) {
	b.settled(now)
	if h := &b.health; h.first != 0 && h.silent(now) && b.byKey[h.key()] == nil {
		b.silence(davy.High, now, o)
	}
}

func (h *health) silent(now int64) bool {
	return now-h.last >= silence && now-h.last > 10*h.usual && h.jumped <= h.last
}

// key is that of the finding about the silence since the last packet.
func (h *health) key() uint64 { return key(blind, 1, uint64(h.last)) }

func (b *Board) silence(s davy.Severity, now int64, o davy.Origin) {
	h := &b.health
	b.raise(blind, "The sensor heard nothing", s, h.key(), now, o, nil,
		fmt.Sprintf("A packet at least every %v", time.Duration(max(h.usual, 1e9)).Round(time.Second)),
		fmt.Sprintf("No packet at all for %v: whatever happened in that time was not seen", time.Duration(now-h.last).Round(time.Second)))
}

// Jumped takes that the packets' clock jumped by more than an hour. Jumps are counted in one
// finding an input.
func (b *Board) Jumped(from, to, now int64, o davy.Origin) {
	b.health.jumped = now
	k := key(blind, 2)
	if f := b.byKey[k]; f != nil {
		extend(f.Finding, now, o, 1)
		return
	}
	b.raise(blind, "The sensor's clock jumped", davy.Low, k, now, o, nil,
		fmt.Sprintf("Time goes on from %s", davy.AppendTime(nil, from)), fmt.Sprintf("Packets are now stamped %s", davy.AppendTime(nil, to)))
}

// Coverage is what the mirror showed of an input.
type Coverage struct {
	TCP       uint64 // TCP conversations with payload
	OneWay    uint64 // of which one direction only
	Packets   uint64
	Undecoded uint64
	Lost      uint64 // packets that the capture itself says it dropped
}

// Ended judges the coverage of an input at its end. Nothing is held back any longer.
func (b *Board) Ended(c Coverage, now int64, o davy.Origin) {
	b.settled(now + hold)
	b.Covered(c, now, o)
}

// Covered judges what the mirror showed of an input, or of a while of one that goes on.
func (b *Board) Covered(c Coverage, now int64, o davy.Origin) {
	if c.TCP >= 20 && c.OneWay*2 > c.TCP {
		b.raise(blind, "The mirror shows one direction only", davy.Low, key(blind, 3), now, o, nil, "Both directions of each conversation",
			fmt.Sprintf("%d of %d TCP conversations have one direction only", c.OneWay, c.TCP))
	}
	if c.Packets >= 1000 && c.Undecoded*10 > c.Packets {
		b.raise(blind, "Packets that cannot be decoded", davy.Low, key(blind, 4), now, o, nil, "Packets of known link types",
			fmt.Sprintf("%d of %d packets could not be decoded", c.Undecoded, c.Packets))
	}
	if c.Lost > 0 {
		b.raise(blind, "The capture dropped packets", davy.Low, key(blind, 5), now, o, nil, "No packet dropped", fmt.Sprintf("%d packets dropped by the capture", c.Lost))
	}
}
