package protocol

import "github.com/davylamp/davy"

// Context is what a dissector works in: who sends, when, and where its results go.
type Context struct {
	Layer     Layer
	Dir       Role // who sends these bytes: by SYN, by content, or by port; for datagrams by who spoke first
	Sender    davy.Endpoint
	Receiver  davy.Endpoint
	SenderMAC davy.MAC // of the frame: the sender's own only on its own segment
	DestMAC   davy.MAC
	Time      int64
	Origin    davy.Origin
	EtherType uint16
	IPProto   uint8
	Sliced    int       // datagrams: bytes that the capture cut off at the end
	Duplicate bool      // datagrams: a copy by the mirror; read for its row only
	Note      []byte    // what an Expectation said of this conversation
	Path      davy.Path // the device behind the server's address, as a carrying protocol said; Begin puts it into the message
	Called    []byte    // the selector within the server that a carrying protocol was asked to reach (COTP: the called TSAP); what it means is the carried protocol's own

	// Resync says that the stream was out of step and the bytes now given begin afresh: what
	// was half read of this direction before is gone.
	Resync bool

	Sink Sink

	message davy.Message
	fact    davy.Fact
	peeked  Peek
	session *Session
	set     *Set
}

// Packet starts a new packet: its messages are counted from place 0 again.
func (c *Context) Packet(time int64, o davy.Origin) {
	c.Time, c.Origin = time, o
	c.message.Origin.Place = o.Place
}

// Begin returns the reused message, cleared and addressed: reply says that it travels from
// server to client, which makes the sender the server.
func (c *Context) Begin(protocol string, reply bool) *davy.Message {
	m := &c.message
	place := m.Origin.Place
	// One field after the other: a literal would be made elsewhere first and then copied.
	*m = davy.Message{}
	m.Time, m.Origin, m.Protocol, m.Reply, m.Duplicate, m.Path = c.Time, c.Origin, protocol, reply, c.Duplicate, c.Path
	m.Origin.Place = place
	if reply {
		m.Client, m.Server = c.Receiver, c.Sender
	} else {
		m.Client, m.Server = c.Sender, c.Receiver
	}
	return m
}

// Message is the message begun last.
func (c *Context) Message() *davy.Message { return &c.message }

// Emit hands the message on. The same message may be changed and emitted again: items of
// one message are emitted one by one with Part and Parts set.
func (c *Context) Emit() {
	c.Sink.Message(&c.message)
	c.message.Origin.Place++
}

// Tell hands on a fact about the sender. An empty value is no fact.
func (c *Context) Tell(a davy.Attribute, value []byte, source string, confidence uint8) {
	c.TellOf(c.Sender.Addr, davy.Path{}, a, value, source, confidence)
}

// TellOf hands on a fact about any device: an address, and what is behind it.
func (c *Context) TellOf(about davy.Addr, path davy.Path, a davy.Attribute, value []byte, source string, confidence uint8) {
	if len(value) == 0 || c.Duplicate {
		return
	}
	c.fact = davy.Fact{Time: c.Time, Origin: c.Origin, About: about, Path: path, Attribute: a, Source: source, Confidence: confidence}
	c.Sink.Fact(&c.fact, value)
}

// Expect announces another conversation.
func (c *Context) Expect(e *Expectation) {
	if !c.Duplicate {
		c.Sink.Expect(e)
	}
}

// Opaque says that the rest of the conversation is of no interest or cannot be read; no
// more bytes come.
func (c *Context) Opaque(encrypted bool) {
	if c.session != nil {
		c.session.opaque = true
		c.session.encrypted = c.session.encrypted || encrypted
	}
}

// Carry hands payload to a protocol that is carried by layer, identified by content once
// per conversation. It reports whether some protocol took it: a carried protocol refuses
// bytes that are not its own by answering read < 0, having emitted nothing.
func (c *Context) Carry(layer Layer, b []byte) bool {
	if c.set == nil || c.session == nil {
		return false
	}
	return c.set.carry(c, layer, b)
}
