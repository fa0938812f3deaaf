package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
	"github.com/davylamp/davy/evidence"
	"github.com/davylamp/davy/web"
)

// desk is what people see of the house: the API with everything that it asks for.
type desk struct {
	*house
	hub     *api.Hub
	server  *api.Server
	cert    *api.Certificate
	lists   *lists
	screens *screens
	name    string // of the sensor
	proofs  *proofs
	keeping *keeping
	uploads *uploads
	people  *people
}

// keptBytes bounds the packets that are kept of all incidents.
const keptBytes = 1 << 30

func newDesk(h *house) (*desk, error) {
	d := &desk{house: h, hub: api.NewHub()}
	dir := func(name string) (string, error) {
		path := filepath.Join(h.options.Data, name)
		return path, os.MkdirAll(path, 0o700)
	}
	keptDir, err := dir("evidence")
	if err != nil {
		return nil, err
	}
	captures, err := dir("captures")
	if err != nil {
		return nil, err
	}
	keys, err := dir("tls")
	if err != nil {
		return nil, err
	}
	if d.cert, err = api.OpenCertificate(keys, api.Hosts(h.options.Listen)); err != nil {
		return nil, err
	}
	name, err := os.Hostname()
	if err != nil {
		name = "sensor"
	}
	d.name = name
	d.proofs = h.proofs(&evidence.Keeper{Folder: keptDir, Who: whoTalks(), Each: evidence.Defaults, Total: keptBytes}, name)
	d.keeping = &keeping{house: h, proofs: d.proofs, done: map[kept]int{}}
	d.lists = &lists{db: h.db, learn: d.learned, now: d.messageTime, apply: func() {
		if err := h.apply(); err != nil {
			h.log.Error("what people decided could not be handed to the engine", "error", err)
		}
	}}
	d.screens = &screens{house: h}
	d.uploads = &uploads{house: h, dir: captures, show: d.hub.Capture, wake: make(chan struct{}, 1)}
	if d.people, err = newPeople(h.db); err != nil {
		return nil, err
	}
	d.server, err = api.New(api.Config{Inventory: d.lists, Judgements: d.lists, Counter: d.lists, Work: work{h}, Uploads: d.uploads, Evidence: packets{h, d.proofs},
		Plant: d.screens, Auditor: d.lists, Gate: d.people, People: d.people, Hub: d.hub, Console: web.Console(), Log: h.log})
	return d, err
}

// learned is the message time until which was learned.
func (d *desk) learned() int64 {
	p := d.recorder.latest.Load()
	if p == nil {
		return 0
	}
	return min(p.Learning.Until, p.Time)
}

// messageTime is how far message time has come; before anything was read, the machine's.
func (d *desk) messageTime() int64 {
	if p := d.recorder.latest.Load(); p != nil && p.Time != 0 {
		return p.Time
	}
	return time.Now().UnixNano()
}

// serve opens the console until the context ends.
func (d *desk) serve(ctx context.Context) error {
	setup, err := d.people.offer()
	if err != nil {
		return err
	}
	address := "https://" + d.listener.Addr().String()
	if setup != "" {
		setup = address + "/setup#token=" + setup
	}
	if d.options.Say != nil {
		d.options.Say(Opened{Address: address, Setup: setup, Fingerprint: d.cert.Fingerprint(), Key: d.key.Fingerprint()})
	}
	beats := make(chan struct{})
	go func() { defer close(beats); d.beat(ctx) }()
	reads := make(chan struct{})
	go func() { defer close(reads); d.uploads.work(ctx) }()
	err = d.server.Serve(ctx, d.listener, d.cert)
	<-beats
	<-reads
	return err
}

// fewAssets are how many are told one by one; of more it is said that there are many.
const fewAssets = 50

// show tells everybody who looks on what is in the store by now.
func (d *desk) show(t *tidings) {
	for i := range t.Findings {
		d.hub.Finding(t.Findings[i].Row)
	}
	for i := range t.Incidents {
		if v, err := d.lists.Incident(t.Incidents[i].ID); err == nil {
			d.hub.Incident(v)
			if d.options.Incident != nil {
				d.options.Incident(v)
			}
		}
	}
	if since := d.lists.fresh(); len(t.Changed) <= fewAssets {
		for i := range t.Changed {
			d.hub.Asset(t.Changed[i].ID, t.Changed[i].First >= since)
		}
	} else {
		d.hub.Asset("", false)
	}
	if len(t.Findings)+len(t.Incidents) > 0 || t.Snapshot != nil {
		d.home()
	}
}

// home tells Home's numbers.
func (d *desk) home() {
	d.hub.Home(func() (n api.HomeNote, err error) {
		if n.Counts, err = d.lists.Counts(); err == nil {
			n.New, err = d.lists.News(time.Now().Add(-newFor))
		}
		return n, err
	})
}

// beat tells how the sensor is every two seconds, keeps packets ahead of the ring, samples
// each minute, and keeps the store within its bounds.
func (d *desk) beat(ctx context.Context) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	var minute, before gauge
	var kept, retained time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			d.screens.beat()
			if s, err := d.screens.Sensor(); err == nil && d.hub.Watched() > 0 {
				d.hub.Sensor(s)
			}
			if now.Sub(kept) > keepEvery {
				kept = now
				d.keeping.ahead(d.ringBytes())
			}
			if before = d.gauge(); now.Truncate(time.Minute) != minute.at.Truncate(time.Minute) {
				if !minute.at.IsZero() {
					d.sample(minute, before)
				}
				minute = before
				minute.at = now
			}
			if now.Sub(retained) > time.Hour {
				retained = now
				d.retain()
			}
		}
	}
}

// sample keeps what the sensor did in a minute.
func (d *desk) sample(a, b gauge) {
	m := davy.Minute{Time: text(a.at.Truncate(time.Minute)), Packets: b.packets - min(a.packets, b.packets), Bytes: b.bytes - min(a.bytes, b.bytes), Drops: b.drops - min(a.drops, b.drops),
		Messages: b.messages - min(a.messages, b.messages), Findings: b.findings - a.findings, Memory: residentBytes(), CPU: (b.cpu - a.cpu).Seconds() / 60}
	if err := d.db.PutMinute(m); err != nil {
		d.log.Error("a minute could not be kept", "error", err)
	}
}

// retain keeps the store within its age and size.
func (d *desk) retain() {
	most := d.options.StoreBytes
	if most <= 0 {
		most = 2 << 30
	}
	if err := d.db.Retain(d.options.KeepDays, most); err != nil {
		d.note("store", fmt.Sprintf("old rows could not be dropped: %v", err))
	}
}
