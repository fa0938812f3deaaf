package protocol

import (
	"slices"

	"github.com/davylamp/davy"
)

// maxTries is how many segments or datagrams of a conversation are shown to the probes
// before it counts as unknown; firstBytes is how much of a new stream is waited for before
// a try fails.
const (
	maxTries   = 32
	firstBytes = 64
)

// Session is what identification and dissection keep of one conversation. Sessions are
// made and taken back by a Set, which reuses them.
type Session struct {
	proto     *Protocol
	dissector Dissector
	nearer    Nearer // the same, where it is one
	carried   []carried
	tries     uint8
	client    int8    // the direction that the client sends in: 0 or 1, -1 not known
	told      bool    // a handshake, content or port told which is the client's; else it is a guess
	started   [2]bool // the direction has been read from its very beginning, or is in step
	held      [2]held // of a direction that is out of step: segments that may begin a message
	opaque    bool
	encrypted bool
	note      []byte
}

// Protocol is what the conversation was identified as, nil while it is not.
func (s *Session) Protocol() *Protocol { return s.proto }

// Client is the direction (0 or 1) that the client sends in, -1 while nobody knows.
func (s *Session) Client() int { return int(s.client) }

// Encrypted reports whether the conversation's payload cannot be read.
func (s *Session) Encrypted() bool { return s.encrypted }

// Undecided reports whether another try may still name the conversation.
func (s *Session) Undecided() bool { return s.proto == nil && s.tries < maxTries }

// Near asks for the memory that the dissector will look at, as [Nearer] says.
func (s *Session) Near(far bool) {
	if s.nearer != nil {
		s.nearer.Near(far)
	}
}

// Set is the list of protocols in use and the memory of their conversations. It belongs to
// one thread of work.
type Set struct {
	list  []*Protocol
	over  map[Layer][]*Protocol
	free  map[*Protocol][]Dissector
	spare []*Session
}

// NewSet takes the protocols in their order, which decides between equal guesses.
func NewSet(list []*Protocol) *Set {
	set := &Set{list: list, over: map[Layer][]*Protocol{}, free: map[*Protocol][]Dissector{}}
	for _, p := range list {
		for _, l := range p.Over {
			set.over[l] = append(set.over[l], p)
		}
	}
	return set
}

