package app

import (
	"cmp"
	"slices"

	"github.com/davylamp/davy"
)

// event is what a shard hands to those who look across shards: a number in the list of its
// kind.
type event struct {
	time     int64  // message time: what waited has its place where it was released
	number   uint64 // of the packet in hand
	index    int32
	kind     eventKind
	learning bool
}

type eventKind uint8

const (
	seenEvent eventKind = iota
	factEvent
	linkEvent
	talkEvent
	attemptEvent
	findingEvent
)

// news is what a shard tells, by kind, since the last merge. The lists are reused.
type news struct {
	events   []event
	seen     []davy.Sighting
	facts    []davy.Fact
	links    []linkNews
	talks    []talkNews
	attempts []davy.Attempt
	findings []*davy.Finding
}

type linkNews struct {
	link   davy.Link
	news   davy.News
	origin davy.Origin
}

type talkNews struct {
	client, server davy.Addr
	protocol       string
	engineer       bool
	writes         bool
}

func (n *news) reset() {
	clear(n.facts) // they hold text
	clear(n.findings)
	n.events, n.seen, n.facts, n.links = n.events[:0], n.seen[:0], n.facts[:0], n.links[:0]
	n.talks, n.attempts, n.findings = n.talks[:0], n.attempts[:0], n.findings[:0]
}

// tell adds an event of a kind whose list has just grown to n.
func (s *shard) tell(kind eventKind, n int) {
	s.news.events = append(s.news.events, event{s.now, s.number, int32(n - 1), kind, s.learning})
}

type place struct {
	time   int64
	number uint64
	shard  int32
	index  int32
}

// doorway stands for the shard of what is known before packets go to one.
const doorway = -1

// merge hands the shards' events to the knowledge and the judges that look across, in the
// order of message time and of the packets that caused them: when an epoch ends, or what else
// is captured, changes nothing.
func (e *engine) merge() {
	e.order = e.order[:0]
	due := 0 // of those who showed themselves as routers, in order of time
	for due < len(e.routers) && e.routers[due].time <= e.now {
		e.order = append(e.order, place{e.routers[due].time, e.routers[due].number, doorway, int32(due)})
		due++
	}
	for i, s := range e.shards {
		for j := range s.news.events {
			v := &s.news.events[j]
			e.order = append(e.order, place{v.time, v.number, int32(i), int32(j)})
		}
	}
	slices.SortFunc(e.order, func(a, b place) int {
		switch {
		case a.time != b.time:
			return cmp.Compare(a.time, b.time)
		case a.number != b.number:
			return cmp.Compare(a.number, b.number)
		case a.shard != b.shard:
			return cmp.Compare(a.shard, b.shard)
		}
		return cmp.Compare(a.index, b.index)
	})
	for _, p := range e.order {
		if p.shard == doorway {
			e.assets.Router(e.routers[p.index].mac)
			continue
		}
		s := e.shards[p.shard]
		e.hear(&s.news, &s.news.events[p.index])
	}
	for _, s := range e.shards {
		_, s.extensions = s.judge.Drain(nil, s.extensions[:0])
		for _, x := range s.extensions {
			e.board.Extend(x)
		}
		s.news.reset()
	}
	e.routers = slices.Delete(e.routers, 0, due)
	if e.quiet {
		e.board.Quiet(e.now, e.origin)
	} else {
		e.board.Heard(e.now, e.origin)
	}
	e.take()
	e.handRound()
}

// hear is one event: knowledge first, then judgement.
func (e *engine) hear(n *news, v *event) {
	switch v.kind {
	case seenEvent:
		st := &n.seen[v.index]
		fresh := e.assets.Seen(st)
		e.board.Showed(st)
		if fresh {
			e.board.Arrived(st, v.learning)
		}
	case factEvent:
		f := &n.facts[v.index]
		if !e.board.Claim(f) {
			return
		}
		if change := e.assets.Tell(f); change != nil {
			e.board.Changed(change, v.learning)
		}
	case linkEvent:
		l := &n.links[v.index]
		e.board.Link(&l.link, l.news, l.origin)
		e.assets.Talk(l.link.Client, l.link.Server, l.link.Protocol, false, l.link.First)
	case talkEvent:
		t := &n.talks[v.index]
		e.assets.Talk(t.client, t.server, t.protocol, t.engineer, e.now)
		if t.writes && v.learning {
			e.assets.Writes(t.client)
		}
	case attemptEvent:
		e.board.Attempt(&n.attempts[v.index], v.learning)
	case findingEvent:
		e.board.Take(n.findings[v.index])
	}
}

// collect puts what the judge found just now among the shard's events.
func (s *shard) collect() {
	if !s.judge.Any() {
		return
	}
	before := len(s.news.findings)
	s.news.findings, s.extensions = s.judge.Drain(s.news.findings, s.extensions)
	for n := before; n < len(s.news.findings); n++ {
		s.tell(findingEvent, n+1)
		s.news.events[len(s.news.events)-1].time = s.news.findings[n].Time
	}
}

// handRound gives announcements to the shards they concern; they hold from the next epoch.
func (e *engine) handRound() {
	for _, s := range e.shards {
		for _, a := range s.announce {
			if a.B.IsZero() {
				for _, t := range e.shards {
					t.hear(a)
				}
				continue
			}
			e.shards[shardOf(a.A, a.B)].hear(a)
		}
		s.announce = s.announce[:0]
	}
}
