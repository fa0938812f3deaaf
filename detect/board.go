package detect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// Inventory is what the board asks of the inventory.
type Inventory interface {
	Controls(davy.Addr) bool   // serves an industrial protocol
	Operates(davy.Addr) bool   // speaks one
	Known(davy.Addr) bool      // was seen sending
	Writer(davy.Addr) bool     // changed values while Davy learned
	MACs(davy.Addr) []davy.MAC // told to be the address's, newest first
	Owner(davy.MAC) davy.Addr  // the one address of a MAC
	Bound(davy.MAC) bool       // some address sends with it
	Forwards(davy.MAC) bool    // is a router's
}

// Board looks across shards and keeps the findings.
type Board struct {
	config    *Config
	inventory Inventory
	byKey     map[uint64]*davy.Finding
	open      []*davy.Finding // of this input, in order of their numbers
	fresh     []*davy.Finding // since the last Drain
	number    uint64
	Lost      uint64 // findings that found no room
	scans     scans
	claims    claims
	assets    arrivals
	health    Health
}

// NewBoard makes the board.
func NewBoard(c *Config, inv Inventory) *Board {
	return &Board{config: c, inventory: inv, byKey: map[uint64]*davy.Finding{},
		scans: newScans(c.Scans), claims: newClaims(c.Scans), assets: newArrivals()}
}

// Take keeps a finding: an equal key that is open is extended, else it gets its number.
func (b *Board) Take(f *davy.Finding) {
	b.resolve(f)
	if old := b.byKey[f.Key]; old != nil && f.Time-old.Last <= quietOf(f.Detector) {
		extend(old, f.Time, f.Origin, f.Count)
		old.Severity = max(old.Severity, b.tagged(f))
		return
	}
	if len(b.open) >= b.config.Findings {
		b.Lost++
		return
	}
	if f.Detector == newWriter && b.inventory.Writer(f.Entities[0]) {
		// An operator's station that writes to one more device.
		f.Severity = min(f.Severity, davy.Low)
	}
	b.tagged(f)
	b.number++
	f.ID = fmt.Sprintf("F-%d", b.number)
	b.byKey[f.Key] = f
	b.open = append(b.open, f)
	b.fresh = append(b.fresh, f)
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

func quietOf(detector string) int64 {
	switch detector {
	case newAsset, newOperation, newObject, newLink, internet, foreignPort, newWriter:
		return newsQuiet
	}
	return actionQuiet
}

// Extend keeps that activity goes on.
func (b *Board) Extend(e davy.Extension) {
	if f := b.byKey[e.Key]; f != nil && e.Time-f.Last <= quietOf(f.Detector) {
		extend(f, e.Time, e.Origin, e.Count)
	}
}

// goesOn extends an open finding of this key; false when there is none to extend.
func (b *Board) goesOn(k uint64, now int64, o davy.Origin) bool {
	f := b.byKey[k]
	if f == nil || now-f.Last > quietOf(f.Detector) {
		return false
	}
	extend(f, now, o, 1)
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

// Fresh hands over the findings numbered since the last call.
func (b *Board) Fresh() []*davy.Finding {
	f := b.fresh
	b.fresh = nil
	return f
}

// Close ends the findings of an input and hands them over, in order of their numbers.
func (b *Board) Close() []*davy.Finding {
	list := b.open
	b.open = nil
	clear(b.byKey)
	return list
}

// tagged names the window that a finding falls into, and lowers its severity to low.
func (b *Board) tagged(f *davy.Finding) davy.Severity {
	for i := range b.config.Windows {
		w := &b.config.Windows[i]
		if f.Origin.Stamp >= w.From && f.Origin.Stamp < w.To && b.covers(w, f) {
			f.Window = w.ID
			f.Severity = min(f.Severity, davy.Low)
			break
		}
	}
	return f.Severity
}

// covers: the actor is one who may act, whom it concerns is to be worked on, and the verb
// is allowed. An empty list means any.
func (b *Board) covers(w *davy.Window, f *davy.Finding) bool {
	if len(f.Entities) == 0 {
		return false
	}
	if len(w.Sources) > 0 && !b.named(w.Sources, f.Entities[0]) {
		return false
	}
	concerned := f.Entities
	if len(f.Entities) > 1 {
		concerned = f.Entities[1:]
	}
	if len(w.Assets) > 0 && !slices.ContainsFunc(concerned, func(a davy.Addr) bool { return b.named(w.Assets, a) }) {
		return false
	}
	return len(w.Verbs) == 0 || slices.Contains(w.Verbs, f.Verb)
}

// named reports whether an address is in a list of names, addresses and prefixes.
func (b *Board) named(list []string, a davy.Addr) bool {
	text := a.String()
	d := b.config.Site.Of(a)
	return slices.ContainsFunc(list, func(s string) bool {
		if s == text || d != nil && d.Name == s {
			return true
		}
		p, err := netip.ParsePrefix(s)
		return err == nil && a.IsIP() && p.Contains(a.IP())
	})
}

// raise takes a finding about addresses rather than about a message.
func (b *Board) raise(detector, title string, s davy.Severity, k uint64, now int64, o davy.Origin, entities []davy.Addr, attack []string, expected, seen string) {
	b.Take(&davy.Finding{Detector: detector, Title: title, Severity: s, Time: now, Last: now, Origin: o, LastFrame: o.Frame, Count: 1,
		Entities: entities, Attack: attack, Expected: expected, Seen: seen, Key: k})
}

func (b *Board) call(a davy.Addr) string { return b.config.Site.Call(a) }
