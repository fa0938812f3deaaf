package detect

import (
	"slices"
	"strconv"
	"strings"

	"github.com/davylamp/davy"
)

// Inventory is what the board asks of the inventory.
type Inventory interface {
	Controls(davy.Addr) bool                                // serves an industrial protocol
	Operates(davy.Addr) bool                                // speaks one
	Known(davy.Addr) bool                                   // is in the inventory
	Writer(davy.Addr) bool                                  // changed values while Davy learned
	MAC(davy.Addr) davy.MAC                                 // told to be the address's last
	Owner(davy.MAC) davy.Addr                               // the one address of a MAC
	Others(davy.MAC, davy.Addr) bool                        // addresses besides this one send with the MAC
	Forwards(davy.MAC) bool                                 // is a router's
	Virtual(davy.Addr) bool                                 // shared by the members of a group, by their own word
	Member(davy.MAC, davy.Addr) bool                        // belongs to the group of a virtual address
	Told(davy.Addr, davy.Path, davy.Attribute, string) bool // some source said this of it
	Crowded() bool                                          // an unknown station proves nothing
}

// Board looks across shards and keeps the findings.
type Board struct {
	config    *Config
	inventory Inventory
	byKey     map[uint64]*noted
	open      []*davy.Finding   // of this input, in order of their numbers
	fresh     []*davy.Finding   // new or told anew since the last Fresh
	handed    []*davy.Finding   // by the last Fresh
	room      []noted           // for the next notes
	accepted  map[uint64]string // keys that people called usual, and why
	number    uint64
	Lost      uint64 // findings that found no room
	scans     scans
	claims    ring[davy.Addr, claim]
	takers    ring[davy.MAC, taker]
	arrivals  arrivals
	links     ring[davy.Addr, opener]
	health    health
}

// noted is a finding on the board, and how grave it would be outside any window.
type noted struct {
	*davy.Finding
	own davy.Severity
}

// NewBoard makes the board.
func NewBoard(c *Config, inv Inventory) *Board {
	b := &Board{config: c, inventory: inv, byKey: map[uint64]*noted{}, scans: newScans(c.Scans), claims: newRing[davy.Addr, claim](8 * c.Scans),
		takers: newRing[davy.MAC, taker](c.Scans), arrivals: newArrivals(c.Scans), links: newRing[davy.Addr, opener](c.Scans)}
	c.board = b
	return b
}

// Take keeps a finding: an equal key that is open is extended, else it gets its number.
func (b *Board) Take(f *davy.Finding) {
	if f.Attack == nil {
		f.Attack = attackOf(f.Detector)
	}
	b.resolve(f)
	if f.Detector == newWriter && b.inventory.Writer(f.Entities[0]) {
		f.Severity = min(f.Severity, davy.Low) // an operator's station that writes to one more device
	}
	b.accept(f)
	own := f.Severity
	b.tag(f)
	if b.said(f) {
		return
	}
	if old := b.byKey[f.Key]; old != nil && f.Time-old.Last <= quietOf(f.Detector) && (old.Window == "" || old.Window == f.Window) {
		extend(old.Finding, f.Time, f.Origin, f.Count)
		old.own = max(old.own, own)
		if f.Severity > old.Severity {
			old.Severity = f.Severity
			b.again(old.Finding)
		}
		return
	}
	b.keep(f, own)
}

// said reports whether a finding says nothing that an open one does not: whoever opens a new
// link asks for something over it.
func (b *Board) said(f *davy.Finding) bool {
	if f.Detector != newOperation && f.Detector != newObject || f.Severity != davy.Low || f.Window != "" || f.Verb.Active() {
		return false
	}
	link := b.byKey[LinkFinding(f.Entities[0], f.Entities[1])]
	if link == nil || link.Severity < davy.Low || f.Time-link.Last > newsQuiet {
		return false
	}
	extend(link.Finding, f.Time, f.Origin, f.Count)
	return true
}

