// Package incident joins findings into stories that a plant engineer can read: what began
// it, who did what to whom, in order of time. It judges nothing again and drops nothing:
// what is not part of a story stays a finding.
package incident

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/davylamp/davy"
)

// How long a story waits for what comes next, ns: for the same actor or a victim that became
// one, and for the same victim alone; and how far from a story's last grave step lesser
// findings of its actors are told with it. An intruder who comes back the next day is the
// same one; two things that befall a station within an hour have to do with each other.
const (
	actorWait  = 48 * 3600e9
	victimWait = 3600e9
	context    = 1800e9
)

// Ceilings: stories kept, findings of one, of which lesser ones, lesser findings remembered
// for context, and stations of a story.
const (
	maxStories  = 1000
	maxLines    = 500
	maxLesser   = 250
	maxRecent   = 256
	maxStations = 64
)

// Book holds the stories.
type Book struct {
	// Call is how people call a station; nil calls it by its address.
	Call func(davy.Addr) string

	stories []*story
	byID    map[string]*story // of each finding that is part of one
	recent  []*line           // lesser findings that belong to no story yet
	number  int
	fresh   map[*story]bool
	Lost    uint64 // findings and stories that found no room
}

type story struct {
	id      string
	lines   []*line // in the order told
	lesser  int     // of which lesser
	first   int64   // of the grave steps
	last    int64
	actors  []davy.Addr
	victims []davy.Addr
}

// line is what a story tells of a finding.
type line struct {
	id       string
	time     int64
	severity davy.Severity
	verb     davy.Verb
	title    string
	seen     string
	attack   []string // shared with the finding; nobody writes into it
	entities []davy.Addr
	two      [2]davy.Addr // room for the entities of most
}

func (l *line) grave() bool      { return l.severity > davy.Low }
func (l *line) actor() davy.Addr { return l.entities[0] }

// Take tells a finding, or tells it anew when it says more than before. Findings above low
// open stories; lesser ones join them; planned work and what was learned do not.
func (b *Book) Take(f *davy.Finding) {
	if f.Severity == davy.Info || len(f.Entities) == 0 || f.Window != "" {
		return
	}
	l := &line{id: f.ID, time: f.Time, severity: f.Severity, verb: f.Verb, title: f.Title, seen: f.Seen, attack: f.Attack}
	l.entities = append(l.two[:0], f.Entities...)
	if s := b.byID[l.id]; s != nil {
		s.retell(l)
		b.touch(s)
		if l.grave() {
			b.unite(l)
		}
		return
	}
	b.recent = slices.DeleteFunc(b.recent, func(r *line) bool { return r.id == l.id })
	if l.grave() {
		b.grave(l)
		return
	}
	for _, s := range b.stories {
		if s.explains(l) {
			b.tell(s, l)
			return
		}
	}
	if len(b.recent) == maxRecent {
		b.recent = slices.Delete(b.recent, 0, 1)
	}
	b.recent = append(b.recent, l)
}

// grave tells a finding above low: it joins the story that it concerns, or opens one.
func (b *Book) grave(l *line) {
	i := slices.IndexFunc(b.stories, func(s *story) bool { return s.concerns(l) })
	if i < 0 {
		if len(b.stories) == maxStories {
			b.forget()
		}
		b.number++
		b.stories = append(b.stories, &story{id: fmt.Sprintf("I-%d", b.number), first: l.time, last: l.time})
		i = len(b.stories) - 1
	}
	b.tell(b.stories[i], l)
	b.unite(l)
	s := b.byID[l.id]
	if s == nil {
		return
	}
	b.recent = slices.DeleteFunc(b.recent, func(r *line) bool {
		if !s.explains(r) {
			return false
		}
		b.tell(s, r)
		return true
	})
}

