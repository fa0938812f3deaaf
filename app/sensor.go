package app

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
)

// gauge is what the engine and the machine showed a moment ago; rates are made of two.
type gauge struct {
	at                       time.Time
	packets, bytes, messages uint64
	drops, findings          uint64
	cpu                      time.Duration
}

// screens answers the API's questions about what runs.
type screens struct {
	*house
	mu     sync.Mutex
	before gauge
	rates  api.Rates
	cpu    float64
}

func (h *house) gauge() gauge {
	g := gauge{at: time.Now(), cpu: cpuTime(), findings: h.recorder.findings.Load()}
	if s := h.recorder.latest.Load(); s != nil {
		g.packets, g.bytes, g.messages, g.drops = s.Totals.Packets, s.Totals.Bytes, s.Totals.Messages, s.Totals.Dropped
		g.at = s.Made
	}
	return g
}

// beat measures rates since the last beat.
func (s *screens) beat() {
	g := s.gauge()
	s.mu.Lock()
	defer s.mu.Unlock()
	span := g.at.Sub(s.before.at).Seconds()
	if !s.before.at.IsZero() && span > 0 {
		per := func(now, then uint64) float64 { return float64(now-min(then, now)) / span }
		s.rates = api.Rates{Packets: per(g.packets, s.before.packets), Bytes: per(g.bytes, s.before.bytes), Messages: per(g.messages, s.before.messages)}
		s.cpu = (g.cpu - s.before.cpu).Seconds() / span
	}
	if span > 0 {
		s.before = g
	}
}

// Sensor is how the sensor is now.
func (s *screens) Sensor() (api.Sensor, error) {
	s.mu.Lock()
	v := api.Sensor{Rates: s.rates, CPU: s.cpu}
	s.mu.Unlock()
	v.Name, v.Version, v.Time, v.Started = s.desk.name, davy.Version, text(time.Now()), text(s.started)
	v.Key, v.Memory = s.key.Fingerprint(), residentBytes()
	v.Source = map[bool]string{true: "the simulated plant", false: "captures"}[s.demo != nil]
	if s.wire != nil {
		v.Source = "live"
	}
	v.Interfaces = s.interfaces()
	ring := s.ring.Stats()
	v.Ring = api.Ring{Bytes: uint64(ring.Bytes), MaxBytes: uint64(s.ringBytes()), Segments: ring.Segments, Dropped: ring.Dropped}
	if list := s.ring.Segments(); len(list) > 0 {
		v.Ring.From, v.Ring.To = text(time.Unix(0, list[0].From)), text(time.Unix(0, list[len(list)-1].To))
		for _, g := range list {
			v.Ring.Packets += g.Packets
		}
	}
	v.Disk = s.disk()
	if p := s.recorder.latest.Load(); p != nil {
		v.Message, v.Lost = text(time.Unix(0, p.Time)), p.Totals.Lost
	}
	v.Lines = s.health(&v, ring.Failing, ring.Lost)
	events, err := s.db.Events(davy.Query{Limit: 20})
	if err != nil {
		return v, err
	}
	for _, e := range events.Items {
		v.Events = append(v.Events, api.SensorEvent{Time: e.Time, Kind: e.Kind, Text: e.Text, Level: levelOf(e.Kind)})
	}
	return v, nil
}

func levelOf(kind string) string {
	switch kind {
	case "started", "stopped", "read":
		return "ok"
	}
	return "warn"
}

func (s *screens) interfaces() (list []api.Interface) {
	var names []string // by the numbers that packets carry
	if p := s.recorder.latest.Load(); p != nil {
		names = p.Sources
	}
	if s.wire == nil {
		for n, name := range names {
			packets, bytes := s.source.seen(n)
			list = append(list, api.Interface{Name: name, Up: true, Packets: packets, Bytes: bytes})
		}
		return list
	}
	for _, i := range s.wire.Stats() {
		v := api.Interface{Name: i.Name, Up: i.Up, Packets: i.Packets, Drops: i.Drops, Freezes: i.Freezes}
		if n := slices.Index(names, i.Name); n >= 0 {
			_, v.Bytes = s.source.seen(n)
		}
		list = append(list, v)
	}
	return list
}

func (h *house) ringBytes() int64 {
	if h.options.RingBytes > 0 {
		return h.options.RingBytes
	}
	return 2 << 30
}

func (s *screens) disk() (d api.Disk) {
	var st syscall.Statfs_t
	if syscall.Statfs(s.options.Data, &st) == nil {
		d.Free, d.Total = st.Bavail*uint64(st.Bsize), st.Blocks*uint64(st.Bsize)
	}
	for _, end := range []string{"", "-wal"} {
		if info, err := os.Stat(s.db.Path() + end); err == nil {
			d.Database += uint64(info.Size())
		}
	}
	if all, err := s.desk.proofs.keeper.All(); err == nil {
		d.Evidence = uint64(all.Bytes)
	}
	return d
}

