// Package protocol knows protocols by their content and reads them into messages and
// facts. A protocol is a value of type [Protocol] declared in a folder of its own below
// this one; the list of them, protocol/all, is generated. This package holds what they
// share: identification ([Set], [Session]), the context a dissector works in ([Context])
// and the requests that wait for a reply ([Pending]).
//
// It opens nothing, keeps no clock and starts no goroutine. A port is a hint here, never
// proof. Nothing in it may depend on one protocol's name.
package protocol

import "github.com/davylamp/davy"

// Layer is what carries a protocol: a transport, or another protocol that hands on payload.
type Layer string

// The transports. A protocol that carries others declares its own Layer, named like itself.
const (
	TCP      Layer = "tcp"
	UDP      Layer = "udp"
	IP       Layer = "ip"       // directly over IP, told apart by the IP protocol number
	Ethernet Layer = "ethernet" // directly over Ethernet, told apart by the EtherType
)

// Role says which side of a conversation bytes come from.
type Role uint8

// Roles.
const (
	Unknown Role = iota
	FromClient
	FromServer
)

// Other is the opposite side.
func (r Role) Other() Role {
	switch r {
	case FromClient:
		return FromServer
	case FromServer:
		return FromClient
	}
	return Unknown
}

// Peek is what a probe may look at: the first unread bytes of one direction. They may hold
// several messages, or a part of one.
type Peek struct {
	Layer     Layer
	Bytes     []byte
	Sender    davy.Endpoint
	Receiver  davy.Endpoint
	EtherType uint16 // Ethernet
	IPProto   uint8  // IP
}

// Guess is a probe's answer.
type Guess struct {
	// Confidence from 0 (not mine) to 100. 90: a magic of four bytes or more, or several
	// fields that agree. 60: the structure fits. 30: possible; enough on the protocol's own
	// port only, which adds 20. From 50 on the protocol is taken; the highest wins.
	Confidence uint8
	// From is the side that sends such bytes, where the content tells.
	From Role
}

// Confidence levels for probes.
const (
	Possible = 30
	Likely   = 60
	Certain  = 90
	ownPort  = 20
	enough   = 50
)

// Protocol is a protocol declared as a value.
type Protocol struct {
	Name       string   // the field's name, lower case: modbus, s7, enip
	Also       []string // other names that its messages carry, of what it reads itself: enip reads cip
	Over       []Layer  // what carries it
	Ports      []uint16 // its registered and customary TCP and UDP server ports: a hint, and what "on a foreign port" is judged by
	EtherTypes []uint16 // for Ethernet: frames of these types are offered to the probe
	IPProtos   []uint8  // for IP
	// Probe judges the first bytes. It must not allocate, and must be sure of its own kind
	// and quiet on everybody else's.
	Probe func(p *Peek) Guess
	// Spaces and Paths are the kinds of objects and paths that its messages name: by their
	// names what was saved finds them again.
	Spaces []*davy.Space
	Paths  []*davy.PathKind
	// Industrial marks the protocols of controllers, drives and their operators.
	Industrial bool
	// New makes the state of one conversation.
	New func() Dissector
	// Encrypted marks protocols whose payload is not meant to be read (TLS, SSH).
	Encrypted bool
}

// Owns reports whether port is one of the protocol's own.
func (p *Protocol) Owns(port uint16) bool {
	for _, q := range p.Ports {
		if q == port {
			return true
		}
	}
	return false
}

// Dissector reads one conversation. Its methods run one at a time.
type Dissector interface {
	// Dissect reads whole messages from the front of b and emits each through c.
	//
	// In a stream b is the unread in-order bytes of one direction. read is how many were
	// used; the rest comes again with more behind it. need, where the dissector knows it, is
	// how many bytes of the unread ones the next message wants in all, so that it is not
	// called for less (0: call on any more). read < 0 says that the stream is out of step:
	// what is there is dropped, and the conversation waits for a segment whose start the
	// probe knows again. A message that cannot be (too long, wrong version) is emitted with
	// its Defect before giving up. read + need never asks for more than MaxMessage.
	//
	// In a datagram, a frame, or a payload carried by another protocol, b is all there is
	// and both results are ignored, but that read < 0 tells a carrying protocol that the
	// payload is not this protocol's. c.Sliced tells how many bytes the capture cut off.
	Dissect(c *Context, b []byte) (read, need int)
	// Reset makes it fit for another conversation, keeping its memory.
	Reset()
	davy.Stateful
}

// Nearer is a Dissector that asks for its memory before it needs it: first for its own, and
// when that has come, far, for what it points to. See package fetch.
type Nearer interface{ Near(far bool) }

// Stateless is embedded by dissectors that remember nothing between messages.
type Stateless struct{}

func (Stateless) Reset()                        {}
func (Stateless) AppendState(dst []byte) []byte { return dst }
func (Stateless) LoadState([]byte) error        { return nil }

// MaxMessage is the longest message a stream may hold back for, in bytes.
const MaxMessage = 64 << 10

// Sink takes what dissectors tell. The Message and its slices are only lent.
type Sink interface {
	Message(m *davy.Message)
	// Fact takes a fact whose Value is still bytes, so that a fact told again costs nothing.
	Fact(f *davy.Fact, value []byte)
	Expect(e *Expectation)
}

// Expectation says that one conversation announces another: CIP's Forward Open, an FTP
// data connection. It holds from the next epoch on.
type Expectation struct {
	Layer    Layer
	A, B     davy.Addr // the pair that will talk, in either direction; B zero means anyone
	Port     uint16    // of A
	Protocol string
	Note     []byte // handed to the new conversation's dissector as c.Note
	Until    int64  // message time, ns
}

// Meets reports whether a conversation between at, on the announced side, and other is the
// one that was announced.
func (e *Expectation) Meets(at davy.Endpoint, other davy.Addr) bool {
	return at.Addr == e.A && (e.Port == 0 || at.Port == e.Port) && (e.B.IsZero() || e.B == other)
}
