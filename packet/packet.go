// Package packet takes frames apart as plants mirror them: links, tags, tunnels, fragments,
// duplicates, and conversations with their bytes in order. It turns what a capture holds
// into conversations that dissectors can read, and names what is wrong on the way.
//
// It opens nothing, keeps no clock but the packets' and starts no goroutine. What it keeps
// is bounded; what it drops is counted.
package packet

import "github.com/davylamp/davy"

// LinkType is a libpcap link-layer header type (www.tcpdump.org/linktypes.html).
type LinkType uint16

// Packet is one packet: what the capture said of it, and what decoding found. Its slices
// borrow from the capture's buffer, or from the reassembler's for a reassembled one.
type Packet struct {
	Time      int64       // message time, ns: set by a Clock, never runs back
	Origin    davy.Origin // stamp, file and frame
	Number    uint64      // place in the whole input, from 1
	Interface uint16
	Link      LinkType
	Data      []byte // captured bytes of the frame
	Wire      int    // length on the wire; more than len(Data) when sliced

	Scope     davy.Scope
	SrcMAC    davy.MAC
	DstMAC    davy.MAC
	VLAN      uint16    // innermost tag that is not 0; 0 when untagged
	EtherType uint16    // of what the innermost link carries; 0 for LLC
	Outer     davy.Addr // the sender of the tunnel the packet came out of, zero when none

	Src, Dst davy.Addr // innermost; MACs where there is no IP
	Net      []byte    // network-layer bytes, without padding and trailers: what makes two copies one packet
	TTL      uint8     // or hop limit
	IPProto  uint8
	Fragment bool // a fragment that does not (yet) make a packet: nothing above it is read
	// Reassembled says that the packet was put together from fragments. Net and Payload
	// then stay as they are until the Decoder's next Reassemble; see MoveTo.
	Reassembled bool

	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            uint8 // TCP
	Window           uint16
	Payload          []byte // of TCP, UDP, the IP protocol, or the frame
	Missing          int    // payload bytes that were on the wire and are not in the capture
	BadChecksum      bool   // a TCP, UDP or IP checksum is wrong; see Checksums

	Kind   Kind
	Defect davy.Defect
	Copy   bool   // a duplicate by the mirror
	Of     uint64 // the Number of what it is a copy of

	srcHash, dstHash uint64 // of Src and Dst; 0: not made yet
	sum              uint64 // of its bytes, from Dedup.Near to Dedup.Seen; 0: not made
	place            uint32 // hash of its conversation, from Table.Near on; 0: not made

	transport uint32 // where in Net the TCP or UDP header begins
	depth     uint8  // tunnels that were opened
	unsummed  bool   // source routing: the checksum's pseudo-header cannot be known
}

// Kind is how far a packet could be read.
type Kind uint8

// Kinds.
const (
	Undecoded Kind = iota // the link type or the outermost header is not known
	Frame                 // a frame without IP: Payload is what follows the EtherType or LLC header
	IPOnly                // IP with a protocol other than TCP and UDP
	TCPSegment
	UDPDatagram
)

// TCP flags (RFC 9293, 3.1).
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// Taker is who takes the conversations' bytes. The app hands them to the dissectors.
type Taker interface {
	// Open says that a conversation begins, or is seen for the first time in its middle.
	Open(c *Conversation, p *Packet)
	// Stream hands on the unread in-order bytes of a TCP direction, at least one more than
	// the last time, and takes how many were read (below 0: all), and how many of those that
	// are left it is worth asking again with (0: with any more).
	Stream(c *Conversation, dir int, b []byte, at *Arrival) (read, need int)
	// Gap says that bytes of a TCP direction will not come; n is how many (0: not known).
	// What was handed on and not read is lost with them. The next Stream begins where a
	// segment begins.
	Gap(c *Conversation, dir int, n uint32, at *Arrival)
	// Datagram hands on a UDP datagram, an IP payload or a frame.
	Datagram(c *Conversation, dir int, p *Packet)
	// Defect says that something is wrong with a conversation's packets.
	Defect(c *Conversation, dir int, d davy.Defect, at *Arrival)
	// Close says that the conversation is over, or evicted to make room: its User state is
	// to be taken back.
	Close(c *Conversation, why Reason)
}

// Arrival is the packet that brought bytes: for bytes held back until others filled a gap,
// their own packet, with the message time of their release. Where several packets brought
// the unread bytes it is the last of them in the input. It is lent for the call.
type Arrival struct {
	Time           int64
	Origin         davy.Origin
	SrcMAC, DstMAC davy.MAC
}

// Reason is why a conversation was closed.
type Reason uint8

// Reasons.
const (
	Finished Reason = iota // FIN both ways, or RST
	Replaced               // its ports were used again
	Idle                   // nothing for longer than the idle limit
	Evicted                // the table was full
)
