package app

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// The shard is the protocol.Sink: what dissectors tell goes to memory, judges and rows.

// side is the direction whose sender is the message's client.
func (s *shard) side(m *davy.Message) int {
	if m.Client == s.conv.A {
		return 0
	}
	return 1
}

// Message takes a message: the link counts it, the baseline remembers it, the judge judges
// it, and where asked for it becomes a row.
func (s *shard) Message(m *davy.Message) {
	s.place = m.Origin.Place + 1
	s.count.message(m)
	if m.Protocol == "" || s.conv == nil {
		return
	}
	client := s.side(m)
	l := s.talk.links[client]
	if l == nil || l.Gone() {
		l = s.link(s.conv, s.talk, client, m.Protocol, s.engine.known.owns(m.Protocol, m.Server.Port))
	}
	if l.Protocol != m.Protocol && s.engine.known.carries(l.Protocol, m.Protocol) {
		l.Protocol = m.Protocol
	}
	l.Use(m)
	memory := s.talk.memory[client]
	if memory == nil || memory.Gone() {
		memory = s.learned.Link(l.Hash, !l.News.Has(davy.NewLink))
		s.talk.memory[client] = memory
	}
	var news davy.News
	if !m.Quiet {
		news = s.learned.Take(memory, m, s.learning)
	}
	s.judge.Message(m, news, s.knownFor)
	if news.Has(davy.NewOperation) || news.Has(davy.FirstAnswer) { // who never sent before its answer is known by then
		s.news.talks = append(s.news.talks, talkNews{m.Client.Addr, m.Server.Addr, m.Protocol, m.Verb.Engineering(), news.Has(davy.NewWriter)})
		s.tell(talkEvent, len(s.news.talks))
	}
	if news.Has(davy.FirstAnswer) && m.Path.Kind != nil && !m.Server.Addr.Group() {
		s.news.facts = append(s.news.facts, davy.Fact{Time: s.now, Origin: m.Origin, About: m.Server.Addr, Path: m.Path, Attribute: davy.AttrBehind, Value: m.Protocol, Source: m.Protocol, Confidence: 50})
		s.tell(factEvent, len(s.news.facts))
	}
	attempts := len(s.news.attempts)
	if s.news.attempts = s.judge.AppendAttempt(s.news.attempts, m, news); len(s.news.attempts) > attempts {
		s.tell(attemptEvent, attempts+1)
	}
	if s.rows.wants(m, news) {
		s.rows.add(s, m)
	}
}

// Fact takes a fact, unless it was told a moment ago.
func (s *shard) Fact(f *davy.Fact, value []byte) {
	if !s.told.fresh(f, value) {
		return
	}
	k := *f
	k.Value = string(value)
	s.news.facts = append(s.news.facts, k)
	s.tell(factEvent, len(s.news.facts))
}

// maxAnnounced bounds the announcements a shard waits for.
const maxAnnounced = 256

// Expect takes an announcement. Between two addresses of this shard it holds at once; else
// it is handed round at the epoch's end.
func (s *shard) Expect(e *protocol.Expectation) {
	if len(s.announce) == maxAnnounced {
		s.lost++
		return
	}
	k := *e
	k.Note = append([]byte(nil), e.Note...)
	if !k.B.IsZero() && s.engine.shards[shardOf(k.A, k.B)] == s {
		s.hear(k)
		return
	}
	s.announce = append(s.announce, k)
}

// hear remembers an announcement that concerns this shard; the oldest makes room.
func (s *shard) hear(e protocol.Expectation) {
	s.heard++
	for i := range s.expected {
		if k := &s.expected[i]; k.Layer == e.Layer && k.A == e.A && k.B == e.B && k.Port == e.Port {
			*k = e
			return
		}
	}
	if len(s.expected) == maxAnnounced {
		s.lost++
		s.expected = append(s.expected[:0], s.expected[1:]...)
	}
	s.expected = append(s.expected, e)
}
