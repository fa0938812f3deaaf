package app

import (
	"slices"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/inventory"
	"github.com/davylamp/davy/packet"
)

// snapshot is what the engine knows at a moment, for the store and the screens. It is made
// without changing anything, so that how often that happens changes no result.
type snapshot struct {
	Made     time.Time // by the machine's clock
	Time     int64     // message time
	Assets   []davy.Asset
	Links    []davy.Link // those that say more than when they were last told
	Totals   *Summary    // without rows
	Sources  []string    // names of the interfaces
	Learning learned
}

// learned is how far learning has come, and what was learned.
type learned struct {
	Begun, Until int64 // message time; Until 0: no learning by time
	Active       bool
	Stations     int
	Links        int
	Operations   int
	Objects      int
	Protocols    map[string]perLearned
}

type perLearned struct{ Links, Operations int }

// linkTold is how a link was when it was told last.
type linkTold struct {
	at         int64 // message time
	operations int
	flags      uint8
	protocol   string
}

// linkEvery is how often the counters of a link are told while nothing else of it changes.
const linkEvery = int64(60e9)

func (e *engine) snapshot() *snapshot {
	s := &snapshot{Made: time.Now(), Time: e.now, Assets: e.assets.Rows(e.options.Site), Totals: e.totals(), Sources: slices.Clone(e.source.Interfaces())}
	s.Totals.Assets, s.Totals.From, s.Totals.To = len(s.Assets), e.first, e.now
	s.Learning = learned{Begun: e.first, Until: e.learnUntil, Active: e.started && e.learns(e.number, e.now), Stations: len(s.Assets), Protocols: map[string]perLearned{}}
	if n := e.links(); e.live.links == nil || len(e.live.links) > 2*n+1024 { // of links that were evicted since
		e.live.links = make(map[uint64]linkTold, n)
	}
	for _, sh := range e.shards {
		links, operations, objects := sh.learned.Totals()
		s.Learning.Links, s.Learning.Operations, s.Learning.Objects = s.Learning.Links+links, s.Learning.Operations+operations, s.Learning.Objects+objects
		open := sh.unfolded()
		for _, l := range sh.links.All() {
			s.count(sh, l)
			if e.live.due(e.now, sh, l) {
				r := sh.linkRow(l)
				r.ID = linkID(l.Hash)
				if d := open[l]; d != nil {
					d.addTo(&r)
				}
				s.Links = append(s.Links, r)
			}
		}
	}
	return s
}

// links is how many links all shards hold.
func (e *engine) links() (n int) {
	for _, sh := range e.shards {
		n += len(sh.links.All())
	}
	return n
}

func (s *snapshot) count(sh *shard, l *inventory.Link) {
	n := sh.operations(l)
	s.Totals.Links++
	if l.OneWay() {
		s.Totals.OneWayLinks++
	}
	if l.Protocol != "" {
		p := s.Learning.Protocols[l.Protocol]
		p.Links, p.Operations = p.Links+1, p.Operations+n
		s.Learning.Protocols[l.Protocol] = p
	}
}

// operations is how many operations a link is known for.
func (s *shard) operations(l *inventory.Link) int {
	if m := s.learned.Find(l.Hash); m != nil {
		return m.Count()
	}
	return 0
}

// due reports whether a link is to be told, and notes that it was.
func (v *live) due(now int64, sh *shard, l *inventory.Link) bool {
	t := linkTold{at: now, operations: sh.operations(l), protocol: l.Protocol}
	if l.OneWay() {
		t.flags |= 1
	}
	if l.Encrypted {
		t.flags |= 2
	}
	old, known := v.links[l.Hash]
	same := known && old.operations == t.operations && old.flags == t.flags && old.protocol == t.protocol
	if same && (l.Last <= old.at || now-old.at < linkEvery) {
		return false
	}
	v.links[l.Hash] = t
	return true
}

// part is what open conversations have counted and not yet added to their link.
type part struct {
	packets, bytes uint64
	first, last    int64
}

func (p *part) addTo(l *davy.Link) {
	l.Packets, l.Bytes = l.Packets+p.packets, l.Bytes+p.bytes
	l.First, l.Last = min(l.First, p.first), max(l.Last, p.last)
}

// unfolded are those parts of a shard's links.
func (s *shard) unfolded() map[*inventory.Link]*part {
	open := map[*inventory.Link]*part{}
	s.table.Each(func(c *packet.Conversation) {
		t := c.User.(*talk)
		for _, l := range t.links {
			if l == nil || l.Gone() {
				continue
			}
			p := open[l]
			if p == nil {
				p = &part{first: c.First}
				open[l] = p
			}
			for d := range 2 {
				p.packets += c.Packets[d] - t.packets[d]
				p.bytes += c.Bytes[d] - t.bytes[d]
			}
			p.first, p.last = min(p.first, c.First), max(p.last, c.Last)
		}
	})
	return open
}

// linkID is a link's id in the store: the same in each run.
func linkID(hash uint64) string {
	const hex = "0123456789abcdef"
	b := []byte("L-0000000000000000")
	for i := range 16 {
		b[2+i] = hex[hash>>(60-4*i)&15]
	}
	return string(b)
}
