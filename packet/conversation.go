package packet

import "github.com/davylamp/davy"

// Conversation is one TCP connection, one UDP or IP pair, or one pair of stations and
// EtherType. Direction 0 is A to B, and A sent the first packet that was seen.
type Conversation struct {
	A, B      davy.Endpoint
	Kind      Kind
	IPProto   uint8
	EtherType uint16
	Opener    int8 // direction of the side that opened it (its SYN, or the SYN|ACK that answers it, was seen); -1 unknown
	First     int64
	Last      int64
	Packets   [2]uint64
	Bytes     [2]uint64 // payload bytes as on the wire
	Gaps      uint32
	Answered  bool // TCP: the handshake was seen or data flowed both ways
	User      any  // whatever the Taker keeps with it
}
