package app

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/inventory"
	"github.com/davylamp/davy/packet"
	"github.com/davylamp/davy/protocol"
)

// The shard is the packet.Taker: conversations and their bytes go to the dissectors.

func layerOf(c *packet.Conversation) (protocol.Layer, inventory.Service, uint16) {
	switch c.Kind {
	case packet.TCPSegment:
		return protocol.TCP, inventory.OverTCP, 0
	case packet.UDPDatagram:
		return protocol.UDP, inventory.OverUDP, 0
	case packet.IPOnly:
		return protocol.IP, inventory.OverIP, uint16(c.IPProto)
	}
	return protocol.Ethernet, inventory.OverEthernet, c.EtherType
}

// Open begins a conversation.
func (s *shard) Open(c *packet.Conversation, p *packet.Packet) {
	s.at(p.Time)
	t := s.newTalk()
	c.User = t
	layer, _, _ := layerOf(c)
	t.session = s.set.Open(int(c.Opener), s.expectation(c, layer))
	t.heard = s.heard
	if !p.Copy && (c.Kind == packet.TCPSegment && p.Flags&(packet.SYN|packet.ACK) == packet.SYN || c.Kind == packet.UDPDatagram && s.Side(c, 0, p) != packet.Answers) {
		_, over, _ := layerOf(c)
		if !s.links.Knows(inventory.LinkKey{Client: c.A.Addr, Server: c.B.Addr, Service: inventory.ServiceOf(over, c.B.Port, true)}) {
			t.asked = true
			s.attempt(c, 0, string(layer), davy.Asked)
		}
	}
}

// at is the moment in hand: the packet's, or that of the release of one that waited.
func (s *shard) at(now int64) {
	if now != s.now {
		s.now, s.learning = now, s.engine.learns(s.number, now)
	}
}

func (s *shard) newTalk() *talk {
	if n := len(s.free); n > 0 {
		t := s.free[n-1]
		s.free = s.free[:n-1]
		*t = talk{}
		return t
	}
	return new(talk)
}

func (s *shard) attempt(c *packet.Conversation, dir int, layer string, o davy.Outcome) {
	s.news.attempts = append(s.news.attempts, davy.Attempt{Time: s.now, Origin: s.frame, From: c.Sender(dir), To: c.Receiver(dir), Layer: layer, Outcome: o})
	s.tell(attemptEvent, len(s.news.attempts))
}

// announced tells an open conversation what was announced of it since it last asked.
func (s *shard) announced(c *packet.Conversation, t *talk, layer protocol.Layer) {
	if t.heard == s.heard {
		return
	}
	t.heard = s.heard
	if e := s.expectation(c, layer); e != nil {
		s.set.Announce(t.session, e)
	}
}

// answered tells once that an attempt was answered.
func (s *shard) answered(c *packet.Conversation, t *talk, layer protocol.Layer) {
	if t.asked && c.Answered {
		t.asked = false
		s.attempt(c, 0, string(layer), davy.Answered)
	}
}

// prepare sets the context for bytes of a direction.
func (s *shard) prepare(c *packet.Conversation, dir int, at *packet.Arrival, layer protocol.Layer) *protocol.Context {
	x := s.context
	x.Sink = s
	if at.Origin.File != s.frame.File || at.Origin.Frame != s.frame.Frame {
		s.place = 0
	}
	s.frame = at.Origin
	s.at(at.Time)
	o := at.Origin
	o.Place = s.place
	x.Packet(at.Time, o)
	x.Layer, x.Sender, x.Receiver = layer, c.Sender(dir), c.Receiver(dir)
	x.SenderMAC, x.DestMAC, x.EtherType, x.IPProto, x.Sliced = at.SrcMAC, at.DstMAC, c.EtherType, c.IPProto, 0
	s.conv, s.talk = c, c.User.(*talk)
	return x
}

// Stream hands in-order bytes to the conversation's dissector.
func (s *shard) Stream(c *packet.Conversation, dir int, b []byte, at *packet.Arrival) (read, need int) {
	x := s.prepare(c, dir, at, protocol.TCP)
	t := s.talk
	s.announced(c, t, protocol.TCP)
	s.answered(c, t, protocol.TCP)
	read, need = s.set.Stream(t.session, x, dir, b)
	s.after(c, t, at.Time, at.Origin)
	return read, need
}

// Side tells requests from answers, so that an answer can wait for a request that comes late.
func (s *shard) Side(c *packet.Conversation, dir int, p *packet.Packet) packet.Side {
	layer, _, _ := layerOf(c)
	at := packet.Arrival{Time: p.Time, Origin: p.Origin, SrcMAC: p.SrcMAC, DstMAC: p.DstMAC}
	x := s.prepare(c, dir, &at, layer)
	switch s.set.Side(s.talk.session, x, p.Payload) {
	case protocol.FromClient:
		return packet.Asks
	case protocol.FromServer:
		return packet.Answers
	}
	return packet.NoSide
}

// Datagram hands a datagram, packet or frame to the conversation's dissector.
func (s *shard) Datagram(c *packet.Conversation, dir int, p *packet.Packet) {
	layer, _, _ := layerOf(c)
	at := packet.Arrival{Time: p.Time, Origin: p.Origin, SrcMAC: p.SrcMAC, DstMAC: p.DstMAC}
	x := s.prepare(c, dir, &at, layer)
	x.Sliced = p.Missing
	t := s.talk
	s.announced(c, t, layer)
	s.answered(c, t, layer)
	s.set.Datagram(t.session, x, dir, p.Payload)
	s.after(c, t, p.Time, p.Origin)
}

