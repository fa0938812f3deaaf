package packet

import (
	"fmt"
	"math"

	"github.com/davylamp/davy/wire"
)

// Clock makes message time from the packets' stamps. It never runs back: a packet whose
// stamp is earlier counts as now, and keeps its own stamp. A stamp more than an hour away is
// believed when the next packet of the same source agrees with it; until then its packet
// counts as now, too. Where a source's clock was set back, or goes wrong while others go on,
// message time goes on, and that source's stamps are moved to it.
//
// The zero Clock starts with the first stamp it is given; see Start.
type Clock struct {
	Jumps uint64 // steps of more than an hour that were believed
	Odd   uint64 // packets whose stamp was more than an hour off and not (yet) believed

	now      int64
	started  bool
	ordinary uint64 // packets whose stamp was taken as it came
	sources  []sourceClock
}

// sourceClock is what is known of one source's clock.
type sourceClock struct {
	seen   bool
	run    uint8  // packets in a row that were off; 0: none waits
	offset int64  // what is added to its stamps to make message time
	odd    int64  // the stamp that waits for another to agree with it
	mark   uint64 // Clock.ordinary when that came
}

// Jump is a step of a source's clock: the stamp that was due, and the one that came, in ns
// since the epoch.
type Jump struct {
	Source   uint16
	From, To int64
}

const (
	hour       = int64(3600e9)
	agreement  = int64(300e9) // how far apart two stamps are that agree
	patience   = 4            // packets in a row that are off and do not agree: a capture with hours between packets
	maxSources = 256          // clocks told apart; more share them
)

// Start sets the time before the first packet, from the first few stamps of the input: to
// the first that another one agrees with, so that a capture can begin with a packet from
// 2038. It does nothing once the Clock runs.
func (c *Clock) Start(stamps []int64) {
	if c.started || len(stamps) == 0 {
		return
	}
	c.started, c.now = true, valid(stamps[0])
	for i, a := range stamps {
		for j, b := range stamps {
			if i != j && near(valid(a), valid(b), hour) {
				c.now = valid(a)
				return
			}
		}
	}
}

// Now is the message time.
func (c *Clock) Now() int64 { return c.now }

// Advance moves message time on where no packet does: a live source is quiet.
func (c *Clock) Advance(now int64) { c.now = max(c.now, now) }

// Set sets p.Time from p's stamp and interface. When that makes it believe in a step of more
// than an hour it reports the step.
func (c *Clock) Set(p *Packet) (Jump, bool) {
	stamp := valid(p.Origin.Stamp)
	if !c.started {
		c.started, c.now = true, stamp
	}
	source := p.Interface % maxSources
	for int(source) >= len(c.sources) {
		c.sources = append(c.sources, sourceClock{})
	}
	s := &c.sources[source]
	s.seen = true
	at := moved(stamp, s.offset)
	if near(at, c.now, hour) {
		c.now = max(c.now, at)
		c.ordinary++
		s.run = 0
		p.Time = c.now
		return Jump{}, false
	}
	if s.run == 0 || !near(stamp, s.odd, agreement) && s.run < patience-1 {
		if s.run == 0 {
			s.mark = c.ordinary
		}
		s.run++
		s.odd = stamp
		c.Odd++
		p.Time = c.now
		return Jump{}, false
	}
	jump := Jump{Source: p.Interface, From: c.now - s.offset, To: s.odd}
	c.believe(s, stamp)
	s.run = 0
	c.Jumps++
	c.ordinary++
	p.Time = c.now
	return jump, true
}

// believe follows a source's step. Another source's offset, or none, that brings the stamp
// near now is taken over: the machine under several interfaces was set, or set right again.
// Failing that, time itself went on when the step is forwards and no other source says
// otherwise.
func (c *Clock) believe(s *sourceClock, stamp int64) {
	best, found := int64(0), false
	try := func(offset int64) {
		at := moved(stamp, offset)
		if at < c.now-agreement || !near(at, c.now, hour) {
			return
		}
		if !found || distance(at, c.now) < distance(moved(stamp, best), c.now) {
			best, found = offset, true
		}
	}
	try(0)
	for i := range c.sources {
		if c.sources[i].seen {
			try(c.sources[i].offset)
		}
	}
	switch at := moved(stamp, s.offset); {
	case found:
		s.offset = best
	case at > c.now && c.ordinary == s.mark:
		c.now = at
		return
	default:
		s.offset = c.now - stamp
	}
	c.now = max(c.now, moved(stamp, s.offset))
}

// valid keeps stamps between 1970 and 2112, so that sums of two stay within 64 bits.
func valid(stamp int64) int64 { return min(max(stamp, 0), 45e17) }

// moved is a stamp in message time.
func moved(stamp, offset int64) int64 {
	if offset > 0 && stamp > math.MaxInt64-offset {
		return math.MaxInt64
	}
	return max(0, stamp+offset)
}

func distance(a, b int64) int64 { return max(a, b) - min(a, b) }

func near(a, b, by int64) bool { return distance(a, b) <= by }

// AppendState and LoadState are davy.Stateful.
func (c *Clock) AppendState(dst []byte) []byte {
	w := wire.Writer{B: append(dst, 1)}
	w.Uvarint(c.Jumps)
	w.Uvarint(c.Odd)
	w.Varint(c.now)
	w.Bool(c.started)
	w.Uvarint(c.ordinary)
	w.Count(len(c.sources))
	for _, s := range c.sources {
		w.Bool(s.seen)
		w.U8(s.run)
		w.Varint(s.offset)
		w.Varint(s.odd)
		w.Uvarint(s.mark)
	}
	return w.B
}

// LoadState reads what AppendState wrote.
func (c *Clock) LoadState(b []byte) error {
	*c = Clock{}
	r := wire.NewReader(b)
	if v := r.U8(); v != 1 {
		return fmt.Errorf("clock: state version %d is not known", v)
	}
	in := Clock{Jumps: r.Uvarint(), Odd: r.Uvarint(), now: max(0, r.Varint()), started: r.Bool(), ordinary: r.Uvarint()}
	for range min(r.Count(5), maxSources) {
		in.sources = append(in.sources, sourceClock{r.Bool(), r.U8(), r.Varint(), valid(r.Varint()), r.Uvarint()})
	}
	if r.Short() {
		return errStateShort
	}
	*c = in
	return nil
}
