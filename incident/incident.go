// Package incident joins findings into stories that a plant engineer can read: what began
// it, who did what to whom, in order of time. It judges nothing again and drops nothing:
// what is not part of a story stays a finding.
package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// How long a story waits for what comes next, ns: for the same actor or a victim that
// became one, for the same victim alone, and how far back lesser findings are told with it.
const (
	actorWait  = 12 * 3600e9
	victimWait = 3600e9
	context    = 1800e9
)

// Ceilings: stories kept, lines of a timeline, lesser findings remembered for context.
const (
	maxStories  = 1000
	maxTimeline = 500
	maxRecent   = 256
)

// Book holds the stories.
type Book struct {
	stories []*story
	recent  []line // lesser findings that belong to no story yet
	number  int
	Lost    uint64 // timeline lines and stories that found no room
}

type story struct {
	davy.Incident
	actors  []davy.Addr
	victims []davy.Addr
	titles  []step
}

type step struct {
	title    string
	severity davy.Severity
}

// line is what a story tells of a finding.
type line struct {
	id       string
	time     int64
	severity davy.Severity
	title    string
	seen     string
	window   string
	attack   []string
	entities []davy.Addr
}

// Take tells a finding. Findings above low open stories; lesser ones join them; planned
// work and what was learned do not.
func (b *Book) Take(f *davy.Finding) {
	l := line{f.ID, f.Time, f.Severity, f.Title, f.Seen, f.Window, f.Attack, f.Entities}
	if l.severity == davy.Info || len(l.entities) == 0 || l.window != "" {
		return // planned work is no part of a story
	}
	var joined *story
	for _, s := range b.stories {
		if !s.concerns(&l) {
			continue
		}
		if joined == nil {
			joined = s
		} else if l.severity > davy.Low {
			joined.absorb(s)
			s.Findings = nil
		}
	}
	b.stories = slices.DeleteFunc(b.stories, func(s *story) bool { return len(s.Findings) == 0 })
	switch {
	case joined != nil && l.severity > davy.Low:
		b.tellWith(joined, &l)
	case joined != nil:
		b.tell(joined, &l)
	case l.severity > davy.Low:
		b.open(&l)
	default:
		if len(b.recent) == maxRecent {
			b.recent = slices.Delete(b.recent, 0, 1)
		}
		b.recent = append(b.recent, l)
	}
}

func (b *Book) open(l *line) {
	if len(b.stories) == maxStories {
		b.Lost++
		return
	}
	b.number++
	s := &story{Incident: davy.Incident{ID: fmt.Sprintf("I-%d", b.number), First: l.time, Last: l.time}}
	b.tellWith(s, l)
	b.stories = append(b.stories, s)
}

// tellWith tells a finding above low, and before it the lesser ones that now belong to the
// story because it does.
func (b *Book) tellWith(s *story, l *line) {
	probe := *s
	probe.actors, probe.victims = slices.Clone(s.actors), slices.Clone(s.victims)
	probe.join(l)
	b.recent = slices.DeleteFunc(b.recent, func(r line) bool {
		if l.time-r.time > context || !probe.concerns(&r) {
			return false
		}
		b.tell(s, &r)
		return true
	})
	b.tell(s, l)
}

// concerns reports whether a finding belongs to the story: the same actor, a victim that
// acts now, an actor that is now acted upon, or shortly after, the same victim.
func (s *story) concerns(l *line) bool {
	gap := max(l.time-s.Last, s.First-l.time)
	if gap > actorWait {
		return false
	}
	actor, victims := l.entities[0], l.entities[1:]
	if slices.Contains(s.actors, actor) || gap <= actorWait && slices.Contains(s.victims, actor) {
		return true
	}
	for _, v := range victims {
		if slices.Contains(s.actors, v) || gap <= victimWait && slices.Contains(s.victims, v) {
			return true
		}
	}
	return false
}

func (s *story) join(l *line) {
	add := func(list []davy.Addr, a davy.Addr) []davy.Addr {
		if a.Group() || slices.Contains(list, a) || len(list) >= 64 {
			return list
		}
		return append(list, a)
	}
	s.actors = add(s.actors, l.entities[0])
	for _, v := range l.entities[1:] {
		s.victims = add(s.victims, v)
	}
}

func (b *Book) tell(s *story, l *line) {
	s.join(l)
	s.Findings = append(s.Findings, l.id)
	s.First, s.Last, s.Severity = min(s.First, l.time), max(s.Last, l.time), max(s.Severity, l.severity)
	for _, a := range l.attack {
		if !slices.Contains(s.Attack, a) {
			s.Attack = append(s.Attack, a)
		}
	}
	if !slices.ContainsFunc(s.titles, func(t step) bool { return t.title == l.title }) {
		s.titles = append(s.titles, step{l.title, l.severity})
	}
	if len(s.Timeline) == maxTimeline {
		b.Lost++
		return
	}
	s.Timeline = append(s.Timeline, davy.Event{Time: l.time, Finding: l.id, Severity: l.severity, Text: l.seen})
}

// absorb takes another story into this one.
func (s *story) absorb(o *story) {
	s.First, s.Last, s.Severity = min(s.First, o.First), max(s.Last, o.Last), max(s.Severity, o.Severity)
	s.Findings = append(s.Findings, o.Findings...)
	s.Timeline = append(s.Timeline, o.Timeline...)
	for _, list := range []struct {
		to   *[]davy.Addr
		from []davy.Addr
	}{{&s.actors, o.actors}, {&s.victims, o.victims}} {
		for _, a := range list.from {
			if !slices.Contains(*list.to, a) {
				*list.to = append(*list.to, a)
			}
		}
	}
	for _, a := range o.Attack {
		if !slices.Contains(s.Attack, a) {
			s.Attack = append(s.Attack, a)
		}
	}
	for _, t := range o.titles {
		if !slices.Contains(s.titles, t) {
			s.titles = append(s.titles, t)
		}
	}
}

// Incidents lists the stories, in order of their numbers.
func (b *Book) Incidents() []davy.Incident {
	var list []davy.Incident
	for _, s := range b.stories {
		i := s.Incident
		i.Title = s.title()
		i.Entities = slices.Clone(s.actors)
		for _, v := range s.victims {
			if !slices.Contains(i.Entities, v) {
				i.Entities = append(i.Entities, v)
			}
		}
		i.Timeline = slices.Clone(s.Timeline)
		slices.SortStableFunc(i.Timeline, func(x, y davy.Event) int { return cmp.Compare(x.Time, y.Time) })
		list = append(list, i)
	}
	return list
}

// title names the gravest steps, at most three, in the order they came.
func (s *story) title() string {
	steps := slices.Clone(s.titles)
	slices.SortStableFunc(steps, func(x, y step) int { return cmp.Compare(y.severity, x.severity) })
	steps = steps[:min(3, len(steps))]
	var names []string
	for _, t := range s.titles {
		if slices.Contains(steps, t) {
			names = append(names, t.title)
		}
	}
	if more := len(s.titles) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
