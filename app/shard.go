package app

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/baseline"
	"github.com/davylamp/davy/detect"
	"github.com/davylamp/davy/inventory"
	"github.com/davylamp/davy/packet"
	"github.com/davylamp/davy/protocol"
)

// shard is one 64th of the links, with all that belongs to them. One worker at a time runs it.
type shard struct {
	engine     *engine
	sums       packet.Checksums
	table      *packet.Table
	set        *protocol.Set
	links      *inventory.Links
	learned    *baseline.Table
	judge      *detect.Judge
	seen       sightings
	told       facts
	expected   []protocol.Expectation
	heard      uint32 // announcements so far, and one: a conversation that was loaded asks anew
	count      counters
	rows       rows
	news       news
	extensions []davy.Extension
	announce   []protocol.Expectation
	context    *protocol.Context // the worker's
	free       []*talk

	// of the packet in hand
	number   uint64
	now      int64
	learning bool
	talk     *talk
	conv     *packet.Conversation
	frame    davy.Origin
	place    uint16
	knownFor func(m *davy.Message) string
	base     packet.Stats // of the table when the run began
	lost     uint64       // expectations that found no room
}

// talk is what a shard keeps with a conversation.
type talk struct {
	session  *protocol.Session
	links    [2]*inventory.Link // with direction 0, or 1, as the client's
	memory   [2]*baseline.Link
	named    bool      // the protocol was judged by its port
	linked   bool      // some link was made
	asked    bool      // an attempt was told, and no answer yet
	heard    uint32    // how many announcements the shard had heard when this conversation last asked
	payloads uint8     // packets with payload, up to unknownAfter
	packets  [2]uint64 // as folded into the link
	bytes    [2]uint64
}

func newShard(e *engine) *shard {
	c := e.ceilings
	s := &shard{engine: e, table: packet.NewTable(c.table), set: protocol.NewSet(e.known.list), links: inventory.NewLinks(c.links),
		learned: baseline.NewTable(c.learned), judge: detect.NewJudge(&e.judging)}
	s.context = &e.workers[0].context
	s.heard = 1
	s.rows.mode = e.options.Messages
	s.knownFor = func(m *davy.Message) string {
		if l := s.talk.memory[s.side(m)]; l != nil {
			return s.learned.Known(l, m)
		}
		return ""
	}
	return s
}

// take runs one packet through the shard.
func (s *shard) take(p *packet.Packet) {
	s.number, s.now, s.learning = p.Number, p.Time, s.engine.learning(p)
	s.frame, s.place = p.Origin, 0
	s.conv, s.talk = nil, nil
	s.count.packets++
	s.count.bytes += uint64(p.Wire)
	switch {
	case p.Copy:
		s.count.duplicates++
		s.rows.echo(p, s.engine.name(p.Origin.File))
		return
	case p.Kind == packet.Undecoded:
		s.count.undecoded++
		return
	case !s.sums.Check(p):
		s.count.badChecksum++
		return
	}
	if p.Defect != "" {
		s.broken(p)
	}
	if s.seen.fresh(p) {
		s.news.seen = append(s.news.seen, davy.Sighting{Time: p.Time, Origin: p.Origin, Addr: p.Src, MAC: p.SrcMAC, Interface: p.Interface, VLAN: p.VLAN, TTL: p.TTL})
		s.tell(seenEvent, len(s.news.seen))
	}
	s.table.Take(p, s)
	s.collect()
}

// broken tells of a packet that is wrong below any protocol.
func (s *shard) broken(p *packet.Packet) {
	m := davy.Message{Time: p.Time, Origin: p.Origin, Client: davy.Endpoint{Addr: p.Src, Port: p.SrcPort}, Server: davy.Endpoint{Addr: p.Dst, Port: p.DstPort},
		Protocol: layers[p.Kind], Verb: davy.Other, Defect: p.Defect}
	m.Origin.Place = s.place
	s.place++
	s.count.message(&m)
	s.judge.Message(&m, 0, nil)
	s.rows.add(s, &m)
}

// layers names what a packet is where no protocol does.
var layers = map[packet.Kind]string{packet.Undecoded: "undecoded", packet.Frame: "ethernet", packet.IPOnly: "ip", packet.TCPSegment: "tcp", packet.UDPDatagram: "udp"}

// end closes an epoch: what waited long enough is released.
func (s *shard) end(number uint64, now int64) {
	s.number, s.now = number, now
	s.table.Tick(now, s)
	s.collect()
}

// flush closes an input: nothing is held back any longer, and open links are counted.
func (s *shard) flush(number uint64, now int64) {
	s.number, s.now = number, now
	s.table.Flush(s)
	s.seen.rest(func(e *sighted) {
		s.news.seen = append(s.news.seen, davy.Sighting{Time: e.last, Origin: s.engine.origin, Addr: e.addr, MAC: e.mac})
		s.tell(seenEvent, len(s.news.seen))
	})
	s.table.Each(func(c *packet.Conversation) {
		s.unknown(c)
		s.fold(c)
	})
	s.collect()
	s.judge.Forget()
}
