package davy

// News says what about a message or link was never seen before, in one word for every
// judge: bits that are set by who remembers and read by who judges.
type News uint8

// The bits of News.
const (
	NewLink      News = 1 << iota // these two never talked over this service
	NewOperation                  // the link never carried this operation
	NewObject                     // the operation never touched this object on this link
	NewWriter                     // the link never changed anything at this device
	Learning                      // seen while learning: to be recorded, not to be judged
	Unsure                        // memory is full or the link is ever new: newness proves nothing
	FirstAnswer                   // a reply granted for the first time what was asked
)

// Has reports whether all bits of b are set.
func (n News) Has(b News) bool { return n&b == b }

// Sighting is a station that was seen sending.
type Sighting struct {
	Time      int64
	Origin    Origin
	Addr      Addr
	MAC       MAC // of the frame: the station's own only on its own segment
	Interface uint16
	VLAN      uint16
	TTL       uint8 // or hop limit; 0 where there is no IP
}

// Near reports whether the packet began its life on the segment where it was seen: its TTL
// is one that stacks begin with, 64 (most), 128 (Windows), 255 (network devices, and what
// must not be routed), 32 or 60 (older ones), or it has none. A router takes one off.
func (s *Sighting) Near() bool {
	switch s.TTL {
	case 0, 32, 60, 64, 128, 255:
		return true
	}
	return false
}

// Attempt is a conversation that was asked for: what scans are made of.
type Attempt struct {
	Time     int64
	Origin   Origin
	From, To Endpoint
	Layer    string // tcp, udp, icmp, arp
	Outcome  Outcome
}

// Outcome is what became of an Attempt.
type Outcome uint8

// Outcomes.
const (
	Asked    Outcome = iota // a request or SYN went out
	Answered                // it was answered: a SYN|ACK, a reply
	Refused                 // RST or unreachable
)

// Extension says that activity already reported goes on.
type Extension struct {
	Key    uint64
	Time   int64
	Origin Origin
	Count  uint64
}

// Change is something about a known asset that is different now.
type Change struct {
	Time      int64
	Origin    Origin
	Asset     Addr
	Path      Path
	Attribute Attribute
	Was, Is   string
	Source    string
}
