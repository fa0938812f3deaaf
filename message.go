package davy

// Origin is where in the input something stands.
type Origin struct {
	Stamp int64  // the packet's own time stamp, ns since the epoch
	File  uint32 // number of the file in reading order; its name is kept by the reader
	Frame uint32 // 1-based number of the packet in its file
	Place uint16 // 0-based place of the message in its frame
}

// Message is one protocol message, or one item of a message that carries several: then
// Part of Parts says which, and only part 0 counts as a message. A Message is reused by
// who made it; whoever keeps one clones it.
type Message struct {
	Time      int64    // message time, ns since the epoch: never runs back
	Origin    Origin   // the packet that completed the message
	Client    Endpoint // who asks
	Server    Endpoint // who answers, or would
	Reply     bool     // travels from server to client
	Duplicate bool     // seen twice by the mirror; judged once
	Protocol  string   // the field's name: modbus, s7, enip, cip ...
	Verb      Verb
	Op        string // the protocol's own name for the operation; static text
	Code      uint32 // the protocol's own number for it
	Path      Path   // which device behind the server's address
	Object    Object
	Value     Value
	Result    Result // of a reply; the zero Result means none told
	Defect    Defect // what is wrong with the message, "" if nothing
	Part      uint16
	Parts     uint16 // 0 and 1 both mean one
	Took      int64  // ns from the request to this reply, 0 when unknown
	// Cyclic marks plain cyclic process data: reads and implicit I/O that run all day.
	Cyclic bool
	// Quiet marks framing that carries no intention (acknowledgements, keep-alives).
	Quiet bool
}

// Sender and Receiver follow the direction of travel.
func (m *Message) Sender() Endpoint {
	if m.Reply {
		return m.Server
	}
	return m.Client
}

// Receiver is where the message goes.
func (m *Message) Receiver() Endpoint {
	if m.Reply {
		return m.Client
	}
	return m.Server
}

// Clone copies what a Message only borrows from the packet.
func (m *Message) Clone() *Message {
	c := *m
	c.Value.Raw = append([]byte(nil), m.Value.Raw...)
	c.Object.Name = append([]byte(nil), m.Object.Name...)
	c.Result.Detail = append([]byte(nil), m.Result.Detail...)
	return &c
}

// Result is what a reply says of the request.
type Result struct {
	Told   bool   // the reply carries a result
	Failed bool   // the request was refused or failed
	Code   uint32 // the protocol's own number
	Name   string // static text, such as "illegal data address"
	Detail []byte // further text from the wire; dies with the packet
}

// Defect names what is wrong with traffic. "" means nothing is. Names are kebab-case and
// static; those here are shared, a dissector declares its own beside its table.
type Defect string

// Shared defects.
const (
	Truncated      Defect = "truncated"         // the message ends before its own length says
	LengthMismatch Defect = "length-mismatch"   // two lengths in the message disagree
	Oversized      Defect = "oversized"         // longer than the specification allows
	ReservedValue  Defect = "reserved-value"    // a field holds a value the specification reserves
	UnknownCode    Defect = "unknown-operation" // an operation the specification does not know
	BadSequence    Defect = "bad-sequence"      // not allowed in this state of the conversation
	Unpaired       Defect = "unmatched-reply"   // answers nothing that was asked
)