// health says what is well and what is not, the worst first.
func (s *screens) health(v *api.Sensor, failing string, lost uint64) (lines []api.Line) {
	bad := func(name, value, hint string) {
		lines = append(lines, api.Line{Name: name, Value: value, Hint: hint, Level: "bad"})
	}
	if t := s.recorder.trouble.Load(); t != nil {
		bad("store", *t, "Davy goes on and writes what waits as soon as it can; make room on the disk, or look at the log")
	}
	if n := s.recorder.lost.Load(); n > 0 {
		bad("findings given up", fmt.Sprint(n), "the store could not be written for too long")
	}
	if err := s.db.AuditTrouble(); err != nil {
		bad("audit trail", err.Error(), "look with davy audit verify")
	}
	if failing != "" {
		bad("ring", failing, "packets are judged and not kept; make room on the disk")
	}
	if lost > 0 {
		lines = append(lines, api.Line{Name: "packets not kept", Value: fmt.Sprint(lost), Hint: "they were judged; the ring could not be written then", Level: "warn"})
	}
	if v.Disk.Total > 0 && v.Disk.Free < min(v.Disk.Total/20, 1<<30) {
		bad("disk", fmt.Sprintf("%d MB free", v.Disk.Free>>20), "free some space, or give the ring less (davy up --ring)")
	}
	for _, i := range v.Interfaces {
		switch {
		case !i.Up:
			bad("interface "+i.Name, "down", "check the cable and the mirror port; Davy goes on when it is back")
		case i.Drops > 0:
			lines = append(lines, api.Line{Name: "interface " + i.Name, Value: fmt.Sprintf("%d packets dropped by the kernel", i.Drops), Hint: "the machine is too slow for the mirror, or was for a moment: see davy doctor", Level: "warn"})
		}
	}
	for _, k := range slices.Sorted(maps.Keys(v.Lost)) {
		lines = append(lines, api.Line{Name: "no room for " + k, Value: fmt.Sprint(v.Lost[k]), Hint: "a table was full: what is new there cannot be told for sure", Level: "warn"})
	}
	if len(lines) == 0 {
		lines = append(lines, api.Line{Name: "sensor", Value: "all is well", Level: "ok"})
	}
	if dropped, err := s.db.Dropped(); err == nil { // a store that cannot be read is told above
		for _, d := range dropped {
			lines = append(lines, api.Line{Name: "stored " + d.What + " dropped", Value: fmt.Sprint(d.Count), Hint: "they were too old or too many: see davy up --keep", Level: "ok"})
		}
	}
	return lines
}

// Coverage is what is seen and what is not.
func (s *screens) Coverage() (api.Coverage, error) {
	p := s.recorder.latest.Load()
	if p == nil {
		return api.Coverage{Lines: []api.Line{{Name: "traffic", Value: "none yet", Level: "warn", Hint: "nothing was read yet: is the mirror port connected?"}}}, nil
	}
	var c api.Coverage
	for _, l := range p.Totals.Coverage() {
		if l.Level == "ok" {
			l.Hint = "" // nothing is to be done
		}
		c.Lines = append(c.Lines, api.Line{Name: l.Name, Value: l.Value, Level: l.Level, Hint: l.Hint})
	}
	rank := map[string]int{"bad": 0, "warn": 1, "ok": 2}
	slices.SortStableFunc(c.Lines, func(a, b api.Line) int { return rank[a.Level] - rank[b.Level] })
	return c, nil
}

// Learning says how far learning has come.
func (s *screens) Learning() api.Learning {
	p := s.recorder.latest.Load()
	if p == nil || p.Learning.Begun == 0 {
		return api.Learning{State: "off", Text: "Nothing was read yet."}
	}
	l := api.Learning{State: "guarding", Share: 1, Since: text(time.Unix(0, p.Learning.Begun))}
	if p.Learning.Until > 0 {
		l.Until = text(time.Unix(0, p.Learning.Until))
	}
	l.Text = fmt.Sprintf("Davy knows %d stations and %d links, and tells what is new.", p.Learning.Stations, p.Learning.Links)
	switch {
	case p.Learning.Active:
		span := p.Learning.Until - p.Learning.Begun
		l.State, l.Share = "learning", float64(p.Time-p.Learning.Begun)/float64(max(1, span))
		l.Text = fmt.Sprintf("Davy learns what is usual, for another %v; what is dangerous in itself is told already.", time.Duration(p.Learning.Until-p.Time).Round(time.Minute))
	case p.Learning.Until == 0:
		l.State, l.Text = "off", "Learning is off: everything is judged as new the first time it is seen."
	}
	return l
}

// Baseline sums up what was learned.
func (s *screens) Baseline() (api.Baseline, error) {
	b := api.Baseline{Learning: s.Learning(), Protocols: []api.BaselineProtocol{}}
	p := s.recorder.latest.Load()
	if p == nil {
		return b, nil
	}
	b.Stations, b.Links, b.Operations, b.Objects, b.Lost = p.Learning.Stations, p.Learning.Links, p.Learning.Operations, p.Learning.Objects, p.Totals.Lost
	for _, name := range slices.Sorted(maps.Keys(p.Learning.Protocols)) {
		q := p.Learning.Protocols[name]
		b.Protocols = append(b.Protocols, api.BaselineProtocol{Name: name, Links: q.Links, Operations: q.Operations})
	}
	return b, nil
}

// Minutes are the samples of the last minutes.
func (s *screens) Minutes(last time.Duration) ([]api.Minute, error) {
	list, err := s.db.Minutes(time.Now().Add(-last).UnixNano(), time.Now().UnixNano())
	out := make([]api.Minute, 0, len(list))
	for _, m := range list {
		out = append(out, api.Minute{Time: m.Time, Packets: m.Packets, Bytes: m.Bytes, Drops: m.Drops, Messages: m.Messages, Findings: m.Findings, Memory: m.Memory, CPU: m.CPU})
	}
	return out, err
}

func text(t time.Time) string { return string(davy.AppendTime(nil, t.UnixNano())) }
