package app

import (
	"context"
	"errors"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/wire"
)

// live is what a run without end does after each batch: it hands on what is new, answers
// those who ask, and says when the state is to be saved. It belongs to the engine's goroutine.
type live struct {
	ctx   context.Context
	asks  chan func(*engine) // run between two batches
	tell  func(*tidings)     // hands on what is new; it may wait
	fresh []*davy.Finding
	since int64 // findings that went on after this moment are told again
	links map[uint64]linkTold
	at    position

	// again: what is read was read before, up to the end of an earlier life. Until it is caught
	// up nothing is told or saved: the store knows more than the engine does just then.
	again bool

	snapped, saved time.Time
	cost           time.Duration // of the last snapshot
	expired        int64         // minute of message time
}

// ringState is the section of a saved state that says how far the ring was read.
const ringState = "ring"

// position is the last record of the ring that the engine has taken.
type position struct{ File, Frame uint32 }

// tidings are what the engine hands on to be stored, and then shown. Whatever it holds is a
// copy; parts that are nil say nothing.
type tidings struct {
	Findings  []davy.Judged
	Incidents []davy.IncidentRow
	Snapshot  *snapshot
	State     sections
	Changed   []davy.AssetRow // assets of the snapshot that came, or say something else than before
}

// How often, of the machine's clock, what is known is written to the store, and the state
// saved. A snapshot takes at most a twentieth of the time.
const (
	snapEvery = 4 * time.Second
	saveEvery = time.Minute
)

var errStopped = errors.New("stopped")

// after is called when a batch is worked off.
func (l *live) after(e *engine, b *capture.Batch) error {
	if n := len(b.Records); n > 0 {
		l.at = position{b.Records[n-1].File, b.Records[n-1].Frame}
	}
	if minute := e.now / int64(time.Minute); minute != l.expired {
		l.expired = minute
		l.closed(e.board.Expire(e.now))
	}
	if !l.again {
		l.news(e)
	}
	for {
		select {
		case ask := <-l.asks:
			ask(e)
			continue
		default:
		}
		break
	}
	if l.again {
		return l.stopped()
	}
	if now := time.Now(); now.Sub(l.snapped) > max(snapEvery, 20*l.cost) {
		l.snap(e)
		l.cost, l.snapped = time.Since(now), now
	}
	if now := time.Now(); now.Sub(l.saved) > saveEvery {
		l.save(e)
	}
	return l.stopped()
}

func (l *live) stopped() error {
	if l.ctx.Err() != nil {
		return errStopped
	}
	return nil
}

// idle answers those who ask when there is nothing more to read.
func (l *live) idle(e *engine) {
	beat := time.NewTicker(snapEvery)
	defer beat.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case ask := <-l.asks:
			ask(e)
		case <-beat.C:
			l.snap(e)
		}
	}
}

// news hands on the findings and incidents that are new or say more.
func (l *live) news(e *engine) {
	incidents := e.book.Fresh()
	if len(l.fresh) == 0 && len(incidents) == 0 {
		return
	}
	t := &tidings{}
	for _, f := range l.fresh {
		t.finding(e, f)
	}
	clear(l.fresh)
	l.fresh = l.fresh[:0]
	for i := range incidents {
		t.Incidents = append(t.Incidents, incidents[i].Row())
	}
	l.tell(t)
}

func (t *tidings) finding(e *engine, f *davy.Finding) {
	t.Findings = append(t.Findings, davy.Judged{Row: f.Row(e.name(f.Origin.File)), Key: f.Key})
}

// snap hands on what is known, and the findings that went on since the last time.
func (l *live) snap(e *engine) {
	t := &tidings{Snapshot: e.snapshot()}
	for _, f := range e.board.Open() {
		if f.Last >= l.since && f.Count > 1 {
			t.finding(e, f)
		}
	}
	l.since = e.now
	l.tell(t)
}

// closed takes the findings that will not go on any more: what became of them since they were
// told last is told now, or never.
func (l *live) closed(list []*davy.Finding) {
	for _, f := range list {
		if f.Last >= l.since && f.Count > 1 {
			l.fresh = append(l.fresh, f)
		}
	}
}

// save hands on everything that the next packet could depend on.
func (l *live) save(e *engine) {
	s := e.allSections()
	s[ringState] = l.at.append()
	l.saved = time.Now()
	l.tell(&tidings{State: s})
}

func (p position) append() []byte {
	w := wire.Writer{B: []byte{1}}
	w.Uvarints(uint64(p.File), uint64(p.Frame))
	return w.B
}

// load reads what append wrote; a state without it was never live.
func (p *position) load(b []byte) bool {
	r := wire.NewReader(b)
	version := r.U8()
	p.File, p.Frame = uint32(r.Uvarint()), uint32(r.Uvarint())
	return version == 1 && !r.Short() && r.Len() == 0
}