// keep numbers a finding. What is grave finds room when the board is nearly full of what is
// not.
func (b *Board) keep(f *davy.Finding, own davy.Severity) {
	room := b.config.Findings
	switch f.Severity {
	case davy.Info:
		room /= 2
	case davy.Low:
		room = room * 3 / 4
	}
	if len(b.open) >= room {
		b.Lost++
		return
	}
	b.number++
	f.ID = "F-" + strconv.FormatUint(b.number, 10)
	b.byKey[f.Key] = b.note(f, own)
	b.open = append(b.open, f)
	b.fresh = append(b.fresh, f)
}

// note makes the board's note of a finding: many at a time are made, and stay together.
func (b *Board) note(f *davy.Finding, own davy.Severity) *noted {
	if len(b.room) == 0 {
		b.room = make([]noted, 32)
	}
	n := &b.room[0]
	b.room = b.room[1:]
	*n = noted{f, own}
	return n
}

// again says that a finding is to be told, or told anew, once it has its number.
func (b *Board) again(f *davy.Finding) {
	if f.ID != "" && !slices.Contains(b.fresh, f) {
		b.fresh = append(b.fresh, f)
	}
}

// resolve calls stations that a judge of frames knows by their MAC by their address, where
// they have one.
func (b *Board) resolve(f *davy.Finding) {
	for i, a := range f.Entities {
		if !a.IsMAC() || a.Group() {
			continue
		}
		if o := b.inventory.Owner(a.MAC()); !o.IsZero() && !slices.Contains(f.Entities, o) {
			f.Entities[i] = o
			mac := a.String()
			f.Seen = strings.ReplaceAll(f.Seen, mac, b.call(o))
			f.Expected = strings.ReplaceAll(f.Expected, mac, b.call(o))
		}
	}
}

// Extend keeps that activity goes on. What was planned and goes on when its window is over
// is planned no longer: that is a finding of its own.
func (b *Board) Extend(e davy.Extension) {
	f := b.byKey[e.Key]
	if f == nil || e.Time-f.Last > quietOf(f.Detector) {
		return
	}
	if f.Window == "" || b.lasts(f.Window, e.Time) {
		extend(f.Finding, e.Time, e.Origin, e.Count)
		return
	}
	later := *f.Finding
	later.Time, later.Last, later.Origin, later.LastFrame, later.Count = e.Time, e.Time, e.Origin, e.Origin.Frame, e.Count
	later.Severity, later.Window = f.own, ""
	later.Entities = slices.Clone(f.Entities)
	b.tag(&later)
	b.keep(&later, f.own)
}

// goesOn extends an open finding of this key; false when there is none to extend.
func (b *Board) goesOn(k uint64, now int64, o davy.Origin) bool {
	f := b.byKey[k]
	if f == nil || now-f.Last > quietOf(f.Detector) {
		return false
	}
	b.Extend(davy.Extension{Key: k, Time: now, Origin: o, Count: 1})
	return true
}

func extend(f *davy.Finding, now int64, o davy.Origin, count uint64) {
	f.Last = max(f.Last, now)
	f.Count += count
	if o.File == f.Origin.File {
		f.LastFrame = max(f.LastFrame, o.Frame)
		f.Origin.Frame = min(f.Origin.Frame, o.Frame)
	}
}

// Fresh hands over the findings that are new, or say more, since the last call. The list is
// used again at the next but one.
func (b *Board) Fresh() []*davy.Finding {
	f := b.fresh
	b.fresh, b.handed = b.handed[:0], f
	return f
}

// Close ends the findings of an input and hands them over, in order of their numbers.
func (b *Board) Close() []*davy.Finding {
	list := b.open
	b.open = nil
	clear(b.byKey)
	return list
}

// raise takes a finding about addresses rather than about a message.
func (b *Board) raise(detector, title string, s davy.Severity, k uint64, now int64, o davy.Origin, entities []davy.Addr, expected, seen string) {
	b.Take(&davy.Finding{Detector: detector, Title: title, Severity: s, Time: now, Last: now, Origin: o, LastFrame: o.Frame, Count: 1,
		Entities: entities, Expected: expected, Seen: seen, Key: k})
}

func (b *Board) call(a davy.Addr) string { return b.config.Site.Call(a) }
