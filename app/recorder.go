package app

import (
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/store"
)

// recorder writes what the engine hands on into the store, and shows it only then: whatever
// was shown is there after the worst of ends. When the store cannot be written the engine
// goes on; what waits is bounded, and written when the store can be again.
type recorder struct {
	db     *store.DB
	state  string // file of the engine's state
	log    *slog.Logger
	show   func(*tidings) // what is stored by now
	queue  chan *tidings
	done   chan struct{}
	latest atomic.Pointer[snapshot]
	assets map[string]written // as they stand in the store

	waiting  []*tidings // news that could not be written
	trouble  atomic.Pointer[string]
	lost     atomic.Uint64 // findings and incidents given up
	retry    time.Time
	findings atomic.Uint64 // new ones so far
}

type written struct {
	mark uint64 // of what it says but for times and counts
	at   int64  // message time
}

// maxWaiting bounds the news kept while the store cannot be written.
const maxWaiting = 4096

// assetEvery is how often an asset's times are written while nothing else of it changes.
const assetEvery = int64(30e9)

func newRecorder(db *store.DB, state string, log *slog.Logger, show func(*tidings)) *recorder {
	return &recorder{db: db, state: state, log: log, show: show, queue: make(chan *tidings, 256), done: make(chan struct{}), assets: map[string]written{}}
}

// tell takes tidings; it waits when the recorder is far behind.
func (r *recorder) tell(t *tidings) { r.queue <- t }

// run works until the queue is closed.
func (r *recorder) run() {
	defer close(r.done)
	for t := range r.queue {
		r.take(t)
	}
	r.write(true)
}

func (r *recorder) take(t *tidings) {
	if t.Snapshot == nil {
		r.findings.Add(uint64(len(t.Findings)))
	}
	if len(t.Findings)+len(t.Incidents) > 0 {
		if len(r.waiting) == maxWaiting {
			r.lost.Add(uint64(len(r.waiting[0].Findings) + len(r.waiting[0].Incidents)))
			r.waiting = r.waiting[1:]
		}
		r.waiting = append(r.waiting, t)
		if len(r.queue) == 0 || len(r.waiting) >= 64 { // what came meanwhile is one transaction
			r.write(false)
		}
	} else if len(r.queue) == 0 {
		r.write(false)
	}
	if s := t.Snapshot; s != nil {
		changed, err := r.known(s)
		if err != nil {
			r.fail("what is known could not be written", err)
		}
		r.latest.Store(s)
		r.show(&tidings{Snapshot: s, Changed: changed})
	}
	if t.State != nil {
		// The state must not be ahead of the store: what it takes for told is written first.
		if r.write(true); len(r.waiting) > 0 {
			return
		}
		if err := t.State.store(r.state); err != nil {
			r.fail("the engine's state could not be saved", err)
		}
	}
}

// write writes what waits, oldest first.
func (r *recorder) write(now bool) {
	if len(r.waiting) == 0 || !now && time.Now().Before(r.retry) {
		return
	}
	all := &tidings{}
	for _, t := range r.waiting {
		all.Findings = append(all.Findings, t.Findings...)
		all.Incidents = append(all.Incidents, t.Incidents...)
	}
	if err := r.db.Judged(all.Findings, all.Incidents); err != nil {
		r.retry = time.Now().Add(2 * time.Second)
		r.fail("findings wait to be written", err)
		return
	}
	r.waiting = nil
	r.well()
	r.show(all)
}

// known writes the assets and links that say more than what is stored.
func (r *recorder) known(s *snapshot) (changed []davy.AssetRow, err error) {
	var assets []davy.AssetRow
	here := make(map[string]bool, len(s.Assets))
	next := map[string]written{}
	for i := range s.Assets {
		row := s.Assets[i].Row()
		here[row.ID] = true
		w := written{markOf(row), s.Time}
		if old, ok := r.assets[row.ID]; ok && old.mark == w.mark && (s.Assets[i].Last <= old.at || s.Time-old.at < assetEvery) {
			continue
		}
		next[row.ID] = w
		assets = append(assets, row)
		if r.assets[row.ID].mark != w.mark {
			changed = append(changed, row)
		}
	}
	var gone []string
	for id := range r.assets {
		if !here[id] {
			gone = append(gone, id)
		}
	}
	links := make([]davy.LinkRow, len(s.Links))
	for i := range s.Links {
		links[i] = s.Links[i].Row()
	}
	if err := r.db.Known(assets, links, gone); err != nil {
		return nil, err
	}
	for id, w := range next {
		r.assets[id] = w
	}
	for _, id := range gone {
		delete(r.assets, id)
	}
	return changed, nil
}

// markOf is a hash of what a row says but for times and counts.
func markOf(r davy.AssetRow) uint64 {
	r.Last = ""
	said := make([]davy.EvidenceRow, len(r.Evidence))
	for i, v := range r.Evidence {
		v.Last, v.Count = "", 0
		said[i] = v
	}
	r.Evidence = said
	b, _ := json.Marshal(r) // a row of texts and numbers
	return davy.HashBytes(1, b)
}

func (r *recorder) fail(what string, err error) {
	text := what + ": " + err.Error()
	if old := r.trouble.Swap(&text); old == nil || *old != text {
		r.log.Error(text)
	}
}

func (r *recorder) well() {
	if old := r.trouble.Swap(nil); old != nil {
		r.log.Info("the store can be written again")
	}
}