// Named finds a protocol by its name.
func (set *Set) Named(name string) *Protocol {
	for _, p := range set.list {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// PortOwners are the protocols that own a port on a layer, for judging protocols on foreign ports.
func (set *Set) PortOwners(layer Layer, port uint16) (owners []*Protocol) {
	for _, p := range set.over[layer] {
		if p.Owns(port) {
			owners = append(owners, p)
		}
	}
	return owners
}

// Open makes the session of a new conversation. client is the direction of the side that
// opened it where that was seen (a SYN), else -1. An expectation, where one was met, names
// the protocol beforehand.
func (set *Set) Open(client int, expected *Expectation) *Session {
	var s *Session
	if n := len(set.spare); n > 0 {
		s, set.spare = set.spare[n-1], set.spare[:n-1]
	} else {
		s = new(Session)
	}
	*s = Session{client: int8(client), told: client >= 0, carried: s.carried[:0], note: s.note[:0]}
	s.started = [2]bool{client >= 0, client >= 0}
	if expected != nil {
		if p := set.Named(expected.Protocol); p != nil {
			s.note = append(s.note, expected.Note...)
			set.take(s, p)
		}
	}
	return s
}

// Announce tells a conversation that is open already what an expectation says of it. It
// counts as met where nobody knows the protocol yet, and is nothing to another protocol.
func (set *Set) Announce(s *Session, e *Expectation) {
	if s.proto == nil {
		if p := set.Named(e.Protocol); p != nil {
			set.take(s, p)
		}
	}
	if s.proto != nil && s.proto.Name == e.Protocol {
		s.note = append(s.note[:0], e.Note...)
	}
}

// Close takes a session back.
func (set *Set) Close(s *Session) {
	if s.proto != nil {
		set.put(s.proto, s.dissector)
	}
	for _, k := range s.carried {
		if k.proto != nil {
			set.put(k.proto, k.dissector)
		}
	}
	clear(s.carried)
	s.proto, s.dissector, s.nearer = nil, nil, nil
	set.spare = append(set.spare, s)
}

func (set *Set) put(p *Protocol, d Dissector) {
	d.Reset()
	set.free[p] = append(set.free[p], d)
}

func (set *Set) get(p *Protocol) Dissector {
	if list := set.free[p]; len(list) > 0 {
		set.free[p] = list[:len(list)-1]
		return list[len(list)-1]
	}
	return p.New()
}

func (set *Set) take(s *Session, p *Protocol) {
	s.proto, s.dissector = p, set.get(p)
	s.nearer, _ = s.dissector.(Nearer)
}

// best asks every probe of a layer and returns the protocol that is surest and how sure it
// is, nil when none is sure enough.
func (set *Set) best(p *Peek) (found *Protocol, sure Guess) {
	sure.Confidence = enough - 1
	for _, q := range set.over[p.Layer] {
		if p.Layer == Ethernet && !slices.Contains(q.EtherTypes, p.EtherType) || p.Layer == IP && !slices.Contains(q.IPProtos, p.IPProto) {
			continue
		}
		if g := set.ask(q, p); g.Confidence > sure.Confidence {
			found, sure = q, g
		}
	}
	if found == nil {
		return nil, Guess{}
	}
	return found, sure
}

// ask is one probe's answer with its port's bonus; a port also tells the side where the content does not.
func (set *Set) ask(q *Protocol, p *Peek) Guess {
	g := q.Probe(p)
	if g.Confidence == 0 {
		return g
	}
	to, from := q.Owns(p.Receiver.Port), q.Owns(p.Sender.Port)
	if to || from {
		g.Confidence += ownPort
	}
	if g.From == Unknown && to != from {
		if g.From = FromClient; from {
			g.From = FromServer
		}
	}
	return g
}

// peek fills in what probes may look at, in the context because probes would send it to the heap.
func (c *Context) peek(b []byte) *Peek {
	c.peeked = Peek{Layer: c.Layer, Bytes: b, Sender: c.Sender, Receiver: c.Receiver, EtherType: c.EtherType, IPProto: c.IPProto}
	return &c.peeked
}

// Stream reads the unread in-order bytes b of direction dir (0 or 1), and returns how many
// were read and how many the next message needs in all.
func (set *Set) Stream(s *Session, c *Context, dir int, b []byte) (read, need int) {
	if s.opaque || s.proto == nil && s.tries >= maxTries {
		return len(b), 0
	}
	c.Resync = false
	if s.proto == nil || !s.started[dir] {
		c.Resync = s.proto != nil
		at, ok := set.step(s, c, dir, b)
		if !ok {
			return set.hold(s, dir, len(b))
		}
		read = at
	}
	if !s.told {
		set.reconsider(s, c, dir, b[read:])
	}
	set.turn(s, c, dir)
	for read < len(b) {
		n, want := s.dissector.Dissect(c, b[read:])
		c.Resync = false
		if n < 0 {
			s.started[dir] = false
			return len(b), 0
		}
		if read += n; s.opaque {
			return len(b), 0
		}
		if n == 0 {
			if want > MaxMessage {
				s.started[dir] = false
				return len(b), 0
			}
			return read, want
		}
	}
	return read, 0
}

// step identifies the conversation, or finds the start of a message after a loss: at the
// beginning, or where one of the segments at hand begins.
func (set *Set) step(s *Session, c *Context, dir int, b []byte) (at int, ok bool) {
	if s.started[dir] {
		q, g := set.best(c.peek(b))
		if q != nil {
			set.found(s, c, dir, q, g.From)
		}
		return 0, q != nil
	}
	h := &s.held[dir]
	h.note(len(b))
	var found *Protocol
	var from Role
	top := uint8(enough - 1)
	for _, i := range h.at[:h.n] {
		q, g := s.proto, Guess{}
		if q != nil {
			g = set.ask(q, c.peek(b[i:]))
		} else {
			q, g = set.best(c.peek(b[i:]))
		}
		if g.Confidence > top {
			top, found, from, at = g.Confidence, q, g.From, int(i)
		}
	}
	if found == nil {
		return 0, false
	}
	*h = held{}
	s.started[dir] = true
	if s.proto == nil {
		set.found(s, c, dir, found, from)
	}
	return at, true
}

// found takes q for the conversation's protocol, known by bytes of direction dir.
func (set *Set) found(s *Session, c *Context, dir int, q *Protocol, from Role) {
	set.take(s, q)
	s.started[dir] = true
	if s.client < 0 {
		s.client, s.told = side(dir, from, c.Sender, c.Receiver), from != Unknown
	}
}

// reconsider asks again who the client is, where that is a guess: what was read so far may
// have been either side's, and this tells. What the dissector remembers has the sides
// mixed up then, and goes.
func (set *Set) reconsider(s *Session, c *Context, dir int, b []byte) {
	g := set.ask(s.proto, c.peek(b))
	if g.Confidence < enough || g.From == Unknown {
		return
	}
	s.told = true
	if client := side(dir, g.From, c.Sender, c.Receiver); client != s.client {
		s.client = client
		s.dissector.Reset()
	}
}

// side decides which direction is the client's where no SYN told: by content or own port,
// else who sends to a group asks, else the lower port serves, else the lower address asks.
// Who happened to be seen first says nothing of a conversation joined in its middle.
func side(dir int, from Role, sender, receiver davy.Endpoint) int8 {
	asks := true // the sender
	switch {
	case from != Unknown:
		asks = from == FromClient
	case receiver.Addr.Group():
	case sender.Port != receiver.Port:
		asks = sender.Port > receiver.Port
	default:
		asks = sender.Addr.Compare(receiver.Addr) < 0
	}
	if asks {
		return int8(dir)
	}
	return int8(1 - dir)
}

func (set *Set) turn(s *Session, c *Context, dir int) {
	c.set, c.session, c.Note, c.Path, c.Called = set, s, s.note, davy.Path{}, nil
	switch c.Dir = FromServer; {
	case s.client < 0:
		c.Dir = Unknown
	case int(s.client) == dir:
		c.Dir = FromClient
	}
}

// Gap says that bytes of direction dir are missing: the stream there is out of step until
// a segment begins with what the probe knows.
func (set *Set) Gap(s *Session, dir int) { s.started[dir], s.held[dir] = false, held{} }

// Datagram reads one datagram, frame or packet of direction dir whole.
func (set *Set) Datagram(s *Session, c *Context, dir int, b []byte) {
	if s.opaque || s.proto == nil && s.tries >= maxTries {
		return
	}
	if s.proto == nil {
		p := c.peek(b)
		q, g := set.best(p)
		if q == nil {
			s.tries++
			return
		}
		set.take(s, q)
		if s.client < 0 {
			s.client = side(dir, g.From, p.Sender, p.Receiver)
		}
	}
	if s.client < 0 { // announced, and this is the first that is seen of it
		s.client = side(dir, set.ask(s.proto, c.peek(b)).From, c.Sender, c.Receiver)
	}
	set.turn(s, c, dir)
	s.dissector.Dissect(c, b)
}

// Side is the side that a datagram, frame or packet of a conversation comes from, as its
// content or port tells; Unknown where they do not.
func (set *Set) Side(s *Session, c *Context, b []byte) Role {
	switch {
	case s.opaque:
		return Unknown
	case s.proto != nil:
		return set.ask(s.proto, c.peek(b)).From
	case s.tries >= maxTries:
		return Unknown
	}
	_, g := set.best(c.peek(b))
	return g.From
}
