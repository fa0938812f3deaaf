package app

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/plant"
)

// Demo is the simulated plant as a source: it lives through a week at the slow pace, to be
// learned; then through a short run with the intruder's campaign at the devices' own pace,
// of which the part before the intruder comes goes by at once; and then through ordinary
// days. The plant's calendar is moved so that the campaign begins now.
type Demo struct {
	Learn   time.Duration // of message time: all that goes by before the campaign
	Windows []davy.Window // planned work
	stages  []stage
	chunks  chan *chunk
	spare   chan *chunk
	inHand  *chunk
	stopped context.CancelFunc
	ctx     context.Context
	ready   chan struct{} // closed when what comes next comes at its own time
	err     error
}

// stage is one run of the plant.
type stage struct {
	options plant.Options
	shift   time.Duration // from the plant's calendar to ours
	paced   time.Time     // from when on (our calendar) frames come at their own time
	taped   bool          // goes into the ring, from then on
	skip    bool          // what comes before it is left out
}

// chunk is frames on their way.
type chunk struct {
	records []capture.Record
	bytes   []byte
	taped   bool
	ready   bool // what comes behind it comes at its own time
}

// How long the demonstration learns, how long its campaign's run is, which part of that goes
// by at once, and how long an ordinary run is.
const (
	demoWeek     = 7 * 24 * time.Hour
	demoCampaign = 15 * time.Minute
	demoQuick    = 0.665
	demoDay      = 24 * time.Hour
	demoChunk    = 512 // frames of a chunk
)

// NewDemo prepares a demonstration whose campaign begins at that moment. again says that the
// week was learned by an earlier run.
func NewDemo(ctx context.Context, seed uint64, begin time.Time, again bool) *Demo {
	d := &Demo{chunks: make(chan *chunk, 8), spare: make(chan *chunk, 10), ready: make(chan struct{})}
	d.ctx, d.stopped = context.WithCancel(ctx)
	monday := time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	quick := time.Duration(demoQuick * float64(demoCampaign))
	campaign := plant.Options{Scenario: "bottling-campaign", Length: demoCampaign, Seed: seed, Pace: plant.Real, Start: monday.Add(demoWeek + 4*time.Hour)}
	from := begin.Add(-quick)
	if !again {
		week := plant.Options{Scenario: "bottling", Length: demoWeek, Seed: seed, Pace: plant.Slow, Start: monday}
		d.add(stage{options: week, shift: from.Add(-demoWeek).Sub(monday), paced: begin})
		d.Learn = demoWeek + quick
	}
	d.add(stage{options: campaign, shift: from.Sub(campaign.Start), paced: begin, taped: true, skip: again})
	for at, n := from.Add(demoCampaign), uint64(0); n < 400; n++ {
		day := plant.Options{Scenario: "bottling", Length: demoDay, Seed: seed + n, Pace: plant.Real, Start: monday}
		d.add(stage{options: day, shift: at.Sub(monday), paced: at, taped: true})
		at = at.Add(demoDay)
	}
	go d.run()
	return d
}

// DemoSite is what an operator would declare of the simulated plant, as a site file.
func DemoSite() string {
	site, _ := plant.Prepare(plant.Options{Scenario: "bottling", Length: demoWeek, Pace: plant.Slow})
	var b strings.Builder
	site.WriteYAML(&b) // a Builder takes everything
	return b.String()
}

func (d *Demo) add(s stage) {
	d.stages = append(d.stages, s)
	if len(d.stages) > 3 {
		return // the work of days to come is not planned yet
	}
	_, windows := plant.Prepare(s.options)
	for _, w := range windows {
		from, to := w.Span()
		if s.options.Length == demoCampaign { // it is pressed into minutes: planned work takes as long as it takes
			from, to = from-int64(30*time.Second), to+int64(90*time.Second)
		}
		v := davy.Window{ID: w.ID, From: from + int64(s.shift), To: to + int64(s.shift), Assets: w.Assets, Sources: w.Sources, Note: w.Note}
		if len(d.stages) > 1 {
			v.ID += "-" + time.Unix(0, v.From).UTC().Format("0102")
		}
		for _, name := range w.Verbs {
			if verb, ok := davy.ParseVerb(name); ok {
				v.Verbs = append(v.Verbs, verb)
			}
		}
		d.Windows = append(d.Windows, v)
	}
}

