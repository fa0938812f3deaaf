package web

import (
	"cmp"
	"slices"

	"github.com/davylamp/davy"
)

// story is an incident with its findings, those of one kind by one actor together.
type story struct {
	davy.Incident
	Who     []davy.Addr // acted in it, in what is above low
	Reached []davy.Addr // and whom it concerns
	Until   int64       // when what was found last went on
	Steps   []step
}

// step is a finding, and what the same actor did of the same kind right after it.
type step struct {
	*davy.Finding
	More []*davy.Finding
}

// steps puts findings in order of time, and like ones by one actor together.
func steps(list []*davy.Finding) (out []step) {
	slices.SortStableFunc(list, func(a, b *davy.Finding) int { return cmp.Compare(a.Time, b.Time) })
	for _, f := range list {
		if i := slices.IndexFunc(out, func(s step) bool { return like(s.Finding, f) }); i >= 0 {
			out[i].More = append(out[i].More, f)
		} else {
			out = append(out, step{Finding: f})
		}
	}
	return out
}

// like reports whether two findings are told together: one detector, severity, actor and
// planned work, within ten minutes. What is grave is told one by one.
func like(a, b *davy.Finding) bool {
	const together = 600e9
	return a.Severity < davy.High && a.Detector == b.Detector && a.Severity == b.Severity && a.Window == b.Window && len(a.Entities) > 0 && len(b.Entities) > 0 &&
		a.Entities[0] == b.Entities[0] && b.Time-a.Time < together
}

// tell makes the story of an incident. owners are the assets that addresses belong to: who
// acted is not told again by another of its addresses.
func tell(i davy.Incident, byID map[string]*davy.Finding, owners map[davy.Addr]int) story {
	s := story{Incident: i, Until: i.Last}
	var list []*davy.Finding
	for _, id := range i.Findings {
		f := byID[id]
		if f == nil {
			continue
		}
		list = append(list, f)
		s.Until = max(s.Until, f.Last)
		if f.Severity <= davy.Low || len(f.Entities) == 0 {
			continue
		}
		s.Who = with(s.Who, f.Entities[0])
		for _, e := range f.Entities[1:] {
			s.Reached = with(s.Reached, e)
		}
	}
	s.Reached = slices.DeleteFunc(s.Reached, func(a davy.Addr) bool {
		return slices.ContainsFunc(s.Who, func(w davy.Addr) bool {
			x, ok := owners[a]
			y, ok2 := owners[w]
			return a != w && ok && ok2 && x == y
		})
	})
	s.Steps = steps(list)
	return s
}

func with(list []davy.Addr, a davy.Addr) []davy.Addr {
	if slices.Contains(list, a) {
		return list
	}
	return append(list, a)
}

// marks are what the map shows of the incidents: who acted, who was reached, and over which
// links.
type marks struct {
	who, reached map[davy.Addr]bool
	pairs        map[[2]davy.Addr]bool
}

func marksOf(stories []story) marks {
	m := marks{map[davy.Addr]bool{}, map[davy.Addr]bool{}, map[[2]davy.Addr]bool{}}
	for _, s := range stories {
		for _, a := range s.Who {
			m.who[a] = true
		}
		for _, a := range s.Reached {
			m.reached[a] = true
		}
		for _, t := range s.Steps {
			for _, f := range append([]*davy.Finding{t.Finding}, t.More...) {
				if f.Severity <= davy.Low {
					continue
				}
				for _, e := range f.Entities[min(1, len(f.Entities)):] {
					m.pairs[[2]davy.Addr{f.Entities[0], e}] = true
				}
			}
		}
	}
	return m
}

// link reports whether an incident is about a link.
func (m *marks) link(l *davy.Link) bool {
	return m.pairs[[2]davy.Addr{l.Client, l.Server}] || m.pairs[[2]davy.Addr{l.Server, l.Client}]
}

// class is how an asset stands out: who acted more than who was reached.
func (m *marks) class(a *davy.Asset) string {
	switch {
	case slices.ContainsFunc(a.Addresses, func(x davy.Addr) bool { return m.who[x] }):
		return "box who"
	case slices.ContainsFunc(a.Addresses, func(x davy.Addr) bool { return m.reached[x] }):
		return "box reached"
	}
	return "box"
}
