package packet

import "github.com/davylamp/davy"

// Conversation is one TCP connection, one UDP or IP pair, or one pair of stations and
// EtherType. Direction 0 is A to B, and A sent the first packet that was seen. It belongs
// to its Table and is used again after Close.
//
// What one packet touches stands together: a Conversation is four cache lines.
type Conversation struct {
	A, B davy.Endpoint

	what      uint32 // of the key, what is not in the endpoints: kindOf
	number    uint32 // place in the slab
	Last      int64
	placed    int64 // when it was put where it stands in its list
	Packets   [2]uint64
	Bytes     [2]uint64 // payload bytes as on the wire, retransmissions included
	EtherType uint16
	Kind      Kind
	IPProto   uint8
	Opener    int8 // direction of the side that opened it (its SYN, or the SYN|ACK that answers it, was seen); -1 unknown
	Answered  bool // TCP: the handshake was seen or data flowed both ways; else: packets went both ways
	Refused   bool // TCP: the SYN was answered by a RST
	state     state

	dir  [2]direction
	User any // whatever the Taker keeps with it

	First int64
	since int64 // when the first of the segments came that waited in vain
	Gaps  uint32
	older uint32 // neighbours in its list, by number + 1; 0: none
	newer uint32
}

// OneWay reports whether payload was seen in one direction only, as where a mirror has
// only one leg.
func (c *Conversation) OneWay() bool { return (c.Bytes[0] == 0) != (c.Bytes[1] == 0) }

// Sender and Receiver are the endpoints of a direction.
func (c *Conversation) Sender(dir int) davy.Endpoint {
	if dir == 0 {
		return c.A
	}
	return c.B
}

// Receiver is where direction dir goes.
func (c *Conversation) Receiver(dir int) davy.Endpoint { return c.Sender(1 - dir) }

// state is what the Table knows of a conversation as a whole.
type state uint8

const (
	used    state = 1 << iota // met since it was placed in its list
	closing                   // a RST was seen; what is still under way may come
	closed                    // Close was told; it lingers so that late segments open no new one
)

// direction is the TCP state of one direction.
type direction struct {
	next   uint32 // sequence number of the first byte not yet handed on
	start  uint32 // of the stream's first byte: after the SYN, or where it was joined
	acked  uint32 // highest number the other side acknowledged
	fin    uint32 // number of the FIN
	holeLo uint32 // the hole given up last, or what came before the stream was joined: bytes
	holeHi uint32 // from holeLo up to holeHi were never handed on
	recent uint32 // its last record of delivered bytes, see recent
	flags  marks
	vain   uint8    // how often its segments waited in vain for what they acknowledge, since the other side was seen last
	back   *backlog // what it holds back; nil mostly
}

type marks uint16

const (
	known    marks = 1 << iota // next is a position in the stream
	syn                        // start comes from a SYN
	loose                      // next comes from a segment without payload: the first with payload corrects it
	expected                   // next comes from the other side's SYN|ACK; nothing of this side was seen
	doubtful                   // next comes from a segment that does not fit the other side's SYN
	acks                       // acked is known
	finSeen                    // fin is known
	resetter                   // it sent the RST that closes the conversation
)

// Defects of conversations.
const (
	ConflictingOverlap davy.Defect = "conflicting-overlap" // the same sequence numbers came with other bytes: an evasion
	DataAfterClose     davy.Defect = "data-after-close"    // a side went on sending after its own FIN or RST: one of them was not meant for the receiver
)

// Sequence numbers further behind than maxBehind count as ahead: a stream that moved by
// more than that has jumped. maxAhead bounds how far an acknowledgement may be ahead of
// what was seen to be worth waiting for.
const (
	maxBehind  = 1 << 24
	maxAhead   = 1 << 24
	maxMessage = 64 << 10 // unread bytes kept for a message that is not whole: protocol.MaxMessage
	joinBehind = 64 << 10 // how far before the joined start first copies are still taken
)

// reaches reports whether position a is at or after b, in the half circle of numbers.
func reaches(a, b uint32) bool { return int32(a-b) >= 0 }

func (h *direction) has(m marks) bool { return h.flags&m == m }

// holding reports whether segments of the direction are held back.
func (h *direction) holding() bool { return h.back != nil && len(h.back.held) > h.back.first }

// over reports whether the direction is past its FIN.
func (h *direction) over() bool { return h.has(finSeen) && h.next == h.fin }