// run lives through the stages.
func (d *Demo) run() {
	defer close(d.chunks)
	for i := range d.stages {
		p := &player{demo: d, stage: &d.stages[i], chunk: d.fresh()}
		_, err := plant.Write(d.stages[i].options, p)
		if err == nil {
			err = p.flush(false)
		}
		if err != nil {
			d.err = err
			return
		}
	}
}

func (d *Demo) fresh() *chunk {
	select {
	case c := <-d.spare:
		c.records, c.bytes, c.ready = c.records[:0], c.bytes[:0], false
		return c
	default:
		return &chunk{bytes: make([]byte, 0, demoChunk*256)}
	}
}

// player is the plant's sink: it keeps time.
type player struct {
	demo   *Demo
	stage  *stage
	chunk  *chunk
	last   int64 // stamp of the frame before
	behind int64 // how far the sensor's clock was set back
}

// Frame takes a frame at its time.
func (p *player) Frame(stamp int64, port int, frame []byte) error {
	stamp += int64(p.stage.shift)
	if p.last-stamp > int64(time.Second) {
		p.behind += p.last - stamp
	}
	p.last = stamp
	due := time.Unix(0, stamp+p.behind)
	if p.stage.skip && due.Before(p.stage.paced) {
		return p.demo.ctx.Err() // it went by in an earlier run
	}
	if len(p.chunk.records) >= demoChunk || len(p.chunk.records) > 0 && p.chunk.taped != (p.stage.taped && !due.Before(p.stage.paced)) {
		if err := p.flush(false); err != nil {
			return err
		}
	}
	if due.After(p.stage.paced) {
		for wait := time.Until(due); wait > 0; wait = time.Until(due) {
			if err := p.flush(true); err != nil {
				return err
			}
			select {
			case <-p.demo.ctx.Done():
				return errStopped
			case <-time.After(max(wait, 20*time.Millisecond)):
			}
		}
	}
	c := p.chunk
	from := len(c.bytes)
	c.bytes = append(c.bytes, frame...)
	c.taped = p.stage.taped && !due.Before(p.stage.paced)
	c.records = append(c.records, capture.Record{Stamp: stamp, Interface: uint16(port), Link: 1, Wire: len(frame), Data: c.bytes[from:len(c.bytes):len(c.bytes)]})
	return nil
}

// flush hands the chunk on.
func (p *player) flush(ready bool) error {
	if len(p.chunk.records) == 0 && !ready {
		return nil
	}
	if ready && len(p.chunk.records) == 0 && p.demo.isReady() {
		return nil
	}
	p.chunk.ready = ready
	select {
	case p.demo.chunks <- p.chunk:
	case <-p.demo.ctx.Done():
		return errStopped
	}
	p.chunk = p.demo.fresh()
	return nil
}

func (d *Demo) isReady() bool {
	select {
	case <-d.ready:
		return true
	default:
		return false
	}
}

// Fill hands on what has come.
func (d *Demo) Fill(b *capture.Batch) error {
	b.Records, b.Tick, b.PathEnd = b.Records[:0], 0, false
	if d.inHand != nil {
		select {
		case d.spare <- d.inHand:
		default:
		}
		d.inHand = nil
	}
	select {
	case c, ok := <-d.chunks:
		if !ok {
			if d.err != nil && !errors.Is(d.err, errStopped) {
				return d.err
			}
			return io.EOF
		}
		if c.ready && !d.isReady() {
			close(d.ready)
		}
		d.inHand = c
		b.Records = append(b.Records, c.records...)
	case <-time.After(100 * time.Millisecond):
	}
	return nil
}

// Taped reports whether the records just handed on go into the ring.
func (d *Demo) Taped() bool { return d.inHand != nil && d.inHand.taped }

// Ready is closed once the past has gone by and the plant is watched as it lives.
func (d *Demo) Ready() <-chan struct{} { return d.ready }

// Close ends the plant.
func (d *Demo) Close() error { d.stopped(); return nil }

// Interfaces are the mirrors of the simulated plant.
func (d *Demo) Interfaces() []string { return plant.Interfaces[:] }

// Dropped is 0: nothing is lost on the way from the simulated plant.
func (d *Demo) Dropped() uint64 { return 0 }