// unite makes one story of those that a finding concerns.
func (b *Book) unite(l *line) {
	s := b.byID[l.id]
	if s == nil {
		return
	}
	b.stories = slices.DeleteFunc(b.stories, func(o *story) bool {
		if o == s || !o.concerns(l) {
			return false
		}
		if o.older(s) {
			s.id = o.id
		}
		delete(b.fresh, o)
		for _, k := range o.lines {
			delete(b.byID, k.id)
			b.tell(s, k)
		}
		return true
	})
	slices.SortFunc(b.stories, func(x, y *story) int {
		if x.older(y) {
			return -1
		}
		return 1
	})
}

// older reports whether a story's number is the smaller one.
func (s *story) older(o *story) bool {
	return len(s.id) < len(o.id) || len(s.id) == len(o.id) && s.id < o.id
}

// forget drops the story that matters least: the least grave, of these the oldest.
func (b *Book) forget() {
	least := slices.MinFunc(b.stories, func(x, y *story) int {
		return cmp.Or(cmp.Compare(x.severity(), y.severity()), cmp.Compare(x.last, y.last))
	})
	for _, l := range least.lines {
		delete(b.byID, l.id)
	}
	delete(b.fresh, least)
	b.stories = slices.DeleteFunc(b.stories, func(s *story) bool { return s == least })
	b.Lost++
}

func (b *Book) touch(s *story) {
	if b.fresh == nil {
		b.fresh = map[*story]bool{}
	}
	b.fresh[s] = true
}

// gap is how long before or after a story's grave steps something happened.
func (s *story) gap(l *line) int64 { return max(l.time-s.last, s.first-l.time) }

// concerns reports whether a grave finding belongs to the story: the same actor, a victim
// that acts now, an actor that is now acted upon, or shortly after, the same victim.
func (s *story) concerns(l *line) bool {
	gap := s.gap(l)
	if gap > actorWait {
		return false
	}
	if slices.Contains(s.actors, l.actor()) || slices.Contains(s.victims, l.actor()) {
		return true
	}
	return slices.ContainsFunc(l.entities[1:], func(v davy.Addr) bool {
		return slices.Contains(s.actors, v) || gap <= victimWait && slices.Contains(s.victims, v)
	})
}

// explains reports whether a lesser finding belongs to the story: something that one of its
// actors did at about the time of its grave steps.
func (s *story) explains(l *line) bool {
	return s.gap(l) <= context && slices.Contains(s.actors, l.actor())
}

// tell adds a finding to a story.
func (b *Book) tell(s *story, l *line) {
	if len(s.lines) >= maxLines || !l.grave() && s.lesser >= maxLesser {
		b.Lost++
		return
	}
	if b.byID == nil {
		b.byID = map[string]*story{}
	}
	b.byID[l.id] = s
	b.touch(s)
	s.lines = append(s.lines, l)
	if !l.grave() {
		s.lesser++
		return
	}
	s.first, s.last = min(s.first, l.time), max(s.last, l.time)
	s.join(l)
}

// retell replaces what was told of a finding.
func (s *story) retell(l *line) {
	i := slices.IndexFunc(s.lines, func(o *line) bool { return o.id == l.id })
	if i < 0 {
		return
	}
	if !s.lines[i].grave() && l.grave() {
		s.lesser--
	}
	s.lines[i] = l
	if l.grave() {
		s.first, s.last = min(s.first, l.time), max(s.last, l.time)
		s.join(l)
	}
}

// join takes up who is in it. A group address is nobody.
func (s *story) join(l *line) {
	add := func(list []davy.Addr, a davy.Addr) []davy.Addr {
		if a.Group() || slices.Contains(list, a) || len(list) >= maxStations {
			return list
		}
		return append(list, a)
	}
	s.actors = add(s.actors, l.actor())
	for _, v := range l.entities[1:] {
		s.victims = add(s.victims, v)
	}
}

func (s *story) severity() (top davy.Severity) {
	for _, l := range s.lines {
		top = max(top, l.severity)
	}
	return top
}
