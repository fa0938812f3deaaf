package plant

import (
	"fmt"
	"time"
)

// world is one run: what will happen, the frames on their way, and the clock.
type world struct {
	opt      Options
	from, to int64 // of the run, ns since the epoch
	learned  int64 // when the plant has shown its ordinary life once
	now      int64
	agenda   agenda
	out      outbox
	sink     FrameSink
	err      error
	mark     *Label // what the frames written now belong to
	labels   []*Label
	windows  []Window
	caches   map[hop]int64 // who knows whose MAC, until when
	fleet    *fleet
	vat      *bottling
	spoof    *spoof
	intruder span  // when the campaign happens
	step     story // when the sensor's own clock is set back, and by how much
	stepBack int64
	result   Result
	late     int // frames entered after their time; a fault of the plant, held at 0 by a test
	chance   *chance
}

// pace stretches a cycle of the real plant to what the run can afford.
func (w *world) pace(cycle time.Duration) int64 {
	if w.opt.Pace == Slow {
		return int64(12*time.Second + 4*cycle)
	}
	return int64(cycle)
}

// at enters an event; what lies before now happens now.
func (w *world) at(at int64, do func(at int64)) {
	w.agenda.add(max(at, w.now), do)
}

// post puts a frame on its way to the sensor.
func (w *world) post(at int64, port int, frame []byte) {
	if at < w.now {
		w.late++
		at = w.now
	}
	w.out.add(at, port, w.mark, frame)
}

// under runs do with every frame it writes belonging to the label, and through it to the
// label it is part of.
func (w *world) under(l *Label, do func()) {
	before := w.mark
	if l != nil {
		w.mark = l
	}
	do()
	w.mark = before
}

// run lives until the end, or until the sink refuses.
func (w *world) run() error {
	for len(w.agenda.heap) > 0 && w.err == nil {
		e := w.agenda.heap[0]
		if e.at >= w.to {
			break
		}
		w.agenda.heap = pop(w.agenda.heap)
		w.deliver(e.at)
		w.now = e.at
		e.do(e.at)
	}
	w.deliver(w.to)
	return w.err
}

// deliver hands the sink what it has seen before that time.
func (w *world) deliver(until int64) {
	for len(w.out.heap) > 0 && w.out.heap[0].at < until && w.err == nil {
		p := w.out.take()
		stamp := p.at
		w.result.Frames++
		w.result.Bytes += int64(len(p.bytes))
		if w.step.label != nil && p.at >= w.step.from {
			stamp -= w.stepBack
			if p.label == nil && w.step.holds(p.at) {
				p.label = w.step.label
			}
		}
		for l := p.label; l != nil; l = l.part {
			l.seen(stamp, w.result.Frames)
		}
		if err := w.sink.Frame(stamp, p.port, p.bytes); err != nil {
			w.err = fmt.Errorf("frame %d: %w", w.result.Frames, err)
		}
		w.out.spare = append(w.out.spare, p.bytes)
		w.result.Held = max(w.result.Held, len(w.out.heap))
	}
}

// routine does something now and then: once while the plant is being learned, so that it is
// ordinary afterwards, and then about every mean, when the hour allows it.
func (w *world) routine(name string, mean time.Duration, hours func(at int64) bool, do func(at int64)) {
	c := newChance(w.opt.Seed, "routine "+name)
	var again func(at int64)
	again = func(at int64) {
		if hours == nil || hours(at) {
			do(at)
		}
		w.at(at+c.span(mean/2, mean*3/2), again)
	}
	learning := w.learned - w.from
	first := w.from + learning/20 + int64(c.unit()*float64(min(learning*3/5, int64(2*mean))))
	w.at(first, func(at int64) {
		do(at)
		w.at(at+c.span(mean/2, mean*3/2), again)
	})
}
