package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// measure compares captures.
type measure struct {
	corpus     string
	version    string // tshark's
	tshark     tshark
	oracles    *oracles
	exclusions []*exclusion
	causes     []*cause
}

// newMeasure reads the kept files and the oracles. Cache may be "".
func newMeasure(corpus, cache string) (m *measure, err error) {
	m = &measure{corpus: corpus}
	m.tshark.cache = cache
	if m.version, err = m.tshark.version(); err != nil {
		return nil, err
	}
	if m.exclusions, err = readExclusions(); err != nil {
		return nil, err
	}
	if m.causes, err = readCauses(); err != nil {
		return nil, err
	}
	if m.oracles, err = readOracles(corpus); err != nil {
		return nil, err
	}
	m.tshark.settings, err = os.MkdirTemp("", "davy-agree-*")
	return m, err
}

// close takes away what was only kept for the run.
func (m *measure) close() { os.RemoveAll(m.tshark.settings) }

// compared is what a capture came to.
type compared struct {
	capture string
	groups  []outcome // by group
}

// outcome is what a capture's frames of one group came to.
type outcome struct {
	both, missing, extra []int // frames; missing: tshark has them and Davy has not
	excluded             []int
	copies               int // frames of copies by the mirror that Davy alone has: not counted
	messages, agreed     int
	differ               []difference
	lost                 map[int]int // messages of frames that are missing
}

type difference struct {
	frame int
	pairing
}

// union is how many frames either side has.
func (o *outcome) union() int { return len(o.both) + len(o.missing) + len(o.extra) }

// good reports whether a capture and protocol agree to 99 % of their frames.
func (o *outcome) good() bool { return 100*len(o.both) >= 99*o.union() }

// workers is how many captures are looked at together.
const workers = 2

// all compares captures, and returns what they came to in their order.
func (m *measure) all(list []string) ([]*compared, error) {
	results, errs := make([]*compared, len(list)), make([]error, len(list))
	next := make(chan int)
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			tmp, err := os.MkdirTemp(m.tshark.settings, "rows-*")
			for i := range next {
				if err == nil {
					results[i], errs[i] = m.one(list[i], tmp)
				} else {
					errs[i] = err
				}
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", list[i], err)
		}
	}
	return results, nil
}

// one compares one capture.
func (m *measure) one(capture, tmp string) (*compared, error) {
	path := filepath.Join(m.corpus, "captures", capture)
	their := make([]map[int][]message, len(groups))
	for g := range their {
		their[g] = map[int][]message{}
	}
	err := m.tshark.read(path, nil, func(d *details) {
		for g := range groups {
			if d.find(0, groups[g].layer) != 0 {
				their[g][d.frame] = groups[g].theirs(d)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	our, assets, err := analyse(path, tmp)
	if err != nil {
		return nil, err
	}
	m.oracles.judge(capture, assets, our)
	c := &compared{capture: capture, groups: make([]outcome, len(groups))}
	for g := range groups {
		c.groups[g].compare(groups[g], their[g], our[g])
	}
	for _, x := range m.exclusions {
		if x.capture != capture {
			continue
		}
		if err := c.groups[x.group].exclude(x); err != nil {
			return nil, err
		}
		if err := m.show(x, path, &c.groups[x.group], our[x.group]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (o *outcome) compare(g *group, their map[int][]message, our map[int]*heard) {
	o.lost = map[int]int{}
	for f, t := range their {
		h := our[f]
		if h == nil {
			o.missing = append(o.missing, f)
			o.lost[f] = len(t)
			o.messages += len(t)
			continue
		}
		o.both = append(o.both, f)
		for _, p := range g.pair(t, g.own(h.messages)) {
			if o.messages++; len(p.names) == 0 {
				o.agreed++
			} else {
				o.differ = append(o.differ, difference{f, p})
			}
		}
	}
	for f, h := range our {
		if _, ok := their[f]; !ok {
			if h.duplicate {
				o.copies++
			} else {
				o.extra = append(o.extra, f)
			}
		}
	}
	slices.Sort(o.both)
	slices.Sort(o.missing)
	slices.Sort(o.extra)
	slices.SortStableFunc(o.differ, func(a, b difference) int { return a.frame - b.frame })
}

// show asks tshark again with the settings that an exclusion names, and counts the frames
// taken out that it then reads as Davy does.
func (m *measure) show(x *exclusion, path string, o *outcome, our map[int]*heard) error {
	if len(x.settings) == 0 {
		return nil
	}
	g := groups[x.group]
	return m.tshark.read(path, x.settings, func(d *details) {
		h := our[d.frame]
		if d.find(0, g.layer) == 0 || h == nil || !slices.Contains(o.excluded, d.frame) || x.frames != nil && !slices.Contains(x.frames, d.frame) {
			return
		}
		for _, p := range g.pair(g.theirs(d), g.own(h.messages)) {
			if len(p.names) > 0 {
				return
			}
		}
		x.shown++
	})
}

// numbers writes frame numbers, at most a few of them.
func numbers(list []int) string {
	const most = 12
	var b strings.Builder
	for i, n := range list {
		if i == most {
			fmt.Fprintf(&b, " … (%d)", len(list))
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}
