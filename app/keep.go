package app

import (
	"sync"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
)

// keeping copies incidents' packets out of the ring before it overwrites them: ahead of
// time, so that the watching need not wait for it, and at the last moment what is missing.
type keeping struct {
	*house
	proofs *proofs

	mu   sync.Mutex
	done map[kept]int // findings that the incident had when its packets were kept
}

type kept struct {
	incident string
	segment  uint32
}

// keepEvery is how often is looked; the oldest third of a ring that is nearly full is kept.
// evidenceLead is how long before a finding evidence may begin.
const (
	keepEvery    = 10 * time.Second
	evidenceLead = int64(10 * time.Minute)
)

// ahead keeps what lies in the segments that will be overwritten next.
func (k *keeping) ahead(most int64) {
	list := k.ring.Segments()
	var held, old int64
	for _, s := range list {
		held += s.Bytes
	}
	if held < most*6/10 {
		return
	}
	for _, s := range list {
		if old += s.Bytes; old > most/3 {
			return
		}
		k.keep(s)
	}
}

// keep keeps the packets of the incidents that nobody has closed out of one segment.
func (k *keeping) keep(s capture.Segment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	open, err := k.db.Incidents(davy.Query{Where: map[string][]string{"state": {davy.StateOpen, davy.StateAcknowledged}}, Limit: 500})
	if err != nil {
		k.note("evidence", err.Error())
		return
	}
	var due []davy.IncidentRow
	for i := range open.Items {
		v := &open.Items[i].IncidentRow
		if k.done[kept{v.ID, s.File}] != len(v.Findings) && nanos(v.First)-evidenceLead <= s.To && nanos(v.Last) >= s.From {
			due = append(due, *v)
		}
	}
	if len(due) == 0 {
		return
	}
	dropped, err := k.proofs.Keep(s.File, due, k.findings)
	if err != nil {
		k.note("evidence", "packets of an incident could not be kept: "+err.Error())
		return
	}
	for _, d := range dropped {
		k.note("evidence", "kept packets of "+d.Incident+" made way for those of graver incidents")
	}
	for i := range due {
		k.done[kept{due[i].ID, s.File}] = len(due[i].Findings)
	}
}

// forget drops what is known of segments that are gone.
func (k *keeping) forget(s capture.Segment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for at := range k.done {
		if at.segment <= s.File {
			delete(k.done, at)
		}
	}
}
