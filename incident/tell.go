package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// Incidents lists the stories, in order of their numbers.
func (b *Book) Incidents() (list []davy.Incident) {
	for _, s := range b.stories {
		list = append(list, b.incident(s))
	}
	return list
}

// Fresh hands over the stories that say more than at the last call, in order of their
// numbers.
func (b *Book) Fresh() (list []davy.Incident) {
	if len(b.fresh) == 0 {
		return nil
	}
	for _, s := range b.stories {
		if b.fresh[s] {
			list = append(list, b.incident(s))
		}
	}
	clear(b.fresh)
	return list
}

func (b *Book) incident(s *story) davy.Incident {
	i := davy.Incident{ID: s.id, Title: b.title(s), Severity: s.severity(), First: s.first, Last: s.last, Entities: slices.Clone(s.actors)}
	for _, v := range s.victims {
		if !slices.Contains(i.Entities, v) {
			i.Entities = append(i.Entities, v)
		}
	}
	for _, l := range s.inTime() {
		i.Findings = append(i.Findings, l.id)
		i.First, i.Last = min(i.First, l.time), max(i.Last, l.time)
		for _, a := range l.attack {
			if !slices.Contains(i.Attack, a) {
				i.Attack = append(i.Attack, a)
			}
		}
	}
	i.Timeline = s.timeline()
	return i
}

// inTime are the story's findings in order of time.
func (s *story) inTime() []*line {
	return slices.SortedStableFunc(slices.Values(s.lines), func(x, y *line) int { return cmp.Compare(x.time, y.time) })
}

// alike is how many findings of one kind by one actor are told one by one, by severity; more
// are told in one line.
var alike = [...]int{davy.Info: 1, davy.Low: 1, davy.Medium: 3, davy.High: 8, davy.Critical: 16}

// timeline tells the findings in order of time. Many alike, not far from each other, are one
// line at the time of the first; which of them it names does not depend on their order,
// since what happens in the same moment comes in any.
func (s *story) timeline() []davy.Event {
	type kind struct {
		title    string
		severity davy.Severity
		actor    davy.Addr
	}
	var runs [][]*line
	last := map[kind]int{}
	for _, l := range s.inTime() {
		k := kind{l.title, l.severity, l.actor()}
		if i, ok := last[k]; ok && l.time-runs[i][len(runs[i])-1].time <= context {
			runs[i] = append(runs[i], l)
			continue
		}
		last[k] = len(runs)
		runs = append(runs, []*line{l})
	}
	var list []davy.Event
	for _, run := range runs {
		if len(run) <= alike[min(int(run[0].severity), len(alike)-1)] {
			for _, l := range run {
				list = append(list, davy.Event{Time: l.time, Finding: l.id, Severity: l.severity, Text: l.seen})
			}
			continue
		}
		named := slices.MinFunc(run, func(x, y *line) int { return cmp.Compare(x.seen, y.seen) })
		list = append(list, davy.Event{Time: run[0].time, Finding: named.id, Severity: named.severity, Text: fmt.Sprintf("%s, and %d more like it", named.seen, len(run)-1)})
	}
	slices.SortStableFunc(list, func(x, y davy.Event) int { return cmp.Compare(x.Time, y.Time) })
	return list
}

// maxNamed is how many kinds of steps, and how many actors, a title names.
const maxNamed = 3

// title names the gravest steps and who took them. Of steps as grave as others it names first
// what was done to the plant: a program changed says more than the scan before it.
func (b *Book) title(s *story) string {
	type step struct {
		title  string
		weight int
	}
	var steps []step
	var names, actors []string
	for _, l := range s.inTime() {
		if !l.grave() {
			continue
		}
		weight := 2 * int(l.severity)
		if l.verb.Active() {
			weight++
		}
		i := slices.IndexFunc(steps, func(t step) bool { return t.title == l.title })
		if i < 0 {
			steps = append(steps, step{l.title, weight})
		} else {
			steps[i].weight = max(steps[i].weight, weight)
		}
	}
	order := slices.SortedStableFunc(slices.Values(steps), func(x, y step) int { return cmp.Compare(y.weight, x.weight) })
	for i, t := range order[:min(maxNamed, len(order))] {
		if i > 0 {
			t.title = lower(t.title)
		}
		names = append(names, t.title)
	}
	if more := len(steps) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	for _, a := range s.actors[:min(maxNamed, len(s.actors))] {
		if b.Call != nil {
			actors = append(actors, b.Call(a))
		} else {
			actors = append(actors, a.String())
		}
	}
	text := strings.Join(names, "; ")
	if len(actors) > 0 {
		text += ": " + strings.Join(actors, ", ")
	}
	if more := len(s.actors) - len(actors); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// lower begins a title in lower case, where it does not begin with an abbreviation.
func lower(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && (s[1] >= 'a' && s[1] <= 'z' || s[1] == ' ') {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}
