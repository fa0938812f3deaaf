package evidence

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

func parse(text string) davy.Addr {
	if ip, err := netip.ParseAddr(text); err == nil {
		return davy.AddrOfIP(ip, 0)
	}
	if m := davy.ParseMAC(text); m != 0 {
		return davy.AddrOfMAC(m, 0)
	}
	return davy.Addr{}
}

func unscoped(a davy.Addr) davy.Addr {
	a.Scope = 0
	return a
}

// Count says what was found of a finding's packets.
type Count struct {
	Finding string `json:"finding"`
	Packets int    `json:"packets"`
	LeftOut uint64 `json:"left_out,omitempty"`   // found, and there was no room
	Unread  string `json:"unread,omitempty"`     // so long a time between beginning and end was not looked through
	Gone    bool   `json:"first_gone,omitempty"` // its first packet is not in the recording any more
}

// Selection is the packets of an incident, in the order in which they were recorded.
type Selection struct {
	packets []packet
	Counts  []Count
}

// packet is a picked frame with what is to be said at it.
type packet struct {
	Frame
	words []string
}

// Len is the number of packets.
func (s *Selection) Len() int { return len(s.packets) }

// Each lends the packets and the comments that they carry, in order.
func (s *Selection) Each(f func(*Frame, []string) error) error {
	for i := range s.packets {
		if err := f(&s.packets[i].Frame, s.packets[i].words); err != nil {
			return err
		}
	}
	return nil
}

// part is what one finding takes of a recording.
type part struct {
	*Finding
	reach    reach
	stations []davy.Addr
	spans    []Span
	room     int // packets that it may still take
	found    int
	left     uint64
	first    bool     // its first packet was met
	early    []*frame // of its stations before its first packet, the newest last
	late     []*frame // the newest of those without room
}

// frame is a frame that is kept, once, however many findings it belongs to.
type frame struct {
	packet
	taken bool
}

// fair is how many packets a finding may have although there are many findings: most have few.
const fair = 2000

// Select picks the packets of findings out of a recording. Each finding gets its share of the
// limits, so that a loud one leaves room for the others; its first packet always has room.
func Select(findings []Finding, who Who, frames Frames, limits Limits) (*Selection, error) {
	parts := make([]part, len(findings))
	var want []Span
	for i := range findings {
		f := &findings[i]
		p := &parts[i]
		*p = part{Finding: f, reach: reachOf(f), room: max(1, limits.Packets/len(findings), min(fair, limits.Packets/4))}
		p.spans, _ = f.spans()
		want = append(want, p.spans...)
		for _, a := range f.Stations {
			p.stations = append(p.stations, unscoped(a))
		}
	}
	s := &selecting{limits: limits, who: who, parts: parts}
	if len(parts) > 0 {
		if err := frames.Each(want, s.take); err != nil {
			return nil, err
		}
	}
	return s.done(), nil
}

type selecting struct {
	limits Limits
	who    Who
	parts  []part
	named  []davy.Addr
	list   []*frame
	bytes  int
}

func (s *selecting) take(f *Frame) error {
	s.named = s.who(f, s.named[:0])
	for i := range s.named {
		s.named[i] = unscoped(s.named[i])
	}
	var kept *frame
	for i := range s.parts {
		p := &s.parts[i]
		is := p.File == f.File && p.Frame == f.Frame
		if !is && (!p.spanned(f) || !p.concerns(s.named)) {
			continue
		}
		if kept == nil {
			kept = &frame{packet: packet{Frame: *f}}
			kept.Data = slices.Clone(f.Data)
		}
		s.offer(p, kept, is)
	}
	return nil
}

// spanned reports whether a frame lies within the time that is looked through; from a
// finding's first packet on its place counts, so that a clock stepped back hides nothing.
func (p *part) spanned(f *Frame) bool {
	for i, s := range p.spans {
		after := f.Stamp >= s.From || i == 0 && f.File == p.File && f.Frame > p.Frame
		if after && f.Stamp <= s.To {
			return true
		}
	}
	return false
}

// concerns reports whether a frame names whom the finding is about.
func (p *part) concerns(named []davy.Addr) bool {
	switch p.reach {
	case actor:
		return len(p.stations) > 0 && slices.Contains(named, p.stations[0])
	case all:
		return slices.ContainsFunc(p.stations, func(a davy.Addr) bool { return slices.Contains(named, a) })
	}
	return slices.Contains(named, p.stations[0]) &&
		slices.ContainsFunc(p.stations[1:], func(a davy.Addr) bool { return slices.Contains(named, a) })
}

// offer gives a frame to a finding.
func (s *selecting) offer(p *part, f *frame, is bool) {
	switch {
	case is:
		p.first = true
		for _, e := range p.early {
			s.keep(p, e, fmt.Sprintf("Davy %s: shortly before it", p.ID), false)
		}
		p.early = nil
		s.keep(p, f, fmt.Sprintf("Davy %s (%s, %s): %s\nSeen: %s\nExpected: %s", p.ID, p.Detector, p.Severity, p.Title, p.Seen, p.Expected), true)
	case !p.first && (f.File < p.File || f.File == p.File && f.Frame.Frame < p.Frame):
		n := lead
		if p.Detector == "D36" {
			n = max(lead, p.room/2) // the packets that made it a scan
		}
		if len(p.early) >= n {
			p.early = slices.Delete(p.early, 0, 1)
		}
		p.early = append(p.early, f)
	case p.room > tail:
		s.keep(p, f, fmt.Sprintf("Davy %s goes on: %s", p.ID, p.Title), false)
	default:
		if len(p.late) == tail {
			p.late = slices.Delete(p.late, 0, 1)
			p.left++
		}
		p.late = append(p.late, f)
	}
}

// keep takes a frame into the selection, where there is room or it must be.
func (s *selecting) keep(p *part, f *frame, words string, must bool) {
	if !f.taken {
		if !must && (p.room == 0 || len(s.list) >= s.limits.Packets || s.bytes+len(f.Data) > s.limits.Bytes) {
			p.left++
			return
		}
		f.taken = true
		s.list = append(s.list, f)
		s.bytes += len(f.Data)
	}
	p.room = max(0, p.room-1)
	p.found++
	f.words = append(f.words, clean(words))
}

func (s *selecting) done() *Selection {
	out := &Selection{Counts: []Count{}}
	for i := range s.parts {
		p := &s.parts[i]
		for _, f := range append(p.early, p.late...) { // what was before a packet that is gone is kept, too
			s.keep(p, f, fmt.Sprintf("Davy %s goes on: %s", p.ID, p.Title), false)
		}
		c := Count{Finding: p.ID, Packets: p.found, LeftOut: p.left, Gone: !p.first}
		if _, unread := p.Finding.spans(); unread > 0 {
			c.Unread = duration(unread)
		}
		out.Counts = append(out.Counts, c)
	}
	slices.SortFunc(s.list, func(a, b *frame) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Frame.Frame, b.Frame.Frame))
	})
	for _, f := range s.list {
		f.words = append(f.words, fmt.Sprintf(placeWords, f.File, f.Frame.Frame))
		out.packets = append(out.packets, f.packet)
	}
	return out
}

// maxWords bounds a comment; pcapng carries 65,535 bytes, people fewer.
const maxWords = 4096

func clean(words string) string {
	words = strings.ToValidUTF8(words, "?")
	if len(words) > maxWords {
		words = strings.ToValidUTF8(words[:maxWords], "") + " …"
	}
	return words
}