// after looks at what became known of a conversation: its protocol, or that nobody knows it.
func (s *shard) after(c *packet.Conversation, t *talk, now int64, o davy.Origin) {
	q := t.session.Protocol()
	if q == nil {
		if t.payloads < unknownAfter {
			t.payloads++
		}
		if !t.session.Undecided() || t.payloads == unknownAfter {
			s.unknown(c)
		}
	} else if !t.named {
		t.named = true
		if client := t.session.Client(); client >= 0 && (c.Kind == packet.TCPSegment || c.Kind == packet.UDPDatagram) {
			layer, _, _ := layerOf(c)
			s.judge.Identified(c.Sender(client), c.Receiver(client), string(layer), q.Name, now, o)
			if q.Encrypted && !t.linked { // joined in its middle it says nothing, and is a link all the same
				s.link(c, t, client, q.Name, q.Owns(c.Receiver(client).Port))
			}
		}
	}
	for _, l := range t.links {
		if l != nil && l.Watched {
			s.judge.GoesOn(l.Key.Client, l.Key.Server, now, o)
		}
	}
}

// unknownAfter is how many packets with payload a conversation brings before it counts as a
// link although nobody knows its protocol yet.
const unknownAfter = 3

// unknown makes the link of a conversation that nobody could name: the lower port serves,
// where no handshake told.
func (s *shard) unknown(c *packet.Conversation) {
	t := c.User.(*talk)
	if t.linked || c.Kind == packet.TCPSegment && c.Bytes[0]+c.Bytes[1] == 0 {
		return
	}
	client := int(c.Opener)
	if client < 0 {
		client = t.session.Client()
	}
	if client < 0 {
		client = inventory.Asker(c.A, c.B)
	}
	s.link(c, t, client, "", false)
}

// link finds or makes the link of a conversation with the client in direction client.
func (s *shard) link(c *packet.Conversation, t *talk, client int, protocol string, own bool) *inventory.Link {
	if l := t.links[client]; l != nil && !l.Gone() {
		return l
	}
	_, over, number := layerOf(c)
	from, to := c.Sender(client), c.Receiver(client)
	if over == inventory.OverTCP || over == inventory.OverUDP {
		number = to.Port
	}
	l, fresh := s.links.Touch(inventory.LinkKey{Client: from.Addr, Server: to.Addr, Service: inventory.ServiceOf(over, number, own)}, s.now)
	t.links[client], t.linked = l, true
	t.memory[client] = nil
	if l.Protocol == "" || s.engine.known.carries(l.Protocol, protocol) {
		l.Protocol = protocol
	}
	if fresh {
		if t.links[1-client] != nil {
			l.News &^= davy.NewLink // the same two, only the other way round than was thought
		}
		news := l.News
		if s.learning {
			news |= davy.Learning
		}
		l.Watched = s.judge.Watch(l.Key.Client, l.Key.Server, news)
		s.news.links = append(s.news.links, linkNews{news: news, origin: s.frame,
			link: davy.Link{Client: from.Addr, Server: to.Addr, Port: l.Key.Service.Port(), Transport: l.Key.Service.Layer(), Protocol: l.Protocol, First: s.now}})
		s.tell(linkEvent, len(s.news.links))
	}
	return l
}

// fold adds what a conversation counted since the last time to its link.
func (s *shard) fold(c *packet.Conversation) {
	t := c.User.(*talk)
	for client, l := range t.links {
		if l == nil || l.Gone() {
			continue
		}
		for d := range 2 {
			l.Packets += c.Packets[d] - t.packets[d]
			l.Bytes += c.Bytes[d] - t.bytes[d]
		}
		l.Asked, l.Spoke = l.Asked || c.Bytes[client] > 0, l.Spoke || c.Bytes[1-client] > 0
		l.Encrypted = l.Encrypted || t.session.Encrypted()
		l.First, l.Last = min(l.First, c.First), max(l.Last, c.Last)
		t.packets, t.bytes = c.Packets, c.Bytes
	}
}

// Gap says that bytes will not come.
func (s *shard) Gap(c *packet.Conversation, dir int, n uint32, at *packet.Arrival) {
	s.set.Gap(c.User.(*talk).session, dir)
}

// Defect tells what is wrong with a conversation's packets as a message without a protocol's
// name but its transport's.
func (s *shard) Defect(c *packet.Conversation, dir int, d davy.Defect, at *packet.Arrival) {
	s.prepare(c, dir, at, protocol.TCP)
	m := davy.Message{Time: at.Time, Origin: at.Origin, Client: c.Sender(dir), Server: c.Receiver(dir), Protocol: "tcp", Verb: davy.Other, Defect: d}
	m.Origin.Place = s.place
	s.place++
	s.count.message(&m)
	s.judge.Message(&m, 0, nil)
	s.rows.add(s, &m)
}

// Close takes back what was kept with a conversation.
func (s *shard) Close(c *packet.Conversation, why packet.Reason) {
	t := c.User.(*talk)
	s.unknown(c)
	s.fold(c)
	if t.session.Encrypted() {
		s.count.encrypted++
	}
	s.set.Close(t.session)
	t.session = nil
	s.free = append(s.free, t)
}

// expectation finds what was announced of a conversation that begins.
func (s *shard) expectation(c *packet.Conversation, layer protocol.Layer) *protocol.Expectation {
	for i := range s.expected {
		e := &s.expected[i]
		if e.Layer == layer && e.Until >= s.now && (e.Meets(c.A, c.B.Addr) || e.Meets(c.B, c.A.Addr)) {
			return e
		}
	}
	return nil
}
