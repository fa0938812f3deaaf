package inventory

import "github.com/davylamp/davy"

// LinkKey tells links apart: who asks, who answers, over what.
type LinkKey struct {
	Client, Server davy.Addr
	Service        Service
}

// Service is a layer and a number in it: a server port, an IP protocol, an EtherType.
type Service uint32

// Layers of a Service.
const (
	OverTCP Service = (iota + 1) << 16
	OverUDP
	OverIP
	OverEthernet
)

// dynamic is the first port of the range that RFC 6335 (6) leaves to temporary use: such a
// server port names nothing that lasts.
const dynamic = 49152

// ServiceOf makes a Service; own says that the port is known to belong to the protocol, so
// that it counts even in the dynamic range.
func ServiceOf(layer Service, number uint16, own bool) Service {
	if !own && number >= dynamic && (layer == OverTCP || layer == OverUDP) {
		number = 0
	}
	return layer | Service(number)
}

// Port is the server port, 0 where there is none.
func (s Service) Port() uint16 {
	if l := s &^ 0xffff; l == OverTCP || l == OverUDP {
		return uint16(s)
	}
	return 0
}

// Layer is what the service runs over, as text.
func (s Service) Layer() string {
	switch s &^ 0xffff {
	case OverTCP:
		return "tcp"
	case OverUDP:
		return "udp"
	case OverIP:
		return "ip"
	}
	return "ethernet"
}

// Hash is equal for equal keys, in every process.
func (k *LinkKey) Hash() uint64 {
	return davy.Mix(k.Client.Hash()^uint64(k.Service)*0x9e3779b97f4a7c15, k.Server.Hash())
}

// Link is a link as a shard counts it.
type Link struct {
	Key            LinkKey
	Hash           uint64
	Protocol       string // "" while nobody knows
	First, Last    int64
	Messages       uint64
	Requests       uint64
	Failures       uint64
	Packets, Bytes uint64
	Encrypted      bool
	Asked, Spoke   bool      // payload was seen from the client, from the server
	News           davy.News // what was new when it was first seen
	Watched        bool      // its activity extends a finding
	used           bool
	gone           bool
}

// OneWay reports whether payload was seen in one direction only, of what goes both ways
// where all is seen: what is sent to a group, and frames without IP, do not.
func (l *Link) OneWay() bool {
	return l.Asked != l.Spoke && l.Key.Service&^0xffff != OverEthernet && !l.Key.Server.Group()
}

// Gone reports whether the link was evicted since it was looked up.
func (l *Link) Gone() bool { return l.gone }

// Links are the links of one shard. Those that were forgotten for want of room are still
// known to have been: a set of hashes outlives them.
type Links struct {
	ceiling int
	byKey   map[LinkKey]*Link
	order   []*Link
	hand    int
	room    []Link
	known   map[uint64]struct{}
	Evicted uint64
	// Crowded says that more links were seen than can be remembered at all: from then on
	// an unknown link proves nothing.
	Crowded bool
}

// KnownPerLink is how many links are remembered by their hash for each one that is kept whole.
const KnownPerLink = 8

// NewLinks makes the links of a shard with room for ceiling of them.
func NewLinks(ceiling int) *Links {
	return &Links{ceiling: ceiling, byKey: map[LinkKey]*Link{}, known: map[uint64]struct{}{}}
}

// Touch finds or makes a link. fresh says that it was made now; its News tell whether it
// was ever seen before.
func (s *Links) Touch(k LinkKey, now int64) (l *Link, fresh bool) {
	if l = s.byKey[k]; l != nil {
		l.used = true
		l.Last = now
		return l, false
	}
	if len(s.byKey) >= s.ceiling {
		s.evict()
	}
	h := k.Hash()
	var news davy.News
	if _, seen := s.known[h]; !seen {
		news = davy.NewLink
		if s.Crowded {
			news |= davy.Unsure
		}
		if len(s.known) < s.ceiling*KnownPerLink {
			s.known[h] = struct{}{}
		} else {
			s.Crowded = true
		}
	}
	return s.add(Link{Key: k, Hash: h, First: now, Last: now, News: news, used: true}), true
}

// Knows reports whether a link was ever seen.
func (s *Links) Knows(k LinkKey) bool {
	_, known := s.known[k.Hash()]
	return known
}

func (s *Links) add(l Link) *Link {
	if len(s.room) == 0 {
		s.room = make([]Link, 64)
	}
	p := &s.room[0]
	s.room = s.room[1:]
	*p = l
	s.byKey[l.Key] = p
	s.order = append(s.order, p)
	return p
}

func (s *Links) evict() {
	for {
		if s.hand >= len(s.order) {
			s.hand = 0
		}
		if !s.order[s.hand].used {
			break
		}
		s.order[s.hand].used = false
		s.hand++
	}
	l := s.order[s.hand]
	s.order[s.hand] = s.order[len(s.order)-1]
	s.order = s.order[:len(s.order)-1]
	l.gone = true
	delete(s.byKey, l.Key)
	s.Evicted++
}

// Use counts a message of the link.
func (l *Link) Use(m *davy.Message) {
	l.used = true
	l.Last = m.Time
	if m.Part == 0 && !m.Quiet {
		l.Messages++
		if !m.Reply {
			l.Requests++
		}
	}
	if m.Result.Failed {
		l.Failures++
	}
}

// All lists the links in no order that matters.
func (s *Links) All() []*Link { return s.order }

// Asker is which of two ends (0 or 1) asks, where no handshake and no content told: who
// sends to a group asks; else the lower port serves; else the lower address asks.
func Asker(a, b davy.Endpoint) int {
	switch {
	case a.Addr.Group() != b.Addr.Group():
		if a.Addr.Group() {
			return 1
		}
	case a.Port != b.Port:
		if a.Port < b.Port {
			return 1
		}
	case a.Addr.Compare(b.Addr) > 0:
		return 1
	}
	return 0
}
