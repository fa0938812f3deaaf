package main

import (
	"fmt"
	"slices"
	"strings"
)

// Targets, in per cent: of frames and of messages of each protocol, of captures in which a
// protocol agrees to 99 %, of the oracles' lines; and how many frames may be taken out.
const (
	leastFrames   = 99.0
	leastPairs    = 95.0
	leastMessages = 99.0
	leastOracle   = 95.0
	mostExcluded  = 1.0
)

// report is what the whole run came to.
type report struct {
	m       *measure
	list    []string
	results []*compared
	sums    []sum // by group
	rest    []rest
}

// sum adds a group's captures.
type sum struct {
	pairs, good          int
	both, missing, extra int
	copies, excluded     int
	messages, agreed     int
}

// rest is a disagreement that is not taken out, one line of the list.
type rest struct {
	group         int // -1 for oracles
	capture, kind string
	what          string
	count         int
	example       string
	cause         string
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

func (s *sum) union() int { return s.both + s.missing + s.extra }

// report adds up, and looks for the causes of what disagrees.
func (m *measure) report(list []string, results []*compared) *report {
	r := &report{m: m, list: list, results: results, sums: make([]sum, len(groups))}
	for _, c := range results {
		for g := range c.groups {
			o, s := &c.groups[g], &r.sums[g]
			s.both, s.missing, s.extra = s.both+len(o.both), s.missing+len(o.missing), s.extra+len(o.extra)
			s.copies, s.excluded = s.copies+o.copies, s.excluded+len(o.excluded)
			s.messages, s.agreed = s.messages+o.messages, s.agreed+o.agreed
			if o.union() > 0 {
				s.pairs++
				if o.good() {
					s.good++
				}
			}
			r.disagreements(c.capture, g, o)
		}
		r.notFound(c.capture)
	}
	return r
}

func (r *report) disagreements(capture string, g int, o *outcome) {
	if len(o.missing) > 0 {
		r.add(rest{group: g, capture: capture, kind: "frames", what: "only tshark", count: len(o.missing), example: numbers(o.missing)})
	}
	if len(o.extra) > 0 {
		r.add(rest{group: g, capture: capture, kind: "frames", what: "only Davy", count: len(o.extra), example: numbers(o.extra)})
	}
	var names []string
	by := map[string][]difference{}
	for _, d := range o.differ {
		name := strings.Join(d.names, ", ")
		if by[name] == nil {
			names = append(names, name)
		}
		by[name] = append(by[name], d)
	}
	for _, name := range names {
		d := by[name][0]
		r.add(rest{group: g, capture: capture, kind: "content", what: name, count: len(by[name]),
			example: fmt.Sprintf("frame %d: tshark %s; Davy %s", d.frame, few(d.their, d.names), few(d.our, d.names))})
	}
}

// few are the fields of a message that differ, shortened.
func few(m message, names []string) string {
	var b strings.Builder
	for _, f := range m {
		if slices.Contains(names, f.name) {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			if b.Len() > 60 {
				b.WriteString("…")
				break
			}
			value := f.value
			if len(value) > 40 {
				value = value[:40] + "…"
			}
			fmt.Fprintf(&b, "%s=%s", f.name, value)
		}
	}
	if b.Len() == 0 {
		return "nothing"
	}
	return b.String()
}

func (r *report) notFound(capture string) {
	for _, i := range r.m.oracles.identities[capture] {
		if !i.ok {
			at := i.address
			if at == "" {
				at = i.mac
			}
			r.add(rest{group: -1, capture: capture, kind: "identity", what: i.attribute, count: 1, example: at + ": " + i.value})
		}
	}
	for _, a := range r.m.oracles.actions[capture] {
		if !a.ok {
			r.add(rest{group: -1, capture: capture, kind: "action", what: a.protocol + " " + a.verb, count: 1,
				example: fmt.Sprintf("frame %s: %s; Davy: %s", numbers(a.frames), a.detail, a.seen)})
		}
	}
}

func (r *report) add(x rest) {
	what := x.what
	if x.group < 0 {
		what += " " + x.example
	}
	x.cause = why(r.m.causes, x.capture, x.kind, what)
	r.rest = append(r.rest, x)
}

// failures are the figures below their targets, and what has no cause. With a part of the
// corpus only the latter count.
func (r *report) failures(whole bool) (list []string) {
	fail := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, x := range r.rest {
		if x.cause == "" {
			fail("no cause is known: %s %s %s (%d) %s", x.capture, x.kind, x.what, x.count, x.example)
		}
	}
	for g := range groups {
		s := &r.sums[g]
		if p := share(s.both, s.union()); p < leastFrames {
			fail("%s: %.3f %% of the frames agree", groups[g].name, p)
		}
		if p := share(s.good, s.pairs); p < leastPairs && whole {
			fail("%s: %.1f %% of the captures agree to 99 %% of their frames", groups[g].name, p)
		}
		if p := share(s.agreed, s.messages); p < leastMessages {
			fail("%s: %.3f %% of the messages agree", groups[g].name, p)
		}
	}
	if !whole {
		return list
	}
	out, union := r.excluded()
	if p := share(out, union); p > mostExcluded {
		fail("%.3f %% of the frames are taken out", p)
	}
	for what, o := range r.oracleSums() {
		if p := share(o[0], o[1]); p < leastOracle {
			fail("%.1f %% of the oracles' %s are found", p, what)
		}
	}
	for _, x := range r.m.exclusions {
		if x.taken == 0 {
			fail("excluded.tsv: %s takes nothing out", x.capture)
		}
	}
	for _, c := range r.m.causes {
		if c.used == 0 {
			fail("causes.tsv: explains nothing: %s", c.cause)
		}
	}
	return list
}

// excluded counts the frames taken out, and all there were.
func (r *report) excluded() (out, union int) {
	for g := range groups {
		out += r.sums[g].excluded
		union += r.sums[g].union() + r.sums[g].excluded
	}
	return out, union
}

// oracleSums counts what was found of the oracles' identities and actions, and how many
// there are.
func (r *report) oracleSums() map[string][2]int {
	var identities, actions [2]int
	for _, c := range r.list {
		for _, i := range r.m.oracles.identities[c] {
			if identities[1]++; i.ok {
				identities[0]++
			}
		}
		for _, a := range r.m.oracles.actions[c] {
			if actions[1]++; a.ok {
				actions[0]++
			}
		}
	}
	return map[string][2]int{"identities": identities, "actions": actions}
}

// details prints what the flags ask for.
func (r *report) details(frames, content, found bool) {
	for _, c := range r.results {
		for g := range c.groups {
			o := &c.groups[g]
			if frames && o.union()+len(o.excluded) > 0 {
				fmt.Printf("%s %s: both %d, only tshark %v, only Davy %v, copies %d, taken out %d\n", groups[g].name, c.capture, len(o.both), o.missing, o.extra, o.copies, len(o.excluded))
			}
			if !content {
				continue
			}
			for _, d := range o.differ {
				fmt.Printf("%s %d %v\n   tshark %s\n   davy   %s\n", c.capture, d.frame, d.names, d.their, d.our)
			}
		}
		if !found {
			continue
		}
		for _, i := range r.m.oracles.identities[c.capture] {
			fmt.Println(i.ok, c.capture, i.address, i.mac, i.attribute, i.value)
		}
		for _, a := range r.m.oracles.actions[c.capture] {
			fmt.Println(a.ok, c.capture, a.frames, a.protocol, a.verb, a.detail, a.seen)
		}
	}
}
