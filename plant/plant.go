// Package plant is a simulated bottling plant that writes the network traffic its
// machines would cause, for demonstrations, tests and benchmarks. It needs neither a
// network nor rights, and the same seed gives the same bytes.
//
//	office  10.40.1.0/24 (IT)          ws-101..104   dc-01   file-01   prn-01
//	  │
//	[fw-01]── internet
//	  │
//	DMZ     10.20.30.0/24              jump-01   mirror-01   broker-01
//	  │
//	[rt-a | rt-b]  VRRP ── operations 10.20.20.0/24   historian-01  edge-01  ntp-01
//	  │
//	line    10.20.10.0/24              scada-01   eng-01   sw-line-1   sw-line-2
//	  │
//	  ├─ filler       plc-fill  S7-1500 ── PROFINET ── io-fill-1, io-fill-2, drv-conv
//	  │               hmi-fill
//	  ├─ pasteuriser  plc-past-a | plc-past-b  M580 hot standby ── Modbus ── io-past-1,
//	  │               hmi-past                 io-past-2, drv-pump-1, drv-pump-2
//	  ├─ packer       plc-pack  ControlLogix ── EtherNet/IP ── io-pack, drv-pack
//	  │               hmi-pack
//	  ├─ palletiser   plc-pal   S7-300
//	  └─ utilities    plc-util  Modbus,  gw-meter  Modbus gateway with three meters
//
// A sensor sees the line's switch and the core switch, so that routed packets are seen
// on both sides of the router, as real mirrors have it. [Write] gives the frames to a
// [FrameSink], [WriteFiles] makes a capture and what belongs to it: the site, the planned
// work, and labels that say what was done, by whom, when and in which frames.
//
// The package imports the ground and its own encoders, never a room: a plant that was
// written with Davy's own dissectors could not tell whether Davy is right.
package plant

import (
	"fmt"
	"math"
	"time"
)

// Pace says how fast the machines talk.
type Pace int

const (
	// Real has the devices' own cycles, 20 ms to 5 s: about 2 million packets an hour.
	Real Pace = iota
	// Slow stretches every cycle to 12 s and more, so that two weeks stay below 10 million
	// packets and 1 GB.
	Slow
)

// ParsePace reads "real" or "slow".
func ParsePace(s string) (Pace, error) {
	switch s {
	case "real":
		return Real, nil
	case "slow":
		return Slow, nil
	}
	return 0, fmt.Errorf("no pace %q: it is real or slow", s)
}

// Scenario is a story the plant can tell.
type Scenario struct {
	Name     string
	Summary  string
	campaign bool
}

// Scenarios are all of them.
func Scenarios() []Scenario {
	return []Scenario{
		{"bottling", "ordinary life of a bottling line: shifts, recipes, planned maintenance, and surprises that harm nobody", false},
		{"bottling-campaign", "the same line, and an intruder: scan, laptop, logic download, stop, spoofing, set points, tunnel, beacon", true},
	}
}

// Options are what a run depends on; equal options give equal frames.
type Options struct {
	Scenario string
	Length   time.Duration // message time from the first packet
	Seed     uint64
	Pace     Pace
	Start    time.Time // zero means Monday, 2 March 2026, 06:00 UTC, when the early shift begins
}

// Days is a length of that many days, for a command line.
func Days(n float64) (time.Duration, error) {
	if !(n > 0) || n > 366 {
		return 0, fmt.Errorf("%v days: a run has more than 0 and at most 366", n)
	}
	return time.Duration(math.Round(n * float64(24*time.Hour))), nil
}

// Result is what a run was.
type Result struct {
	Frames  uint64
	Bytes   int64 // of the frames
	From    time.Time
	To      time.Time
	Learn   time.Duration // after which nothing ordinary is new: a fit value for analyze --learn
	Held    int           // most frames that waited for their time, a measure of memory
	Labels  []*Label
	Windows []Window
	Site    Site
}

// Check says what about a run cannot be: an unknown scenario, a length that is no life.
func (opt *Options) Check() error {
	switch {
	case opt.story() == nil:
		return fmt.Errorf("no scenario %q: %q lists them", opt.Scenario, "davy plant list")
	case opt.Length < 10*time.Minute:
		return fmt.Errorf("%v is too short for the plant's life: at least 10 minutes", opt.Length)
	case opt.Length > 366*24*time.Hour:
		return fmt.Errorf("%v is too long: at most 366 days", opt.Length)
	case opt.Pace != Real && opt.Pace != Slow:
		return fmt.Errorf("no pace %d", opt.Pace)
	}
	return nil
}

func (opt *Options) story() *Scenario {
	for _, s := range Scenarios() {
		if s.Name == opt.Scenario {
			return &s
		}
	}
	return nil
}

// Write lives through the scenario and gives each frame to the sink. It fails with what Check
// says, and with the sink's own error.
func Write(opt Options, sink FrameSink) (*Result, error) {
	if err := opt.Check(); err != nil {
		return nil, err
	}
	if opt.Start.IsZero() {
		opt.Start = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	}
	w := build(opt, sink, opt.story().campaign)
	if err := w.run(); err != nil {
		return nil, err
	}
	r := w.result
	r.From, r.To = opt.Start.UTC(), time.Unix(0, w.to).UTC()
	r.Learn = time.Duration(w.learned - w.from)
	r.Labels, r.Windows, r.Site = w.told(), w.windows, w.fleet.site()
	return &r, nil
}

// build makes the world and enters everything that will start by itself.
func build(opt Options, sink FrameSink, campaign bool) *world {
	w := &world{opt: opt, from: opt.Start.UnixNano(), sink: sink, caches: map[hop]int64{},
		fleet: newFleet(), chance: newChance(opt.Seed, "network")}
	w.to = w.from + int64(opt.Length)
	w.learned = w.from + int64(opt.Length)/3
	if w.long() {
		w.learned = w.from + int64(24*time.Hour)
	}
	w.vat = newBottling(w.from, producing, newChance(opt.Seed, "process"))
	w.plan()
	lines := w.startLine()
	w.startInfrastructure()
	w.startOperators(lines)
	w.startEngineering()
	w.startOffice()
	if campaign {
		w.startCampaign(lines)
	}
	w.startSurprises(lines)
	return w
}

// long reports whether the run has days enough for its own week; shorter runs press
// learning, maintenance, surprises and campaign into thirds.
func (w *world) long() bool { return w.opt.Length >= 5*24*time.Hour }

// share is a moment at that part of a short run.
func (w *world) share(part float64) int64 { return w.from + int64(part*float64(w.opt.Length)) }

// producing reports whether the line is manned: two shifts on weekdays, one on Saturday.
func producing(at int64) bool {
	t := time.Unix(0, at).UTC()
	h := t.Hour()
	switch t.Weekday() {
	case time.Sunday:
		return false
	case time.Saturday:
		return h >= 6 && h < 14
	}
	return h >= 6 && h < 22
}

// officeHours reports whether the office is manned.
func officeHours(at int64) bool {
	t := time.Unix(0, at).UTC()
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && t.Hour() >= 6 && t.Hour() < 18
}

// Prepare tells of a run what its operator would know beforehand: the site, and the planned
// work.
func Prepare(opt Options) (Site, []Window) {
	if opt.Start.IsZero() {
		opt.Start = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	}
	w := build(opt, nil, false)
	return w.fleet.site(), w.windows
}

// Span is when a window begins and ends, ns since the epoch.
func (v *Window) Span() (from, to int64) { return v.from, v.to }
