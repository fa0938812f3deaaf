package detect

import "github.com/davylamp/davy"

// ledger remembers which keys a shard has reported, so that activity that goes on costs no
// text and no memory: it becomes an extension, at most one a key and epoch.
type ledger struct {
	ceiling int
	notes   map[uint64]*note
	order   []*note
	hand    int
	dirty   []*note
	near    [nearest]*note // of keys that were asked for a moment ago
	last    *note          // asked for last
	room    []note         // for the next notes
	spare   *note          // was evicted, and makes room for the next
}

type note struct {
	key    uint64
	quiet  int64
	last   int64
	origin davy.Origin
	count  uint64 // since the last drain
	dirty  bool
	used   bool
}

func newLedger(ceiling int) ledger { return ledger{ceiling: ceiling, notes: map[uint64]*note{}} }

// again reports whether the key was reported and its activity goes on; else it is noted
// now, and the caller reports it.
func (g *ledger) again(key uint64, now int64, o davy.Origin, quiet int64) bool {
	n := g.find(key)
	if n == nil {
		g.last = g.add(note{key: key, quiet: quiet, last: now, origin: o})
		return false
	}
	g.last = n
	if now-n.last > n.quiet {
		n.last, n.origin, n.quiet = now, o, quiet
		return false
	}
	n.last, n.used = now, true
	g.goesOn(o)
	return true
}

// nearest is how many notes are found without a search.
const nearest = 256

func (g *ledger) find(key uint64) *note {
	p := &g.near[key%nearest]
	if n := *p; n != nil && n.key == key {
		return n
	}
	n := g.notes[key]
	if n != nil {
		*p = n
	}
	return n
}

// goesOn counts activity of the key that was asked for last.
func (g *ledger) goesOn(o davy.Origin) {
	n := g.last
	n.origin = o
	n.count++
	if !n.dirty {
		n.dirty = true
		g.dirty = append(g.dirty, n)
	}
}

func (g *ledger) add(n note) *note {
	if len(g.notes) >= g.ceiling {
		g.evict()
	}
	p := g.spare
	if g.spare = nil; p == nil {
		if len(g.room) == 0 {
			g.room = make([]note, min(64, g.ceiling))
		}
		p, g.room = &g.room[0], g.room[1:]
	}
	*p = n
	g.notes[n.key] = p
	g.order = append(g.order, p)
	return p
}

// evict forgets a key that went on least: it may be reported again, and the board knows it.
// When all went on since the last drain, whichever comes next makes room.
func (g *ledger) evict() {
	for looked := 0; ; looked++ {
		if g.hand >= len(g.order) {
			g.hand = 0
		}
		n := g.order[g.hand]
		if !n.used && !n.dirty || looked > 2*len(g.order) {
			g.order[g.hand] = g.order[len(g.order)-1]
			g.order = g.order[:len(g.order)-1]
			delete(g.notes, n.key)
			if p := &g.near[n.key%nearest]; *p == n {
				*p = nil
			}
			if !n.dirty { // else it still has something to tell
				g.spare = n
			}
			return
		}
		n.used = false
		g.hand++
	}
}

// drain appends what went on since the last drain.
func (g *ledger) drain(to []davy.Extension) []davy.Extension {
	for _, n := range g.dirty {
		to = append(to, davy.Extension{Key: n.key, Time: n.last, Origin: n.origin, Count: n.count})
		n.dirty, n.count = false, 0
	}
	g.dirty = g.dirty[:0]
	return to
}

// forget empties the ledger: at the end of an input each finding is closed.
func (g *ledger) forget() {
	clear(g.notes)
	clear(g.near[:])
	g.order, g.dirty, g.hand = g.order[:0], g.dirty[:0], 0
}
